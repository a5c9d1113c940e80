"""Avoided cost with known truth through a published list; the whole run is `python -m tests.savings.known_cost`."""

from __future__ import annotations

import pytest

from tests.savings.known_cost import COMPONENTS, known_cost


@pytest.fixture(scope="module")
def found():
    return known_cost(range(200, 208), count=60)


def test_avoided_cost_is_unbiased(found):
    """Within 1 % of the baseline cost and what eight facilities can tell of it."""
    for component in COMPONENTS:
        assert abs(found.mean_error_pct[component]) < 1.0 + 2 * found.standard_error_pct[component], component


def test_bands_hold_and_are_not_held_by_width(found):
    assert all(found.held[c] >= 0.5 for c in COMPONENTS)
    assert found.half_width_pct["all"] < 8.0


def test_the_mean_prediction_is_not_what_is_billed(found):
    """The peaks of a smooth series are lower than those of the draws."""
    assert found.mean_billed_pct < found.demand_error_pct - 1.0
