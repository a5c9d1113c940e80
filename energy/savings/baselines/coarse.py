"""What a meter of days or billing periods gives, and the weather of whole days that its model is fitted on.

Days are those of Swedish normal time, so that each has 24 hours; a period is the days [first, end).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from energy.calendar import Instants, normal_time, swedish_holidays
from energy.model import Floats
from energy.savings.baselines.features import Drivers
from energy.swedish import sv

Family = Literal["hourly", "daily", "billing"]
Day = npt.NDArray[np.datetime64]
_FEWEST_HOURS = 20  # of a day, for its mean temperature or its sum to be believed
_KNOWN_DAYS = 0.9  # of a period, likewise
LONGEST_DAYS = 100  # a period that spans seasons says nothing of how the meter follows the weather


@dataclass(frozen=True)
class Periods:
    """Metered periods: `first` and `end` (n,) days, `energy_kwh` (n,), NaN where unknown; in order, never overlapping.

    Raises ValueError for lengths that differ, and for periods that are empty, out of order or overlapping.
    """

    first: Day
    end: Day
    energy_kwh: Floats

    def __post_init__(self) -> None:
        first, end = self.first.astype("datetime64[D]"), self.end.astype("datetime64[D]")
        if not len(first) == len(end) == len(self.energy_kwh):
            raise ValueError("periods: first, end and energy_kwh must have one value per period")
        if len(first) and (bool((end <= first).any()) or bool((first[1:] < end[:-1]).any())):
            raise ValueError("periods: every period must begin before it ends, and after the one before has ended")
        object.__setattr__(self, "first", first)
        object.__setattr__(self, "end", end)

    @property
    def days(self) -> npt.NDArray[np.int64]:
        """Return the days of each period (n,)."""
        found: npt.NDArray[np.int64] = (self.end - self.first).astype(np.int64)
        return found

    def where(self, chosen: npt.NDArray[np.bool_]) -> Periods:
        """Return the chosen periods alone."""
        return Periods(self.first[chosen], self.end[chosen], self.energy_kwh[chosen])


@dataclass(frozen=True)
class Days:
    """Weather and operations of contiguous days from `first`.

    `air_temperature_c` (d,) daily mean [°C], NaN where unknown; `weekend` (d,) 1 on Saturdays, Sundays and public
    holidays; `calendar` name -> (d,) share of the day in that state.
    """

    first: np.datetime64
    air_temperature_c: Floats
    weekend: Floats
    calendar: Mapping[str, Floats] = field(default_factory=dict)

    @classmethod
    def of(cls, drivers: Drivers) -> Days:
        """Return the days that the hours of `drivers` touch; a day of fewer than 20 known hours is NaN."""
        day = normal_time(drivers.start_utc).astype("datetime64[D]")
        number = (day - day[0]).astype(np.int64)
        length = int(number[-1]) + 1
        air = _mean(number, drivers.air_temperature_c, length)
        states = {name: _mean(number, values, length) for name, values in sorted(drivers.calendar.items())}
        return cls(day[0], air, _weekend(day[0] + np.arange(length)), states)

    def __len__(self) -> int:
        return len(self.air_temperature_c)

    def between(self, first: np.datetime64, end: np.datetime64) -> Days:
        """Return the days [first, end) alone."""
        a, b = (int((at - self.first).astype(np.int64)) for at in (first, end))
        a, b = max(0, a), min(len(self), b)
        states = {name: values[a:b] for name, values in self.calendar.items()}
        return Days(self.first + a, self.air_temperature_c[a:b], self.weekend[a:b], states)

    def means(self, columns: Floats, first: Day, end: Day) -> Floats:
        """Return the mean of daily columns (d, p) over each period (n, p); NaN where under 90 % of its days are known.

        Raises ValueError for a period outside the days.
        """
        start, stop = ((at - self.first).astype(np.int64) for at in (first, end))
        if len(start) and (start.min() < 0 or stop.max() > len(self)):
            raise ValueError("days: a period lies outside the weather")
        known = np.isfinite(columns.sum(axis=1))
        zero = np.zeros((1, columns.shape[1]))
        summed = np.concatenate([zero, np.cumsum(np.where(known[:, None], columns, 0.0), axis=0)])
        count = np.concatenate([[0], np.cumsum(known)])
        days = count[stop] - count[start]
        enough = days >= _KNOWN_DAYS * (stop - start)
        found: Floats = np.where(enough[:, None], (summed[stop] - summed[start]) / np.maximum(1, days)[:, None], np.nan)
        return found


def _mean(number: npt.NDArray[np.int64], values: Floats, length: int) -> Floats:
    known = np.isfinite(values)
    count = np.bincount(number[known], minlength=length)
    total = np.bincount(number[known], weights=values[known], minlength=length)
    return np.where(count >= _FEWEST_HOURS, total / np.maximum(1, count), np.nan)


def _weekend(day: Day) -> Floats:
    years = day[[0, -1]].astype("datetime64[Y]").astype(np.int64) + 1970
    red = np.array(sorted(swedish_holidays(range(int(years[0]), int(years[1]) + 1))), dtype="datetime64[D]")
    weekend: Floats = (((day.astype(np.int64) + 3) % 7 >= 5) | np.isin(day, red)).astype(np.float64)
    return weekend


def daily_periods(start_utc: Instants, energy_kwh: Floats) -> Periods:
    """Return the days of hourly values (n,) [kWh]; a day that lacks an hour is unknown, since its sum is."""
    day = normal_time(start_utc).astype("datetime64[D]")
    number = (day - day[0]).astype(np.int64)
    length = int(number[-1]) + 1
    known = np.isfinite(energy_kwh)
    count = np.bincount(number[known], minlength=length)
    total = np.bincount(number[known], weights=energy_kwh[known], minlength=length)
    first = day[0] + np.arange(length)
    return Periods(first, first + 1, np.where(count == 24, total, np.nan))


def family_of(hours: Floats) -> tuple[Family | None, str | None]:
    """Return the family of models for readings of these lengths [h], and why there is none.

    The longest that at least a tenth of the metered time came in decides: hours that came as days are days.
    """
    if not len(hours):
        return None, "kan inte bedömas: mätaren har inga värden"
    order = np.argsort(hours)
    share = np.cumsum(hours[order]) / hours.sum()
    longest = float(hours[order][np.searchsorted(share, 0.9)])
    if longest <= 1.0:
        return "hourly", None
    if longest <= 25.0:
        return "daily", None
    if longest <= 24.0 * LONGEST_DAYS:
        return "billing", None
    return None, f"kan inte bedömas: mätaren lämnar värden för {sv(longest / 24)} dygn i taget, det är för glest"


def day_of(start_utc: Instants) -> Day:
    """Return the day of normal time of each instant (n,)."""
    found: Day = normal_time(start_utc).astype("datetime64[D]")
    return found


def gathered(
    first_utc: Instants, end_utc: Instants, energy_kwh: Floats, family: Literal["daily", "billing"]
) -> Periods:
    """Return readings [first, end) of any length (n,) [kWh] as days, or as what they are but at least calendar months.

    What is shorter than a day is summed to days (days to months for `billing`), unknown unless the whole is covered.
    Longer readings stay, their ends moved to the nearest midnight of normal time. Of overlapping periods the
    one that begins first is kept, and of two that begin together the shorter.
    """
    half = np.timedelta64(12 * 3600, "s")
    first, end = (day_of(at + half) for at in (first_utc, end_utc))
    hours = (end_utc - first_utc) / np.timedelta64(3600, "s")
    short = hours <= (23.5 if family == "daily" else 25.0)
    unit = "D" if family == "daily" else "M"
    group = normal_time(first_utc).astype(f"datetime64[{unit}]").astype("datetime64[D]")
    units, where = np.unique(group[short], return_inverse=True)
    stop = (units.astype(f"datetime64[{unit}]") + 1).astype("datetime64[D]")
    covered = np.bincount(where, weights=hours[short], minlength=len(units))
    total = np.bincount(where, weights=energy_kwh[short], minlength=len(units))
    whole = np.abs(covered - 24.0 * (stop - units).astype(np.int64)) < 0.01
    long = ~short & (end > first)
    starts = np.concatenate([units[whole], first[long]])
    stops = np.concatenate([stop[whole], end[long]])
    energy = np.concatenate([total[whole], energy_kwh[long]])
    return _apart(starts, stops, energy)


def _apart(first: Day, end: Day, energy: Floats) -> Periods:
    """Return the periods in order, without those that begin before the one kept before them has ended."""
    order = np.lexsort((end, first))
    first, end, energy = first[order], end[order], energy[order]
    reach = np.maximum.accumulate(end)
    free = np.concatenate([[True], first[1:] >= reach[:-1]]) if len(first) else np.zeros(0, dtype=bool)
    return Periods(first[free], end[free], energy[free])
