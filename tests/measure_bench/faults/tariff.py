"""Faults of tariff and contract (T)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from energy.calendar import normal_time
from energy.model import Contract, Floats, Load, PriceList
from tests.measure_bench.faults.base import Fault, run_with, since
from tests.measure_bench.noise import stream
from tests.measure_bench.prices import FUSE_FEE_SEK, dearer_grid_list, dearer_heat_list, dormant_list, fuse_list
from tests.measure_bench.world import HEAT, POWER, World

__all__ = ["FAULTS"]


def few_heat_peaks(world: World, share: float) -> World:
    """Refill pool and tank with hot water on three or four cold days a winter; the week after buys that much less."""
    site, bought = world.site, world.running.flows["bought"].reshape(-1, 24).mean(axis=1)
    rng, year = stream(site.seed, "peaks"), np.arange(len(bought))[::-1] // 365
    moved = np.zeros(len(bought))
    for found in np.unique(year):
        days = np.flatnonzero(year == found)
        cold = days[np.argsort(bought[days])[-25:]]
        for day in rng.choice(cold, size=min(len(cold), int(rng.integers(3, 5))), replace=False):
            after = np.arange(day + 1, min(day + 7, len(bought)))
            moved[day] += share * bought[days].max()
            moved[after] -= share * bought[days].max() / max(1, len(after))
    return run_with(world, heat_moved_kwh=np.repeat(moved, 24))


def warm_return(world: World, kelvin: float) -> World:
    """Foul the heat exchangers and let a valve leak: the return comes back warmer, from some day of the year before."""
    return run_with(world, return_k=kelvin * since(world.site, "return", -8, 0))


def too_much_subscribed(world: World, times: float) -> World:
    """Subscribe to more heat power than the coldest day of the years asks for."""
    changed = [
        replace(c, options=dict(c.options) | {"subscribed_kw": float(np.ceil(times * c.options["subscribed_kw"]))})
        if c.metering_point == HEAT else c
        for c in world.contracts
    ]  # fmt: skip
    return replace(world, contracts=changed)


def subscription_too_dear(well: World, world: World) -> float:
    """Return what the subscription costs above the cheapest, in many winters: one winter's overrun is chance."""
    now, least = (float(one.contracts[0].options["subscribed_kw"]) for one in (world, well))
    return well.subscription_sek(now) - well.subscription_sek(least)


def _relisted(world: World, point: str, family: str, dearer: PriceList) -> World:
    lists = [*(one for one in world.lists if one.id != dearer.id), dearer]
    here = (point, family)
    contracts = [
        replace(c, family=dearer.family) if (c.metering_point, c.family) == here else c for c in world.contracts
    ]
    return replace(world, lists=lists, contracts=contracts)


def wrong_heat_list(world: World, dearer: float) -> World:
    """Buy heat under the supplier's list for peaky customers, though the cheaper one is open to this facility."""
    return _relisted(world, HEAT, "varme", dearer_heat_list(world.site.heat_kind, dearer))


def wrong_grid_list(world: World, price: float) -> World:
    """Have the grid company's low-voltage list, though the one with high-load time is cheaper for this load."""
    return _relisted(world, POWER, "nat", dearer_grid_list(price))


def _per_day(hourly: Floats) -> Floats:
    """Return (n,) the sum of each hour's day of normal time; the spans begin at midnight."""
    return np.repeat(hourly.reshape(-1, 24).sum(axis=1), 24)


def _hour(world: World) -> Floats:
    clock = normal_time(world.site.start_utc)
    return (clock - clock.astype("datetime64[D]")).astype("timedelta64[h]").astype(np.float64)


def all_at_once(world: World, kw: float) -> World:
    """Start compressors, sauna and resurfacing in the same hour on some evenings a month; the night takes that less."""
    site, hour = world.site, _hour(world)
    lots = stream(site.seed, "at once").random(site.n // 24)
    busy = np.repeat(lots < 0.1, 24) & (hour == np.repeat(stream(site.seed, "at").integers(17, 20, site.n // 24), 24))
    night = ((hour < 5) / 5.0).astype(np.float64)
    return run_with(world, power_moved_kwh=kw * busy - kw * _per_day(busy.astype(np.float64)) * night)


def no_night_cooling(world: World, share: float) -> World:
    """Make a share of the night's cold on weekday evenings of the winter instead, when power is billed high.

    No more than the night's machines make: an evening with more kW than the night gives up would be energy from
    nowhere, and more than the slab of a rink can hold (a share of all is some 250 kWh of electricity, 2-3 K in it).
    """
    site, hour = world.site, _hour(world)
    winter = ((site.month >= 11) | (site.month <= 2)) & (site.weekday < 5)
    evening = (winter & (hour >= 16) & (hour < 20)).astype(np.float64)
    night = share * world.running.power["ice_plant"] * (_per_day(evening) > 0) * (hour < 5)
    return run_with(world, cold_moved_kwh=evening * _per_day(night) / 4.0 - night)


def ice_at_dear_hours(world: World, share: float) -> World:
    """Make a share of the cold of the day's four cheapest hours in its four dearest instead, as a clock set wrongly."""
    price = world.site.spot_sek_per_kwh.reshape(-1, 24)
    rank = np.argsort(np.argsort(price, axis=1), axis=1).reshape(-1)
    cheap = share * world.running.power["ice_plant"] * (rank < 4)
    return run_with(world, cold_moved_kwh=(rank >= 20) * _per_day(cheap) / 4.0 - cheap)


def reactive(world: World, tan_phi: float) -> World:
    """Lose the capacitors: reactive over active power rises, from some month of the year before."""
    began = since(world.site, "capacitors", -10, 0) > 0
    return run_with(world, tan_phi=np.where(began, tan_phi, world.controls.tan_phi))


def dormant_meter(world: World, sek_per_year: float) -> World:
    """Keep a grid contract for a store room where nothing runs any more."""
    kwh = 0.002 + 0.001 * stream(world.site.seed, "dormant").random((world.site.n, 1))
    extra = {"el_forrad": Load("el_forrad", world.site.start_utc, kwh)}
    contract = Contract("el_forrad", "nat-sakring", date(2020, 1, 1), date(2027, 1, 1))
    lists = [*world.lists, dormant_list(sek_per_year)]
    return replace(world, lists=lists, contracts=[*world.contracts, contract], extra_loads=extra)


def _club_house(world: World, ampere: int) -> World:
    """Return the facility with a club house beside it, on a main fuse of its own that is `ampere` large."""
    site = world.site
    kw = 0.6 + (1.5 + 4.5 * site.booked) * stream(site.seed, "club house").uniform(0.7, 1.2, site.n)
    span = (date(2020, 1, 1), date(2027, 1, 1))
    lists = [*world.lists, *(fuse_list(size) for size in FUSE_FEE_SEK)]
    contract = Contract("el_klubb", f"nat-sakring-{ampere}", *span)
    extra = {"el_klubb": Load("el_klubb", site.start_utc, kw[:, None])}
    return replace(world, lists=lists, contracts=[*world.contracts, contract], extra_loads=extra)


def club_house(world: World) -> World:
    """Let a club house on a fuse of 25 A, which carries what it draws, stand beside the centre."""
    return _club_house(world, 25)


def large_fuse(world: World, ampere: float) -> World:
    """Keep the club house on a larger fuse than it needs."""
    kept = [one for one in world.contracts if one.metering_point != "el_klubb"]
    return _club_house(replace(world, contracts=kept, lists=world.lists[: -len(FUSE_FEE_SEK)]), int(ampere))


def second_meter(world: World, share: float) -> World:
    """Have a share of what no sub-meter shows (kitchen, offices, outdoor light) on a subscription of its own."""
    kwh = share * world.running.power["rest"]
    span, point = (date(2020, 1, 1), date(2027, 1, 1)), "el_annex"
    reactive = (kwh * world.controls.tan_phi)[:, None]
    extra = {point: Load(point, world.site.start_utc, kwh[:, None], reactive_kvarh=reactive)}
    contracts = [*world.contracts, Contract(point, "nat", *span), Contract(point, "elhandel", *span)]
    return replace(run_with(world, power_moved_kwh=-kwh), contracts=contracts, extra_loads=extra)


FAULTS = (
    Fault("too_much_subscribed", "T1", "subscribed_power", "subscribed heat power 1.2, 1.4, 1.8 times the need",
          (1.2, 1.4, 1.8), too_much_subscribed, ("subscribed",), truth=subscription_too_dear),
    Fault("few_heat_peaks", "T2", "billed_heat_power", "three or four cold days a winter take 30, 50, 80 % more heat",
          (0.30, 0.50, 0.80), few_heat_peaks, ("return", "flow")),
    Fault("wrong_heat_list", "T3", "poor_price_category", "energy 10, 20, 35 % dearer, power 5 % cheaper, than need be",
          (0.10, 0.20, 0.35), wrong_heat_list, billed=True),
    Fault("warm_return", "T4", "high_return_temperature", "the return is 4, 8, 14 K warmer since last year",
          (4.0, 8.0, 14.0), warm_return, ("return", "flow")),
    Fault("all_at_once", "T5", "monthly_power_peaks", "40, 80, 150 kW more in one hour on one evening in ten",
          (40.0, 80.0, 150.0), all_at_once),
    Fault("no_night_cooling", "T6", "high_load_peak", "40, 70, 100 % of the night's ice-making on winter evenings",
          (0.4, 0.7, 1.0), no_night_cooling),
    Fault("ice_at_dear_hours", "T12", "costly_load_profile",
          "40, 70, 100 % of the ice-making of the four cheapest hours in the four dearest", (0.4, 0.7, 1.0),
          ice_at_dear_hours),
    Fault("wrong_grid_list", "T7", "dearer_electricity_list", "a list with monthly power at 60, 75, 100 kr/kW",
          (60.0, 75.0, 100.0), wrong_grid_list, billed=True),
    Fault("reactive", "T8", "reactive_power", "reactive over active power 0.4, 0.6, 0.9", (0.4, 0.6, 0.9), reactive,
          billed=True),
    Fault("dormant_meter", "T9", "dormant_meter", "a meter without use at 3, 8, 20 thousand SEK a year",
          (3000.0, 8000.0, 20000.0), dormant_meter, billed=True),
    Fault("large_fuse", "T9", "oversized_fuse", "a club house on 35, 50, 63 A where 25 A is enough",
          (35.0, 50.0, 63.0), large_fuse, base=club_house, billed=True),
    Fault("second_meter", "T10", "several_metering_points",
          "30, 60, 100 % of the load without sub-meter on a subscription of its own", (0.3, 0.6, 1.0), second_meter,
          billed=True),
)  # fmt: skip
