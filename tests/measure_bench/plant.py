"""The physics of the centre: site and controls -> what every meter and every sensor would tell.

Heat and moisture balances of halls, pool and rinks, a condenser whose heat is recovered, a store with a heat pump, and
a substation. Simple, but the parts hang together: more moisture means more ice load, warmer ice less condenser heat.
Magnitudes: rinks with a mean of 2.2 kWh a day and m² of ice, pools with 400-500 kWh/m², halls with 160 kWh/m².
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from energy.model import Floats
from tests.measure_bench.controls import Controls
from tests.measure_bench.noise import ar1, wobble
from tests.measure_bench.site import Site, saturation_g_per_kg

__all__ = ["Plant", "Running", "run"]

AIR = 1.2  # kJ per m³ and K, the heat of air
NOISY = (0.07, 0.05, 0.02)  # what no weather or timetable explains: of the hour, of the week, drift over a year
NOISE = {  # a motor or a lamp draws what it draws; what people do varies more
    "brine_pump": (0.012, 0.008, 0.01), "circulation_pump": (0.012, 0.008, 0.01), "lighting": (0.03, 0.02, 0.02),
    "sauna": (0.05, 0.03, 0.02), "hot_water_circulation": (0.02, 0.02, 0.02), "domestic_hot_water": (0.20, 0.06, 0.03),
}  # fmt: skip
HALL_LIGHT, ICE_LIGHT = 0.007, 0.006  # kW/m² of LED, all lit
VAPOUR = 0.68  # kWh per kg of water evaporated
HOT = (
    "pool",
    "ventilation",
    "hot_water_circulation",
    "domestic_hot_water",
)  # needs district heat


@dataclass
class Running:
    """What is going on hour by hour, (n,): heat needs, heat of the store and the condenser, power, water, sensors."""

    heat: dict[str, Floats] = field(default_factory=dict)  # need by use [kWh], before recovery
    power: dict[str, Floats] = field(default_factory=dict)  # by use [kWh]
    water: dict[str, Floats] = field(default_factory=dict)  # [m³]
    sensors: dict[str, Floats] = field(default_factory=dict)
    flows: dict[str, Floats] = field(default_factory=dict)  # rejected, recovered, charge, discharge [kWh]


@dataclass(frozen=True)
class Plant:
    """The sizes of a facility, drawn from its seed."""

    hall_m2: float
    hall_air: float  # m³/s
    pool_m2: float
    ice_m2: float
    rinks: int
    pump_heat_kw: float  # the store's heat pump
    store_mwh: float

    @classmethod
    def of(cls, site: Site) -> Plant:
        """Return the sizes of the facility of a seed."""
        rinks = 1 + int(site.draw("rinks", 0, 1) > 0.5)
        hall = site.draw("hall", 4500, 8000)
        return cls(hall, hall * site.draw("air", 1.6, 2.2) / 1000, site.draw("pool", 320, 620), 1800.0 * rinks, rinks,
                   site.draw("pump", 70, 120), site.draw("store", 350, 650))  # fmt: skip


def run(site: Site, controls: Controls) -> Running:
    """Return what happens in a facility that is run like this."""
    plant, out = Plant.of(site), Running()
    _halls(site, plant, controls, out)
    _pool(site, plant, controls, out)
    _rinks(site, plant, controls, out)
    _water(site, controls, out)
    _small_power(site, plant, controls, out)
    for kind, parts in (("heat", out.heat), ("power", out.power)):
        for use in parts:
            parts[use] = parts[use] * wobble(site.seed, f"{kind}/{use}", site.n, *NOISE.get(use, NOISY))
    out.power["ice_plant"] = np.maximum(out.power["ice_plant"] + controls.cold_moved_kwh, 0.0)
    _condenser_and_store(site, plant, controls, out)
    return out


def _on(site: Site, signal: Floats | float) -> Floats:
    return np.broadcast_to(np.asarray(signal, dtype=np.float64), (site.n,)).copy()


def _halls(site: Site, plant: Plant, controls: Controls, out: Running) -> None:
    inside = _on(site, controls.hall_c) + controls.curve_k
    free = 4.0 * site.booked + 1.5  # people and light keep the halls this much warmer [K]
    loss = plant.hall_m2 * site.draw("envelope", 0.8, 1.1) / 1000  # kW/K
    slow = np.convolve(site.outdoor_c, np.full(30, 1 / 30), "same")  # the building's memory
    needed = loss * (inside - free - slow) - site.draw("lamp heat", 0.6, 0.95) * _extra_light(site, plant, controls)[0]
    out.heat["space_heating"] = np.maximum(0.0, needed)
    flow = plant.hall_air * _on(site, controls.hall_flow)
    recovery = site.draw("hall recovery", 0.6, 0.75)
    out.heat["ventilation"] = AIR * flow * (1 - recovery) * np.maximum(0.0, inside - 1 - site.outdoor_c)
    share = _on(site, controls.hall_flow)
    out.power["ventilation"] = plant.hall_air * site.draw("sfp", 1.8, 2.6) * (0.04 + 0.96 * share**2.2)
    out.sensors["hall_c"] = inside + 0.2 * ar1(site.seed, "hall sensor", site.n, 10.0)
    out.sensors["hall_set_c"] = _on(site, controls.hall_c)
    out.sensors["hall_fan"] = np.clip((share - 0.1) / 0.4, 0.0, 1.0).round()


def _extra_light(site: Site, plant: Plant, controls: Controls) -> tuple[Floats, Floats]:
    """Return what lamps of halls and of rinks draw beyond LED lit as in a well-run house [kW]: `free` holds that."""
    usual = np.where(site.booked == 1, 1.0, np.where(site.open == 1, 0.5, 0.03))
    extra = _on(site, controls.lights) * controls.lamp_power - usual
    return plant.hall_m2 * HALL_LIGHT * extra, plant.ice_m2 * ICE_LIGHT * extra


def _pool(site: Site, plant: Plant, controls: Controls, out: Running) -> None:
    busy = np.where(site.open == 1, 0.75 + 0.25 * site.booked, 1.0)
    vapour = plant.pool_m2 * 0.20 * busy * controls.pool_cover * (_on(site, controls.pool_c) / 27.5) ** 1.5  # kg/h
    air_c = _on(site, controls.pool_c) + 2.0
    wanted = 0.56 * saturation_g_per_kg(air_c)
    least = 0.35  # m³/s of outdoor air for people and pressure
    dry = np.maximum(wanted - site.moisture_g_per_kg, 1.0)
    flow = np.maximum(least, vapour / dry / AIR / 3.6) * controls.pool_flow
    flow = np.minimum(flow, 6.0 * plant.pool_m2 / 450)
    humid = site.moisture_g_per_kg + vapour / np.maximum(flow, 0.05) / AIR / 3.6
    relative = 100 * np.minimum(humid / saturation_g_per_kg(air_c), 0.9)
    recovery = site.draw("pool recovery", 0.50, 0.73)  # 73 %: required since 2018 (EU 1253/2014)
    air_heat = AIR * flow * (1 - recovery) * np.maximum(0.0, air_c - site.outdoor_c)
    out.heat["pool"] = vapour * VAPOUR + 0.02 * plant.pool_m2 + air_heat
    out.power["pool"] = plant.pool_m2 * 0.045 * (0.6 + 0.4 * site.open) + 2.2 * flow
    drained = _on(site, controls.drained_m3_h)
    out.water["make_up_water"] = vapour / 1000 + 0.06 * plant.pool_m2 / 450 * site.open + controls.leak_m3_h + drained
    warmed = out.water["make_up_water"] - controls.drain_recovery * drained
    out.heat["pool"] = out.heat["pool"] + 1.163 * 19.5 * warmed  # new water is 8 °C
    out.sensors["pool_rh"] = relative + 1.5 * ar1(site.seed, "sensor 1", site.n, 6.0)
    out.sensors["pool_c"] = _on(site, controls.pool_c)
    out.sensors["pool_air_c"] = air_c + 0.2 * ar1(site.seed, "sensor 2", site.n, 10.0)


def _rinks(site: Site, plant: Plant, controls: Controls, out: Running) -> None:
    on, air_c, ice_c = (_on(site, value) for value in (controls.ice_on, controls.rink_c, controls.ice_c))
    air_c = air_c + 0.12 * (site.outdoor_c - 5)
    set_g = _on(site, controls.rink_rh) / 100 * saturation_g_per_kg(air_c)
    leak = plant.ice_m2 * (0.10 + 0.14 * site.booked) / 1000  # m³/s of outdoor air that comes in
    damp = (
        AIR * 3.6 * leak * np.maximum(0.0, site.moisture_g_per_kg - 0.85 * set_g) + 0.003 * plant.ice_m2 * site.booked
    )
    taken = damp * np.clip(1.35 - 0.008 * (_on(site, controls.rink_rh) - 50), 0.7, 1.4)  # drier air draws more in
    frost = np.maximum(0.0, set_g - saturation_g_per_kg(ice_c)) * 0.0012 * plant.ice_m2
    taken = np.maximum(taken - frost / 0.79, 0.0)  # kg/h: what freezes on the ice (0.79 kWh/kg) is not left to dry
    out.power["dehumidifier"] = on * (1.1 * taken + 0.8 * plant.rinks)
    air, ceiling = site.draw("convection", 1.8, 3.2), site.draw("radiation", 0.4, 1.8)  # W/m²K: rinks differ
    radiant = ceiling * (air_c + 2 - ice_c) + 45 + 8 * _on(site, controls.lights)
    lamps = _extra_light(site, plant, controls)[1]
    older = _on(site, controls.lights) * (controls.lamp_power - 1.0) * plant.ice_m2 * ICE_LIGHT  # not in the 8 W/m²
    gain = plant.ice_m2 / 1000 * (air * (air_c - ice_c) + radiant) + site.draw("lamps on ice", 0.5, 0.7) * older
    water = _on(site, controls.resurfacings) * plant.rinks * controls.resurfacing_m3 * on  # m³/h
    water = water * wobble(site.seed, "water/resurfacing", site.n, 0.15, 0.05, 0.02)
    out.water["resurfacing"] = water
    cooling = on * (gain + frost) + water * (1.163 * 42 + 93)
    speed = np.clip(0.35 + 0.5 * cooling / (plant.ice_m2 * 0.16), 0.45, 1.0)
    speed = speed if controls.brine_speed is None else _on(site, controls.brine_speed)
    out.power["brine_pump"] = on * 11.0 * plant.rinks * speed**2.7
    cooling = cooling + out.power["brine_pump"]
    brine = ice_c - 4.0 - 0.06 * (_on(site, controls.ice_mm) - 30) - 2.0 * cooling / (plant.ice_m2 * 0.16)
    warm = np.maximum(30.0, site.outdoor_c + 12)  # as warm as the recovery of heat needs
    cop = site.draw("carnot", 0.40, 0.48) * (brine + 273) / (warm - brine)
    out.power["ice_plant"] = cooling / cop + on * 2.0
    out.heat["resurfacing"] = water * 1.163 * 34
    hall = plant.ice_m2 / 1000 * 1.6 * np.maximum(0.0, air_c + 6 - 0.5 * site.outdoor_c)
    out.heat["rink"] = on * np.maximum(0.0, hall - 0.3 * lamps)
    out.flows["condenser"] = cooling + out.power["ice_plant"]
    relative = _on(site, controls.rink_rh) + 2.0 * ar1(site.seed, "sensor 3", site.n, 5.0)
    out.sensors["rink_rh"] = np.where(on > 0, relative, 70.0 + 5.0 * ar1(site.seed, "sensor 4", site.n, 30.0))
    out.sensors["ice_c"] = np.where(on > 0, ice_c + 0.15 * ar1(site.seed, "sensor 5", site.n, 4.0), np.nan)
    out.sensors["brine_c"] = np.where(on > 0, brine + 0.15 * ar1(site.seed, "sensor 6", site.n, 4.0), np.nan)
    out.sensors["rink_air_c"] = air_c + 0.3 * ar1(site.seed, "sensor 7", site.n, 8.0)


def _water(site: Site, controls: Controls, out: Running) -> None:
    people = site.open * (10 + 45 * site.booked) * site.draw("visitors", 0.7, 1.3)
    warm = people * 0.025 * 1.163
    out.heat["domestic_hot_water"], out.heat["preheating"] = warm * 22, warm * 25
    out.heat["hot_water_circulation"] = _on(site, controls.circulation_kw)
    out.water["water"] = people * 0.05 + 0.02 + out.water["make_up_water"] + out.water["resurfacing"]


def _small_power(site: Site, plant: Plant, controls: Controls, out: Running) -> None:
    lit = (plant.hall_m2 * HALL_LIGHT + plant.ice_m2 * ICE_LIGHT) * _on(site, controls.lights)
    out.power["lighting"] = lit * controls.lamp_power
    out.power["sauna"] = 24.0 * _on(site, controls.sauna)
    out.power["stand_heating"] = 30.0 * plant.rinks * _on(site, controls.stands) * _on(site, controls.ice_on)
    out.power["ground_heating"] = 25.0 * _on(site, controls.ground)
    out.power["rest"] = 14 + 22 * site.open + 12 * site.booked
    out.power["standby"] = _on(site, controls.standby_kw)


def _condenser_and_store(site: Site, plant: Plant, controls: Controls, out: Running) -> None:
    """Recover, charge, discharge. Condenser heat is lifted by a heat pump of its own where it replaces bought heat.

    The electric heater stands before the heat pump on the same supply line: the heat pump is asked for so much less.
    """
    condenser = out.flows["condenser"]
    # pool, air, circulation and the last lift of hot water take district heat; the rest is met at a lower temperature
    hot = np.sum([out.heat[use] for use in HOT], axis=0)
    need = np.sum(list(out.heat.values()), axis=0) - hot
    usable = site.draw("usable", 0.66, 0.80)  # of the condenser's heat; the rest is too cold or comes too unevenly
    met = site.draw("met", 0.84, 0.96)  # of the need at low temperature: peaks and narrow pipes leave some
    recovered = np.minimum(usable * condenser, met * need) * _on(site, controls.recovered)
    also = np.minimum(np.maximum(usable * condenser - recovered, 0.0), met * hot) * controls.hot_recovered
    for use in HOT:  # what their meters show is what they take from the district heating
        out.heat[use] = out.heat[use] * (1.0 - np.divide(also, hot, out=np.zeros_like(hot), where=hot > 0))
    hot = hot - also
    left = condenser - recovered - also
    charge = 0.9 * np.minimum(left, 1.1 * plant.pump_heat_kw) * _on(site, controls.charging)
    supply = np.clip(44 + 0.5 * (5 - site.outdoor_c), 40, 58)
    wanted = plant.pump_heat_kw * _on(site, controls.discharging)
    if controls.heat_price:  # decided on what the operator expects of the heat pump, the evening before
        cheap = site.power_sek_per_kwh / (3.3 * np.asarray(controls.pump_factor)) < site.heat_sek_per_kwh
        wanted = wanted * (cheap | (site.outdoor_c < -2))  # cold days set the heat power: then it always runs
    heater = np.minimum(_on(site, controls.heater_kw), 0.5 * (need - recovered))
    pumped = np.maximum(np.minimum(wanted, 0.9 * (need - recovered)) - heater, 0.0)
    pumped = pumped * _given(plant, controls, charge, pumped)  # a cold store gives less
    store_c = _store_temperature(site, plant, controls, charge - 0.70 * pumped)
    lift = supply + 5 - (store_c - 4)
    cop = 0.46 * (supply + 278) / np.maximum(lift, 15.0) * controls.pump_factor
    cop = np.clip(cop * wobble(site.seed, "cop", site.n, 0.03, 0.01, 0.005), 1.2, 7.0)
    out.flows |= {"recovered": recovered + also, "rejected": left - charge, "charge": charge, "discharge": pumped}
    out.flows |= {"bought": np.maximum(hot + need - recovered - pumped - heater + controls.heat_moved_kwh, 1.0)}
    lift = recovered * site.draw("lift", 0.18, 0.26) + also * site.draw("hot lift", 0.20, 0.30)
    out.power |= {"lift": lift, "heat_pump": pumped / cop}
    moving = np.maximum(charge, pumped) / plant.pump_heat_kw
    moving = np.maximum(np.clip(moving, 0.0, 1.0), controls.store_pump)
    out.power |= {"circulation_pump": 0.05 * plant.pump_heat_kw * moving + 0.05, "electric_heater": heater / 0.98}
    out.sensors |= {"store_c": store_c + 0.1 * ar1(site.seed, "store sensor", site.n, 10.0)}
    out.sensors |= {"store_supply_c": np.where(pumped > 1, supply, np.nan)}


def _given(plant: Plant, controls: Controls, charge: Floats, wanted: Floats) -> Floats:
    """Return the share (n,) of what is asked for that a store gives: less under 5 °C, nothing under 1 °C.

    Hour by hour, as it is then: what it did not give it still holds.
    """
    keeps, capacity = float(np.exp(-controls.store_loss / 730.0)), 1000 * plant.store_mwh / 25.0
    if (10.0 + (4.0 * capacity - 0.70 * float(wanted.sum())) / capacity) > 5.0:
        return np.ones(len(wanted))
    shares, stored = np.empty(len(wanted)), 4.0 * capacity
    for hour, (put_in, asked) in enumerate(zip(charge.tolist(), wanted.tolist(), strict=True)):
        share = min(max((9.0 + stored / capacity) / 4.0, 0.0), 1.0)
        shares[hour] = share
        stored = keeps * stored + put_in - 0.70 * asked * share
    return shares


def _store_temperature(site: Site, plant: Plant, controls: Controls, net_kwh: Floats) -> Floats:
    """Return the store's temperature: heat in and out, and a slow return to that of the ground."""
    keeps = float(np.exp(-controls.store_loss / 730.0))
    decay = keeps ** np.arange(site.n)
    stored = decay * (np.cumsum(net_kwh / decay) + 4.0 * 1000 * plant.store_mwh / 25.0)
    return np.asarray(np.clip(10.0 + stored / (1000 * plant.store_mwh / 25.0), -2.0, 45.0), dtype=np.float64)
