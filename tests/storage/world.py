"""Two years of a made-up place with a borehole field and heat pump, run badly: idle when coldest, charged late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from energy.calendar import normal_time
from energy.model import BillingContext, Carrier, Contract, Floats, Load, Store
from energy.storage.optimum.observed import Around
from tests.measures.facility import (
    DEMAND,
    ENERGY,
    HEAT,
    HOURS,
    MONTHLY_PEAK,
    MONTHS,
    POWER,
    SPOT,
    START,
    column,
    price_list,
)

STORE = Store(
    id="lager",
    facility="prov",
    name="Lagret",
    kind="borehole",
    commissioned=date(2021, 1, 1),
    charge=("in",),
    discharge=("ut",),
    electricity=("vp",),
    source=("kyl",),
    has_heat_pump=True,
    discharge_includes_heat_pump=True,
    store_out=("borr",),
    displaces=HEAT,
    capacity_kwh=150_000.0,
    charge_kw=60.0,
    discharge_kw=80.0,
)
COP, KEPT = 4.0, 0.65  # 0.65: the central assumption of a field whose content nobody measures


def hourly_need() -> tuple[Floats, Floats]:
    """Return (heat need, spot price) of the hours: colder in January, dearer by day."""
    clock = normal_time(START)
    day = (clock - clock.astype("datetime64[Y]")).astype("timedelta64[D]").astype(np.int64)
    hour = (clock - clock.astype("datetime64[D]")).astype("timedelta64[h]").astype(np.int64)
    rng = np.random.default_rng(5)
    cold = np.repeat(np.convolve(rng.standard_normal(HOURS // 24), np.full(4, 0.5), "same"), 24)
    need = np.maximum(20.0, 110 + 80 * np.cos(2 * np.pi * (day - 15) / 365) + 18 * cold + 8 * np.sin(hour / 24 * 6.28))
    spot = 0.6 + 0.25 * np.sin((hour - 6) / 24 * 6.28) + 0.2 * np.cos(2 * np.pi * day / 365) + 0.05 * cold
    return need, np.maximum(spot, 0.01)


def loads() -> dict[str, Load]:
    """Return every meter: 40 kW of rejected heat from July to November, charged October and November only."""
    need, _ = hourly_need()
    clock = normal_time(START)
    month = clock.astype("datetime64[M]").astype(np.int64) % 12 + 1
    ice = (month >= 7) & (month <= 11)
    charge = np.where((month == 10) | (month == 11), 40.0, 0.0)
    winter = (month <= 3) | (month == 12)
    daily = np.repeat(need.reshape(-1, 24).mean(axis=1), 24)
    idle = daily >= np.sort(daily[::24])[-8]  # the coldest days: the plant is off
    given = np.where(winter & ~idle, 20.0, 0.0)
    drawn, electricity = given * (1 - 1 / COP), given / COP + 0.5
    found = {
        HEAT: need - given, POWER: 100.0 + electricity, "in": charge, "ut": given, "borr": drawn, "vp": electricity,
        "kyl": np.where(ice, 40.0 - charge, 0.0),
    }  # fmt: skip
    return {point: Load(point, START, column(values)) for point, values in found.items()}


def around(**changes: Any) -> Around:
    """Return the facility; `changes` replace what a test is about."""
    _, spot = hourly_need()
    lists = [
        price_list("varme", "district_heating", ENERGY.format(price=600), DEMAND),
        price_list("el", "electricity", SPOT, MONTHLY_PEAK.format(price=40)),
    ]
    contracts = [Contract(p, f, date(2020, 1, 1), date(2030, 1, 1)) for p, f in ((HEAT, "varme"), (POWER, "el"))]
    carriers: Mapping[str, Carrier] = {HEAT: "district_heating", POWER: "electricity", "vp": "electricity"}
    billing = BillingContext(spot_sek_per_kwh=spot)
    made = Around(
        START, loads(), {}, carriers, {"vp": POWER}, contracts, lists, {HEAT: billing, POWER: billing},
    )  # fmt: skip
    return replace(made, **changes)


__all__ = ["COP", "KEPT", "MONTHS", "STORE", "around", "hourly_need", "loads"]
