"""What the event ledger does to the savings, and what the meters show that it may lack: two tables of Anläggning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from dashboards import text
from dashboards.pages.base import Col, Facility, Table, View, coded, coded_or_dash, dash, plain, table

Row = Mapping[str, Any]
_SUM = {"without": "Utan händelseliggaren", "with": "Med händelseliggaren"}
_NOTE = (
    "Siffrorna med händelseliggaren är de som visas överallt annars. Raderna däremellan är vad varje rad i liggaren "
    "ändrar, i ordning efter datum; tillsammans är de skillnaden. Det en stängning sparar räknas aldrig som projektets."
)
_PROPOSED = (
    "Förslag ändrar ingen siffra. Kopiera raden till händelsefilen (eller stycket till energibok.toml, det finns i "
    "arbetsboken), pröva storleken mot vad som hände, fyll i orsak och vem som beslutat. Utan dem tas raden inte emot."
)


def with_and_without(view: View, facility: Facility) -> Table:
    """Return the savings without the ledger, what each of its rows changes, and with it; of all carriers together."""
    rows = view.rows("non_routine", facility=facility.id).filter(pl.col("carrier") == "all")
    several = rows.get_column("project").n_unique() > 1
    columns = [
        *([Col("project", "Projekt", lambda v: _project(view, v))] if several else []),
        Col("period", "Period", coded("period")),
        Col("entry", "Post", plain, long=True, of=_what),
        Col("event_from", "Från", lambda v: text.day(v) if v else "–"),
        Col("event_to", "Till och med", lambda v: text.day(v) if v else "–"),
        Col("treatment", "Behandling", coded_or_dash("treatment")),
        Col("decided_by", "Beslutat av", dash),
        Col("avoided_energy_kwh", "Undviken energi", plain, True, of=_energy),
        Col("avoided_cost_sek", "Undviken kostnad", plain, True, of=lambda row: _cost(row, view)),
    ]
    return table(
        f"{facility.anchor}-medutan", f"Besparingen med och utan händelserna, {facility.name}", rows, columns,
        "Ingen rad i liggaren ändrar någon siffra.", note=_NOTE,
    )  # fmt: skip


def _project(view: View, project: str) -> str:
    known = view.rows("projects", project=project)
    return str(known.row(0, named=True)["name"]) if known.height else project


def _what(row: Row) -> str:
    found = str(_SUM.get(row["entry"]) or row["event_reason"] or "Händelse")
    return f"{found} ({row['remark']})" if row["remark"] else found


def _energy(row: Row) -> str:
    figures = [text.energy(row[f"avoided_energy_kwh{end}"]) for end in ("", "_low", "_high")]
    return _banded(row["avoided_energy_kwh"], figures, row)


def _cost(row: Row, view: View) -> str:
    unit = view.options.amount_unit
    figures = [text.amount(row[f"avoided_cost_sek{end}"], unit, decimals=0) for end in ("", "_low", "_high")]
    return _banded(row["avoided_cost_sek"], figures, row)


def _banded(value: Any, figures: list[str], row: Row) -> str:
    if text.is_absent(value):
        return text.cannot_assess(row["reason"])
    return f"{figures[0]} ({figures[1]} till {figures[2]})"


def changes(view: View, facility: Facility) -> Table:
    """Return the changes found in the meters: proposed, already in the ledger, or without effect on any figure."""
    rows = view.rows("event_proposals", facility=facility.id)
    rows = rows.unique(["metering_point", "kind", "event_from", "event_to"], keep="first", maintain_order=True)
    columns = [
        Col("metering_point", "Mätare", lambda v: view.meter_name(v)),
        Col("message", "Vad mätaren visar", plain, long=True),
        Col("kind", "Slag", coded("change")),
        Col("confidence", "Säkerhet", coded("confidence")),
        Col("status", "Läge", coded("status")),
        Col("handled_by", "Rad i liggaren", dash, long=True),
        Col("ready_row", "Rad att kopiera", dash, long=True),
    ]
    return table(
        f"{facility.anchor}-forslag", f"Förändringar som mätarna visar, {facility.name}", rows, columns,
        "Mätarna visar ingen förändring utöver väder, kalender och projekt.", note=_PROPOSED,
    )  # fmt: skip
