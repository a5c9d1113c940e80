"""Exports of meter values in two parts: who and what above, the values below; one meter after another in one file.

E.ON's "Mätvärdesexport" is known without settings; other columns are named in them. Values taken out and values fed in
are never added: one direction is read, the other is left out and told, or goes to a metering point of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import polars as pl

from energy.errors import SourceError
from energy.model import Finding, Parsed, frame
from energy.sources import clocks, grid, text
from energy.sources.base import Sieve, cell, missing_column, options_of, quoted, refuse_values
from energy.sources.grid import Lines
from energy.sources.meters import metering, readings
from energy.sources.meters.metering import STATUS_MAP, Shape
from energy.sources.meters.readings import ValueColumn

NAME = "two_section"
VERSION = 1

TIMES = ("starttidpunkt", "starttid", "från", "tidpunkt")
ENDS = ("sluttidpunkt", "sluttid", "till")
VALUES = ("kvantitet", "värde", "mätvärde")
QUALITIES = ("kvalitet", "status", "mätvärdesstatus")
DIRECTIONS = ("energiriktning", "riktning")
CONSUMPTION, PRODUCTION = "förbrukning", "produktion"
WORDS = {CONSUMPTION: CONSUMPTION, "uttag": CONSUMPTION, PRODUCTION: PRODUCTION, "inmatning": PRODUCTION}
MAX_SECTIONS, MAX_HEADS, MAX_UNITS = 20_000, 50, 50
TIME, END, VALUE, STATUS = "Starttidpunkt", "Sluttidpunkt", "Kvantitet", "Kvalitet"  # as messages call them


@dataclass(frozen=True)
class Options:
    """Settings of an export in two parts; none is needed for E.ON's. See `energy.sources.meters.two_section.read`."""

    delimiter: str | None = None  # without it the most frequent of ; tab , in the first line
    encoding: str | None = None  # without it UTF-8, else Windows-1252
    decimal: str = ","
    thousands: str = ""
    time_column: str | None = None  # without it Starttidpunkt, Starttid, Från or Tidpunkt
    end_column: str | None = None  # without it Sluttidpunkt, Sluttid or Till, where there is one
    value_column: str | None = None  # without it Kvantitet, Värde or Mätvärde
    status_column: str | None = None  # without it Kvalitet, Status or Mätvärdesstatus, where there is one
    status_map: Mapping[str, str] = field(default_factory=lambda: STATUS_MAP)
    clock: str = "Etc/GMT-1"
    stamp: str = "start"
    kind: str = "interval"
    interval_minutes: int = 60  # where there is no column of ends
    direction: str = "Förbrukning"  # or Produktion: the one that is read as the meter itself
    other_direction: Mapping[str, str] = field(default_factory=dict)  # meter -> metering point of its other direction
    meters: Mapping[str, str] = field(default_factory=dict)  # the file's id -> metering point; others keep their id
    metering_point: str | None = None  # where the file tells none
    quantity: str | None = None  # without it by the unit: energy, volume or power
    unit: str | None = None  # where the file tells none
    missing_values: tuple[str, ...] = ("", "n/e")


@dataclass(frozen=True)
class Section:
    """One part of values: its row of headings, and what the lines above it tell."""

    header: tuple[str, ...]
    meter: str | None
    unit: str | None
    issued_at: str | None
    row_no: int  # of the headings


def detect(head: bytes, name: str) -> bool:
    """Return whether the first lines name a plant and, below, the columns of E.ON's export."""
    content = head.decode("utf-8-sig", "replace").casefold()
    lines = [line for line in content.splitlines()[:30] if line.strip()]
    at = next((n for n, line in enumerate(lines) if "anläggnings-id" in line), None)
    return at is not None and any(TIMES[0] in line and VALUES[0] in line for line in lines[at + 1 :])


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    opts = options_of(Options, given, where)
    clocks.check(opts.clock, (), where)
    mark = opts.delimiter
    allowed = (
        ("delimiter", mark is None or (len(mark) == 1 and mark not in '"\n\r'), "ett tecken, till exempel ;"),
        ("encoding", opts.encoding is None or opts.encoding.lower() in text.ENCODINGS, ", ".join(text.ENCODINGS)),
        ("decimal", opts.decimal in (",", "."), ", eller ."),
        (
            "thousands",
            opts.thousands in ("", ",", ".", "'") and opts.thousands != opts.decimal,
            "tomt eller . , '",
        ),
        ("stamp", opts.stamp in ("start", "end"), "start eller end"),
        ("kind", opts.kind in ("interval", "register"), "interval eller register"),
        ("interval_minutes", 0 < opts.interval_minutes <= 44_640, "1 till 44640"),
        ("direction", opts.direction.casefold() in (CONSUMPTION, PRODUCTION), "Förbrukning eller Produktion"),
    )
    refuse_values(opts, allowed, where)
    readings.check_status_map(opts.status_map, where)
    if opts.quantity:
        readings.check_columns((), ("column",), opts.quantity, opts.unit, where)
    elif opts.unit:
        metering.quantity_of(opts.unit, where)
    metering.check_meters({**opts.meters, **{f"{m}/": p for m, p in opts.other_direction.items()}}, where)
    return opts


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the readings of every section [kWh, m³ or kW by the unit the section tells].

    Raises SourceError where no row holds the columns asked for, or no section tells its meter; a bad row is a reject.
    """
    opts = check(options, name)
    lines = grid.load(data, name, None, opts.delimiter, opts.encoding)
    sections, rows = _sections(lines, opts, name)
    if not (opts.metering_point or any(s.meter for s in sections)):
        raise SourceError.from_file(name, "ingen mätpunkt finns ovanför rubrikerna.", "Ange metering_point.")
    sieve = Sieve(_fields(sections, rows, opts, name))
    sieve.drop(pl.col("ragged"), "ragged_row", "raden har inte lika många fält som sin rubrikrad")
    findings = [*_cut(lines, rows, sections), *_directions(sieve, opts)]
    shape = Shape(
        opts.clock, opts.decimal, opts.thousands, opts.missing_values, opts.stamp, opts.kind, opts.interval_minutes,
        "meter", None, STATUS if any(_place(s.header, opts, QUALITIES) is not None for s in sections) else None,
        opts.status_map,
    )  # fmt: skip
    findings += _times(sieve, shape, any(_place(s.header, opts, ENDS) is not None for s in sections))
    tables, rejects = [], [sieve.rejects()]
    for table, refused in _values(sieve.rows, shape, opts, name):
        tables.append(table)
        rejects.append(refused)
    table = pl.concat(tables).sort("row_no", maintain_order=True)
    bad = pl.concat(rejects).sort("row_no", maintain_order=True).with_columns(sheet=pl.lit(lines.sheet, pl.String))
    findings += readings.number_findings(bad, table.height, opts.decimal)
    if not table.height and not bad.height:
        findings.append(Finding("no_rows", "warning", f"{name}: inga värden under rubrikerna."))
    issued = max((s.issued_at for s in sections if s.issued_at), default=None)
    return Parsed(NAME, {"readings": table}, bad, findings, lines.encoding, opts.clock, issued, lines.sheet)


def _words(opts: Options, usual: Sequence[str]) -> Sequence[str]:
    """Return the headings a column may have: the one the settings name, else the usual ones."""
    named = {TIMES: opts.time_column, ENDS: opts.end_column, VALUES: opts.value_column, QUALITIES: opts.status_column}
    told = named.get(tuple(usual))
    return (told.casefold(),) if told else usual


def _place(header: Sequence[str], opts: Options, usual: Sequence[str]) -> int | None:
    heads = [h.casefold() for h in header]
    return next((heads.index(w) for w in _words(opts, usual) if w in heads), None)


def _sections(lines: Lines, opts: Options, name: str) -> tuple[list[Section], pl.DataFrame]:
    """Return the sections and the rows of values with the number of their `section`."""
    cells = lines.rows["cells"]
    low = cells.list.eval(pl.element().str.strip_chars_end(": ").str.to_lowercase())

    def has(words: Sequence[str]) -> pl.Series:
        return low.list.eval(pl.element().is_in(list(words))).list.any()

    is_head = has(_words(opts, TIMES)) & has(_words(opts, VALUES))
    heads = is_head.arg_true().to_list()
    starts = (has(metering.METER_KEYS) & ~is_head).arg_true().to_list()
    if not heads:
        best = max(([str(c) for c in row] for row in cells.head(grid.SEARCHED).to_list()), key=len, default=[])
        raise missing_column(name, opts.value_column or VALUES[0].capitalize(), best)
    if len(heads) > MAX_SECTIONS:
        raise SourceError.from_file(name, f"filen har {len(heads)} rubrikrader.", f"Högst {MAX_SECTIONS} läses: dela.")
    spans = list(_spans(heads, starts, lines.rows.height))
    of_row = pl.DataFrame({"n": pl.int_range(lines.rows.height, eager=True)}).join_asof(
        pl.DataFrame({"n": [h + 1 for h in heads], "section": range(len(heads)), "end": [end for *_, end in spans]}),
        on="n",
    )
    rows = lines.rows.hstack(of_row).filter(pl.col("n") < pl.col("end"))
    return list(_told(lines.rows, spans, opts)), rows.drop("n", "end")


def _spans(heads: Sequence[int], starts: Sequence[int], height: int) -> Iterator[tuple[int, int, int]]:
    """Yield (first row above the headings, the headings, end of the values) of each section, as positions."""
    above, pending = 0, iter([*starts, height])
    start = next(pending)
    for head, following in pairwise([*heads, height]):
        while start <= head:
            start = next(pending)
        end = min(start, following)
        yield above, head, end
        above = end


def _told(rows: pl.DataFrame, spans: Sequence[tuple[int, int, int]], opts: Options) -> Iterator[Section]:
    """Yield the sections; one with nothing above its headings is of the same meter as the one before."""
    cells = rows["cells"]
    meter = unit = issued = None
    for above, head, _ in spans:
        words = cells.slice(max(above, head - grid.SEARCHED), min(head - above, grid.SEARCHED)).to_list()
        if words:
            told = metering.told([[str(c or "") for c in row] for row in words])
            meter = metering.first(told, metering.METER_KEYS)
            unit = metering.first(told, metering.UNIT_KEYS)
            issued = metering.issued(metering.first(told, metering.ISSUED_KEYS))
        header = tuple(str(c or "").strip() for c in cells[head].to_list())
        yield Section(header, meter or opts.metering_point, unit or opts.unit, issued, int(rows["row_no"][head]))


def _cut(lines: Lines, rows: pl.DataFrame, sections: Sequence[Section]) -> list[Finding]:
    """Return a finding where the file ends with lines about a meter that has no values."""
    last, values = lines.rows["row_no"].max(), rows["row_no"].max()
    after = max(sections[-1].row_no, values if isinstance(values, int) else 0)
    if not isinstance(last, int) or last <= after:
        return []
    words = f"Efter rad {after} följer uppgifter om en mätare, men inga värden: filen kan vara avkapad."
    return [Finding("section_without_rows", "warning", words, row_no=after + 1)]


def _fields(sections: Sequence[Section], rows: pl.DataFrame, opts: Options, name: str) -> pl.DataFrame:
    """Return the rows of values with text cells, `direction`, and the `meter` and `unit` of their section."""
    kinds = list(dict.fromkeys(s.header for s in sections))
    if len(kinds) > MAX_HEADS:
        raise SourceError.from_file(name, f"filen har {len(kinds)} olika rubrikrader.", "Dela filen.")
    of_section = pl.DataFrame(
        {
            "section": range(len(sections)),
            "kind_no": [kinds.index(s.header) for s in sections],
            "meter": [s.meter for s in sections],
            "unit": [s.unit for s in sections],
        },
        schema_overrides={"meter": pl.String, "unit": pl.String},
    )
    rows = rows.join(of_section, on="section", how="left", maintain_order="left")
    parts = [_cells(rows.filter(pl.col("kind_no") == n), header, opts) for n, header in enumerate(kinds)]
    table = pl.concat(parts).sort("row_no", maintain_order=True)
    return table.with_columns(metering.mapped(pl.col("meter"), opts.meters).alias(cell("meter")))


def _cells(rows: pl.DataFrame, header: Sequence[str], opts: Options) -> pl.DataFrame:
    """Return the cells of rows under one row of headings; what the headings do not have is null."""
    asked = {TIME: TIMES, VALUE: VALUES, END: ENDS, STATUS: QUALITIES}
    columns = {cell(key): at for key, words in asked.items() if (at := _place(header, opts, words)) is not None}
    direction = _place(header, opts, DIRECTIONS)
    if direction is not None:
        columns["direction"] = direction
    cells = rows["cells"]
    table = text.pick(rows.drop("cells", "section", "kind_no"), cells, columns)
    absent = [name for name in (*map(cell, asked), "direction") if name not in columns]
    surplus = cells.list.slice(len(header)).list.join("") != ""
    ragged = table.select(pl.any_horizontal(pl.col(list(columns)).is_null())).to_series() | surplus
    empty = [pl.lit(None, pl.String).alias(name) for name in absent]
    return table.with_columns(*empty, ragged.alias("ragged")).select(
        "row_no", "original", "meter", "unit", *map(cell, asked), "direction", "ragged"
    )


def _directions(sieve: Sieve, opts: Options) -> list[Finding]:
    """Keep the rows of the direction asked for; move the others to their own point, or leave them out and tell it."""
    word = pl.col("direction").str.to_lowercase()
    sieve.drop(pl.col("direction").is_not_null() & ~word.is_in(list(WORDS)), "unknown_direction",
               pl.format("okänd riktning «{}»; känd är Förbrukning eller Produktion", quoted("direction")))  # fmt: skip
    own = word.replace(WORDS).fill_null(opts.direction.casefold()) == opts.direction.casefold()
    other = pl.col(cell("meter")).replace_strict(dict(opts.other_direction), default=None, return_dtype=pl.String)
    moved = pl.when(own).then(pl.col(cell("meter"))).otherwise(other)
    rows = sieve.rows.with_columns(own=own, point=moved)
    left = rows.filter(pl.col("point").is_null() & ~pl.col("own"))
    sieve.rows = rows.filter(pl.col("point").is_not_null() | pl.col("own")).with_columns(
        pl.col("point").alias(cell("meter"))
    )
    if left.is_empty():
        return []
    meters = ", ".join(sorted(str(m)[:40] for m in left[cell("meter")].unique().drop_nulls().to_list())[:5])
    words = (
        f"{left.height} rader lästes inte: riktningen är «{left['direction'][0][:40]}», och den summeras aldrig med "
        f"{opts.direction.lower()} (mätpunkt {meters}). Ange other_direction med en egen mätpunkt för att läsa dem."
    )
    return [Finding("rows_left_out", "info", words, row_no=int(left["row_no"][0]))]


def _times(sieve: Sieve, shape: Shape, has_end: bool) -> list[Finding]:
    """Give the rows `start_utc` and `end_utc`; refuse times that cannot be read or told apart."""
    for column, target in ((TIME, "local"), (END, "local_end")):
        if column == TIME or has_end:
            times = metering.spreadsheet_times(sieve.rows[cell(column)])
            sieve.rows = sieve.rows.with_columns(times.alias(target))
            message = metering.no_time(column, ("2024-01-31 13:00",))
            sieve.drop(pl.col(target).is_null(), "bad_time", message)
    return metering.place(sieve, shape, TIME, has_end, sieve.rows[cell("meter")].fill_null(""))


def _values(rows: pl.DataFrame, shape: Shape, opts: Options, name: str) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Yield (readings, rejects) of the rows of each unit; a unit that is no energy, volume or power is refused."""
    told = rows["unit"].unique().sort().to_list()
    for number, unit in enumerate(told):
        own = rows.filter(pl.col("unit").eq_missing(pl.lit(unit, pl.String)))
        try:
            yield readings.values(own, _value_column(unit, number, opts, name), shape)
        except SourceError as error:
            sieve = Sieve(own)
            sieve.drop(pl.col("row_no").is_not_null(), "unknown_unit", str(error).removeprefix(f"{name}: "))
            yield frame("readings"), sieve.rejects()
    if not told:
        yield frame("readings"), frame("rejects")


def _value_column(unit: str | None, number: int, opts: Options, name: str) -> ValueColumn:
    """Return what the values of a unit are; raise SourceError where the unit, or its absence, does not tell."""
    if unit is None or number >= MAX_UNITS:
        raise SourceError.from_file(name, "enheten saknas ovanför rubrikerna.", "Ange unit.")
    if opts.quantity:
        return readings.value_column(VALUE, None, opts.quantity, unit, None, name)
    return ValueColumn(VALUE, None, *metering.quantity_of(unit[:80], name))
