"""The columns of the hourly baseline, row by row: as one matrix to predict with, and bordered to fit with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from energy.calendar import Instants
from energy.model import Floats
from energy.savings.baselines.bordered import Bordered
from energy.savings.baselines.features import (
    DEGREES,
    LONGEST_GAP,
    SLOW_LAG_H,
    Clock,
    Drivers,
    Spec,
    continuous,
    coordinates,
    hinges,
)
from energy.savings.baselines.sufficiency import Bools
from energy.savings.baselines.sun import sun_height

_PARTS = 12  # the two hours of the day that most columns are zero outside
_CHUNK = 192  # rows whose kernel stays in the cache


def _kernel(a: Floats, b: Floats) -> Floats:
    """Return exp(-distance) of every pair, (len(a), len(b))."""
    squared = a @ (-2.0 * b.T)
    squared += (a**2).sum(axis=1)[:, None]
    squared += (b**2).sum(axis=1)
    np.maximum(squared, 0.0, out=squared)
    np.sqrt(squared, out=squared)
    np.negative(squared, out=squared)
    return np.asarray(np.exp(squared, out=squared))


@dataclass(frozen=True, eq=False)
class _Steps:
    """`width` columns of zeros but for the one that `step` (n,) tells, which is `scale`.

    `part` (width,) the two hours of the day outside which a column is zero, None where columns span more of the day.
    """

    step: npt.NDArray[np.int64]
    width: int
    scale: Floats | float = 1.0
    part: npt.NDArray[np.int64] | None = None

    def write(self, into: Floats) -> None:
        """Fill columns of zeros."""
        into[np.arange(len(into)), self.step] = self.scale

    def within(self, part: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], _Steps]:
        """Return the columns of each part, (parts, k), and the steps between the k of the row's own part."""
        columns = np.argsort(part, kind="stable").reshape(_PARTS, -1)
        slot = np.empty_like(part)
        slot[columns] = np.arange(columns.shape[1])
        return columns, _Steps(slot[self.step], columns.shape[1], self.scale)


@dataclass(frozen=True, eq=False)
class _Smooth:
    """The kernel columns of a surface: scaled coordinates of the hours (n, d) and of the landmarks (k, d).

    `unknown` (n,) the hours that are to have no value.
    """

    at: Floats
    points: Floats
    unknown: Bools

    @property
    def width(self) -> int:
        """Return the number of columns."""
        return len(self.points)

    def write(self, into: Floats) -> None:
        """Fill columns, some rows at a time, which stay in the processor's cache."""
        for first in range(0, len(into), _CHUNK):
            rows = slice(first, first + _CHUNK)
            into[rows] = _kernel(self.at[rows], self.points)
        into[self.unknown] = np.nan


@dataclass(frozen=True, eq=False)
class _Plain:
    """Columns as they are, (n, q)."""

    values: Floats

    @property
    def width(self) -> int:
        """Return the number of columns."""
        return int(self.values.shape[1])

    def write(self, into: Floats) -> None:
        """Fill columns."""
        into[:] = self.values


_Columns = _Steps | _Smooth | _Plain


def _groups(spec: Spec, clock: Clock, drivers: Drivers) -> Iterator[tuple[_Columns, Floats | float]]:
    """Yield (columns (n, q), relative penalty): what is certain to matter is shrunk little, interactions fully."""
    rows, week, closed = clock.rows, clock.week, clock.closed
    hour, weekend = week % 24, (week >= 120).astype(np.int64)
    now = drivers.felt_c(spec.lag_h)[rows]
    slow = drivers.felt_c(SLOW_LAG_H)[rows]
    cold, warm = np.maximum(0.0, spec.base_c - now) / DEGREES, np.maximum(0.0, now - spec.base_c) / DEGREES
    day_block, slow_block = weekend * 12 + hour // 2, weekend * 4 + hour // 6
    working = ((weekend == 0) & (hour >= 7) & (hour < 19)).astype(np.float64)
    part, by_day = np.arange(168) % 24 // 2, np.arange(24) % _PARTS
    yield _Plain(np.ones((len(rows), 1))), 0.0
    yield _Steps(hour, 24, part=part[:24]), 0.1
    yield _Steps(week, 168, part=part), 1.0
    yield _Plain(hinges(now, spec.base_c, spec.knots_c)), np.array([0.1] + [1.0] * len(spec.knots_c))
    yield _Plain(hinges(slow, spec.base_c, spec.slow_knots_c)), 1.0
    yield _Steps(day_block, 24, cold, by_day), 1.0
    yield _Steps(day_block, 24, warm, by_day), 1.0
    yield _Steps(slow_block, 8, np.maximum(0.0, spec.base_c - slow) / DEGREES), 1.0
    yield _Plain(np.stack([closed, closed * working], axis=1)), 1.0
    if spec.sun:
        yield _Plain(sun_height(drivers.start_utc[rows], spec.clock)[:, None]), 1.0
    for name in spec.calendar:
        state = drivers.calendar[name][rows]
        yield _Plain(np.stack([state, state * cold, state * warm], axis=1)), np.array([0.1, 0.3, 0.3])
        yield _Steps(day_block, 24, state, by_day), 1.0
    for surface in spec.surfaces:
        values = continuous(drivers, rows, slow, surface.measured)
        unknown = np.isnan(values[:, 2:])
        out = unknown[:, unknown.mean(axis=0) > LONGEST_GAP] if len(rows) else unknown  # too many to be called usual
        at = coordinates(surface, values, week, closed)
        yield _Smooth(at, surface.points, np.any(out, axis=1)), _kernel(surface.points, surface.points)


def _columns(
    spec: Spec, hours: Instants, drivers: Drivers, clock: Clock | None = None
) -> tuple[list[tuple[_Columns, slice]], Floats]:
    """Return the groups with their columns, and the relative penalty (p, p); ValueError where a driver is missing."""
    wanted = (("indicator", spec.calendar, drivers.calendar), ("measured driver", spec.measured, drivers.measured))
    for what, names, given in wanted:
        missing = sorted(set(names) - set(given))
        if missing:
            raise ValueError(f"drivers: {what} {', '.join(missing)} is missing")
    found, weights, at = [], [], 0
    for group, weight in _groups(spec, clock or Clock.of(hours, drivers, spec.clock), drivers):
        found.append((group, slice(at, at + group.width)))
        weights.append(weight)
        at += group.width
    penalty = np.zeros((at, at))
    for (group, columns), weight in zip(found, weights, strict=True):
        square = isinstance(weight, np.ndarray) and weight.ndim == 2
        penalty[columns, columns] = weight if square else np.diag(np.broadcast_to(weight, (group.width,)))
    return found, penalty


def design(spec: Spec, start_utc: Instants, drivers: Drivers) -> tuple[Floats, Floats]:
    """Return the design matrix (n, p) of the hours asked for and the relative penalty (p, p); NaN where a driver is.

    An unknown measured driver is taken at its mean in training; where more than LONGEST_GAP of the hours asked for lack
    it, those hours are NaN. Raises ValueError when an hour, or a driver of the spec, is missing from the drivers.
    """
    groups, penalty = _columns(spec, start_utc, drivers)
    x = np.zeros((len(start_utc), len(penalty)))
    for group, columns in groups:
        group.write(x[:, columns])
    return x, penalty


def bordered_design(spec: Spec, start_utc: Instants, drivers: Drivers, clock: Clock) -> tuple[Bordered, Floats]:
    """Return `design` in the form that is fitted fast: each row with its own two hours' columns and the shared ones."""
    groups, penalty = _columns(spec, start_utc, drivers, clock)
    own, shared = [], []
    for group, columns in groups:
        if isinstance(group, _Steps) and group.part is not None:
            within, narrow = group.within(group.part)
            own.append((columns.start + within, narrow))
        else:
            shared.append((np.arange(columns.start, columns.stop), group))
    values, at = np.zeros((len(start_utc), sum(group.width for _, group in own + shared))), 0
    for _, group in own + shared:
        group.write(values[:, at : at + group.width])
        at += group.width
    of_parts, of_all = np.concatenate([a for a, _ in own], axis=1), np.concatenate([a for a, _ in shared])
    return Bordered(values, clock.week % 24 // 2, of_parts, of_all), penalty
