"""20 kW of heat bought all summer over a store that never falls under 131 MWh, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.measures.store import bought_while_store_is_charged as rule
from tests.measures.store.facility import BOUGHT, context, finding, load, no_store, silent
from tests.storage.plant import CAPACITY_PER_K, PUMPED

SUMMER_HOURS = (31 + 30 + 31 + 31) * 24


def test_summer_heat_is_worth_its_price_less_the_electricity() -> None:
    """123 days · 24 h · 20 kW · 60 % = 35 424 kWh: 0.5 kr less a quarter of a kWh of electricity at 1 kr."""
    one = finding(rule.assess, context())
    used = 0.6 * 20 * SUMMER_HOURS
    assert one.parameters["used_kwh"] == pytest.approx(used)
    assert one.confidence == "låg" and "aldrig levererat på sommaren" in one.description
    assert one.saving_sek_per_year.value == pytest.approx(used * (0.5 - 0.25), rel=0.001)


def test_no_more_than_what_the_winter_leaves_is_counted() -> None:
    held = np.full(len(BOUGHT), 30_000.0)
    one = finding(rule.assess, context(points={"t": 5.0 + held / CAPACITY_PER_K}))
    assert one.parameters["used_kwh"] == pytest.approx(30_000)


def test_silent_where_winter_takes_it_all_or_nothing_is_bought() -> None:
    emptied = 5.0 + np.where(np.arange(len(BOUGHT)) % 8760 < 400, 0.0, 5.0)
    assert "töms varje år" in silent(rule.assess, context(points={"t": emptied}))
    assert "ingen värme köps" in silent(rule.assess, context(heat=load("fjv", np.zeros(len(BOUGHT)))))


def test_what_is_lacking_is_said() -> None:
    assert no_store(rule.assess) == "saknar data: inget lager som ersätter köpt värme."
    blind = replace(PUMPED, temperature_points=(), store_out=(), discharge=())
    assert "kan inte följas" in silent(rule.assess, context((blind,)))
