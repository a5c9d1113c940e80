"""Pumps of 5 kW that never stop, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.measures.store import circulation_pumps_always_on as rule
from tests.measures.store.facility import HEAT, LAST, context, finding, no_store, silent
from tests.storage.plant import CHARGE, OUT, PUMPED

IDLE = LAST & (CHARGE == 0) & (HEAT == 0)


def test_the_power_of_idle_hours_is_saved() -> None:
    one = finding(rule.assess, context(meters={"el": 0.25 * HEAT + 5.0}))
    assert one.saving_sek_per_year.value == pytest.approx(5 * IDLE.sum(), rel=0.001)
    assert one.parameters["idle_hours"] == IDLE.sum()


def test_at_small_flow_what_the_flow_takes_is_left() -> None:
    """4 kW at all flows, a fifth of full flow in a third of the charging hours: 0.9 · (4 - 0.8) kW is saved there."""
    small = (CHARGE > 0) & (np.arange(len(CHARGE)) % 3 == 0)
    flow = np.where(small, 20.0, CHARGE)
    pump = replace(PUMPED, electricity=("el",))
    one = finding(rule.assess, context((pump,), {"in": flow, "el": np.full(len(CHARGE), 4.0)}))
    held = 0.9 * (4 - 0.8) * (LAST & small).sum()
    assert one.saving_sek_per_year.value == pytest.approx(4 * IDLE.sum() + held, rel=0.001)


def test_hours_of_unknown_flow_save_nothing() -> None:
    """4 kW at all flows, every hour in 150 without charge or delivery known: what its flow takes is unknown too."""
    seldom = np.arange(len(CHARGE)) % 150 == 0
    for name, values in (("in", CHARGE), ("levererat", HEAT)):
        lost = np.where(seldom & (CHARGE + HEAT > 0), np.nan, values)
        pump = replace(PUMPED, electricity=("el",))
        one = finding(rule.assess, context((pump,), {name: lost, "el": np.full(len(CHARGE), 4.0)}))
        assert one.saving_sek_per_year.value == pytest.approx(4 * IDLE.sum(), rel=1e-6)


def test_silent_where_the_standing_power_is_small() -> None:
    assert "är liten" in silent(rule.assess, context(meters={"el": 0.25 * HEAT + 0.5}))
    busy = np.where(IDLE, 50.0, CHARGE)
    assert "stod stilla bara" in silent(rule.assess, context(meters={"el": 0.25 * HEAT + 5.0, "in": busy}))


def test_what_is_lacking_is_said() -> None:
    assert no_store(rule.assess) == "saknar data: inget lager är beskrivet."
    assert "ingen mätare för lagrets el" in silent(rule.assess, context((replace(PUMPED, electricity=()),)))
    assert "mäts inte båda" in silent(rule.assess, context((replace(PUMPED, charge=()),)))


def test_silent_where_charge_and_out_contradict_each_other() -> None:
    """Four times 391 MWh out of a field given 662 MWh is more than the quarter the ground can add."""
    meters = {"el": 0.25 * HEAT + 200.0, "ut": 4.0 * OUT}
    assert "Lagret: mätarna motsäger varandra" in silent(rule.assess, context(meters=meters))


def test_a_standing_heat_meter_makes_no_idle_hours() -> None:
    """The heat pump runs on beside a meter that stands still: its 20 kW are not the pumps of an idle store."""
    lost = LAST & (HEAT > 0) & (np.arange(len(HEAT)) % 5 > 0)
    heat = np.where(lost, 0.0, HEAT)
    assert "bara 75 % av årets timmar" in silent(
        rule.assess, context(meters={"levererat": heat, "el": 0.25 * HEAT + 0.5})
    )
