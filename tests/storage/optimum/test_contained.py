"""A store's losses are counted once: at rest by the hour, on the way in only what the meters then still lack."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from energy.model import Load, Store
from energy.storage.accounts.account import account
from energy.storage.optimum.contained import contained, stored_share
from energy.storage.optimum.observed import observe
from energy.storage.optimum.operation import operate
from energy.storage.optimum.plant import Plant, checked
from tests.measures.facility import HOURS, POWER, START, column
from tests.storage.world import MONTHS, around

CYCLE, FIRST, LAST = 240, 5, 235  # hours: charged 10 kWh in the sixth, emptied 230 hours later, every ten days
KEEP = 0.95 ** (1 / 730.5)  # 5 % a month
STORE: dict[str, Any] = {"charge": ("bin",), "discharge": ("but",), "capacity_kwh": 20.0, "loss_pct_per_month": 5.0}


def cycled(kept: float) -> tuple[np.ndarray, np.ndarray]:
    """Return (charge, discharge): of 10 kWh so much is kept, and all that is left after 230 hours is taken out."""
    at = np.arange(HOURS) % CYCLE
    return np.where(at == FIRST, 10.0, 0.0), np.where(at == LAST, 10.0 * kept * KEEP ** (LAST - FIRST), 0.0)


def battery() -> Store:
    return Store("b", "prov", "Batteriet", "battery", date(2022, 1, 1), **STORE)


def test_a_batterys_standing_loss_is_not_in_its_charging_too() -> None:
    """Round trip: 0.9 · 0.95^(230/730.5) = 0.8856. Counted once, 10 % goes on the way in and the rest by the hour."""
    charge, out = cycled(0.9)
    assert out.sum() / charge.sum() == pytest.approx(0.8856, abs=1e-3)
    made = {POWER: 50.0 + charge - out, "bin": charge, "but": out}
    facility = around(loads={p: Load(p, START, column(v)) for p, v in made.items()}, carriers={POWER: "electricity"})
    plant = observe(battery(), facility, MONTHS).plant
    assert plant.charge_kept == pytest.approx(0.9, abs=1e-3)
    assert plant.loss_per_hour == pytest.approx(1 - KEEP)


def test_the_account_and_the_programme_read_one_battery() -> None:
    charge, out = cycled(0.9)
    found = account(battery(), START, {"bin": charge, "but": out}, {}, np.full(HOURS, np.nan))
    assert 1 - found.content.losses.of_charge == pytest.approx(0.9, abs=1e-3)
    assert "angivna i vila, 5,0 % av innehållet per månad, och 10,0 % av det som laddas" in found.content.losses.method
    assert found.content.by_balance is not None and abs(found.content.by_balance[-1]) < 0.05


def test_what_the_meters_contradict_in_the_account_gives_no_operation() -> None:
    """150 kWh swing in a battery of 20 kWh: the account warns, and the operation is refused, in the same words."""
    hour = np.arange(HOURS) % (24 * 30)
    charge, out = np.where(hour < 300, 0.5, 0.0), np.where((hour >= 300) & (hour < 600), 0.45, 0.0)
    made = {POWER: 50.0 + charge - out, "bin": charge, "but": out}
    facility = around(loads={p: Load(p, START, column(v)) for p, v in made.items()}, carriers={POWER: "electricity"})
    found = account(battery(), START, {"bin": charge, "but": out}, {}, np.full(HOURS, np.nan))
    (limit,) = [one.text for one in found.limits if one.code == "beyond_capacity"]
    refused = operate(battery(), facility, MONTHS, 5, 1).reason
    start = "mätarna visar en svängning på"
    assert limit.startswith(start) and refused is not None and refused.startswith(f"kan inte bedömas: {start}")


def test_the_share_out_of_the_store_ends_the_year_as_it_began() -> None:
    """100 kWh charged at 65 % is 65 kWh out; of 130 kWh taken in all, half. Losses by the hour leave less."""
    charge, out = np.zeros(1000), np.zeros(1000)
    charge[0], out[500] = 100.0, 130.0
    assert stored_share(0.65, 0.0, charge, out) == pytest.approx(0.5)
    left = 0.999**500
    assert stored_share(1.0, 0.001, charge, out) == pytest.approx(100 * left / 130, rel=1e-6)
    assert stored_share(1.0, 0.0, charge, 0.5 * out) == 1.0


def test_a_swing_within_the_slack_of_the_capacity_told_is_held() -> None:
    """1 000 kWh in and out of a store told to hold 999.5, within 0.1 %: it held 1 000, from empty, and says so."""
    charge, drawn = np.array([0.0, 1000.0, 0.0, 0.0]), np.array([0.0, 0.0, 0.0, 1000.0])
    plant = Plant(np.arange(4) * np.timedelta64(3600, "s") + np.datetime64("2023-01-01", "s"), 999.5, 0.0, 0.0, charge,
                  drawn, 1.0, 0.0)  # fmt: skip
    notes: list[str] = []
    found, schedule = contained(plant, charge, drawn, np.zeros(4), None, notes)
    assert checked(found).capacity_kwh == pytest.approx(1000.0)
    assert (found.start_kwh, found.end_kwh) == pytest.approx((0.0, 0.0))
    assert schedule.content_kwh == pytest.approx([0.0, 1000.0, 1000.0, 0.0])
    (note,) = notes
    assert note.startswith("kapaciteten räknas som 1\u00a0000,0 kWh") and "uppgivna 999,5 kWh" in note
