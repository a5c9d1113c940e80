"""The level a meter has reached: it wanders, and the latest weeks know more of the next year than the year's mean.

Weekly mean residuals are taken as noise (independent, with a memory of four weeks, and misfit that comes back with the
season, so that a December the fit misses is not taken for a new level) round a level that walks at random, one year's
step having the standard deviation of `Settings.level_sd`. The level at the end of the training is the best linear
predictor of every later level (kriging of a random walk with an unknown start: a diffuse mean). The sizes of the noise
are integrated over a grid by their likelihood: a noisy meter keeps its mean, a calm one its end.

References
----------
Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter, §2-4: the local level model; Rasmussen
& Williams (2006), Gaussian Processes for Machine Learning, §2.7: an explicit mean, integrated out.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt

from energy.model import Floats

_WEEK_H = 168
_WEEKS = 365.25 / 7
_MEMORY_WEEKS = 4.0
_SLOW_SHARES = (0.0, 0.5, 1.0, 2.0, 4.0)  # slow noise per independent noise, variances
_SIZES = (0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 1.5)  # noise per observed variance of the weekly means
_FEWEST_WEEKS = 8
# misfit of any model, share of the mean: with it facilities without noise or drift come out within 1 % (tests/savings/
# known.py), without it the last weeks' misfit passes for level; electricity of docs/peers.md loses 0.2 points by it
_MISFIT = 0.04


def latest_level(residuals: Floats, hours: npt.NDArray[np.int64], mean: float, level_sd: float) -> float:
    """Return how much the level at the end lies above the fit, in the unit of `residuals`.

    `residuals` (n,) at `hours` (n,) since the start of training; `mean` what the relative `level_sd` is a share of.
    Zero for fewer than eight weeks, no residual or no drift.
    """
    week = hours // _WEEK_H
    count = np.bincount(week)
    kept = np.flatnonzero(count >= 0.4 * _WEEK_H)
    weekly = (np.bincount(week, weights=residuals) / np.maximum(count, 1))[kept]
    step = level_sd * abs(mean) / np.sqrt(_WEEKS)
    size = float(weekly.var()) if len(kept) else 0.0
    if len(kept) < _FEWEST_WEEKS or size <= 1e-18 * mean**2 or step == 0:
        return 0.0
    at = (kept - kept[0]).astype(np.float64)
    walk = step**2 / size * np.minimum(at[:, None], at[None, :])
    apart = np.abs(at[:, None] - at[None, :])
    slow = (np.exp(-apart / _MEMORY_WEEKS) + np.cos(2 * np.pi * apart / _WEEKS)) / 2
    misfit = (_MISFIT * mean) ** 2 / size * slow
    grid = product(_SLOW_SHARES, _SIZES)
    found = [_krige(weekly / np.sqrt(size), share, scale, walk, (slow, misfit)) for share, scale in grid]
    likelihood, level = np.array(found).T
    weight = np.exp(likelihood - likelihood.max())
    return float((weight * level).sum() / weight.sum() * np.sqrt(size))


def _krige(
    weekly: Floats, share: float, scale: float, walk: Floats, memory: tuple[Floats, Floats]
) -> tuple[float, float]:
    """Return the log likelihood and the level at the last week, for one size of the noise."""
    ones, (slow, misfit) = np.ones(len(weekly)), memory
    noise = scale / (1 + share) * (np.eye(len(weekly)) + share * slow) + misfit
    root = np.linalg.cholesky(noise + walk)
    both = np.linalg.solve(root, np.stack([weekly, ones], axis=1))
    weight = float(both[:, 1] @ both[:, 1])
    start = float(both[:, 0] @ both[:, 1]) / weight
    left = both[:, 0] - start * both[:, 1]
    likelihood = -0.5 * float(left @ left) - float(np.log(np.diag(root)).sum()) - 0.5 * np.log(weight)
    return likelihood, start + float(walk[-1] @ np.linalg.solve(root.T, left))
