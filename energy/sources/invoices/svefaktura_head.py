"""The head of a Svefaktura 1.0: parties, totals, metering point and period of the whole invoice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from energy.sources.invoices.invoice_checks import check_org_number, sv
from energy.sources.invoices.invoice_lines import Document
from energy.sources.invoices.svefaktura_lines import CAC, CBC, INV, Days
from energy.sources.invoices.svefaktura_texts import metering_points, period_of
from energy.sources.ubl import Element, Unreadable, as_date, as_decimal, day, find, number, text

_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T([0-9]{2}:[0-9]{2}:[0-9]{2})(?:[.][0-9]+)?(?:Z|[+-][0-9:]{5})?)?"
)


class Party(NamedTuple):
    """A seller or buyer; `swedish` tells whether `id` is a Swedish organisation number."""

    id: str  # digits of the organisation number, or the best there is; "" where there is none
    name: str
    swedish: bool
    row_no: int


class Totals(NamedTuple):
    """The amounts of LegalTotal and TaxTotal, as written."""

    net: Decimal | None
    vat: Decimal | None
    rounding: Decimal
    payable: Decimal | None


def read_party(root: Element, role: str) -> Party:
    """Return the seller or buyer; all fields empty where the document has none."""
    party = root.find(f"{CAC}{role}/{CAC}Party")
    if party is None:
        return Party("", "", False, root.sourceline)
    numbers = {
        text(scheme, f"{CAC}TaxScheme", f"{CAC}ID"): text(scheme, f"{CAC}CompanyID")
        for scheme in find(party, f"{CAC}PartyTaxScheme")
    }
    vat = re.fullmatch(r"SE([0-9]{10})01", numbers.get("VAT", "").replace(" ", "").upper())
    swedish = numbers.get("SWT", "") or (vat.group(1) if vat else "")
    others = (numbers.get("VAT", ""), text(party, f"{CAC}PartyIdentification", f"{CAC}ID"))
    found = swedish or next(filter(None, others), "")
    name = text(party, f"{CAC}PartyName", f"{CBC}Name")
    return Party(re.sub(r"[^0-9]", "", found) or found, name, bool(swedish), party.sourceline)


def read_totals(document: Document) -> Totals:
    """Return the totals as written; None, with a finding, where one cannot be read."""
    legal = f"{CAC}LegalTotal"
    taxes = [
        read_amount(document, "Moms", tax)
        for tax in find(document.root, f"{CAC}TaxTotal", f"{CBC}TotalTaxAmount")
        if tax.get("amountCurrencyID", document.currency) == document.currency
    ]
    rounding = f"{CAC}RoundOffAmount"
    if document.root.find(f"{legal}/{rounding}") is None:
        rounding = f"{CBC}RoundOffAmount"
    return Totals(
        net=read_amount(document, "Nettobelopp", document.root, legal, f"{CBC}TaxExclusiveTotalAmount"),
        vat=sum((tax for tax in taxes if tax is not None), Decimal(0)) if taxes and None not in taxes else None,
        rounding=read_amount(document, "Öresutjämning", document.root, legal, rounding) or Decimal(0),
        payable=read_amount(document, "Att betala", document.root, legal, f"{CBC}TaxInclusiveTotalAmount"),
    )


def read_amount(document: Document, label: str, element: Element, *path: str) -> Decimal | None:
    """Return an amount of the head; None where it is absent, or cannot be read, which is told by a finding."""
    try:
        return number(element, label, *path) if path else as_decimal(text(element), label)
    except Unreadable as error:
        document.tell("header_amount", "error", str(error), document.root)
        return None


def read_header(document: Document, supplier: Party, totals: Totals) -> dict[str, Any]:
    """Return the row of `invoices`, and set what lines inherit: metering point and period."""
    root = document.root
    customer = read_party(root, "BuyerParty")
    note = "\n".join(filter(None, (text(n) for n in find(root, f"{CBC}Note")))) or None
    document.metering_point = document.told_of = _point(document, note or "")
    document.period = _period(document, note or "")
    _tell_header(document, totals, (("Säljare", supplier), ("Köpare", customer)))
    references = (text(e) for e in find(root, f"{INV}InitialInvoiceDocumentReference", f"{CAC}ID"))
    return document.key | {
        "row_no": root.sourceline, "supplier": supplier.name or None, "customer_id": customer.id or None,
        "due_date": _due(document), "currency": document.currency, "metering_point": document.metering_point,
        "note": note, "references_invoice": ", ".join(filter(None, references)) or None,
        "net_sek": document.sek(net_of(document, totals)), "vat_sek": document.sek(totals.vat),
        "rounding_sek": document.sek(totals.rounding), "payable_sek": document.sek(totals.payable),
    }  # fmt: skip


def net_of(document: Document, totals: Totals) -> Decimal | None:
    """Return the net amount; where it is left out, what payable, VAT and rounding leave."""
    left_out = document.root.find(f"{CAC}LegalTotal/{CBC}TaxExclusiveTotalAmount") is None
    if left_out and totals.payable is not None and totals.vat is not None:
        return totals.payable - totals.vat - totals.rounding
    return totals.net


def _point(document: Document, note: str) -> str | None:
    """Return the metering point of the whole invoice: by its references, else by its free text."""
    root = document.root
    references = [text(e) for e in find(root, f"{INV}AdditionalDocumentReference", f"{CAC}ID")]
    found = metering_points(references)
    if not found:
        found = metering_points([note])
        if len(found) == 1:
            message = f"Anläggningen {found[0]} är läst ur fakturans fritext; Svefaktura 1.0 har inget fält för den."
            document.tell("metering_point_from_text", "info", message, root)
    if len(found) > 1:
        message = f"Fakturan anger flera anläggningar ({', '.join(found)[:120]}); bara rader med egen anläggning förs."
        document.tell("metering_points", "warning", message, root)
    return found[0] if len(found) == 1 else None


def _period(document: Document, note: str) -> Days:
    """Return the first and last day of the invoice, both included; the range its text names where no field does."""
    element = document.root.find(f"{INV}InvoicingPeriod")
    if element is None:
        element = document.root.find(f"{CAC}InvoicingPeriod")
    if element is None:
        named = period_of(note)
        if named:
            message = f"Perioden {named[0]} till {named[1]} är läst ur fakturans fritext."
            document.tell("period_from_text", "info", message, document.root)
        return named or (None, None)
    try:
        (start, opens), (end, closes) = (_moment(element, f"{edge}DateTime") for edge in ("Start", "End"))
    except Unreadable as error:
        document.tell("header_date", "warning", str(error), element)
        return None, None
    if start is None or end is None:
        return start, end
    if end < start:
        message = f"Fakturans period {start} till {end} slutar innan den börjar; raderna är lästa utan den."
        document.tell("period_reversed", "warning", message, element)
        return None, None
    if opens == closes == "00:00:00" and start.day == end.day == 1 and end > start:
        last = end - timedelta(days=1)
        document.tell("half_open_period", "info", f"Perioden slutar {end} kl. 00:00; sista dag blir {last}.", element)
        return start, last
    return start, end


def _moment(element: Element, name: str) -> tuple[date | None, str]:
    """Return (day, clock) of a moment of the invoicing period, without a zone as the format writes it."""
    found = element.find(f"{CBC}{name}")
    if found is None:
        return None, ""
    match = _MOMENT.fullmatch(text(found))
    return as_date(match.group(1) if match else text(found), "Fakturans period"), (
        match.group(2) or ""
    ) if match else ""


def _due(document: Document) -> date | None:
    try:
        return day(document.root, "Förfallodatum", f"{CAC}PaymentMeans", f"{CBC}DuePaymentDate")
    except Unreadable as error:
        document.tell("header_date", "warning", str(error), document.root)
        return None


def _tell_header(document: Document, totals: Totals, parties: Iterable[tuple[str, Party]]) -> None:
    """Add the findings about the head of the document."""
    root = document.root
    if document.currency != "SEK":
        net = "okänt" if totals.net is None else sv(totals.net * document.sign)
        message = f"Fakturan är i {document.currency}, inte SEK; beloppen (netto {net}) förs inte som kronor."
        document.tell("currency", "warning", message, root)
    if document.sign < 0 and totals.payable is not None and totals.payable < 0:
        message = f"Kreditfakturan (381) har negativt belopp ({sv(totals.payable)}) och läses därför som en debitering."
        document.tell("credit_sign", "warning", f"{message} Kontrollera med leverantören.", root)
    for role, party in parties:
        if party.swedish and party.id:
            document.add(check_org_number(role, party.id, party.row_no))
