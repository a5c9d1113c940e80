"""Budgets: one row a month or twelve columns, thousands only where told, sums never counted twice."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources.people import budget, budget_layout
from tests.sources.sheets import workbook

MONTHS = "Jan;Feb;Mar;Apr;Maj;Jun;Jul;Aug;Sep;Okt;Nov;Dec"
WIDE = f"Version;År;Anläggning;Energislag;Konto;Enhet;{MONTHS};Helår\n"


def read(content: str | bytes, **options: object) -> Parsed:
    data = content if isinstance(content, bytes) else content.encode()
    parsed = budget.read(data, "budget.csv", options)
    assert parsed.rows_in == parsed.tables["budget"].height + parsed.rejects.height
    return parsed


def test_twelve_columns_are_twelve_records_and_a_blank_month_is_none() -> None:
    parsed = read(
        WIDE + "B1;2025;hall;Fjärrvärme;6210;tkr;1;2;3;4;5;6;7;8;9;10;11;12,5;78,5\n"
        "B1;2025;hall;El;;MWh;;;;;;;;;;;-1;0;-1\n;;;;;;;;;;;;;;;;;;\nB1;2025;hall;El;x;;;;;;;;;;;;;;\n"
    )
    found = parsed.tables["budget"]
    assert found.height == 14 and parsed.rejects.is_empty()
    assert found.row(0) == (2, "B1", date(2025, 1, 1), "hall", "district_heating", None, "6210", None, 1000.0, None)
    assert found["amount_sek"].to_list()[:12] == [1000.0 * n for n in range(1, 12)] + [12500.0]
    assert found.rows()[12:] == [
        (3, "B1", date(2025, 11, 1), "hall", "electricity", None, None, None, None, -1000.0),
        (3, "B1", date(2025, 12, 1), "hall", "electricity", None, None, None, None, 0.0),
    ]
    assert [f.rule for f in parsed.findings] == ["budget_rows_without_values"]


def test_a_row_a_month_with_amount_and_energy() -> None:
    parsed = read(
        "version,month,facility,carrier,component,cost centre,amount_sek,energy_mwh\n"
        "B1,2025-01,hall,electricity,energi,7,1000.5,12\nB1,jan 2025,hall,el,effekt,7,,0.5\n",
        decimal=".",
    )
    assert parsed.tables["budget"].drop("row_no", "version", "facility", "account").rows() == [
        (date(2025, 1, 1), "electricity", "energy", "7", 1000.5, 12000.0),
        (date(2025, 1, 1), "electricity", "demand", "7", None, 500.0),
    ]


def test_months_with_their_years_as_headings_of_a_workbook() -> None:
    head = ["Anläggning", "Konto", date(2025, 12, 1), date(2026, 1, 1)]
    parsed = read(workbook([["Driftbudget"], head, ["hall", 6210, 10, 2.5], ["Summa", None, 10, 2.5]]), version="B2")
    assert parsed.tables["budget"].select("row_no", "month", "account", "amount_sek").rows() == [
        (3, date(2025, 12, 1), "6210", 10.0), (3, date(2026, 1, 1), "6210", 2.5),
    ]  # fmt: skip
    assert [(f.rule, f.level) for f in parsed.findings] == [("rows_left_out", "info")]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("B1;2025-13;hall;;1;", "bad_month"), ("B1;1870-01;hall;;1;", "bad_year"), ("B1;jan;hall;;1;", "bad_year"),
        ("B1;2025-01;hall;gas;1;", "unknown_carrier"), (";2025-01;hall;;1;", "missing_version"),
        ("B1;2025-01;hall;;ett;", "not_a_number"), ("B1;2025-01;hall;;;", "no_value"), ("B1;2025-01", "ragged_row"),
        ("B1;2025-01;hall;;1;euro", "unknown_unit"),
    ],
)  # fmt: skip
def test_a_bad_row_is_refused_and_the_next_is_loaded(row: str, rule: str) -> None:
    parsed = read(f"version;månad;anläggning;energislag;belopp;enhet\n{row}\nB1;2025-02;hall;el;5;\n")
    assert parsed.tables["budget"]["row_no"].to_list() == [3]
    assert parsed.rejects.select("row_no", "rule", "original").rows() == [(2, rule, row)]


def test_two_amounts_for_one_line_of_the_budget_are_both_refused() -> None:
    parsed = read("version;månad;konto;belopp\nB;2025-01;1;5\nB;2025-01;1;6\nB;2025-01;2;6\nB;2025-01;2;6\n")
    assert parsed.rejects.select("row_no", "rule").rows() == [(2, "key_twice"), (3, "key_twice")]
    assert parsed.tables["budget"]["row_no"].to_list() == [4, 5]


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        ("månad;belopp\n2025-01;1\n", {}, "budgetens version står ingenstans"),
        (f"version;{MONTHS}\nB;1;1;1;1;1;1;1;1;1;1;1;1\n", {}, "budgetens år står ingenstans"),
        ("version;månad;konto\nB;2025-01;1\n", {}, "varken belopp eller energi"),
        ("version;konto\nB;1\n", {}, "kolumnen «månad» finns inte"),
        (f"Budget i tkr\nversion;{MONTHS}\nB;1;1;1;1;1;1;1;1;1;1;1;1\n", {"year": 2025}, "står «tkr»"),
        ("version;månad;belopp\n", {"amount_unit": "euro"}, "kr, tkr eller Mkr"),
        ("version;månad;belopp\n", {"year": 25}, "ett årtal"),
        ("version;månad;belopp\n", {"carriers": {"gas": "gas"}}, "Tillåtet"),
    ],
)
def test_what_is_told_nowhere_stops_the_file(content: str, options: dict[str, object], words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read(content, **options)


def test_thousands_by_the_heading_or_the_settings() -> None:
    assert read("version;månad;Belopp (tkr)\nB;2025-01;1,5\n").tables["budget"]["amount_sek"].to_list() == [1500.0]
    told = read("Budget i tkr\nversion;månad;belopp\nB;2025-01;1 000\n", amount_unit="tkr")
    assert told.tables["budget"]["amount_sek"].to_list() == [1_000_000.0]


@pytest.mark.parametrize(
    ("text", "found"),
    [("2025-01", (2025, 1)), ("202512", (2025, 12)), ("jan", (None, 1)), ("Sept.", (None, 9)), ("maj-25", (2025, 5)),
     ("2025-01-01 00:00:00", (2025, 1)), ("7", (None, 7)), ("13", None), ("2025-01-15", None), ("j", None), ("", None)],
)  # fmt: skip
def test_months(text: str, found: tuple[int | None, int] | None) -> None:
    assert budget_layout.month_of(text) == found


@settings(max_examples=30)
@given(rows=st.lists(st.text(alphabet=st.sampled_from("Bsum2025-01;,hal el\t"), max_size=40), max_size=6))
def test_any_rows_add_up_in_any_order(rows: list[str]) -> None:
    head = "version;månad;anläggning;energislag;belopp\n"
    first, turned = read(head + "\n".join(rows)), read(head + "\n".join(reversed(rows)))
    kept = [sorted(p.tables["budget"].drop("row_no").rows(), key=str) for p in (first, turned)]
    assert kept[0] == kept[1]


@settings(max_examples=20)
@given(data=st.binary(max_size=200))
def test_junk_is_refused(data: bytes) -> None:
    for junk in (data, b"PK\x03\x04" + data):
        with pytest.raises(SourceError):
            budget.read(junk, "x.xlsx", {"version": "B"})
