"""A store that keeps 69 MWh more every year, and one that leaks, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from energy.measures.store import store_losses as rule
from tests.measures.store.facility import context, finding, no_store, silent
from tests.storage.plant import CAPACITY_PER_K, CHARGE, OUT, PUMPED

OLD = replace(PUMPED, commissioned=date(2010, 5, 1))  # the ground around it is warm long since
LEAK = 0.6 * CHARGE  # lost on the way in: 40 % is left


def test_heat_that_stays_in_the_store_is_taken_out_in_its_hours() -> None:
    """Charged 220.8, lost 22.1, out 129.6 or 131.0 MWh: 68.6 stay a year. 80 of 100 kW is what the store has carried
    and 85 the most there can be: half of the way, 2.5 kW, is displaced while the store is emptied, 91 days · 24 h.

    Value: Q · 0.5 kr less Q / 4 · 1 kr of electricity: half of the heat's price.
    """
    one = finding(rule.assess, context((OLD,), heat=None))
    left = one.parameters["left_kwh_per_year"]
    assert left == pytest.approx(0.9 * 220_800 - 130_080, rel=0.02)
    assert one.parameters["extra_kwh"] == pytest.approx(2.5 * 91 * 24)
    assert one.saving_sek_per_year.value == pytest.approx(one.parameters["extra_kwh"] * 0.25, rel=0.01)
    assert "ungt" not in one.description
    assert "Ta ut mer på vintern" in one.description and "läckande" not in one.description


def test_what_a_young_store_keeps_is_no_measure() -> None:
    assert "värmer ännu berget omkring sig" in silent(rule.assess, context(heat=None))


def test_a_store_in_balance_with_a_good_efficiency_is_silent() -> None:
    charge = OUT / 0.85  # the year's charge is what is taken out and lost
    held = np.cumsum(charge * 0.85 - OUT)
    found = context((OLD,), meters={"in": charge}, points={"t": 5.0 + held / CAPACITY_PER_K})
    assert "nära i balans" in silent(rule.assess, found)


def test_a_leaking_store_is_told_from_its_kind() -> None:
    held = 100_000 + np.cumsum(CHARGE - LEAK - OUT * 0.67)
    found = context((OLD,), meters={"in": CHARGE, "ut": OUT * 0.67}, points={"t": 5.0 + held / CAPACITY_PER_K})
    one = finding(rule.assess, found)
    assert one.parameters["efficiency_pct"] == pytest.approx(40.0, abs=1.5)
    assert "40" in one.description


def test_what_is_lacking_is_said() -> None:
    assert no_store(rule.assess) == "saknar data: inget värmelager är beskrivet."
    assert "saknar data: två hela lagerår" in silent(
        rule.assess, context((replace(PUMPED, store_out=(), discharge=()),))
    )
    assert "mätarna motsäger varandra" in silent(rule.assess, context(meters={"ut": 1000 * OUT}))
    assert "displaces" in silent(rule.assess, context((replace(OLD, displaces=None),)))
