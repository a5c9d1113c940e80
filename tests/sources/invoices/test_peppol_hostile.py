"""Hostile and broken invoices: every bad line is a reject, every bad file a SourceError, nothing is expanded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from energy.demo.invoices import InvoiceSpec, LineSpec, PartySpec, invoice_xml
from energy.errors import SourceError
from energy.model import Parsed
from energy.sources.invoices.peppol import detect, read

JANUARY = (date(2020, 1, 1), date(2020, 1, 31))
HEAT = LineSpec("Energi vinter", Decimal("312.456"), "MWH", Decimal("561.5"), JANUARY)
SPEC = InvoiceSpec(
    number="2020-17", issue_date=date(2020, 2, 5), due_date=date(2020, 3, 6),
    supplier=PartySpec("Värme & Kyla AB", "5599999991"), customer=PartySpec("Syntetisk kommun", "2129999997"),
    lines=(
        LineSpec("Abonnemang", Decimal(31), "DAY", Decimal(1585), JANUARY, base_quantity=Decimal(365)),
        HEAT,
        LineSpec("Flödesavgift", Decimal(6120), "MTQ", Decimal("5.15"), JANUARY),
    ),
    metering_point="735999100000000010", note="Syntetisk",
)  # fmt: skip
VALID = invoice_xml(SPEC)


def parsed(data: bytes, rules: tuple[str, ...] = ()) -> Parsed:
    """Return what the reader itself makes of a file; tests/sources/test_invoice_rules.py adds the official layers."""
    return read(data, "faktura.xml", {"rules": rules})


def column(result: Parsed, name: str, table: str = "invoice_lines") -> list[object]:
    return result.tables[table][name].to_list()


def rules(result: Parsed) -> list[str]:
    return [finding.rule for finding in result.findings]


def charge(indicator: str, amount: str) -> bytes:
    return (
        f"<cac:AllowanceCharge><cbc:ChargeIndicator>{indicator}</cbc:ChargeIndicator>"
        f"<cbc:Amount>{amount}</cbc:Amount></cac:AllowanceCharge>"
    ).encode()


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"175444.04<", b"175444,04<", "number"),
        (b"175444.04<", b"1e5<", "number"),
        (b"175444.04<", b"NaN<", "number"),
        (b"175444.04<", b"<", "number"),
        (b"175444.04<", b"9" * 29 + b"<", "number"),
        (b">312.456<", b">312.<x/>456<", "number"),
        (b">561.5<", b">561.5 kr<", "number"),
        (b">2020-01-31<", b">2020-02-30<", "date"),
        (b">2020-01-31<", b">31/1 2020<", "date"),
        (b">2020-01-31<", b">20200131<", "date"),
        (b'"SEK">175444.04', b'"EUR">175444.04', "line_currency"),
        (b"<cbc:ID>2</cbc:ID>", b"", "line_id_missing"),
        (b'<cbc:LineExtensionAmount currencyID="SEK">175444.04</cbc:LineExtensionAmount>', b"", "amount_missing"),
        (b"<cac:Price>", b"<cbc:LineExtensionAmount>1</cbc:LineExtensionAmount><cac:Price>", "repeated"),
        (b"<cac:Item>", charge("kanske", "1") + b"<cac:Item>", "charge_indicator"),
        (b"<cac:Item>", charge("true", "ett") + b"<cac:Item>", "number"),
    ],
)
def test_line_that_cannot_be_read_is_rejected_and_the_others_load(old: bytes, new: bytes, rule: str) -> None:
    head, first, second = VALID.partition(b"<cac:InvoiceLine>")[0], *VALID.split(b"<cac:InvoiceLine>")[1:3]
    third = VALID.split(b"<cac:InvoiceLine>")[3]
    broken = b"<cac:InvoiceLine>".join([head, first, second.replace(old, new, 1), third])
    result = parsed(broken)
    assert broken != VALID
    assert column(result, "line_id") == ["1", "3"]
    assert result.rows_in == 3
    reject = result.rejects.to_dicts()[0]
    assert reject["rule"] == rule
    assert "<cac:InvoiceLine>" in broken.decode().splitlines()[reject["row_no"] - 1]
    assert reject["original"].startswith("<cac:InvoiceLine>")
    assert "1 rad kunde inte läsas" in next(f.message for f in result.findings if f.rule == "header_sum")


def test_credit_line_in_an_invoice_is_rejected_not_lost() -> None:
    result = parsed(VALID.replace(b"InvoiceLine>", b"CreditNoteLine>"))
    assert (column(result, "line_id"), result.rejects["rule"].to_list()) == ([], ["line_kind"] * 3)


def test_original_of_a_reject_is_shortened() -> None:
    data = invoice_xml(replace(SPEC, lines=(replace(HEAT, note="x" * 5000),))).replace(b"175444.04<", b"?<")
    original = parsed(data).rejects["original"][0]
    assert len(original) < 700
    assert original.endswith(" …")


@pytest.mark.parametrize(
    ("second", "third", "expected"),
    [("1", "3", ["1", "1 (2)", "3"]), ("1", "1", ["1", "1 (2)", "1 (3)"]), ("1", "1 (2)", ["1", "1 (2)", "1 (2) (2)"])],
)
def test_lines_with_the_same_id_all_load(second: str, third: str, expected: list[str]) -> None:
    data = VALID.replace(b"<cbc:ID>2</cbc:ID>", f"<cbc:ID>{second}</cbc:ID>".encode())
    result = parsed(data.replace(b"<cbc:ID>3</cbc:ID>", f"<cbc:ID>{third}</cbc:ID>".encode()))
    assert column(result, "line_id") == expected
    assert set(rules(result)) == {"line_id_duplicate"}


def test_base_quantity_of_zero_is_a_finding() -> None:
    data = VALID.replace(b">365</cbc:BaseQuantity>", b">0</cbc:BaseQuantity>")
    assert rules(parsed(data)) == ["line_amount"]


def test_comments_inside_a_number_do_not_cut_it() -> None:
    assert column(parsed(VALID.replace(b">6120<", b">61<!-- x -->20<")), "quantity")[2] == 6120.0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_encodings_by_declaration(encoding: str) -> None:
    data = VALID.decode().replace("UTF-8", encoding.upper(), 1).encode(encoding)
    assert column(parsed(data), "supplier", "invoices") == ["Värme & Kyla AB"]
    assert detect(data[:4096], "faktura.xml")


def test_detect_by_namespace_only() -> None:
    assert detect(VALID[:4096], "vad_som_helst.txt")
    assert detect(invoice_xml(replace(SPEC, credit_note=True))[:4096], "x.xml")
    for head in (b"", b"\xff\xfe\x00", b"<?xml version='1.0'?><Svefaktura/>", b"Datum;kWh", bytes(range(256))):
        assert not detect(head, "faktura.xml")


XXE = b'<!DOCTYPE Invoice [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
LAUGHS = (
    b'<!DOCTYPE Invoice [<!ENTITY a "ha">' + b"".join(
        f'<!ENTITY {"abcdefghij"[n + 1]} "{"&" + "abcdefghij"[n] + ";"}{"&" + "abcdefghij"[n] + ";"}">'.encode()
        for n in range(9)
    ) + b"]>"
)  # fmt: skip


@pytest.mark.parametrize(
    "doctype", [XXE, LAUGHS, b'<!DOCTYPE Invoice SYSTEM "http://127.0.0.1/x.dtd">', b"<!DOCTYPE Invoice>"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_doctype_is_refused_before_anything_is_expanded(doctype: bytes, encoding: str) -> None:
    body = VALID.replace(b"<Invoice ", doctype + b"<Invoice ", 1).replace(b">Syntetisk<", b">&x;&j;<")
    data = body.decode().replace("UTF-8", encoding.upper(), 1).encode(encoding)
    with pytest.raises(SourceError, match="DOCTYPE") as error:
        parsed(data)
    assert "faktura.xml" in str(error.value)
    assert "root:" not in str(error.value)


def test_the_word_doctype_in_a_comment_or_note_is_no_doctype() -> None:
    assert parsed(VALID.replace(b"<Invoice ", b"<!-- <!DOCTYPE x> --><Invoice ", 1)).rows_in == 3
    assert parsed(VALID.replace(b">Syntetisk<", b"><![CDATA[<!DOCTYPE x>]]><")).rows_in == 3


def test_truncated_file_tells_the_line() -> None:
    cut = VALID[: len(VALID) // 2]
    with pytest.raises(SourceError, match=rf"rad {len(cut.splitlines())}\)"):
        parsed(cut)


NO_INVOICE = [
    b"", b" ", b"\x00", b"PK\x03\x04", b"<", b"a;b;c", b"\xff\xfe", b"<a>&unknown;</a>", b"<a>" * 5000 + b"</a>" * 5000,
    b"<?xml version='1.0' encoding='utf-7'?><a/>", b"<?xml version='1.0' encoding='nope'?><a/>",
]  # fmt: skip


@pytest.mark.parametrize("data", NO_INVOICE, ids=range(len(NO_INVOICE)))
def test_what_is_no_such_document_is_a_source_error(data: bytes) -> None:
    with pytest.raises(SourceError, match=r"faktura\.xml"):
        parsed(data)


def test_other_root_is_named() -> None:
    with pytest.raises(SourceError, match="«BasicInvoice»"):
        parsed(b'<BasicInvoice xmlns="urn:sfti:documents:BasicInvoice:1:0"/>')
    with pytest.raises(SourceError, match="«Invoice»"):
        parsed(b"<Invoice/>")


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        (b"<cbc:ID>2020-17</cbc:ID>", b"", "fakturanummer"),
        (b"<cbc:IssueDate>2020-02-05</cbc:IssueDate>", b"", "fakturadatum"),
        (b"<cbc:IssueDate>2020-02-05", b"<cbc:IssueDate>2020-13-05", "2020-13-05"),
        (b"AccountingSupplierParty", b"SomebodyParty", "säljare"),
    ],
)
def test_invoice_without_its_key_is_a_source_error(old: bytes, new: bytes, missing: str) -> None:
    with pytest.raises(SourceError, match=missing):
        parsed(VALID.replace(old, new))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.integers(0, 255)), max_size=4), st.integers(0, len(VALID)))
def test_mutated_bytes_give_rows_or_a_source_error(changes: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(VALID)
    for position, byte in changes:
        data[position] = byte
    for candidate in (bytes(data), bytes(data[:cut])):
        try:
            result = parsed(candidate)
        except SourceError:
            continue
        assert result.rows_in <= 3


FIELDS = [b">312.456<", b">561.5<", b">2020-01-31<", b">MWH<", b">Syntetisk<", b">25<", b">2020-17<", b">SEK<"]
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="<&\ufffe\uffff"), max_size=40)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(FIELDS), TEXTS)
def test_any_text_in_a_field_keeps_the_count_of_rows(field: bytes, text: str) -> None:
    try:
        result = parsed(VALID.replace(field, f">{text}<".encode()))
    except SourceError:
        assert field == b">2020-17<"
    else:
        assert result.rows_in == 3
