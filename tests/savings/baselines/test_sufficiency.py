"""Every gate with a case that fails it, and how far a period lies outside the training."""

from __future__ import annotations

import numpy as np
import pytest

from energy.savings.baselines.features import Drivers
from energy.savings.baselines.sufficiency import (
    Limits,
    data_gates,
    extrapolation,
    first_reason,
    quality_gates,
    upside_down,
    variation_gate,
)

HOUR = np.timedelta64(3600, "s")
YEAR = np.datetime64("2017-12-31T23:00:00", "s") + np.arange(8760) * HOUR  # 2018 in normal time
AIR = 8 - 10 * np.cos(np.arange(8760) / 8760 * 2 * np.pi)


def failed(valid: np.ndarray, air: np.ndarray = AIR) -> set[str]:
    return {g.name for g in data_gates(YEAR, valid, air, Limits()) if not g.passed}


def test_a_full_year_passes():
    gates = data_gates(YEAR, np.ones(8760, bool), AIR, Limits())
    assert all(g.passed and g.reason == "" for g in gates) and first_reason(gates) is None


def test_a_day_short_fails_the_span_and_nothing_else():
    assert failed(np.arange(8760) < 364 * 24) == {"span"}


@pytest.mark.parametrize(
    ("hours", "told"),
    [(24, "omfattar 1 dygn,"), (23, "omfattar 1 dygn,"), (4, "omfattar mindre än ett halvt dygn,")],
)
def test_hours_on_two_dates_are_told_as_the_time_they_are(hours: int, told: str):
    valid = (np.arange(8760) >= 12) & (np.arange(8760) < 12 + hours)  # from noon to noon: two dates
    (span,) = [g for g in data_gates(YEAR, valid, AIR, Limits()) if g.name == "span"]
    assert told in span.reason and "minst 365 behövs" in span.reason


def test_thin_days_fail_the_number_of_full_days():
    valid = np.ones(8760, bool)
    for hour in range(3):
        valid[hour : 40 * 24 * 9 : 9 * 24] = False  # every ninth day loses three hours
    assert failed(valid) == {"full_days"}


def test_a_lost_month_is_named():
    valid = np.ones(8760, bool)
    valid[24 * 31 : 24 * 36] = False  # five days of February: 82 % left
    gates = data_gates(YEAR, valid, AIR, Limits())
    assert "februari" in (first_reason(gates) or "")
    assert failed(valid) == {"months"}


def test_a_narrow_range_of_temperature_fails():
    assert failed(np.ones(8760, bool), AIR / 4) == {"temperature_range"}


def test_weather_of_the_other_hemisphere_and_in_fahrenheit():
    assert not upside_down(YEAR, AIR) and upside_down(YEAR, np.roll(AIR, 4380)) and upside_down(YEAR, -AIR)
    assert not upside_down(YEAR[:2000], AIR[:2000])
    assert failed(np.ones(8760, bool), 1.8 * AIR + 32) == {"celsius"}


def test_quality_limits():
    good = {"cvrmse_daily_pct": 59.0, "nmbe_pct": -4.9}
    assert first_reason(quality_gates(good, Limits())) is None
    assert "dygnen" in (first_reason(quality_gates(good | {"cvrmse_daily_pct": 61.0}, Limits())) or "")
    assert "5,1 procent" in (first_reason(quality_gates(good | {"nmbe_pct": -5.1}, Limits())) or "")
    assert "okänt" in (first_reason(quality_gates(good | {"cvrmse_daily_pct": float("nan")}, Limits())) or "")
    assert not variation_gate(np.array([0.0, 0.0, 1.0])).passed


@pytest.mark.parametrize(
    ("air", "tier"),
    [
        (np.full(100, 5.0), "in_range"),
        (np.r_[np.full(96, 5.0), np.full(4, -2.0)], "in_range"),  # 4 % of the hours, 2 °C outside
        (np.r_[np.full(90, 5.0), np.full(10, -2.0)], "moderate"),  # 10 % of the hours
        (np.r_[np.full(96, 5.0), np.full(4, -9.0)], "moderate"),  # few, but far
        (np.r_[np.full(90, 5.0), np.full(10, -9.0)], "severe"),
    ],
)
def test_tiers_of_extrapolation(air, tier):
    found = extrapolation((0.0, 20.0), {}, Drivers(YEAR[:100], air), Limits())
    assert found.tier == tier
    assert (found.reason is not None) == (tier == "severe")


def test_an_operating_state_never_seen_is_flagged():
    closed, open_ = np.zeros(100), np.ones(100)
    closed[40:50] = 1.0
    drivers = Drivers(YEAR[:100], np.full(100, 5.0), {"closed": closed, "open": open_, "new": closed})
    found = extrapolation((0.0, 20.0), {"closed": (0.0, 0.0), "open": (0.0, 1.0)}, drivers, Limits())
    assert found.states == ("closed", "new") and found.unseen.sum() == 10 and found.unseen[40:50].all()
