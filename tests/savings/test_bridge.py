"""The bridge sums exactly, and each step answers to its own cause alone."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from energy.model import Contract, Load
from energy.savings.avoided import Case
from energy.savings.bridge import STEPS, Side, bridge, moved_load
from energy.savings.counterfactual import brought_by_project
from energy.savings.features import Drivers
from tests.savings.valued import CONTEXT, CONTRACTS, COUNT, LISTS, METER, NORMAL_REPORT, case, loads, modelled, with_gap

YEARS = (date(2018, 2, 1), date(2019, 2, 1))


def side(found=None, drivers=None) -> Side:
    one, _, model = modelled()
    return Side(case(found), model, drivers or one.drivers, COUNT, 1)


@pytest.fixture(scope="module")
def steps():
    return {s.step: s for s in bridge([side()], CONTRACTS, LISTS, *YEARS, months=11)}


def test_the_steps_sum_exactly(steps):
    assert tuple(steps) == STEPS
    for kind in ("amount_sek", "energy_kwh"):
        value = {name: getattr(step, kind).value for name, step in steps.items()}
        between = sum(value[s] for s in STEPS[1:-1])
        assert value["before"] + between == pytest.approx(value["after"], abs=1e-6)


def test_the_project_is_the_largest_change_and_has_a_band(steps):
    project = steps["project"].amount_sek
    assert project.high < 0
    assert steps["weather"].amount_sek.low < steps["weather"].amount_sek.high
    assert steps["before"].amount_sek.low == steps["before"].amount_sek.high
    assert steps["rest"].label == "Oförklarat"


def test_price_holds_the_new_prices_of_the_base_load(steps):
    # energy 500 -> 600 SEK/MWh and power 800 -> 900 SEK/kW: between an eighth and a fifth of all but the fixed fee
    share = steps["price"].amount_sek.value / steps["before"].amount_sek.value
    assert 0.10 < share < 0.21
    assert abs(steps["price"].energy_kwh.value / steps["before"].energy_kwh.value) < 0.02


def test_several_sides_are_summed():
    _, load, _ = modelled()
    own = Load("735999100000000034", load.start_utc, np.full((len(load.start_utc), 1), 2.0))
    contracts = [*CONTRACTS, Contract(own.metering_point, "prov", date(2015, 1, 1), date(2030, 1, 1))]
    new = Side(Case("electricity", brought_by_project(own, NORMAL_REPORT), CONTEXT, False), None, None)
    alone = {s.step: s for s in bridge([side()], contracts, LISTS, *YEARS, months=11)}
    both = {s.step: s for s in bridge([side(), new], contracts, LISTS, *YEARS, months=11)}
    cost = 12000 * 334 / 365 + 2 * 900 * 334 / 365 + 2 * 24 * 334 * 0.6
    more = both["project"].amount_sek.value - alone["project"].amount_sek.value
    assert more == pytest.approx(cost, rel=1e-6)
    assert both["before"].amount_sek == alone["before"].amount_sek
    assert both["weather"].amount_sek.value == pytest.approx(alone["weather"].amount_sek.value)


def test_a_gap_is_told_and_never_filled():
    _, load, _ = modelled()
    found = bridge([side(loads(with_gap(load, "2019-05-10T00:00", 5)))], CONTRACTS, LISTS, *YEARS, 11)
    steps = {s.step: s for s in found}
    assert np.isnan(steps["project"].amount_sek.value) and steps["project"].amount_sek.reason
    assert np.isfinite(steps["before"].amount_sek.value) and np.isfinite(steps["weather"].amount_sek.value)


def test_a_base_year_without_weather_leaves_the_model_steps_unknown():
    one, _, _ = modelled()
    rows = slice(6000, None)
    calendar = {n: v[rows] for n, v in one.drivers.calendar.items()}
    short = Drivers(one.hours[rows], one.drivers.air_temperature_c[rows], calendar)
    steps = {s.step: s for s in bridge([side(drivers=short)], CONTRACTS, LISTS, *YEARS, months=11)}
    assert np.isnan(steps["weather"].energy_kwh.value) and np.isnan(steps["rest"].energy_kwh.value)
    assert np.isfinite(steps["project"].energy_kwh.value) and np.isfinite(steps["after"].amount_sek.value)


def test_a_warmer_year_alone_is_weather_and_nothing_else():
    one, _, _ = modelled(saving=0.0)
    colder = Drivers(
        one.hours, np.where(one.hours < NORMAL_REPORT, 0.0, 3.0) + one.drivers.air_temperature_c, one.drivers.calendar
    )
    plain = {s.step: s.energy_kwh.value for s in bridge([side()], CONTRACTS, LISTS, *YEARS, months=11)}
    warm = {s.step: s.energy_kwh.value for s in bridge([side(drivers=colder)], CONTRACTS, LISTS, *YEARS, months=11)}
    assert warm["weather"] < plain["weather"]
    assert warm["operations"] == pytest.approx(plain["operations"], abs=0.02 * plain["before"])
    for step in ("before", "price", "project", "after"):
        assert warm[step] == plain[step]


def test_moving_keeps_hour_and_weekday():
    at = np.datetime64("2018-01-01T00:00:00", "s") + np.arange(400) * np.timedelta64(3600, "s")
    load = Load(METER, at, np.arange(400.0)[:, None])
    moved = moved_load(load, 2)
    assert np.isnan(moved.energy_kwh[:336]).all()
    assert moved.energy_kwh[336:, 0].tolist() == list(range(64))
