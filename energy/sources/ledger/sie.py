"""SIE files, Swedish ledgers: vouchers with their lines (types 4E and 4I) and balances (types 1 to 4E).

Source: SIE file format, version 4B (2008-09-30). A line of a voucher is a #TRANS within the braces of a #VER; debit is
positive. #RTRANS and #BTRANS are left alone, since the #TRANS after them tells what holds. Labels nobody knows and
surplus fields are passed over, as §7.2 and §7.3 want it. What does not reconcile is a finding of level error.

Identity of a line: fiscal year, series, voucher number and `line_no`, the line's place among those the file has under
that number. An import file (4I) may leave the number to the receiving program: the number is then "" and `line_no` runs
on through all unnumbered vouchers of the series, so that no line hides another; they are known by their file alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from energy.calendar import CIVIL_TIME
from energy.errors import SourceError
from energy.model import Finding, Parsed, frame
from energy.sources import text
from energy.sources.base import Sieve, options_of, quoted
from energy.sources.ledger import sie_fields, sie_gates
from energy.sources.ledger.sie_head import Head, read_head

NAME = "sie"
VERSION = 1

MAX_AMOUNT = 1e12  # SEK: no ledger of a municipality holds a line above it, and sums stay exact to the öre below it
_BALANCES = ("IB", "UB", "RES")
_OBJECT_BALANCES = ("OIB", "OUB")
_PERIODS = ("PSALDO", "PBUDGET")
KINDS: Mapping[str, str] = {
    "IB": "opening", "OIB": "opening", "UB": "closing", "OUB": "closing", "RES": "result", "PSALDO": "period",
    "PBUDGET": "budget",
}  # fmt: skip


@dataclass(frozen=True)
class Options:
    """Settings of a SIE file; `organisation_id` is used where the file has no #ORGNR."""

    organisation_id: str | None = None


def detect(head: bytes, name: str) -> bool:
    """Return whether the first line bears a label that SIE files begin with. Never raises."""
    plain = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").upper()
    return plain.startswith((b"#FLAGGA", b"#SIETYP", b"#PROGRAM ", b"#FORMAT PC8"))


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    return options_of(Options, given, where)


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return `ledger_lines` and `ledger_balances` [SEK, debit positive] of one file; `row_no` is the line of the file.

    A fiscal year is the #RAR that holds the voucher's date, null with a finding where none does. Amounts in another
    currency than SEK are null. Balances with objects are parts of those without and never to be summed with them.
    `encoding` is the one found, `issued_at` the day of #GEN. Raises SourceError where the file is no SIE file.
    """
    opts = check(options, name)
    content, encoding = sie_fields.decode(data, name)
    lines = sie_fields.labelled(content)
    known = set(lines["label"].unique().to_list()) & sie_fields.LABELS
    if not known & {"FLAGGA", "SIETYP"} or len(known) < 2:
        raise SourceError.from_file(
            name,
            "filen saknar de etiketter som en SIE-fil börjar med (#FLAGGA, #SIETYP), eller slutar efter dem.",
            "Exportera SIE typ 4 ur ekonomisystemet på nytt.",
        )
    head = read_head(lines, encoding, opts.organisation_id)
    vouchers, found, line_rejects = _lines(lines, head)
    balances, balance_rejects = _balances(lines, head)
    findings = [
        *head.findings,
        *sie_gates.vouchers(vouchers, found, line_rejects, head),
        *sie_gates.accounts(found, balances, head),
    ]
    if not found.height and not balances.height and not line_rejects.height + balance_rejects.height:
        findings.append(Finding("no_rows", "warning", f"{name}: filen har varken verifikationer eller saldon."))
    return Parsed(
        NAME,
        {
            "ledger_lines": _in_sek("ledger_lines", found, head),
            "ledger_balances": _in_sek("ledger_balances", balances, head),
        },
        pl.concat([line_rejects, balance_rejects]).sort("row_no", maintain_order=True),
        findings,
        encoding,
        CIVIL_TIME,
        head.issued_at,
    )


def _in_sek(table: str, rows: pl.DataFrame, head: Head) -> pl.DataFrame:
    amount = pl.col("amount") if head.currency == "SEK" else pl.lit(None, pl.Float64)
    return frame(table, rows.with_columns(amount_sek=amount, organisation_id=pl.lit(head.organisation_id, pl.String)))


def _lines(lines: pl.DataFrame, head: Head) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return (vouchers, their lines, rejected lines); `voucher` counts the #VER lines of the file."""
    block = pl.when(pl.col("label") == "VER").then(True).when("closes").then(False).forward_fill()
    lines = lines.with_columns(
        voucher=(pl.col("label") == "VER").fill_null(False).cum_sum(), inside=block.fill_null(False)
    )
    vouchers = _vouchers(lines, head)
    rows = sie_fields.fields(
        sie_fields.with_label(lines, "TRANS"),
        "account", "objects_text", "amount_text", "line_date", "line_text", "quantity_text",
    ).join(vouchers.drop("row_no"), on="voucher", how="left", maintain_order="left")  # fmt: skip
    rows = rows.with_columns(
        line_no=pl.int_range(1, pl.len() + 1).over("fiscal_year_start", "series", "voucher_no"),
        amount=text.number(rows["amount_text"], "."),
        quantity=text.number(rows["quantity_text"], "."),
        objects=sie_fields.objects_json(rows["objects_text"]),
        line_text=_filled("line_text"),
    )
    sieve = Sieve(rows)
    sieve.drop(pl.col("too_long"), "line_too_long", f"raden är längre än {sie_fields.MAX_LINE} tecken")
    sieve.drop(~pl.col("inside"), "outside_voucher", "transaktionen står utanför en verifikation (#VER och klamrar)")
    _account_and_amount(sieve)
    sieve.drop(
        pl.col("voucher_date").is_null(), "bad_date",
        pl.format("verifikationens datum «{}» är inte skrivet ÅÅÅÅMMDD", quoted("date_text")),
    )  # fmt: skip
    found = sieve.rows.join(head.names, on="account", how="left", maintain_order="left")
    found = found.join(head.units, on="account", how="left", maintain_order="left")
    return vouchers, found, sieve.rejects()


def _filled(column: str) -> pl.Expr:
    return pl.when(pl.col(column) != "").then(column)


def _vouchers(lines: pl.DataFrame, head: Head) -> pl.DataFrame:
    """Return one row per #VER: its number, dates and text."""
    rows = sie_fields.fields(
        sie_fields.with_label(lines, "VER"), "series", "voucher_no", "date_text", "voucher_text", "registered_text"
    )
    rows = rows.with_columns(
        pl.col("series", "voucher_no").fill_null(""),
        voucher_text=_filled("voucher_text"),
        voucher_date=sie_fields.day("date_text"),
        registered_date=sie_fields.day("registered_text"),
    ).with_columns(fiscal_year_start=head.year_of("voucher_date"))
    return rows.select(
        "row_no", "voucher", "series", "voucher_no", "date_text", "voucher_text", "voucher_date", "registered_date",
        "fiscal_year_start",
    )  # fmt: skip


def _account_and_amount(sieve: Sieve) -> None:
    """Refuse rows without account, with objects that are no pairs, or whose amount is no amount."""
    sieve.drop(pl.col("account").is_null() | (pl.col("account") == ""), "account_missing", "konto saknas")
    sieve.drop(
        pl.col("objects").is_null(), "bad_objects",
        pl.format("objektlistan «{}» ska vara par av dimension och objekt inom klamrar", quoted("objects_text")),
    )  # fmt: skip
    message = pl.format("beloppet «{}» är inget tal med decimalpunkt", quoted("amount_text"))
    sieve.drop(pl.col("amount").is_null(), "not_a_number", message)
    message = pl.format("beloppet «{}» är orimligt stort", quoted("amount_text"))
    sieve.drop(pl.col("amount").abs() > MAX_AMOUNT, "implausible_amount", message)


def _balances(lines: pl.DataFrame, head: Head) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (balances, rejected ones) of every kind the file has."""
    parts = [
        sie_fields.fields(sie_fields.with_label(lines, *labels), *names)
        for labels, names in (
            (_BALANCES, ("year", "account", "amount_text", "quantity_text")),
            (_OBJECT_BALANCES, ("year", "account", "objects_text", "amount_text", "quantity_text")),
            (_PERIODS, ("year", "month_text", "account", "objects_text", "amount_text", "quantity_text")),
        )
    ]
    parts[0] = parts[0].with_columns(objects_text=pl.lit("{}"))
    rows = pl.concat(parts, how="diagonal").sort("row_no")
    rows = rows.with_columns(
        kind=pl.col("label").replace_strict(KINDS, return_dtype=pl.String),
        fiscal_year_start=head.year_numbered("year"),
        month=sie_fields.month("month_text"),
        amount=text.number(rows["amount_text"], "."),
        quantity=text.number(rows["quantity_text"], "."),
        objects=sie_fields.objects_json(rows["objects_text"]),
    )
    sieve = Sieve(rows)
    sieve.drop(pl.col("too_long"), "line_too_long", f"raden är längre än {sie_fields.MAX_LINE} tecken")
    sieve.drop(
        pl.col("fiscal_year_start").is_null(), "unknown_year",
        pl.format("räkenskapsår «{}» har ingen giltig #RAR", quoted("year")),
    )  # fmt: skip
    sieve.drop(
        pl.col("label").is_in(_PERIODS) & pl.col("month").is_null(), "bad_month",
        pl.format("perioden «{}» är inte skriven ÅÅÅÅMM", quoted("month_text")),
    )  # fmt: skip
    _account_and_amount(sieve)
    return sieve.rows, sieve.rejects()
