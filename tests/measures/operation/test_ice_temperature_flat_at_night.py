"""An ice plant of 100 kW; nights 1,5 degrees warmer in 2022, flat in 2023, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from energy.measures import MeasureContext, MeasureFinding, Silent
from energy.measures.operation import ice_temperature_flat_at_night as rule
from tests.measures.facility import HOURS
from tests.measures.operation.plant import OPEN, SECOND_YEAR, only, plant, trend


def rink(raised_before: float, raised: float, noise: float = 0.0) -> MeasureContext:
    night = np.where(SECOND_YEAR, raised, raised_before) * (OPEN == 0)
    values = -4.0 + night + noise * np.random.default_rng(2).standard_normal(HOURS)
    plants = {"km": ("ice_plant", np.full(HOURS, 100.0))}
    return plant(plants, trends=[trend("ice_temperature_c", values, "ishall A")], ice_season=np.ones(HOURS))


def test_nights_that_used_to_be_warmer() -> None:
    # 6 % per degree · 1,5 degrees · 100 kW · 8 h · 365 days = 26 280 kWh
    one = only(rule.assess, rink(1.5, 0.0))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(26_280)
    assert one.parameters["raise_k"] == pytest.approx(1.5)
    band = one.saving_sek_per_year
    assert band.high - band.low < band.value  # half-width within half of the value


def test_nights_never_raised_get_the_raise_of_others_and_less_confidence() -> None:
    # 1,2 degrees instead of 1,5
    one = only(rule.assess, rink(0.0, 0.0))
    assert isinstance(one, MeasureFinding) and one.confidence in ("medel", "låg")
    assert one.saving_sek_per_year.value == pytest.approx(21_024)


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_silent_where_nights_are_raised(noise: float) -> None:
    one = only(rule.assess, rink(1.5, 1.2, noise))
    assert isinstance(one, Silent) and "varmare än dagarna" in one.reason


def test_silent_without_a_sensor() -> None:
    plants = {"km": ("ice_plant", np.full(HOURS, 100.0))}
    assert "saknar data: varken" in only(rule.assess, plant(plants, ice_season=np.ones(HOURS))).reason
