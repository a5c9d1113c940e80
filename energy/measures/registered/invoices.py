"""Findings of the invoice audit and of the books as measures: what is to be had back once, from whom, on which rows.

Signal and amount are those of `energy.audit.rules` and `energy.accounts`: nothing is worked out anew. What is charged
too little is no saving and has no amount, but is listed: it may be claimed later. The findings of one kind on one
invoice are one measure, those without money one for each meter and supplier.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from energy.measures.base import About, Confidence, EvidenceRow, MeasureFinding
from energy.measures.registered.base import Registered, Settles, plain_key
from energy.measures.shared.days import sv
from energy.model import Band

__all__ = ["INVOICES", "claims"]

SHOWN = 24  # rows of evidence
_NAN = float("nan")
_METHOD = (
    "Beloppet är granskningens: fakturaraderna mot räkningen på uppmätta värden och gällande prislista, exklusive moms."
    " Det kommer en gång och läggs aldrig ihop med besparingar per år. Ett fakturabelopp är känt på öret: inget band."
)


def _kind(
    rule: str, code: str, title: str, settles: Settles = "credit", confidence: Confidence = "hög", missing: str = ""
) -> Registered:
    seen = {
        "credit": "kreditfakturan eller den rättade fakturan är inläst",
        "gone": "granskningen ser den inte längre",
        "no_later": "ingen senare faktura visar samma sak",
    }
    about = About(
        code=code, needs="fakturor, avtal, prislistor och mätvärden", cost_class="ingen", difficulty="lätt",
        actor="controllern", verification=seen[settles], reference=f"energy.audit.rules: {rule}",
    )  # fmt: skip
    return Registered(rule, title, about, settles, confidence, missing)


INVOICES: tuple[Registered, ...] = (
    _kind("duplicate_invoice", "I1", "Samma leverans fakturerad två gånger"),
    _kind("overlapping_period", "I1", "Dagar fakturerade två gånger"),
    _kind("wrong_price_list", "I2", "Fakturerat enligt fel prislista"),
    _kind("wrong_band", "I2", "Fakturerat enligt fel prisband"),
    _kind("missing_component", "I2", "Avgift som inte är fakturerad"),
    _kind("unexplained_difference", "I2", "Fakturabelopp som inte kan förklaras", confidence="medel"),
    _kind("missing_credit", "I3", "Kredit eller bonus som inte har kommit"),
    _kind("estimated_reading", "I4", "Fakturerat på uppskattad avläsning", confidence="medel"),
    _kind("vat_error", "I5", "Fel moms på fakturan"),
    _kind("posted_gross", "I5", "Moms bokförd som kostnad", "gone"),
    _kind("wrong_tax", "I6", "Fel energiskatt på fakturan"),
    _kind("foreign_meter", "I7", "Faktura för en mätare som inte är vår", confidence="medel"),
    _kind("wrong_multiplier", "I8", "Fel omräkningsfaktor på fakturan"),
    _kind(
        "one_off_in_operations", "I9", "Engångspost bland driftkostnaderna", "gone",
        missing="en omföring mellan konton ger ingen besparing",
    ),
    _kind("wrong_power", "I10", "Debiterad effekt skiljer sig från den uppmätta"),
    _kind(
        "period_not_aligned", "I11", "Fakturaperioder som inte följer månaderna", "no_later",
        missing="en periodisering flyttar kostnaden mellan månader och ger ingen besparing",
    ),
)  # fmt: skip
_BY_ID = {one.id: one for one in INVOICES}
_PER_METER = ("period_not_aligned",)


def claims(
    findings: pl.DataFrame, evidence: pl.DataFrame, booked: pl.DataFrame, names: Mapping[str, str]
) -> list[MeasureFinding]:
    """Return one measure per kind, meter and invoice that is open, the largest amount first.

    `findings` analysis.invoice_findings with its facility filled in, `evidence` analysis.invoice_evidence, `booked` the
    findings of the books with the same columns; `names` metering point -> its Swedish name. Small differences that the
    audit only tells of, what is settled, and idle meters (a rule of their own) are no measures.
    """
    told = pl.concat([findings.select(booked.columns), booked]).filter(pl.col("facility").is_not_null())
    known = told.filter(
        pl.col("rule").is_in([*_BY_ID]),
        pl.col("settled_sek").is_null(),
        (pl.col("level") != "info") | pl.col("rule").is_in(_PER_METER),
    )
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in known.sort("consumption_month", "finding_key", nulls_last=True).to_dicts():
        rows.setdefault(claim_key(row), []).append(row)
    of = {key: one.to_dicts() for (key,), one in evidence.sort("no").partition_by("finding_key", as_dict=True).items()}
    found = [_claim(key, mine, of, names) for key, mine in rows.items()]
    return sorted(found, key=lambda one: (-_sum([one.saving_sek_per_year.value]), one.key))


def claim_key(row: Mapping[str, Any]) -> str:
    """Return the key of the measure that a finding belongs to.

    A number that its supplier has used in an earlier year too is another invoice: `used_again` is the year it was.
    """
    parts = ["measure", row["facility"], row["rule"], plain_key(row["metering_point"]), plain_key(row["supplier_id"])]
    if row["rule"] not in _PER_METER:
        parts += [plain_key(row["invoice_no"]), *([str(row["used_again"])] if row.get("used_again") else [])]
    return ":".join(parts)


def _sum(values: Iterable[float | None]) -> float:
    return sum(value for value in values if value is not None and value == value)


def _claim(
    key: str, rows: Sequence[Mapping[str, Any]], evidence: Mapping[str, list[dict[str, Any]]], names: Mapping[str, str]
) -> MeasureFinding:
    first, amounts = rows[0], [row["amount_sek"] for row in rows]
    kind, total = _BY_ID[first["rule"]], _sum(amounts)
    reason = kind.missing or _no_amount(amounts, total, first["rule"] == "vat_error")
    band = Band(_NAN, _NAN, _NAN, reason=f"kan inte bedömas: {reason}") if reason else Band(total, total, total)
    point = first["metering_point"]
    more = f" Ytterligare {len(rows) - 1} av samma slag." if len(rows) > 1 else ""
    at = f"{names[point]}. " if point in names else ""
    return MeasureFinding(
        measure_id=kind.id, key=key, facility=first["facility"], title=kind.title,
        description=f"{at}{first['message']}{more}", saving_sek_per_year=band, saving_kwh_per_year=0.0,
        confidence=kind.confidence, method=_METHOD if not reason else f"Granskningens fynd, utan belopp: {reason}.",
        evidence=tuple(_evidence(rows, evidence))[:SHOWN], metering_point=point, one_off=True,
    )  # fmt: skip


def _no_amount(amounts: Sequence[float | None], total: float, is_vat: bool) -> str:
    if any(one is None for one in amounts):
        return "granskningen kunde inte räkna fram något belopp"
    if total > 0:
        return ""
    what = " moms" if is_vat else ""
    return f"{sv(-total, 2)} kr{what} är för lite fakturerat, vilket kan krävas i efterhand och inte är någon besparing"


def _evidence(rows: Sequence[Mapping[str, Any]], evidence: Mapping[str, list[dict[str, Any]]]) -> Iterable[EvidenceRow]:
    """Yield the invoice rows of a measure with file and row; of the books the voucher's row."""
    for row in rows:
        lines = evidence.get(row["finding_key"], [])
        if not lines:
            at = f"{row['file_name']}, rad {row['row_no']}" if row["file_name"] else _month(row["consumption_month"])
            yield EvidenceRow(f"Faktura {row['invoice_no'] or 'utan nummer'}", at, row["amount_sek"], "SEK", "")
        for line in lines:
            where = f"{line['file_name']}, rad {line['row_no']}" if line["file_name"] else "ingen rad på fakturan"
            should = line["recomputed_sek"]
            beside = "" if should is None else f"omräknat {sv(should, 2)} kr"
            days = f"{line['period_start']}–{line['period_end']}" if line["period_end"] else ""
            note = ", ".join(part for part in (days, beside, line["reason"]) if part)
            label = f"Faktura {line['invoice_no'] or 'utan nummer'}, {line['item']}"
            yield EvidenceRow(label, where, line["invoiced_sek"], "SEK", note)


def _month(month: Any) -> str:
    return "" if month is None else f"{month:%Y-%m}"
