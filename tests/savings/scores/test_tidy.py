"""Anybody's rows become hours: summed, told once, left out where they are no numbers, never guessed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy.savings.scores.tidy import meters, places, weather_drivers

START = datetime(2024, 3, 30)


def rows(values: list[float | None], minutes: int = 60, meter: object = "a") -> pl.DataFrame:
    times = [START + timedelta(minutes=minutes * n) for n in range(len(values))]
    return pl.DataFrame({"meter_id": [meter] * len(values), "start_utc": times, "kwh": values}, strict=False)


def hours(frame: pl.DataFrame) -> dict[int, float]:
    """Return hour after START -> kWh of the only meter."""
    (one,) = meters(frame)
    at = (one.start_utc - np.datetime64(START, "s")) // np.timedelta64(3600, "s")
    return dict(zip(at.tolist(), one.kwh.tolist(), strict=True))


def test_hours_are_as_they_are():
    assert hours(rows([1.0, 2.0, 3.0])) == {0: 1.0, 1: 2.0, 2: 3.0}


def test_quarters_are_summed_and_an_hour_without_one_of_them_is_missing():
    assert hours(rows([0.25] * 12, 15)) == {0: 1.0, 1: 1.0, 2: 1.0}
    assert hours(rows([0.25] * 5 + [None] + [0.25] * 6, 15)) == {0: 1.0, 2: 1.0}
    assert hours(rows([0.1] * 36, 5)).keys() == {0, 1, 2}
    frame = rows([0.25] * 12, 15)
    assert hours(frame.filter(pl.int_range(pl.len()) != 6)) == {0: 1.0, 2: 1.0}


def test_a_change_from_hours_to_quarters_is_seen():
    later = rows([0.25] * 8, 15).with_columns(pl.col("start_utc") + timedelta(hours=3))
    assert hours(pl.concat([rows([1.0, 1.0, 1.0]), later])) == dict.fromkeys(range(5), 1.0)


def test_missing_hours_stay_missing():
    frame = rows([1.0, 2.0, 3.0, 4.0, 5.0]).filter(~pl.col("kwh").is_in([2.0, 3.0]))
    assert hours(frame) == {0: 1.0, 3: 4.0, 4: 5.0}


def test_no_numbers_are_left_out_and_counted():
    (one,) = meters(rows([1.0, None, float("nan"), float("inf"), 0.0, -2.0]))
    assert one.kwh.tolist() == [1.0, 0.0, -2.0] and one.left_out == 3


def test_the_same_hour_told_twice_is_one_and_told_differently_is_none():
    same = pl.concat([rows([1.0, 2.0]), rows([1.0, 2.0])])
    assert hours(same) == {0: 1.0, 1: 2.0}
    differently = pl.concat([rows([1.0, 2.0]), rows([1.0, 7.0])])
    (one,) = meters(differently)
    assert one.kwh.tolist() == [1.0] and one.left_out == 2


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Stockholm"])
def test_any_unit_and_zone_of_time(unit, zone):
    frame = rows([1.0, 2.0]).with_columns(pl.col("start_utc").dt.replace_time_zone("UTC"))
    stamps = pl.col("start_utc").dt.convert_time_zone(zone or "UTC").dt.cast_time_unit(unit)
    frame = frame.with_columns(stamps if zone else stamps.dt.replace_time_zone(None))
    assert hours(frame) == {0: 1.0, 1: 2.0}


def test_the_hour_that_comes_twice_in_autumn_is_two():
    times = pl.Series([datetime(2024, 10, 27, 0), datetime(2024, 10, 27, 1)]).dt.replace_time_zone("UTC")
    frame = pl.DataFrame({"meter_id": ["a", "a"], "start_utc": times.dt.convert_time_zone("Europe/Stockholm"),
                          "kwh": [1.0, 2.0]})  # fmt: skip
    (one,) = meters(frame)
    assert len(one.start_utc) == 2


@pytest.mark.parametrize("kind", [pl.Float32, pl.Int32, pl.UInt8, pl.Decimal(10, 2)])
def test_any_type_of_number_and_of_meter(kind):
    assert hours(rows([1.0, 2.0]).with_columns(pl.col("kwh").cast(kind))) == {0: 1.0, 1: 2.0}
    whole = pl.concat([rows([1.0], meter=7), rows([2.0], meter=11)])
    assert [m.meter_id for m in meters(whole)] == ["11", "7"]
    named = rows([1.0]).with_columns(pl.col("meter_id").cast(pl.Categorical))
    assert [m.meter_id for m in meters(named)] == ["a"]


def test_flags_carriers_and_places_are_carried():
    frame = rows([1.0, 2.0]).with_columns(flag=pl.Series([0, 1]), carrier=pl.lit("gas"), station=pl.lit("97100"))
    (one,) = meters(frame)
    assert (one.carrier, one.place, one.kwh.tolist(), one.left_out) == ("gas", "97100", [1.0], 1)
    moved = frame.with_columns(station=pl.Series(["97100", "98040"]))
    (one,) = meters(moved)
    assert one.problem and "2 platser" in one.problem


def test_rows_without_a_meter_or_time_belong_to_nobody():
    frame = pl.concat(
        [rows([1.0]), rows([2.0], meter=None), rows([3.0]).with_columns(start_utc=None)], how="vertical_relaxed"
    )
    (one,) = meters(frame)
    assert one.kwh.tolist() == [1.0] and one.left_out == 1


@pytest.mark.parametrize(("minutes", "family", "count"), [(1440, "daily", 10), (30 * 1440, "billing", 10),
                                                          (180, "daily", 1)])  # fmt: skip
def test_days_and_months_are_periods_and_no_hours(minutes, family, count):
    (one,) = meters(rows([24.0] * 10, minutes))
    assert one.problem is None and one.family == family and len(one.kwh) == 0
    assert np.isfinite(one.periods.energy_kwh).sum() == count
    assert np.nansum(one.periods.energy_kwh) == pytest.approx(24.0 * 10 if minutes > 180 else 24.0 * 8)


def test_months_keep_their_own_length_and_a_gap_is_no_long_month():
    first = [date(2024, month, 1) for month in (1, 2, 3, 6, 7)]
    stamps = pl.Series("start_utc", [datetime(d.year, d.month, d.day) - timedelta(hours=1) for d in first])
    (one,) = meters(pl.DataFrame({"meter_id": ["a"] * 5, "start_utc": stamps, "kwh": [31.0, 29.0, 31.0, 30.0, 31.0]}))
    assert one.family == "billing" and one.periods.days.tolist() == [31, 29, 31, 30, 31]


def test_days_told_at_civil_midnight_are_the_days_they_name():
    stamps = pl.Series("start_utc", [datetime(2024, 3, 29, 23), datetime(2024, 3, 30, 23), datetime(2024, 3, 31, 22),
                                     datetime(2024, 4, 1, 22)])  # fmt: skip
    (one,) = meters(pl.DataFrame({"meter_id": ["a"] * 4, "start_utc": stamps, "kwh": [1.0, 2.0, 3.0, 4.0]}))
    days = [str(day) for day in one.periods.first]
    assert days == ["2024-03-30", "2024-03-31", "2024-04-01", "2024-04-02"]
    assert one.periods.energy_kwh.tolist() == [1.0, 2.0, 3.0, 4.0]


def test_readings_a_year_apart_are_too_few():
    (one,) = meters(rows([24.0] * 5, 365 * 1440))
    assert one.problem and "för glest" in one.problem


def test_registers_are_not_taken_for_energy():
    rng = np.random.default_rng(1)
    (one,) = meters(rows(np.cumsum(rng.gamma(2.0, 3.0, 800)).tolist()))
    assert one.problem and "mätarställningar" in one.problem
    (calm,) = meters(rows([5.0] * 800))
    assert calm.problem is None  # a constant meter is the gates' business


def test_a_meter_without_values_says_so():
    (one,) = meters(rows([None, None]))
    assert one.problem and "inga användbara värden" in one.problem


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200), st.sampled_from([5, 10, 15, 20, 30, 60]))
def test_whole_hours_keep_their_energy(values, minutes):
    parts = 60 // minutes
    whole = values[: len(values) // parts * parts]
    if len(whole) < 2:
        return
    found = hours(rows(whole, minutes))
    assert sum(found.values()) == pytest.approx(sum(whole), rel=1e-9, abs=1e-6)


def weather(hours_: int, **columns: object) -> pl.DataFrame:
    times = [START + timedelta(hours=n) for n in range(hours_)]
    return pl.DataFrame({"start_utc": times, "air_temperature_c": [float(n) for n in range(hours_)], **columns})


def test_weather_with_holes_infinities_and_drivers():
    frame = weather(6, open=[True, False] * 3, sun=[1, 2, 3, 4, 5, 6], empty=[None] * 6, note=["x"] * 6)
    frame = frame.with_columns(air_temperature_c=pl.Series([0.0, float("inf"), None, 3.0, 4.0, 5.0]))
    found = weather_drivers(frame.filter(pl.int_range(pl.len()) != 4))
    assert np.isnan(found.air_temperature_c).tolist() == [False, True, True, False, True, False]
    assert (sorted(found.calendar), sorted(found.measured)) == (["open"], ["sun"])
    assert found.calendar["open"][0] == 1.0 and np.isnan(found.measured["sun"][4])


def test_weather_by_station_and_only_what_matters():
    both = pl.concat([weather(48, station=["a"] * 48), weather(48, station=["b"] * 48)])
    found = places(both, [(date(2024, 3, 31), date(2024, 3, 31))])
    assert sorted(str(name) for name in found) == ["a", "b"] and len(found["a"].start_utc) == 48
    old = weather(48).with_columns(pl.col("start_utc") - timedelta(days=4000))
    near = places(pl.concat([old, weather(48)]), [(date(2024, 3, 31), date(2024, 3, 31))])
    assert len(near[None].start_utc) == 48
    with pytest.raises(ValueError, match="weather"):
        places(old, [(date(2024, 3, 31), date(2024, 3, 31))])
