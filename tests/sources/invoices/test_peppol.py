"""The reader of Peppol invoices: signs, sums, periods, units, readings, rejects, and hostile files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from energy.demo.invoices import InvoiceSpec, LineSpec, PartySpec, invoice_xml
from energy.errors import SourceError
from energy.model import REJECTS, TABLES, Finding, Parsed
from energy.sources.invoices.invoice_checks import luhn_ok, sv
from energy.sources.invoices.peppol import NAME, VERSION, read

JANUARY = (date(2020, 1, 1), date(2020, 1, 31))
POINT = "735999100000000010"
FIXED = LineSpec("Abonnemang", Decimal(31), "DAY", Decimal(1585), JANUARY, base_quantity=Decimal(365))
HEAT = LineSpec("Energi vinter", Decimal("312.456"), "MWH", Decimal("561.5"), JANUARY)
FLOW = LineSpec("Flödesavgift", Decimal(6120), "MTQ", Decimal("5.15"), JANUARY, metering_point="735999100000000027")
SPEC = InvoiceSpec(
    number="2020-17", issue_date=date(2020, 2, 5), due_date=date(2020, 3, 6),
    supplier=PartySpec("Värme & Kyla AB", "5599999991"), customer=PartySpec("Syntetisk kommun", "2129999997"),
    lines=(FIXED, HEAT, FLOW), metering_point=POINT, note="Syntetisk", accounting_cost="8132",
)  # fmt: skip
VALID = invoice_xml(SPEC)


def parsed(data: bytes, **options: object) -> Parsed:
    """Return what the reader itself makes of a file; tests/sources/test_invoice_rules.py adds the official layers."""
    return read(data, "faktura.xml", {"rules": [], **options})


def rules(result: Parsed) -> list[str]:
    return [finding.rule for finding in result.findings]


def found(result: Parsed, rule: str) -> Finding:
    return next(finding for finding in result.findings if finding.rule == rule)


def with_line(line: LineSpec, **changes: object) -> Parsed:
    return parsed(invoice_xml(replace(SPEC, lines=(line,), **changes)))


def column(result: Parsed, name: str, table: str = "invoice_lines") -> list[object]:
    return result.tables[table][name].to_list()


# ---- a valid invoice


def test_header_and_lines_of_a_plain_invoice() -> None:
    result = parsed(VALID)
    assert (result.source, result.encoding, result.issued_at, result.rows_in) == (NAME, "utf-8", "2020-02-05", 3)
    assert (VERSION, result.findings, result.rejects.height) == (2, (), 0)
    assert result.tables["invoices"].to_dicts() == [{
        "row_no": 3, "supplier_id": "5599999991", "supplier": "Värme & Kyla AB", "customer_id": "2129999997",
        "invoice_no": "2020-17", "issue_date": date(2020, 2, 5), "due_date": date(2020, 3, 6), "document_type": "380",
        "currency": "SEK", "metering_point": POINT, "accounting_cost": "8132", "note": "Syntetisk",
        "references_invoice": None, "net_sek": 207096.66, "vat_sek": 51774.17, "rounding_sek": 0.17,
        "payable_sek": 258871.0,
    }]  # fmt: skip
    assert column(result, "amount_sek") == [134.62, 175444.04, 31518.0]
    assert column(result, "quantity") == [31.0, 312.456, 6120.0]
    assert column(result, "unit") == ["dag", "MWh", "m3"]
    assert column(result, "price") == [1585.0, 561.5, 5.15]
    assert column(result, "base_quantity") == [365.0, 1.0, 1.0]
    assert column(result, "component") == ["fixed", "energy", "flow"]
    assert column(result, "vat_percent") == [25.0, 25.0, 25.0]
    assert column(result, "period_start") == [date(2020, 1, 1)] * 3
    assert column(result, "period_end") == [date(2020, 1, 31)] * 3


def test_tables_have_the_canonical_columns_and_types() -> None:
    for data in (
        VALID,
        VALID.replace(b"<cbc:PriceAmount", b"<cbc:Other").replace(b"</cbc:PriceAmount", b"</cbc:Other"),
    ):
        result = parsed(data)
        for name, frame in result.tables.items():
            assert dict(frame.schema) == dict(TABLES[name])
        assert dict(result.rejects.schema) == dict(REJECTS)


def test_row_no_is_the_line_in_the_file() -> None:
    lines = VALID.decode().splitlines()
    for row_no, line_id in zip(column(parsed(VALID), "row_no"), "123", strict=True):
        assert "<cac:InvoiceLine>" in lines[row_no - 1]
        assert f"<cbc:ID>{line_id}</cbc:ID>" in lines[row_no]


def test_row_no_holds_beyond_65535_lines() -> None:
    late = VALID.replace(b"<cac:InvoiceLine>", b"\n" * 70_000 + b"<cac:InvoiceLine>", 1)
    assert min(column(parsed(late), "row_no")) > 70_000


def test_metering_point_of_the_line_wins() -> None:
    assert column(parsed(VALID), "metering_point") == [POINT, POINT, "735999100000000027"]


def test_other_document_references_are_no_metering_point() -> None:
    result = parsed(VALID.replace(b">130<", b">50<"))
    assert column(result, "metering_point", "invoices") == [None]
    assert column(result, "metering_point") == [None, None, None]


def test_several_metering_points_are_not_guessed() -> None:
    head = b"<cac:AccountingSupplierParty>"
    another = b"<cac:AdditionalDocumentReference><cbc:ID>9</cbc:ID><cbc:DocumentTypeCode>130</cbc:DocumentTypeCode>"
    result = parsed(VALID.replace(head, another + b"</cac:AdditionalDocumentReference>" + head))
    assert column(result, "metering_point") == [None, None, "735999100000000027"]
    assert "metering_points" in rules(result)


def test_notes_description_and_account_are_kept() -> None:
    line = replace(HEAT, note="Rad ett", description="Prisgrupp 2", accounting_cost="8132")
    result = with_line(line)
    assert column(result, "item") == ["Energi vinter"]
    assert column(result, "note") == ["Rad ett\nPrisgrupp 2\nKontering: 8132"]


def test_house_rules_of_the_settings_win() -> None:
    result = parsed(VALID, lines=[{"contains": "flödes", "component": "other"}])
    assert column(result, "component") == ["fixed", "energy", "other"]
    assert column(parsed(VALID, lines=[{"contains": "flödes", "class": "one_off"}]), "component") == [
        "fixed",
        "energy",
        "other",
    ]
    with pytest.raises(SourceError, match=r"faktura.xml: .*source.lines\[1\].component"):
        parsed(VALID, lines=[{"contains": "x", "component": "energi"}])


def test_line_nobody_can_sort_is_other_with_a_finding() -> None:
    result = with_line(LineSpec("Servicepaket", Decimal(1), "C62", Decimal(10), JANUARY))
    assert column(result, "component") == ["other"]
    assert "Servicepaket" in found(result, "unclassified_line").message


# ---- signs


def test_credit_note_amounts_and_quantities_are_negative() -> None:
    result = parsed(invoice_xml(replace(SPEC, credit_note=True, references_invoice="2020-16")))
    assert column(result, "amount_sek") == [-134.62, -175444.04, -31518.0]
    assert column(result, "quantity") == [-31.0, -312.456, -6120.0]
    assert column(result, "price") == [1585.0, 561.5, 5.15]
    header = result.tables["invoices"].to_dicts()[0]
    assert (header["document_type"], header["references_invoice"]) == ("381", "2020-16")
    assert header["due_date"] == date(2020, 3, 6)
    assert (header["net_sek"], header["vat_sek"], header["rounding_sek"], header["payable_sek"]) == (
        -207096.66, -51774.17, -0.17, -258871.0,
    )  # fmt: skip
    assert result.findings == ()


def test_invoice_with_negative_total_credits_by_its_own_signs() -> None:
    result = with_line(replace(HEAT, quantity=Decimal("-3")))
    assert column(result, "amount_sek") == [-1684.5]
    assert column(result, "net_sek", "invoices") == [-1684.5]
    assert result.findings == ()


def test_metered_services_invoice_and_zero_without_minus_sign() -> None:
    assert column(parsed(invoice_xml(replace(SPEC, type_code="82"))), "document_type", "invoices") == ["82"]
    zero = with_line(replace(HEAT, quantity=Decimal(0)), credit_note=True)
    assert str(column(zero, "amount_sek")[0]) == "0.0"
    assert str(column(zero, "quantity")[0]) == "0.0"


def test_credit_marked_invoice_is_told_of_and_keeps_its_signs() -> None:
    result = parsed(VALID.replace(b">380<", b">381<"))
    assert column(result, "amount_sek")[0] == 134.62
    assert rules(result) == ["document_type"]


# ---- sums


@pytest.mark.parametrize(
    ("amount", "told"), [("134.63", False), ("134.60", False), ("134.64", True), ("-134.62", True)]
)
def test_line_amount_within_two_ore(amount: str, told: bool) -> None:  # 31 x 1585 / 365 = 134.6164
    result = with_line(replace(FIXED, amount=Decimal(amount)))
    assert ("line_amount" in rules(result)) is told
    assert column(result, "amount_sek") == [float(amount)]


def test_line_amount_finding_carries_the_figures() -> None:
    finding = found(with_line(replace(HEAT, amount=Decimal(180000))), "line_amount")
    assert finding.amount_sek == pytest.approx(180000 - 175444.044)
    assert (finding.level, finding.metering_point) == ("warning", POINT)
    for figure in ("312,456", "561,50", "175\u00a0444,044", "180\u00a0000,00"):
        assert figure in finding.message


def test_credit_note_finding_has_the_sign_of_the_credit() -> None:
    finding = found(with_line(replace(HEAT, amount=Decimal(180000)), credit_note=True), "line_amount")
    assert finding.amount_sek == pytest.approx(-(180000 - 175444.044))


def allowance(indicator: str, amount: str) -> bytes:
    return (
        f"<cac:AllowanceCharge><cbc:ChargeIndicator>{indicator}</cbc:ChargeIndicator>"
        "<cbc:AllowanceChargeReason>Rabatt</cbc:AllowanceChargeReason>"
        f'<cbc:Amount currencyID="SEK">{amount}</cbc:Amount></cac:AllowanceCharge>'
    ).encode()


def test_allowances_and_charges_of_a_line_count() -> None:
    line = replace(HEAT, amount=Decimal("175344.04"))
    data = invoice_xml(replace(SPEC, lines=(line,)))
    assert "line_amount" in rules(parsed(data))
    adjusted = data.replace(b"<cac:Item>", allowance("false", "150") + allowance("true", "50") + b"<cac:Item>")
    assert parsed(adjusted).findings == ()
    assert column(parsed(adjusted), "amount_sek") == [175344.04]


def test_document_level_charges_become_lines_so_that_lines_add_up_to_net() -> None:
    data = VALID.replace(b"<cac:TaxTotal>", allowance("false", "96.66") + allowance("true", "9") + b"<cac:TaxTotal>")
    data = data.replace(b"207096.66</cbc:TaxEx", b"207009.00</cbc:TaxEx")
    result = parsed(data)
    assert column(result, "line_id") == ["1", "2", "3", "avdrag-1", "avgift-2"]
    assert column(result, "amount_sek")[3:] == [-96.66, 9.0]
    assert sum(column(result, "amount_sek")) == pytest.approx(column(result, "net_sek", "invoices")[0])
    assert "header_sum" not in rules(result)


def test_lines_that_do_not_add_up_to_the_net() -> None:
    result = parsed(VALID.replace(b"207096.66</cbc:TaxEx", b"207196.66</cbc:TaxEx"))
    assert found(result, "header_sum").amount_sek == pytest.approx(100.0)
    assert found(result, "payable_sum").amount_sek == pytest.approx(-100.0)


def test_unreadable_and_missing_totals_are_null_with_a_finding() -> None:
    result = parsed(VALID.replace(b"207096.66</cbc:TaxEx", b"207 096,66</cbc:TaxEx"))
    assert column(result, "net_sek", "invoices") == [None]
    assert found(result, "header_amount").level == "error"
    missing = parsed(VALID.replace(b"TaxExclusiveAmount", b"Nothing"))
    assert rules(missing) == ["header_amount"]
    assert column(missing, "net_sek", "invoices") == [None]


# ---- units


def with_code(code: str) -> Parsed:
    return with_line(replace(HEAT, unit=code))


@pytest.mark.parametrize(
    ("code", "unit"),
    [("KWH", "kWh"), ("GWH", "GWh"), ("KWT", "kW"), ("K3", "kvarh"), ("MON", "mån"), ("ANN", "år"), ("C62", "st"),
     ("EA", "st"), ("GV", "GJ"), ("3B", "MJ"), ("kWh", "kWh")],
)  # fmt: skip
def test_unit_codes_become_unit_texts_and_quantities_stay(code: str, unit: str) -> None:
    result = with_code(code)
    assert (column(result, "unit"), column(result, "quantity")) == ([unit], [312.456])
    assert "unknown_unit" not in rules(result)


def test_kw_is_kilowatt_with_a_finding() -> None:
    result = with_code("KW")
    assert (column(result, "unit"), column(result, "component"), rules(result)) == (["kW"], ["demand"], ["unit_kw"])


def test_unknown_unit_loads_as_found() -> None:
    result = with_code("E93")
    assert (column(result, "unit"), column(result, "quantity")) == (["E93"], [312.456])
    assert "E93" in found(result, "unknown_unit").message
    assert column(result, "amount_sek") == [175444.04]


def test_missing_quantity_is_null_with_a_finding() -> None:
    result = parsed(invoice_xml(replace(SPEC, lines=(HEAT,))).replace(b"InvoicedQuantity", b"NoQuantity"))
    assert (column(result, "quantity"), column(result, "unit"), column(result, "amount_sek")) == (
        [None],
        [None],
        [175444.04],
    )
    assert "quantity_missing" in rules(result)


# ---- periods


def test_line_without_period_takes_that_of_the_invoice() -> None:
    result = with_line(replace(HEAT, period=None), period=(date(2019, 12, 1), date(2019, 12, 31)))
    assert (column(result, "period_start"), column(result, "period_end")) == ([date(2019, 12, 1)], [date(2019, 12, 31)])


def test_no_period_at_all_is_null_and_told() -> None:
    result = with_line(replace(HEAT, period=None))
    assert column(result, "period_start") == [None]
    assert rules(result) == ["period_missing"]


@pytest.mark.parametrize(
    ("start", "end", "days", "last", "told"),
    [
        ("2019-05-01", "2019-07-01", 61, "2019-06-30", ["half_open_period"]),  # as Norwegian grid invoices
        ("2018-01-01", "2018-03-31", 90, "2018-03-31", []),  # as Swedish ones
        ("2020-01-15", "2020-02-15", 31, "2020-02-14", ["half_open_period"]),
        ("2020-01-01", "2020-01-31", 30, "2020-01-31", ["period_days"]),  # a month billed as 30 days
        ("2020-01-01", "2020-01-31", 7, "2020-01-31", ["period_days"]),
        ("2020-01-01", "2020-01-01", 1, "2020-01-01", []),
    ],
)
def test_end_date_included_or_not_is_told_by_the_days(
    start: str, end: str, days: int, last: str, told: list[str]
) -> None:
    period = (date.fromisoformat(start), date.fromisoformat(end))
    line = LineSpec("Abonnemang", Decimal(days), "DAY", Decimal(5), period)
    for credit_note in (False, True):
        result = with_line(line, credit_note=credit_note)
        assert (column(result, "period_end"), rules(result)) == ([date.fromisoformat(last)], told)


def test_a_line_in_days_tells_for_every_line_of_the_same_period() -> None:
    half_open, other = (date(2019, 5, 1), date(2019, 7, 1)), (date(2019, 6, 1), date(2019, 7, 1))
    days = LineSpec("Abonnemang", Decimal(61), "DAY", Decimal(5), half_open)
    lines = (replace(HEAT, period=half_open), days, replace(FLOW, period=other))
    result = parsed(invoice_xml(replace(SPEC, lines=lines)))
    assert column(result, "period_end") == [date(2019, 6, 30), date(2019, 6, 30), date(2019, 7, 1)]
    assert rules(result) == ["half_open_period", "half_open_period"]
    assert "Rad 1:" in result.findings[1].message


def test_only_days_can_tell_of_a_half_open_period() -> None:
    result = with_line(replace(HEAT, quantity=Decimal(61), period=(date(2019, 5, 1), date(2019, 7, 1))))
    assert (column(result, "period_end"), rules(result)) == ([date(2019, 7, 1)], [])


def test_reversed_period_is_null_and_told() -> None:
    result = with_line(replace(HEAT, period=(date(2020, 1, 31), date(2020, 1, 1))))
    assert (column(result, "period_start"), column(result, "period_end")) == ([None], [None])
    assert "period_reversed" in rules(result)


# ---- meter readings in free text


@pytest.mark.parametrize(
    ("note", "quantity", "unit", "told"),
    [
        ("Avläsning mätarnr 112233: periodstart 156.361, periodslut 158.062", "1701", "KWH", False),
        ("Avläsning mätarnr 112233: periodstart 156.361, periodslut 158.062", "1801", "KWH", True),
        ("Ingående ställning 156 361 utgående ställning 158 062", "1701", "KWH", False),
        ("Ingående mätarställning: 998 utgående mätarställning: 1.240", "242", "KWH", False),
        ("Periodstart 156.361, periodslut 158.062", "1.701", "MWH", False),  # readings in kWh, billed in MWh
        ("Periodstart 156,361, periodslut 158,062", "1.701", "MWH", False),  # readings in MWh
        ("Periodstart 156,361, periodslut 158,062", "2.1", "MWH", True),
        ("Periodstart 100, periodslut 142, mätarkonstant 40", "1680", "KWH", False),
        ("Periodstart 100, periodslut 142, mätarkonstant 40", "42", "KWH", True),
        ("Periodstart 158.062, periodslut 156.361", "1701", "KWH", True),  # a meter that runs backwards
        ("Periodstart 12.010, periodslut 18.130", "6120", "MTQ", False),
        ("Periodstart 156.361", "1701", "KWH", False),  # one reading says nothing
        ("Periodstart 1, periodslut 2", "812", "KWT", False),  # a power is no difference of readings
        ("Beräknad årsförbrukning: 12.628 kWh", "1701", "KWH", False),
    ],
)
def test_readings_against_quantity(note: str, quantity: str, unit: str, told: bool) -> None:
    result = with_line(LineSpec("Energi", Decimal(quantity), unit, Decimal(1), JANUARY, note=note))
    assert ("reading_difference" in rules(result)) is told


def test_reading_difference_shows_both_figures() -> None:
    note = "Avläsning mätarnr 112233: periodstart 156.361, periodslut 158.062"
    result = with_line(LineSpec("Energi", Decimal(1801), "KWH", Decimal(1), JANUARY, note=note))
    message = found(result, "reading_difference").message
    assert "1\u00a0701,00" in message
    assert "1\u00a0801,00 kWh" in message


# ---- currency and organisation numbers


def test_other_currency_is_never_taken_as_sek() -> None:
    result = parsed(VALID.replace(b"SEK", b"EUR"))
    assert column(result, "amount_sek") == [None, None, None]
    assert column(result, "price") == [None, None, None]
    assert column(result, "net_sek", "invoices") == [None]
    assert column(result, "quantity") == [31.0, 312.456, 6120.0]
    assert column(result, "currency", "invoices") == ["EUR"]
    assert "207\u00a0096,66" in found(result, "currency").message
    assert rules(result) == ["currency"]


def test_wrong_organisation_number_is_told_and_nothing_dropped() -> None:
    result = parsed(invoice_xml(replace(SPEC, supplier=PartySpec("Påhittad AB", "5599999996"))))
    assert (rules(result), found(result, "org_number_check").level) == (["org_number_check"], "info")
    assert column(result, "supplier_id") == ["5599999996"] * 3


def test_organisation_number_keeps_digits_only() -> None:
    legal = b'<cbc:CompanyID schemeID="0007">5599999991<'
    assert column(
        parsed(VALID.replace(legal, legal.replace(b"5599999991", b"559999-9991"))), "supplier_id", "invoices"
    ) == ["5599999991"]


def test_vat_number_stands_in_for_a_missing_legal_number() -> None:
    data = VALID.replace(b'<cbc:CompanyID schemeID="0007">5599999991</cbc:CompanyID>', b"")
    data = data.replace(b'<cbc:EndpointID schemeID="0007">5599999991', b'<cbc:EndpointID schemeID="0088">7300010000001')
    assert column(parsed(data), "supplier_id", "invoices") == ["5599999991"]


def test_luhn_digit_by_hand() -> None:
    # 559999-9991: every other digit doubled gives 1+9+9+9+9, the rest 5+9+9+9+1; together 70, a multiple of ten
    assert luhn_ok("5599999991")
    assert not luhn_ok("5599999992")
    assert not luhn_ok("5959999991")  # two digits that changed places


def test_swedish_form_of_numbers() -> None:
    assert sv(Decimal("-1234.5")) == "−1\u00a0234,50"
    assert sv(Decimal("0.4137500")) == "0,41375"
