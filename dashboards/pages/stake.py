"""What the findings of the invoice audit are worth together: to claim, to correct, what is owed. Only sums."""

from __future__ import annotations

import polars as pl

from dashboards import text
from dashboards.pages.base import Facility, View

BOOKS = ("posted_gross", "one_off_in_operations")  # rules that the books are corrected for, not the supplier
TIMING = ("estimated_reading", "period_not_aligned")  # rules whose amount comes back of itself in another month
VAT = ("vat_error",)  # rules whose amount is VAT: never added to amounts excluding VAT
UNCLEAR, UNUSED = ("unexplained_difference",), ("dormant_meter",)
CLAIM, CORRECT = "att kräva tillbaka av leverantörerna", "att rätta i bokföringen"
CORRECT_VAT = "moms att rätta"


def kinds(findings: pl.DataFrame) -> list[tuple[str, str, pl.DataFrame]]:
    """Return (what, mark, its findings) of every kind of money at stake; what is only told is never among them."""
    acted = findings.filter(~pl.col("level").eq_missing(pl.lit("info")))
    of = {rules: pl.col("rule").is_in(rules).fill_null(False) for rules in (BOOKS, TIMING, UNCLEAR, UNUSED, VAT)}
    more, less = pl.col("amount_sek") > 0, pl.col("amount_sek") < 0
    told: tuple[tuple[str, str, pl.Expr], ...] = (
        (CLAIM, "warn", more & ~pl.any_horizontal(*of.values())),
        ("att få förklarat av leverantörerna", "warn", more & of[UNCLEAR]),
        ("för mätare utan last", "warn", more & of[UNUSED]),
        (CORRECT, "warn", (more | less) & of[BOOKS]),
        (CORRECT_VAT, "warn", (more | less) & of[VAT]),
        ("som hör till en annan månad och väntas jämnas ut", "none", more & of[TIMING]),
        ("för lite fakturerat, som kan komma i efterhand", "none", less & ~of[BOOKS] & ~of[VAT]),
    )
    return [(what, mark, rows) for what, mark, which in told if (rows := acted.filter(which)).height]


def total(rows: pl.DataFrame) -> float:
    """Return the sum of the sizes of amounts [SEK]; the rows of one kind never stand against each other."""
    return float(rows.sort("finding_key").get_column("amount_sek").abs().sum())


def stakes(findings: pl.DataFrame) -> list[tuple[str, str]]:
    """Return (sentence, its mark) of every kind of money at stake."""
    said = [
        (f"{_said(what, f'{text.number(total(rows))}{text.NBSP}kr')} ({_counted(rows.height)}).", mark)
        for what, mark, rows in kinds(findings)
    ]
    bare = findings.filter(~pl.col("level").eq_missing(pl.lit("info")), pl.col("amount_sek").is_null()).height
    return said + ([(f"{_counted(bare)} har inget belopp.", "none")] if bare else [])


def _said(what: str, amount: str) -> str:
    """Return «1 200 kr att kräva tillbaka …», for VAT «Moms att rätta: 1 200 kr»."""
    return f"{text.capital(what)}: {amount}" if what == CORRECT_VAT else f"{amount} {what}"


def _counted(count: int) -> str:
    return text.counted(count, "iakttagelse", "iakttagelser")


def short(view: View, facility: Facility) -> str:
    """Return in one line what is at stake in the facility's invoices; "" where nothing has been audited."""
    findings = view.rows("invoice_findings", facility=facility.id)
    if findings.is_empty():
        audited = view.rows("invoice_audit", facility=facility.id).height
        return "Fakturagranskningen har inte hittat några fel." if audited else ""
    unit = view.options.amount_unit
    found = [(what, text.amount(total(rows), unit)) for what, mark, rows in kinds(findings) if mark == "warn"]
    # VAT stands last and on its own: the other amounts are excluding VAT
    parts = [f"{amount} {what}" for what, amount in found if what != CORRECT_VAT]
    vat = [f"{_said(what, amount)}." for what, amount in found if what == CORRECT_VAT]
    if not parts and vat:
        return f"Fakturagranskningen: {vat[0][:1].lower()}{vat[0][1:]}"
    if not parts:
        return "Fakturagranskningen har inte hittat något att kräva tillbaka."
    return " ".join([f"Fakturagranskningen: {text.listing(parts)}.", *vat])
