"""A store whose electricity is metered in two parts is worth the same as one with a single meter, also in a set."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from energy.measures.combined import Combined
from energy.measures.shared.margin import divided
from energy.measures.store import (
    bought_while_store_is_charged,
    charged_too_little,
    heat_pump_cop_drift,
    store_losses,
)
from energy.model import Floats, Store
from tests.measures.store.facility import Assess, context, finding, load
from tests.measures.store.test_heat_pump_cop_drift import TIRED
from tests.measures.store.test_uncharged import NOVEMBER, STEADY, STORE
from tests.storage.plant import CAPACITY_PER_K, CHARGE, HEAT, OUT, PUMPED, N

OLD = replace(PUMPED, commissioned=date(2010, 5, 1))
LEAKING = {"t": 5.0 + (100_000 + np.cumsum(0.4 * CHARGE - OUT * 0.67)) / CAPACITY_PER_K}
CASES: list[tuple[Assess, Store, dict[str, Any]]] = [
    (bought_while_store_is_charged.assess, PUMPED, {}),
    (heat_pump_cop_drift.assess, PUMPED, {"meters": {"el": TIRED}}),
    (charged_too_little.assess, STORE, {"meters": {"kyl": NOVEMBER}, "points": STEADY}),
    (store_losses.assess, OLD, {"heat": None}),
    (store_losses.assess, OLD, {"meters": {"ut": OUT * 0.67}, "points": LEAKING}),
]


@pytest.mark.parametrize("case", range(len(CASES)))
def test_one_meter_or_two_are_worth_the_same_alone_and_in_a_set(case: int) -> None:
    """A tenth of the electricity has its own meter, told first: it cannot carry what the whole changes by."""
    assess, store, told = CASES[case]
    power: Floats = told.get("meters", {}).get("el", 0.25 * HEAT)
    one = finding(assess, context((store,), **told))
    parted = told | {"meters": told.get("meters", {}) | {"el": 0.1 * power, "el2": 0.9 * power}}
    facility = context((replace(store, electricity=("el", "el2")),), **parted)
    two = finding(assess, facility)
    assert two.saving_sek_per_year.value == pytest.approx(one.saving_sek_per_year.value, rel=1e-6)
    assert Combined(facility, [two]).worth([two.key]) == pytest.approx(two.saving_sek_per_year.value, rel=1e-6)


def test_a_change_is_divided_by_what_each_meter_drew_that_hour() -> None:
    """3 and 1 kW, then nothing: the year's 1 to 3 there."""
    facility = context()
    a, b = np.zeros(N), np.zeros(N)
    a[0], b[0], b[2] = 3.0, 1.0, 8.0
    found = replace(facility, loads={**facility.loads, "a": load("a", a), "b": load("b", b)})
    first, second = divided(found, ("a", "b"), np.full((N, 1), 8.0))
    assert (first.point, second.point) == ("a", "b")
    assert first.amount[:3, 0].tolist() == [6.0, 2.0, 0.0] and second.amount[:3, 0].tolist() == [2.0, 6.0, 8.0]
