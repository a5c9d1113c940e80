"""What every sheet of the workbook shares: formats of cells, texts that stay texts, the printed page."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

MAX_ROWS = 1_048_575  # rows of an Excel sheet under the heading
MAX_TEXT = 32_767  # characters of an Excel cell
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # the same file from the same marts: no clock in it
NOISE = 1e-9  # what a difference of equals leaves behind; a sheet would show it as «-0,00»
NUMBER_FORMATS = {
    "sek": "#,##0.00",
    "energy": "#,##0.0",
    "power": "#,##0.0",
    "percent": "0.0",
    "degrees": "0.0",
    "volume": "#,##0.0",
    "number": "#,##0.00",
    "count": "0",
    "date": "yyyy-mm-dd",
    "month": "yyyy-mm",
    "instant": "yyyy-mm-dd hh:mm",
}
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
_TIMES = {"instant": "%Y-%m-%d %H:%M", "date": "%Y-%m-%d", "month": "%Y-%m"}


def formats(book: Workbook) -> dict[str, Format]:
    """Return every cell format by kind."""
    base = {"font_name": "Arial", "font_size": 10, "valign": "top"}
    made = {kind: book.add_format({**base, "num_format": form}) for kind, form in NUMBER_FORMATS.items()}
    return made | {
        "text": book.add_format(base),
        "once": book.add_format({**base, "num_format": '#,##0.00 "en gång"'}),
        "kronor": book.add_format({**base, "num_format": "#,##0"}),
        "wrap": book.add_format({**base, "text_wrap": True}),
        "head": book.add_format({**base, "bold": True, "text_wrap": True, "bottom": 1, "bg_color": "#EEF1EE"}),
        "title": book.add_format({**base, "bold": True, "font_size": 16}),
        "bold": book.add_format({**base, "bold": True, "text_wrap": True}),
        "fill": book.add_format({**base, "text_wrap": True, "locked": False, "bg_color": "#FFFDF2", "border": 4}),
        "fill date": book.add_format(
            {**base, "num_format": "yyyy-mm-dd", "locked": False, "bg_color": "#FFFDF2", "border": 4}
        ),
        "fill sek": book.add_format(
            {**base, "num_format": "#,##0", "locked": False, "bg_color": "#FFFDF2", "border": 4}
        ),
        "link": book.add_format({**base, "font_color": "#0B5CAD", "underline": 1}),
        "banner": book.add_format({**base, "bold": True, "bg_color": "#FFF1CC"}),
    }


def page(sheet: Worksheet) -> None:
    """Make the sheet print on A4 across, all columns on one page's width."""
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def write_text(sheet: Worksheet, row: int, at: int, value: str, cell: Format) -> None:
    """Write a text as a text, whatever it begins with."""
    sheet.write_string(row, at, value if len(value) <= MAX_TEXT else value[: MAX_TEXT - 1] + "…", cell)


def read(value: str) -> tuple[float | datetime | str, str]:
    """Return what a text holds, a number, a day, a month, an instant or only words, and the kind of cell it is."""
    if _NUMBER.fullmatch(value) and math.isfinite(float(value)):
        return float(value), "number"
    for kind, form in _TIMES.items():
        try:
            return datetime.strptime(value.replace("T", " "), form), kind  # noqa: DTZ007 - a cell has no zone
        except ValueError:
            continue
    return value, "text"


def height(*cells: tuple[str | None, float]) -> float:
    """Return the height [points] of a row whose wrapped texts stand in columns so many characters wide."""
    return 13.5 * max(1, *(math.ceil(len(value or "") * 1.1 / width) for value, width in cells))
