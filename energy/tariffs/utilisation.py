"""Utilisation time U = a year's energy / billed power [h], and the prices that depend on it.

A store or heat pump that takes the base load leaves the peaks, U falls, and the customer may meet dearer power:
vattenfall.se from 2024, power prices Standard and Spetsig; seom.se 2022, a surcharge below 2 300 h that grows linearly,
billed power times the missing hours times a price; sfab.se 2020, Prislista Topp.
"""

from __future__ import annotations

from datetime import date

import numpy as np
from pydantic import Field, model_validator

from energy.calendar import add_months
from energy.model import Floats
from energy.tariffs.days import DailyMeanSettings, last_set
from energy.tariffs.methods import PowerMethod, power_of
from energy.tariffs.period import Determined, Evidence, Period, number
from energy.tariffs.strict import wrong


class UtilisationSettings(DailyMeanSettings):
    """Whose power, and over which year the energy is counted."""

    power: PowerMethod = Field(description="hur effekten bestäms: method och dess parametrar")
    applies_from_month: int | None = Field(
        None, ge=1, le=12,
        description="månad från vars början utnyttjningstiden gäller i ett år, av de tolv månaderna dessförinnan; "
        "utan den räknas de tolv månader som slutar med fakturamånaden",
    )  # fmt: skip

    def window(self, period: Period) -> tuple[date, date]:
        """Return the twelve months [first day, end) whose energy counts."""
        month = self.applies_from_month
        end = period.month_end if month is None else last_set(period.month, month)
        return add_months(end, -12), end


class PriceCategorySettings(UtilisationSettings):
    """The same, and the utilisation times that make the category."""

    from_h: float | None = Field(None, ge=0, description="kategorin gäller från denna utnyttjningstid [h]")
    below_h: float | None = Field(None, gt=0, description="kategorin gäller under denna utnyttjningstid [h]")

    @model_validator(mode="after")
    def _a_range(self) -> PriceCategorySettings:
        if self.from_h is None and self.below_h is None:
            raise wrong("minst en av from_h och below_h", "from_h", None)
        if self.from_h is not None and self.below_h is not None and self.below_h <= self.from_h:
            raise wrong("mer än from_h", "below_h", self.below_h)
        return self


class ShortfallSettings(UtilisationSettings):
    """The same, and the utilisation time below which a surcharge begins."""

    reference_h: float = Field(gt=0, description="utnyttjningstid under vilken tillägget börjar [h]")
    per_h: float | None = Field(
        None, gt=0, description="timmar som priset per kW avser; förval reference_h, så att U = 0 ger hela effekten"
    )


def power_in_category(period: Period, settings: PriceCategorySettings) -> Determined | None:
    """Return the billed power [kW], charged only in draws whose utilisation time is in the category; else nothing.

    One component a category, Standard and Spetsig for instance, each with its own prices.
    """
    power, hours, reason, evidence = _utilisation(period, settings)
    low = 0.0 if settings.from_h is None else settings.from_h
    high = np.inf if settings.below_h is None else settings.below_h
    outside = (hours < low) | (hours >= high)  # an unknown time is never outside
    if outside.all():
        return None
    quantity = np.where(outside, 0.0, np.where(np.isnan(hours), np.nan, power.quantity))
    return Determined(quantity, reason, evidence, applies=~outside)


def utilisation_shortfall(period: Period, settings: ShortfallSettings) -> Determined:
    """Return P·(U_ref - U)/per_h where U is below U_ref, else 0 [kW]: what a linear surcharge is priced on.

    Source: seom.se, Priser och villkor 2022, Pristillägg.
    """
    power, hours, reason, evidence = _utilisation(period, settings)
    missing = np.maximum(settings.reference_h - hours, 0.0)
    return Determined(power.quantity * missing / (settings.per_h or settings.reference_h), reason, evidence)


def _utilisation(period: Period, settings: UtilisationSettings) -> tuple[Determined, Floats, str | None, Evidence]:
    """Return (power, utilisation time [h] (k,), reason where unknown, evidence)."""
    power = power_of(period, settings.power)
    start, end = settings.window(period)
    daily = period.metered.window(period.metered.daily_mean_kw(settings.min_hours), start, end)
    known, count = np.isfinite(daily).sum(axis=0), (end - start).days
    energy = np.nansum(daily, axis=0) * 24 * (count / np.maximum(known, 1))
    energy = np.where(known >= max(1, count - settings.max_missing_days), energy, np.nan)
    positive = power.quantity > 0
    hours = np.where(positive, energy / np.where(positive, power.quantity, 1.0), np.nan)
    if not np.isnan(hours).any():
        what = (
            f"utnyttjningstid {number(hours[0], 0)} h: {number(energy[0] / 1000)} MWh / {number(power.quantity[0])} kW"
        )
        return power, hours, None, (*power.evidence, (start.isoformat(), what))
    gaps = f"energin {start} till {end} saknas: {int(known.min())} av {count} dygn har dygnsmedel"
    zero = "utnyttjningstiden kan inte bestämmas: effekten är 0"
    return power, hours, power.reason or (gaps if np.isnan(energy).any() else zero), power.evidence
