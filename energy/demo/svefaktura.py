"""The same invoices in the older Swedish format, Svefaktura 1.0, as suppliers sent them before Peppol BIS Billing 3.

Order of elements after SFTI Basic Invoice 1.0. The format has no place for a metering point, which stands among the
additional references, and writes units as free text.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lxml import etree

from energy.demo.invoices import InvoiceSpec, LineSpec, PartySpec, totals
from energy.units import REC20

__all__ = ["svefaktura_xml"]

Element = Any  # lxml ships no types

_SPACES = {
    None: "urn:sfti:documents:BasicInvoice:1:0",
    "cac": "urn:sfti:CommonAggregateComponents:1:0",
    "cbc": "urn:oasis:names:tc:ubl:CommonBasicComponents:1:0",
}
_MARK = " Syntetisk faktura: anläggning, parter och belopp är påhittade. "


def svefaktura_xml(invoice: InvoiceSpec) -> bytes:
    """Return the invoice, which must be no credit note, as UTF-8 XML, one element a line, marked as synthetic."""
    root = etree.Element(f"{{{_SPACES[None]}}}Invoice", nsmap=_SPACES)
    _add(root, "ID", invoice.number)
    _add(root, "cbc:IssueDate", invoice.issue_date.isoformat())
    _add(root, "InvoiceTypeCode", "380")
    _add(root, "cbc:Note", invoice.note)
    _add(root, "InvoiceCurrencyCode", "SEK")
    _add(root, "LineItemCountNumeric", str(len(invoice.lines)))
    _add(_add(root, "AdditionalDocumentReference"), "cac:ID", invoice.metering_point)
    _party(root, "cac:BuyerParty", invoice.customer)
    _party(root, "cac:SellerParty", invoice.supplier)
    means = _add(root, "cac:PaymentMeans")
    _add(means, "cac:PaymentMeansTypeCode", "1")
    _add(means, "cbc:DuePaymentDate", invoice.due_date.isoformat())
    _sums(root, invoice)
    for number, line in enumerate(invoice.lines, start=1):
        _line(root, number, line)
    _add(_add(root, "RequisitionistDocumentReference"), "cac:ID", invoice.accounting_cost)
    if invoice.period:
        period = _add(root, "InvoicingPeriod")
        _add(period, "cbc:StartDateTime", f"{invoice.period[0]}T00:00:00")
        _add(period, "cbc:EndDateTime", f"{invoice.period[1]}T23:59:59")
    root.addprevious(etree.Comment(_MARK))
    written: bytes = etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def _party(root: Element, role: str, spec: PartySpec) -> None:
    party = _add(_add(root, role), "cac:Party")
    _add(_add(party, "cac:PartyName"), "cbc:Name", spec.name)
    for number, scheme in ((f"SE{spec.org_number}01", "VAT"), (spec.org_number, "SWT")):
        tax = _add(party, "cac:PartyTaxScheme")
        _add(tax, "cac:CompanyID", number)
        _add(_add(tax, "cac:TaxScheme"), "cac:ID", scheme)


def _sums(root: Element, invoice: InvoiceSpec) -> None:
    sums = totals(invoice)
    tax = _add(root, "cac:TaxTotal")
    _money(tax, "cbc:TotalTaxAmount", sums.vat)
    (percent,) = {line.vat_percent for line in invoice.lines}
    group = _add(tax, "cac:TaxSubTotal")
    _money(group, "cbc:TaxableAmount", sums.net)
    _money(group, "cbc:TaxAmount", sums.vat)
    _tax_category(group, percent)
    legal = _add(root, "cac:LegalTotal")
    _money(legal, "cbc:LineExtensionTotalAmount", sums.net)
    _money(legal, "cbc:TaxExclusiveTotalAmount", sums.net)
    _money(legal, "cbc:TaxInclusiveTotalAmount", sums.payable)
    _money(legal, "cac:RoundOffAmount", sums.rounding)


def _line(root: Element, number: int, spec: LineSpec) -> None:
    line = _add(root, "cac:InvoiceLine")
    _add(line, "cac:ID", str(number))
    _add(line, "cbc:InvoicedQuantity", f"{spec.quantity:f}", quantityUnitCode=REC20[spec.unit])
    _money(line, "cbc:LineExtensionAmount", spec.net)
    item = _add(line, "cac:Item")
    _add(item, "cbc:Description", spec.item)
    _tax_category(item, spec.vat_percent)
    price = _add(item, "cac:BasePrice")
    _add(price, "cbc:PriceAmount", f"{spec.price:f}", amountCurrencyID="SEK")


def _tax_category(parent: Element, percent: Decimal) -> None:
    category = _add(parent, "cac:TaxCategory")
    _add(category, "cac:ID", "S")
    _add(category, "cbc:Percent", f"{percent:f}")
    _add(_add(category, "cac:TaxScheme"), "cac:ID", "VAT")


def _money(parent: Element, name: str, value: Decimal) -> None:
    _add(parent, name, f"{value:.2f}", amountCurrencyID="SEK")


def _add(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    """Return a new child called `name`, with its prefix where it has one."""
    prefix, _, local = name.rpartition(":")
    child = etree.SubElement(parent, f"{{{_SPACES[prefix or None]}}}{local}", **attributes)
    child.text = text
    return child
