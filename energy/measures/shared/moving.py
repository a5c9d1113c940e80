"""Energy moved between hours of a day: what is cut from the top is poured over the lowest hours, nothing is removed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from energy.model import Floats

__all__ = ["cut_level", "poured"]


def poured(levels: Floats, energy: Floats, over: npt.NDArray[np.bool_] | None = None) -> Floats:
    """Return `levels` (h, k) with `energy` (k,) poured over them, the lowest first, in the rows `over` (h,) if given.

    Water finds its own level: the rows that rise all end at the same height. Levels finite; energy >= 0.
    """
    rows = np.arange(len(levels)) if over is None else np.flatnonzero(over)
    part = levels[rows]
    filled = (np.cumsum(np.sort(part, axis=0), axis=0) + energy) / np.arange(1.0, len(rows) + 1.0)[:, None]
    out = levels.copy()
    out[rows] = np.maximum(part, filled.min(axis=0))
    return out


def cut_level(hours: Floats, energy: Floats) -> Floats:
    """Return (k,) the level to which the highest of `hours` (h, k) fall when `energy` (k,) is taken from their tops."""
    ordered = -np.sort(-hours, axis=0)
    left = (np.cumsum(ordered, axis=0) - energy) / np.arange(1.0, len(hours) + 1.0)[:, None]
    level: Floats = left.max(axis=0)
    return level
