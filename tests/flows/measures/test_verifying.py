"""Which changes show on the meter of a done measure, and which of two is counted: main and submeter never both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from flows.analysis.inputs import FacilityInputs
from flows.measures.verifying import Done, _Facility

MAIN, SUB, OTHER = "el", "kyla", "fjv"
PARENTS = {MAIN: None, SUB: MAIN, OTHER: None}
EARLY, LATE = date(2022, 1, 1), date(2023, 1, 1)


@dataclass(frozen=True)
class _Point:
    id: str
    parent: str | None


def done(key: str, on: date, *points: str, promised: float = 100.0, point: str | None = None) -> Done:
    return Done(key, "hall", key, on, promised, key, one_off=False, points=points, point=point)


def facility(*measures: Done) -> _Facility:
    settings = SimpleNamespace(metering_point=[_Point(*one) for one in PARENTS.items()], project=[])
    inputs: Any = SimpleNamespace(settings=settings, facility=SimpleNamespace(id="hall"))
    return _Facility(cast(FacilityInputs, inputs), [], "r", measures)


def test_a_change_on_a_submeter_ends_the_months_of_the_measure_on_its_main() -> None:
    whole, part = done("whole", EARLY, MAIN), done("part", LATE, SUB)
    both = facility(whole, part)
    assert both._changes(whole) == (None, LATE)
    assert both._changes(part) == (None, None)  # what is done on the rest of the main does not move the submeter


def test_a_change_on_a_submeter_before_it_begins_the_baseline_of_the_main() -> None:
    part, whole = done("part", EARLY, SUB), done("whole", LATE, MAIN)
    assert facility(part, whole)._changes(whole) == (EARLY, None)


def test_of_main_and_submeter_on_the_same_day_the_main_is_counted_for_both() -> None:
    part, whole, apart = done("part", LATE, SUB, promised=900.0), done("whole", LATE, MAIN), done("apart", LATE, OTHER)
    three = facility(part, whole, apart)
    assert three._together(whole) is None and three._together(apart) is None
    assert "mäts tillsammans med «whole»" in str(three._together(part))


def test_of_two_on_one_meter_the_same_day_the_larger_promise_is_counted() -> None:
    small, large = done("small", LATE, SUB, promised=10.0), done("large", LATE, SUB)
    two = facility(small, large)
    assert two._together(large) is None and "«large»" in str(two._together(small))


def test_contracts_meet_contracts_of_the_same_meter_only() -> None:
    first, second = done("a", EARLY, point=MAIN), done("b", LATE, point=MAIN)
    loads, elsewhere = done("c", LATE, MAIN), done("d", LATE, point=OTHER)
    four = facility(first, second, loads, elsewhere)
    assert four._changes(first) == (None, LATE) and four._same_meter(elsewhere) == []
    assert four._same_meter(loads) == []


def test_the_sum_of_what_is_verified_is_drawn_together_and_no_sum_of_ends() -> None:
    """Two that move against each other leave a sum without doubt; two that move alike add their bands."""
    work = facility()
    draws = np.linspace(-50.0, 50.0, 101)
    work.saved.update(a=100.0 + draws, b=200.0 - draws, c=np.full(1, 30.0))
    (row,) = work.together()
    assert (row["measures"], row["measure_keys"]) == (3, "a b c")
    assert (
        row["verified_sek_per_year"] == row["verified_sek_per_year_low"] == row["verified_sek_per_year_high"] == 330.0
    )
    work.saved.update(b=200.0 + draws)
    (row,) = work.together()
    assert abs(row["verified_sek_per_year_high"] - row["verified_sek_per_year_low"] - 180.0) < 1.0
    assert facility().together() == []


def test_of_two_contracts_of_one_meter_changed_the_same_day_the_difference_is_counted_once() -> None:
    """Fuse (grid) and hedge share (retail): the old bills hold both contracts, and what they differ is of both."""
    fuse, hedge = done("fuse", LATE, point=MAIN, promised=10.0), done("hedge", LATE, point=MAIN, promised=90.0)
    two = facility(fuse, hedge)
    two.inputs.months = [LATE]  # type: ignore[misc]
    row = two.row(fuse)
    assert row["verdict"] == "not_assessed" and "mäts tillsammans med «hedge»" in row["text"]
    assert "fuse" not in two.saved and "«hedge»" in row["overlaps"]
    assert two._together(hedge) is None
