"""Spot prices of elprisetjustnu.se: a list of intervals with price in SEK and EUR per kWh, excluding VAT.

One file holds one civil day of one area. Every interval is two records: its price in SEK and its price in EUR, since
the rate between them is the publisher's own. The area stands in the file's name only.

References
----------
elprisetjustnu.se, "Elpris API": /api/v1/prices/YYYY/MM-DD_AREA.json; times with their offset, 24 intervals a day, 96
from 1 October 2025, 23 or 25 hours when the clocks change. Numbers may be written with an exponent (1e-05).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from energy.errors import SourceError
from energy.model import Parsed, frame
from energy.sources import jsontext
from energy.sources.base import AREAS, options_of, quoted, refuse_values
from energy.sources.prices import spot

NAME = "elprisetjustnu"
VERSION = 1

CURRENCIES = {"SEK": "SEK_per_kWh", "EUR": "EUR_per_kWh"}
TIME = "%Y-%m-%dT%H:%M:%S%:z"
OFFSETS = ("+01:00", "+02:00")


@dataclass(frozen=True)
class Options:
    """Settings of a price file; `area` only where the file name does not tell it (…_SE3.json)."""

    area: str | None = None


def detect(head: bytes, name: str) -> bool:
    """Return whether the first bytes are a list of intervals with price in SEK per kWh."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[") and b'"SEK_per_kWh"' in head and b'"time_start"' in head


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    opts = options_of(Options, given, where)
    refuse_values(opts, [("area", opts.area in (None, *AREAS), ", ".join(AREAS))], where)
    return opts


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the prices [SEK/MWh] and [EUR/MWh]; `row_no` is the interval's place in the list.

    Raises SourceError where the file is no JSON list or no area is told.
    """
    opts = check(options, name)
    found, encoding = jsontext.document(data, name)
    if not isinstance(found, list) or not found:
        raise SourceError.from_file(name, "filen är ingen lista av priser.", "Hämta dagens fil från elprisetjustnu.se.")
    area = spot.area_of(opts.area, name)
    rows = jsontext.table(found, ("time_start", "time_end", *CURRENCIES.values()), {"area": area})
    rows = rows.with_columns(start_utc=_instant("time_start"), end_utc=_instant("time_end"))
    tables, rejects = zip(*(_prices(rows, *pair) for pair in CURRENCIES.items()), strict=True)
    prices = pl.concat(tables).sort("row_no", "currency")
    refused = pl.concat(rejects).sort("row_no", maintain_order=True)
    findings = spot.incomplete_days(prices)
    return Parsed(NAME, {"prices": prices}, refused, findings, encoding, "UTC")


def _instant(column: str) -> pl.Expr:
    """Return a time with its offset as an instant; null for other texts."""
    told = pl.when(pl.col(column).str.slice(-6).is_in(list(OFFSETS))).then(pl.col(column))
    return told.str.to_datetime(TIME, time_unit="us", strict=False).dt.convert_time_zone("UTC")


def _prices(rows: pl.DataFrame, currency: str, column: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (prices, rejects) of one currency; each interval becomes one or the other."""
    sieve = jsontext.sieve(rows.with_columns(price_per_mwh=spot.scaled(rows[column], 3)))
    told = pl.format("tiden «{}» till «{}»", quoted("time_start"), quoted("time_end"))
    bad = pl.col("start_utc").is_null() | pl.col("end_utc").is_null()
    sieve.drop(bad, "bad_time", pl.concat_str(told, pl.lit(f" kan inte läsas som svensk tid ({currency})")))
    minutes = (pl.col("end_utc") - pl.col("start_utc")).dt.total_seconds() / 60
    odd = pl.concat_str(told, pl.lit(f" är varken 15, 30 eller 60 minuter ({currency})"))
    sieve.drop(~minutes.is_in(list(map(float, spot.MINUTES))), "bad_interval", odd)
    sieve.drop(pl.col(column).is_null(), "missing_value", f"priset i {currency} saknas ({column})")
    wrong = pl.format("«{}» är inget pris (" + column + ")", quoted(column))
    sieve.drop(pl.col("price_per_mwh").is_null(), "not_a_number", wrong)
    return frame("prices", sieve.rows.with_columns(currency=pl.lit(currency))), sieve.rejects()
