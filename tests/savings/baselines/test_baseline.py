"""The baseline: known truths recovered, left-out rows counted, frozen text, poor data refused with a reason."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from energy.errors import InsufficientData
from energy.savings.baselines import crossval
from energy.savings.baselines.baseline import Settings, _lowered, fit, predict, settled
from energy.savings.baselines.design import design
from energy.savings.baselines.drift import Drift
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.frozen import Baseline
from energy.savings.baselines.metrics import cvrmse_pct, daily_sums, nmbe_pct
from tests.savings.simulated import BASE, REPORT, Facility, facility

QUICK = Settings(lags_h=(0.0, 24.0))


@pytest.fixture(scope="module")
def linear() -> tuple[Drivers, np.ndarray, np.ndarray]:
    """A load that is exactly 100 kWh - 2 kWh/°C x lagged temperature + 30 kWh by day, and its twin targets."""
    one = facility(1)
    from energy.savings.baselines.clocks import hour_of_week
    from energy.savings.baselines.features import lagged

    air = one.drivers.air_temperature_c
    energy = 100 - 2 * lagged(air, 24.0) + 30 * ((hour_of_week(one.hours) % 24) >= 12)
    return Drivers(one.hours, air), one.year(BASE, REPORT), energy


def test_a_linear_truth_with_lag_is_recovered(linear):
    drivers, base, energy = linear
    model = fit(drivers.start_utc[base], {"energy_kwh": energy[base]}, drivers, QUICK)
    assert model.disqualified is None and model.spec.lag_h == 24.0
    ahead = drivers.start_utc >= REPORT
    found = predict(model, drivers, drivers.start_utc[ahead])["energy_kwh"]
    assert np.abs(found - energy[ahead]).mean() < 0.2  # kWh of about 100: the ridge shrinks a little
    assert abs(found.sum() / energy[ahead].sum() - 1) < 0.001


def test_targets_of_a_meter_share_the_design_and_keep_their_ratio(linear):
    drivers, base, energy = linear
    targets = {"energy_kwh": energy[base], "volume_m3": 0.02 * energy[base]}
    model = fit(drivers.start_utc[base], targets, drivers, QUICK)
    found = predict(model, drivers)
    assert found["volume_m3"] == pytest.approx(0.02 * found["energy_kwh"], rel=1e-9)


def test_zeros_and_negatives_are_kept(linear):
    drivers, base, energy = linear
    shifted = energy[base] - 100.0  # a meter that exports half of the time
    still = Settings(lags_h=(24.0,), level_sd=0.0)  # the step of the level is relative to the mean
    model = fit(drivers.start_utc[base], {"energy_kwh": shifted}, drivers, still)
    plain = fit(drivers.start_utc[base], {"energy_kwh": energy[base]}, drivers, still)
    assert model.rows_used == plain.rows_used == int(base.sum())
    assert model.beta[1:] == pytest.approx(plain.beta[1:], abs=1e-6)
    assert (model.beta[0] - plain.beta[0]) == pytest.approx(-100.0, abs=1e-6)


@pytest.fixture(scope="module")
def resting() -> tuple[Facility, np.ndarray, Baseline]:
    """Heating that rests above 12 °C for months: a straight line would go below zero there."""
    one = facility(5)
    base = one.year(BASE, REPORT)
    energy = np.maximum(0.0, 12.0 - one.drivers.air_temperature_c)[base]
    return one, base, fit(one.hours[base], {"energy_kwh": energy}, one.drivers, QUICK)


def test_what_never_ran_backwards_is_not_expected_to_and_the_total_is_kept(resting):
    one, base, model = resting
    x = design(model.spec, one.hours, one.drivers)[0]
    assert model.disqualified is None and model.floor.tolist() == [0.0] and (x @ model.beta).min() < 0.0
    found = predict(model, one.drivers)["energy_kwh"]
    metered = np.maximum(0.0, 12.0 - one.drivers.air_temperature_c)[base]
    assert found.min() == 0.0
    weight = 0.5 ** (np.arange(base.sum())[::-1] / (365.25 * 24))
    level = float(model.level_step[0])
    assert np.average(found[base], weights=weight) == pytest.approx(
        np.average(metered, weights=weight) + level, rel=2e-3
    )


def test_the_floor_lowers_the_rest_by_what_it_lifts():
    fitted, floor = np.array([[-2.0, 1.0], [4.0, 1.0], [4.0, -1.0]]), np.array([0.0, -np.inf])
    shift = _lowered(fitted, floor, np.ones(3))
    assert shift == pytest.approx([-1.0, 0.0])  # 0 + 3 + 3 = -2 + 4 + 4


def test_of_a_step_of_level_what_the_drift_says_is_kept(linear):
    drivers, base, energy = linear
    risen = energy[base] * np.where(np.arange(int(base.sum())) < 5000, 1.0, 1.1)
    models = [
        fit(drivers.start_utc[base], {"energy_kwh": risen}, drivers, replace(QUICK, drift=Drift(0.0, "prov", kept=k)))
        for k in (1.0, 0.5)
    ]
    assert models[0].level_step[0] > 1.0
    assert models[1].level_step == pytest.approx(0.5 * models[0].level_step)
    assert models[1].level_sd == pytest.approx(0.5 * models[0].level_sd)
    assert models[0].beta[0] - models[1].beta[0] == pytest.approx(models[1].level_step)


def test_rows_with_a_gap_are_left_out_and_counted():
    one = facility(2)
    base = one.year(BASE, REPORT)
    energy, air = one.energy_kwh[base].copy(), one.drivers.air_temperature_c.copy()
    energy[100:130] = np.nan
    air[np.flatnonzero(base)[200:205]] = np.nan
    drivers = Drivers(one.hours, air, one.drivers.calendar)
    model = fit(one.hours[base], {"energy_kwh": energy}, drivers, QUICK)
    assert (model.rows_left_out, model.rows_used) == (35, int(base.sum()) - 35)
    assert model.disqualified is None
    assert np.isnan(predict(model, drivers)["energy_kwh"]).sum() == 5


def test_text_round_trip_is_exact_and_of_one_family():
    one = facility(3)
    base = one.year(BASE, REPORT)
    model = fit(one.hours[base], {"energy_kwh": one.energy_kwh[base]}, one.drivers, QUICK)
    text = model.to_json()
    again = Baseline.from_json(text)
    assert again.to_json() == text
    assert np.array_equal(again.residuals, model.residuals, equal_nan=True)
    assert np.array_equal(predict(again, one.drivers)["energy_kwh"], predict(model, one.drivers)["energy_kwh"])
    other = json.dumps(json.loads(text) | {"version": "daily-ridge/4"})
    with pytest.raises(InsufficientData, match="daily-ridge/4"):
        Baseline.from_json(other)


def test_the_receipt_changes_with_any_input():
    one = facility(3)
    base = one.year(BASE, REPORT)
    energy = one.energy_kwh[base]
    quick = Settings(lags_h=(0.0,), penalties=(10.0,))
    first = fit(one.hours[base], {"energy_kwh": energy}, one.drivers, quick)
    same = fit(one.hours[base], {"energy_kwh": energy}, one.drivers, quick)
    energy[5] += 1e-9
    other = fit(one.hours[base], {"energy_kwh": energy}, one.drivers, quick)
    assert first.inputs_sha256 == same.inputs_sha256 != other.inputs_sha256
    assert np.array_equal(first.beta, same.beta)


def test_held_out_fit_equals_a_fit_without_the_block():
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((300, 4)), rng.standard_normal((300, 1))
    block = np.repeat(np.arange(3), 100)
    penalty = np.array([0.0, 1.0, 1.0, 1.0])
    held = crossval.grams(x, y, penalty, block).held(2.0)
    kept = block != 1
    byhand = np.linalg.solve(x[kept].T @ x[kept] + np.diag(2.0 * penalty), x[kept].T @ y[kept])
    assert held.without[1] == pytest.approx(byhand, abs=1e-6)
    assert crossval.predict_held_out(x, block, held.without)[100:200] == pytest.approx(x[100:200] @ byhand, abs=1e-6)


def test_blocks_are_whole_and_at_least_two_weeks():
    found = crossval.blocks(np.arange(365 * 24), 28)
    assert np.bincount(found).tolist() == [672] * 12 + [8760 - 12 * 672]
    with pytest.raises(ValueError, match="two weeks"):
        crossval.blocks(np.arange(1000), 7)


@pytest.mark.parametrize(
    ("name", "days", "reason"),
    [
        ("one day", 1, "omfattar 1 dygn"),
        ("eleven months", 334, "omfattar 334 dygn"),
        ("constant", 365, "samma värde"),
        ("nothing", 365, "omfattar 0 dygn"),
    ],
)
def test_poor_data_give_a_reason_and_no_figure(name, days, reason):
    one = facility(4)
    base = np.flatnonzero(one.year(BASE, REPORT))[: days * 24 - 1]  # 00 UTC is 01 in normal time
    energy = one.energy_kwh[base].copy()
    if name == "constant":
        energy[:] = 7.0
    if name == "nothing":
        energy[:] = np.nan
    model = fit(one.hours[base], {"energy_kwh": energy}, one.drivers, Settings(lags_h=(0.0,)))
    assert model.disqualified and model.disqualified.startswith("kan inte bedömas: ") and reason in model.disqualified
    assert np.isnan(predict(model, one.drivers)["energy_kwh"]).all()
    assert Baseline.from_json(model.to_json()).disqualified == model.disqualified


def test_metrics_by_hand():
    metered, predicted = np.array([10.0, 20.0, np.nan]), np.array([12.0, 18.0, 5.0])
    assert cvrmse_pct(metered, predicted) == pytest.approx(100 * 2 / 15)
    assert nmbe_pct(metered, np.array([9.0, 18.0, 5.0])) == pytest.approx(10.0)
    at = np.datetime64("2018-12-31T23:00:00", "s") + np.arange(48) * np.timedelta64(3600, "s")
    day = np.ones(48)
    day[:13] = np.nan  # eleven hours left of the first day: too few
    assert np.array_equal(daily_sums(at, day)[0], [np.nan, 24.0], equal_nan=True)


def test_outside_the_trained_temperatures_the_line_goes_on(linear):
    drivers, base, energy = linear
    model = fit(drivers.start_utc[base], {"energy_kwh": energy[base]}, drivers, Settings((24.0,), (10.0,)))
    at = np.datetime64("2019-01-14T00:00:00", "s") + np.arange(40 * 24) * np.timedelta64(3600, "s")
    low, high = model.temperature_range_c
    steps = [
        predict(model, Drivers(at, np.full(len(at), t)), at[-24:])["energy_kwh"].mean()
        for t in (low - 10, low - 20, low - 30, high + 5, high + 10, high + 15)
    ]
    slopes = np.diff(steps)[[0, 1, 3, 4]] / [-10, -10, 5, 5]
    assert slopes == pytest.approx(-2.0, abs=0.5)  # kWh/°C, the truth of the generator, far outside as well


def test_a_measured_driver_is_taken_where_it_explains_and_left_where_not(linear):
    drivers, base, energy = linear
    rng = np.random.default_rng(4)
    visitors = rng.gamma(2.0, 50.0, len(energy))
    useless, holes = rng.standard_normal(len(energy)), np.where(np.arange(len(energy)) % 3 == 0, np.nan, 1.0)
    load = energy + 0.2 * visitors + rng.standard_normal(len(energy))
    gappy = np.where(rng.random(len(energy)) < 0.02, np.nan, visitors)
    measured = {"visitors": gappy, "useless": useless, "holes": holes, "still": np.ones(len(energy))}
    more = Drivers(drivers.start_utc, drivers.air_temperature_c, {}, measured)
    model = fit(more.start_utc[base], {"energy_kwh": load[base]}, more, QUICK)
    assert model.spec.measured == ("visitors",) and model.rows_left_out == 0
    assert "33 procent" in model.drivers_left_out["holes"] and model.drivers_left_out["still"] == "varierar inte"
    assert "förklarar inget" in model.drivers_left_out["useless"]
    plain = fit(drivers.start_utc[base], {"energy_kwh": load[base]}, drivers, QUICK)
    assert model.metrics["energy_kwh"]["cvrmse_hourly_pct"] < 0.5 * plain.metrics["energy_kwh"]["cvrmse_hourly_pct"]
    again = Baseline.from_json(model.to_json())
    assert np.array_equal(predict(again, more)["energy_kwh"], predict(model, more)["energy_kwh"], equal_nan=True)
    with pytest.raises(ValueError, match="visitors"):
        predict(model, drivers)
    gone = Drivers(drivers.start_utc, drivers.air_temperature_c, {}, measured | {"visitors": holes * visitors})
    found = predict(model, gone)["energy_kwh"]
    assert np.isnan(found[::3]).all() and np.isfinite(found[1::3]).all()


def test_a_baseline_frozen_by_an_older_program_gives_the_figures_it_gave(linear):
    drivers, base, energy = linear
    model = fit(drivers.start_utc[base], {"energy_kwh": energy[base]}, drivers, QUICK)
    older = json.loads(model.to_json()) | {"version": "hourly-ridge-towt/3"}
    del older["level_sd"]  # came with the fourth version: its bands held no doubt about the level
    read = Baseline.from_json(json.dumps(older))
    assert read.version == "hourly-ridge-towt/3" and read.level_sd.tolist() == [0.0]
    assert np.array_equal(predict(read, drivers)["energy_kwh"], predict(model, drivers)["energy_kwh"])
    assert Baseline.from_json(read.to_json()).to_json() == read.to_json()


def test_a_baseline_frozen_before_floor_and_sun_goes_below_zero_as_it_did(linear):
    drivers, base, energy = linear
    flat = np.roll(energy[base], 4380)  # warm in winter: no heating, so that the fit of today has no sun either
    model = fit(drivers.start_utc[base], {"energy_kwh": flat}, drivers, QUICK)
    model = replace(model, beta=model.beta - 100.0 * (np.arange(len(model.beta)) == 0)[:, None])
    older = json.loads(model.to_json()) | {"version": "hourly-ridge-towt/4"}
    del older["floor"], older["spec"]["sun"], older["drift"]["kept"]
    read = Baseline.from_json(json.dumps(older))
    assert read.floor.tolist() == [-np.inf] and read.spec.sun is model.spec.sun is False and read.drift.kept == 1.0
    x = design(read.spec, drivers.start_utc, drivers)[0]
    found = predict(read, drivers)["energy_kwh"]
    assert found.min() < 0.0 == predict(model, drivers)["energy_kwh"].min()
    assert np.array_equal(found, (x @ model.beta)[:, 0])


def test_a_frozen_text_that_lacks_what_a_model_needs_is_refused():
    with pytest.raises(InsufficientData, match=r"hourly-ridge-towt/1.*beta.*saknas"):
        Baseline.from_json(json.dumps({"version": "hourly-ridge-towt/1"}))


def test_a_settled_fit_repeats_the_choices(linear):
    drivers, base, energy = linear
    model = fit(drivers.start_utc[base], {"energy_kwh": energy[base]}, drivers, QUICK)
    again = fit(drivers.start_utc[base], {"energy_kwh": energy[base]}, drivers, settled(model, QUICK))
    assert again.to_json() == model.to_json()


def test_a_backcast_takes_the_level_of_the_beginning(linear):
    drivers, base, energy = linear
    hours, half = drivers.start_utc[base], int(base.sum()) // 2
    risen = energy[base] * np.where(np.arange(len(hours)) < half, 1.0, 1.1)
    told = settled(fit(hours, {"energy_kwh": risen}, drivers, QUICK), QUICK)
    ahead = fit(hours, {"energy_kwh": risen}, drivers, told)
    back = fit(hours, {"energy_kwh": risen}, drivers, replace(told, backcast=True))
    level = [predict(m, drivers)["energy_kwh"].mean() / energy.mean() for m in (back, ahead)]
    assert level == pytest.approx([1.03, 1.08], abs=0.015)  # each end keeps a part of the mean, 1.05
