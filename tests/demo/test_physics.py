"""The physics behind the files: balances, faults where they should be, scale, and the truth told to tests."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.demo import market, plan, truth
from energy.demo.noise import ar1, lagged, stream
from energy.demo.weather import air_temperature_c


def _year(physics) -> np.ndarray:
    return physics.time.day.astype("datetime64[Y]").astype(int) + 1970


def _yearly_mwh(physics, values) -> dict[int, float]:
    years = _year(physics)
    return {y: float(values[years == y].sum()) / 1000 for y in range(2018, 2024)}


def test_heat_bought_and_heat_from_the_store_is_the_heat_need(physics):
    np.testing.assert_allclose(physics.district_kwh + physics.store_heat_kwh, physics.heat_need_kwh, atol=1e-9)
    assert physics.district_kwh.min() > 0


def test_submeters_are_inside_the_main_meter(physics):
    assert (physics.el_store_kwh + physics.el_ice_kwh < physics.el_main_kwh).all()


def test_the_heat_meters_volume_and_temperatures_give_its_energy(physics):
    heat = 1.163 * physics.volume_m3 * (physics.supply_c - physics.return_c)
    np.testing.assert_allclose(heat, physics.district_kwh, atol=1.163 * 0.0005 * 80)
    assert (physics.supply_c - physics.return_c).min() > 8


def test_ice_plant_heat_goes_to_store_heat_pump_or_air(physics):
    source = 0.93 * 3.4 * physics.el_ice_kwh
    assert (physics.charged_kwh + physics.rejected_kwh <= source + 1e-2).all()
    assert (physics.rejected_kwh[physics.el_ice_kwh == 0] == 0).all()
    reporting = physics.time.since(date(2021, 1, 1)) & (physics.time.ice > 0)
    before = physics.time.since(plan.FIRST, plan.BASELINE_TO) & (physics.time.ice > 0)
    share = physics.rejected_kwh[reporting].mean() / physics.rejected_kwh[before].mean()
    assert 0.3 < share < 0.8  # less heat is thrown away than before, but not none


def test_the_store_never_gives_what_it_does_not_hold(physics):
    assert physics.store_content_kwh.min() >= 0
    assert (physics.store_heat_kwh[~physics.time.since(plan.STORE_FROM)] == 0).all()
    running = physics.store_heat_kwh > 50
    heat_per_kwh = physics.store_heat_kwh[running].sum() / physics.el_store_kwh[running].sum()
    assert 4.0 < heat_per_kwh < 7.0


def test_what_is_charged_and_drawn_is_what_the_store_holds(physics):
    held = np.diff(physics.store_content_kwh, prepend=0.0)
    np.testing.assert_allclose(0.82 * physics.charged_kwh - physics.store_out_kwh, held, atol=1e-3)
    np.testing.assert_allclose(physics.heat_pump_kwh, 0.6 * physics.store_heat_kwh, atol=1e-3)
    assert (physics.store_out_kwh <= physics.store_heat_kwh).all()


def test_scale_is_that_of_two_rinks_a_pool_and_halls(physics):
    power, heat = _yearly_mwh(physics, physics.el_main_kwh), _yearly_mwh(physics, physics.district_kwh)
    assert 2500 < power[2018] < 2800 and 2500 < power[2019] < 2800
    assert 1700 < heat[2018] < 2000 and 1700 < heat[2019] < 2000
    assert all(800 < heat[year] < 1050 for year in (2021, 2022, 2023))


@pytest.mark.parametrize("year", [2021, 2022, 2023])
def test_each_winters_billed_power_is_set_while_the_store_stands_idle(physics, year):
    day = physics.time.day.astype(int) - int(physics.time.day[0].astype(int))
    daily, store = np.bincount(day, physics.district_kwh), np.bincount(day, physics.store_heat_kwh)
    days = physics.time.day[0] + np.arange(daily.size)
    inside = (days >= np.datetime64(f"{year}-01-01")) & (days < np.datetime64(f"{year + 1}-01-01"))
    top = np.argsort(-np.where(inside, daily, 0))[:4]
    assert (store[top[:3]] == 0).all()
    assert np.isin(days[top[:3]].astype("datetime64[M]").astype(int) % 12, [0, 1]).all()
    assert daily[top[:3]].mean() > 1.25 * daily[top[3]]


def test_faults_begin_in_autumn_2022(physics):
    before = physics.time.since(date(2021, 10, 1), date(2022, 10, 1))
    after = physics.time.since(date(2022, 10, 1), date(2023, 10, 1))

    def warm(rows):  # flow-weighted return temperature at a middling load
        rows = rows & (physics.district_kwh > 80) & (physics.district_kwh < 120)
        return np.average(physics.return_c[rows], weights=physics.volume_m3[rows])

    assert warm(after) - warm(before) == pytest.approx(6.0, abs=0.3)
    night = (physics.time.open == 0) & (physics.time.ice == 0)
    creep = physics.el_main_kwh[after & night].mean() - physics.el_main_kwh[before & night].mean()
    assert creep > 25
    assert physics.el_fault_kwh[~physics.time.since(date(2022, 10, 1))].sum() == 0


def test_pandemic_left_its_marks(physics):
    closed = physics.time.since(date(2020, 12, 18), date(2021, 2, 8)) & (physics.time.open > 0)
    year_after = physics.time.since(date(2021, 12, 18), date(2022, 2, 8)) & (physics.time.open > 0)
    assert physics.el_main_kwh[closed].mean() < 0.93 * physics.el_main_kwh[year_after].mean()
    assert physics.el_ice_kwh[physics.time.since(date(2020, 3, 17), date(2020, 8, 9))].sum() == 0


def test_the_winter_2019_2020_was_mild_and_february_2021_had_a_cold_spell():
    time = plan.timeline()
    for seed in (1, 2, 3):
        air = air_temperature_c(time.start_utc, seed)
        winters = [
            air[time.since(date(y, 12, 1), date(y + 1, 3, 1))].mean() for y in (2017, 2018, 2019, 2020, 2021, 2022)
        ]
        assert np.argmax(winters) == 2 and winters[2] > 1.5
        spell = air[time.since(date(2021, 2, 5), date(2021, 2, 14))].mean()
        assert spell < air[time.since(date(2021, 2, 20), date(2021, 2, 28))].mean() + 2
        assert spell < 0


def test_spot_has_the_shape_of_the_crisis_and_a_few_negative_hours():
    time = plan.timeline()
    price = market.spot_eur_per_mwh(time.start_utc, 1)
    mean = {y: price[time.since(date(y, 1, 1), date(y + 1, 1, 1))].mean() for y in range(2018, 2024)}
    assert mean[2020] < mean[2019] < mean[2023] < mean[2021] < mean[2022]
    assert 15 < mean[2020] < 28 and 110 < mean[2022] < 150
    negative = price < 0
    assert 20 <= negative.sum() <= 60 and price.min() > -20


def test_truth_is_what_the_store_did(physics, readings):
    told = truth(1)
    assert told.height == 2 * 72
    heat = told.filter(pl.col("carrier") == "district_heating")
    power = told.filter(pl.col("carrier") == "electricity")
    register = readings.filter(pl.col("metering_point") == plan.STORE_HEAT)["value"]
    own = readings.filter(pl.col("metering_point") == plan.EL_STORE)["value"].sum()
    assert heat["avoided_energy_kwh"].sum() == pytest.approx(register.max() - register.min(), abs=1.5)
    assert power["avoided_energy_kwh"].sum() == pytest.approx(-own, abs=1.0)
    metered = readings.filter((pl.col("metering_point") == plan.HEAT_MAIN) & (pl.col("quantity") == "energy_kwh"))
    assert heat["actual_kwh"].sum() == pytest.approx(metered["value"].sum(), abs=0.1)
    before = told.filter(pl.col("month") < plan.STORE_FROM)
    assert before["avoided_energy_kwh"].abs().max() == pytest.approx(0, abs=1e-6)
    assert told.filter(pl.col("month") < date(2022, 10, 1))["fault_kwh"].sum() == 0
    assert heat["excluded_hours"].sum() == 24 * 76  # 24 November to 7 February


def test_charged_months_are_august_to_november(physics):
    months = set((physics.time.day[physics.charged_kwh > 0].astype("datetime64[M]").astype(int) % 12 + 1).tolist())
    assert months == {8, 9, 10, 11}


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), memory=st.floats(2.0, 100.0), sd=st.floats(0.01, 10.0))
def test_noise_keeps_its_spread_and_memory(seed, memory, sd):
    values = ar1(stream(seed, "test"), 60_000, memory, sd)
    assert values.std() == pytest.approx(sd, rel=0.25)
    step = int(memory)
    share = np.corrcoef(values[:-step], values[step:])[0, 1]
    assert share == pytest.approx(np.exp(-step / memory), abs=0.15)


def test_lag_starts_in_balance_and_reaches_a_step_by_its_time_constant():
    step = np.r_[np.zeros(50), np.ones(200)]
    response = lagged(step, 24.0)
    assert (response[:50] == 0).all()
    assert response[50 + 23] == pytest.approx(1 - np.exp(-1), abs=1e-9)
