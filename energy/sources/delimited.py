"""Delimited meter values described by settings: columns, unit, decimal sign, clock, start or end stamp.

One file a meter or many, one value column or several (`columns`). What the settings do not say is not guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from energy.errors import SourceError
from energy.model import Finding, Parsed
from energy.sources import clocks, delimited_layout, readings, text
from energy.sources.base import MAX_SHOWN, Sieve, cell, options_of, quoted, refuse_values
from energy.sources.delimited_layout import Layout
from energy.sources.readings import ValueColumn

NAME = "delimited"
VERSION = 1

COLUMN_KEYS = ("column", "metering_point", "quantity", "unit")
STATUS_MAP: Mapping[str, str] = {
    "Uppmätt": "measured", "Avläst": "measured", "Manuell": "manual", "Beräknad": "estimated",
    "Uppskattad": "estimated", "Estimerad": "estimated", "Preliminär": "estimated", "Interpolerad": "interpolated",
    "Osäker": "suspect", "Saknas": "missing",
}  # fmt: skip


@dataclass(frozen=True)
class Options:
    """Settings of one delimited source; see `energy.sources.delimited.read`."""

    delimiter: str = ";"
    decimal: str = ","
    thousands: str = ""
    encoding: str = "utf-8-sig"
    skip_rows: int = 0  # 0: the header is the first row that holds every named column
    time_column: str = ""
    end_column: str | None = None
    time_format: tuple[str, ...] = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")
    clock: str = "Etc/GMT-1"
    stamp: str = "start"
    kind: str = "interval"
    interval_minutes: int = 60
    status_column: str | None = None
    status_map: Mapping[str, str] = field(default_factory=lambda: STATUS_MAP)
    meter_column: str | None = None
    metering_point: str | None = None
    value_column: str | None = None
    quantity: str = "energy_kwh"
    unit: str | None = None
    unit_column: str | None = None
    columns: tuple[Mapping[str, str], ...] = ()
    rows_where: Mapping[str, Any] = field(default_factory=dict)  # column -> text or list of texts; others are left out
    missing_values: tuple[str, ...] = ("", "n/e")

    def named_columns(self) -> list[str]:
        """Return every column of the file the settings name, each once."""
        names = [self.time_column, self.end_column, self.status_column, self.meter_column, self.unit_column]
        names += [self.value_column, *(c["column"] for c in self.columns), *self.rows_where]
        return list(dict.fromkeys(n for n in names if n))


def detect(head: bytes, name: str) -> bool:
    """Return False: a delimited file says too little about itself; it is named in the settings."""
    return False


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the readings of a delimited file; a wide row with k value columns is k records.

    Values become kWh, m³, m³·°C, °C or kW by their declared unit. Raises SourceError where the file or the settings
    do not hold together; a bad row is a reject with its line number and text.
    """
    opts = check(options, name)
    content, encoding = text.decode(data, opts.encoding, name)
    layout = delimited_layout.find(content, opts.delimiter, opts.skip_rows, opts.named_columns(), name)
    values = _value_columns(opts, layout, name)
    sieve = Sieve(layout.rows)
    findings = _drop_ragged(sieve, layout, content)
    findings += _leave_out(sieve, opts)
    findings += _times(sieve, opts)
    tables, rejects = [], [readings.copied(sieve.rejects(), values)]
    for value in values:
        table, refused = readings.values(sieve.rows, value, opts)
        tables.append(table)
        rejects.append(refused)
    found = pl.concat(tables).sort("row_no", maintain_order=True)
    refused = pl.concat(rejects).sort("row_no", maintain_order=True)
    findings += readings.number_findings(refused, found.height, opts.decimal)
    if not found.height and not refused.height:
        findings.append(Finding("no_rows", "warning", f"{name}: inga rader under rubrikraden {layout.header_row}."))
    return Parsed(NAME, {"readings": found}, refused, findings, encoding, opts.clock, layout.issued_at)


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    opts = options_of(Options, given, where)
    clocks.check(opts.clock, opts.time_format, where)
    allowed = (
        ("delimiter", len(opts.delimiter) == 1 and opts.delimiter not in '"\n\r', "ett tecken, till exempel ;"),
        ("decimal", opts.decimal in (",", "."), ", eller ."),
        ("thousands", opts.thousands in ("", ",", ".", "'") and opts.thousands != opts.decimal, "tom, . , eller '"),
        ("encoding", opts.encoding.lower() in text.ENCODINGS, ", ".join(text.ENCODINGS)),
        ("stamp", opts.stamp in ("start", "end"), "start eller end"),
        ("stamp", opts.stamp == "start" or not opts.end_column, "start när end_column är angiven"),
        ("kind", opts.kind in ("interval", "register"), "interval eller register"),
        ("interval_minutes", 0 < opts.interval_minutes <= 44_640, "1 till 44640"),
        ("skip_rows", opts.skip_rows >= 0, "0 eller fler"),
        ("time_column", bool(opts.time_column), "namnet på tidskolumnen"),
        ("value_column", bool(opts.value_column) != bool(opts.columns), "antingen value_column eller columns"),
    )
    refuse_values(opts, allowed, where)
    readings.check_status_map(opts.status_map, where)
    readings.check_columns(opts.columns, COLUMN_KEYS, opts.quantity, opts.unit, where)
    return opts


def _value_columns(opts: Options, layout: Layout, name: str) -> list[ValueColumn]:
    """Return what each value column holds, from the settings and, for meter and unit, the file's own head."""
    if opts.unit and layout.unit and opts.unit != layout.unit and not opts.columns:
        raise SourceError.from_file(
            name, f"filen anger enheten {layout.unit[:MAX_SHOWN]!r}, inställningen {opts.unit!r}.", "Rätta unit."
        )
    told = [{"column": opts.value_column or ""}] if not opts.columns else opts.columns
    result = []
    for column in told:
        meter = column.get("metering_point") or opts.metering_point or (None if opts.meter_column else layout.meter)
        if meter is None and opts.meter_column is None:
            raise SourceError.from_file(
                name,
                f"ingen mätpunkt angiven för kolumnen «{column['column']}».",
                "Ange metering_point eller meter_column.",
            )
        unit = column.get("unit") or opts.unit or (None if opts.unit_column else layout.unit)
        result.append(
            readings.value_column(column["column"], meter, column.get("quantity") or opts.quantity, unit,
                                  opts.unit_column, name)
        )  # fmt: skip
    return result


def _drop_ragged(sieve: Sieve, layout: Layout, content: str) -> list[Finding]:
    """Move rows that do not fit the header to the rejects; tell where the file may have been cut."""
    cut = not content.endswith("\n") and sieve.rows.height > 0
    last = int(sieve.rows["row_no"][-1]) if cut else -1
    ragged = (pl.col("cells_no") < layout.width_needed) | pl.col("surplus")
    shape = pl.format("raden har {} fält, rubriken {}", "cells_no", pl.lit(len(layout.header)))
    sieve.drop(
        ragged & (pl.col("row_no") == last), "truncated_row",
        pl.format("{}; raden är filens sista och saknar radslut: filen är avkapad", shape),
    )  # fmt: skip
    sieve.drop(ragged, "ragged_row", shape)
    if not cut:
        return []
    return [Finding("no_final_newline", "info", "Filens sista rad saknar radslut; den kan vara avkapad.", row_no=last)]


def _leave_out(sieve: Sieve, opts: Options) -> list[Finding]:
    """Leave out the rows `rows_where` does not ask for; they are told in a finding, not counted as records."""
    findings = []
    for column, wanted in opts.rows_where.items():
        kept = [wanted] if isinstance(wanted, str) else [str(w) for w in wanted]
        chosen = sieve.rows[cell(column)].is_in(kept).fill_null(False)
        left = sieve.rows.height - int(chosen.sum())
        if left:
            sieve.rows = sieve.rows.filter(chosen)
            words = f"{left} rader lästes inte: «{column}» är inte {' eller '.join(kept)} (rows_where)."
            findings.append(Finding("rows_left_out", "info", words))
    return findings


def _times(sieve: Sieve, opts: Options) -> list[Finding]:
    """Give the rows `start_utc` and `end_utc`; refuse times that cannot be read or told apart."""
    _local(sieve, opts.time_column, "local", opts)
    if opts.end_column:
        _local(sieve, opts.end_column, "local_end", opts)
    rows = sieve.rows
    group = rows[cell(opts.meter_column)] if opts.meter_column else pl.repeat("", rows.height, eager=True)
    shift = opts.interval_minutes if opts.stamp == "end" and opts.kind == "interval" else 0
    findings = clocks.dst_findings(rows["local"], group, opts.clock, _minutes(rows, opts), shift)
    instants, rule = clocks.to_utc(rows["local"], opts.clock, group)
    sieve.rows = rows.with_columns(instant=instants, time_rule=rule)
    readings.drop_clock(sieve, cell(opts.time_column), opts.clock)
    sieve.rows = sieve.rows.with_columns(readings.span(sieve.rows, opts))
    if opts.end_column:
        bad = pl.col("end_utc") <= pl.col("start_utc") if opts.kind == "interval" else pl.lit(False)
        sieve.drop(bad | pl.col("end_utc").is_null(), "bad_interval", "sluttiden ligger inte efter starttiden")
    return findings


def _minutes(rows: pl.DataFrame, opts: Options) -> int:
    """Return the usual length of a row [min]: by the end column where there is one, else as declared."""
    if "local_end" not in rows.columns or not rows.height:
        return opts.interval_minutes
    length = readings.usual_minutes(rows)
    return length if length > 0 else opts.interval_minutes


def _local(sieve: Sieve, column: str, target: str, opts: Options) -> None:
    """Add the naive time of a text column as `target`; refuse what fits no declared format."""
    sieve.rows = sieve.rows.with_columns(clocks.parse(sieve.rows[cell(column)], opts.time_format).alias(target))
    forms = " eller ".join(opts.time_format)
    message = pl.format(
        "tiden «{}» i kolumnen «{}» passar inte {}", quoted(cell(column)), pl.lit(column), pl.lit(forms)
    )
    sieve.drop(pl.col(target).is_null(), "bad_time", message)
