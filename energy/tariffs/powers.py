"""Determinants of power from the load's own peaks: highest daily means of a window or season, highest hours [kW]."""

from __future__ import annotations

from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from energy.calendar import NORMAL_TIME, add_months
from energy.model import Floats
from energy.tariffs.days import STATED as STATED
from energy.tariffs.days import (
    DayChoice,
    Days,
    SetOnce,
    check_season,
    choose,
    history_reason,
    last_set,
    powers_of,
    season_before,
    stated,
)
from energy.tariffs.highload import HighLoadTime, check_range
from energy.tariffs.metered import Same
from energy.tariffs.period import Determined, Evidence, Period, coverage, number
from energy.tariffs.strict import Strict

Of = Literal["daily_mean", "highest_hour", "hour"]
_OF = "vad som räknas: dygnsmedel, dygnets högsta timme (högst en per dygn), eller varje timme för sig"
_WHAT = {"daily_mean": "dygnsmedeleffekt", "highest_hour": "dygnets högsta timeffekt", "hour": "timeffekt"}


class HighestDaysSettings(DayChoice):
    """Mean of the n highest daily means of a window that rolls, or is set once a year."""

    n: int = Field(ge=1, le=31, description="antal dygn (eller timmar, se of)")
    window_months: int = Field(
        ge=1, le=60, description="månader i fönstret; ett rullande räknar in den fakturerade månaden"
    )
    of: Of = Field("daily_mean", description=_OF)
    months: list[int] | None = Field(None, min_length=1, description="månader vars dygn räknas; annars alla")
    applies_from_month: int | None = Field(
        None, ge=1, le=12,
        description="månad från vars början effekten gäller i ett år, satt av fönstret dessförinnan; "
        "utan den rullar fönstret varje månad",
    )  # fmt: skip
    short_history: Literal["refuse", "use_available"] = Field(
        "refuse", description="när fönstret inte är fullt: ingen siffra, eller de dygn som finns"
    )

    @model_validator(mode="after")
    def _months(self) -> HighestDaysSettings:
        check_range(self.months or [], 12, "months")
        return self

    def window(self, month: date, month_end: date) -> tuple[date, date]:
        """Return the window [first day, end) behind a billed month."""
        end = month_end if self.applies_from_month is None else last_set(month, self.applies_from_month)
        return add_months(end, -self.window_months), end


class SeasonSettings(DayChoice, SetOnce):
    """Mean of the n highest daily means of the season that ended before the year the power applies."""

    season_months: list[int] = Field(min_length=1, description="säsongens månader i följd, till exempel 11, 12, 1, 2")
    n: int = Field(1, ge=1, le=31, description="antal dygn (eller timmar, se of)")
    of: Of = Field("daily_mean", description=_OF)

    @model_validator(mode="after")
    def _season(self) -> SeasonSettings:
        check_season(self.season_months, "season_months")
        return self


class PeakSettings(Strict):
    """Mean of the n highest hours of the month, each from its own day."""

    n: int = Field(1, ge=1, le=31, description="antal timmar, från skilda dygn")
    max_missing_hours: int = Field(0, ge=0, description="timmar som får sakna mätvärde")


class HighLoadPeakSettings(PeakSettings):
    """The same, within high-load time."""

    high_load: HighLoadTime = Field(description="höglasttiden")


def mean_of_highest_daily_means(period: Period, settings: HighestDaysSettings) -> Determined:
    """Return the mean of the n highest daily means of the window [kW].

    The window ends with the billed month, or, where the power is set once a year, before the day it began to apply.
    Sources: goteborgenergi.se price list 2024 (tredygnsmedeleffekt: three days, twelve rolling months);
    hedemoraenergi.se, price model (the two highest of two years, set once a year).
    """
    start, end = settings.window(period.month, period.month_end)
    known_from = period.metered.first_known_day()
    note: Evidence = ()
    if known_from is None or known_from > start:
        have = 0 if known_from is None else max(0, (end - known_from).days)
        if settings.short_history == "refuse" or known_from is None or have < settings.n:
            found = f"{have} av {(end - start).days} dygn finns"
            return stated(period, f"historiken är för kort: {found} i fönstret på {settings.window_months} månader")
        start = known_from
        note = ((start.isoformat(), f"kort historik: {have} dygn används"),)
    return _highest_once(period, settings, start, end, settings.months, note)


def highest_daily_mean_in_season(period: Period, settings: SeasonSettings) -> Determined:
    """Return the mean of the n highest daily means of last season [kW]; it holds a year from when it applies.

    Days outside the stated outdoor temperatures are left out.
    Sources: bodensenergi.se price list 2024 (November 2022 to April 2023 sets the power of 1 January 2024);
    piteenergi.se price list 2019 (October to March, next calendar year); sevab.com (five highest hours of the winter).
    """
    start, end = season_before(last_set(period.month, settings.applies_from_month), settings.season_months)
    reason = history_reason(period, start, f"säsongen {start:%Y-%m-%d}-{end:%Y-%m-%d} finns inte hel i mätvärdena")
    return stated(period, reason) if reason else _highest_once(period, settings, start, end)


def monthly_peak_hour(period: Period, settings: PeakSettings) -> Determined:
    """Return the highest hourly mean of the whole month [kW], or the mean of the n highest, from n days."""

    def find() -> Determined:
        days = np.ones((period.month_end - period.month).days, np.bool_)
        return _peak(period, settings, days, slice(0, 24))

    key = ("month's peak", period.month, settings.n, settings.max_missing_hours)
    return period.metered.remember(key, find)  # type: ignore[no-any-return]


def high_load_peak(period: Period, settings: HighLoadPeakSettings) -> Determined | None:
    """Return the highest hourly mean of the month within high-load time [kW]; nothing in months without it."""
    days = settings.high_load.days(period.month, period.month_end)
    if not days.any():
        return None
    return _peak(period, settings, days, slice(settings.high_load.from_hour, settings.high_load.to_hour))


def _highest_once(
    period: Period, settings: HighestDaysSettings | SeasonSettings, start: date, end: date,
    months: list[int] | None = None, note: Evidence = (),
) -> Determined:  # fmt: skip
    """Return `highest` of the window, found once although twelve months ask for it."""

    def find() -> Determined:
        what = "säsongens" if isinstance(settings, SeasonSettings) else "fönstrets"
        days = choose(period, settings, start, end, months, what)
        if isinstance(days, str):
            return Determined(period.metered.unknown(), days)
        return highest(period, settings, days, settings.n, settings.of, note)

    key = ("highest", settings.model_dump_json(), start, end, Same(period.context.outdoor_daily_c))
    return period.metered.remember(key, find)  # type: ignore[no-any-return]


def highest(period: Period, choice: DayChoice, days: Days, n: int, of: Of, note: Evidence = ()) -> Determined:
    """Return the mean of the n highest powers of the counted days [kW], where days enough are known."""
    values, known = powers_of(period, choice, days, of)
    count = int(days.kept.sum())
    enough = known >= max(n if of != "hour" else 1, count - choice.max_missing_days)
    power = np.where(enough, _top_mean(values, n), np.nan)
    if not np.isfinite(power).all():
        what = "dygnsmedel" if of == "daily_mean" else "timvärden"
        reason = f"{_WHAT[of]} saknas: {int(known.min())} av {count} dygn har {what}"
        power = np.where(np.isfinite(power), power, np.nan)
        return Determined(power, f"{reason}, högst {choice.max_missing_days} får saknas")
    top, dates = _top(values, n), days.dates
    return Determined(power, evidence=tuple(_power_evidence(choice, dates, values, int(i), of) for i in top) + note)


def _power_evidence(
    choice: DayChoice, dates: npt.NDArray[np.datetime64], values: Floats, at: int, of: Of
) -> tuple[str, str]:
    per_day = choice.to_hour - choice.from_hour if of == "hour" else 1
    day, hour = str(dates[at // per_day]), choice.from_hour + at % per_day
    clock = f" kl. {hour:02d}-{hour + 1:02d} normaltid" if of == "hour" else ""
    return day, f"{_WHAT[of]} {number(values[at, 0])} kW{clock}"


def _top_mean(values: Floats, n: int) -> Floats:
    """Return the mean of the n highest of each column; -inf where fewer than n are known."""
    if len(values) < n:
        return np.full(values.shape[1], -np.inf)
    if n == 1:
        highest: Floats = np.fmax.reduce(values, axis=0, initial=-np.inf)
        return highest
    filled = np.where(np.isnan(values), -np.inf, values)
    top: Floats = np.partition(filled, len(filled) - n, axis=0)[-n:].mean(axis=0)
    return top


def _top(values: Floats, n: int) -> npt.NDArray[np.intp]:
    """Return the rows of the n highest of draw 0, the highest first, the earlier of two equal ones first."""
    first = values[:, 0]
    return np.argsort(np.where(np.isnan(first), np.inf, -first), kind="stable")[:n]


def _peak(period: Period, settings: PeakSettings, days: npt.NDArray[np.bool_], hours: slice) -> Determined:
    month, end = period.month, period.month_end
    highest = period.metered.window(period.metered.daily_max_kw(hours), month, end)[days]
    missing = period.metered.window(period.metered.missing_hours(hours), month, end)[days].sum(axis=0)
    enough = (missing <= settings.max_missing_hours) & (np.isfinite(highest).sum(axis=0) >= settings.n)
    power = np.where(enough, _top_mean(highest, settings.n), np.nan)
    if np.isnan(power).any():
        total = int(days.sum()) * (hours.stop - hours.start)
        return Determined(power, coverage("energy_kwh", total - int(missing.max()), total))
    rows = np.flatnonzero(days)[_top(highest, settings.n)] + period.metered.index(month)
    return Determined(power, evidence=tuple(_hour_evidence(period, int(row), hours) for row in rows))


def _hour_evidence(period: Period, row: int, hours: slice) -> tuple[str, str]:
    """Return (UTC hour, what) of the highest hour of one day in draw 0."""
    day = period.metered.hours("energy_kwh")[row, hours, 0]
    at = int(np.argmax(np.fmax(day, -np.inf)))
    hour = hours.start + at
    day_utc = (period.metered.first_day + np.timedelta64(row, "D")).astype("datetime64[s]")
    utc = day_utc + np.timedelta64((hour - 1) * 3600, "s")
    local = f"kl. {hour:02d}-{hour + 1:02d} normaltid ({NORMAL_TIME})"
    return f"{utc}Z", f"timeffekt {number(float(day[at]))} kW {local}"
