"""I5, I9 and I11: VAT, support of one occasion among the operating costs, periods that do not follow the months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from energy.audit.rules.base import VAT, Found, RuleContext, evidence, found_of, groups, letter
from energy.audit.words import month, plain, spoken
from energy.calendar import month_starts, next_month

__all__ = ["one_off_in_operations", "period_not_aligned", "vat_error"]
_VAT_SUM = 1.0  # SEK: VAT is rounded per rate, and a sum of lines per line


def vat_error(context: RuleContext) -> Sequence[Found]:
    """Return one finding per document with VAT in its prices, another rate than the standard, or a wrong sum of VAT."""
    found = [_vat_of(lines) for lines in groups(context.lines.filter(pl.col("verdict") == "vat"))]
    told = {(one.line["document"]) for one in found}
    return found + [one for one in _sums(context) if one.line["document"] not in told]


def _vat_of(lines: Sequence[Mapping[str, Any]]) -> Found:
    wrong_rate = [line for line in lines if abs(line["difference_sek"] or 0.0) <= 1 and line["vat_percent"] is not None]
    if len(wrong_rate) == len(lines):
        told = [
            dict(line) | {"difference_sek": line["amount_sek"] * (line["vat_percent"] - line["vat_expected"]) / 100}
            for line in lines
        ]
        why = f"{str(lines[0]['reason']).capitalize()}."
        return found_of("vat_error", told, why, "Vi ber er skicka en faktura med rätt momssats.", is_vat=True)
    reason = str(lines[0]["reason"])
    ask = "Vi ber er fakturera beloppen exklusive moms och kreditera skillnaden."
    return found_of("vat_error", lines, f"{reason[:1].upper()}{reason[1:]}.", ask, is_vat=True)


def _sums(context: RuleContext) -> list[Found]:
    """Return the documents whose VAT is not the sum of their lines' VAT."""
    vat = context.lines.group_by("document").agg(
        due=pl.when(pl.col("vat_percent").is_not_null().all() & pl.col("amount_sek").is_not_null().all()).then(
            (pl.col("amount_sek") * pl.col("vat_percent") / 100).sum()
        ),
        charged=pl.col("vat_sek").first(), net=pl.col("net_sek").first(), lines_net=pl.col("amount_sek").sum(),
    ).filter(
        (pl.col("charged") - pl.col("due")).abs() > _VAT_SUM, (pl.col("net") - pl.col("lines_net")).abs() <= _VAT_SUM
    )  # fmt: skip
    found = []
    for row in vat.sort("document").to_dicts():
        lines = context.lines.filter(pl.col("document") == row["document"]).sort("row").to_dicts()
        amount = row["charged"] - row["due"]
        why = f"Fakturans moms är {plain(row['charged'])} kr men raderna ger {plain(row['due'])} kr."
        text = f"Faktura {spoken(lines[0]['invoice_no'])}, {month(lines[0]['consumption_month'])}: {why}"
        level = "error" if amount > 0 else "warning"
        words = letter(lines, why, "Vi ber er skicka en faktura med rätt moms.", shown=False, sums=VAT)
        found.append(Found("vat_error", level, lines[0], amount, text, evidence(lines), words, lines))
    return found


def one_off_in_operations(context: RuleContext) -> Sequence[Found]:
    """Return one finding per document with support or charges of one occasion: they do not belong to the operation."""
    found = []
    for lines in groups(context.lines.filter("is_one_off", pl.col("amount_sek").is_not_null())):
        amount = sum(line["amount_sek"] for line in lines)
        items = ", ".join(spoken(line["item"]) for line in lines)
        why = (
            f"{items}: {plain(amount)} kr är en engångspost. Bokför den på kontot för engångsposter; på driftkontot ser"
            f" energin {'billigare' if amount < 0 else 'dyrare'} ut än den är, och den räknas inte som besparing."
        )
        text = f"Faktura {spoken(lines[0]['invoice_no'])}, {month(lines[0]['consumption_month'])}: {why}"
        ask = "Vi ber er fakturera eller kreditera engångsposter på en egen faktura, skild från förbrukningen."
        about = f"Fakturan innehåller en engångspost: {items}, {plain(amount)} kr."
        level = "info" if all(line["is_closed"] for line in lines) else "warning"
        words = letter(lines, about, ask)
        found.append(Found("one_off_in_operations", level, lines[0], amount, text, evidence(lines), words, lines))
    return found


def period_not_aligned(context: RuleContext) -> Sequence[Found]:
    """Return one finding per document whose period begins or ends within a month, with the amount of each month.

    A period that begins or ends with the contract is as it should be.
    """
    split = context.lines.filter(
        ~pl.col("is_whole"), ~pl.col("is_credit"), pl.col("contract_kind").is_not_null(),
        pl.col("reversed_by").is_null(), pl.col("amount_sek").is_not_null(),
        pl.col("period_end") >= pl.col("period_start"),
    )  # fmt: skip
    edges = context.contracts.select(
        "metering_point", pl.col("kind").alias("contract_kind"), "supplier_id", "valid_from",
        last_day=pl.col("valid_to").dt.offset_by("-1d"),
    )  # fmt: skip
    natural = split.join(edges, on=["metering_point", "contract_kind", "supplier_id"]).filter(
        (pl.col("period_start").dt.day() == 1) | (pl.col("period_start") == pl.col("valid_from")),
        (pl.col("period_end") == pl.col("period_end").dt.month_end()) | (pl.col("period_end") == pl.col("last_day")),
    )
    overlapping = context.lines.filter(pl.col("overlaps").is_not_null())  # told as such, by its own rule
    odd = split.join(natural.select("row").unique(), on="row", how="anti").join(
        overlapping.select("document").unique(), on="document", how="anti"
    )
    return [_unaligned(lines) for lines in groups(odd)]


def _unaligned(lines: Sequence[Mapping[str, Any]]) -> Found:
    first = lines[0]
    shares: dict[date, float] = {}
    for line in lines:
        for of, part in _by_month(line["period_start"], line["period_end"]):
            shares[of] = shares.get(of, 0.0) + part * line["amount_sek"]
    told = ", ".join(f"{month(of)} {plain(amount)} kr" for of, amount in sorted(shares.items()))
    days = f"{first['period_start']}–{first['period_end']}"
    why = (
        f"Perioden {days} följer inte kalendermånaderna. På dagar blir det: {told}. Utfallet per månad räknas efter "
        "uppmätt förbrukning där den finns."
    )
    text = f"Faktura {spoken(first['invoice_no'])}: {why}"
    ask = "Vi ber er fakturera hela kalendermånader, så att kostnaden hamnar i rätt månad hos oss."
    words = letter(lines, why, ask, shown=False)
    return Found("period_not_aligned", "info", first, 0.0, text, evidence(lines), words, lines)


def _by_month(first: date, last: date) -> list[tuple[date, float]]:
    """Return (month, share of the days) of a period, both days included."""
    days = (last - first).days + 1
    return [
        (of, ((min(last, next_month(of) - timedelta(days=1)) - max(first, of)).days + 1) / days)
        for of in month_starts(first, last)
    ]
