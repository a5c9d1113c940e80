"""Which days a billed power is found among: season, window, weekdays, hours, outdoor temperature; and their powers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from energy.calendar import add_months
from energy.model import Floats
from energy.swedish import sv
from energy.tariffs.highload import HighLoadTime, Holidays, check_range
from energy.tariffs.period import Determined, Period
from energy.tariffs.strict import Strict, wrong

STATED = "billed_power_kw"  # contract option: the power the supplier states, used only where history is too short


class DailyMeanSettings(Strict):
    """How complete days and history must be. The contract's options may set the same keys."""

    min_hours: int = Field(24, ge=1, le=24, description="timmar med mätvärde som ett dygnsmedel kräver")
    max_missing_days: int = Field(0, ge=0, description="dygn i perioden som får sakna dygnsmedel")


class DayChoice(DailyMeanSettings):
    """Which days, and which of their hours, are counted."""

    weekdays: list[int] | None = Field(None, min_length=1, description="veckodagar som räknas, 1 = måndag; annars alla")
    excluded: Holidays = Field([], description="helgdagar som inte räknas, se HOLIDAYS")
    from_hour: int = Field(0, ge=0, le=23, description="första timmen som räknas, svensk normaltid")
    to_hour: int = Field(24, ge=1, le=24, description="timmen då de räknade timmarna är slut")
    excluded_below_c: float | None = Field(None, description="dygn kallare än så räknas inte [°C]")
    excluded_above_c: float | None = Field(None, description="dygn varmare än så räknas inte [°C]")

    @model_validator(mode="after")
    def _in_order(self) -> DayChoice:
        if self.to_hour <= self.from_hour:
            raise wrong("en timme efter from_hour", "to_hour", self.to_hour)
        check_range(self.weekdays or [], 7, "weekdays")
        return self

    @property
    def hours(self) -> slice:
        """Return the counted hours of a day."""
        return slice(self.from_hour, self.to_hour)

    def counted(self, start: date, end: date, months: list[int] | None = None) -> npt.NDArray[np.bool_]:
        """Return for each day of [start, end) whether the calendar lets it count."""
        if not (months or self.weekdays or self.excluded):
            return np.ones((end - start).days, np.bool_)
        every = HighLoadTime(
            months=months or list(range(1, 13)), weekdays=self.weekdays or list(range(1, 8)),
            from_hour=self.from_hour, to_hour=self.to_hour, excluded=self.excluded,
        )  # fmt: skip
        return every.days(start, end)


class SetOnce(Strict):
    """When a power is set that then holds for a year."""

    applies_from_month: int = Field(1, ge=1, le=12, description="månad från vars början effekten gäller i ett år")


@dataclass(frozen=True)
class Days:
    """The counted days (d,) of a window, and the window's own number of days."""

    start: date
    end: date
    kept: npt.NDArray[np.bool_]  # of every day of the window
    outdoor_c: Floats | None = None  # (d,) of the kept days, where the choice asks for it

    @property
    def dates(self) -> npt.NDArray[np.datetime64]:
        """Return the counted days."""
        return np.arange(np.datetime64(self.start, "D"), np.datetime64(self.end, "D"))[self.kept]


def last_set(month: date, applies_from_month: int) -> date:
    """Return the latest day, on or before the billed month, on which a yearly power began to apply."""
    return date(month.year - (month.month < applies_from_month), applies_from_month, 1)


def season_before(day: date, months: list[int]) -> tuple[date, date]:
    """Return the latest season [first day, end) of consecutive months that ended on or before `day`."""
    end = date(day.year, months[-1], 28) + timedelta(days=4)
    end = end.replace(day=1)
    while end > day:
        end = end.replace(year=end.year - 1)
    return add_months(end, -len(months)), end


def check_season(months: list[int], key: str) -> None:
    """Raise unless the months are 1-12, each once and each following the one before."""
    check_range(months, 12, key)
    if any(after != before % 12 + 1 for before, after in pairwise(months)):
        raise wrong("månader i följd, till exempel [11, 12, 1, 2, 3]", key, months)


def choose(
    period: Period, choice: DayChoice, start: date, end: date, months: list[int] | None = None, what: str = "säsongens",
    *, with_outdoor: bool = False,
) -> Days | str:  # fmt: skip
    """Return the days of [start, end) that count, or the reason why that cannot be known."""
    kept = choice.counted(start, end, months)
    if choice.excluded_below_c is None and choice.excluded_above_c is None and not with_outdoor:
        return Days(start, end, kept)
    outdoor = outdoor_daily(period, start, end)
    missing = int(np.isnan(outdoor[kept]).sum())
    if missing:
        return f"utetemperatur saknas för {missing} av {what} {int(kept.sum())} dygn"
    with np.errstate(invalid="ignore"):
        kept = kept & (outdoor >= (-np.inf if choice.excluded_below_c is None else choice.excluded_below_c))
        kept = kept & (outdoor <= (np.inf if choice.excluded_above_c is None else choice.excluded_above_c))
    return Days(start, end, kept, outdoor[kept])


def outdoor_daily(period: Period, start: date, end: date) -> Floats:
    """Return the daily mean outdoor temperature of [start, end) [°C]; NaN where it is not known."""
    known = period.context.outdoor_daily_c
    days = [known.get(start + timedelta(days=i), np.nan) for i in range((end - start).days)]
    return np.array(days, np.float64)


def powers_of(
    period: Period, choice: DayChoice, days: Days, of: Literal["daily_mean", "highest_hour", "hour"] = "daily_mean"
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return the powers of the counted days [kW] and how many days are whole in each draw, (d or d·h, k) and (k,).

    `daily_mean` gives one mean a day, `highest_hour` the day's highest hour, `hour` every counted hour by itself.
    """
    metered, hours = period.metered, choice.hours
    if of == "daily_mean":
        means = metered.window(metered.daily_mean_kw(choice.min_hours, hours), days.start, days.end)[days.kept]
        return means, np.isfinite(means).sum(axis=0)
    least = min(choice.min_hours, choice.to_hour - choice.from_hour)
    missing = metered.window(metered.missing_hours(hours), days.start, days.end)[days.kept]
    known = missing <= choice.to_hour - choice.from_hour - least
    if of == "highest_hour":
        values = metered.window(metered.daily_max_kw(hours), days.start, days.end)[days.kept]
        return np.where(known, values, np.nan), known.sum(axis=0)
    each = metered.window(metered.hours("energy_kwh"), days.start, days.end)[days.kept][:, hours]
    values = np.where(known[:, None, :], each, np.nan)
    return values.reshape(-1, values.shape[-1]), known.sum(axis=0)


def history_reason(period: Period, start: date, what: str) -> str | None:
    """Return why the metered history does not reach back to `start`, or None where it does."""
    known_from = period.metered.first_known_day()
    return what if known_from is None or known_from > start else None


def stated(period: Period, reason: str) -> Determined:
    """Return the power stated in the contract where history is too short, else NaN and the reason."""
    if STATED not in period.options:
        return Determined(period.metered.unknown(), reason)
    value = period.option(STATED)
    what = f"{sv(value, 1)} kW enligt avtalet; {reason}"
    return Determined(np.full(period.metered.draws, value), evidence=((period.month.isoformat(), what),))
