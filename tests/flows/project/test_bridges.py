"""Which months a project's bridge compares."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from energy.calendar import add_months
from energy.errors import InsufficientData
from flows.project.bridges import base_year

AFTER = [add_months(date(2021, 3, 1), n) for n in range(14)]


def project(first: date, end: date) -> Any:
    return SimpleNamespace(baseline_from=first, baseline_to=end)


@pytest.mark.parametrize(("first", "end", "begins"), [
    (date(2018, 1, 1), date(2020, 3, 1), date(2019, 3, 1)),
    (date(2019, 3, 1), date(2020, 3, 1), date(2019, 3, 1)),
    (date(2018, 12, 20), date(2020, 3, 15), date(2019, 3, 1)),  # what is left of a month is no month
])  # fmt: skip
def test_the_base_year_is_the_last_twelve_whole_months_of_the_baseline(first: date, end: date, begins: date) -> None:
    found = base_year(project(first, end), AFTER)
    assert found.base == [add_months(begins, n) for n in range(12)]
    assert found.reporting == AFTER[-12:]


@pytest.mark.parametrize(("first", "end"), [
    (date(2019, 3, 2), date(2020, 3, 1)),
    (date(2019, 3, 15), date(2020, 3, 15)),  # twelve months, but eleven whole ones
])  # fmt: skip
def test_a_baseline_of_fewer_whole_months_is_refused(first: date, end: date) -> None:
    with pytest.raises(InsufficientData, match="tolv hela månader i basperioden"):
        base_year(project(first, end), AFTER)


def test_fewer_months_after_the_project_are_refused() -> None:
    with pytest.raises(InsufficientData, match="det finns 11"):
        base_year(project(date(2018, 1, 1), date(2020, 3, 1)), AFTER[:11])
