"""A power method inside another: the recommended subscription, the power whose utilisation is judged.

A table `{ method = "effect_signature", … }` with the method's own parameters, for the methods that give one power [kW].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from energy.tariffs.category import CategorySettings, category_number
from energy.tariffs.days import STATED, stated
from energy.tariffs.period import CONTRACT_MAY_SET, Determined, Period
from energy.tariffs.powers import (
    HighestDaysSettings,
    PeakSettings,
    SeasonSettings,
    highest_daily_mean_in_season,
    mean_of_highest_daily_means,
    monthly_peak_hour,
)
from energy.tariffs.signature import SignatureSettings, effect_signature
from energy.tariffs.strict import Strict


class HighestDays(HighestDaysSettings):
    """The method mean_of_highest_daily_means."""

    method: Literal["mean_of_highest_daily_means"]


class Season(SeasonSettings):
    """The method highest_daily_mean_in_season."""

    method: Literal["highest_daily_mean_in_season"]


class Signature(SignatureSettings):
    """The method effect_signature."""

    method: Literal["effect_signature"]


class Category(CategorySettings):
    """The method category_number."""

    method: Literal["category_number"]


class PeakHour(PeakSettings):
    """The method monthly_peak_hour."""

    method: Literal["monthly_peak_hour"]


class Stated(Strict):
    """The power the supplier states, which the contract's option holds."""

    method: Literal["stated"]


PowerMethod = Annotated[HighestDays | Season | Signature | Category | PeakHour | Stated, Field(discriminator="method")]


def stated_power(period: Period, settings: Stated) -> Determined:
    """Return the power in the contract's option `billed_power_kw` [kW]; NaN with a reason where there is none."""
    return stated(period, f"effekten anges i avtalets options, nyckel {STATED}")


POWER_METHODS: Mapping[str, Callable[[Period, Any], Determined]] = {
    "mean_of_highest_daily_means": mean_of_highest_daily_means,
    "highest_daily_mean_in_season": highest_daily_mean_in_season,
    "effect_signature": effect_signature,
    "category_number": category_number,
    "monthly_peak_hour": monthly_peak_hour,
    "stated": stated_power,
}


def power_of(period: Period, settings: PowerMethod) -> Determined:
    """Return the power of a nested method [kW], with what the contract decides about gaps and short history."""
    chosen = {k: v for k, v in period.options.items() if k in CONTRACT_MAY_SET and k in type(settings).model_fields}
    if chosen:
        settings = type(settings).model_validate(settings.model_dump() | chosen)
    return POWER_METHODS[settings.method](period, settings)
