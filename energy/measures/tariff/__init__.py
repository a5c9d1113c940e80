"""Rules of tariff and contract: what the same energy could cost under another choice or shape. One file each."""

from __future__ import annotations

from types import ModuleType

from energy.measures.tariff import (
    billed_heat_power,
    costly_load_profile,
    dearer_electricity_list,
    dormant_meter,
    hedge_share,
    high_load_peak,
    high_return_temperature,
    monthly_power_peaks,
    oversized_fuse,
    poor_price_category,
    reactive_power,
    several_metering_points,
    subscribed_power,
)

__all__ = ["RULES"]

# what changes the load comes before what chooses its prices: effects are applied in this order
RULES: tuple[ModuleType, ...] = (
    billed_heat_power,
    high_return_temperature,
    monthly_power_peaks,
    high_load_peak,
    costly_load_profile,
    reactive_power,
    subscribed_power,
    poor_price_category,
    oversized_fuse,
    dearer_electricity_list,
    dormant_meter,
    several_metering_points,
    hedge_share,
)
