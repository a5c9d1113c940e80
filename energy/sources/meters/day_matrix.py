"""A matrix of days: one row per day (and meter), a column per hour or quarter of it, as text or as a sheet.

The columns are headed 00:00-01:00, 00:00 or 01:00 to 24:00, 1 to 24, 00 to 23, H01 to H24, or 96 quarters in the same
ways. Such a matrix has no room for a day of 25 hours. In normal time (the default) no day has them; in civil time the
hour that does not exist is refused, and so is the one hour of autumn that stands for two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl

from energy.errors import SourceError
from energy.model import Finding, Parsed, frame
from energy.sources import clocks, grid, text
from energy.sources.base import Sieve, cell, missing_column, options_of, quoted, refuse_values
from energy.sources.grid import Lines
from energy.sources.meters import metering, readings
from energy.sources.meters.readings import ValueColumn
from energy.sources.people import people
from energy.swedish import sv_short

NAME = "day_matrix"
VERSION = 1

DATE_WORDS = ("datum", "dag", "dygn", "date")
SUM_WORDS = ("summa", "totalt", "total", "dygnssumma", "dygnsförbrukning", "summa kwh", "summa mwh")
DAY = 1440  # minutes
TIME = "tid"  # of a value, as messages show it
_CLOCK = r"(\d{1,2})(?:[:.](\d{2}))?(?::00)?"
_SPAN = re.compile(rf"(?:kl\.? ?)?{_CLOCK}\s*[-–—]\s*{_CLOCK}")
_POINT = re.compile(rf"(?:kl\.? ?|h|t|tim\.? ?|timme ?|q|kv\.? ?|kvart ?)?{_CLOCK}")
_EPOCH = re.compile(r"^(?:1899-12-3[01]|1900-01-00) ")  # a time of day as a workbook's reader tells it


@dataclass(frozen=True)
class Options:
    """Settings of a matrix of days; see `energy.sources.meters.day_matrix.read`."""

    sheet: str | None = None
    delimiter: str | None = None  # of a text; without it the most frequent of ; tab ,
    encoding: str | None = None  # of a text; without it UTF-8, else Windows-1252
    date_column: str | None = None  # without it Datum, Dag, Dygn or Date
    date_format: tuple[str, ...] = ()  # forms besides 2024-01-31 and 31 januari 2024
    metering_point: str | None = None
    meter_column: str | None = None
    quantity: str = "energy_kwh"
    unit: str | None = None
    clock: str = "Etc/GMT-1"
    decimal: str = ","
    thousands: str = ""
    sum_column: str | None = None  # the day's sum, checked; without it Summa, Totalt and the like
    missing_values: tuple[str, ...] = ("", "n/e", "-")


@dataclass(frozen=True)
class Matrix:
    """The headings found: `hours` holds (heading, its column, minutes from midnight) in order of time."""

    at: int  # position of the row of headings
    header: tuple[str, ...]
    hours: tuple[tuple[str, int, int], ...]
    minutes: int  # 60 or 15


def detect(head: bytes, name: str) -> bool:
    """Return whether the first line is a date and the hours of a day."""
    line = text.first_line(head)
    cells = [c.strip(' "') for c in line.split(max(";\t,", key=line.count))]
    return cells[0].casefold() in DATE_WORDS and _hours(cells) is not None


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options; raise SourceError, beginning with `where`, for a key or a value that is not allowed."""
    opts = options_of(Options, given, where)
    clocks.check(opts.clock, opts.date_format, where)
    mark = opts.delimiter
    allowed = (
        ("delimiter", mark is None or (len(mark) == 1 and mark not in '"\n\r'), "ett tecken, till exempel ;"),
        ("encoding", opts.encoding is None or opts.encoding.lower() in text.ENCODINGS, ", ".join(text.ENCODINGS)),
        ("decimal", opts.decimal in (",", "."), ", eller ."),
        ("thousands", opts.thousands in ("", "'"), "tom eller '"),
    )
    refuse_values(opts, allowed, where)
    readings.check_columns((), ("column",), opts.quantity, opts.unit, where)
    return opts


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the readings of a matrix; a row is a record per hour, a row of sums is one.

    Raises SourceError where no row is headed by the hours of a day, or meter or unit is told nowhere.
    """
    opts = check(options, name)
    lines = grid.load(data, name, opts.sheet, opts.delimiter, opts.encoding)
    matrix = _matrix(lines, name)
    above = metering.told(lines.rows["cells"].head(matrix.at).to_list())
    value = _value_column(opts, above, name)
    rows, sums = _table(data, lines, matrix, opts, name)
    sieve = Sieve(rows)
    metering.drop_totals(sieve, "date")
    whole = sieve.rejects()
    findings = _days(sieve, matrix, lines, opts, sums)
    labels = [ValueColumn(label, None, value.quantity, None) for label, _, _ in matrix.hours]
    lost = readings.copied(sieve.rejects().filter(pl.col("rule") != "total_row"), labels)
    sieve, more = _values(sieve.rows, matrix, value, lines, opts)
    table = frame("readings", sieve.rows.sort("row_no", "start_utc", maintain_order=True))
    bad = pl.concat([whole, lost, sieve.rejects()]).sort("row_no", maintain_order=True)
    findings += [*more, *readings.number_findings(bad, table.height, opts.decimal)]
    if not table.height and not bad.height:
        findings.append(Finding("no_rows", "warning", f"{name}: inga dygn under rubrikraden."))
    bad = bad.with_columns(sheet=pl.lit(lines.sheet, pl.String))
    issued = metering.issued(metering.first(above, metering.ISSUED_KEYS)) or people.saved_at(data)
    return Parsed(NAME, {"readings": table}, bad, findings, lines.encoding, opts.clock, issued, lines.sheet)


def _matrix(lines: Lines, name: str) -> Matrix:
    """Return the headings: the first row that holds every hour, or every quarter, of a day once."""
    most = 0
    for at, row in enumerate(lines.rows["cells"].head(grid.SEARCHED).to_list()):
        cells = [str(c or "").strip() for c in row]
        found = _hours(cells)
        if found:
            return Matrix(at, tuple(cells), found, DAY // len(found))
        most = max(most, sum(_SPAN.fullmatch(c) is not None for c in cells))
    why = f"en rad har {most} tidsspann, men ett dygn har 24 timmar eller 96 kvartar." if most else "ingen sådan finns."
    raise SourceError.from_file(
        name,
        f"rubrikraden ska ha en kolumn per timme (24) eller kvart (96), till exempel 00:00-01:00; {why}",
        "Ett dygn med 25 timmar ryms inte: exportera en rad per timme, eller i normaltid.",
    )


def _hours(cells: Sequence[str]) -> tuple[tuple[str, int, int], ...] | None:
    """Return (heading, column, minutes from midnight) in order of time; None unless a whole day stands there once."""
    clean = [_EPOCH.sub("", c.strip().casefold()) for c in cells]
    for pattern, starts in ((_SPAN, _span_starts), (_POINT, _point_starts)):
        found = [(at, match) for at, c in enumerate(clean) if (match := pattern.fullmatch(c))]
        minutes = starts([match for _, match in found])
        if minutes is not None:
            named = zip((at for at, _ in found), minutes, strict=True)
            return tuple(sorted(((cells[at], at, m) for at, m in named), key=lambda hour: hour[2]))
    return None


def _whole_day(starts: Sequence[int]) -> bool:
    return any(sorted(starts) == list(range(0, DAY, step)) for step in (60, 15))


def _span_starts(found: Sequence[re.Match[str]]) -> list[int] | None:
    """Return the minutes at which spans start, where they fill a day without gap or overlap."""
    starts = [int(m[1]) * 60 + int(m[2] or 0) for m in found]
    ends = [int(m[3]) * 60 + int(m[4] or 0) for m in found]
    if not _whole_day(starts):
        return None
    length = DAY // len(starts)
    return starts if all((s + length - e) % DAY == 0 for s, e in zip(starts, ends, strict=True)) else None


def _point_starts(found: Sequence[re.Match[str]]) -> list[int] | None:
    """Return the minutes at which the intervals of lone stamps start.

    00:00 to 23:00 are starts and 01:00 to 24:00 ends; 1 to 24 (or 96) count the intervals, 0 to 23 (or 95) the hours.
    """
    clock = any(m[2] for m in found)
    numbers = [int(m[1]) * 60 + int(m[2] or 0) if clock else int(m[1]) for m in found]
    if len(numbers) not in (24, 96):
        return None
    step = DAY // len(numbers)
    minutes = numbers if clock else [n * step for n in numbers]
    if 0 not in minutes:
        minutes = [m - step for m in minutes]
    return minutes if _whole_day(minutes) else None


def _value_column(opts: Options, above: Mapping[str, str], name: str) -> ValueColumn:
    """Return what the values are, from the settings and the rows above the headings."""
    meter = opts.metering_point or (None if opts.meter_column else metering.first(above, metering.METER_KEYS))
    if meter is None and opts.meter_column is None:
        raise SourceError.from_file(name, "ingen mätpunkt angiven.", "Ange metering_point eller meter_column.")
    unit = metering.first(above, metering.UNIT_KEYS)
    if opts.unit and unit and opts.unit != unit:
        raise SourceError.from_file(name, f"filen anger enheten {unit[:80]!r}, inställningen {opts.unit!r}.", "Rätta.")
    return readings.value_column("timvärde", meter, opts.quantity, opts.unit or unit, None, name)


def _table(data: bytes, lines: Lines, matrix: Matrix, opts: Options, name: str) -> tuple[pl.DataFrame, str | None]:
    """Return the rows below the headings: `date`, `meter`, `sum`, a `cell` per hour; and the heading of the sum."""
    heads = [h.casefold() for h in matrix.header]
    date = _column(heads, (opts.date_column,) if opts.date_column else DATE_WORDS, name, matrix.header)
    columns = {"date": date}
    if opts.meter_column:
        columns["meter"] = _column(heads, (opts.meter_column,), name, matrix.header)
        metering.refuse_cut_ids(data, lines, columns["meter"], name)
    wanted = [opts.sum_column] if opts.sum_column else list(SUM_WORDS)
    sums = next((w for w in wanted if w and w.casefold() in heads), None)
    if opts.sum_column and sums is None:
        raise missing_column(name, opts.sum_column, list(matrix.header))
    if sums:
        columns["sum"] = heads.index(sums.casefold())
    columns |= {cell(label): at for label, at, _ in matrix.hours}
    below = lines.rows.slice(matrix.at + 1)
    surplus = below["cells"].list.slice(len(matrix.header)).list.join("") != ""
    rows = text.pick(below.drop("cells"), below["cells"], columns)
    return rows.with_columns(pl.col("date").fill_null(""), surplus.alias("surplus")), sums


def _column(heads: Sequence[str], words: Sequence[str], name: str, header: Sequence[str]) -> int:
    found = next((heads.index(w.casefold()) for w in words if w.casefold() in heads), None)
    if found is None:
        raise missing_column(name, words[0], list(header))
    return found


def _days(sieve: Sieve, matrix: Matrix, lines: Lines, opts: Options, sums: str | None) -> list[Finding]:
    """Refuse rows that are no whole day of a meter; return a finding where the day's sum is not that of its hours."""
    hours = [cell(label) for label, _, _ in matrix.hours]
    ragged = pl.col("surplus") | pl.any_horizontal(pl.col(hours).is_null())
    sieve.drop(ragged, "ragged_row", "raden har inte lika många fält som rubrikraden")
    days = metering.spreadsheet_times(sieve.rows["date"], opts.date_format)
    sieve.rows = sieve.rows.with_columns(day=days)
    message = pl.format("dagen «{}» kan inte läsas", quoted("date"))
    sieve.drop(pl.col("day").is_null() | (pl.col("day") != pl.col("day").dt.truncate("1d")), "bad_time", message)
    if opts.meter_column:
        sieve.drop(pl.col("meter").fill_null("") == "", "missing_meter", "mätpunkt saknas")
        readings.drop_destroyed(sieve, "meter")
    return _sums(sieve.rows, hours, lines, opts, sums) if sums else []


def _sums(rows: pl.DataFrame, hours: Sequence[str], lines: Lines, opts: Options, sums: str) -> list[Finding]:
    """Return a finding where days' sums differ from their hours by more than rounding explains."""
    texts = rows.select(*hours, "sum")
    numbers = texts.select(grid.number(c, lines.delimiter is None, opts.decimal, opts.thousands) for c in texts)
    longest = [c.str.extract(r"[.,](\d+)$").str.len_chars().max() for c in texts]
    places = [n if isinstance(n, int) else 0 for n in longest]
    slack = 0.5 * len(hours) * 10.0 ** -max(places[:-1]) + 0.5 * 10.0 ** -places[-1]
    off = pl.DataFrame({"row_no": rows["row_no"], "told": numbers["sum"],
                        "made": numbers.select(pl.sum_horizontal(hours, ignore_nulls=False)).to_series()})  # fmt: skip
    off = off.filter((pl.col("told") - pl.col("made")).abs() > slack + 1e-6 * pl.col("made").abs())
    if off.is_empty():
        return []
    row, told, made = off.row(0)
    words = (
        f"{off.height} dygn har en summa i «{sums}» som inte är timmarnas; det första på rad {row}: "
        f"{sv_short(told)} mot {sv_short(made)}. Timmarna lästes in, summan används inte."
    )
    return [Finding("sum_mismatch", "warning", words, row_no=int(row), sheet=lines.sheet)]


def _values(
    rows: pl.DataFrame, matrix: Matrix, value: ValueColumn, lines: Lines, opts: Options
) -> tuple[Sieve, list[Finding]]:
    """Return a sieve of one row per hour with the columns of `readings`, and what the clock's change says."""
    names = [cell(label) for label, _, _ in matrix.hours]
    keep = ["row_no", "original", "date", "day", *(["meter"] if opts.meter_column else [])]
    minutes = {cell(label): m for label, _, m in matrix.hours}
    long = rows.unpivot(names, index=keep, variable_name="heading", value_name="text").with_columns(
        local=pl.col("day") + pl.duration(minutes=pl.col("heading").replace_strict(minutes, return_dtype=pl.Int64)),
        heading=pl.col("heading").str.strip_prefix(cell("")),
        meter=pl.col("meter") if opts.meter_column else pl.lit(value.metering_point),
    )
    missing = pl.col("text").is_in(list({"", *opts.missing_values}))
    sieve = Sieve(long.with_columns(pl.format("{} {}", "date", "heading").alias(cell(TIME))))
    findings = _clock(sieve, long.filter(~missing), matrix.minutes, opts.clock)
    sieve.drop(missing, "missing_value", pl.format("värdet saknas i kolumnen «{}»", "heading"))
    numbers = grid.number(sieve.rows["text"], lines.delimiter is None, opts.decimal, opts.thousands)
    sieve.rows = sieve.rows.with_columns(value=numbers * (value.factor or 1.0))
    bad = pl.format("«{}» i kolumnen «{}» är inget tal med decimaltecken «{}»", quoted("text"), "heading",
                    pl.lit(opts.decimal))  # fmt: skip
    sieve.drop(pl.col("value").is_null(), "not_a_number", bad)
    sieve.rows = sieve.rows.with_columns(
        metering_point=pl.col("meter"), quantity=pl.lit(value.quantity), kind=pl.lit("interval"),
        status=pl.lit("measured"), start_utc=pl.col("instant"),
        end_utc=pl.col("instant") + timedelta(minutes=matrix.minutes),
    )  # fmt: skip
    return sieve, findings


def _clock(sieve: Sieve, filled: pl.DataFrame, minutes: int, clock: str) -> list[Finding]:
    """Give the rows their `instant`; refuse hours that do not exist or stand for two, and say what that means.

    A matrix always has 24 columns, so the day in autumn proves nothing; the one in spring does, by its empty cell.
    """
    spring = filled.filter(pl.col("local").dt.month() < 7)
    findings = clocks.dst_findings(spring["local"], spring["meter"], clock, minutes)
    instant, rule = clocks.to_utc(sieve.rows["local"], clock, by_order=False)
    sieve.rows = sieve.rows.with_columns(instant=instant, time_rule=rule)
    double = int((sieve.rows["time_rule"] == "ambiguous_time").sum())
    readings.drop_clock(sieve, cell(TIME), clock)
    if double:
        words = (
            f"{double} värden lästes inte: dygnet då klockan ställs tillbaka har 25 timmar, men matrisen bara plats "
            "för 24, så timmen 02–03 står för två. Går filen i normaltid, ange clock = «Etc/GMT-1»; exportera "
            "den annars med en rad per timme."
        )
        findings.append(Finding("double_hour", "warning", words))
    return findings
