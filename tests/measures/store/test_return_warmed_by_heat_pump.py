"""A return that is 6 °C warmer when the heat pump delivers, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.measures.store import return_warmed_by_heat_pump as rule
from energy.model import Floats, Load
from tests.measures.store.facility import HEAT, LAST, context, finding, load, no_store, silent
from tests.storage.plant import PUMPED, N

POWER = 60.0 + 40.0 * np.sin(np.arange(N) / 5.0)


def main(rise_k: float, more_k: Floats | float = 0.0) -> Load:
    """Return a main of 20-100 kW, supply 80 °C, return 40 °C and `rise_k` warmer while the heat pump delivers."""
    back = 40.0 + np.where(HEAT > 0, rise_k, 0.0) + more_k
    volume = POWER / (1.163 * (80.0 - back))
    return load("fjv", POWER, volume_m3=volume, supply_m3c=volume * 80, return_m3c=volume * back)


def test_the_warmer_return_costs_flow() -> None:
    """V = E / (1.163 · ΔT): ΔT 34 K could be 40; 4 kr/m³."""
    one = finding(rule.assess, context(heat=main(6.0)))
    assert one.parameters["raised_k"] == pytest.approx(6.0)
    heat = POWER[LAST & (HEAT > 0)].sum()
    saved = 4 * heat / 1.163 * (1 / 34 - 1 / (34 + 6))
    assert one.saving_sek_per_year.value == pytest.approx(saved, rel=0.001)


def test_a_return_that_follows_the_cold_is_not_the_heat_pumps_work() -> None:
    """0.2 K for each K of outdoor temperature, 10 K colder while the heat pump runs: the medians differ by 2 K less."""
    outdoor = 6.0 - 10.0 * (HEAT > 0) + 3.0 * np.sin(np.arange(N) / 37.0)
    found = replace(context(heat=main(6.0, 0.2 * outdoor)), air_temperature_c=outdoor)
    assert finding(rule.assess, found).parameters["raised_k"] == pytest.approx(6.0, abs=0.05)


def test_the_band_holds_what_lasts_for_days() -> None:
    """A return that wanders 2 K over a fortnight leaves more doubt than one that does not."""
    wandering = 2.0 * np.sin(np.arange(N) / 53.0)
    still, other = (finding(rule.assess, context(heat=main(6.0, w))).saving_sek_per_year for w in (0.0, wandering))
    assert other.high - other.low > 1.2 * (still.high - still.low)


def test_a_band_that_reaches_zero_is_no_saving() -> None:
    """2 K warmer, in a return that wanders 6 K over a month: some weeks drawn again show nothing."""
    wandering = 6.0 * np.sin(np.arange(N) / 150.0)
    assert "vanlig spridning" in silent(rule.assess, context(heat=main(2.0, wandering)))


def test_silent_where_the_return_is_the_same_at_the_same_load() -> None:
    assert "ryms i spridningen" in silent(rule.assess, context(heat=main(0.8)))
    assert "ryms i spridningen" in silent(rule.assess, context(heat=main(-5.0)))


def test_what_is_lacking_is_said() -> None:
    assert no_store(rule.assess) == "saknar data: ingen värmepump som ersätter köpt värme."
    assert "mäts inte" in silent(rule.assess, context())
    always = np.full(N, 80.0)
    pump = replace(PUMPED, store_out=("ut",))
    assert "räcker inte" in silent(rule.assess, context((pump,), {"levererat": always, "el": always / 4}, main(6.0)))
