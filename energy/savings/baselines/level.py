"""The level a meter has reached: it wanders, and the latest weeks know more of the next year than the year's mean.

Weekly mean residuals are taken as noise (independent, with a memory of four weeks, and misfit that comes back with the
season, so that a December the fit misses is not taken for a new level) round a level that walks at random. Whether it
walks is not known: one year's step has the standard deviation of `Settings.level_sd`, half of it, or none. The level at
the end of the training is the best linear predictor of every later level (kriging of a random walk with an unknown
start: a diffuse mean). The sizes of walk and noise are integrated over a grid by their likelihood: a noisy meter keeps
its mean, a calm one that moved its end. What the sizes disagree about is doubt beside that of the coefficients, which
holds the noise in the mean already.

References
----------
Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter, §2-4: the local level model; Rasmussen
& Williams (2006), Gaussian Processes for Machine Learning, §2.7: an explicit mean, integrated out. Hoeting, Madigan,
Raftery & Volinsky (1999), Statistical Science 14(4), eq. 3: the variance between averaged models.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from energy.model import Floats

_WEEK_H = 168
_WEEKS = 365.25 / 7
_MEMORY_WEEKS = 4.0
_WALKS = (0.0, 0.5, 1.0)  # shares of `level_sd`, as likely before the residuals are seen
_SLOW_SHARES = (0.0, 0.5, 1.0, 2.0, 4.0)  # slow noise per independent noise, variances
_SIZES = (0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 1.5)  # noise per observed variance of the weekly means
_FEWEST_WEEKS = 8
_LARGE = 1e12  # a diagonal that leaves the factor of the rows above it as it is


@dataclass(frozen=True)
class Level:
    """How much the level at the end lies above the fit, and the standard deviation of what the sizes disagree about."""

    step: float = 0.0
    sd: float = 0.0


def latest_level(residuals: Floats, hours: npt.NDArray[np.int64], mean: float, level_sd: float) -> Level:
    """Return the level at the end against the fit, in the unit of `residuals`.

    `residuals` (n,) at `hours` (n,) since the start of training; `mean` what the relative `level_sd` is a share of.
    Zero, and certain, for fewer than eight weeks, no residual or no drift.
    """
    week = hours // _WEEK_H
    count = np.bincount(week)
    kept = np.flatnonzero(count >= 0.4 * _WEEK_H)
    weekly = (np.bincount(week, weights=residuals) / np.maximum(count, 1))[kept]
    step = level_sd * abs(mean) / np.sqrt(_WEEKS)
    size = float(weekly.var()) if len(kept) else 0.0
    if len(kept) < _FEWEST_WEEKS or size <= 1e-18 * mean**2 or step == 0:
        return Level()
    at = (kept - kept[0]).astype(np.float64)
    walk = step**2 / size * np.minimum(at[:, None], at[None, :])
    apart = np.abs(at[:, None] - at[None, :])
    slow = (np.exp(-apart / _MEMORY_WEEKS) + np.cos(2 * np.pi * apart / _WEEKS)) / 2
    walks, share, scale = (a[:, None, None] for a in np.array(list(product(_WALKS, _SLOW_SHARES, _SIZES))).T)
    noise = scale / (1 + share) * (np.eye(len(at)) + share * slow)
    likelihood, level = _krige(weekly / np.sqrt(size), noise, walks**2 * walk)
    weight = np.exp(likelihood - likelihood.max())
    weight /= weight.sum()
    found = float(weight @ level)
    between = float(weight @ (level - found) ** 2)
    return Level(found * float(np.sqrt(size)), float(np.sqrt(between * size)))


def _krige(weekly: Floats, noise: Floats, walk: Floats) -> tuple[Floats, Floats]:
    """Return the log likelihood and the level at the last week (g,) of `weekly` (n,); covariances (g, n, n)."""
    sizes, n = len(noise), len(weekly)
    bordered = np.zeros((sizes, n + 3, n + 3))
    bordered[:, :n, :n] = noise + walk
    bordered[:, n, :n], bordered[:, n + 1, :n] = weekly, 1.0
    bordered[:, n + 2, :n] = walk[:, -1]  # of the level at the last week, from the start of the walk
    bordered[:, range(n, n + 3), range(n, n + 3)] = _LARGE
    root = np.linalg.cholesky(bordered)  # its last rows are those three, solved by the factor of the covariance
    values, ones, last = np.moveaxis(root[:, n:, :n], 1, 0)
    weight = (ones**2).sum(axis=1)
    start = (values * ones).sum(axis=1) / weight
    left = values - start[:, None] * ones
    logs = np.log(np.diagonal(root, axis1=1, axis2=2)[:, :n]).sum(axis=1)
    likelihood = -0.5 * (left**2).sum(axis=1) - logs - 0.5 * np.log(weight)
    return likelihood, start + (last * left).sum(axis=1)
