"""A heat pump that needs 20 % more electricity in its third year, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from energy.measures.store import heat_pump_cop_drift as rule
from tests.measures.store.facility import HEAT, LAST, context, finding, no_store, silent

TIRED = 0.25 * HEAT * np.where(LAST, 1.2, 1.0)


def test_the_electricity_beyond_the_reference_is_saved_at_the_margin() -> None:
    """91 days · 24 h · 24 kW used where 20 would do: 8 736 kWh at 1 kr, of which 95 % can be reached.

    15.8 % less electricity is a COP 18.8 % higher, and 0.5 · 18.8 % more heat for it, worth half of the fall: 4.7 %.
    """
    one = finding(rule.assess, context(meters={"el": TIRED}))
    assert one.parameters["drift_pct"] == pytest.approx(100 * (1 / 1.2 - 1))
    share = 0.95 * 4 / 24
    more = 0.5 * share / (1 - share) / 2
    assert one.saving_sek_per_year.value == pytest.approx(0.95 * 4 * 91 * 24 * (1 + more), rel=0.001)
    assert one.saving_sek_per_year.low < 0.95 * 4 * 91 * 24 < one.saving_sek_per_year.high
    assert one.metering_point == "el"


def test_silent_while_the_pump_does_as_in_its_first_year() -> None:
    assert "från referensåret" in silent(rule.assess, context())
    assert "från referensåret" in silent(rule.assess, context(meters={"el": 0.25 * HEAT * np.where(LAST, 1.04, 1.0)}))


def test_a_wear_within_the_meters_own_tolerance_is_not_told() -> None:
    """6 % more electricity is a COP 5.7 % lower: beyond the limit of 5 %, but the band over the weeks holds 0."""
    spread = 1.0 + 0.05 * np.sin(np.arange(len(HEAT)) / 500.0)
    worn = 0.25 * HEAT * np.where(LAST, 1.06, 1.0) * spread
    assert "från referensåret" in silent(rule.assess, context(meters={"el": worn}))


def test_a_cop_outside_physics_gives_no_figure() -> None:
    assert "saknar data" in silent(rule.assess, context(meters={"el": HEAT / 7 * np.where(LAST, 1.2, 1.0)}))


def test_what_is_lacking_is_said() -> None:
    assert no_store(rule.assess) == "saknar data: inget lager med värmepump."
    assert "saknar data" in silent(rule.assess, context(meters={"el": np.full(HEAT.shape, np.nan)}))
