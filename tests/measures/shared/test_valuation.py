"""What the months drawn again are worth: a month for one with the same posts, and the same draws in every run."""

from __future__ import annotations

from datetime import date

import numpy as np

from energy.measures.shared.valuation import another_year
from energy.model import BilledComponent, Floats

POSTS = ("vinter", "vår", "sommar", "höst", "grund")
DRAWS = 40


def line(month: int, label: str, amount: Floats) -> BilledComponent:
    """Return a post of a bill of 2023."""
    on = date(2023, month, 1)
    return BilledComponent("p", on, "demand", label, "lista", "billed_power_kw", np.zeros(len(amount)), "kW", amount)


def test_months_are_drawn_season_by_season_in_the_order_of_the_year() -> None:
    """Five kinds of months, two of each: which kind is drawn first must not hang on the order of a set."""
    rng = np.random.default_rng(3)
    worth = {month: rng.random(1 + DRAWS) * 1000 for month in range(1, 11)}
    label = {month: POSTS[(month - 1) // 2] for month in worth}
    before = [line(month, label[month], np.full(1, 5000.0)) for month in worth]
    after = [line(month, label[month], 5000.0 - saved) for month, saved in worth.items()]
    found = another_year(before, after, np.random.default_rng(7))
    again, expected = np.random.default_rng(7), np.zeros(DRAWS)
    for first in (1, 3, 5, 7, 9):
        alike = np.array([worth[first][1:], worth[first + 1][1:]])
        picked = again.integers(2, size=alike.shape)
        expected += np.take_along_axis(alike, picked, axis=0).sum(axis=0)
    np.testing.assert_allclose(found[1:], expected)
    np.testing.assert_allclose(found[0], sum(saved[0] for saved in worth.values()))
