"""Åtgärder: the sortable list, the register by stage, and the evidence of each measure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import polars as pl

from dashboards import text
from dashboards.pages import parts, register, registered, together
from dashboards.pages.base import (
    Col,
    Facility,
    Row,
    Table,
    View,
    coded,
    coded_or_dash,
    count,
    dash,
    money,
    plain,
    table,
)

SILENT = "measure_silent_"  # findings that tell why a rule has nothing to propose
REGISTERED = ("I", "M")  # findings of invoices and meters: listed by themselves
MARKS = {"hög": "good", "medel": "warn", "låg": "none"}


def context(view: View) -> dict[str, Any]:
    """Return what the template of the page needs."""
    return {"sections": [_section(view, facility) for facility in view.facilities()]}


def _section(view: View, facility: Facility) -> dict[str, Any]:
    every = view.rows("measures", facility=facility.id).sort("rank", "measure_key", nulls_last=True)
    kind = pl.col("code").fill_null("").str.head(1)
    rows, found = every.filter(~kind.is_in(REGISTERED)), every.filter(kind.is_in(REGISTERED))
    findings = view.rows("findings", facility=facility.id).filter(pl.col("rule").str.starts_with(SILENT))
    meters = view.rows("freshness", facility=facility.id).select("metering_point", "name").unique("metering_point")
    names = dict(meters.iter_rows())
    silent = [
        (_of_meter(text.code("measure_id", r["rule"].removeprefix(SILENT)), r, names), r["message"], r["evidence_key"])
        for r in findings.iter_rows(named=True)
    ]
    loud = ~pl.col("is_quiet").fill_null(False)  # declined or done: they stand in the register
    rows, found = rows.filter(loud), found.filter(loud)
    return {
        "facility": facility,
        "figures": register.figures(view, facility),
        "never": register.NEVER,
        "register": register.by_stage(view, facility),
        "verified": register.verification(view, facility),
        "table": _table(view, facility, rows.drop_nulls("saving_sek_per_year"), bool(silent) or not every.is_empty()),
        "found": registered.groups(view, facility, found),
        "together": together.marginal(view, facility),
        "details": [_detail(view, r) for r in rows.drop_nulls("saving_sek_per_year").iter_rows(named=True)],
        "found_details": [_detail(view, r) for r in found.iter_rows(named=True)],
        "unpriced": _reasons(
            (f"{r['title']} ({text.code('status', r['status'])})", r["silent_reason"], r["evidence_key"])
            for r in rows.filter(pl.col("saving_sek_per_year").is_null()).iter_rows(named=True)
        ),
        "silent": _reasons(silent),
    }


def _of_meter(title: str, row: Row, names: Mapping[str, str | None]) -> str:
    """Return a rule's title with the name of the meter it is silent about, where its reason does not name it."""
    name = names.get(row["metering_point"]) or row["metering_point"]
    return title if not name or name in (row["message"] or "") else f"{title}, {name}"


def _reasons(told: Iterable[tuple[str, str | None, str | None]]) -> list[tuple[str, str, str]]:
    """Return titles with why there is no amount, or no proposal, as sentences, and their receipts."""
    return [(title, text.tied(text.sentence(why or "underlag saknas")), key or "") for title, why, key in told]


def _anchor(row: Row) -> str:
    return text.identifier("atgard", row["measure_key"])


def _table(view: View, facility: Facility, rows: pl.DataFrame, tried: bool) -> Table:
    kr, word = money(view.options, rows), view.unit_word
    columns = [
        Col("title", "Åtgärd", plain, long=True, href=lambda r: f"#{_anchor(r)}"),
        Col("saving_sek_per_year", f"Besparing ({word}/år)", kr, True),
        Col("saving_sek_per_year_low", f"90{text.NBSP}%-band ({word})", kr, True, of=lambda r: _band(r, kr)),
        Col("saving_kwh_per_year", "Energi (MWh/år)", lambda v: text.mwh(v) if v else "–", True),
        Col("confidence", "Säkerhet", coded("confidence"), mark=lambda v: MARKS.get(v, "none")),
        Col("status", "Status", coded("status")),
    ]
    return table(
        f"{facility.anchor}-atgarder",
        f"Åtgärder, {facility.name}",
        rows,
        columns,
        "Ingen åtgärd med belopp föreslås."
        if tried
        else view.not_assessed(facility.id) or "Inga åtgärdsregler är prövade.",
        fine=tried,
        sortable=True,
        note="Beloppen får inte läggas ihop: åtgärder kan gälla samma kilowattimmar.",
    )


def _band(row: Row, write: Callable[[Any], str]) -> str:
    """Return the band of a measure's amount; an amount off an invoice has none."""
    low, high = row["saving_sek_per_year_low"], row["saving_sek_per_year_high"]
    if low is None or high is None:
        return "–"
    return "känt belopp" if low == high else f"{write(low)} till {write(high)}"


def _detail(view: View, row: dict[str, Any]) -> dict[str, Any]:
    unit = view.options.amount_unit
    evidence = view.rows("measure_evidence", measure_key=row["measure_key"]).sort("no")
    columns = [
        Col("no", "Nr", count, True),
        Col("label", "Vad", plain, long=True),
        Col("at", "När", dash),
        Col("value", "Värde", text.number, True, of=lambda r: text.number(r["value"], 2 if r["unit"] == "SEK" else 1)),
        Col("unit", "Enhet", coded_or_dash("unit")),
        Col("note", "Anmärkning", dash),
    ]
    return {
        "anchor": _anchor(row),
        "title": row["title"],
        "description": text.tied(row["description"] or ""),
        "saving": registered.worth(row, unit),
        "band": parts.saving_band(row, unit),
        "confidence": text.code("confidence", row["confidence"]),
        "facts": register.facts(row),
        "picture": register.picture(view, row),
        "method": text.tied(row["method"] or text.MISSING),
        "evidence_key": row["evidence_key"] or "",
        "evidence": table(
            text.identifier("underlag", row["measure_key"]),
            f"Underlag: {row['title']}",
            evidence,
            columns,
            "Inget underlag är sparat.",
        ),
    }
