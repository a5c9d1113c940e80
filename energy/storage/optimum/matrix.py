"""Rows and columns of a linear programme as they are gathered, before a solver sees them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from energy.model import Floats

__all__ = ["Columns", "Ints", "Rows"]

Ints = npt.NDArray[np.int64]


@dataclass
class Rows:
    """Rows of the programme as they are gathered: coordinates of the matrix and bounds."""

    count: int = 0
    row: list[Ints] = field(default_factory=list)
    column: list[Ints] = field(default_factory=list)
    value: list[Floats] = field(default_factory=list)
    low: list[Floats] = field(default_factory=list)
    high: list[Floats] = field(default_factory=list)

    def add(self, low: Floats, high: Floats) -> Ints:
        """Return the numbers of new rows low ≤ … ≤ high."""
        rows = self.count + np.arange(len(low))
        self.count += len(low)
        self.low.append(low)
        self.high.append(high)
        return rows

    def put(self, rows: Ints, columns: Ints, values: Floats | float) -> None:
        """Add values to the matrix."""
        self.row.append(rows)
        self.column.append(columns)
        self.value.append(np.broadcast_to(np.asarray(values, np.float64), rows.shape))


@dataclass
class Columns:
    """Columns as they are gathered: cost and bounds."""

    count: int = 0
    cost: list[Floats] = field(default_factory=list)
    low: list[Floats] = field(default_factory=list)
    high: list[Floats] = field(default_factory=list)

    def add(self, cost: Floats, high: Floats | float = np.inf, low: Floats | float = 0.0) -> Ints:
        """Return the numbers of new columns."""
        columns = self.count + np.arange(len(cost))
        self.count += len(cost)
        self.cost.append(cost)
        self.low.append(np.broadcast_to(np.asarray(low, np.float64), cost.shape))
        self.high.append(np.broadcast_to(np.asarray(high, np.float64), cost.shape))
        return columns
