"""A simulated facility with a known saving, its price list and contracts, for the tests of money."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import lru_cache

import numpy as np

from energy.model import BillingContext, Contract, Load, PriceList
from energy.savings.baselines.baseline import Settings, fit
from energy.savings.baselines.drift import Drift
from energy.savings.baselines.frozen import Baseline
from energy.savings.saved.avoided import Case
from energy.savings.saved.counterfactual import Counterfactual, counterfactual
from energy.tariffs.pricelist import read_price_list
from tests.listed import head
from tests.savings.simulated import HOUR, Facility, facility

METER = "735999100000000010"
NORMAL_BASE = np.datetime64("2017-12-31T23:00:00")
NORMAL_REPORT = np.datetime64("2018-12-31T23:00:00")
MONTHS = [date(2019, m, 1) for m in range(1, 13)]
CONTRACTS = [Contract(METER, "prov", date(2015, 1, 1), date(2030, 1, 1))]
CONTEXT = BillingContext()
COUNT = 40


def price_list(year: int, energy: float, power: float) -> PriceList:
    """Return a list of one year: fixed 12 000 SEK, `energy` SEK/MWh, `power` SEK/kW,year on the three highest days."""
    first, end = f"{year}-01-01", f"{year + 1}-01-01"
    text = f"""{head(f"prov-{year}", "district_heating", first, end, family="prov", name=f"Prov {year}")}
[[component]]
component = "fixed"
label = "Fast avgift"
determinant = {{ method = "fixed" }}
price = {{ unit = "SEK/year", spread = "days", value = 12000 }}

[[component]]
component = "demand"
label = "Effekt"
determinant = {{ method = "mean_of_highest_daily_means", n = 3, window_months = 12, short_history = "use_available" }}
price = {{ unit = "SEK/kW,year", spread = "days", value = {power} }}

[[component]]
component = "energy"
label = "Energi"
determinant = {{ method = "billed_energy_kwh" }}
price = {{ unit = "SEK/MWh", value = {energy} }}
"""
    return read_price_list(text, f"prov-{year}.toml")


LISTS = [price_list(2017, 500, 800), price_list(2018, 500, 800), price_list(2019, 600, 900), price_list(2020, 600, 900)]


@lru_cache(maxsize=4)
def modelled(seed: int = 21, saving: float = 0.18) -> tuple[Facility, Load, Baseline]:
    """Return a facility, its load with the saving from the start of 2019, and the baseline of 2018."""
    one = facility(seed)
    with_project = np.where(one.hours >= NORMAL_REPORT, 1 - saving, 1.0) * one.energy_kwh
    load = Load(METER, one.hours, with_project[:, None])
    base = one.year(NORMAL_BASE, NORMAL_REPORT)
    settings = Settings(lags_h=(0.0, 24.0), drift=Drift(0.02, "prov"))
    return one, load, fit(one.hours[base], {"energy_kwh": one.energy_kwh[base]}, one.drivers, settings)


def loads(load: Load | None = None, excluded: np.ndarray | None = None, seed: int = 1) -> Counterfactual:
    """Return the metering point with and without the project."""
    one, metered, model = modelled()
    return counterfactual(load or metered, model, one.drivers, NORMAL_REPORT, excluded=excluded, count=COUNT, seed=seed)


def case(found: Counterfactual | None = None) -> Case:
    """Return the case of the metering point."""
    return Case("district_heating", found or loads(), CONTEXT)


def with_gap(load: Load, first: str, hours: int) -> Load:
    """Return the load with some hours unknown."""
    energy = load.energy_kwh.copy()
    at = int((np.datetime64(first) - load.start_utc[0]) // HOUR)
    energy[at : at + hours] = np.nan
    return replace(load, energy_kwh=energy)
