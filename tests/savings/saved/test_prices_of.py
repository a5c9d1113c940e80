"""Prices of another year on these hours: lists, options, tax and spot moved, loads and days left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from energy.calendar import hours_between
from energy.errors import TariffError
from energy.model import BillingContext, Contract, Load
from energy.savings.saved.prices_of import month_of, prices_of
from energy.tariffs.bill import bill, by_month, total
from energy.tariffs.pricelist import read_price_list
from tests.savings.valued import price_list

HOURS = hours_between(np.datetime64("2017-12-31T23", "s"), np.datetime64("2020-12-31T23", "s"))
LOAD = Load("m", HOURS, np.full((len(HOURS), 1), 10.0))
MONTHS = [date(2020, m, 1) for m in range(1, 13)]
LISTS = [price_list(year, 100.0 * (year - 2015), 1000.0) for year in (2018, 2019, 2020)]
MINE = [Contract("m", "prov", date(2018, 1, 1), date(2021, 1, 1))]


def test_a_month_takes_the_month_of_the_same_name():
    assert month_of(date(2019, 3, 1), date(2022, 3, 1)) == date(2019, 3, 1)
    assert month_of(date(2019, 3, 1), date(2022, 2, 1)) == date(2020, 2, 1)


def test_energy_is_priced_by_the_list_of_the_base_year():
    """Base year March 2018 to February 2019: 400 SEK/MWh in January and February (list 2019), else 300 (2018)."""
    prices = prices_of(date(2018, 3, 1), MONTHS, MINE, LISTS, BillingContext(), HOURS)
    lines = bill(LOAD, prices.contracts, prices.lists, MONTHS, prices.context)
    energy = by_month(one for one in lines if one.component == "energy")
    assert energy[date(2020, 1, 1)][0] == pytest.approx(31 * 24 * 0.010 * 400)
    assert energy[date(2020, 12, 1)][0] == pytest.approx(31 * 24 * 0.010 * 300)
    fixed = total(one for one in lines if one.component == "fixed")
    assert fixed[0] == pytest.approx(12000)  # 366 days of 366: the days are those of the billed year
    demand = [one for one in lines if one.component == "demand" and one.month == MONTHS[0]]
    assert demand[0].quantity[0] == pytest.approx(10.0)  # twelve months of the load's own, 2019 to 2020


def test_the_same_year_gives_the_same_bill():
    prices = prices_of(date(2020, 1, 1), MONTHS, MINE, LISTS, BillingContext(), HOURS)
    found = total(bill(LOAD, prices.contracts, prices.lists, MONTHS, prices.context))
    assert found[0] == pytest.approx(total(bill(LOAD, MINE, LISTS, MONTHS, BillingContext()))[0])


def test_a_contract_that_changed_in_the_month_changes_on_the_same_day():
    two = [replace(MINE[0], valid_to=date(2019, 1, 11)), Contract("m", "ny", date(2019, 1, 11), date(2021, 1, 1))]
    new = [replace(one, id=f"ny-{one.id}", family="ny") for one in (price_list(2019, 800, 0), price_list(2020, 900, 0))]
    prices = prices_of(date(2019, 1, 1), MONTHS[:1], two, [*LISTS, *new], BillingContext(), HOURS)
    energy = by_month(
        one for one in bill(LOAD, prices.contracts, prices.lists, MONTHS[:1], prices.context)
        if one.component == "energy"
    )  # fmt: skip
    assert energy[MONTHS[0]][0] == pytest.approx(0.24 * (10 * 400 + 21 * 800))


ELECTRICITY = """
id = "el-{year}"
family = "el"
name = "El"
carrier = "electricity"
valid_from = {year}-01-01
valid_to = {next}-01-01
vat = "excluded"
clock = "normal_time"
source = "prov"
synthetic = true
notes = ""
[[component]]
component = "energy"
label = "Spot"
determinant = {{ method = "spot_energy" }}
price = {{ unit = "spot", value = 1 }}
[[component]]
component = "tax"
label = "Energiskatt"
determinant = {{ method = "billed_energy_kwh" }}
price = {{ unit = "öre/kWh", tax = "energy_tax_electricity", carried_by = "grid" }}
"""


def test_tax_and_spot_are_those_of_the_base_year():
    """Energy tax 2018 was 33.1 öre/kWh, 2020 35.3; spot 1 SEK in 2018, 2 in 2019 and 3 in 2020."""
    lists = [read_price_list(ELECTRICITY.format(year=y, next=y + 1), f"el-{y}.toml") for y in (2018, 2019, 2020)]
    year = (HOURS + np.timedelta64(3600, "s")).astype("datetime64[Y]").astype(int) + 1970
    context = BillingContext(spot_sek_per_kwh=(year - 2017).astype(float))
    mine = [Contract("m", "el", date(2018, 1, 1), date(2021, 1, 1))]
    july = [date(2020, 7, 1)]
    prices = prices_of(date(2018, 1, 1), july, mine, lists, context, HOURS)
    lines = {one.component: one for one in bill(LOAD, prices.contracts, prices.lists, july, prices.context)}
    assert lines["tax"].amount_sek[0] == pytest.approx(7440 * 0.331)
    assert lines["energy"].amount_sek[0] == pytest.approx(7440 * 1.0)
    own = {one.component: one for one in bill(LOAD, mine, lists, july, context)}
    assert own["tax"].amount_sek[0] == pytest.approx(7440 * 0.353)


def test_fewer_contracts_then_are_refused_and_a_new_meter_takes_its_family():
    both = [*MINE, Contract("m", "ny", date(2020, 1, 1), date(2021, 1, 1))]
    with pytest.raises(TariffError, match="färre avtal"):
        prices_of(date(2019, 1, 1), MONTHS, both, LISTS, BillingContext(), HOURS)
    late = [Contract("m", "prov", date(2020, 3, 1), date(2021, 1, 1))]
    prices = prices_of(date(2019, 1, 1), MONTHS[2:], late, LISTS, BillingContext(), HOURS)
    energy = bill(LOAD, prices.contracts, prices.lists, MONTHS[2:3], prices.context)
    assert energy[-1].amount_sek[0] == pytest.approx(7.44 * 400)
    with pytest.raises(TariffError, match="prislista saknas"):
        prices_of(date(2016, 1, 1), MONTHS[2:], late, LISTS, BillingContext(), HOURS)
