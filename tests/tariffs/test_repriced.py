"""One period's prices in another's months: lists, contracts, options and tax move day for day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from energy.errors import TariffError
from energy.tariffs.bill import bill, total
from energy.tariffs.repriced import repriced
from tests.tariffs.loads import NOTHING, component, contract, load, price_list

ENERGY = component("billed_energy_kwh", "öre/kWh", "value = 50", kind="energy")
PAIRS = [(date(2018, m, 1), date(2017, m, 1)) for m in (6, 7, 8)]


def listed(parts: str, first: str, end: str):
    return price_list(parts, id=f'"prov-{first}"', valid_from=first, valid_to=end)


def cost(contracts, lists, months) -> float:
    return float(total(bill(load(date(2018, 6, 1), date(2018, 9, 1)), contracts, lists, months, NOTHING))[0])


def test_a_price_of_july_is_that_of_july_the_year_after():
    dear = component("billed_energy_kwh", "öre/kWh", "value = 80", kind="energy")
    lists = [listed(ENERGY, "2017-01-01", "2017-07-16"), listed(dear, "2017-07-16", "2018-01-01")]
    found = repriced([contract("prov")], lists, PAIRS)
    assert cost(*found, [date(2018, 6, 1)]) == pytest.approx(240 * 30 * 0.5)
    assert cost(*found, [date(2018, 7, 1)]) == pytest.approx(240 * (15 * 0.5 + 16 * 0.8))
    assert len(found[0]) == len(found[1]) == 2


@pytest.mark.parametrize(("side", "months"), [("retail", (29.5, 32.5, 32.5)), ("grid", (0, 0, 0))])
def test_the_tax_is_the_rate_of_its_own_day_on_the_invoice_that_carried_it(side, months):
    tax = component(
        "billed_energy_kwh", "öre/kWh", f'tax = "energy_tax_electricity", carried_by = "{side}"', kind="tax"
    )
    found = repriced([contract("prov")], [listed(ENERGY + tax, "2017-01-01", "2018-01-01")], PAIRS)
    for (month, _), rate, days in zip(PAIRS, months, (30, 31, 31), strict=True):
        assert cost(*found, [month]) == pytest.approx(240 * days * (50 + rate) / 100)


def test_a_contract_that_begins_within_a_month_does_so_in_the_other_year_too():
    found = repriced(
        [contract("prov", date(2017, 7, 11))], [listed(ENERGY, "2017-01-01", "2018-01-01")], PAIRS
    )  # fmt: skip
    assert found[0][0].valid_from == date(2018, 7, 11)
    assert cost(*found, [date(2018, 7, 1)]) == pytest.approx(240 * 21 * 0.5)


def test_shares_by_month_move_with_their_months():
    hedged = contract("prov", hedged={"2017-06": 0.4, "2018-06": 0.9})
    found = repriced([hedged], [listed(ENERGY, "2017-01-01", "2018-01-01")], PAIRS)
    assert found[0][0].options["hedged"]["2018-06"] == 0.4


def test_february_with_and_without_its_last_day():
    lists = [listed(ENERGY, "2023-01-01", "2024-01-01")]
    there, _ = repriced([contract("prov")], lists, [(date(2024, 2, 1), date(2023, 2, 1))])
    assert (there[0].valid_from, there[0].valid_to) == (date(2024, 2, 1), date(2024, 3, 1))
    short = repriced(
        [contract("prov", end=date(2024, 2, 29))],
        [replace(lists[0], valid_from=date(2024, 1, 1), valid_to=date(2025, 1, 1))],
        [(date(2023, 2, 1), date(2024, 2, 1))],
    )
    assert short[0][0].valid_to == date(2023, 3, 1)


def test_a_month_without_a_price_list_is_refused():
    with pytest.raises(TariffError, match="prislista saknas"):
        repriced([contract("prov")], [listed(ENERGY, "2017-07-01", "2018-01-01")], PAIRS)
