"""What the months drawn again are worth: a month for one with the same posts, and the same draws in every run."""

from __future__ import annotations

from datetime import date

import numpy as np

from energy.measures.shared.valuation import another_year, combine, differences
from energy.model import BilledComponent, Component, Floats

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


def bill(point: str, energy: dict[int, float], power: float) -> list[BilledComponent]:
    """Return a bill of some months of 2023: energy by month and a power of the same price in each."""

    def post(month: int, component: Component, amount: float) -> BilledComponent:
        why = None if np.isfinite(amount) else "spotpris saknas för 168 timmar"
        return BilledComponent(
            point, date(2023, month, 1), component, component, "lista", "x", np.ones(1), "kWh", np.array([amount]), why
        )

    return [one for month, sek in energy.items() for one in (post(month, "energy", sek), post(month, "demand", power))]


def test_a_month_whose_energy_has_no_price_counts_on_no_bill_but_for_powers() -> None:
    """Heat saved 100 a month and 10 of power; its electricity costs 40 a month, unknown in February."""
    months = range(1, 13)
    heat = bill("fjv", dict.fromkeys(months, 500.0), 50.0), bill("fjv", dict.fromkeys(months, 400.0), 40.0)
    spot = {month: np.nan if month == 2 else 200.0 for month in months}
    power = bill("el", spot, 70.0), bill("el", {month: sek + 40.0 for month, sek in spot.items()}, 70.0)
    saved, extra = differences([heat, power])
    assert saved.saving_sek[0] == 11 * 100 + 12 * 10
    assert extra.saving_sek[0] == -11 * 40
    both = combine(saved, "fjärrvärme", extra, "el")
    assert both.saving_sek[0] == 11 * 60 + 12 * 10
    assert "Av 2023-02 räknas bara effekt och fasta delar: energins pris är inte känt." in both.text()
    assert both.reason() is None  # 46 of 48 posts
    assert differences([heat])[0].saving_sek[0] == 12 * 110  # its own bill lacks nothing


def test_with_too_many_months_without_price_there_is_no_figure() -> None:
    spot = {month: np.nan if month < 7 else 200.0 for month in range(1, 13)}
    [found] = differences([(bill("el", spot, 70.0), bill("el", spot, 60.0))])
    assert found.saving_sek[0] == 120.0
    assert found.reason() == (
        "bara 18 av 24 poster på räkningen kan räknas fram (energins pris är inte känt i "
        "2023-01, 2023-02, 2023-03, 2023-04, 2023-05, 2023-06)."
    )
