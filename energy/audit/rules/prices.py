"""I2, I3, I4, I6 and I10: wrong list, band, tax or power, estimated readings, and what was never billed or credited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from energy.audit.rules.base import Found, Row, RuleContext, found_of, groups, letter
from energy.audit.words import month, plain, spoken

__all__ = [
    "estimated_reading", "missing_component", "missing_credit", "unexplained_difference", "wrong_band", "wrong_power",
    "wrong_price_list", "wrong_tax",
]  # fmt: skip
_CREDIT = "Vi ber er räkna om fakturan och kreditera skillnaden."


def _by_verdict(context: RuleContext, verdict: str, rule: str, why: str, ask: str) -> list[Found]:
    """Return one finding per document and month with the verdict; `why` is filled with the first line's reason."""
    mine = context.lines.filter(pl.col("verdict") == verdict)
    return [_found(rule, lines, why, ask) for lines in groups(mine)]


def _found(rule: str, lines: Sequence[Row], why: str, ask: str) -> Found:
    reason, more = str(lines[0]["reason"] or ""), len(lines) - 1
    if more:  # its numbers are one line's, the amount is all lines'
        reason += f"; {'en rad' if more == 1 else f'{more} rader'} till har samma fel"
    return found_of(rule, lines, why.format(reason=reason[:1].upper() + reason[1:]), ask)


def wrong_price_list(context: RuleContext) -> Sequence[Found]:
    """Return one finding per document priced by another list of the family than the one in force."""
    return _by_verdict(context, "wrong_price_list", "wrong_price_list", "{reason}.", _CREDIT)


def wrong_band(context: RuleContext) -> Sequence[Found]:
    """Return one finding per document priced by a band that the power does not fall in."""
    return _by_verdict(context, "wrong_band", "wrong_band", "{reason}.", _CREDIT)


def wrong_tax(context: RuleContext) -> Sequence[Found]:
    """Return one finding per document with another rate of the energy tax than the period's, or a tax not its own."""
    return _by_verdict(context, "wrong_tax", "wrong_tax", "{reason}.", "Vi ber er rätta energiskatten.")


def wrong_power(context: RuleContext) -> Sequence[Found]:
    """Return one finding per document that charges another power than the meter's."""
    mine = context.lines.filter(pl.col("verdict") == "wrong_power", pl.col("multiplier").is_null())
    ask = "Vi ber er kontrollera den debiterade effekten mot mätvärdena och kreditera skillnaden."
    return [_found("wrong_power", lines, "{reason}.", ask) for lines in groups(mine)]


def _estimated(context: RuleContext) -> tuple[list[list[dict[str, Any]]], list[list[dict[str, Any]]]]:
    """Return the documents on estimated readings: those (in time or corrected), and those left uncorrected too long."""
    timely: list[list[dict[str, Any]]] = []
    overdue: list[list[dict[str, Any]]] = []
    for lines in groups(context.lines.filter(pl.col("verdict") == "estimated_reading")):
        issued = lines[0]["issue_date"]
        is_open = not all(line["is_closed"] for line in lines)
        months = 0
        if issued and context.latest:
            months = (context.latest.year - issued.year) * 12 + context.latest.month - issued.month
        late = is_open and months >= context.rules.correction_months
        (overdue if late else timely).append(lines)
    return timely, overdue


def estimated_reading(context: RuleContext) -> Sequence[Found]:
    """Return one finding per document on an estimated reading that is corrected, or may still be."""
    found = []
    for lines in _estimated(context)[0]:
        one = _found(
            "estimated_reading", lines, "{reason}.", "Vi ber er reglera fakturan efter den verkliga avläsningen."
        )
        found.append(replace(one, level="warning") if one.level == "error" else one)
    return found


def missing_credit(context: RuleContext) -> Sequence[Found]:
    """Return what we should have had back: estimates never corrected, rebates of the list that the invoice lacks."""
    limit = context.rules.correction_months
    why = f"{{reason}}. Den har inte reglerats på {limit} månader."
    ask = "Vi ber er reglera fakturan efter den verkliga avläsningen."
    found = [_found("missing_credit", lines, why, ask) for lines in _estimated(context)[1]]
    for lines in _lacking(context, pl.col("recomputed_sek") < 0):
        amount = -sum(line["recomputed_sek"] for line in lines)
        told = ", ".join(f"{spoken(line['label'])} {plain(-line['recomputed_sek'])} kr" for line in lines)
        text = f"Prislistan {lines[0]['price_list']} ger avdrag som inte finns på fakturan: {told}."
        found.append(_absent("missing_credit", "error", lines, amount, text, "Vi ber er kreditera avdraget."))
    return found


def missing_component(context: RuleContext) -> Sequence[Found]:
    """Return charges that the price list has and the month's invoice lacks: expect them later."""
    found = []
    for lines in _lacking(context, pl.col("recomputed_sek") > 0):
        amount = -sum(line["recomputed_sek"] for line in lines)
        told = ", ".join(f"{spoken(line['label'])} {plain(line['recomputed_sek'])} kr" for line in lines)
        text = f"Prislistan {lines[0]['price_list']} har avgifter som inte finns på fakturan: {told}."
        ask = "Vi ber er förklara om avgifterna faktureras för sig eller har fallit bort."
        found.append(_absent("missing_component", "warning", lines, amount, text, ask))
    return found


def _lacking(context: RuleContext, where: pl.Expr) -> list[list[dict[str, Any]]]:
    mine = context.lacking.filter(where).sort("issue_date", "invoice_no", "line_id", nulls_last=True)
    points = context.points.select("metering_point", "facility")
    by = ["supplier_id", "invoice_no", "metering_point", "contract_kind", "consumption_month"]
    joined = mine.join(points, on="metering_point", how="left", maintain_order="left")
    return [one.to_dicts() for one in joined.partition_by(by, maintain_order=True)]


def _absent(rule: str, level: str, lines: Sequence[Row], amount: float, why: str, ask: str) -> Found:
    first = lines[0]
    rows = "\n".join(
        f"{spoken(line['label'])}: omräknat {plain(line['recomputed_quantity'] or 0, 3)} {line['unit']}, "
        f"{plain(line['recomputed_sek'])} kr enligt prislista {line['price_list']}; ingen rad på fakturan"
        for line in lines
    )
    text = f"Faktura {spoken(first['invoice_no'])}, {month(first['consumption_month'])}: {why}"
    return Found(rule, level, first, amount, text, rows, letter([first], why, ask, shown=False), lines)


def unexplained_difference(context: RuleContext) -> Sequence[Found]:
    """Return one finding per document with differences that no reason of the closed list explains."""
    mine = context.lines.filter(pl.col("verdict") == "unexplained", pl.col("multiplier").is_null())
    found = []
    for lines in groups(mine):
        why = "Beloppet skiljer sig från det omräknade utan att vi kan se varför: {reason}."
        one = _found(
            "unexplained_difference",
            lines,
            why.replace("{reason}", str(lines[0]["reason"])),
            "Vi ber er förklara hur beloppet är räknat.",
        )
        small = abs(one.amount_sek or 0.0) < context.rules.same_price_sek
        level = "info" if small or one.level == "info" else "warning"
        found.append(replace(one, level=level))
    return found
