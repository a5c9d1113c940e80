"""A ledger as a table: the voucher lines that a municipal system exports as CSV or Excel, described by settings.

The settings name the columns; what they do not name is not guessed. Debit is positive. Rows of sums are left out and
told; `complete` says that the table holds whole vouchers, and then each must sum to zero.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from energy.calendar import CIVIL_TIME
from energy.model import Finding, Parsed, frame
from energy.sources import clocks, grid, text
from energy.sources.base import Sieve, cell, options_of, quoted, refuse_empty, refuse_values, shortened
from energy.sources.ledger import sie_gates

NAME = "ledger_table"
VERSION = 1

MAX_AMOUNT = 1e12  # SEK, as in energy.sources.ledger.sie
# the rows of a report that repeat what other rows hold
_SUMS = r"(?i)^(?:del)?(?:summa|total|ingående|utgående|saldo|periodens|ib\b|ub\b|årets)"
_OBJECT = "object:"  # prefix of the frame's own columns for objects
_FIELDS = (
    "date", "voucher", "series", "account", "account_name", "text", "line_text", "registered", "amount", "debit",
    "credit", "quantity", "unit", "organisation",
)  # fmt: skip


@dataclass(frozen=True)
class Options:
    """Settings of a ledger table. Each `…_column` is a heading of the file; `amount_column`, or debit and credit."""

    date_column: str = ""
    voucher_column: str = ""
    series_column: str | None = None
    account_column: str = ""
    account_name_column: str | None = None
    text_column: str | None = None
    line_text_column: str | None = None
    registered_column: str | None = None
    amount_column: str | None = None
    debit_column: str | None = None
    credit_column: str | None = None
    quantity_column: str | None = None
    unit_column: str | None = None
    organisation_column: str | None = None
    organisation_id: str | None = None
    objects: Mapping[str, str] = field(default_factory=dict)  # dimension -> heading, e.g. ansvar = "Ansvar"
    series: str = ""  # of every row, where no column tells it
    sign: str = "debit_positive"
    complete: bool = False
    fiscal_year_start: str = "01-01"  # month and day; municipalities keep the calendar year
    date_format: tuple[str, ...] = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y%m%d")
    sheet: str | None = None
    delimiter: str | None = None
    decimal: str = ","
    thousands: str = ""
    encoding: str | None = None

    def columns(self) -> dict[str, str]:
        """Return the frame's column -> the heading in the file, for every column that the settings name."""
        named = {key: getattr(self, f"{key}_column") for key in _FIELDS}
        found = {key: heading for key, heading in named.items() if heading}
        return found | {_OBJECT + key: heading for key, heading in self.objects.items()}


def detect(head: bytes, name: str) -> bool:
    """Return False: a ledger table says too little about itself; it is named in the settings."""
    return False


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    opts = options_of(Options, given, where)
    both = bool(opts.debit_column) and bool(opts.credit_column)
    neither = not opts.debit_column and not opts.credit_column
    refuse_values(opts, (
        ("date_column", bool(opts.date_column), "namnet på datumkolumnen"),
        ("voucher_column", bool(opts.voucher_column), "namnet på kolumnen med verifikationsnummer"),
        ("account_column", bool(opts.account_column), "namnet på kontokolumnen"),
        ("amount_column", neither if opts.amount_column else both,
         "antingen amount_column, eller både debit_column och credit_column"),
        ("objects", all(opts.objects.values()), "dimension = rubrik, till exempel ansvar = \"Ansvar\""),
        ("sign", opts.sign in ("debit_positive", "credit_positive"), "debit_positive eller credit_positive"),
        ("complete", isinstance(opts.complete, bool), "true eller false"),
        ("fiscal_year_start", bool(re.fullmatch(r"(0[1-9]|1[0-2])-01", opts.fiscal_year_start)), "MM-01"),
        ("delimiter", opts.delimiter is None or re.fullmatch(r'[^"\r\n]', opts.delimiter) is not None,
         "ett tecken, till exempel ;"),
        ("decimal", opts.decimal in (",", "."), ", eller ."),
        ("thousands", opts.thousands in ("", ",", ".", "'") and opts.thousands != opts.decimal, "tomt eller . , '"),
        ("encoding", opts.encoding is None or opts.encoding.lower() in text.ENCODINGS, ", ".join(text.ENCODINGS)),
        ("date_format", bool(opts.date_format), "minst ett datumformat, till exempel %Y-%m-%d"),
    ), where)  # fmt: skip
    clocks.check("UTC", opts.date_format, where)
    return opts


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the `ledger_lines` [SEK, debit positive] of a table; `line_no` is the row's place within its voucher.

    A voucher is told apart by organisation, fiscal year, series and number. Raises SourceError for a file that is no
    table, a heading that is not there, and settings that do not hold together.
    """
    refuse_empty(data, name)
    opts = check(options, name)
    lines = grid.load(data, name, opts.sheet, opts.delimiter, opts.encoding)
    columns = opts.columns()
    table = grid.find(lines, name, {cell(key): [heading] for key, heading in columns.items()})
    sieve = Sieve(_named(table.rows.rename({cell(key): key for key in columns})), shortened(pl.col("original")))
    findings = [*_leave_out_sums(sieve)]
    _identity(sieve, opts)
    _amount(sieve, opts, table.excel)
    found = sieve.rows.with_columns(objects=_objects(sieve.rows, opts), amount_sek=pl.col("amount"))
    rejects = sieve.rejects().with_columns(sheet=pl.lit(table.sheet, pl.String))
    if opts.complete:
        findings += _voucher_sums(found, rejects)
    if not found.height and not rejects.height:
        findings.append(Finding("no_rows", "warning", f"{name}: inga rader under rubrikraden {table.header_row}."))
    return Parsed(
        NAME, {"ledger_lines": frame("ledger_lines", found)}, rejects, findings, table.encoding, CIVIL_TIME,
        sheet=table.sheet,
    )  # fmt: skip


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with every column this reader speaks of, "" where the file has none."""
    absent = [pl.lit("").alias(key) for key in _FIELDS if key not in rows.columns]
    return rows.with_columns(absent)


def _leave_out_sums(sieve: Sieve) -> Iterable[Finding]:
    """Leave out the rows of sums: their account says so, or another text of a row without account or voucher."""
    texts = ("series", "voucher", "date", "account_name", "text", "line_text")
    says = pl.any_horizontal(pl.col(key).str.contains(_SUMS) for key in texts) | pl.col("original").str.contains(_SUMS)
    no_line = (pl.col("voucher") == "") | (pl.col("account") == "")
    is_sum = pl.col("account").str.contains(_SUMS) | (no_line & says)
    mask = sieve.rows.select(is_sum.alias("sum")).to_series()
    if mask.any():
        first = int(sieve.rows.filter(mask)["row_no"][0])
        message = f"{int(mask.sum())} summarader är utelämnade, den första är rad {first}; posterna ovanför är lästa."
        sieve.rows = sieve.rows.filter(~mask)
        yield Finding("sum_rows", "info", message, first)


def _identity(sieve: Sieve, opts: Options) -> None:
    """Give the rows dates, fiscal year and line number; refuse rows without voucher, account or date."""
    rows = sieve.rows
    series = pl.col("series") if opts.series_column else pl.lit(opts.series)
    digits = pl.col("organisation").str.replace_all("[^0-9]", "")
    told = pl.lit(opts.organisation_id, pl.String)
    organisation = pl.when(digits != "").then(digits).otherwise(told)
    month = int(opts.fiscal_year_start[:2])
    rows = rows.with_columns(
        series=series,
        voucher_no=pl.col("voucher"),
        organisation_id=organisation,
        voucher_date=clocks.parse(rows["date"], opts.date_format).cast(pl.Date),
        registered_date=clocks.parse(rows["registered"], opts.date_format).cast(pl.Date),
        voucher_text=_filled("text"),
        line_text=_filled("line_text"),
        account_name=_filled("account_name"),
        quantity_unit=_filled("unit"),
    )
    shifted = pl.col("voucher_date").dt.offset_by(f"-{month - 1}mo").dt.truncate("1y").dt.offset_by(f"{month - 1}mo")
    rows = rows.with_columns(fiscal_year_start=shifted)
    key = ("organisation_id", "fiscal_year_start", "series", "voucher_no")
    sieve.rows = rows.with_columns(line_no=pl.int_range(1, pl.len() + 1).over(key))
    sieve.drop(pl.col("surplus"), "ragged_row", "raden har fler fält än rubriken")
    sieve.drop(pl.col("account") == "", "account_missing", "konto saknas")
    sieve.drop(pl.col("voucher") == "", "voucher_missing", "verifikationsnummer saknas")
    bad = pl.format("datumet «{}» passar inte formatet {}", quoted("date"), pl.lit(" eller ".join(opts.date_format)))
    sieve.drop(pl.col("voucher_date").is_null(), "bad_date", bad)


def _filled(column: str) -> pl.Expr:
    return pl.when(pl.col(column) != "").then(column)


def _amount(sieve: Sieve, opts: Options, excel: bool) -> None:
    """Give the rows `amount` and `quantity`; refuse rows whose amounts are no numbers."""
    rows = sieve.rows
    parsed = {key: grid.number(rows[key], excel, opts.decimal, opts.thousands) for key in
              ("amount", "debit", "credit", "quantity")}  # fmt: skip
    rows = rows.with_columns(series.alias(f"{key}_value") for key, series in parsed.items())
    if opts.amount_column:
        amount = pl.col("amount_value")
        bad = amount.is_null()
        shown = quoted("amount")
    else:
        amount = pl.col("debit_value").fill_null(0.0) - pl.col("credit_value").fill_null(0.0)
        empty = (pl.col("debit") == "") & (pl.col("credit") == "")
        wrong = [(pl.col(key) != "") & pl.col(f"{key}_value").is_null() for key in ("debit", "credit")]
        bad = empty | pl.any_horizontal(wrong)
        shown = pl.format("{} / {}", quoted("debit"), quoted("credit"))
    sign = 1.0 if opts.sign == "debit_positive" else -1.0
    sieve.rows = rows.with_columns(bad.alias("bad"), shown.alias("shown"), amount=amount * sign + 0.0)
    message = pl.format("beloppet «{}» är inget tal med decimaltecken «{}»", pl.col("shown"), pl.lit(opts.decimal))
    sieve.drop(pl.col("bad"), "not_a_number", message)
    message = pl.format("beloppet «{}» är orimligt stort", pl.col("shown"))
    sieve.drop(pl.col("amount").abs() > MAX_AMOUNT, "implausible_amount", message)
    wrong_quantity = (pl.col("quantity") != "") & pl.col("quantity_value").is_null()
    message = pl.format(
        "kvantiteten «{}» är inget tal med decimaltecken «{}»", quoted("quantity"), pl.lit(opts.decimal)
    )
    sieve.drop(wrong_quantity, "not_a_number", message)
    sieve.rows = sieve.rows.with_columns(quantity=pl.col("quantity_value"))


def _objects(rows: pl.DataFrame, opts: Options) -> pl.Series:
    """Return the objects as canonical JSON, keys sorted, empty cells left out; each combination is written once."""
    keys = sorted(opts.objects)
    columns = [_OBJECT + key for key in keys]
    if not keys:
        return pl.Series("objects", ["{}"], pl.String).new_from_index(0, rows.height)
    distinct = rows.select(columns).unique()
    written = [
        json.dumps({k: v for k, v in zip(keys, row, strict=True) if v}, ensure_ascii=False, separators=(",", ":"))
        for row in distinct.iter_rows()
    ]
    known = distinct.with_columns(pl.Series("objects", written, pl.String))
    return rows.select(columns).join(known, on=columns, how="left", maintain_order="left")["objects"]


def _voucher_sums(rows: pl.DataFrame, rejects: pl.DataFrame) -> list[Finding]:
    key = ["organisation_id", "fiscal_year_start", "series", "voucher_no"]
    numbered = rows.with_columns(voucher=pl.struct(key).rank("dense"))
    heads = numbered.group_by("voucher").agg(
        pl.col("row_no").min(), pl.col("series", "voucher_no", "voucher_date").first()
    )
    return sie_gates.unbalanced(heads, numbered, rejects)
