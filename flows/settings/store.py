"""The table [[store]] of energibok.toml: an energy store and the meters it has."""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["STORE_ROLES", "StoreTable"]

STORE_ROLES = ("charge", "discharge", "store_out", "heat_pump_heat", "electricity", "electric_heater", "source")


class StoreTable(BaseModel):
    """An energy store, described by whatever meters it has. What is not told or metered stays unknown."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")
    facility: str
    name: str
    kind: Literal["borehole", "tank", "battery"]
    commissioned: date
    charge: list[str] = Field([], description="meters of the energy put in")
    discharge: list[str] = Field([], description="meters of the energy taken out")
    electricity: list[str] = Field([], description="meters of its compressors and pumps")
    electric_heater: list[str] = Field([], description="meters of electric heaters that stand in for it")
    store_out: list[str] = Field(
        [], description="meters of heat out of the store itself, where discharge measures more"
    )
    heat_pump_heat: list[str] = Field([], description="meters of what the heat pump itself delivers")
    source: list[str] = Field([], description="meters of heat that could have been charged but was thrown away")
    temperature_points: list[str] = Field([], description="points of the automation in the store itself")
    supply_points: list[str] = Field([], description="points on what the heat pump delivers to")
    source_points: list[str] = Field([], description="points on what the heat pump takes from")
    has_heat_pump: bool = False
    discharge_includes_heat_pump: bool = Field(
        False, description="the discharge meters measure the heat of store and heat pump together"
    )
    displaces: str | None = Field(None, description="the billed metering point whose energy a discharge replaces")
    capacity_kwh: float | None = Field(None, gt=0, description="between empty and full")
    charge_kw: float | None = Field(None, gt=0)
    discharge_kw: float | None = Field(None, gt=0)
    heat_capacity_kwh_per_k: float | None = Field(None, gt=0, description="of the ground or water in the store")
    lowest_c: float | None = Field(None, description="the usable band of its temperature: lowest")
    highest_c: float | None = Field(None, description="and highest")
    loss_pct_per_month: float | None = Field(None, ge=0, le=100)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if not (self.charge or self.discharge or self.electricity):
            raise ValueError("minst en mätare: charge, discharge eller electricity")
        if self.lowest_c is not None and self.highest_c is not None and self.lowest_c >= self.highest_c:
            raise ValueError("lowest_c lägre än highest_c")
        if self.kind == "battery" and self.has_heat_pump:
            raise ValueError("has_heat_pump bara för ett värmelager")
        return self
