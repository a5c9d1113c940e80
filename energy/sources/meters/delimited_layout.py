"""Where a delimited file keeps its things: header row, columns, and what the lines above the header tell.

The header is found by the columns the settings name, never by a fixed line number, unless skip_rows says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from energy.errors import SourceError
from energy.sources import clocks, text
from energy.sources.base import missing_column
from energy.sources.meters.blocks import Block, Reader

SEARCHED = 200  # records in which a header is looked for
HEAD_BYTES = (1 << 16, 1 << 23)  # of the file's beginning, the second where the first does not hold the header
METER_KEYS = ("Anläggnings-id", "Anläggnings-ID", "AnläggningsID", "Anläggningsid", "Mätpunkt", "Mätpunkts-id")
ISSUED_KEYS = ("Tidpunkt för export", "Exporttidpunkt", "Exportdatum", "Skapad")
UNIT_KEYS = ("Måttenhet", "Enhet")
ISSUED_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")


@dataclass(frozen=True)
class Layout:
    """What a file's head tells; `positions` is the 0-based column of each name the settings give."""

    header_row: int
    header: tuple[str, ...]
    positions: Mapping[str, int]
    meter: str | None = None
    unit: str | None = None
    issued_at: str | None = None

    @property
    def width_needed(self) -> int:
        """Return the number of fields a row must have to hold every named column."""
        return max(self.positions.values()) + 1


def find(reader: Reader, delimiter: str, skip_rows: int, named: Sequence[str], file: str) -> Layout:
    """Return the layout of a file, whose reader then stands at the first row below the header.

    Raises SourceError where no row at the file's beginning holds all the `named` columns.
    """
    head = Block(b"", 1, 0, False)
    for size in HEAD_BYTES:
        block = reader.take(size)
        head = Block(head.data + block.data, 1, head.rows + block.rows, block.last)
        rows = text.records(head.content(), delimiter).filter(pl.col("row_no") > skip_rows)
        cells = _cells(rows.head(1 if skip_rows else SEARCHED), delimiter)
        at = next((i for i, row in enumerate(cells) if all(row.count(n) == 1 for n in named)), None)
        if block.last or (at is not None and at + 1 < rows.height):
            break
    if at is None:
        raise _no_header(cells, named, file)
    first, original = rows.select("row_no", "original").row(at)
    reader.give_back(head.after(first + original.count("\n")))
    told = _told(cells[:at])
    return Layout(
        first,
        tuple(cells[at]),
        {name: cells[at].index(name) for name in named},
        next((told[k] for k in METER_KEYS if told.get(k)), None),
        next((told[k] for k in UNIT_KEYS if told.get(k)), None),
        _issued(next((told[k] for k in ISSUED_KEYS if told.get(k)), None)),
    )


def _cells(rows: pl.DataFrame, delimiter: str) -> list[list[str]]:
    return [[str(c).strip() for c in row] for row in text.fields(rows, delimiter).to_list()]


def _no_header(cells: list[list[str]], named: Sequence[str], file: str) -> SourceError:
    """Return the error that names the missing (or doubled) column of the row that comes nearest to a header."""
    if not cells:
        return SourceError.from_file(file, "filen har ingen rubrikrad.", "Exportera den igen.")
    best = max(cells, key=lambda row: sum(n in row for n in named))
    doubled = [n for n in named if best.count(n) > 1]
    if doubled:
        return SourceError.from_file(
            file, f"kolumnen «{doubled[0]}» finns {best.count(doubled[0])} gånger.", "Ge kolumnerna olika namn."
        )
    absent = [n for n in named if n not in best]
    if not absent:  # the header is the last row of what was searched
        return SourceError.from_file(file, "rubrikraden ligger för långt ned i filen.", "Ta bort raderna ovanför.")
    return missing_column(file, absent[0], best)


def _told(cells: list[list[str]]) -> Mapping[str, str]:
    """Return what the lines above the header tell: names over values, or a name and its value on a line."""
    told: dict[str, str] = {}
    for row in cells:
        if len(row) == 2:
            told[row[0].rstrip(":")] = row[1]
    for names, values in pairwise(cells):
        if len(names) == len(values) > 2:
            told.update({n: v for n, v in zip(names, values, strict=True) if n not in told})
    return told


def _issued(stamp: str | None) -> str | None:
    """Return the file's own time of export as ISO text without offset, as the file writes it."""
    if not stamp:
        return None
    found = clocks.parse(pl.Series([stamp]), ISSUED_FORMATS)[0]
    return None if found is None else str(found.isoformat())
