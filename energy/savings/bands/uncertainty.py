"""Draws of what would have been metered without the project: coefficients, level, residuals, bias and drift together.

A draw is a possible meter series, not a smooth mean, so that peaks are of the right size when it is billed. Its parts
are drawn independently and each once: the spread of a total is not counted twice. The latest level (`level`) adds what
its models disagree about, correlated as drift is. Meters with seeds in common
(`randoms.Seeds`) are drawn jointly, so that the band of their sum is honest.

References
----------
Coefficients: beta* = beta + A^-1 X'e* with e* = eta_b e and e the out-of-fold residuals, one multiplier eta_b for each
block of four weeks (wild block bootstrap, Shao 2010, JASA 105; A^-1 X_b'e_b = beta - beta_(-b) exactly).
Residuals: moving blocks of four weeks (Künsch 1989, Annals of Statistics 17(3)), joint over the targets, starting at
the same hour of the week as in training. Four weeks are short beside noise that lasts a month, so the level of a block
and the coefficients' error are widened by `memory_factor`, an AR(1) of weekly means (after the prewhitening of Andrews
& Monahan 1992, Econometrica 60(4)); a year has but thirteen blocks to tell their size from, so that it is drawn too
(Student's t, as Bell & McCaffrey 2002, Survey Methodology 28(2)). Bias: the sum of the out-of-fold residuals, of
unknown sign a year on. Drift: drift.toml.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from energy.calendar import Instants
from energy.model import Band, Floats
from energy.savings.bands.randoms import YEARS, Randoms, Seeds, randoms
from energy.savings.baselines.design import design
from energy.savings.baselines.features import SLOW_LAG_H, Drivers
from energy.savings.baselines.frozen import Baseline

WEEK_H = 168
BLOCK_H = 4 * WEEK_H
_YEAR = np.timedelta64(8766, "h").astype("timedelta64[s]")
_LONGEST_MEMORY = 0.8
_LOWEST_LEVEL = 0.1  # of what was: a long tail must not make a meter run backwards
_HOUR = np.timedelta64(3600, "s")


def _randoms(baseline: Baseline, hours: int, count: int, seed: int | Seeds) -> Randoms:
    """Return the numbers of a baseline's draws of so many hours."""
    weeks, blocks = len(baseline.residuals) // WEEK_H, baseline.influence.shape[0]
    placed = hours // BLOCK_H + 2
    return randoms(seed, baseline.drift, count, blocks=blocks, block_h=BLOCK_H, placed=placed, weeks=weeks)


def memory_factor(weekly: Floats) -> float:
    """Return by how much the standard deviation of sums of blocks of four weeks is too small, >= 1.

    `weekly` (n,) mean residuals, taken as AR(1) with lag-one correlation r. The variance of long sums is
    (1 + r)/(1 - r) per week; blocks of four weeks, centred on the mean of all n, show S(4)/4 - 4 S(n)/n² of it, with
    S(n) the variance of a sum of n. r is corrected for its small-sample bias, (1 + 3r)/n (Kendall 1954, Biometrika 41),
    and kept in [0, 0.8], since a year cannot tell longer memory from drift.
    """
    centred, n = weekly - weekly.mean(), len(weekly)
    energy = float((centred**2).sum())
    if n < 8 or energy == 0.0:
        return 1.0
    raw = float((centred[1:] * centred[:-1]).sum()) / energy
    r = float(np.clip(raw + (1 + 3 * raw) / n, 0.0, _LONGEST_MEMORY))
    shown = _sum_variance(r, 4) / 4 - 4 * _sum_variance(r, n) / n**2
    return float(np.sqrt((1 + r) / (1 - r) / shown))


def _sum_variance(r: float, n: int) -> float:
    """Return the variance of the sum of n terms of an AR(1) of unit variance."""
    lag = np.arange(1, n)
    return float(n + 2 * ((n - lag) * r**lag).sum())


def _beta_draws(baseline: Baseline, numbers: Randoms, widen: Floats) -> Floats:
    """Return coefficients (p, m, k); the influences are centred, and the jackknife's (B - 1)/B applied.

    `widen` (k,) the factor on each draw's error. The intercept, the first, holds the doubt about the latest level too:
    one number a draw, since a meter's targets move together.
    """
    count = baseline.influence.shape[0]
    centred = baseline.influence - baseline.influence.mean(axis=0)
    moved = np.tensordot(centred, numbers.multipliers * widen, axes=([0], [0])) * np.sqrt((count - 1) / count)
    moved[0] += baseline.level_sd[:, None] * baseline.drift.share * numbers.level
    found: Floats = baseline.beta[:, :, None] + moved
    return found


def _drift_walk(baseline: Baseline, start_utc: Instants, drift: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return the change of level in each year (YEARS, k) as a share of it, and the year of each hour (n,).

    It is a random walk, one step a year from `start_utc[0]`.

    The first step spans the time from the middle of the last training year to the middle of the first reporting year,
    at least one year, since the variance of a walk grows with time. Before the training it walks backwards.
    """
    before = start_utc[-1] < baseline.train_start
    since = start_utc[-1] - start_utc if before else start_utc - start_utc[0]
    apart = baseline.train_start - start_utc[-1] - _HOUR if before else start_utc[0] - baseline.train_end
    year = np.minimum(since // _YEAR, YEARS - 1).astype(np.int64)
    gap = max(1.0, 1.0 + float(apart / _YEAR))
    steps = drift * baseline.drift.sd * np.where(np.arange(YEARS) == 0, np.sqrt(gap), 1.0)[:, None]
    return np.cumsum(steps, axis=0), year


def _bias(baseline: Baseline, target: int) -> float:
    """Return the sum of the out-of-fold residuals as a share of the metered sum, 0 where that is not known."""
    found = baseline.metrics.get(baseline.targets[target], {}).get("nmbe_pct", 0.0)
    return found / 100.0 if np.isfinite(found) else 0.0


def _standard_residuals(baseline: Baseline) -> Floats:
    """Return centred residuals over their size (M, m), M whole weeks; a gap takes the same hour of a nearby week."""
    size = _scale_at(baseline, baseline.slow_c)
    found = (baseline.residuals - np.nanmean(baseline.residuals, axis=0)) / size
    found = found[: len(found) // WEEK_H * WEEK_H]
    for weeks in (1, -1, 2, -2, 3, -3, 5, -5, 8, -8, 13, -13):
        found = np.where(np.isnan(found), np.roll(found, weeks * WEEK_H, axis=0), found)
    filled: Floats = np.nan_to_num(found - np.nanmean(found, axis=0))
    return filled


@dataclass(frozen=True)
class _Noise:
    """Standardised residuals (M, m), the level of the block that starts at each (M, m), and the memory factor."""

    standard: Floats
    level: Floats
    widen: float

    @classmethod
    def of(cls, baseline: Baseline) -> _Noise:
        standard = _standard_residuals(baseline)
        around = (
            np.concatenate([standard, standard[:BLOCK_H]]) if len(standard) >= BLOCK_H else np.tile(standard, (8, 1))
        )
        summed = np.concatenate([np.zeros((1, standard.shape[1])), np.cumsum(around, axis=0)])
        level = (summed[BLOCK_H:] - summed[:-BLOCK_H])[: len(standard)] / BLOCK_H
        weekly = standard[:, 0].reshape(-1, WEEK_H).mean(axis=1)
        return cls(standard, level, memory_factor(weekly))

    def series(self, target: int, since: int, hours: int, numbers: Randoms, widen: Floats) -> Floats:
        """Return (hours, k): blocks shifted by whole weeks, circular; `since` hours into training, `widen` (k,)."""
        whole, first = len(self.standard), np.arange(len(numbers.weeks))[:, None] * BLOCK_H - numbers.offset
        start = (since + first + numbers.weeks * WEEK_H) % whole
        around = np.take(self.standard[:, target], np.arange(whole + BLOCK_H), mode="wrap")
        blocks = np.lib.stride_tricks.sliding_window_view(around, BLOCK_H)
        level = (widen - 1.0) * self.level[start, target]
        found = np.empty((hours, len(widen)))
        for draw, offset in enumerate(numbers.offset.tolist()):
            one = blocks[start[:, draw]] + level[:, draw, None]
            found[:, draw] = one.ravel()[offset : offset + hours]
        return found


def _scale_at(baseline: Baseline, slow_c: Floats) -> Floats:
    """Return the size of the residuals (n, m) at slow temperatures (n,) [°C]."""
    columns = [np.interp(slow_c, baseline.scale_c, s) for s in baseline.scale.T]
    return np.stack(columns, axis=1)


def draws(
    baseline: Baseline,
    drivers: Drivers,
    count: int = 200,
    seed: int | Seeds = 1,
    *,
    start_utc: Instants | None = None,
    residuals: bool = True,
    drift: bool = True,
) -> dict[str, Floats]:
    """Return target -> (n, count) draws at the hours `start_utc` (contiguous), else at all hours of the drivers.

    The mean over draws is the expected value at every hour, exactly. Meters with different ints as
    `seed` are drawn independently; `Seeds` make them joint. `residuals=False` leaves the coefficients' error, bias (and
    drift) alone, and without both the hours may be any. The same seed gives the same draws, and a longer
    period from the same start leaves the earlier hours as they were. NaN where `baseline.predict` is NaN.
    """
    hours = drivers.start_utc if start_utc is None else start_utc.astype("datetime64[s]")
    if baseline.disqualified or not len(hours):
        return {t: np.full((len(hours), count), np.nan) for t in baseline.targets}
    numbers, noise = _randoms(baseline, len(hours), count, seed), _Noise.of(baseline)
    x = design(baseline.spec, hours, drivers)[0]
    widen = noise.widen * baseline.drift.share * numbers.spread
    beta = _beta_draws(baseline, numbers, widen)
    slow = drivers.felt_c(SLOW_LAG_H)[drivers.rows(hours)]
    scale, since = _scale_at(baseline, slow), int((hours[0] - baseline.train_start) // _HOUR)
    still = np.zeros((1, 1)), np.zeros(len(hours), dtype=np.int64)
    walk, year = _drift_walk(baseline, hours, numbers.drift) if drift else still
    expected = x @ baseline.beta + baseline.lifted(x)
    found = {}
    for i, target in enumerate(baseline.targets):
        if target in baseline.unfit_targets:
            found[target] = np.full((len(hours), count), np.nan)
            continue
        level = np.clip(1.0 + walk + _bias(baseline, i) * numbers.bias, _LOWEST_LEVEL, 2.0 - _LOWEST_LEVEL)
        series = x @ np.ascontiguousarray(beta[:, i])
        series *= level[year]
        if residuals:
            added = noise.series(i, since, len(hours), numbers, widen)
            added *= scale[:, i, None]
            series += added
        series += (expected[:, i] - series.mean(axis=1))[:, None]
        found[target] = series
    return found


def difference_draws(
    baseline: Baseline, before: Drivers, after: Drivers, start_utc: Instants, count: int = 200, seed: int | Seeds = 1
) -> dict[str, Floats]:
    """Return target -> (n, count): what a change of drivers does to the expected value, with the coefficients' error.

    The coefficients are those of `draws` with the same seed; residuals and drift cancel in a difference.
    """
    if baseline.disqualified:
        return {t: np.full((len(start_utc), count), np.nan) for t in baseline.targets}
    numbers = _randoms(baseline, len(start_utc), count, seed)
    beta = _beta_draws(baseline, numbers, _Noise.of(baseline).widen * baseline.drift.share * numbers.spread)
    x, was = (design(baseline.spec, start_utc, given)[0] for given in (after, before))
    change, lifted = x - was, baseline.lifted(x) - baseline.lifted(was)
    found = {}
    for i, target in enumerate(baseline.targets):
        moved = change @ beta[:, i]
        moved += (change @ baseline.beta[:, i] + lifted[:, i] - moved.mean(axis=1))[:, None]
        found[target] = np.full_like(moved, np.nan) if target in baseline.unfit_targets else moved
    return found


def band(values: Floats, level: float = 0.90, reason: str | None = None) -> Band:
    """Return mean and central interval of draws (k,); NaN throughout when a draw is NaN or there is a reason."""
    if reason is not None or not len(values) or bool(np.isnan(values).any()):
        nan = float("nan")
        return Band(nan, nan, nan, level, reason or "kan inte bedömas: uppgifter saknas")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Band(float(values.mean()), float(low), float(high), level)
