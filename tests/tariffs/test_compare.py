"""Two price lists on one load: amounts by hand, unknown parts with reasons, lists priced as if they were valid."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from energy.errors import TariffError
from energy.model import BillingContext
from energy.tariffs.bill import bill, total
from energy.tariffs.compare import Side, compare, whole_months
from tests.tariffs.loads import NOTHING, component, contract, hours, load, price_list, published

FIRST, END = date(2023, 1, 1), date(2025, 1, 1)
YEAR = [date(2024, month, 1) for month in range(1, 13)]
CHEAP = price_list(
    component("billed_energy_kwh", "öre/kWh", "value = 10", kind="energy", label="Energi")
    + component("fixed", "SEK/month", "value = 100", kind="fixed", label="Fast")
)
DEAR = replace(
    price_list(
        component("billed_energy_kwh", "öre/kWh", "value = 5", kind="energy", label="Överföring")
        + component("monthly_peak_hour", "SEK/kW,month", "value = 60", kind="demand", label="Effekt")
    ), id="dyr", family="dyr",
)  # fmt: skip


def side(*lists, **options):
    return Side(lists[0].id, tuple(lists), options)


def test_by_hand():
    """2024 at 10 kW: 87 840 kWh. A: 8 784 + 12 x 100 = 9 984. B: 4 392 + 12 x 600 = 11 592. B - A = 1 608."""
    found = compare(load(FIRST, END, 10.0), side(CHEAP), side(DEAR), YEAR, NOTHING)
    assert found.components.select("component", "cost_a_sek", "cost_b_sek", "difference_sek").rows() == [
        ("fixed", 1200, 0, -1200), ("energy", pytest.approx(8784), pytest.approx(4392), pytest.approx(-4392)),
        ("demand", 0, pytest.approx(7200), pytest.approx(7200)),
    ]  # fmt: skip
    assert (found.total_a_sek, found.total_b_sek) == pytest.approx((9984, 11592))
    assert found.difference_sek == pytest.approx(1608) == found.components["difference_sek"].sum()
    assert found.months.height == found.shared_months == 12 and found.reason is None and not found.notes
    assert found.months["difference_sek"].sum() == pytest.approx(1608)
    power = found.determinants.filter(side="B", component="demand").row(0, named=True)
    assert (power["quantity"], power["summed_as"], power["unit"], power["months"]) == (10, "mean", "kW", 12)
    energy = found.determinants.filter(side="A", component="energy").row(0, named=True)
    assert (energy["quantity"], energy["summed_as"]) == (87840, "sum")


def test_it_is_the_ordinary_bill():
    heat = load(FIRST, END, 50.0, volume_m3=1.0, return_m3c=45.0)
    context = BillingContext(system_return_c=dict.fromkeys(YEAR, 44.0))
    a, b = published("goteborg-energi-2024"), published("borlange-2024")
    found = compare(heat, side(a), side(b), YEAR, context)
    for one, sek in ((a, found.total_a_sek), (b, found.total_b_sek)):
        assert sek == pytest.approx(total(bill(heat, [contract(one.family)], [one], YEAR, context))[0])


def test_an_unknown_part_has_no_cost_but_a_reason_and_the_other_months_are_compared():
    kwh = np.full(len(hours(FIRST, END)), 10.0)
    kwh[-10:] = np.nan
    found = compare(load(FIRST, END, kwh), side(CHEAP), side(DEAR), YEAR, NOTHING)
    energy = found.components.filter(component="energy").row(0, named=True)
    assert energy["cost_a_sek"] is None and energy["difference_sek"] is None
    assert energy["reason_a"].startswith("1 av 12 månader kan inte bedömas: mätvärden för energi saknas")
    assert found.total_a_sek is None and found.difference_sek is None and "A: 1 av 12" in found.reason
    assert found.components.filter(component="fixed")["difference_sek"].to_list() == [-1200]
    assert found.shared_months == 11 and found.months["cost_a_sek"].null_count() == 1
    assert found.shared_a_sek == pytest.approx(11 * 100 + (8784 - 744) * 1)


def test_a_list_of_another_year_is_priced_as_if_it_were_valid_and_this_is_told():
    """Boden 2022 on the loads of 2024; a family keeps its own lists."""
    heat = load(date(2022, 1, 1), END, 50.0, volume_m3=1.0)
    air = {date.fromordinal(day): 0.0 for day in range(date(2022, 1, 1).toordinal(), END.toordinal())}
    context = BillingContext(outdoor_daily_c=air)
    found = compare(heat, side(published("boden-2022")), side(published("boden-2024")), YEAR, context)
    assert found.notes == (
        "A: boden-2022 gäller 2022-01-01 till 2023-01-01; här prissatt som om den gällt 2024-01-01 till 2024-12-31.",
    )
    demand = found.components.filter(component="demand").row(0, named=True)
    assert demand["cost_a_sek"] == pytest.approx(828 * 50) and demand["cost_b_sek"] == pytest.approx(939 * 50)
    family = Side("boden", tuple(published(f"boden-{year}") for year in (2022, 2023, 2024)))
    assert compare(heat, family, family, YEAR, context).difference_sek == 0
    with pytest.raises(TariffError, match="prislista saknas"):
        compare(heat, replace(family, lists=family.lists[:2]), family, YEAR, context)


def test_too_few_months_two_families_and_missing_options_are_refused():
    year = load(FIRST, END, 10.0)
    with pytest.raises(TariffError, match="11 hela månader"):
        compare(year, side(CHEAP), side(DEAR), YEAR[:11], NOTHING)
    with pytest.raises(TariffError, match="2 familjer"):
        compare(year, Side("x", (CHEAP, DEAR)), side(DEAR), YEAR, NOTHING)
    subscribed = price_list(component("subscribed", "SEK/kW,month"))
    with pytest.raises(TariffError, match="subscribed_kw"):
        compare(year, side(subscribed), side(DEAR), YEAR, NOTHING)
    assert compare(year, side(subscribed, subscribed_kw=20.0), side(DEAR), YEAR, NOTHING).total_a_sek == 240


def test_thirteen_months_are_told():
    found = compare(load(FIRST, END, 10.0), side(CHEAP), side(DEAR), [date(2023, 12, 1), *YEAR], NOTHING)
    assert "13 månader" in found.notes[0]


def test_whole_months_of_a_load():
    assert whole_months(load(date(2023, 12, 31), date(2024, 3, 2))) == [date(2024, 1, 1), date(2024, 2, 1)]
    whole = load(date(2024, 1, 1), date(2024, 2, 1))
    assert whole_months(whole) == [date(2024, 1, 1)]
    late = replace(whole, start_utc=whole.start_utc[1:], energy_kwh=whole.energy_kwh[1:])
    assert whole_months(late) == []


def test_lists_of_different_carriers_are_not_compared():
    heat = published("boden-2024")
    with pytest.raises(TariffError, match=r"A .* gäller el; B .* gäller fjärrvärme. En last"):
        compare(load(FIRST, END, 10.0), side(CHEAP), side(heat), YEAR, NOTHING)
