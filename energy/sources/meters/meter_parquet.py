"""Tidy Parquet of meter values (intervals or registers), or of weather with `table = "weather"`.

Which column is what comes from the settings; the defaults read `meter_id, start_utc, kwh`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl

from energy.errors import SourceError
from energy.model import STATUSES, Finding, Parsed, frame
from energy.sources import clocks, parquet
from energy.sources.base import Sieve, missing_column, options_of, quoted, refuse_values
from energy.sources.meters import readings
from energy.sources.meters.readings import ValueColumn

NAME = "meter_parquet"
VERSION = 1

KINDS = ("interval", "register")
COLUMN_KEYS = ("column", "metering_point", "quantity", "unit", "kind")
MAX_NAMED = 20  # meters named in a message


@dataclass(frozen=True)
class Options:
    """Settings of a Parquet file of meter values or weather."""

    table: str = "readings"
    time_column: str = "start_utc"
    clock: str = "UTC"  # of a time column without a time zone
    stamp: str = "start"
    kind: str = "interval"
    interval_minutes: int = 60
    meter_column: tuple[str, ...] = ("meter_id",)  # several are joined by "/"
    metering_point: str | None = None  # all rows are this one's
    meters: Any = None  # list of meter ids, or table meter id -> metering point; other meters are left out
    value_column: str | None = None
    quantity: str = "energy_kwh"
    unit: str = "kWh"
    columns: tuple[Mapping[str, str], ...] = ()
    status_column: str | None = None  # words of the house's own vocabulary
    missing_flag_column: str | None = None
    missing_flags: tuple[Any, ...] = (1,)
    station: str | None = None
    station_name: str | None = None
    parameter: str = "air_temperature_c"


def detect(head: bytes, name: str) -> bool:
    """Return whether this is Parquet."""
    return head.startswith(b"PAR1")


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the readings, or the weather, of a Parquet file; a row with k value columns is k records.

    Raises SourceError where a column is missing or of a type that cannot be read, or the settings are wrong.
    """
    opts = check(options, name)
    rows = parquet.table(data, name)
    columns = _columns(opts, name)
    for column in columns:
        if column.column not in rows.columns:
            raise missing_column(name, column.column, rows.columns)
    rows, findings = _metered(_kept(rows, columns, opts, name), opts, name)
    sieve = parquet.sieve(rows)
    group = None if opts.table == "weather" else rows["metering_point"]
    parquet.instants(sieve, opts.time_column, "instant", opts.clock, name, group)
    _span(sieve, opts)
    _refuse_marked(sieve, opts)
    tables, rejects = [], [readings.copied(sieve.rejects(), columns)]
    for column in columns:
        found, refused = _values(sieve.rows, column, opts, name)
        tables.append(found)
        rejects.append(refused)
    table = pl.concat(tables).sort("row_no", maintain_order=True)
    refused = pl.concat(rejects).sort("row_no", maintain_order=True)
    return Parsed(NAME, {opts.table: table}, refused, findings, "parquet", opts.clock)


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    opts = options_of(Options, given, where)
    clocks.check(opts.clock, (), where)
    allowed = (
        ("table", opts.table in ("readings", "weather"), "readings eller weather"),
        ("stamp", opts.stamp in ("start", "end"), "start eller end"),
        ("kind", opts.kind in KINDS, " eller ".join(KINDS)),
        ("columns", all(c.get("kind") in (None, *KINDS) for c in opts.columns), f"kind {' eller '.join(KINDS)}"),
        ("interval_minutes", 0 < opts.interval_minutes <= 44_640, "1 till 44640"),
        ("station", opts.table == "readings" or bool(opts.station), "stationens nummer eller namn"),
        ("meters", opts.meters is None or isinstance(opts.meters, list | tuple | Mapping), "lista eller tabell"),
    )
    refuse_values(opts, allowed, where)
    if opts.table == "readings":
        unit = None if opts.columns else opts.unit
        readings.check_columns(opts.columns, COLUMN_KEYS, opts.quantity, unit, where)
    return opts


def _columns(opts: Options, name: str) -> list[ValueColumn]:
    """Return what each value column holds."""
    if opts.table == "weather":
        return [ValueColumn(opts.value_column or opts.parameter, None, opts.parameter, 1.0)]
    told = opts.columns or ({"column": opts.value_column or "kwh"},)
    return [
        readings.value_column(
            c["column"], c.get("metering_point") or opts.metering_point, c.get("quantity") or opts.quantity,
            c.get("unit") or (opts.unit if not opts.columns else None), None, name,
        )
        for c in told
    ]  # fmt: skip


def _kept(rows: pl.DataFrame, columns: list[ValueColumn], opts: Options, name: str) -> pl.DataFrame:
    """Return the columns the settings name, with `row_no` from 1."""
    wanted = [opts.time_column, *(c.column for c in columns)]
    wanted += [c for c in (opts.status_column, opts.missing_flag_column) if c]
    if _meter_told(opts):
        wanted += opts.meter_column
    for column in wanted:
        if column not in rows.columns:
            raise missing_column(name, column, rows.columns)
    return parquet.numbered(rows, wanted)


def _meter_told(opts: Options) -> bool:
    """Return whether the rows themselves tell their meter."""
    constant = opts.metering_point or (opts.columns and all(c.get("metering_point") for c in opts.columns))
    return opts.table == "readings" and not constant


def _metered(rows: pl.DataFrame, opts: Options, name: str) -> tuple[pl.DataFrame, list[Finding]]:
    """Return the rows of the meters asked for with their `metering_point`, and what was left out."""
    if not _meter_told(opts):
        return rows.with_columns(metering_point=pl.lit(opts.metering_point or "")), []
    ids = pl.concat_str([pl.col(c).cast(pl.String) for c in opts.meter_column], separator="/", ignore_nulls=False)
    rows = rows.with_columns(metering_point=ids)
    if opts.meters is None:
        return rows, []
    known = dict(opts.meters) if isinstance(opts.meters, Mapping) else {str(m): str(m) for m in opts.meters}
    present = set(rows["metering_point"].unique().drop_nulls().to_list())
    absent = sorted(set(known) - present)
    if absent:
        some = ", ".join(sorted(present)[:MAX_NAMED])
        raise SourceError.from_file(name, f"mätare {', '.join(absent)} finns inte.", f"Mätare i filen: {some}.")
    chosen = rows.filter(pl.col("metering_point").is_in(list(known)))
    left = rows.height - chosen.height
    words = f"{left} rader av {len(present) - len(known)} andra mätare lästes inte (meters)."
    told = [Finding("rows_left_out", "info", words)] if left else []
    return chosen.with_columns(pl.col("metering_point").replace_strict(known, return_dtype=pl.String)), told


def _span(sieve: Sieve, opts: Options) -> None:
    """Give the rows `start_utc` and `end_utc`."""
    length = timedelta(0) if opts.kind == "register" else timedelta(minutes=opts.interval_minutes)
    start = pl.col("instant") - length if opts.stamp == "end" else pl.col("instant")
    sieve.rows = sieve.rows.with_columns(start_utc=start, end_utc=start + length)


def _refuse_marked(sieve: Sieve, opts: Options) -> None:
    """Give the rows `status`; refuse rows flagged as missing, unknown statuses and rows without a meter."""
    if opts.table == "readings":
        sieve.drop(pl.col("metering_point").is_null(), "missing_meter", "mätpunkt saknas")
    status = pl.col(opts.status_column).cast(pl.String) if opts.status_column else pl.lit("measured")
    sieve.rows = sieve.rows.with_columns(status=status)
    unknown = pl.col("status").is_null() | ~pl.col("status").is_in(list(STATUSES))
    sieve.drop(unknown, "unknown_status", pl.format("okänd status «{}»", quoted("status")))
    marked = pl.col("status") == "missing"
    if opts.missing_flag_column:
        marked = marked | pl.col(opts.missing_flag_column).is_in(list(opts.missing_flags))
    sieve.drop(marked, "missing_value", "värdet är märkt som saknat")


def _values(rows: pl.DataFrame, column: ValueColumn, opts: Options, name: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (table, rejects) of one value column."""
    sieve = parquet.sieve(rows)
    parquet.number(sieve, column.column, name)
    value = pl.col("value") * column.factor
    if opts.table == "weather":
        told = {"station": opts.station, "station_name": opts.station_name, "parameter": opts.parameter}
        found = sieve.rows.with_columns(value, *[pl.lit(text, pl.String).alias(key) for key, text in told.items()])
        return frame("weather", found), sieve.rejects()
    point = pl.lit(column.metering_point) if column.metering_point else pl.col("metering_point")
    kind = next((c.get("kind") for c in opts.columns if c["column"] == column.column), None) or opts.kind
    found = sieve.rows.with_columns(
        value, point.alias("metering_point"), quantity=pl.lit(column.quantity), kind=pl.lit(kind)
    )
    if kind == "register" and opts.kind != "register":
        found = found.with_columns(start_utc=pl.col("instant"), end_utc=pl.col("instant"))
    return frame("readings", found), sieve.rejects()
