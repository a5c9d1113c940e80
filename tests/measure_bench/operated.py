"""A facility whose store is run as well as can be known the day before: what better operation is measured against.

The simple control of `controls.well_run` leaves money on the table, and a rule that says so is right. So the faults of
operation are tried where nothing is left but the fault: the planner of energy/storage plans every day of the months
valued, and the simulator carries its plan out against its own physics. The planner's figures are not used, only what it
asks for; costs are bills of what the simulator then did.

The planner prices a stored kWh by the year before, so that its plan still runs in hours that did not pay (8-36 thousand
SEK in dear power; stopping them in the simulator saved what the gap said, 16.4 and 18.7 of 14.9 and 18.8 thousand on
seeds 3 and 4). That is a fault a rule is right to tell, so these hours are stopped too.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from energy.calendar import next_month
from energy.model import Floats
from energy.storage.optimum.repeated import rows_of
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
    planned = replace(world, controls=controls)
    return replace(world, controls=replace(controls, discharging=discharging * _paying(key, planned)))


_paid: dict[tuple[object, ...], Floats] = {}  # shares of what was drawn that paid, of the plans so far


def _paying(key: tuple[object, ...], planned: World) -> Floats:
    """Return the share (n,) of what was drawn that was worth its electricity and the energy it took."""
    if key not in _paid:
        site, context = planned.site, planned.context()
        found = context.operations["lager"]
        share = np.ones(site.n)
        if found.year is not None and found.ahead_gap is not None:
            side, rows = (
                found.year.sides[0],
                rows_of(site.start_utc, context.first_valued(), next_month(site.months[-1])),
            )
            given = -side.effect_kwh(found.year.observed.actual)
            in_vain = np.maximum(found.ahead_gap.cause("S6").load_change_kwh[0], 0.0)
            share[rows] = 1.0 - np.clip(np.divide(in_vain, given, out=np.zeros(len(given)), where=given > 1e-6), 0, 1)
        _paid[key] = share
    return _paid[key]


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
