"""A small facility for hand-calculated measures: two years of hours, price lists with one price per part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import polars as pl

from energy.calendar import hours_between, month_starts, normal_time
from energy.measures import MeasureContext
from energy.model import TABLES, BillingContext, Carrier, Contract, Floats, Load, PriceList
from energy.tariffs.pricelist import read_price_list
from tests.listed import head

HEAT, POWER, COOLER = "fjv", "el", "bortkyld"
MONTHS = month_starts(date(2023, 1, 1), date(2023, 12, 1))
START = hours_between(np.datetime64("2021-12-31T23"), np.datetime64("2023-12-31T23"))  # 2022 and 2023, normal time
HOURS = len(START)
DAYS = HOURS // 24
ENERGY = """
[[component]]
component = "energy"
label = "Energi"
determinant = {{ method = "billed_energy_kwh" }}
price = {{ unit = "SEK/MWh", value = {price} }}
"""
DEMAND = """
[[component]]
component = "demand"
label = "Effekt"
determinant = { method = "mean_of_highest_daily_means", n = 3, window_months = 12 }
price = { unit = "SEK/kW,year", spread = "twelfths", value = 1000 }
"""
FLOW = """
[[component]]
component = "flow"
label = "Flöde"
determinant = { method = "billed_flow_m3" }
price = { unit = "SEK/m3", value = 4 }
"""
MONTHLY_PEAK = """
[[component]]
component = "demand"
label = "Månadseffekt"
determinant = {{ method = "monthly_peak_hour" }}
price = {{ unit = "SEK/kW,month", value = {price} }}
"""
FIXED = """
[[component]]
component = "fixed"
label = "{label}"
determinant = {{ method = "fixed" }}
price = {{ unit = "SEK/year", spread = "twelfths", value = {price} }}
"""
SPOT = """
[[component]]
component = "energy"
label = "Spotpris"
determinant = { method = "spot_energy" }
price = { unit = "spot", value = 1 }
"""


def price_list(name: str, carrier: str, *components: str) -> PriceList:
    """Return a made-up price list of the given components."""
    text = head(name, carrier, "2020-01-01", "2030-01-01", notes="bara för test") + "".join(components)
    return read_price_list(text, f"{name}.toml")


def column(values: Floats | float) -> Floats:
    """Return an hourly column (n, 1) of one value or of (n,)."""
    return np.broadcast_to(np.asarray(values, dtype=np.float64), (HOURS,)).reshape(HOURS, 1).copy()


def hourly(daily: Floats) -> Floats:
    """Return (n,) hours carrying the value of their day."""
    return np.repeat(daily, 24)


def day_index(day: str) -> int:
    """Return which day of the span a date is."""
    return int((np.datetime64(day) - np.datetime64("2022-01-01")).astype(int))


def clock_hour() -> np.ndarray:
    """Return (n,) the hour of the day in normal time."""
    clock = normal_time(START)
    return (clock - clock.astype("datetime64[D]")).astype("timedelta64[h]").astype(int)


@dataclass(frozen=True)
class Facility:
    """What a test changes; `context()` makes the rest."""

    loads: Mapping[str, Load]
    carriers: Mapping[str, Carrier]
    lists: Sequence[PriceList]
    parents: Mapping[str, str | None] = field(default_factory=dict)
    temperature: Floats = field(default_factory=lambda: np.full(HOURS, 5.0))
    open_hours: Floats = field(default_factory=lambda: np.ones(HOURS))
    billing: Mapping[str, BillingContext] = field(default_factory=dict)
    invoices: pl.DataFrame | None = None
    lines: pl.DataFrame | None = None

    def context(self) -> MeasureContext:
        """Return the facility as the rules see it; a point is priced by the list whose carrier is its own."""
        contracts = [
            Contract(point, found.family, date(2020, 1, 1), date(2030, 1, 1))
            for point, carrier in self.carriers.items()
            for found in self.lists
            if found.carrier == carrier
        ]
        empty = {
            table: pl.DataFrame(schema=dict(TABLES[table]) | {"file_name": pl.String})
            for table in ("invoices", "invoice_lines")
        }
        return MeasureContext(
            facility="prov",
            start_utc=START,
            air_temperature_c=self.temperature,
            open_hours=self.open_hours,
            months=MONTHS,
            loads=self.loads,
            carriers=self.carriers,
            parents=self.parents,
            contracts=contracts,
            price_lists=self.lists,
            billing=self.billing,
            invoices=empty["invoices"] if self.invoices is None else self.invoices,
            invoice_lines=empty["invoice_lines"] if self.lines is None else self.lines,
            names={HEAT: "Fjärrvärme", POWER: "El"},
            draws=20,
        )

    def but(self, **changes: object) -> Facility:
        """Return the facility with something changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


def constant_heat() -> Facility:
    """Return a constant 100 kW of district heat, priced 500 kr/MWh and 1 000 kr/kW and year."""
    listed = price_list("varme", "district_heating", ENERGY.format(price=500), DEMAND)
    return Facility({HEAT: Load(HEAT, START, column(100.0))}, {HEAT: "district_heating"}, [listed])
