"""Booked 08-16 every day at 20 kW, 2 kW at rest, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from energy.measures import MeasureFinding, Silent
from energy.measures.operation import runs_when_not_booked as rule
from energy.model import Floats
from tests.measures.facility import HOURS, POWER, clock_hour
from tests.measures.operation.plant import SECOND_YEAR, kwh_taken, only, plant

HOUR = clock_hour()
BOOKED = ((HOUR >= 8) & (HOUR < 16)).astype(np.float64)
LAMPS = 1 - 0.75 * 0.5  # 0 °C all year: three quarters of the lamps' heat must be bought, at half the price
LATE = (HOUR >= 17) & (HOUR < 23)  # an hour's margin after the last booking is nobody's fault


def fan(late_kw: float, noise: float = 0.0) -> Floats:
    scatter = 1 + noise * np.random.default_rng(1).standard_normal(HOURS)
    return np.where(BOOKED == 1, 20.0, np.where(LATE & SECOND_YEAR, late_kw, 2.0)) * scatter


def test_six_hours_an_evening_without_booking() -> None:
    # (20 - 2) kW · 6 h · 365 days = 39 420 kWh at 1 kr/kWh, less the heat they gave
    context = plant({"lb1": ("lighting", fan(20.0))}, booked=BOOKED)
    one = only(rule.assess, context)
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(39_420 * LAMPS)
    assert one.saving_kwh_per_year == pytest.approx(39_420 * (1 - 0.75))
    assert kwh_taken(one, context, POWER) == pytest.approx(39_420)
    assert one.confidence == "hög" and one.metering_point == "lb1" and len(one.evidence) == 12
    assert one.picture is not None and [s.name for s in one.picture.series] == ["bokat", "inte bokat"]


def test_the_effect_takes_only_what_another_measure_left() -> None:
    context = plant({"lb1": ("lighting", fan(20.0))}, booked=BOOKED)
    one = only(rule.assess, context)
    assert one.effect is not None
    once = one.effect(context.state())
    twice = one.effect(once)
    # what is left at the fan can fall no further than to nothing: 2 kW in the late hours of 2023
    left = once.loads["lb1"].energy_kwh - twice.loads["lb1"].energy_kwh
    assert float(left.sum()) == pytest.approx(2.0 * 6 * 365)
    assert float(twice.loads["lb1"].energy_kwh.min()) == 0.0


def test_a_fan_that_never_rests_is_valued_by_an_assumed_rest_and_less_sure() -> None:
    context = plant({"lb1": ("lighting", np.full(HOURS, 20.0))}, booked=BOOKED)
    one = only(rule.assess, context)
    # lamps need no hour ahead; open 06-22 at 60 % less, closed at 80 % less and no lower than when open: 8 h and 8 h
    assert isinstance(one, MeasureFinding) and one.confidence == "medel"
    assert one.saving_sek_per_year.value == pytest.approx(16 * 365 * 20 * 0.6 * LAMPS)


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.1])
def test_silent_where_it_rests_when_nothing_is_booked(noise: float) -> None:
    one = only(rule.assess, plant({"lb1": ("lighting", fan(2.0, noise))}, booked=BOOKED))
    assert isinstance(one, Silent) and "0 %" in one.reason


def test_silent_without_bookings_or_submeter() -> None:
    assert "bokningar" in only(rule.assess, plant({"lb1": ("lighting", fan(20.0))})).reason
    assert "undermätare" in only(rule.assess, plant({"k": ("sauna", fan(20.0))}, booked=BOOKED)).reason


def test_unknown_bookings_in_half_the_year_are_missing_data() -> None:
    booked = np.where(SECOND_YEAR & (np.arange(HOURS) < 365 * 24 + 4380), np.nan, BOOKED)
    one = only(rule.assess, plant({"lb1": ("lighting", fan(20.0))}, booked=booked))
    assert isinstance(one, Silent) and "saknar data: bara 50 %" in one.reason
