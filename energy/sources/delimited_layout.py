"""Where a delimited file keeps its things: header row, data rows, and what the lines above the header tell.

The header is found by the columns the settings name, never by a fixed line number, unless skip_rows says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import polars as pl

from energy.errors import SourceError
from energy.sources import clocks, text
from energy.sources.base import cell, missing_column

SEARCHED = 200  # records in which a header is looked for
METER_KEYS = ("Anläggnings-id", "Anläggnings-ID", "AnläggningsID", "Anläggningsid", "Mätpunkt", "Mätpunkts-id")
ISSUED_KEYS = ("Tidpunkt för export", "Exporttidpunkt", "Exportdatum", "Skapad")
UNIT_KEYS = ("Måttenhet", "Enhet")
ISSUED_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")


@dataclass(frozen=True)
class Layout:
    """The file taken apart: `rows` holds row_no, original, cells_no, surplus and a text `cell` per named column."""

    header_row: int
    header: tuple[str, ...]
    width_needed: int  # fields a row must have to hold every named column
    rows: pl.DataFrame
    meter: str | None = None
    unit: str | None = None
    issued_at: str | None = None


def find(content: str, delimiter: str, skip_rows: int, named: Sequence[str], file: str) -> Layout:
    """Return the layout of a file; raise SourceError where no row holds all the `named` columns."""
    rows = text.records(content, delimiter)
    if skip_rows:
        rows = rows.filter(pl.col("row_no") > skip_rows)
    if rows.is_empty():
        raise SourceError.from_file(file, "filen har ingen rubrikrad.", "Exportera den igen.")
    head = rows.head(1 if skip_rows else SEARCHED)
    cells = [[str(c).strip() for c in row] for row in text.fields(head, delimiter).to_list()]
    at = next((i for i, row in enumerate(cells) if all(row.count(n) == 1 for n in named)), None)
    if at is None:
        raise _no_header(cells, named, file)
    header = cells[at]
    told = _told(cells[:at])
    positions = {name: header.index(name) for name in named}
    return Layout(
        int(rows["row_no"][at]),
        tuple(header),
        max(positions.values()) + 1,
        _rows(rows.slice(at + 1), delimiter, positions, len(header)),
        next((told[k] for k in METER_KEYS if told.get(k)), None),
        next((told[k] for k in UNIT_KEYS if told.get(k)), None),
        _issued(next((told[k] for k in ISSUED_KEYS if told.get(k)), None)),
    )


def _rows(rows: pl.DataFrame, delimiter: str, positions: dict[str, int], width: int) -> pl.DataFrame:
    """Return the data rows with their named cells; `surplus` where there is text beyond the header's last column."""
    cells = text.fields(rows, delimiter)
    count = cells.list.len()
    surplus = pl.repeat(False, len(cells), dtype=pl.Boolean, eager=True)
    if (count > width).any():
        surplus = cells.list.slice(width).list.join("").str.strip_chars() != ""
    picked = text.pick(rows, cells, {cell(name): position for name, position in positions.items()})
    return picked.with_columns(count.cast(pl.Int64).alias("cells_no"), surplus.alias("surplus"))


def _no_header(cells: list[list[str]], named: Sequence[str], file: str) -> SourceError:
    """Return the error that names the missing (or doubled) column of the row that comes nearest to a header."""
    best = max(cells, key=lambda row: sum(n in row for n in named))
    doubled = [n for n in named if best.count(n) > 1]
    if doubled:
        return SourceError.from_file(
            file, f"kolumnen «{doubled[0]}» finns {best.count(doubled[0])} gånger.", "Ge kolumnerna olika namn."
        )
    return missing_column(file, next(n for n in named if n not in best), best)


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
