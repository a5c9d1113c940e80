"""Proposed postings as a file that the accounting system or Excel reads: semicolons, decimal comma, UTF-8 with mark."""

from __future__ import annotations

import polars as pl

HEADINGS = {
    "posting_date": "Bokföringsdag", "account": "Konto", "cost_centre": "Kostnadsställe", "objects": "Objekt",
    "debit_sek": "Debet", "credit_sek": "Kredit", "text": "Text", "consumption_month": "Förbrukningsmånad",
    "metering_point": "Mätpunkt", "contract_kind": "Avtal",
}  # fmt: skip
# a cell that begins so is run as a formula by a spreadsheet (OWASP, CSV injection); leading blanks do not help
_FORMULA = r"^\s*[=+\-@\t\r\n＝＋－＠]"
_BREAKS = r"[\r\n\t\x00]+"


def postings_csv(frame: pl.DataFrame) -> bytes:
    """Return the rows of accrual_postings as CSV: BOM, CRLF, amounts with two decimals and comma, `YYYY-MM` months.

    A text that a spreadsheet would run as a formula gets an apostrophe before it. Rows keep their order.
    """
    cells = frame.select(_cell(frame, name).alias(heading) for name, heading in HEADINGS.items())
    text = cells.write_csv(separator=";", line_terminator="\r\n", quote_style="necessary", null_value="")
    return b"\xef\xbb\xbf" + text.encode("utf-8")


def _cell(frame: pl.DataFrame, name: str) -> pl.Expr:
    column = pl.col(name)
    if name.endswith("_sek"):
        return amount(column.cast(pl.Float64))
    if name == "consumption_month":
        return column.cast(pl.Date).dt.strftime("%Y-%m")
    if name == "posting_date":
        return column.cast(pl.Date).dt.strftime("%Y-%m-%d")
    return neutral(column.cast(pl.String))


def amount(value: pl.Expr) -> pl.Expr:
    """Return an amount [SEK] with two decimals and a comma, without thousands' separators."""
    ore = (value * 100).round(mode="half_away_from_zero").cast(pl.Int64)
    sign = pl.when(ore < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return sign + (ore.abs() // 100).cast(pl.String) + pl.lit(",") + (ore.abs() % 100).cast(pl.String).str.zfill(2)


def neutral(text: pl.Expr) -> pl.Expr:
    """Return a text that no spreadsheet runs: breaks become spaces, a formula's first sign gets an apostrophe."""
    is_formula = text.str.contains(_FORMULA)
    flat = text.str.replace_all(_BREAKS, " ")
    return pl.when(is_formula).then(pl.lit("'") + flat).otherwise(flat)
