"""Changes found in residuals: cases by hand, simulated facilities with known truth, real meters with known steps."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from energy.calendar import Instants
from energy.model import Floats
from energy.savings.baselines.baseline import Settings, fit, predict
from energy.savings.baselines.change_search import Looking, Shape, noise, whitener
from energy.savings.baselines.changes import Change, detect, sentence, step_gate
from energy.savings.baselines.features import Drivers
from tests.conftest import MISSING
from tests.savings import simulated

HOUR = np.timedelta64(3600, "s")
START = np.datetime64("2021-12-31T23:00:00")  # 2022-01-01 00:00 in normal time, a Saturday


def residuals(weeks: int, seed: int, memory_sd: float = 0.04) -> tuple[Instants, Floats, Floats]:
    """Return hours, metered and expected: 100 kWh an hour, a month's memory and the noise of a day."""
    rng = np.random.default_rng(seed)
    hours = START + np.arange(weeks * 168) * HOUR
    level = 1 + memory_sd * simulated.smooth(rng.standard_normal(len(hours)), 15 * 24.0)
    level += 0.06 * simulated.smooth(rng.standard_normal(len(hours)), 6.0)
    return hours, 100.0 * level, np.full(len(hours), 100.0)


def at(hours: Instants, day: str) -> np.ndarray:
    return hours + HOUR >= np.datetime64(day)


def test_a_step_is_found_on_its_day_with_its_size() -> None:
    hours, metered, expected = residuals(80, 3)
    (found,) = detect(hours, np.where(at(hours, "2022-11-16"), 0.7 * metered, metered), expected)
    assert (found.kind, found.end) == ("step", None)
    assert abs((found.start - date(2022, 11, 16)).days) <= 2
    assert found.size_pct == pytest.approx(-30, abs=2 * found.band_pct)
    assert found.size_kwh_per_day == pytest.approx(24 * found.size_pct, rel=1e-9)
    assert found.confidence == "hög"


def test_a_closure_is_found_with_both_its_days() -> None:
    hours, metered, expected = residuals(80, 4)
    shut = at(hours, "2022-07-04") & ~at(hours, "2022-09-05")
    (found,) = detect(hours, np.where(shut, 0.55 * metered, metered), expected)
    assert (found.kind, found.start, found.end) == ("temporary", date(2022, 7, 4), date(2022, 9, 5))
    assert found.size_pct == pytest.approx(-45, abs=2 * found.band_pct)


def test_a_slope_is_told_per_year() -> None:
    hours, metered, expected = residuals(150, 5, memory_sd=0.02)
    years = np.maximum(0, (hours - np.datetime64("2023-01-02")) / HOUR / 8766)
    found = detect(hours, metered * (1 + 0.35 * years), expected)
    (slope,) = [c for c in found if c.kind == "slope"]
    assert slope.size_pct == pytest.approx(35, abs=15)
    assert abs((slope.start - date(2023, 1, 2)).days) < 90


def test_what_a_project_saves_is_no_change_but_a_closure_in_its_time_is() -> None:
    hours, metered, expected = residuals(200, 6, memory_sd=0.02)
    begins = np.datetime64("2022-12-31T23:00:00")
    season = 0.35 + 0.25 * np.cos(2 * np.pi * ((hours - begins) / HOUR) / 8766)
    saved = np.where(hours >= begins, metered * (1 - season), metered)
    assert detect(hours, saved, expected) != ()
    told = detect(hours, saved, expected, project_start=begins)
    assert [c for c in told if c.start >= date(2022, 12, 1)] == []
    shut = at(hours, "2024-03-04") & ~at(hours, "2024-05-20")
    told = detect(hours, np.where(shut, saved - 25, saved), expected, project_start=begins)
    (found,) = [c for c in told if c.start >= date(2022, 12, 1)]
    assert (found.kind, found.start, found.end) == ("temporary", date(2024, 3, 4), date(2024, 5, 20))
    assert found.size_kwh_per_day == pytest.approx(-600, rel=0.15)


def test_few_no_or_meaningless_data_give_no_change() -> None:
    hours, metered, expected = residuals(19, 7)
    assert detect(hours, metered * np.where(at(hours, "2022-03-01"), 3.0, 1.0), expected) == ()
    nothing = np.array([], dtype="datetime64[s]")
    assert detect(nothing, np.zeros(0), np.zeros(0)) == ()
    hours, metered, expected = residuals(60, 7)
    assert detect(hours, metered, np.full(len(hours), np.nan)) == ()
    assert detect(hours, metered, np.zeros(len(hours))) == ()  # of nothing a share says nothing
    assert detect(hours, expected, expected) == ()  # a perfect fit


def test_weeks_without_values_are_left_out() -> None:
    hours, metered, expected = residuals(80, 8)
    metered = np.where(at(hours, "2022-11-16"), 0.6 * metered, metered)
    metered[at(hours, "2022-10-10") & ~at(hours, "2022-11-28")] = np.nan
    (found,) = detect(hours, metered, expected)
    assert date(2022, 10, 1) <= found.start <= date(2022, 11, 30)
    assert found.size_pct == pytest.approx(-40, abs=10)


def test_noise_is_told_apart_and_hardly_moved_by_a_step() -> None:
    rng = np.random.default_rng(1)
    week, looking = np.arange(2000), Looking()
    phi = np.exp(-1 / looking.memory_w)
    memory = np.zeros(2000)
    for i in range(1, 2000):
        memory[i] = phi * memory[i - 1] + 0.05 * np.sqrt(1 - phi**2) * rng.standard_normal()
    series = memory + 0.03 * rng.standard_normal(2000)
    assert noise(week, series, looking) == pytest.approx((0.03, 0.05), rel=0.25)
    assert noise(week, series + np.where(week > 900, 0.5, 0), looking) == pytest.approx((0.03, 0.05), rel=0.25)


def test_whitener_makes_the_covariance_the_identity() -> None:
    looking = Looking(season_sd=0.0, drift_sd=0.0)
    root = whitener(np.arange(3), (0.3, 0.4), looking)
    phi = np.exp(-1 / looking.memory_w)
    covariance = 0.09 * np.eye(3) + 0.16 * np.array([[1, phi, phi**2], [phi, 1, phi], [phi**2, phi, 1]])
    assert root @ covariance @ root.T == pytest.approx(np.eye(3), abs=1e-12)


def test_columns_of_the_shapes() -> None:
    week = np.array([0, 1, 2, 4])
    assert Shape("step", 2, 4).column(week).tolist() == [0, 0, 1, 1]
    assert Shape("temporary", 1, 3).column(week).tolist() == [0, 1, 1, 0]
    assert Shape("slope", 1, 4).column(week) == pytest.approx(np.array([0, 0, 7, 21]) / 365.25)


def test_sentences_are_swedish() -> None:
    step = Change("step", date(2019, 3, 25), None, -1234.5, -66.4, 9.7, 128.0, "hög")
    assert sentence(step) == (
        "Från 25 mars 2019 används 1\xa0234 kWh per dygn mindre (−66 ± 9,7 procent) än vad väder och kalender "
        "förklarar."
    )
    closure = Change("temporary", date(2020, 3, 21), date(2020, 9, 6), 50.0, 12.0, 3.0, 30.0, "medel")
    assert "Från 21 mars 2020 till och med 5 september 2020 användes 50 kWh per dygn mer" in sentence(closure)
    slope = Change("slope", date(2021, 1, 4), None, -9.0, -14.0, 5.0, 17.0, "låg")
    assert sentence(slope).startswith(
        "Från ungefär 4 januari 2021 minskar användningen stadigt, med omkring −14 ± 5,0 p"
    )


def test_false_alarms_are_rare_and_a_fifth_is_found() -> None:
    """Weekly series with a month's memory: 120 meter-years without a change, 60 with a step of 20 %."""
    alarms = sum(bool(detect(*residuals(104, 100 + seed))) for seed in range(60))
    assert alarms <= 7  # 5 % a meter-year would be 6 of 60 pairs of years; measured 2 %
    hits = 0
    for seed in range(30):
        hours, metered, expected = residuals(104, 300 + seed)
        cut = np.where(at(hours, "2023-05-10"), 0.8 * metered, metered)
        found = detect(hours, cut, expected)
        hits += any(c.kind == "step" and abs((c.start - date(2023, 5, 10)).days) <= 21 for c in found)
    assert hits >= 24


def seasons(hours: Instants) -> Drivers:
    year = 2 * np.pi * (hours - START) / HOUR / 8766
    spells = simulated.smooth(np.random.default_rng(2).standard_normal(len(hours)), 70.0)
    return Drivers(hours, 7 - 10 * np.cos(year) + spells)


def test_a_step_in_the_baseline_year_is_refused_and_says_where() -> None:
    hours, metered, expected = residuals(53, 9)
    gate = step_gate(hours, np.where(at(hours, "2022-07-15"), 0.6 * metered, metered), expected, seasons(hours))
    assert not gate.passed
    assert "15 juli 2022" in gate.reason and "kan inte bedömas" in gate.reason
    assert gate.found == pytest.approx(40 * 195 / 371, abs=6)
    assert step_gate(hours, metered, expected, seasons(hours)).passed
    early = step_gate(hours, np.where(at(hours, "2022-01-20"), 0.6 * metered, metered), expected, seasons(hours))
    assert early.passed  # the little before it hardly moves the baseline


def test_fit_refuses_a_baseline_year_of_two_halves() -> None:
    one = simulated.facility(7, noise=0.03)
    base = one.year(simulated.BASE, simulated.REPORT)
    hours, energy = one.hours[base], one.energy_kwh[base]
    settings = Settings(lags_h=(24.0,), drift=simulated.NO_DRIFT)
    whole = fit(hours, {"energy_kwh": energy}, one.drivers, settings)
    assert (whole.disqualified, whole.drift_sd) == (None, 0.0)
    halved = np.where(at(hours, "2018-10-01"), 0.6 * energy, energy)
    reason = fit(hours, {"energy_kwh": halved}, one.drivers, settings).disqualified
    assert reason is not None and "mitt i basperioden" in reason and "2018" in reason


def test_a_step_that_the_fit_hides_behind_the_cold_is_refused_as_a_slope() -> None:
    """60 % more from the end of August, in a meter whose hours scatter by half: the fit takes much for heating."""
    rng = np.random.default_rng(2)
    hours = simulated.START + np.arange(24 * 400) * simulated.HOUR
    day = np.arange(len(hours)) / 24 - 31
    air = 8 - 10 * np.cos(2 * np.pi * day / 365.25) + rng.normal(0, 2, len(hours))
    calm = (50 + 2 * np.maximum(0, 15 - air)) * rng.lognormal(0, 0.5, len(hours))
    drivers, year = Drivers(hours, air), (day >= 0) & (day < 365)
    settings = Settings(lags_h=(24.0,), drift=simulated.NO_DRIFT)
    assert fit(hours[year], {"energy_kwh": calm[year]}, drivers, settings).disqualified is None
    stepped = np.where(day >= 240, 1.6 * calm, calm)
    reason = fit(hours[year], {"energy_kwh": stepped[year]}, drivers, settings).disqualified
    assert reason is not None and "mitt i basperioden" in reason and "augusti 2018" in reason


def test_a_slope_counts_by_what_it_is_at_the_end_less_its_mean() -> None:
    """100 % a year in the last half of a year: 50 % at the end, 12.5 % in the mean, so 37.5 % too low today."""
    hours, metered, expected = residuals(53, 9)
    share = (hours - hours[0]) / (hours[-1] - hours[0])
    gate = step_gate(hours, metered * (1 + np.maximum(0.0, share - 0.5)), expected, seasons(hours))
    assert (
        not gate.passed and "från omkring" in gate.reason and gate.found == pytest.approx(37.5, abs=12)
    )  # the seasons take their part


def test_an_uncertain_slope_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A season that the model fits badly looks like a slope: real gas meters had bands five times as wide for one."""
    hours, metered, expected = residuals(53, 9)
    middle = (hours[0] + (hours[-1] - hours[0]) / 2).astype("datetime64[D]").item()
    for confidence, found in (("medel", 0.0), ("hög", 22.5)):
        slope = Change("slope", middle, None, 1.0, 60.0, 9.0, 50.0, confidence)
        monkeypatch.setattr(f"{step_gate.__module__}.detect", lambda *_, slope=slope, **__: [slope])
        gate = step_gate(hours, metered, expected, seasons(hours))
        assert gate.found == pytest.approx(found, abs=0.5) and gate.passed == (found == 0.0)


def test_an_uncertain_step_of_the_baseline_year_makes_the_band_wider() -> None:
    one = simulated.facility(7, noise=0.05)
    base = one.year(simulated.BASE, simulated.REPORT)
    hours, energy = one.hours[base], one.energy_kwh[base]
    stepped = np.where(at(hours, "2018-03-15"), 0.7 * energy, energy)
    model = fit(hours, {"energy_kwh": stepped}, one.drivers, Settings(lags_h=(24.0,), drift=simulated.NO_DRIFT))
    assert model.disqualified is None
    assert 0.03 < model.drift_sd < 0.12  # 30 % in a fifth of the year


@pytest.mark.parametrize(
    ("building", "day", "size_pct"), [("b12", date(2019, 3, 26), -54), ("b49", date(2019, 3, 25), -66)]
)
def test_known_steps_of_real_meters_are_found(real_data: Path, building: str, day: date, size_pct: float) -> None:
    (found,) = [c for c in detect(*_cambridge(real_data, building)) if c.kind == "step" and c.confidence == "hög"]
    assert abs((found.start - day).days) <= 3
    assert found.size_pct == pytest.approx(size_pct, abs=15)


def _cambridge(folder: Path, building: str) -> tuple[Instants, Floats, Floats]:
    """Return hours of 2018-2019, metered, and expected by a baseline of 2018, of an electricity meter."""
    files = [
        folder / "cambridge_estates" / n for n in ("meters_2018_2022.parquet", "weather_bedford_2016_2022.parquet")
    ]
    if not all(f.is_file() for f in files):
        pytest.skip(f"{MISSING}{folder / 'cambridge_estates'}")
    rows = (
        pl.scan_parquet(files[0])
        .filter(pl.col("building_id") == building, pl.col("meter") == "electricity")
        .filter(pl.col("timestamp") < pl.datetime(2020, 1, 1))
        .with_columns(kwh=pl.when(pl.col("flag") == 0).then(pl.col("kwh").cast(pl.Float64)))
        .sort("timestamp").collect()
    )  # fmt: skip
    weather = (
        pl.read_parquet(files[1]).filter(pl.col("timestamp_utc") >= pl.datetime(2017, 11, 1)).sort("timestamp_utc")
    )
    drivers = Drivers(
        weather["timestamp_utc"].to_numpy().astype("datetime64[s]"), weather["air_temperature_c"].to_numpy()
    )
    hours = rows["timestamp"].to_numpy().astype("datetime64[s]")
    energy = rows["kwh"].fill_null(np.nan).to_numpy()
    train = hours < np.datetime64("2019-01-01")
    model = fit(hours[train], {"energy_kwh": energy[train]}, drivers)
    found = np.full(int(train.sum()), np.nan)
    found[: len(model.residuals)] = energy[train][: len(model.residuals)] - model.residuals[:, 0]
    return hours, energy, np.concatenate([found, predict(model, drivers, hours[~train])["energy_kwh"]])
