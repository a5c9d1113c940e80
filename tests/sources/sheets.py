"""A workbook of one sheet for the tests of people's files: rows of texts, numbers, days, moments and clock times."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import openpyxl


def workbook(rows: Sequence[Sequence[Any]], sheet: str = "Blad1") -> bytes:
    """Return an .xlsx with `rows` on its first sheet."""
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for row in rows:
        page.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
