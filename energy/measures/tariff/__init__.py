"""Rules of tariff and contract: what the same energy could cost under another choice or shape. One file each."""

from __future__ import annotations

from types import ModuleType

from energy.measures.tariff import billed_heat_power, high_return_temperature

__all__ = ["RULES"]

RULES: tuple[ModuleType, ...] = (billed_heat_power, high_return_temperature)
