"""Åtgärder: the sortable list, and the evidence of each measure."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboards import text
from dashboards.pages.base import RECEIPT, Col, Facility, Row, Table, View, coded, count, dash, money, plain, table

MARKS = {"hög": "good", "medel": "warn", "låg": "none"}


def context(view: View) -> dict[str, Any]:
    """Return what the template of the page needs."""
    return {"sections": [_section(view, facility) for facility in view.facilities()]}


def _section(view: View, facility: Facility) -> dict[str, Any]:
    rows = view.rows("measures", facility=facility.id).sort("rank", "measure_key", nulls_last=True)
    return {
        "facility": facility,
        "table": _table(view, facility, rows.drop_nulls("saving_sek_per_year")),
        "details": [_detail(view, r) for r in rows.drop_nulls("saving_sek_per_year").iter_rows(named=True)],
        "silent": [
            (r["title"], r["silent_reason"] or "underlag saknas", r["evidence_key"] or "")
            for r in rows.filter(pl.col("saving_sek_per_year").is_null()).iter_rows(named=True)
        ],
    }


def _anchor(row: Row) -> str:
    return text.identifier("atgard", row["measure_key"])


def _table(view: View, facility: Facility, rows: pl.DataFrame) -> Table:
    kr, word = money(view.options), view.unit_word
    columns = [
        Col("title", "Åtgärd", plain, long=True, href=lambda r: f"#{_anchor(r)}"),
        Col("saving_sek_per_year", f"Besparing ({word}/år)", kr, True),
        Col("saving_sek_per_year_low", "undre gräns", kr, True),
        Col("saving_sek_per_year_high", "övre gräns", kr, True),
        Col("saving_kwh_per_year", "Energi (MWh/år)", text.mwh, True),
        Col("confidence", "Säkerhet", coded("confidence"), mark=lambda v: MARKS.get(v, "none")),
        Col("status", "Status", coded("status")),
        RECEIPT,
    ]
    return table(
        f"{facility.anchor}-atgarder",
        f"Åtgärder, {facility.name}",
        rows,
        columns,
        "Ingen åtgärd med belopp är funnen.",
        sortable=True,
        note="Beloppen får inte läggas ihop: åtgärder kan gälla samma kilowattimmar. "
        f"Gränserna är 90{text.NBSP}%-bandet.",
    )


def _detail(view: View, row: dict[str, Any]) -> dict[str, Any]:
    unit = view.options.amount_unit
    evidence = view.rows("measure_evidence", measure_key=row["measure_key"]).sort("no")
    columns = [
        Col("no", "Nr", count, True),
        Col("label", "Vad", plain, long=True),
        Col("at", "När", dash),
        Col("value", "Värde", lambda v: text.number(v, 1), True),
        Col("unit", "Enhet", dash),
        Col("note", "Anmärkning", dash),
    ]
    return {
        "anchor": _anchor(row),
        "title": row["title"],
        "description": row["description"] or "",
        "saving": f"{text.amount(row['saving_sek_per_year'], unit)} per år",
        "band": text.band(row["saving_sek_per_year_low"], row["saving_sek_per_year_high"], "SEK", unit),
        "confidence": text.code("confidence", row["confidence"]),
        "method": row["method"] or text.MISSING,
        "evidence_key": row["evidence_key"] or "",
        "evidence": table(
            text.identifier("underlag", row["measure_key"]),
            f"Underlag: {row['title']}",
            evidence,
            columns,
            "Inget underlag är sparat.",
        ),
    }
