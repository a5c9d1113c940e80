"""Swedish numbers and words, against cases written by hand."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards import text

N = "\u00a0"


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (10234567.1, 1, f"10{N}234{N}567,1"),
        (-320.34, 1, "\u2212320,3"),
        (999.5, 0, f"1{N}000"),
        (0.5, 0, "1"),
        (2.5, 0, "3"),
        (-0.04, 1, "0,0"),
        (1.005, 2, "1,01"),
        (0.0, 0, "0"),
        (None, 0, "Data saknas"),
        (math.nan, 0, "Data saknas"),
        (math.inf, 0, "Data saknas"),
    ],
)
def test_a_number_has_no_break_space_comma_and_real_minus(value: float | None, decimals: int, written: str) -> None:
    assert text.number(value, decimals) == written


@given(st.floats(-1e12, 1e12), st.integers(0, 3))
def test_a_written_number_reads_back_within_half_a_unit(value: float, decimals: int) -> None:
    written = text.number(value, decimals).replace(N, "").replace(",", ".").replace("\u2212", "-")
    assert abs(float(written) - value) <= 0.5 * 10**-decimals + abs(value) * 1e-15


@pytest.mark.parametrize(
    ("unit", "written"), [("SEK", f"804{N}476{N}kr"), ("tkr", f"804{N}tkr"), ("kkr", f"804{N}kkr")]
)
def test_an_amount_follows_the_unit_of_the_house(unit: str, written: str) -> None:
    assert text.amount(804476.07, unit) == written  # type: ignore[arg-type]


def test_signs_are_written_only_where_asked_and_never_on_zero() -> None:
    assert text.amount(612000.0, "tkr", sign=True) == f"+612{N}tkr"
    assert text.amount(-88000.0, "tkr", sign=True) == f"\u221288{N}tkr"
    assert text.amount(400.0, "tkr", sign=True, decimals=0) == f"0{N}tkr"


def test_small_amounts_have_a_decimal_and_a_band_has_those_of_its_widest_end() -> None:
    assert text.amount(400.0, "tkr", sign=True) == f"+0,4{N}tkr"
    assert text.amount(400.0, "SEK") == f"400{N}kr"
    assert text.band(-1932.1, 2944.6, "SEK", "tkr") == f"\u22121,9 till 2,9{N}tkr (90{N}%-band)"
    assert text.band(-2000.0, 143000.0, "SEK", "tkr") == f"\u22122 till 143{N}tkr (90{N}%-band)"


def test_energy_is_in_mwh_with_a_decimal_when_small() -> None:
    assert text.energy(927115.6) == f"927{N}MWh"
    assert text.energy(9412.0) == f"9,4{N}MWh"
    assert text.energy(0.0) == f"0{N}MWh"
    assert text.energy(None) == "Data saknas"


def test_a_band_names_its_unit_once_and_its_level() -> None:
    assert text.band(716000.0, 893000.0, "SEK", "tkr") == f"716 till 893{N}tkr (90{N}%-band)"
    assert text.band(-12000.0, 30000.0, "kWh", "tkr") == f"\u221212 till 30{N}MWh (90{N}%-band)"
    assert text.band(None, 893000.0, "SEK", "tkr") == ""


def test_months_have_small_letters() -> None:
    assert text.month(date(2026, 10, 1)) == f"oktober{N}2026"
    assert [text.short_month(date(2026, m, 1)).split(N)[0] for m in (1, 3, 5, 9)] == ["jan.", "mars", "maj", "sep."]


def test_instants_are_shown_in_normal_time_even_in_summer() -> None:
    assert text.normal_time(datetime(2026, 6, 30, 23, tzinfo=UTC)) == "2026-07-01"
    assert text.normal_time(datetime(2026, 7, 1, 12, 30, tzinfo=UTC)) == "2026-07-01 13:30"


def test_codes_become_swedish_and_unknown_codes_stay() -> None:
    assert text.code("verdict", "differs") == "avviker"
    assert text.code("carrier", "biogas") == "biogas"
    assert text.code("carrier", None) == text.code("carrier", "") == "Data saknas"
    assert text.code("determinant", "billed_power_kw") == "debiterad effekt"
    assert text.code("rule", "measure_silent_anything") == "åtgärdsregel utan förslag"
    assert text.code("rule", "house_rule_7") == "house_rule_7"


def test_what_cannot_be_assessed_says_why_once() -> None:
    assert text.cannot_assess("för få dygn") == "Kan inte bedömas: för få dygn"
    assert text.cannot_assess("kan inte bedömas: för få dygn") == "Kan inte bedömas: för få dygn"
    assert text.sentence(text.why("Kan inte bedömas: för få dygn")) == "För få dygn."
    assert text.sentence("") == ""


def test_the_end_of_a_period_is_its_last_day() -> None:
    assert text.local_day(datetime(2018, 4, 20, 22, tzinfo=UTC), end=True) == "2018-04-20"
    assert text.local_day(datetime(2017, 8, 9, 22, tzinfo=UTC)) == "2017-08-10"
    assert text.local_day(datetime(2020, 3, 16, 11, tzinfo=UTC), end=True) == "2020-03-16 12:00"
    assert text.normal_time(datetime(2023, 12, 31, 23, tzinfo=UTC), end=True) == "2023-12-31"
    assert text.span(date(2019, 3, 1), date(2020, 2, 29)) == "2019-03-01 till och med 2020-02-29"


def test_numbers_stay_with_their_units_and_thousands() -> None:
    assert text.tied("157 420 kr och 90 % av 12 rader") == f"157{N}420{N}kr och 90{N}% av 12 rader"
    assert text.tied("den 3 krokarna") == "den 3 krokarna"


@given(st.text(), st.text())
def test_identifiers_hold_only_safe_characters(one: str, two: str) -> None:
    assert set(text.identifier(one, two)) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def test_lists_and_counts() -> None:
    assert text.listing(["a", "b", "c"]) == "a, b och c"
    assert text.counted(1, "fil", "filer") == f"1{N}fil"
    assert text.counted(2, "fil", "filer") == f"2{N}filer"
