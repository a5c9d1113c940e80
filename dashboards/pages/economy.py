"""Ekonomi: what the controller follows from year to month to component."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboards import text
from dashboards.charts import Chart, cost, savings
from dashboards.pages import bridge, parts, worth
from dashboards.pages.base import (
    RECEIPT,
    Col,
    Facility,
    Table,
    View,
    coded,
    table,
    values,
)


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
    projects = view.rows("projects", facility=facility.id).height or view.rows("headline", facility=facility.id).height
    return {
        "facility": facility,
        "cards": parts.project_cards(view, facility),
        "placebo": parts.only_placebo(view, facility),
        "bridges": parts.bridges(view, facility) if projects else [],
        "causes": bridge.matrices(view, facility) if projects else [],
        "years": bridge.years(view, facility) if projects else [],
        "paid": bridge.paid(view, facility) if projects else [],
        "bearers": bridge.bearers(view, facility) if projects else [],
        "costs": _costs(view, facility),
        "no_cost": view.not_assessed(facility.id) or "Inga månader kunde räknas från mätarna.",
        "savings": _savings(view, facility) if projects else [],
        "totals": parts.totals_table(view, facility),
        "ways": worth.ways(view, facility) if projects else None,
        "components": worth.components(view, facility),
        "classes": worth.classes(view, facility),
        "normal": worth.normal(view, facility),
        "months": _months(view, facility),
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
