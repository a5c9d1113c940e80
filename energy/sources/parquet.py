"""Parquet tables with typed columns: read, numbered, instants and numbers checked. Knows no format's columns."""

from __future__ import annotations

import io
from collections.abc import Sequence

import polars as pl

from energy.errors import SourceError
from energy.sources import clocks
from energy.sources.base import Sieve, missing_column, refuse_empty, shortened


def table(data: bytes, file: str) -> pl.DataFrame:
    """Return the table of a Parquet file; raise SourceError where it cannot be read."""
    refuse_empty(data, file)
    try:
        return pl.read_parquet(io.BytesIO(data))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        reason = (str(error).splitlines() or [""])[0][:120]
        raise SourceError.from_file(file, f"Parquet-filen kan inte läsas ({reason}).", "Exportera den igen.") from error


def numbered(rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Return `columns`, each once, with `row_no` from 1."""
    number = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("row_no")
    return rows.select(number, *[pl.col(c) for c in dict.fromkeys(columns)])


def sieve(rows: pl.DataFrame) -> Sieve:
    """Return a sieve that quotes a rejected row as ``column=value; …``, a Parquet row having no text of its own."""
    cells = [pl.format("{}={}", pl.lit(c), pl.col(c).cast(pl.String).fill_null("")) for c in rows.columns[1:]]
    return Sieve(rows, shortened(pl.concat_str(cells, separator="; ")))


def instants(sieve: Sieve, column: str, target: str, clock: str, file: str, group: pl.Series | None = None) -> None:
    """Give the rows the UTC instants of a time column as `target`; refuse null and unclear times.

    A column with a time zone tells its own clock; a naive one keeps `clock`. Raises SourceError for other types.
    """
    if column not in sieve.rows.columns:
        raise missing_column(file, column, sieve.rows.columns)
    times = sieve.rows[column]
    kind = times.dtype
    if not isinstance(kind, pl.Datetime):
        raise SourceError.from_file(file, f"kolumnen «{column}» har typen {kind}.", "Den ska vara en tid (timestamp).")
    times = times.cast(pl.Datetime("us", kind.time_zone))
    if kind.time_zone is not None:
        sieve.rows = sieve.rows.with_columns(times.dt.convert_time_zone("UTC").alias(target))
    else:
        utc, rule = clocks.to_utc(times, clock, group)
        sieve.rows = sieve.rows.with_columns(utc.alias(target), rule.alias("time_rule"))
        for name in ("nonexistent_time", "ambiguous_time"):
            sieve.drop(pl.col("time_rule") == name, name, f"tiden kan inte läsas entydigt i {clock}")
    sieve.drop(pl.col(target).is_null(), "bad_time", f"tiden saknas i kolumnen «{column}»")


def number(sieve: Sieve, column: str, file: str) -> None:
    """Give the rows `value` [Float64] of a numeric column; refuse absent and infinite values.

    Raises SourceError where the column is not numeric.
    """
    if column not in sieve.rows.columns:
        raise missing_column(file, column, sieve.rows.columns)
    if not sieve.rows[column].dtype.is_numeric():
        raise SourceError.from_file(
            file, f"kolumnen «{column}» har typen {sieve.rows[column].dtype}.", "Den ska vara ett tal."
        )
    sieve.rows = sieve.rows.with_columns(value=pl.col(column).cast(pl.Float64))
    missing = pl.col("value").is_null() | pl.col("value").is_nan()
    sieve.drop(missing, "missing_value", f"värdet saknas i kolumnen «{column}»")
    sieve.drop(pl.col("value").is_infinite(), "not_a_number", f"värdet i kolumnen «{column}» är oändligt")
