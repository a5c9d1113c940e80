"""A changed contract by hand: the same load billed as if the old one had gone on, and why there may be no figure."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from energy.calendar import month_starts
from energy.errors import InsufficientData, TariffError
from energy.measures.old_contract import as_before, rebilled
from energy.model import BillingContext, Contract, Load
from tests.measures.facility import ENERGY, POWER, START, column, price_list

CHANGE = date(2023, 1, 1)
OLD = Contract(POWER, "dyr", date(2020, 1, 1), CHANGE)
NEW = Contract(POWER, "billig", CHANGE, date(2030, 1, 1))
GRID = Contract(POWER, "nat", date(2020, 1, 1), date(2030, 1, 1))
KINDS = {"dyr": "retail", "billig": "retail", "nat": "grid"}
LISTS = [
    price_list("dyr", "electricity", ENERGY.format(price=1000)),
    price_list("billig", "electricity", ENERGY.format(price=800)),
    price_list("nat", "electricity", ENERGY.format(price=300)),
]
LOAD = Load(POWER, START, column(100.0))
YEAR = month_starts(CHANGE, date(2023, 12, 31))


def saved(contracts: list[Contract], months: Any = YEAR, load: Load = LOAD, lists: Any = LISTS) -> Any:
    return rebilled(load, contracts, KINDS, CHANGE, lists, months, BillingContext())


def test_the_difference_is_that_of_the_two_prices_and_is_exact() -> None:
    """100 kW for 8 760 h: 876 MWh at 1 000 instead of 800 kr/MWh; the grid's list is on both sides."""
    found = saved([OLD, NEW, GRID])
    assert found.so_far.value == pytest.approx(876 * 200) and found.year == found.so_far
    assert found.so_far.low == found.so_far.high == found.so_far.value


def test_less_than_a_year_has_no_figure_a_year() -> None:
    found = saved([OLD, NEW], YEAR[:2])
    assert found.so_far.value == pytest.approx(0.1 * 24 * 59 * 200) and found.year is None


def test_an_ended_contract_saves_its_whole_bill() -> None:
    assert saved([OLD]).so_far.value == pytest.approx(876 * 1000)


def test_a_later_change_of_another_kind_is_not_the_measures() -> None:
    until = Contract(POWER, "nat", date(2020, 1, 1), date(2023, 7, 1))
    since = Contract(POWER, "nat", date(2023, 7, 1), date(2030, 1, 1))
    assert saved([OLD, NEW, until, since]).so_far.value == pytest.approx(876 * 200)


def test_without_a_changed_contract_there_is_a_reason() -> None:
    with pytest.raises(InsufficientData, match="avtalet är detsamma efter 2023-01-01"):
        as_before([GRID], KINDS, CHANGE)
    with pytest.raises(InsufficientData, match="inget avtal för mätpunkten gällde 2022-12-31"):
        as_before([NEW], KINDS, CHANGE)


def test_hours_or_lists_that_are_lacking_give_no_figure() -> None:
    holes = column(100.0)
    holes[-24 * 40 :] = float("nan")
    found = saved([OLD, NEW], load=Load(POWER, START, holes))
    assert found.so_far.value != found.so_far.value and (found.so_far.reason or "").startswith("kan inte bedömas")
    with pytest.raises(TariffError):
        saved([OLD, NEW], lists=LISTS[1:])
