"""The workbook: agrees with the marts, has real numbers and dates, and no text becomes a formula."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import fastexcel
import polars as pl
import pytest

from dashboards import workbook
from dashboards.options import SiteOptions
from dashboards.schema import MARTS, TITLES
from dashboards.text import band, code, figure


@pytest.fixture(scope="module")
def book(marts: dict[str, pl.DataFrame], options: SiteOptions) -> bytes:
    small = {n: f for n, f in marts.items() if n not in ("heatmap", "daily", "signature", "cusum")}
    return workbook.build(small | {"heatmap": marts["heatmap"].head(48)}, options)


def _read(book: bytes, sheet: str) -> pl.DataFrame:
    return pl.DataFrame(fastexcel.read_excel(book).load_sheet(sheet).to_arrow())


def test_there_is_one_sheet_per_mart_after_the_two_in_words(book: bytes) -> None:
    assert fastexcel.read_excel(book).sheet_names == ["Läs mig", "Nyckeltal i text", *TITLES.values()]


@pytest.mark.parametrize(
    "mart", ["headline", "savings_total", "savings_monthly", "bridge", "invoice_lines", "coverage"]
)
def test_numbers_agree_with_the_mart(mart: str, book: bytes, marts: dict[str, pl.DataFrame]) -> None:
    found = _read(book, TITLES[mart])
    assert found.columns == [c.label for c in MARTS[mart].values()]
    assert found.height == marts[mart].height
    for name, column in MARTS[mart].items():
        if column.kind in ("sek", "energy", "number", "percent") and marts[mart][name].drop_nulls().len():
            expected = marts[mart][name].cast(pl.Float64).fill_null(float("nan")).to_list()
            shown = found[column.label].cast(pl.Float64).fill_null(float("nan")).to_list()
            assert shown == pytest.approx(expected, rel=1e-12, nan_ok=True), name


def test_dates_are_dates_and_codes_are_swedish(book: bytes, marts: dict[str, pl.DataFrame]) -> None:
    found = _read(book, TITLES["savings_monthly"])
    months = found["Månad"].cast(pl.Date).to_list()
    assert months == marts["savings_monthly"]["month"].to_list() and isinstance(months[0], date)
    assert set(found["Energislag"]) == {code("carrier", "district_heating"), code("carrier", "electricity")}


def test_headlines_are_in_the_words_of_the_page(book: bytes, marts: dict[str, pl.DataFrame]) -> None:
    found = _read(book, "Nyckeltal i text")
    rows = list(marts["headline"].iter_rows(named=True))
    assert found["Siffra"].to_list() == [figure(r["value"], r["unit"], "tkr") for r in rows]
    assert found["Band"].to_list() == [band(r["low"], r["high"], r["unit"], "tkr") for r in rows]


def test_the_first_sheet_tells_run_and_that_data_are_synthetic(book: bytes) -> None:
    sheet = fastexcel.read_excel(book).load_sheet("Läs mig", header_row=None)
    words = " ".join(str(v) for row in pl.DataFrame(sheet.to_arrow()).iter_rows() for v in row if v is not None)
    assert "Syntetiska data" in words and "2024-01-04-0001" in words and "Undviken kostnad" in words


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "https://example.invalid", "\x01\x0b"]
)
def test_no_text_becomes_a_formula_or_a_link(text: str, marts: dict[str, pl.DataFrame]) -> None:
    evil = marts["findings"].with_columns(pl.lit(text).alias("message"), pl.lit(text).alias("original"))
    book = workbook.build({"findings": evil}, SiteOptions(organisation=text))
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        sheets = "".join(parts.read(n).decode() for n in parts.namelist() if n.startswith("xl/worksheets/"))
    assert "<f>" not in sheets and "<hyperlink" not in sheets
    assert set(_read(book, TITLES["findings"])["Meddelande"]) == {text}


def test_empty_marts_give_headings_and_no_crash() -> None:
    found = _read(workbook.build({}), TITLES["bridge"])
    assert found.height == 0 and found.columns[0] == "Projekt"


def test_the_same_marts_give_the_same_bytes(marts: dict[str, pl.DataFrame]) -> None:
    some = {"bridge": marts["bridge"]}
    assert workbook.build(some) == workbook.build(some)
