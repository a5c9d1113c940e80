"""Pool heat of 40 kW when open, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from energy.measures import MeasureFinding, Silent
from energy.measures.operation import pool_evaporates_at_night as rule
from energy.model import Floats
from tests.measures.facility import HOURS
from tests.measures.operation.plant import OPEN, SECOND_YEAR, only, plant


def pool(night_before: float, night: float, noise: float = 0.0) -> Floats:
    scatter = 1 + noise * np.random.default_rng(3).standard_normal(HOURS)
    return np.where(OPEN == 1, 40.0, np.where(SECOND_YEAR, night, night_before)) * scatter


def test_nights_that_used_to_take_half() -> None:
    # (40 - 20) kW · 8 h · 365 days = 58 400 kWh at 0,50 kr/kWh, and 5 % of it as the fans' electricity at 1 kr/kWh
    one = only(rule.assess, plant({}, {"b": ("pool", pool(20, 40))}))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(29_200 + 2_920)
    assert one.saving_kwh_per_year == pytest.approx(1.05 * 58_400) and one.confidence == "hög"


def test_nights_that_were_always_flat_are_valued_by_what_a_cover_stops() -> None:
    # 90 % of 40 kW evaporates, a cover stops 60 % of it: 21,6 kW · 8 h · 365 days, and fans
    one = only(rule.assess, plant({}, {"b": ("pool", pool(40, 40, 0.05))}))
    assert isinstance(one, MeasureFinding) and one.confidence != "hög"
    assert one.saving_sek_per_year.value == pytest.approx(21.6 * 8 * 365 * 0.55, rel=0.02)


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_silent_where_nights_take_less(noise: float) -> None:
    one = only(rule.assess, plant({}, {"b": ("pool", pool(24, 28, noise))}))
    assert isinstance(one, Silent) and "redan tydligt mindre" in one.reason


def test_silent_without_a_meter_of_the_pool() -> None:
    assert "saknar data" in only(rule.assess, plant({}, {"b": ("ventilation", pool(40, 40))})).reason
