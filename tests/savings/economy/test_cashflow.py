"""Cash flows by hand: annuity, discounting, rate of return, payback."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy.savings.economy.cashflow import annuity_factor, discount_factors, internal_rate_of_return, payback_years


@pytest.mark.parametrize(("rate", "years", "factor"), [(0.015, 15, 0.0749), (0.0125, 20, 0.0568), (0.0, 10, 0.1)])
def test_the_annuity_of_published_examples(rate, years, factor):
    # 15 years at 1.5 %: 0.015 / (1 - 1.015^-15) = 0.015 / (1 - 0.79985) = 0.07494
    assert annuity_factor(rate, years) == pytest.approx(factor, abs=5e-5)


def test_turns_before_today_are_compounded_and_later_ones_discounted():
    # years at 10, 25, 50 %; today between the first and the second: 1.1, 1, 1/1.25, 1/(1.25 * 1.5)
    assert discount_factors(np.array([0.10, 0.25, 0.50]), 1) == pytest.approx([1.1, 1.0, 0.8, 0.8 / 1.5])
    assert discount_factors(np.zeros(0), 0).tolist() == [1.0]


def test_factors_are_unknown_from_the_year_without_a_rate_on():
    found = discount_factors(np.array([0.1, np.nan, 0.1]), 0)
    assert np.isnan(found).tolist() == [False, False, True, True]


def test_the_rate_of_return_of_flows_by_hand():
    # -100, 0, 121: 10 %.  -100, 60, 60: 60 v + 60 v² = 100, v = (-1 + sqrt(1 + 4 * 5/3)) / 2 = 0.884437, 13.0662 %
    # -100, 50, 50: 0 %.  -100, 40, 50: 40 v + 50 v² = 100, v = (-40 + sqrt(1600 + 20000)) / 100 = 1.069694, -6.5153 %
    flows = np.array([[-100.0, 0, 121], [-100, 60, 60], [-100, 50, 50], [-100, 40, 50]]).T
    assert 100 * internal_rate_of_return(flows) == pytest.approx([10.0, 13.0662, 0.0, -6.5153], abs=1e-4)


def test_a_rate_of_return_that_is_not_there_is_told_apart():
    # never comes back; known twice (-100 + 230 v - 132 v²: v = 1/1.1 and 1/1.2); money first; unknown; no outlay
    flows = np.array([[-100.0, 0, 0], [-100, 230, -132], [100, -60, -60], [-100, np.nan, 60], [0, 60, 60]]).T
    lost, double, loan, unknown, gift = internal_rate_of_return(flows)
    assert lost == -np.inf and gift == np.inf
    assert np.isnan([double, loan, unknown]).all()


@given(st.lists(st.floats(1.0, 1e6), min_size=1, max_size=40), st.floats(1e3, 1e7))
def test_the_value_at_the_rate_of_return_is_nought(savings, cost):
    flows = np.array([-cost, *savings])[:, None]
    rate = internal_rate_of_return(flows)
    if np.isfinite(rate[0]):
        value = (flows[:, 0] * (1 + rate[0]) ** -np.arange(len(flows), dtype=float)).sum()
        scale = (np.abs(flows[:, 0]) * (1 + rate[0]) ** -np.arange(len(flows), dtype=float)).sum()
        assert abs(value) < 1e-9 * scale


def test_payback_within_the_year_for_good_at_once_and_never():
    # -100 + 40 a year: after 2 years -20, after 3 years 20: 2.5 years
    balance = np.array([[-100.0, -60, -20, 20], [-100, 10, -10, 10], [0, 5, 5, 5], [-100, -90, -80, -70]]).T
    # the second is above nought after 1 year but not for good: -10 at 2 years, 10 at 3
    assert payback_years(balance, 100.0).tolist() == [2.5, 2.5, 0.0, np.inf]
    assert np.isnan(payback_years(np.array([[-1.0], [np.nan]]), 1.0)).all()


def test_rounding_does_not_put_off_payback():
    balance = np.concatenate([[-0.3], np.cumsum([0.1, 0.1, 0.1]) - 0.3])[:, None]
    assert payback_years(balance, 0.3)[0] == pytest.approx(3.0)
    assert payback_years(balance - 4e-17, 0.3)[0] == pytest.approx(3.0)
