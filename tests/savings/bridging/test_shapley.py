"""The Shapley value: exact sums, no order, the midpoint formula, and the numbers of docs/bridge.md by hand."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from energy.savings.bridging.shapley import shapley, subsets

NAMES = ("a", "b", "c", "d")


def table(seed: int, count: int = 4, draws: int = 3):
    rng = np.random.default_rng(seed)
    return {s: rng.normal(size=draws) for s in subsets(NAMES[:count])}


@pytest.mark.parametrize("seed", range(5))
def test_the_shares_sum_to_the_whole_change_in_every_draw(seed):
    value = table(seed)
    found = shapley(NAMES, value.__getitem__)
    change = value[frozenset(NAMES)] - value[frozenset()]
    assert sum(found.values()) == pytest.approx(change, abs=1e-12)


def test_it_is_the_mean_over_all_orders():
    value = table(11)
    mean = {name: np.zeros(3) for name in NAMES}
    for order in permutations(NAMES):
        state = frozenset()
        for name in order:
            mean[name] = mean[name] + (value[state | {name}] - value[state]) / 24
            state |= {name}
    found = shapley(NAMES, value.__getitem__)
    for name in NAMES:
        assert found[name] == pytest.approx(mean[name], abs=1e-12)


def test_the_order_the_causes_are_named_in_changes_nothing():
    value = table(3)
    one, other = shapley(NAMES, value.__getitem__), shapley(NAMES[::-1], value.__getitem__)
    for name in NAMES:
        assert one[name] == pytest.approx(other[name], abs=1e-12)


def test_two_causes_are_the_midpoint_formula():
    price, volume = (0.5, 0.8), (100.0, 70.0)
    found = shapley(("price", "volume"), lambda s: np.array([price["price" in s] * volume["volume" in s]]))
    assert found["price"][0] == pytest.approx((0.8 - 0.5) * (100 + 70) / 2)
    assert found["volume"][0] == pytest.approx((70 - 100) * (0.5 + 0.8) / 2)


def test_swapping_old_and_new_gives_the_other_sign():
    value = table(5)
    swapped = shapley(NAMES, lambda s: value[frozenset(NAMES) - s])
    for name, share in shapley(NAMES, value.__getitem__).items():
        assert swapped[name] == pytest.approx(-share, abs=1e-12)


def test_a_cause_that_changes_nothing_is_worth_nothing():
    value = table(7, count=3)
    found = shapley(NAMES, lambda s: value[s - {"d"}])
    assert found["d"] == pytest.approx(0.0, abs=1e-12)
    assert found["a"] == pytest.approx(shapley(NAMES[:3], value.__getitem__)["a"], abs=1e-12)


def test_unknown_values_are_unknown_shares_and_never_zero():
    found = shapley(("a", "b"), lambda s: np.array([np.nan if s == {"a"} else 1.0]))
    assert all(np.isnan(v).all() for v in found.values())


def test_a_factor_named_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        shapley(("a", "a"), lambda s: np.zeros(1))


def test_the_worked_example_of_the_docs():
    """Heat: 100 MWh at 500 SEK/MWh and 50 kW at 100 SEK/kW become 66 MWh at 600 and 60 kW at 120 (docs/bridge.md)."""

    def value(state):
        mwh = (110 if "weather" in state else 100) * (0.6 if "project" in state else 1.0)
        kw = 60 if "weather" in state else 50
        new = "price" in state
        return np.array([mwh * (600 if new else 500), kw * (120 if new else 100)])

    found = shapley(("price", "weather", "project"), value)
    told = {"price": (8366.67, 1100.00), "weather": (4366.67, 1100.00), "project": (-23133.33, 0.00)}
    for cause, numbers in told.items():
        assert found[cause] == pytest.approx(numbers, abs=0.005)
    before, after = value(frozenset()), value(frozenset(told))
    assert tuple(before) == (50_000, 5_000) and tuple(after) == (39_600, 7_200)
    assert sum(found.values()) == pytest.approx(after - before)
