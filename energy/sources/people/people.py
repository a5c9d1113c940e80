"""What the files that people keep have in common: headings in two languages, days and clock times, words, tell-tales.

Shared by bookings, opening_hours, budget, measure_decisions, deviation_causes and events; `grid` reads the table.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from energy.errors import SourceError
from energy.model import Finding, Parsed
from energy.sources import clocks, grid, text
from energy.sources.base import Sieve, quoted

Words = Mapping[str, Sequence[str]]  # column -> headings it may have

DAYS = ("%Y-%m-%d", "%Y%m%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")  # the long ones are how a sheet gives a day
MIDNIGHT = " 00:00:00"  # what a cell that holds a day, and no clock time, ends with in a workbook
DAY_MINUTES = 1440
CARRIERS: Mapping[str, str] = {
    "fjärrvärme": "district_heating", "värme": "district_heating", "fjv": "district_heating",
    "el": "electricity", "elenergi": "electricity", "elektricitet": "electricity",
    "bortkyld värme": "rejected_heat", "värme ur lager": "store_heat", "lagervärme": "store_heat",
    "övrigt": "other", "annat": "other",
}  # fmt: skip
_MODIFIED = re.compile(rb"<dcterms:modified[^>]*>\s*(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:\.\d+)?Z?\s*</")
_MARKS = ";\t,"
_HEAD, _HEAD_LINES = 50_000, 30  # bytes and lines in which the delimiter is looked for
_PART = "docProps/core.xml"
_MAX_PART = 100_000  # bytes; the part holds a few names and times


def fold(name: str) -> str:
    """Return a name in one form of letters, without case: the same word typed on any machine is the same text."""
    return unicodedata.normalize("NFC", name).casefold()


def headings(head: bytes) -> set[str]:
    """Return the cells of the first line that is not blank, folded; for detection, never raises."""
    line = text.first_line(head[2:] if head[:2] in (b"\xff\xfe", b"\xfe\xff") else head)
    mark = max(_MARKS, key=line.count)
    return {fold(cell.strip(' "')) for cell in line.split(mark)}


def has(found: set[str], words: Words, *columns: str) -> bool:
    """Return whether every one of `columns` has one of its headings among those found."""
    return all(any(fold(word) in found for word in (column, *words[column])) for column in columns)


def load(data: bytes, name: str, sheet: str | None = None) -> grid.Lines:
    """Return what `grid.load` does, the delimiter taken from the first line that looks like cells: a title is no row.

    Raises SourceError as `grid.load` does.
    """
    if grid.is_workbook(data):
        return grid.load(data, name, sheet)
    head = data[:_HEAD].replace(b"\0", b"").decode("utf-8", "replace")
    lines = (line for line in head.splitlines()[:_HEAD_LINES] if max(map(line.count, _MARKS)) > 1)
    line = next(lines, "")
    return grid.load(data, name, sheet, max(_MARKS, key=line.count) if line else None)


@dataclass(frozen=True)
class Read:
    """What one sheet or text gave: rows of one canonical table, rejects with their sheet, findings."""

    table: str
    rows: pl.DataFrame
    rejects: pl.DataFrame
    findings: Sequence[Finding]
    encoding: str
    sheet: str | None


def load_sheet(data: bytes, name: str, sheet: str | None, own: str) -> grid.Lines:
    """Return the rows of the sheet told, of the sheet `own` where there is one, else of the first sheet or the text.

    Raises SourceError as `grid.load` does.
    """
    if sheet or not grid.is_workbook(data):
        return load(data, name, sheet)
    try:
        return load(data, name, own)
    except SourceError:
        return load(data, name)


def sheet_has(data: bytes, sheet: str, required: Words) -> bool:
    """Return whether a workbook has the sheet and on it the required headings; never raises."""
    try:
        return bool(grid.find(grid.load(data, sheet, sheet), sheet, required).header)
    except Exception:  # a file that is not a sound workbook is nobody's; who reads it tells why
        return False


def parsed(source: str, data: bytes, read: Sequence[Read], findings: Sequence[Finding] = ()) -> Parsed:
    """Return what the sheets of one file gave, together; the first names the sheet of the file."""
    first = read[0]
    return Parsed(
        source,
        {one.table: one.rows for one in read},
        pl.concat([one.rejects for one in read]),
        [*findings, *(finding for one in read for finding in one.findings)],
        first.encoding,
        "",
        saved_at(data),
        first.sheet,
    )


def named(head: bytes, name: str, words: Sequence[str]) -> bool:
    """Return whether the file is a workbook whose path holds one of `words`; its headings are not seen so early."""
    return grid.is_workbook(head) and any(word in fold(name) for word in words)


def saved_at(data: bytes) -> str | None:
    """Return when an .xlsx was last saved, as it tells itself [ISO text, UTC]; None where it does not.

    Source: ECMA-376 part 2 (Open Packaging Conventions), §11, core properties, dcterms:modified.
    """
    if not data.startswith(b"PK"):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            if parts.getinfo(_PART).file_size > _MAX_PART:
                return None
            found = _MODIFIED.search(parts.read(_PART))  # gives no more bytes than the size it has told
    except Exception:  # a broken workbook is told by grid; here nothing is known of its time
        return None
    return f"{found[1].decode()}Z" if found else None


def lacking(lines: grid.Lines, table: grid.Grid, words: Words) -> pl.Series:
    """Return per row of `table` whether it ends before the last asked column begins; False throughout in a sheet."""
    if table.excel:
        return pl.repeat(False, table.rows.height, dtype=pl.Boolean, eager=True).alias("lacking")
    header = [heading.casefold() for heading in table.header]
    needed = 0
    for column in (c for c in words if c not in table.missing):
        accepted = (word.casefold() for word in (column, *words[column]))
        needed = max(needed, next((header.index(word) + 1 for word in accepted if word in header), 0))
    widths = lines.rows.select("row_no", width=pl.col("cells").list.len())
    joined = table.rows.select("row_no").join(widths, on="row_no", how="left", maintain_order="left")
    return (joined["width"] < needed).alias("lacking")


def days(values: pl.Series) -> pl.Series:
    """Return the days [Date] of texts, ÅÅÅÅ-MM-DD or as a sheet writes a day; null for others and for clock times."""
    found = clocks.parse(values, DAYS)
    whole = (found.dt.hour() == 0) & (found.dt.minute() == 0) & (found.dt.second() == 0)
    return found.zip_with(whole.fill_null(False), pl.Series([None], dtype=found.dtype)).cast(pl.Date)


def minutes(values: pl.Series) -> pl.Series:
    """Return the clock times of texts [min after midnight]: 06:00, 6.00, 6, 24:00, or as a sheet writes a time.

    Null for other texts. A sheet keeps a time as a moment of its first days, 1899-12-30 to 1900-01-01.
    """
    bare = values.str.replace(r"^(?:1899-12-3[01]|1900-01-00)[ T]", "").str.replace(r"^1900-01-01[ T]00:", "24:")
    parts = bare.str.extract_groups(r"^(?:kl\.?\s*)?(\d{1,2})(?:[:.](\d{2}))?(?:[:.]00(?:\.0+)?)?$")
    hour = parts.struct.field("1").cast(pl.Int64, strict=False)
    minute = parts.struct.field("2").fill_null("0").cast(pl.Int64, strict=False)
    total = hour * 60 + minute
    good = (minute < 60) & (total <= DAY_MINUTES)
    return total.zip_with(good.fill_null(False), pl.Series([None], dtype=pl.Int64)).alias(values.name)


def clock_text(column: str) -> pl.Expr:
    """Return minutes after midnight as a text, for example 06:00 or 24:00; null where null."""
    return pl.format(
        "{}:{}",
        (pl.col(column) // 60).cast(pl.String).str.zfill(2),
        (pl.col(column) % 60).cast(pl.String).str.zfill(2),
    )


def coded(column: str, words: Mapping[str, str]) -> pl.Expr:
    """Return the code of each word without regard to case, a code for itself, null for an empty or unknown text."""
    known = {fold(word): code for word, code in words.items()} | {code: code for code in words.values()}
    return pl.col(column).str.to_lowercase().replace_strict(known, default=None, return_dtype=pl.String)


def refuse_words(sieve: Sieve, column: str, target: str, words: Mapping[str, str], what: str) -> None:
    """Give the rows `target`, the code of `column`; refuse texts that are no known word."""
    sieve.rows = sieve.rows.with_columns(coded(column, words).alias(target))
    allowed = ", ".join(dict.fromkeys(words))
    message = pl.format("okänt värde «{}» för {}. Tillåtna: {}", quoted(column), pl.lit(what), pl.lit(allowed))
    sieve.drop((pl.col(column) != "") & pl.col(target).is_null(), f"unknown_{target}", message)


def numbers(sieve: Sieve, column: str, target: str, excel: bool, decimal: str, thousands: str = "") -> None:
    """Give the rows `target` [Float64], null where the cell is empty; refuse texts that are no numbers."""
    found = grid.number(sieve.rows[column], excel, decimal, thousands)
    sieve.rows = sieve.rows.with_columns(found.alias(target))
    message = pl.format("«{}» är inget tal med decimaltecken «{}»", quoted(column), pl.lit(decimal))
    sieve.drop((pl.col(column) != "") & pl.col(target).is_null(), "not_a_number", message)


def day_cell(sieve: Sieve, column: str, what: str) -> None:
    """Replace the text column by days [Date], null where empty; refuse texts that are no day."""
    sieve.rows = sieve.rows.with_columns(days(sieve.rows[column]).alias(f"{column}:day"))
    bad = pl.format("«{}» är inget datum för {}: skriv ÅÅÅÅ-MM-DD", quoted(column), pl.lit(what))
    sieve.drop((pl.col(column) != "") & pl.col(f"{column}:day").is_null(), "bad_date", bad)
    sieve.rows = sieve.rows.with_columns(pl.col(f"{column}:day").alias(column)).drop(f"{column}:day")


def placed(rejects: pl.DataFrame, sheet: str | None) -> pl.DataFrame:
    """Return the rejects with the sheet they stand on."""
    return rejects.with_columns(sheet=pl.lit(sheet, pl.String))


def facilities(sieve: Sieve, only: str | None, names: Mapping[str, str]) -> None:
    """Replace `facility` by the id: by `names` (text in the file -> id), `only` where empty; refuse rows without."""
    named = pl.col("facility").replace(dict(names))
    if only:
        named = pl.when(named == "").then(pl.lit(only)).otherwise(named)
    sieve.drop(named == "", "missing_facility", "anläggning saknas i kolumnen för anläggning")
    sieve.rows = sieve.rows.with_columns(named.alias("facility"))
