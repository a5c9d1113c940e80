"""Text tables for a terminal: Swedish headings and numbers, long texts cut, control characters made harmless."""

from __future__ import annotations

import math
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from dashboards import schema, text

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def clean(value: str) -> str:
    """Return a text from outside without control characters, so that it cannot steer the terminal."""
    return _CONTROL.sub(" ", value)


def text_table(name: str, data: Sequence[Mapping[str, Any]], wanted: Sequence[str], limit: int = 400) -> str:
    """Return the `wanted` columns of the rows as a text table under the Swedish headings of the dictionary.

    A figure and its two bounds become one column: ``143 417 (−225 781 till 523 109)``.
    """
    shown = [c for c in wanted if not (c.endswith(("_low", "_high")) and c.rsplit("_", 1)[0] in wanted)]
    columns = {c: schema.MARTS.get(name, {}).get(c) or schema.COLUMNS.get(c) for c in shown}
    heads = [column.label if (column := columns[c]) else c for c in shown]
    numeric = [any(isinstance(row[c], int | float) and row[c] not in (True, False) for row in data) for c in shown]
    places = {c: _places([row[name] for row in data[:limit] for name in (c, f"{c}_low", f"{c}_high") if name in row])
              for c in shown}  # fmt: skip
    rows = [[_shown(row, c, columns[c], places[c]) for c in shown] for row in data[:limit]]
    widths = [max([len(h), *(len(r[i]) for r in rows)]) for i, h in enumerate(heads)]
    _shrink(widths, numeric)

    def line(cells: list[str]) -> str:
        cut = [c if len(c) <= w else c[: w - 1] + "…" for c, w in zip(cells, widths, strict=True)]
        return "  ".join(c.rjust(w) if n else c.ljust(w) for c, w, n in zip(cut, widths, numeric, strict=True)).rstrip()

    out = [line(heads), line(["─" * w for w in widths]), *(line(r) for r in rows)]
    if len(data) > limit:
        out.append(f"… och {len(data) - limit} rader till (--json ger alla)")
    if not rows:
        out.append("(inga rader)")
    return "\n".join([*out, ""])


def _places(values: Sequence[Any]) -> int:
    """Return the decimals of the numbers of a column: none where one is a thousand or more, or all are whole."""
    known = [abs(v) for v in values if isinstance(v, float) and math.isfinite(v)]
    return 0 if any(v >= 999.5 for v in known) or all(v == round(v) for v in known) else 2


def _shown(row: Mapping[str, Any], name: str, column: schema.Column | None, places: int) -> str:
    """Return one cell: code words in Swedish, months without day, a band after its figure unless it has no width."""
    value = row[name]
    if value is not None and column and column.kind == "code":
        return clean(text.code(name, value))
    if isinstance(value, date) and column and column.kind == "month":
        return f"{value:%Y-%m}"
    found = _cell(value, places)
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    return (
        found
        if value is None or low is None or low == high == value
        else f"{found} ({_cell(low, places)} till {_cell(high, places)})"
    )


def _shrink(widths: list[int], numeric: list[bool]) -> None:
    """Cut the widest text columns until the table fits the terminal; a pipe gets full width."""
    room = shutil.get_terminal_size((200, 24)).columns if sys.stdout.isatty() else 10_000
    while sum(widths) + 2 * len(widths) > room:
        texts = [i for i, n in enumerate(numeric) if not n and widths[i] > 12]
        if not texts:
            return
        widths[max(texts, key=lambda i: widths[i])] -= 1


def _cell(value: Any, places: int) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, float):
        return text.number(value, 2 if 0.005 <= abs(value) < 1 else places)  # what is there is never shown as 0
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return clean(str(value))
