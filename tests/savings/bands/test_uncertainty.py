"""Draws: their mean, seeds, parts, and that their bands hold the truth as often as they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.savings.bands.randoms import Seeds
from energy.savings.bands.uncertainty import band, difference_draws, draws, memory_factor
from energy.savings.baselines.baseline import Settings, fit, predict
from energy.savings.baselines.drift import Drift
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.frozen import Baseline
from tests.savings.simulated import BASE, END, HOUR, REPORT, Facility, coverage, facility, smooth

SETTINGS = Settings(lags_h=(0.0, 24.0), drift=Drift(0.04, "prov"))


@pytest.fixture(scope="module")
def modelled() -> tuple[Facility, Baseline, np.ndarray]:
    one = facility(11)
    base = one.year(BASE, REPORT)
    targets = {"energy_kwh": one.energy_kwh[base], "volume_m3": one.energy_kwh[base] / 45}
    return one, fit(one.hours[base], targets, one.drivers, SETTINGS), one.hours[one.year(REPORT, END)]


def test_the_mean_over_draws_is_the_prediction(modelled):
    one, model, ahead = modelled
    found = draws(model, one.drivers, 40, 1, start_utc=ahead)
    expected = predict(model, one.drivers, ahead)
    for target in ("energy_kwh", "volume_m3"):
        assert found[target].shape == (8760, 40)
        assert found[target].mean(axis=1) == pytest.approx(expected[target], abs=1e-9)


def test_the_mean_over_draws_is_the_prediction_where_the_floor_lifts_it(modelled):
    one, model, ahead = modelled
    floored = replace(model, floor=np.quantile(predict(model, one.drivers, ahead)["energy_kwh"], [0.3, 0.0]))
    expected = predict(floored, one.drivers, ahead)["energy_kwh"]
    assert (expected == floored.floor[0]).mean() == pytest.approx(0.3, abs=0.01)
    for parts in ({}, {"residuals": False, "drift": False}):
        found = draws(floored, one.drivers, 40, 1, start_utc=ahead, **parts)["energy_kwh"]
        assert found.mean(axis=1) == pytest.approx(expected, abs=1e-9)
    warmer = Drivers(one.hours, one.drivers.air_temperature_c + 3.0, one.drivers.calendar)
    moved = difference_draws(floored, one.drivers, warmer, ahead, 40)["energy_kwh"].mean(axis=1)
    assert moved == pytest.approx(predict(floored, warmer, ahead)["energy_kwh"] - expected, abs=1e-9)


def test_targets_are_drawn_together(modelled):
    one, model, ahead = modelled
    found = draws(model, one.drivers, 20, 1, start_utc=ahead)
    assert found["volume_m3"] == pytest.approx(found["energy_kwh"] / 45, rel=1e-6, abs=1e-6)


def test_the_seed_decides_and_survives_serialisation(modelled):
    one, model, ahead = modelled
    first = draws(model, one.drivers, 10, 5, start_utc=ahead)["energy_kwh"]
    again = draws(Baseline.from_json(model.to_json()), one.drivers, 10, 5, start_utc=ahead)["energy_kwh"]
    assert np.array_equal(first, again)
    assert not np.array_equal(first, draws(model, one.drivers, 10, 6, start_utc=ahead)["energy_kwh"])


def test_a_longer_period_leaves_the_earlier_hours_as_they_were(modelled):
    one, model, ahead = modelled
    long = draws(model, one.drivers, 10, 5, start_utc=ahead)["energy_kwh"]
    short = draws(model, one.drivers, 10, 5, start_utc=ahead[:3000])["energy_kwh"]
    assert short == pytest.approx(long[:3000], rel=1e-12)


def test_a_draw_has_the_peaks_of_a_meter_not_of_a_mean(modelled):
    one, model, ahead = modelled
    metered = one.energy_kwh[one.year(BASE, REPORT)]
    model_at_home = predict(model, one.drivers, one.hours[one.year(BASE, REPORT)])["energy_kwh"]
    drawn = draws(model, one.drivers, 20, 1, start_utc=ahead, drift=False)["energy_kwh"]
    rough = np.diff(drawn, axis=0).std()
    assert rough == pytest.approx(np.diff(metered).std(), rel=0.15)
    assert drawn.max(axis=0).mean() > predict(model, one.drivers, ahead)["energy_kwh"].max() * 1.05
    assert np.diff(model_at_home).std() < rough


def test_drift_moves_whole_years_and_grows_like_a_walk(modelled):
    one, model, ahead = modelled
    with_drift = draws(model, one.drivers, 400, 1, start_utc=ahead, residuals=False)["energy_kwh"].sum(axis=0)
    without = draws(model, one.drivers, 400, 1, start_utc=ahead, residuals=False, drift=False)["energy_kwh"].sum(axis=0)
    share = np.sqrt(with_drift.var() - without.var()) / without.mean()
    assert share == pytest.approx(0.04, rel=0.15)


def test_drift_walks_backwards_before_the_training(modelled):
    one, model, _ = modelled
    later = replace(model, train_start=one.hours[one.year(REPORT, END)][0])  # as if it were trained on the second year
    hours = one.hours[one.year(BASE, REPORT)]
    told = {"residuals": False, "count": 2000}
    near, far = (draws(later, one.drivers, start_utc=part, **told)["energy_kwh"] for part in (hours[-24:], hours[:24]))
    still = draws(later, one.drivers, start_utc=hours[:24], drift=False, **told)["energy_kwh"]
    spread = [v.sum(axis=0).std() / v.sum(axis=0).mean() for v in (near, far)]
    alone = still.sum(axis=0).std() / still.sum(axis=0).mean()
    away = np.sqrt(1.0 + float((later.train_start - hours[23] - HOUR) / np.timedelta64(8766, "h")))
    assert spread[1] == pytest.approx(np.hypot(0.04 * away, alone), rel=0.1)
    assert spread[0] < spread[1]


def test_drift_of_a_student_s_t_has_the_same_spread_and_longer_tails(modelled):
    one, model, ahead = modelled
    told = {"residuals": False, "start_utc": ahead[:24]}
    normal = draws(replace(model, drift=Drift(0.2, "prov")), one.drivers, 4000, 1, **told)["energy_kwh"].sum(axis=0)
    heavy = replace(model, drift=Drift(0.2, "prov", freedom=4))
    tailed = draws(heavy, one.drivers, 4000, 1, **told)["energy_kwh"].sum(axis=0)
    assert tailed.std() == pytest.approx(normal.std(), rel=0.1)
    assert np.ptp(np.quantile(tailed, (0.002, 0.998))) > 1.2 * np.ptp(np.quantile(normal, (0.002, 0.998)))


def test_share_takes_a_part_of_the_model_s_own_spread_and_leaves_the_peaks(modelled):
    one, model, ahead = modelled
    calm = replace(model, drift=Drift(0.0, "prov"))
    some = replace(model, drift=Drift(0.0, "prov", share=0.3))
    whole = draws(calm, one.drivers, 200, 1, start_utc=ahead)["energy_kwh"]
    part = draws(some, one.drivers, 200, 1, start_utc=ahead)["energy_kwh"]
    assert part.sum(axis=0).std() == pytest.approx(0.3 * whole.sum(axis=0).std(), rel=0.25)
    assert np.diff(part, axis=0).std() == pytest.approx(np.diff(whole, axis=0).std(), rel=0.05)


def test_meters_of_a_site_are_drawn_jointly_and_their_sum_has_a_wider_band(modelled):
    one, model, ahead = modelled
    # another meter with the same unrest: what moves one moves the other
    twin = replace(model, drift=Drift(0.04, "prov", within_site=0.5, between_sites=0.1))

    def total(*seeds: Seeds | int) -> np.ndarray:
        return sum(draws(twin, one.drivers, 300, s, start_utc=ahead)["energy_kwh"].sum(axis=0) for s in seeds)

    joint = total(Seeds.of(1, "hallen", "el"), Seeds.of(1, "hallen", "varme"))
    houses = total(Seeds.of(1, "hallen", "el"), Seeds.of(1, "badet", "varme"))
    apart = total(1, 2)
    assert joint.std() > 1.1 * houses.std() > 1.1 * 1.02 * apart.std()
    again = total(Seeds.of(1, "hallen", "el"), Seeds.of(1, "hallen", "varme"))
    assert np.array_equal(joint, again)


def test_the_drifts_of_a_site_are_correlated_as_told(modelled):
    one, model, ahead = modelled
    told = replace(model, drift=Drift(0.04, "prov", within_site=0.5, between_sites=0.1), beta=model.beta)

    def level(seeds: Seeds) -> np.ndarray:
        found = draws(told, one.drivers, 4000, seeds, start_utc=ahead[:2], residuals=False)["energy_kwh"][0]
        calm = draws(told, one.drivers, 4000, seeds, start_utc=ahead[:2], residuals=False, drift=False)
        return found - calm["energy_kwh"][0]

    first, same, other = (level(Seeds.of(1, *where)) for where in (("a", "m1"), ("a", "m2"), ("b", "m3")))
    assert np.corrcoef(first, same)[0, 1] == pytest.approx(0.5, abs=0.06)
    assert np.corrcoef(first, other)[0, 1] == pytest.approx(0.1, abs=0.06)


def test_wider_levels_hold_narrower_ones():
    values = np.random.default_rng(1).standard_normal(2000)
    ends = [band(values, level) for level in (0.68, 0.90, 0.95)]
    assert [e.level for e in ends] == [0.68, 0.90, 0.95]
    assert ends[2].low < ends[1].low < ends[0].low < ends[0].high < ends[1].high < ends[2].high


def test_difference_of_drivers_without_a_difference_is_nothing(modelled):
    one, model, ahead = modelled
    same = difference_draws(model, one.drivers, one.drivers, ahead, 5, 1)["energy_kwh"]
    assert np.abs(same).max() == 0.0
    warm = Drivers(one.hours, one.drivers.air_temperature_c + 1.0, one.drivers.calendar)
    warmer = difference_draws(model, one.drivers, warm, ahead, 5, 1)["energy_kwh"]
    expected = predict(model, warm, ahead)["energy_kwh"] - predict(model, one.drivers, ahead)["energy_kwh"]
    assert warmer.mean(axis=1) == pytest.approx(expected, abs=1e-9)
    assert warmer.sum() < 0


def test_band_by_hand():
    found = band(np.arange(101.0))
    assert (found.value, found.low, found.high) == pytest.approx((50.0, 5.0, 95.0)) and found.level == 0.90
    unknown = band(np.array([1.0, np.nan]))
    assert np.isnan(unknown.value) and unknown.reason
    assert band(np.ones(3), reason="kan inte bedömas: prov").reason == "kan inte bedömas: prov"


def test_memory_factor_of_noise_without_memory_and_with_a_month_of_it():
    rng = np.random.default_rng(3)
    assert memory_factor(rng.standard_normal(5000)) == pytest.approx(1.0, abs=0.03)
    weekly = smooth(rng.standard_normal(20000), 4.0)  # four weeks
    r = np.exp(-0.25)
    expected = np.sqrt(4 * (1 + r) / (1 - r) / (4 + 6 * r + 4 * r**2 + 2 * r**3))
    assert memory_factor(weekly) == pytest.approx(expected, rel=0.05)
    assert memory_factor(np.zeros(52)) == 1.0


def test_nominal_ninety_per_cent_bands_hold_no_change_about_as_often():
    # 30 facilities with month-long noise and no drift: binomial sd of the share is 5.5 %
    found = coverage(30)
    assert 0.75 <= found.share <= 1.0
    assert found.half_width_pct < 6.0
    assert abs(found.mean_error_pct) < 1.0


def test_a_saving_of_18_per_cent_is_found_and_distinguished_from_none():
    found = coverage(8, saving=0.18, drift_sd=0.02, first=500)
    assert found.share >= 0.75
    assert abs(found.mean_error_pct) < 2.5
    assert found.half_width_pct < 18.0 * 0.7


def test_gaps_in_training_leave_no_gap_in_the_draws():
    one = facility(12)
    base = np.flatnonzero(one.year(BASE, REPORT))
    energy = one.energy_kwh.copy()
    energy[base[1000:1050]] = np.nan
    model = fit(one.hours[base], {"energy_kwh": energy[base]}, one.drivers, SETTINGS)
    found = draws(model, one.drivers, 20, 1, start_utc=one.hours[base])["energy_kwh"]
    assert np.isfinite(found).all()


def test_missing_weather_ahead_is_missing_in_the_draws():
    one = facility(13)
    base = one.year(BASE, REPORT)
    model = fit(one.hours[base], {"energy_kwh": one.energy_kwh[base]}, one.drivers, SETTINGS)
    air = one.drivers.air_temperature_c.copy()
    at = int((REPORT - one.hours[0]) // HOUR) + 50
    air[at] = np.nan
    found = draws(model, Drivers(one.hours, air, one.drivers.calendar), 5, 1, start_utc=one.hours[at - 50 : at + 50])
    assert np.isnan(found["energy_kwh"]).sum() == 5 and np.isnan(found["energy_kwh"][50]).all()
