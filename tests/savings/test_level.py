"""The latest level: followed by a calm meter, distrusted on a noisy one, nothing without drift."""

from __future__ import annotations

import numpy as np
import pytest

from energy.savings.level import latest_level

HOURS = np.arange(52 * 168)
STEP = np.where(HOURS >= 36 * 168, 6.0, -6.0 * 16 / 36)  # mean zero over the year, 6 % up from September on


def noise(size: float, seed: int = 1) -> np.ndarray:
    weekly = np.random.default_rng(seed).standard_normal(52) * size
    return np.repeat(weekly - weekly.mean(), 168)


def test_a_calm_meter_follows_its_end() -> None:
    found = latest_level(STEP + noise(0.5), HOURS, 100.0, 0.114)
    assert 4.0 < found < 7.0  # a part stays with the mean: no fit is without misfit


def test_a_noisy_meter_keeps_to_its_mean() -> None:
    found = [latest_level(noise(30.0, seed), HOURS, 100.0, 0.05) for seed in range(10)]
    assert np.abs(found).mean() < 3.0  # its last week alone would be off by 24 in the mean


def test_the_step_follows_the_unit_and_the_sign() -> None:
    errors = STEP + noise(1.0)
    found = latest_level(errors, HOURS, 100.0, 0.114)
    assert latest_level(1000 * errors, HOURS, 100_000.0, 0.114) == pytest.approx(1000 * found, rel=1e-9)
    assert latest_level(-errors, HOURS, -100.0, 0.114) == pytest.approx(-found, rel=1e-9)


def test_nothing_to_follow() -> None:
    assert latest_level(STEP, HOURS, 100.0, 0.0) == 0.0
    assert latest_level(STEP[:1000], HOURS[:1000], 100.0, 0.114) == 0.0
    assert latest_level(np.zeros(len(HOURS)), HOURS, 100.0, 0.114) == 0.0
    assert latest_level(STEP, HOURS, 0.0, 0.114) == 0.0  # a meter that nets to zero has no relative step


def test_weeks_that_are_missing_are_no_weeks() -> None:
    kept = (HOURS < 10 * 168) | (HOURS >= 14 * 168)
    found = latest_level((STEP + noise(0.5))[kept], HOURS[kept], 100.0, 0.114)
    assert 4.0 < found < 7.0  # a part stays with the mean: no fit is without misfit
