"""Clocks and calendars: normal time, civil time, months, Swedish holidays.

Instants are UTC, interval start. Swedish meter values, heat billing days and high-load hours run in normal time
(UTC+1 all year: EIFS 2016:2 and EIFS 2014:2, 1 kap. 2 §); opening hours and spot prices in civil time.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import polars as pl

Instants = npt.NDArray[np.datetime64]

NORMAL_TIME = "Etc/GMT-1"  # POSIX sign: one hour east of Greenwich
CIVIL_TIME = "Europe/Stockholm"
MONTH = np.timedelta64(1, "M")


def normal_time(start_utc: Instants) -> Instants:
    """Return the naive wall clock of Swedish normal time (UTC+1), same shape, datetime64[s]."""
    shifted: Instants = np.add(start_utc.astype("datetime64[s]"), np.timedelta64(3600, "s"))
    return shifted


def civil_time(start_utc: Instants, zone: str = CIVIL_TIME) -> Instants:
    """Return the naive wall clock of a zone, else of Europe/Stockholm, summer time included, datetime64[s]."""
    utc = pl.Series(start_utc.astype("datetime64[us]")).dt.replace_time_zone("UTC")
    local = utc.dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return local.to_numpy().astype("datetime64[s]")


def civil_day(at: datetime) -> date:
    """Return the day it is in Sweden at an instant with a time zone; just after midnight, UTC has the day before."""
    return at.astimezone(ZoneInfo(CIVIL_TIME)).date()


def month_starts(first: date, last: date) -> list[date]:
    """Return the first day of every month from that of `first` to that of `last`, both included."""
    months = np.arange(np.datetime64(first, "M"), np.datetime64(last, "M") + MONTH)
    return [m.astype("datetime64[D]").item() for m in months]


def next_month(month: date) -> date:
    """Return the first day of the month after that of `month`."""
    return add_months(month, 1)


def add_months(day: date, count: int) -> date:
    """Return the first day of the month `count` months after (or, negative, before) that of `day`."""
    year, month = divmod(12 * day.year + day.month - 1 + count, 12)
    return date(year, month + 1, 1)


def hours_between(first_utc: np.datetime64, end_utc: np.datetime64) -> Instants:
    """Return every full hour in [first_utc, end_utc), datetime64[s]."""
    return np.arange(first_utc.astype("datetime64[h]"), end_utc.astype("datetime64[h]")).astype("datetime64[s]")


def swedish_holidays(years: range) -> frozenset[date]:
    """Return the public holidays of Sweden, ordinary Sundays not included.

    Source: lag (1989:253) om allmänna helgdagar, through the `holidays` package.
    """
    import holidays  # slow to import, and most commands never need it

    return frozenset(holidays.country_holidays("SE", years=list(years), include_sundays=False))
