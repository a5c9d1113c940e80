"""What physically happens at the made-up facility, hour by hour. The analysis never sees this module.

heat need = pool + ventilation + space heating + resurfacing water;  heat need = district heating + heat from the store
ice plant heat = to the store + to the heat pump + rejected to air;  main meter = everything, the heat pump included
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from energy.calendar import Instants
from energy.demo import plan
from energy.demo.noise import ar1, lagged, stream
from energy.demo.plan import Timeline
from energy.demo.weather import air_temperature_c
from energy.model import Floats

__all__ = ["Physics", "hydraulics", "simulate"]

_KWH_PER_M3K = 1.163  # heat a cubic metre of water gives per kelvin
_STORE_KW = 300.0
_LEAST_DISTRICT_KW = 18.0  # hot water's last degrees always come from district heating
_CHARGE_KW = 165.0
_DIRECT_SHARE = 0.4  # of the heat from the store and ice plant: warm enough for pool and air without the heat pump
_BRINE_KW = 16.0
_HEAT_PER_ICE_KWH = 3.4  # condenser heat per compressor kWh: a cooling factor of 2.4 plus the compressor's own work


@dataclass(frozen=True)
class Physics:
    """Every hour of the facility with its store; arrays (n,) [kWh, m³, °C]. `*_fault_kwh` = part caused by faults."""

    time: Timeline
    air_temperature_c: Floats
    heat_need_kwh: Floats
    heat_fault_kwh: Floats
    store_heat_kwh: Floats
    district_kwh: Floats
    volume_m3: Floats
    supply_c: Floats
    return_c: Floats
    el_main_kwh: Floats
    el_fault_kwh: Floats
    el_store_kwh: Floats
    el_ice_kwh: Floats
    rejected_kwh: Floats
    charged_kwh: Floats
    store_content_kwh: Floats
    store_out_kwh: Floats  # taken out of the store itself, of what is delivered
    heat_pump_kwh: Floats  # from the heat pump, of what is delivered
    el_brine_kwh: Floats  # of the ice plant's electricity, what its brine pump takes

    @property
    def start_utc(self) -> Instants:
        """Return the hours."""
        return self.time.start_utc


def simulate(seed: int) -> Physics:
    """Return the facility's hours to the end of 2023; those before `plan.FIRST` are warm-up and never delivered."""
    time = plan.timeline()
    air = air_temperature_c(time.start_utc, seed)
    ice = _ice_plant(time, air, seed)
    need, heat_fault = _heat_need(time, air, seed)
    delivered, el_store, charged, content, taken, drawn = _store(time, air, need, ice, seed)
    district = _watt_hours(need - delivered)
    volume, supply, back = hydraulics(district, time, air, seed)
    el_rest, el_fault = _other_electricity(time, air, seed)
    brine, spared = _brine_pump(time, ice, seed)
    rejected = np.maximum(0.93 * _HEAT_PER_ICE_KWH * (ice - spared) - charged - taken, 0.0)
    return Physics(
        time, air, need, heat_fault, delivered, district, volume, supply, back,
        _watt_hours(el_rest + ice - spared + el_store), el_fault, el_store, _watt_hours(ice - spared),
        _watt_hours(rejected), charged, content,
        _watt_hours(drawn), _watt_hours(delivered * (1.0 - _DIRECT_SHARE)),
        brine,
    )  # fmt: skip


def _watt_hours(kwh: npt.NDArray[Any]) -> Floats:
    """Return the values to the third decimal, which is what the files carry."""
    return np.round(kwh, 3).astype(np.float64)


def _wobble(time: Timeline, seed: int, name: str) -> Floats:
    """Return a factor near 1: hourly unrest, month-long memory, and a level that drifts by about 2 % a year."""
    rng = stream(seed, name)
    n = time.hour.size
    years = np.arange(n) / 8766.0
    drift = np.interp(years, np.arange(9), rng.normal(0.0, 0.02, 9))
    slow = ar1(rng, n, 720.0, 0.022)
    return 1.0 + drift + slow + ar1(rng, n, 2.5, 0.035)


def _heat_need(time: Timeline, air: Floats, seed: int) -> tuple[Floats, Floats]:
    """Return (heat need, of it the night ventilation fault) (n,) [kWh]."""
    visitors = time.open * time.visits
    pool = 70.0 + 42.0 * visitors + 2.1 * np.maximum(0.0, 25.0 - air)
    space = 5.6 * np.maximum(0.0, 15.0 - lagged(air, 24.0))
    hall_kw = 3.4 * np.maximum(0.0, 16.0 - air)
    halls = hall_kw * np.where(time.open > 0, 0.55 + 0.45 * time.visits, 0.22)
    water = 24.0 * time.ice * visitors  # hot water for resurfacing
    fault = hall_kw * 0.78 * (1.0 - time.open) * time.since(plan.NIGHT_FAULT_FROM)
    factor = _wobble(time, seed, "heat")
    return _watt_hours((pool + space + halls + water + fault) * factor), fault * factor


def _ice_plant(time: Timeline, air: Floats, seed: int) -> Floats:
    """Return the electricity of compressors and brine pumps (n,) [kWh]; zero when there is no ice."""
    warmth = np.maximum(0.0, lagged(air, 4.0) + 6.0)
    first = np.maximum.accumulate(np.where(np.diff(time.ice, prepend=time.ice[0]) > 0, np.arange(air.size), -9999))
    freezing = np.where(np.arange(air.size) - first < 5 * 24, 45.0, 0.0)
    kw = 66.0 + 3.3 * warmth + 30.0 * time.open * (0.35 + 0.65 * time.visits) + freezing + _BRINE_KW
    return _watt_hours(time.ice * kw * _wobble(time, seed, "ice"))


def _brine_pump(time: Timeline, ice: Floats, seed: int) -> tuple[Floats, Floats]:
    """Return (electricity of the brine pump, what it no longer takes) (n,) [kWh].

    At full speed until it follows the ice plant's load, by the third power of its speed; the heat it no longer leaves
    in the brine is no longer rejected to the air.
    """
    full = _BRINE_KW * time.ice * (1.0 + ar1(stream(seed, "brine"), ice.size, 2.5, 0.01))
    speed = np.clip(ice / np.quantile(ice, 0.98), 0.35, 1.0)
    spared = np.where(time.since(plan.BRINE_SPEED_FROM), full * (1.0 - speed**3), 0.0)
    return _watt_hours(full - spared), _watt_hours(spared)


def _other_electricity(time: Timeline, air: Floats, seed: int) -> tuple[Floats, Floats]:
    """Return (electricity of all but ice plant and heat pump, of it the night ventilation fault) (n,) [kWh]."""
    visitors = time.open * (0.4 + 0.6 * time.visits)
    dark = (time.hour < 6) | (time.hour >= 17)
    evening = (time.hour >= 16) & (time.hour < 21)
    kw: Floats = 42.0 + 64.0 + 22.0 * time.open  # the site itself; the pool's pumps and air
    kw = kw + time.open * (33.0 + 48.0) * (0.5 + 0.5 * time.visits) + (1.0 - time.open) * 14.0  # halls: light and air
    kw = kw + time.ice * (34.0 * visitors + 9.0 + 1.1 * np.maximum(0.0, air - 5.0))  # rinks: light and drying
    kw = kw + 18.0 * evening * visitors + 12.0 * dark
    fault = 34.0 * (1.0 - time.open) * time.since(plan.NIGHT_FAULT_FROM)
    factor = _wobble(time, seed, "electricity")
    return (kw + fault) * factor, fault * factor


def _season_cover(time: Timeline) -> tuple[Floats, Floats]:
    """Return (share of the need the heat pump may meet, share of its source taken from the store) (n,)."""
    month = time.day.astype("datetime64[M]").astype(np.int64) % 12 + 1
    cover = np.select([month <= 3, month == 4, month == 9, month == 10, month >= 11], [0.80, 0.45, 0.30, 0.45, 0.80])
    stored = np.select([month <= 2, month == 3, month >= 11], [0.52, 0.36, 0.42])
    return cover.astype(np.float64), stored.astype(np.float64)


def _store(
    time: Timeline, air: Floats, need: Floats, ice: Floats, seed: int
) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    """Return (heat delivered, own electricity, charged, content, taken straight from ice plant, drawn) (n,) [kWh].

    Charged August to November from the ice plant, emptied November to March, part of it straight and the rest through a
    heat pump with a coefficient of performance about 4; idle without ice.
    """
    rng = stream(seed, "store")
    on = time.since(plan.STORE_FROM) & (time.ice > 0) & ~service_stop(time, air)
    cover, stored = _season_cover(time)
    wanted = np.minimum(cover * need, np.maximum(need - _LEAST_DISTRICT_KW, 0.0))
    delivered = _watt_hours(np.where(on, np.minimum(wanted, _STORE_KW), 0.0))
    factor = np.clip(4.05 - 0.004 * (20.0 - air) + ar1(rng, air.size, 200.0, 0.08), 3.2, 4.8)
    own = delivered * (1.0 - _DIRECT_SHARE) / factor  # the heat pump's electricity ends as heat too
    source = delivered - own
    taken = source * (1.0 - stored)
    month = time.day.astype("datetime64[M]").astype(np.int64) % 12 + 1
    spare = np.maximum(0.93 * _HEAT_PER_ICE_KWH * ice - taken, 0.0)
    charging = time.since(plan.STORE_FROM) & (time.ice > 0) & (month >= 8) & (month <= 11)
    charged = _watt_hours(np.where(charging, np.minimum(0.62 * spare, _CHARGE_KW), 0.0))
    pumps: Floats = np.where(time.since(plan.STORE_FROM), 1.2 + 6.0 * (charged > 0) + 4.0 * on, 0.0)
    change = 0.82 * charged - source * stored  # what conduction takes is taken at the door
    return delivered, _watt_hours(own + pumps), charged, np.cumsum(change), taken, source * stored


def service_stop(time: Timeline, air: Floats) -> npt.NDArray[np.bool_]:
    """Return the hours the heat pump stands still in the coldest three days of each January-February with a store.

    This is the mistake a finding should name: the year's billed heat power is set while the store is idle.
    """
    day = time.day.astype(np.int64) - int(time.day[0].astype(np.int64))
    daily = np.bincount(day, air) / np.bincount(day)
    three = np.convolve(daily, np.ones(3), mode="valid")
    days = np.arange(three.size) + time.day[0]
    stop = np.zeros(time.hour.size, dtype=bool)
    for year in range(plan.SERVICE_STOP_FROM.year, plan.END.year):
        first = max(np.datetime64(plan.SERVICE_STOP_FROM), np.datetime64(f"{year}-01-08"))
        inside = (days >= first) & (days <= np.datetime64(f"{year}-02-25"))
        coldest = days[inside][np.argmin(three[inside])]
        stop |= (time.day >= coldest) & (time.day < coldest + 3)
    return stop


def hydraulics(district_kwh: Floats, time: Timeline, air: Floats, seed: int) -> tuple[Floats, Floats, Floats]:
    """Return (volume [m³, litres kept], supply [°C], return [°C]) (n,) of a district-heating load (n,) [kWh].

    The return is warmer at low load; from the day of the fault it is 6 °C warmer still. E = 1.163·V·(Ts - Tr).
    """
    rng = stream(seed, "water")
    n = district_kwh.size
    supply = np.clip(73.0 + 1.05 * np.maximum(0.0, 6.0 - lagged(air, 8.0)), 70.0, 104.0) + ar1(rng, n, 6.0, 0.6)
    back = 36.5 + 13.0 * np.exp(-district_kwh / 140.0) + ar1(rng, n, 12.0, 0.7)
    back = back + 6.0 * time.since(plan.RETURN_FAULT_FROM)
    supply, back = np.round(supply, 2), np.round(back, 2)
    return np.round(district_kwh / (_KWH_PER_M3K * (supply - back)), 3), supply, back
