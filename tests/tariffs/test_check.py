"""What is told about price lists: gaps, overlaps, steps at edges, months without energy, prices in the wrong unit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from energy.errors import TariffError
from energy.tariffs.check import check, ranges, read_ranges
from energy.tariffs.prices import PRICE_UNITS
from energy.tariffs.published import published_price_lists
from tests.tariffs.loads import component, price_list, published

ENERGY = component("billed_energy_kwh", "öre/kWh", "value = 40", kind="energy")


def rules(*lists):
    return [(one.rule, one.level) for one in check(lists) if one.rule not in ("synthetic", "source_missing")]


def messages(*lists, rule=""):
    return [one.message for one in check(lists) if rule in one.rule]


def valid(first, end, name):
    return replace(price_list(ENERGY), id=name, valid_from=first, valid_to=end)


def test_gaps_and_overlaps_are_told_with_their_days():
    a = valid(date(2022, 1, 1), date(2023, 1, 1), "a")
    b = valid(date(2023, 3, 1), date(2024, 1, 1), "b")
    c = valid(date(2023, 12, 1), date(2025, 1, 1), "c")
    assert rules(c, b, a) == [("price_list_overlap", "error"), ("price_list_gap", "warning")]
    assert "2023-12-01 till 2023-12-31" in messages(a, b, c, rule="overlap")[0]
    assert "2023-01-01 till 2023-02-28" in messages(a, b, c, rule="gap")[0]


def test_two_lists_of_one_id_are_an_error():
    assert rules(price_list(ENERGY), price_list(ENERGY)) == [("price_list_twice", "error")]


def test_a_step_down_says_where_more_power_is_cheaper():
    """Boden 2024 at 200 kW: 915·200 + 1 174 = 184 174, 891·200 + 5 870 = 184 070: 104 SEK cheaper just above.

    The upper band costs 184 174 at (184 174 - 5 870)/891 = 200.1 kW.
    """
    (told,) = [m for m in messages(published("boden-2024"), rule="band_step") if "200 kW" in m]
    assert "184\u00a0174 kr per år enligt bandet under, 184\u00a0070" in told
    assert "104 kr per år billigare" in told and "Upp till 200,1 kW" in told


def test_a_step_up_is_told_too():
    price = "spread = 'days', bands = [{ up_to = 10, price = 500 }, { fixed = 100, price = 500 }]"
    (told,) = messages(price_list(component("monthly_peak_hour", "SEK/kW,year", price)), rule="band_step")
    assert "ett steg upp på 100 kr per år" in told
    assert not messages(published("goteborg-energi-2024"), rule="band_step"), "continuous at every edge"


def test_months_without_an_energy_price_are_told():
    winter = component("billed_energy_kwh", "öre/kWh", "value = 40", kind="energy", months="[1, 2, 3, 11, 12]")
    (told,) = messages(price_list(winter), rule="energy_month_missing")
    assert "apr, maj, juni, juli, aug, sep, okt" in told
    assert not messages(price_list(winter + ENERGY), rule="energy_month_missing")
    assert not messages(price_list(component("fixed", "SEK/month")), rule="energy_month_missing")


@pytest.mark.parametrize(
    ("carrier", "unit", "right", "wrong"),
    [
        ("electricity", "öre/kWh", 40, 4000), ("electricity", "SEK/kWh", 0.4, 40), ("electricity", "SEK/MWh", 400, 0.4),
        ("district_heating", "SEK/MWh", 531, 5.31), ("district_heating", "öre/kWh", 53.1, 531),
    ],
)  # fmt: skip
def test_a_price_in_the_wrong_unit_is_found(carrier, unit, right, wrong):
    for value, found in ((right, False), (wrong, True), (0, False)):
        body = component("billed_energy_kwh", unit, f"value = {value}", kind="energy")
        told = messages(price_list(body, carrier=f'"{carrier}"'), rule="price_out_of_range")
        assert bool(told) == found and all("ligga mellan" in text for text in told)


def test_a_monthly_price_called_yearly_is_found():
    """Karlskoga's 38 SEK per kW and month, written as a year's."""
    for unit, value, found in (("SEK/kW,month", 38, False), ("SEK/kW,year", 38, True), ("SEK/kW,month", 456, True)):
        spread = ", spread = 'days'" if "year" in unit else ""
        body = component("monthly_peak_hour", unit, f"value = {value}{spread}", kind="demand")
        assert bool(messages(price_list(body), rule="price_out_of_range")) == found


def test_source_and_synthetic():
    one = price_list(ENERGY)
    assert {f.rule for f in check([one])} == {"source_missing", "synthetic"}
    assert not check([replace(one, source="Provnät AB, prislista 2024", synthetic=False)])


def test_the_lists_of_the_house_have_no_errors_or_prices_out_of_range():
    found = [one for one in check(published_price_lists()) if one.level != "info"]
    assert not [one.message for one in found if one.level == "error" or one.rule == "price_out_of_range"]


def test_every_range_speaks_of_a_known_unit_and_is_sourced():
    assert all(row.unit in PRICE_UNITS and row.low < row.high for row in ranges().range)
    for broken in ("source = 1", "=", 'source = "x"\nrange = []'):
        with pytest.raises(TariffError, match=r"r\.toml"):
            read_ranges(broken, "r.toml")


def test_a_negative_price_is_told_where_nobody_is_paid():
    for kind, found in (("energy", True), ("return_temperature", False)):
        body = component("billed_energy_kwh", "SEK/MWh", "value = -510", kind=kind, label="Energi")
        told = messages(price_list(body), rule="negative_price")
        assert bool(told) == found
        assert all("«Energi»: negativt pris, −510 SEK/MWh" in text for text in told)


def test_a_component_that_is_there_twice_is_told():
    (told,) = messages(price_list(ENERGY + ENERGY), rule="component_twice")
    assert "finns två gånger (alla månader)" in told
    assert rules(price_list(ENERGY + ENERGY)) == [("component_twice", "error")]
    winter, summer = (
        component("billed_energy_kwh", "öre/kWh", "value = 40", kind="energy", label="Energi", months=months)
        for months in ("[1, 2, 3, 4, 10, 11, 12]", "[5, 6, 7, 8, 9]")
    )
    assert not rules(price_list(winter + summer)), "one price a season"
    peak, fee = (
        component(method, unit, "value = 40", kind="demand", label="Effekt")
        for method, unit in (("monthly_peak_hour", "SEK/kW,month"), ("fixed", "SEK/month"))
    )
    assert rules(price_list(peak + fee)) == [("component_twice", "warning")], "charged on something else"


def test_bands_that_end_are_told():
    price = "spread = 'days', bands = [{{ up_to = 100, price = 500 }}, {{ {last}price = 500 }}]"
    for last, found in (("up_to = 2000, ", True), ("", False)):
        body = component("monthly_peak_hour", "SEK/kW,year", price.format(last=last))
        told = messages(price_list(body), rule="bands_end")
        assert bool(told) == found
        assert all("listan har inget pris över 2\u00a0000 kW" in text for text in told)
