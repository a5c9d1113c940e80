"""A level that changed and stayed: the day it did, and by how much, at the same season and outdoor temperature.

Used for loads and for set points, so that a measure is valued by what the facility itself did before. The day is the
one that leaves the least squares of a regression with a step; whether the step is more than chance is told by whole
weeks. Reference: Bai, J. (1997), "Estimation of a change point in multiple regression models", Review of Economics and
Statistics 79(4), 551-563.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from energy.measures.assumptions import assumption
from energy.measures.base import MeasureContext
from energy.measures.shared.bands import week_weights
from energy.measures.shared.days import Days, Flags
from energy.measures.shared.signature import robust_regression
from energy.model import Floats

__all__ = ["Shift", "Step", "find_step", "lasting_step", "per_degree", "share_since", "shifted"]

BEFORE = 120  # days with readings before a step, and
AFTER = 42  # after it: less shows no lasting change
EVERY = 7  # days between the days tried
CALM = 1.5  # weeks hang together: their mean is this much less certain than if each were drawn alone
YEAR = 365.25
TURNS = 25  # of the two steps of a proportional rise; each halves what is left, or better


@dataclass(frozen=True)
class Step:
    """A change that lasts to the end of the span: `height` (1 + draws), up if positive; `since` (d,) True after it."""

    days: Days
    day: np.datetime64
    height: Floats
    since: Flags
    before: float  # mean level before
    sure: float  # height over its standard error


def _design(days: Days, use: Flags, temperature: Floats | None) -> Floats:
    """Return (d, p): level, year's wave, and cold below 17 °C where a temperature is given."""
    columns = [np.ones(len(days.day))]
    if use.sum() and (days.day[use][-1] - days.day[use][0]).astype(int) > 1.6 * YEAR:
        phase = 2 * np.pi * (days.day - days.day[0]).astype(np.float64) / YEAR
        columns += [np.sin(phase), np.cos(phase), np.sin(2 * phase), np.cos(2 * phase)]
    if temperature is not None:
        columns += [np.maximum(0.0, 17.0 - np.nan_to_num(temperature)), np.nan_to_num(temperature)]
    return np.column_stack(columns)


def _least(design: Floats, series: Floats, tried: npt.NDArray[np.intp]) -> int:
    """Return the row after which a step leaves the least squares."""
    basis, _ = np.linalg.qr(design)
    rest = series - basis @ (basis.T @ series)
    after = (np.arange(len(series))[:, None] >= tried[None, :]).astype(np.float64)
    after -= basis @ (basis.T @ after)
    gained = (after * rest[:, None]).sum(axis=0) ** 2 / np.maximum((after**2).sum(axis=0), 1e-12)
    return int(tried[int(np.argmax(gained))])


def find_step(
    days: Days, daily: Floats, temperature: Floats | None, draws: int, rng: np.random.Generator
) -> Step | None:
    """Return the most likely step of a daily series (d,), NaN where unknown; None where there are too few days."""
    use = np.isfinite(daily) if temperature is None else np.isfinite(daily) & np.isfinite(temperature)
    count = int(use.sum())
    tried = np.arange(BEFORE, count - AFTER, EVERY)
    if not tried.size:
        return None
    design, series, day = _design(days, use, temperature)[use], daily[use], days.day[use]
    row = _least(design, series, tried)
    after = (np.arange(count) >= row).astype(np.float64)
    coefficients, _ = robust_regression(np.column_stack((design, after)), series, week_weights(day, draws, rng))
    residual = series - np.column_stack((design, after)) @ coefficients[:, 0]
    _, index = np.unique(day.astype(np.int64) // 7, return_inverse=True)
    means = np.bincount(index, weights=residual) / np.bincount(index)
    late = np.bincount(index, weights=after) / np.bincount(index) > 0.5
    error = CALM * float(means.std()) * float(np.sqrt(1 / max(1, late.sum()) + 1 / max(1, (~late).sum())))
    height = coefficients[-1]
    return Step(
        days, day[row], height, days.day >= day[row], float(series[:row].mean()), float(height[0]) / (error + 1e-9)
    )


def per_degree(
    step: Step, daily: Floats, temperature: Floats, below_c: float, draws: int, rng: np.random.Generator
) -> Floats:
    """Return (1 + draws,) how much a daily series rose at a step per degree below `below_c`: heat of outdoor air."""
    use = np.isfinite(daily) & np.isfinite(temperature)
    cold = np.maximum(0.0, below_c - np.nan_to_num(temperature, nan=below_c))
    after = np.where(step.since, cold, 0.0)
    design = np.column_stack((_design(step.days, use, temperature), after))[use]
    coefficients, _ = robust_regression(
        design.astype(np.float64), daily[use], week_weights(step.days.day[use], draws, rng)
    )
    risen: Floats = coefficients[-1]
    return risen


def share_since(
    days: Days, daily: Floats, temperature: Floats, driver: Floats, since: np.datetime64, draws: int,
    rng: np.random.Generator,
) -> Floats:  # fmt: skip
    """Return (1 + draws,) how much of what a daily series (d,) is since a day was added then [-], at the same weather.

    Negative where it fell then.

    y = (what season, temperature and `driver` (d,) explain) · (1 + r since the day); the share is r / (1 + r). A need
    that comes and goes grows in proportion: an even rise would put as much on dry days as on damp ones. Least squares
    by turns, not a robust fit: the sum over the year is wanted, its few heavy days too.
    """
    use = np.isfinite(daily) & np.isfinite(temperature) & np.isfinite(driver)
    design = np.column_stack((_design(days, use, temperature), np.nan_to_num(driver)))[use]
    after = (days.day >= since)[use].astype(np.float64)
    weights, target = week_weights(days.day[use], draws, rng), daily[use]
    products: Floats = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    grown: Floats = np.zeros(1 + draws)
    for _ in range(TURNS):
        factor = 1.0 + grown * after[:, None]
        gram = ((weights * factor**2).T @ products).reshape(-1, design.shape[1], design.shape[1])
        moment = (weights * factor * target[:, None]).T @ design
        solved = np.linalg.solve(gram + 1e-9 * np.eye(design.shape[1]), moment[..., None])[..., 0]
        usual = np.maximum(design @ solved.T, 0.0)
        late = weights * after[:, None] * usual
        total = (late * usual).sum(axis=0)
        more = (late * (target[:, None] - usual)).sum(axis=0)
        grown = np.maximum(np.divide(more, total, out=np.zeros_like(total), where=total > 0), -0.8)
    return np.asarray(grown / (1.0 + grown), dtype=np.float64)


def lasting_step(
    context: MeasureContext, hourly: Floats, where: Flags, rng: np.random.Generator, weather: bool = True
) -> Step | None:
    """Return a sure step up of an hourly series among the hours `where`, in force when the months valued end.

    The step may lie in the months valued or up to a year before them. None where no such step is sure.
    """
    days = Days.of(context.start_utc)
    daily = days.mean_where(hourly, where, 3)
    temperature = days.mean(context.air_temperature_c) if weather else None
    found = find_step(days, daily, temperature, context.draws, rng)
    return found if found is not None and found.sure > assumption("steps", "sure").central else None


@dataclass(frozen=True)
class Shift:
    """How far a set point lies from where it was or from what is enough, (n, 1 + draws) in its unit, else 0.

    `shown`: the facility itself kept the other level before; else the level is a reference.
    """

    hourly: Floats
    shown: bool
    mean: float  # over the days concerned
    since: np.datetime64 | None


def shifted(
    context: MeasureContext,
    values: Floats,
    where: Flags,
    enough: Floats,
    least: float,
    rng: np.random.Generator,
    weather: bool = False,
) -> Shift | float:
    """Return how far `values` lie above their own earlier level, else above `enough` (1 + draws); else their mean.

    Turn the sign of both where too low is what is dear. Changes of less than `least` count for nothing. Every hour of a
    day carries the day's shift, told from the hours `where`.
    """
    step = lasting_step(context, values, where, rng, weather)
    days = Days.of(context.start_utc)
    daily = days.mean_where(values, where, 3)
    valued = days.between(context.first_valued(), context.end_valued()) & np.isfinite(daily)
    if step is not None and step.height[0] > least:
        raised = np.where(step.since[:, None], np.maximum(0.0, step.height), 0.0)
        return Shift(days.to_hours(raised, 0.0), True, float(step.height[0]), step.day)
    mean = float(daily[valued].mean()) if valued.any() else float("nan")
    if not mean > enough[0] + least:
        return mean
    over = np.maximum(0.0, np.nan_to_num(daily, nan=-np.inf)[:, None] - enough)
    return Shift(days.to_hours(over, 0.0), False, mean - float(enough[0]), None)
