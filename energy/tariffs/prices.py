"""From determinant to SEK: flat, monthly, seasonal and banded prices, spread by days, twelfths or months.

A band includes its upper edge unless the list says `edge = "upper"`; billed power is rounded before it meets the bands,
where the list says how (`round_kw`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from energy.calendar import next_month
from energy.model import Floats
from energy.swedish import sv_short
from energy.tariffs.bands import Band, Edge, Rounding, band_amount, band_of, check_bands
from energy.tariffs.highload import check_range
from energy.tariffs.strict import Strict, allowed_text, wrong


@dataclass(frozen=True)
class PriceUnit:
    """A unit as written in price lists: per which determinant unit, the factor to SEK, and per which time."""

    priced_per: str
    factor: float
    time: Literal["none", "month", "year"] = "none"


PRICE_UNITS: Mapping[str, PriceUnit] = {
    "SEK/year": PriceUnit("st", 1.0, "year"),
    "SEK/month": PriceUnit("st", 1.0, "month"),
    "SEK/kWh": PriceUnit("kWh", 1.0),
    "SEK/MWh": PriceUnit("kWh", 1e-3),
    "öre/kWh": PriceUnit("kWh", 1e-2),
    "SEK/kW": PriceUnit("kW", 1.0),
    "SEK/kW,year": PriceUnit("kW", 1.0, "year"),
    "SEK/kW,month": PriceUnit("kW", 1.0, "month"),
    "SEK/MWh,year": PriceUnit("kWh per år", 1e-3, "year"),
    "SEK/kVAr,month": PriceUnit("kVAr", 1.0, "month"),
    "SEK/kVAr,year": PriceUnit("kVAr", 1.0, "year"),
    "SEK/kVArh": PriceUnit("kVArh", 1.0),
    "SEK/m3": PriceUnit("m³", 1.0),
    "SEK/MWh,°C": PriceUnit("MWh·°C", 1.0),
    "spot": PriceUnit("spot", 1.0),
}


class Season(Strict):
    """One price for some months."""

    months: list[int] = Field(min_length=1)
    price: float


class Price(Strict):
    """How a determinant is priced; exactly one of value, by_month, seasons, bands and tax, or an option."""

    unit: str
    value: float | None = None
    by_month: list[float] | None = None
    seasons: list[Season] | None = None
    bands: list[Band] | None = None
    above: float | None = None  # the lowest band begins above this; below it the list has no price
    edge: Edge | None = None  # the band that holds a value on an edge: lower (unless said) or upper
    round_kw: Rounding | None = None  # how billed power is rounded before it is priced
    option: str | None = None  # the contract's option that holds the price; `value`, if given, is its default
    tax: Literal["energy_tax_electricity"] | None = None
    carried_by: Literal["grid", "retail"] | None = None
    spread: Literal["days", "twelfths"] | None = None  # how a price per year falls on months

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, unit: str) -> str:
        if unit not in PRICE_UNITS:
            raise wrong(allowed_text(unit, PRICE_UNITS))
        return unit

    @field_validator("by_month")
    @classmethod
    def _twelve(cls, values: list[float] | None) -> list[float] | None:
        if values is not None and len(values) != 12:
            raise wrong("tolv tal, januari-december")
        return values

    @field_validator("seasons")
    @classmethod
    def _whole_year(cls, seasons: list[Season] | None) -> list[Season] | None:
        months = sorted(month for season in seasons or [] for month in season.months)
        if seasons is not None and months != list(range(1, 13)):
            raise wrong("säsonger där varje månad 1-12 finns exakt en gång")
        return seasons

    @model_validator(mode="after")
    def _one_form(self) -> Price:
        forms = ("value", "by_month", "seasons", "bands", "tax")
        given = [name for name in forms if getattr(self, name) is not None]
        if len(given) != 1 and not (self.option and given in ([], ["value"])):
            raise wrong(f"exakt en av {', '.join(forms)}, eller option", "value", given)
        if (self.spread is not None) != (PRICE_UNITS[self.unit].time == "year"):
            raise wrong("days eller twelfths när och endast när priset är per år", "spread", self.spread)
        for key in ("above", "edge"):
            if getattr(self, key) is not None and self.bands is None:
                raise wrong("bara tillsammans med bands", key, getattr(self, key))
        if self.round_kw is not None and PRICE_UNITS[self.unit].priced_per != "kW":
            raise wrong("bara för priser per kW", "round_kw", self.unit)
        if self.bands is not None:
            check_bands(self.bands, self.above, self.round_kw.step if self.round_kw else 1.0)
        if (self.tax is None) != (self.carried_by is None) or (self.tax and self.unit != "öre/kWh"):
            raise wrong("grid eller retail när och endast när tax anges; skatt har enheten öre/kWh", "carried_by")
        return self

    def excluding_vat(self, rate: float) -> Price:
        """Return the price with every amount divided by 1 + rate. Options and taxes are excl. VAT already."""
        update = {
            "value": None if self.value is None else self.value / (1 + rate),
            "by_month": None if self.by_month is None else [price / (1 + rate) for price in self.by_month],
            "seasons": self.seasons
            and [one.model_copy(update={"price": one.price / (1 + rate)}) for one in self.seasons],
            "bands": self.bands
            and [
                one.model_copy(update={"price": one.price / (1 + rate), "fixed": one.fixed / (1 + rate)})
                for one in self.bands
            ],
        }
        return self.model_copy(update=update)

    def outside(self) -> str:
        """Return the Swedish reason why a quantity has no price in this list's bands."""
        bands = self.bands or []
        last = bands[-1].up_to if bands else None
        lowest = f"effekten ligger inte över prislistans lägsta gräns, {sv_short(self.above or 0)} kW"
        if bands and bands[0].begins is not None:
            lowest = f"effekten ligger under prislistans lägsta gräns, {sv_short(bands[0].begins)} kW"
        return lowest if last is None else f"{lowest}, eller över den högsta, {sv_short(last)} kW"

    def flat(self, month: int) -> float | None:
        """Return the month's price in its own unit; None for a banded price or one that an option or tax holds."""
        if self.by_month is not None:
            return self.by_month[month - 1]
        if self.seasons is not None:
            return next(season.price for season in self.seasons if month in season.months)
        return self.value


def check_months(months: list[int] | None) -> list[int] | None:
    """Return the months of a component, or raise unless they are 1-12, each once."""
    if months is not None:
        check_range(months, 12, "months")
    return months


def time_share(price: Price, first: date, end: date) -> float:
    """Return the part of a year's or month's price that falls on the days [first, end) of one month.

    By days: days / days of the year (goteborgenergi.se price list 2024, April 30/366). By twelfths: 1/12 of the year
    a month. A part of a month always counts by its days.
    """
    time, days = PRICE_UNITS[price.unit].time, (end - first).days
    if time == "none":
        return 1.0
    if price.spread == "days":
        return days / (date(first.year + 1, 1, 1) - date(first.year, 1, 1)).days
    month = first.replace(day=1)
    of_month = days / (next_month(month) - month).days
    return of_month / 12 if time == "year" else of_month


def rounded(price: Price, quantity: Floats) -> Floats:
    """Return the quantity as it is priced and shown, (k,): power rounded where the list says how."""
    return quantity if price.round_kw is None else price.round_kw.apply(quantity)


def banded(price: Price, quantity: Floats) -> Floats:
    """Return fixed + price·quantity of the band each draw falls in, (k,); NaN where the list has no band."""
    bands = price.bands or []
    at = band_of(bands, price.edge or "lower", quantity)
    fixed = np.array([band.fixed for band in bands])[at]
    amount: Floats = fixed + np.array([band.price for band in bands])[at] * quantity
    first, last = bands[0].begins, bands[-1].up_to
    for limit, known in ((price.above, np.greater), (first, np.greater_equal), (last, np.less_equal)):
        amount = amount if limit is None else np.where(known(quantity, limit), amount, np.nan)
    return amount


def band_steps(price: Price) -> list[tuple[float, float, float]]:
    """Return (edge, SEK by the lower band, SEK by the upper band) of every edge where the price makes a step.

    Both amounts are at the edge itself, in SEK per the price's own year or month; published lists are kept with their
    steps, also where more power costs less. Empty for a price that is continuous to the öre, or has no bands.
    """
    steps = []
    for lower, upper in pairwise(price.bands or []):
        assert lower.up_to is not None
        below, over = band_amount(lower, lower.up_to), band_amount(upper, lower.up_to)
        if abs(over - below) >= 0.005:
            steps.append((lower.up_to, below, over))
    return steps


def amount_sek(price: Price, rate: float | None, quantity: Floats, first: date, end: date) -> Floats:
    """Return the amount of one component (k,) [SEK]; `rate` in the price's own unit, None for a banded price."""
    scale = PRICE_UNITS[price.unit].factor * time_share(price, first, end)
    if price.bands is not None:
        return banded(price, quantity) * scale
    assert rate is not None
    return rate * quantity * scale
