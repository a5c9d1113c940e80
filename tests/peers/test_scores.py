"""The rules of the peers' bench by hand: whole days, bands, failures, and the plain model on a load it can make."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.peers.cases import Case, all_cases, grid
from tests.peers.publish import BOTH, FIRST, against, median, pick, written
from tests.peers.scores import COLUMNS, row, scored, whole_days
from tests.peers.towt import guideline_14, towt


def case(kwh: np.ndarray | None = None, days: int = 3) -> Case:
    hours = grid("2019-01-01", f"2019-01-{days + 1:02d}")
    values = np.full(len(hours), 2.0) if kwh is None else kwh
    return Case("prov", FIRST, "gas", "b1", "Europe/London", hours, np.zeros(len(hours)), hours, values, hours, values)


def test_a_day_with_a_missing_hour_is_no_day():
    kwh = np.full(72, 2.0)
    kwh[30] = np.nan
    assert whole_days(case(kwh), kwh)[[0, 2]].tolist() == [48.0, 48.0]
    assert np.isnan(whole_days(case(kwh), kwh)[1])


def test_hours_days_and_bands_by_hand():
    found = row("x", case(), {"hourly": np.full(72, 2.2), "half": 10.0, "half_mended": 20.0, "fit_s": 1.5})
    assert found["cvrmse_hourly_pct"] == pytest.approx(10.0) and found["cvrmse_daily_pct"] == pytest.approx(10.0)
    assert found["nmbe_pct"] == pytest.approx(-10.0) and found["fit_s"] == 1.5
    # 14.4 kWh too much of 144: ten either side misses zero by 4.4, twenty holds it
    assert (found["covers"], found["covers_mended"]) == (False, True)
    assert found["half_width_pct"] == pytest.approx(100 * 10 / 144)
    assert found["interval_score_pct"] == pytest.approx(100 * (20 + 20 * 4.4) / 144)
    daily = row("x", case(), {"daily": np.full(3, 48.0), "half": 1.0})
    assert daily["cvrmse_hourly_pct"] is None and daily["cvrmse_daily_pct"] == 0.0 and daily["covers"]


def test_an_engine_that_fails_or_refuses_has_no_figures():
    found = row("x", case(), {"failed": "ValueError: prov"})
    assert found["failed"] == "ValueError: prov" and found["cvrmse_daily_pct"] is None
    assert row("x", case(), {"disqualified": "kort"})["disqualified"] == "kort"


def test_the_same_year_has_no_band():
    same = replace(case(), group="prov, in sample")
    assert row("x", same, {"hourly": np.full(72, 2.0), "half": 1.0})["covers"] is None


def test_the_plain_model_finds_a_load_it_can_make():
    hours = grid("2018-01-01", "2019-01-01")
    rng = np.random.default_rng(1)
    air = 10 - 10 * np.cos(2 * np.pi * np.arange(len(hours)) / 8760) + rng.normal(0, 2, len(hours))
    one = replace(case(), weather_utc=hours, air_c=air, train_utc=hours, test_utc=hours)
    week = one.week(hours)
    kwh = 20 + 10 * ((week % 24 >= 8) & (week < 120)) + 0.5 * air
    stored = {"train_week": week, "test_week": week, "train_kwh": kwh, "test_kwh": kwh, "train_c": air, "test_c": air}
    assert towt(stored)["hourly"] == pytest.approx(kwh, abs=1e-6)


def test_guideline_14_by_hand():
    rng = np.random.default_rng(2)
    y = 10 + rng.normal(0, 1, 20000)
    half = guideline_14(y, np.full(20000, 10.0), 1, 1000.0, 100)
    assert half == pytest.approx(1.645 * 1.26 * 0.1 * 1000 / 10, rel=0.05)  # no memory: n/n' is about one


def test_the_page_tells_who_is_better_and_what_was_missed():
    def made(engine: str, error: float) -> list[dict[str, object]]:
        base = dict.fromkeys(COLUMNS) | {"engine": engine, "version": "1", "failed": "", "crashed": ""}
        return [
            base | {"group": group, "carrier": carrier, "meter": "b1", "cvrmse_hourly_pct": error, "nmbe_pct": -1.0,
                    "cvrmse_daily_pct": error, "covers": True, "half_width_pct": 5.0, "interval_score_pct": 10.0,
                    "fit_s": 0.1, "predict_s": 0.1, "peak_mb": 100.0}
            for group in BOTH for carrier in ("electricity", "gas")
        ]  # fmt: skip

    rows = pl.DataFrame(made("energibok", 12.0) + made("towt", 20.0) + made("opendsm.daily", 16.0), schema=COLUMNS)
    assert against(rows, "energibok", "towt", FIRST, "gas", "cvrmse_daily_pct") == pytest.approx(0.6)
    assert median(pick(rows, "towt", FIRST), "cvrmse_hourly_pct") == 20.0
    page = written(rows)
    assert "| **Energibok** | 12.0 | 12.0 |" in page
    assert "| gas, daily error / opendsm.daily, median | ≤ 0.93 | 0.75 | met |" in page
    assert "| coverage of the placebo pairs, % | 85 to 95 | 100.0 | **missed** |" in page


def test_results_that_are_not_there_are_no_rows(tmp_path: Path):
    (tmp_path / "towt").mkdir()
    assert scored([case()], tmp_path).is_empty()


@pytest.mark.real
def test_the_real_cases_are_the_clean_meters(real_data: Path):
    found = [c for c in all_cases(real_data) if c.group == FIRST]
    if not found:
        pytest.skip(f"real data missing: {real_data}")
    assert len(found) == 34 and sum(c.carrier == "electricity" for c in found) == 16
    assert not {("gas", "b75"), ("electricity", "b12")} & {(c.carrier, c.meter) for c in found}
