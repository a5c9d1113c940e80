"""Draws behind a band: assumptions from triangles, evidence from whole weeks drawn again. Column 0 is the central case.

Reference: whole weeks without overlap keep the autocorrelation within a week; Carlstein, E. (1986), "The use of
subseries values for estimating the variance of a general statistic from a stationary sequence", Annals of Statistics
14(3), 1171-1179.
"""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt

from energy.measures.assumptions import Assumption, assumption
from energy.measures.base import Confidence, MeasureContext
from energy.model import Band, Floats
from energy.swedish import sv

__all__ = [
    "band", "confidence", "generator", "not_worth_telling", "shared", "triangle", "week_weights", "weighted_quantile",
]  # fmt: skip

LEVEL = 0.90
BAND_TEXT = (
    "Bandet är 90 %: antagandena dras ur triangelfördelningar mellan lågt, centralt och högt värde{weeks}, "
    "och räkningen görs om för varje dragning."
)


def generator(seed: int, *names: str) -> np.random.Generator:
    """Return a generator that gives the same draws in every run for the same seed and names."""
    return np.random.default_rng([seed, zlib.crc32("/".join(names).encode())])


def triangle(found: Assumption, draws: int, rng: np.random.Generator) -> Floats:
    """Return (1 + draws,) values of an assumption: the central one, then draws from low-central-high.

    The draws are stratified (one in each of `draws` equally likely slices, in random order), so that few of them
    already show the tails. Reference: McKay, Beckman and Conover (1979), Technometrics 21(2), 239-245.
    """
    span = found.high - found.low
    if span == 0.0:
        return np.full(1 + draws, found.central)
    at = (rng.permutation(draws) + rng.random(draws)) / max(1, draws)
    rising = found.low + np.sqrt(at * span * (found.central - found.low))
    falling = found.high - np.sqrt((1.0 - at) * span * (found.high - found.central))
    return np.concatenate(([found.central], np.where(at * span < found.central - found.low, rising, falling)))


def shared(context: MeasureContext, table: str, name: str) -> Floats:
    """Return (1 + draws,) values [its unit] of an assumption of a shared table ("ice", "ventilation"), as `triangle`.

    The same draws wherever they are asked for in a facility: a plant has one coefficient of performance, and a finding
    that uses it twice must not draw it twice (its band would be too narrow).
    """
    rng = generator(context.seed, "shared", context.facility, table, name)
    return triangle(assumption(table, name), context.draws, rng)


def week_weights(day: npt.NDArray[np.datetime64], draws: int, rng: np.random.Generator) -> Floats:
    """Return (d, 1 + draws) how often each day counts: once in column 0, then weeks drawn with replacement."""
    weeks, index = np.unique(day.astype("datetime64[D]").astype(np.int64) // 7, return_inverse=True)
    counts = rng.multinomial(len(weeks), np.full(len(weeks), 1.0 / max(1, len(weeks))), size=draws)
    return np.concatenate((np.ones((len(day), 1)), counts[:, index].T.astype(np.float64)), axis=1)


def weighted_quantile(values: Floats, weights: Floats, share: float) -> Floats:
    """Return (k,) the smallest of `values` (d, k) at which `share` of the `weights` (d, k) is reached; NaN if none."""
    order = np.argsort(values, axis=0)
    cumulated = np.cumsum(np.take_along_axis(weights, order, axis=0), axis=0)
    total = cumulated[-1]
    # a hair of slack: the cumulated weight of a whole number of days must not miss its share by rounding
    at = (cumulated >= share * total * (1.0 - 1e-12)).argmax(axis=0)
    found = np.take_along_axis(np.take_along_axis(values, order, axis=0), at[None, :], axis=0)[0]
    return np.where(total > 0.0, found, np.nan)


def band(values: Floats) -> Band:
    """Return the band of (1 + draws,): column 0 is the figure, the draws' 5th and 95th percentiles its band.

    The band is widened to hold the figure where the central case lies at the edge of what was drawn.
    """
    central = float(values[0])
    drawn = values[1:] if len(values) > 1 else values
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Band(central, min(central, float(low)), max(central, float(high)), LEVEL)


def confidence(found: Band, ceiling: Confidence = "hög") -> Confidence:
    """Return how sure a figure is, from the width of its band; never more than `ceiling`."""
    half = (found.high - found.low) / 2
    narrow, wide = (assumption("common", name).central for name in ("narrow_band", "wide_band"))
    grades: tuple[Confidence, ...] = ("hög", "medel", "låg")
    own = 0 if half <= narrow * found.value else 1 if half <= wide * found.value else 2
    return grades[max(own, grades.index(ceiling))]


def band_text(weeks: str = "") -> str:
    """Return the Swedish sentence on how the band came about; `weeks` says what was drawn again week by week."""
    again = f", {weeks} dras om{'' if weeks == 'månaderna' else ' vecka för vecka'}" if weeks else ""
    return BAND_TEXT.format(weeks=again)


def not_worth_telling(found: Band) -> str | None:
    """Return why a saving must not be told, in Swedish: too small, or its band reaches zero; None where it may be."""
    least = assumption("common", "minimum_saving").central
    if not found.value >= least:
        return f"mindre än {sv(least)} kr/år att vinna."
    return None if round(found.low) > 0 else "det som ses kan inte skiljas från vanlig spridning."
