"""The spot price of months to come: its level, the errors of that prediction, and a band that holds a halving."""

from __future__ import annotations

import numpy as np
import pytest

from energy.forecast.spot import History
from energy.model import BillingContext

HOUR = np.timedelta64(3600, "s")


def test_months_to_come_stand_on_the_level_of_the_last_three_with_their_own_hours() -> None:
    # level (1 + 2 + 3) / 3 = 2; a month of 1 and 3 has the mean 2 and stays, one of 1 and 1 is doubled
    history = History(np.array([9.0, 1.0, 2.0, 3.0]))
    ahead, months = np.array([1.0, 3.0, 1.0, 1.0]), np.array([0, 0, 1, 1])
    assert history.on_level(ahead, months).tolist() == [1.0, 3.0, 2.0, 2.0]
    assert history.on_level(np.array([0.1, 0.1]), np.array([0, 0])).tolist() == [0.5, 0.5]  # at most five times
    assert History(np.array([1.0, np.nan, 2.0])).on_level(ahead, months).tolist() == ahead.tolist()
    assert History(np.zeros(0)).on_level(ahead, months).tolist() == ahead.tolist()
    assert np.isnan(history.on_level(np.array([np.nan, 2.0]), np.array([0, 0]))[0])


def test_monthly_means_of_the_known_hours_and_none_of_a_month_with_holes() -> None:
    hours = np.arange(np.datetime64("2022-12-31T23:00:00"), np.datetime64("2023-02-28T23:00:00"), HOUR)
    spot = np.where(np.arange(len(hours)) < 744, 1.0, np.nan)
    spot[744:800] = 3.0
    found = History.of(BillingContext(np.append(spot, 99.0)), hours).means
    assert found[0] == 1.0
    assert np.isnan(found[1])
    assert len(History.of(BillingContext(), hours).means) == 0


def test_a_price_that_has_doubled_and_halved_before_makes_a_band_that_holds_a_halving() -> None:
    rng = np.random.default_rng(3)
    means = np.exp(np.cumsum(rng.normal(0.0, 0.35, 60)))
    factors = History(means).factors(6, 400, 1)
    assert factors is not None
    assert factors.shape == (6, 400)
    assert np.allclose(factors.mean(axis=1), 1.0)
    low, high = np.quantile(factors.mean(axis=0), [0.05, 0.95])
    assert low < 0.5 < 1.0 < high
    again = History(means).factors(6, 400, 1)
    assert again is not None
    assert np.array_equal(factors, again)


def test_a_price_that_stands_still_has_no_risk() -> None:
    factors = History(np.full(48, 0.7)).factors(3, 50, 1)
    assert factors is not None
    assert np.allclose(factors, 1.0)


@pytest.mark.parametrize(("months", "words"), [(23, "rymmer inte prisrisken"), (48, "bandet rymmer prisrisken")])
def test_a_short_history_leaves_the_price_out_of_the_band_and_says_so(months: int, words: str) -> None:
    history = History(np.ones(months))
    assert (history.factors(4, 10, 1) is None) == (months == 23)
    assert words in history.note(4)


def test_prices_near_and_below_zero_give_finite_factors() -> None:
    means = np.where(np.arange(48) % 5 == 0, -0.01, 0.5)
    factors = History(means).factors(12, 60, 1)
    assert factors is not None
    assert np.isfinite(factors).all()
    assert factors.min() > 0
