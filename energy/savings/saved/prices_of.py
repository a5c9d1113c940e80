"""Prices of another year on these hours: its contracts, price lists, energy tax and spot, for bills at fixed prices.

Every billed month takes what held in the same calendar month of the priced year, day by day where prices changed inside
it; the spot price of an hour is the one a whole number of weeks away, so that hour and weekday stay. Loads, windows of
power and the days of the month are those of the billed hours: only prices move.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from energy.calendar import Instants, add_months, next_month, normal_time
from energy.errors import TariffError
from energy.model import BillingContext, Contract, Floats, PriceList
from energy.tariffs.pricelist import as_if_valid, select
from energy.tariffs.tax import energy_tax, tax_periods

_WEEK_H = 168
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Prices:
    """What bills of the chosen months are made with instead of their own contracts, lists and context."""

    contracts: tuple[Contract, ...]
    lists: tuple[PriceList, ...]
    context: BillingContext


@dataclass(frozen=True)
class _Run:
    """Days [first, end) priced by one contract and list of the other year, at the energy tax of `taxed_on`."""

    first: date
    end: date
    contract: Contract
    price_list: PriceList
    taxed_on: date


def prices_of(
    priced_from: date,
    months: Sequence[date],
    contracts: Sequence[Contract],
    lists: Sequence[PriceList],
    context: BillingContext,
    start_utc: Instants,
) -> Prices:
    """Return the prices of the twelve months from `priced_from` (a month's first) as if they held in `months`.

    `start_utc` (n,) the hours of the context's spot prices; an hour whose spot lies outside them is NaN. A metering
    point has the contracts it had then; one without any then, the project's own for instance, keeps its contract at
    the price list that its family had then. Raises TariffError where that does not exist, or where a metering point
    had fewer contracts then than now, since a part of its cost would be lacking.
    """
    points = sorted({one.metering_point for one in contracts})
    runs: list[_Run] = []
    for point in points:
        mine = [one for one in contracts if one.metering_point == point]
        for month in sorted(set(months)):
            runs = _joined(runs, _month_runs(month, month_of(priced_from, month), mine, lists))
    moved = [_moved(run, number) for number, run in enumerate(runs)]
    return Prices(
        tuple(contract for contract, _ in moved),
        tuple(found for _, found in moved),
        _context(context, start_utc, {month: month_of(priced_from, month) for month in months}),
    )


def month_of(priced_from: date, month: date) -> date:
    """Return the month of the twelve from `priced_from` with the same name as `month`."""
    return add_months(priced_from, (month.month - priced_from.month) % 12)


def _month_runs(month: date, then: date, mine: Sequence[Contract], lists: Sequence[PriceList]) -> Iterator[_Run]:
    """Yield the runs of one metering point and billed month; `then` is the month whose prices it takes."""
    now = _valid(mine, month)
    before = _valid(mine, then)
    if before and len(_on(before, next_month(then) - _DAY)) < len(_on(now, next_month(month) - _DAY)):
        raise TariffError(
            f"mätpunkt {mine[0].metering_point}: färre avtal gäller {then:%Y-%m} än {month:%Y-%m}, så priserna då "
            "täcker inte hela kostnaden. Lägg till avtalen för den tiden, eller välj ett annat basår."
        )
    for contract in before or now:
        start, end = then, next_month(then)
        if before:
            start, end = max(start, contract.valid_from), min(end, contract.valid_to)
        while start < end:
            price_list = select(lists, contract.family, start)
            stop = min([end, price_list.valid_to, *(day for day in _tax_days() if day > start)])
            first = min(month + (start - then), next_month(month))
            last = next_month(month) if stop == next_month(then) else min(month + (stop - then), next_month(month))
            if not before:
                first, last = max(first, contract.valid_from), min(last, contract.valid_to)
            if first < last:
                yield _Run(first, last, contract, price_list, start)
            start = stop


def _valid(contracts: Sequence[Contract], month: date) -> list[Contract]:
    """Return the contracts with a day in the month."""
    return [one for one in contracts if one.valid_from < next_month(month) and one.valid_to > month]


def _on(contracts: Sequence[Contract], day: date) -> list[Contract]:
    return [one for one in contracts if one.valid_from <= day < one.valid_to]


def _tax_days() -> list[date]:
    """Return the days on which the energy tax changed."""
    return [row.valid_from for row in energy_tax().rate]


def _joined(runs: list[_Run], more: Iterator[_Run]) -> list[_Run]:
    """Return the runs with `more`; one that goes on where an equal one ended makes it longer."""
    for run in more:
        at = next((i for i, one in enumerate(runs) if one.end == run.first and _same(one, run)), None)
        if at is None:
            runs.append(run)
        else:
            runs[at] = replace(runs[at], end=run.end)
    return runs


def _same(one: _Run, other: _Run) -> bool:
    taxed = _tax_row(one.taxed_on) == _tax_row(other.taxed_on)
    return one.contract is other.contract and one.price_list is other.price_list and taxed


def _tax_row(day: date) -> int:
    return sum(changed <= day for changed in _tax_days())


def _moved(run: _Run, number: int) -> tuple[Contract, PriceList]:
    """Return contract and price list as if valid on the days of the run, in a family of their own."""
    family = f"{run.contract.family} #{number}"
    components = tuple(one for c in run.price_list.components if (one := _taxed(c, run.taxed_on)) is not None)
    found = as_if_valid(replace(run.price_list, family=family, components=components), run.first, run.end)
    return replace(run.contract, family=family, valid_from=run.first, valid_to=run.end), found


def _taxed(component: Any, day: date) -> Any:
    """Return the component with the energy tax of a day as a fixed price; None where the other invoice carried it."""
    price = component["price"]
    if not price.get("tax"):
        return component
    rates = tax_periods(day, day + _DAY, price["carried_by"])
    if not rates:
        return None
    kept = {key: value for key, value in price.items() if key not in ("tax", "carried_by")}
    return {**component, "price": {**kept, "value": rates[0].ore_per_kwh}}


def _context(context: BillingContext, start_utc: Instants, priced: dict[date, date]) -> BillingContext:
    """Return the context with the spot prices of the priced months, moved by whole weeks."""
    local = normal_time(start_utc).astype("datetime64[M]")
    source = np.arange(len(start_utc))
    for month, then in priced.items():
        source[local == np.datetime64(month, "M")] -= round((month - then).days / 7) * _WEEK_H
    return replace(
        context,
        spot_sek_per_kwh=_taken(context.spot_sek_per_kwh, source),
        spot_quarters_sek_per_kwh=_taken(context.spot_quarters_sek_per_kwh, source),
    )


def _taken(values: Floats | None, source: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Floats | None:
    """Return the values at the rows `source`, NaN outside; (n, …)."""
    if values is None:
        return None
    inside = (source >= 0) & (source < len(values))
    found = np.full_like(values, np.nan)
    found[inside] = values[source[inside]]
    return found
