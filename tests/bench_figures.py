"""What a step of the bench measures, and how a thing is timed. Used by tests/bench.py and its steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured thing and all its runs, in `unit`."""

    name: str
    unit: str
    runs: tuple[float, ...]


@dataclass(frozen=True)
class Step:
    """What a step measured and the peak of its process, its children included [MB]."""

    figures: tuple[Figure, ...]
    peak_mb: float


def seconds(work: Callable[[], object], runs: int) -> tuple[float, ...]:
    """Return the wall time of each run [s]."""
    found = []
    for _ in range(runs):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return tuple(found)


def rates(count: float, taken: Sequence[float]) -> tuple[float, ...]:
    """Return `count` per second of each run."""
    return tuple(count / one for one in taken)
