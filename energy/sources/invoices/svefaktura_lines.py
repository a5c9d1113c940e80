"""The lines of a Svefaktura 1.0, one by one: a row each, or a reject with its reason; then charges and allowances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from energy.sources.invoices.invoice_checks import check_line_amount, check_readings, whole_period
from energy.sources.invoices.invoice_lines import Document
from energy.sources.invoices.lines import LineClass, component_of, sort_line
from energy.sources.invoices.svefaktura_texts import metering_points, period_of, unit_of
from energy.sources.ubl import Element, Unreadable, find, number, text

INV = "{urn:sfti:documents:BasicInvoice:1:0}"
CAC = "{urn:sfti:CommonAggregateComponents:1:0}"
CBC = "{urn:oasis:names:tc:ubl:CommonBasicComponents:1:0}"

Days = tuple[date | None, date | None]


@dataclass(frozen=True)
class _Line:
    """The figures of one line, as written."""

    id: str
    item: str
    note: str
    quantity: Decimal | None
    unit_code: str
    price: Decimal | None
    base: Decimal
    adjustment: Decimal
    amount: Decimal
    vat: Decimal | None

    @property
    def label(self) -> str:
        """Return how findings name the line."""
        return f"{self.id[:20]} «{self.item[:60]}»"


def read_lines(document: Document) -> None:
    """Read every line of the document into its rows, rejects and findings."""
    for element in document.root.iterchildren(f"{CAC}InvoiceLine"):
        try:
            line = _parse(document, element)
        except Unreadable as error:
            document.reject(element, f"Rad {text(element, f'{CAC}ID')[:20] or '?'}", error)
            continue
        document.line_sum += line.amount
        document.told_of = _point(document, element, line)
        document.rows.append(_row(document, element, line))
    document.told_of = document.metering_point


def read_charges(document: Document) -> None:
    """Read the charges and allowances of the whole document into rows `avgift-n` and `avdrag-n`."""
    for count, element in enumerate(find(document.root, f"{INV}AllowanceCharge"), start=1):
        try:
            amount = document.allowance_or_charge(element)
            vat = _percent(element)
        except Unreadable as error:
            document.reject(element, f"Avgift eller avdrag {count}", error)
            continue
        reason = element.find(f"{CAC}ReasonCode")
        item = str(reason.get("name", "")).strip()[:200] if reason is not None else ""
        document.add_charge(element, count, item, amount, vat)


def _parse(document: Document, element: Element) -> _Line:
    """Return the figures of a line. Raises Unreadable for a bad number, or where id or amount is missing."""
    amount = number(element, "Radbelopp", f"{CBC}LineExtensionAmount")
    if amount is None:
        raise Unreadable("amount_missing", "radbelopp saknas.")
    if not text(element, f"{CAC}ID"):
        raise Unreadable("line_id_missing", "radens ID saknas.")
    document.same_currency(element.find(f"{CBC}LineExtensionAmount"))
    quantity = element.find(f"{CBC}InvoicedQuantity")
    item = f"{CAC}Item"
    base = number(element, "Prisets basantal", item, f"{CAC}BasePrice", f"{CBC}BaseQuantity")
    note = "\n".join(filter(None, (text(n) for n in find(element, f"{CBC}Note"))))
    return _Line(
        id=text(element, f"{CAC}ID"),
        item=text(element, item, f"{CBC}Description") or note.split("\n")[0],
        note=note,
        quantity=number(element, "Antal", f"{CBC}InvoicedQuantity"),
        unit_code="" if quantity is None else str(quantity.get("quantityUnitCode", "")).strip(),
        price=number(element, "Pris", item, f"{CAC}BasePrice", f"{CBC}PriceAmount"),
        base=Decimal(1) if base is None else base,
        adjustment=sum((document.allowance_or_charge(e) for e in find(element, f"{CAC}AllowanceCharge")), Decimal(0)),
        amount=amount,
        vat=_percent(element, item),
    )


def _percent(element: Element, *path: str) -> Decimal | None:
    """Return the VAT rate [%] of the first tax category whose scheme is VAT."""
    for category in find(element, *path, f"{CAC}TaxCategory"):
        if text(category, f"{CAC}TaxScheme", f"{CAC}ID") in ("VAT", ""):
            return number(category, "Momssats", f"{CBC}Percent")
    return None


def _row(document: Document, element: Element, line: _Line) -> dict[str, object]:
    """Return the row of a line, and add what is found on the way."""
    unit = _unit(document, element, line)
    start, end = _days(document, element, line, unit)
    sorted_as = _sorted(document, element, line, unit)
    row_no = element.sourceline
    document.add(
        check_line_amount(line.label, row_no, line.quantity, line.price, line.base, line.adjustment, line.amount)
    )
    document.add(check_readings(line.label, row_no, f"{line.item}\n{line.note}", line.quantity, unit))
    return document.key | {
        "row_no": row_no, "line_id": _unique_id(document, element, line), "metering_point": document.told_of,
        "item": line.item or None, "note": line.note or None,
        "component": component_of(sorted_as), "line_class": sorted_as,
        "quantity": document.signed(line.quantity), "unit": unit or None,
        "price": None if line.price is None or document.currency != "SEK" else float(line.price),
        "base_quantity": float(line.base), "amount_sek": document.sek(line.amount),
        "vat_percent": None if line.vat is None else float(line.vat), "period_start": start, "period_end": end,
    }  # fmt: skip


def _unit(document: Document, element: Element, line: _Line) -> str:
    """Return the unit as canonical text; as written, with a finding, where nobody knows it."""
    unit, known = unit_of(line.unit_code)
    if not known and line.unit_code:
        message = f"Rad {line.label}: enheten «{line.unit_code[:20]}» är okänd; antalet räknas inte om."
        document.tell("unknown_unit", "info", message, element)
    return unit


def _days(document: Document, element: Element, line: _Line, unit: str) -> Days:
    """Return the first and last day of the line: those its text names, else the document's."""
    own = period_of(f"{line.item}\n{line.note}")
    if own is not None and own != document.period:
        message = f"Rad {line.label}: perioden {own[0]} till {own[1]} är läst ur radens text."
        document.tell("period_from_text", "info", message, element)
    start, end = own or document.period
    last, findings = whole_period(line.label, element.sourceline, start, end, line.quantity, unit)
    document.add(findings)
    return start, last


def _point(document: Document, element: Element, line: _Line) -> str | None:
    """Return the metering point the line's text or item numbers name, else the document's; none where it names two."""
    kinds = ("Buyers", "Sellers", "Standard", "Additional")
    numbers = [text(element, f"{CAC}Item", f"{CAC}{kind}ItemIdentification", f"{CAC}ID") for kind in kinds]
    found = metering_points([line.item, line.note, *numbers])
    if len(found) > 1:
        named = ", ".join(found)[:120]
        message = f"Rad {line.label}: flera anläggningar anges ({named}); raden förs inte till någon."
        document.tell("metering_points", "warning", message, element)
        return None
    return found[0] if found else document.metering_point


def _sorted(document: Document, element: Element, line: _Line, unit: str) -> LineClass:
    found = sort_line(line.item, unit, line.note, document.key["supplier_id"], document.rules)
    if found is None:
        message = f"Rad {line.label}: raden kunde inte sorteras och visas som övrigt; lägg en regel i source.lines."
        document.tell("unclassified_line", "info", message, element)
    return found or "other"


def _unique_id(document: Document, element: Element, line: _Line) -> str:
    """Return the line's id, with a number added when the invoice has used it already: no line may hide another."""
    unique, count = line.id, document.line_ids.get(line.id, 0) + 1
    while count > 1 and unique in document.line_ids:
        unique, count = f"{line.id} ({count})", count + 1
    if unique != line.id:
        message = f"Rad {line.label}: samma rad-ID förekommer flera gånger."
        document.tell("line_id_duplicate", "warning", message, element)
    document.line_ids |= {line.id: max(count - 1, 1), unique: 1}
    return unique


def bare_lines(rows: Sequence[dict[str, object]]) -> list[str]:
    """Return the ids of the lines without a whole period."""
    return [str(row["line_id"]) for row in rows if row["period_start"] is None or row["period_end"] is None]
