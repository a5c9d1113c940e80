"""The effect signature: daily mean power against outdoor temperature, extrapolated to a design temperature [kW].

A supplier sets the power of a year from last heating season's working days, so one odd day does not decide it:
hem.se and seom.se (weekdays 1 October to 30 April, 10 °C or colder), skekraft.se (weekdays November to March),
stockholmexergi.se, Fjärrvärme Bas (weekdays of the last May to April, need at -15 °C, set 1 January), eem.se.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field, model_validator

from energy.model import Floats
from energy.swedish import sv_short
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
from energy.tariffs.metered import Same
from energy.tariffs.period import Determined, Period, number
from energy.tariffs.strict import wrong


class SignatureSettings(DayChoice, SetOnce):
    """Which days the line is fitted to, and where it is read off."""

    season_months: list[int] = Field(min_length=1, description="säsongens månader i följd, till exempel 10, 11, 12, 1")
    weekdays: list[int] | None = Field(
        [1, 2, 3, 4, 5], min_length=1, description="veckodagar som räknas, 1 = måndag; förval vardagar"
    )
    design_c: float | None = Field(None, description="utetemperatur som effekten läses av vid [°C]")
    option: str | None = Field(
        None, min_length=1, description="nyckel i avtalets options för den temperaturen, när design_c inte anges [°C]"
    )
    min_days: int = Field(30, ge=3, description="dygn som en anpassning minst kräver")
    min_span_k: float = Field(5.0, gt=0, description="minsta skillnad mellan kallaste och varmaste räknade dygn [K]")

    @model_validator(mode="after")
    def _season(self) -> SignatureSettings:
        check_season(self.season_months, "season_months")
        if (self.design_c is None) == (self.option is None):
            raise wrong("antingen design_c eller option", "design_c", self.design_c)
        return self


def effect_signature(period: Period, settings: SignatureSettings) -> Determined:
    """Return the power the line through last season's daily means gives at the design temperature [kW].

    Ordinary least squares, P = a + b·T_out, over the counted days, all draws at once; it holds a year from the month
    it applies. NaN with a reason where days or temperatures are too few or too alike, or b is not negative.
    """
    design = period.option(settings.option) if settings.option else float(settings.design_c or 0.0)
    start, end = season_before(last_set(period.month, settings.applies_from_month), settings.season_months)
    reason = history_reason(period, start, f"säsongen {start:%Y-%m-%d}-{end:%Y-%m-%d} finns inte hel i mätvärdena")
    if reason:
        return stated(period, reason)

    def find() -> Determined:
        days = choose(period, settings, start, end, with_outdoor=True)
        if isinstance(days, str):
            return Determined(period.metered.unknown(), days)
        return _fit(period, settings, days, design)

    key = ("signature", settings.model_dump_json(), design, start, Same(period.context.outdoor_daily_c))
    return period.metered.remember(key, find)  # type: ignore[no-any-return]


def _fit(period: Period, settings: SignatureSettings, days: Days, design: float) -> Determined:
    assert days.outdoor_c is not None
    power, known = powers_of(period, settings, days)
    outdoor, count = days.outdoor_c, len(days.outdoor_c)
    span = float(np.ptp(outdoor)) if count else 0.0
    if count < settings.min_days:
        return _refused(period, f"{count} räknade dygn, minst {settings.min_days} krävs")
    if span < settings.min_span_k:
        least = sv_short(settings.min_span_k)
        return _refused(period, f"utetemperaturen skiljer bara {number(span)} K, minst {least} krävs")
    enough = known >= max(settings.min_days, count - settings.max_missing_days)
    level, slope, centre = line(outdoor, power)
    found = np.where(enough & (slope < 0), level + slope * (design - centre), np.nan)
    if not enough.all():
        lacking = f"{int(known.min())} av {count} dygn har dygnsmedel, högst {settings.max_missing_days} får saknas"
        return _refused(period, lacking, found)
    if np.isnan(found).any():
        return _refused(period, f"effekten stiger inte med kylan ({number(float(-slope.max()), 2)} kW per grad)", found)
    what = f"effektsignatur av {int(known[0])} dygn: {number(float(-slope[0]), 2)} kW per grad, "
    what += f"läst vid {sv_short(design)} °C"
    return Determined(found, evidence=((days.start.isoformat(), what),))


def _refused(period: Period, why: str, found: Floats | None = None) -> Determined:
    quantity = period.metered.unknown() if found is None else found
    return Determined(quantity, f"effektsignaturen kan inte bestämmas: {why}")


def line(x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Return (mean of y, slope, mean of x) of least squares in each column of y, (k,); NaN of y is left out.

    `x` is (d,), `y` (d, k). The line is mean_y + slope·(x - mean_x). NaN slope where the kept x are all alike.
    """
    known = np.isfinite(y)
    weight = known.astype(np.float64)
    count = np.maximum(weight.sum(axis=0), 1.0)
    shifted = x - x.mean()
    filled = np.where(known, y, 0.0)
    centre, level = shifted @ weight / count, filled.sum(axis=0) / count
    spread = shifted**2 @ weight - count * centre**2
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(spread > 0, (shifted @ filled - count * centre * level) / spread, np.nan)
    return level, slope, centre + x.mean()
