"""Delimited text: decoding, line numbers, quotes, numbers. Nothing guessed, nothing lost."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy.errors import SourceError
from energy.sources import text


def numbers(*cells: str | None, decimal: str = ",", thousands: str = "") -> list[float | None]:
    return text.number(pl.Series("v", list(cells), dtype=pl.String), decimal, thousands).to_list()


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f", "\u2009"])
def test_any_kind_of_space_sets_groups_of_three_apart(space: str) -> None:
    assert numbers(f"1{space}234,56", f"−12{space}345{space}678,9", f"999{space}999") == [
        1234.56,
        -12345678.9,
        999999.0,
    ]


@pytest.mark.parametrize(
    ("cell", "value"),
    [("0", 0.0), ("-0,5", -0.5), ("−7", -7.0), ("+3,25", 3.25), (",5", 0.5), ("1e-05", 1e-5), ("1,5E+3", 1500.0)],
)
def test_signs_and_exponents(cell: str, value: float) -> None:
    assert numbers(cell) == [value]


@pytest.mark.parametrize(
    "cell",
    ["1.234,56", "1.5", "1,2,3", "12 34", "1 2345", "1234 567", "12a", "NaN", "inf", "1e400", "5,", "--1", "− 5",
     "0x1F", "٣", "=1+1", "1\u2003234", "", " ", None, "1_000", "True"],
)  # fmt: skip
def test_anything_else_is_no_number(cell: str | None) -> None:
    assert numbers(cell) == [None]


def test_dot_thousands_only_where_declared() -> None:
    assert numbers("1.234,56", "12.345", thousands=".") == [1234.56, 12345.0]
    assert numbers("1,234.56", decimal=".") == [None]
    assert numbers("1,234.56", decimal=".", thousands=",") == [1234.56]


def test_one_bad_number_leaves_its_neighbours() -> None:
    assert numbers("1,5", "x", None, "2 000") == [1.5, None, None, 2000.0]


@given(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12),
    st.sampled_from([" ", "\u00a0", "\u202f", "\u2009"]),
    st.sampled_from([",", "."]),
    st.booleans(),
)
def test_a_written_number_is_read_back(value: float, space: str, decimal: str, unicode_minus: bool) -> None:
    written = f"{value:,.6f}".replace(",", "g").replace(".", decimal).replace("g", space)
    if unicode_minus:
        written = written.replace("-", "−")
    assert numbers(written, decimal=decimal) == [float(f"{value:.6f}")]


def test_line_numbers_count_header_blank_lines_and_lines_within_quotes() -> None:
    rows = text.records('a;b\n\n;;\n1;"två\nrader"\n  \n3;4', ";")
    assert rows["row_no"].to_list() == [1, 4, 7]
    assert text.fields(rows, ";").to_list() == [["a", "b"], ["1", "två\nrader"], ["3", "4"]]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        (";a", ["", "a"]),
        ("a;b;", ["a", "b", ""]),
        ('"x;y";b', ["x;y", "b"]),
        ('"a";"b"', ["a", "b"]),
        ('"han sa ""hej""";2', ['han sa "hej"', "2"]),
        ('"";1', ["", "1"]),
        ('5" rör;1', ['5" rör', "1"]),
        ('"abc;d', ['"abc', "d"]),
        ('"a"b;c', ['"a"b', "c"]),
        ("=cmd|' /C calc'!A0;1", ["=cmd|' /C calc'!A0", "1"]),
    ],
)
def test_fields_of_a_line(line: str, cells: list[str]) -> None:
    rows = text.records(line + "\n", ";")
    assert text.fields(rows, ";").to_list() == [cells]


def test_a_stray_quote_does_not_swallow_the_file() -> None:
    content = "a;b\n" + '5" rör;1\n' + "".join(f"{i};{i}\n" for i in range(100))
    rows = text.records(content, ";")
    assert rows.height == 102
    assert text.fields(rows, ";").to_list()[1] == ['5" rör', "1"]


@given(st.text(alphabet='ab1,;" \n', max_size=60))
def test_no_character_of_a_record_is_lost(content: str) -> None:
    rows = text.records(content, ";")
    kept = "".join(c for row in text.fields(rows, ";").to_list() for c in row).replace('"', "")
    whole = "".join(rows["original"].to_list()).replace(";", "").replace('"', "")
    assert kept.replace(";", "") == whole


@pytest.mark.parametrize(
    ("data", "encoding", "words"),
    [
        (b"", "utf-8-sig", "tom"),
        (b"  \r\n ", "utf-8-sig", "tom"),
        ("Förbrukning".encode("cp1252"), "utf-8-sig", "rad 1 kan inte läsas som utf-8-sig"),
        (b"\n\n\xe5", "utf-8", "rad 3"),
        ("Förbrukning".encode(), "cp1252", "kodad i utf-8-sig"),
        ("Datum".encode("utf-16"), "utf-8-sig", "kodad i utf-16"),
        (b"PK\x03\x04\x00\x00", "utf-8-sig", "binär"),
        (b"a", "rot13", "okänd teckenkodning"),
    ],
)
def test_what_cannot_be_decoded_says_what_to_do(data: bytes, encoding: str, words: str) -> None:
    with pytest.raises(SourceError, match=words) as error:
        text.decode(data, encoding, "fil.csv")
    assert str(error.value).startswith("fil.csv: ")


def test_byte_order_mark_and_line_ends_are_no_text() -> None:
    assert text.decode(b"\xef\xbb\xbfa\r\nb\rc\n", "utf-8-sig", "f") == ("a\nb\nc\n", "utf-8-sig")
    assert text.decode(b"\xef\xbb\xbfa", "utf-8", "f")[0] == "a"
    assert text.decode("åäö".encode("utf-16"), "utf-16", "f")[0] == "åäö"
    assert text.decode_swedish("åäö".encode("cp1252"), "f") == ("åäö", "cp1252")
