"""Hostile JSON read safely: numbers stay as they are written, nesting and size are bounded, elements become text.

What the keys mean is not known here; the formats know it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import polars as pl

from energy.errors import SourceError
from energy.sources import text
from energy.sources.base import MAX_ORIGINAL, Sieve, shortened

LARGEST = 200_000_000  # bytes; a tree takes some ten times its text in memory


def document(data: bytes, file: str) -> tuple[Any, str]:
    """Return (document, encoding); every number is the text it was written as, so that nothing is rounded.

    Raises SourceError for a file that is too large, is not text or is not JSON (NaN and Infinity are not).
    """
    if len(data) > LARGEST:
        raise SourceError.from_file(file, f"JSON-filen är större än {LARGEST // 1_000_000} MB.", "Hämta kortare delar.")
    content, encoding = text.decode_swedish(data, file)
    try:
        found = json.loads(content, parse_float=str, parse_int=str, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        where = f" (fel vid rad {line})" if line else ""
        raise SourceError.from_file(
            file, f"är inte giltig JSON{where}; filen kan vara avhuggen.", "Hämta filen på nytt."
        ) from error
    return found, encoding


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)


def table(elements: Sequence[Any], keys: Sequence[str], fixed: Mapping[str, str] | None = None) -> pl.DataFrame:
    """Return one row per element: `row_no` (its place from 1), its `keys` as text, and `original`, shortened.

    A key is null where it is absent, null, or holds something else than a text or a number. `fixed` are texts that
    hold for every element.
    """
    rows = [e if isinstance(e, dict) else {} for e in elements]
    columns = {key: pl.Series(key, [_scalar(row.get(key)) for row in rows], pl.String) for key in keys}
    quoted = [_quoted(e) for e in elements]
    number = pl.int_range(1, len(rows) + 1, dtype=pl.Int64, eager=True).alias("row_no")
    found = pl.DataFrame({"row_no": number, **columns, "original": pl.Series(quoted, dtype=pl.String)})
    return found.with_columns(pl.lit(value).alias(key) for key, value in (fixed or {}).items())


def sieve(rows: pl.DataFrame) -> Sieve:
    """Return a sieve over rows of `table` that quotes the element as JSON."""
    return Sieve(rows, shortened(pl.col("original")))


def word(node: Any, *path: str) -> str:
    """Return the text or number along `path` of objects, stripped; "" where there is none."""
    for key in path:
        node = node.get(key) if isinstance(node, dict) else None
    return (_scalar(node) or "").strip()


def _quoted(element: Any) -> str:
    try:
        written = json.dumps(element, ensure_ascii=False)
    except RecursionError:
        written = "(för djupt nästlad)"
    return _whole(written[: 10 * MAX_ORIGINAL])


def _scalar(value: Any) -> str | None:
    return _whole(value) if isinstance(value, str) else None


def _whole(value: str) -> str:
    """Return the text with half characters (lone surrogates, which JSON can write) replaced."""
    return value.encode("utf-8", "replace").decode()
