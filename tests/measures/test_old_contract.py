"""A changed contract by hand: the same load billed as if the old one had gone on, and why there may be no figure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from energy.calendar import month_starts
from energy.errors import InsufficientData, TariffError
from energy.measures.old_contract import as_before, kinds_ended, rebilled
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


def test_a_contract_of_another_kind_that_ends_the_same_month_is_not_the_measures() -> None:
    """The grid's list is changed on 1 January; that the retail contract ends on the 31st is somebody else's saving."""
    cheaper = Contract(POWER, "naet", CHANGE, date(2030, 1, 1))
    grid = [Contract(POWER, "nat", date(2020, 1, 1), CHANGE), cheaper]
    retail = [Contract(POWER, "dyr", date(2020, 1, 1), date(2023, 2, 1)), replace(NEW, valid_from=date(2023, 2, 1))]
    lists = [*LISTS, price_list("naet", "electricity", ENERGY.format(price=250))]
    kinds = KINDS | {"naet": "grid"}

    def saved_of(*of: str) -> float:
        found = rebilled(LOAD, [*grid, *retail], kinds, CHANGE, lists, YEAR, BillingContext(), of)
        return found.so_far.value

    assert saved_of("grid") == pytest.approx(876 * 50)
    assert saved_of("retail") == pytest.approx(0.1 * 24 * 334 * 200)
    assert saved_of() == pytest.approx(saved_of("grid") + saved_of("retail"))
    with pytest.raises(InsufficientData, match="avtalet om elhandel är detsamma efter 2023-01-01"):
        as_before([*grid, replace(NEW, valid_from=date(2020, 1, 1))], kinds, CHANGE, ["retail"])
    with pytest.raises(InsufficientData, match="inget avtal om fjärrvärme för mätpunkten gällde 2022-12-31"):
        as_before([*grid, *retail], kinds, CHANGE, ["heat"])


@pytest.mark.parametrize(
    ("key", "about", "ended"),
    [
        ("measure:hall:dearer_electricity_list:735:grid", (), {"grid"}),
        ("measure:hall:subscribed_power:735:dyr", (), {"retail"}),
        ("measure:hall:oversized_fuse:735", ("grid",), {"grid"}),
        ("measure:hall:dormant_meter:735", (), set()),
        ("measure:hall:subscribed_power:735:okand", (), set()),
    ],
)
def test_which_contract_a_measure_ends_is_told_by_its_key_or_its_rule(
    key: str, about: tuple[str, ...], ended: set[str]
) -> None:
    assert kinds_ended(key, about, KINDS) == ended


def test_hours_or_lists_that_are_lacking_give_no_figure() -> None:
    holes = column(100.0)
    holes[-24 * 40 :] = float("nan")
    found = saved([OLD, NEW], load=Load(POWER, START, holes))
    assert found.so_far.value != found.so_far.value and (found.so_far.reason or "").startswith("kan inte bedömas")
    with pytest.raises(TariffError):
        saved([OLD, NEW], lists=LISTS[1:])
