"""Delimited meter values described by settings: columns, unit, decimal sign, clock, start or end stamp.

One file a meter or many, one value column or several (`columns`). What the settings do not say is not guessed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

import polars as pl

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources import clocks, text
from energy.sources.base import MAX_SHOWN, options_of, refuse_values
from energy.sources.meters import blocks, delimited_layout, delimited_rows, readings
from energy.sources.meters.delimited_layout import Layout
from energy.sources.meters.delimited_whole import Whole
from energy.sources.meters.readings import ValueColumn

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
    """Settings of one delimited source; see `energy.sources.meters.delimited.read`."""

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
    pieces = list(read_blocks(io.BytesIO(data), name, options))
    if len(pieces) == 1:
        return pieces[0]
    found = pl.concat(piece.tables["readings"] for piece in pieces).sort("row_no", maintain_order=True)
    refused = pl.concat(piece.rejects for piece in pieces).sort("row_no", maintain_order=True)
    return replace(pieces[-1], tables={"readings": found}, rejects=refused)


def read_blocks(
    stream: BinaryIO, name: str, options: Mapping[str, Any], size: int = blocks.BLOCK_BYTES
) -> Iterator[Parsed]:
    """Yield what `read` returns in pieces of about `size` bytes, as they are read.

    Findings come with the last piece, as do the rows on days the clock changes of a file in civil time: what they mean
    depends on rows anywhere in the file. Raises SourceError as `read` does, also after the first pieces.
    """
    opts = check(options, name)
    reader = blocks.Reader(stream, opts.encoding, name)
    layout = delimited_layout.find(reader, opts.delimiter, opts.skip_rows, opts.named_columns(), name)
    values = _value_columns(opts, layout, name)
    whole = Whole(opts, layout, values)
    for body in delimited_rows.bodies(reader, opts.delimiter, name, size):
        found, refused = whole.piece(body)
        findings = whole.findings(name) if body.block.last else []
        yield Parsed(NAME, {"readings": found}, refused, findings, reader.encoding, opts.clock, layout.issued_at)


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    opts = options_of(Options, given, where)
    clocks.check(opts.clock, opts.time_format, where)
    allowed = (
        ("delimiter", len(opts.delimiter) == 1 and opts.delimiter not in '"\n\r', "ett tecken, till exempel ;"),
        ("decimal", opts.decimal in (",", "."), ", eller ."),
        (
            "thousands",
            opts.thousands in ("", ",", ".", "'") and opts.thousands != opts.decimal,
            "tomt eller . , '",
        ),
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
