"""Contracts, price lists and prices of hours that have not come: what is known, and what is assumed and told.

The spot price is that of the hour 52 weeks earlier on the level of the last months (`spot`), and a list that is not
published yet is the last one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from energy.calendar import Instants, normal_time
from energy.forecast.spot import History
from energy.model import BillingContext, Contract, Floats, PriceList
from energy.tariffs.pricelist import as_if_valid

_HOUR = np.timedelta64(3600, "s")
_WEEK = 168
# the hour of the same weekday 52 weeks earlier; where that has no price, a week more or less, or two years
_SPOT_BACK = (52 * _WEEK, 53 * _WEEK, 51 * _WEEK, 104 * _WEEK)


@dataclass(frozen=True)
class Ahead:
    """Contracts and lists that reach `end`, and what was assumed, in Swedish."""

    contracts: tuple[Contract, ...]
    lists: tuple[PriceList, ...]
    notes: tuple[str, ...]


def reaching(contracts: Sequence[Contract], lists: Sequence[PriceList], first: date, end: date) -> Ahead:
    """Return contracts and lists that price every day of [first, end).

    A contract that runs out without another beginning the same day goes on; days after the family's last list are
    priced by that list. Both are told. A hole between two lists stays a hole (the bill raises TariffError).
    """
    begins = {(one.metering_point, one.valid_from) for one in contracts}
    notes: list[str] = []
    longer: list[Contract] = []
    for one in contracts:
        runs_out = first < one.valid_to < end and (one.metering_point, one.valid_to) not in begins
        if runs_out:
            notes.append(f"avtalet {one.family} löper ut {one.valid_to} och räknas som om det fortsätter")
        longer.append(replace(one, valid_to=end) if runs_out else one)
    found = list(lists)
    for family in sorted({one.family for one in longer if one.valid_to > first}):
        mine = [one for one in lists if one.family == family]
        last = max(mine, key=lambda one: one.valid_to, default=None)
        if last is not None and last.valid_to < end:
            found.append(as_if_valid(last, last.valid_to, end))
            notes.append(f"prislista saknas från {last.valid_to}: {last.name} räknas som om den gäller vidare")
    return Ahead(tuple(longer), tuple(found), tuple(notes))


def context_ahead(
    context: BillingContext, known: Instants, hours: Instants, air_temperature_c: Floats
) -> BillingContext:
    """Return the billing context along `hours` (n,), which begin among the `known` ones and go on after them.

    `air_temperature_c` (n,) [°C] of `hours`: measured first, then drawn. The network's return temperature is that of
    the same month a year earlier where it is not published yet.
    """
    spot = context.spot_sek_per_kwh
    if spot is not None:
        history, coming = History.of(context, known), hours > known[-1]
        spot = _spot_ahead(spot[: len(known)], known, hours)
        months = normal_time(hours[coming]).astype("datetime64[M]").astype(np.int64)
        spot[coming] = history.on_level(spot[coming], months)
    network = dict(context.system_return_c)
    for month in _months(hours):
        before = month.replace(year=month.year - 1)
        if month not in network and before in network:
            network[month] = network[before]
    return replace(
        context,
        spot_sek_per_kwh=spot,
        spot_quarters_sek_per_kwh=None,
        outdoor_daily_c={**context.outdoor_daily_c, **_daily(hours, air_temperature_c, known[-1])},
        system_return_c=network,
    )


def _spot_ahead(spot: Floats, known: Instants, hours: Instants) -> Floats:
    """Return the price (n,) [SEK/kWh] at `hours`: known ones, then those of the past year."""
    rows = ((hours - known[0].astype("datetime64[s]")) // _HOUR).astype(np.int64)
    found = np.full(max(len(spot), int(rows[-1]) + 1), np.nan)
    found[: len(spot)] = spot
    for start in range(len(spot), len(found), 51 * _WEEK):  # a piece never reaches into itself
        at = np.arange(start, min(start + 51 * _WEEK, len(found)))
        values = np.full(len(at), np.nan)
        for back in _SPOT_BACK:
            source = at - back
            filled = np.where(source >= 0, found[np.maximum(source, 0)], np.nan)
            values = np.where(np.isnan(values), filled, values)
        found[at] = values
    chosen: Floats = found[rows]
    return chosen


def _months(hours: Instants) -> list[date]:
    months = np.unique(normal_time(hours).astype("datetime64[M]"))
    return [one.astype("datetime64[D]").item() for one in months]


def _daily(hours: Instants, air_temperature_c: Floats, after: np.datetime64) -> Mapping[date, float]:
    """Return day -> mean temperature [°C] of the whole days after `after`."""
    later = hours > after
    days, index = np.unique(normal_time(hours[later]).astype("datetime64[D]"), return_inverse=True)
    mean = np.bincount(index, weights=air_temperature_c[later]) / np.maximum(np.bincount(index), 1)
    return {day.item(): float(value) for day, value in zip(days, mean, strict=True)}
