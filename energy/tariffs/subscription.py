"""Determinants of subscribed power [kW]: chosen by the customer or recommended by the supplier, and what lies above it.

vattenfall.se, price model for companies: the supplier recommends a power; a customer may choose another one for a year
at a time, and pays for overrun only where it is lower than recommended. stockholmexergi.se, Fjärrvärme Bas, likewise.
Grids charge overrun of the subscribed power whoever chose it.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from energy.tariffs.days import DailyMeanSettings, DayChoice, Days
from energy.tariffs.methods import PowerMethod, power_of
from energy.tariffs.period import Determined, Period, number
from energy.tariffs.powers import PeakSettings, highest, monthly_peak_hour
from energy.tariffs.strict import Strict, wrong


class SubscribedSettings(Strict):
    """Which option of the contract holds the power, and what is recommended where it holds none."""

    option: str = Field("subscribed_kw", min_length=1, description="nyckel i avtalets options [kW]")
    recommended: PowerMethod | None = Field(
        None, description="leverantörens rekommenderade effekt, som gäller när avtalet inte anger någon: method och "
        "dess parametrar",
    )  # fmt: skip


class OverrunSettings(SubscribedSettings, PeakSettings, DailyMeanSettings):
    """Peak above the subscribed power."""

    of: Literal["hour", "daily_mean"] = Field("hour", description="vad som jämförs: månadens timmar eller dygnsmedel")
    charged: Literal["always", "below_recommended"] = Field(
        "always", description="när överuttag kostar: alltid, eller bara när abonnerad effekt är lägre än rekommenderad"
    )

    @model_validator(mode="after")
    def _recommended_given(self) -> OverrunSettings:
        if self.charged == "below_recommended" and self.recommended is None:
            raise wrong("recommended, när charged är below_recommended", "recommended", None)
        return self


def subscribed(period: Period, settings: SubscribedSettings) -> Determined:
    """Return the power of the contract's option [kW], else the recommended one, where the list tells how."""
    if settings.recommended is None or settings.option in period.options:
        return Determined(np.full(period.metered.draws, period.option(settings.option)))
    return power_of(period, settings.recommended)


def overrun(period: Period, settings: OverrunSettings) -> Determined | None:
    """Return how far the month's highest hour or daily mean lies above the subscribed power [kW], never below zero.

    Nothing where overrun costs only below the recommendation and the contract takes the recommended power.
    """
    only_below = settings.charged == "below_recommended"
    if only_below and settings.option not in period.options:
        return None
    limit = subscribed(period, settings)
    peak = _peak(period, settings)
    above = np.maximum(peak.quantity - limit.quantity, 0.0)
    reason, evidence = peak.reason or limit.reason, peak.evidence
    if only_below and settings.recommended is not None:
        recommended = power_of(period, settings.recommended)
        unknown = np.isnan(recommended.quantity)
        above = np.where(limit.quantity < recommended.quantity, above, np.where(unknown, np.nan, 0.0))
        what = f"rekommenderad effekt {number(recommended.quantity[0])} kW, vald {number(limit.quantity[0])} kW"
        reason, evidence = reason or recommended.reason, (*evidence, (period.month.isoformat(), what))
    return Determined(above, reason if np.isnan(above).any() else None, evidence)


def _peak(period: Period, settings: OverrunSettings) -> Determined:
    if settings.of == "hour":
        return monthly_peak_hour(period, settings)
    choice = DayChoice(min_hours=settings.min_hours, max_missing_days=settings.max_missing_days)
    every = np.ones((period.month_end - period.month).days, np.bool_)
    return highest(period, choice, Days(period.month, period.month_end, every), settings.n, "daily_mean")
