"""Two periods before they are compared: length, season, months without a cost, and what is offered instead."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from energy.calendar import month_starts
from flows.show.bridge import period
from flows.show.bridge_periods import comparable, remarks, written


def of(text: str) -> list[date]:
    return list(period(text, "--base"))


def test_equal_and_known_periods_need_no_word() -> None:
    assert remarks(of("2019-01:2019-12"), of("2022-01:2022-12"), []) == []


def test_unequal_lengths_are_told_with_the_equal_ones() -> None:
    said = remarks(of("2018-01:2018-12"), of("2019-01:2019-10"), [])
    assert "12 månader före och 10 efter" in said[0]
    assert said[-1] == "Jämförbara perioder: --base 2018-01:2018-10 --period 2019-01:2019-10"


def test_a_month_without_a_cost_is_named_and_left_out_of_what_is_offered() -> None:
    said = remarks(of("2018-01:2018-12"), of("2019-01:2019-12"), [date(2018, 1, 1), date(2017, 1, 1)])
    assert said == [
        "Kostnaden är inte känd för 2018-01, så inte heller för perioden.",
        "Jämförbara perioder: --base 2018-02:2018-12 --period 2019-02:2019-12",
    ]


def test_other_parts_of_the_year_are_told_and_nothing_is_offered_where_none_is_shared() -> None:
    assert len(remarks(of("2018-01:2018-03"), of("2019-06:2019-08"), [])) == 1
    assert comparable(of("2018-01:2018-03"), of("2019-06:2019-08"), []) is None


starts = st.dates(date(2015, 1, 1), date(2020, 12, 1)).map(lambda d: d.replace(day=1))


@given(starts, st.integers(1, 15), starts, st.integers(1, 15), st.sets(starts, max_size=4))
def test_what_is_offered_compares(first: date, n: int, second: date, m: int, unknown: set[date]) -> None:
    base, reporting = (month_starts(day, _later(day, count)) for day, count in ((first, n), (second, m)))
    found = comparable(base, reporting, unknown)
    if found is None:
        shared = [b for b in base if not {b} & unknown and b.month in {r.month for r in {*reporting} - unknown}]
        assert shared == []
        return
    mine, other = found
    assert {*mine} <= {*base}
    assert {*other} <= {*reporting}
    assert [b.month for b in mine] == [r.month for r in other]
    assert remarks(mine, other, unknown) == []
    assert written(mine, other).startswith("--base ")


def _later(day: date, count: int) -> date:
    at = day.year * 12 + day.month - 1 + count
    return date(at // 12, at % 12 + 1, 1)
