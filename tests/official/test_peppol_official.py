"""Official documents: SFTI's electricity invoices to the öre, the BIS Billing 3 examples, CEN's, and the rule tests.

Sources: OpenPEPPOL/peppol-bis-invoice-3 (examples, rule tests SE), ConnectingEurope/eInvoicing-EN16931 (SFTI's typical
invoices, ubl-tc434-example8, rule tests UBL). Figures below are read from the documents by eye.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from lxml import etree

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources.invoices.peppol import detect, read

File = Callable[[str], bytes]
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
EXAMPLES = {  # name -> lines, document-level charges included
    "Allowance-example": 5, "Vat-category-S": 5, "base-creditnote-correction": 3, "base-example": 3,
    "base-negative-inv-correction": 3, "sales-order-example": 3, "vat-category-E": 1, "vat-category-O": 1,
    "vat-category-Z": 1,
}  # fmt: skip
LINE_COLUMNS = [
    "row_no", "line_id", "item", "component", "quantity", "unit", "price", "base_quantity", "amount_sek", "vat_percent",
    "period_start", "period_end",
]  # fmt: skip
FEBRUARY = (date(2018, 2, 1), date(2018, 2, 28))


def load(real_file: File, path: str) -> Parsed:
    data = real_file(f"peppol/{path}")
    assert detect(data[:4096], path)
    return read(data, path, {})


def rules(result: Parsed) -> list[str]:
    return [finding.rule for finding in result.findings]


def in_sek(real_file: File, name: str) -> Parsed:
    """Return an example as if its currency were SEK, so that its sums can be followed."""
    data = real_file(f"peppol/bis3_examples/{name}.xml")
    if b"<cbc:DocumentCurrencyCode>SEK<" in data:
        return read(data, name, {})
    return read(data.replace(b"SEK", b"NOK").replace(b"EUR", b"SEK").replace(b"GBP", b"SEK"), name, {})


def test_electricity_retail_to_the_ore(real_file: File) -> None:
    result = load(real_file, "BIS_Billing_30-Elhandel.xml")
    assert result.tables["invoices"].to_dicts() == [{
        "row_no": 18, "supplier_id": "5566778899", "supplier": "El-Handlar'n Sverige AB", "customer_id": "9876543210",
        "invoice_no": "8220278", "issue_date": date(2018, 3, 5), "due_date": date(2018, 4, 4), "document_type": "380",
        "currency": "SEK", "metering_point": "731234567890123456", "accounting_cost": "EH, 8144",
        "note": "Elområde 4, områdesID ABC. 98 % grön el (vattenkraft). Beräknad årsförbrukning: 12.628 kWh.",
        "references_invoice": None, "net_sek": 643.99, "vat_sek": 148.5, "rounding_sek": -0.49, "payable_sek": 792.0,
    }]  # fmt: skip
    assert result.tables["invoice_lines"].select(LINE_COLUMNS).rows() == [
        (181, "1", "El-förbrukning", "energy", 1701.0, "kWh", 0.3492, 1.0, 593.99, 25.0, *FEBRUARY),
        (206, "2", "Påminnelseavgift", "other", 1.0, "st", 50.0, 1.0, 50.0, 0.0, *FEBRUARY),
    ]
    assert rules(result) == ["org_number_check"]  # the buyer's made-up number
    assert result.rejects.is_empty()


def test_electricity_grid_to_the_ore(real_file: File) -> None:
    result = load(real_file, "BIS_Billing_30-Elnat.xml")
    invoice = result.tables["invoices"].to_dicts()[0]
    assert (invoice["supplier_id"], invoice["supplier"], invoice["invoice_no"]) == (
        "5678956789",
        "Elnät AB",
        "82202787022",
    )
    assert (invoice["net_sek"], invoice["vat_sek"], invoice["rounding_sek"], invoice["payable_sek"]) == (
        1562.39, 390.60, 0.01, 1953.0,
    )  # fmt: skip
    assert (invoice["metering_point"], invoice["accounting_cost"]) == ("731234567890123456", "EN, 8132")
    lines = result.tables["invoice_lines"]
    assert lines.select(LINE_COLUMNS).rows() == [
        (
            151,
            "1",
            "Abonnemang",
            "fixed",
            90.0,
            "dag",
            1585.0,
            365.0,
            390.82,
            25.0,
            date(2018, 1, 1),
            date(2018, 3, 31),
        ),
        (175, "2", "Elöverföring, tariff 4b", "energy", 1701.0, "kWh", 0.275, 1.0, 467.78, 25.0, *FEBRUARY),
        (199, "3", "Eergiskatt", "tax", 1701.0, "kWh", 0.41375, 1.0, 703.79, 25.0, *FEBRUARY),
    ]
    assert lines["metering_point"].unique().to_list() == ["731234567890123456"]
    assert lines["note"].to_list() == [
        None,
        "Avläsning mätarnr 112233: periodstart 156.361, periodslut 158.062",
        "Kontering: Skatter",
    ]
    assert rules(result) == ["org_number_check"]


@pytest.mark.parametrize(("supplier", "told"), [(b"156.361", False), (b"156.261", True)])
def test_readings_of_the_official_invoice_agree_until_one_is_changed(
    real_file: File, supplier: bytes, told: bool
) -> None:
    data = real_file("peppol/BIS_Billing_30-Elnat.xml").replace(b"156.361", supplier)
    assert ("reading_difference" in rules(read(data, "Elnat", {}))) is told


def test_dutch_grid_invoice_with_kw_lines(real_file: File) -> None:
    result = load(real_file, "ubl-tc434-example8.xml")
    lines = result.tables["invoice_lines"]
    assert lines["unit"].to_list() == ["kWh"] * 2 + ["kW"] * 2 + ["mån"] * 6
    assert lines["component"].to_list() == ["energy"] * 2 + ["demand"] * 2 + ["fixed"] * 6
    assert lines["quantity"].to_list()[:4] == [16000.0, 16000.0, 132.0, 58.0]
    assert lines["base_quantity"].to_list()[:6] == [1.0, 1.0, 12.0, 1.0, 12.0, 12.0]
    assert lines["amount_sek"].null_count() == 10  # euro is never taken as SEK
    assert Counter(rules(result)) == {"unit_kw": 2, "currency": 1}
    assert [f.row_no for f in result.findings if f.rule == "unit_kw"] == [194, 229]
    assert result.tables["invoices"]["metering_point"].to_list() == [None]  # its EAN has no type code


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_bis_example_loads_and_adds_up(real_file: File, name: str) -> None:
    result = load(real_file, f"bis3_examples/{name}.xml")
    assert (result.rows_in, result.rejects.height) == (EXAMPLES[name], 0)
    summed = in_sek(real_file, name)
    assert not {"line_amount", "header_sum", "payable_sum", "header_amount"} & set(rules(summed))
    net = summed.tables["invoices"]["net_sek"].item()
    assert summed.tables["invoice_lines"]["amount_sek"].sum() == pytest.approx(net, abs=0.005)


def test_the_three_ways_to_credit_have_one_sign(real_file: File) -> None:
    paid, note, negative = (
        in_sek(real_file, name).tables
        for name in ("base-example", "base-creditnote-correction", "base-negative-inv-correction")
    )
    assert paid["invoices"]["net_sek"].item() == 1325.0
    for credited in (note, negative):
        assert credited["invoices"]["net_sek"].item() == -1325.0
        assert credited["invoices"]["vat_sek"].item() == -331.25
        assert credited["invoices"]["payable_sek"].item() == -1656.25
        assert credited["invoice_lines"]["amount_sek"].to_list() == [-2800.0, 1500.0, -25.0]
        assert credited["invoice_lines"]["quantity"].to_list() == [-7.0, 3.0, None]
        assert credited["invoices"]["references_invoice"].item() == "Snippet1"


def test_second_tax_total_in_another_currency_is_not_the_vat(real_file: File) -> None:
    invoice = in_sek(real_file, "Allowance-example").tables["invoices"].to_dicts()[0]
    assert (invoice["net_sek"], invoice["vat_sek"], invoice["payable_sek"]) == (5900.0, 1225.0, 6125.0)
    assert invoice["metering_point"] == "DR35141"


def embedded(archive: bytes) -> Iterator[tuple[str, etree._Element]]:
    """Yield (file, document) for every Invoice and CreditNote in zipped rule tests; most are fragments."""
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        for name in sorted(n for n in files.namelist() if n.endswith(".xml")):
            for test in etree.fromstring(files.read(name)).iter("{*}test"):
                for kind in ("Invoice", "CreditNote"):
                    for document in test.findall(f"{{{UBL}{kind}-2}}{kind}"):
                        yield name, document


def with_key(document: etree._Element) -> bytes:
    """Return the document with the number, date and seller that a fragment lacks, so that the rest of it is read."""
    seller = etree.Element(f"{{{UBL}CommonAggregateComponents-2}}AccountingSupplierParty")
    party = etree.SubElement(seller, f"{{{UBL}CommonAggregateComponents-2}}Party")
    endpoint = etree.SubElement(party, f"{{{UBL}CommonBasicComponents-2}}EndpointID", schemeID="0007")
    endpoint.text = "5599999991"
    document.insert(0, seller)
    for name, value in (("IssueDate", "2020-02-05"), ("ID", "1")):
        element = etree.Element(f"{{{UBL}CommonBasicComponents-2}}{name}")
        element.text = value
        document.insert(0, element)
    return etree.tostring(document)


@pytest.mark.parametrize(
    ("archive", "documents", "complete"), [("en16931_ubl.zip", 1131, 0), ("peppol_ubl_se.zip", 48, 35)]
)
def test_every_document_of_the_rule_tests_is_read_or_refused_plainly(
    real_file: File, archive: str, documents: int, complete: int
) -> None:
    counts: Counter[str] = Counter()
    for name, document in embedded(real_file(f"peppol/rule_tests/{archive}")):
        try:
            counts["complete"] += read(etree.tostring(document), name, {"rules": []}).source == "peppol"
        except SourceError as error:
            assert str(error).startswith(name)
        result = read(with_key(document), name, {"rules": []})
        lines = document.findall(f"{{{UBL}CommonAggregateComponents-2}}InvoiceLine")
        lines += document.findall(f"{{{UBL}CommonAggregateComponents-2}}CreditNoteLine")
        charges = document.findall(f"{{{UBL}CommonAggregateComponents-2}}AllowanceCharge")
        assert result.rows_in == len(lines) + len(charges)
        counts["documents"] += 1
    assert (counts["documents"], counts["complete"]) == (documents, complete)
