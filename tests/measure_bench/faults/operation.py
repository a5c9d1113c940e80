"""Faults of operation (O) in halls, hot water and what is left on. Rinks and pools have modules of their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from energy.model import Floats
from tests.measure_bench.faults.base import Fault, run_with, since
from tests.measure_bench.noise import stream
from tests.measure_bench.world import World

__all__ = ["FAULTS"]


def left_on_at_night(world: World, kw: float) -> World:
    """Leave pumps, fans and lights on when closed, from the turn of the year valued or up to two months before."""
    began = since(world.site, "standby", -2, 0)
    return run_with(world, standby_kw=kw * began * (world.site.open == 0))


def without_fan_meters(world: World) -> World:
    """Let the halls' ventilation have no meters: with one of its own it would not hide among the rest."""
    return replace(world, without=frozenset({"el_luft", "v_luft", "hall_fan"}))


def fans_at_night(world: World, share: float) -> World:
    """Lose the night set-back of the hall ventilation: power and heat, since about the turn of the year valued."""
    began = since(world.site, "fans", -2, 0)
    flow = np.asarray(world.controls.hall_flow)
    return run_with(world, hall_flow=np.where((began > 0) & (world.site.open == 0), np.maximum(flow, share), flow))


def recovery_lost(world: World, share: float) -> World:
    """Send condenser heat to the dry cooler although heat is bought: a share of the recovery is not there.

    What a recovered kWh is worth is the price of heat less that of the electricity to lift it, whose coefficient of
    performance no meter tells (3.3-6): of 30 % lost, a small amount found as the difference of large ones, the band is
    about as wide as the value.
    """
    return run_with(world, recovered=1.0 - share)


def connected(world: World) -> World:
    """Let pool, ventilation and hot water be connected to the condenser heat that low-temperature uses leave."""
    return run_with(world, hot_recovered=1.0)


def not_connected(world: World, share: float) -> World:
    """Leave a share of the heat of pool, ventilation and hot water to be bought: the pipes were never built.

    At full strength this is the ordinary facility of the other faults. The lift to 50-60 °C takes most of what the heat
    is worth, and where power is dear all of it: the rule may then be silent.
    """
    return run_with(world, hot_recovered=1.0 - share)


def old_lamps(world: World, times: float) -> World:
    """Keep the lamps from before LED: they draw more for the same light, warm halls and rinks, and load the ice."""
    return run_with(world, lamp_power=times)


def left_on_round_the_clock(world: World, kw: float) -> World:
    """Leave something on day and night that no sub-meter shows, since last year."""
    return run_with(world, standby_kw=kw * since(world.site, "round the clock", -3, 0))


def some_days(world: World, name: str, share: float) -> Floats:
    """Return 1 on a random share of the days."""
    lots = stream(world.site.seed, name).random(int(world.site.day[-1]) + 1)
    return (lots[world.site.day.astype(int)] < share).astype(np.float64)


def lights_unbooked(world: World, share: float) -> World:
    """Light the halls fully all opening hours, booked or not, on a share of the days."""
    on = (some_days(world, "lights", share) > 0) & (world.site.open == 1)
    return run_with(world, lights=np.where(on, 1.0, np.asarray(world.controls.lights)))


def fans_unbooked(world: World, share: float) -> World:
    """Run the halls' ventilation by the clock of the opening hours, booked or not, on a share of the days."""
    on = (some_days(world, "fan clock", share) > 0) & (world.site.open == 1)
    return run_with(world, hall_flow=np.where(on, 1.0, np.asarray(world.controls.hall_flow)))


def fans_stepped_up(world: World, share: float) -> World:
    """Change the controls one day so that the ventilation never falls below a share of its full flow."""
    began = since(world.site, "controls", -1, 5)
    flow = np.asarray(world.controls.hall_flow)
    return run_with(world, hall_flow=np.where(began > 0, np.maximum(flow, share), flow))


def circulation_grows(world: World, kw: float) -> World:
    """Lose more heat in the circulation of hot water (insulation, a valve that lets through), since last year."""
    began = since(world.site, "circulation", -3, 0)
    return run_with(world, circulation_kw=np.asarray(world.controls.circulation_kw) + kw * began)


def steep_curve(world: World, kelvin: float) -> World:
    """Set the heating curve so that the halls get warmer than asked for, the more the colder it is."""
    colder = np.clip((15 - world.site.outdoor_c) / 20, 0.0, 1.5)
    return run_with(world, curve_k=world.controls.curve_k + kelvin * colder)


def sauna_all_day(world: World, hours: float) -> World:
    """Heat the saunas some hours before anybody uses them, every open day."""
    site = world.site
    on = (site.clock >= 16 - hours) & (site.clock < 21) & (site.open == 1)
    return run_with(world, sauna=on.astype(np.float64))


def ground_heated_without_need(world: World, limit_c: float) -> World:
    """Heat the ground at the entrances whenever it is colder than a limit well above freezing."""
    return run_with(world, ground=np.where(world.site.outdoor_c < limit_c, 0.5, 0.0))


CLOSED = "closed_hours_base_load"
FAULTS = (
    Fault("fans_at_night", "O1", CLOSED, "unmetered hall fans at 50, 70, 100 % when closed, since last year",
          (0.5, 0.7, 1.0), fans_at_night, base=without_fan_meters),
    Fault("lights_unbooked", "O2", "runs_when_not_booked", "all lights on all opening hours, 30, 60, 100 % of the days",
          (0.3, 0.6, 1.0), lights_unbooked),
    Fault("fans_unbooked", "O2", "runs_when_not_booked", "hall fans full all opening hours, 30, 60, 100 % of days",
          (0.3, 0.6, 1.0), fans_unbooked),
    Fault("recovery_lost", "O3", "heat_bought_while_rejecting", "30, 60, 100 % of the heat recovery is lost",
          (0.3, 0.6, 1.0), recovery_lost),
    Fault("not_connected", "O3", "heat_bought_while_rejecting",
          "40, 70, 100 % of what pool, ventilation and hot water could use of the condenser heat is bought instead",
          (0.4, 0.7, 1.0), not_connected, base=connected, silent_in_base=True),
    Fault("old_lamps", "O11", "old_lighting", "lamps that draw 3, 3.6, 4.2 times LED", (3.0, 3.6, 4.2), old_lamps),
    Fault("circulation_grows", "O16", "hot_water_rising", "5, 10, 20 kW more lost in circulation",
          (5.0, 10.0, 20.0), circulation_grows),
    Fault("sauna_all_day", "O17", "sauna_hours", "saunas heated 2, 5, 9 hours before use", (2.0, 5.0, 9.0),
          sauna_all_day),
    Fault("ground_heated_without_need", "O18", "ground_heating_without_need", "ground heated below 4, 7, 10 °C",
          (4.0, 7.0, 10.0), ground_heated_without_need),
    Fault("steep_curve", "O19", "steep_heating_curve", "halls 1.5, 3, 4.5 K too warm at -5 °C", (1.5, 3.0, 4.5),
          steep_curve),
    Fault("fans_stepped_up", "O20", "step_in_load", "ventilation never below 50, 70, 100 % since a day of the year",
          (0.5, 0.7, 1.0), fans_stepped_up),
    Fault("left_on_at_night", "O21", CLOSED, "12, 25, 50 kW more is left on when closed, since last year",
          (12.0, 25.0, 50.0), left_on_at_night),
    Fault("left_on_round_the_clock", "O21", "base_load_creep", "8, 15, 30 kW more is left on day and night",
          (8.0, 15.0, 30.0), left_on_round_the_clock),
)  # fmt: skip
