"""High-load time of power grids: months, weekdays and hours in normal time, listed holidays excluded.

Grid companies list the excluded days themselves, so a price list names each one; for example Karlstads El- och
Stadsnät 2017 excludes skärtorsdagen, långfredagen, annandag påsk, julafton, juldagen, annandag jul, nyårsafton,
nyårsdagen and trettondag jul (karlstadsnat.se, Priser och tariffer). The clock is Swedish normal time all year
(sundsvallelnat.se), so 06-22 in late March is 07-23 by the wall clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator, Field, model_validator

from energy.tariffs.strict import Strict, allowed_text, wrong


def easter_sunday(year: int) -> date:
    """Return Easter Sunday of a Gregorian year.

    Source: the anonymous Gregorian algorithm, J. Meeus, Astronomical Algorithms (1991), chapter 8.
    """
    golden, (century, rest) = year % 19, divmod(year, 100)
    skipped = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - skipped - rest % 4) % 7
    month, day = divmod(skipped + weekday - 7 * ((golden + 11 * skipped + 22 * weekday) // 451) + 114, 31)
    return date(year, month, day + 1)


def _easter(days: int) -> Callable[[int], date]:
    return lambda year: easter_sunday(year) + timedelta(days=days)


def _fixed(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


def _midsummer_eve(year: int) -> date:
    """Return the Friday between 19 and 25 June."""
    first = date(year, 6, 19)
    return first + timedelta(days=(4 - first.weekday()) % 7)


HOLIDAYS: Mapping[str, Callable[[int], date]] = {
    "new_years_day": _fixed(1, 1),
    "epiphany": _fixed(1, 6),
    "maundy_thursday": _easter(-3),
    "good_friday": _easter(-2),
    "easter_monday": _easter(1),
    "labour_day": _fixed(5, 1),
    "ascension_day": _easter(39),
    "national_day": _fixed(6, 6),
    "midsummer_eve": _midsummer_eve,
    "christmas_eve": _fixed(12, 24),
    "christmas_day": _fixed(12, 25),
    "boxing_day": _fixed(12, 26),
    "new_years_eve": _fixed(12, 31),
}


def _known(names: list[str]) -> list[str]:
    for name in names:
        if name not in HOLIDAYS:
            raise wrong(allowed_text(name, HOLIDAYS))
    return names


Holidays = Annotated[list[str], AfterValidator(_known)]


class HighLoadTime(Strict):
    """When the grid is loaded most: hours [from_hour, to_hour) in normal time on certain days."""

    months: list[int] = Field(min_length=1, description="månader 1-12")
    weekdays: list[int] = Field(default=[1, 2, 3, 4, 5], min_length=1, description="veckodagar, 1 = måndag")
    from_hour: int = Field(ge=0, le=23, description="första timmen, svensk normaltid")
    to_hour: int = Field(ge=1, le=24, description="timmen då tiden är slut, svensk normaltid")
    excluded: Holidays = Field(default=[], description="undantagna helgdagar, se HOLIDAYS")

    @model_validator(mode="after")
    def _in_order(self) -> HighLoadTime:
        if self.to_hour <= self.from_hour:
            raise wrong("en timme efter from_hour", key="to_hour", found=self.to_hour)
        check_range(self.months, 12, "months")
        check_range(self.weekdays, 7, "weekdays")
        return self

    def days(self, first: date, end: date) -> npt.NDArray[np.bool_]:
        """Return for each day of [first, end) whether it holds high-load hours, shape (days,), not to be written in."""
        return _days(tuple(self.months), tuple(self.weekdays), tuple(self.excluded), first, end)


@lru_cache(maxsize=1024)
def _days(
    among_months: tuple[int, ...], among_weekdays: tuple[int, ...], excluded: tuple[str, ...], first: date, end: date
) -> npt.NDArray[np.bool_]:
    days = np.arange(np.datetime64(first, "D"), np.datetime64(end, "D"))
    months = days.astype("datetime64[M]").astype(int) % 12 + 1
    weekdays = (days.astype(int) + 3) % 7 + 1  # 1970-01-01 was a Thursday
    found: npt.NDArray[np.bool_] = _among(among_months, 12)[months] & _among(among_weekdays, 7)[weekdays]
    off = (HOLIDAYS[name](year) for name in excluded for year in range(first.year, end.year + 1))
    found[[(day - first).days for day in off if first <= day < end]] = False
    found.flags.writeable = False  # shared by all who ask
    return found


def _among(values: tuple[int, ...], last: int) -> npt.NDArray[np.bool_]:
    """Return for each of 0..last whether it is one of the values."""
    found = np.zeros(last + 1, np.bool_)
    found[list(values)] = True
    return found


def check_range(values: list[int], last: int, key: str) -> None:
    """Raise unless every value lies in 1..last and none is repeated."""
    if any(not 1 <= value <= last for value in values) or len(set(values)) != len(values):
        raise wrong(f"heltal 1-{last}, vart och ett högst en gång", key=key, found=values)
