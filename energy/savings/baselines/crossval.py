"""Ridge regression with blocked cross-validation in closed form: one pass over the rows, then small linear systems.

References
----------
The refit without block b solves (A - X_b'W_bX_b) beta = X'Wy - X_b'W_by_b, with A = X'WX + penalty; beta - beta_(-b)
is the block's influence, whose spread is the delete-a-block jackknife of Künsch (1989), Annals of Statistics 17(3).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from energy.model import Floats

TINY = 1e-8  # keeps the system regular where columns are collinear (an intercept and 24 hours)


@dataclass(frozen=True)
class Held:
    """A fit and its refits: `beta` (p, m), `without` (B, p, m) = coefficients with each block left out."""

    beta: Floats
    without: Floats


class Rows(Protocol):
    """A design matrix (n, p), whatever form it is kept in."""

    def __getitem__(self, rows: slice, /) -> Any:
        """Return some rows."""

    def __matmul__(self, beta: Floats, /) -> Any:
        """Return the product with coefficients (p, m), (n, m)."""


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
        return Grams(folded(self.xx, fold), folded(self.xy, fold), self.penalty)

    def _system(self, penalty: float) -> Floats:
        """Return X'WX + penalty of all blocks, (p, p)."""
        square = np.diag(self.penalty) if self.penalty.ndim == 1 else self.penalty
        return np.asarray(self.xx.sum(axis=0) + penalty * square + TINY * np.eye(len(square)))

    def held(self, penalty: float) -> Held:
        """Return the ridge fit on all blocks and on all but one, each in turn."""
        system, xy = self._system(penalty), self.xy.sum(axis=0)
        without = [np.linalg.solve(system - xx, xy - part) for xx, part in zip(self.xx, self.xy, strict=True)]
        return Held(np.linalg.solve(system, xy), np.stack(without))


def blocks(hours_since_start: npt.NDArray[np.int64], block_days: int) -> npt.NDArray[np.int64]:
    """Return the block number of each row, (n,): whole blocks of `block_days` days, a shorter last one joined."""
    if block_days < 14:
        raise ValueError("blocks shorter than two weeks let the weather of the same spell into both sides")
    length = block_days * 24
    last = max(0, (int(hours_since_start.max()) + 1) // length - 1) if len(hours_since_start) else 0
    number = np.minimum(hours_since_start // length, last)
    _, dense = np.unique(number, return_inverse=True)  # a block without rows would be a fold without a test
    return dense.astype(np.int64)


def spans(block: npt.NDArray[np.int64], count: int | None = None) -> list[tuple[int, int]]:
    """Return the first row of each of `count` blocks, and the one after its last; without `count` of all there are."""
    count = int(block.max()) + 1 if count is None else count
    return list(pairwise(np.searchsorted(block, np.arange(count + 1)).tolist()))


def folded(parts: Floats, fold: npt.NDArray[np.int64]) -> Floats:
    """Return sums of what blocks hold (B, ...) over the folds they are in; `fold` (B,) dense fold numbers."""
    found = np.zeros((int(fold.max()) + 1, *parts.shape[1:]))
    for k, part in zip(fold, parts, strict=True):
        found[k] += part
    return found


def grams(x: Floats, y: Floats, penalty: Floats, block: npt.NDArray[np.int64], weight: Floats | None = None) -> Grams:
    """Return the cross products of each block, rows weighted by `weight` (n,); rows must be in order of `block`."""
    root = (np.ones(len(x)) if weight is None else np.sqrt(weight))[:, None]
    rows = spans(block)
    xx = np.empty((len(rows), x.shape[1], x.shape[1]))
    for (a, b), found in zip(rows, xx, strict=True):
        scaled = x[a:b] * root[a:b]  # a block at a time stays in the processor's cache
        np.matmul(scaled.T, scaled, out=found)
    target = y if weight is None else y * weight[:, None]
    return Grams(xx, np.stack([x[a:b].T @ target[a:b] for a, b in rows]), penalty)


def predict_held_out(x: Rows, block: npt.NDArray[np.int64], without: Floats) -> Floats:
    """Return the out-of-fold prediction (n, m): each row by the fit that did not see its block, `without` (B, p, m)."""
    return np.concatenate([x[a:b] @ beta for (a, b), beta in zip(spans(block), without, strict=True)])


def loss(y: Floats, predicted: Floats) -> float:
    """Return the sum over targets of mean squared error / variance; a constant target adds nothing."""
    spread = y.var(axis=0)
    error = np.mean((y - predicted) ** 2, axis=0)
    return float(np.sum(error[spread > 0] / spread[spread > 0]))
