"""Expected values, draws and signature of a frozen change-point baseline.

A draw is a possible series of periods: coefficients, residuals and drift, each drawn once, as in `uncertainty`.

References
----------
Coefficients: wild block bootstrap of the influences (Shao 2010, JASA 105). Residuals of days: moving blocks of four
weeks (Künsch 1989, Annals of Statistics 17(3)), widened by `uncertainty.memory_factor`. Residuals of billing periods:
an AR(1) whose spread is that of the residuals out of fold; its correlation is corrected for the small sample (Kendall
1954, Biometrika 41) and kept in [0, 0.8]; draws are scaled to a t distribution, since a year has but twelve of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from energy.model import Band, Floats
from energy.savings.bands.uncertainty import band, memory_factor
from energy.savings.baselines.changepoint import columns
from energy.savings.baselines.coarse import Day, Days
from energy.savings.baselines.drift import Drift
from energy.savings.baselines.frozen_periods import PeriodBaseline
from energy.savings.baselines.sufficiency import NOT_ASSESSED, Limits, temperature_tier
from energy.swedish import sv

_BLOCK = 28
_YEARS = 40
_LONGEST_MEMORY = 0.8
_PART_OF_SPAN = 0.25


def predict(model: PeriodBaseline, days: Days, first: Day, end: Day) -> Floats:
    """Return the expected energy of each period (n,) [kWh]; NaN where its weather is unknown or the model refused."""
    if model.disqualified:
        return np.full(len(first), np.nan)
    found: Floats = days.means(columns(model.shape, days), first, end) @ model.beta * (end - first).astype(np.int64)
    return found


def refusal(model: PeriodBaseline, days: Days, first: Day, end: Day) -> str | None:
    """Return why the model gives no figure for these periods, or None."""
    if model.disqualified or not len(first):
        return model.disqualified or f"{NOT_ASSESSED}rapportperioden har inga mätvärden"
    lost = sorted(set(model.shape.calendar) - set(days.calendar))
    if lost:
        return f"{NOT_ASSESSED}driftens kalender saknar {', '.join(lost)}, som baslinjen bygger på"
    air = days.means(days.air_temperature_c[:, None], first, end)[:, 0]
    tier, share, distance = temperature_tier(model.temperature_range_c, air, _limits(model))
    if tier != "severe":
        return None
    told = f"{sv(100 * share, 1)} procent av tiden, som mest {sv(distance, 1)} grader"
    return f"{NOT_ASSESSED}vädret ligger för långt utanför det som baslinjen såg ({told})"


def _limits(model: PeriodBaseline) -> Limits:
    """Return the limits of extrapolation; of billing periods a part of the span of their means.

    The days within a trained month reached further than its mean, and the degrees are summed day by day: a January some
    kelvins colder than the trained one asks for nothing that the building did not show.
    """
    if model.family != "billing":
        return model.limits
    low, high = model.temperature_range_c
    return replace(model.limits, moderate_c=max(model.limits.moderate_c, _PART_OF_SPAN * (high - low)))


def draws(
    model: PeriodBaseline, days: Days, first: Day, end: Day, count: int = 200, seed: int = 1, *, drift: bool = True
) -> Floats:
    """Return (n, count) draws of each period's energy without the project [kWh].

    Their mean is the expected value, exactly. The same seed gives the same draws. NaN where `predict` is NaN.
    """
    expected = predict(model, days, first, end)
    if model.disqualified or not len(first):
        return np.full((len(first), count), np.nan)
    rng = np.random.default_rng(seed)
    length: Floats = (end - first).astype(np.float64)
    multipliers, steps = rng.standard_normal((len(model.influence), count)), rng.standard_normal((_YEARS, count))
    noise = _daily_noise if model.family == "daily" else _billing_noise
    steps *= Drift(model.drift_sd, model.drift_source, model.drift_freedom).sizes(rng, count)
    residual, widen = noise(model, expected / length, length, count, rng)
    moved = days.means(columns(model.shape, days), first, end) @ _coefficients(model, multipliers, widen)
    series = moved * length[:, None] * (_drift(model, first, steps) if drift else 1.0) + residual
    found: Floats = series + (expected - series.mean(axis=1))[:, None]
    return found


def _coefficients(model: PeriodBaseline, multipliers: Floats, widen: float) -> Floats:
    """Return coefficients (p, k): centred influences, with the jackknife's (B - 1)/B."""
    blocks = len(model.influence)
    centred = model.influence - model.influence.mean(axis=0)
    found: Floats = model.beta[:, None] + centred.T @ multipliers * (widen * np.sqrt((blocks - 1) / blocks))
    return found


def _drift(model: PeriodBaseline, first: Day, steps: Floats) -> Floats:
    """Return the factor on the level (n, k): a random walk of one step a reporting year, the first over the gap."""
    year = np.minimum((first - first[0]).astype(np.int64) // 365, _YEARS - 1)
    gap = max(1.0, 1.0 + float((first[0] - model.train_end).astype(np.int64)) / 365.25)
    sized = steps * model.drift_sd * np.where(np.arange(_YEARS) == 0, np.sqrt(gap), 1.0)[:, None]
    found: Floats = np.clip(1.0 + np.cumsum(sized, axis=0)[year], 0.1, 1.9)  # no meter runs backwards
    return found


def _daily_noise(
    model: PeriodBaseline, level: Floats, length: Floats, count: int, rng: np.random.Generator
) -> tuple[Floats, float]:
    """Return (residuals (n, k) [kWh], the memory factor): blocks of four weeks of the training's days."""
    at, size = _scale(model)
    standard = (model.residuals - model.residuals.mean()) / np.interp(model.expected, at, size)
    whole = len(standard)
    weekly = standard[: whole // 7 * 7].reshape(-1, 7).mean(axis=1)
    widen = memory_factor(weekly)
    blocks = -(-len(level) // _BLOCK)
    start = rng.integers(0, whole, size=(blocks, count))
    row = np.arange(len(level))
    found = standard[(start[row // _BLOCK] + (row % _BLOCK)[:, None]) % whole]
    block = found.copy()
    edges = np.arange(0, len(level), _BLOCK)
    means = np.add.reduceat(block, edges, axis=0) / np.diff([*edges, len(level)])[:, None]
    found = found + (widen - 1.0) * means[row // _BLOCK]
    sized: Floats = found * np.interp(level, at, size)[:, None] * np.sqrt(length)[:, None]
    return sized, widen


def _scale(model: PeriodBaseline) -> tuple[Floats, Floats]:
    """Return the size of the residuals at the middles of thirds of the expected energy: cold days are noisier."""
    edges = np.quantile(model.expected, (1 / 3, 2 / 3))
    third = np.searchsorted(edges, model.expected)
    kept = [k for k in range(3) if (third == k).any()]
    centred = model.residuals - model.residuals.mean()
    size = np.array([np.sqrt(np.mean(centred[third == k] ** 2)) for k in kept])
    floor = 0.05 * np.sqrt(np.mean(centred**2)) + 1e-12
    return np.array([model.expected[third == k].mean() for k in kept]), np.maximum(size, floor)


def _billing_noise(
    model: PeriodBaseline, level: Floats, length: Floats, count: int, rng: np.random.Generator
) -> tuple[Floats, float]:
    """Return (residuals (n, k) [kWh], the factor of their memory): an AR(1) with the spread of those out of fold.

    A chosen change point costs a degree of freedom that leaving one period out does not see.
    """
    standard = model.residuals * np.sqrt(model.days)
    n, points = len(standard), (model.shape.parameters - 1) // 2
    total = float((standard**2).sum())
    raw = float((standard[1:] * standard[:-1]).sum()) / total if total else 0.0
    r = float(np.clip(raw + (1 + 3 * raw) / n, 0.0, _LONGEST_MEMORY))
    freedom = max(2, n - len(model.beta) - points)
    shocks = (
        rng.standard_normal((len(level), count))
        * np.where(np.arange(len(level)) == 0, 1.0, np.sqrt(1 - r * r))[:, None]
    )
    lag = np.arange(len(level))
    weight = np.where(lag[:, None] >= lag[None, :], r ** np.abs(lag[:, None] - lag[None, :]), 0.0)
    scale = np.sqrt(total / max(1, n - 1 - points)) * np.sqrt(freedom / rng.chisquare(freedom, count))
    found: Floats = weight @ shocks * scale[None, :] * np.sqrt(length)[:, None]
    return found, float(np.sqrt((1 + r) / (1 - r)))


# --- the signature a reader understands ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Signature:
    """How a building follows the weather, each with a 90 % band; None where it has no such part.

    What it takes whatever the weather, the temperature where heating (cooling) begins, the power of a further degree.
    """

    base_kw: Band
    heating_c: Band | None
    heating_kw_per_k: Band | None
    cooling_c: Band | None
    cooling_kw_per_k: Band | None
    weekend_kw: Band | None


def signature(model: PeriodBaseline, count: int = 400, seed: int = 1) -> Signature | None:
    """Return the energy signature of a baseline, None where it is disqualified. Powers are daily means."""
    if model.disqualified:
        return None
    rng = np.random.default_rng(seed)
    beta = _coefficients(model, rng.standard_normal((len(model.influence), count)), 1.0) / 24.0
    terms = iter(beta)
    base = next(terms)
    shape, found = model.shape, {}
    for name, at in (("heating", shape.heating_c), ("cooling", shape.cooling_c)):
        found[f"{name}_c"] = None if at is None else _around(at, model.change_point_sd_c)
        found[f"{name}_kw_per_k"] = None if at is None else band(next(terms))
    return Signature(band(base), weekend_kw=band(next(terms)) if shape.weekend else None, **found)


def _around(value: float, sd: float) -> Band:
    """Return a 90 % band of a change point, at least the half degree of the grid."""
    half = max(0.5, 1.645 * sd)
    return Band(value, value - half, value + half)
