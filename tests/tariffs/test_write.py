"""The strict writer: what it writes is read back as the same list, whatever the list."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import energy.demo
from energy.errors import TariffError
from energy.model import PriceList
from energy.tariffs.pricelist import read_price_list
from energy.tariffs.published import published_price_lists
from energy.tariffs.write import to_toml
from tests.tariffs.loads import component, price_list

DEMO = sorted((Path(energy.demo.__path__[0]) / "tariffs").glob("*.toml"))
LISTS = [*published_price_lists(), *(read_price_list(p.read_text(encoding="utf-8"), p.name) for p in DEMO)]
BODY = component("monthly_peak_hour", "SEK/kW,month", "value = 1.5", n="3")


def bare(one: PriceList) -> PriceList:
    """The list without the hash of the text it was read from."""
    return replace(one, sha256="")


@pytest.mark.parametrize("one", LISTS, ids=lambda one: one.id)
def test_every_list_of_the_house_is_read_back_equal(one):
    text = to_toml(one)
    assert bare(read_price_list(text, "x.toml")) == bare(one)
    assert to_toml(read_price_list(text, "x.toml")) == text


def test_the_text_is_the_same_every_time_and_reads_like_a_price_list():
    """One component by hand: strings, dates, integers without decimals, the determinant on one line."""
    assert to_toml(replace(price_list(BODY), notes="sagt")).splitlines() == [
        'id = "prov"', 'family = "prov"', 'name = "Provlista"', 'carrier = "electricity"', "valid_from = 2024-01-01",
        "valid_to = 2025-01-01", 'vat = "excluded"', 'clock = "normal_time"', 'source = "prov"', "synthetic = true",
        'notes = "sagt"', "", "[[component]]", 'component = "other"', 'label = "monthly_peak_hour"',
        'determinant = { method = "monthly_peak_hour", n = 3 }', 'price = { unit = "SEK/kW,month", value = 1.5 }',
    ]  # fmt: skip


def test_a_list_with_vat_is_written_without_it():
    """1.5 SEK including 25 % is 1.2 SEK."""
    one = price_list(BODY, vat='"included"', vat_rate="0.25")
    assert 'vat = "excluded"' in to_toml(one)
    assert read_price_list(to_toml(one), "x").components[0]["price"]["value"] == pytest.approx(1.2)


@settings(max_examples=40)
@given(st.text(min_size=1), st.text())
def test_any_text_survives(name, notes):
    one = replace(price_list(BODY), name=name, source=name, notes=notes)
    try:
        text = to_toml(one)
    except TariffError as error:
        assert "halvt tecken" in str(error)
        return
    assert bare(read_price_list(text, "x")) == bare(one)
    assert not any(ord(char) < 32 and char != "\n" for char in text)


@settings(max_examples=40)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_price_survives(price):
    one = price_list(BODY)
    changed = {**one.components[0], "price": {"unit": "SEK/kW,month", "value": price}}
    again = read_price_list(to_toml(replace(one, components=(changed,))), "x")
    assert again.components[0]["price"]["value"] == price


def test_hostile_texts_cannot_steer_a_terminal_or_break_out_of_their_string():
    one = replace(price_list(BODY), name='x"\n[[component]]\x1b[2J\u202e')
    text = to_toml(one)
    assert "\\u001B" in text and "\\u202E" in text and "\x1b" not in text
    assert read_price_list(text, "x").name == one.name


def test_what_no_price_list_can_hold_is_refused():
    one = price_list(BODY)
    for price in (float("nan"), float("inf"), object()):
        broken = {**one.components[0], "price": {"unit": "SEK/kW,month", "value": price}}
        with pytest.raises(TariffError, match="value"):
            to_toml(replace(one, components=(broken,)))
    with pytest.raises(TariffError, match="finns_inte"):
        to_toml(replace(one, components=({**one.components[0], "determinant": {"method": "finns_inte"}},)))
    unread = {**one.components[0], "price": {"unit": "SEK/kW,month", "value": 1, "above": None}}
    with pytest.raises(TariffError, match="läses tillbaka"):
        to_toml(replace(one, components=(unread,)))
