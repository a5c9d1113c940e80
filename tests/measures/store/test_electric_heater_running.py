"""An electric heater of 10 kW beside a heat pump with power to spare, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.measures.store import electric_heater_running as rule
from tests.measures.store.facility import HEAT, context, finding, no_store, silent
from tests.storage.plant import PUMPED

STORE = replace(PUMPED, electric_heater=("panna",), discharge_kw=100.0)
HEATER = np.where(HEAT > 0, 10.0, 0.0)


def test_the_heat_costs_a_quarter_in_the_heat_pump() -> None:
    """91 days · 24 h · 10 kW at 1 kr; nine tenths of it takes a quarter of electricity, a tenth is bought at 0.5 kr."""
    one = finding(rule.assess, context((STORE,), {"panna": HEATER}))
    assert one.saving_sek_per_year.value == pytest.approx(10 * 91 * 24 * (1 - 0.9 / 4 - 0.1 * 0.5), rel=0.001)
    assert "2 MWh, köps som fjärrvärme" in one.method
    assert one.parameters["cop"] == pytest.approx(4.0)


def test_silent_when_the_heat_pump_has_nothing_to_spare_or_the_heater_rests() -> None:
    full = replace(STORE, discharge_kw=80.0)
    assert "redan ger allt" in silent(rule.assess, context((full,), {"panna": HEATER}))
    assert "redan ger allt" in silent(rule.assess, context((STORE,), {"panna": np.zeros(len(HEAT))}))


def test_what_the_heat_pump_has_no_power_for_is_bought() -> None:
    """4 of the 10 kW can be the heat pump's: 0.9 · 4 kW for a quarter of the electricity, 6.4 kW bought at half."""
    small = replace(STORE, discharge_kw=84.0)
    one = finding(rule.assess, context((small,), {"panna": HEATER}))
    assert one.saving_sek_per_year.value == pytest.approx(91 * 24 * (10 - 3.6 / 4 - 6.4 * 0.5), rel=0.001)


def test_a_heater_while_the_heat_pump_rests_is_replaced_by_bought_heat() -> None:
    """10 kW in every hour: nothing is spared where the heat pump rests, and that heat is bought."""
    one = finding(rule.assess, context((STORE,), {"panna": np.full(len(HEAT), 10.0)}))
    rests = 8784 - 91 * 24
    beside = 10 * 91 * 24 * (1 - 0.9 / 4 - 0.1 * 0.5)
    assert one.saving_sek_per_year.value == pytest.approx(beside + 10 * rests * 0.5, rel=0.001)


def test_without_bought_heat_behind_it_only_what_the_heat_pump_takes_over_is_saved() -> None:
    one = finding(rule.assess, context((replace(STORE, displaces=None),), {"panna": HEATER}))
    assert one.saving_sek_per_year.value == pytest.approx(10 * 91 * 24 * 0.9 * (1 - 1 / 4), rel=0.001)


def test_hours_whose_heat_is_unknown_have_nothing_to_spare() -> None:
    known = context((STORE,), {"panna": HEATER})
    heat = known.loads["levererat"]
    lost = replace(heat, energy_kwh=np.where(np.arange(len(HEAT))[:, None] % 4 == 0, np.nan, heat.energy_kwh))
    one = finding(rule.assess, replace(known, loads={**known.loads, "levererat": lost}))
    whole = finding(rule.assess, known)
    assert one.saving_sek_per_year.value == pytest.approx(0.75 * whole.saving_sek_per_year.value, rel=0.01)


def test_what_is_lacking_is_said() -> None:
    assert no_store(rule.assess) == "saknar data: inget lager med värmepump."
    assert silent(rule.assess, context()) == "saknar data: ingen undermätare för elpanna eller elpatron."
    unknown = replace(STORE, discharge=())
    assert "mäts inte båda" in silent(rule.assess, context((unknown,), {"panna": HEATER}))
