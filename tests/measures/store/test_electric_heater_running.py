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
    """91 days · 24 h · 10 kW; the pumps already run, so the last heat takes 1 / (4 · 1.15) of electricity."""
    one = finding(rule.assess, context((STORE,), {"panna": HEATER}))
    assert one.saving_sek_per_year.value == pytest.approx(10 * 91 * 24 * (1 - 1 / 4.6), rel=0.001)
    assert one.parameters["cop"] == pytest.approx(4.0)


def test_silent_when_the_heat_pump_has_nothing_to_spare_or_the_heater_rests() -> None:
    full = replace(STORE, discharge_kw=80.0)
    assert "redan ger allt" in silent(rule.assess, context((full,), {"panna": HEATER}))
    assert "redan ger allt" in silent(rule.assess, context((STORE,), {"panna": np.zeros(len(HEAT))}))


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
