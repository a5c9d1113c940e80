"""The latest level: followed by a calm meter, distrusted on a noisy one, nothing without drift."""

from __future__ import annotations

import numpy as np
import pytest

from energy.savings.baselines.level import Level, latest_level

HOURS = np.arange(52 * 168)
STEP = np.where(HOURS >= 36 * 168, 6.0, -6.0 * 16 / 36)  # mean zero over the year, 6 % up from September on


def noise(size: float, seed: int = 1) -> np.ndarray:
    weekly = np.random.default_rng(seed).standard_normal(52) * size
    return np.repeat(weekly - weekly.mean(), 168)


def test_a_calm_meter_follows_its_end() -> None:
    found = latest_level(STEP + noise(0.5), HOURS, 100.0, 0.114)
    assert 4.0 < found.step < 7.0  # a part stays with the mean


def test_a_noisy_meter_keeps_to_its_mean() -> None:
    found = [latest_level(noise(30.0, seed), HOURS, 100.0, 0.05).step for seed in range(10)]
    assert np.abs(found).mean() < 3.0  # its last week alone would be off by 24 in the mean


def test_the_step_follows_the_unit_and_the_sign() -> None:
    errors = STEP + noise(1.0)
    found = latest_level(errors, HOURS, 100.0, 0.114)
    large, turned = latest_level(1000 * errors, HOURS, 100_000.0, 0.114), latest_level(-errors, HOURS, -100.0, 0.114)
    assert (large.step, large.sd) == pytest.approx((1000 * found.step, 1000 * found.sd), rel=1e-9)
    assert (turned.step, turned.sd) == pytest.approx((-found.step, found.sd), rel=1e-9)


def test_doubt_is_what_the_sizes_of_the_walk_disagree_about() -> None:
    steady, torn = (latest_level(e, HOURS, 100.0, 0.114) for e in (noise(0.5), 0.6 * STEP + noise(4.0)))
    assert 0.0 < steady.sd < 0.2  # a calm level: with or without a walk its end is its mean
    assert torn.sd > 0.5 * abs(torn.step) > 0.2  # a step or a spell of noise: both may be


def test_nothing_to_follow() -> None:
    assert latest_level(STEP, HOURS, 100.0, 0.0) == Level()
    assert latest_level(STEP[:1000], HOURS[:1000], 100.0, 0.114) == Level()
    assert latest_level(np.zeros(len(HOURS)), HOURS, 100.0, 0.114) == Level()
    assert latest_level(STEP, HOURS, 0.0, 0.114) == Level()  # a meter that nets to zero has no relative step


def test_weeks_that_are_missing_are_no_weeks() -> None:
    kept = (HOURS < 10 * 168) | (HOURS >= 14 * 168)
    found = latest_level((STEP + noise(0.5))[kept], HOURS[kept], 100.0, 0.114)
    assert 4.0 < found.step < 7.0  # a part stays with the mean
