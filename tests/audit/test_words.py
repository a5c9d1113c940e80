"""Numbers and keys in Swedish text."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.audit.criteria import criteria, read_criteria
from energy.audit.words import key, number, plain, spoken
from energy.errors import SettingsError


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(0.0, 2, "0,00"), (1234.5, 2, "1 234,50"), (-0.004, 2, "0,00"), (-1000000.006, 2, "−1 000 000,01"),
     (999.9996, 3, "1 000,000"), (12.0, 0, "12"), (1234567890.0, 0, "1 234 567 890"), (1002003.0, 0, "1 002 003")],
)  # fmt: skip
def test_numbers_have_decimal_comma_and_parted_thousands(value: float, decimals: int, text: str) -> None:
    text = text.replace(" ", "\u00a0")
    assert pl.select(number(pl.lit(value), decimals)).item() == text
    assert plain(value, decimals) == text


def test_unknown_numbers_stay_unknown() -> None:
    assert pl.select(number(pl.lit(None, pl.Float64))).item() is None


@settings(max_examples=50, deadline=None)
@given(st.floats(-1e9, 1e9).filter(lambda x: abs(x * 100 % 1 - 0.5) > 1e-3))
def test_both_ways_of_writing_agree(value: float) -> None:
    assert pl.select(number(pl.lit(value))).item() == plain(value)


def test_words_from_outside_are_one_line() -> None:
    assert spoken("a\x00b\n\tc") == "a b c"
    assert spoken("x" * 500) == "x" * 79 + "…"
    assert spoken(None) == ""


def test_keys_are_stable_and_tell_parts_apart() -> None:
    assert key("wrong_tax", "1", "23") == key("wrong_tax", "1", "23")
    assert key("wrong_tax", "1", "23") != key("wrong_tax", "12", "3")
    assert key("wrong_tax", None).startswith("wrong_tax-")


def test_the_criteria_have_sources_and_a_rate_of_vat() -> None:
    found = criteria()
    assert found.agree_sek == 1
    assert found.vat[-1][1] == 25
    assert all(1 < factor <= 1000 for factor in found.multipliers)


@pytest.mark.parametrize(
    "text",
    ['[agree_sek]\nvalue = 1.0\nunit = "SEK"\nset = 2026-01-01\nown = true\n',
     '[agree_sek]\nvalue = 1.0\nvalues = [2]\nunit = "x"\nset = 2026-01-01\nown = true\nsource = "x"\n'],
)  # fmt: skip
def test_a_criterion_without_source_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="agree_sek"):
        read_criteria(text)


def test_rates_of_vat_out_of_order_are_refused() -> None:
    from importlib.resources import files

    text = files("energy.audit").joinpath("criteria.toml").read_text(encoding="utf-8")
    with pytest.raises(SettingsError, match="vat"):
        read_criteria(text + '\n[[vat]]\nvalid_from = 1980-01-01\npercent = 23\nsource = "x"\n')
