"""Pool heat of 40 kW when open, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from energy.measures import MeasureFinding, Silent
from energy.measures.operation import pool_evaporates_at_night as rule
from energy.model import Facts, Floats
from tests.measures.facility import HOURS
from tests.measures.operation.plant import OPEN, SECOND_YEAR, only, plant


def pool(night_before: float, night: float, noise: float = 0.0) -> Floats:
    scatter = 1 + noise * np.random.default_rng(3).standard_normal(HOURS)
    return np.where(OPEN == 1, 40.0, np.where(SECOND_YEAR, night, night_before)) * scatter


def test_nights_that_used_to_take_half() -> None:
    # (40 - 20) kW · 8 h · 365 days = 58 400 kWh at 0,50 kr/kWh
    one = only(rule.assess, plant({}, {"b": ("pool", pool(20, 40))}))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(29_200)
    assert one.saving_kwh_per_year == pytest.approx(58_400) and one.confidence == "hög"


def test_nights_that_were_always_flat_are_valued_by_the_water_that_evaporates() -> None:
    # 250 m² · 0,10 kg/m²h · 0,68 kWh/kg · 60 % = 10,2 kW, less than 60 % of 40 kW
    one = only(rule.assess, plant({}, {"b": ("pool", pool(40, 40, 0.05))}, facts=Facts(pool_area_m2=250.0)))
    assert isinstance(one, MeasureFinding) and one.confidence != "hög"
    assert one.saving_sek_per_year.value == pytest.approx(10.2 * 8 * 365 * 0.5, rel=0.02)


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_silent_where_nights_take_less(noise: float) -> None:
    one = only(rule.assess, plant({}, {"b": ("pool", pool(24, 28, noise))}))
    assert isinstance(one, Silent) and "redan tydligt mindre" in one.reason


def test_silent_without_an_area_where_nights_were_never_lower() -> None:
    assert "bassängens yta" in only(rule.assess, plant({}, {"b": ("pool", pool(40, 40))})).reason
