"""A brine pump of 30 kW, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from energy.measures import MeasureFinding, Silent
from energy.measures.operation import brine_pump_at_full_speed as rule
from tests.measures.facility import HOURS, clock_hour
from tests.measures.operation.plant import SECOND_YEAR, only, plant

FOLLOWS = np.where(clock_hour() % 2 == 0, 30.0, 10.0)  # mean 20 kW


def test_a_pump_that_followed_the_load_the_year_before() -> None:
    # 30 kW against 20 kW; the week of 1 January 2023 began in 2022 and still partly varied: 10 kW · 24 h · 364 days
    one = only(rule.assess, plant({"p1": ("brine_pump", np.where(SECOND_YEAR, 30.0, FOLLOWS))}))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(10 * 24 * 364, rel=0.005)
    assert one.confidence == "hög"


def test_a_pump_always_at_full_speed_is_valued_by_the_cube_of_an_assumed_speed() -> None:
    # 1 - 0,7³ = 0,657 of 30 kW, 8 760 h
    scatter = 1 + 0.03 * np.random.default_rng(1).standard_normal(HOURS)
    one = only(rule.assess, plant({"p1": ("brine_pump", 30.0 * scatter)}))
    assert isinstance(one, MeasureFinding) and one.confidence == "medel"
    assert one.saving_sek_per_year.value == pytest.approx(0.657 * 30 * 8760, rel=0.01)


def test_silent_where_the_power_follows_the_load_or_has_no_meter() -> None:
    assert "följer behovet" in only(rule.assess, plant({"p1": ("brine_pump", FOLLOWS)})).reason
    assert isinstance(only(rule.assess, plant({"p1": ("brine_pump", np.zeros(HOURS))})), Silent)
    assert "saknar data" in only(rule.assess, plant({"x": ("lighting", FOLLOWS)})).reason
