"""The weather of two periods is that of one place, or it is said that it is not; 25 real years of one station."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import permutations

import numpy as np
import polars as pl
import pytest

from energy.calendar import hours_between
from energy.model import Floats
from energy.savings.baselines.climate import other_climate

BEFORE = hours_between(np.datetime64("2018-12-31T23", "s"), np.datetime64("2019-12-31T23", "s"))
AFTER = hours_between(np.datetime64("2019-12-31T23", "s"), np.datetime64("2020-12-31T23", "s"))


def air(hours: np.ndarray, warmer: float = 0.0) -> Floats:
    """A year of 8 °C on the mean, 16 in July and 0 in January."""
    day = hours.astype("datetime64[D]").astype(np.int64) % 365.25
    return 8.0 + warmer - 8.0 * np.cos(2 * np.pi * (day - 15) / 365.25)


def told(after: Floats, hours: np.ndarray = AFTER) -> str | None:
    return other_climate(BEFORE, air(BEFORE), hours, after)


@pytest.mark.parametrize("warmer", [-4.0, 0.0, 2.0, 4.0])
def test_years_that_one_place_has_are_not_told(warmer: float) -> None:
    assert told(air(AFTER, warmer)) is None


@pytest.mark.parametrize(("warmer", "word"), [(6.0, "6,0 grader varmare"), (-5.0, "5,0 grader kallare")])
def test_a_sensor_or_station_that_moved_is_told(warmer: float, word: str) -> None:
    said = told(air(AFTER, warmer))
    assert said is not None and said.startswith(f"2020-01 till 2020-12 är {word} än samma månader i basperioden")


def test_fahrenheit_is_told_also_of_a_part_of_the_year() -> None:
    later = np.datetime64("2020-11-01T00") <= AFTER
    said = told(np.where(later, air(AFTER) * 1.8 + 32, air(AFTER)))
    assert said is not None and said.startswith(("2020-11 är 3", "medeltemperaturen i 2020-11 är 3"))
    assert told(np.full(len(AFTER), np.nan)) is None


def test_three_months_may_differ_more_than_a_year() -> None:
    winter = AFTER[: 24 * 91]
    assert told(air(winter, 6.0), winter) is None
    assert told(air(winter, 16.0), winter) is not None


def test_no_two_real_years_of_one_place_are_told(real_file: Callable[[str], bytes]) -> None:
    days = pl.read_parquet(io.BytesIO(real_file("smhi_stockholm/smhi_daily_mean_temp_2000_2024.parquet"))).sort("date")
    years = {year: rows for (year,), rows in days.group_by(pl.col("date").dt.year(), maintain_order=True)}
    hours = {
        year: (
            np.repeat(rows["date"].to_numpy().astype("datetime64[s]"), 24)
            + np.tile(np.arange(24), rows.height) * np.timedelta64(3600, "s")
            - np.timedelta64(3600, "s"),
            np.repeat(rows["temp_c"].to_numpy().astype(np.float64), 24),
        )
        for year, rows in years.items()
    }
    pairs = list(permutations(hours, 2))
    assert len(pairs) == 600
    assert [pair for pair in pairs if other_climate(*hours[pair[0]], *hours[pair[1]])] == []
