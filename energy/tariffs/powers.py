"""Determinants of power: highest daily means, highest hours, subscribed power, overrun [kW]."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from energy.calendar import NORMAL_TIME, add_months
from energy.model import Floats
from energy.tariffs.highload import HighLoadTime, check_range
from energy.tariffs.period import Determined, Evidence, Period, coverage, number
from energy.tariffs.strict import Strict

STATED = "billed_power_kw"  # contract option: the power the supplier states, used only where history is too short


class DailyMeanSettings(Strict):
    """How complete days and history must be. The contract's options may set the same keys."""

    min_hours: int = Field(24, ge=1, le=24, description="timmar med mätvärde som ett dygnsmedel kräver")
    max_missing_days: int = Field(0, ge=0, description="dygn i perioden som får sakna dygnsmedel")


class HighestDaysSettings(DailyMeanSettings):
    """Mean of the n highest daily means of a rolling window."""

    n: int = Field(ge=1, le=31, description="antal dygn")
    window_months: int = Field(ge=1, le=60, description="månader i fönstret, den fakturerade månaden medräknad")
    short_history: Literal["refuse", "use_available"] = Field(
        "refuse", description="när fönstret inte är fullt: ingen siffra, eller de dygn som finns"
    )


class SeasonSettings(DailyMeanSettings):
    """Highest daily mean of the season that ended the calendar year before."""

    season_months: list[int] = Field(min_length=1, description="säsongens månader i följd, till exempel 11, 12, 1, 2")
    excluded_below_c: float | None = Field(None, description="dygn kallare än så räknas inte [°C]")

    @model_validator(mode="after")
    def _months(self) -> SeasonSettings:
        check_range(self.season_months, 12, "season_months")
        return self

    def span(self, billed_year: int) -> tuple[date, date]:
        """Return the season [first day, end) that ended in the calendar year before `billed_year`."""
        first, last = self.season_months[0], self.season_months[-1]
        start = date(billed_year - 1 - (first > last), first, 1)
        return start, (date(billed_year - 1, last, 28) + timedelta(days=4)).replace(day=1)


class PeakSettings(Strict):
    """Mean of the n highest hours of the month, each from its own day."""

    n: int = Field(1, ge=1, le=31, description="antal timmar, från skilda dygn")
    max_missing_hours: int = Field(0, ge=0, description="timmar som får sakna mätvärde")


class HighLoadPeakSettings(PeakSettings):
    """The same, within high-load time."""

    high_load: HighLoadTime = Field(description="höglasttiden")


class SubscribedSettings(Strict):
    """Which option of the contract holds the power."""

    option: str = Field("subscribed_kw", description="nyckel i avtalets options [kW]")


class OverrunSettings(PeakSettings):
    """Peak above the subscribed power."""

    option: str = Field("subscribed_kw", description="nyckel i avtalets options [kW]")


def mean_of_highest_daily_means(period: Period, settings: HighestDaysSettings) -> Determined:
    """Return the mean of the n highest daily means of the window ending with the billed month [kW].

    Source: goteborgenergi.se price list 2024 (tredygnsmedeleffekt: three days, twelve rolling months).
    """
    start = add_months(period.month, 1 - settings.window_months)
    known_from = period.metered.first_known_day()
    note: Evidence = ()
    if known_from is None or known_from > start:
        have = 0 if known_from is None else max(0, (period.month_end - known_from).days)
        if settings.short_history == "refuse" or known_from is None or have < settings.n:
            found = f"{have} av {(period.month_end - start).days} dygn finns"
            return _stated(period, f"historiken är för kort: {found} i fönstret på {settings.window_months} månader")
        start = known_from
        note = ((start.isoformat(), f"kort historik: {have} dygn används"),)
    return _highest(period, settings, settings.n, start, period.month_end, note)


def highest_daily_mean_in_season(period: Period, settings: SeasonSettings) -> Determined:
    """Return the highest daily mean of last season [kW]; it applies the whole calendar year after the season's end.

    Days colder than the stated outdoor temperature are left out.
    Source: bodensenergi.se price list 2024 (November 2022 to April 2023 sets the power of 1 January 2024).
    """
    start, end = settings.span(period.month.year)
    known_from = period.metered.first_known_day()
    if known_from is None or known_from > start:
        return _stated(period, f"säsongen {start:%Y-%m-%d}-{end:%Y-%m-%d} finns inte hel i mätvärdena")
    if settings.excluded_below_c is None:
        return _highest(period, settings, 1, start, end)
    days = [start + timedelta(days=i) for i in range((end - start).days)]
    outdoor = np.array([period.context.outdoor_daily_c.get(day, np.nan) for day in days])
    if np.isnan(outdoor).any():
        reason = f"utetemperatur saknas för {int(np.isnan(outdoor).sum())} av säsongens {len(days)} dygn"
        return Determined(period.metered.unknown(), reason)
    return _highest(period, settings, 1, start, end, kept=outdoor >= settings.excluded_below_c)


def monthly_peak_hour(period: Period, settings: PeakSettings) -> Determined:
    """Return the highest hourly mean of the whole month [kW], or the mean of the n highest, from n days."""
    days = np.ones((period.month_end - period.month).days, np.bool_)
    return _peak(period, settings, days, slice(0, 24))


def high_load_peak(period: Period, settings: HighLoadPeakSettings) -> Determined | None:
    """Return the highest hourly mean of the month within high-load time [kW]; nothing in months without it."""
    days = settings.high_load.days(period.month, period.month_end)
    if not days.any():
        return None
    return _peak(period, settings, days, slice(settings.high_load.from_hour, settings.high_load.to_hour))


def subscribed(period: Period, settings: SubscribedSettings) -> Determined:
    """Return the power agreed in the contract [kW]."""
    return Determined(np.full(period.metered.draws, period.option(settings.option)))


def overrun(period: Period, settings: OverrunSettings) -> Determined:
    """Return how far the month's highest hour lies above the subscribed power [kW], never below zero."""
    peak = monthly_peak_hour(period, settings)
    above = np.maximum(peak.quantity - period.option(settings.option), 0.0)
    return Determined(above, peak.reason, peak.evidence)


def _highest(
    period: Period,
    settings: DailyMeanSettings,
    n: int,
    start: date,
    end: date,
    note: Evidence = (),
    kept: npt.NDArray[np.bool_] | None = None,
) -> Determined:
    """Return the mean of the n highest daily means of [start, end), where days enough are known."""
    means = period.metered.window(period.metered.daily_mean_kw(settings.min_hours), start, end)
    days = np.arange(np.datetime64(start, "D"), np.datetime64(end, "D"))
    if kept is not None:
        means, days = means[kept], days[kept]
    known = np.isfinite(means).sum(axis=0)
    power = np.where(known >= max(n, len(days) - settings.max_missing_days), _top_mean(means, n), np.nan)
    if np.isnan(power).any():
        found = f"{int(known.min())} av {len(days)} dygn har dygnsmedel"
        return Determined(power, f"dygnsmedeleffekt saknas: {found}, högst {settings.max_missing_days} får saknas")
    top = np.argsort(-np.nan_to_num(means[:, 0], nan=-np.inf), kind="stable")[:n]
    evidence = tuple((str(days[i]), f"dygnsmedeleffekt {number(means[i, 0])} kW") for i in top)
    return Determined(power, evidence=evidence + note)


def _top_mean(values: Floats, n: int) -> Floats:
    """Return the mean of the n highest of each column; -inf where fewer than n are known."""
    if len(values) < n:
        return np.full(values.shape[1], -np.inf)
    filled = np.where(np.isnan(values), -np.inf, values)
    top: Floats = np.partition(filled, len(filled) - n, axis=0)[-n:].mean(axis=0)
    return top


def _peak(period: Period, settings: PeakSettings, days: npt.NDArray[np.bool_], hours: slice) -> Determined:
    month, end = period.month, period.month_end
    highest = period.metered.window(period.metered.daily_max_kw(hours), month, end)[days]
    missing = period.metered.window(period.metered.missing_hours(hours), month, end)[days].sum(axis=0)
    enough = (missing <= settings.max_missing_hours) & (np.isfinite(highest).sum(axis=0) >= settings.n)
    power = np.where(enough, _top_mean(highest, settings.n), np.nan)
    if np.isnan(power).any():
        total = int(days.sum()) * (hours.stop - hours.start)
        return Determined(power, coverage("energy_kwh", total - int(missing.max()), total))
    top = np.argsort(-np.nan_to_num(highest[:, 0], nan=-np.inf), kind="stable")[: settings.n]
    rows = np.flatnonzero(days)[top] + period.metered.index(month)
    return Determined(power, evidence=tuple(_hour_evidence(period, int(row), hours) for row in rows))


def _hour_evidence(period: Period, row: int, hours: slice) -> tuple[str, str]:
    """Return (UTC hour, what) of the highest hour of one day in draw 0."""
    day = period.metered.hours("energy_kwh")[row, hours, 0]
    hour = hours.start + int(np.nanargmax(day))
    day_utc = (period.metered.first_day + np.timedelta64(row, "D")).astype("datetime64[s]")
    utc = day_utc + np.timedelta64((hour - 1) * 3600, "s")
    local = f"kl. {hour:02d}-{hour + 1:02d} normaltid ({NORMAL_TIME})"
    return f"{utc}Z", f"timeffekt {number(float(np.nanmax(day)))} kW {local}"


def _stated(period: Period, reason: str) -> Determined:
    """Return the power stated in the contract where history is too short, else NaN and the reason."""
    if STATED not in period.options:
        return Determined(period.metered.unknown(), reason)
    value = period.option(STATED)
    what = f"{number(value)} kW enligt avtalet; {reason}"
    return Determined(np.full(period.metered.draws, value), evidence=((period.month.isoformat(), what),))
