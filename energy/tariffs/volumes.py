"""Determinants that are sums over the billed days: energy, flow, return temperature, fixed."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from energy.model import Floats
from energy.tariffs.highload import HighLoadTime
from energy.tariffs.metered import Quantity
from energy.tariffs.period import Determined, Period, any_unknown, missing_readings, number
from energy.tariffs.strict import Strict, wrong

Form = Literal["two_sided", "charge_only", "rebate_only"]


class NoSettings(Strict):
    """No parameters."""


class EnergySettings(Strict):
    """Which hours are summed."""

    time: Literal["all", "high_load", "low_load"] = Field("all", description="alla timmar, höglasttid eller övrig tid")
    high_load: HighLoadTime | None = Field(None, description="höglasttiden, när time inte är all")

    @model_validator(mode="after")
    def _high_load_given(self) -> EnergySettings:
        if (self.time == "all") != (self.high_load is None):
            raise wrong("high_load anges när och endast när time är high_load eller low_load", "high_load", self.time)
        return self


class ReferenceSettings(Strict):
    """What the return temperature is compared with."""

    reference_c: list[float] | Literal["system_return_c"] = Field(
        description="referens [°C]: tolv månadsvärden, eller system_return_c = nätets medelvärde som anges vid sidan av"
    )
    form: Form = Field("two_sided", description="avgift och rabatt, bara avgift eller bara rabatt")
    charge_above_c: float | None = Field(None, description="ingen avgift vid högst denna returtemperatur [°C]")
    rebate_below_c: float | None = Field(None, description="ingen rabatt vid minst denna returtemperatur [°C]")
    counted_to_c: float | None = Field(None, description="grader över denna returtemperatur räknas inte [°C]")
    counted_from_c: float | None = Field(None, description="grader under denna returtemperatur räknas inte [°C]")

    @model_validator(mode="after")
    def _twelve(self) -> ReferenceSettings:
        if isinstance(self.reference_c, list) and len(self.reference_c) != 12:
            raise wrong("tolv tal, januari-december, eller texten system_return_c", "reference_c", self.reference_c)
        for low, high in (("rebate_below_c", "charge_above_c"), ("counted_from_c", "counted_to_c")):
            bottom, top = getattr(self, low), getattr(self, high)
            if bottom is not None and top is not None and bottom > top:
                raise wrong(f"högst {high}", low, bottom)
        return self

    def degrees(self, return_c: Floats, reference_c: float) -> Floats:
        """Return the degrees that are priced [K]: positive is a charge, negative a rebate, same shape."""
        low = -np.inf if self.counted_from_c is None else self.counted_from_c
        high = np.inf if self.counted_to_c is None else self.counted_to_c
        found = _one_sided(np.clip(return_c, low, high) - reference_c, self.form)
        if self.charge_above_c is not None:
            found = np.where((found > 0) & (return_c <= self.charge_above_c), 0.0, found)
        if self.rebate_below_c is not None:
            found = np.where((found < 0) & (return_c >= self.rebate_below_c), 0.0, found)
        return found


class FlowReferenceSettings(Strict):
    """What the flow is compared with."""

    reference_m3_per_mwh: float = Field(gt=0, description="referensflöde [m³/MWh]")
    form: Form = Field("two_sided", description="avgift och rabatt, bara avgift eller bara rabatt")


def fixed(period: Period, settings: NoSettings) -> Determined:
    """Return 1: the price alone decides."""
    return Determined(np.ones(period.metered.draws))


def billed_energy_kwh(period: Period, settings: EnergySettings) -> Determined | None:
    """Return the energy of the billed days [kWh], of all hours or of (all but) high-load time."""
    if settings.high_load is None:
        return known(period, summed(period, "energy_kwh"), "energy_kwh")
    days = settings.high_load.days(period.first, period.end)
    if settings.time == "high_load" and not days.any():
        return None
    hours = slice(settings.high_load.from_hour, settings.high_load.to_hour)
    high = period.metered.window(period.metered.daily("energy_kwh", hours), period.first, period.end)[days].sum(axis=0)
    energy = high if settings.time == "high_load" else summed(period, "energy_kwh") - high
    return known(period, energy, "energy_kwh")


def billed_flow_m3(period: Period, settings: NoSettings) -> Determined:
    """Return the volume of the billed days [m³]."""
    return known(period, summed(period, "volume_m3"), "volume_m3")


def flow_against_reference(period: Period, settings: FlowReferenceSettings) -> Determined:
    """Return volume above the reference, V - q_ref·E [m³]; negative below it."""
    volume, energy = summed(period, "volume_m3"), summed(period, "energy_kwh")
    flow = _one_sided(volume - settings.reference_m3_per_mwh * energy / 1000, settings.form)
    return known(period, flow, "energy_kwh" if np.isnan(energy).any() else "volume_m3")


def return_temperature_difference(period: Period, settings: ReferenceSettings) -> Determined:
    """Return (T_return - T_reference)·E [MWh·°C], T_return weighted by flow: Σ V·T_r / Σ V; negative is a rebate.

    Sources: goteborgenergi.se price list 2024, the component Effektivitet; norrenergi.se, Temperaturtillägg (October to
    April, from 30 °C, dearer degrees from 60 °C); stockholmexergi.se, Begreppsförklaring (bonus below 50 °C and charge
    above it, November to March).
    """
    if settings.reference_c == "system_return_c":
        reference = period.context.system_return_c.get(period.month, float("nan"))
        if np.isnan(reference):
            return Determined(period.metered.unknown(), f"nätets returtemperatur för {period.month:%Y-%m} saknas")
    else:
        reference = float(settings.reference_c[period.month.month - 1])
    energy, volume, heat = (summed(period, q) for q in ("energy_kwh", "volume_m3", "return_m3c"))
    if any_unknown(volume):
        return Determined(period.metered.unknown(), missing_readings(period, "volume_m3"))
    if any_unknown(heat):
        return Determined(period.metered.unknown(), missing_readings(period, "return_m3c"))
    flowing = volume > 0
    temperature = np.where(flowing, heat / np.where(flowing, volume, 1.0), np.nan)
    difference = np.where(energy == 0, 0.0, settings.degrees(temperature, reference) * energy / 1000)
    if any_unknown(difference) and not any_unknown(energy):
        return Determined(difference, "returtemperaturen kan inte bestämmas: energi men inget flöde")
    what = f"returtemperatur {number(temperature[0])} °C mot {number(reference)} °C"
    return known(period, difference, "energy_kwh", ((period.first.isoformat(), what),))


def summed(period: Period, quantity: Quantity) -> Floats:
    """Return the sum of a quantity over the billed days (k,), in its unit; NaN where an hour is unknown."""
    return period.metered.total(quantity, period.first, period.end)


def _one_sided(values: Floats, form: Form) -> Floats:
    if form == "charge_only":
        return np.maximum(values, 0.0)
    return np.minimum(values, 0.0) if form == "rebate_only" else values


def known(period: Period, values: Floats, quantity: Quantity, evidence: tuple[tuple[str, str], ...] = ()) -> Determined:
    """Return the values with their evidence, or with the reason why one of them is unknown."""
    if not any_unknown(values):
        return Determined(values, evidence=evidence)
    return Determined(values, missing_readings(period, quantity))
