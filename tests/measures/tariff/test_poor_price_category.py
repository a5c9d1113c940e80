"""Another list or category for the heat: by hand, and silent where there is no other or it costs more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from energy.measures import MeasureContext, MeasureFinding, Silent
from energy.measures.combined import Combined
from energy.measures.tariff import poor_price_category
from energy.model import Contract
from tests.measures.facility import DEMAND, ENERGY, HEAT, constant_heat, price_list

CATEGORY = """
[[component]]
component = "demand"
label = "Effekt"
determinant = { method = "category_number", hours = { lokaler = 1752, bostader = 2190 }, option = "category", years = 1, normal_kd = "uncorrected" }
price = { unit = "SEK/kW,year", spread = "twelfths", value = 1000 }
"""  # noqa: E501


def beside(*components: str, name: str = "topp") -> MeasureContext:
    """Return 100 kW of heat all year under 500 kr/MWh and 1 000 kr/kW, with another list beside it in the home."""
    context = constant_heat().context()
    return replace(context, price_lists=[*context.price_lists, price_list(name, "district_heating", *components)])


def only(context: MeasureContext) -> MeasureFinding | Silent:
    (found,) = poor_price_category.assess(context)
    return found


def test_a_cheaper_list_is_worth_what_the_two_bills_differ() -> None:
    # now 876 MWh · 500 + 100 kW · 1 000 = 538 000 kr; the other 876 · 550 = 481 800 kr, and 400 kr/kW: 521 800
    found = only(beside(ENERGY.format(price=550), DEMAND.replace("value = 1000", "value = 400")))
    assert isinstance(found, MeasureFinding)
    assert found.saving_sek_per_year.value == pytest.approx(538_000 - 521_800)
    assert found.confidence == "hög"  # a constant load costs the same whatever weeks are drawn
    assert "låter kunden välja" in found.description
    assert [round(row.value or 0) for row in found.evidence[:2]] == [538_000, 521_800]
    # 876 MWh by 100 kW
    assert [row.value for row in found.evidence if row.label == "Utnyttjningstid"] == pytest.approx([8760, 8760])
    assert found.picture and found.picture.series[0].y == pytest.approx([538_000, 521_800])


def test_the_effect_moves_the_contract() -> None:
    context = beside(ENERGY.format(price=550), DEMAND.replace("value = 1000", "value = 400"))
    found = only(context)
    assert isinstance(found, MeasureFinding) and found.effect is not None
    assert [one.family for one in found.effect(context.state()).contracts] == ["topp"]
    assert Combined(context, [found]).worth([found.key]) == pytest.approx(16_200)


def test_another_category_of_the_same_list_is_told_with_low_confidence() -> None:
    # last year's 876 MWh by 1 752 h = 500 kW, by 2 190 h = 400 kW: 100 kW · 1 000 kr
    facility = constant_heat().but(lists=[price_list("varme", "district_heating", CATEGORY)])
    context = facility.context()
    chosen = [replace(one, options={"category": "lokaler"}) for one in context.contracts]
    found = only(replace(context, contracts=chosen))
    assert isinstance(found, MeasureFinding)
    assert found.saving_sek_per_year.value == pytest.approx(100_000)
    assert found.confidence == "låg" and "kategori bostader" in found.description


def test_silent_without_another_list_with_a_dearer_one_and_with_one_that_cannot_be_priced() -> None:
    found = only(constant_heat().context())
    assert isinstance(found, Silent) and "ingen annan prislista" in found.reason
    found = only(beside(ENERGY.format(price=900), DEMAND))
    assert isinstance(found, Silent) and "billigare" in found.reason
    subscribed = DEMAND.replace('"mean_of_highest_daily_means", n = 3, window_months = 12', '"subscribed"')
    found = only(beside(ENERGY.format(price=100), subscribed))
    assert isinstance(found, Silent) and "kan inte prissättas" in found.reason


def test_a_list_without_power_charge_or_of_another_carrier_is_no_alternative() -> None:
    found = only(beside(ENERGY.format(price=100)))
    assert isinstance(found, Silent) and "ingen annan prislista" in found.reason
    context = constant_heat().context()
    other = price_list("el", "electricity", ENERGY.format(price=1), DEMAND)
    assert isinstance(only(replace(context, price_lists=[*context.price_lists, other])), Silent)


def test_silent_without_contract_or_heat() -> None:
    context = constant_heat().context()
    ended = [Contract(HEAT, "varme", c.valid_from, context.months[3]) for c in context.contracts]
    found = only(replace(context, contracts=ended))
    assert isinstance(found, Silent) and "inget avtal" in found.reason
    found = only(replace(context, loads={}))
    assert isinstance(found, Silent) and "saknar data" in found.reason
