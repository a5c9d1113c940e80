"""What is checked of an invoice as it is read: sums, readings in free text, organisation numbers, day counts.

Each check returns findings with the figures that caused them; none changes an amount or drops a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

from energy.errors import UnitError
from energy.model import Finding
from energy.units import canonical

__all__ = [
    "TOLERANCE",
    "check_header_sum",
    "check_line_amount",
    "check_org_number",
    "check_payable",
    "check_readings",
    "luhn_ok",
    "sv",
    "whole_period",
]

TOLERANCE = Decimal("0.02")  # Peppol BIS Billing 3, rule PEPPOL-EN16931-R120: quantity x price against the line's net


def sv(value: Decimal) -> str:
    """Return a number in Swedish form, `1 234,50`, with at least two and at most six decimals and a real minus."""
    shown = f"{value:,.6f}".rstrip("0")
    whole, _, decimals = shown.partition(".")
    return f"{whole.replace(',', chr(0xA0)).replace('-', '−')},{decimals.ljust(2, '0')}"


def check_line_amount(
    label: str,
    row_no: int,
    quantity: Decimal | None,
    price: Decimal | None,
    base: Decimal,
    adjustment: Decimal,
    amount: Decimal,
) -> Iterable[Finding]:
    """Yield `line_amount` unless quantity x price / base + adjustment = amount within 0.02 (all as written).

    `adjustment` is the line's charges less its allowances. Peppol BIS Billing 3, R120 and R121 (base above zero).
    """
    if quantity is None or price is None:
        return
    if base <= 0:
        yield Finding(
            "line_amount", "warning", f"Rad {label}: prisets basantal är {sv(base)}, ska vara över 0.", row_no
        )
        return
    expected = quantity * price / base + adjustment
    if abs(expected - amount) > TOLERANCE:
        yield Finding(
            "line_amount",
            "warning",
            f"Rad {label}: {sv(quantity)} × {sv(price)} / {sv(base)} + {sv(adjustment)} = {sv(expected)}, "
            f"men radens belopp är {sv(amount)} (skillnad {sv(amount - expected)}).",
            row_no,
            amount_sek=float(amount - expected),
        )


def check_header_sum(
    row_no: int, lines: Decimal, adjustment: Decimal, net: Decimal | None, rejected: int
) -> Iterable[Finding]:
    """Yield `header_sum` unless Σ lines + header charges - allowances = net within 0.02 (EN 16931, BR-CO-13)."""
    if net is None or abs(lines + adjustment - net) <= TOLERANCE:
        return
    unread = f" {rejected} rad{'er' * (rejected > 1)} kunde inte läsas och saknas i summan." if rejected else ""
    yield Finding(
        "header_sum",
        "warning",
        f"Raderna {sv(lines)} + avgifter och avdrag {sv(adjustment)} = {sv(lines + adjustment)}, men fakturans "
        f"nettobelopp är {sv(net)} (skillnad {sv(net - lines - adjustment)}).{unread}",
        row_no,
        amount_sek=float(net - lines - adjustment),
    )


def check_payable(
    row_no: int, net: Decimal | None, vat: Decimal | None, rounding: Decimal, prepaid: Decimal, payable: Decimal | None
) -> Iterable[Finding]:
    """Yield `payable_sum` unless net + VAT - prepaid + rounding = payable within 0.02 (BR-CO-15 and BR-CO-16)."""
    if net is None or payable is None:
        return
    expected = net + (vat or Decimal(0)) - prepaid + rounding
    if abs(expected - payable) > TOLERANCE:
        yield Finding(
            "payable_sum",
            "warning",
            f"Netto {sv(net)} + moms {sv(vat or Decimal(0))} − förskott {sv(prepaid)} + öresavrundning {sv(rounding)} "
            f"= {sv(expected)}, men att betala är {sv(payable)}.",
            row_no,
            amount_sek=float(payable - expected),
        )


_NUMBER = r"([0-9]{1,3}(?:[. \u00a0\u202f][0-9]{3})+(?:,[0-9]+)?|[0-9]+(?:[.,][0-9]+)?)(?![0-9])"
_STANDING = r"(?:\s+(?:avläsning|ställning|mätarställning))?[:\s]*"
_READINGS = re.compile(
    rf"(?:periodstart|startställning|föregående|ingående){_STANDING}{_NUMBER}.{{0,40}}?"
    rf"(?:periodslut|slutställning|aktuell|utgående){_STANDING}{_NUMBER}",
    re.IGNORECASE | re.DOTALL,
)
_CONSTANT = re.compile(r"(?:konstant|omräkningsfaktor|omräkningstal)[:\s]*" + _NUMBER, re.IGNORECASE)
_READ_UNITS = ("kwh", "m3", "kvarh")  # what a meter counts; a power is not a difference of two readings


def _numbers(found: str) -> list[Decimal]:
    """Return what a figure in free text can mean: «156.361» is 156361, and 156.361 where nothing forbids it."""
    compact = re.sub(r"[ \u00a0\u202f]", "", found)
    if "," in compact:
        return [Decimal(compact.replace(".", "").replace(",", "."))]
    thousands = [Decimal(compact.replace(".", ""))] if re.fullmatch(r"[0-9]+|[0-9]{1,3}([.][0-9]{3})+", compact) else []
    decimals = [Decimal(compact)] if compact.count(".") == 1 else []
    return thousands + decimals


def check_readings(label: str, row_no: int, note: str, quantity: Decimal | None, unit: str) -> Iterable[Finding]:
    """Yield `reading_difference` when two meter readings in a note do not differ by the line's quantity.

    The dot is a thousands separator («periodstart 156.361, periodslut 158.062» = 1701, SFTI's typical electricity
    invoices); a figure that may also be decimal is tried both ways, a stated meter constant is used, and a billed MWh
    may stand beside readings in kWh. Tolerance: one step of the readings' last digit, half a step of the quantity's.
    """
    match = _READINGS.search(note[:2000])
    if match is None or quantity is None or not _is_metered(unit):
        return
    stated = _CONSTANT.search(note[:2000])
    constants = _numbers(stated.group(1)) if stated else [Decimal(1)]
    meanings = list(product(_numbers(match.group(1)), _numbers(match.group(2)), constants))
    if not any(_agrees(*meaning, abs(quantity), scale) for meaning in meanings for scale in _scales(unit)):
        first, last, constant = meanings[0]
        yield Finding(
            "reading_difference",
            "warning",
            f"Rad {label}: mätarställningarna {match.group(1)} och {match.group(2)} skiljer "
            f"{sv((last - first) * constant)}, men raden debiterar {sv(abs(quantity))} {unit}.",
            row_no,
        )


def _agrees(first: Decimal, last: Decimal, constant: Decimal, quantity: Decimal, scale: Decimal) -> bool:
    tolerance = max(_step(first), _step(last)) * constant + _step(quantity) * scale / 2
    return abs((last - first) * constant - quantity * scale) <= tolerance


def _step(value: Decimal) -> Decimal:
    """Return the size of the last digit written."""
    return Decimal(1).scaleb(int(value.as_tuple().exponent))


def _scales(unit: str) -> tuple[Decimal, ...]:
    return Decimal(1), Decimal(str(canonical(unit)[1]))


def _is_metered(unit: str) -> bool:
    try:
        return canonical(unit)[0] in _READ_UNITS
    except UnitError:
        return False


def luhn_ok(number: str) -> bool:
    """Return whether ten digits carry a right check digit (Luhn, as Swedish organisation numbers do: SE-R-013)."""
    doubled = [int(d) * (2 if i % 2 == 0 else 1) for i, d in enumerate(number)]
    return sum(d // 10 + d % 10 for d in doubled) % 10 == 0


def check_org_number(party: str, number: str, row_no: int) -> Iterable[Finding]:
    """Yield `org_number_check` (info) when a Swedish organisation number is not ten digits with a right check digit."""
    if not re.fullmatch(r"[0-9]{10}", number) or not luhn_ok(number):
        message = (
            f"{party}ns organisationsnummer {number[:40]} har fel kontrollsiffra eller längd; fakturan är läst ändå."
        )
        yield Finding("org_number_check", "info", message, row_no)


def whole_period(
    label: str, row_no: int, start: date | None, end: date | None, quantity: Decimal | None, unit: str
) -> tuple[date | None, list[Finding]]:
    """Return the last day of a line's period, included, and findings.

    Swedish invoices give the last day itself; Norwegian ones the day after. Only a line in days can tell which:
    half-open when its days are end - start and not one more. A whole calendar month billed as one day less (30 days
    of a 31-day month) is left alone and told of.
    """
    if start is None or end is None or unit != "dag" or quantity is None:
        return end, []
    apart = (end - start).days
    billed = abs(quantity)
    if billed == apart + 1 or apart < 1:
        return end, []
    if billed != apart or (start.day == 1 and (end + timedelta(days=1)).day == 1):
        message = f"Rad {label}: {sv(billed)} dagar debiteras, men perioden {start} till {end} har {apart + 1} dagar."
        return end, [Finding("period_days", "info", message, row_no)]
    last = end - timedelta(days=1)
    message = f"Rad {label}: slutdatum {end} är dagen efter perioden ({apart} dagar); sista dag blir {last}."
    return last, [Finding("half_open_period", "info", message, row_no)]
