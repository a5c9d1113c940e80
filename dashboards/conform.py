"""Marts as the pages want them: every known mart, every known column, typed. (`schema` itself needs no Polars.)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from dashboards.schema import MARTS, Column

TYPES: Mapping[str, Any] = {
    "text": pl.String, "code": pl.String, "key": pl.String, "mixed": pl.String, "count": pl.Int64, "date": pl.Date,
    "month": pl.Date, "bool": pl.Boolean, "instant": pl.Datetime("us", "UTC"),
}  # fmt: skip


def dtype(column: Column) -> Any:
    """Return the Polars type of a column's kind."""
    return TYPES.get(column.kind, pl.Float64)


def conform(marts: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Return every known mart with every known column, in order and typed; what was not given is empty or null."""
    return {name: _conform_one(columns, marts.get(name)) for name, columns in MARTS.items()}


def _conform_one(columns: Mapping[str, Column], frame: pl.DataFrame | None) -> pl.DataFrame:
    """Return one mart with exactly `columns`. NaN becomes null: both mean not assessed."""
    if frame is None:
        return pl.DataFrame(schema={name: dtype(column) for name, column in columns.items()})
    if not frame.width:
        return _conform_one(columns, None)
    given = frame.schema
    return frame.select(
        _typed(given[name], name, dtype(column)) if name in given else pl.lit(None, dtype(column)).alias(name)
        for name, column in columns.items()
    )


def _typed(found: pl.DataType, name: str, kind: Any) -> pl.Expr:
    """Return one column in its type; days written as text are read, instants without a zone are UTC."""
    if found == pl.String and kind == pl.Date:
        return pl.col(name).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    if isinstance(found, pl.Datetime) and found.time_zone is None and kind == TYPES["instant"]:
        return pl.col(name).dt.replace_time_zone("UTC").cast(kind)
    typed = pl.col(name).cast(kind, strict=False)
    return typed.fill_nan(None) if kind == pl.Float64 else typed
