"""What a full-year forecast takes and gives: months that have been, and the rows of the year and of its months."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from energy.model import Band


@dataclass(frozen=True)
class Past:
    """A month that has been: what a carrier cost per component [SEK], NaN where unknown, and its energy [kWh].

    `basis` outcome (invoiced) or accrued (recomputed, not invoiced yet).
    """

    carrier: str
    month: date
    basis: str
    amounts: Mapping[str, float]
    energy_kwh: float
    reason: str | None = None


@dataclass(frozen=True)
class YearRow:
    """The forecast of one year, carrier and component ("all" for sums). SEK excl. VAT, kWh; NaN where not assessed."""

    year: int
    carrier: str
    component: str
    made_from: date
    outcome_sek: float
    remaining_sek: Band
    forecast_sek: Band
    outcome_kwh: float
    forecast_kwh: Band
    weather_years: int
    reason: str | None  # why there is no figure, or else what the figure assumes


@dataclass(frozen=True)
class MonthRow:
    """One month of the year and carrier: as it was (a band of no width) or as forecast."""

    carrier: str
    month: date
    basis: str  # outcome, accrued, forecast
    amount_sek: Band
    energy_kwh: Band
    reason: str | None


@dataclass(frozen=True)
class Forecast:
    """The rows of a year and of its months; `lags_h` metering point -> the thermal lag its model took [h]."""

    years: tuple[YearRow, ...]
    months: tuple[MonthRow, ...]
    lags_h: Mapping[str, float]
