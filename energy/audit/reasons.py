"""Why a line differs: a verdict from the closed list and a Swedish sentence with its numbers.

The closed list: agrees, estimated_reading, wrong_price_list, wrong_band, wrong_period, wrong_power, wrong_tax, vat,
missing_component, unexplained, and not_assessed with why.
"""

from __future__ import annotations

import polars as pl

from energy.audit.alternatives import explained, pieces_of, same_price
from energy.audit.criteria import Criteria
from energy.audit.words import KIND_SV, component_sv, kr, number, quantity

__all__ = ["VERDICTS", "judge"]

VERDICTS = (
    "agrees", "estimated_reading", "wrong_price_list", "wrong_band", "wrong_period", "wrong_power", "wrong_tax", "vat",
    "missing_component", "unexplained", "not_assessed",
)  # fmt: skip
_NOT_OF_THE_LIST = ("other", "levy", "fee")  # fees that a price list need not have


def judge(
    lines: pl.DataFrame, bill_rows: pl.DataFrame, bill: pl.DataFrame, book: pl.DataFrame, rules: Criteria
) -> pl.DataFrame:
    """Return the lines with `verdict`, `reason` (Swedish), `multiplier` and `vat_expected` [%].

    `lines` from `energy.audit.shadow.shadow`, `bill_rows` its components' rows, `bill` the months' bills, where other
    months' quantities are looked up.
    """
    flat = book.filter(~pl.col("is_spot")).select("price_list", "label").unique()  # one price whatever the hour
    known = lines.join(flat.with_columns(has_flat_price=pl.lit(value=True)), on=["price_list", "label"], how="left")
    known = known.with_columns(pl.col("has_flat_price").fill_null(value=False))
    rated = _measures(_other_invoices(known), rules)
    found = _plain_cases(rated, rules)
    asked = found.filter(pl.col("verdict").is_null())
    if asked.is_empty():
        return found
    pieces = pieces_of(asked, bill_rows, book)
    asked = asked.join(same_price(asked, pieces, book), on="row", how="left")
    told = _quantity_reasons(asked, bill, rules)
    prices = explained(asked, pieces, book, rules)
    said = told.join(prices.select("row", "verdict", "why"), on="row", how="left", suffix="_price")
    by_price = pl.col("verdict_price").is_not_null() & ~pl.col("by_quantity")
    said = said.with_columns(
        verdict=pl.when(by_price).then("verdict_price").otherwise("verdict_quantity"),
        reason=pl.when(by_price).then(_price_text()).otherwise("reason_quantity"),
    ).select("row", "verdict", "reason")
    joined = found.join(said, on="row", how="left", suffix="_said")
    return joined.with_columns(
        verdict=pl.coalesce("verdict", "verdict_said"), reason=pl.coalesce("reason", "reason_said")
    ).drop("verdict_said", "reason_said")


def _other_invoices(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines with `other_invoice` (taken back or repeated) and `corrected_on` (what corrects them)."""
    named = pl.col("invoice_no").fill_null("utan nummer")
    last = named.sort_by("issue_date", "row").last().over("chain")
    numbers = lines.select(pl.col("row").alias("other_row"), named.alias("other_invoice"))
    backs = numbers.rename({"other_row": "reversed_by", "other_invoice": "corrected_on"})
    return (
        lines.with_columns(other_row=pl.coalesce("reverses", "repeats", "overlaps"), last_invoice=last)
        .join(numbers, on="other_row", how="left")
        .join(backs, on="reversed_by", how="left")
        .with_columns(corrected_on=pl.coalesce("corrected_on", "last_invoice"))
        .drop("other_row", "last_invoice")
    )


def _measures(lines: pl.DataFrame, rules: Criteria) -> pl.DataFrame:
    """Return the lines with the ratio of quantities and how they compare."""
    comparable = (
        (pl.col("unit_billed") == pl.col("bill_unit")) & (pl.col("bill_unit") != "st")
        | ((pl.col("bill_unit") == "MWh·°C") & (pl.col("unit_billed") == "st"))
    ) & (pl.col("full_quantity").abs() > 0) & pl.col("quantity_billed").is_finite()  # fmt: skip
    rated = lines.with_columns(
        is_comparable=comparable.fill_null(value=False),
        ratio=pl.when(comparable).then(pl.col("quantity_billed") / pl.col("full_quantity")).otherwise(1.0),
        vat_expected=rules.vat_percent(pl.coalesce("period_start", "issue_date")),
    )
    near = (pl.col("ratio") - 1).abs()
    factors = pl.DataFrame({"multiplier": [f for m in rules.multipliers for f in (m, 1 / m)]})
    # a wrong multiplier shows in the energy: twice the power with the right energy is none
    right = pl.col("is_comparable") & (pl.col("bill_unit") == "kWh") & (near <= rules.agree_share)
    alike = ~right.fill_null(value=False).any().over("document", "metering_point", "contract_kind", "period_end")
    off = (
        rated.filter("is_comparable", near > rules.agree_share, alike).select("row", "ratio").join(factors, how="cross")
    )
    error = (pl.col("ratio") / pl.col("multiplier") - 1).abs()
    hits = off.with_columns(error=error).filter(pl.col("error") <= rules.multiplier_share)
    best = hits.sort("row", "error", "multiplier").unique("row", keep="first", maintain_order=True)
    return rated.join(best.select("row", "multiplier"), on="row", how="left").with_columns(
        same_quantity=near <= rules.same_quantity_share, near_quantity=near <= rules.agree_share
    )


def _plain_cases(lines: pl.DataFrame, rules: Criteria) -> pl.DataFrame:
    """Return the lines with the verdicts that need no alternatives; null where the price or quantity must tell."""
    full, gap = pl.col("full_sek"), pl.col("difference_sek")
    by_price = (gap - full * (pl.col("ratio") - 1)).abs() > rules.same_price_sek
    strict = pl.col("same_quantity") & pl.col("is_comparable") & by_price & pl.col("has_flat_price")
    agrees = (gap.abs() <= rules.tolerance_sek(full)) & ~(strict & (pl.col("outstanding_sek").abs() <= rules.agree_sek))
    bad_vat = pl.col("vat_percent").is_not_null() & ((pl.col("vat_percent") - pl.col("vat_expected")).abs() > 0.001)
    standing = pl.col("outstanding_sek").abs() > rules.agree_sek
    orphan = (
        (pl.col("amount_sek").sign() == -pl.col("wanted"))
        & ~standing
        & (pl.col("is_credit") | (gap.abs() > full.abs()))
    )
    unfit = [*_unfit(), (orphan & ~agrees & pl.col("reverses").is_null(), "not_assessed",
              pl.lit("krediten hör till en faktura eller rad som inte är inläst"))]  # fmt: skip
    percents = [number(pl.col(c), 0) for c in ("vat_percent", "vat_expected")]
    sums = [kr(pl.col(c)) for c in ("amount_sek", "expected_sek", "outstanding_sek")]
    cases = [
        (pl.col("line_class") == "rounding", "agrees", pl.lit("öresavrundning: betalas men är ingen energikostnad")),
        (pl.col("reverses").is_not_null(), "agrees", pl.lit("krediterar faktura ") + pl.col("other_invoice")),
        (pl.col("repeats").is_not_null() | pl.col("overlaps").is_not_null(), "wrong_period", _charged_before()),
        *unfit,
        *_without_part(),
        (agrees & bad_vat, "vat", pl.format("momsen är {} %; satsen är {} %", *percents)),
        (agrees & pl.col("is_summed"), "agrees", pl.lit("radernas summa stämmer; räkningen är delad annorlunda")),
        (agrees & standing, "agrees", pl.format("rättar tidigare fakturering: {} låg redan på perioden", sums[2])),
        (agrees, "agrees", pl.lit(None, pl.String)),
        (standing, "unexplained", pl.format("raden rättar med {}, men {} behövdes: {} är redan fakturerat", *sums)),
    ]  # fmt: skip
    verdict, reason = pl.lit(None, pl.String), pl.lit(None, pl.String)
    for when, name, why in reversed(cases):
        true = when.fill_null(value=False)
        verdict = pl.when(true).then(pl.lit(name)).otherwise(verdict)
        reason = pl.when(true).then(why).otherwise(reason)
    # what the price list does not have should have cost nothing
    nothing = pl.col("expected_sek").is_null() & pl.col("verdict").is_in(["wrong_tax", "unexplained", "wrong_period"])
    told = lines.with_columns(verdict=verdict, reason=reason).with_columns(
        expected_sek=pl.when(nothing).then(0.0).otherwise("expected_sek")
    )
    return told.with_columns(difference_sek=pl.col("amount_sek") - pl.col("expected_sek"))


def _charged_before() -> pl.Expr:
    return (
        pl.when(pl.col("overlaps").is_not_null())
        .then(pl.format("{} av periodens dagar är redan fakturerade på faktura {}", "overlap_days", "other_invoice"))
        .otherwise(pl.lit("samma sak och period är redan fakturerad på faktura ") + pl.col("other_invoice"))
    )


def _unfit() -> list[tuple[pl.Expr, str, pl.Expr]]:
    """Return the cases that cannot be compared, each with why."""
    kind = pl.col("contract_kind").replace_strict(KIND_SV, default=pl.col("contract_kind"))
    beyond = ~pl.col("has_bill") & pl.col("is_beyond")
    no_bill = pl.format("räkningen för {} kan inte göras för perioden: mätvärden eller prislista saknas", kind)
    cases = [
        (pl.col("amount_sek").is_null() | pl.col("amount_sek").is_nan(), "raden har inget belopp i SEK"),
        (pl.col("is_one_off"), "engångspost: står inte i prislistan och hör inte till driften"),
        (pl.col("line_class") == "fee", "avgift för själva fakturan: står inte i prislistan"),
        (pl.col("metering_point").is_null(), "raden anger ingen mätpunkt"),
        (pl.col("facility").is_null(), "mätpunkten finns inte i inställningarna"),
        (pl.col("period_end").is_null() | pl.col("period_start").is_null(), "raden anger ingen period"),
        (pl.col("contract_kind").is_null(), "inget avtal med leverantören gäller mätpunkten under perioden"),
        (beyond, "perioden slutar efter den månad som följs upp; raden bedöms när alla dess dagar är med"),
    ]
    told = [(when, "not_assessed", pl.lit(why)) for when, why in cases]
    return [*told, (~pl.col("has_bill"), "not_assessed", no_bill)]


def _without_part() -> list[tuple[pl.Expr, str, pl.Expr]]:
    """Return the cases of lines that are nothing in the price list, or whose component cannot be recomputed."""
    alone = pl.col("full_sek").is_null() & pl.col("label").is_null()
    kind = pl.col("contract_kind").replace_strict(KIND_SV, default=pl.col("contract_kind"))
    return [
        (alone & (pl.col("component") == "tax"), "wrong_tax",
         pl.format("energiskatten tas inte ut på fakturan för {} under perioden", kind)),
        (alone & pl.col("line_class").is_in(_NOT_OF_THE_LIST), "not_assessed",
         pl.lit("avgiften står inte i prislistan")),
        (alone, "unexplained", pl.format("prislistan har ingen sådan {}", component_sv(pl.col("component")))),
        (pl.col("full_sek").is_null(), "not_assessed",
         pl.lit("kan inte räknas om: ") + pl.col("bill_reason").fill_null("underlag saknas")),
    ]  # fmt: skip


def _price_text() -> pl.Expr:
    also = pl.format(
        "; även mängden skiljer: {} mot uppmätt {}", quantity(pl.col("quantity_billed"), pl.col("bill_unit")),
        quantity(pl.col("full_quantity"), pl.col("bill_unit")),
    )  # fmt: skip
    differs = pl.col("is_comparable") & ~pl.col("near_quantity")
    return pl.col("why") + _sums() + pl.when(differs).then(also).otherwise(pl.lit(""))


def _sums() -> pl.Expr:
    return pl.format(" (fakturerat {}, omräknat {})", kr(pl.col("amount_sek")), kr(pl.col("expected_sek")))


def _quantity_reasons(lines: pl.DataFrame, bill: pl.DataFrame, rules: Criteria) -> pl.DataFrame:
    """Return the lines with `by_quantity` (the price is right, the quantity is not), its verdict and reason."""
    explained_by = rules.explained_sek(pl.col("amount_sek"))
    gaps = [(pl.col("amount_sek") - pl.col(c)).abs() for c in ("linear_sek", "banded_sek")]
    right_price = (gaps[0] <= explained_by) | (gaps[1] <= explained_by).fill_null(value=False)
    asked = lines.join(_other_month(lines, bill, rules), on="row", how="left").with_columns(
        by_quantity=(right_price & pl.col("is_comparable") & ~pl.col("near_quantity")).fill_null(value=False)
    )
    off = pl.format(
        "fakturerat {}, uppmätt {} ({} %)", quantity(pl.col("quantity_billed"), pl.col("bill_unit")),
        quantity(pl.col("full_quantity"), pl.col("bill_unit")),
        pl.when(pl.col("ratio") > 1).then(pl.lit("+")).otherwise(pl.lit("")) + number((pl.col("ratio") - 1) * 100, 1),
    )  # fmt: skip
    is_power = pl.col("bill_unit").is_in(["kW", "kVAr"])
    guessed = pl.col("is_estimated") | (pl.col("reversed_by").is_not_null() & pl.col("is_closed"))
    more = pl.format("fakturerat är {} gånger det uppmätta", number(pl.col("multiplier"), 1))
    less = pl.format("uppmätt är {} gånger det fakturerade", number(1 / pl.col("multiplier"), 1))
    times = pl.when(pl.col("multiplier") >= 1).then(more).otherwise(less)
    factor = pl.format("multiplikator: {}, som vid fel omräkningsfaktor: {}", times, off)
    hours = pl.col("estimated_hours").fill_null(0)  # what our estimate may have missed: a peak, or a few hours' energy
    most = 3 * hours / (720 * pl.col("months").clip(1))
    lost = pl.when(is_power).then(pl.col("ratio").is_between(1, 2)).otherwise((pl.col("ratio") - 1).abs() <= most)
    ours = pl.format("{} av mätarens timmar saknas och är uppskattade här: ", hours)
    cases = [
        ((hours > 0) & lost, "not_assessed", ours + off),
        (is_power & pl.col("multiplier").is_not_null(), "wrong_power", factor),
        (is_power, "wrong_power", pl.lit("debiterad effekt skiljer sig från den uppmätta: ") + off),
        (pl.col("multiplier").is_not_null(), "unexplained", factor),
        (pl.col("is_estimated"), "estimated_reading", pl.lit("uppskattad avläsning: ") + off),
        (pl.col("other_month").is_not_null(), "wrong_period",
         pl.format("mängden är den för {}: {}", pl.col("other_month").dt.strftime("%Y-%m"), off)),
        (guessed, "estimated_reading", pl.lit("mängden var uppskattad och har krediterats: ") + off),
        (pl.lit(value=True), "unexplained", pl.lit("priset stämmer men mängden skiljer: ") + off),
    ]  # fmt: skip
    verdict, reason = (
        pl.lit("unexplained"),
        pl.lit("varken annan prislista, band, skattesats, moms eller period förklarar skillnaden") + _sums(),
    )
    for when, name, why in reversed(cases):
        true = pl.col("by_quantity") & when.fill_null(value=False)
        verdict = pl.when(true).then(pl.lit(name)).otherwise(verdict)
        reason = pl.when(true).then(why).otherwise(reason)
    return asked.with_columns(verdict_quantity=verdict, reason_quantity=reason)


def _other_month(lines: pl.DataFrame, bill: pl.DataFrame, rules: Criteria) -> pl.DataFrame:
    """Return (row, other_month): the nearest month within thirteen whose quantity the line has."""
    key = ["metering_point", "contract_kind", "label"]
    asked = lines.filter("is_comparable", ~pl.col("near_quantity"), pl.col("months") == 1).select(
        "row", *key, "consumption_month", "quantity_billed"
    )
    months = bill.group_by(*key, "month").agg(held=pl.col("quantity").sum())
    gap = (pl.col("month") - pl.col("consumption_month")).dt.total_days().abs()
    same = (pl.col("held") - pl.col("quantity_billed")).abs() <= pl.col(
        "quantity_billed"
    ).abs() * rules.same_quantity_share
    found = asked.join(months, on=key).with_columns(gap=gap).filter(same, pl.col("gap") > 0, pl.col("gap") <= 400)
    return (
        found.sort("row", "gap", "month").unique("row", keep="first", maintain_order=True)
        .select("row", pl.col("month").alias("other_month"))
    )  # fmt: skip
