"""Power that is settled in January, on the highest high-load months of the time before.

Some grids charge the high-load power of a year when it is over: the mean of the two months with the highest hours
(ronneby.se, Effekt-Högspänningsel 2021: «slutavräkningen (januari)»; teknikivast.se, Nätavgift effektkund 2018). The
bill is what the supplier bills, so the whole fee falls on January's bill; what of it belongs to the months before is a
matter of accruals, not of the tariff.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from pydantic import Field, model_validator

from energy.calendar import month_starts, next_month
from energy.model import Floats
from energy.tariffs.days import STATED, check_season, season_before, stated
from energy.tariffs.highload import HighLoadTime
from energy.tariffs.period import Determined, Period, number
from energy.tariffs.strict import Strict, wrong

JANUARY = 1


class SettledSettings(Strict):
    """Which months are looked back at, and when in them."""

    n_months: int = Field(2, ge=1, le=12, description="antal månader som medelvärdet tas av")
    season_months: list[int] = Field(
        default=list(range(1, 13)),
        min_length=1,
        description="månaderna som avräknas, i följd och avslutade året före: 1-12 är kalenderåret, 11, 12, 1, 2, 3 en "
        "vinter",
    )
    high_load: HighLoadTime = Field(description="höglasttiden")
    max_missing_hours: int = Field(0, ge=0, description="höglasttimmar per månad som får sakna mätvärde")

    @model_validator(mode="after")
    def _months_enough(self) -> SettledSettings:
        check_season(self.season_months, "season_months")
        if len(set(self.season_months) & set(self.high_load.months)) < self.n_months:
            raise wrong("högst så många månader som har höglasttid under season_months", "n_months", self.n_months)
        return self


def settled_high_load_peak(period: Period, settings: SettledSettings) -> Determined | None:
    """Return the mean of the n highest monthly high-load peaks of the season before [kW]; nothing but in January.

    Every high-load hour of the season must be known, but for `max_missing_hours` a month; else the power that the
    contract states (billed_power_kw), if it does, else NaN and the months that lack hours. A January that is billed
    under two lists or contracts is settled under the first.
    """
    if period.month.month != JANUARY or period.first != period.month:
        return None
    start, end = season_before(period.month, settings.season_months)
    months = [m for m in month_starts(start, end - timedelta(days=1)) if m.month in settings.high_load.months]
    months = [m for m in months if settings.high_load.days(m, next_month(m)).any()]
    peaks = np.array([_peak(period, settings, month) for month in months])  # (months, k)
    power: Floats = np.sort(peaks, axis=0)[-settings.n_months :].mean(axis=0)
    unknown = np.isnan(peaks).any(axis=0)
    power = np.where(unknown, np.nan, power)
    if unknown.any():
        lacking = ", ".join(f"{m:%Y-%m}" for m, row in zip(months, peaks, strict=True) if np.isnan(row).any())
        reason = f"avräkningen av {start} - {end - timedelta(days=1)} saknar höglasttimmar i {lacking}"
        return stated(period, reason) if STATED in period.options else Determined(power, reason)
    top = np.argsort(-peaks[:, 0], kind="stable")[: settings.n_months]
    return Determined(power, evidence=tuple(_evidence(period, settings.high_load, months[i]) for i in sorted(top)))


def _peak(period: Period, settings: SettledSettings, month: date) -> Floats:
    """Return the month's highest high-load hour (k,) [kW]; NaN where hours are missing."""
    metered, end = period.metered, next_month(month)
    hours = slice(settings.high_load.from_hour, settings.high_load.to_hour)
    days = settings.high_load.days(month, end)
    highest = np.fmax.reduce(metered.window(metered.daily_max_kw(hours), month, end)[days], axis=0)
    missing = metered.window(metered.missing_hours(hours), month, end)[days].sum(axis=0)
    return np.where(missing <= settings.max_missing_hours, highest, np.nan)


def _evidence(period: Period, high_load: HighLoadTime, month: date) -> tuple[str, str]:
    """Return (UTC hour, what) of the month's highest high-load hour in draw 0."""
    end = next_month(month)
    days = np.flatnonzero(high_load.days(month, end))
    rows = period.metered.window(period.metered.hours("energy_kwh"), month, end)[days]
    found = rows[:, high_load.from_hour : high_load.to_hour, 0]
    day, hour = np.unravel_index(int(np.nanargmax(found)), found.shape)
    utc = np.datetime64(month, "s") + np.timedelta64(24 * int(days[day]) + high_load.from_hour + int(hour) - 1, "h")
    return f"{utc}Z", f"månadens högsta höglasttimme {number(float(found[day, hour]))} kW"
