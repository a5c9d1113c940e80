"""Price lists with one price a part, so that a store's worth can be counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from energy.model import BillingContext, Contract, Floats, Load, PriceList
from energy.storage.accounts.worth import Billing
from tests.measures.facility import price_list
from tests.storage.plant import HEAT, START, N

PART = """
[[component]]
component = "{component}"
label = "{label}"
determinant = {{ {determinant} }}
price = {{ {price} }}
"""
HEAT_PARTS = (
    ("energy", "Energi", 'method = "billed_energy_kwh"', 'unit = "SEK/MWh", value = 500'),
    ("demand", "Effekt", 'method = "mean_of_highest_daily_means", n = 3, window_months = 12',
     'unit = "SEK/kW,year", spread = "twelfths", value = 1000'),
)  # fmt: skip
FLOW = ("flow", "Flöde", 'method = "billed_flow_m3"', 'unit = "SEK/m3", value = 4')
POWER_PARTS = (
    ("energy", "Energi", 'method = "billed_energy_kwh"', 'unit = "öre/kWh", value = 100'),
    ("demand", "Effekt", 'method = "monthly_peak_hour"', 'unit = "SEK/kW,month", value = 50'),
)
SPOT = ("energy", "Spotpris", 'method = "billed_spot_energy"', 'unit = "SEK"')
JANUARY = date(2024, 1, 1)


def listed(name: str, carrier: str, *parts: tuple[str, str, str, str]) -> PriceList:
    """Return a price list of the parts (component, label, determinant, price)."""
    named = ("component", "label", "determinant", "price")
    return price_list(name, carrier, *(PART.format(**dict(zip(named, part, strict=True))) for part in parts))


def load(point: str, kwh: Floats, **more: Floats) -> Load:
    """Return a load of the plant's hours."""
    return Load(point, START, kwh[:, None].astype(float), **{k: v[:, None] for k, v in more.items()})


def billing(heat: Load | None = None, power: Floats | None = None, *heat_parts: tuple[str, str, str, str]) -> Billing:
    """Return a facility of 20 kW of bought heat all year, and 30 kW of electricity beside the store's own."""
    own = 0.25 * HEAT
    loads = {
        "fjv": heat or load("fjv", np.full(N, 20.0)),
        "huvud": load("huvud", 30.0 + own if power is None else power),
        "el": load("el", own),
    }
    lists = [
        listed("varme", "district_heating", *(heat_parts or HEAT_PARTS)),
        listed("el", "electricity", *POWER_PARTS),
    ]
    first, end = date(2020, 1, 1), date(2030, 1, 1)
    contracts = [Contract(p, family, first, end) for p, family in (("fjv", "varme"), ("huvud", "el"))]
    return Billing(loads, {"el": "huvud"}, contracts, lists, BillingContext())


def without_contract(found: Billing, point: str) -> Billing:
    """Return the facility without the contracts of a point."""
    return replace(found, contracts=[c for c in found.contracts if c.metering_point != point])
