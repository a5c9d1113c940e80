"""A store whose every kilowatt-hour is known: three store years, charged in autumn, emptied in winter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from energy.calendar import hours_between, normal_time
from energy.model import Floats, Store
from energy.storage.accounts.account import Account, account

START = hours_between(np.datetime64("2021-04-30T23", "s"), np.datetime64("2024-04-30T23", "s"))
MONTH = normal_time(START).astype("datetime64[M]").astype(np.int64) % 12 + 1
N = len(START)
CAPACITY_PER_K = 20_000.0
CHARGE = np.where((MONTH >= 8) & (MONTH <= 10), 100.0, 0.0)  # 92 days: 220 800 kWh a year
OUT = np.where((MONTH == 12) | (MONTH <= 2), 60.0, 0.0)  # 90 or 91 days: 129 600 or 131 040 kWh
LOST = 0.1 * CHARGE
HELD = np.cumsum(CHARGE - LOST - OUT)
DEGREES = 5.0 + HELD / CAPACITY_PER_K
OUTDOOR = np.full(N, 2.0)
STORE = Store(
    "s", "f", "Lagret", "borehole", date(2021, 5, 1), charge=("in",), store_out=("ut",), discharge=("ut",),
    temperature_points=("t",), heat_capacity_kwh_per_k=CAPACITY_PER_K, lowest_c=5.0, highest_c=25.0,
)  # fmt: skip
# with a heat pump of its own: 0.25 kWh of electricity for a kilowatt-hour of heat at a lift of 40 K
SUPPLY, SOURCE = np.full(N, 45.0), np.full(N, 5.0)
HEAT = np.where(OUT > 0, 80.0, 0.0)
PUMPED = replace(
    STORE, discharge=("levererat",), electricity=("el",), supply_points=("fram",), source_points=("källa",),
    has_heat_pump=True, discharge_includes_heat_pump=True, displaces="fjv",
)  # fmt: skip
METERS = {"in": CHARGE, "ut": OUT, "levererat": HEAT, "el": 0.25 * HEAT}
POINTS = {"t": DEGREES, "fram": SUPPLY, "källa": SOURCE}


def told(store: Store = STORE, meters: dict[str, Floats] | None = None, **points: Any) -> Account:
    """Return the account of a store with some meters or points changed; a point None is not there."""
    known = {name: values for name, values in (POINTS | points).items() if values is not None}
    return account(store, START, METERS | (meters or {}), known, OUTDOOR)
