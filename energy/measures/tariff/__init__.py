"""Rules of tariff and contract: what the same energy could cost under another choice or shape. One file each."""

from __future__ import annotations

from types import ModuleType

from energy.measures.tariff import (
    billed_heat_power,
    dearer_electricity_list,
    high_return_temperature,
    poor_price_category,
)

__all__ = ["RULES"]

# what changes the load comes before what chooses its prices: effects are applied in this order
RULES: tuple[ModuleType, ...] = (
    billed_heat_power,
    high_return_temperature,
    poor_price_category,
    dearer_electricity_list,
)
