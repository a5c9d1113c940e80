"""One period's hours, weather and calendar laid on another period's hours, by whole weeks.

Whole weeks keep hour and weekday. What belongs to a period is taken from within it: an hour at the edge that would fall
outside (at most half a week, and what leap days add) takes the same hour of the nearest week inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from energy.calendar import MONTH, Instants, add_months, next_month, normal_time
from energy.errors import InsufficientData
from energy.model import Floats
from energy.savings.baselines.features import Drivers

LEAD_MONTHS = 13  # before the period: the load that rolling and yearly power windows look back on
_HOUR = np.timedelta64(3600, "s")
_WEEK_H = 168
PEOPLE = ("visitors", "bookings", "participants")  # names that begin so are operations, not weather
LAG_H = 28 * 24  # weather before the hours of interest, for the thermal lag
Rows = npt.NDArray[np.int64]


def months_of(first: date, count: int) -> list[date]:
    """Return the first days of `count` months from that of `first`."""
    return [add_months(first, n) for n in range(count)]


def consecutive(months: Sequence[date], name: str) -> list[date]:
    """Return the months, first days in order. Raises InsufficientData unless they follow one another without a gap."""
    ordered = sorted({m.replace(day=1) for m in months})
    if not ordered or any(next_month(a) != b for a, b in pairwise(ordered)):
        raise InsufficientData(f"kan inte bedömas: {name} måste vara minst en hel månad, och månader i följd")
    return ordered


def paired(base: Sequence[date], reporting: Sequence[date]) -> tuple[list[date], list[date]]:
    """Return as many months of each, in pairs: all of the shorter period, and the stretch of the longer that fits it.

    It is the latest stretch with the same months of the year, else the latest. Swapping the periods swaps the answer.
    """
    if len(base) > len(reporting):
        late, early = paired(reporting, base)
        return early, late
    count = len(base)
    stretches = [list(reporting[i : i + count]) for i in range(len(reporting) - count + 1)]
    same = [s for s in stretches if s[0].month == base[0].month]
    return list(base), (same or stretches)[-1]


@dataclass(frozen=True)
class Hours:
    """A period as rows of the load's hours: `lead` first row of what comes before, `first` and `end` of its months."""

    start: date
    lead: int
    first: int
    end: int

    @classmethod
    def of(cls, start_utc: Instants, months: Sequence[date]) -> Hours:
        """Return the rows of the months. Raises InsufficientData where the load does not hold them whole."""
        local = normal_time(start_utc).astype("datetime64[M]")
        first, end = np.datetime64(months[0], "M"), np.datetime64(months[-1], "M") + MONTH
        rows = [int(np.searchsorted(local, stamp)) for stamp in (first - LEAD_MONTHS * MONTH, first, end)]
        whole = int((end.astype("datetime64[s]") - first.astype("datetime64[s]")) // _HOUR)
        if rows[2] - rows[1] != whole:
            span = f"{months[0]:%Y-%m} till {months[-1]:%Y-%m}"
            raise InsufficientData(f"kan inte bedömas: mätvärdena täcker inte hela {span}")
        return cls(months[0], rows[0], rows[1], rows[2])

    @property
    def rows(self) -> slice:
        """Return the rows of the period and what comes before it."""
        return slice(self.lead, self.end)

    def from_(self, other: Hours) -> Rows:
        """Return, for each row of this period and its lead, the row of `other` that lies there when it is moved."""
        rows = np.arange(self.lead, self.end)
        if other == self:
            return rows
        source = rows + _WEEK_H * round((other.start - self.start).days / 7)
        inside = rows >= self.first
        late = np.maximum(0, -((other.end - 1 - source) // _WEEK_H))
        early = np.where(inside, np.maximum(0, -((source - other.first) // _WEEK_H)), 0)
        return np.asarray(source + _WEEK_H * (early - late), np.int64)


def take(values: Floats, rows: Rows) -> Floats:
    """Return the rows of an array along its first axis; NaN where there is no such row."""
    known = (rows >= 0) & (rows < len(values))
    found: Floats = values[np.where(known, rows, 0)].astype(np.float64)
    found[~known] = np.nan
    return found


def moved_drivers(drivers: Drivers, start_utc: Instants, here: Hours, weather: Hours, calendar: Hours) -> Drivers:
    """Return the drivers at the hours of `here`, with the weather of one period and the calendar of another.

    What is measured is weather (sun, wind, humidity), but for the number of PEOPLE, which goes with the calendar. The
    drivers begin four weeks earlier, for the thermal lag; hours that are not known are NaN.
    """
    begin = int((start_utc[0].astype("datetime64[s]") - drivers.start_utc[0]) // _HOUR)
    hours = start_utc[here.lead].astype("datetime64[s]") + _HOUR * np.arange(-LAG_H, here.end - here.lead)
    air, state = (_with_lag(here.from_(one)) + begin for one in (weather, calendar))
    return replace(
        drivers,
        start_utc=hours,
        air_temperature_c=take(drivers.air_temperature_c, air),
        calendar={name: take(values, state) for name, values in drivers.calendar.items()},
        measured={n: take(v, state if n.startswith(PEOPLE) else air) for n, v in drivers.measured.items()},
    )


def _with_lag(rows: Rows) -> Rows:
    return np.concatenate([rows[0] + np.arange(-LAG_H, 0), rows])
