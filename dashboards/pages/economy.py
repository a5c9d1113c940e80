"""Ekonomi: what the controller follows from year to component to invoice row."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboards import text
from dashboards.charts import Chart, cost, savings
from dashboards.pages import parts
from dashboards.pages.base import RECEIPT, Col, Facility, Row, Table, View, coded, dash, money, plain, table, values

MARKS = {"agrees": "good", "differs": "bad", "missing_invoice": "warn", "not_recomputed": "none"}
BAD_FIRST = ("differs", "missing_invoice", "not_recomputed", "agrees")


def context(view: View) -> dict[str, Any]:
    """Return what the template of the page needs."""
    return {"sections": [_section(view, facility) for facility in view.facilities()]}


def _section(view: View, facility: Facility) -> dict[str, Any]:
    check = view.rows("invoice_check", facility=facility.id)
    return {
        "facility": facility,
        "cards": parts.project_cards(view, facility),
        "bridges": parts.bridges(view, facility),
        "costs": _costs(view, facility),
        "savings": _savings(view, facility),
        "totals": parts.totals_table(view, facility),
        "components": _components(view, facility),
        "months": _months(view, facility),
        "verdicts": _verdicts(check),
        "deviations": _check(
            facility,
            check.filter(pl.col("verdict") != "agrees"),
            "avvikelser",
            "Avvikelser i fakturakontrollen",
            "Ingen faktura avviker.",
        ),
        "check": _check(facility, check, "kontroll", "Alla kontrollerade rader", "Inga fakturor är kontrollerade."),
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
        for carrier in values(rows, "carrier") or ["all"]
    ]


def _savings(view: View, facility: Facility) -> list[Chart]:
    rows = view.rows("savings_monthly", facility=facility.id)
    pairs = rows.select("project", "carrier").unique(maintain_order=True).rows() or [("", "all")]
    unit = view.options.amount_unit
    return [
        view.once(
            lambda key, p=project, c=carrier: savings.cost(  # type: ignore[misc]
                rows.filter(pl.col("project") == p, pl.col("carrier") == c), key, unit, c
            ),
            "besparing",
            facility.id,
            project,
            carrier,
        )
        for project, carrier in pairs
    ]


def _components(view: View, facility: Facility) -> Table:
    kr, word = money(view.options), view.unit_word
    columns = [
        Col("component", "Avgiftsdel", coded("component")),
        Col("carrier", "Energislag", coded("carrier")),
        Col("period", "Period", coded("period")),
        Col("actual_cost_sek", f"Verklig kostnad ({word})", kr, True),
        Col("adjusted_baseline_cost_sek", f"Utan projektet ({word})", kr, True),
        Col("avoided_cost_sek", f"Undviken kostnad ({word})", kr, True),
        Col("avoided_cost_sek_low", "undre gräns", kr, True),
        Col("avoided_cost_sek_high", "övre gräns", kr, True),
        Col("reason", "Kommentar", lambda v: "–" if v is None else text.cannot_assess(v)),
    ]
    return table(
        f"{facility.anchor}-delar",
        f"Undviken kostnad per avgiftsdel, {facility.name}",
        view.rows("savings_component", facility=facility.id),
        columns,
        "Ingen besparing är bedömd.",
        sortable=True,
        note=text.ROUNDING_NOTE,
    )


def _months(view: View, facility: Facility) -> Table:
    lead = [Col("month", "Månad", text.month), Col("carrier", "Energislag", coded("carrier"))]
    frame = view.rows("savings_monthly", facility=facility.id).sort("month", "carrier", descending=[True, False])
    hours = [Col("excluded_hours", "Uteslutna timmar", text.number, True)]
    columns = lead + parts.savings_columns(view)[:-2] + hours + parts.savings_columns(view)[-2:]
    return table(
        f"{facility.anchor}-manader",
        f"Besparing per månad, {facility.name}",
        frame,
        columns,
        "Ingen besparing är bedömd.",
        sortable=True,
    )


def _verdicts(check: pl.DataFrame) -> list[tuple[str, str, str]]:
    """Return (mark, number of rows, verdict) for every verdict."""
    counts = dict(check.group_by("verdict").len().iter_rows())
    return [(MARKS[v], text.number(counts.get(v, 0)), text.code("verdict", v)) for v in BAD_FIRST]


def _check(facility: Facility, rows: pl.DataFrame, key: str, caption: str, missing: str) -> Table:
    rows = rows.sort("consumption_month", "contract_kind", "component", descending=[True, False, False])
    columns = [
        Col("consumption_month", "Förbrukningsmånad", text.month),
        Col("contract_kind", "Avtal", coded("contract_kind")),
        Col("component", "Avgiftsdel", coded("component")),
        Col("supplier", "Leverantör", plain),
        Col("verdict", "Utfall", coded("verdict"), mark=lambda v: MARKS.get(v, "none")),
        Col("reason", "Orsak", dash, long=True),
        Col("invoiced_sek", "Fakturerat (kr)", text.kronor, True),
        Col("recomputed_sek", "Omräknat (kr)", text.kronor, True),
        Col("difference_sek", "Skillnad (kr)", lambda v: text.signed(v, 2), True),
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
        Col("unit", "Enhet", dash),
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
