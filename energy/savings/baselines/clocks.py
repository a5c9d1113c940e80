"""Which wall clock and which public holidays a facility follows: the Swedish ones, unless its meter says otherwise.

Holidays are those of the `holidays` package, by country; a country stands for its largest zone. A clock without summer
time is what a time switch that nobody sets shows.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from energy.calendar import CIVIL_TIME, Instants, civil_time, swedish_holidays
from energy.model import Floats

SWEDISH = "SE"
WEEK_H = 168
# name -> country of the holidays ("" = a holiday is a day like others), subdivision, zone
CALENDARS: dict[str, tuple[str, str | None, str]] = {
    SWEDISH: ("SE", None, CIVIL_TIME),
    "none": ("", None, CIVIL_TIME),
    "SE standard time": ("SE", None, "Etc/GMT-1"),
    "NO": ("NO", None, "Europe/Oslo"),
    "DK": ("DK", None, "Europe/Copenhagen"),
    "FI": ("FI", None, "Europe/Helsinki"),
    "DE": ("DE", None, "Europe/Berlin"),
    "NL": ("NL", None, "Europe/Amsterdam"),
    "FR": ("FR", None, "Europe/Paris"),
    "ES": ("ES", None, "Europe/Madrid"),
    "IT": ("IT", None, "Europe/Rome"),
    "GB": ("GB", "ENG", "Europe/London"),
    "GB standard time": ("GB", "ENG", "Etc/UTC"),
    "IE": ("IE", None, "Europe/Dublin"),
    "US eastern": ("US", None, "America/New_York"),
    "US central": ("US", None, "America/Chicago"),
    "US pacific": ("US", None, "America/Los_Angeles"),
    "US standard time": ("US", None, "Etc/UTC"),
    "CA": ("CA", "ON", "America/Toronto"),
    "AU": ("AU", "NSW", "Australia/Sydney"),
}


@lru_cache(maxsize=512)
def _holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    if country == SWEDISH:
        return swedish_holidays(range(year, year + 1))
    if not country:
        return frozenset()
    import holidays  # slow to import, and most commands never need it

    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=[year]))


def hour_of_week(start_utc: Instants, calendar: str = SWEDISH) -> npt.NDArray[np.int64]:
    """Return 24 x weekday + hour in civil time, (n,), Monday 00 = 0; a public holiday counts as a Sunday.

    `calendar` is a name of CALENDARS. Raises ValueError for another name.
    """
    if calendar not in CALENDARS:
        raise ValueError(f"calendar {calendar!r} is unknown")
    country, subdivision, zone = CALENDARS[calendar]
    local = civil_time(start_utc, zone)
    days = local.astype("datetime64[D]")
    hour = (local - days).astype("timedelta64[h]").astype(np.int64)
    weekday = (days.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    red = [d for year in range(int(years.min()), int(years.max()) + 1) for d in _holidays(country, subdivision, year)]
    weekday = np.where(np.isin(days, np.array(sorted(red), dtype="datetime64[D]")), 6, weekday)
    found: npt.NDArray[np.int64] = weekday * 24 + hour
    return found


def turn_of_year(start_utc: Instants, calendar: str = SWEDISH) -> Floats:
    """Return 1 from 22 December to 3 January, else 0, (n,): offices and schools are closed between the holidays."""
    days = civil_time(start_utc, CALENDARS[calendar][2]).astype("datetime64[D]")
    month = days.astype("datetime64[M]")
    day = (days - month).astype(np.int64) + 1
    number = month.astype(np.int64) % 12 + 1
    closed: Floats = (((number == 12) & (day >= 22)) | ((number == 1) & (day <= 3))).astype(np.float64)
    return closed


@lru_cache(maxsize=64)
def clock_of(first: np.datetime64, hours: int, calendar: str) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return `hour_of_week` and `turn_of_year` of contiguous hours; kept: every meter of a site asks for the same."""
    start_utc = first + np.arange(hours) * np.timedelta64(3600, "s")
    return hour_of_week(start_utc, calendar), turn_of_year(start_utc, calendar)


def choose_calendar(start_utc: Instants, residuals: Floats, block: npt.NDArray[np.int64], margin: float) -> str:
    """Return the calendar whose hours of the week explain the residuals best in blocks left out, by name.

    `residuals` (n, m) what temperature does not explain, any unit; `block` (n,) block numbers. The Swedish one is kept
    unless another lowers the squared error by the share `margin`.
    """
    first = start_utc[0]
    rows = ((start_utc - first) // np.timedelta64(3600, "s")).astype(np.int64)
    spread = residuals.std(axis=0)
    scaled = residuals[:, spread > 0] / spread[spread > 0]
    found = {name: _error(clock_of(first, int(rows[-1]) + 1, name)[0][rows], scaled, block) for name in CALENDARS}
    best = min(found, key=lambda name: found[name])
    return best if found[best] < (1 - margin) * found[SWEDISH] else SWEDISH


def _error(week: npt.NDArray[np.int64], scaled: Floats, block: npt.NDArray[np.int64]) -> float:
    """Return the squared error of cell means (168 hours of the week), each block predicted from the others."""
    count = int(block.max()) + 1
    cell = block * WEEK_H + week
    known = np.bincount(cell, minlength=count * WEEK_H).reshape(count, WEEK_H)
    error = 0.0
    for y in scaled.T:
        sums = np.bincount(cell, weights=y, minlength=count * WEEK_H).reshape(count, WEEK_H)
        mean = (sums.sum(axis=0) - sums) / (known.sum(axis=0) - known + 2.0)  # shrunk a little to 0
        error += float(((y - mean[block, week]) ** 2).sum())
    return error
