"""Which calendar a meter follows: found by what it does on holidays, and the Swedish one unless it is clear."""

from __future__ import annotations

import numpy as np
import pytest

from energy.savings.baselines.clocks import CALENDARS, choose_calendar, hour_of_week, turn_of_year

HOUR = np.timedelta64(3600, "s")
YEAR = np.datetime64("2018-01-01T00:00:00") + np.arange(365 * 24) * HOUR
BLOCK = np.minimum(np.arange(365 * 24) // 672, 12)


def load(calendar: str, noise: float) -> np.ndarray:
    """Return a load that is low on Sundays and holidays of a calendar, (n, 1)."""
    week = hour_of_week(YEAR, calendar)
    shape = 10.0 + 5.0 * ((week < 144) & (week % 24 >= 8) & (week % 24 < 18))
    return (shape + noise * np.random.default_rng(1).standard_normal(len(YEAR)))[:, None]


def test_a_bank_holiday_is_a_sunday_in_england_and_a_monday_in_sweden() -> None:
    noon = np.array(["2018-08-27T11:00:00"], dtype="datetime64[s]")
    assert hour_of_week(noon, "GB").tolist() == [6 * 24 + 12]  # 12 in British summer time
    assert hour_of_week(noon).tolist() == [13]


def test_a_clock_without_summer_time_and_one_far_away() -> None:
    july = np.array(["2019-07-07T22:00:00"], dtype="datetime64[s]")
    assert hour_of_week(july, "SE standard time").tolist() == [6 * 24 + 23]
    assert hour_of_week(july, "US eastern").tolist() == [6 * 24 + 18]
    first = np.array(["2019-01-04T03:00:00"], dtype="datetime64[s]")
    assert turn_of_year(first).tolist() == [0.0] and turn_of_year(first, "US pacific").tolist() == [1.0]


@pytest.mark.parametrize("calendar", ["SE", "GB", "none", "US eastern"])
def test_the_calendar_a_meter_follows_is_found(calendar: str) -> None:
    found = choose_calendar(YEAR, load(calendar, 1.0) - 12.0, BLOCK, 0.005)
    assert found == calendar


def test_a_meter_that_tells_nothing_keeps_the_swedish_calendar() -> None:
    flat = np.random.default_rng(2).standard_normal((len(YEAR), 1))
    assert choose_calendar(YEAR, flat, BLOCK, 0.005) == "SE"
    assert choose_calendar(YEAR, np.zeros((len(YEAR), 1)), BLOCK, 0.005) == "SE"


def test_an_unknown_calendar_is_refused() -> None:
    assert all(len(hour_of_week(YEAR[:5], name)) == 5 for name in CALENDARS)
    with pytest.raises(ValueError, match="unknown"):
        hour_of_week(YEAR[:5], "XX")
