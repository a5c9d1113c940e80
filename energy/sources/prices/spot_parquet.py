"""Spot prices in tidy Parquet: one row per interval, `start_utc` and a price column.

Where there is no end column an interval runs to the next start, if that is 15, 30 or 60 minutes away; before a gap and
at the end it is as long as the one before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from energy.errors import SourceError
from energy.model import Finding, Parsed, frame
from energy.sources import parquet
from energy.sources.base import AREAS, Sieve, missing_column, options_of, refuse_values

NAME = "spot_parquet"
VERSION = 1

# columns that tell their currency by their name -> currency per MWh
PRICE_COLUMNS = {"price_eur_mwh": "EUR", "spot_price_eur": "EUR", "price_sek_mwh": "SEK"}
CURRENCIES = ("EUR", "SEK")
LENGTHS = (15, 30, 60)  # minutes


@dataclass(frozen=True)
class Options:
    """Settings of a price table; `area` may also stand in the file name (se3_…)."""

    time_column: str = "start_utc"
    end_column: str | None = None
    price_column: str | None = None
    currency: str | None = None
    area: str | None = None


def detect(head: bytes, name: str) -> bool:
    """Return whether this is Parquet with a name that speaks of prices."""
    return (
        head.startswith(b"PAR1")
        and re.search(r"spot|price|pris|(?:^|[^a-z])se[1-4][^0-9a-z]", name.lower()) is not None
    )


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    opts = options_of(Options, given, where)
    allowed = (
        ("area", opts.area in (None, *AREAS), ", ".join(AREAS)),
        ("currency", opts.currency in (None, *CURRENCIES), " eller ".join(CURRENCIES)),
    )
    refuse_values(opts, allowed, where)
    return opts


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the prices [currency/MWh]; raise SourceError where column, currency or area is not told."""
    opts = check(options, name)
    rows = parquet.table(data, name)
    column, currency = _price(rows.columns, opts, name)
    area = opts.area or _area(name)
    wanted = [c for c in (opts.time_column, opts.end_column, column) if c]
    for each in wanted:
        if each not in rows.columns:
            raise missing_column(name, each, rows.columns)
    sieve = parquet.sieve(parquet.numbered(rows, wanted))
    parquet.instants(sieve, opts.time_column, "start_utc", "UTC", name)
    parquet.number(sieve, column, name)
    findings = _ends(sieve, opts, name)
    found = sieve.rows.with_columns(area=pl.lit(area), currency=pl.lit(currency), price_per_mwh=pl.col("value")).sort(
        "row_no"
    )
    return Parsed(NAME, {"prices": frame("prices", found)}, sieve.rejects(), findings, "parquet", "UTC")


def _price(columns: list[str], opts: Options, name: str) -> tuple[str, str]:
    """Return (price column, currency)."""
    column = opts.price_column or next((c for c in PRICE_COLUMNS if c in columns), None)
    if column is None or column not in columns:
        raise missing_column(name, column or " eller ".join(PRICE_COLUMNS), columns)
    currency = opts.currency or PRICE_COLUMNS.get(column)
    if currency is None:
        raise SourceError.from_file(name, f"kolumnen «{column}» säger inte sin valuta.", 'Ange currency = "EUR".')
    return column, currency


def _area(name: str) -> str:
    found = re.search(r"(?:^|[^A-Z])(SE[1-4])(?:[^0-9A-Z]|$)", name.upper())
    if not found:
        raise SourceError.from_file(name, "elområdet står inte i filnamnet.", 'Ange area = "SE3".')
    return found[1]


def _ends(sieve: Sieve, opts: Options, name: str) -> list[Finding]:
    """Give the rows `end_utc`; return a finding on gaps."""
    if opts.end_column:
        parquet.instants(sieve, opts.end_column, "end_utc", "UTC", name)
        sieve.drop(pl.col("end_utc") <= pl.col("start_utc"), "bad_interval", "sluttiden ligger inte efter starttiden")
        return []
    rows = sieve.rows.sort("start_utc", maintain_order=True)
    step = rows["start_utc"].diff().shift(-1).dt.total_minutes()
    length = step.set(~step.is_in(LENGTHS), None).fill_null(strategy="forward")
    gaps = int((step > max(LENGTHS)).sum())
    sieve.rows = rows.with_columns(end_utc=rows["start_utc"] + (length * 60_000_000).cast(pl.Duration("us")))
    unknown = "intervallets längd går inte att läsa ut: inget nästa pris inom en timme och inget före"
    sieve.drop(pl.col("end_utc").is_null(), "bad_interval", unknown)
    return [Finding("price_gaps", "info", f"{gaps} luckor i prisserien.")] if gaps else []
