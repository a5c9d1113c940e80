"""Findings of invoices and meters on the page Åtgärder: tables of their own, apart from what is saved a year."""

from __future__ import annotations

import polars as pl

from dashboards import text
from dashboards.options import AmountUnit
from dashboards.pages import parts
from dashboards.pages.base import Col, Facility, Row, Table, View, coded, money, plain, running, table

INVOICES, METERS = "I", "M"


def groups(view: View, facility: Facility, rows: pl.DataFrame) -> list[tuple[str, Table]]:
    """Return the headings and tables of what is found on invoices and on meters; none where nothing is."""
    kind = pl.col("code").str.head(1)
    found = (
        ("Fakturor: att få tillbaka eller rätta", _invoices(view, facility, rows.filter(kind == INVOICES))),
        ("Mätare och mätdata: att rätta", _meters(view, facility, rows.filter(kind == METERS))),
    )
    return [(heading, one) for heading, one in found if one.rows]


def worth(row: Row, unit: AmountUnit) -> str:
    """Return what a measure is worth and how often, or why it has no amount."""
    if row["saving_sek_per_year"] is None:
        return text.tied(text.capital(row["silent_reason"] or text.MISSING))
    return parts.saving(dict(row), unit)


def _anchor(row: Row) -> str:
    return f"#{text.identifier('atgard', row['measure_key'])}"


def _invoices(view: View, facility: Facility, rows: pl.DataFrame) -> Table:
    kr, word = money(view.options, rows), view.unit_word
    columns = [
        Col("title", "Fynd", plain, long=True, href=_anchor),
        Col("saving_sek_per_year", f"Belopp, en gång ({word})", lambda v: "–" if v is None else kr(v), True),
        Col("description", "Faktura och fel", running, long=True),
        Col("actor", "Vem", lambda v: text.capital(v or "–")),
        Col("confidence", "Säkerhet", coded("confidence")),
        Col("status", "Status", coded("status")),
    ]
    note = (
        f"{_sum(view, rows)} Beloppen kommer en gång, med kreditfakturan, och ingår varken i besparingen per år eller i"
        " det åtgärderna ger tillsammans. Ett streck: inget att få tillbaka, men att rätta."
    )
    return table(f"{facility.anchor}-fakturafynd", f"Fynd i fakturor, {facility.name}", rows, columns,
                 "Inget fynd i fakturorna.", fine=True, sortable=True, note=note)  # fmt: skip


def _sum(view: View, rows: pl.DataFrame) -> str:
    known = rows.drop_nulls("saving_sek_per_year")
    if known.is_empty():
        return "Inget belopp att få tillbaka."
    amount = text.amount(float(known["saving_sek_per_year"].sum()), view.options.amount_unit)
    return f"Tillsammans {amount} att få tillbaka eller rätta, på {text.counted(known.height, 'fynd', 'fynd')}."


def _meters(view: View, facility: Facility, rows: pl.DataFrame) -> Table:
    columns = [
        Col("title", "Fynd", plain, long=True, href=_anchor),
        Col("description", "Mätare och fel", running, long=True),
        Col("actor", "Vem", lambda v: text.capital(v or "–")),
        Col("confidence", "Säkerhet", coded("confidence")),
        Col("status", "Status", coded("status")),
    ]
    note = "Värde: kan inte bedömas. Vad ett mätfel kostar framgår inte av mätaren, men det gör andra siffror osäkra."
    return table(f"{facility.anchor}-matfynd", f"Fynd i mätare och mätdata, {facility.name}", rows, columns,
                 "Inget fynd i mätarna.", fine=True, note=note)  # fmt: skip
