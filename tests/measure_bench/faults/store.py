"""Faults of the store and its heat pump (S)."""

from __future__ import annotations

import numpy as np

from tests.measure_bench.controls import well_run
from tests.measure_bench.faults.base import Fault, run_with, since
from tests.measure_bench.noise import stream
from tests.measure_bench.operated import run_day_ahead
from tests.measure_bench.site import Site
from tests.measure_bench.world import World

__all__ = ["FAULTS"]


def store_matters(world: World) -> World:
    """Let one rink and a store serve large halls and the school next door: then the store's heat is needed."""
    sizes = {"rinks": 0.0, "hall": 15000.0, "pump": 120.0, "store": 500.0}
    return World.at(world.site.but(told=sizes, heat_kind=world.site.heat_kind))


def warm_field(world: World) -> World:
    """Let two rinks warm a field of boreholes well above the ground, and three years of it be metered."""
    sizes = {"rinks": 1.0, "hall": 15000.0, "pump": 110.0, "store": 300.0}
    return World.at(Site(world.site.seed, 36).but(told=sizes, heat_kind=world.site.heat_kind))


def summer_served(world: World) -> World:
    """Let heat cost the same all year, and the heat pump of a warm field preheat hot water in summer too.

    In the ordinary facility it stands still all summer, and running it would save something: seeds 0, 5 and 8 save
    5.8, 3.8 and 6.2 thousand SEK by the bill, told as 8.1 (5.0-14.3), 4.5 (3.0-6.8) and 8.6 (4.6-12.6).
    """
    site = warm_field(world).site
    told = World.at(Site(site.seed, 36).but(told=site.told, heat_kind="flat"))
    summer = (site.month >= 5) & (site.month <= 8)
    return run_with(told, discharging=np.maximum(np.asarray(told.controls.discharging), 1.0 * summer))


def off_in_summer(world: World, share: float) -> World:
    """Let the heat pump stand still on a share of the last summer's days, whatever the store holds."""
    site = world.site
    off = (site.month >= 5) & (site.month <= 8) & (site.valued > 0)
    drawn = stream(site.seed, "summer stop").random(int(site.day[-1]) + 1)[site.day.astype(int)] < share
    return run_with(world, discharging=np.where(off & drawn, 0.0, np.asarray(world.controls.discharging)))


def operated(world: World) -> World:
    """Let it be run as well as can be known the day before, and serve large halls and the school next door."""
    return run_day_ahead(store_matters(world))


def charged_well(world: World) -> World:
    """Let it charge all the autumn's surplus, and else be run as well as can be known the day before, next to a school.

    The planner knows no temperature and leaves heat that would have warmed the store: to say so is no fault of a rule.
    """
    found = operated(world)
    autumn = (found.site.month >= 8) & (found.site.month <= 11)
    return run_with(found, charging=np.maximum(np.asarray(found.controls.charging), 1.0 * autumn))


def charges_too_little(world: World, share: float) -> World:
    """Charge only a share of the surplus heat from August to November; the rest goes to the dry cooler."""
    autumn = (world.site.month >= 8) & (world.site.month <= 11)
    return run_with(world, charging=np.asarray(world.controls.charging) * np.where(autumn, share, 1.0))


def idle_at_peaks(world: World, share: float) -> World:
    """Let the heat pump stand still on a share of the coldest days, and run as much on milder ones."""
    site = world.site
    daily = site.outdoor_c.reshape(-1, 24).mean(axis=1)
    asked = np.broadcast_to(np.asarray(world.controls.discharging), (site.n,)).reshape(-1, 24).mean(axis=1)
    cold = np.zeros(len(daily), dtype=bool)
    for end in range(len(daily), 0, -365):
        days = np.arange(max(0, end - 365), end)
        cold[days[np.argsort(daily[days])[:20]]] = True
    idle = cold & (stream(site.seed, "idle").random(len(daily)) < share)
    hourly = np.repeat(np.where(idle, 0.0, asked), 24)
    mild = np.repeat((asked > 0.05) & (daily > np.median(daily[asked > 0.05])), 24)
    spare = asked[idle].sum() * 24 / max(1, mild.sum())
    return run_with(world, discharging=np.clip(hourly + spare * mild, 0.0, 1.0))


def pump_gets_worse(world: World, factor: float) -> World:
    """Lose refrigerant or foul the evaporator: the coefficient of performance falls, since last year.

    Not before a whole year is metered: wear that began within the first year leaves no sound year to compare with, in
    this facility or any other. Of 10 % wear the meters' own tolerance of 5 % is half, so its band is wider than half.
    """
    began = since(world.site, "pump", -4, 0) * (np.arange(world.site.n) >= 365 * 24)
    return run_with(world, pump_factor=np.where(began > 0, factor, 1.0))


def dear_power(world: World) -> World:
    """Let power be dear, as in 2022: then it matters when the heat pump runs."""
    site = store_matters(world).site
    dear = 3.0 * site.spot_sek_per_kwh
    return World.at(site.but(spot_sek_per_kwh=dear, heat_kind=site.heat_kind, told=site.told))


def operated_in_dear_power(world: World) -> World:
    """Let power be dear, as in 2022, and the store run as well as can be known the day before."""
    return run_day_ahead(dear_power(world))


def blind_to_price(world: World, share: float) -> World:
    """Run the heat pump by the outdoor temperature whatever power costs, in a share of the weeks."""
    site = world.site
    week = (site.day // 7).astype(int)
    blind = stream(site.seed, "blind").random(week[-1] + 1)[week] < share
    by_weather = np.where(blind, np.asarray(well_run(site).discharging), 0.0)
    return run_with(world, discharging=np.maximum(np.asarray(world.controls.discharging), by_weather))


def electric_heater_on(world: World, kw: float) -> World:
    """Let an electric heater take the first of what the heat pump should, from November to March."""
    winter = (world.site.month >= 11) | (world.site.month <= 3)
    return run_with(world, heater_kw=kw * winter)


def pumps_all_year(world: World, share: float) -> World:
    """Run the store's circulation pumps all hours whether anything is charged or not."""
    return run_with(world, store_pump=share)


def leaky_store(world: World, loss: float) -> World:
    """Lose more of the stored heat every month, where a sound field loses 4 %.

    In a field hardly warmer than the ground a leak is worth next to nothing, and may even give: there nothing is lost
    that cost anything, and the ground warms what is colder than itself. So it is tried in a field that is kept warm.
    """
    return run_with(world, store_loss=loss)


def heat_pump_warms_return(world: World, kelvin: float) -> World:
    """Connect the heat pump so that it warms what goes back to the district heating while it runs, since last year."""
    running = world.running.flows["discharge"] > 5
    return run_with(world, return_k=kelvin * running * since(world.site, "preheat", -3, 0))


FAULTS = (
    Fault("charges_too_little", "S1", "charged_too_little", "50, 25, 0 % of the autumn's surplus is charged",
          (0.5, 0.25, 0.0), charges_too_little, base=charged_well,
          silent_in_base=True),
    Fault("idle_at_peaks", "S2", "idle_at_peaks", "idle on 40, 70, 100 % of the twenty coldest days",
          (0.4, 0.7, 1.0), idle_at_peaks, ("return", "flow"), operated, silent_in_base=True),
    Fault("off_in_summer", "S3", "bought_while_store_is_charged", "off on 40, 70, 100 % of the last summer's days",
          (0.4, 0.7, 1.0), off_in_summer, base=summer_served, silent_in_base=True),
    Fault("leaky_store", "S4", "store_losses", "8, 15, 30 % of the stored heat lost a month", (0.08, 0.15, 0.3),
          leaky_store, base=warm_field),
    Fault("pump_gets_worse", "S5", "heat_pump_cop_drift", "COP 10, 20, 35 % lower since last year", (0.9, 0.8, 0.65),
          pump_gets_worse, base=store_matters),
    Fault("blind_to_price", "S6", "run_when_uneconomic", "blind to dear power in 30, 60, 100 % of the weeks",
          (0.3, 0.6, 1.0), blind_to_price, ("return", "flow"), operated_in_dear_power,
          silent_in_base=True),
    Fault("electric_heater_on", "S7", "electric_heater_running", "an electric heater takes 8, 20, 40 kW all winter",
          (8.0, 20.0, 40.0), electric_heater_on, base=store_matters),
    Fault("pumps_all_year", "S8", "circulation_pumps_always_on", "circulation pumps never below 40, 70, 100 %",
          (0.4, 0.7, 1.0), pumps_all_year, base=store_matters),
    Fault("heat_pump_warms_return", "S9", "return_warmed_by_heat_pump", "return 4, 8, 14 K warmer while the pump runs",
          (4.0, 8.0, 14.0), heat_pump_warms_return, ("return", "flow"), store_matters),
)  # fmt: skip
