"""Determinants of reactive power: what is drawn above the share of the active power that is free.

Grid companies let a share of the active power be free and charge the rest of the month's highest hour. The share is a
term of the list: 30 % (sundsvallelnat.se 2024: the month's highest hours of either, each for itself), 40 %
(gislavedenergi.se 2020), 50 % (teknikivast.se 2018).
"""

from __future__ import annotations

import numpy as np
from pydantic import Field

from energy.tariffs.period import Determined, Evidence, Period, coverage, missing_readings, number
from energy.tariffs.powers import PeakSettings, monthly_peak_hour
from energy.tariffs.strict import Strict
from energy.tariffs.volumes import known, summed

NOT_METERED = "reaktiv energi mäts inte i mätpunkten; uttaget över fri gräns kan anges i avtalet: options.{}"


class ReactiveEnergySettings(Strict):
    """How much is free."""

    share: float = Field(ge=0, le=1, description="fri andel av den aktiva, till exempel 0.4 för 40 %")


class ReactiveSettings(ReactiveEnergySettings):
    """How much is free, and what to do without a meter."""

    max_missing_hours: int = Field(0, ge=0, description="timmar som får sakna mätvärde, av vardera slaget")
    option: str = Field(
        "billed_reactive_kvar",
        description="nyckel i avtalets options med uttaget över fri gräns [kVAr], använd bara där det inte mäts",
    )


def reactive_peak_above_share(period: Period, settings: ReactiveSettings) -> Determined:
    """Return max(0, Qmax - share·Pmax) [kVAr], the month's highest hours of reactive and of active power.

    Where the meter does not tell reactive energy, the contract's option is used if it has one, else NaN and the reason.
    Source: sundsvallelnat.se, effektabonnemang högspänning 2024, tillämpningsavgifter.
    """
    metered, month, end = period.metered, period.month, period.month_end
    if metered.load.reactive_kvarh is None:
        if settings.option not in period.options:
            return Determined(metered.unknown(), NOT_METERED.format(settings.option))
        stated = period.option(settings.option)
        what = f"{number(stated)} kVAr över fri gräns enligt avtalet; reaktiv energi mäts inte"
        return Determined(np.full(metered.draws, stated), evidence=((month.isoformat(), what),))
    active = monthly_peak_hour(period, PeakSettings(max_missing_hours=settings.max_missing_hours))
    daily = metered.window(metered.daily_max_kw(quantity="reactive_kvarh"), month, end)
    missing = metered.window(metered.missing_hours(quantity="reactive_kvarh"), month, end).sum(axis=0)
    highest = np.fmax.reduce(daily, axis=0)
    reactive = np.where(missing <= settings.max_missing_hours, highest, np.nan)
    above = np.where(np.isnan(active.quantity), np.nan, np.maximum(reactive - settings.share * active.quantity, 0.0))
    if np.isnan(active.quantity).any():
        return Determined(above, active.reason)
    if np.isnan(above).any():
        hours = 24 * (end - month).days
        return Determined(above, coverage("reactive_kvarh", max(0, hours - int(missing.max())), hours))
    return Determined(above, evidence=(*_evidence(period, settings.share, float(active.quantity[0])), *active.evidence))


def reactive_energy_above_share(period: Period, settings: ReactiveEnergySettings) -> Determined:
    """Return max(0, ΣQ - share·ΣE) of the billed days [kVArh], for lists that price reactive energy.

    NaN with a reason where the meter does not tell reactive energy or hours are unknown.
    """
    active, reactive = summed(period, "energy_kwh"), summed(period, "reactive_kvarh")
    above = np.maximum(reactive - settings.share * active, 0.0)
    if np.isnan(active).any():
        return Determined(above, missing_readings(period, "energy_kwh"))
    return known(period, above, "reactive_kvarh")


def _evidence(period: Period, share: float, active_kw: float) -> Evidence:
    """Return (UTC hour, what) of the month's highest reactive hour in draw 0."""
    month = period.metered.window(period.metered.hours("reactive_kvarh"), period.month, period.month_end)[:, :, 0]
    at = int(np.argmax(np.fmax(month, -np.inf)))
    utc = np.datetime64(period.month, "s") + np.timedelta64((at - 1) * 3600, "s")
    free = f"fritt {number(100 * share, 0)} % av {number(active_kw)} kW"
    return ((f"{utc}Z", f"reaktiv timeffekt {number(float(month.flat[at]))} kVAr, {free}"),)
