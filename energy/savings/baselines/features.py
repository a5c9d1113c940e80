"""The design matrix of the hourly baseline: time of week, temperature, operations calendar, and a smooth surface.

Straight lines and hinges carry every trend, so that a prediction outside the trained temperatures goes on straight; the
surface (hour x day x temperature, kernel ridge on landmarks) dies out there. It holds no annual harmonics: blocked
cross-validation inside one year prefers them, and the next year does not.

References
----------
Mathieu, Price, Kiliccote & Piette (2011), IEEE Trans. Smart Grid 2(3):507-518: time of week and piecewise linear
temperature. The thermal lag is a first-order low-pass filter of the air temperature, dT'/dt = (T - T')/tau.
Williams & Seeger (2001), NIPS 13: the Nyström approximation. Rasmussen & Williams (2006), §4.2.1: the exponential
kernel exp(-r), rough enough for load curves with edges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from energy.calendar import Instants
from energy.model import Floats
from energy.savings.baselines.clocks import SWEDISH, clock_of

SLOW_LAG_H = 96.0  # heavy buildings follow about the last four days of weather
LONGEST_GAP = 0.1  # share of the hours where a measured driver may be unknown and is then taken as usual
_HOUR = np.timedelta64(3600, "s")
DEGREES = 10.0  # °C per unit of a temperature column, so that one penalty suits every column
_KNOT_SHARES = (0.08, 0.25, 0.42, 0.58, 0.75, 0.92)
_SLOW_SHARES = (0.33, 0.67)
_BASE_SHARE = 0.6  # where the interactions with temperature turn from "cold" to "warm"
_LANDMARKS = 180
_MEASURED_LANDMARKS = 100
_HOUR_SCALE, _SPREADS = 0.8, 2.0  # length scales: of the hour's unit circle, of others in standard deviations
_GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0


@dataclass(frozen=True)
class Drivers:
    """What the load depends on, hour by hour.

    `start_utc` (n,) every hour of one contiguous span; `air_temperature_c` (n,) [°C], NaN where unknown; `calendar`
    name -> (n,) operations indicators, usually 0 or 1; `measured` name -> (n,) anything metered on a continuous scale
    (humidity, sun, wind, visitors), in its own unit, NaN where unknown. Give some weeks of weather before the hours of
    interest, since the lagged temperature starts at the first value.
    Raises ValueError when lengths differ, the hours are not contiguous, or a name is both indicator and measured.
    """

    start_utc: Instants
    air_temperature_c: Floats
    calendar: Mapping[str, Floats] = field(default_factory=dict)
    measured: Mapping[str, Floats] = field(default_factory=dict)
    _felt: dict[float, Floats] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        hours = self.start_utc.astype("datetime64[s]")
        columns = (self.air_temperature_c, *self.calendar.values(), *self.measured.values())
        if any(len(a) != len(hours) for a in columns):
            raise ValueError("drivers: every array must have one value per hour")
        if len(hours) > 1 and not bool((np.diff(hours) == _HOUR).all()):
            raise ValueError("drivers: start_utc must hold every hour of one contiguous span")
        both = sorted(set(self.calendar) & set(self.measured))
        if both:
            raise ValueError(f"drivers: {', '.join(both)} is both an indicator and measured")
        object.__setattr__(self, "start_utc", hours)
        air = self.air_temperature_c  # an infinite value would spread through every lagged temperature after it
        object.__setattr__(self, "air_temperature_c", np.where(np.isfinite(air), air, np.nan))

    def felt_c(self, lag_h: float) -> Floats:
        """Return the air temperature smoothed over a lag [h] (see `lagged`) [°C], (n,); made once for each lag."""
        if lag_h not in self._felt:
            self._felt[lag_h] = lagged(self.air_temperature_c, lag_h)
        return self._felt[lag_h]

    def rows(self, start_utc: Instants) -> npt.NDArray[np.int64]:
        """Return the row of each instant, (len(start_utc),). Raises ValueError when an instant is not among them."""
        found: npt.NDArray[np.int64] = (start_utc.astype("datetime64[s]") - self.start_utc[0]) // _HOUR
        if len(found) and (found.min() < 0 or found.max() >= len(self.start_utc)):
            raise ValueError("drivers: the wanted hours lie outside the span of the drivers")
        return found

    def between(self, rows: slice) -> Drivers:
        """Return the drivers of some contiguous rows."""
        calendar, measured = ({n: v[rows] for n, v in given.items()} for given in (self.calendar, self.measured))
        return Drivers(self.start_utc[rows], self.air_temperature_c[rows], calendar, measured)

    def during(self, start_utc: Instants) -> Drivers:
        """Return the drivers of contiguous hours. Raises ValueError for other hours, and those not among them."""
        rows = self.rows(start_utc)
        if len(rows) and not np.array_equal(rows, np.arange(rows[0], rows[0] + len(rows))):
            raise ValueError("drivers: the wanted hours are not contiguous")
        return self.between(slice(int(rows[0]), int(rows[-1]) + 1) if len(rows) else slice(0, 0))


@dataclass(frozen=True, eq=False)
class Surface:
    """A smooth function on landmarks: `measured` drivers it sees, and `points` (k, d) in scaled coordinates.

    `centre` and `spread` (c,) of the continuous coordinates: temperature, slow temperature [°C], then the measured.
    """

    measured: tuple[str, ...]
    centre: Floats
    spread: Floats
    points: Floats


@dataclass(frozen=True, eq=False)
class Spec:
    """The columns of a design matrix, frozen at fit; temperatures in °C, `lag_h` in hours."""

    lag_h: float
    knots_c: tuple[float, ...]
    slow_knots_c: tuple[float, ...]
    base_c: float
    calendar: tuple[str, ...]  # the indicators that varied in training, sorted
    clock: str = SWEDISH  # wall clock and public holidays, a name of clocks.CALENDARS
    surfaces: tuple[Surface, ...] = ()
    sun: bool = False  # whether the sun's height has a column

    @property
    def measured(self) -> tuple[str, ...]:
        """Return the measured drivers the model uses."""
        return tuple(dict.fromkeys(name for surface in self.surfaces for name in surface.measured))


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


def make_spec(
    drivers: Drivers,
    lag_h: float,
    rows: npt.NDArray[np.int64],
    calendar: tuple[str, ...],
    clock: str = SWEDISH,
    surfaces: tuple[Surface, ...] = (),
    sun: bool = False,
) -> Spec:
    """Return the columns for a lag [h]: knots are quantiles of the lagged temperature [°C] at the training `rows`."""
    now, slow = drivers.felt_c(lag_h)[rows], drivers.felt_c(SLOW_LAG_H)[rows]
    return Spec(
        lag_h=lag_h,
        knots_c=tuple(map(float, np.quantile(now, _KNOT_SHARES))),
        slow_knots_c=tuple(map(float, np.quantile(slow, _SLOW_SHARES))),
        base_c=float(np.quantile(now, _BASE_SHARE)),
        calendar=calendar,
        clock=clock,
        surfaces=surfaces,
        sun=sun,
    )


def hinges(temperature_c: Floats, base_c: float, knots_c: Sequence[float]) -> Floats:
    """Return a straight line and its bends (n, 1 + knots), in tens of degrees."""
    columns = [temperature_c - base_c, *(np.maximum(0.0, temperature_c - k) for k in knots_c)]
    found: Floats = np.stack(columns, axis=1)
    return found / DEGREES


@dataclass(frozen=True)
class Clock:
    """What the design takes from the hours alone: rows in the drivers, hour of week, turn of the year, each (n,)."""

    rows: npt.NDArray[np.int64]
    week: npt.NDArray[np.int64]
    closed: Floats

    @classmethod
    def of(cls, start_utc: Instants, drivers: Drivers, calendar: str = SWEDISH) -> Clock:
        """Return the clock of some hours; reusable for any lag."""
        rows = drivers.rows(start_utc)
        if not len(rows):
            return cls(rows, rows, rows.astype(np.float64))
        week, closed = clock_of(drivers.start_utc[0], len(drivers.start_utc), calendar)
        return cls(rows, week[rows], closed[rows])


def make_surface(drivers: Drivers, clock: Clock, measured: tuple[str, ...] = ()) -> Surface:
    """Return a surface over hour, day, temperature and the `measured` drivers, its landmarks spread over the hours.

    Landmarks are taken at steps of the golden ratio: even over any span, and no random numbers to keep.
    """
    values = continuous(drivers, clock.rows, drivers.felt_c(SLOW_LAG_H)[clock.rows], measured)
    centre, spread = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    bare = Surface(measured, centre, np.where(spread > 0, spread, 1.0), np.zeros((0, 0)))
    count = min(_MEASURED_LANDMARKS if measured else _LANDMARKS, len(values))
    chosen = np.unique((np.arange(1, count + 1) * _GOLDEN % 1.0 * len(values)).astype(np.int64))
    points = coordinates(bare, values[chosen], clock.week[chosen], clock.closed[chosen])
    return Surface(measured, centre, bare.spread, points)


def continuous(drivers: Drivers, rows: npt.NDArray[np.int64], slow: Floats, measured: tuple[str, ...]) -> Floats:
    """Return what a surface sees on a scale (n, 2 + measured): air and slow temperature [°C], measured drivers."""
    columns = [drivers.air_temperature_c[rows], slow, *(drivers.measured[name][rows] for name in measured)]
    return np.stack(columns, axis=1)


def coordinates(surface: Surface, values: Floats, week: npt.NDArray[np.int64], closed: Floats) -> Floats:
    """Return scaled coordinates (n, 4 + c); an unknown measured driver lies at its mean."""
    scaled = (values - surface.centre) / (_SPREADS * surface.spread)
    scaled[:, 2:] = np.nan_to_num(scaled[:, 2:])
    angle = 2 * np.pi * (week % 24) / 24
    weekend = (week >= 120).astype(np.float64)
    clock = [np.sin(angle) / _HOUR_SCALE, np.cos(angle) / _HOUR_SCALE, weekend, closed]
    return np.concatenate([np.stack(clock, axis=1), scaled], axis=1)
