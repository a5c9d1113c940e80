"""The bridge from a base year's cost to a reporting year's: re-billing in a fixed order, so that it sums exactly.

before -> price -> weather -> operations -> project -> rest -> after. Loads between the bills:

    S0  base load at base hours and prices                                   = before
    S1  base load moved to the reporting hours, at reporting prices          price      = S1 - S0
    S2  S1 + model(reporting weather) - model(base weather), base calendar   weather    = S2 - S1
    S3  S2 + model(reporting calendar) - model(base calendar)                operations = S3 - S2
    S4  the counterfactual draws                                             rest       = S4 - S3
    S5  the metered load                                                     project    = S5 - S4,  after = S5

Moving keeps hour and weekday: the whole number of weeks nearest to the distance between the years. The at most three
days at the edges, leap days and moved holidays are inside "price". "rest" is what the model does not explain of the
base year.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import numpy as np

from energy.calendar import MONTH, Instants, month_starts, next_month, normal_time
from energy.model import Band, BillingContext, Contract, Floats, Load, PriceList
from energy.savings.avoided import Case
from energy.savings.features import Drivers
from energy.savings.frozen import Baseline
from energy.savings.loads import map_load
from energy.savings.uncertainty import band, difference_draws
from energy.tariffs.bill import bill

STEPS = ("before", "price", "weather", "operations", "project", "rest", "after")
LABELS_SV: Mapping[str, str] = {
    "before": "Före",
    "price": "Pris och prismodell",
    "weather": "Väder",
    "operations": "Drift och kalender",
    "project": "Energiprojektet",
    "rest": "Oförklarat",
    "after": "Efter",
}
_HOUR = np.timedelta64(3600, "s")
_WEEK_H = 168
_LEAD_H = 28 * 24


@dataclass(frozen=True)
class BridgeStep:
    """One bar: `amount_sek` [SEK excl. VAT] and `energy_kwh` [kWh]; levels for before and after, changes between."""

    step: str
    label: str
    amount_sek: Band
    energy_kwh: Band


@dataclass(frozen=True)
class Side:
    """One metering point of the bridge: its case, and the model with its drivers (None for a meter that is new)."""

    case: Case
    baseline: Baseline | None
    drivers: Drivers | None
    count: int = 200
    seed: int = 1


def bridge(
    sides: Sequence[Side],
    contracts: Sequence[Contract],
    lists: Sequence[PriceList],
    base_start: date,
    reporting_start: date,
    months: int = 12,
) -> list[BridgeStep]:
    """Return the seven steps from `months` months from `base_start` to as many from `reporting_start`, month firsts.

    Values sum exactly: before + price + weather + operations + project + rest = after. Where a bill or model is
    missing, the steps that need it are NaN with a reason. Several sides are summed draw by draw. A base year before
    the first hour of a load gives NaN. Raises TariffError from the bill.
    """
    before = month_starts(base_start, _last(base_start, months))
    after = month_starts(reporting_start, _last(reporting_start, months))
    states = [_states(side, contracts, lists, before, after) for side in sides]
    reason = next((s.case.loads.reason for s in sides if s.case.loads.reason), None)
    money = _steps([sum((s.sek[i] for s in states), start=np.zeros(1)) for i in range(6)])
    energy = _steps([sum((s.kwh[i] for s in states), start=np.zeros(1)) for i in range(6)])
    return [
        BridgeStep(step, LABELS_SV[step], _band(money[step], reason), _band(energy[step], reason)) for step in STEPS
    ]


def _band(values: Floats, reason: str | None) -> Band:
    return band(values, reason=reason if np.isnan(values).any() else None)


def _last(first: date, months: int) -> date:
    last = first
    for _ in range(months - 1):
        last = next_month(last)
    return last


def _steps(state: Sequence[Floats]) -> dict[str, Floats]:
    """Return step -> (k,) from the six states of the module's table."""
    before, price, weather, operations, without, after = state
    return {
        "before": before,
        "price": price - before,
        "weather": weather - price,
        "operations": operations - weather,
        "project": after - without,
        "rest": without - operations,
        "after": after,
    }


@dataclass(frozen=True)
class _States:
    """The six states of one metering point, each (k,): cost [SEK] and energy [kWh]."""

    sek: tuple[Floats, ...]
    kwh: tuple[Floats, ...]


def _states(
    side: Side, contracts: Sequence[Contract], lists: Sequence[PriceList], before: list[date], after: list[date]
) -> _States:
    loads, context = side.case.loads, side.case.context

    def price(load: Load, months: list[date]) -> tuple[Floats, Floats]:
        chosen, fitting = _cropped(load, context, months)
        lines = bill(chosen, contracts, lists, months, fitting)
        nothing = np.zeros(load.draws)
        return sum((one.amount_sek for one in lines), start=nothing), _energy(chosen, months)

    if side.baseline is None or side.drivers is None:  # the meter is new: all of it is the project
        nothing = (np.zeros(1), np.zeros(1))
        found = [nothing] * 5 + [price(loads.actual, after)]
    else:
        weeks = _weeks_between(before[0], after[0])
        moved = moved_load(loads.actual, weeks)
        weather, operations = _model_differences(side, _window(loads.actual.start_utc, after), weeks * _WEEK_H)
        warmer = _added(moved, weather)
        found = [price(loads.actual, before), price(moved, after), price(warmer, after)]
        found += [price(_added(warmer, operations), after), price(loads.load, after), price(loads.actual, after)]
    return _States(tuple(f[0] for f in found), tuple(f[1] for f in found))


def _weeks_between(base: date, reporting: date) -> int:
    """Return the whole number of weeks nearest to the distance between two days."""
    return round((reporting - base).days / 7)


def moved_load(load: Load, weeks: int) -> Load:
    """Return the load of `weeks` weeks earlier on the same hours (n,); NaN before the first hour there is."""
    shift = min(weeks * _WEEK_H, len(load.start_utc))
    unknown = np.full((shift, load.draws), np.nan)
    return map_load(load, lambda _, values: np.concatenate([unknown, values[: len(values) - shift]]))


def _window(start_utc: Instants, months: list[date]) -> slice:
    """Return the rows of the months and the thirteen months before them, for rolling power windows."""
    local = normal_time(start_utc).astype("datetime64[M]")
    first, end = np.datetime64(months[0], "M") - 13 * MONTH, np.datetime64(months[-1], "M") + MONTH
    return slice(int(np.searchsorted(local, first)), int(np.searchsorted(local, end)))


def _cropped(load: Load, context: BillingContext, months: list[date]) -> tuple[Load, BillingContext]:
    """Return load and context of the window of the months, to bill no more than is needed."""
    rows = _window(load.start_utc, months)
    spot = context.spot_sek_per_kwh
    fitting = replace(context, spot_sek_per_kwh=None if spot is None else spot[rows])
    return map_load(load, lambda _, values: values[rows], load.start_utc[rows]), fitting


def _energy(load: Load, months: list[date]) -> Floats:
    """Return the energy of the months (k,) [kWh]; NaN when an hour is unknown or the load does not hold them whole."""
    local = normal_time(load.start_utc).astype("datetime64[M]")
    first, end = np.datetime64(months[0], "M"), np.datetime64(months[-1], "M") + MONTH
    inside = (local >= first) & (local < end)
    whole = int((end.astype("datetime64[s]") - first.astype("datetime64[s]")) // _HOUR)
    total: Floats = load.energy_kwh[inside].sum(axis=0)
    return total if int(inside.sum()) == whole else np.full(load.draws, np.nan)


Difference = Mapping[str, tuple[slice, Floats]]


def _added(load: Load, difference: Difference) -> Load:
    """Return the load plus a difference (rows, (n, k)) per quantity; a quantity the model lacks becomes NaN."""
    draws = max([load.draws, *(extra.shape[1] for _, extra in difference.values())])

    def change(name: str, values: Floats) -> Floats:
        wide = np.full((len(values), draws), np.nan)
        if name in difference:
            rows, extra = difference[name]
            wide[rows] = values[rows] + extra
        return wide

    return map_load(load, change)


def _model_differences(side: Side, rows: slice, shift: int) -> tuple[Difference, Difference]:
    """Return (weather, operations): what the model makes of the two years' drivers, at the reporting hours `rows`.

    Hours whose drivers, or those of the base year, are not known are left out; they become NaN.
    """
    baseline, drivers = side.baseline, side.drivers
    if baseline is None or drivers is None:
        raise ValueError("bridge: a side without a model has no model differences")
    all_hours = side.case.loads.actual.start_utc
    begin = int((drivers.start_utc[0] - all_hours[0]) // _HOUR)  # the row of the load where the drivers begin
    rows = slice(max(rows.start, begin + shift, 0), min(rows.stop, begin + len(drivers.start_utc)))
    if rows.start >= rows.stop:
        return {}, {}
    hours, at = all_hours[rows], rows.start - begin
    lead = min(_LEAD_H, at - shift)  # weather before the window, for the thermal lag
    now, then = slice(at - lead, at + len(hours)), slice(at - lead - shift, at + len(hours) - shift)
    span = drivers.start_utc[now]
    warm, cold = drivers.air_temperature_c[now], drivers.air_temperature_c[then]
    new = {n: v[now] for n, v in drivers.calendar.items()}
    old = {n: v[then] for n, v in drivers.calendar.items()}
    states = Drivers(span, cold, old), Drivers(span, warm, old), Drivers(span, warm, new)
    pairs = [difference_draws(baseline, a, b, hours, side.count, side.seed) for a, b in pairwise(states)]
    weather, operations = ({name: (rows, found) for name, found in pair.items()} for pair in pairs)
    return weather, operations
