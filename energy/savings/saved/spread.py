"""Savings of a meter without hours: which parts of its bill follow from the energy of its periods alone.

The energy of each period is laid out over its hours in two ways, evenly and unevenly. What costs the same both ways
does not depend on the hours; every other part of the bill is not assessed. So no list of components has to be kept,
and a new price list is judged by what it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from energy.calendar import normal_time
from energy.model import Contract, Floats, Load, PriceList
from energy.savings.baselines.coarse import Periods
from energy.savings.baselines.sufficiency import NOT_ASSESSED, Bools
from energy.savings.saved.cells import Case, Cell, cells_of
from energy.savings.saved.counterfactual import Counterfactual

_SAME_SEK = 0.01
_SAME_SHARE = 1e-6


def spread(
    load: Load,
    metered: Periods,
    reporting: Periods,
    drawn: Floats,
    reporting_start: np.datetime64,
    excluded: Bools,
    reason: str | None,
    *,
    even: bool,
) -> Counterfactual:
    """Return both loads of a meter on the hours of `load`, each period's energy laid out over its hours.

    `metered` all its periods; `reporting` those with draws, `drawn` (len(reporting.first), k) [kWh]; `reporting_start`
    a day of normal time; `excluded` (n,) hours where no saving is credited. Hours outside every period are NaN.
    """
    hours = normal_time(load.start_utc)
    actual = _laid_out(hours, metered, metered.energy_kwh[:, None], even)
    adjusted = _laid_out(hours, reporting, drawn, even)
    inside = hours >= reporting_start.astype("datetime64[s]")
    keeps = ~inside | excluded
    joined = np.where(keeps[:, None], actual, np.nan if reason else adjusted)
    both = [replace(load, energy_kwh=e, volume_m3=None, supply_m3c=None, return_m3c=None) for e in (actual, joined)]
    return Counterfactual(both[0], both[1], inside, excluded, None, reason)


def _laid_out(hours: np.ndarray, periods: Periods, energy: Floats, even: bool) -> Floats:
    """Return (n, k) hourly energy of periods (p, k); NaN where there is no period."""
    day = hours.astype("datetime64[D]")
    at = np.searchsorted(periods.first, day, side="right") - 1
    inside = (at >= 0) & (day < periods.end[at]) if len(periods.first) else np.zeros(len(hours), dtype=bool)
    found = np.full((len(hours), energy.shape[1]), np.nan)
    if not inside.any():
        return found
    at = at[inside]
    share = 1.0 / (24.0 * periods.days[at])
    if not even:
        share = _ramp(hours[inside], periods, at)
    found[inside] = energy[at] * share[:, None]
    return found


def _ramp(hours: np.ndarray, periods: Periods, at: np.ndarray) -> Floats:
    """Return each hour's share of its period (n,): more late in the day and late in the period, summing to one."""
    since = (hours - periods.first[at].astype("datetime64[s]")) / np.timedelta64(3600, "s")
    length = 24.0 * periods.days[at]
    weight = (0.2 + 1.6 * (since + 0.5) / length) * (0.5 + (since % 24) / 23.0)
    total = np.bincount(at, weights=weight, minlength=len(periods.first))
    found: Floats = weight / total[at]
    return found


def cells_without_hours(
    even: Case,
    uneven: Case,
    contracts: Sequence[Contract],
    lists: Sequence[PriceList],
    months: Sequence[date],
    delivers: str,
) -> list[Cell]:
    """Return the cells of a meter; a cost that differs between the two layouts is NaN with its reason.

    `delivers` names in Swedish what the meter gives. Raises TariffError from the bill.
    """
    other = {(c.month, c.component): c for c in cells_of(uneven, contracts, lists, months)}
    return [_certain(c, other[c.month, c.component], delivers) for c in cells_of(even, contracts, lists, months)]


def _certain(cell: Cell, other: Cell, delivers: str) -> Cell:
    if cell.component is None or cell.reason is not None:
        return cell
    pairs = ((np.array([cell.actual]), np.array([other.actual])), (cell.adjusted, other.adjusted))
    if all(np.allclose(a, b, rtol=_SAME_SHARE, atol=_SAME_SEK) for a, b in pairs):
        return cell
    reason = f"{NOT_ASSESSED}mätaren lämnar {delivers}, och delen räknas på timmar"
    return replace(cell, actual=float("nan"), adjusted=np.full(len(cell.adjusted), np.nan), reason=reason)
