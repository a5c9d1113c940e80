"""A facility as the rules see it, and what it pays: site + controls + contracts -> context and yearly cost.

A fault changes controls or contracts; its true value is the bill with it less the bill without it, over the months
valued, with all the history changed alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, lru_cache

import numpy as np
import polars as pl

from energy.calendar import Instants, month_starts, normal_time
from energy.measures import MeasureContext
from energy.model import TABLES, BillingContext, Carrier, Contract, Facts, Floats, Load, PriceList, Store, Trend, Use
from energy.tariffs.bill import bill, total
from tests.measure_bench.controls import Controls, well_run
from tests.measure_bench.noise import ar1, stream, wobble
from tests.measure_bench.optimum import Operations
from tests.measure_bench.plant import Plant, Running, run
from tests.measure_bench.prices import OVERRUN_SEK, SUBSCRIBED_SEK, price_lists
from tests.measure_bench.site import Site

__all__ = ["HEAT", "POWER", "World"]

HEAT, POWER, WATER = "fjv", "el", "vatten"
GRIDS = ("nat", "nat-lag", "nat-sakring")
KINDS = {"varme": "heat", "varme-topp": "heat", "elhandel": "retail"} | dict.fromkeys(GRIDS, "grid")
SUBMETERS: tuple[tuple[str, str, str, Use, str], ...] = (  # point, of what, key there, use, name
    ("el_luft", "power", "ventilation", "ventilation", "Ventilation hallar, el"),
    ("el_kyla", "power", "ice_plant", "ice_plant", "Kylmaskiner"),
    ("el_koldbararpump", "power", "brine_pump", "brine_pump", "Köldbärarpumpar"),
    ("el_avfuktare", "power", "dehumidifier", "dehumidifier", "Avfuktare ishall"),
    ("el_belysning", "power", "lighting", "lighting", "Belysning"),
    ("el_bastu", "power", "sauna", "sauna", "Bastu"),
    ("el_laktare", "power", "stand_heating", "stand_heating", "Läktarvärme"),
    ("el_mark", "power", "ground_heating", "ground_heating", "Markvärme"),
    ("el_vp", "power", "heat_pump", "heat_pump", "Värmepump"),
    ("el_lagerpump", "power", "circulation_pump", "circulation_pump", "Lagrets cirkulationspumpar"),
    ("el_patron", "power", "electric_heater", "electric_heater", "Elpatron"),
    ("v_bad", "heat", "pool", "pool", "Värme bad"),
    ("v_luft", "heat", "ventilation", "ventilation", "Värme ventilation hallar"),
    ("v_vvc", "heat", "hot_water_circulation", "hot_water_circulation", "Varmvattencirkulation"),
    ("v_vv", "heat", "domestic_hot_water", "domestic_hot_water", "Tappvarmvatten"),
    ("bortkyld", "flows", "rejected", "rejected_heat", "Bortkyld värme"),
    ("laddning", "flows", "charge", "charge", "Laddning lager"),
    ("urladdning", "flows", "discharge", "discharge", "Urladdning lager och värmepump"),
    ("spolvatten", "water", "resurfacing", "resurfacing", "Isprepareringens varmvatten"),
    ("spad", "water", "make_up_water", "make_up_water", "Spädvatten bad"),
)
CARRIER: Mapping[str, Carrier] = {"power": "electricity", "heat": "district_heating", "water": "water"}
SENSORS: tuple[tuple[str, str, str | None, str, str], ...] = (  # sensor, kind, unit, space, beside
    ("hall_c", "indoor_temperature_c", "°C", "Sporthall", "el_luft"),
    ("hall_set_c", "set_point_c", "°C", "Sporthall", "el_luft"),
    ("hall_fan", "status", None, "Sporthall", "el_luft"),
    ("pool_rh", "humidity_pct", "%", "Simhall", "v_bad"),
    ("pool_c", "pool_temperature_c", "°C", "Simhall", "v_bad"),
    ("pool_air_c", "indoor_temperature_c", "°C", "Simhall", "v_bad"),
    ("rink_rh", "humidity_pct", "%", "Ishall", "el_avfuktare"),
    ("ice_c", "ice_temperature_c", "°C", "Ishall", "el_kyla"),
    ("brine_c", "brine_temperature_c", "°C", "Ishall", "el_kyla"),
    ("rink_air_c", "indoor_temperature_c", "°C", "Ishall", "el_avfuktare"),
    ("store_c", "store_temperature_c", "°C", "Lager", "laddning"),
    ("store_supply_c", "supply_temperature_c", "°C", "Lager", "urladdning"),
)
# The setting is a share of what the store holds above its lowest 2 °C. The plant loses 4 % a month of what it holds
# above the ground's 10 °C, which at the 18 °C it is built to hold on the average is half of that.
_TOLD_LOSS_PCT = 100 * 0.04 * (18.0 - 10.0) / (18.0 - 2.0)


@dataclass(frozen=True)
class World:
    """A facility run in one way, with its contracts; `without` names meters it does not have."""

    site: Site
    controls: Controls
    lists: Sequence[PriceList]
    contracts: Sequence[Contract]
    without: frozenset[str] = frozenset()
    extra_loads: Mapping[str, Load] = field(default_factory=dict)

    @classmethod
    def well(cls, seed: int, heat_kind: str | None = None) -> World:
        """Return the facility of a seed with nothing wrong; a fault may ask for one kind of heat list."""
        return cls.at(Site.of(seed) if heat_kind is None else Site.of(seed).but(heat_kind=heat_kind))

    @classmethod
    def at(cls, site: Site) -> World:
        """Return a facility with nothing wrong."""
        world = cls(site, well_run(site), price_lists(site.heat_kind), ())
        return replace(world, contracts=world.own_contracts())

    def own_contracts(self) -> list[Contract]:
        """Return the contracts of the mains; subscribed heat power is what would have been cheapest in these years."""
        options = {"subscribed_kw": self._cheapest_kw()} if self.site.heat_kind == "subscribed" else {}
        span = (date(2020, 1, 1), date(2027, 1, 1))
        return [
            Contract(HEAT, "varme", *span, options),
            Contract(POWER, "nat", *span),
            Contract(POWER, "elhandel", *span),
        ]

    def _cheapest_kw(self) -> float:
        """Return the subscribed power with the lowest fee and overrun in the weather of many winters [kW]."""
        levels = np.arange(20.0, 2000.0, 2.0)
        return float(levels[np.argmin([self.subscription_sek(level) for level in levels])])

    def subscription_sek(self, kw: float) -> float:
        """Return a year's fee and overrun for subscribed heat power, mean over many winters [SEK]."""
        peaks = other_winters(self.site.seed, self.site.n_months, tuple(self.site.told.items()))
        overrun = np.maximum(peaks - kw, 0.0).sum(axis=1).mean()
        return SUBSCRIBED_SEK * kw + OVERRUN_SEK * float(overrun)

    @cached_property
    def running(self) -> Running:
        """What goes on."""
        return run(self.site, self.controls)

    @cached_property
    def loads(self) -> dict[str, Load]:
        """Every meter, (n, 1)."""
        found = {HEAT: self._heat_main(), POWER: self._power_main()}
        for point, part, key, *_ in SUBMETERS:
            values = getattr(self.running, part)[key][:, None]
            if part == "water":
                found[point] = Load(point, self.site.start_utc, np.full_like(values, np.nan), volume_m3=values)
            else:
                found[point] = Load(point, self.site.start_utc, values)
        water = self.running.water["water"][:, None]
        found[WATER] = Load(WATER, self.site.start_utc, np.full_like(water, np.nan), volume_m3=water)
        return {p: load for p, load in found.items() if p not in self.without} | dict(self.extra_loads)

    def _heat_main(self) -> Load:
        site, bought = self.site, self.running.flows["bought"]
        own = site.draw("return", 34, 38)
        back = own + 1.2 * ar1(site.seed, "return", site.n, 40.0) + 0.03 * (site.outdoor_c - 5)
        back = back + self.controls.return_k
        supply = np.clip(82 - 0.9 * site.outdoor_c, 68, 100) + 1.0 * ar1(site.seed, "supply", site.n, 20.0)
        volume = bought / (1.163 * np.maximum(supply - back, 8.0))
        columns = (x[:, None] for x in (bought, volume, volume * supply, volume * back))
        return Load(HEAT, site.start_utc, *columns)

    def _power_main(self) -> Load:
        site = self.site
        total_kwh = np.sum(list(self.running.power.values()), axis=0) + self.controls.power_moved_kwh
        reactive = total_kwh * self.controls.tan_phi * wobble(site.seed, "reactive", site.n, 0.05, 0.02, 0.01)
        return Load(POWER, site.start_utc, total_kwh[:, None], reactive_kvarh=reactive[:, None])

    @cached_property
    def billing(self) -> BillingContext:
        """What the bills need beside loads."""
        site = self.site
        days = normal_time(site.start_utc).astype("datetime64[D]")[::24]
        daily = dict(zip(days.tolist(), _daily_mean(site.outdoor_c).tolist(), strict=True))
        months = month_starts(days[0].item(), days[-1].item())
        network = dict(zip(months, 44 + stream(site.seed, "network").normal(0, 0.8, len(months)), strict=True))
        return BillingContext(site.spot_sek_per_kwh, daily, {m: float(v) for m, v in network.items()})

    def cost_sek(self) -> float:
        """Return what the facility pays for heat and power in the months valued [SEK excl. VAT]."""
        points = {c.metering_point for c in self.contracts}
        bills = [
            bill(self.loads[p], self.contracts, self.lists, self.site.months, self.billing) for p in sorted(points)
        ]
        cost = float(sum(float(total(found)[0]) for found in bills))
        if not np.isfinite(cost):
            raise ValueError("a facility of the bench cannot be billed whole")
        return cost

    def context(self) -> MeasureContext:
        """Return the facility as the rules see it."""
        site, mains = self.site, {HEAT: "district_heating", POWER: "electricity", WATER: "water"}
        kept = [row for row in SUBMETERS if row[0] not in self.without]
        special: dict[str, Carrier] = {
            "bortkyld": "rejected_heat",
            "laddning": "store_heat",
            "urladdning": "store_heat",
        }
        carriers = {row[0]: special.get(row[0]) or CARRIER[row[1]] for row in kept} | mains
        carriers |= dict.fromkeys(self.extra_loads, "electricity")
        parent = {"power": POWER, "heat": HEAT, "water": WATER}
        empty = {
            t: pl.DataFrame(schema=dict(TABLES[t]) | {"file_name": pl.String}) for t in ("invoices", "invoice_lines")
        }
        points = {c.metering_point for c in self.contracts}
        station = _station(site.seed, site.n_months)
        seen = MeasureContext(
            facility="centrum", start_utc=site.start_utc, air_temperature_c=site.outdoor_c, open_hours=site.open,
            months=site.months, loads=self.loads, carriers=carriers,
            parents={row[0]: parent.get(row[1]) for row in kept} | dict.fromkeys((*mains, *self.extra_loads)),
            contracts=self.contracts, price_lists=self.lists, billing=dict.fromkeys(points, self.billing),
            invoices=empty["invoices"], invoice_lines=empty["invoice_lines"],
            names={row[0]: row[4] for row in kept} | {HEAT: "Fjärrvärme", POWER: "El", WATER: "Vatten"},
            uses={row[0]: row[3] for row in kept}, trends=self._trends(), booked=site.booked,
            ice_season=self._ice_on(), stores=[self._store()], facts=self._facts(),
            contract_kinds=KINDS, seed=site.seed, station_start_utc=station[0], station_temperature_c=station[1],
        )  # fmt: skip
        return replace(seen, operations=Operations(seen))

    def _ice_on(self) -> Floats:
        return np.broadcast_to(np.asarray(self.controls.ice_on, dtype=np.float64), (self.site.n,)).copy()

    def _trends(self) -> dict[str, Trend]:
        return {
            name: Trend(name, name, kind, unit, beside if beside not in self.without else None, space, values)
            for name, kind, unit, space, beside in SENSORS
            if name not in self.without and (values := self.running.sensors.get(name)) is not None
        }

    def _store(self) -> Store:
        def has(*points: str) -> tuple[str, ...]:
            return tuple(p for p in points if p not in self.without)

        plant = Plant.of(self.site)
        return Store(
            "lager", "centrum", "Borrhålslagret", "borehole", date(2020, 1, 1), charge=has("laddning"),
            discharge=has("urladdning"), electricity=has("el_vp", "el_lagerpump"), electric_heater=has("el_patron"),
            source=has("bortkyld"), temperature_points=has("store_c"), supply_points=has("store_supply_c"),
            has_heat_pump=True, discharge_includes_heat_pump=True, displaces=HEAT,
            charge_kw=plant.pump_heat_kw, discharge_kw=plant.pump_heat_kw,
            heat_capacity_kwh_per_k=1000 * plant.store_mwh / 25.0, lowest_c=2.0, highest_c=35.0,
            capacity_kwh=1000 * plant.store_mwh, loss_pct_per_month=_TOLD_LOSS_PCT,
        )  # fmt: skip

    def _facts(self) -> Facts:
        plant = Plant.of(self.site)
        return Facts(plant.hall_m2 + 7 * plant.pool_m2 + 1.6 * plant.ice_m2, plant.ice_m2, plant.pool_m2,
                     2.0 * plant.pool_m2, -18.0)  # fmt: skip


@lru_cache(maxsize=8)
def other_winters(seed: int, n_months: int, told: tuple[tuple[str, float], ...]) -> Floats:
    """Return (w, 12) the highest daily mean of bought heat in each month, in other weathers of the place.

    Every whole year of twelve weathers, w = 24 or 36: one winter's overrun is chance, and that of twelve still is.
    """
    found, years = [], n_months // 12
    for weather in range(1, 13):
        site = Site(seed, n_months).but(told=dict(told), weather_seed=1_000 * weather + seed, heat_kind="subscribed")
        daily = _daily_mean(run(site, well_run(site)).flows["bought"])
        month = normal_time(site.start_utc[::24]).astype("datetime64[M]").astype(np.int64)
        first = np.flatnonzero(np.diff(month, prepend=-1))[-12 * years :]
        found.append(np.maximum.reduceat(daily, first).reshape(years, 12))
    return np.concatenate(found)


@lru_cache(maxsize=8)
def _station(seed: int, n_months: int) -> tuple[Instants, Floats]:
    """Return the hours and outdoor temperature of the place, these years and the fifteen before [°C]."""
    site, spans = Site(seed, n_months), {"mean": (5.5, 8.0), "swing": (9.5, 11.5)}
    before = Site(seed + 1_000_000, 180 + n_months).but(told={name: site.draw(name, *s) for name, s in spans.items()})
    earlier = before.start_utc < site.start_utc[0]
    return before.start_utc, np.concatenate((before.outdoor_c[earlier], site.outdoor_c))


def _daily_mean(hourly: Floats) -> Floats:
    """Return the means of whole days; spans of the bench begin at midnight."""
    return np.asarray(hourly.reshape(-1, 24).mean(axis=1), dtype=np.float64)
