"""A facility whose store is run as well as can be known the day before: what better operation is measured against.

The simple control of `controls.well_run` leaves money on the table, and a rule that says so is right. So the faults of
operation are tried where nothing is left but the fault: the planner of energy/storage plans every day of the months
valued, and the simulator carries its plan out against its own physics. The planner's figures are not used, only what it
asks for; costs are bills of what the simulator then did.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from energy.calendar import next_month
from energy.model import Floats
from energy.storage.repeated import rows_of
from tests.measure_bench.plant import Plant
from tests.measure_bench.world import World

__all__ = ["run_day_ahead"]

_worlds: dict[tuple[object, ...], World] = {}  # those whose plans are being asked for


def run_day_ahead(world: World) -> World:
    """Return the facility with store and heat pump asked, in the months valued, for what was planned the day before."""
    site = world.site
    key = (site.seed, site.heat_kind, tuple(sorted(site.told.items())), round(float(site.spot_sek_per_kwh.mean()), 6))
    _worlds[key] = world
    charging, discharging = _plan(key)
    _worlds.clear()
    controls = replace(world.controls, charging=charging, discharging=discharging, heat_price=False)
    return replace(world, controls=controls)


@lru_cache(maxsize=256)
def _plan(key: tuple[object, ...]) -> tuple[Floats, Floats]:
    """Return the controls (n,) of charge and discharge; the simple ones before the months valued."""
    world = _worlds[key]
    site, context = world.site, world.context()
    found = context.operations["lager"]
    if found.ahead is None or found.year is None:
        raise ValueError(f"no plan: {found.reason or found.ahead_reason}")
    seen, plan = found.year.observed, found.ahead
    rows = rows_of(site.start_utc, context.first_valued(), next_month(site.months[-1]))
    most = Plant.of(site).pump_heat_kw
    cheap = (site.power_sek_per_kwh / 3.3 < site.heat_sek_per_kwh) | (site.outdoor_c < -2)
    charging = np.broadcast_to(np.asarray(world.controls.charging, dtype=np.float64), (site.n,)).copy()
    discharging = np.asarray(world.controls.discharging) * cheap
    flows = world.running.flows
    spare = 0.9 * np.minimum((flows["charge"] + flows["rejected"])[rows], 1.1 * most)
    # there is no pipe past the store: what the plan takes straight from the source is charged and taken out again
    into = plan.charge_kwh + plan.direct_kwh
    charging[rows] = np.clip(np.divide(into, spare, out=np.zeros(len(spare)), where=spare > 1e-6), 0.0, 1.0)
    delivered = -seen.heat_per_draw * plan.draw_kwh - seen.heat_per_direct * plan.direct_kwh
    discharging[rows] = np.clip(delivered / most, 0.0, 1.0)
    return charging, discharging
