"""Datakvalitet: how whole the data are, what came in, and what was found."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboards import text
from dashboards.charts import coverage
from dashboards.pages.base import RECEIPT, Col, Facility, Table, View, coded, count, dash, plain, table
from dashboards.pages.overview import freshness_sentences, freshness_table

LEVEL_MARKS = {"error": "bad", "warning": "warn", "info": "none"}
STATUS_MARKS = {"loaded": "good", "quarantined": "bad"}


def context(view: View) -> dict[str, Any]:
    """Return what the template of the page needs."""
    return {
        "sections": [_section(view, facility) for facility in view.facilities()],
        "files": _files(view),
        "file_totals": _file_totals(view),
        "common": _findings(
            view,
            "ovrigt",
            "Iakttagelser som inte hör till en anläggning",
            view.marts["findings"].filter(pl.col("facility").is_null()),
        ),
    }


def _section(view: View, facility: Facility) -> dict[str, Any]:
    rows = view.rows("coverage", facility=facility.id)
    return {
        "facility": facility,
        "sentences": freshness_sentences(view, facility),
        "freshness": freshness_table(view, facility),
        "coverage": view.once(lambda key: coverage.chart(rows, key), "tackning", facility.id),
        "findings": _findings(
            view, facility.anchor, f"Iakttagelser, {facility.name}", view.rows("findings", facility=facility.id)
        ),
    }


def _files(view: View) -> Table:
    columns = [
        Col("file_name", "Fil", plain),
        Col("source", "Källa", dash),
        Col("status", "Status", coded("status"), mark=lambda v: STATUS_MARKS.get(v, "none")),
        Col("rows_in", "Rader in", count, True),
        Col("loaded", "Inlästa", count, True),
        Col("rejected", "Avvisade", count, True),
        Col("duplicates", "Dubbletter", count, True),
        Col("encoding", "Teckenkodning", dash),
        Col("clock", "Klocka", dash),
        Col("issued_at", "Utfärdad", dash),
        Col("received_at", "Mottagen", dash),
        Col("sha256", "SHA-256, början", lambda v: dash(v)[:12], key=True),
    ]
    return table(
        "filer",
        "Filer",
        view.marts["files"],
        columns,
        "Inga filer har kommit in.",
        sortable=True,
        note="Rader in = inlästa + avvisade + dubbletter, för varje fil.",
    )


def _file_totals(view: View) -> str:
    files = view.marts["files"]
    quarantined = files.filter(pl.col("status") == "quarantined").height
    return (
        f"{text.counted(files.height, 'fil', 'filer')}, varav {text.number(quarantined)} i karantän."
        if files.height
        else ""
    )


def _findings(view: View, key: str, caption: str, rows: pl.DataFrame) -> Table:
    order = pl.col("level").replace_strict({"error": 0, "warning": 1, "info": 2}, default=3)
    columns = [
        Col("level", "Nivå", coded("level"), mark=lambda v: LEVEL_MARKS.get(v, "none")),
        Col("message", "Vad", plain, long=True),
        Col("rule", "Regel", plain),
        Col("file_name", "Fil", dash),
        Col("row_no", "Rad", lambda v: "–" if v is None else str(v), True),
        Col("original", "Ursprunglig text", dash, long=True),
        Col("metering_point", "Mätpunkt", dash),
        Col("month", "Månad", lambda v: "–" if v is None else text.short_month(v)),
        Col("amount_sek", "Belopp (kr)", lambda v: "–" if v is None else text.kronor(v), True),
        RECEIPT,
    ]
    return table(
        f"{key}-fynd", caption, rows.sort(order, maintain_order=True), columns, "Inga iakttagelser.", sortable=True
    )
