"""Svefaktura 1.0: signs, sums, free-text units, metering points and periods, envelopes, rejects and hostile files."""

from __future__ import annotations

import base64
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from energy.errors import SourceError
from energy.model import REJECTS, TABLES, Finding, Parsed
from energy.sources.invoices import svefaktura
from energy.sources.invoices.svefaktura_texts import metering_points, period_of, unit_of

POINT = "735999100000000010"


def line(
    number: str, item: str, quantity: str, unit: str, price: str, amount: str, note: str = "", vat: str = "25"
) -> str:
    counted = f'<cbc:InvoicedQuantity quantityUnitCode="{unit}">{quantity}</cbc:InvoicedQuantity>' if quantity else ""
    priced = f'<cac:BasePrice><cbc:PriceAmount amountCurrencyID="SEK">{price}</cbc:PriceAmount></cac:BasePrice>'
    return f"""
<cac:InvoiceLine>
 <cac:ID>{number}</cac:ID>{counted}
 <cbc:LineExtensionAmount amountCurrencyID="SEK">{amount}</cbc:LineExtensionAmount>
 {f"<cbc:Note>{note}</cbc:Note>" if note else ""}
 <cac:Item><cbc:Description>{item}</cbc:Description>
  <cac:TaxCategory><cac:ID>S</cac:ID><cbc:Percent>{vat}</cbc:Percent>
   <cac:TaxScheme><cac:ID>VAT</cac:ID></cac:TaxScheme></cac:TaxCategory>{priced if price else ""}</cac:Item>
</cac:InvoiceLine>"""


def party(role: str, name: str, number: str) -> str:
    return f"""<cac:{role}><cac:Party>
 <cac:PartyIdentification><cac:ID identificationSchemeAgencyID="9">7365565626575</cac:ID></cac:PartyIdentification>
 <cac:PartyName><cbc:Name>{name}</cbc:Name></cac:PartyName>
 <cac:PartyTaxScheme><cac:CompanyID>SE{number}01</cac:CompanyID>
  <cac:TaxScheme><cac:ID>VAT</cac:ID></cac:TaxScheme></cac:PartyTaxScheme>
 <cac:PartyTaxScheme><cac:CompanyID>{number[:6]}-{number[6:]}</cac:CompanyID>
  <cac:TaxScheme><cac:ID>SWT</cac:ID></cac:TaxScheme></cac:PartyTaxScheme>
</cac:Party></cac:{role}>"""


LINES = (
    line("1", "Energi", "312.456", "MWh", "561.50", "175444.04"),
    line("2", "Flöde", "6120", "kubikmeter", "5.15", "31518.00"),
    line("3", "Fast avgift januari", "", "", "", "1000.00"),
)
INVOICE = f"""<Invoice xmlns="urn:sfti:documents:BasicInvoice:1:0" xmlns:cac="urn:sfti:CommonAggregateComponents:1:0"
 xmlns:cbc="urn:oasis:names:tc:ubl:CommonBasicComponents:1:0">
<ID>2020-17</ID>
<cbc:IssueDate>2020-02-05</cbc:IssueDate>
<InvoiceTypeCode>380</InvoiceTypeCode>
<cbc:Note>Syntetisk</cbc:Note>
<InvoiceCurrencyCode>SEK</InvoiceCurrencyCode>
<AdditionalDocumentReference><cac:ID identificationSchemeID="CT">avtal 7</cac:ID></AdditionalDocumentReference>
<AdditionalDocumentReference><cac:ID>{POINT}</cac:ID></AdditionalDocumentReference>
{party("BuyerParty", "Syntetisk kommun", "2129999997")}
{party("SellerParty", "Värme &amp; Kyla AB", "5599999991")}
<cac:PaymentMeans><cbc:DuePaymentDate>2020-03-06</cbc:DuePaymentDate></cac:PaymentMeans>
<cac:TaxTotal><cbc:TotalTaxAmount amountCurrencyID="SEK">51990.51</cbc:TotalTaxAmount>
 <cac:TaxSubTotal><cbc:TaxableAmount amountCurrencyID="SEK">207962.04</cbc:TaxableAmount>
  <cbc:TaxAmount amountCurrencyID="SEK">51990.51</cbc:TaxAmount>
  <cac:TaxCategory><cac:ID>S</cac:ID><cbc:Percent>25</cbc:Percent></cac:TaxCategory></cac:TaxSubTotal></cac:TaxTotal>
<cac:LegalTotal>
 <cbc:LineExtensionTotalAmount amountCurrencyID="SEK">207962.04</cbc:LineExtensionTotalAmount>
 <cbc:TaxExclusiveTotalAmount amountCurrencyID="SEK">207962.04</cbc:TaxExclusiveTotalAmount>
 <cbc:TaxInclusiveTotalAmount amountCurrencyID="SEK">259953.00</cbc:TaxInclusiveTotalAmount>
 <cac:RoundOffAmount amountCurrencyID="SEK">0.45</cac:RoundOffAmount>
</cac:LegalTotal>
{"".join(LINES)}
<InvoicingPeriod><cbc:StartDateTime>2020-01-01T00:00:00</cbc:StartDateTime>
 <cbc:EndDateTime>2020-01-31T00:00:00</cbc:EndDateTime></InvoicingPeriod>
</Invoice>"""


def read(xml: str | bytes, **options: object) -> Parsed:
    parsed = svefaktura.read(xml.encode() if isinstance(xml, str) else xml, "faktura.xml", options)
    assert parsed.rows_in == parsed.tables["invoice_lines"].height + parsed.rejects.height
    assert {n: list(t.columns) for n, t in parsed.tables.items()} == {n: list(TABLES[n]) for n in parsed.tables}
    assert list(parsed.rejects.columns) == list(REJECTS)
    return parsed


def changed(*pairs: tuple[str, str]) -> Parsed:
    xml = INVOICE
    for old, new in pairs:
        assert old in xml
        xml = xml.replace(old, new)
    return read(xml)


def rules(parsed: Parsed) -> list[str]:
    return [f.rule for f in parsed.findings]


def found(parsed: Parsed, rule: str) -> Finding:
    return next(f for f in parsed.findings if f.rule == rule)


def column(parsed: Parsed, name: str, table: str = "invoice_lines") -> list[object]:
    return parsed.tables[table][name].to_list()


def test_head_and_lines_of_a_plain_invoice() -> None:
    parsed = read(INVOICE)
    assert (parsed.source, parsed.encoding, parsed.issued_at, parsed.findings) == (
        "svefaktura",
        "utf-8",
        "2020-02-05",
        (),
    )
    assert parsed.tables["invoices"].to_dicts() == [{
        "row_no": 2, "supplier_id": "5599999991", "supplier": "Värme & Kyla AB", "customer_id": "2129999997",
        "invoice_no": "2020-17", "issue_date": date(2020, 2, 5), "due_date": date(2020, 3, 6), "document_type": "380",
        "currency": "SEK", "metering_point": POINT, "accounting_cost": None, "note": "Syntetisk",
        "references_invoice": None, "net_sek": 207962.04, "vat_sek": 51990.51, "rounding_sek": 0.45,
        "payable_sek": 259953.0,
    }]  # fmt: skip
    told = parsed.tables["invoice_lines"].select(
        "line_id", "metering_point", "item", "component", "quantity", "unit", "price", "amount_sek", "vat_percent",
        "period_start", "period_end",
    )  # fmt: skip
    january = (date(2020, 1, 1), date(2020, 1, 31))
    assert told.rows() == [
        ("1", POINT, "Energi", "energy", 312.456, "MWh", 561.5, 175444.04, 25.0, *january),
        ("2", POINT, "Flöde", "flow", 6120.0, "m3", 5.15, 31518.0, 25.0, *january),
        ("3", POINT, "Fast avgift januari", "fixed", None, None, None, 1000.0, 25.0, *january),
    ]


def test_a_credit_note_turns_every_sign() -> None:
    reference = "<InitialInvoiceDocumentReference><cac:ID>2020-01</cac:ID></InitialInvoiceDocumentReference>"
    parsed = changed(
        ("<InvoiceTypeCode>380", "<InvoiceTypeCode>381"), ("<InvoicingPeriod>", reference + "<InvoicingPeriod>")
    )
    assert column(parsed, "amount_sek") == [-175444.04, -31518.0, -1000.0]
    assert column(parsed, "quantity") == [-312.456, -6120.0, None]
    head = parsed.tables["invoices"].select("net_sek", "vat_sek", "rounding_sek", "payable_sek", "references_invoice")
    assert head.row(0) == (-207962.04, -51990.51, -0.45, -259953.0, "2020-01")
    assert parsed.findings == ()


def test_a_credit_note_with_negative_amounts_is_told() -> None:
    parsed = changed(("<InvoiceTypeCode>380", "<InvoiceTypeCode>381"), (">259953.00", ">-259953.00"))
    assert "läses därför som en debitering" in found(parsed, "credit_sign").message


@pytest.mark.parametrize(
    ("pair", "rule", "amount"),
    [
        (('ExclusiveTotalAmount amountCurrencyID="SEK">207962', "ExclusiveTotalAmount>207963"), "header_sum", 1.0),
        ((">259953.00", ">259954.00"), "payable_sum", 1.0),
        ((">31518.00", ">31518.10"), "line_amount", 0.1),
        (('<cbc:TaxAmount amountCurrencyID="SEK">51990.51', "<cbc:TaxAmount>41990.51"), "vat_sum", 10000.0),
        (('TaxableAmount amountCurrencyID="SEK">207962.04', "TaxableAmount>207900"), "vat_rate", 15.51),
    ],
)  # fmt: skip
def test_sums_that_do_not_hold_are_told_to_the_ore(pair: tuple[str, str], rule: str, amount: float) -> None:
    assert found(changed(pair), rule).amount_sek == pytest.approx(amount, abs=0.001)


def test_a_net_that_is_left_out_follows_from_the_total() -> None:
    start = INVOICE.index("<cbc:TaxExclusiveTotalAmount")
    parsed = read(INVOICE[:start] + INVOICE[INVOICE.index("<cbc:TaxInclusive") :])
    assert column(parsed, "net_sek", "invoices") == [207962.04]
    assert parsed.findings == ()


def test_charges_and_allowances_become_rows() -> None:
    charges = "".join(
        f'<AllowanceCharge><cbc:ChargeIndicator>{sign}</cbc:ChargeIndicator>{reason}'
        f'<cbc:Amount amountCurrencyID="SEK">{amount}</cbc:Amount></AllowanceCharge>'
        for sign, reason, amount in (
            ("1", '<cac:ReasonCode name="Faktureringsavgift">ZZZ</cac:ReasonCode>', "50"), ("false", "", "150"),
            ("kanske", "", "1"),
        )
    )  # fmt: skip
    parsed = changed(("<cac:TaxTotal>", charges + "<cac:TaxTotal>"))
    assert parsed.tables["invoice_lines"].tail(2).select("line_id", "item", "component", "amount_sek").rows() == [
        ("avgift-1", "Faktureringsavgift", "other", 50.0), ("avdrag-2", "Avdrag", "other", -150.0),
    ]  # fmt: skip
    assert parsed.rejects["rule"].to_list() == ["charge_indicator"]
    assert found(parsed, "header_sum").amount_sek == 100.0


@pytest.mark.parametrize(
    ("text", "unit", "known"),
    [
        ("kWh", "kWh", True), ("KWH", "kWh", True), ("kwh", "kWh", True), ("Kilowattimmar", "kWh", True),
        ("MWh", "MWh", True), ("MWH", "MWh", True), ("Mwh", "MWh", True), ("mwh", "mwh", False), ("mWh", "mWh", False),
        ("kw", "kW", True), ("mW", "mW", False), ("M3", "m3", True), ("MTQ", "m3", True), ("liter", "l", True),
        ("st", "st", True), ("Styck", "st", True), ("PCE", "st", True), ("DAY", "dag", True), ("mån.", "mån", True),
        ("", "", False), ("lådor", "lådor", False),
    ],
)  # fmt: skip
def test_units_in_free_text(text: str, unit: str, known: bool) -> None:
    assert unit_of(text) == (unit, known)


def test_an_unknown_unit_is_kept_and_told() -> None:
    parsed = changed(('quantityUnitCode="kubikmeter"', 'quantityUnitCode="hinkar"'))
    assert column(parsed, "unit") == ["MWh", "hinkar", None]
    assert found(parsed, "unknown_unit").level == "info"


@pytest.mark.parametrize(
    ("text", "points"),
    [
        (f"Anläggnings-id: {POINT}", (POINT,)), ("anläggning 735 999 100 000 000 010.", (POINT,)),
        ("Anläggningsnr: 4711 mätare 99", ("4711",)), ("Anl.id: 12345", ("12345",)), ("mätpunkt=778899", ("778899",)),
        ("7365565626575", ()), (f"1{POINT}", ()), ("tel 073-5999100", ()), (f"{POINT} {POINT}", (POINT,)),
    ],
)  # fmt: skip
def test_metering_points_in_free_text(text: str, points: tuple[str, ...]) -> None:
    assert metering_points([text]) == points


def test_where_the_metering_point_comes_from() -> None:
    bare = (f"<AdditionalDocumentReference><cac:ID>{POINT}</cac:ID></AdditionalDocumentReference>", "")
    missing = changed(bare)
    assert column(missing, "metering_point") == [None] * 3
    assert found(missing, "metering_point_missing").level == "info"
    noted = changed(bare, (">Syntetisk<", f">Anläggnings-id {POINT}<"))
    assert column(noted, "metering_point", "invoices") == [POINT]
    assert found(noted, "metering_point_from_text").level == "info"
    other = "735999100000000027"
    several = changed(
        (">avtal 7<", f">{other}<"), (">Flöde<", f">Flöde {other}<"), (">Energi<", f">Energi {other} {POINT}<")
    )
    assert column(several, "metering_point") == [None, other, None]
    assert rules(several).count("metering_points") == 2


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2024-01-01 - 2024-01-31", (date(2024, 1, 1), date(2024, 1, 31))),
        ("Period 20240101–20240131, ruta 3", (date(2024, 1, 1), date(2024, 1, 31))),
        ("2024-01-01 t.o.m. 2024-01-31", (date(2024, 1, 1), date(2024, 1, 31))),
        ("2024-01-01 till och med 2024-01-31", (date(2024, 1, 1), date(2024, 1, 31))),
        ("2024-02-31 - 2024-03-31", None), ("2024-03-31 - 2024-01-01", None), ("2024-01-31", None),
        ("2024-01-01 - 2024-01-31 och 2024-02-01 - 2024-02-29", None),
    ],
)  # fmt: skip
def test_periods_in_free_text(text: str, days: tuple[date, date] | None) -> None:
    assert period_of(text) == days


def test_periods_of_the_invoice_and_of_its_lines() -> None:
    own = changed((">Flöde<", ">Flöde 2019-12-01 - 2019-12-31<"))
    assert column(own, "period_start") == [date(2020, 1, 1), date(2019, 12, 1), date(2020, 1, 1)]
    assert found(own, "period_from_text").level == "info"
    half_open = changed(("2020-01-31T00:00:00", "2020-02-01T00:00:00"))
    assert column(half_open, "period_end") == [date(2020, 1, 31)] * 3
    assert rules(half_open) == ["half_open_period"]
    bare = INVOICE[: INVOICE.index("<InvoicingPeriod>")] + "</Invoice>"
    assert "period_missing" in rules(read(bare))
    noted = read(bare.replace(">Syntetisk<", ">Avser 2020-01-01 - 2020-01-31<"))
    assert column(noted, "period_end") == [date(2020, 1, 31)] * 3
    for wrong, rule in (("2019-12-31T00:00:00", "period_reversed"), ("i januari", "header_date")):
        broken = changed(("2020-01-31T00:00:00", wrong))
        assert column(broken, "period_end") == [None] * 3
        assert rule in rules(broken)


def test_readings_in_the_text_are_checked_against_the_quantity() -> None:
    text = ">Energi, periodstart 156.361, periodslut 158.062 kWh<"
    good = changed((">Energi<", text), (">312.456<", ">1701<"), ('"MWh"', '"kWh"'))
    assert "reading_difference" not in rules(good)
    assert "reading_difference" in rules(changed((">Energi<", text), (">312.456<", ">1600<"), ('"MWh"', '"kWh"')))


def test_another_currency_and_house_rules() -> None:
    parsed = read(INVOICE.replace("SEK", "EUR"))
    assert column(parsed, "amount_sek") == [None] * 3
    assert "currency" in rules(parsed)
    ruled = read(INVOICE, lines=[{"contains": "flöde", "component": "tax"}])
    assert column(ruled, "component") == ["energy", "tax", "fixed"]
    with pytest.raises(SourceError, match="okänd inställning"):
        svefaktura.check({"rader": 1}, "x")
    with pytest.raises(SourceError, match="component"):
        svefaktura.check({"lines": [{"contains": "a", "component": "b"}]}, "x")


def test_the_same_line_id_twice_hides_no_line() -> None:
    parsed = changed(("<cac:ID>2</cac:ID>", "<cac:ID>1</cac:ID>"), ("<cac:ID>3</cac:ID>", "<cac:ID>1</cac:ID>"))
    assert column(parsed, "line_id") == ["1", "1 (2)", "1 (3)"]
    assert rules(parsed) == ["line_id_duplicate"] * 2


ENVELOPE = (
    '<ObjectEnvelope xmlns="urn:sfti:documents:ObjectEnvelope:1:0">'
    "<EncodedObject><ObjectID>1</ObjectID>{}</EncodedObject></ObjectEnvelope>"
)
HEADER = (
    '<StandardBusinessDocument xmlns="urn:sfti:documents:StandardBusinessDocumentHeader">{}</StandardBusinessDocument>'
)


def test_the_invoice_is_found_in_its_envelope() -> None:
    attachment = ENVELOPE.format("<EncodedData>JVBERi0xLjQ=</EncodedData>")
    assert read(HEADER.format(INVOICE + attachment)).rows_in == 3
    encoded = base64.b64encode(INVOICE.encode()).decode()
    parsed = read(ENVELOPE.format(f"<EncodedData>\n{encoded}\n</EncodedData>"))
    assert column(parsed, "invoice_no", "invoices") == ["2020-17"]
    assert rules(parsed) == ["invoice_unwrapped"]


def test_a_list_of_invoices() -> None:
    parsed = read(
        f"<Invoices>{INVOICE}{INVOICE.replace('2020-17', '2020-18').replace('2020-02-05', '2020-02-06')}</Invoices>"
    )
    assert column(parsed, "invoice_no", "invoices") == ["2020-17", "2020-18"]
    assert (parsed.rows_in, parsed.issued_at, rules(parsed)) == (6, "2020-02-06", ["several_invoices"])


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (">31518.00<", ">31 518,00<", "number"), (">31518.00<", ">NaN<", "number"), (">31518.00<", "><", "number"),
        (">6120<", ">6e3<", "number"), ("<cac:ID>2</cac:ID>", "", "line_id_missing"), (">5.15<", ">5,15<", "number"),
        ('<cbc:LineExtensionAmount amountCurrencyID="SEK">31518.00</cbc:LineExtensionAmount>', "", "amount_missing"),
        ('"SEK">31518.00', '"EUR">31518.00', "line_currency"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_read_is_refused_and_the_others_load(old: str, new: str, rule: str) -> None:
    parsed = changed((old, new))
    assert parsed.rejects["rule"].to_list() == [rule]
    assert column(parsed, "line_id") == ["1", "3"]
    assert "1 rad kunde inte läsas" in found(parsed, "header_sum").message


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        (INVOICE.replace("<ID>2020-17</ID>", ""), "saknar fakturanummer"),
        (INVOICE.replace(">380<", ">82<"), "varken 380"),
        (INVOICE.replace("<InvoiceTypeCode>380</InvoiceTypeCode>", ""), "saknar fakturatyp"),
        (INVOICE.replace(">2020-02-05<", ">5/2<"), "Fakturadatum"),
        (INVOICE.replace("SellerParty", "Other"), "saknar säljare"),
        (INVOICE[:900], "välformad"),
        (INVOICE.replace("BasicInvoice:1:0", "BasicInvoice:2:0"), "ingen Svefaktura"),
        (ENVELOPE.format("<EncodedData>JVBERi0xLjQ=</EncodedData>"), "ingen Svefaktura"),
        ('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + INVOICE, "DOCTYPE"),
        ("<a>" * 100_000, "välformad|element i varandra"), ("", "tom"), ("\0\0", "välformad"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(xml: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read(xml)


def test_an_encoded_invoice_is_read_as_carefully() -> None:
    evil = '<!DOCTYPE a [<!ENTITY b "c">]><Invoice xmlns="urn:sfti:documents:BasicInvoice:1:0">&b;</Invoice>'
    with pytest.raises(SourceError, match="DOCTYPE"):
        read(ENVELOPE.format(f"<EncodedData>{base64.b64encode(evil.encode()).decode()}</EncodedData>"))


WHOLE = INVOICE.encode()


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(0, len(WHOLE)), st.integers(0, 60), st.binary(max_size=20) | st.sampled_from([b"<a/>", b"&#0;", b"-1"])
)
def test_a_mutated_invoice_is_read_or_refused(start: int, length: int, piece: bytes) -> None:
    try:
        parsed = read(WHOLE[:start] + piece + WHOLE[start + length :])
    except SourceError:
        return
    assert parsed.rejects.select("row_no", "rule", "message", "original").null_count().row(0) == (0, 0, 0, 0)
