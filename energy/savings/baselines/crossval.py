"""Ridge regression with blocked cross-validation in closed form: one pass over the rows, then small linear systems.

References
----------
The refit without block b solves (A - X_b'W_bX_b) beta = X'Wy - X_b'W_by_b, with A = X'WX + penalty; beta - beta_(-b)
is the block's influence, whose spread is the delete-a-block jackknife of Künsch (1989), Annals of Statistics 17(3).
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
    """X'WX (B, p, p) and X'WY (B, p, m) of every block, and the relative penalty, (p,) or (p, p)."""

    xx: Floats
    xy: Floats
    penalty: Floats

    def first(self, columns: int) -> Grams:
        """Return the grams of the first columns alone."""
        short = self.penalty[:columns] if self.penalty.ndim == 1 else self.penalty[:columns, :columns]
        return Grams(self.xx[:, :columns, :columns], self.xy[:, :columns], short)

    def folded(self, fold: npt.NDArray[np.int64]) -> Grams:
        """Return the grams of folds of blocks; `fold` (B,) dense fold numbers."""
        count = int(fold.max()) + 1
        xx, xy = np.zeros((count, *self.xx.shape[1:])), np.zeros((count, *self.xy.shape[1:]))
        for k, part, right in zip(fold, self.xx, self.xy, strict=True):
            xx[k] += part
            xy[k] += right
        return Grams(xx, xy, self.penalty)

    def system(self, penalty: float) -> Floats:
        """Return X'WX + penalty of all blocks, (p, p)."""
        return np.asarray(self.xx.sum(axis=0) + self.ridge(penalty))

    def ridge(self, penalty: float) -> Floats:
        """Return the penalty (p, p)."""
        square = np.diag(self.penalty) if self.penalty.ndim == 1 else self.penalty
        return np.asarray(penalty * square + _TINY * np.eye(len(square)))


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


def _edges(block: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.searchsorted(block, np.arange(int(block.max()) + 2)).astype(np.int64)


def grams(x: Floats, y: Floats, penalty: Floats, block: npt.NDArray[np.int64], weight: Floats | None = None) -> Grams:
    """Return the cross products of each block, rows weighted by `weight` (n,); rows must be in order of `block`."""
    root = (np.ones(len(x)) if weight is None else np.sqrt(weight))[:, None]
    edges = list(pairwise(_edges(block)))
    xx = np.empty((len(edges), x.shape[1], x.shape[1]))
    for (a, b), found in zip(edges, xx, strict=True):
        scaled = x[a:b] * root[a:b]  # a block at a time stays in the processor's cache
        np.matmul(scaled.T, scaled, out=found)
    return Grams(xx, right_hand(x, y, block, weight), penalty)


def right_hand(x: Floats, y: Floats, block: npt.NDArray[np.int64], weight: Floats | None = None) -> Floats:
    """Return X'WY of each block (B, p, m), for other values on the same rows."""
    target = y if weight is None else y * weight[:, None]
    return np.stack([x[a:b].T @ target[a:b] for a, b in pairwise(_edges(block))])


def solve(found: Grams, penalty: float) -> Held:
    """Return the ridge fit on all blocks and on all but one, each in turn."""
    system, xy = found.system(penalty), found.xy.sum(axis=0)
    without = np.stack([np.linalg.solve(system - xx, xy - part) for xx, part in zip(found.xx, found.xy, strict=True)])
    return Held(np.linalg.solve(system, xy), without)


def predict_held_out(x: Floats, block: npt.NDArray[np.int64], held: Held) -> Floats:
    """Return the out-of-fold prediction (n, m): each row by the fit that did not see its block."""
    return np.concatenate([x[a:b] @ held.without[i] for i, (a, b) in enumerate(pairwise(_edges(block)))])


def folded_loss(
    x: Floats, y: Floats, block: npt.NDArray[np.int64], folds: Grams, fold: npt.NDArray[np.int64], penalty: float
) -> float:
    """Return the loss of the prediction of each fold of blocks by the others; x may hold more columns than `folds`.

    `folds` = grams(...).folded(fold), `fold` (B,) the fold of each block.
    """
    system, xy = folds.system(penalty), folds.xy.sum(axis=0)
    without = [np.linalg.solve(system - xx, xy - part) for xx, part in zip(folds.xx, folds.xy, strict=True)]
    columns = len(system)
    edges = pairwise(_edges(block))
    predicted = np.concatenate([x[a:b, :columns] @ without[fold[i]] for i, (a, b) in enumerate(edges)])
    return loss(y, predicted)


def loss(y: Floats, predicted: Floats) -> float:
    """Return the sum over targets of mean squared error / variance; a constant target adds nothing."""
    spread = y.var(axis=0)
    error = np.mean((y - predicted) ** 2, axis=0)
    return float(np.sum(error[spread > 0] / spread[spread > 0]))
