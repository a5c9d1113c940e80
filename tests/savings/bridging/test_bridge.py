"""The bridge sums exactly both ways whatever the loads and prices, and each cause answers to its own alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from energy.errors import InsufficientData
from energy.model import BillingContext, Contract, Load
from energy.savings.baselines.features import Drivers
from energy.savings.bridging.bridge import CAUSES, LEVELS, Matrix, Side, bridge, cells
from energy.savings.bridging.moving import months_of
from energy.savings.saved.avoided import ALL, Case
from energy.savings.saved.counterfactual import Counterfactual, brought_by_project
from energy.tariffs.bill import bill, total
from tests.savings.valued import (
    CONTEXT,
    CONTRACTS,
    LISTS,
    METER,
    NORMAL_REPORT,
    case,
    loads,
    modelled,
    price_list,
    with_gap,
)
from tests.tariffs.loads import component
from tests.tariffs.loads import price_list as toml_list

BEFORE, AFTER = months_of(date(2018, 2, 1), 3), months_of(date(2019, 2, 1), 3)
HOURS = np.arange(np.datetime64("2017-12-31T23:00:00"), np.datetime64("2019-12-31T23:00:00"), np.timedelta64(1, "h"))


def side(found=None, drivers=None, **other) -> Side:
    one, _, model = modelled()
    return Side(case(found), model, drivers or one.drivers, 8, 1, **other)


def steady(first_kw: float, then_kw: float, contracts=CONTRACTS, lists=LISTS) -> tuple[Side, list, list]:
    """Return a side without model: one power in 2018, another in 2019."""
    power = np.where(HOURS < NORMAL_REPORT, first_kw, then_kw)
    load = Load(METER, HOURS, power[:, None])
    off = np.zeros(len(HOURS), dtype=bool)
    found = Counterfactual(load, load, HOURS >= NORMAL_REPORT, off, None)
    return Side(Case("electricity", found, CONTEXT), None, None, 1, 1, "unexplained"), contracts, lists


def listed(components: str, year: int):
    return toml_list(components, id=f'"prov-{year}"', valid_from=f"{year}-01-01", valid_to=f"{year + 1}-01-01")


def amounts(matrix: Matrix) -> dict[tuple[str, str], float]:
    return {(c.cause, c.component): c.amount_sek.value for c in cells(matrix)}


def energy_of(matrix: Matrix) -> dict[str, float]:
    return {c.cause: c.energy_kwh.value for c in cells(matrix) if c.component == ALL}


def check_sums(matrix: Matrix) -> None:
    found = amounts(matrix)
    names = {n for _, n in found}
    for name in names:
        between = sum(found[cause, name] for cause in CAUSES)
        assert found["before", name] + between == pytest.approx(found["after", name], abs=0.005)
    for cause in (*LEVELS, *CAUSES):
        assert sum(found[cause, n] for n in names - {ALL}) == pytest.approx(found[cause, ALL], abs=0.005)
    energy = energy_of(matrix)
    assert energy["before"] + sum(energy[c] for c in CAUSES) == pytest.approx(energy["after"], abs=1e-6)


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    return bridge([side()], CONTRACTS, LISTS, BEFORE, AFTER)


def test_causes_sum_to_components_and_components_to_causes(matrix):
    check_sums(matrix)


def test_it_begins_and_ends_at_the_bills_as_metered(matrix):
    load = modelled()[1]
    for level, months in (("before", BEFORE), ("after", AFTER)):
        found = amounts(matrix)[level, ALL]
        assert found == pytest.approx(float(total(bill(load, CONTRACTS, LISTS, months, CONTEXT))[0]), abs=1e-6)
        band = next(c.amount_sek for c in cells(matrix) if (c.cause, c.component) == (level, ALL))
        assert band.low == band.high


def test_the_project_lowers_the_cost_and_has_a_band(matrix):
    found = {c.cause: c.amount_sek for c in cells(matrix) if c.component == ALL}
    assert found["project"].high < 0
    assert found["price"].low < found["price"].value < found["price"].high


@pytest.mark.parametrize("seed", range(3))
def test_it_sums_on_random_loads_and_prices(seed):
    rng = np.random.default_rng(seed)
    lists = [price_list(y, *rng.uniform(100, 2000, 2)) for y in (2017, 2018, 2019, 2020)]
    one, load, model = modelled()
    shaken = replace(load, energy_kwh=load.energy_kwh * rng.uniform(0.2, 1.8, load.energy_kwh.shape))
    check_sums(
        bridge([Side(case(loads(shaken, seed=seed)), model, one.drivers, 5, 1)], CONTRACTS, lists, BEFORE, AFTER)
    )


def test_swapped_periods_change_every_sign(matrix):
    back = amounts(bridge([side()], CONTRACTS, LISTS, AFTER, BEFORE))
    for (cause, name), value in amounts(matrix).items():
        if cause not in LEVELS:
            assert back[cause, name] == pytest.approx(-value, abs=1e-6)


def test_a_new_price_alone_is_price_alone():
    found = amounts(bridge(*_args(steady(10.0, 10.0)), BEFORE, AFTER))
    hours = 24 * (28 + 31 + 30)
    assert found["price", "energy"] == pytest.approx(10 * hours * (600 - 500) / 1000)
    assert found["price", "demand"] == pytest.approx(10 * (900 - 800) * 89 / 365)
    assert sum(abs(v) for (c, _), v in found.items() if c in ("tax", "calendar", "unexplained")) < 1e-6


def _args(made):
    one, contracts, lists = made
    return [one], contracts, lists


def test_price_and_load_together_are_the_midpoint_formula():
    found = amounts(bridge(*_args(steady(10.0, 7.0)), BEFORE, AFTER))
    mwh = 24 * 89 / 1000
    assert found["price", "energy"] == pytest.approx((600 - 500) * (10 + 7) / 2 * mwh)
    assert found["unexplained", "energy"] == pytest.approx((7 - 10) * (500 + 600) / 2 * mwh)


def test_the_class_of_a_banded_price_is_shared_between_price_and_load():
    bands = "bands = [{{ up_to = 100, fixed = 0, price = {} }}, {{ fixed = {}, price = {} }}]"
    low, high = bands.format(10, 300, 8), bands.format(12, 500, 9)
    rule = (
        component("monthly_peak_hour", "SEK/kW,month", low, kind="demand"),
        component("monthly_peak_hour", "SEK/kW,month", high, kind="demand"),
    )
    lists = [listed(rule[0], year=2018), listed(rule[1], year=2019)]
    contracts = [Contract(METER, lists[0].family, date(2015, 1, 1), date(2030, 1, 1))]
    found = amounts(bridge(*_args(steady(90.0, 120.0, contracts, lists)), BEFORE, AFTER))
    before, after = 3 * 90 * 10, 3 * (500 + 120 * 9)
    other_price, other_load = 3 * 90 * 12, 3 * (300 + 120 * 8)
    assert found["before", "demand"] == pytest.approx(before) and found["after", "demand"] == pytest.approx(after)
    assert found["price", "demand"] == pytest.approx((other_price - before + after - other_load) / 2)
    assert found["unexplained", "demand"] == pytest.approx((other_load - before + after - other_price) / 2)


def test_a_new_rate_of_tax_is_tax_whoever_carries_it():
    tax = 'tax = "energy_tax_electricity", carried_by = "{}"'
    energy = component("billed_energy_kwh", "öre/kWh", "value = 50", kind="energy")
    parts = [component("billed_energy_kwh", "öre/kWh", tax.format(w), kind="tax") for w in ("retail", "grid")]
    lists = [listed(energy + parts[1], year=2018), listed(energy + parts[1], year=2019)]
    contracts = [Contract(METER, lists[0].family, date(2015, 1, 1), date(2030, 1, 1))]
    found = amounts(bridge(*_args(steady(10.0, 10.0, contracts, lists)), BEFORE, AFTER))
    assert found["tax", "tax"] == pytest.approx(10 * 24 * 89 * (34.7 - 33.1) / 100)
    assert found["price", ALL] == pytest.approx(0.0, abs=1e-9) and found["tax", "energy"] == 0.0


def test_months_without_a_counterpart_are_calendar():
    longer = bridge(*_args(steady(10.0, 10.0)), BEFORE, months_of(date(2019, 1, 1), 4))
    found = amounts(longer)
    assert found["calendar", "energy"] == pytest.approx(10 * 24 * 31 * 0.6)
    check_sums(longer)


def test_a_leap_day_is_calendar():
    hours = np.arange(
        np.datetime64("2018-12-31T23:00:00"), np.datetime64("2020-03-31T22:00:00"), np.timedelta64(1, "h")
    )
    load = Load(METER, hours, np.full((len(hours), 1), 10.0))
    found = Counterfactual(load, load, np.ones(len(hours), dtype=bool), np.zeros(len(hours), dtype=bool), None)
    lists = [price_list(y, 500, 800) for y in (2018, 2019, 2020)]
    one = Side(Case("electricity", found, CONTEXT), None, None, 1, 1, "unexplained")
    got = amounts(bridge([one], CONTRACTS, lists, [date(2019, 2, 1)], [date(2020, 2, 1)]))
    assert got["calendar", "energy"] == pytest.approx(240 * 0.5) and got["unexplained", "energy"] == pytest.approx(0.0)


def test_a_warmer_year_alone_is_weather():
    one, load, _model = modelled(saving=0.0)
    warmer = np.where(one.hours < NORMAL_REPORT, 0.0, 3.0) + one.drivers.air_temperature_c
    drivers = Drivers(one.hours, warmer, one.drivers.calendar)
    own = loads(load)
    plain, warm = (energy_of(bridge([side(own, d)], CONTRACTS, LISTS, BEFORE, AFTER)) for d in (one.drivers, drivers))
    assert warm["weather"] < plain["weather"] - 0.02 * plain["before"]
    assert warm["project"] == pytest.approx(plain["project"], abs=0.02 * plain["before"])
    assert warm["operations"] == pytest.approx(plain["operations"], abs=0.02 * plain["before"])


def test_periods_after_the_project_and_overlapping_ones_work():
    check_sums(bridge([side()], CONTRACTS, LISTS, AFTER, months_of(date(2019, 3, 1), 3)))
    both = bridge([side()], CONTRACTS, LISTS, AFTER, AFTER)
    assert all(abs(v) < 1e-6 for (c, _), v in amounts(both).items() if c not in LEVELS)


def test_before_the_project_it_is_no_cause():
    found = amounts(bridge([side()], CONTRACTS, LISTS, BEFORE, months_of(date(2018, 8, 1), 3)))
    assert found["project", ALL] == 0.0 and abs(found["weather", ALL]) > 1000


def test_a_meter_that_the_project_brought_is_all_project():
    load = modelled()[1]
    own = Load("735999100000000034", load.start_utc, np.where(load.start_utc < NORMAL_REPORT, np.nan, 2.0)[:, None])
    contracts = [*CONTRACTS, Contract(own.metering_point, "prov", date(2019, 1, 1), date(2030, 1, 1))]
    new = Side(Case("electricity", brought_by_project(own, NORMAL_REPORT), CONTEXT, False), None, None)
    found = amounts(bridge([new], contracts, LISTS, BEFORE, AFTER))
    cost = 12000 * 89 / 365 + 2 * 900 * 89 / 365 + 2 * 24 * 89 * 0.6
    assert found["project", ALL] == pytest.approx(cost) == pytest.approx(found["after", ALL])
    gone = amounts(bridge([replace(new, change="operations")], contracts, LISTS, AFTER, BEFORE))
    assert gone["operations", ALL] == pytest.approx(-cost)
    check_sums(bridge([side(), new], contracts, LISTS, BEFORE, AFTER))


def test_without_a_usable_model_price_is_told_apart_and_the_rest_is_unexplained_with_its_reason():
    refused = side(replace(loads(), reason="kan inte bedömas: baslinjen håller inte"))
    found = bridge([refused], CONTRACTS, LISTS, BEFORE, AFTER)
    rows = {(c.cause, c.component): c.amount_sek for c in cells(found)}
    assert np.isnan(rows["project", "energy"].value) and "baslinjen" in rows["project", "energy"].reason
    assert rows["price", "energy"].value > 0 and rows["unexplained", "energy"].value < 0
    known = [rows[c, "energy"].value for c in ("price", "tax", "calendar", "unexplained")]
    assert rows["before", "energy"].value + sum(known) == pytest.approx(rows["after", "energy"].value)


def test_a_gap_is_told_and_never_filled():
    load = modelled()[1]
    found = cells(bridge([side(loads(with_gap(load, "2019-03-10T00:00", 5)))], CONTRACTS, LISTS, BEFORE, AFTER))
    rows = {(c.cause, c.component): c.amount_sek for c in found}
    assert np.isnan(rows["after", "energy"].value) and "timmar har värde" in rows["after", "energy"].reason
    assert f"(mätpunkt {METER}, 2019-03)" in rows["after", "energy"].reason
    assert np.isnan(rows["project", "energy"].value) and rows["project", "energy"].reason
    assert np.isfinite(rows["before", "energy"].value)


def test_a_cause_that_few_draws_have_lies_within_its_band():
    rare = np.where(np.arange(100) == 0, 300.0, 0.35)
    one = Matrix({"energy": np.ones(1)}, {"energy": np.ones(1)}, {("operations", "energy"): rare}, {})
    found = next(c.amount_sek for c in cells(one) if (c.cause, c.component) == ("operations", "energy"))
    assert found.value == pytest.approx((300 + 99 * 0.35) / 100)
    assert (found.low, found.high) == pytest.approx((0.35, found.value))


def test_months_that_cannot_be_compared_are_refused_with_a_reason():
    with pytest.raises(InsufficientData, match="månader i följd"):
        bridge([side()], CONTRACTS, LISTS, [date(2018, 2, 1), date(2018, 5, 1)], AFTER)
    with pytest.raises(InsufficientData, match="täcker inte hela 2020-02"):
        bridge([side()], CONTRACTS, LISTS, BEFORE, [date(2020, 2, 1)])
    with pytest.raises(InsufficientData, match="minst en hel månad"):
        bridge([side()], CONTRACTS, LISTS, [], AFTER)


def test_spot_prices_of_the_base_period_are_moved_by_whole_weeks():
    spot = np.where(HOURS < NORMAL_REPORT, 0.30, 0.90)
    context = BillingContext(spot_sek_per_kwh=spot)
    part = component("spot_energy", "spot", "value = 1", kind="energy")
    lists = [listed(part, year=2018), listed(part, year=2019)]
    contracts = [Contract(METER, lists[0].family, date(2015, 1, 1), date(2030, 1, 1))]
    made = steady(10.0, 10.0)[0]
    one = replace(made, case=replace(made.case, context=context))
    found = amounts(bridge([one], contracts, lists, BEFORE, AFTER))
    assert found["price", "energy"] == pytest.approx(10 * 24 * 89 * 0.6)
