"""The periods of the command `bridge`, as they are written."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

import pytest

from energy.errors import SettingsError
from flows.project.bridges import year_by_year
from flows.show.bridge import bridge, period


def test_a_period_is_its_months_both_included():
    assert period("2019-11:2020-01", "--base") == [date(2019, 11, 1), date(2019, 12, 1), date(2020, 1, 1)]
    assert period("2020-03", "--base") == [date(2020, 3, 1)]


@pytest.mark.parametrize("written", ["2020-03:2020-01", "2020", "mars:april", "2020-01:", ":2020-01"])
def test_a_period_written_wrongly_is_refused(written):
    with pytest.raises(SettingsError, match="ÅÅÅÅ-MM"):
        period(written, "--base")


def test_one_period_alone_is_refused():
    asked = argparse.Namespace(base="2019-01:2019-12", period=None, home=Path())
    with pytest.raises(SettingsError, match="hör ihop"):
        bridge(asked)


def test_years_are_compared_with_the_year_before_as_far_as_they_go():
    months = [date(2018 + n // 12, n % 12 + 1, 1) for n in range(9, 40)]
    found = list(year_by_year(months))
    assert [one.name for one in found] == ["2019-2020", "2020-2021"]
    assert (found[1].base[-1], found[1].reporting[-1]) == (date(2020, 4, 1), date(2021, 4, 1))
    assert found[0].spans["base_to"] == date(2019, 12, 31)
