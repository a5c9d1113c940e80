"""The weather of past years on the days of this one: leap days, holes, and nothing from the time to come."""

from __future__ import annotations

import numpy as np

from energy.calendar import normal_time
from energy.forecast.weather import seasons, source_hours

HOUR = np.timedelta64(3600, "s")


def hours(first: str, end: str) -> np.ndarray:
    """Return the hours of normal-time days [first, end) as UTC."""
    return np.arange(np.datetime64(first, "s") - HOUR, np.datetime64(end, "s") - HOUR, HOUR)


def test_the_same_day_and_hour_a_year_earlier_and_the_leap_day_is_the_28th() -> None:
    leap = hours("2024-02-28", "2024-03-02")
    local = normal_time(source_hours(leap, 1)).astype("datetime64[D]")
    days, counts = np.unique(local, return_counts=True)
    assert [str(day) for day in days] == ["2023-02-28", "2023-03-01"]
    assert counts.tolist() == [48, 24]  # the 29th takes the 28th's weather once more
    back = normal_time(source_hours(hours("2023-03-01", "2023-03-02"), 3))
    assert back[0] == np.datetime64("2020-03-01T00:00:00")


def test_years_oldest_first_the_latest_kept_and_none_from_the_future() -> None:
    known = hours("2018-01-01", "2024-12-31")
    year = normal_time(known).astype("datetime64[Y]").astype(int) + 1970.0
    ahead = hours("2023-07-01", "2024-01-01")
    found = seasons(known, year, ahead, 3)
    assert [one.year for one in found] == [2020, 2021, 2022]
    assert all(bool((one.air_temperature_c == one.year).all()) for one in found)
    assert [one.year for one in seasons(known, year, ahead, 60)] == [2018, 2019, 2020, 2021, 2022]


def test_a_year_with_a_long_hole_is_left_out_and_a_short_one_is_a_straight_line() -> None:
    known = hours("2020-01-01", "2023-01-01")
    air = np.arange(len(known), dtype=float)
    short = (known >= np.datetime64("2021-08-01")) & (known < np.datetime64("2021-08-02"))
    long = (known >= np.datetime64("2020-08-01")) & (known < np.datetime64("2020-08-15"))
    found = seasons(known, np.where(short | long, np.nan, air), hours("2023-07-01", "2024-01-01"), 20)
    assert [one.year for one in found] == [2021, 2022]
    assert np.allclose(np.diff(found[0].air_temperature_c), 1.0)


def test_no_weather_gives_no_season() -> None:
    assert seasons(np.array([], dtype="datetime64[s]"), np.array([]), hours("2023-07-01", "2024-01-01"), 20) == []
    assert seasons(hours("2023-01-01", "2023-02-01"), np.zeros(744), np.array([], dtype="datetime64[s]"), 20) == []
