"""The errors put into the invoices on purpose: one of every kind that an audit of invoices should find."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from energy.calendar import next_month
from energy.demo import plan
from energy.demo.billing import Desk, Supply, period_of, scaled
from energy.demo.invoices import InvoiceSpec, LineSpec, totals
from energy.tariffs.pricelist import as_if_valid, select

__all__ = ["MISTAKES", "Mistake", "Sent", "as_sent", "mistake_of"]

_GUESSED = Decimal("1.22")  # how far the estimated reading lay above the true one
_POWER_ERROR = Decimal("1.18")
_TRANSFORMER_RATIO = Decimal(2)  # current transformers of 200/5 A entered as 400/5 A
_SMALL_CUSTOMER = Decimal("0.04")  # of the facility's own use, at the meter that is somebody else's
_REDUCED_VAT = Decimal(12)
_SUPPORT = LineSpec("Elstöd, engångsbelopp", Decimal(-1), "C62", Decimal(85_000), vat_percent=Decimal(0))
_OVERLAP_DAYS = 10
_BROKEN_AT = date(2022, 10, 16)  # where two periods meet in the middle of a month


@dataclass(frozen=True)
class Mistake:
    """An error put into the invoices on purpose. `rule` is what the audit calls it, `month` the right invoice's."""

    rule: str
    kind: str
    month: date
    metering_point: str = ""  # told where a kind is billed at more than one


@dataclass(frozen=True)
class Sent:
    """The documents sent for a period, and (invoice number, SEK paid too much excl. VAT) of each that is wrong."""

    documents: tuple[InvoiceSpec, ...]
    wrong: tuple[tuple[str | None, Decimal], ...] = ()


MISTAKES: tuple[Mistake, ...] = (
    Mistake("estimated_reading", "heat", date(2019, 11, 1)),  # guessed, credited and billed anew in February
    Mistake("overlapping_period", "retail", date(2020, 5, 1)),  # from 21 April, whose days are billed already
    Mistake("missing_credit", "heat", date(2021, 4, 1)),  # the return temperature's rebate left out
    Mistake("wrong_multiplier", "grid", date(2021, 6, 1), plan.EL_MAIN),  # twice the energy, and twice the tax
    Mistake("missing_component", "grid", date(2021, 10, 1), plan.EL_MAIN),  # no fixed fee
    Mistake("wrong_price_list", "heat", date(2022, 1, 1)),  # still last year's
    Mistake("duplicate_invoice", "heat", date(2022, 2, 1)),  # the same period once more under a new number
    Mistake("foreign_meter", "grid", date(2022, 5, 1), plan.EL_MAIN),  # one more, of a meter that is somebody else's
    Mistake("vat_error", "retail", date(2022, 6, 1)),  # 12 % VAT on electricity
    Mistake("period_not_aligned", "retail", date(2022, 9, 1)),  # 1 September to 15 October
    Mistake("period_not_aligned", "retail", date(2022, 10, 1)),  # and the rest of October
    Mistake("wrong_tax", "grid", date(2023, 1, 1), plan.EL_MAIN),  # last year's energy tax
    Mistake("wrong_power", "heat", date(2023, 2, 1)),  # billed power 18 % above the metered
    Mistake("one_off_in_operations", "retail", date(2023, 3, 1)),  # support for electricity costs as one more line
    Mistake("wrong_band", "heat", date(2023, 10, 1)),  # power priced by the next band up
    Mistake("missing_invoice", "grid", date(2023, 11, 1), plan.EL_MAIN),  # it never came
    *(Mistake("dormant_meter", "grid", date(year, month, 1), plan.EL_LIGHTING)  # standing charges of a dead supply
      for year in (2021, 2022, 2023) for month in (1, 4, 7, 10)),
)  # fmt: skip


def mistake_of(supply: Supply, month: date) -> Mistake | None:
    """Return the mistake made on the invoice of a supply whose period begins with `month`, if any."""
    return next(
        (m for m in MISTAKES if (m.kind, m.month) == (supply.kind, month)
         and m.metering_point in ("", supply.metering_point)), None
    )  # fmt: skip


def as_sent(mistake: Mistake | None, desk: Desk, right: InvoiceSpec) -> Sent:
    """Return what was sent for one period: the right invoice, or what a mistake made of it."""
    return Sent((right,)) if mistake is None else _MAKERS[mistake.rule](desk, right)


def _instead(right: InvoiceSpec, sent: InvoiceSpec) -> Sent:
    return Sent((sent,), ((sent.number, totals(sent).net - totals(right).net),))


def _with_lines(right: InvoiceSpec, lines: Sequence[LineSpec]) -> Sent:
    return _instead(right, replace(right, lines=tuple(lines)))


def _estimated_reading(desk: Desk, right: InvoiceSpec) -> Sent:
    """Return the invoice on a guessed reading, and in February its credit note and the right invoice."""
    note = f"{right.note} Beräknad förbrukning: mätaren kunde inte läsas av. Regleras när mätvärden finns."
    lines = tuple(scaled(line, _GUESSED, ("KWH", "MTQ", "C62")) for line in right.lines)
    guessed = replace(right, note=note, lines=lines)
    later = date(right.issue_date.year + 1, 2, 11)
    due = later + timedelta(days=30)
    credit = replace(
        guessed, number=f"{right.number}-K", issue_date=later, due_date=due, credit_note=True,
        references_invoice=right.number, note=f"Kreditering av faktura {right.number}, beräknad förbrukning.",
    )  # fmt: skip
    anew = f"{right.note} Ersätter faktura {right.number} efter avläsning."
    renewed = replace(
        right, number=f"{right.number}-R", issue_date=later, due_date=due, references_invoice=right.number, note=anew
    )
    return Sent((guessed, credit, renewed), ((guessed.number, totals(guessed).net - totals(right).net),))


def _duplicate_invoice(desk: Desk, right: InvoiceSpec) -> Sent:
    again = _beside(right, f"{right.number}-2", 16)
    return Sent((right, again), ((again.number, totals(again).net),))


def _foreign_meter(desk: Desk, right: InvoiceSpec) -> Sent:
    """Return the right invoice, and a small customer's beside it."""
    lines = tuple(scaled(line, _SMALL_CUSTOMER, ("KWH", "KWT")) for line in right.lines)
    number = f"{desk.supply.prefix}{right.issue_date.year}9417"
    other = replace(_beside(right, number, 1), metering_point=plan.SOMEBODY_ELSES, lines=lines)
    return Sent((right, other), ((number, totals(other).net),))


def _beside(right: InvoiceSpec, number: str, days: int) -> InvoiceSpec:
    later = right.issue_date + timedelta(days=days)
    return replace(right, number=number, issue_date=later, due_date=later + timedelta(days=30))


def _missing_invoice(desk: Desk, right: InvoiceSpec) -> Sent:
    return Sent((), ((None, -totals(right).net),))


def _wrong_power(desk: Desk, right: InvoiceSpec) -> Sent:
    return _with_lines(right, [scaled(line, _POWER_ERROR, ("KWT",)) for line in right.lines])


def _wrong_multiplier(desk: Desk, right: InvoiceSpec) -> Sent:
    return _with_lines(right, [scaled(line, _TRANSFORMER_RATIO, ("KWH",)) for line in right.lines])


def _dormant_meter(desk: Desk, right: InvoiceSpec) -> Sent:
    """Return the invoice of nothing used; the fixed charge is what it costs in vain."""
    unused = replace(right, lines=tuple(scaled(line, Decimal(0), ("KWH",)) for line in right.lines))
    return Sent((unused,), ((unused.number, totals(unused).net),))


def _wrong_tax(desk: Desk, right: InvoiceSpec) -> Sent:
    """Return the invoice with the energy tax of the month before."""
    before = (period_of(right)[0] - timedelta(days=1)).replace(day=1)
    old = desk.invoice("", before, next_month(before))
    price = next(line.price for line in old.lines if "skatt" in line.item.lower()).quantize(Decimal("0.000001"))
    return _with_lines(
        right, [replace(line, price=price) if "skatt" in line.item.lower() else line for line in right.lines]
    )


def _wrong_price_list(desk: Desk, right: InvoiceSpec) -> Sent:
    first, end = period_of(right)
    own = select(desk.lists, desk.supply.family, first)
    before = select(desk.lists, desk.supply.family, own.valid_from - timedelta(days=1))
    return _instead(right, desk.invoice(right.number, first, end, [as_if_valid(before, first, end)]))


def _wrong_band(desk: Desk, right: InvoiceSpec) -> Sent:
    """Return the invoice by a price list that lacks the band of the billed power: the next one up holds it."""
    first, end = period_of(right)
    kw = next(line.quantity for line in right.lines if line.unit == "KWT")
    own = select(desk.lists, desk.supply.family, first)
    parts = tuple(_without_band(part, float(kw)) for part in own.components)
    return _instead(right, desk.invoice(right.number, first, end, [replace(own, components=parts)]))


def _without_band(component: Mapping[str, Any], kw: float) -> Mapping[str, Any]:
    bands = component["price"].get("bands")
    if not bands:
        return component
    at = next(n for n, band in enumerate(bands) if kw <= band.get("up_to", kw))
    return {**component, "price": {**component["price"], "bands": [*bands[:at], *bands[at + 1 :]]}}


def _missing_credit(desk: Desk, right: InvoiceSpec) -> Sent:
    return _with_lines(right, [line for line in right.lines if line.quantity > 0])


def _missing_component(desk: Desk, right: InvoiceSpec) -> Sent:
    return _with_lines(right, [line for line in right.lines if line.item != "Fast avgift"])


def _vat_error(desk: Desk, right: InvoiceSpec) -> Sent:
    """Return the invoice with reduced VAT; the amount is the VAT that is lacking."""
    sent = replace(right, lines=tuple(replace(line, vat_percent=_REDUCED_VAT) for line in right.lines))
    return Sent((sent,), ((sent.number, totals(sent).vat - totals(right).vat),))


def _one_off(desk: Desk, right: InvoiceSpec) -> Sent:
    return _with_lines(right, [*right.lines, replace(_SUPPORT, period=right.period)])


def _period_not_aligned(desk: Desk, right: InvoiceSpec) -> Sent:
    """Return one of two invoices that meet in the middle of a month; together they charge what is right."""
    first, _ = period_of(right)
    days = (_BROKEN_AT, next_month(_BROKEN_AT)) if first.month == _BROKEN_AT.month else (first, _BROKEN_AT)
    sent = desk.invoice(right.number, *days)
    return Sent((sent,), ((sent.number, Decimal(0)),))


def _overlapping_period(desk: Desk, right: InvoiceSpec) -> Sent:
    first, end = period_of(right)
    return _instead(right, desk.invoice(right.number, first - timedelta(days=_OVERLAP_DAYS), end))


_MAKERS: Mapping[str, Callable[[Desk, InvoiceSpec], Sent]] = {
    "estimated_reading": _estimated_reading,
    "duplicate_invoice": _duplicate_invoice,
    "foreign_meter": _foreign_meter,
    "missing_invoice": _missing_invoice,
    "wrong_power": _wrong_power,
    "wrong_multiplier": _wrong_multiplier,
    "dormant_meter": _dormant_meter,
    "wrong_tax": _wrong_tax,
    "wrong_price_list": _wrong_price_list,
    "wrong_band": _wrong_band,
    "missing_credit": _missing_credit,
    "missing_component": _missing_component,
    "vat_error": _vat_error,
    "one_off_in_operations": _one_off,
    "period_not_aligned": _period_not_aligned,
    "overlapping_period": _overlapping_period,
}
