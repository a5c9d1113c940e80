"""The change-point family: known parameters come back, bands hold, poor data are refused, the text is bit for bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.errors import InsufficientData
from energy.savings.bands.periods import draws, predict, refusal, signature
from energy.savings.bands.uncertainty import band
from energy.savings.baselines import changepoint
from energy.savings.baselines.coarse import Days, Periods, daily_periods, family_of
from energy.savings.baselines.drift import Drift
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.frozen_periods import PeriodBaseline
from tests.savings.simulated import facility, weather

BASE, REPORT, END = (np.datetime64(f"{y}-01-01") for y in (2018, 2019, 2020))
HOURS = np.arange(np.datetime64("2017-12-01T00:00:00"), np.datetime64("2020-02-01T00:00:00"), np.timedelta64(3600, "s"))
AIR = weather(np.random.default_rng(1), HOURS)
DAYS = Days.of(Drivers(HOURS, AIR))
CALM = changepoint.Settings(drift=Drift(0.0, "ingen"))


def days_of(first: np.datetime64, end: np.datetime64) -> np.ndarray:
    return np.arange(first, end)


def months_of(first: np.datetime64, end: np.datetime64) -> np.ndarray:
    return np.arange(first.astype("datetime64[M]"), end.astype("datetime64[M]") + 1).astype("datetime64[D]")


def known(first: np.ndarray, end: np.ndarray, noise: float = 0.0, seed: int = 1) -> Periods:
    """Return 2 400 kWh a day, 240 kWh a degree below 15 °C, 480 kWh less on days off, summed over periods."""
    rng = np.random.default_rng(seed)
    daily = 2400 + 240 * np.maximum(0, 15 - DAYS.air_temperature_c) - 480 * DAYS.weekend
    daily = daily * (1 + noise * rng.standard_normal(len(daily)))
    return Periods(first, end, DAYS.means(daily[:, None], first, end)[:, 0] * (end - first).astype(int))


def daily_year(noise: float = 0.0) -> Periods:
    first = days_of(BASE, REPORT)
    return known(first, first + 1, noise)


def monthly(first: np.datetime64 = BASE, end: np.datetime64 = REPORT) -> Periods:
    edges = months_of(first, end)
    return known(edges[:-1], edges[1:])


def test_the_truth_comes_back_from_days() -> None:
    model = changepoint.fit(daily_year(0.02), DAYS, "daily", CALM)
    assert model.disqualified is None
    assert model.shape.heating_c == pytest.approx(15, abs=0.5) and model.shape.cooling_c is None
    assert model.shape.parameters == 3
    found = signature(model)
    assert found is not None and found.heating_kw_per_k is not None and found.weekend_kw is not None
    assert found.base_kw.low < 100 < found.base_kw.high
    assert found.heating_kw_per_k.low < 10 < found.heating_kw_per_k.high
    assert found.weekend_kw.low < -20 < found.weekend_kw.high


def test_the_truth_comes_back_from_months() -> None:
    model = changepoint.fit(monthly(), DAYS, "billing", CALM)
    assert model.disqualified is None and model.rows_used == 12
    later = monthly(REPORT, END)
    expected = predict(model, DAYS, later.first, later.end)
    np.testing.assert_allclose(expected, later.energy_kwh, rtol=0.02)  # days off are not in the monthly model


def test_cooling_and_five_parameters() -> None:
    first = days_of(BASE, REPORT)
    at = (first - DAYS.first).astype(int)
    t = DAYS.air_temperature_c[at]
    noise = 1 + 0.01 * np.random.default_rng(2).standard_normal(len(t))
    both = (1000 + 100 * np.maximum(0, 8 - t) + 150 * np.maximum(0, t - 16)) * noise
    model = changepoint.fit(Periods(first, first + 1, both), DAYS, "daily", CALM)
    assert (model.shape.heating_c, model.shape.cooling_c, model.shape.parameters) == (8.0, 16.0, 5)


def test_the_mean_of_the_draws_is_the_expected_value_and_a_seed_repeats() -> None:
    for family, given in (("daily", daily_year(0.05)), ("billing", monthly())):
        model = changepoint.fit(given, DAYS, family)  # type: ignore[arg-type]
        later = monthly(REPORT, END)
        drawn = draws(model, DAYS, later.first, later.end, 60, 7)
        np.testing.assert_allclose(drawn.mean(axis=1), predict(model, DAYS, later.first, later.end), rtol=1e-9)
        assert (drawn == draws(model, DAYS, later.first, later.end, 60, 7)).all()
        assert np.ptp(drawn.sum(axis=0)) > np.ptp(
            draws(model, DAYS, later.first, later.end, 60, 7, drift=False).sum(axis=0)
        )


@pytest.mark.parametrize(("family", "fewest"), [("daily", 20), ("billing", 18)])
def test_bands_hold_the_truth_of_simulated_facilities(family: str, fewest: int) -> None:
    """Twenty-four facilities with noise of a month's memory, no drift: of 90 % bands at least `fewest` hold."""
    held = 0
    for seed in range(100, 124):
        one = facility(seed)
        days, metered = Days.of(one.drivers), daily_periods(one.hours, one.energy_kwh)
        train, test = (
            metered.where((metered.first >= a) & (metered.end <= b)) for a, b in ((BASE, REPORT), (REPORT, END))
        )
        if family == "billing":
            train, test = (bills(p) for p in (train, test))
        model = changepoint.fit(train, days, family, CALM)  # type: ignore[arg-type]
        use = float(np.nansum(test.energy_kwh))
        known_rows = np.isfinite(test.energy_kwh)
        found = band(draws(model, days, test.first, test.end, 200, seed)[known_rows].sum(axis=0) - use)
        held += found.low <= 0 <= found.high
        assert found.high - found.low < 0.25 * use
    assert held >= fewest


def bills(daily: Periods) -> Periods:
    """Return whole months of days."""
    month = daily.first.astype("datetime64[M]")
    starts = np.unique(month)
    total = np.array([daily.energy_kwh[month == m].sum() for m in starts])
    return Periods(starts.astype("datetime64[D]"), (starts + 1).astype("datetime64[D]"), total)


def test_the_text_gives_back_every_bit() -> None:
    model = changepoint.fit(daily_year(0.05), DAYS, "daily")
    read = PeriodBaseline.from_json(model.to_json())
    assert read.to_json() == model.to_json()
    later = monthly(REPORT, END)
    assert (draws(read, DAYS, later.first, later.end, 50) == draws(model, DAYS, later.first, later.end, 50)).all()
    with pytest.raises(InsufficientData, match="version"):
        PeriodBaseline.from_json(model.to_json().replace("change-point/1", "change-point/0"))


@pytest.mark.parametrize(
    ("given", "family", "reason"),
    [
        (monthly(BASE, np.datetime64("2018-12-01")), "billing", "omfattar 334 dygn"),
        (replace(monthly(), energy_kwh=np.full(12, 500.0)), "billing", "samma värde hela tiden"),
        (replace(monthly(), energy_kwh=np.full(12, np.nan)), "billing", "omfattar 0 dygn"),
        (replace(monthly(), energy_kwh=np.random.default_rng(3).uniform(1, 900, 12)), "billing", "träffar månaderna"),
        (daily_year().where(np.arange(365) < 1), "daily", "omfattar 1 dygn"),
        (replace(daily_year(), energy_kwh=np.where(np.arange(365) % 3 == 2, np.nan, 5.0)), "daily", "täcker för lite"),
        (Periods(*[np.array([], "datetime64[D]")] * 2, np.array([])), "daily", "omfattar 0 dygn"),
        (replace(daily_year(), energy_kwh=np.full(365, np.inf)), "daily", "omfattar 0 dygn"),
    ],
)
def test_poor_data_are_refused_with_their_reason(given: Periods, family: str, reason: str) -> None:
    model = changepoint.fit(given, DAYS, family)  # type: ignore[arg-type]
    assert reason in (model.disqualified or ""), model.disqualified
    later = monthly(REPORT, END)
    assert np.isnan(draws(model, DAYS, later.first, later.end, 5)).all()
    assert refusal(model, DAYS, later.first, later.end) == model.disqualified and signature(model) is None
    assert PeriodBaseline.from_json(model.to_json()).disqualified == model.disqualified


def test_weather_far_outside_the_training_gives_no_figure() -> None:
    model = changepoint.fit(daily_year(0.02), DAYS, "daily")
    cold = replace(DAYS, air_temperature_c=DAYS.air_temperature_c - 30)
    first = days_of(REPORT, END)
    assert refusal(model, DAYS, first, first + 1) is None
    assert "vädret ligger för långt utanför" in (refusal(model, cold, first, first + 1) or "")


def test_operations_of_the_model_must_still_be_known() -> None:
    one = facility(100)
    days, metered = Days.of(one.drivers), daily_periods(one.hours, one.energy_kwh)
    model = changepoint.fit(metered.where((metered.first >= BASE) & (metered.end <= REPORT)), days, "daily")
    assert model.shape.calendar == ("ice_season",)
    first = days_of(REPORT, END - 1)
    assert "saknar ice_season" in (refusal(model, replace(days, calendar={}), first, first + 1) or "")


def test_a_day_that_lacks_an_hour_is_unknown() -> None:
    hours = np.datetime64("2018-01-01T23:00:00") + np.arange(48) * np.timedelta64(3600, "s")
    energy = np.ones(48)
    energy[30] = np.nan
    found = daily_periods(hours, energy)
    assert found.energy_kwh[0] == 24 and np.isnan(found.energy_kwh[1])


@pytest.mark.parametrize(
    ("hours", "family"),
    [
        ([1.0] * 100, "hourly"), ([0.25] * 400, "hourly"), ([1.0] * 24 + [24.0] * 300, "daily"),
        ([744.0] * 12, "billing"), ([168.0] * 52, "billing"), ([8760.0], None), ([], None),
    ],
)  # fmt: skip
def test_the_family_follows_the_length_of_the_readings(hours: list[float], family: str | None) -> None:
    found, reason = family_of(np.array(hours))
    assert found == family and (reason is None) == (family is not None)


def test_periods_in_disorder_are_refused() -> None:
    day = np.array(["2018-01-01", "2018-01-02"], "datetime64[D]")
    with pytest.raises(ValueError, match="begin before"):
        Periods(day, day + 2, np.zeros(2))
