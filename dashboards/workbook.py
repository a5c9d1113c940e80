"""The Excel workbook: one sheet per mart, real numbers and dates, texts that never become formulas."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from dashboards import text
from dashboards.conform import conform
from dashboards.options import SiteOptions
from dashboards.pages.about import DEFINITIONS
from dashboards.pages.base import View
from dashboards.pages.parts import HEADLINES, PLACEBO, headline, remarks
from dashboards.schema import MARTS, TITLES, Column
from energy.sources.people import measure_decisions

DECISIONS = measure_decisions.SHEET  # to be filled in and put back in the inbox
TO_DECIDE = (
    "Fyll i bladet Beslut, spara arbetsboken och lägg den i inkorgen (inbox): besluten läses vid nästa körning. "
    "De andra bladen läses inte tillbaka."
)
MAX_ROWS = 1_048_575  # rows of an Excel sheet under the heading
MAX_TEXT = 32_767  # characters of an Excel cell
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # the same file from the same marts: no clock in it
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


def build(marts: Mapping[str, pl.DataFrame], options: SiteOptions | None = None) -> bytes:
    """Return the workbook as xlsx bytes: «Läs mig», «Nyckeltal i text», «Beslut» to fill in, then a sheet per mart."""
    view = View(conform(marts), options or SiteOptions())
    target = io.BytesIO()
    book = xlsxwriter.Workbook(
        target,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "remove_timezone": True,
        },
    )
    book.set_properties(
        {
            "title": "Energibok",
            "author": view.options.organisation,
            "created": EPOCH.replace(tzinfo=None),
            "comments": "Syntetiska data" if view.synthetic else "",
        }
    )
    formats = _formats(book)
    _readme(book.add_worksheet("Läs mig"), formats, view)
    _headlines(book.add_worksheet("Nyckeltal i text"), formats, view)
    _decisions(book.add_worksheet(DECISIONS), formats, view)
    for mart, columns in MARTS.items():
        _sheet(book.add_worksheet(TITLES[mart]), formats, columns, view.marts[mart], view.synthetic)
    book.close()
    return target.getvalue()


def _formats(book: Workbook) -> dict[str, Format]:
    """Return every cell format by kind."""
    base = {"font_name": "Arial", "font_size": 10, "valign": "top"}
    made = {kind: book.add_format({**base, "num_format": form}) for kind, form in NUMBER_FORMATS.items()}
    return made | {
        "text": book.add_format(base),
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
        "banner": book.add_format({**base, "bold": True, "bg_color": "#FFF1CC"}),
    }


def _readme(sheet: Worksheet, formats: dict[str, Format], view: View) -> None:
    """Write what the workbook is, which run it comes from, and what the words mean."""
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 92)
    sheet.hide_gridlines(2)
    sheet.set_row(0, 24)
    _page(sheet)
    publication = view.marts["publication"]
    row = publication.row(0, named=True) if publication.height else {}
    lines: list[tuple[str, str]] = [
        ("Organisation", view.options.organisation or "–"),
        ("Körning", row.get("run_id") or text.MISSING),
        ("Publicerad", row.get("published_at") or text.MISSING),
        ("Version", row.get("version") or text.MISSING),
        ("Data till och med", text.day(row.get("data_to"))),
        ("Skapad", view.written.removeprefix("Skapad ").removesuffix(".") or "–"),
        ("Enheter", "Belopp i SEK exklusive moms, energi i kWh, effekt i kW. Enheten står i varje rubrik."),
        ("Tomma celler", "Värdet finns inte eller kan inte bedömas. Det är aldrig detsamma som noll."),
        ("Kvitto", "Kör «energibok explain NYCKEL» med nyckeln i kolumnen Kvitto för att se varifrån siffran kommer."),
        ("Beslut", TO_DECIDE),
        ("Band", f"Undre och övre gräns är 90{text.NBSP}%-bandet. Är gränserna lika med värdet är siffran mätt."),
    ]
    if view.marts["projects"].filter(pl.col("placebo")).height:
        lines.append(("Metodprov", PLACEBO))
    for project in view.marts["projects"].iter_rows(named=True):
        said = remarks(view, project["project"], bool(project["placebo"]))
        lines += [(f"Att tänka på, {project['name'] or project['project']}", sentence) for sentence in said]
    lines += [("", ""), *DEFINITIONS]
    sheet.write_string(0, 0, "Energibok", formats["title"])
    if view.synthetic:
        sheet.write_string(1, 0, "Syntetiska data", formats["banner"])
        sheet.write_string(
            1, 1, "Anläggningen är påhittad. Inga siffror här gäller en verklig byggnad.", formats["banner"]
        )
    for n, (term, meaning) in enumerate(lines, start=3):
        _write_text(sheet, n, 0, term, formats["bold"])
        _write_text(sheet, n, 1, meaning, formats["wrap"])
        sheet.set_row(n, 13.5 * max(1, -(-len(meaning) // 100), -(-len(term) // 24)))


def _headlines(sheet: Worksheet, formats: dict[str, Format], view: View) -> None:
    """Write the headline figures in the very words of page and letter."""
    heads = ("Anläggning", "Projekt", "Nyckeltal", "Siffra", "Band", "Vad bandet säger", "Avser", "Kvitto")
    names = dict(view.marts["facilities"].select("facility", "name").iter_rows())
    placebos = set(view.rows("projects", placebo=True).get_column("project"))
    for n, head in enumerate(heads):
        sheet.write_string(0, n, head, formats["head"])
    order = pl.col("key").replace_strict({key: n for n, key in enumerate(HEADLINES)}, default=len(HEADLINES))
    rows = view.marts["headline"].sort("facility", "project", order, maintain_order=True)
    for n, row in enumerate(rows.iter_rows(named=True), start=1):
        shown = headline(row, view, row["project"] in placebos)
        cells = (
            names.get(row["facility"]) or row["facility"],
            row["project"],
            shown.label,
            shown.cannot or shown.figure,
            shown.band,
            shown.beside,
            shown.period,
            shown.evidence_key,
        )
        for at, cell in enumerate(cells):
            _write_text(sheet, n, at, cell, formats["wrap"])
    for at, width in enumerate((30, 16, 38, 14, 27, 42, 18, 40)):
        sheet.set_column(at, at, width)
    _page(sheet)
    sheet.freeze_panes(1, 0)


def _decisions(sheet: Worksheet, formats: dict[str, Format], view: View) -> None:
    """Write one row per measure, the decision left to fill in; energy.sources.people.measure_decisions reads it back.

    What is known is locked, without a password, so that keys are not changed by mistake.
    """
    words = {**measure_decisions.REQUIRED, **measure_decisions.OPTIONAL}
    known = (words["measure_key"][0], "Rubrik", "Anläggning", "Besparing per år (SEK)")
    asked = ("decision", "decided_on", "owner_role", "start_on", "cost_sek", "note")
    kinds = {"decided_on": "fill date", "start_on": "fill date", "cost_sek": "fill sek"}
    for at, head in enumerate((*known, *(words[column][0] for column in asked))):
        sheet.write_string(0, at, head, formats["head"])
    names = dict(view.marts["facilities"].select("facility", "name").iter_rows())
    rows = view.marts["measures"].filter(pl.col("measure_key").is_not_null()).head(MAX_ROWS)
    for n, row in enumerate(rows.iter_rows(named=True), start=1):
        _write_text(sheet, n, 0, row["measure_key"], formats["text"])
        _write_text(sheet, n, 1, row["title"] or "", formats["wrap"])
        _write_text(sheet, n, 2, names.get(row["facility"]) or row["facility"] or "", formats["wrap"])
        if row["saving_sek_per_year"] is not None:
            sheet.write_number(n, 3, row["saving_sek_per_year"], formats["sek"])
        for at, column in enumerate(asked, start=len(known)):
            sheet.write_blank(n, at, None, formats[kinds.get(column, "fill")])
    last = max(rows.height, 1)
    _choices(sheet, last)
    for at, width in enumerate((34, 46, 26, 16, 14, 14, 22, 14, 16, 48)):
        sheet.set_column(at, at, width)
    sheet.set_row(0, 42)
    sheet.freeze_panes(1, 2)
    sheet.protect("", {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True})
    _page(sheet)
    sheet.repeat_rows(0)
    if view.synthetic:
        sheet.set_header('&C&"Arial,Bold"Syntetiska data')


def _choices(sheet: Worksheet, last: int) -> None:
    """Let a reader choose the decision from a list, and write days and costs as such."""
    rules: tuple[tuple[int, dict[str, Any]], ...] = (
        (4, {"validate": "list", "source": list(measure_decisions.CHOICES), "input_title": "Beslut",
             "input_message": "Välj genomför, avvakta, avslå eller klar. Ange också vilken dag det beslutades."}),
        (5, {"validate": "date", "criteria": ">=", "value": EPOCH.replace(tzinfo=None), "input_title": "Beslutat den",
             "input_message": "Datum, ÅÅÅÅ-MM-DD."}),
        (6, {"validate": "any", "input_title": "Ansvarig roll",
             "input_message": "En roll, till exempel driftchef. Inget namn."}),
        (7, {"validate": "date", "criteria": ">=", "value": EPOCH.replace(tzinfo=None), "input_title": "Startar den",
             "input_message": "Datum, ÅÅÅÅ-MM-DD. Får vara tomt."}),
        (8, {"validate": "decimal", "criteria": ">=", "value": 0, "input_title": "Kostnad",
             "input_message": "SEK exklusive moms. Får vara tomt."}),
    )  # fmt: skip
    for at, rule in rules:
        sheet.data_validation(1, at, last, at, rule)


def _sheet(
    sheet: Worksheet, formats: dict[str, Format], columns: Mapping[str, Column], frame: pl.DataFrame, synthetic: bool
) -> None:
    """Write one mart: heading row with units, then its rows column by column."""
    frame = frame.head(MAX_ROWS)
    for at, (name, column) in enumerate(columns.items()):
        sheet.write_string(0, at, column.label, formats["head"])
        cell = formats.get(column.kind, formats["text"])
        found = frame.get_column(name).to_list()
        for row, value in enumerate(found, start=1):
            if value is not None:
                _write(sheet, row, at, value, name, column, cell)
        sheet.set_column(at, at, _width(column, frame.get_column(name)))
    sheet.set_row(0, 42)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(frame.height, 1), len(columns) - 1)
    _page(sheet)
    sheet.repeat_rows(0)
    if synthetic:
        sheet.set_header('&C&"Arial,Bold"Syntetiska data')


def _page(sheet: Worksheet) -> None:
    """Make the sheet print on A4 across, all columns on one page's width."""
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _write(sheet: Worksheet, row: int, at: int, value: Any, name: str, column: Column, cell: Format) -> None:
    if column.kind in ("date", "month", "instant"):
        sheet.write_datetime(row, at, value, cell)
    elif column.kind == "code":
        _write_text(sheet, row, at, text.code(name, value), cell)
    elif column.kind == "bool":
        _write_text(sheet, row, at, text.yes_no(value), cell)
    elif column.kind in NUMBER_FORMATS:
        sheet.write_number(row, at, value, cell)
    else:
        _write_text(sheet, row, at, value, cell)


def _write_text(sheet: Worksheet, row: int, at: int, value: str, cell: Format) -> None:
    """Write a text as a text, whatever it begins with."""
    sheet.write_string(row, at, value if len(value) <= MAX_TEXT else value[: MAX_TEXT - 1] + "…", cell)


def _width(column: Column, found: pl.Series) -> float:
    """Return a column width in characters: the heading's longest word, or the longest value up to 48."""
    longest = max(len(word) for word in column.label.split()) + 3
    if found.dtype == pl.String and found.len():
        longest = max(longest, min(48, int(found.str.len_chars().max() or 0) + 2))  # type: ignore[arg-type]
    return float(max(longest, 12))
