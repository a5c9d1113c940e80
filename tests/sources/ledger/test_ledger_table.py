"""A ledger as a table: columns by settings, sums left out, bad rows refused, whole vouchers checked."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources.ledger import ledger_table

OPTIONS: dict[str, Any] = {
    "date_column": "Bokföringsdatum", "series_column": "Serie", "voucher_column": "Vernr", "account_column": "Konto",
    "account_name_column": "Kontonamn", "text_column": "Ver-text", "amount_column": "Belopp",
    "objects": {"verksamhet": "Verksamhet", "ansvar": "Ansvar"}, "organisation_id": "2120001234",
}  # fmt: skip
HEADINGS = ["Bokföringsdatum", "Serie", "Vernr", "Konto", "Kontonamn", "Ansvar", "Verksamhet", "Ver-text", "Belopp"]
HEAD = "Huvudbok 2024;;;;;;;;\n" + ";".join(HEADINGS) + "\n"
GOOD = "2024-03-05;LF;17;5110;Fjärrvärme;3100;330;Värme mars;1 000,50\n2024-03-05;LF;17;2440;Skulder;;;;-1000,50\n"


def read(content: str | bytes, **changes: object) -> Parsed:
    given_options = {k: v for k, v in {**OPTIONS, **changes}.items() if v is not None}
    data = content.encode() if isinstance(content, str) else content
    parsed = ledger_table.read(data, "huvudbok.csv", given_options)
    assert parsed.rows_in == parsed.tables["ledger_lines"].height + parsed.rejects.height
    return parsed


def lines(parsed: Parsed, *columns: str) -> list[tuple[object, ...]]:
    return parsed.tables["ledger_lines"].select(columns).rows()


def test_a_voucher_of_two_rows() -> None:
    parsed = read(HEAD + GOOD)
    assert parsed.tables["ledger_lines"].rows() == [
        (3, "2120001234", date(2024, 1, 1), "LF", "17", 1, date(2024, 3, 5), None, "5110", "Fjärrvärme", 1000.5, None,
         None, "Värme mars", None, '{"ansvar":"3100","verksamhet":"330"}'),
        (4, "2120001234", date(2024, 1, 1), "LF", "17", 2, date(2024, 3, 5), None, "2440", "Skulder", -1000.5, None,
         None, None, None, "{}"),
    ]  # fmt: skip
    assert (parsed.findings, parsed.encoding, parsed.sheet) == ([], "utf-8", None)


def test_debit_and_credit_columns_and_the_other_sign() -> None:
    head = "Datum;Ver;Konto;Debet;Kredit;Antal;Enhet\n"
    rows = "20240305;1;5110;100,50;;12 628;kWh\n20240305;1;2440;;100,50;;\n20240305;1;3740;0,00;;;\n"
    names = {
        "date_column": "Datum", "voucher_column": "Ver", "account_column": "Konto", "amount_column": None,
        "debit_column": "Debet", "credit_column": "Kredit", "quantity_column": "Antal", "unit_column": "Enhet",
        "series_column": None, "account_name_column": None, "text_column": None, "objects": None,
    }  # fmt: skip
    parsed = read(head + rows, **names, series="X")
    assert lines(parsed, "series", "amount_sek", "quantity", "quantity_unit") == [
        ("X", 100.5, 12628.0, "kWh"), ("X", -100.5, None, None), ("X", 0.0, None, None),
    ]  # fmt: skip
    turned = read(head + rows, **names, sign="credit_positive")
    assert lines(turned, "amount_sek") == [(-100.5,), (100.5,), (0.0,)]
    refused = read(head + "20240305;1;5110;;;;\n20240305;1;5110;x;;;\n20240305;1;5110;1;;många;\n", **names)
    assert refused.rejects["rule"].to_list() == ["not_a_number"] * 3


def test_rows_of_sums_are_left_out_and_told() -> None:
    sums = ";;;Summa 5110;;;;;1000,50\nTotalt;;;;;;;;0\n;;;;;;;Ingående balans;5\n"
    parsed = read(HEAD + GOOD + sums)
    assert parsed.rows_in == 2
    assert [(f.rule, f.row_no, f.message[:15]) for f in parsed.findings] == [("sum_rows", 5, "3 summarader är")]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("2024-03-05;LF;;5110;;;;;1", "voucher_missing"),
        ("2024-03-05;LF;17;;;;;;1", "account_missing"),
        ("5/3 2024;LF;17;5110;;;;;1", "bad_date"),
        (";LF;17;5110;;;;;1", "bad_date"),
        ("2024-03-05;LF;17;5110;;;;;1.5", "not_a_number"),
        ("2024-03-05;LF;17;5110;;;;;", "not_a_number"),
        ("2024-03-05;LF;17;5110;;;;;nan", "not_a_number"),
        ("2024-03-05;LF;17;5110;;;;;1e99", "implausible_amount"),
        ("2024-03-05;LF;17;5110;;;;;1;mer", "ragged_row"),
    ],
)
def test_a_bad_row_is_refused_and_the_others_are_loaded(row: str, rule: str) -> None:
    parsed = read(HEAD + row + "\n" + GOOD)
    assert parsed.rejects.select("row_no", "rule", "original").rows() == [(3, rule, row)]
    assert len(lines(parsed, "row_no")) == 2


def test_whole_vouchers_must_sum_to_zero() -> None:
    other = "2024-03-06;LF;18;5110;;;;;7,25\n"
    assert read(HEAD + GOOD + other).findings == []
    (found,) = read(HEAD + GOOD + other, complete=True).findings
    assert (found.rule, found.level, found.amount_sek, found.row_no) == ("voucher_unbalanced", "error", 7.25, 5)


def test_a_broken_fiscal_year_and_an_organisation_by_row() -> None:
    head = "Datum;Ver;Konto;Belopp;Bolag\n"
    rows = "2024-06-30;1;5110;1;556000-0001\n2024-07-01;1;5110;1;556000-0001\n2024-07-01;1;5110;1;\n"
    parsed = read(
        head + rows, date_column="Datum", voucher_column="Ver", series_column=None, account_name_column=None,
        text_column=None, objects=None, organisation_column="Bolag", fiscal_year_start="07-01",
    )  # fmt: skip
    assert lines(parsed, "organisation_id", "fiscal_year_start", "line_no") == [
        ("5560000001", date(2023, 7, 1), 1), ("5560000001", date(2024, 7, 1), 1), ("2120001234", date(2024, 7, 1), 1),
    ]  # fmt: skip


def test_a_sheet_of_a_workbook() -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    book.add_worksheet("Försättsblad")
    sheet = book.add_worksheet("Huvudbok")
    sheet.write_row(0, 0, HEADINGS)
    sheet.write_datetime(1, 0, datetime(2024, 3, 5), book.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write_row(1, 1, ["LF", 17, 5110, "Fjärrvärme", 3100, 330, "x", 1000.5])
    sheet.write_row(2, 0, ["2024-03-05", "LF", 17, 2440, "", "", "", "", "fel"])
    book.close()
    parsed = read(file.getvalue(), sheet="Huvudbok")
    assert lines(parsed, "voucher_no", "account", "voucher_date", "amount_sek", "objects") == [
        ("17", "5110", date(2024, 3, 5), 1000.5, '{"ansvar":"3100","verksamhet":"330"}')
    ]
    assert parsed.rejects.select("row_no", "sheet", "rule").rows() == [(3, "Huvudbok", "not_a_number")]
    assert (parsed.sheet, parsed.encoding) == ("Huvudbok", "xlsx")


def test_a_heading_of_the_settings_is_never_taken_for_another() -> None:
    rows = "Date;Datum;Ver;Account;Konto;Belopp\n1999-01-01;2024-03-05;1;fel;5110;1\n"
    parsed = read(
        rows, date_column="Datum", voucher_column="Ver", series_column=None, account_name_column=None, text_column=None,
        objects=None,
    )  # fmt: skip
    assert lines(parsed, "account", "voucher_date") == [("5110", date(2024, 3, 5))]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"date_column": ""}, "«date_column»"), ({"voucher_column": ""}, "«voucher_column»"),
        ({"account_column": ""}, "«account_column»"), ({"amount_column": None}, "«amount_column»"),
        ({"debit_column": "D"}, "«amount_column»"), ({"sign": "plus"}, "debit_positive eller credit_positive"),
        ({"complete": "ja"}, "true eller false"), ({"fiscal_year_start": "2024"}, "MM-01"),
        ({"delimiter": ";;"}, "ett tecken"), ({"decimal": "'"}, "eller"), ({"encoding": "ebcdic"}, "utf-8"),
        ({"date_format": ["%Q"]}, "tidsformatet"), ({"objects": {"ansvar": ""}}, "ansvar"),
        ({"konto": "K"}, "okänd inställning «konto»"), ({"text_column": "Verifikationstext"}, "finns inte"),
    ],
)  # fmt: skip
def test_settings_that_do_not_hold_together_stop_the_file(changes: dict[str, object], words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read(HEAD + GOOD, **changes)


def test_a_ledger_table_is_never_guessed() -> None:
    assert not ledger_table.detect((HEAD + GOOD).encode(), "huvudbok.csv")


def test_headings_without_rows_are_told() -> None:
    assert [f.rule for f in read(HEAD).findings] == ["no_rows"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 200), st.integers(0, 30), st.binary(max_size=30) | st.sampled_from([b'"', b";;;", b"\r\n"]))
def test_a_mutated_table_is_read_or_refused(start: int, length: int, piece: bytes) -> None:
    whole = (HEAD + GOOD).encode("cp1252")
    try:
        parsed = read(whole[:start] + piece + whole[start + length :], complete=True)
    except SourceError:
        return
    assert parsed.rejects.select("row_no", "rule", "message", "original").null_count().row(0) == (0, 0, 0, 0)
