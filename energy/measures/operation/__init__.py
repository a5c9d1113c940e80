"""Rules of operation: what runs when it should not. One file each."""

from __future__ import annotations

from types import ModuleType

from energy.measures.operation import (
    base_load_creep,
    brine_pump_at_full_speed,
    closed_hours_base_load,
    dehumidifier_set_too_dry,
    ground_heating_without_need,
    heat_bought_while_rejecting,
    heat_in_drained_water,
    hot_water_rising,
    ice_kept_for_few_bookings,
    ice_temperature_flat_at_night,
    ice_too_cold,
    old_lighting,
    pool_evaporates_at_night,
    pool_hall_too_dry,
    pool_water_temperature,
    resurfacing_volume,
    runs_when_not_booked,
    sauna_hours,
    steep_heating_curve,
    step_in_load,
    thick_ice,
    warm_rink_air,
)

__all__ = ["RULES"]

RULES: tuple[ModuleType, ...] = (
    closed_hours_base_load,
    base_load_creep,
    runs_when_not_booked,
    step_in_load,
    heat_bought_while_rejecting,
    ice_temperature_flat_at_night,
    ice_too_cold,
    thick_ice,
    brine_pump_at_full_speed,
    warm_rink_air,
    dehumidifier_set_too_dry,
    resurfacing_volume,
    ice_kept_for_few_bookings,
    pool_evaporates_at_night,
    pool_hall_too_dry,
    pool_water_temperature,
    heat_in_drained_water,
    hot_water_rising,
    sauna_hours,
    ground_heating_without_need,
    steep_heating_curve,
    old_lighting,
)
