"""The normal year by models: a known saving in a usual year, whatever the weather of the years that were metered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.savings.baselines.baseline import Settings, fit
from energy.savings.baselines.drift import Drift
from energy.savings.baselines.features import Drivers
from energy.savings.saved.normal_year import LEAD_H, normal_year, weather_years
from tests.savings.simulated import END, HOUR, REPORT, START, facility, weather
from tests.savings.valued import NORMAL_BASE, NORMAL_REPORT

SETTINGS = Settings(lags_h=(0.0, 24.0), drift=Drift(0.02, "prov"))
YEARS = 12


@pytest.fixture(scope="module")
def simulated():
    """Return a facility without noise, its models with 20 % less from 2019 on, and twelve years of weather."""
    one = facility(31, noise=0.01)
    after = one.hours >= NORMAL_REPORT
    energy = np.where(after, 0.8, 1.0) * one.energy_kwh
    base, year = one.year(NORMAL_BASE, NORMAL_REPORT), one.year(NORMAL_REPORT, END - HOUR)
    models = [fit(one.hours[rows], {"energy_kwh": energy[rows]}, one.drivers, SETTINGS) for rows in (base, year)]
    long = np.arange(START - np.timedelta64(YEARS * 8766, "h"), END, HOUR)
    air = np.concatenate([weather(np.random.default_rng(5), long)[: len(long) - len(one.hours)],
                          one.drivers.air_temperature_c])  # fmt: skip
    return one, models, one.hours[year], weather_years(one.hours[year], long, air)


def test_weather_years_are_whole_weeks_apart_and_skip_holes(simulated):
    one, _, hours, years = simulated
    assert len(years) == YEARS + 2
    assert all(len(y) == LEAD_H + len(hours) for y in years)
    at = int((hours[0] - one.hours[0]) // HOUR) - LEAD_H
    assert np.array_equal(years[0], one.drivers.air_temperature_c[at:][: len(years[0])])
    air = one.drivers.air_temperature_c.copy()
    air[len(air) // 2 : len(air) // 2 + 500] = np.nan
    assert weather_years(hours, one.hours, air) == []


def test_a_known_share_is_found_in_a_usual_year(simulated):
    one, (before, after), hours, years = simulated
    found = normal_year(before, after, one.drivers, hours, years, count=100)
    assert found.years == YEARS + 2
    assert found.saving_kwh.value == pytest.approx(found.base_kwh.value - found.reporting_kwh.value)
    assert found.saving_kwh.low < 0.2 * found.base_kwh.value < found.saving_kwh.high
    assert found.saving_kwh.value == pytest.approx(0.2 * found.base_kwh.value, rel=0.15)
    assert found.probability > 0.99


def test_a_colder_climate_gives_a_larger_saving(simulated):
    one, (before, after), hours, years = simulated
    usual = normal_year(before, after, one.drivers, hours, years, count=20)
    colder = normal_year(before, after, one.drivers, hours, [y - 2 for y in years], count=20)
    assert colder.saving_kwh.value > usual.saving_kwh.value > 0


def test_what_the_project_brought_has_no_year_before(simulated):
    one, (_, after), hours, years = simulated
    found = normal_year(None, after, one.drivers, hours, years, count=20)
    assert found.base_kwh.value == 0 and found.saving_kwh.value == pytest.approx(-found.reporting_kwh.value)


def test_no_figure_where_a_gate_fails(simulated):
    one, (before, after), hours, years = simulated
    few = normal_year(before, after, one.drivers, hours, years[:3], count=5)
    assert np.isnan(few.saving_kwh.value) and "minst 5 år" in few.saving_kwh.reason
    hot = normal_year(before, after, one.drivers, hours, [y + 25 for y in years], count=5)
    assert "vädret ligger för långt utanför" in hot.saving_kwh.reason and "basåret" in hot.saving_kwh.reason
    short = one.year(REPORT, REPORT + np.timedelta64(90, "D"))
    poor = fit(one.hours[short], {"energy_kwh": one.energy_kwh[short]}, one.drivers, SETTINGS)
    no = normal_year(before, poor, one.drivers, hours, years, count=5)
    assert "året med projektet" in no.saving_kwh.reason and np.isnan(no.probability)


def test_operations_are_those_of_the_drivers(simulated):
    """Without ice the year needs less: the weather years bring weather alone."""
    one, (before, after), hours, years = simulated
    bare = Drivers(one.hours, one.drivers.air_temperature_c, {"ice_season": one.drivers.calendar["ice_season"] * 0})
    with_ice = normal_year(before, after, one.drivers, hours, years, count=5)
    without = normal_year(before, after, replace(one.drivers, calendar=bare.calendar), hours, years, count=5)
    assert without.base_kwh.value < with_ice.base_kwh.value
