"""Invoices of the synthetic facility, written as Peppol BIS Billing 3 (UBL 2.1) documents.

Knows the format, not the tariffs: what is billed comes as quantities and prices. Element order and the fields Swedish
rules ask for follow Peppol BIS Billing 3.0 (docs.peppol.eu) and its national rules SE-R-001 to SE-R-013.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from lxml import etree

__all__ = ["InvoiceSpec", "LineSpec", "PartySpec", "Totals", "invoice_xml", "totals"]

Element = Any  # lxml ships no types

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_CAC = f"{_UBL}CommonAggregateComponents-2"
_CBC = f"{_UBL}CommonBasicComponents-2"
_CUSTOMIZATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
_PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
_SWEDISH = "0007"  # ISO 6523: Swedish organisation number
_INVOICED_OBJECT = "130"  # UNTDID 1001: the metering point
_MARK = " Syntetisk faktura: anläggning, parter och belopp är påhittade. "


@dataclass(frozen=True)
class PartySpec:
    """A seller or buyer; `org_number` is ten digits."""

    name: str
    org_number: str
    city: str = "Synteby"
    bankgiro: str | None = None  # digits; of the seller


@dataclass(frozen=True)
class LineSpec:
    """One line: quantity x price / base quantity, excl. VAT [SEK]. `unit` is a UN/ECE Rec 20 code (KWH, MWH, KWT, ...).

    `amount` overrides the computed one, to write an invoice that is wrong on purpose. Periods include both days.
    """

    item: str
    quantity: Decimal
    unit: str
    price: Decimal
    period: tuple[date, date] | None = None
    base_quantity: Decimal = Decimal(1)
    vat_percent: Decimal = Decimal(25)
    description: str = ""
    note: str = ""
    metering_point: str = ""
    accounting_cost: str = ""
    amount: Decimal | None = None

    @property
    def net(self) -> Decimal:
        """Return the line's amount excl. VAT [SEK], to the öre."""
        return self.amount if self.amount is not None else _ore(self.quantity * self.price / self.base_quantity)


@dataclass(frozen=True)
class InvoiceSpec:
    """One invoice, or a credit note whose quantities are positive as the format asks."""

    number: str
    issue_date: date
    due_date: date
    supplier: PartySpec
    customer: PartySpec
    lines: tuple[LineSpec, ...]
    credit_note: bool = False
    type_code: str = "380"  # of an invoice; 82 = metered services. A credit note is 381
    metering_point: str = ""
    period: tuple[date, date] | None = None
    note: str = ""
    accounting_cost: str = ""
    buyer_reference: str = "0"  # R003 asks for a reference of the buyer or an order
    references_invoice: str = ""
    round_to_krona: bool = True


@dataclass(frozen=True)
class Totals:
    """The totals of an invoice [SEK], without sign of credit."""

    net: Decimal
    vat: Decimal
    rounding: Decimal
    payable: Decimal


def totals(invoice: InvoiceSpec) -> Totals:
    """Return net, VAT (rounded per rate, EN 16931 BR-CO-17), öresavrundning and amount to pay [SEK]."""
    net = sum((line.net for line in invoice.lines), Decimal(0))
    vat = sum((tax for _, _, tax in _vat_groups(invoice)), Decimal(0))
    whole = (net + vat).quantize(Decimal(1), ROUND_HALF_UP) if invoice.round_to_krona else net + vat
    return Totals(net, vat, whole - net - vat, whole)


def invoice_xml(invoice: InvoiceSpec) -> bytes:
    """Return the document as UTF-8 XML, one element a line, marked as synthetic in a comment."""
    kind = "CreditNote" if invoice.credit_note else "Invoice"
    spaces = {None: f"{_UBL}{kind}-2", "cac": _CAC, "cbc": _CBC}
    root = etree.Element(f"{{{_UBL}{kind}-2}}{kind}", nsmap=spaces)
    _head(root, invoice)
    _references(root, invoice)
    _party(root, "AccountingSupplierParty", invoice.supplier, seller=True)
    _party(root, "AccountingCustomerParty", invoice.customer, seller=False)
    _payment(root, invoice)
    _sums(root, invoice)
    for number, line in enumerate(invoice.lines, start=1):
        _line(root, invoice, number, line)
    root.addprevious(etree.Comment(_MARK))
    written: bytes = etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def _head(root: Element, invoice: InvoiceSpec) -> None:
    _text(root, "CustomizationID", _CUSTOMIZATION)
    _text(root, "ProfileID", _PROFILE)
    _text(root, "ID", invoice.number)
    _text(root, "IssueDate", invoice.issue_date.isoformat())
    if invoice.credit_note:  # a credit note has its due date in PaymentMeans
        _text(root, "CreditNoteTypeCode", "381")
    else:
        _text(root, "DueDate", invoice.due_date.isoformat())
        _text(root, "InvoiceTypeCode", invoice.type_code)
    _text(root, "Note", invoice.note)
    _text(root, "DocumentCurrencyCode", "SEK")
    _text(root, "AccountingCost", invoice.accounting_cost)
    _text(root, "BuyerReference", invoice.buyer_reference)
    _period(root, invoice.period)


def _references(root: Element, invoice: InvoiceSpec) -> None:
    if invoice.references_invoice:
        _text(_group(root, "BillingReference", "InvoiceDocumentReference"), "ID", invoice.references_invoice)
    _metering_point(root, "AdditionalDocumentReference", invoice.metering_point)


def _party(root: Element, role: str, spec: PartySpec, *, seller: bool) -> None:
    party = _group(root, role, "Party")
    _text(party, "EndpointID", spec.org_number, schemeID=_SWEDISH)
    address = _group(party, "PostalAddress")
    _text(address, "CityName", spec.city)
    _text(_group(address, "Country"), "IdentificationCode", "SE")
    _tax_scheme(party, f"SE{spec.org_number}01", "VAT")
    if seller:
        _tax_scheme(party, "Godkänd för F-skatt", "TAX")
    legal = _group(party, "PartyLegalEntity")
    _text(legal, "RegistrationName", spec.name)
    _text(legal, "CompanyID", spec.org_number, schemeID=_SWEDISH)


def _tax_scheme(party: Element, number: str, scheme: str) -> None:
    tax = _group(party, "PartyTaxScheme")
    _text(tax, "CompanyID", number)
    _text(_group(tax, "TaxScheme"), "ID", scheme)


def _payment(root: Element, invoice: InvoiceSpec) -> None:
    if not invoice.supplier.bankgiro and not invoice.credit_note:
        return
    means = _group(root, "PaymentMeans")
    _text(means, "PaymentMeansCode", "30" if invoice.supplier.bankgiro else "1")  # 1: not defined
    if invoice.credit_note:
        _text(means, "PaymentDueDate", invoice.due_date.isoformat())
    _text(means, "PaymentID", invoice.number)
    if invoice.supplier.bankgiro:
        account = _group(means, "PayeeFinancialAccount")
        _text(account, "ID", invoice.supplier.bankgiro)
        _text(_group(account, "FinancialInstitutionBranch"), "ID", "SE:BANKGIRO")


def _sums(root: Element, invoice: InvoiceSpec) -> None:
    sums = totals(invoice)
    tax_total = _group(root, "TaxTotal")
    _money(tax_total, "TaxAmount", sums.vat)
    for percent, taxable, tax in _vat_groups(invoice):
        subtotal = _group(tax_total, "TaxSubtotal")
        _money(subtotal, "TaxableAmount", taxable)
        _money(subtotal, "TaxAmount", tax)
        _tax_category(_group(subtotal, "TaxCategory"), percent, reason="ML är inte tillämplig")
    total = _group(root, "LegalMonetaryTotal")
    _money(total, "LineExtensionAmount", sums.net)
    _money(total, "TaxExclusiveAmount", sums.net)
    _money(total, "TaxInclusiveAmount", sums.net + sums.vat)
    if sums.rounding:
        _money(total, "PayableRoundingAmount", sums.rounding)
    _money(total, "PayableAmount", sums.payable)


def _vat_groups(invoice: InvoiceSpec) -> list[tuple[Decimal, Decimal, Decimal]]:
    """Return (percent, taxable amount, VAT) per VAT rate, highest first."""
    percents = sorted({line.vat_percent for line in invoice.lines}, reverse=True)
    taxable = [sum((x.net for x in invoice.lines if x.vat_percent == p), Decimal(0)) for p in percents]
    return [(p, net, _ore(net * p / 100)) for p, net in zip(percents, taxable, strict=True)]


def _line(root: Element, invoice: InvoiceSpec, number: int, spec: LineSpec) -> None:
    line = _group(root, "CreditNoteLine" if invoice.credit_note else "InvoiceLine")
    _text(line, "ID", str(number))
    _text(line, "Note", spec.note)
    quantity = "CreditedQuantity" if invoice.credit_note else "InvoicedQuantity"
    _text(line, quantity, f"{spec.quantity:f}", unitCode=spec.unit)
    _money(line, "LineExtensionAmount", spec.net)
    _text(line, "AccountingCost", spec.accounting_cost)
    _period(line, spec.period)
    _metering_point(line, "DocumentReference", spec.metering_point)
    item = _group(line, "Item")
    _text(item, "Description", spec.description)
    _text(item, "Name", spec.item)
    _tax_category(_group(item, "ClassifiedTaxCategory"), spec.vat_percent)
    price = _group(line, "Price")
    _text(price, "PriceAmount", f"{spec.price:f}", currencyID="SEK")
    if spec.base_quantity != 1:
        _text(price, "BaseQuantity", f"{spec.base_quantity:f}", unitCode=spec.unit)


def _tax_category(category: Element, percent: Decimal, reason: str = "") -> None:
    _text(category, "ID", "S" if percent else "E")
    _text(category, "Percent", f"{percent:f}")
    if not percent:
        _text(category, "TaxExemptionReason", reason)
    _text(_group(category, "TaxScheme"), "ID", "VAT")


def _period(parent: Element, period: tuple[date, date] | None) -> None:
    if period is not None:
        group = _group(parent, "InvoicePeriod")
        _text(group, "StartDate", period[0].isoformat())
        _text(group, "EndDate", period[1].isoformat())


def _metering_point(parent: Element, name: str, metering_point: str) -> None:
    if metering_point:
        reference = _group(parent, name)
        _text(reference, "ID", metering_point)
        _text(reference, "DocumentTypeCode", _INVOICED_OBJECT)


def _group(parent: Element, *names: str) -> Element:
    for name in names:
        parent = etree.SubElement(parent, f"{{{_CAC}}}{name}")
    return parent


def _text(parent: Element, name: str, value: str, **attributes: str) -> None:
    if value:  # an empty element is not allowed (R008)
        etree.SubElement(parent, f"{{{_CBC}}}{name}", **attributes).text = value


def _money(parent: Element, name: str, value: Decimal) -> None:
    _text(parent, name, f"{value:.2f}", currencyID="SEK")


def _ore(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)
