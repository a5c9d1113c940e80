"""A few lost hours are estimated as a supplier does, marked, and no more than that; tried on real meters."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from energy.model import Load
from energy.tariffs.estimated import MOST_HOURS, Through, estimated_hours, estimates_told, with_estimates
from tests.tariffs.loads import HOUR, hours, load

FIRST, END = date(2024, 1, 1), date(2024, 3, 1)  # 60 days, 1 440 hours
NOON = 24 * 20 + 12  # of 2024-01-21, a Sunday


def shaped(**more: object) -> Load:
    """A load of 10 kWh, on weekdays 30 by day; its other quantities follow it."""
    start = hours(FIRST, END)
    hour, day = np.arange(len(start)) % 24, np.arange(len(start)) // 24
    kwh = 10.0 + 20.0 * ((hour >= 8) & (hour < 18) & (day % 7 < 5))
    return load(FIRST, END, kwh, **more)  # type: ignore[arg-type]


def without(found: Load, at: slice) -> Load:
    energy = found.energy_kwh.copy()
    energy[at] = np.nan
    return replace(found, energy_kwh=energy)


def test_a_lost_weekday_noon_is_what_weekday_noons_use() -> None:
    tuesday = NOON + 2 * 24
    hole = slice(tuesday, tuesday + 3)
    found = with_estimates(without(shaped(), hole))
    assert found.energy_kwh[hole, 0] == pytest.approx([30.0, 30.0, 30.0])
    assert found.estimated is not None
    assert np.flatnonzero(found.estimated).tolist() == [tuesday, tuesday + 1, tuesday + 2]


def test_the_day_beside_a_weekend_meets_the_hours_beside_the_hole() -> None:
    # beside Sunday noon lie Saturday (10), Monday (30) and two Sundays (10): their mean 15 is 5 above the hours around
    found = with_estimates(without(shaped(), slice(NOON, NOON + 2)))
    assert found.energy_kwh[NOON : NOON + 2, 0] == pytest.approx([10.0, 10.0])


def test_the_level_of_the_day_is_kept() -> None:
    # the whole day draws 7 kWh more than the usual: so do its lost hours
    warm = shaped().energy_kwh[:, 0].copy()
    day = slice(24 * 23, 24 * 24)  # a Wednesday
    warm[day] += 7.0
    found = with_estimates(without(load(FIRST, END, warm), slice(24 * 23 + 10, 24 * 23 + 14)))
    assert found.energy_kwh[24 * 23 + 10 : 24 * 23 + 14, 0] == pytest.approx([37.0] * 4)


def test_long_holes_ends_and_poor_months_stay_unknown() -> None:
    whole = shaped()
    for hole in (slice(100, 100 + MOST_HOURS + 1), slice(0, 2), slice(1438, 1440)):
        found = with_estimates(without(whole, hole))
        assert found.estimated is None
        assert np.isnan(found.energy_kwh[hole]).all()
    poor = whole
    for day in range(8, 13):  # five holes of three hours: 15 of January's 744 hours are more than 2 %
        poor = without(poor, slice(24 * day, 24 * day + 3))
    february = slice(24 * 40, 24 * 40 + 3)
    found = with_estimates(without(poor, february))
    assert estimated_hours(found) == {date(2024, 2, 1): 3}
    assert int(np.isnan(found.energy_kwh).sum()) == 15


def test_whole_data_come_back_as_they_are() -> None:
    whole = shaped()
    assert with_estimates(whole) is whole
    assert list(estimates_told(whole)) == []


def test_a_meter_that_only_draws_is_not_made_to_give() -> None:
    kwh = np.full(1440, 5.0)
    kwh[NOON - 1] = kwh[NOON + 3] = 0.0  # an outage around the hole: 5 less than usual
    kwh[NOON + 24 : NOON + 27] = 1.0
    found = with_estimates(without(load(FIRST, END, kwh), slice(NOON, NOON + 3)))
    assert (found.energy_kwh >= 0).all()


def test_each_quantity_has_its_own_holes_and_quarters_share_the_hour() -> None:
    whole = shaped(volume_m3=2.0, return_m3c=80.0)
    assert whole.volume_m3 is not None
    volume = whole.volume_m3.copy()
    volume[500:503] = np.nan
    quarters = np.repeat(whole.energy_kwh[:, None, :] / 4, 4, axis=1)
    quarters[NOON] = np.nan
    lost = replace(without(whole, slice(NOON, NOON + 1)), volume_m3=volume, energy_quarters_kwh=quarters)
    found = with_estimates(lost)
    assert found.volume_m3 is not None and found.energy_quarters_kwh is not None and found.estimated is not None
    assert found.volume_m3[500:503, 0] == pytest.approx([2.0] * 3)
    assert found.energy_quarters_kwh.sum(axis=1) == pytest.approx(found.energy_kwh)
    assert np.flatnonzero(found.estimated).tolist() == sorted([NOON, 500, 501, 502])


def test_a_register_tells_the_sum_of_a_hole() -> None:
    start = hours(FIRST, END)
    hole = slice(NOON, NOON + 4)
    passed = {"energy_kwh": [Through(start[NOON], 4, 60.0)]}
    found = with_estimates(without(shaped(), hole), passed)
    assert found.energy_kwh[hole, 0] == pytest.approx([15.0] * 4)
    other = {"energy_kwh": [Through(start[NOON], 5, 60.0)]}  # another hole than this
    assert with_estimates(without(shaped(), hole), other).energy_kwh[hole, 0] == pytest.approx([10.0] * 4)


def test_it_is_told_in_swedish_month_by_month() -> None:
    found = with_estimates(without(shaped(), slice(NOON, NOON + 2)))
    [(month, text)] = estimates_told(found)
    assert month == date(2024, 1, 1)
    assert "2 timmar utan mätvärde i 2024-01, den första 2024-01-21 12:00" in text
    assert "till 20,0 kWh" in text


@pytest.mark.parametrize("length", [1, 3, 6, 12])
def test_real_meters_lost_hours_are_nearer_than_a_straight_line_and_without_bias(
    real_file: Callable[[str], bytes], length: int
) -> None:
    data = pl.read_parquet(io.BytesIO(real_file("cambridge_estates/meters_2018_2022.parquet"))).filter(
        pl.col("timestamp").dt.year() == 2018, pl.col("meter") == "electricity", pl.col("flag") == 0
    )
    random = np.random.default_rng(3)
    ours, line, bias = [], [], []
    for _, rows in data.group_by("building_id", maintain_order=True):
        kwh = rows.sort("timestamp")["kwh"].to_numpy().astype(np.float64)
        if len(kwh) < 8760 or np.isnan(kwh).any():
            continue
        start = np.datetime64("2018-01-01T00:00:00") + np.arange(len(kwh)) * HOUR
        for at in random.integers(400, 8200, 12):
            hole = slice(int(at), int(at) + length)
            lost = kwh.copy()
            lost[hole] = np.nan
            off = with_estimates(Load("m", start, lost[:, None])).energy_kwh[hole, 0] - kwh[hole]
            straight = np.linspace(kwh[hole.start - 1], kwh[hole.stop], length + 2)[1:-1] - kwh[hole]
            ours.append(np.abs(off).mean() / kwh.mean())
            line.append(np.abs(straight).mean() / kwh.mean())
            bias.append(off.mean() / kwh.mean())
    assert len(ours) > 150
    assert np.mean(ours) < 0.85 * np.mean(line)
    assert abs(np.mean(bias)) < 0.015
