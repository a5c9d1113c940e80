"""The design matrix: clocks, lag, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from energy.savings.baselines.clocks import hour_of_week, turn_of_year
from energy.savings.baselines.design import design
from energy.savings.baselines.features import Drivers, lagged, make_spec

HOUR = np.timedelta64(3600, "s")


def hours(first: str, count: int) -> np.ndarray:
    return np.datetime64(first, "s") + np.arange(count) * HOUR


def test_monday_midnight_is_hour_zero_in_winter_and_summer():
    assert hour_of_week(hours("2019-01-13T23:00:00", 2)).tolist() == [0, 1]  # 00 on Monday 14 January, UTC+1
    assert hour_of_week(hours("2019-07-07T22:00:00", 2)).tolist() == [0, 1]  # 00 on Monday 8 July, UTC+2


def test_a_public_holiday_is_a_sunday():
    epiphany = hour_of_week(hours("2020-01-06T11:00:00", 1))  # a Monday
    assert epiphany.tolist() == [6 * 24 + 12]


def test_turn_of_year_holds_22_december_to_3_january():
    noon = hours("2018-12-21T11:00:00", 1)[0] + np.arange(16) * 24 * HOUR
    assert turn_of_year(noon).tolist() == [0.0] + [1.0] * 13 + [0.0, 0.0]


def test_lag_is_the_step_response_of_a_first_order_filter():
    step = np.concatenate([np.zeros(1), np.ones(48)])
    found = lagged(step, 24.0)
    assert found[24] == pytest.approx(1 - np.exp(-1), abs=1e-12)
    assert found[48] == pytest.approx(1 - np.exp(-2), abs=1e-12)


def test_no_lag_keeps_the_temperature_and_a_gap_stays_a_gap():
    air = np.array([1.0, np.nan, 3.0])
    assert np.array_equal(lagged(air, 0.0), air, equal_nan=True)
    smooth = lagged(air, 10.0)
    assert np.isnan(smooth[1]) and smooth[2] == pytest.approx(1.0 + 2.0 * (1 - np.exp(-0.1)))


def test_drivers_refuse_a_gap_and_a_wrong_length():
    at = hours("2019-01-01T00:00:00", 4)
    with pytest.raises(ValueError, match="contiguous"):
        Drivers(at[[0, 1, 3]], np.zeros(3))
    with pytest.raises(ValueError, match="one value per hour"):
        Drivers(at, np.zeros(4), {"open": np.zeros(3)})
    with pytest.raises(ValueError, match="outside"):
        Drivers(at, np.zeros(4)).rows(at + 2 * HOUR)


def test_an_indicator_adds_main_effect_temperature_and_hour_blocks():
    at = hours("2019-01-01T00:00:00", 1000)
    air = 10 * np.sin(np.arange(1000) / 50)
    open_ = (np.arange(1000) % 24 > 8).astype(float)
    drivers = Drivers(at, air, {"open": open_})
    plain = design(make_spec(drivers, 6.0, np.arange(1000), ()), at, drivers)[0]
    spec = make_spec(drivers, 6.0, np.arange(1000), ("open",))
    x, penalty = design(spec, at, drivers)
    assert x.shape == (1000, plain.shape[1] + 27) and penalty.shape == (x.shape[1], x.shape[1])
    assert np.array_equal(x[:, plain.shape[1]], open_)
    assert penalty[0, 0] == 0.0 and (np.diag(penalty)[1:] > 0).all()
    with pytest.raises(ValueError, match="open"):
        design(spec, at, Drivers(at, air))
