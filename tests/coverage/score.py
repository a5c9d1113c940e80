"""What bands did: coverage, half-width and interval score of many bands at one nominal level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LEVELS = (0.68, 0.90, 0.95)


@dataclass(frozen=True)
class Held:
    """One band: the true relative difference it should hold and its ends, all as shares of the metered sum."""

    low: float
    high: float
    truth: float

    @property
    def holds(self) -> bool:
        """Return whether the band holds the truth."""
        return self.low <= self.truth <= self.high

    @property
    def half(self) -> float:
        """Return half the width."""
        return (self.high - self.low) / 2

    def interval_score(self, level: float) -> float:
        """Return the interval score: width, and 2/alpha for each unit missed (Winkler 1972, JASA 67)."""
        missed = max(0.0, self.low - self.truth, self.truth - self.high)
        return self.high - self.low + 2 / (1 - level) * missed


@dataclass(frozen=True)
class Row:
    """A row of the public table [%]."""

    group: str
    method: str
    level: float
    count: int
    held: int
    half_width: float
    interval_score: float

    @property
    def coverage(self) -> float:
        """Return the share of bands that hold the truth [%]."""
        return 100.0 * self.held / self.count


def row(group: str, method: str, level: float, bands: Sequence[Held]) -> Row:
    """Return the row of some bands: median half-width, mean interval score."""
    return Row(
        group,
        method,
        level,
        len(bands),
        sum(b.holds for b in bands),
        100.0 * float(np.median([b.half for b in bands])),
        100.0 * float(np.mean([b.interval_score(level) for b in bands])),
    )
