"""Which prices of power are tried, that what is left untried is told, and that powers are told apart by their meter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.assumption import Assumption
from energy.storage.assumed import assumed
from energy.storage.optimum import dispatch
from energy.storage.optimum.ahead import _keys
from energy.storage.optimum.dispatch import _choices, _levels_under, cheapest
from energy.storage.optimum.operation import Operation
from energy.storage.optimum.plant import Level, Peak, Side
from flows.storage.dispatch import _notes
from tests.measures.facility import START

YEAR = START[-8760:]
LEVELS = tuple(Level(0.0, np.inf, 0.0, price, text) for price, text in ((1.0, "Standard"), (2.0, "Spetsig")))


def day_peak(label: str, first: int = 0, last: int = 8760) -> Peak:
    hours = np.arange(8760)
    return Peak(label, np.where((hours >= first) & (hours < last), hours // 24, -1), 1, True, LEVELS)


def side(carrier: str, *peaks: Peak) -> Side:
    none = np.zeros(8760)
    return Side(carrier, carrier, none, none, none, none, peaks)


def test_powers_of_the_same_name_on_two_meters_have_aims_of_their_own() -> None:
    heat, power = side("district_heating", day_peak("Effekt")), side("electricity", day_peak("Effekt"))
    assert _keys(heat, YEAR) == [("district_heating", "Effekt", 0, 0)]
    assert _keys(power, YEAR) == [("electricity", "Effekt", 0, 0)]


def test_powers_of_the_same_name_on_one_meter_are_told_apart_by_month_and_order() -> None:
    january = day_peak("Effekt", 0, 744)
    both = side("electricity", january, day_peak("Effekt", 744, 1416), january)
    assert _keys(both, YEAR) == [("electricity", "Effekt", *rest) for rest in ((1, 0), (2, 0), (1, 1))]


def categories(operation: Operation, count: int) -> dispatch.StoreYear:
    """Return the made-up year with categories on the first `count` of its monthly powers."""
    assert operation.year is not None
    heat, power = operation.year.sides
    peaks = tuple(replace(p, levels=LEVELS) if n < count else p for n, p in enumerate(power.peaks))
    return replace(operation.year, sides=(heat, replace(power, peaks=peaks)))


def test_choices_that_differ_in_one_price_are_tried_first(operation: Operation) -> None:
    year = categories(operation, 3)
    first = _levels_under(year, year.observed.actual)
    found = _choices(year, first)
    assert len(found) == 8 and found[0] == first
    changes = [sum(a != b for x, y in zip(one, first, strict=True) for a, b in zip(x, y, strict=True)) for one in found]
    assert changes == [0, 1, 1, 1, 2, 2, 2, 3]


def test_what_is_left_untried_is_counted_and_told(operation: Operation, monkeypatch: pytest.MonkeyPatch) -> None:
    def few(name: str) -> Assumption:
        return replace(assumed(name), central=2.0) if name == "most_candidates" else assumed(name)

    monkeypatch.setattr(dispatch, "assumed", few)
    found = cheapest(categories(operation, 2))
    assert len(found.candidates) == 2 and found.untried == 2
    (note,) = [n for n in _notes(replace(operation, optimum=found)) if "inte prövade" in n]
    assert note.startswith("2 kombinationer av prisnivåer")
