"""Written invoices: sums by hand, element order of UBL 2.1, and what the format asks of a credit note."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from lxml import etree

from energy.demo.invoices import InvoiceSpec, LineSpec, PartySpec, Totals, invoice_xml, totals

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
NS = {"cac": f"{UBL}CommonAggregateComponents-2", "cbc": f"{UBL}CommonBasicComponents-2"}
JANUARY = (date(2020, 1, 1), date(2020, 1, 31))
HEAT = LineSpec("Energi vinter", Decimal("312.456"), "MWH", Decimal("561.5"), JANUARY, note="Avläst", description="Jan")
POWER = LineSpec("Effektavgift", Decimal("812.4"), "KWT", Decimal(845), JANUARY, base_quantity=Decimal(12))
REMINDER = LineSpec("Påminnelseavgift", Decimal(1), "C62", Decimal(60), vat_percent=Decimal(0), accounting_cost="8531")
SPEC = InvoiceSpec(
    number="2020-17", issue_date=date(2020, 2, 5), due_date=date(2020, 3, 6),
    supplier=PartySpec("Syntetisk Värme AB", "5599999991", bankgiro="50501055"),
    customer=PartySpec("Syntetisk kommun", "2129999997"), lines=(HEAT, POWER, REMINDER),
    metering_point="735999100000000010", period=JANUARY, note="Syntetisk", accounting_cost="8132",
)  # fmt: skip

# the order of the children in the UBL 2.1 schemas (those that are written)
INVOICE_WORDS = (
    "CustomizationID ProfileID ID IssueDate DueDate InvoiceTypeCode Note DocumentCurrencyCode AccountingCost "
    "BuyerReference InvoicePeriod BillingReference AdditionalDocumentReference AccountingSupplierParty "
    "AccountingCustomerParty PaymentMeans TaxTotal LegalMonetaryTotal InvoiceLine"
)
INVOICE_ORDER = INVOICE_WORDS.split()
CREDIT_ORDER = [
    name.replace("Invoice", "CreditNote") if name in ("InvoiceTypeCode", "InvoiceLine") else name
    for name in INVOICE_ORDER
    if name != "DueDate"
]
LINE_ORDER = "ID Note InvoicedQuantity LineExtensionAmount AccountingCost InvoicePeriod DocumentReference Item Price"


def names(element: etree._Element) -> list[str]:
    return [etree.QName(child).localname for child in element]


def value(root: etree._Element, path: str) -> str:
    return root.findtext(path, namespaces=NS) or ""


def test_totals_by_hand() -> None:
    # 312.456 x 561.5 = 175 444.044; 812.4 x 845 / 12 = 57 206.50; VAT 25 % of 232 650.54 = 58 162.635 -> .64
    assert totals(SPEC) == Totals(Decimal("232710.54"), Decimal("58162.64"), Decimal("-0.18"), Decimal("290873"))


def test_without_rounding_the_payable_is_to_the_ore() -> None:
    assert totals(replace(SPEC, round_to_krona=False)).payable == Decimal("290873.18")
    assert b"PayableRoundingAmount" not in invoice_xml(replace(SPEC, round_to_krona=False))


def test_children_come_in_the_order_of_the_schema() -> None:
    every = replace(SPEC, references_invoice="2020-16", lines=(replace(HEAT, metering_point="1", accounting_cost="2"),))
    for spec, order in ((every, INVOICE_ORDER), (replace(every, credit_note=True), CREDIT_ORDER)):
        assert names(etree.fromstring(invoice_xml(spec))) == order
    line = etree.fromstring(invoice_xml(every)).find("cac:InvoiceLine", NS)
    assert names(line) == LINE_ORDER.split()
    assert names(line.find("cac:Item", NS)) == ["Description", "Name", "ClassifiedTaxCategory"]


def test_amounts_quantities_and_units_as_text() -> None:
    root = etree.fromstring(invoice_xml(SPEC))
    line = root.findall("cac:InvoiceLine", NS)[1]
    assert value(line, "cbc:InvoicedQuantity") == "812.4"
    assert line.find("cbc:InvoicedQuantity", NS).get("unitCode") == "KWT"
    assert value(line, "cbc:LineExtensionAmount") == "57206.50"
    assert value(line, "cac:Price/cbc:PriceAmount") == "845"
    assert value(line, "cac:Price/cbc:BaseQuantity") == "12"
    assert value(line, "cac:InvoicePeriod/cbc:EndDate") == "2020-01-31"
    assert value(root, "cac:LegalMonetaryTotal/cbc:PayableRoundingAmount") == "-0.18"
    assert value(root, "cac:LegalMonetaryTotal/cbc:PayableAmount") == "290873.00"


def test_each_vat_rate_has_its_subtotal() -> None:
    subtotals = etree.fromstring(invoice_xml(SPEC)).findall("cac:TaxTotal/cac:TaxSubtotal", NS)
    found = [(value(s, "cbc:TaxableAmount"), value(s, "cbc:TaxAmount"), value(s, "cac:TaxCategory/cbc:ID"))
             for s in subtotals]  # fmt: skip
    assert found == [("232650.54", "58162.64", "S"), ("60.00", "0.00", "E")]
    assert value(subtotals[1], "cac:TaxCategory/cbc:TaxExemptionReason") == "ML är inte tillämplig"


def test_metering_point_on_document_and_on_line() -> None:
    root = etree.fromstring(invoice_xml(replace(SPEC, lines=(replace(HEAT, metering_point="735999100000000027"),))))
    assert value(root, "cac:AdditionalDocumentReference/cbc:ID") == "735999100000000010"
    assert value(root, "cac:AdditionalDocumentReference/cbc:DocumentTypeCode") == "130"
    assert value(root, "cac:InvoiceLine/cac:DocumentReference/cbc:ID") == "735999100000000027"
    assert value(root, "cac:InvoiceLine/cac:DocumentReference/cbc:DocumentTypeCode") == "130"


def test_credit_note_has_positive_amounts_its_own_words_and_the_invoice_it_credits() -> None:
    root = etree.fromstring(invoice_xml(replace(SPEC, credit_note=True, references_invoice="2020-16")))
    assert etree.QName(root).localname == "CreditNote"
    assert value(root, "cbc:CreditNoteTypeCode") == "381"
    assert value(root, "cac:CreditNoteLine/cbc:CreditedQuantity") == "312.456"
    assert value(root, "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID") == "2020-16"
    assert value(root, "cac:PaymentMeans/cbc:PaymentDueDate") == "2020-03-06"


def test_line_that_is_wrong_on_purpose_keeps_its_amount() -> None:
    assert replace(HEAT, amount=Decimal("1.00")).net == Decimal("1.00")
    assert b'<cbc:LineExtensionAmount currencyID="SEK">1.00<' in invoice_xml(
        replace(SPEC, lines=(replace(HEAT, amount=Decimal("1.00")),))
    )


def test_no_empty_element_and_a_mark_that_it_is_synthetic() -> None:
    bare = replace(SPEC, note="", accounting_cost="", metering_point="", period=None, lines=(replace(HEAT, note=""),))
    written = invoice_xml(bare)
    assert not [e for e in etree.fromstring(written).iter() if len(e) == 0 and not (e.text or "").strip()]
    assert "Syntetisk faktura" in written.decode()


def test_the_same_invoice_gives_the_same_bytes() -> None:
    assert invoice_xml(SPEC) == invoice_xml(replace(SPEC))


def test_text_is_escaped() -> None:
    hostile = replace(SPEC, note='<script>alert("x")</script> & co')
    assert value(etree.fromstring(invoice_xml(hostile)), "cbc:Note") == '<script>alert("x")</script> & co'
