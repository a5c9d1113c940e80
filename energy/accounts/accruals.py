"""Accruals: what was delivered but not yet invoiced when a month was closed, and the postings that say so.

A month of consumption is accrued, with the bill recomputed from meters and price lists, in every accounting month
before that of its first invoice, and taken back when the next month begins. An invoice's accounting month is that of
its voucher; where no voucher is known, the month of its date. So what is accrued is just what the books take up later.
Once the invoice has come, corrections included, the accrual is held against it: that is its accuracy.
Source: LKBR (2018:597) and RKR's principle of matching costs with the period that caused them.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from energy.accounts.places import places
from energy.accounts.rules import ore

CONTRACT = ["metering_point", "contract_kind"]
CREDIT_NOTE = "381"  # UNTDID 1001
WORDS = {"heat": "fjärrvärme", "grid": "elnät", "retail": "elhandel"}
POSTINGS: dict[str, Any] = {
    "posting_date": pl.Date, "account": pl.String, "cost_centre": pl.String, "objects": pl.String,
    "debit_sek": pl.Float64, "credit_sek": pl.Float64, "text": pl.String, "consumption_month": pl.Date,
    "metering_point": pl.String, "contract_kind": pl.String,
}  # fmt: skip


def accruals(bills: pl.DataFrame, invoiced: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Return one row per contract, month of consumption and accounting month in which it was accrued.

    `bills`: lines as analysis.bill. `invoiced`: metering_point, contract_kind, consumption_month, issue_date,
    accounting_period (the month of its voucher, null where none is known), document_type, amount_sek [SEK excl. VAT].
    `as_of`: the last accounting month, whose accruals are open; those before
    have been reversed. A contract without a single invoice gives one row that says so: what has been invoiced of it
    is not known. A month whose bill cannot be computed has no amount but a reason.
    """
    monthly = _monthly(bills)
    told = _invoiced(invoiced)
    seen = told.group_by(CONTRACT).agg(first_invoiced=pl.col("consumption_month").min())
    spans = _spans(monthly, as_of).join(seen, on=CONTRACT, how="left")
    known = spans.filter(pl.col("first_invoiced").is_not_null())
    months = known.with_columns(
        consumption_month=pl.date_ranges(pl.max_horizontal("first_month", "first_invoiced"), "last_month", "1mo")
    ).explode("consumption_month")
    months = months.filter(pl.col("consumption_month").is_not_null()).select(*CONTRACT, "consumption_month")
    rows = months.join(monthly.rename({"month": "consumption_month"}), on=[*CONTRACT, "consumption_month"], how="left")
    rows = rows.join(told, on=[*CONTRACT, "consumption_month"], how="left")
    rows = _open_at(rows, as_of)
    unknown = spans.filter(pl.col("first_invoiced").is_null() & (pl.col("last_month") == as_of)).select(
        *CONTRACT, consumption_month="last_month", accounting_period="last_month",
        reason=pl.lit("kan inte bedömas: inga fakturor är inlästa för avtalet, så vad som är fakturerat är inte känt"),
    )  # fmt: skip
    return _finished(pl.concat([rows, unknown], how="diagonal"), as_of)


def _monthly(bills: pl.DataFrame) -> pl.DataFrame:
    """Return the bill per contract and month; null with a reason where a line of it is null."""
    lines = bills.filter(pl.col("contract_kind").is_not_null()).sort(*CONTRACT, "month", "line_no", "label")
    amount = pl.col("amount_sek")
    return lines.group_by(*CONTRACT, "month", maintain_order=True).agg(
        bill_sek=pl.when(amount.is_null().sum() == 0).then(amount.sum()),
        bill_reason=pl.col("reason").filter(amount.is_null()).first(),
        price_lists=pl.col("price_list").drop_nulls().unique().sort().str.join(", "),
    )


def _invoiced(invoiced: pl.DataFrame) -> pl.DataFrame:
    """Return per contract and month of consumption what has been invoiced, and its first invoice's accounting month."""
    period = pl.coalesce("accounting_period", "issue_date").dt.truncate("1mo")
    lines = invoiced.filter(pl.col("contract_kind").is_not_null()).sort(
        *CONTRACT, "consumption_month", "issue_date", "document_type", "amount_sek"
    )
    return lines.group_by(*CONTRACT, "consumption_month", maintain_order=True).agg(
        invoiced_sek=pl.col("amount_sek").sum(),
        first_period=period.filter(pl.col("document_type") != CREDIT_NOTE).min(),
    )


def _spans(monthly: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Return the months each contract delivers in: from its first bill to its last; to `as_of` where it goes on."""
    spans = monthly.group_by(CONTRACT).agg(first_month=pl.col("month").min(), last_month=pl.col("month").max())
    goes_on = pl.col("last_month") == pl.col("last_month").max()
    return spans.with_columns(
        last_month=pl.when(goes_on).then(pl.lit(as_of)).otherwise(pl.min_horizontal("last_month", pl.lit(as_of)))
    ).filter(pl.col("first_month") <= pl.col("last_month"))


def _open_at(rows: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Return a row per accounting month before that of the first invoice, from the month of consumption on."""
    before = pl.col("first_period").dt.offset_by("-1mo")
    last = pl.min_horizontal(before, pl.lit(as_of)).fill_null(as_of)
    late = rows.with_columns(last_open=last).filter(pl.col("last_open") >= pl.col("consumption_month"))
    periods = pl.date_ranges("consumption_month", "last_open", "1mo")
    return late.with_columns(accounting_period=periods).explode("accounting_period")


def _finished(rows: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Return the rows with amount, status, error against the invoice, and reason."""
    bill = pl.col("bill_sek").round(2, mode="half_away_from_zero")
    why = pl.col("bill_reason").fill_null("ingen räkning är beräknad för månaden: mätvärden eller prislista saknas")
    prefixed = pl.when(why.str.starts_with("kan inte bedömas")).then(why).otherwise(pl.lit("kan inte bedömas: ") + why)
    told = pl.col("invoiced_sek").round(2)
    error = (bill - told).round(2)
    if "reason" not in rows.columns:
        rows = rows.with_columns(reason=pl.lit(None, pl.String))
    return rows.select(
        *CONTRACT, "consumption_month", "accounting_period",
        accrual_sek=bill,
        reversal_period=pl.col("accounting_period").dt.offset_by("1mo"),
        status=pl.when(pl.col("accounting_period") >= as_of).then(pl.lit("open")).otherwise(pl.lit("reversed")),
        method=pl.when(bill.is_not_null()).then(pl.format("uppmätt last × prislista {}", "price_lists")),
        invoiced_sek=told,
        error_sek=error,
        error_pct=pl.when(told != 0).then(100 * error / told),
        reason=pl.coalesce("reason", pl.when(bill.is_null()).then(prefixed)),
    ).sort("accounting_period", "consumption_month", *CONTRACT)  # fmt: skip


def postings(found: pl.DataFrame, facilities: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Return the double entries of the open accruals and of their reversal; columns of POSTINGS.

    Debit the account of the cost with its cost centre and objects, credit the accrual's account on the month's last
    day; the other way round on the first of the next. `facilities`: metering_point, facility. An accrual for which
    [[account]] names no account for the cost, or none for accruals, has no postings: see `unposted`.
    """
    kept = found.filter((pl.col("status") == "open") & (ore("accrual_sek") != 0)).select(
        *CONTRACT, "consumption_month", "accounting_period", "accrual_sek"
    )
    keys = kept.join(facilities, on="metering_point", how="left").with_columns(
        day=pl.col("accounting_period").dt.month_end()
    )
    key = [*CONTRACT, "consumption_month", "accounting_period"]
    cost = places(keys, accounts).unique(key, keep="first", maintain_order=True)
    liability = places(keys, accounts, "accrual").unique(key, keep="first", maintain_order=True)
    own = liability.select(
        *key, liability_account="account", liability_centre="cost_centre", liability_objects="objects"
    )
    pairs = cost.join(own, on=key).with_row_index("pair")
    at_end, back = pl.col("day"), pl.col("accounting_period").dt.offset_by("1mo")
    sides = [(at_end, "Periodisering", False, 1), (at_end, "Periodisering", True, -1),
             (back, "Återföring", False, -1), (back, "Återföring", True, 1)]  # fmt: skip
    lines = [_side(pairs, no, *side) for no, side in enumerate(sides)]
    return (
        pl.concat(lines)
        .sort("accounting_period", "pair", "side")
        .select(pl.col(c).cast(t) for c, t in POSTINGS.items())
    )


def _side(pairs: pl.DataFrame, no: int, day: pl.Expr, word: str, is_liability: bool, sign: int) -> pl.DataFrame:
    """Return one line of every pair; a negative accrual changes sides, so that no amount is negative."""
    prefix = "liability_" if is_liability else ""
    value = pl.col("accrual_sek") * sign
    kind = pl.col("contract_kind").replace(WORDS)
    return pairs.select(
        "accounting_period", "pair", *CONTRACT, "consumption_month",
        side=pl.lit(no),
        posting_date=day,
        account=f"{prefix}account",
        cost_centre="liability_centre" if is_liability else "cost_centre",
        objects=_objects(f"{prefix}objects"),
        debit_sek=pl.when(value > 0).then(value),
        credit_sek=pl.when(value < 0).then(-value),
        text=pl.format("{} {} {}", pl.lit(word), kind, pl.col("consumption_month").dt.strftime("%Y-%m")),
    )  # fmt: skip


def _objects(column: str) -> pl.Expr:
    """Return the objects of [[account]] as people write them: «21=340, 22=TORV»; null where there are none."""
    pairs = pl.col(column).str.strip_chars("{} ").str.replace_all(r'"\s*:\s*"', "=").str.replace_all(r'"\s*,\s*"', ", ")
    text = pairs.str.strip_chars('"')
    return pl.when(text.str.len_chars() > 0).then(text)


def unposted(found: pl.DataFrame, proposed: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Return the accruals; `reason` of an open one that got no postings says which account is missing."""
    done = proposed.select(*CONTRACT, "consumption_month").unique().with_columns(has_postings=pl.lit(True))
    rows = found.join(done, on=[*CONTRACT, "consumption_month"], how="left", maintain_order="left")
    lacks = (
        (pl.col("status") == "open") & (ore("accrual_sek") != 0) & pl.col("has_postings").is_null()
    ).fill_null(False)  # fmt: skip
    has_liability = (accounts["purpose"] == "accrual").any()
    missing = "konto för kostnaden som gäller den månaden" if has_liability else 'konto med purpose = "accrual"'
    note = pl.lit(
        "kan inte bedömas: beloppet är beräknat men har inget bokföringsförslag, för [[account]] i energibok.toml "
        f"anger inget {missing}"
    )
    return rows.with_columns(reason=pl.when(lacks).then(note).otherwise("reason")).drop("has_postings")
