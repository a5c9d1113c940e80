"""The bill: months split where lists and contracts change, how prices fall on days, tax, options, tables."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from energy.errors import TariffError
from energy.model import BillingContext, Contract
from energy.tariffs.bill import bill, by_month, to_frame, total
from energy.tariffs.tax import energy_tax, read_tax, tax_periods
from tests.tariffs.loads import METER, NOTHING, component, contract, load, price_list, published

YEAR = (date(2024, 1, 1), date(2025, 1, 1))
MONTHS = [date(2024, month, 1) for month in range(1, 13)]
JUNE = date(2024, 6, 1)
ENERGY = component("billed_energy_kwh", "SEK/kWh", "value = 1")
MIXED = (
    component("fixed", "SEK/year", 'value = 366, spread = "days"', kind="fixed", label="fast")
    + component("fixed", "SEK/month", "value = 30", label="månad")
    + component("subscribed", "SEK/kW,year", 'value = 12, spread = "twelfths"', kind="demand")
    + component("monthly_peak_hour", "SEK/kW,month", "value = 3", kind="demand", label="topp")
    + component("billed_energy_kwh", "öre/kWh", "value = 10", kind="energy")
)


def amounts(components):
    return [float(one.amount_sek[0]) for one in components]


def test_each_price_form_in_april():
    found = bill(load(*YEAR), [contract("prov", subscribed_kw=5)], [price_list(MIXED)], [date(2024, 4, 1)], NOTHING)
    assert amounts(found) == pytest.approx([30, 30, 5, 30, 720])


def test_a_year_of_days_twelfths_and_months_sums_to_the_year():
    found = bill(load(*YEAR), [contract("prov", subscribed_kw=5)], [price_list(MIXED)], MONTHS, NOTHING)
    frame = to_frame(found).group_by("label", maintain_order=True).agg(pl.col("amount_sek").sum())
    assert frame["amount_sek"].to_list() == pytest.approx([366, 360, 60, 360, 8784])


def test_a_list_cut_in_mid_month_changes_nothing_when_prices_are_equal():
    halves = [price_list(MIXED, id='"a"', valid_to="2024-06-11"), price_list(MIXED, id='"b"', valid_from="2024-06-11")]
    values = np.random.default_rng(1).uniform(5, 15, 366 * 24)
    agreed = [contract("prov", subscribed_kw=5)]
    whole = bill(load(*YEAR, values), agreed, [price_list(MIXED)], [JUNE], NOTHING)
    cut = bill(load(*YEAR, values), agreed, halves, [JUNE], NOTHING)
    assert len(cut) == 2 * len(whole)
    assert {one.price_list for one in cut} == {"a", "b"}
    assert total(cut) == pytest.approx(total(whole))


def test_a_price_that_changes_on_the_11th_counts_from_that_day():
    dear = component("billed_energy_kwh", "SEK/kWh", "value = 3")
    halves = [price_list(ENERGY, id='"a"', valid_to="2024-06-11"), price_list(dear, id='"b"', valid_from="2024-06-11")]
    assert amounts(bill(load(*YEAR), [contract("prov")], halves, [JUNE], NOTHING)) == [10 * 240, 20 * 240 * 3]


def test_a_contract_that_ends_in_mid_month_bills_its_days():
    agreed = contract("prov", end=date(2024, 6, 16))
    found = bill(load(*YEAR), [agreed], [price_list(ENERGY)], [JUNE, date(2024, 7, 1)], NOTHING)
    assert amounts(found) == [15 * 240]


def test_a_contract_day_without_a_price_list_is_an_error():
    with pytest.raises(TariffError, match="familj «prov», dag 2025-01-01: prislista saknas"):
        bill(load(*YEAR), [contract("prov")], [price_list(ENERGY)], [date(2025, 1, 1)], NOTHING)


def test_overlapping_contracts_of_one_family_are_refused():
    two = [contract("prov"), contract("prov", date(2024, 5, 1))]
    with pytest.raises(TariffError, match="två avtal i familj «prov» gäller båda 2024-05-01"):
        bill(load(*YEAR), two, [price_list(ENERGY)], [JUNE], NOTHING)


def test_contracts_of_other_meters_do_not_count():
    other = Contract("735999100000000027", "finns-inte", date(2020, 1, 1), date(2030, 1, 1))
    assert len(bill(load(*YEAR), [other, contract("prov")], [price_list(ENERGY)], [JUNE], NOTHING)) == 1


def test_nothing_to_sum_is_an_error_not_zero():
    with pytest.raises(TariffError, match="inga komponenter"):
        total(bill(load(*YEAR), [], [], [JUNE], NOTHING))


@pytest.mark.parametrize(("day", "ore"), [("2018-06-01", 33.1), ("2019-01-01", 34.7), ("2020-02-01", 35.3),
    ("2021-12-31", 35.6), ("2022-01-01", 36.0), ("2023-05-05", 39.2), ("2024-01-01", 42.8), ("2025-07-01", 43.9),
    ("2026-12-31", 36.0)])  # fmt: skip
def test_energy_tax_by_date_is_on_the_grid_invoice_since_2018(day, ore):
    first = date.fromisoformat(day)
    end = date.fromordinal(first.toordinal() + 1)
    assert [one.ore_per_kwh for one in tax_periods(first, end, "grid")] == [ore]
    assert tax_periods(first, end, "retail") == []


def test_in_2017_the_tax_is_on_the_retail_invoice_and_changes_on_1_july():
    found = tax_periods(date(2017, 6, 1), date(2017, 8, 1), "retail")
    assert [(one.first, one.end, one.ore_per_kwh) for one in found] == [
        (date(2017, 6, 1), date(2017, 7, 1), 29.5), (date(2017, 7, 1), date(2017, 8, 1), 32.5),
    ]  # fmt: skip
    assert tax_periods(date(2017, 6, 1), date(2017, 8, 1), "grid") == []


def test_a_day_without_a_tax_rate_is_an_error_and_every_rate_has_a_source():
    with pytest.raises(TariffError, match=r"energiskatt på el saknas för 2027-01-01.*tax\.toml"):
        tax_periods(date(2027, 1, 1), date(2027, 2, 1), "grid")
    assert all(row.source for row in energy_tax().rate)
    with pytest.raises(TariffError, match=r"egen\.toml: nyckel «rate\[1\]\.source»: fann inget"):
        rate = "[[rate]]\nvalid_from = 2020-01-01\nore_per_kwh = 35.3\ncollected_by = 'grid'"
        read_tax(f"zone = 'normal'\nvalid_to = 2021-01-01\n{rate}", "egen.toml")


def test_sundsvall_2024_january_by_hand():
    values = np.full(366 * 24, 100.0)
    values[24 * 13 + 12] = 200.0  # Sunday 14 January: the month's peak
    values[24 * 14 + 12] = 180.0  # Monday 15 January: the peak of high-load time
    agreed = contract("sundsvall-elnat-11kv")
    reactive = np.full(366 * 24, 70.0)  # 30 % of the 200 kW are free: 10 kVAr are not
    metered = load(*YEAR, values, reactive_kvarh=reactive)
    found = bill(metered, [agreed], [published("sundsvall-elnat-11kv-2024")], [date(2024, 1, 1)], NOTHING)
    kwh = 742 * 100 + 380
    by_hand = [2180, 21 * 200, 66 * 180, 9 * 10, kwh * 0.039, 2129 / 12, 905 / 12, 870 / 12, kwh * 0.428]
    assert amounts(found) == pytest.approx(by_hand)
    assert [one.evidence[0][0] for one in found if one.component == "demand"] == [
        "2024-01-14T11:00:00Z", "2024-01-15T11:00:00Z",
    ]  # fmt: skip


def test_karlskoga_2020_by_hand():
    year = (date(2020, 1, 1), date(2021, 1, 1))
    agreed = [contract("karlskoga-elnat-lagspanning")]
    found = bill(
        load(*year, 50.0), agreed, [published("karlskoga-elnat-2020")], [date(2020, 1, 1), date(2020, 7, 1)], NOTHING
    )
    summer = [9500 / 12, 38 * 50, 37_200 * 0.073, 37_200 * 0.353]
    assert amounts(found) == pytest.approx([9500 / 12, 38 * 50, 55 * 50, *summer[2:], *summer])


def test_retail_at_spot_with_the_contracts_markup():
    context = BillingContext(spot_sek_per_kwh=np.full(366 * 24, 0.40))
    agreed = contract("spot-se3", markup_ore_per_kwh=2.5, certificate_ore_per_kwh=0.1, fixed_sek_per_month=39)
    found = bill(load(*YEAR), [agreed], [published("spot-se3")], [JUNE], context)
    assert amounts(found) == pytest.approx([7200 * 0.40, 7200 * 0.025, 7200 * 0.001, 39])


def test_a_wrong_option_is_an_error_that_names_it():
    for value in ("2,5", True, float("nan")):
        with pytest.raises(TariffError, match=r"options\.markup_ore_per_kwh»: fann .* Tillåtet: ett pris i öre/kWh"):
            bill(load(*YEAR), [contract("spot-se3", markup_ore_per_kwh=value)], [published("spot-se3")], [JUNE],
                 BillingContext(spot_sek_per_kwh=np.zeros(366 * 24)))  # fmt: skip
    history = contract("goteborg-energi-fjarrvarme", short_history="use_availible")
    with pytest.raises(TariffError, match="Menade du «use_available»"):
        bill(load(*YEAR), [history], [published("goteborg-energi-2024")], [JUNE], NOTHING)


def test_unknown_draws_stay_unknown_one_by_one():
    values = np.full((366 * 24, 2), 10.0)
    values[24 * 152 + 5, 1] = np.nan
    found = bill(load(*YEAR, values, draws=2), [contract("prov")], [price_list(ENERGY)], [JUNE], NOTHING)[0]
    assert found.amount_sek[0] == 7200 and np.isnan(found.amount_sek[1])
    assert found.reason == "mätvärden för energi saknas: 719 av 720 timmar har värde (99,8 %)"


def test_the_table_shows_unknown_as_null_with_its_reason():
    values = np.full(366 * 24, np.nan)
    frame = to_frame(bill(load(*YEAR, values), [contract("prov")], [price_list(ENERGY)], [JUNE], NOTHING))
    assert frame.columns == ["metering_point", "month", "component", "label", "price_list", "determinant", "quantity",
                             "unit", "amount_sek", "reason"]  # fmt: skip
    assert frame.row(0, named=True) | {"reason": ""} == {
        "metering_point": METER, "month": JUNE, "component": "other", "label": "billed_energy_kwh",
        "price_list": "prov",
        "determinant": "billed_energy_kwh", "quantity": None, "unit": "kWh", "amount_sek": None, "reason": "",
    }  # fmt: skip
    assert frame["reason"][0].startswith("mätvärden för energi saknas: 0 av 720")


def test_by_month_keeps_the_months_in_order():
    found = bill(load(*YEAR), [contract("prov")], [price_list(ENERGY)], MONTHS[::-1], NOTHING)
    assert list(by_month(found)) == MONTHS
