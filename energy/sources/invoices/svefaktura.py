"""Svefaktura 1.0 invoices and credit notes as the tables `invoices` and `invoice_lines`.

One signed convention: what is paid is positive, what is credited negative. A credit note (InvoiceTypeCode 381) writes
positive amounts, so its signs are turned. The invoice may stand alone, in a business envelope beside its attachments
(ObjectEnvelope), in a list of invoices, or encoded within an ObjectEnvelope.

Sources: SFTI Basic Invoice 1.0 (schemas BasicInvoice, CommonAggregateComponents and ObjectEnvelope), SFTI's Schematron
of 2016-10-25 (sums of LegalTotal), SFTI's mapping of Svefaktura 1.0 onto EN 16931-1 (2018-06-21). Units are free text
and there is no term for the metering point: `energy.sources.invoices.svefaktura_texts` says what is read from texts.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import polars as pl
from lxml import etree

from energy.errors import SettingsError, SourceError
from energy.model import REJECTS, TABLES, Finding, Parsed
from energy.sources.invoices.invoice_checks import TOLERANCE, check_header_sum, check_payable, sv
from energy.sources.invoices.invoice_lines import Document
from energy.sources.invoices.lines import HouseRule, house_rules
from energy.sources.invoices.svefaktura_head import (
    Party,
    Totals,
    net_of,
    read_amount,
    read_header,
    read_party,
    read_totals,
)
from energy.sources.invoices.svefaktura_lines import CAC, CBC, INV, bare_lines, read_charges, read_lines
from energy.sources.ubl import Element, Unreadable, day, find, parse, text

NAME = "svefaktura"
VERSION = 1

_NAMESPACES = (b"urn:sfti:documents:BasicInvoice:1:0", b"urn:sfti:documents:ObjectEnvelope:1:0")
_ENVELOPE = "{urn:sfti:documents:ObjectEnvelope:1:0}"
_SIGNS = {"380": 1, "381": -1}  # UNTDID 1001: commercial invoice, credit note
_MAX_INVOICES = 10_000  # in one file
_VAT_SLACK = Decimal(1)  # SEK a VAT group may be off its rate: EN 16931, BR-S-09


def detect(head: bytes, name: str) -> bool:
    """Return whether the first 4 kB name the Svefaktura or its envelope, in UTF-8 or UTF-16. Never raises."""
    plain = head.replace(b"\0", b"")
    return any(namespace in plain for namespace in _NAMESPACES)


def check(given: Mapping[str, Any], where: str) -> None:
    """Raise SourceError, beginning with `where`, for a key other than `lines` or for house rules that are wrong."""
    for key in given:
        if key != "lines":
            raise SourceError.from_file(where, f"okänd inställning «{key}».", "Kända: lines.")
    try:
        house_rules(given.get("lines"))
    except SettingsError as error:
        raise SourceError(f"{where}: {error}") from error


def read(data: bytes, name: str, options: Mapping[str, Any]) -> Parsed:
    """Return the invoices of a file as `invoices` and `invoice_lines` (a row per line and document-level charge).

    `row_no` is the line of the XML file where the element starts; `supplier_id` the digits of the seller's
    organisation number. ``options["lines"]`` holds house rules, see `energy.sources.invoices.lines.house_rules`. A line
    that cannot be read is a reject, the others load. Amounts in another currency than SEK are null, with a finding.
    Raises SourceError when the file is no Svefaktura, has a DOCTYPE, or an invoice lacks number, date, type or seller.
    """
    check(options, name)
    rules = house_rules(options.get("lines"))
    root, encoding = parse(data, name)
    roots, findings = _invoices(root, name)
    documents, headers = [], []
    for invoice in roots:
        document, supplier = _document(invoice, name, rules)
        totals = read_totals(document)
        headers.append(read_header(document, supplier, totals))
        read_lines(document)
        read_charges(document)
        _check(document, totals)
        documents.append(document)
    return Parsed(
        NAME,
        {
            "invoices": _table(TABLES["invoices"], headers),
            "invoice_lines": _table(TABLES["invoice_lines"], [row for d in documents for row in d.rows]),
        },
        rejects=_table(REJECTS, [row for d in documents for row in d.rejects]),
        findings=(*findings, *(found for d in documents for found in d.findings)),
        encoding=encoding,
        issued_at=max(d.key["issue_date"] for d in documents).isoformat(),
    )


def _table(schema: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame({column: [row.get(column) for row in rows] for column in schema}, schema=dict(schema))


def _invoices(root: Element, name: str) -> tuple[list[Element], list[Finding]]:
    """Return the invoices in a document, whatever wraps them. Raises SourceError where there is none."""
    found = [root] if root.tag == f"{INV}Invoice" else list(root.iterdescendants(f"{INV}Invoice"))
    findings: list[Finding] = []
    if not found:
        for data in find(root, f".//{_ENVELOPE}EncodedData"):
            found += _encoded(data, name)
        if found:
            message = "Fakturan ligger kodad i ett kuvert (ObjectEnvelope); radnumren gäller den uppackade fakturan."
            findings.append(Finding("invoice_unwrapped", "info", message))
    if not found or len(found) > _MAX_INVOICES:
        what = "ingen Svefaktura (Invoice)" if not found else f"fler än {_MAX_INVOICES} fakturor"
        shown = etree.QName(root).localname[:60]
        raise SourceError.from_file(
            name, f"filen innehåller {what}; rotelementet är «{shown}».", "Begär fakturan som Peppol BIS Billing 3."
        )
    if len(found) > 1:
        findings.append(Finding("several_invoices", "info", f"Filen innehåller {len(found)} fakturor."))
    return found, findings


def _encoded(element: Element, name: str) -> list[Element]:
    """Return the invoice that an attachment holds in base64; nothing where it holds something else."""
    try:
        inner = base64.b64decode("".join("".join(element.itertext()).split()), validate=True)
    except (binascii.Error, ValueError):
        return []
    if _NAMESPACES[0] not in inner[:4096].replace(b"\0", b""):
        return []
    root, _ = parse(inner, name)
    return [root] if root.tag == f"{INV}Invoice" else []


def _document(root: Element, name: str, rules: tuple[HouseRule, ...]) -> tuple[Document, Party]:
    """Return the document with its key and sign. Raises SourceError where number, date, type or seller is missing."""
    supplier = read_party(root, "SellerParty")
    kind = text(root, f"{INV}InvoiceTypeCode")
    try:
        issued = day(root, "Fakturadatum", f"{CBC}IssueDate")
    except Unreadable as error:
        raise SourceError.from_file(name, str(error), "Be leverantören om en rättad faktura.") from error
    wanted = (
        ("fakturanummer", text(root, f"{INV}ID")),
        ("fakturadatum", issued),
        ("fakturatyp", kind),
        ("säljare", supplier.id),
    )
    missing = [what for what, found in wanted if not found]
    if missing:
        raise SourceError.from_file(name, f"fakturan saknar {', '.join(missing)}.", "Be leverantören om en ny faktura.")
    if kind not in _SIGNS:
        raise SourceError.from_file(
            name,
            f"fakturatypen «{kind[:20]}» är varken 380 (faktura) eller 381 (kredit); tecknet är ovisst.",
            "Be leverantören om en rättad faktura.",
        )
    key = {
        "supplier_id": supplier.id,
        "invoice_no": text(root, f"{INV}ID"),
        "issue_date": issued,
        "document_type": kind,
    }
    currency = text(root, f"{INV}InvoiceCurrencyCode")[:10] or "SEK"
    sign, attribute = _SIGNS[kind], "amountCurrencyID"
    return Document(root, sign, currency, rules, key, basic=CBC, currency_attribute=attribute), supplier


def _check(document: Document, totals: Totals) -> None:
    """Add the findings about sums, VAT, metering points and periods of the whole document."""
    root = document.root
    net = net_of(document, totals)
    document.add(check_header_sum(root.sourceline, document.line_sum, document.charges, net, len(document.rejects)))
    document.add(check_payable(root.sourceline, net, totals.vat, totals.rounding, Decimal(0), totals.payable))
    _check_vat(document, totals.vat)
    if net is None and not any(f.rule == "header_amount" for f in document.findings):
        document.tell("header_amount", "error", "Nettobelopp saknas i fakturans summering.", root)
    if document.rows and all(row["metering_point"] is None for row in document.rows):
        message = "Ingen anläggning anges i fakturan; raderna kan inte föras till en mätpunkt."
        document.tell("metering_point_missing", "info", message, root)
    bare = bare_lines(document.rows)
    if bare:
        message = f"Rader utan period kan inte föras till en månad: {', '.join(bare)[:120]}."
        document.tell("period_missing", "info", message, root)


def _check_vat(document: Document, vat: Decimal | None) -> None:
    """Add `vat_sum` unless the VAT groups sum to the total, and `vat_rate` unless each is its base times its rate."""
    groups = list(find(document.root, f"{CAC}TaxTotal", f"{CAC}TaxSubTotal"))
    total, whole = Decimal(0), True
    for group in groups:
        amount = read_amount(document, "Moms", group, f"{CBC}TaxAmount")
        base = read_amount(document, "Momsunderlag", group, f"{CBC}TaxableAmount")
        rate = read_amount(document, "Momssats", group, f"{CAC}TaxCategory", f"{CBC}Percent")
        whole = whole and amount is not None
        total += amount or Decimal(0)
        if amount is not None and base is not None and rate is not None:
            expected = base * rate / 100
            if abs(expected - amount) > _VAT_SLACK:
                message = f"Moms {sv(amount)} är inte {sv(rate)} % av {sv(base)} ({sv(expected)})."
                document.add(
                    [Finding("vat_rate", "warning", message, group.sourceline, amount_sek=float(amount - expected))]
                )
    if groups and whole and vat is not None and abs(total - vat) > TOLERANCE:
        message = f"Momsgrupperna summerar till {sv(total)}, men fakturans moms är {sv(vat)}."
        document.add([Finding("vat_sum", "warning", message, document.root.sourceline, amount_sek=float(vat - total))])
