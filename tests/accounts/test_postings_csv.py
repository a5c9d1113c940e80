"""The file of proposed postings: what Excel and the accounting system read, and nothing they would run."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.accounts.accruals import POSTINGS
from energy.accounts.postings_csv import postings_csv


def written(**more: Any) -> list[list[str]]:
    row = {"posting_date": date(2023, 12, 31), "account": "6210", "cost_centre": "4510", "objects": None,
           "debit_sek": 1234567.5, "credit_sek": None, "text": "Periodisering fjärrvärme 2023-12",
           "consumption_month": date(2023, 12, 1), "metering_point": "735", "contract_kind": "heat"}  # fmt: skip
    data = postings_csv(pl.DataFrame([{**row, **more}], schema=POSTINGS))
    assert data.startswith(b"\xef\xbb\xbf") and data.endswith(b"\r\n")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_one_line_as_a_person_reads_it() -> None:
    head, line = written()
    assert head == ["Bokföringsdag", "Konto", "Kostnadsställe", "Objekt", "Debet", "Kredit", "Text",
                    "Förbrukningsmånad", "Mätpunkt", "Avtal"]  # fmt: skip
    assert line == ["2023-12-31", "6210", "4510", "", "1234567,50", "", "Periodisering fjärrvärme 2023-12", "2023-12",
                    "735", "heat"]  # fmt: skip


def test_amounts_have_two_decimals_and_a_comma() -> None:
    for value, text in (
        (0.005, "0,01"),
        (0.1 + 0.2, "0,30"),
        (1e9, "1000000000,00"),
        (-0.07, "-0,07"),
        (12.0, "12,00"),
    ):
        assert written(debit_sek=value)[1][4] == text


def test_what_a_spreadsheet_would_run_is_text() -> None:
    for start in ("=1+1", "+46", "-2", "@SUM(A1)", "\tx", "  =cmd|' /C calc'!A0", "＝1"):
        assert written(text=start)[1][6].startswith("'"), start
        assert written(account=start)[1][1].startswith("'")
    assert written(text='Värme "A"; hall\nB')[1][6] == 'Värme "A"; hall B'


def test_no_rows_are_a_file_with_its_heading() -> None:
    data = postings_csv(pl.DataFrame(schema=POSTINGS))
    assert data.count(b"\r\n") == 1


@given(st.text(max_size=40))
@settings(max_examples=25)
def test_any_text_gives_one_line_of_ten_cells_that_runs_nothing(text: str) -> None:
    rows = written(text=text)
    assert len(rows) == 2 and len(rows[1]) == 10
    assert not rows[1][6].lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
