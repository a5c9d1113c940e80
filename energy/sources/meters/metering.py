"""What the sources of meter values share beside `readings`: words above the headings, times, settings as one shape.

Nothing here knows a format; each source asks for the parts it needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

import fastexcel
import polars as pl

from energy import units
from energy.errors import SourceError, UnitError
from energy.model import Finding
from energy.sources import clocks, text
from energy.sources.base import Sieve, cell, quoted
from energy.sources.grid import Lines
from energy.sources.meters import readings

STATUS_MAP: Mapping[str, str] = {
    "Uppmätt": "measured", "Avläst": "measured", "Manuell": "manual", "Beräknad": "estimated",
    "Uppskattad": "estimated", "Estimerad": "estimated", "Preliminär": "estimated", "Interpolerad": "interpolated",
    "Osäker": "suspect", "Saknas": "missing",
}  # fmt: skip
METER_KEYS = ("anläggnings-id", "anläggningsid", "anläggning-id", "mätpunkt", "mätpunkts-id", "mätpunktsid")
ISSUED_KEYS = ("tidpunkt för export", "exporttidpunkt", "exportdatum", "skapad")
UNIT_KEYS = ("måttenhet", "enhet")
STAMPS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S")
TOTALS = r"(?i)^(?:summa|delsumma|totalsumma|totalt?|medel|medelvärde|genomsnitt|max|min)\b"
SPREADSHEET_STAMPS = ("%Y-%m-%d %H:%M:%S%.f", *STAMPS, "%d %m %Y %H:%M", "%d %m %Y %H:%M:%S", "%d %m %Y")
BY_UNIT: Mapping[str, str] = {"kwh": "energy_kwh", "m3": "volume_m3", "kw": "power_kw"}  # suffix -> quantity
DIGITS = 15  # that a workbook keeps of a number
_SECOND = timedelta(seconds=1)
_MONTHS = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_SERIAL = r"^[0-9]{5}(?:\.[0-9]+)?$"  # a day as a workbook counts it


@dataclass(frozen=True)
class Shape:
    """The settings `readings` asks for, where a source's own options are others; columns are named as in the frame."""

    clock: str
    decimal: str = ","
    thousands: str = ""
    missing_values: tuple[str, ...] = ("",)
    stamp: str = "start"
    kind: str = "interval"
    interval_minutes: int = 60
    meter_column: str | None = None
    unit_column: str | None = None
    status_column: str | None = None
    status_map: Mapping[str, str] = field(default_factory=lambda: STATUS_MAP)


def told(rows: Sequence[Sequence[str]]) -> dict[str, str]:
    """Return what lines outside the data tell, keys in lower case: names over values, or a name and its value."""
    result: dict[str, str] = {}
    filled = [[c.strip() for c in row] for row in rows]
    for row in filled:
        words = [c for c in row if c]
        if len(words) == 2:
            result.setdefault(words[0].rstrip(":").casefold(), words[1])
        for word in words:
            name, mark, value = word.partition(":")
            if mark and name.casefold() in (*METER_KEYS, *UNIT_KEYS, *ISSUED_KEYS) and value.strip():
                result.setdefault(name.casefold(), value.strip())
    for names, values in pairwise(filled):
        if len([c for c in names if c]) > 2:
            for name, value in zip(names, values, strict=False):
                if name:
                    result.setdefault(name.casefold(), value)
    return result


def first(found: Mapping[str, str], keys: Sequence[str]) -> str | None:
    """Return the first value under one of `keys` that is not empty."""
    return next((found[k] for k in keys if found.get(k)), None)


def issued(stamp: str | None) -> str | None:
    """Return a file's own time of export as ISO text without offset, as the file writes it; None where unreadable."""
    if not stamp:
        return None
    found = clocks.parse(pl.Series([stamp.strip()]), SPREADSHEET_STAMPS)[0]
    return None if found is None else str(found.replace(microsecond=0).isoformat())


def quantity_of(unit: str, file: str) -> tuple[str, float]:
    """Return (quantity, factor) of a unit text the file itself tells; raise SourceError where it is none we keep."""
    try:
        suffix, factor = units.canonical(unit)
    except UnitError as error:
        raise SourceError.from_file(file, str(error), "Ange quantity och unit i inställningarna.") from error
    if suffix not in BY_UNIT:
        raise SourceError.from_file(
            file, f"enheten {unit!r} hör inte till någon storhet som läses.", "Läs in energi, volym eller effekt."
        )
    return BY_UNIT[suffix], factor


def sections(rows: pl.DataFrame, cells: pl.Series, heads: Sequence[int]) -> Iterator[tuple[list[str], pl.DataFrame]]:
    """Yield (headings, rows below them) for each of the positions `heads`, up to the next one."""
    for at, end in pairwise([*heads, rows.height]):
        yield [str(c or "").strip() for c in cells[at].to_list()], rows.slice(at + 1, end - at - 1)


def drop_totals(sieve: Sieve, column: str) -> None:
    """Refuse the rows that are sums or means of the others: their `column` holds such a word instead of a time."""
    message = pl.format("raden är en summarad («{}»), inget mätvärde", quoted(column))
    sieve.drop(pl.col(column).str.contains(TOTALS), "total_row", message)


def spreadsheet_times(values: pl.Series, formats: Sequence[str] = ()) -> pl.Series:
    """Return naive times [Datetime us] of a workbook's texts; null where none of the forms fits.

    Months may be Swedish words. A time within a second of a whole minute is that minute: a workbook counts days in
    binary fractions, and 01:00 can come out as 00:59:59.999.
    """
    words = values
    if values.str.contains(r"[A-Za-zÅÄÖåäö]").any():
        words = values.str.to_lowercase().str.replace_all(
            r"^(?:(?:mån|tis|ons|tors|fre|lör|sön)\w*,? +)?(?:den +)?", ""
        )
        words = words.str.replace_all(r"[, ]*\bkl(?:ockan|\.)? *", " ")
        for number, month in enumerate(_MONTHS, start=1):
            words = words.str.replace(rf"\b{month}[a-zåäö]*\.? ", f"{number:02d} ")
        words = words.str.replace(r"^([0-9]{1,2}) ", "${1} ").str.replace(r"^([0-9]) ", "0$1 ")
        words = words.str.replace(r"(\d)t(\d)", "${1}T${2}")
    words = words.str.replace(r" (\d{1,2})\.(\d{2})$", " ${1}:${2}")
    found = clocks.parse(words, (*formats, *SPREADSHEET_STAMPS))
    whole = found.dt.round("1m")
    return found.zip_with((found - whole).abs() > _SECOND, whole)


def no_time(column: str, forms: Sequence[str]) -> pl.Expr:
    """Return the message for a text that is no time, with what to do where it is a workbook's bare day number."""
    own = pl.col(cell(column))
    serial = pl.format("«{}» i kolumnen «{}» är Excels dagnummer: ge kolumnen datumformat och spara om",
                       quoted(cell(column)), pl.lit(column))  # fmt: skip
    other = pl.format(
        "tiden «{}» i kolumnen «{}» passar inte {}", quoted(cell(column)), pl.lit(column), pl.lit(" eller ".join(forms))
    )
    return pl.when(own.str.contains(_SERIAL)).then(serial).otherwise(other)


def place(sieve: Sieve, shape: readings.Settings, time: str, has_end: bool, group: pl.Series | None) -> list[Finding]:
    """Give rows with the naive times `local` (and `local_end`) their `start_utc` and `end_utc`.

    Refuses times that do not exist, cannot be told apart (within `group`, one meter) or end before they start; returns
    the finding of clocks.dst_findings where the days the clock changes contradict the declared clock.
    """
    rows = sieve.rows
    own = pl.repeat("", rows.height, dtype=pl.String, eager=True) if group is None else group
    minutes = shape.interval_minutes
    if has_end and rows.height:
        usual = readings.usual_minutes(rows)
        minutes = usual if usual > 0 else minutes
    shift = shape.interval_minutes if shape.stamp == "end" and shape.kind == "interval" else 0
    findings = clocks.dst_findings(rows["local"], own, shape.clock, minutes, shift)
    instants, rule = clocks.to_utc(rows["local"], shape.clock, own)
    sieve.rows = rows.with_columns(instant=instants, time_rule=rule)
    readings.drop_clock(sieve, cell(time), shape.clock)
    sieve.rows = sieve.rows.with_columns(readings.span(sieve.rows, shape))
    if has_end:
        bad = pl.col("end_utc") <= pl.col("start_utc") if shape.kind == "interval" else pl.lit(False)
        sieve.drop(bad | pl.col("end_utc").is_null(), "bad_interval", "sluttiden ligger inte efter starttiden")
    return findings


def place_of(rows: Sequence[Sequence[str]], word: str) -> int | None:
    """Return the column of the first cell that holds `word` alone; None where there is none."""
    return next((list(row).index(word) for row in rows if word in row), None)


def refuse_cut_ids(data: bytes, lines: Lines, column: int | None, file: str) -> None:
    """Raise SourceError where a `column` of a workbook holds ids as numbers of more digits than a workbook keeps."""
    long = f"^[0-9]{{{DIGITS + 1},}}$"
    if column is None or lines.delimiter is not None:
        return
    if not lines.rows.select(pl.col("cells").list.get(column, null_on_oob=True).str.contains(long).any()).item():
        return
    book = fastexcel.read_excel(data)
    kinds = ("string", "boolean")  # read as true or false, a number is one of the two and a text is neither
    texts, truths = (
        book.load_sheet(lines.sheet or 0, header_row=None, skip_rows=0, use_columns=[column], dtypes=kind)  # type: ignore[call-overload]
        .to_polars()
        .to_series()
        for kind in kinds
    )
    cut = texts.str.contains(long).fill_null(False) & truths.is_not_null()
    if cut.any():
        raise SourceError.from_file(
            file,
            f"mätpunktens id på rad {(cut.arg_max() or 0) + 1} i bladet «{lines.sheet}» står som ett tal med mer än "
            f"{DIGITS} siffror; Excel har bytt ut de sista siffrorna mot nollor.",
            "Exportera id som text, eller ange metering_point i inställningarna.",
        )


def mapped(points: pl.Expr, meters: Mapping[str, str]) -> pl.Expr:
    """Return metering points by the table device -> metering point; a device that is not in it keeps its own name."""
    return points.replace(dict(meters)) if meters else points


def check_meters(meters: Mapping[str, str], where: str) -> None:
    """Raise SourceError where two devices are given the same metering point, or one is given none."""
    given = list(meters.values())
    if "" in given:
        raise SourceError.from_file(where, "meters: en mätare saknar mätpunkt.", "Ange mätpunktens id.")
    doubled = next((m for m in given if given.count(m) > 1), None)
    if doubled:
        raise SourceError.from_file(
            where, f"meters: mätpunkten {doubled!r} anges för flera mätare.", "Ge varje mätare sin mätpunkt."
        )


def numbers_as(values: pl.Series, decimal: str, thousands: str) -> pl.Series:
    """Return a workbook's cells with its own numbers (decimal point) written with `decimal`; other texts stay."""
    if decimal == ".":
        return values
    own = values.str.contains(r"^[+-]?[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?$") & text.number(
        values, decimal, thousands
    ).is_null()  # fmt: skip
    return values.zip_with(~own.fill_null(False), values.str.replace(".", decimal, literal=True))
