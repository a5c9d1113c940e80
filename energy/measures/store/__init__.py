"""Rules of the energy store and its heat pump. One file each."""

from __future__ import annotations

from types import ModuleType

from energy.measures.store import (
    bought_while_store_is_charged,
    charged_too_little,
    circulation_pumps_always_on,
    cost_split_unequal,
    electric_heater_running,
    heat_pump_cop_drift,
    idle_at_peaks,
    return_warmed_by_heat_pump,
    run_when_uneconomic,
    store_losses,
)

__all__ = ["RULES"]

RULES: tuple[ModuleType, ...] = (
    charged_too_little,
    idle_at_peaks,
    run_when_uneconomic,
    bought_while_store_is_charged,
    store_losses,
    heat_pump_cop_drift,
    electric_heater_running,
    circulation_pumps_always_on,
    return_warmed_by_heat_pump,
    cost_split_unequal,
)
