"""Fakturor: what the audit found and what to write to the supplier, what is missing, and how it stands in the books."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboards import text
from dashboards.pages import books
from dashboards.pages.base import (
    RECEIPT,
    Col,
    Facility,
    Row,
    Table,
    View,
    coded,
    coded_or_dash,
    dash,
    plain,
    running,
    table,
)
from dashboards.pages.overview import invoiced
from dashboards.pages.stake import BOOKS, VAT, stakes

MARKS = {"agrees": "good", "estimated_reading": "warn", "not_assessed": "none"}
LEVEL_MARKS = {"error": "bad", "warning": "warn", "info": "none"}
VERDICTS = ("agrees", "wrong_price_list", "wrong_band", "wrong_period", "wrong_power", "wrong_tax", "vat",
            "missing_component", "estimated_reading", "unexplained", "not_assessed")  # fmt: skip
MOST_TOLD, MOST_LINES = 40, 250  # findings and lines on a page; the workbook has them all
NONE = Facility("", "Hör inte till en anläggning", "utan-anlaggning", False, False)


def context(view: View) -> dict[str, Any]:
    """Return what the template of the page needs; findings and vouchers of no facility come last, on their own."""
    twice: dict[str, int] = {}
    sections = [_section(view, facility, twice) for facility in view.facilities()]
    loose = _section(view, NONE, twice)
    has_any = loose["findings"] or loose["told"].rows or loose["missing"].rows or loose["books"].odd.rows
    return {"sections": [*sections, loose] if has_any else sections}


def of(view: View, mart: str, facility: Facility) -> pl.DataFrame:
    """Return the rows of a facility; those of none for `NONE`."""
    frame = view.marts[mart]
    return frame.filter(pl.col("facility").is_null() if facility is NONE else pl.col("facility") == facility.id)


def _section(view: View, facility: Facility, twice: dict[str, int]) -> dict[str, Any]:
    audit, findings = of(view, "invoice_audit", facility), of(view, "invoice_findings", facility)
    info = pl.col("level").eq_missing(pl.lit("info"))
    acted = findings.filter(~info).sort(
        pl.col("amount_sek").abs(), "finding_key", descending=[True, False], nulls_last=True
    )
    return {
        "facility": facility,
        "loose": facility is NONE,
        "read": invoiced(view, facility) if facility is not NONE else "",
        "audited": audit.height > 0 or findings.height > 0,
        "why": _unaudited(view, facility),
        "stakes": stakes(findings),
        "verdicts": _verdicts(audit),
        "lines": text.counted(audit.height, "fakturarad är granskad", "fakturarader är granskade"),
        "findings": [_finding(row) for row in acted.head(MOST_TOLD).iter_rows(named=True)],
        "more": max(0, acted.height - MOST_TOLD),
        "told": _told(facility, findings.filter(info)),
        "differing": _lines(facility, audit, twice),
        "not_assessed": _not_assessed(facility, audit),
        "missing": _missing(facility, of(view, "missing_invoices", facility)),
        "books": books.section(view, facility, lambda mart: of(view, mart, facility)),
    }


def _unaudited(view: View, facility: Facility) -> str:
    """Return why no invoice is checked."""
    if view.rows("invoice_lines", facility=facility.id).is_empty():
        return "Inga fakturor är inlästa."
    return f"Fakturorna går inte att räkna om. {view.not_assessed(facility.id)}".strip()


def _verdicts(audit: pl.DataFrame) -> list[tuple[str, str, str]]:
    """Return (mark, number of lines, verdict) for every verdict that stands."""
    counts = dict(audit.group_by("verdict").len().iter_rows())
    known = [*VERDICTS, *sorted(str(v) for v in counts if v not in VERDICTS)]
    return [(MARKS.get(v, "bad"), text.number(counts[v]), text.code("verdict", v)) for v in known if counts.get(v)]


def _finding(row: Row) -> dict[str, Any]:
    """Return one finding, written: what it is worth, where, why, and what to send."""
    sek, message = row["amount_sek"], text.sentence(running(text.why(row["message"]) if row["message"] else None))
    return {
        "anchor": text.identifier("fynd", row["finding_key"]),
        "title": text.capital(text.code("rule", row["rule"])),
        "mark": LEVEL_MARKS.get(row["level"], "none"),
        "amount": "" if sek is None else f"{text.number(abs(sek))}{text.NBSP}kr",
        "message": message,
        "where": _where(row, message),
        "evidence": [text.tied(line) for line in (row["evidence"] or "").splitlines() if line.strip()],
        "letter": row["supplier_text"] or "",
        "key": row["evidence_key"] or "",
    }


def _where(row: Row, message: str) -> str:
    """Return on which side the amount is and whose invoice it is, as far as the message does not tell it."""
    number, told = row["invoice_no"], "för mycket" in message or "för lite" in message
    named = bool(number) and number in message
    parts = (
        "" if told else _side(row),
        row["supplier"] or row["supplier_id"],
        number and not named and f"faktura {number}",
        row["consumption_month"] and not named and text.month(row["consumption_month"]),
        row["contract_kind"] and text.code("contract_kind", row["contract_kind"]),
        row["metering_point"] and row["metering_point"] not in message and f"mätpunkt {row['metering_point']}",
    )
    return text.sentence(", ".join(str(part) for part in parts if part))


def _side(row: Row) -> str:
    """Return on which side the amount is."""
    if row["amount_sek"] is None:
        return "utan belopp"
    if row["rule"] in BOOKS:
        return "att rätta i bokföringen"
    if row["rule"] in VAT:
        return "för mycket moms" if row["amount_sek"] > 0 else "för lite moms"
    return "för mycket fakturerat" if row["amount_sek"] > 0 else "för lite fakturerat"


def _told(facility: Facility, rows: pl.DataFrame) -> Table:
    columns = [
        Col("rule", "Vad", coded("rule")),
        Col("message", "Iakttagelse", running, long=True),
        Col("invoice_no", "Faktura", dash),
        Col("consumption_month", "Förbrukningsmånad", lambda v: "–" if v is None else text.short_month(v)),
        Col("amount_sek", "Belopp (kr)", lambda v: "–" if v is None else text.kronor(v), True),
        Col("supplier", "Leverantör", dash),
        RECEIPT,
    ]
    rows = rows.sort("consumption_month", "invoice_no", "finding_key", descending=[True, False, False], nulls_last=True)
    more = rows.height - MOST_LINES
    return table(
        f"{facility.anchor}-upplysningar",
        f"Upplysningar om fakturor, {facility.name}",
        rows.head(MOST_LINES),
        columns,
        "Inga upplysningar.",
        sortable=True,
        note=_rest(more, "Fakturafel"),
        fine=True,
    )


def _rest(more: int, sheet: str) -> str:
    return f"{text.number(more)} till står i arbetsbokens blad «{sheet}»." if more > 0 else ""


def line_anchor(row: Row) -> str:
    """Return the anchor of an invoice row, for example ``faktura-H202301-rad-2``."""
    return text.identifier("faktura", row["invoice_no"], "rad", row["line_id"])


def _lines(facility: Facility, audit: pl.DataFrame, twice: dict[str, int]) -> Table:
    """Return the lines that differ, largest difference first; what could not be assessed stands apart."""
    rows = audit.filter(~pl.col("verdict").is_in(["agrees", "not_assessed"])).sort(
        pl.col("difference_sek").abs(), "evidence_key", descending=[True, False], nulls_last=True
    )
    columns = [
        Col("invoice_no", "Faktura", dash),
        Col("line_id", "Rad", of=lambda r: dash(None if r["invoiced_sek"] is None else r["line_id"])),
        Col("component", "Avgiftsdel", coded("component")),
        Col("consumption_month", "Förbrukningsmånad", text.short_month),
        Col("verdict", "Utfall", coded("verdict"), mark=lambda v: MARKS.get(v, "bad")),
        Col("difference_sek", "Skillnad (kr)", lambda v: text.signed(v, 2), True),
        Col("reason", "Orsak", lambda v: "–" if v is None else text.sentence(running(text.why(v))), long=True),
        Col("invoiced_sek", "Fakturerat (kr)", _kronor, True),
        Col("recomputed_sek", "Omräknat (kr)", _kronor, True),
        Col("invoiced_quantity", "Fakturerad mängd", _quantity, True),
        Col("recomputed_quantity", "Omräknad mängd", _quantity, True),
        Col("unit", "Enhet", coded_or_dash("unit")),
        Col("supplier", "Leverantör", dash),
        Col("accounting_period", "Bokföringsperiod", lambda v: "–" if v is None else text.short_month(v)),
        Col("file_name", "Fil", dash),
        Col("row_no", "Radnummer i filen", lambda v: "–" if v is None else str(v), True),
        RECEIPT,
    ]

    def anchor(row: Row) -> str:
        name = line_anchor(row)
        twice[name] = twice.get(name, 0) + 1
        return name if twice[name] == 1 else f"{name}-{twice[name]}"

    return table(
        f"{facility.anchor}-granskning",
        f"Fakturarader som avviker, {facility.name}",
        rows.head(MOST_LINES),
        columns,
        "Ingen rad avviker.",
        sortable=True,
        anchor=anchor,
        note=_rest(rows.height - MOST_LINES, "Fakturagranskning"),
        fine=True,
    )


def _kronor(value: float | None) -> str:
    return "–" if value is None else text.kronor(value)


def _quantity(value: float | None) -> str:
    return "–" if value is None else text.number(value, 1)


def _not_assessed(facility: Facility, audit: pl.DataFrame) -> Table:
    """Return what could not be assessed, by reason: how many lines, how much money, from when to when."""
    rows = audit.filter(pl.col("verdict") == "not_assessed")
    grouped = rows.group_by("reason", "contract_kind", "component").agg(
        pl.len().alias("lines"),
        pl.col("invoiced_sek").sum(),
        pl.col("consumption_month").min().alias("first"),
        pl.col("consumption_month").max().alias("last"),
    )
    columns = [
        Col("reason", "Varför", lambda v: text.sentence(text.capital(text.why(v))) or plain(None), long=True),
        Col("contract_kind", "Avtal", coded("contract_kind")),
        Col("component", "Avgiftsdel", coded_or_dash("component")),
        Col("lines", "Rader", text.number, True),
        Col("invoiced_sek", "Fakturerat (kr)", text.kronor, True),
        Col("first", "Från", text.short_month),
        Col("last", "Till", text.short_month),
    ]
    return table(
        f"{facility.anchor}-obedomda",
        f"Rader som inte kan bedömas, {facility.name}",
        grouped.sort("invoiced_sek", "reason", "contract_kind", "component", descending=[True, False, False, False]),
        columns,
        "Alla rader kunde bedömas.",
        fine=True,
        note="Raderna står i arbetsbokens blad «Fakturagranskning».",
    )


def _missing(facility: Facility, rows: pl.DataFrame) -> Table:
    columns = [
        Col("consumption_month", "Förbrukningsmånad", text.month),
        Col("contract_kind", "Avtal", coded("contract_kind")),
        Col("supplier", "Leverantör", plain),
        Col("expected_on", "Väntad senast", text.day),
        Col("days_late", "Dagar försenad", text.number, True),
        Col("estimated_sek", "Beräknat (kr)", _kronor, True),
        Col("message", "Vad", lambda v: text.sentence(running(v)), long=True),
        Col("metering_point", "Mätpunkt", plain),
        RECEIPT,
    ]
    return table(
        f"{facility.anchor}-saknas",
        f"Fakturor som saknas, {facility.name}",
        rows.sort("days_late", "consumption_month", "contract_kind", descending=[True, False, False], nulls_last=True),
        columns,
        "Ingen väntad faktura saknas.",
        sortable=True,
        fine=True,
    )
