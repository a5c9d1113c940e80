"""The sun's height: by hand at the turns of the year, the meridian of the zone, and only for what follows the cold."""

from __future__ import annotations

import numpy as np
import pytest

from energy.savings.baselines.choices import follows_cold
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.sun import sun_height

HOUR = np.timedelta64(3600, "s")
YEAR = np.datetime64("2023-01-01T00:00:00") + np.arange(8760) * HOUR


def day(first: str) -> np.ndarray:
    return np.datetime64(first, "s") + np.arange(24) * HOUR


def test_the_height_at_noon_is_that_of_the_almanac():
    # the middle of 11-12 UTC is half an hour past noon at 15° east: cos(7.5°) of the height above and below the equator
    for first, declination in (("2023-06-21", 23.44), ("2023-03-21", 0.0), ("2023-12-21", -23.44)):
        d, latitude = np.deg2rad(declination), np.deg2rad(55.0)
        by_hand = np.sin(latitude) * np.sin(d) + np.cos(latitude) * np.cos(d) * np.cos(np.deg2rad(7.5))
        assert sun_height(day(first), "SE")[11] == pytest.approx(by_hand, abs=0.01)


def test_it_is_down_at_night_and_a_zone_further_west_is_later():
    swedish, british = sun_height(day("2023-03-21"), "SE"), sun_height(day("2023-03-21"), "GB")
    assert (swedish[:5] == 0).all() and (swedish[18:] == 0).all() and (swedish >= 0).all()
    assert british[1:] == pytest.approx(swedish[:-1], abs=0.002)  # an hour


def test_south_of_the_equator_january_is_high():
    assert sun_height(day("2023-01-10"), "AU").max() > 0.9 > 0.6 > sun_height(day("2023-07-10"), "AU").max()


def test_only_a_load_that_follows_the_cold_gets_the_sun():
    turn = 2 * np.pi * np.arange(8760) / 8760
    drivers = Drivers(YEAR, 8 - 10 * np.cos(turn))
    hours, rng = np.arange(8760) % 24, np.random.default_rng(1)
    heat = 100 + 40 * np.cos(turn) + 30 * (hours >= 12)  # the hours of the day do not hide the season
    assert follows_cold(YEAR, heat, drivers)
    assert not follows_cold(YEAR, 200 - heat, drivers)  # cooling
    assert not follows_cold(YEAR, 50 + 30 * (hours >= 12) + 5 * rng.standard_normal(8760), drivers)
    assert not follows_cold(YEAR, np.ones(8760), drivers) and not follows_cold(YEAR[:20], heat[:20], drivers)
