"""Datakvalitet: how whole the data are, what came in, and what was found."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboards import text
from dashboards.charts import coverage
from dashboards.pages.base import (
    RECEIPT,
    Col,
    Facility,
    Table,
    View,
    coded,
    coded_or_dash,
    count,
    dash,
    plain,
    running,
    table,
)
from dashboards.pages.measures import SILENT
from dashboards.pages.overview import freshness_sentences, freshness_table

LEVEL_MARKS = {"error": "bad", "warning": "warn", "info": "none"}
MOST_OF_A_KIND, MOST_SHOWN = 25, 500  # rows of findings a page shows: of one rule in one file, and in all
STATUS_MARKS = {"loaded": "good", "quarantined": "bad", "unknown": "warn", "withdrawn": "warn"}


def context(view: View) -> dict[str, Any]:
    """Return what the template of the page needs."""
    return {
        "sections": [_section(view, facility) for facility in view.facilities()],
        "files": _files(view),
        "file_totals": _file_totals(view),
        "common": _split(
            "ovrigt",
            "Iakttagelser som inte hör till en anläggning",
            view.marts["findings"].filter(pl.col("facility").is_null()),
        ),
    }


def _section(view: View, facility: Facility) -> dict[str, Any]:
    rows = view.rows("coverage", facility=facility.id)
    return {
        "facility": facility,
        "readings": view.rows("freshness", facility=facility.id).drop_nulls("last_utc").height > 0,
        "sentences": freshness_sentences(view, facility),
        "freshness": freshness_table(view, facility),
        "points": _points(facility, view.rows("points", facility=facility.id)),
        "coverage": view.once(lambda key: coverage.chart(rows, key), "tackning", facility.id),
        "findings": _split(
            facility.anchor, f"Iakttagelser, {facility.name}", view.rows("findings", facility=facility.id)
        ),
    }


def _points(facility: Facility, rows: pl.DataFrame) -> Table:
    columns = [
        Col("point", "Punkt", plain),
        Col("name", "Namn", dash),
        Col("kind", "Slag", coded("point_kind")),
        Col("unit", "Enhet", dash),
        Col("first_utc", "Första prov", lambda v: "–" if v is None else text.day(v)),
        Col("last_utc", "Sista prov", lambda v: "–" if v is None else text.day(v)),
        Col("samples", "Prov", count, True),
        Col("missing_pct", "Timmar utan prov (%)", lambda v: "–" if v is None else text.number(v, 1), True),
    ]
    caption = f"Punkter i styrsystemet, {facility.name}"
    return table(f"{facility.anchor}-punkter", caption, rows, columns, "Inga punkter är angivna.", sortable=True)


def _files(view: View) -> Table:
    columns = [
        Col("file_name", "Fil", plain),
        Col("source", "Källa", coded_or_dash("source")),
        Col("status", "Status", coded("status"), mark=lambda v: STATUS_MARKS.get(v, "none")),
        Col("message", "Meddelande", dash, long=True),
        Col("ended_why", "Varför den inte gäller", dash, long=True),
        Col("rows_in", "Rader in", count, True),
        Col("loaded", "Inlästa", count, True),
        Col("rejected", "Avvisade", count, True),
        Col("duplicates", "Dubbletter", count, True),
        Col("encoding", "Teckenkodning", dash),
        Col("clock", "Klocka", coded_or_dash("clock")),
        Col("issued_at", "Utfärdad", dash),
        Col("received_at", "Mottagen", dash),
        Col("sha256", "SHA-256, början", lambda v: dash(v)[:12], key=True),
    ]
    return table(
        "filer",
        "Filer",
        view.marts["files"].sort(pl.col("status") == "loaded", maintain_order=True),
        columns,
        "Inga filer har kommit in.",
        sortable=True,
        note="Rader in = inlästa + avvisade + dubbletter, för varje fil.",
    )


def _file_totals(view: View) -> str:
    files = view.marts["files"]
    if files.is_empty():
        return ""
    quarantined, unknown = (files.filter(pl.col("status") == s).height for s in ("quarantined", "unknown"))
    rejected = int(files.get_column("rejected").sum())
    rows = text.counted(rejected, "rad är avvisad", "rader är avvisade")
    return (
        f"{text.counted(files.height, 'fil', 'filer')}, varav {text.number(quarantined)} i karantän och "
        f"{text.number(unknown)} som ingen källa känner igen. {rows}."
    )


def _split(key: str, caption: str, rows: pl.DataFrame) -> dict[str, Table]:
    """Return what needs attention and, apart, what is only told; why a measure is silent stands under Åtgärder."""
    shown = rows.filter(~pl.col("rule").fill_null("").str.starts_with(SILENT))
    told = pl.col("level").eq_missing(pl.lit("info"))
    return {
        "bad": _findings(key, caption, shown.filter(~told)),
        "info": _findings(f"{key}-upplysning", f"{caption}: upplysningar", shown.filter(told)),
    }


def _findings(key: str, caption: str, rows: pl.DataFrame) -> Table:
    order = pl.col("level").replace_strict({"error": 0, "warning": 1, "info": 2}, default=3)
    columns = [
        Col("level", "Nivå", coded("level"), mark=lambda v: LEVEL_MARKS.get(v, "none")),
        Col("message", "Vad", running, long=True),
        Col("rule", "Regel", coded("rule")),
        Col("file_name", "Fil", dash),
        Col("row_no", "Rad", lambda v: "–" if v is None else str(v), True),
        Col("original", "Ursprunglig text", dash, long=True),
        Col("metering_point", "Mätpunkt", dash),
        Col("month", "Månad", lambda v: "–" if v is None else text.short_month(v)),
        Col("amount_sek", "Belopp (kr)", lambda v: "–" if v is None else text.kronor(v), True),
        RECEIPT,
    ]
    # a file may be wrong on every row: some of each kind show what is wrong, the workbook has the rest
    each = pl.int_range(pl.len()).over("level", "rule", "file_name")
    shown = rows.filter(each < MOST_OF_A_KIND).sort(order, maintain_order=True).head(MOST_SHOWN)
    left = rows.height - shown.height
    more = f"{text.number(left)} till av samma slag står i arbetsbokens blad «Iakttagelser»." if left else ""
    return table(
        f"{key}-fynd", caption, shown, columns, "Inga fel eller varningar.", fine=True, sortable=True, note=more
    )
