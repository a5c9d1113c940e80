"""Faults of operation (O) in rinks and pools."""

from __future__ import annotations

import numpy as np

from tests.measure_bench.faults.base import Fault, run_with, since
from tests.measure_bench.noise import stream
from tests.measure_bench.plant import Plant
from tests.measure_bench.world import World

__all__ = ["FAULTS"]


def night_raise_lost(world: World, share: float) -> World:
    """Keep the ice as cold at night as by day in a share of the weeks; in the others the night is warmer."""
    site = world.site
    week = (site.day // 7).astype(int)
    lost = stream(site.seed, "ice nights").random(week[-1] + 1)[week] < share
    ice = np.asarray(world.controls.ice_c)
    day = float(np.median(ice[site.open == 1]))
    return run_with(world, ice_c=np.where(lost & (site.open == 0), np.minimum(ice, day), ice))


def cold_ice(world: World, kelvin: float) -> World:
    """Keep the ice colder day and night, since last year."""
    return run_with(world, ice_c=np.asarray(world.controls.ice_c) - kelvin * since(world.site, "cold ice", -3, 0))


def thick_ice(world: World, millimetres: float) -> World:
    """Let the ice grow: the brine must be colder to keep its surface."""
    return run_with(world, ice_mm=millimetres)


def brine_at_full_speed(world: World, speed: float) -> World:
    """Run the brine pumps at one speed whatever the load."""
    return run_with(world, brine_speed=speed)


def warm_rink(world: World, kelvin: float) -> World:
    """Keep the air of the rink warmer, since last year: more heat bought, more cooling.

    What a rink needs is its own (6-8 °C here) and nobody tells it: it is known by what was kept before.
    """
    return run_with(world, rink_c=np.asarray(world.controls.rink_c) + kelvin * since(world.site, "warm rink", -3, 0))


def dry_rink(world: World, points: float) -> World:
    """Set the dehumidifier drier than the rink needs, since last year: its need is known by what was kept before."""
    return run_with(world, rink_rh=np.asarray(world.controls.rink_rh) - points * since(world.site, "dry rink", -3, 0))


def much_resurfacing(world: World, more: float) -> World:
    """Lay more water on the ice each time, since last year: what a rink needs is told by what it laid before."""
    began = since(world.site, "resurfacing", -3, 0)
    return run_with(world, resurfacing_m3=np.asarray(world.controls.resurfacing_m3) * (1.0 + (more - 1.0) * began))


def bookings_follow_the_ice(world: World) -> World:
    """Let the facility be one whose bookings are the rinks': few outside the season."""
    site = world.site
    kept = stream(site.seed, "summer bookings").random(site.n // 2 + 1)[np.arange(site.n) // 2] < 0.10
    booked = np.where((site.ice_season == 1) | kept, site.booked, 0.0)
    return World.at(site.but(booked=booked, heat_kind=site.heat_kind))


def ice_too_long(world: World, weeks: float) -> World:
    """Lay the ice earlier and let it lie longer than anybody skates, half of the weeks at each end."""
    ice = world.site.ice_season
    extra = int(weeks * 168 / 2)
    first = np.flatnonzero(np.diff(ice, prepend=0.0) > 0)
    last = np.flatnonzero(np.diff(ice, append=0.0) < 0)
    longer = ice.copy()
    for at in first:
        longer[max(0, at - extra) : at] = 1.0
    for at in last:
        longer[at : at + extra + 1] = 1.0
    return run_with(world, ice_on=longer)


def uncovered_pool(world: World, evaporation: float) -> World:
    """Leave the pool uncovered at night, since last year: it evaporates a larger share of what it does in use."""
    began = since(world.site, "cover", -3, 0)
    cover = np.asarray(world.controls.pool_cover)
    at_night = (world.site.open == 0) & (began > 0)
    return run_with(world, pool_cover=np.where(at_night, np.maximum(cover, evaporation), cover))


def drained_warm(world: World, litres: float) -> World:
    """Drain that much warm water a day and m² of pool, in backwash and for the bathers, without an exchanger."""
    per_hour = litres / 1000.0 * Plant.of(world.site).pool_m2 / world.site.open.mean() / 24.0
    return run_with(world, drained_m3_h=per_hour * world.site.open)


def heat_of_drained(_: World, world: World) -> float:
    """Return what an exchanger on the drained water saves in the bills, at the efficiency of this place (50-70 %)."""
    share = world.site.draw("exchanger", 0.5, 0.7)
    return world.cost_sek() - run_with(world, drain_recovery=share).cost_sek()


def much_outdoor_air(world: World, times: float) -> World:
    """Take more outdoor air into the pool hall than its moisture needs: the air gets dry."""
    return run_with(world, pool_flow=times)


def warm_pool(world: World, kelvin: float) -> World:
    """Keep the pool warmer than its set 27.5 °C, since last year."""
    return run_with(world, pool_c=np.asarray(world.controls.pool_c) + kelvin * since(world.site, "warm pool", -3, 0))


FAULTS = (
    Fault("night_raise_lost", "O4", "ice_temperature_flat_at_night", "ice as cold at night, 40, 70, 100 % of weeks",
          (0.4, 0.7, 1.0), night_raise_lost),
    Fault("cold_ice", "O4", "ice_too_cold", "the ice 0.8, 1.5, 2.5 K colder since last year", (0.8, 1.5, 2.5),
          cold_ice),
    Fault("thick_ice", "O5", "thick_ice", "the ice is 45, 60, 80 mm thick", (45.0, 60.0, 80.0), thick_ice),
    Fault("brine_at_full_speed", "O6", "brine_pump_at_full_speed", "brine pumps at 80, 90, 100 % of full speed",
          (0.8, 0.9, 1.0), brine_at_full_speed),
    Fault("warm_rink", "O7", "warm_rink_air", "the rink's air 2, 4, 6 K warmer since last year",
          (2.0, 4.0, 6.0), warm_rink),
    Fault("dry_rink", "O8", "dehumidifier_set_too_dry", "set point 8, 14, 20 points drier since last year",
          (8.0, 14.0, 20.0), dry_rink),
    Fault("much_resurfacing", "O9", "resurfacing_volume", "1.3, 1.7, 2.2 times the water since last year",
          (1.3, 1.7, 2.2), much_resurfacing),
    Fault("ice_too_long", "O10", "ice_kept_for_few_bookings", "ice 4, 8, 12 weeks longer than the bookings",
          (4.0, 8.0, 12.0), ice_too_long, base=bookings_follow_the_ice),
    Fault("uncovered_pool", "O12", "pool_evaporates_at_night", "evaporates 55, 75, 100 % of the day's at night",
          (0.55, 0.75, 1.0), uncovered_pool),
    Fault("much_outdoor_air", "O13", "pool_hall_too_dry", "1.3, 1.7, 2.3 times the outdoor air the moisture needs",
          (1.3, 1.7, 2.3), much_outdoor_air),
    Fault("drained_warm", "O15", "heat_in_drained_water", "15, 30, 60 litres a day and m² of pool are drained warm",
          (15.0, 30.0, 60.0), drained_warm, truth=heat_of_drained),
    Fault("warm_pool", "O14", "pool_water_temperature", "pool 1, 2, 3 K warmer since last year", (1.0, 2.0, 3.0),
          warm_pool),
)  # fmt: skip
