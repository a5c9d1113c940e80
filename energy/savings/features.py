"""The design matrix of the hourly baseline: time of week, lagged temperature, operations calendar.

It holds no annual harmonics: blocked cross-validation inside one year prefers them, and the next year does not.

References
----------
Mathieu, Price, Kiliccote & Piette (2011), IEEE Trans. Smart Grid 2(3):507-518: time of week and piecewise linear
temperature. The thermal lag is a first-order low-pass filter of the air temperature, dT'/dt = (T - T')/tau.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from energy.calendar import Instants, civil_time, swedish_holidays
from energy.model import Floats

SLOW_LAG_H = 96.0  # heavy buildings follow about the last four days of weather
_HOUR = np.timedelta64(3600, "s")
_DEGREES = 10.0  # °C per unit of a temperature column, so that one penalty suits every column
_KNOT_SHARES = (0.08, 0.25, 0.42, 0.58, 0.75, 0.92)
_SLOW_SHARES = (0.33, 0.67)
_BASE_SHARE = 0.6  # where the interactions with temperature turn from "cold" to "warm"


@dataclass(frozen=True)
class Drivers:
    """What the load depends on, hour by hour.

    `start_utc` (n,) every hour of one contiguous span; `air_temperature_c` (n,) [°C], NaN where unknown; `calendar`
    name -> (n,) operations indicators, usually 0 or 1. Give some weeks of weather before the hours of interest, since
    the lagged temperature starts at the first value.
    Raises ValueError when lengths differ or the hours are not contiguous.
    """

    start_utc: Instants
    air_temperature_c: Floats
    calendar: Mapping[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        hours = self.start_utc.astype("datetime64[s]")
        if any(len(a) != len(hours) for a in (self.air_temperature_c, *self.calendar.values())):
            raise ValueError("drivers: every array must have one value per hour")
        if len(hours) > 1 and not bool((np.diff(hours) == _HOUR).all()):
            raise ValueError("drivers: start_utc must hold every hour of one contiguous span")
        object.__setattr__(self, "start_utc", hours)

    def rows(self, start_utc: Instants) -> npt.NDArray[np.int64]:
        """Return the row of each instant, (len(start_utc),). Raises ValueError when an instant is not among them."""
        found: npt.NDArray[np.int64] = (start_utc.astype("datetime64[s]") - self.start_utc[0]) // _HOUR
        if len(found) and (found.min() < 0 or found.max() >= len(self.start_utc)):
            raise ValueError("drivers: the wanted hours lie outside the span of the drivers")
        return found


@dataclass(frozen=True)
class Spec:
    """The columns of a design matrix, frozen at fit; temperatures in °C, `lag_h` in hours."""

    lag_h: float
    knots_c: tuple[float, ...]
    slow_knots_c: tuple[float, ...]
    base_c: float
    calendar: tuple[str, ...]  # the indicators that varied in training, sorted


def lagged(temperature_c: Floats, lag_h: float) -> Floats:
    """Return the exponentially smoothed temperature [°C], (n,); NaN where the input is NaN, which is else skipped.

    Exact for a temperature that is constant within each hour: the newest hour has weight 1 - exp(-1/tau).
    """
    if lag_h <= 0:
        return temperature_c.astype(np.float64)
    alpha = 1.0 - float(np.exp(-1.0 / lag_h))
    series = pl.Series(temperature_c.astype(np.float64)).fill_nan(None)
    smooth = series.ewm_mean(alpha=alpha, adjust=False, ignore_nulls=True)
    return np.where(np.isnan(temperature_c), np.nan, smooth.to_numpy().astype(np.float64))


def _civil_days(start_utc: Instants) -> tuple[npt.NDArray[np.datetime64], npt.NDArray[np.int64]]:
    local = civil_time(start_utc)
    days = local.astype("datetime64[D]")
    return days, (local - days).astype("timedelta64[h]").astype(np.int64)


def hour_of_week(start_utc: Instants) -> npt.NDArray[np.int64]:
    """Return 24 x weekday + hour in Swedish civil time, (n,), Monday 00 = 0; a public holiday counts as a Sunday."""
    days, hour = _civil_days(start_utc)
    weekday = (days.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    red = np.array(sorted(swedish_holidays(range(int(years.min()), int(years.max()) + 1))), dtype="datetime64[D]")
    weekday = np.where(np.isin(days, red), 6, weekday)
    return weekday * 24 + hour


def turn_of_year(start_utc: Instants) -> Floats:
    """Return 1 from 22 December to 3 January, else 0, (n,): offices and schools are closed between the holidays."""
    days, _ = _civil_days(start_utc)
    month = days.astype("datetime64[M]")
    day = (days - month).astype(np.int64) + 1
    number = month.astype(np.int64) % 12 + 1
    closed: Floats = (((number == 12) & (day >= 22)) | ((number == 1) & (day <= 3))).astype(np.float64)
    return closed


def make_spec(temperature_c: Floats, lag_h: float, rows: npt.NDArray[np.int64], calendar: tuple[str, ...]) -> Spec:
    """Return the columns for a lag [h]: knots are quantiles of the lagged temperature [°C] at the training `rows`."""
    now, slow = lagged(temperature_c, lag_h)[rows], lagged(temperature_c, SLOW_LAG_H)[rows]
    return Spec(
        lag_h=lag_h,
        knots_c=tuple(map(float, np.quantile(now, _KNOT_SHARES))),
        slow_knots_c=tuple(map(float, np.quantile(slow, _SLOW_SHARES))),
        base_c=float(np.quantile(now, _BASE_SHARE)),
        calendar=calendar,
    )


def _hinges(temperature_c: Floats, base_c: float, knots_c: tuple[float, ...]) -> Floats:
    columns = [temperature_c - base_c, *(np.maximum(0.0, temperature_c - k) for k in knots_c)]
    found: Floats = np.stack(columns, axis=1)
    return found / _DEGREES


@dataclass(frozen=True)
class Clock:
    """What the design takes from the hours alone: rows in the drivers, hour of week, turn of the year, each (n,)."""

    rows: npt.NDArray[np.int64]
    week: npt.NDArray[np.int64]
    closed: Floats

    @classmethod
    def of(cls, start_utc: Instants, drivers: Drivers) -> Clock:
        """Return the clock of some hours; reusable for any lag."""
        return cls(drivers.rows(start_utc), hour_of_week(start_utc), turn_of_year(start_utc))


def _groups(spec: Spec, clock: Clock, drivers: Drivers) -> Iterator[tuple[Floats, Floats | float]]:
    """Yield (columns (n, q), relative penalty): what is certain to matter is shrunk little, interactions fully."""
    rows, week, closed = clock.rows, clock.week, clock.closed
    hour, weekend = week % 24, (week >= 120).astype(np.int64)
    now = lagged(drivers.air_temperature_c, spec.lag_h)[rows]
    slow = lagged(drivers.air_temperature_c, SLOW_LAG_H)[rows]
    cold, warm = np.maximum(0.0, spec.base_c - now) / _DEGREES, np.maximum(0.0, now - spec.base_c) / _DEGREES
    day_block, slow_block = np.eye(24)[weekend * 12 + hour // 2], np.eye(8)[weekend * 4 + hour // 6]
    working = ((weekend == 0) & (hour >= 7) & (hour < 19)).astype(np.float64)
    yield np.ones((len(rows), 1)), 0.0
    yield np.eye(24)[hour], 0.1
    yield np.eye(168)[week], 1.0
    yield _hinges(now, spec.base_c, spec.knots_c), np.array([0.1] + [1.0] * len(spec.knots_c))
    yield _hinges(slow, spec.base_c, spec.slow_knots_c), 1.0
    yield np.concatenate([day_block * cold[:, None], day_block * warm[:, None]], axis=1), 1.0
    yield slow_block * (np.maximum(0.0, spec.base_c - slow) / _DEGREES)[:, None], 1.0
    yield np.stack([closed, closed * working], axis=1), 1.0
    for name in spec.calendar:
        state = drivers.calendar[name][rows]
        main = np.stack([state, state * cold, state * warm], axis=1)
        yield np.concatenate([main, day_block * state[:, None]], axis=1), np.array([0.1, 0.3, 0.3] + [1.0] * 24)


def design(spec: Spec, start_utc: Instants, drivers: Drivers, clock: Clock | None = None) -> tuple[Floats, Floats]:
    """Return the design matrix (n, p) of the hours asked for and the relative penalty (p,); NaN where a driver is.

    Raises ValueError when an hour or an indicator of the spec is missing from the drivers.
    """
    missing = sorted(set(spec.calendar) - set(drivers.calendar))
    if missing:
        raise ValueError(f"drivers: indicator {', '.join(missing)} is missing")
    columns, penalties = [], []
    for block, penalty in _groups(spec, clock or Clock.of(start_utc, drivers), drivers):
        columns.append(block)
        penalties.append(np.broadcast_to(np.asarray(penalty, dtype=np.float64), block.shape[1:]))
    return np.concatenate(columns, axis=1), np.concatenate(penalties)
