"""The books of the made-up municipality: what its suppliers' invoices became as vouchers, and the mistakes on the way.

A municipality keeps its accounts by dimensions: responsibility (ansvar), activity (verksamhet) and object. Amounts are
SEK with two decimals, debit positive; the chart of accounts is made up in the manner of a Swedish one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from energy.calendar import next_month
from energy.demo import plan
from energy.demo.invoices import InvoiceSpec, totals

__all__ = ["ACCOUNTS", "COST_ACCOUNTS", "MISTAKES", "BookMistake", "Line", "Voucher", "balances", "objects", "vouchers"]

COST_ACCOUNTS = {"heat": "6210", "grid": "6220", "retail": "6230"}  # of each kind of invoice
BANK, EQUITY, VAT, SUPPLIERS, ROUNDING, RESULT = "1930", "2010", "1650", "2510", "7490", "8990"
ACCRUED, ONE_OFF = "2990", "6290"  # where accruals and what is no cost of the year's operation belong
ACCOUNTS: Mapping[str, str] = {
    VAT: "Ingående moms", BANK: "Bank", EQUITY: "Eget kapital", SUPPLIERS: "Leverantörsskulder",
    ACCRUED: "Upplupna kostnader", "6210": "Fjärrvärme", "6220": "El, nätavgifter", "6230": "El, handel",
    ONE_OFF: "Energi, engångsposter", ROUNDING: "Öresavrundning", RESULT: "Årets resultat",
}  # fmt: skip
_STARTING_CAPITAL = Decimal(60_000_000)
_DAYS_TO_BOOK = 3


@dataclass(frozen=True)
class Line:
    """One line of a voucher; `kwh` is what the invoice measures, on its line of cost."""

    account: str
    amount: Decimal
    kwh: Decimal | None = None


@dataclass(frozen=True)
class Voucher:
    """One voucher; numbers run from 1 in every series and year."""

    series: str
    day: date
    text: str
    lines: tuple[Line, ...]
    number: int = 0


@dataclass(frozen=True)
class BookMistake:
    """An error put into the books on purpose: what a comparison of books and invoices should find."""

    rule: str
    kind: str
    month: date  # of consumption


MISTAKES: tuple[BookMistake, ...] = (
    BookMistake("not_posted", "heat", date(2019, 4, 1)),
    BookMistake("posted_twice", "grid", date(2020, 10, 1)),
    BookMistake("posted_gross", "retail", date(2021, 5, 1)),  # with VAT among the costs
    BookMistake("wrong_account", "heat", date(2022, 11, 1)),  # among the grid's fees
)


def vouchers(invoices: Sequence[tuple[str, InvoiceSpec]]) -> list[Voucher]:
    """Return the vouchers up to the demo's last day in order of date: invoices, payments, VAT back, result of the year.

    The last year is not closed. Numbers run by date within series and year.
    """
    found = [v for kind, spec in invoices for v in _of_invoice(kind, spec, mistake_of(kind, spec))]
    found = [v for v in found if v.day < plan.END]
    found += _vat_back(found)
    found += _results(found)
    found.sort(key=lambda v: (v.day, v.series, v.text))
    counts: dict[tuple[int, str], int] = {}
    numbered = []
    for voucher in found:
        key = (voucher.day.year, voucher.series)
        counts[key] = counts.get(key, 0) + 1
        numbered.append(replace(voucher, number=counts[key]))
    return numbered


def mistake_of(kind: str, spec: InvoiceSpec) -> str | None:
    """Return the mistake with which an invoice was posted, if any."""
    month = spec.period[0] if spec.period else None
    return next((m.rule for m in MISTAKES if (m.kind, m.month) == (kind, month)), None)


def objects(day: date) -> Mapping[str, str]:
    """Return dimension -> object that bears the costs posted on a day."""
    return {"20": plan.cost_centre(day), "21": "340", "22": "TORV"}


def balances(booked: Sequence[Voucher], year: int) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """Return (opening, closing) balance of every account; those of result begin at nought every year."""
    opening = dict.fromkeys(ACCOUNTS, Decimal(0)) | {BANK: _STARTING_CAPITAL, EQUITY: -_STARTING_CAPITAL}
    closing = dict(opening)
    for voucher in booked:
        for line in voucher.lines:
            if voucher.day.year < year and line.account < "3":
                opening[line.account] += line.amount
            if voucher.day.year == year or (voucher.day.year < year and line.account < "3"):
                closing[line.account] += line.amount
    return opening, closing


def _of_invoice(kind: str, spec: InvoiceSpec, mistake: str | None) -> Iterator[Voucher]:
    """Yield the vouchers of one invoice: on its cost, VAT and liability, and its payment on the day it is due."""
    if mistake == "not_posted":
        return
    sign = -1 if spec.credit_note else 1
    sums = totals(spec)
    cost, vat = sign * sums.net, sign * sums.vat
    if mistake == "posted_gross":
        cost, vat = cost + vat, Decimal(0)
    account = COST_ACCOUNTS["grid" if mistake == "wrong_account" else kind]
    kwh = next((sign * line.quantity for line in spec.lines if line.unit == "KWH"), None)  # more lines, the same kWh
    lines = (
        Line(account, cost, kwh),
        Line(VAT, vat),
        Line(ROUNDING, sign * sums.rounding),
        Line(SUPPLIERS, -sign * sums.payable),
    )
    text = f"{spec.supplier.name} {spec.number}"
    booked = Voucher("L", spec.issue_date + timedelta(days=_DAYS_TO_BOOK), text, _moved(lines))
    yield booked
    if mistake == "posted_twice":
        yield replace(booked, day=booked.day + timedelta(days=8))
    paid = (Line(SUPPLIERS, sign * sums.payable), Line(BANK, -sign * sums.payable))
    yield Voucher("U", spec.due_date, f"Betalning {text}", paid)


def _moved(lines: Sequence[Line]) -> tuple[Line, ...]:
    return tuple(line for line in lines if line.amount)


def _vat_back(booked: Sequence[Voucher]) -> Iterator[Voucher]:
    """Yield a voucher on the last day of every month: the month's VAT comes back."""
    for (year, month), group in groupby(sorted(booked, key=_month), key=_month):
        total = sum((line.amount for v in group for line in v.lines if line.account == VAT), Decimal(0))
        last = next_month(date(year, month, 1)) - timedelta(days=1)
        if total:
            yield Voucher("M", last, f"Momsersättning {year}-{month:02d}", (Line(BANK, total), Line(VAT, -total)))


def _results(booked: Sequence[Voucher]) -> Iterator[Voucher]:
    """Yield the voucher that ends every year but the last: its result goes to equity."""
    for year in range(plan.FIRST.year, plan.END.year - 1):
        mine = (v for v in booked if v.day.year == year)
        total = sum((line.amount for v in mine for line in v.lines if line.account >= "3"), Decimal(0))
        yield Voucher("B", date(year, 12, 31), f"Årets resultat {year}", (Line(RESULT, -total), Line(EQUITY, total)))


def _month(voucher: Voucher) -> tuple[int, int]:
    return voucher.day.year, voucher.day.month
