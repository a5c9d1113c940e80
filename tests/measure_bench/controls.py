"""How the plant of a facility is run, hour by hour, when nothing is wrong. A fault is a change of one of these."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from energy.model import Floats
from tests.measure_bench.noise import ar1
from tests.measure_bench.site import Site

__all__ = ["Controls", "well_run"]

Signal = Floats | float


@dataclass(frozen=True)
class Controls:
    """Set points and states; a float holds all hours, an array is (n,)."""

    hall_flow: Signal  # share of the full air flow
    hall_c: Signal  # heating's set point in the halls [°C]
    curve_k: Signal  # how much warmer than that the heating curve makes them [K]
    standby_kw: Signal  # electricity of what else is left on
    pool_flow: Signal  # outdoor air of the pool hall, times what its moisture needs
    pool_cover: Signal  # evaporation, share of an open surface in use
    pool_c: Signal
    ice_on: Signal
    ice_c: Signal
    ice_mm: Signal
    brine_speed: Signal | None  # share of full speed; None: follows the load
    rink_rh: Signal  # the dehumidifier's set point [%]
    rink_c: Signal  # the rink hall's air [°C]
    resurfacings: Signal  # per hour and rink
    resurfacing_m3: Signal
    lights: Signal  # share lit
    lamp_power: float  # what the lamps draw for the same light, times LED
    sauna: Signal  # share of the time on
    stands: Signal  # radiant heaters over the stands, share on
    ground: Signal  # heated ground at the entrances, share on
    circulation_kw: Signal  # loss of the circulation of hot water
    leak_m3_h: Signal  # water that runs away
    drained_m3_h: Signal  # warm pool water drained beyond a well-run pool's, and replaced by cold
    drain_recovery: float  # share of its heat that an exchanger takes back
    recovered: Signal  # share of the condenser heat that could be used that is used
    hot_recovered: float  # the same share where pool, ventilation and hot water are connected; 0: they are not
    heat_moved_kwh: Signal  # heat bought now that would otherwise be bought at another hour
    power_moved_kwh: Signal  # electricity likewise
    cold_moved_kwh: Signal  # the ice plant's likewise
    return_k: Signal  # how much warmer the return is than a clean and balanced substation's
    tan_phi: Signal  # reactive over active
    charging: Signal  # share of the surplus heat that is put into the store
    discharging: Signal  # share of the heat pump's power asked for
    heat_price: bool  # whether the heat pump stops when the power of the hour makes it dearer than district heat
    pump_factor: Signal  # the heat pump's coefficient of performance against a sound one
    heater_kw: Signal  # electric heater
    store_pump: Signal  # the least share the store's circulation pumps run, whether anything is moved or not
    store_loss: float  # share of the stored heat lost in a month


def well_run(site: Site) -> Controls:
    """Return the controls of a facility where nothing is wrong."""
    n, opened, booked = site.n, site.open == 1, site.booked == 1
    warming = np.roll(booked, -1) | booked
    night = site.draw("night flow", 0.05, 0.15)
    cold = site.outdoor_c < 4
    evening = (site.clock >= 16) & (site.clock < 21) & opened
    # where snow and ice can lie differs from place to place
    warmest, coldest = site.draw("ground warmest", 0.3, 2.0), site.draw("ground coldest", -11.5, -8.5)
    return Controls(
        hall_flow=np.where(warming, 1.0, np.where(opened, site.draw("idle flow", 0.3, 0.45), night)),
        hall_c=np.where(opened, 19.0, 17.5),
        curve_k=0.5 + 0.3 * ar1(site.seed, "control 1", n, 60.0),
        standby_kw=0.0,
        pool_flow=1.0,
        pool_cover=np.where(opened, 1.0, site.draw("cover", 0.25, 0.4)),
        pool_c=27.5 + 0.15 * ar1(site.seed, "control 2", n, 40.0),
        ice_on=site.ice_season,
        ice_c=np.where(opened, -4.2, -3.0) + 0.1 * ar1(site.seed, "control 3", n, 12.0),
        ice_mm=30.0,
        brine_speed=None,
        rink_rh=site.draw("rink rh", 62.0, 68.0),
        rink_c=site.draw("rink air", 6.0, 8.0),
        resurfacings=np.where(booked, 0.7, 0.0),
        resurfacing_m3=0.45,
        lights=np.where(booked, 1.0, np.where(opened, 0.5, 0.03)),
        lamp_power=1.0,
        sauna=np.where(evening, 1.0, 0.0),
        stands=np.where(evening & booked & cold, 0.8, 0.0),
        ground=np.where((site.outdoor_c < warmest) & (site.outdoor_c > coldest), 0.5, 0.0),
        circulation_kw=site.draw("circulation", 5.0, 9.0),
        leak_m3_h=0.0,
        drained_m3_h=0.0,
        drain_recovery=0.0,
        recovered=1.0,
        hot_recovered=0.0,
        heat_moved_kwh=0.0,
        power_moved_kwh=0.0,
        cold_moved_kwh=0.0,
        return_k=0.0,
        tan_phi=site.draw("tan phi", 0.15, 0.24),
        charging=np.where((site.month >= 4) & (site.month <= 11), 1.0, 0.0),
        discharging=np.where((site.month >= 11) | (site.month <= 3), np.clip((9 - site.outdoor_c) / 9, 0.0, 1.0), 0.0),
        heat_price=True,
        pump_factor=1.0,
        heater_kw=0.0,
        store_pump=0.0,
        store_loss=0.04,
    )
