"""Findings of invoices and meters on the page Åtgärder: tables of their own, apart from what is saved a year."""

from __future__ import annotations

import polars as pl

from dashboards import text
from dashboards.options import AmountUnit
from dashboards.pages import parts, stake
from dashboards.pages.base import Col, Facility, Row, Table, View, coded, money, plain, running, table

INVOICES, METERS = "I", "M"
_IN_THE_BOOKS = (
    " Det som ska rättas i bokföringen är moms bokförd som kostnad; engångsposter, som sidan Fakturor också räknar, "
    "flyttas mellan konton och har inget belopp här."
)


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
    """Return what is to be had back, kind by kind as the page Fakturor sums it: what the books hold is no claim."""
    known = rows.drop_nulls("saving_sek_per_year").select(
        pl.col("measure_key").alias("finding_key"), pl.col("measure_id").alias("rule"),
        pl.col("saving_sek_per_year").alias("amount_sek"), pl.lit("warning").alias("level"),
    )  # fmt: skip
    found = [(what, stake.total(those), those.height) for what, _, those in stake.kinds(known)]
    if not found:
        return "Inget belopp att få tillbaka."
    unit = view.options.amount_unit
    said = [f"{text.amount(sek, unit)} {what} ({text.counted(n, 'fynd', 'fynd')})" for what, sek, n in found]
    kinds = {what for what, _, _ in found}
    same = " Samma krav står på sidan Fakturor, med text att skicka." if stake.CLAIM in kinds else ""
    return f"{text.sentence(text.listing(said))}{same}{_IN_THE_BOOKS if stake.CORRECT in kinds else ''}"


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
