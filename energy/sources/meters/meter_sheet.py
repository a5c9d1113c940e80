"""Meter values in a workbook (xlsx, xls, xlsb, ods), described by settings as those of `delimited` are.

Titles above the headings, dates as Swedish words and a row of sums below are what people's sheets have; a CSV saved
from the same sheet is read the same way. A workbook keeps 15 digits of a number: a metering point id of 18 digits that
stands as a number has lost its last ones, and such a file is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from energy.errors import SourceError
from energy.model import Finding, Parsed
from energy.sources import clocks, grid
from energy.sources.base import MAX_SHOWN, Sieve, cell, options_of, refuse_values
from energy.sources.grid import Grid, Lines
from energy.sources.meters import metering, readings
from energy.sources.meters.metering import STATUS_MAP
from energy.sources.meters.readings import ValueColumn
from energy.sources.people import people

NAME = "meter_sheet"
VERSION = 1

COLUMN_KEYS = ("column", "metering_point", "quantity", "unit")


@dataclass(frozen=True)
class Options:
    """Settings of one sheet of meter values; see `energy.sources.meters.meter_sheet.read`."""

    sheet: str | None = None  # the first sheet where none is named
    time_column: str = ""
    end_column: str | None = None
    time_format: tuple[str, ...] = ()  # forms besides the usual ones: 2024-01-31 13:00, 31 januari 2024 13:00
    clock: str = "Etc/GMT-1"
    stamp: str = "start"
    kind: str = "interval"
    interval_minutes: int = 60
    decimal: str = ","  # of numbers typed as text; a workbook's own numbers are read as they are
    thousands: str = ""
    status_column: str | None = None
    status_map: Mapping[str, str] = field(default_factory=lambda: STATUS_MAP)
    meter_column: str | None = None
    metering_point: str | None = None
    value_column: str | None = None
    quantity: str = "energy_kwh"
    unit: str | None = None
    unit_column: str | None = None
    columns: tuple[Mapping[str, str], ...] = ()
    missing_values: tuple[str, ...] = ("", "n/e")

    def named_columns(self) -> list[str]:
        """Return every column of the sheet the settings name, each once."""
        names = [self.time_column, self.end_column, self.status_column, self.meter_column, self.unit_column]
        names += [self.value_column, *(c["column"] for c in self.columns)]
        return list(dict.fromkeys(n for n in names if n))


def detect(head: bytes, name: str) -> bool:
    """Return False: a workbook says too little about itself; it is named in the settings."""
    return False


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the readings of a sheet; a row with k value columns is k records.

    Values become kWh, m³, m³·°C, °C or kW by their declared unit. Raises SourceError where the workbook or the settings
    do not hold together, or ids have lost digits; a bad row is a reject with its row number and text.
    """
    opts = check(options, name)
    lines = grid.load(data, name, opts.sheet)
    found = grid.find(lines, name, {cell(c): [c] for c in opts.named_columns()})
    _refuse_doubled(found, opts, name)
    above = metering.told(lines.rows.filter(pl.col("row_no") < found.header_row)["cells"].head(grid.SEARCHED).to_list())
    _refuse_cut_ids(data, lines, found, metering.first(above, metering.METER_KEYS), opts, name)
    values = _value_columns(opts, above, name)
    sieve = Sieve(_numbers(found, values, opts))
    metering.drop_totals(sieve, cell(opts.time_column))
    sieve.drop(pl.col("surplus"), "ragged_row", "raden har fler celler än rubrikraden")
    findings = _times(sieve, opts)
    tables, rejects = [], [readings.copied(sieve.rejects(), values)]
    for value in values:
        table, refused = readings.values(sieve.rows, value, opts)
        tables.append(table)
        rejects.append(refused)
    table = pl.concat(tables).sort("row_no", maintain_order=True)
    bad = pl.concat(rejects).sort("row_no", maintain_order=True).with_columns(sheet=pl.lit(found.sheet, pl.String))
    findings += readings.number_findings(bad, table.height, opts.decimal)
    if not table.height and not bad.height:
        findings.append(Finding("no_rows", "warning", f"{name}: inga rader under rubrikraden {found.header_row}."))
    issued = metering.issued(metering.first(above, metering.ISSUED_KEYS)) or people.saved_at(data)
    return Parsed(NAME, {"readings": table}, bad, findings, found.encoding, opts.clock, issued, found.sheet)


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    opts = options_of(Options, given, where)
    clocks.check(opts.clock, opts.time_format, where)
    allowed = (
        ("decimal", opts.decimal in (",", "."), ", eller ."),
        ("thousands", opts.thousands in ("", "'"), "tom eller '"),
        ("stamp", opts.stamp in ("start", "end"), "start eller end"),
        ("stamp", opts.stamp == "start" or not opts.end_column, "start när end_column är angiven"),
        ("kind", opts.kind in ("interval", "register"), "interval eller register"),
        ("interval_minutes", 0 < opts.interval_minutes <= 44_640, "1 till 44640"),
        ("time_column", bool(opts.time_column), "namnet på tidskolumnen"),
        ("value_column", bool(opts.value_column) != bool(opts.columns), "antingen value_column eller columns"),
    )
    refuse_values(opts, allowed, where)
    readings.check_status_map(opts.status_map, where)
    readings.check_columns(opts.columns, COLUMN_KEYS, opts.quantity, opts.unit, where)
    return opts


def _refuse_doubled(found: Grid, opts: Options, name: str) -> None:
    """Raise SourceError where a named heading stands more than once: which column is meant cannot be told."""
    heads = [h.casefold() for h in found.header]
    for column in opts.named_columns():
        times = heads.count(column.casefold())
        if times > 1:
            raise SourceError.from_file(name, f"kolumnen «{column}» finns {times} gånger.", "Ge dem olika namn.")


def _refuse_cut_ids(data: bytes, lines: Lines, found: Grid, meter: str | None, opts: Options, name: str) -> None:
    """Raise SourceError for metering point ids, in their column or above the headings, that have lost digits."""
    column = None
    if opts.meter_column:
        column = [h.casefold() for h in found.header].index(opts.meter_column.casefold())
    elif meter and not opts.metering_point:
        column = metering.place_of(lines.rows["cells"].head(grid.SEARCHED).to_list(), meter)
    metering.refuse_cut_ids(data, lines, column, name)


def _value_columns(opts: Options, above: Mapping[str, str], name: str) -> list[ValueColumn]:
    """Return what each value column holds, from the settings and, for meter and unit, the rows above the headings."""
    unit_told = metering.first(above, metering.UNIT_KEYS)
    if opts.unit and unit_told and opts.unit != unit_told and not opts.columns:
        raise SourceError.from_file(
            name, f"bladet anger enheten {unit_told[:MAX_SHOWN]!r}, inställningen {opts.unit!r}.", "Rätta unit."
        )
    result = []
    for column in opts.columns or ({"column": opts.value_column or ""},):
        meter = column.get("metering_point") or opts.metering_point
        if meter is None and opts.meter_column is None:
            meter = metering.first(above, metering.METER_KEYS)
            if meter is None:
                raise SourceError.from_file(
                    name,
                    f"ingen mätpunkt angiven för kolumnen «{column['column']}».",
                    "Ange metering_point eller meter_column.",
                )
        unit = column.get("unit") or opts.unit or (None if opts.unit_column else unit_told)
        quantity = column.get("quantity") or opts.quantity
        result.append(readings.value_column(column["column"], meter, quantity, unit, opts.unit_column, name))
    return result


def _numbers(found: Grid, values: Sequence[ValueColumn], opts: Options) -> pl.DataFrame:
    """Return the rows, a workbook's own numbers written with the declared decimal sign."""
    if not found.excel:
        return found.rows
    names = [cell(v.column) for v in values]
    return found.rows.with_columns(metering.numbers_as(found.rows[n], opts.decimal, opts.thousands) for n in names)


def _times(sieve: Sieve, opts: Options) -> list[Finding]:
    """Give the rows `start_utc` and `end_utc`; refuse times that cannot be read or told apart."""
    forms = (*opts.time_format, "2024-01-31 13:00", "31 januari 2024 13:00")
    for column, target in ((opts.time_column, "local"), (opts.end_column, "local_end")):
        if column:
            times = metering.spreadsheet_times(sieve.rows[cell(column)], opts.time_format)
            sieve.rows = sieve.rows.with_columns(times.alias(target))
            message = metering.no_time(column, forms)
            sieve.drop((pl.col(cell(column)) == "") & pl.col(target).is_null(), "missing_time",
                       pl.format("tiden saknas i kolumnen «{}»", pl.lit(column)))  # fmt: skip
            sieve.drop(pl.col(target).is_null(), "bad_time", message)
    group = sieve.rows[cell(opts.meter_column)] if opts.meter_column else None
    return metering.place(sieve, opts, opts.time_column, bool(opts.end_column), group)
