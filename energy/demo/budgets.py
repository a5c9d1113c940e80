"""Budgets of the made-up facility: what each kind of invoice cost the year before, by month, and a little more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from energy.calendar import month_starts, next_month
from energy.demo import books, plan
from energy.demo.billing import period_of
from energy.demo.invoices import InvoiceSpec, totals

__all__ = ["budget_files"]

_MONTHS = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_KINDS = (("heat", "fjärrvärme"), ("grid", "el"), ("retail", "el"))
_RISE = Decimal("1.02")


def budget_files(invoices: Sequence[tuple[str, InvoiceSpec]]) -> Iterator[tuple[str, bytes]]:
    """Yield (name, CSV) of every year's budget [tkr]; that of the first year is taken from the year itself."""
    costs = _costs(invoices)
    head = ";".join(("Version", "År", "Anläggning", "Energislag", "Konto", "Ansvar", "Enhet", *_MONTHS))
    for year in range(plan.FIRST.year, plan.END.year):
        rows = [head]
        for kind, carrier in _KINDS:
            known = [costs[kind, date(max(year - 1, plan.FIRST.year), month, 1)] for month in range(1, 13)]
            centre = plan.cost_centre(date(year, 1, 1))
            line = (f"Budget {year}", str(year), plan.FACILITY, carrier, books.COST_ACCOUNTS[kind], centre, "tkr")
            rows.append(";".join((*line, *(_thousands(cost * _RISE) for cost in known))))
        yield f"syntetisk_budget_{year}.csv", ("\ufeff" + "\n".join(rows) + "\n").encode()


def _costs(invoices: Sequence[tuple[str, InvoiceSpec]]) -> dict[tuple[str, date], Decimal]:
    """Return (kind, month) -> what was billed [SEK]; an invoice of several months is shared by their days."""
    costs: dict[tuple[str, date], Decimal] = {}
    for kind, spec in invoices:
        first, end = period_of(spec)
        net = totals(spec).net * (-1 if spec.credit_note else 1)
        for month in month_starts(first.replace(day=1), end - timedelta(days=1)):
            days = min(end, next_month(month)) - max(first, month)
            costs[kind, month] = costs.get((kind, month), Decimal(0)) + net * days.days / (end - first).days
    return costs


def _thousands(amount: Decimal) -> str:
    return f"{(amount / 1000).quantize(Decimal('0.1'), ROUND_HALF_UP)}".replace(".", ",")
