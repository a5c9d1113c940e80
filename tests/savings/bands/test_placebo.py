"""Placebo dates: how many and where, that they hold without a project, and that a project within is found."""

from __future__ import annotations

import numpy as np
import pytest

from energy.savings.bands.placebo import MOST, WEEKS, YEARS, placebos
from energy.savings.baselines.baseline import Settings, fit
from energy.savings.baselines.drift import Drift
from tests.savings.simulated import BASE, END, REPORT, facility

SETTINGS = Settings(lags_h=(0.0, 24.0), drift=Drift(0.02, "prov"))


@pytest.fixture(scope="module")
def two_years():
    one = facility(21, noise=0.02)
    both = one.year(BASE, END)
    last = one.year(REPORT, END)
    model = fit(one.hours[last], {"energy_kwh": one.energy_kwh[last]}, one.drivers, SETTINGS)
    return one, model, one.hours[both], one.energy_kwh[both]


def test_two_years_give_dates_with_a_year_before_each_and_bands_that_hold(two_years):
    one, model, hours, energy = two_years
    found = placebos(model, hours, energy, one.drivers, SETTINGS)
    assert len(found) == MOST and {p.kind for p in found} == {YEARS}
    assert all(p.first - hours[0] >= np.timedelta64(365 * 24, "h") for p in found)
    assert all(p.end - p.first >= np.timedelta64(182, "D") for p in found)
    assert sum(p.held for p in found) >= MOST - 1
    assert all(abs(p.error_pct) < 10 for p in found)


def test_a_change_in_the_history_is_not_held(two_years):
    one, model, hours, energy = two_years
    changed = np.where(hours >= REPORT, 0.6 * energy, energy)
    found = placebos(model, hours, changed, one.drivers, SETTINGS)
    assert not found[0].held and found[0].error_pct > 30


def test_one_year_is_tried_by_weeks_that_were_left_out_and_without_drift(two_years):
    one, model, hours, energy = two_years
    year = hours >= REPORT
    found = placebos(model, hours[year], energy[year], one.drivers, SETTINGS)
    assert len(found) == MOST and {p.kind for p in found} == {WEEKS}
    assert {int((p.end - p.first) / np.timedelta64(1, "D")) for p in found} == {28}
    assert [p.first for p in found] == sorted(p.first for p in found)
    assert sum(p.held for p in found) >= MOST - 2
    assert found[0].metered_kwh == pytest.approx(energy[year][:672].sum())


def test_a_disqualified_baseline_and_unmetered_stretches_give_no_placebo(two_years):
    one, model, hours, energy = two_years
    short = fit(hours[:2000], {"energy_kwh": energy[:2000]}, one.drivers, SETTINGS)
    assert short.disqualified and placebos(short, hours, energy, one.drivers, SETTINGS) == []
    gone = energy.copy()
    gone[8760:] = np.nan
    assert {p.kind for p in placebos(model, hours, gone, one.drivers, SETTINGS)} <= {WEEKS}
