"""Scoring on tidy hourly frames: simulated placebos, hostile frames, and the real meters of a university."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from energy.model import Band
from energy.savings.baselines.baseline import Settings
from energy.savings.scores import scoring
from energy.savings.scores.scoring import (
    COLUMNS,
    FAILED,
    assess,
    evaluate,
    interval_score,
    period_hours,
    summary,
    weather_drivers,
)
from tests.savings.simulated import facility

TRAIN, TEST = (date(2018, 1, 1), date(2018, 12, 31)), (date(2019, 1, 1), date(2019, 12, 30))
QUICK = Settings(lags_h=(0.0, 24.0))


def frames(*seeds: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    one = facility(seeds[0])
    stamps = pl.Series("start_utc", one.hours.astype("datetime64[us]")).dt.replace_time_zone("UTC")
    weather = pl.DataFrame(
        {"start_utc": stamps, "air_temperature_c": one.drivers.air_temperature_c, **one.drivers.calendar}
    )
    meters = [
        pl.DataFrame({"meter_id": [f"m{s}"] * len(stamps), "start_utc": stamps, "kwh": one.energy_kwh * s})
        for s in seeds
    ]
    return pl.concat(meters), weather


def test_one_row_a_meter_with_known_columns():
    readings, weather = frames(31, 32)
    found = evaluate(readings, weather, TRAIN, TEST, QUICK, count=50)
    assert dict(found.schema) == COLUMNS and found["meter_id"].to_list() == ["m31", "m32"]
    first, second = found.rows(named=True)
    assert first["disqualified"] is None and first["covers_zero"]
    assert first["n_train"] == 8760 and first["n_test"] == 364 * 24
    assert first["difference_kwh"] == pytest.approx(first["predicted_kwh"] - first["actual_kwh"])
    assert first["nmbe_pct"] == pytest.approx(-100 * first["difference_kwh"] / first["actual_kwh"])
    # the same meter in another unit is scored the same
    assert second["cvrmse_daily_pct"] == pytest.approx(first["cvrmse_daily_pct"], rel=1e-6)


def test_what_came_before_the_training_is_told_by_its_beginning():
    readings, weather = frames(31)
    late = pl.col("start_utc") >= pl.datetime(2018, 7, 1, time_zone="UTC")
    risen = readings.with_columns(pl.when(late).then(1.08 * pl.col("kwh")).otherwise("kwh").alias("kwh"))
    december = (date(2017, 12, 1), date(2017, 12, 31))
    as_was, after = (evaluate(r, weather, TRAIN, december, QUICK, count=20)["nmbe_pct"][0] for r in (readings, risen))
    assert 0.0 <= as_was - after < 3.0  # of the rise of 8 %, of which the mean of the training holds 4


def test_days_and_months_of_the_same_meter_are_scored_by_their_own_models():
    readings, weather = frames(35)
    normal = readings.with_columns((pl.col("start_utc") + pl.duration(hours=1)).alias("normal"))

    def gathered(every: str, name: str) -> pl.DataFrame:
        start = pl.col("normal").dt.truncate(every) - pl.duration(hours=1)
        whole = normal.group_by(start.alias("start_utc")).agg(pl.col("kwh").sum()).sort("start_utc")
        return whole.select(pl.lit(name).alias("meter_id"), "start_utc", "kwh")

    both = pl.concat([gathered("1d", "day"), gathered("1mo", "month")])
    each = {one.row["meter_id"]: one for one in assess(both, weather, TRAIN, TEST, QUICK, count=100)}
    day, month = each["day"].row, each["month"].row
    assert day["resolution"] == "daily" and month["resolution"] == "billing"
    assert day["disqualified"] is None and month["disqualified"] is None
    assert day["n_train"] == 365 and month["n_train"] == 12 and month["n_test"] == 11  # December ends after the test
    assert day["cvrmse_hourly_pct"] is None and day["cvrmse_period_pct"] is None and month["cvrmse_daily_pct"] is None
    assert 0 < day["cvrmse_daily_pct"] < 25 and 0 < month["cvrmse_period_pct"] < 25
    assert day["covers_zero"] and month["covers_zero"]
    days = readings.filter(pl.col("start_utc").dt.year() == 2019)["kwh"].sum()
    assert each["month"].months().height == 11 and each["day"].months()["metered_kwh"].sum() == pytest.approx(
        day["actual_kwh"]
    )
    assert day["actual_kwh"] == pytest.approx(days, rel=0.01)


def test_a_meter_of_days_that_lacks_a_period_says_so():
    readings, weather = frames(36)
    daily = readings.group_by_dynamic("start_utc", every="1d", group_by="meter_id").agg(pl.col("kwh").sum())
    only_2018 = daily.filter(pl.col("start_utc").dt.year() == 2018)
    found = evaluate(only_2018, weather, TRAIN, TEST, QUICK, count=20).row(0, named=True)
    assert "dygn" in found["disqualified"] and found["difference_kwh"] is None
    found = evaluate(daily, weather, (date(2018, 1, 1), date(2018, 2, 28)), TEST, QUICK, count=20).row(0, named=True)
    assert "dygn" in found["disqualified"] and found["difference_kwh"] is None


def test_the_order_of_rows_and_doubled_weather_do_not_matter():
    readings, weather = frames(33)
    plain = evaluate(readings, weather, TRAIN, TEST, QUICK, count=20)
    shuffled = evaluate(
        readings.sample(fraction=1.0, shuffle=True, seed=1), pl.concat([weather, weather]), TRAIN, TEST, QUICK, count=20
    )
    assert plain["cvrmse_hourly_pct"].to_list() == pytest.approx(shuffled["cvrmse_hourly_pct"].to_list())


def test_flagged_and_missing_readings_are_missing_and_a_lost_year_is_refused():
    readings, weather = frames(34)
    flagged = readings.with_columns((pl.int_range(pl.len()) == 2000).cast(pl.Int8).alias("flag"))
    assert evaluate(flagged, weather, TRAIN, TEST, QUICK, count=20)["n_train"].to_list() == [8759]
    lost = readings.filter(pl.col("start_utc").dt.year() < 2019)
    found = evaluate(lost, weather, TRAIN, TEST, QUICK, count=20).row(0, named=True)
    assert "jämförelseperioden" in found["disqualified"] and found["cvrmse_hourly_pct"] is None
    late = readings.filter(pl.col("start_utc").dt.month() > 6)
    assert "dygn" in evaluate(late, weather, TRAIN, TEST, QUICK, count=20)["disqualified"][0]


def test_periods_are_days_of_normal_time():
    found = period_hours((date(2018, 1, 1), date(2018, 1, 1)))
    assert len(found) == 24 and found[0] == np.datetime64("2017-12-31T23:00:00")


def test_weather_with_gaps_is_missing_not_filled():
    _, weather = frames(35)
    found = weather_drivers(weather.filter(pl.int_range(pl.len()) != 10))
    assert np.isnan(found.air_temperature_c[10]) and np.isfinite(found.air_temperature_c[11])
    with pytest.raises(ValueError, match="air_temperature_c"):
        weather_drivers(weather.drop("air_temperature_c"))


def test_interval_score_by_hand():
    band = Band(0.0, -10.0, 30.0, 0.90)
    assert interval_score(band, 0.0) == 40.0
    assert interval_score(band, 32.0) == pytest.approx(40.0 + 2 / 0.1 * 2.0)
    assert interval_score(band, -11.0) == pytest.approx(40.0 + 20.0)


def test_width_and_score_are_shares_of_what_was_metered():
    readings, weather = frames(31)
    row = evaluate(readings, weather, TRAIN, TEST, QUICK, count=50).row(0, named=True)
    half = (row["band_high_kwh"] - row["band_low_kwh"]) / 2
    assert row["half_width_pct"] == pytest.approx(100 * half / row["actual_kwh"])
    assert row["covers_zero"] and row["interval_score_pct"] == pytest.approx(2 * row["half_width_pct"])


def test_a_meter_that_fails_is_a_row_and_the_next_is_taken(monkeypatch: pytest.MonkeyPatch):
    readings, weather = frames(31, 32)
    fit = scoring.fit
    calls = []

    def breaks_once(*arguments, **named):
        calls.append(1)
        if len(calls) == 1:
            raise np.linalg.LinAlgError("Singular matrix")
        return fit(*arguments, **named)

    monkeypatch.setattr(scoring, "fit", breaks_once)
    found = evaluate(readings, weather, TRAIN, TEST, QUICK, count=20)
    assert found["disqualified"][0].startswith(FAILED) and "Singular matrix" in found["disqualified"][0]
    assert found["disqualified"][1] is None and found["cvrmse_daily_pct"][1] > 0


def test_meters_of_several_sites_take_their_own_weather():
    readings, weather = frames(31, 32)
    site = pl.when(pl.col("meter_id") == "m31").then(pl.lit("north")).otherwise(pl.lit("south"))
    warm = weather.with_columns(pl.col("air_temperature_c") + 10.0, pl.lit("south").alias("site"))
    both = pl.concat([weather.with_columns(pl.lit("north").alias("site")), warm])
    found = evaluate(readings.with_columns(site.alias("site")), both, TRAIN, TEST, QUICK, count=20)
    assert found["site"].to_list() == ["north", "south"] and found["disqualified"].null_count() == 2
    lost = readings.with_columns(pl.lit("west").alias("site"))
    assert "väder saknas för west" in evaluate(lost, both, TRAIN, TEST, QUICK, count=20)["disqualified"][0]
    assert "vädret har flera" in evaluate(readings, both, TRAIN, TEST, QUICK, count=20)["disqualified"][0]
    one = evaluate(readings, weather.with_columns(pl.lit("north").alias("site")), TRAIN, TEST, QUICK, count=20)
    assert one["disqualified"].null_count() == 2


@pytest.mark.parametrize(("warmer", "said"), [(25.0, "är det grader Celsius?"), (6.0, "är det rätt station")])
def test_weather_of_another_place_or_unit_gives_no_figure(warmer, said):
    readings, weather = frames(31)
    hot = pl.when(pl.col("start_utc").dt.year() == 2019).then(warmer).otherwise(0.0)
    moved = weather.with_columns(pl.col("air_temperature_c") + hot)
    found = evaluate(readings, moved, TRAIN, TEST, QUICK, count=20).row(0, named=True)
    assert said in found["disqualified"] and found["difference_kwh"] is None


def test_quarters_are_scored_as_their_hours():
    readings, weather = frames(31)
    parts = pl.concat([readings.with_columns(pl.col("start_utc").dt.offset_by(f"{15 * n}m"), pl.col("kwh") / 4)
                       for n in range(4)])  # fmt: skip
    whole, summed = (evaluate(r, weather, TRAIN, TEST, QUICK, count=20) for r in (readings, parts))
    assert summed["cvrmse_hourly_pct"][0] == pytest.approx(whole["cvrmse_hourly_pct"][0])
    assert summed["n_train"].to_list() == whole["n_train"].to_list()


def test_months_hold_the_totals():
    readings, weather = frames(31)
    (one,) = assess(readings, weather, TRAIN, TEST, QUICK, count=20)
    months = one.months()
    assert months["month"].to_list()[0] == date(2019, 1, 1) and months.height == 12
    assert months["metered_kwh"].sum() == pytest.approx(one.row["actual_kwh"])
    assert months["predicted_kwh"].sum() == pytest.approx(one.row["predicted_kwh"])


def test_seconds_and_memory_come_from_the_probe():
    readings, weather = frames(31)
    ticks = iter(range(100))
    row = evaluate(readings, weather, TRAIN, TEST, QUICK, count=20, probe=lambda: (next(ticks), 123.0)).row(
        0, named=True
    )
    assert (row["fit_seconds"], row["predict_seconds"], row["peak_mb"]) == (1.0, 1.0, 123.0)


def test_summary_by_carrier():
    readings, weather = frames(31, 32)
    named = readings.with_columns(pl.lit("heat").alias("carrier"))
    lost = named.with_columns(pl.lit("x").alias("meter_id")).head(100)
    found = evaluate(pl.concat([named, lost]), weather, TRAIN, TEST, QUICK, count=20)
    (row,) = summary(found).to_dicts()
    assert (row["carrier"], row["meters"], row["assessed"]) == ("heat", 3, 2)
    assert row["covered"] == found["covers_zero"].sum()
    assert row["cvrmse_daily_pct"] == pytest.approx(found["cvrmse_daily_pct"].drop_nulls().mean())


def test_a_driver_with_holes_does_not_cost_the_meter_its_rows():
    readings, weather = frames(36)
    half = pl.when(pl.col("start_utc").dt.year() == 2018).then(pl.col("air_temperature_c") ** 2).alias("only_then")
    holes = pl.when(pl.int_range(pl.len()) % 20 > 0).then(pl.col("air_temperature_c").abs()).alias("holes")
    plain = evaluate(readings, weather, TRAIN, TEST, QUICK, count=20).row(0, named=True)
    found = evaluate(readings, weather.with_columns(half, holes), TRAIN, TEST, QUICK, count=20).row(0, named=True)
    assert (found["n_train"], found["n_test"]) == (plain["n_train"], plain["n_test"])
    assert found["cvrmse_daily_pct"] < 1.1 * plain["cvrmse_daily_pct"]


@pytest.mark.real
def test_real_meters_are_predicted_a_year_ahead(real_data: Path):
    folder = real_data / "cambridge_estates"
    if not (folder / "meters_2018_2022.parquet").is_file():
        pytest.skip(f"real data missing: {folder}")
    meters = pl.read_parquet(folder / "meters_2018_2022.parquet").with_columns(
        pl.concat_str(pl.col("meter", "building_id").cast(pl.String), separator="/").alias("meter_id")
    )
    chosen = ["electricity/b33", "electricity/b111", "gas/b109", "gas/b33"]
    readings = meters.filter(pl.col("meter_id").is_in(chosen)).rename({"timestamp": "start_utc"})
    weather = pl.read_parquet(folder / "weather_bedford_2016_2022.parquet").select(
        pl.col("timestamp_utc").alias("start_utc"), "air_temperature_c"
    )
    found = evaluate(readings, weather, TRAIN, (date(2019, 1, 1), date(2019, 12, 31)), QUICK, count=50)
    assert found["disqualified"].null_count() == 4
    assert found["covers_zero"].all()  # no project is known; these four are among the calm ones
    assert found["cvrmse_daily_pct"].max() < 25.0
