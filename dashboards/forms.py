"""The sheets of the workbook that people fill in and put back in the inbox: decisions, and causes of deviations.

What is known is locked, without a password, so that keys are not changed by mistake. energy.sources.people reads them
back by the same headings.
"""

from __future__ import annotations

from typing import Any

import polars as pl
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from dashboards import text
from dashboards.cells import EPOCH, MAX_ROWS, height, page, write_text
from dashboards.pages.base import View
from dashboards.pages.year_tables import name_of
from energy.sources.people import deviation_causes, measure_decisions

DECISIONS, CAUSES = measure_decisions.SHEET, deviation_causes.SHEET
TO_FILL_IN = (
    "Fyll i bladen Beslut och Avvikelser, spara arbetsboken och lägg den i inkorgen (inbox): beslut och orsaker läses "
    "vid nästa körning. De andra bladen läses inte tillbaka."
)
_CHOICE = dict(zip(("do", "wait", "reject", "underway", "done"), measure_decisions.CHOICES, strict=True))
_KINDS = {**dict.fromkeys(("answered_on", "decided_on", "start_on"), "fill date"), "cost_sek": "fill sek"}
_DAY = EPOCH.replace(tzinfo=None)
_OPEN = {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True}


def decisions(sheet: Worksheet, formats: dict[str, Format], view: View) -> None:
    """Write one row per measure of the register; what was decided before stands there already and can be changed."""
    words = {**measure_decisions.REQUIRED, **measure_decisions.OPTIONAL, **measure_decisions.TOLD}
    known = (words["measure_key"][0], "Rubrik", "Anläggning", words["promised_sek"][0])
    asked = ("decision", "decided_on", "owner_role", "start_on", "cost_sek", "note")
    for at, head in enumerate((*known, *(words[column][0] for column in asked))):
        sheet.write_string(0, at, head, formats["head"])
    names = dict(view.marts["facilities"].select("facility", "name").iter_rows())
    shown = pl.col("is_visible").fill_null(False) | pl.col("decision").is_not_null()
    rows = view.marts["measure_register"].filter(pl.col("measure_key").is_not_null() & shown).head(MAX_ROWS)
    for n, row in enumerate(rows.iter_rows(named=True), start=1):
        write_text(sheet, n, 0, row["measure_key"], formats["text"])
        write_text(sheet, n, 1, row["title"] or "", formats["wrap"])
        write_text(sheet, n, 2, names.get(row["facility"]) or row["facility"] or "", formats["wrap"])
        worth = row["latest_sek_per_year"] if row["is_visible"] else row["decided_value_sek"]
        if worth is not None:
            sheet.write_number(n, 3, worth, formats["once" if row["one_off"] else "sek"])
        told = {**row, "decision": _CHOICE.get(row["decision"])}
        _answers(sheet, formats, n, len(known), [(told[column], column) for column in asked])
    last = max(rows.height, 1)
    _choices(sheet, last)
    for at, width in enumerate((34, 46, 26, 22, 14, 14, 22, 14, 16, 48)):
        sheet.set_column(at, at, width)
    _finish(sheet, view)


def _choices(sheet: Worksheet, last: int) -> None:
    """Let a reader choose the decision from a list, and write days and costs as such."""
    rules: tuple[tuple[int, dict[str, Any]], ...] = (
        (4, {"validate": "list", "source": list(measure_decisions.CHOICES), "input_title": "Beslut",
             "input_message": "Välj ja, senare, nej, pågår eller genomförd. Ange också vilken dag."}),
        (5, {"validate": "date", "criteria": ">=", "value": _DAY, "input_title": "Beslutat den",
             "input_message": "Datum, ÅÅÅÅ-MM-DD."}),
        (6, {"validate": "any", "input_title": "Ansvarig roll",
             "input_message": "En roll, till exempel driftchef. Inget namn."}),
        (7, {"validate": "date", "criteria": ">=", "value": _DAY, "input_title": "Startar den",
             "input_message": "Datum, ÅÅÅÅ-MM-DD. Får vara tomt."}),
        (8, {"validate": "decimal", "criteria": ">=", "value": 0, "input_title": "Kostnad",
             "input_message": "SEK exklusive moms. Får vara tomt."}),
    )  # fmt: skip
    for at, rule in rules:
        sheet.data_validation(1, at, last, at, rule)


def causes(sheet: Worksheet, formats: dict[str, Format], view: View) -> None:
    """Write one row per deviation, cause and owner to fill in; what was answered before stands there already."""
    words = {**deviation_causes.REQUIRED, **deviation_causes.OPTIONAL}
    known = (words["deviation_key"][0], "Anläggning", "Månad", "Vad", "Avvikelse (SEK)", "Avvikelse (%)",
             "Trolig orsak", "Status")  # fmt: skip
    asked = ("cause", "owner_role", "answered_on", "note")
    for at, head in enumerate((*known, *(words[column][0] for column in asked))):
        sheet.write_string(0, at, head, formats["head"])
    names = dict(view.marts["facilities"].select("facility", "name").iter_rows())
    rows = view.marts["deviations"].filter(pl.col("deviation_key").is_not_null()).head(MAX_ROWS)
    rows = rows.sort(pl.col("status") == "answered", maintain_order=True)
    for n, row in enumerate(rows.iter_rows(named=True), start=1):
        write_text(sheet, n, 0, row["deviation_key"], formats["text"])
        write_text(sheet, n, 1, names.get(row["facility"]) or row["facility"] or "", formats["wrap"])
        if row["month"] is not None:
            sheet.write_datetime(n, 2, row["month"], formats["month"])
        write_text(sheet, n, 3, name_of(row), formats["wrap"])
        for at, (column, kind) in enumerate((("deviation_sek", "sek"), ("deviation_pct", "percent")), start=4):
            if row[column] is not None:
                sheet.write_number(n, at, row[column], formats[kind])
        write_text(sheet, n, 6, row["likely_cause"] or "", formats["wrap"])
        write_text(sheet, n, 7, text.code("status", row["status"]), formats["wrap"])
        sheet.set_row(n, height((names.get(row["facility"]), 26), (name_of(row), 26), (row["likely_cause"], 40),
                                (row["cause"], 46), (row["note"], 40)))  # fmt: skip
        _answers(sheet, formats, n, len(known), [(row[c], c) for c in asked])
    _asked(sheet, max(rows.height, 1))
    for at, width in enumerate((40, 26, 10, 26, 15, 12, 40, 18, 46, 22, 14, 40)):
        sheet.set_column(at, at, width)
    _finish(sheet, view)


def _answers(sheet: Worksheet, formats: dict[str, Format], row: int, first: int, cells: list[tuple[Any, str]]) -> None:
    """Write what has been answered, as cells that can be changed; a day as a day, an amount as one."""
    for at, (value, column) in enumerate(cells, start=first):
        kind = _KINDS.get(column, "fill")
        if value is None:
            sheet.write_blank(row, at, None, formats[kind])
        elif kind == "fill date":
            sheet.write_datetime(row, at, value, formats[kind])
        elif kind == "fill sek":
            sheet.write_number(row, at, value, formats[kind])
        else:
            write_text(sheet, row, at, value, formats[kind])


def _asked(sheet: Worksheet, last: int) -> None:
    """Tell what each cell of an answer is to hold; days must be days."""
    rules: tuple[tuple[int, dict[str, Any]], ...] = (
        (8, {"validate": "any", "input_title": "Orsak",
             "input_message": "Varför blev det så? Ange också vilken dag det besvarades."}),
        (9, {"validate": "any", "input_title": "Ansvarig roll",
             "input_message": "En roll, till exempel driftchef. Inget namn."}),
        (10, {"validate": "date", "criteria": ">=", "value": _DAY, "input_title": "Besvarad den",
              "input_message": "Datum, ÅÅÅÅ-MM-DD."}),
        (11, {"validate": "any", "input_title": "Anteckning", "input_message": "Får vara tom."}),
    )  # fmt: skip
    for at, rule in rules:
        sheet.data_validation(1, at, last, at, rule)


def _finish(sheet: Worksheet, view: View) -> None:
    """Lock what is not to be filled in, and make the sheet print."""
    sheet.set_row(0, 42)
    sheet.freeze_panes(1, 2)
    sheet.protect("", _OPEN)
    page(sheet)
    sheet.repeat_rows(0)
    if view.synthetic:
        sheet.set_header('&C&"Arial,Bold"Syntetiska data')
