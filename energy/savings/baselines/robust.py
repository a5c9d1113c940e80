"""A fit that a stuck meter or a spike does not move, and whose annual total is still the metered one.

References
----------
Huber & Ronchetti (2009), Robust Statistics, §7.8: M-estimates by winsorised residuals ("pseudo-values"): the fit of
y* = fitted + clip(residual), so that the normal equations are kept and only their right-hand side changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from energy.model import Floats
from energy.savings.baselines.sufficiency import Bools

SHAPE_LIMIT = 3.0  # standard deviations of a residual that may shape the load
LEVEL_LIMIT = 10.0  # beyond these a value is taken for a fault: it counts in the total up to this size only
_RANGES = 5.0  # ranges outside the central 98 %, beyond which no value is believed before any model exists
_BINS = 12
_FLOOR = 0.3
_NORMAL = 1.4826  # median absolute deviation -> standard deviation of a normal variable


@dataclass(frozen=True)
class Winsorised:
    """Values for the shape and for the level (n, m), and which rows held a value beyond LEVEL_LIMIT (n,)."""

    shape: Floats
    level: Floats
    outlying: Bools


def guarded(y: Floats) -> Floats:
    """Return y (n, m) cut at five ranges beyond its central 98 %: one spike must not bend the first fit."""
    low, high = np.quantile(y, (0.01, 0.99), axis=0)
    reach = _RANGES * (high - low)
    return np.asarray(np.where(reach > 0, np.clip(y, low - reach, high + reach), y))


def winsorised(y: Floats, fitted: Floats) -> Winsorised:
    """Return y (n, m) with its residuals round `fitted` cut; their size is that of equally large fitted values.

    Half of a meter's residuals may be zero in summer and large in winter, so the size follows twelve bins of the
    fitted value, none below 30 % of their mean.
    """
    shape, level, outlying = np.empty_like(y), np.empty_like(y), np.zeros(len(y), dtype=bool)
    for i in range(y.shape[1]):
        error = y[:, i] - fitted[:, i]
        size = _size(fitted[:, i], error)
        shape[:, i] = fitted[:, i] + np.clip(error, -SHAPE_LIMIT * size, SHAPE_LIMIT * size)
        level[:, i] = fitted[:, i] + np.clip(error, -LEVEL_LIMIT * size, LEVEL_LIMIT * size)
        outlying |= np.abs(error) > LEVEL_LIMIT * size
    return Winsorised(shape, level, outlying)


def _size(fitted: Floats, error: Floats) -> Floats:
    """Return the standard deviation of each residual (n,), from the medians of bins of the fitted value."""
    order = np.argsort(fitted, kind="stable")
    bins = np.array_split(order, _BINS)
    size = np.array([_NORMAL * np.median(np.abs(error[b])) if len(b) else 0.0 for b in bins])
    size = np.maximum(size, _FLOOR * size.mean())
    if size.max() <= 0:  # more than half of the residuals of every bin are zero
        size[:] = error.std()
    found = np.empty(len(error))
    for b, s in zip(bins, size, strict=True):
        found[b] = s
    return found
