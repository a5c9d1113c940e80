"""Ekonomi: what the controller follows from year to component to invoice row."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboards import text
from dashboards.charts import Chart, cost, savings
from dashboards.pages import parts
from dashboards.pages.base import (
    RECEIPT,
    Col,
    Facility,
    Row,
    Table,
    View,
    band_col,
    coded,
    coded_or_dash,
    dash,
    money,
    plain,
    table,
    values,
)
from dashboards.pages.overview import invoiced

MARKS = {"agrees": "good", "differs": "bad", "missing_invoice": "warn", "not_recomputed": "none"}
BAD_FIRST = ("differs", "missing_invoice", "not_recomputed", "agrees")


def context(view: View) -> dict[str, Any]:
    """Return what the template of the page needs."""
    return {
        "sections": [_section(view, facility) for facility in view.facilities()],
        "closed": closed_sentence(view),
        "restatements": restatements(view),
    }


def closed_sentence(view: View) -> str:
    """Return which months are closed, in one sentence."""
    frames = [
        view.marts[mart].filter(pl.col("is_closed")).select("month") for mart in ("savings_monthly", "monthly_cost")
    ]
    months = pl.concat(frames).get_column("month").drop_nulls().unique().sort()
    if months.is_empty():
        return "Inga månader är stängda: alla siffror räknas om vid varje körning."
    span = (
        text.month(months[0]) if len(months) == 1 else f"{text.month(months[0])} till och med {text.month(months[-1])}"
    )
    return (
        f"{text.counted(len(months), 'månad är stängd', 'månader är stängda')} ({span}) och visar de låsta "
        "siffrorna. Övriga månader räknas om vid varje körning."
    )


def restatements(view: View) -> Table:
    """Return the closed figures that a new run would change."""
    columns = [
        Col("month", "Månad", text.month),
        Col("measure", "Storhet", coded("measure")),
        Col("closed_value", "Stängd siffra", lambda v: text.number(v, 1), True),
        Col("new_value", "Vid ny körning", lambda v: text.number(v, 1), True),
        Col("difference", "Ändring", lambda v: text.signed(v, 1), True),
        Col("version", "Stängning nr", lambda v: "–" if v is None else str(v), True),
        RECEIPT,
    ]
    return table(
        "andrade-siffror",
        "Siffror som skulle ändras",
        view.marts["restatements"],
        columns,
        "Ingen stängd siffra skulle ändras.",
        sortable=True,
        note="Den stängda siffran gäller tills månaden öppnas: energibok reopen ÅÅÅÅ-MM.",
    )


def _section(view: View, facility: Facility) -> dict[str, Any]:
    check = view.rows("invoice_check", facility=facility.id)
    lines = view.rows("invoice_lines", facility=facility.id).unique("supplier_id", keep="first", maintain_order=True)
    projects = view.rows("projects", facility=facility.id).height or view.rows("headline", facility=facility.id).height
    return {
        "facility": facility,
        "cards": parts.project_cards(view, facility),
        "placebo": parts.only_placebo(view, facility),
        "bridges": parts.bridges(view, facility) if projects else [],
        "costs": _costs(view, facility),
        "no_cost": view.not_assessed(facility.id) or "Inga månader kunde räknas från mätarna.",
        "savings": _savings(view, facility) if projects else [],
        "invoiced": invoiced(view, facility),
        "unchecked": _unchecked(view, facility),
        "totals": parts.totals_table(view, facility),
        "components": _components(view, facility),
        "months": _months(view, facility),
        "verdicts": _verdicts(check),
        "deviations": _check(
            facility,
            check.filter(pl.col("verdict") != "agrees"),
            lines,
            "avvikelser",
            "Avvikelser i fakturakontrollen",
            "Ingen faktura avviker.",
        ),
        "check": _check(
            facility, check, lines, "kontroll", "Alla kontrollerade rader", "Inga fakturor är kontrollerade."
        ),
        "lines": _lines(view, facility),
    }


def _costs(view: View, facility: Facility) -> list[Chart]:
    rows = view.rows("monthly_cost", facility=facility.id)
    unit = view.options.amount_unit
    return [
        view.once(
            lambda key, c=carrier: cost.chart(rows.filter(pl.col("carrier") == c), key, unit, c),  # type: ignore[misc]
            "kostnad",
            facility.id,
            carrier,
        )
        for carrier in values(rows, "carrier")
    ]


def _unchecked(view: View, facility: Facility) -> str:
    """Return why no invoice is checked."""
    if view.rows("invoice_lines", facility=facility.id).is_empty():
        return "Inga fakturor är inlästa."
    why = view.not_assessed(facility.id)
    return f"Fakturorna går inte att räkna om. {why}".strip()


def _savings(view: View, facility: Facility) -> list[Chart]:
    rows = view.rows("savings_monthly", facility=facility.id)
    pairs = [(p, c) for p in values(rows, "project") for c in parts.drawn(rows.filter(pl.col("project") == p))]
    unit = view.options.amount_unit
    return [
        view.once(
            lambda key, p=project, c=carrier: savings.cost(  # type: ignore[misc]
                rows.filter(pl.col("project") == p, pl.col("carrier") == c),
                key,
                unit,
                c,
                parts.is_placebo(view, facility, p),
            ),
            "besparing",
            facility.id,
            project,
            carrier,
        )
        for project, carrier in pairs or [("", "all")]
    ]


def _components(view: View, facility: Facility) -> Table:
    rows = parts.by_period(view.rows("savings_component", facility=facility.id))
    amounts = ("actual_cost_sek", "adjusted_baseline_cost_sek", "avoided_cost_sek")
    rows = rows.filter(pl.any_horizontal(pl.col(a).is_null() | (pl.col(a).abs() >= 0.005) for a in amounts))
    kr, word = money(view.options, rows), view.unit_word
    columns = [
        Col("component", "Avgiftsdel", coded("component")),
        Col("carrier", "Energislag", coded("carrier")),
        Col("period", "Period", coded("period")),
        Col("actual_cost_sek", f"Verklig kostnad ({word})", kr, True),
        Col("adjusted_baseline_cost_sek", f"{parts.without(view, facility)} ({word})", kr, True),
        Col("avoided_cost_sek", f"{parts.difference(view, facility, 'Undviken kostnad')} ({word})", kr, True),
        band_col("avoided_cost_sek", f"90{text.NBSP}%-band ({word})", kr),
        Col("reason", "Kommentar", lambda v: "–" if v is None else text.cannot_assess(v)),
    ]
    return table(
        f"{facility.anchor}-delar",
        f"{parts.difference(view, facility, 'Undviken kostnad')} per avgiftsdel, {facility.name}",
        rows,
        columns,
        "Ingen besparing är bedömd.",
        sortable=True,
        note=text.ROUNDING_NOTE,
    )


def _months(view: View, facility: Facility) -> Table:
    lead = [Col("month", "Månad", text.month), Col("carrier", "Energislag", coded("carrier"))]
    frame = view.rows("savings_monthly", facility=facility.id).sort("month", "carrier", descending=[True, False])
    hours = [Col("excluded_hours", "Uteslutna timmar", text.number, True)]
    closed = [Col("is_closed", "Månaden är", lambda v: "stängd" if v else "öppen")]
    shown = parts.savings_columns(view, frame, facility)
    columns = lead + closed + shown[:-2] + hours + shown[-2:]
    return table(
        f"{facility.anchor}-manader",
        f"{parts.difference(view, facility, 'Besparing')} per månad, {facility.name}",
        frame,
        columns,
        "Ingen besparing är bedömd.",
        sortable=True,
    )


def _verdicts(check: pl.DataFrame) -> list[tuple[str, str, str]]:
    """Return (mark, number of rows, verdict) for every verdict."""
    counts = dict(check.group_by("verdict").len().iter_rows())
    return [(MARKS[v], text.number(counts.get(v, 0)), text.code("verdict", v)) for v in BAD_FIRST]


def _reason(row: Row) -> str:
    """Return the reason of a verdict; for a difference without one, whether amount or price differs."""
    if row["reason"] or row["verdict"] != "differs":
        return text.capital(text.why(row["reason"])) or "–"
    billed, meant = row["invoiced_quantity"], row["recomputed_quantity"]
    if billed is None or meant is None:
        return "–"
    if abs(billed - meant) <= 0.005 * abs(meant):
        return "Samma mängd, annat pris"
    if abs(billed - 2 * meant) <= 0.005 * abs(meant):
        return "Dubbelt så stor mängd"
    return "Mängden skiljer"


def _check(facility: Facility, rows: pl.DataFrame, names: pl.DataFrame, key: str, caption: str, missing: str) -> Table:
    suppliers = {r[0]: r[1] for r in names.select("supplier_id", "supplier").iter_rows() if r[0] and r[1]}
    rows = rows.sort("consumption_month", "contract_kind", "component", descending=[True, False, False])
    columns = [
        Col("consumption_month", "Förbrukningsmånad", text.month),
        Col("contract_kind", "Avtal", coded("contract_kind")),
        Col("component", "Avgiftsdel", coded("component")),
        Col("verdict", "Utfall", coded("verdict"), mark=lambda v: MARKS.get(v, "none")),
        Col("difference_sek", "Skillnad (kr)", lambda v: text.signed(v, 2), True),
        Col("invoiced_sek", "Fakturerat (kr)", text.kronor, True),
        Col("recomputed_sek", "Omräknat (kr)", text.kronor, True),
        Col("reason", "Orsak", dash, long=True, of=_reason),
        Col("supplier", "Leverantör", lambda v: plain(suppliers.get(v, v))),
        Col("invoiced_quantity", "Fakturerad mängd", lambda v: text.number(v, 1), True),
        Col("recomputed_quantity", "Omräknad mängd", lambda v: text.number(v, 1), True),
        Col("unit", "Enhet", dash),
        RECEIPT,
    ]
    return table(f"{facility.anchor}-{key}", f"{caption}, {facility.name}", rows, columns, missing, sortable=True)


def line_anchor(row: Row) -> str:
    """Return the anchor of an invoice row, for example ``faktura-H202301-rad-2``."""
    return text.identifier("faktura", row["invoice_no"], "rad", row["line_id"])


def _lines(view: View, facility: Facility) -> Table:
    rows = view.rows("invoice_lines", facility=facility.id).sort(
        "issue_date", "invoice_no", "row_no", descending=[True, False, False]
    )
    columns = [
        Col("invoice_no", "Faktura", plain),
        Col("line_id", "Rad", plain),
        Col("issue_date", "Fakturadatum", text.day),
        Col("supplier", "Leverantör", plain),
        Col("item", "Artikel", plain),
        Col("component", "Avgiftsdel", coded("component")),
        Col("quantity", "Mängd", lambda v: text.number(v, 2), True),
        Col("unit", "Enhet", coded_or_dash("unit")),
        Col("document_type", "Dokument", coded("document_type")),
        Col("amount_sek", "Belopp exkl. moms (kr)", text.kronor, True),
        Col("consumption_month", "Förbrukningsmånad", text.short_month),
        Col("accounting_period", "Bokföringsperiod", text.short_month),
        Col("file_name", "Fil", plain),
        Col("row_no", "Radnummer i filen", lambda v: text.MISSING if v is None else str(v), True),
        RECEIPT,
    ]
    twice: dict[str, int] = {}

    def anchor(row: Row) -> str:
        name = line_anchor(row)
        twice[name] = twice.get(name, 0) + 1
        return name if twice[name] == 1 else f"{name}-{twice[name]}"

    return table(
        f"{facility.anchor}-rader",
        f"Fakturarader, {facility.name}",
        rows,
        columns,
        "Inga fakturor är inlästa.",
        sortable=True,
        anchor=anchor,
    )
