"""I1: the same delivery on two invoices, and periods that overlap."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from energy.audit.rules.base import Found, Row, RuleContext, found_of, groups
from energy.audit.words import spoken

__all__ = ["duplicate_invoice", "overlapping_period"]


def duplicate_invoice(context: RuleContext) -> Sequence[Found]:
    """Return one finding per document whose lines charge what an earlier document has charged already."""
    found = []
    for lines in groups(context.lines.filter(pl.col("repeats").is_not_null())):
        first = _first(context, lines, "repeats")
        one = lines[0]
        same = "på samma faktura" if first["document"] == one["document"] else (
            f"på faktura {spoken(first['invoice_no'])} daterad {first['issue_date']}"
        )  # fmt: skip
        count = "raden" if len(lines) == 1 else f"{len(lines)} rader"
        why = f"{count.capitalize()} är redan fakturerad {same}: samma period och belopp."
        if len(lines) > 1:
            why = f"{count.capitalize()} är redan fakturerade {same}: samma period och belopp."
        found.append(found_of("duplicate_invoice", lines, why, "Vi ber er kreditera dubbletten."))
    return found


def overlapping_period(context: RuleContext) -> Sequence[Found]:
    """Return one finding per document that charges days, or another month's quantity, that are charged elsewhere."""
    found = []
    for lines in groups(context.lines.filter(pl.col("overlaps").is_not_null(), pl.col("repeats").is_null())):
        first = _first(context, lines, "overlaps")
        why = (
            f"Perioden överlappar faktura {spoken(first['invoice_no'])} ({first['period_start']}–"
            f"{first['period_end']}): {lines[0]['overlap_days']} dagar är fakturerade två gånger."
        )
        found.append(
            found_of("overlapping_period", lines, why, "Vi ber er kreditera de dagar som är fakturerade två gånger.")
        )
    wrong = context.lines.filter(
        pl.col("verdict") == "wrong_period", pl.col("overlaps").is_null(), pl.col("repeats").is_null()
    )
    for lines in groups(wrong):
        why = f"Raden avser en annan period än den fakturerade: {lines[0]['reason']}."
        found.append(found_of("overlapping_period", lines, why, "Vi ber er rätta perioden och kreditera skillnaden."))
    return found


def _first(context: RuleContext, lines: Sequence[Row], column: str) -> Row:
    return context.lines.filter(pl.col("row") == lines[0][column]).row(0, named=True)
