"""Known savings come out as they are: unbiased, and within bands; on real meters a known factor is found exactly."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from energy.savings.baselines.baseline import Settings
from energy.savings.baselines.drift import Drift
from energy.savings.scores.scoring import evaluate
from tests.savings.known import PROJECTS, assessed, known, nights, peaks, summers, told
from tests.savings.simulated import BASE, END, HOUR, REPORT

CALM = Settings(drift=Drift(0.0, "ingen"), level_sd=0.0)  # these facilities' level does not wander
TRAIN, TEST = (date(2018, 1, 1), date(2018, 12, 31)), (date(2019, 1, 1), date(2019, 12, 31))


@pytest.fixture(scope="module")
def found() -> pl.DataFrame:
    """Six facilities, heat and electricity, without drift and with little noise, so that bias would be seen."""
    names = ("none", "15 %", "nights off")
    rows = [assessed(known(s, names[s // 2], drift_sd=0.0, noise=0.01), s, CALM) for s in range(6)]
    return pl.DataFrame(rows)


def test_savings_are_unbiased_whatever_the_project(found: pl.DataFrame):
    assert found["disqualified"].null_count() == 6
    assert abs(found["error_pct"].mean()) < 1.0  # type: ignore[arg-type]
    assert found["error_pct"].abs().max() < 3.0  # type: ignore[operator]
    assert found.filter(pl.col("project") == "none")["true_pct"].abs().max() == 0.0
    assert found.filter(pl.col("project") == "15 %")["found_pct"].min() > 10.0  # type: ignore[operator]


def test_bands_hold_the_known_saving_and_grow_with_the_level(found: pl.DataFrame):
    assert found["covers_90"].sum() >= 4 and found["covers_95"].sum() >= found["covers_68"].sum()
    widths = found.select("half_68_pct", "half_90_pct", "half_95_pct").to_numpy()
    assert (np.diff(widths, axis=1) > 0).all()


def test_the_table_tells_every_kind(found: pl.DataFrame):
    text = told(found)
    assert "| heat | 3 |" in text and "| electricity | 3 |" in text and "| all | 6 |" in text


def test_projects_by_hand():
    hours = np.arange(np.datetime64("2019-06-30T22:00:00"), np.datetime64("2019-07-01T22:00:00"), HOUR)  # 1 July
    load = np.full(24, 10.0)
    cut = nights(load, hours)
    assert cut.sum() == pytest.approx(17 * 10 + 7 * 1.0)  # 22 to 05 down to a tenth
    assert summers(load, hours).sum() == pytest.approx(96.0)
    assert peaks(np.arange(1.0, 101.0), hours)[-1] == pytest.approx(
        (100 + np.quantile(np.arange(1.0, 101.0), 0.85)) / 2
    )
    assert set(PROJECTS) >= {"none", "5 %", "15 %", "30 %"}


def test_the_truth_differs_from_the_meter_only_after_the_project():
    one = known(1, "30 %")
    before, after = one.year(BASE, REPORT), one.year(REPORT, END)
    assert np.array_equal(one.without_kwh[before], one.metered_kwh[before])
    assert one.metered_kwh[after].sum() == pytest.approx(0.7 * one.without_kwh[after].sum())


@pytest.mark.real
def test_a_known_factor_on_real_meters_is_found_exactly_and_held(real_data: Path):
    folder = real_data / "cambridge_estates"
    if not (folder / "meters_2018_2022.parquet").is_file():
        pytest.skip(f"real data missing: {folder}")
    meters = pl.read_parquet(folder / "meters_2018_2022.parquet").with_columns(
        pl.concat_str(pl.col("meter", "building_id").cast(pl.String), separator="/").alias("meter_id")
    )
    chosen = ["electricity/b33", "gas/b109"]
    kept = pl.col("meter_id").is_in(chosen) & pl.col("timestamp").dt.year().is_between(2018, 2019)
    plain = meters.filter(kept).rename({"timestamp": "start_utc"}).with_columns(pl.col("kwh").cast(pl.Float64))
    second, night = pl.col("start_utc").dt.year() == 2019, pl.col("start_utc").dt.hour() < 5
    changes = {
        "scaled": pl.when(second).then(0.8 * pl.col("kwh")).otherwise("kwh"),
        "nights off": pl.when(second & night).then(0.1 * pl.col("kwh")).otherwise("kwh"),
    }
    weather = pl.read_parquet(folder / "weather_bedford_2016_2022.parquet").select(
        pl.col("timestamp_utc").alias("start_utc"), "air_temperature_c"
    )
    base = evaluate(plain, weather, TRAIN, TEST, count=50)
    for change in changes.values():
        found = evaluate(plain.with_columns(change.alias("kwh")), weather, TRAIN, TEST, count=50)
        known_kwh = base["actual_kwh"] - found["actual_kwh"]
        assert (known_kwh > 0.05 * base["actual_kwh"]).all()
        assert (found["difference_kwh"] - base["difference_kwh"]).to_list() == pytest.approx(known_kwh.to_list())
        assert ((found["band_low_kwh"] <= known_kwh) & (known_kwh <= found["band_high_kwh"])).all()
