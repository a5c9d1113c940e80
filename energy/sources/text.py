"""Delimited text as rows of text: decoding, records with their line numbers, fields, numbers.

Nothing is cast on the way in and no sign is guessed: a number is read with the decimal sign that was declared, or not.
"""

from __future__ import annotations

import re

import polars as pl

from energy.errors import SourceError
from energy.sources.base import refuse_empty

ENCODINGS = (
    "utf-8-sig", "utf-8", "utf-16", "cp1252", "iso-8859-1", "latin-1", "iso-8859-15", "cp850", "cp437",
)  # fmt: skip
GROUP_SPACES = " \u00a0\u202f\u2009"  # space, no-break space, narrow no-break space, thin space
MINUS = "−"
MAX_RECORD_LINES = 20  # a quoted cell that runs longer than this is a stray quote, not a cell


def decode(data: bytes, encoding: str, file: str) -> tuple[str, str]:
    """Return (text, encoding) with all line ends as ``\\n``.

    Raises SourceError for an unknown encoding, bytes that do not fit it, a file that is UTF-8 although a one-byte
    encoding was declared (every byte fits those, so the text would be wrong in silence), and a binary file.
    """
    declared = encoding.lower()
    if declared not in ENCODINGS:
        raise SourceError.from_file(file, f"okänd teckenkodning {encoding!r}.", f"Tillåtna: {', '.join(ENCODINGS)}.")
    refuse_empty(data, file)
    _refuse_contradiction(data, declared, file)
    try:
        text = data.decode("utf-8-sig" if declared == "utf-8" else declared)
    except UnicodeError as error:
        position = int(getattr(error, "start", 0))
        row = data.count(b"\n", 0, position) + 1
        raise SourceError.from_file(
            file,
            f"rad {row} kan inte läsas som {declared} (byte {position}).",
            'Ange filens teckenkodning, till exempel encoding = "cp1252".',
        ) from error
    if "\0" in text:
        raise SourceError.from_file(file, "filen är binär, inte text.", "Exportera den som text (CSV).")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text, "utf-8-sig" if declared == "utf-8" and data.startswith(b"\xef\xbb\xbf") else declared


def _refuse_contradiction(data: bytes, declared: str, file: str) -> None:
    """Raise SourceError where the bytes themselves prove another encoding than the declared one."""
    found = None
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) and declared != "utf-16":
        found = "utf-16"
    elif not declared.startswith("utf") and not data.isascii():
        try:
            data.decode("utf-8")
            found = "utf-8-sig"
        except UnicodeDecodeError:
            return
    if found:
        raise SourceError.from_file(file, f"filen är kodad i {found}, inte {declared}.", f'Ange encoding = "{found}".')


def decode_swedish(data: bytes, file: str) -> tuple[str, str]:
    """Return (text, encoding) of a file whose format fixes UTF-8 but that Excel may have saved as Windows-1252."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return decode(data, "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252", file)
    return decode(data, "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8", file)


def first_line(head: bytes) -> str:
    """Return the first line of a file's first bytes for detection; never raises."""
    text = head.decode("utf-8-sig", "replace").strip()
    return text.splitlines()[0].strip() if text else ""


def records(text: str, delimiter: str, quoting: bool = True) -> pl.DataFrame:
    """Return one row per record: `row_no` (the line it starts on, from 1) and `original` (its text as it stands).

    Blank lines, and lines of nothing but delimiters, hold no record; they still count as lines. A cell in quotes may
    run over several lines; quotes that would swallow more than MAX_RECORD_LINES lines are taken as plain characters.
    """
    lines = pl.Series("original", [text]).str.split("\n").explode()
    if text.endswith("\n"):
        lines = lines.head(len(lines) - 1)  # what follows the last line end is no line
    rows = pl.DataFrame({"row_no": pl.int_range(1, len(lines) + 1, dtype=pl.Int64, eager=True), "original": lines})
    if quoting and '"' in text:
        rows = _joined(rows)
    blank = rows["original"].str.contains(f"^[{re.escape(delimiter)}\\s]*$")
    return rows.filter(~blank) if blank.any() else rows


def _joined(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the lines with those joined that an open quote holds together."""
    open_after = rows["original"].str.count_matches('"', literal=True).cum_sum() % 2 == 1
    if not open_after.any():
        return rows
    record = (~open_after.shift(1, fill_value=False)).cum_sum()
    longest = record.value_counts()["count"].max()
    if not isinstance(longest, int) or longest > MAX_RECORD_LINES:
        return rows
    return (
        rows.group_by(record.alias("record"), maintain_order=True)
        .agg(pl.col("row_no").first(), pl.col("original").str.join("\n"))
        .drop("record")
    )


def fields(rows: pl.DataFrame, delimiter: str, quoting: bool = True) -> pl.Series:
    """Return the fields of each record as a list of texts, quotes taken off, doubled quotes made single."""
    line = rows["original"]
    if not quoting or not line.str.contains('"', literal=True).any():
        return line.str.split(delimiter)
    # "a";"b" without delimiter, line end or doubled quote inside: the quotes can just go
    d = re.escape(delimiter)
    cell = f'(?:"[^"{d}\n]*"|[^"{d}\n]*)'
    if line.str.contains(f"^{cell}(?:{d}{cell})*$").all():
        return line.str.replace_all('"', "", literal=True).str.split(delimiter)
    # a delimiter before every field lets one pattern find them all, empty ones too
    found = (delimiter + line).str.extract_all(f'{d}(?:"(?:[^"]|"")*"[^{d}]*|[^{d}]*)')
    inner = pl.element().str.slice(1)
    bare = inner.str.strip_prefix('"').str.strip_suffix('"').str.replace_all('""', '"', literal=True)
    return found.list.eval(pl.when(inner.str.contains('(?s)^".*"$')).then(bare).otherwise(inner))


def pick(rows: pl.DataFrame, cells: pl.Series, columns: dict[str, int]) -> pl.DataFrame:
    """Return `rows` with one text column per name and 0-based position, stripped; null where the row is too short."""
    table = pl.DataFrame({"cells": cells})
    texts = table.select(
        pl.col("cells").list.get(position, null_on_oob=True).str.strip_chars().alias(name)
        for name, position in columns.items()
    )
    return rows.hstack(texts)


def number(values: pl.Series, decimal: str = ",", thousands: str = "") -> pl.Series:
    """Return the numbers [Float64] that texts write with the declared signs; null for every other text.

    Groups of three digits may be set apart by U+0020, U+00A0, U+202F, U+2009 or the declared `thousands`; the minus
    may be U+2212; an exponent is allowed. A text with another decimal sign than the declared one is no number.
    """
    mark = re.escape(decimal)
    if values.str.contains(f"^[+-]?[0-9]+(?:{mark}[0-9]+)?$").all():  # nulls apart; by far the most common
        plain = values if decimal == "." else values.str.replace(decimal, ".", literal=True)
        result = plain.cast(pl.Float64, strict=False)
        if result.is_finite().all():
            return result
    group = "[" + re.escape(GROUP_SPACES + thousands.replace(decimal, "")) + "]"
    whole = f"(?:[0-9]+|[0-9]{{1,3}}(?:{group}[0-9]{{3}})+)"
    pattern = f"^[+{MINUS}-]?(?:{whole}(?:{mark}[0-9]+)?|{mark}[0-9]+)(?:[eE][+-]?[0-9]{{1,3}})?$"
    fits = values.str.contains(pattern)
    text = values
    if (text.str.len_bytes() != text.str.len_chars()).any() or text.str.contains(group).any():
        text = text.str.replace_all(group, "").str.replace(MINUS, "-", literal=True)
    if decimal != ".":
        text = text.str.replace(decimal, ".", literal=True)
    result = text.cast(pl.Float64, strict=False)
    good = fits.fill_null(False) & result.is_finite().fill_null(False)
    if good.all():
        return result
    return pl.DataFrame({"v": result, "good": good}).select(pl.when("good").then("v").alias(values.name)).to_series()
