"""The category number: billed power is a normal year's energy divided by a number of hours (kategorital) [kW].

karlskogaenergi.se price list 2023: mean of the last two calendar years, degree-day corrected, by 2 200 h (housing) or
1 700 h (premises), set every year and, where it changes by more than 10 %, at mid-year. bodensenergi.se until 2020:
2 400 and 1 900 h. skekraft.se 2016: December to February by 940 or 790 h. varmevarden.se Ösmo and Stora Vika: mean
power of January and February of two years, temperature corrected. karlsborgsenergi.se 2023 bills the corrected energy
of two winters itself, four fifths of it weather dependent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from energy.calendar import add_months
from energy.errors import TariffError
from energy.model import Floats
from energy.swedish import sv_short
from energy.tariffs.days import DailyMeanSettings, SetOnce, check_season, last_set, outdoor_daily, season_before, stated
from energy.tariffs.degree_days import corrected, heating_degree_days_kd, normal_of_days_kd
from energy.tariffs.metered import Same
from energy.tariffs.period import Determined, Evidence, Period, number
from energy.tariffs.strict import allowed_text, wrong


class CorrectedEnergySettings(DailyMeanSettings, SetOnce):
    """Whose energy, of which months, corrected how."""

    years: int = Field(2, ge=1, le=5, description="år (säsonger) vars medel används")
    season_months: list[int] | None = Field(
        None,
        min_length=1,
        description="månader i följd som räknas av varje år; utan dem de tolv månaderna dessförinnan",
    )
    normal_kd: list[float] | Literal["normal_year", "uncorrected"] = Field(
        "normal_year",
        description="normalårets graddagar [kd]: tolv månadsvärden, normal_year = de som anges vid sidan av listan, "
        "eller uncorrected = ingen korrigering",
    )
    degree_days: Literal["plain", "seasonal_limits"] = Field(
        "plain", description="graddagarnas definition: 17 °C rakt av, eller SMHI:s månadsgränser före 2015"
    )
    weather_share: float = Field(
        1.0, ge=0, le=1, description="andel av energin som följer vädret; resten korrigeras inte"
    )
    reset_above_share: float | None = Field(
        None, gt=0, description="ny effekt efter ett halvår om den då skiljer mer än så, till exempel 0.1"
    )

    @field_validator("season_months")
    @classmethod
    def _season(cls, months: list[int] | None) -> list[int] | None:
        check_season(months or [], "season_months")
        return months

    @model_validator(mode="after")
    def _one_definition(self) -> CorrectedEnergySettings:
        if isinstance(self.normal_kd, list) and len(self.normal_kd) != 12:
            raise wrong("tolv tal, januari-december", "normal_kd", self.normal_kd)
        if self.degree_days != "plain" and self.normal_kd == "normal_year":
            raise wrong("tolv tal av samma definition som degree_days", "normal_kd", self.normal_kd)
        return self


class CategorySettings(CorrectedEnergySettings):
    """The same, and the hours."""

    hours: float | dict[str, float] | Literal["window"] = Field(
        description="kategorital [h]: ett tal, en tabell kategori = tal, eller window = fönstrets egna timmar"
    )
    option: str | None = Field(
        None, min_length=1, description="nyckel i avtalets options som håller kategorin, när hours är en tabell"
    )

    @model_validator(mode="after")
    def _hours(self) -> CategorySettings:
        numbers = list(self.hours.values()) if isinstance(self.hours, dict) else [self.hours]
        if not numbers or any(one != "window" and not float(one) > 0 for one in numbers):
            raise wrong("tal större än 0", "hours", self.hours)
        if isinstance(self.hours, dict) != (self.option is not None):
            raise wrong("en nyckel när och endast när hours är en tabell", "option", self.option)
        return self


@dataclass(frozen=True)
class _Found:
    """Corrected energy of a mean year [kWh] and the hours of its window; NaN with a reason where it is not known."""

    energy_kwh: Floats
    hours: float
    reason: str | None = None
    evidence: Evidence = ()


def category_number(period: Period, settings: CategorySettings) -> Determined:
    """Return normal-year energy / category number, the power that holds from its yearly date [kW]."""
    hours = _category_hours(period, settings)

    def power(day: date) -> Determined:
        found = _corrected(period, settings, day)
        divisor = found.hours if hours is None else hours
        evidence = tuple((day_, f"{what}, delat med {sv_short(divisor)} h") for day_, what in found.evidence)
        return Determined(found.energy_kwh / divisor, found.reason, evidence)

    return _set(period, settings, ("category", hours), power, may_be_stated=True)


def corrected_energy(period: Period, settings: CorrectedEnergySettings) -> Determined:
    """Return the normal-year energy itself, which holds from its yearly date [kWh]."""

    def energy(day: date) -> Determined:
        found = _corrected(period, settings, day)
        return Determined(found.energy_kwh, found.reason, found.evidence)

    return _set(period, settings, ("corrected energy",), energy)


def _set(
    period: Period, settings: CorrectedEnergySettings, key: tuple[object, ...], find: Callable[[date], Determined],
    *, may_be_stated: bool = False,
) -> Determined:  # fmt: skip
    """Return what was found on the yearly date, or half a year later where it had changed more than the limit."""
    day = last_set(period.month, settings.applies_from_month)
    half = add_months(day, 6)

    def once(at: date) -> Determined:
        whole = (*key, settings.model_dump_json(), at, Same(period.context))
        return period.metered.remember(whole, lambda: find(at))  # type: ignore[no-any-return]

    first = once(day)
    if first.reason and may_be_stated and np.isnan(first.quantity).all():
        first = stated(period, first.reason)
    if settings.reset_above_share is None or period.month < half:
        return first
    later = once(half)
    changed = np.abs(later.quantity - first.quantity) > settings.reset_above_share * first.quantity
    quantity = np.where(changed | np.isnan(later.quantity), later.quantity, first.quantity)
    return Determined(quantity, first.reason or later.reason, later.evidence if changed[0] else first.evidence)


def _category_hours(period: Period, settings: CategorySettings) -> float | None:
    """Return the category number [h], None for the window's own hours. Raises TariffError for an unknown category."""
    if not isinstance(settings.hours, dict):
        return None if settings.hours == "window" else float(settings.hours)
    chosen = period.options.get(str(settings.option))
    if chosen not in settings.hours:
        found = "inget" if chosen is None else repr(chosen)
        raise TariffError(
            f"avtalet för mätpunkt {period.metered.load.metering_point}: nyckel «options.{settings.option}»: "
            f"fann {found}. Tillåtet: {allowed_text(chosen, settings.hours)}."
        )
    return float(settings.hours[chosen])


def _windows(settings: CorrectedEnergySettings, day: date) -> list[tuple[date, date]]:
    """Return the windows [first, end), latest first, that ended on or before `day`."""
    months = settings.season_months
    start, end = (add_months(day, -12), day) if months is None else season_before(day, months)
    return [(add_months(start, -12 * back), add_months(end, -12 * back)) for back in range(settings.years)]


def _corrected(period: Period, settings: CorrectedEnergySettings, day: date) -> _Found:
    windows = _windows(settings, day)
    known_from, first = period.metered.first_known_day(), windows[-1][0]
    if known_from is None or known_from > first:
        have = f"mätvärdena börjar {known_from or 'inte alls'}, fönstret {first}"
        return _Found(period.metered.unknown(), 1.0, f"historiken är för kort: {have}")
    total, hours, gaps, reason = np.zeros(period.metered.draws), 0.0, 0, None
    for start, end in windows:
        count = (end - start).days
        daily = period.metered.window(period.metered.daily_mean_kw(settings.min_hours), start, end)
        known = np.isfinite(daily).sum(axis=0)
        enough = known >= max(1, count - settings.max_missing_days)
        if not enough.all():
            least = f"{int(known.min())} av {count} dygn har dygnsmedel"
            reason = f"energin {start} till {end} saknas: {least}, högst {settings.max_missing_days} får saknas"
        factor = _factor(period, settings, start, end)
        if isinstance(factor, str):
            return _Found(period.metered.unknown(), 1.0, factor)
        energy = np.nansum(daily, axis=0) * 24 * (count / np.maximum(known, 1)) * factor
        total += np.where(enough, energy, np.nan) / len(windows)
        hours += 24.0 * count / len(windows)
        gaps += count - int(known[0])
    note = f" ({gaps} dygn utan mätvärden räknas som ett medeldygn)" if gaps else ""
    what = f"{number(total[0] / 1000)} MWh normalårskorrigerad energi, medel av {len(windows)} år{note}"
    return _Found(total, hours, reason, ((first.isoformat(), what),))


def _factor(period: Period, settings: CorrectedEnergySettings, start: date, end: date) -> float | str:
    """Return what the energy of a window is multiplied with, or the reason why that is not known."""
    if settings.normal_kd == "uncorrected" or settings.weather_share == 0:
        return 1.0
    given = period.context.normal_heating_degree_days_kd
    months = (
        settings.normal_kd if isinstance(settings.normal_kd, list) else [given.get(m, np.nan) for m in range(1, 13)]
    )
    days = np.arange(np.datetime64(start, "D"), np.datetime64(end, "D"))
    normal = normal_of_days_kd(days, months)
    if np.isnan(normal):
        return "normalårets graddagar saknas för någon av fönstrets månader"
    outdoor = outdoor_daily(period, start, end)
    if np.isnan(outdoor).any():
        return f"utetemperatur saknas för {int(np.isnan(outdoor).sum())} av {len(days)} dygn {start} till {end}"
    actual = float(heating_degree_days_kd(days, outdoor, settings.degree_days).sum())
    if actual <= 0:
        return f"inga graddagar {start} till {end}: energin kan inte normalårskorrigeras"
    return float(corrected(np.ones(1), actual, normal, settings.weather_share)[0])
