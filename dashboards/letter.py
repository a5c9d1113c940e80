"""The letter: one PDF page with three figures, one chart, three measures and what to bear in mind. From marts alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import polars as pl
import typst

from dashboards import text
from dashboards.charts import Chart, savings
from dashboards.conform import conform
from dashboards.furniture import words
from dashboards.options import SiteOptions
from dashboards.pages import assumed, calculation, coherence, overview, parts, register, together, year
from dashboards.pages.base import Facility, View
from dashboards.theme import svg_for_paper

CAVEATS = 3
NOTE_ROOM = 250  # what the note under the chart may hold so that all is on one page
YEAR_ROOM = 290  # characters of the line on the year: three lines of print


def build(marts: Mapping[str, pl.DataFrame], options: SiteOptions | None = None) -> bytes:
    """Return the letter of the first facility as a tagged PDF of one page.

    Every text from outside reaches the template as JSON data, so it can never act as markup.
    """
    view = View(conform(marts), options or SiteOptions())
    source = files("dashboards").joinpath("letter.typ").read_bytes()
    data = json.dumps(content(view), ensure_ascii=False)
    made: bytes = typst.compile(
        source, format="pdf", sys_inputs={"data": data}, ignore_system_fonts=True, pdf_standards=["ua-1"], timestamp=0
    )
    return made


def content(view: View) -> dict[str, Any]:
    """Return everything the template prints, as plain data."""
    facilities = view.facilities()
    facility = facilities[0] if facilities else None
    furniture = words("sv")
    return {
        "organisation": view.options.organisation,
        "title": facility.name if facility else "Ingen anläggning",
        "subtitle": _subtitle(view, len(facilities)),
        "banner": furniture["synthetic"] if view.synthetic else "",
        "banner_text": furniture["synthetic_text"],
        "headlines": _headlines(view, facility),
        "year": _year(view, facility) if facility else "",
        "calculation": calculation.short(view, facility) if facility else "",
        "chart": _chart(view, facility),
        "measures": overview.best_measures(view, facility) if facility else [],
        "measures_are": "vart belopp utöver dem ovanför" if _in_steps(view, facility) else "vart belopp för sig",
        "no_measures": overview.no_measures(view, facility) if facility else text.MISSING,
        "register": register.short(view, facility) if facility else "",
        "caveats": _caveats(view, facility),
        "footer": _footer(view),
    }


def _in_steps(view: View, facility: Facility | None) -> bool:
    return facility is not None and together.is_known(view, facility)


def _subtitle(view: View, facilities: int) -> str:
    publication = view.marts["publication"]
    data_to = publication.row(0, named=True)["data_to"] if publication.height else None
    others = f" Hemmet har {text.number(facilities)} anläggningar; alla finns på sidorna." if facilities > 1 else ""
    return f"Månadsbrev. Data till och med {text.day(data_to)}.{others}"


def _headlines(view: View, facility: Facility | None) -> list[dict[str, str]]:
    cards = parts.project_cards(view, facility) if facility else []
    return [
        {
            "label": h.label,
            "figure": h.figure,
            "band": h.band,
            "beside": h.beside,
            "period": h.period,
            "cannot": h.cannot,
        }
        for h in (cards[0].headlines[:3] if cards else ())
    ]


def _year(view: View, facility: Facility) -> str:
    """Return the year in one line, what in it is not from invoices, and what it assumes where there is room."""
    told = f"{year.short(view, facility)} {assumed.held(view, facility)}".strip()
    found = year.of(view, facility)
    assumes = assumed.assumption(found.forecast) if found else ""
    return f"{told} {assumes}".strip() if len(told) + len(assumes) < YEAR_ROOM else told


def _chart(view: View, facility: Facility | None) -> dict[str, str]:
    """Return the bridge, or avoided cost per month where there is no bridge."""
    if facility is None:
        return {"heading": "Från före till efter", "title": "", "svg": "", "alt": "Ingen anläggning finns.", "note": ""}
    chart: Chart = parts.bridges(view, facility)[0][1]
    heading = "Från före till efter"
    if chart.missing:
        rows = view.rows("savings_monthly", facility=facility.id).drop_nulls("avoided_cost_sek")
        if rows.height:
            carrier = parts.drawn(rows)[0]
            heading = f"{parts.difference(view, facility, 'Besparing')} per månad"
            chart = savings.cost(
                rows.filter(pl.col("carrier") == carrier, pl.col("project") == rows["project"][0]),
                "brev",
                view.options.amount_unit,
                carrier,
                parts.is_placebo(view, facility, rows["project"][0]),
            )
    return {
        "heading": heading,
        "title": chart.title,
        "svg": svg_for_paper(chart.paper),
        "alt": chart.alt,
        "note": chart.note if len(chart.note) <= NOTE_ROOM else f"{chart.note[:NOTE_ROOM].rstrip()}…",
    }


def _caveats(view: View, facility: Facility | None) -> list[str]:
    """Return the things most worth knowing before quoting a figure."""
    if facility is None:
        return ["Ingen anläggning finns i underlaget."]
    said = [remark for card in parts.project_cards(view, facility)[:1] for remark in card.remarks]
    said += overview.freshness_sentences(view, facility)[1:2]
    said.sort(key=lambda one: "även utan projekt" not in one)  # why bands are wide is never what falls away
    joined = coherence.sentence(view, facility)
    if joined:
        said.insert(1, joined)
    last = (
        f"Bandet är 90{text.NBSP}%: en siffra av tio väntas ligga utanför. Belopp exklusive moms. {text.ROUNDING_NOTE}"
    )
    room = CAVEATS - bool(calculation.short(view, facility))  # its line takes the room of one
    return [*said[:room], last]


def _footer(view: View) -> str:
    publication = view.marts["publication"]
    row = publication.row(0, named=True) if publication.height else {}
    run = f"Körning {row['run_id']}, Energibok {row['version']}. " if row.get("run_id") else ""
    return f"{run}{view.written}"[:150]
