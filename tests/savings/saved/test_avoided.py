"""Avoided energy and cost: a known saving found, totals from draws, exclusions, gaps and refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from energy.model import Contract, Load
from energy.savings.baselines.baseline import fit
from energy.savings.baselines.features import Drivers
from energy.savings.saved.avoided import Case, avoided, cells_of, to_frame
from energy.savings.saved.counterfactual import brought_by_project, counterfactual
from energy.tariffs.bill import bill, total
from tests.savings.valued import (
    CONTEXT,
    CONTRACTS,
    COUNT,
    LISTS,
    METER,
    MONTHS,
    NORMAL_REPORT,
    case,
    loads,
    modelled,
    with_gap,
)


def pick(rows, scope, carrier="all", component="all", start=None):
    found = [
        r
        for r in rows
        if (r.scope, r.carrier, r.component) == (scope, carrier, component) and start in (None, r.period_start)
    ]
    assert len(found) == 1
    return found[0]


@pytest.fixture(scope="module")
def rows():
    return avoided([case()], CONTRACTS, LISTS, MONTHS)


def test_eighteen_per_cent_is_within_the_band(rows):
    year = pick(rows, "year")
    true = year.metered_kwh / 0.82 * 0.18
    assert year.avoided_energy_kwh.low < true < year.avoided_energy_kwh.high
    assert year.avoided_energy_kwh.low > 0
    assert year.avoided_energy_kwh.value == pytest.approx(true, rel=0.2)


def test_avoided_cost_is_the_difference_of_two_bills_at_each_draw(rows):
    found = loads()
    paid = total(bill(found.actual, CONTRACTS, LISTS, MONTHS, CONTEXT))
    without = total(bill(found.load, CONTRACTS, LISTS, MONTHS, CONTEXT))
    year = pick(rows, "year")
    assert year.actual_cost_sek == pytest.approx(paid[0])
    assert year.avoided_cost_sek.value == pytest.approx((without - paid[0]).mean())
    assert year.avoided_cost_sek.low == pytest.approx(np.quantile(without - paid[0], 0.05))


def test_values_add_over_months_and_components_but_bands_do_not(rows):
    year = pick(rows, "year")
    months = [pick(rows, "month", start=m) for m in MONTHS]
    parts = [pick(rows, "year", "district_heating", c) for c in ("fixed", "demand", "energy")]
    for some in (months, parts):
        assert sum(r.avoided_cost_sek.value for r in some) == pytest.approx(year.avoided_cost_sek.value, abs=1e-6)
    assert sum(r.avoided_cost_sek.low for r in months) < year.avoided_cost_sek.low
    assert pick(rows, "year", "district_heating", "fixed").avoided_cost_sek.value == pytest.approx(0.0, abs=1e-9)
    assert pick(rows, "last_12_months") == replace(year, scope="last_12_months")
    assert pick(rows, "reporting_period").avoided_cost_sek == year.avoided_cost_sek


def test_excluded_hours_give_no_saving_and_are_counted():
    _, load, _ = modelled()
    march = (load.start_utc >= np.datetime64("2019-02-28T23:00")) & (load.start_utc < np.datetime64("2019-03-31T23:00"))
    rows = avoided([case(loads(excluded=march))], CONTRACTS, LISTS, MONTHS)
    found = pick(rows, "month", start=date(2019, 3, 1))
    assert found.hours_excluded == 744 == found.hours
    assert found.avoided_energy_kwh.value == pytest.approx(0.0, abs=1e-6)
    assert pick(rows, "month", start=date(2019, 4, 1)).hours_excluded == 0


def test_history_in_the_counterfactual_is_the_meter():
    found = loads()
    before = ~found.reporting
    assert np.array_equal(found.load.energy_kwh[before], np.repeat(found.actual.energy_kwh[before], COUNT, axis=1))


def test_a_gap_leaves_its_month_without_cost_but_energy_over_the_common_hours():
    _, load, _ = modelled()
    rows = avoided([case(loads(with_gap(load, "2019-05-10T00:00", 5)))], CONTRACTS, LISTS, MONTHS)
    may = pick(rows, "month", start=date(2019, 5, 1))
    assert (may.hours, may.hours_known) == (744, 739)
    assert np.isfinite(may.avoided_energy_kwh.value)
    assert np.isnan(may.avoided_cost_sek.value) and may.avoided_cost_sek.reason
    year = pick(rows, "year")
    assert year.excludes == "exklusive effekt i 7 av 11 månader och maj 2019"  # twelve rolling months need every day
    others = [r for r in rows if r.scope == "month" and r.carrier == "all" and r.period_start != date(2019, 5, 1)]
    assert year.avoided_cost_sek.value == pytest.approx(sum(r.avoided_cost_sek.value for r in others))
    assert year.actual_cost_sek == pytest.approx(sum(r.actual_cost_sek for r in others))


def test_too_few_months_give_no_total():
    _, load, _ = modelled()
    rows = avoided([case(loads(with_gap(load, "2019-02-10T00:00", 24 * 100)))], CONTRACTS, LISTS, MONTHS)
    year = pick(rows, "year")
    assert np.isnan(year.avoided_cost_sek.value) and "mätvärden för energi saknas" in year.avoided_cost_sek.reason
    assert np.isnan(year.cost_probability) and year.excludes == ""


def test_a_disqualified_baseline_gives_its_reason_instead_of_figures():
    one, load, _ = modelled()
    base = one.year(np.datetime64("2018-01-01"), np.datetime64("2018-06-01"))
    short = fit(one.hours[base], {"energy_kwh": one.energy_kwh[base]}, one.drivers)
    found = counterfactual(load, short, one.drivers, NORMAL_REPORT, count=5)
    year = pick(avoided([case(found)], CONTRACTS, LISTS, MONTHS), "year")
    assert np.isnan(year.avoided_energy_kwh.value) and np.isnan(year.avoided_cost_sek.value)
    assert year.avoided_energy_kwh.reason == short.disqualified == year.avoided_cost_sek.reason
    assert year.metered_kwh > 0 and year.actual_cost_sek > 0


def test_weather_far_outside_the_training_gives_no_figure():
    one, load, model = modelled()
    warm = Drivers(one.hours, one.drivers.air_temperature_c + 25.0, one.drivers.calendar)
    found = counterfactual(load, model, warm, NORMAL_REPORT, count=5)
    assert found.reason and "vädret" in found.reason
    assert np.isnan(found.load.energy_kwh[found.reporting]).all()


def test_an_unseen_operating_state_is_not_credited():
    one, load, model = modelled()
    shut = np.where((one.hours >= np.datetime64("2019-06-01")) & (one.hours < np.datetime64("2019-06-11")), 1.0, 0.0)
    drivers = Drivers(one.hours, one.drivers.air_temperature_c, {**one.drivers.calendar, "closed_by_event": shut})
    found = counterfactual(load, model, drivers, NORMAL_REPORT, count=5)
    assert found.hours_excluded == 240 and found.extrapolation.states == ("closed_by_event",)


def test_a_meter_the_project_brought_costs_its_whole_bill_once():
    _, load, _ = modelled()
    own = Load("735999100000000034", load.start_utc, np.full((len(load.start_utc), 1), 2.0))
    contracts = [*CONTRACTS, Contract(own.metering_point, "prov", date(2015, 1, 1), date(2030, 1, 1))]
    new = Case("electricity", brought_by_project(own, NORMAL_REPORT), CONTEXT, contracts_without_project=False)
    rows = avoided([case(), new], contracts, LISTS, MONTHS)
    pump = pick(rows, "year", "electricity")
    assert pump.avoided_energy_kwh.value == pytest.approx(-2.0 * 8760)
    assert pump.avoided_cost_sek.value == pytest.approx(-(12000 + 2.0 * 900 + 2.0 * 8.76 * 600))
    heat, both = pick(rows, "year", "district_heating"), pick(rows, "year")
    assert both.avoided_cost_sek.value == pytest.approx(heat.avoided_cost_sek.value + pump.avoided_cost_sek.value)


def test_a_carrier_without_contract_has_energy_and_no_cost():
    _, load, _ = modelled()
    other = Case("store_heat", brought_by_project(replace(load, metering_point="65"), NORMAL_REPORT), CONTEXT)
    assert {c.component for c in cells_of(other, CONTRACTS, LISTS, MONTHS)} == {None}
    year = pick(avoided([other], CONTRACTS, LISTS, MONTHS), "year")
    assert np.isnan(year.avoided_cost_sek.value) and year.avoided_cost_sek.reason == "ingen uppgift"


def test_the_frame_has_null_for_unknown_and_a_row_per_figure(rows):
    frame = to_frame(rows)
    assert frame.height == len(rows) == 15 * 5
    parts = frame.filter(component="energy")
    assert parts["avoided_energy_kwh"].null_count() == parts.height
    assert frame.filter(carrier="all")["avoided_cost_low_sek"].null_count() == 0
    assert METER not in frame.columns
