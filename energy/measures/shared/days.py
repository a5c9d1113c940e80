"""From hours to whole days of normal time and back. Days are those a heat bill counts: UTC+1 all year."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from energy.calendar import Instants, normal_time
from energy.model import Floats, Load
from energy.swedish import sv as sv

__all__ = ["Days", "kw", "map_load", "running_median", "sv"]

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Days:
    """The whole days of normal time within a contiguous span of hours; hours outside them belong to no day."""

    day: npt.NDArray[np.datetime64]  # (d,) datetime64[D]
    first: int  # index of the first hour of the first whole day
    hours: int  # n, length of the span

    @classmethod
    def of(cls, start_utc: Instants) -> Days:
        """Return the whole days of a contiguous span of hours."""
        clock = normal_time(start_utc)
        hour = (clock - clock.astype("datetime64[D]")).astype("timedelta64[h]").astype(int)
        first = int((-hour[0]) % 24) if len(hour) else 0
        count = max(0, (len(hour) - first) // 24)
        day = clock[first : first + 24 * count : 24].astype("datetime64[D]")
        return cls(day, first, len(hour))

    def split(self, hourly: Floats) -> Floats:
        """Return the hours of the whole days of (n,) or (n, k) as a view of shape (d, 24) or (d, 24, k)."""
        count = len(self.day)
        return hourly[self.first : self.first + 24 * count].reshape(count, 24, *hourly.shape[1:])

    def mean(self, hourly: Floats) -> Floats:
        """Return the daily means, (d,) or (d, k); NaN where an hour of the day is unknown."""
        out: Floats = self.split(hourly).mean(axis=1)
        return out

    def mean_where(self, hourly: Floats, wanted: Flags, least: int) -> Floats:
        """Return (d,) means over the known hours among `wanted` (n,); NaN where fewer than `least` are known."""
        usable = wanted & np.isfinite(hourly)
        count = self.split(usable.astype(np.float64)).sum(axis=1)
        total = self.split(np.where(usable, hourly, 0.0)).sum(axis=1)
        return np.where(count >= least, total / np.maximum(count, 1.0), np.nan)

    def to_hours(self, daily: Floats, outside: float) -> Floats:
        """Return (n, k) hours carrying the value of their day (d, k); hours of no whole day carry `outside`."""
        out = np.full((self.hours, daily.shape[1]), outside)
        out[self.first : self.first + 24 * len(self.day)] = np.repeat(daily, 24, axis=0)
        return out

    def between(self, first: date, end: date) -> Flags:
        """Return (d,) True for the days in [first, end)."""
        return (self.day >= np.datetime64(first)) & (self.day < np.datetime64(end))

    def month(self) -> npt.NDArray[np.int64]:
        """Return (d,) the month of the year, 0 = January."""
        return self.day.astype("datetime64[M]").astype(np.int64) % 12


def map_load(load: Load, factor: Floats) -> Load:
    """Return the load with energy, volume and temperature integrals multiplied by `factor` (n, k).

    The temperatures are unchanged, since volume and volume x temperature shrink alike.
    """
    volume, supply, back = (
        None if values is None else values * factor for values in (load.volume_m3, load.supply_m3c, load.return_m3c)
    )
    return replace(load, energy_kwh=load.energy_kwh * factor, volume_m3=volume, supply_m3c=supply, return_m3c=back)


def running_median(values: Floats, beside: int) -> Floats:
    """Return (m,) the median of each value and as many on either side of it as told, fewer where there are not so many.

    The ends are reflected. In the unit of `values`, all finite.
    """
    beside = min(beside, max(0, len(values) - 1))
    around = np.pad(values, beside, mode="reflect")
    found: Floats = np.median(np.lib.stride_tricks.sliding_window_view(around, 2 * beside + 1), axis=1)
    return found


def uncapital(label: str) -> str:
    """Return a label as it stands inside a sentence: a small first letter, units and abbreviations as they are."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def kw(value: float) -> str:
    """Return a power [kW] as Swedes write it, with one decimal below 100 kW."""
    return f"{sv(value, 0 if abs(value) >= 100 else 1)} kW"
