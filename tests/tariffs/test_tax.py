"""Energy tax on electricity: each year's rate, and which invoice carries it."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from energy.errors import TariffError
from energy.model import BillingContext
from energy.tariffs.bill import bill
from energy.tariffs.tax import energy_tax, tax_periods
from tests.tariffs.loads import NOTHING, component, contract, load, price_list, published

# first day, öre/kWh excl. VAT, invoice
RATES = [
    (date(2015, 1, 1), 29.4, "retail"), (date(2016, 1, 1), 29.2, "retail"), (date(2017, 1, 1), 29.5, "retail"),
    (date(2017, 7, 1), 32.5, "retail"), (date(2018, 1, 1), 33.1, "grid"), (date(2019, 1, 1), 34.7, "grid"),
    (date(2020, 1, 1), 35.3, "grid"), (date(2021, 1, 1), 35.6, "grid"), (date(2022, 1, 1), 36.0, "grid"),
    (date(2023, 1, 1), 39.2, "grid"), (date(2024, 1, 1), 42.8, "grid"), (date(2025, 1, 1), 43.9, "grid"),
    (date(2026, 1, 1), 36.0, "grid"),
]  # fmt: skip
TAX = {
    side: component(
        "billed_energy_kwh", "öre/kWh", f'tax = "energy_tax_electricity", carried_by = "{side}"', kind="tax"
    )
    for side in ("grid", "retail")
}


def lists():
    return [price_list(TAX[side], id=f'"{side}"', family=f'"{side}"', valid_from="2015-01-01", valid_to="2027-01-01")
            for side in ("grid", "retail")]  # fmt: skip


def taxes(first, end, months):
    """(list, first day's month, amount) of 10 kWh an hour under a grid and a retail contract."""
    found = bill(load(first, end), [contract("grid"), contract("retail")], lists(), months, NOTHING)
    return [(one.price_list, one.month, pytest.approx(float(one.amount_sek[0]))) for one in found]


@pytest.mark.parametrize(("first", "ore", "invoice"), RATES)
def test_each_rate_holds_from_its_first_day_on_one_invoice(first, ore, invoice):
    other = "retail" if invoice == "grid" else "grid"
    ends = [day for day, _, _ in RATES[1:]] + [date(2027, 1, 1)]
    last = next(end for end in ends if end > first) - timedelta(days=1)
    for day in (first, last):
        after = day + timedelta(days=1)
        assert [one.ore_per_kwh for one in tax_periods(day, after, invoice)] == [ore]
        assert tax_periods(day, after, other) == []


def test_the_table_holds_these_rates_and_no_others():
    assert [(row.valid_from, row.ore_per_kwh, row.collected_by) for row in energy_tax().rate] == RATES
    wrong = {44.7, 49.3}  # elprisguiden.nu for 2025 and 2026
    assert wrong.isdisjoint(row.ore_per_kwh for row in energy_tax().rate)


def test_rates_without_a_source_at_hand_say_so():
    assert [row.valid_from.year for row in energy_tax().rate if "ingen källa" in row.source] == [2015, 2016]


def test_over_new_year_2018_the_tax_moves_from_the_retail_to_the_grid_invoice():
    december, january = date(2017, 12, 1), date(2018, 1, 1)
    found = taxes(december, date(2018, 2, 1), [december, january])
    assert found == [("retail", december, 7440 * 0.325), ("grid", january, 7440 * 0.331)]


def test_on_1_july_2017_the_rate_rises_on_the_retail_invoice():
    june, july = date(2017, 6, 1), date(2017, 7, 1)
    assert taxes(june, date(2017, 8, 1), [june, july]) == [
        ("retail", june, 7200 * 0.295),
        ("retail", july, 7440 * 0.325),
    ]


@pytest.mark.parametrize("name", ["spot-se3", "portfolio-se3", "fixed-price"])
def test_retail_lists_carry_the_tax_until_2017(name):
    first, end = date(2017, 12, 1), date(2018, 2, 1)
    context = BillingContext(spot_sek_per_kwh=np.full(24 * 62, 0.3))
    agreed = contract(name, hedged_share=0.5, hedged_ore_per_kwh=40, energy_ore_per_kwh=40)
    found = bill(load(first, end), [agreed], [published(name)], [first, date(2018, 1, 1)], context)
    assert [(one.month, float(one.amount_sek[0])) for one in found if one.component == "tax"] == [
        (first, pytest.approx(7440 * 0.325))
    ]


def test_teknik_i_vast_carries_it_from_its_first_day():
    january = date(2018, 1, 1)
    agreed = contract("tekniska-i-vast-elnat-f4", subscribed_kw=20)
    found = bill(
        load(january, date(2018, 2, 1)), [agreed], [published("tekniska-i-vast-elnat-f4-2018")], [january], NOTHING
    )
    assert [float(one.amount_sek[0]) for one in found if one.component == "tax"] == [pytest.approx(7440 * 0.331)]


@pytest.mark.parametrize("day", [date(2014, 12, 31), date(2027, 1, 1)])
def test_a_day_before_or_after_the_table_is_an_error(day):
    with pytest.raises(TariffError, match="energiskatt på el saknas"):
        tax_periods(day, day + timedelta(days=1), "grid")
