"""ECB euro reference rates: a column of days and a column per currency, units of the currency per euro.

Only the currencies asked for are read. There is no rate on weekends and holidays; whoever uses the last one says so.

References
----------
European Central Bank, euro foreign exchange reference rates (eurofxref-hist.csv). "Source: ECB".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from energy.model import Parsed, frame
from energy.sources import text
from energy.sources.base import Sieve, missing_column, options_of, quoted, refuse_values

NAME = "ecb"
VERSION = 1

MISSING = ["", "N/A"]


@dataclass(frozen=True)
class Options:
    """Settings of a file of rates."""

    currencies: tuple[str, ...] = ("SEK",)


def detect(head: bytes, name: str) -> bool:
    """Return whether the first line is ``Date`` and a row of currency codes."""
    cells = text.first_line(head).split(",")
    return cells[0] == "Date" and len(cells) > 1 and all(len(c.strip()) in (0, 3) for c in cells[1:])


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    opts = options_of(Options, given, where)
    good = bool(opts.currencies) and all(len(c) == 3 and c.isascii() and c.isupper() for c in opts.currencies)
    refuse_values(opts, [("currencies", good, "valutakoder på tre stora bokstäver, till exempel SEK")], where)
    return opts


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the rates [currency per EUR], one record per day and currency asked for.

    Raises SourceError where the day column or a currency is missing.
    """
    opts = check(options, name)
    content, encoding = text.decode_swedish(data, name)
    rows = text.records(content, ",")
    cells = text.fields(rows, ",")
    header = [c.strip() for c in cells[0].to_list()] if len(rows) else []
    for column in ("Date", *opts.currencies):
        if column not in header:
            raise missing_column(name, column, header)
    tables, rejects = [], []
    for currency in opts.currencies:
        columns = {"date": header.index("Date"), "rate": header.index(currency)}
        found, refused = _rates(text.pick(rows.slice(1), cells.slice(1), columns), currency)
        tables.append(found)
        rejects.append(refused)
    table = pl.concat(tables).sort("row_no", maintain_order=True)
    return Parsed(NAME, {"fx": table}, pl.concat(rejects).sort("row_no", maintain_order=True), (), encoding, "UTC")


def _rates(rows: pl.DataFrame, currency: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (rates, rejects) of one currency."""
    sieve = Sieve(rows)
    sieve.drop(pl.col("rate").is_null(), "ragged_row", "raden har för få fält")
    sieve.rows = sieve.rows.with_columns(
        day=pl.col("date").str.to_date("%Y-%m-%d", strict=False), per_eur=text.number(sieve.rows["rate"], ".")
    )
    sieve.drop(pl.col("day").is_null(), "bad_time", pl.format("dagen «{}» kan inte läsas", quoted("date")))
    sieve.drop(pl.col("rate").is_in(MISSING), "missing_value", f"kursen för {currency} saknas")
    bad = pl.col("per_eur").is_null() | (pl.col("per_eur") <= 0)
    sieve.drop(bad, "not_a_number", pl.format("«{}» är ingen växelkurs", quoted("rate")))
    return frame("fx", sieve.rows.with_columns(currency=pl.lit(currency))), sieve.rejects()
