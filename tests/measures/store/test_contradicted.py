"""Meters of charge and out that cannot both be right: no rule of the store makes a figure of them, and says why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.measures.shared.stores import account_of, performance
from energy.measures.store import (
    bought_while_store_is_charged,
    circulation_pumps_always_on,
    electric_heater_running,
    heat_pump_cop_drift,
    return_warmed_by_heat_pump,
    store_losses,
)
from tests.measures.store.facility import HEAT, Assess, context, silent
from tests.measures.store.test_return_warmed_by_heat_pump import main
from tests.storage.plant import OUT, PUMPED, START

HEATED = replace(PUMPED, electric_heater=("panna",), discharge_kw=100.0)
HEATER = np.where(HEAT > 0, 10.0, 0.0)
RULES = (
    bought_while_store_is_charged, circulation_pumps_always_on, electric_heater_running, heat_pump_cop_drift,
    return_warmed_by_heat_pump, store_losses,
)  # fmt: skip


@pytest.mark.parametrize("rule", [rule.assess for rule in RULES], ids=[rule.ID for rule in RULES])
def test_no_figure_of_meters_that_contradict_each_other(rule: Assess) -> None:
    """Four times 391 MWh out of a field given 662 MWh is more than the quarter the ground can add."""
    found = context((HEATED,), {"ut": 4.0 * OUT, "panna": HEATER}, main(6.0))
    said = silent(rule, found).replace("\N{NO-BREAK SPACE}", " ")
    assert "mätarna motsäger varandra" in said and "1 561 MWh" in said


def test_the_plants_own_performance_leaves_out_the_months_physics_refuses() -> None:
    """Four of every month but January, in which the electricity is more than the heat."""
    broken = (np.datetime64("2023-12-31T23") <= START) & (np.datetime64("2024-01-31T23") > START)
    found = context(meters={"el": np.where(broken, 1.25 * HEAT, 0.25 * HEAT)})
    own = account_of(found, PUMPED)
    cop = performance(found, own, np.random.default_rng(1))
    assert len(own.refused) == 1 and cop is not None and cop[0] == pytest.approx(4.0)
