"""A block of delimited text -> one row per record with its line number and a text per named column.

Regular blocks (every line with the same number of fields, quotes only around whole cells) are parted by Polars' own
reader, on all cores. Anything else goes the careful way of `energy.sources.text`, in small pieces so that one odd line
does not slow its neighbours; both ways give the same rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from energy.errors import SourceError
from energy.sources import text
from energy.sources.base import cell
from energy.sources.meters import blocks
from energy.sources.meters.blocks import Block, Reader
from energy.sources.meters.delimited_layout import Layout

PIECE_BYTES = 1 << 20  # the careful way takes a block in pieces of this size
LARGEST_OPEN = 256 << 20  # bytes that may follow a line whose quotes do not come in pairs
MOST_FIELDS = 2000  # per line, for the fast way

Quotes = Literal["none", "simple", "paired", "open"]


@dataclass(frozen=True)
class Body:
    """A block of data rows; its `quotes`: none, around whole cells, in pairs on every line, or open over line ends."""

    block: Block
    quotes: Quotes


def bodies(reader: Reader, delimiter: str, file: str, size: int = blocks.BLOCK_BYTES) -> Iterator[Body]:
    """Yield the blocks below the header; from a line on whose quotes do not come in pairs, all the rest is one.

    Raises SourceError where that rest is too large to be held.
    """
    while True:
        block = reader.take(size)
        quotes = _quotes(block.data, delimiter)
        if quotes == "open":
            whole = reader.rest(block, LARGEST_OPEN)
            if whole is None:
                words = f"från rad {block.first_row} finns citattecken som inte går jämnt ut på sin rad."
                raise SourceError.from_file(file, words, "Exportera utan citattecken eller dela filen.")
            block = whole
        yield Body(block, quotes)
        if block.last:
            return


def rows(body: Body, delimiter: str, layout: Layout) -> pl.DataFrame:
    """Return the records of a block: row_no, original, cells_no, surplus and a text `cell` per named column.

    `original` is null in rows that came the fast way; `surplus` tells text beyond the header's last column.
    """
    if body.quotes == "open" or not body.block.rows:
        return _careful(body.block, delimiter, layout)
    found = _fast(body, delimiter, layout)
    if found is not None:
        return found
    return pl.concat(_either(piece, delimiter, layout) for piece in body.block.split(PIECE_BYTES))


def originals(block: Block, row_no: pl.Series) -> pl.Series:
    """Return the text of lines of a block by their line numbers."""
    lines = pl.Series("original", [block.content()]).str.split("\n").explode()
    return lines.gather(row_no - block.first_row)


def _either(block: Block, delimiter: str, layout: Layout) -> pl.DataFrame:
    found = _fast(Body(block, _quotes(block.data, delimiter)), delimiter, layout)
    return found if found is not None else _careful(block, delimiter, layout)


def _quotes(data: bytes, delimiter: str) -> Quotes:
    """Return how a block that begins outside quotes uses them."""
    if b'"' not in data:
        return "none"
    d = re.escape(delimiter)
    one = f'(?:"[^"{d}\r\n]*"|[^"{d}\r\n]*)'
    content = pl.Series([data], dtype=pl.Binary).cast(pl.String)
    if content.str.contains(f"^{one}(?:(?:{d}|\r?\n){one})*$").all():
        return "simple"
    odd = content.str.split("\n").explode().str.count_matches('"', literal=True) % 2 == 1
    return "open" if odd.any() else "paired"


def _fast(body: Body, delimiter: str, layout: Layout) -> pl.DataFrame | None:
    """Return the rows of a block whose lines all have the same fields, None for any other block."""
    data, count = body.block.data, body.block.rows
    if not count or body.quotes not in ("none", "simple") or not delimiter.isascii():
        return None
    if data.startswith((b"x", blocks.UTF8_MARK)):  # might be taken for compressed bytes, or for a mark
        return None
    width = data[: data.find(b"\n") + 1 or len(data)].count(delimiter.encode()) + 1
    if not max(2, layout.width_needed) <= width <= MOST_FIELDS:
        return None
    if np.count_nonzero(np.frombuffer(data, np.uint8) == ord(delimiter)) != count * (width - 1):
        return None
    if body.quotes == "simple":
        data = data.replace(b"\r", b"")
    needed = [*layout.positions.values(), *range(len(layout.header), width)]
    found = _columns(data, delimiter, width, needed, body.quotes == "simple", count)
    if found is None:
        return None
    picked = [_stripped(found[str(at)]).alias(cell(name)) for name, at in layout.positions.items()]
    beyond = (found[str(at)].str.strip_chars() != "" for at in range(len(layout.header), width))
    if (picked[0] == "").any() or any(column.any() for column in beyond):
        return None  # a blank line or one with text beyond the header is left to the careful way
    first = body.block.first_row
    return pl.DataFrame(picked).select(
        pl.int_range(first, first + count, dtype=pl.Int64).alias("row_no"),
        pl.lit(None, pl.String).alias("original"),
        pl.all(),
        pl.lit(width, pl.Int64).alias("cells_no"),
        pl.lit(False).alias("surplus"),
    )


def _columns(
    data: bytes, delimiter: str, width: int, needed: Sequence[int], quoted: bool, count: int
) -> pl.DataFrame | None:
    """Return the fields of `count` lines that hold as many delimiters in all as if each had `width` fields.

    None where one has not. Polars gives "" for a field that is lacking: where no last field is empty no line is short,
    and so none is long either. Elsewhere all columns are read, since Polars then refuses a line that is long.
    """
    last = width - 1
    for chosen in (sorted({*needed, last}), None):
        try:
            found = pl.read_csv(
                data, separator=delimiter, has_header=False, schema={str(i): pl.String for i in range(width)},
                columns=chosen, quote_char='"' if quoted else None, empty_string_is_null=False,
            )  # fmt: skip
        except pl.exceptions.PolarsError:
            return None
        if found.height != count:
            return None
        if (found[str(last)] != "").all():
            break
    return found


def _stripped(texts: pl.Series) -> pl.Series:
    """Return the texts without the space around them; quickly where they are all the same."""
    first = texts.first()
    if isinstance(first, str) and (texts == first).all():
        return texts.head(1).str.strip_chars().new_from_index(0, len(texts))
    return texts.str.strip_chars()


def _careful(block: Block, delimiter: str, layout: Layout) -> pl.DataFrame:
    """Return the rows of any block, a few at a time: fields are many times larger apart than together."""
    records = text.records(block.content(), delimiter).with_columns(pl.col("row_no") + (block.first_row - 1))
    slices = [records.clear()]
    if records.height:
        shares = records["original"].str.len_bytes().cast(pl.Int64).cum_sum() // PIECE_BYTES
        slices = records.with_columns(shares.alias("share")).partition_by("share", maintain_order=True)
    return pl.concat(_parted(part.select("row_no", "original"), delimiter, layout) for part in slices)


def _parted(records: pl.DataFrame, delimiter: str, layout: Layout) -> pl.DataFrame:
    cells = text.fields(records, delimiter)
    count = cells.list.len()
    surplus = pl.repeat(False, len(cells), dtype=pl.Boolean, eager=True)
    if (count > len(layout.header)).any():
        surplus = cells.list.slice(len(layout.header)).list.join("").str.strip_chars() != ""
    picked = text.pick(records, cells, {cell(name): at for name, at in layout.positions.items()})
    return picked.with_columns(count.cast(pl.Int64).alias("cells_no"), surplus.alias("surplus"))
