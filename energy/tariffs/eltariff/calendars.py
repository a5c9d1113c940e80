"""When a price component of the Eltariff-API is active -> the months and the high-load time of our own price lists.

The calendar is laid out day by day and hour by hour over the tariff's validity, and so is the high-load time it would
become: only where the two agree in every hour is it carried over. Source: RI-SE/Eltariff-API, time.schema.json
(ActivePeriod, CalendarPattern, RecurringPeriod) and its developer guide, version 0.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from energy.calendar import month_starts, next_month
from energy.tariffs.eltariff.document import Node, Refused, day_of, hour_of, tables_of, text_of, words_of
from energy.tariffs.highload import HOLIDAYS, HighLoadTime

Hours = npt.NDArray[np.bool_]  # (days, 24)
COMMON: Mapping[str, tuple[int, ...]] = {"weekdays": (1, 2, 3, 4, 5), "weekends": (6, 7)}  # where a file leaves it out
SUMMER_TIME = frozenset(range(3, 11))  # months that hold days of summer time
LONGEST_YEARS = 10


@dataclass(frozen=True)
class Pattern:
    """Which days a calendar pattern names: weekdays 1-7, or dates, which `yearly` come back every year."""

    days: frozenset[int]
    dates: npt.NDArray[np.datetime64]
    yearly: bool


@dataclass(frozen=True)
class Span:
    """The days [first, end) a tariff is valid, and the patterns its calendars speak of."""

    first: date
    end: date
    patterns: Mapping[str, Pattern]

    @property
    def days(self) -> npt.NDArray[np.datetime64]:
        """Return every day of the span."""
        return np.arange(np.datetime64(self.first, "D"), np.datetime64(self.end, "D"))


@dataclass(frozen=True)
class Active:
    """When a component is active, as a price list says it; `told` are remarks on how it was read."""

    time: Literal["all", "high_load", "low_load"]
    high_load: Mapping[str, Any] | None = None
    told: tuple[str, ...] = ()


def patterns_of(document: Any) -> dict[str, Pattern]:
    """Return the calendar patterns of a document by name (`reference`, in version 0.2 `name`)."""
    found = {}
    for one in tables_of(document, "calendarPatterns"):
        name = text_of(one, "reference") or text_of(one, "name")
        days = one.get("days") or []
        if not isinstance(days, list) or any(not 1 <= int(d) <= 7 for d in days if _is_number(d)):
            raise Refused(f"kalendermönstret «{name}» har andra veckodagar än 1-7")
        if days and text_of(one, "frequency") not in ("P1W", ""):
            raise Refused(f"kalendermönstret «{name}» räknar dagar i annat än veckor ({text_of(one, 'frequency')})")
        dates = [day_of({"dates": word}, "dates") for word in words_of(one, "dates")]
        stamps = np.array([day for day in dates if day], "datetime64[D]")
        weekdays = frozenset(int(day) for day in days if _is_number(day))
        found[name] = Pattern(weekdays, stamps, text_of(one, "frequency") == "P1Y")
    return found


def _is_number(value: Any) -> bool:
    if isinstance(value, bool | str) or not hasattr(value, "as_integer_ratio"):
        raise Refused("ett kalendermönster har veckodagar som inte är tal")
    return True


def months_of(span: Span, first: date | None, end: date | None) -> tuple[list[int] | None, str]:
    """Return (the months a component of [first, end) is billed in, None for all; a remark or "").

    Raises Refused where its days are not whole months, or not the same months of each year.
    """
    start, stop = max(first or span.first, span.first), min(end or span.end, span.end)
    beyond = bool((end and end > span.end) or (first and first < span.first))
    told = f"perioden {first} till {end} går utanför tariffens och klipptes" if beyond else ""
    if start >= stop:
        raise Refused(f"perioden {first} till {end} ligger utanför tariffens ({span.first} till {span.end})")
    if (start, stop) == (span.first, span.end):
        return None, told
    if (start.day != 1 and start != span.first) or (stop.day != 1 and stop != span.end):
        raise Refused(f"perioden {start} till {stop} börjar eller slutar mitt i en månad")
    inside: dict[int, set[bool]] = {}
    for month in month_starts(span.first, span.end):
        if month < span.end:
            inside.setdefault(month.month, set()).add(month < stop and next_month(month) > start)
    mixed = [month for month, states in inside.items() if len(states) > 1]
    if mixed:
        raise Refused(
            f"perioden {start} till {stop} gäller samma månad ett år men inte ett annat; dela tariffen vid årsskiftet"
        )
    return sorted(month for month, states in inside.items() if True in states), told


def active_of(periods: Sequence[Node], span: Span, months: Sequence[int] | None, zone: str) -> Active:
    """Return when the union of recurring periods is active; without any, always.

    Raises Refused where it is not a high-load time (or all but one) in every hour of the tariff's validity.
    """
    if not periods:
        return Active("all")
    if (span.end - span.first).days > 366 * LONGEST_YEARS:
        raise Refused(f"tider på dygnet i en tariff som gäller mer än {LONGEST_YEARS} år kan inte prövas dag för dag")
    seen = _Reader(span)
    always, never = (seen.hours(periods, unknown) for unknown in (True, False))
    chosen = list(months or range(1, 13))
    mine = np.isin(span.days.astype("datetime64[M]").astype(int) % 12 + 1, chosen)
    if (always[mine] != never[mine]).any():
        raise Refused(f"filen säger inte vilka dagar kalendermönstret «{', '.join(sorted(seen.unknown))}» är")
    told = list(dict.fromkeys(seen.told))
    if always[mine].all():
        return Active("all", told=tuple(told))
    found = _high_load(always, span, chosen, mine)
    if found is not None:
        return Active("high_load", found, (*told, *_clock(zone, chosen)))
    found = _high_load(~always, span, chosen, mine)
    if found is not None:
        return Active("low_load", found, (*told, *_clock(zone, chosen)))
    raise Refused("tiderna är varken en sammanhängande höglasttid med våra helgdagar eller all annan tid än en sådan")


class _Reader:
    """Lays out recurring periods over the span, and remembers which patterns the file left out."""

    def __init__(self, span: Span) -> None:
        self.span, self.days = span, span.days
        self.weekday = (self.days.astype(int) + 3) % 7 + 1  # 1970-01-01 was a Thursday
        self.unknown: set[str] = set()
        self.told: list[str] = []

    def hours(self, periods: Sequence[Node], unknown: bool) -> Hours:
        """Return which hours are active, with days of patterns nobody defines taken as `unknown`."""
        found = np.zeros((len(self.days), 24), np.bool_)
        for period in periods:
            if text_of(period, "frequency") not in ("P1D", "P1W", ""):
                raise Refused(f"återkommande period med frekvensen «{text_of(period, 'frequency')}»")
            active = tables_of(period, "activePeriods")
            if not active:
                raise Refused("en återkommande period saknar activePeriods")
            for one in active:
                self._add(found, one, unknown)
        return found

    def _add(self, found: Hours, one: Node, unknown: bool) -> None:
        first, end = hour_of(one, "fromIncluding"), hour_of(one, "toExcluding", end=True)
        references = one.get("calendarPatternReferences")
        include, exclude = words_of(references, "include"), words_of(references, "exclude")
        days = self._named(include, unknown) if include else np.ones(len(self.days), np.bool_)
        days = days & ~self._named(exclude, unknown)
        if first < end:
            found[days, first:end] = True
        elif days.all():  # over midnight every day: evening and early morning of each
            found[:, first:] = True
            found[:, :end] = True
        else:
            raise Refused(f"tiden {first:02}-{end:02} går över midnatt, och filen säger inte vilket dygn den hör till")

    def _named(self, names: Sequence[str], unknown: bool) -> Hours:
        found = np.zeros(len(self.days), np.bool_)
        for name in names:
            pattern = self._pattern(name)
            if pattern is None:
                self.unknown.add(name)
                found |= unknown
                continue
            found |= np.isin(self.weekday, list(pattern.days)) | np.isin(self.days, self._dates(name, pattern))
        return found

    def _pattern(self, name: str) -> Pattern | None:
        if name in self.span.patterns:
            return self.span.patterns[name]
        if name in COMMON:
            self.told.append(
                f"filen säger inte vad «{name}» är; läst som veckodag {COMMON[name][0]}-{COMMON[name][-1]}"
            )
            return Pattern(frozenset(COMMON[name]), np.array([], "datetime64[D]"), False)
        try:
            day = day_of({"date": name}, "date")  # some files name a single day where a pattern belongs
        except Refused:
            return None
        return Pattern(frozenset(), np.array([day], "datetime64[D]"), False)

    def _dates(self, name: str, pattern: Pattern) -> npt.NDArray[np.datetime64]:
        if not pattern.yearly or not len(pattern.dates):
            return pattern.dates
        years = range(self.span.first.year, self.span.end.year + 1)
        days = [day for day in pattern.dates.tolist() if (day.month, day.day) != (2, 29)]
        every = np.array([day.replace(year=year) for day in days for year in years], "datetime64[D]")
        if set(every[np.isin(every, self.days)]) - set(pattern.dates):
            self.told.append(
                f"kalendermönstret «{name}» återkommer varje år (P1Y): samma datum är läst i alla år tariffen gäller"
            )
        return every


def _high_load(active: Hours, span: Span, months: list[int], mine: Hours) -> dict[str, Any] | None:
    """Return the high-load time that is exactly `active` on the days `mine`; None where there is none."""
    days = span.days
    weekday = (days.astype(int) + 3) % 7 + 1
    hours = np.flatnonzero(active[mine].any(axis=0))
    weekdays = sorted({int(day) for day in weekday[mine & active.any(axis=1)]})
    if not len(hours) or not weekdays:
        return None
    off = days[mine & np.isin(weekday, weekdays) & ~active.any(axis=1)]
    excluded = [name for name in HOLIDAYS if _all_off(name, span, days[mine & np.isin(weekday, weekdays)], off)]
    found = {"months": months, "weekdays": weekdays, "from_hour": int(hours[0]), "to_hour": int(hours[-1]) + 1}
    if excluded:
        found["excluded"] = excluded
    time = HighLoadTime.model_validate(found)
    clock = np.arange(24)
    inside = (clock >= time.from_hour) & (clock < time.to_hour)
    same = (time.days(span.first, span.end)[:, None] & inside)[mine] == active[mine]
    return found if same.all() else None


def _all_off(name: str, span: Span, relevant: npt.NDArray[np.datetime64], off: npt.NDArray[np.datetime64]) -> bool:
    years = range(span.first.year, span.end.year + 1)
    mine = np.array([HOLIDAYS[name](year) for year in years], "datetime64[D]")
    mine = mine[np.isin(mine, relevant)]
    return bool(len(mine) and np.isin(mine, off).all())


def _clock(zone: str, months: Sequence[int]) -> tuple[str, ...]:
    """Return a remark where the file's clock and ours part; raise Refused for a clock that is not Swedish."""
    if zone in ("Etc/GMT-1", "+01:00", "UTC+1", "UTC+01:00"):
        return ()
    if zone not in ("Europe/Stockholm", ""):
        raise Refused(f"tiderna anges i tidszonen «{zone}»")
    if not SUMMER_TIME & set(months):
        return ()
    return (
        "tiderna anges i Europe/Stockholm och är förda över som svensk normaltid, den klocka elmätare och höglasttid "
        "går efter: under sommartid blir det en timme senare enligt väggklockan. Kontrollera mot nätbolagets villkor",
    )
