"""Energi-Index by month and station: the month's index and that of a normal month, for normal-year correction.

Lines ``month;station;index_actual;index_normal``, months written YYYY-MM, indices in degree days with decimal comma or
point. SMHI sells the index by place; it counts sun and wind as equivalent degree days (smhi.se, SMHI Energi-Index).
Each month gives two values of the table weather, parameters ``energy_index_actual_kd`` and ``energy_index_normal_kd``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from energy.model import Parsed, frame
from energy.sources import text
from energy.sources.base import Sieve, missing_column, options_of, quoted, refuse_values

NAME = "energy_index"
VERSION = 1

COLUMNS = ("month", "station", "index_actual", "index_normal")
PARAMETERS = {"index_actual": "energy_index_actual_kd", "index_normal": "energy_index_normal_kd"}
_NORMAL_TIME = "1h"  # months are those of Swedish normal time


@dataclass(frozen=True)
class Options:
    """Settings of a file of Energi-Index."""

    decimal: str = ","


def detect(head: bytes, name: str) -> bool:
    """Return whether the first line holds the four columns."""
    return _names(text.first_line(head)) >= set(COLUMNS)


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    opts = options_of(Options, given, where)
    refuse_values(opts, [("decimal", opts.decimal in (",", "."), ", eller .")], where)
    return opts


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the indices [kd], two records a line: the month's own and the normal one.

    Raises SourceError where a column is missing.
    """
    opts = check(options, name)
    content, encoding = text.decode_swedish(data, name)
    rows = text.records(content, ";")
    cells = text.fields(rows, ";")
    header = [c.strip().lower() for c in cells[0].to_list()] if len(rows) else []
    for column in COLUMNS:
        if column not in header:
            raise missing_column(name, column, header)
    picked = text.pick(rows.slice(1), cells.slice(1), {column: header.index(column) for column in COLUMNS})
    tables, rejects = [], []
    for column, parameter in PARAMETERS.items():
        sieve = _sieved(picked, column, opts)
        tables.append(_values(sieve.rows, parameter))
        rejects.append(sieve.rejects())
    table = pl.concat(tables).sort("row_no", maintain_order=True)
    refused = pl.concat(rejects).sort("row_no", maintain_order=True)
    return Parsed(NAME, {"weather": table}, refused, (), encoding, "Etc/GMT-1")


def _names(line: str) -> set[str]:
    return {cell.strip().lower() for cell in line.lstrip("\ufeff").split(";")}


def _sieved(rows: pl.DataFrame, column: str, opts: Options) -> Sieve:
    sieve = Sieve(rows)
    sieve.drop(pl.any_horizontal(pl.col(c).is_null() for c in COLUMNS), "ragged_row", "raden har för få fält")
    sieve.rows = sieve.rows.with_columns(
        first=(pl.col("month").str.strip_chars() + "-01").str.to_datetime("%Y-%m-%d", strict=False, time_zone="UTC"),
        value=text.number(sieve.rows[column], opts.decimal),
    )
    sieve.drop(pl.col("first").is_null(), "bad_time", pl.format("månaden «{}» skrivs ÅÅÅÅ-MM", quoted("month")))
    sieve.drop(pl.col("station").str.strip_chars() == "", "missing_value", "stationen saknas")
    sieve.drop(pl.col("value").is_null(), "not_a_number", pl.format("«{}» är inget tal", quoted(column)))
    sieve.drop(pl.col("value") < 0, "out_of_range", pl.format("indexet «{}» är negativt", quoted(column)))
    return sieve


def _values(rows: pl.DataFrame, parameter: str) -> pl.DataFrame:
    found = rows.with_columns(
        station=pl.col("station").str.strip_chars(),
        parameter=pl.lit(parameter),
        start_utc=pl.col("first").dt.offset_by(f"-{_NORMAL_TIME}"),
        end_utc=pl.col("first").dt.offset_by("1mo").dt.offset_by(f"-{_NORMAL_TIME}"),
        status=pl.lit("measured"),
    )
    return frame("weather", found)
