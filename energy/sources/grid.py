"""A table people keep, as a sheet of Excel or as delimited text: rows of texts with their row numbers, headings found.

Everything is text here, as written; what the columns mean is known by the source that asks for them.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from unicodedata import normalize

import fastexcel
import polars as pl

from energy.errors import SourceError
from energy.sources import text
from energy.sources.base import missing_column, refuse_empty, shortened
from energy.swedish import sv

SEARCHED = 200  # rows in which the headings are looked for
MAX_UNPACKED = 1_000_000_000  # bytes a workbook may hold unpacked; a bomb holds more
MAX_RATIO = 500  # times a part of a workbook may grow when unpacked, above MAX_SMALL
MAX_SMALL = 10_000_000
MAX_PARTS = 10_000
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_WIDTH = 500  # columns of a sheet that are looked at


@dataclass(frozen=True)
class Grid:
    """Rows of a table: `row_no` (1-based, as Excel or an editor counts), `original`, `surplus` and the asked columns.

    The asked columns are text, stripped, "" where the cell is empty or the row too short. `surplus`: text beyond the
    headings. `missing` are the optional columns the file does not have (they are "" in every row).
    """

    header_row: int
    header: tuple[str, ...]
    rows: pl.DataFrame
    missing: tuple[str, ...]
    sheet: str | None
    encoding: str
    delimiter: str | None  # None: a workbook

    @property
    def excel(self) -> bool:
        """Return whether the table is a sheet of a workbook, whose own numbers have a decimal point."""
        return self.delimiter is None


@dataclass(frozen=True)
class Lines:
    """A whole sheet or text before its headings are known: `row_no`, `original` and the list `cells`."""

    rows: pl.DataFrame
    sheet: str | None
    encoding: str
    delimiter: str | None


def is_workbook(head: bytes) -> bool:
    """Return whether the first bytes are those of a workbook (xlsx, xlsb and ods are zip files, xls is not)."""
    return head.startswith((_ZIP, _OLE))


def load(
    data: bytes, name: str, sheet: str | None = None, delimiter: str | None = None, encoding: str | None = None
) -> Lines:
    """Return every row that is not blank, of a sheet (the first where none is named) or of a delimited text.

    Without `delimiter` the first line's most frequent of ; tab , decides; without `encoding` UTF-8, else cp1252.
    Raises SourceError for an empty file, a broken or bloated workbook, or a sheet that is not there.
    """
    refuse_empty(data, name)
    if is_workbook(data):
        return _sheet(data, name, sheet)
    content, found = text.decode(data, encoding, name) if encoding else text.decode_swedish(data, name)
    mark = delimiter or _delimiter(content)
    rows = text.records(content, mark)
    cells = text.fields(rows, mark).list.eval(pl.element().str.strip_chars())
    return Lines(rows.with_columns(cells.alias("cells")), None, found, mark)


def find(
    lines: Lines, name: str, required: Mapping[str, Sequence[str]], optional: Mapping[str, Sequence[str]] | None = None
) -> Grid:
    """Return the rows below the headings, with one text column per key of `required` and `optional`.

    The values are the headings a column may have, compared without case. The headings are the first row that holds
    all the required ones. Raises SourceError, naming the missing heading and those found, where there is none.
    """
    wanted = {**required, **(optional or {})}
    accepted = {key: [_folded(w) for w in (key, *words)] for key, words in wanted.items()}
    head = [[_folded(str(c or "")) for c in row] for row in lines.rows["cells"].head(SEARCHED).to_list()]
    places = [{key: _place(row, words) for key, words in accepted.items()} for row in head]
    at = next((i for i, found in enumerate(places) if all(found[key] is not None for key in required)), None)
    if at is None:
        best = max(range(len(head)), key=lambda i: sum(p is not None for p in places[i].values()), default=None)
        absent = next((key for key in required if best is None or places[best][key] is None), next(iter(required)))
        words = wanted[absent]
        raise missing_column(name, words[0] if words else absent, head[best] if best is not None else [])
    columns = {key: place for key, place in places[at].items() if place is not None}
    header = tuple(str(c or "") for c in lines.rows["cells"][at].to_list())
    below = lines.rows.slice(at + 1)
    cells = below["cells"]
    table = text.pick(below.drop("cells"), cells, columns).with_columns(pl.col(list(columns)).fill_null(""))
    missing = tuple(key for key in wanted if key not in columns)
    surplus = cells.list.slice(len(header)).list.join("") != ""
    rows = table.with_columns(surplus.alias("surplus"), *(pl.lit("").alias(key) for key in missing))
    return Grid(
        int(lines.rows["row_no"][at]), header, rows, missing, lines.sheet, lines.encoding, lines.delimiter
    )  # fmt: skip


def number(values: pl.Series, excel: bool, decimal: str = ",", thousands: str = "") -> pl.Series:
    """Return the numbers [Float64] of texts; null for other texts.

    A workbook's own numbers have a decimal point; a number typed as text in it, and delimited text, has `decimal`.
    """
    told = text.number(values, decimal, thousands)
    if not excel or decimal == ".":
        return told
    return told.zip_with(told.is_not_null(), text.number(values, "."))


def _folded(heading: str) -> str:
    """Return a heading without case; a Mac writes å as two characters, which are made one."""
    return normalize("NFC", heading).casefold()


def _place(row: Sequence[str], words: Sequence[str]) -> int | None:
    return next((row.index(word) for word in words if word in row), None)


def _delimiter(content: str) -> str:
    line = next((line for line in content.split("\n", 20) if line.strip()), "")
    return max(";\t,", key=line.count)


def _sheet(data: bytes, name: str, sheet: str | None) -> Lines:
    """Return the rows of one sheet; row numbers are Excel's own."""
    if data.startswith(_ZIP):
        _refuse_bomb(data, name)
    try:
        book = fastexcel.read_excel(data)
        names = book.sheet_names
        chosen = sheet or (names[0] if names else None)
        if chosen is None or chosen not in names:
            shown = ", ".join(f"«{n[:60]}»" for n in names[:30]) or "inga"
            raise SourceError.from_file(name, f"bladet «{chosen}» finns inte. Blad: {shown}.", "Rätta sheet.")
        found = book.load_sheet(chosen, header_row=None, skip_rows=0, dtypes="string").to_polars()
    except SourceError:
        raise
    except Exception as error:  # the reader's own errors have no common parent
        told = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise SourceError.from_file(
            name, f"arbetsboken kan inte läsas ({told}).", "Öppna den i Excel och spara om den som .xlsx."
        ) from error
    found = found.select(found.columns[:_WIDTH])
    if not found.width:
        return Lines(_no_rows(), chosen, "xlsx", None)
    texts = found.select(pl.all().cast(pl.String).str.strip_chars().fill_null(""))
    rows = pl.DataFrame(
        {
            "row_no": pl.int_range(1, texts.height + 1, dtype=pl.Int64, eager=True),
            "original": texts.select(pl.concat_str(pl.all(), separator=";")).to_series().str.strip_chars_end(";"),
            "cells": texts.select(pl.concat_list(pl.all())).to_series(),
        }
    )
    return Lines(
        rows.filter(pl.col("original") != "").with_columns(shortened(pl.col("original"))), chosen, "xlsx", None
    )


def _no_rows() -> pl.DataFrame:
    return pl.DataFrame(schema={"row_no": pl.Int64, "original": pl.String, "cells": pl.List(pl.String)})


def _refuse_bomb(data: bytes, name: str) -> None:
    """Raise SourceError for a workbook that would unpack to more than a workbook can reasonably hold."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, RuntimeError, ValueError) as error:
        raise SourceError.from_file(
            name, "filen ser ut som en arbetsbok men är trasig eller avkapad.", "Spara om den och kopiera den igen."
        ) from error
    grown = [p for p in parts if p.file_size > MAX_SMALL and p.file_size > MAX_RATIO * max(p.compress_size, 1)]
    if len(parts) > MAX_PARTS or grown or sum(p.file_size for p in parts) > MAX_UNPACKED:
        raise SourceError.from_file(
            name,
            f"arbetsboken växer till {sv(sum(p.file_size for p in parts) / 1e6)} MB när den packas upp.",
            "Den har inte öppnats. Spara om bladet som CSV, eller dela det.",
        )
    if any(p.flag_bits & 1 for p in parts):
        raise SourceError.from_file(name, "arbetsboken är lösenordsskyddad.", "Spara om den utan lösenord.")
