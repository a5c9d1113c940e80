"""The Excel workbook: one sheet per mart, real numbers and dates, texts that never become formulas."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from dashboards import cells, forms, month_sheet, text
from dashboards.cells import MAX_ROWS, NUMBER_FORMATS, page, write_text
from dashboards.conform import conform
from dashboards.options import SiteOptions
from dashboards.pages.about import DEFINITIONS
from dashboards.pages.base import View
from dashboards.pages.books import NO_SAVING
from dashboards.pages.parts import HEADLINES, PLACEBO, headline, remarks
from dashboards.schema import MARTS, TITLES, Column

README, IN_WORDS = "Läs mig", "Nyckeltal i text"
GUIDE = (
    ("Enheter", "Belopp i SEK exklusive moms, energi i kWh, effekt i kW. Enheten står i varje rubrik."),
    (
        "Moms",
        "Alla belopp är utan moms, även budget, utfall och prognos. Momssatsen på varje fakturarad står i bladet "
        f"«{TITLES['invoice_lines']}».",
    ),
    ("Tomma celler", "Värdet finns inte eller kan inte bedömas. Det är aldrig detsamma som noll."),
    ("Kvitto", "Kör «energibok explain NYCKEL» med nyckeln i kolumnen Kvitto för att se varifrån siffran kommer."),
    ("Band", f"Undre och övre gräns är 90{text.NBSP}%-bandet. Är gränserna lika med värdet är siffran mätt."),
    (
        month_sheet.TITLE,
        "Budget, utfall, avvikelse, samma period i fjol och prognos för helåret, per anläggning och energislag. "
        "Avvikelse är utfall minus budget: mer än noll är dyrare än budget.",
    ),
    (
        f"{forms.DECISIONS} och {forms.CAUSES}",
        f"{forms.TO_FILL_IN} Beslut och svar som redan är givna står kvar i bladen.",
    ),
    (
        "Låsta månader",
        "En stängd månad visar de siffror den stängdes med, tills den öppnas (energibok reopen). Kolumnen «Stängd "
        f"månad» säger vilka. Vad en ny körning skulle ändra står i bladet «{TITLES['restatements']}».",
    ),
    (
        "Fakturor",
        f"Alla granskade rader står i «{TITLES['invoice_audit']}», felen med text att skicka i "
        f"«{TITLES['invoice_findings']}». Belopp på nivån upplysning ska inte räknas med i någon summa.",
    ),
    ("Fördelning", NO_SAVING),
)


def build(marts: Mapping[str, pl.DataFrame], options: SiteOptions | None = None) -> bytes:
    """Return the workbook as xlsx bytes: words and the month first, then two to fill in, then one per mart."""
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
            "created": cells.EPOCH.replace(tzinfo=None),
            "comments": "Syntetiska data" if view.synthetic else "",
        }
    )
    formats = cells.formats(book)
    _readme(book.add_worksheet(README), formats, view)
    _headlines(book.add_worksheet(IN_WORDS), formats, view)
    month_sheet.write(book.add_worksheet(month_sheet.TITLE), formats, view)
    forms.decisions(book.add_worksheet(forms.DECISIONS), formats, view)
    forms.causes(book.add_worksheet(forms.CAUSES), formats, view)
    for mart, columns in MARTS.items():
        _sheet(book.add_worksheet(TITLES[mart]), formats, columns, _named(view.marts[mart]), view.synthetic)
    book.close()
    return target.getvalue()


def _readme(sheet: Worksheet, formats: dict[str, Format], view: View) -> None:
    """Write what the workbook is, which run it comes from, and what the words mean."""
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 92)
    sheet.hide_gridlines(2)
    sheet.set_row(0, 24)
    page(sheet)
    publication = view.marts["publication"]
    row = publication.row(0, named=True) if publication.height else {}
    lines: list[tuple[str, str]] = [
        ("Organisation", view.options.organisation or "–"),
        ("Körning", row.get("run_id") or text.MISSING),
        ("Publicerad", row.get("published_at") or text.MISSING),
        ("Version", row.get("version") or text.MISSING),
        ("Data till och med", text.day(row.get("data_to"))),
        ("Skapad", view.written.removeprefix("Skapad ").removesuffix(".") or "–"),
        *GUIDE,
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
        write_text(sheet, n, 0, term, formats["bold"])
        write_text(sheet, n, 1, meaning, formats["wrap"])
        sheet.set_row(n, 13.5 * max(1, -(-len(meaning) // 100), -(-len(term) // 24)))
    _contents(sheet, formats, view, len(lines) + 4)


def _contents(sheet: Worksheet, formats: dict[str, Format], view: View, first: int) -> None:
    """Write a list of the sheets, each a link with its number of rows: there are too many tabs to leaf through."""
    sheet.write_url(2, 0, f"internal:'{README}'!A{first + 1}", formats["link"], "Till listan över bladen")
    sheet.write_string(first, 0, "Bladen", formats["bold"])
    filled = (
        (IN_WORDS, "nyckeltalen med de ord som sidor och brev har"),
        (month_sheet.TITLE, "året på ett blad"),
        (forms.DECISIONS, "att fylla i: beslut om åtgärder"),
        (forms.CAUSES, "att fylla i: orsaker till avvikelser"),
    )
    told = [*filled, *((TITLES[m], _rows(min(view.marts[m].height, MAX_ROWS), view.marts[m].height)) for m in MARTS)]
    for n, (title, what) in enumerate(told, start=first + 1):
        sheet.write_url(n, 0, f"internal:'{title}'!A1", formats["link"], title)
        write_text(sheet, n, 1, what, formats["text"])


def _rows(written: int, known: int) -> str:
    """Return how many rows a sheet has, and that it is cut where it is."""
    if not known:
        return "inga rader"
    rows = text.counted(written, "rad", "rader")
    return rows if written == known else f"{rows} av {text.number(known)}: bladet är avkortat"


def _named(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a mart of dimensions with the Swedish words of carriers and components instead of their codes."""
    if not {"dimension", "dimension_key"} <= set(frame.columns):
        return frame
    kinds = ("carrier", "component")
    said = {kind: pl.col("dimension_key").replace(dict(text.CODES[kind])) for kind in kinds}
    word = pl.when(pl.col("dimension") == kinds[0]).then(said[kinds[0]])
    return frame.with_columns(
        dimension_key=word.when(pl.col("dimension") == kinds[1]).then(said[kinds[1]]).otherwise("dimension_key")
    )


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
        shown_cells = (
            names.get(row["facility"]) or row["facility"],
            row["project"],
            shown.label,
            shown.cannot or shown.figure,
            shown.band,
            shown.beside,
            shown.period,
            shown.evidence_key,
        )
        for at, cell in enumerate(shown_cells):
            write_text(sheet, n, at, cell, formats["wrap"])
    for at, width in enumerate((30, 16, 38, 14, 27, 42, 18, 40)):
        sheet.set_column(at, at, width)
    page(sheet)
    sheet.freeze_panes(1, 0)


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
            if value is not None and value != "":
                _write(sheet, row, at, value, column, cell, formats)
        sheet.set_column(at, at, _width(column, frame.get_column(name)))
    sheet.set_row(0, 42)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(frame.height, 1), len(columns) - 1)
    page(sheet)
    sheet.repeat_rows(0)
    # a metering point, an account or an organisation number is a name of digits: no number, and no mark that it is not
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{MAX_ROWS + 1}"})
    if synthetic:
        sheet.set_header('&C&"Arial,Bold"Syntetiska data')


def _write(
    sheet: Worksheet, row: int, at: int, value: Any, column: Column, cell: Format, formats: Mapping[str, Format]
) -> None:
    if column.kind == "mixed":
        value, kind = cells.read(value)
        column, cell = replace(column, kind=kind), formats[kind]
    if column.kind in ("date", "month", "instant"):
        sheet.write_datetime(row, at, value, cell)
    elif column.kind == "code":
        write_text(sheet, row, at, text.code(column.name, value), cell)
    elif column.kind == "bool":
        write_text(sheet, row, at, text.yes_no(value), cell)
    elif column.kind in NUMBER_FORMATS:
        sheet.write_number(row, at, 0 if abs(value) < cells.NOISE else value, cell)
    else:
        write_text(sheet, row, at, value, cell)


def _width(column: Column, found: pl.Series) -> float:
    """Return a column width in characters: the heading's longest word, or the longest value up to 48."""
    longest = max(len(word) for word in column.label.split()) + 3
    if found.dtype == pl.String and found.len():
        longest = max(longest, min(48, int(found.str.len_chars().max() or 0) + 2))  # type: ignore[arg-type]
    return float(max(longest, 12))
