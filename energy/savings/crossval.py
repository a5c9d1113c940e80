"""Ridge regression with blocked cross-validation in closed form: one pass over the rows, then small linear systems.

References
----------
The refit without block b solves (A - X_b'X_b) beta = X'y - X_b'y_b, with A = X'X + penalty; beta - beta_(-b) is the
block's influence, whose spread is the delete-a-block jackknife of Künsch (1989), Annals of Statistics 17(3).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from energy.model import Floats

_TINY = 1e-8  # keeps the system regular where columns are collinear (an intercept and 24 hours)


@dataclass(frozen=True)
class Grams:
    """X'X (B, p, p) and X'Y (B, p, m) of every block, and the relative penalty (p,)."""

    xx: Floats
    xy: Floats
    penalty: Floats


@dataclass(frozen=True)
class Held:
    """A fit and its refits: `beta` (p, m), `without` (B, p, m) = coefficients with each block left out."""

    beta: Floats
    without: Floats


def blocks(hours_since_start: npt.NDArray[np.int64], block_days: int) -> npt.NDArray[np.int64]:
    """Return the block number of each row, (n,): whole blocks of `block_days` days, a shorter last one joined."""
    if block_days < 14:
        raise ValueError("blocks shorter than two weeks let the weather of the same spell into both sides")
    length = block_days * 24
    last = max(0, (int(hours_since_start.max()) + 1) // length - 1) if len(hours_since_start) else 0
    number = np.minimum(hours_since_start // length, last)
    _, dense = np.unique(number, return_inverse=True)  # a block without rows would be a fold without a test
    return dense.astype(np.int64)


def grams(x: Floats, y: Floats, penalty: Floats, block: npt.NDArray[np.int64]) -> Grams:
    """Return the cross products of each block; rows must be in order of `block`."""
    edges = np.searchsorted(block, np.arange(int(block.max()) + 2))
    pairs = [(x[a:b], y[a:b]) for a, b in pairwise(edges)]
    return Grams(np.stack([u.T @ u for u, _ in pairs]), np.stack([u.T @ v for u, v in pairs]), penalty)


def solve(found: Grams, penalty: float) -> Held:
    """Return the ridge fit on all blocks and on all but one, each in turn."""
    ridge = np.diag(penalty * found.penalty + _TINY)
    xx, xy = found.xx.sum(axis=0), found.xy.sum(axis=0)
    without = np.linalg.solve(xx[None] - found.xx + ridge, xy[None] - found.xy)
    return Held(np.linalg.solve(xx + ridge, xy), without)


def predict_held_out(x: Floats, block: npt.NDArray[np.int64], held: Held) -> Floats:
    """Return the out-of-fold prediction (n, m): each row by the fit that did not see its block."""
    edges = np.searchsorted(block, np.arange(int(block.max()) + 2))
    return np.concatenate([x[a:b] @ held.without[i] for i, (a, b) in enumerate(pairwise(edges))])


def loss(y: Floats, predicted: Floats) -> float:
    """Return the sum over targets of mean squared error / variance; a constant target adds nothing."""
    spread = y.var(axis=0)
    error = np.mean((y - predicted) ** 2, axis=0)
    return float(np.sum(error[spread > 0] / spread[spread > 0]))
