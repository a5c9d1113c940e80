"""Closed hours night by night, and what they could be expected to take. Which nights are too high is the rule's matter.

A night is the closed hours of a day of normal time that had both open and closed hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import MeasureContext
from energy.measures.shared.bands import generator, weighted_quantile
from energy.measures.shared.days import Days, Flags
from energy.measures.shared.signature import TO_SIGMA, robust_regression
from energy.measures.shared.steps import find_step
from energy.model import Floats

__all__ = ["Nights", "above", "best_weeks", "earlier_years", "nights_of", "year_before"]

LEAST_HOURS = 3  # closed (and open) hours that make a day comparable
LEAST_NIGHTS = 8  # of a calendar month in the year before, to compare that month at all
HEATING_MONTHS = (0, 1, 2, 3, 9, 10, 11)  # October-April, 0 = January: the temperature slope changes sign in a rink


@dataclass(frozen=True)
class Nights:
    """Closed hours day by day, [kW] and [°C]; (d,) NaN where the day is not comparable."""

    days: Days
    closed_kw: Floats
    open_kw: Floats
    temperature_c: Floats
    hours: Flags  # (n,) the closed hours of days that had open hours too
    opened: Flags  # (d,) such days, metered or not
    known: Flags  # (d,) such days with readings and temperature
    submetered: bool  # submeters' energy is taken off


def nights_of(context: MeasureContext, point: str) -> Nights:
    """Return the nights of a metering point, without what its submeters explain."""
    days = Days.of(context.start_utc)
    children = _submeters(context, point)
    energy = _without(context, point, children)
    is_closed, is_open = context.open_hours == 0, context.open_hours == 1
    closed = days.mean_where(energy, is_closed, LEAST_HOURS)
    open_kw = days.mean_where(energy, is_open, LEAST_HOURS)
    temperature = days.mean_where(context.air_temperature_c, is_closed, LEAST_HOURS)
    opened = (days.split(is_open).sum(axis=1) >= LEAST_HOURS) & (days.split(is_closed).sum(axis=1) >= LEAST_HOURS)
    hours = is_closed & (days.to_hours(opened[:, None].astype(np.float64), 0.0)[:, 0] > 0)
    known = opened & np.isfinite(closed) & np.isfinite(open_kw) & np.isfinite(temperature)
    return Nights(days, closed, open_kw, temperature, hours, opened, known, bool(children))


def _submeters(context: MeasureContext, point: str) -> list[str]:
    """Return the points that measure a part of this one's energy."""
    carrier = context.carriers.get(point)
    return [
        child
        for child, parent in context.parents.items()
        if parent == point and child in context.loads and context.carriers.get(child) == carrier
    ]


def _without(context: MeasureContext, point: str, children: Sequence[str]) -> Floats:
    """Return (n,) the energy of a point less that of its submeters [kWh].

    A heat pump or ice plant with a meter of its own runs at night for its own reasons, and a new one is no creeping
    base load. Before its first reading a submeter counts as not yet there; later gaps make the hour unknown.
    """
    energy = context.loads[point].energy_kwh[:, 0].copy()
    for child in children:
        found = context.loads[child].energy_kwh[:, 0]
        known = np.isfinite(found)
        energy -= np.where(known | np.maximum.accumulate(known), found, 0.0)
    return energy


def year_before(context: MeasureContext, nights: Nights, count: int) -> Flags:
    """Return (d,) True for the days of the year that begins `count` years before the months valued."""
    first = context.first_valued()
    return nights.days.between(first.replace(year=first.year - count), first.replace(year=first.year - count + 1))


def earlier_years(context: MeasureContext, nights: Nights, weights: Floats, creep: float) -> tuple[Floats, Flags]:
    """Return ((d, k) the closed power expected from the year before, (12,) calendar months it can be told for).

    A calendar month that had already risen then is taken from one year further back, where there is one. Where there
    is none, and the load stepped up for good in the last months of the year before, its days from then on tell nothing.
    """
    month = nights.days.month()
    years = [nights.known & year_before(context, nights, count) for count in (1, 2)]
    if np.bincount(month[years[1]], minlength=12).max() < LEAST_NIGHTS:
        years[0] &= ~_stepped(context, nights)
    enough = [np.bincount(month[year], minlength=12) >= LEAST_NIGHTS for year in years]
    if not enough[0].any():
        return np.full(weights.shape, np.nan), enough[0]
    level = _fit(nights, weights, years[0])
    if not enough[1].any():
        return level, enough[0]
    before = _fit(nights, weights, years[1])
    for m in np.flatnonzero(enough[0] & enough[1]):
        here = month == m
        if level[here & years[0], 0].mean() > (1.0 + creep) * before[here & years[0], 0].mean():
            level[here] = before[here]
    return level, enough[0]


def _stepped(context: MeasureContext, nights: Nights) -> Flags:
    """Return (d,) True from the day of a sure step up, where it lies at most `late_days` before the months valued."""
    step = find_step(nights.days, nights.closed_kw, nights.temperature_c, 0, generator(context.seed, "nights"))
    first = np.datetime64(context.first_valued())
    late = np.timedelta64(round(assumption("nights", "late_days").central), "D")
    sure = assumption("nights", "sure").central
    if step is None or step.sure < sure or not step.height[0] > 0 or not first - late <= step.day < first:
        return np.zeros(len(nights.days.day), dtype=np.bool_)
    return step.since


def above(nights: Nights, level: Floats, compared: Flags) -> Floats:
    """Return (d, k) what each night takes above its level [kW], a wild night capped some spreads above its month.

    A standstill of another heat source, or a night-time event, is no base load. The spread is at least a share of the
    level, the least that a night's power is known by.
    """
    wild, least = (assumption("nights", name).central for name in ("wild_spreads", "least_spread"))
    excess = np.where(compared[:, None], nights.closed_kw[:, None] - level, 0.0)
    month = nights.days.day.astype("datetime64[M]")
    for found in np.unique(month[compared]):
        here = compared & (month == found)
        middle = np.median(excess[here], axis=0)
        spread = TO_SIGMA * np.median(np.abs(excess[here] - middle), axis=0)
        excess[here] = np.minimum(excess[here], middle + wild * np.maximum(spread, least * level[here].mean(axis=0)))
    return excess


def _design(nights: Nights) -> Floats:
    """Return (d, 14): calendar months, and a temperature slope in the heating season and one outside it."""
    month = nights.days.month()
    warmth = np.nan_to_num(nights.temperature_c) - 10.0  # centred; the months carry the level
    heating = np.isin(month, HEATING_MONTHS)
    columns = [month == m for m in range(12)]
    return np.column_stack([*columns, warmth * heating, warmth * ~heating]).astype(np.float64)


def _fit(nights: Nights, weights: Floats, use: Flags) -> Floats:
    """Return (d, k) the closed power expected on every day [kW], fitted on the days in `use`."""
    design = _design(nights)
    coefficients, _ = robust_regression(design[use], nights.closed_kw[use], weights[use])
    expected: Floats = design @ coefficients
    return expected


def best_weeks(nights: Nights, weights: Floats, use: Flags, share: float) -> Floats:
    """Return (d, k) the expected closed power lowered to what the best `share` of the weeks in `use` kept [kW]."""
    use = use & nights.known
    expected = _fit(nights, weights, use)
    residual = nights.closed_kw[use][:, None] - expected[use]
    weeks, index = np.unique(nights.days.day[use].astype(np.int64) // 7, return_inverse=True)
    sums = np.zeros((len(weeks), expected.shape[1]))
    np.add.at(sums, index, residual)
    counts = np.bincount(index).astype(np.float64)[:, None]
    first = np.unique(index, return_index=True)[1]
    return expected + weighted_quantile(sums / counts, weights[use][first], share)
