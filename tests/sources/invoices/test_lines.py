"""Which component an invoice line is: units, words, traps and house rules."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy.errors import SettingsError
from energy.model import COMPONENTS
from energy.sources.invoices.lines import CLASSES, RULES, classify, component_of, house_rules, sort_line
from energy.units import REC20


@pytest.mark.parametrize(
    ("item", "unit", "component"),
    [
        ("El-förbrukning", "kWh", "energy"),
        ("Elöverföring, tariff 4b", "kWh", "energy"),
        ("Fast elpris", "kWh", "energy"),
        ("Elcertifikat", "kWh", "energy"),
        ("Fjärrvärme energi jan", "MWh", "energy"),
        ("Eergiskatt", "kWh", "tax"),
        ("ENERGISKATT", "kWh", "tax"),
        ("Koldioxidskatt", "MWh", "tax"),
        ("Uppskattad förbrukning", "kWh", "energy"),
        ("Överföring exkl. energiskatt", "kWh", "energy"),
        ("Elpris exklusive skatt och moms", "kWh", "energy"),
        ("Abonnemang", "dag", "fixed"),
        ("Abonnemang", "st", "fixed"),
        ("Vastrecht Transportdienst", "mån", "fixed"),
        ("Elberedskapsavgift", "mån", "other"),
        ("Abonnerad effekt", "kW", "demand"),
        ("Effektavgift", "st", "demand"),
        ("Energieffektivisering", "st", "energy"),
        ("Effektreserv", "kWh", "energy"),
        ("Högbelastning", "kWh", "energy"),
        ("Flödesavgift", "m3", "flow"),
        ("Flödespremie", "st", "flow"),
        ("Returtemperatur, avdrag", "MWh", "return_temperature"),
        ("Avkylningsbonus", "m3", "return_temperature"),
        ("Reaktiv effekt", "kW", "reactive"),
        ("Uttag", "kvar", "reactive"),
        ("Effektöveruttag", "kW", "overrun"),
        ("Påminnelseavgift", "st", "other"),
        ("Dröjsmålsränta", "st", "other"),
        ("Öresavrundning", "", "other"),
    ],
)
def test_unit_and_words_decide(item: str, unit: str, component: str) -> None:
    assert classify(item, unit) == component


@pytest.mark.parametrize(
    ("item", "unit", "line_class"),
    [
        ("Öresavrundning", "", "rounding"),
        ("Öresutjämning", "st", "rounding"),
        ("Påminnelseavgift", "st", "fee"),
        ("Dröjsmålsränta", "st", "fee"),
        ("Faktureringsavgift", "mån", "fee"),
        ("Elberedskapsavgift", "mån", "levy"),
        ("Anslutningsavgift fjärrvärme", "st", "one_off"),
        ("Engångsavgift mätarbyte", "st", "one_off"),
        ("Elstöd oktober-december", "kr", "one_off"),
        ("Återkopplingsavgift", "st", "one_off"),
        ("Moms 25 %", "st", "other"),
        ("Fjärrvärme energi jan", "MWh", "energy"),
        ("Anslutningseffekt", "kW", "demand"),
    ],
)
def test_what_is_other_in_a_bill_is_told_apart(item: str, unit: str, line_class: str) -> None:
    assert sort_line(item, unit) == line_class


def test_every_class_belongs_to_one_component() -> None:
    assert {component_of(one) for one in CLASSES} == set(COMPONENTS)
    assert {one for one in CLASSES if component_of(one) == "other"} == {"other", "levy", "fee", "rounding", "one_off"}
    assert all(component_of(one) == one for one in CLASSES if one in COMPONENTS)


def test_house_rule_may_name_a_class() -> None:
    for entry in ({"contains": "paket", "class": "one_off"}, {"contains": "paket", "component": "one_off"}):
        assert sort_line("Servicepaket", "st", rules=house_rules([entry])) == "one_off"
        assert classify("Servicepaket", "st", rules=house_rules([entry])) == "other"


def test_nothing_is_guessed_where_nothing_tells() -> None:
    assert classify("item name", "st") is None
    assert classify("", "") is None


def test_description_is_asked_only_when_name_and_unit_do_not_decide() -> None:
    assert classify("Avgift januari", "st", "Effektavgift enligt avtal") == "demand"
    assert classify("Elnät", "mån", "Energiskatt tillkommer på separat rad") == "fixed"


def test_house_rule_wins_over_the_table_where_it_applies() -> None:
    rules = house_rules([{"contains": "Tariff 4B", "unit": "kWh", "supplier_id": "5678956789", "component": "demand"}])
    assert classify("Elöverföring, tariff 4b", "kWh", "", "5678956789", rules) == "demand"
    assert classify("Elöverföring, tariff 4b", "MWh", "", "5678956789", rules) == "energy"
    assert classify("Elöverföring, tariff 4b", "kWh", "", "5566778899", rules) == "energy"
    assert classify("Elhandel", "kWh", "tariff 4B", "5678956789", rules) == "demand"


def test_first_house_rule_wins() -> None:
    rules = house_rules(({"contains": "avgift", "component": "other"}, {"contains": "avgift a", "component": "tax"}))
    assert classify("Avgift A", "st", rules=rules) == "other"


@pytest.mark.parametrize(
    ("option", "key"),
    [
        ("energi", "source.lines"),
        (["energi"], "source.lines[1]"),
        ([{"contains": "x", "component": "tax"}, {"contains": " ", "component": "tax"}], "source.lines[2].contains"),
        ([{"contains": "x", "component": "energi"}], "source.lines[1].component"),
        ([{"contains": "x", "component": "tax", "units": "kWh"}], "source.lines[1]"),
        ([{"contains": 1, "component": "tax"}], "source.lines[1]"),
        ([{"contains": "x", "class": "avgift"}], "source.lines[1].class"),
        ([{"contains": "x", "class": "fee", "component": "other"}], "source.lines[1].class"),
    ],
)
def test_wrong_house_rule_names_key_and_what_is_allowed(option: object, key: str) -> None:
    with pytest.raises(SettingsError) as error:
        house_rules(option)
    assert f"«{key}»" in str(error.value)
    assert "Tillåtet" in str(error.value)


def test_no_house_rules() -> None:
    assert house_rules(None) == ()
    assert house_rules([]) == ()


def test_units_of_the_table_are_units_of_the_program() -> None:
    used = set().union(*(rule.units for rule in RULES if rule.units))
    assert used <= set(REC20.values()) | {"m³"}


BILLED_IN = {
    "fixed": ["st", "mån", "år", "dag"], "energy": ["kWh", "MWh"], "demand": ["kW"], "flow": ["m3"],
    "return_temperature": ["MWh", "m3", "st"], "reactive": ["kvar"], "tax": ["kWh"], "other": ["st", "mån", "år"],
}  # fmt: skip
ENERGY = Path(__file__).resolve().parents[3] / "energy"
LISTS = sorted([*(ENERGY / "tariffs" / "lists").glob("*.toml"), *(ENERGY / "demo" / "tariffs").glob("*.toml")])
assert LISTS, "the price lists have moved"


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_labels_of_a_price_list_sort_into_the_component_of_the_list(path: Path) -> None:
    """An invoice that uses the words of the price list is compared with the right component of the bill."""
    sorted_otherwise = {
        (component["label"], unit): classify(component["label"], unit)
        for component in tomllib.loads(path.read_text())["component"]
        for unit in BILLED_IN.get(component["component"], [])
        if classify(component["label"], unit) != component["component"]
    }
    assert sorted_otherwise == {}


@given(st.text(max_size=60), st.sampled_from(["", "kWh", "kW", "st", "E93"]), st.text(max_size=60))
def test_any_text_gives_a_component_or_none(item: str, unit: str, description: str) -> None:
    assert classify(item, unit, description) in (*COMPONENTS, None)
