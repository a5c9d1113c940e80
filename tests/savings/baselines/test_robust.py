"""A spike or a stuck meter moves neither the shape nor the total of a baseline; a real peak still counts."""

from __future__ import annotations

import numpy as np
import pytest

from energy.savings.baselines.baseline import Settings, fit, predict
from energy.savings.baselines.robust import guarded, winsorised
from tests.savings.simulated import BASE, REPORT, facility

QUICK = Settings((24.0,), (10.0,))


def test_one_spike_is_cut_before_any_model_exists() -> None:
    y = np.arange(1000.0)[:, None]
    y[500] = 1e9
    found = guarded(y)
    assert found[500, 0] < 1e4 and np.array_equal(np.delete(found, 500), np.delete(y, 500))
    mostly_zero = np.zeros((1000, 1))
    mostly_zero[:5] = 7.0
    assert np.array_equal(guarded(mostly_zero), mostly_zero)


def test_residuals_are_cut_at_their_own_size() -> None:
    rng = np.random.default_rng(1)
    fitted = np.repeat([1.0, 100.0], 600)[:, None]
    error = rng.standard_normal(1200)[:, None] * fitted / 10
    error[5], error[700] = 5.0, 5.0  # large for the small load, ordinary for the large one
    found = winsorised(fitted + error, fitted)
    assert found.shape[5, 0] < fitted[5, 0] + 5.0 and found.shape[700, 0] == pytest.approx(105.0)
    error[800] = 1000.0
    found = winsorised(fitted + error, fitted)
    assert found.outlying[800] and found.level[800, 0] < 300.0


@pytest.mark.parametrize("fault", ["a spike", "a stuck day"])
def test_a_fault_does_not_move_the_year(fault: str) -> None:
    one = facility(5)
    base = one.year(BASE, REPORT)
    clean = one.energy_kwh[base]
    broken = clean.copy()
    if fault == "a spike":
        broken[3000] *= 1000.0
    else:
        broken[3000:3024] = 4.0 * clean.max()
    ahead = one.hours[one.hours >= REPORT]
    found = [
        predict(fit(one.hours[base], {"e": y}, one.drivers, QUICK), one.drivers, ahead)["e"] for y in (clean, broken)
    ]
    assert abs(found[1].sum() / found[0].sum() - 1) < 0.004
    assert np.abs(found[1] - found[0]).mean() < 0.01 * found[0].mean()


def test_the_metered_total_is_given_back() -> None:
    one = facility(6)
    base = one.year(BASE, REPORT)
    skew = one.energy_kwh[base] * (1 + 0.3 * (np.random.default_rng(3).random(int(base.sum())) > 0.95))
    still = Settings((24.0,), (10.0,), half_life_days=1e9, level_sd=0.0)
    model = fit(one.hours[base], {"e": skew}, one.drivers, still)
    found = predict(model, one.drivers, one.hours[base])["e"]
    assert found.sum() == pytest.approx(skew.sum(), rel=1e-6)
    assert model.rows_outlying == 0
