"""What a budget leaves out is told with its cost and what it would have added."""

from __future__ import annotations

from energy.measures.combined import most_for
from flows.show.together import left_out
from tests.measures.test_combined import halves


def test_a_budget_says_what_it_left_out_and_why() -> None:
    """876 000 kr a year: a (a million) saves 40 %, b (25 000) 30 %, c (nothing) 10 %; for 300 000 b and c."""
    kinds = {"a": "heat_bought_while_rejecting", "b": "high_return_temperature", "c": "billed_heat_power"}
    values = {"a": 350_400.0, "b": 262_800.0, "c": 87_600.0}
    combined = halves(values, kinds, {"a": 0.6, "b": 0.7, "c": 0.9})
    found = most_for(combined, 300_000.0)
    taken = {step.key for step in found.steps}
    assert "a" not in taken
    told = [line.replace("\xa0", " ") for line in left_out(combined, taken, 300_000.0 - found.cost_sek)]
    adds = 0.4 * 876_000 * 0.7 * 0.9  # of what b and c leave
    amount = f"{adds:,.0f}".replace(",", " ")
    assert taken == {"b", "c"}
    assert told == [f"Inte med: a, ger {amount} SEK per år till; antagen kostnad 1 000 000 SEK, kvar 275 000."]


def test_nothing_is_told_where_nothing_is_left_out() -> None:
    combined = halves({"a": 350_400.0}, {"a": "billed_heat_power"}, {"a": 0.6})
    assert list(left_out(combined, {"a"}, 0.0)) == []
