"""Trends of a building's automation described by settings: samples of points, long or wide, CSV or Excel.

Long: a row is one sample (point, time, value). Wide: a row is one time, a column one point, its unit in the settings or
in brackets after its heading. A sample is a number or a word; a word that means a number is told in `words`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from energy.errors import SourceError
from energy.model import Finding, Parsed, frame
from energy.sources import clocks, grid, text
from energy.sources.base import MAX_SHOWN, Sieve, options_of, quoted, refuse_values, shortened
from energy.sources.meters import delimited_layout, readings
from energy.sources.people import people

NAME = "trends"
VERSION = 1

COLUMN_KEYS = ("column", "point", "unit")
WORDS: Mapping[str, Any] = {
    "till": 1, "på": 1, "on": 1, "true": 1, "sant": 1, "från": 0, "av": 0, "off": 0, "false": 0, "falskt": 0,
}  # fmt: skip
# what stands for a value that the point could not give, and what that makes of the sample
BAD_VALUES: Mapping[str, str] = {
    "#fel": "invalid", "#fel!": "invalid", "fel": "invalid", "error": "invalid", "nan": "invalid", "inf": "invalid",
    "-inf": "invalid", "bad": "invalid", "fault": "invalid", "givarfel": "invalid", "offline": "missing",
    "n/a": "missing", "#n/a": "missing", "saknas": "missing", "no data": "missing",
}  # fmt: skip
STATUS_MAP: Mapping[str, str] = {
    "": "measured", "ok": "measured", "good": "measured", "normal": "measured", "manuell": "manual", "hand": "manual",
    "manual": "manual", "override": "manual", "osäker": "suspect", "uncertain": "suspect", "bad": "invalid",
    "fault": "invalid", "fel": "invalid", "offline": "missing", "saknas": "missing",
}  # fmt: skip
_HEADED = re.compile(r"(.*\S)\s*[\[(]([^\[\]()]{1,20})[\])]")
_LONGEST = 200  # characters of a heading in which a unit is looked for
_MAX_POINTS = 400  # columns of a wide file; grid looks at 500


@dataclass(frozen=True)
class Options:
    """Settings of one export of trends. `clock` has no default: the export's own settings tell it."""

    layout: str = ""  # long or wide
    clock: str = ""
    time_column: str = ""
    hour_column: str | None = None  # the clock time, where time_column holds the day alone
    time_format: tuple[str, ...] = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S")
    point_column: str | None = None  # long
    value_column: str | None = None  # long
    unit_column: str | None = None  # long
    status_column: str | None = None  # of the row
    unit: str | None = None  # of every point that has no other
    columns: tuple[Mapping[str, str], ...] = ()  # column: the heading (wide) or point's text (long); point; unit
    words: Mapping[str, Any] = field(default_factory=dict)  # word -> number it means, or text it is kept as
    bad_values: Mapping[str, str] = field(default_factory=dict)  # word -> status, beside BAD_VALUES
    status_map: Mapping[str, str] = field(default_factory=dict)  # beside STATUS_MAP
    missing_values: tuple[str, ...] = ("", "-", "--", "---", "null")
    decimal: str = ","
    thousands: str = ""
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None


def detect(head: bytes, name: str) -> bool:
    """Return False: an export of trends says too little about itself; it is named in the settings."""
    return False


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    opts = options_of(Options, given, where)
    long = opts.layout == "long"
    allowed = (
        ("layout", opts.layout in ("long", "wide"), "long (en rad per prov) eller wide (en kolumn per punkt)"),
        ("clock", bool(opts.clock), "UTC, Etc/GMT-1 (normaltid) eller Europe/Stockholm (med sommartid)"),
        ("time_column", bool(opts.time_column), "namnet på tidskolumnen"),
        ("time_format", bool(opts.time_format), "minst ett format"),
        ("point_column", bool(opts.point_column) == long, "punktens kolumn i layout long, annars utelämnad"),
        ("value_column", bool(opts.value_column) == long, "värdets kolumn i layout long, annars utelämnad"),
        ("unit_column", long or not opts.unit_column, "bara i layout long"),
        ("decimal", opts.decimal in (",", "."), ", eller ."),
        ("thousands", opts.thousands in ("", ",", ".", "'") and opts.thousands != opts.decimal, "tomt eller . , '"),
        ("delimiter", opts.delimiter is None or (len(opts.delimiter) == 1 and opts.delimiter not in '"\n\r'),
         "ett tecken, till exempel ;"),
        ("encoding", opts.encoding is None or opts.encoding.lower() in text.ENCODINGS, ", ".join(text.ENCODINGS)),
        ("columns", all(set(c) <= set(COLUMN_KEYS) for c in opts.columns), ", ".join(COLUMN_KEYS)),
        ("columns", len(opts.columns) <= _MAX_POINTS, f"högst {_MAX_POINTS} kolumner"),
        ("words", all(isinstance(v, str) or _is_number(v) for v in opts.words.values()), "tal eller texter"),
    )  # fmt: skip
    refuse_values(opts, allowed, where)
    clocks.check(opts.clock, opts.time_format, where)
    readings.check_status_map({**opts.status_map, **opts.bad_values}, where)
    return opts


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and abs(value) < 1e15  # NaN is not below anything


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the samples, values in the unit that is told beside them; `missing_values` of a wide file are none.

    Raises SourceError where a named column is not there. A word that neither `words` nor `bad_values` knows is
    refused with its row.
    """
    opts = check(options, name)
    lines = grid.load(data, name, opts.sheet, opts.delimiter, opts.encoding)
    table, points = _table(lines, opts, name)
    whole = Sieve(table.rows.with_columns(ragged=_ragged(lines, table, points, opts)))
    whole.drop(pl.col("ragged"), "ragged_row", "raden har inte lika många fält som rubriken")
    rows, findings = _times(whole.rows, opts)
    blank = [people.fold(word) for word in opts.missing_values]
    sieve = Sieve(_samples(rows, points, blank), shortened(pl.col("original")))
    _drop_times(sieve, opts)
    _points(sieve, opts)
    _statuses(sieve, opts)
    _values(sieve, table.excel, opts, blank)
    rejects = pl.concat([whole.rejects(), sieve.rejects()]).sort("row_no", maintain_order=True)
    found = frame("trends", sieve.rows)
    findings += readings.number_findings(rejects, found.height, opts.decimal)
    if not found.height and not rejects.height:
        findings.append(Finding("no_rows", "warning", f"{name}: inga prov under rubrikraden {table.header_row}."))
    issued = people.saved_at(data) or _issued(lines, table)
    return Parsed(
        NAME,
        {"trends": found},
        people.placed(rejects, table.sheet),
        findings,
        table.encoding,
        opts.clock,
        issued,
        table.sheet,
    )


def _table(lines: grid.Lines, opts: Options, name: str) -> tuple[grid.Grid, Mapping[str, str]]:
    """Return the asked columns under names of our own, and in a wide table column -> heading of its points."""
    asked = {"time": opts.time_column, "hour": opts.hour_column, "quality": opts.status_column}
    asked |= {"point_text": opts.point_column, "cell": opts.value_column, "unit_text": opts.unit_column}
    named = {key: (heading,) for key, heading in asked.items() if heading}
    if opts.layout == "long":
        return grid.find(lines, name, named), {}
    told = [column["column"] for column in opts.columns]
    if not told:
        header = grid.find(lines, name, named).header
        used = {heading.casefold() for (heading,) in named.values()}
        told = [heading for heading in header if heading and heading.casefold() not in used]
    _refuse_columns(told, name)
    points = {f"point:{n}": heading for n, heading in enumerate(told)}
    return grid.find(lines, name, {**named, **{key: (heading,) for key, heading in points.items()}}), points


def _refuse_columns(told: Sequence[str], name: str) -> None:
    """Raise SourceError for more points than are read at once, and for two of the same heading."""
    if len(told) > _MAX_POINTS:
        found = f"filen har {len(told)} kolumner med punkter, och högst {_MAX_POINTS} läses åt gången."
        raise SourceError.from_file(name, found, "Ange columns, eller dela exporten.")
    folded = [heading.casefold() for heading in told]
    twice = next((heading for heading in told if folded.count(heading.casefold()) > 1), None)
    if twice is not None:
        raise SourceError.from_file(name, f"kolumnen «{twice[:MAX_SHOWN]}» finns två gånger.", "Ge dem olika namn.")


def _ragged(lines: grid.Lines, table: grid.Grid, points: Mapping[str, str], opts: Options) -> pl.Series:
    """Return the rows that end before the last asked column, or go on past the headings."""
    headings = (opts.time_column, opts.hour_column, opts.status_column, opts.point_column, opts.value_column)
    words = {h: (h,) for h in (*headings, opts.unit_column, *points.values()) if h}
    return people.lacking(lines, table, words) | table.rows["surplus"]


def _times(rows: pl.DataFrame, opts: Options) -> tuple[pl.DataFrame, list[Finding]]:
    """Give the rows `time`, `local`, `at_utc` and `time_rule`; tell where days of a clock change gainsay the clock."""
    if opts.hour_column:
        day = pl.col("time").str.strip_suffix(people.MIDNIGHT)
        hour = pl.col("hour").str.replace(r"^1899-12-3[01] ", "")
        rows = rows.with_columns(time=pl.concat_str(day, pl.lit(" "), hour))
    local = clocks.parse(rows["time"], opts.time_format)
    group = rows["point_text"] if opts.layout == "long" else pl.repeat("", rows.height, dtype=pl.String, eager=True)
    instants, rule = clocks.to_utc(local, opts.clock, group)
    step = pl.DataFrame({"local": local, "group": group}).select(pl.col("local").diff().over("group")).to_series()
    usual = step.drop_nulls().dt.total_minutes().mode().sort()
    minutes = int(usual[0]) if len(usual) else 0
    findings = clocks.dst_findings(local, group, opts.clock, minutes) if minutes > 0 else []
    return rows.with_columns(local.alias("local"), instants.alias("at_utc"), rule.alias("time_rule")), findings


def _samples(rows: pl.DataFrame, points: Mapping[str, str], blank: list[str]) -> pl.DataFrame:
    """Return one row per sample with `point_text`, `cell`, `quality` and `unit_text`; blank cells of a wide row none.

    A wide row may hold hundreds: `original` is then the time and the cell, not the row over and over.
    """
    missing = [c for c in ("quality", "unit_text") if c not in rows.columns]
    rows = rows.with_columns(pl.lit("").alias(column) for column in missing)
    if not points:
        return rows
    kept = ["row_no", "time", "local", "at_utc", "time_rule", "quality", "unit_text"]
    long = rows.unpivot(list(points), index=kept, variable_name="column", value_name="cell")
    long = long.filter(~pl.col("cell").str.to_lowercase().is_in(blank))
    return long.with_columns(
        point_text=pl.col("column").replace_strict(dict(points), return_dtype=pl.String),
        original=pl.format("{};{}", "time", "cell"),
    ).sort("row_no", maintain_order=True)


def _drop_times(sieve: Sieve, opts: Options) -> None:
    """Refuse samples whose time cannot be read or told apart."""
    forms = " eller ".join(opts.time_format)
    message = pl.format("tiden «{}» i kolumnen «{}» passar inte {}", quoted("time"), pl.lit(opts.time_column),
                        pl.lit(forms))  # fmt: skip
    sieve.drop(pl.col("local").is_null(), "bad_time", message)
    readings.drop_clock(sieve, "time", opts.clock)


def _points(sieve: Sieve, opts: Options) -> None:
    """Give the samples `point` and `unit`: of the settings, else the file's own; refuse rows that name no point."""
    sieve.drop(pl.col("point_text") == "", "missing_point", "punkten saknas på raden")
    told = {c["column"]: (c.get("point") or c["column"], c.get("unit") or opts.unit) for c in opts.columns}
    for word in sieve.rows["point_text"].unique().to_list() if opts.layout == "wide" else ():
        headed = _HEADED.fullmatch(word[:_LONGEST])
        told.setdefault(word, (headed[1], headed[2]) if headed else (word, opts.unit))
    ids = {column: point for column, (point, _) in told.items()}
    units = {column: unit for column, (_, unit) in told.items() if unit}
    own = pl.when(pl.col("unit_text") != "").then("unit_text").otherwise(pl.lit(opts.unit, pl.String))
    sieve.rows = sieve.rows.with_columns(
        pl.col("point_text").replace(ids).alias("point"),
        pl.coalesce(pl.col("point_text").replace_strict(units, default=None, return_dtype=pl.String), own).alias(
            "unit"
        ),
    )


def _statuses(sieve: Sieve, opts: Options) -> None:
    """Give the samples their `status`; refuse words that no map knows."""
    known = {people.fold(word): status for word, status in {**STATUS_MAP, **opts.status_map}.items()}
    word = pl.col("quality").str.to_lowercase()
    sieve.rows = sieve.rows.with_columns(status=word.replace_strict(known, default=None, return_dtype=pl.String))
    message = pl.format("okänd status «{}». Kända: {}", quoted("quality"), pl.lit(", ".join(k for k in known if k)))
    sieve.drop(pl.col("status").is_null(), "unknown_status", message)


def _values(sieve: Sieve, excel: bool, opts: Options, blank: list[str]) -> None:
    """Give the samples `value` or `word`; a bad value has neither, and a status that says so."""
    folded = pl.col("cell").str.to_lowercase()
    sieve.drop(folded.is_in(blank), "missing_value", "värdet saknas")
    words = {people.fold(word): meant for word, meant in {**WORDS, **opts.words}.items()}
    numbers = {word: float(meant) for word, meant in words.items() if not isinstance(meant, str)}
    kept = {word: meant for word, meant in words.items() if isinstance(meant, str)}
    bad = {people.fold(word): status for word, status in {**BAD_VALUES, **opts.bad_values}.items()}
    value = grid.number(sieve.rows["cell"], excel, opts.decimal, opts.thousands).alias("value")
    sieve.rows = sieve.rows.with_columns(
        value,
        folded.replace_strict(numbers, default=None, return_dtype=pl.Float64).alias("meant"),
        folded.replace_strict(kept, default=None, return_dtype=pl.String).alias("word"),
        folded.replace_strict(bad, default=None, return_dtype=pl.String).alias("bad"),
    )
    meant = pl.coalesce("meant", "value")
    sieve.rows = sieve.rows.with_columns(
        pl.when(pl.col("word").is_null()).then(meant).alias("value"),
        pl.when(meant.is_null() & pl.col("word").is_null()).then("bad").alias("bad"),
    )
    unknown = pl.all_horizontal(pl.col("value", "word", "bad").is_null())
    said = pl.format("«{}» är varken ett tal med decimaltecken «{}» eller ett ord i words", quoted("cell"),
                     pl.lit(opts.decimal))  # fmt: skip
    sieve.drop(unknown, "not_a_number", said)
    sieve.rows = sieve.rows.with_columns(status=pl.coalesce("bad", "status"))


def _issued(lines: grid.Lines, table: grid.Grid) -> str | None:
    """Return the time of export that a line above the headings tells, as ISO text without offset."""
    above = lines.rows.filter(pl.col("row_no") < table.header_row)["cells"].to_list()
    keys = {key.casefold() for key in delimited_layout.ISSUED_KEYS}
    stamps = [str(row[1])[:MAX_SHOWN] for row in above if len(row) > 1 and str(row[0]).rstrip(":").casefold() in keys]
    found = clocks.parse(pl.Series(stamps[:1], dtype=pl.String), delimited_layout.ISSUED_FORMATS).drop_nulls()
    return str(found[0].isoformat()) if len(found) else None
