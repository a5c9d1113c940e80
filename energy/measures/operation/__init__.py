"""Rules of operation: what runs when it should not. One file each."""

from __future__ import annotations

from types import ModuleType

from energy.measures.operation import (
    brine_pump_at_full_speed,
    closed_hours_base_load,
    heat_bought_while_rejecting,
    ice_kept_for_few_bookings,
    ice_temperature_flat_at_night,
    pool_evaporates_at_night,
    runs_when_not_booked,
)

__all__ = ["RULES"]

RULES: tuple[ModuleType, ...] = (
    closed_hours_base_load,
    runs_when_not_booked,
    heat_bought_while_rejecting,
    ice_temperature_flat_at_night,
    brine_pump_at_full_speed,
    ice_kept_for_few_bookings,
    pool_evaporates_at_night,
)
