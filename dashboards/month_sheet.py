"""The sheet «Månaden»: the year on one page, a row per facility and carrier, amounts in SEK as real numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from dashboards import text
from dashboards.cells import height, page, write_text
from dashboards.pages import year
from dashboards.pages.base import Facility, Row, View

TITLE = "Månaden"
# heading, kind of cell, which row it stands in (the year so far, the whole year, the forecast), column
COLUMNS: tuple[tuple[str, str, str, str], ...] = (
    ("Budget hittills (SEK)", "kronor", "ytd", "budget_sek"),
    ("Utfall hittills (SEK)", "kronor", "ytd", "outcome_sek"),
    ("Avvikelse (SEK)", "kronor", "ytd", "deviation_sek"),
    ("Avvikelse (%)", "percent", "ytd", "deviation_pct"),
    ("Samma period i fjol (SEK)", "kronor", "ytd", "last_year_sek"),
    ("Budget helår (SEK)", "kronor", "year", "budget_sek"),
    ("Kvar av årets budget (SEK)", "kronor", "year", "remaining_budget_sek"),
    ("Prognos helår, undre gräns (SEK)", "kronor", "forecast", "forecast_sek_low"),
    ("Prognos helår, trolig (SEK)", "kronor", "forecast", "forecast_sek"),
    ("Prognos helår, övre gräns (SEK)", "kronor", "forecast", "forecast_sek_high"),
    ("Prognos mot budget (SEK)", "kronor", "forecast", "deviation_sek"),
    ("Ändring sedan förra prognosen (SEK)", "kronor", "forecast", "change_sek"),
    ("Energi hittills (kWh)", "energy", "ytd", "outcome_kwh"),
    ("Budgeterad energi hittills (kWh)", "energy", "ytd", "budget_kwh"),
    ("Energi samma period i fjol (kWh)", "energy", "ytd", "last_year_kwh"),
    ("Energi helår, prognos (kWh)", "energy", "forecast", "forecast_kwh"),
)
LEAD = ("Anläggning", "Energislag", "År", "Till och med")


def write(sheet: Worksheet, formats: dict[str, Format], view: View) -> None:
    """Write the rows; a facility without budget, outcome and forecast has one that says so."""
    for at, head in enumerate((*LEAD, *(column[0] for column in COLUMNS), "Kommentar")):
        sheet.write_string(0, at, head, formats["head"])
    lines = [(facility.name, *row) for facility in view.facilities() for row in _rows(view, facility)]
    for at, (name, carrier, number, told) in enumerate(lines, start=1):
        _line(sheet, formats, at, (name, carrier, number), told)
    for column, width in enumerate((24, 13, 6, 9, *(11.5 for _ in COLUMNS), 34)):
        sheet.set_column(column, column, width)
    sheet.set_row(0, 68)
    sheet.freeze_panes(1, 2)
    page(sheet)
    if view.synthetic:
        sheet.set_header('&C&"Arial,Bold"Syntetiska data')


def _rows(view: View, facility: Facility) -> Iterator[tuple[str, int | None, dict[str, Row]]]:
    """Yield (carrier, year, its rows by where they come from), all carriers together first."""
    found = year.of(view, facility)
    if found is None:
        yield text.MISSING, None, {}
        return
    periods = view.rows("budget_period", facility=facility.id, year=found.year)
    ahead = year.forecasts(view, facility, found.year).filter(pl.col("component") == year.ALL)
    of_carriers = periods.filter(pl.col("dimension") == "carrier")
    named = sorted({*of_carriers.get_column("carrier").drop_nulls(), *ahead.get_column("carrier")} - {year.ALL})
    for carrier in (year.ALL, *named):
        own = year.together(view, facility) if carrier == year.ALL else of_carriers
        own = own.filter(pl.col("year") == found.year, pl.col("carrier").fill_null(year.ALL) == carrier)
        told: dict[str, Row] = {r["period"]: r for r in own.iter_rows(named=True)}
        coming = ahead.filter(pl.col("carrier") == carrier)
        if coming.height:
            told["forecast"] = coming.row(0, named=True)
        yield text.code("carrier", carrier), found.year, told


def _line(
    sheet: Worksheet, formats: dict[str, Format], at: int, lead: tuple[str, str, int | None], told: dict[str, Row]
) -> None:
    facility, carrier, number = lead
    write_text(sheet, at, 0, facility, formats["wrap"])
    write_text(sheet, at, 1, carrier, formats["wrap"])
    if number is not None:
        sheet.write_number(at, 2, number, formats["count"])
    until: Any = told.get("ytd", {}).get("to_month")
    if until is not None:
        sheet.write_datetime(at, 3, until, formats["month"])
    for place, (_, kind, source, column) in enumerate(COLUMNS, start=len(LEAD)):
        value = told.get(source, {}).get(column)
        if value is not None:
            sheet.write_number(at, place, value, formats[kind])
    reasons = [told[s]["reason"] for s in ("ytd", "forecast") if s in told and told[s]["reason"]]
    comment = " ".join(dict.fromkeys(text.sentence(r) for r in reasons)) if told else year.NOTHING
    write_text(sheet, at, len(LEAD) + len(COLUMNS), comment, formats["wrap"])
    sheet.set_row(at, height((facility, 24), (carrier, 13), (comment, 34)))
