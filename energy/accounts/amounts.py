"""What no number tells: lines whose amount is just what an invoice lacks in the books, near it in time."""

from __future__ import annotations

import polars as pl

from energy.accounts.rules import ROUNDED_ORE, TOLERANCE_ORE
from energy.accounts.vouchers import has_name

ROUNDS = 5  # of pairing: each settles every pair that is the best for both
FIRST_DAYS, CORRECTION_DAYS = 120, 400  # after the invoice: its first posting, and what puts it right
BEFORE_DAYS = 14


def by_amount(lacking: pl.DataFrame, free: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Return (invoice, line) for free lines that are what invoices lack, each used once.

    `lacking` has invoice, supplier_id, named, issue_date, posted (any line at all) and wants (list of amounts [öre]);
    `free` are cost lines without an invoice; `right` (invoice, account) the accounts where an invoice may be sought
    without its supplier's name. A whole voucher's sum counts as its lines do. Nearest in time goes first.
    """
    found = []
    wants = lacking.explode("wants").rename({"wants": "want"}).filter(pl.col("want").abs() > TOLERANCE_ORE)
    for _ in range(ROUNDS):
        chosen = _best(_candidates(wants, _units(free), right))
        taken = _members(chosen, free)
        if taken.is_empty():
            break
        found.append(taken)
        free = free.join(taken, on="line", how="anti")
        wants = wants.join(taken, on="invoice", how="anti")
    return pl.concat(found) if found else free.select(pl.lit(0, pl.UInt32).alias("invoice"), "line").clear()


def _units(free: pl.DataFrame) -> pl.DataFrame:
    """Return what may be an invoice's posting: every line, and the sum of every voucher of several lines."""
    columns = ["voucher_key", "line", "account", "day", "text", "ore"]
    whole = (
        free.group_by("voucher_key")
        .agg(pl.len(), pl.col("line").min(), pl.col("account").min(), pl.col("day").min(), pl.col("text").first(),
             pl.col("ore").sum())
        .filter(pl.col("len") > 1)
        .select(*columns, is_whole=pl.lit(True))
    )  # fmt: skip
    return pl.concat([free.select(*columns, is_whole=pl.lit(False)), whole])


def _candidates(wants: pl.DataFrame, units: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of invoice and unit that may belong together: amount, days, and account or supplier's name."""
    bins = pl.concat([wants.with_columns(bin=pl.col("want") // 10 + step) for step in (-1, 0, 1)])
    pairs = bins.join(units.with_columns(bin=pl.col("ore") // 10), on="bin")
    days = (pl.col("day") - pl.col("issue_date")).dt.total_days()
    latest = pl.when(pl.col("posted")).then(CORRECTION_DAYS).otherwise(FIRST_DAYS)
    pairs = pairs.filter(
        ((pl.col("ore") - pl.col("want")).abs() <= ROUNDED_ORE) & days.is_between(-BEFORE_DAYS, latest)
    ).with_columns(distance=days.abs(), has_name=has_name())
    on_account = right.with_columns(is_right=pl.lit(True))
    pairs = pairs.join(on_account, on=["invoice", "account"], how="left", maintain_order="left")
    return pairs.filter(pl.col("has_name") | pl.col("is_right").fill_null(False))


def _best(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs that are the best of their invoice and of their unit at once."""
    unit = ["voucher_key", "line", "is_whole"]
    ranked = pairs.sort("has_name", "distance", "issue_date", "invoice", "line", "is_whole",
                        descending=[True, False, False, False, False, False])  # fmt: skip
    first = ranked.unique("invoice", keep="first", maintain_order=True).select("invoice", *unit)
    return (
        ranked.unique(unit, keep="first", maintain_order=True)
        .join(first, on=["invoice", *unit], how="semi", maintain_order="left")
        .select("invoice", *unit)
    )


def _members(chosen: pl.DataFrame, free: pl.DataFrame) -> pl.DataFrame:
    """Return the lines of the chosen units; a voucher that only moves cost between places comes whole."""
    sums = free.group_by("voucher_key").agg(moves_only=pl.col("ore").sum().abs() <= ROUNDED_ORE)
    marked = chosen.join(sums, on="voucher_key", how="left", maintain_order="left")
    whole = pl.col("is_whole") | pl.col("moves_only")
    alone = marked.filter(~whole).select("invoice", "line")
    together = marked.filter(whole).select("invoice", "voucher_key").join(free, on="voucher_key")
    return (
        pl.concat([alone, together.select("invoice", "line")])
        .sort("line", "invoice")
        .unique("line", keep="first", maintain_order=True)
    )
