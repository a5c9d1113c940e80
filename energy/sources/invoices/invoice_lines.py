"""The lines of a UBL invoice or credit note, one by one: a row each, or a reject with its reason.

Document-level charges and allowances become rows too, so that the rows of an invoice add up to its net amount.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from lxml import etree

from energy.model import Finding
from energy.sources.invoices.invoice_checks import check_line_amount, check_readings, whole_period
from energy.sources.invoices.lines import HouseRule, LineClass, component_of, sort_line
from energy.sources.ubl import CAC, CBC, Element, Unreadable, day, find, number, text
from energy.units import REC20, UNITS

__all__ = ["Document", "metering_points", "period", "read_charges", "read_lines"]

Days = tuple[date | None, date | None]

_INVOICED_OBJECT = "130"  # UNTDID 1001: BT-18 on the document, BT-128 on the line = the metering point
_XMLNS = re.compile(r' xmlns(:\w+)?="[^"]*"')
_SNIPPET = 600  # characters of the original kept with a reject


@dataclass
class Document:
    """One document being read: what its lines need, and the rows, rejects and findings gathered so far."""

    root: Element
    sign: int  # 1 invoice, -1 credit note
    currency: str
    rules: Sequence[HouseRule]
    key: dict[str, Any]  # supplier_id, invoice_no, issue_date, document_type
    metering_point: str | None = None
    told_of: str | None = None  # the metering point that findings are about at the moment
    period: Days = (None, None)
    line_sum: Decimal = Decimal(0)  # as written, without sign
    charges: Decimal = Decimal(0)  # document-level charges less allowances, as written
    half_open: set[Days] = field(default_factory=set)  # periods as written whose last day is the day after
    line_ids: dict[str, int] = field(default_factory=dict)  # used so far, and how often
    rows: list[dict[str, Any]] = field(default_factory=list)
    rejects: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    basic: str = CBC  # the namespace of amounts and indicators
    currency_attribute: str = "currencyID"

    def signed(self, value: Decimal | None) -> float | None:
        """Return `value` with the document's sign; never -0.0."""
        return None if value is None else float(value * self.sign + 0)

    def sek(self, value: Decimal | None) -> float | None:
        """Return the signed amount [SEK]; None in another currency, where it is no amount in SEK."""
        return self.signed(value) if self.currency == "SEK" else None

    def tell(self, rule: str, level: Literal["info", "warning", "error"], message: str, element: Element) -> None:
        """Add a finding at the line of `element` in the file."""
        self.add([Finding(rule, level, message, element.sourceline)])

    def add(self, findings: Iterable[Finding]) -> None:
        """Add findings, their amounts turned to the document's sign and left out when not in SEK."""
        for found in findings:
            amount = None if found.amount_sek is None else self.sek(Decimal(str(found.amount_sek)))
            self.findings.append(replace(found, amount_sek=amount, metering_point=self.told_of))

    def same_currency(self, amount: Element) -> None:
        """Raise Unreadable for an amount in another currency than the document's (PEPPOL-EN16931-R051)."""
        found = str(amount.get(self.currency_attribute, self.currency))
        if found != self.currency:
            raise Unreadable("line_currency", f"beloppet är i {found[:10]!r}, men fakturan i {self.currency}.")

    def is_charge(self, element: Element) -> bool:
        """Return whether an AllowanceCharge is a charge. Raises Unreadable where its indicator says neither."""
        found = text(element, f"{self.basic}ChargeIndicator").lower()
        if found not in ("true", "1", "false", "0"):
            told = f"«{found[:20]}» säger inte om det är avgift (true) eller avdrag (false)."
            raise Unreadable("charge_indicator", told)
        return found in ("true", "1")

    def allowance_or_charge(self, element: Element) -> Decimal:
        """Return the amount of an AllowanceCharge as written: charges as they are, allowances negated.

        Raises Unreadable where it is missing, no number or in another currency.
        """
        amount = number(element, "Avgift eller avdrag", f"{self.basic}Amount")
        if amount is None:
            raise Unreadable("amount_missing", "avgiftens eller avdragets belopp saknas.")
        self.same_currency(element.find(f"{self.basic}Amount"))
        return amount if self.is_charge(element) else -amount

    def add_charge(self, element: Element, count: int, reason: str, amount: Decimal, vat: Decimal | None) -> None:
        """Add the row `avgift-n` or `avdrag-n` of a charge or allowance of the whole document."""
        charge = self.is_charge(element)
        item = reason or ("Avgift" if charge else "Avdrag")
        sorted_as = sort_line(item, "", "", self.key["supplier_id"], self.rules) or "other"
        self.charges += amount
        self.rows.append(self.key | {
            "row_no": element.sourceline, "line_id": f"{'avgift' if charge else 'avdrag'}-{count}",
            "metering_point": self.metering_point, "item": item,
            "component": component_of(sorted_as), "line_class": sorted_as,
            "amount_sek": self.sek(amount), "vat_percent": None if vat is None else float(vat),
            "period_start": self.period[0], "period_end": self.period[1],
        })  # fmt: skip

    def reject(self, element: Element, label: str, error: Unreadable) -> None:
        """Add a reject with the line of `element` in the file and the start of its XML."""
        original = etree.tostring(element, encoding="unicode", with_tail=False)
        original = " ".join(_XMLNS.sub("", original).split())
        short = original if len(original) <= _SNIPPET else f"{original[:_SNIPPET]} …"
        row = {"row_no": element.sourceline, "rule": error.rule, "message": f"{label}: {error}", "original": short}
        self.rejects.append(row)


@dataclass(frozen=True)
class _Line:
    """The figures of one line, as written."""

    id: str
    item: str
    description: str
    note: str
    quantity: Decimal | None
    unit_code: str
    price: Decimal | None
    base: Decimal
    adjustment: Decimal  # the line's own charges less allowances
    amount: Decimal
    vat: Decimal | None
    period: Days
    metering_points: tuple[str, ...]

    @property
    def label(self) -> str:
        """Return how findings name the line."""
        return f"{self.id[:20]} «{self.item[:60]}»"


def read_lines(document: Document) -> None:
    """Read every line of the document into its rows, rejects and findings."""
    kinds = (f"{CAC}InvoiceLine", f"{CAC}CreditNoteLine")
    for element in document.root.iterchildren(*kinds):
        try:
            if element.tag != kinds[document.sign < 0]:
                raise Unreadable("line_kind", "en fakturarad i en kreditfaktura, eller tvärtom; tecknet är ovisst.")
            line = _parse(document, element)
        except Unreadable as error:
            document.reject(element, f"Rad {text(element, f'{CBC}ID')[:20] or '?'}", error)
            continue
        document.line_sum += line.amount
        document.told_of = _point(document, element, line)
        document.rows.append(_row(document, element, line))
    document.told_of = document.metering_point
    _share_half_open(document)


def read_charges(document: Document) -> None:
    """Read the document-level charges and allowances (BG-21, BG-20) into rows `avgift-n` and `avdrag-n`."""
    for count, element in enumerate(find(document.root, f"{CAC}AllowanceCharge"), start=1):
        try:
            amount = document.allowance_or_charge(element)
            vat = number(element, "Momssats", f"{CAC}TaxCategory", f"{CBC}Percent")
        except Unreadable as error:
            document.reject(element, f"Avgift eller avdrag {count}", error)
            continue
        reason = text(element, f"{CBC}AllowanceChargeReason")
        document.add_charge(element, count, reason, amount, vat)


def metering_points(element: Element, reference: str) -> tuple[str, ...]:
    """Return the metering points an element refers to (document type 130), each once, in order."""
    found = find(element, f"{CAC}{reference}")
    points = (text(r, f"{CBC}ID") for r in found if text(r, f"{CBC}DocumentTypeCode") == _INVOICED_OBJECT)
    return tuple(dict.fromkeys(point for point in points if point))


def period(element: Element) -> Days | None:
    """Return (start, end) of the element's own InvoicePeriod, None where it has none. Raises Unreadable."""
    found = element.find(f"{CAC}InvoicePeriod")
    if found is None:
        return None
    return day(found, "Periodens början", f"{CBC}StartDate"), day(found, "Periodens slut", f"{CBC}EndDate")


def _parse(document: Document, element: Element) -> _Line:
    """Return the figures of a line. Raises Unreadable for a bad number or date, or where id or amount is missing."""
    kind = "InvoicedQuantity" if document.sign > 0 else "CreditedQuantity"
    amount = number(element, "Radbelopp", f"{CBC}LineExtensionAmount")
    if amount is None:
        raise Unreadable("amount_missing", "radbelopp saknas.")
    if not text(element, f"{CBC}ID"):
        raise Unreadable("line_id_missing", "radens ID saknas.")
    document.same_currency(element.find(f"{CBC}LineExtensionAmount"))
    quantity = element.find(f"{CBC}{kind}")
    base = number(element, "Prisets basantal", f"{CAC}Price", f"{CBC}BaseQuantity")
    notes = [text(note) for note in find(element, f"{CBC}Note")]
    description = text(element, f"{CAC}Item", f"{CBC}Description")
    account = text(element, f"{CBC}AccountingCost")
    return _Line(
        id=text(element, f"{CBC}ID"),
        item=text(element, f"{CAC}Item", f"{CBC}Name"),
        description=description,
        note="\n".join(filter(None, [*notes, description, f"Kontering: {account}" if account else ""])),
        quantity=number(element, "Antal", f"{CBC}{kind}"),
        unit_code="" if quantity is None else str(quantity.get("unitCode", "")).strip(),
        price=number(element, "Pris", f"{CAC}Price", f"{CBC}PriceAmount"),
        base=Decimal(1) if base is None else base,
        adjustment=sum((document.allowance_or_charge(e) for e in find(element, f"{CAC}AllowanceCharge")), Decimal(0)),
        amount=amount,
        vat=number(element, "Momssats", f"{CAC}Item", f"{CAC}ClassifiedTaxCategory", f"{CBC}Percent"),
        period=period(element) or document.period,
        metering_points=metering_points(element, "DocumentReference"),
    )


def _row(document: Document, element: Element, line: _Line) -> dict[str, Any]:
    """Return the row of a line, and add what is found on the way."""
    unit = _unit(document, element, line)
    start, end = _days(document, element, line, unit)
    row_no = element.sourceline
    sorted_as = _sorted(document, element, line, unit)
    document.add(
        check_line_amount(line.label, row_no, line.quantity, line.price, line.base, line.adjustment, line.amount)
    )
    document.add(check_readings(line.label, row_no, line.note, line.quantity, unit))
    return document.key | {
        "row_no": row_no, "line_id": _unique_id(document, element, line),
        "metering_point": document.told_of, "item": line.item, "note": line.note or None,
        "component": component_of(sorted_as), "line_class": sorted_as, "quantity": document.signed(line.quantity),
        "unit": unit or None, "price": None if line.price is None or document.currency != "SEK" else float(line.price),
        "base_quantity": float(line.base), "amount_sek": document.sek(line.amount),
        "vat_percent": None if line.vat is None else float(line.vat), "period_start": start, "period_end": end,
    }  # fmt: skip


def _unit(document: Document, element: Element, line: _Line) -> str:
    """Return the unit as canonical text; as found, with a finding, where the code is unknown."""
    code = line.unit_code
    if code == "KW":
        message = (
            f"Rad {line.label}: enhetskoden KW (kilogram per millimeter i UN/ECE Rec 20) är läst som kilowatt, KWT."
        )
        document.tell("unit_kw", "info", message, element)
        return "kW"
    if code in REC20 or code in UNITS:
        return REC20.get(code, code)
    if line.quantity is None:
        document.tell("quantity_missing", "warning", f"Rad {line.label}: antal saknas; beloppet är läst.", element)
    else:
        message = f"Rad {line.label}: enhetskoden «{code[:20]}» är okänd; antalet räknas inte om."
        document.tell("unknown_unit", "warning", message, element)
    return code


def _days(document: Document, element: Element, line: _Line, unit: str) -> Days:
    """Return the first and last day of the line, both included; no days, with a finding, when they are reversed."""
    start, end = line.period
    if start is not None and end is not None and end < start:
        message = f"Rad {line.label}: perioden {start} till {end} slutar innan den börjar; raden är läst utan period."
        document.tell("period_reversed", "warning", message, element)
        return None, None
    last, findings = whole_period(line.label, element.sourceline, start, end, line.quantity, unit)
    document.add(findings)
    if last != end:
        document.half_open.add((start, end))
    return start, last


def _share_half_open(document: Document) -> None:
    """Let the other lines of a period that a line in days has shown to be half-open end the day before too."""
    shared = [row for row in document.rows if (row["period_start"], row["period_end"]) in document.half_open]
    for row in shared:
        row["period_end"] -= timedelta(days=1)
    if shared:
        named = ", ".join(row["line_id"] for row in shared)[:120]
        message = f"Rad {named}: slutdatum är dagen efter perioden, som en rad i dagar med samma period visar."
        document.tell("half_open_period", "info", message, document.root)


def _point(document: Document, element: Element, line: _Line) -> str | None:
    """Return the line's own metering point, else the document's; none, with a finding, when the line names several."""
    if len(line.metering_points) > 1:
        named = ", ".join(line.metering_points)[:120]
        message = f"Rad {line.label}: flera anläggningar anges ({named}); raden förs inte till någon."
        document.tell("metering_points", "warning", message, element)
        return None
    return line.metering_points[0] if line.metering_points else document.metering_point


def _sorted(document: Document, element: Element, line: _Line, unit: str) -> LineClass:
    found = sort_line(line.item, unit, line.description, document.key["supplier_id"], document.rules)
    if found is None:
        message = f"Rad {line.label}: raden kunde inte sorteras och visas som övrigt; lägg en regel i source.lines."
        document.tell("unclassified_line", "info", message, element)
    return found or "other"


def _unique_id(document: Document, element: Element, line: _Line) -> str:
    """Return the line's id, with a number added when the invoice has used it already: no line may hide another."""
    count = document.line_ids.get(line.id, 0) + 1
    unique = line.id if count == 1 else f"{line.id} ({count})"
    while count > 1 and unique in document.line_ids:
        count += 1
        unique = f"{line.id} ({count})"
    document.line_ids |= {unique: 1, line.id: count}
    if count > 1:
        document.tell(
            "line_id_duplicate", "warning", f"Rad {line.label}: samma rad-ID förekommer flera gånger.", element
        )
    return unique
