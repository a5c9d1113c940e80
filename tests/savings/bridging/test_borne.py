"""The bearers' bridges sum to the whole's, and a changed key moves money without saving any."""

from __future__ import annotations

import numpy as np
import pytest

from energy.savings.bridging.borne import ALLOCATION, Borne, borne, effective_shares
from energy.savings.bridging.bridge import ALL, CAUSES, Matrix, cells

BEFORE, AFTER = {"energy": np.array([800.0]), "demand": np.array([200.0])}, {"energy": np.array([600.0])}
CHANGE = {
    ("price", "energy"): np.array([100.0, 140.0]),
    ("project", "energy"): np.array([-300.0, -340.0]),
    ("price", "demand"): np.array([-200.0]),
}
WHOLE = Matrix(BEFORE, AFTER, CHANGE, {})


def amounts(matrix: Matrix) -> dict[str, float]:
    found = cells(matrix, (*CAUSES, ALLOCATION))
    return {c.cause: c.amount_sek.value for c in found if c.component == ALL}


def both(first: float, then: float) -> dict[str, float]:
    shares = [{"energy": one, "demand": one} for one in (first, then)]
    return amounts(borne([Borne(WHOLE, *shares)]))


def test_by_hand():
    school = both(0.18, 0.25)
    assert school["before"] == pytest.approx(180) and school["after"] == pytest.approx(150)
    assert school["project"] == pytest.approx(0.215 * -320)
    assert school["price"] == pytest.approx(0.215 * (120 - 200))
    assert school[ALLOCATION] == pytest.approx(0.07 * (1000 + 600) / 2)


def test_bearers_sum_to_the_whole_and_allocation_to_nought():
    school, sports, whole = both(0.18, 0.25), both(0.82, 0.75), amounts(WHOLE)
    for cause in ("before", *CAUSES, "after"):
        assert school[cause] + sports[cause] == pytest.approx(whole[cause])
    assert school[ALLOCATION] + sports[ALLOCATION] == pytest.approx(0.0)
    for one in (school, sports):
        between = sum(one[cause] for cause in (*CAUSES, ALLOCATION))
        assert one["before"] + between == pytest.approx(one["after"])


def test_an_unchanged_key_moves_nothing():
    assert both(0.3, 0.3)[ALLOCATION] == 0.0


@pytest.mark.parametrize("seed", range(4))
def test_it_sums_whatever_the_shares_of_components(seed):
    rng = np.random.default_rng(seed)
    first, then = ({"energy": a, "demand": b} for a, b in rng.uniform(0, 1, (2, 2)))
    found = amounts(borne([Borne(WHOLE, first, then), Borne(WHOLE, then, {})]))
    between = sum(found[cause] for cause in (*CAUSES, ALLOCATION))
    assert found["before"] + between == pytest.approx(found["after"])


def test_the_share_of_a_period_is_weighed_by_cost():
    lines = [
        ("energy", 100.0, 0.2),
        ("energy", 300.0, 0.4),
        ("demand", 50.0, 1.0),
        ("tax", 0.0, 0.2),
        ("tax", 0.0, 0.4),
    ]
    found = effective_shares(lines)
    assert found["energy"] == pytest.approx((20 + 120) / 400)
    assert found["demand"] == 1.0 and found["tax"] == pytest.approx(0.3)


def test_an_unknown_cost_or_share_is_an_unknown_share():
    assert np.isnan(effective_shares([("energy", np.nan, 0.2), ("energy", 1.0, 0.3)])["energy"])
    assert np.isnan(effective_shares([("energy", 1.0, np.nan)])["energy"])
