"""Which changes show on the meter of a done measure, and which of two is counted: main and submeter never both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace
from typing import Any

from flows.measures.meeting import Done, Meeting

MAIN, SUB, OTHER = "el", "kyla", "fjv"
PARENTS = {MAIN: None, SUB: MAIN, OTHER: None}
EARLY, LATE = date(2022, 1, 1), date(2023, 1, 1)


@dataclass(frozen=True)
class _Point:
    id: str
    parent: str | None


def done(key: str, on: date, *points: str, promised: float = 100.0, point: str | None = None) -> Done:
    return Done(key, "hall", key, on, promised, key, one_off=False, points=points, point=point)


@dataclass(frozen=True)
class _Project:
    name: str
    reporting_from: date
    boundary_meters: tuple[str, ...]
    placebo: bool = False
    own_meters: tuple[str, ...] = ()


def place(*projects: _Project) -> Any:
    """Return the settings of a place with some projects."""
    return SimpleNamespace(metering_point=[_Point(*one) for one in PARENTS.items()], project=projects)


def meeting(*measures: Done) -> Meeting:
    return Meeting(place(), measures)


def test_a_change_on_a_submeter_ends_the_months_of_the_measure_on_its_main() -> None:
    whole, part = done("whole", EARLY, MAIN), done("part", LATE, SUB)
    both = meeting(whole, part)
    assert both.changes(whole) == (None, LATE)
    assert both.changes(part) == (None, None)  # what is done on the rest of the main does not move the submeter


def test_a_change_on_a_submeter_before_it_begins_the_baseline_of_the_main() -> None:
    part, whole = done("part", EARLY, SUB), done("whole", LATE, MAIN)
    assert meeting(part, whole).changes(whole) == (EARLY, None)


def test_of_main_and_submeter_on_the_same_day_the_main_is_counted_for_both() -> None:
    part, whole, apart = done("part", LATE, SUB, promised=900.0), done("whole", LATE, MAIN), done("apart", LATE, OTHER)
    three = meeting(part, whole, apart)
    assert three.together(whole) is None and three.together(apart) is None
    assert "mäts tillsammans med «whole»" in str(three.together(part))


def test_of_two_on_one_meter_the_same_day_the_larger_promise_is_counted() -> None:
    small, large = done("small", LATE, SUB, promised=10.0), done("large", LATE, SUB)
    two = meeting(small, large)
    assert two.together(large) is None and "«large»" in str(two.together(small))


def test_contracts_meet_contracts_of_the_same_meter_only() -> None:
    first, second = done("a", EARLY, point=MAIN), done("b", LATE, point=MAIN)
    loads, elsewhere = done("c", LATE, MAIN), done("d", LATE, point=OTHER)
    four = meeting(first, second, loads, elsewhere)
    assert four.changes(first) == (None, LATE) and four.same_meter(elsewhere) == []
    assert four.same_meter(loads) == []


def test_what_begins_the_day_a_project_does_is_measured_with_it() -> None:
    whole, part = done("whole", LATE, MAIN), done("part", LATE, SUB)
    beside = Meeting(place(_Project("Lagret", LATE, (MAIN,))), [whole, part])
    for one in (whole, part):
        assert beside.together(one) == (
            "kan inte bedömas för sig: mäts tillsammans med projektet «Lagret», som började samma dag på samma mätare"
        )
    assert beside.changes(whole) == (None, None)
    for other in (_Project("Lagret", LATE, (OTHER,)), _Project("prov", LATE, (MAIN,), placebo=True)):
        assert Meeting(place(other), [whole]).together(whole) is None
    assert Meeting(place(_Project("Lagret", EARLY, (MAIN,))), [whole]).changes(whole) == (EARLY, None)
