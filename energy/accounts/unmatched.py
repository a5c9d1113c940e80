"""Vouchers that carry costs of energy although no invoice says so."""

from __future__ import annotations

import polars as pl

from energy.accounts.places import of_dimension
from energy.accounts.rules import BALANCE_ACCOUNTS, INTERNAL_ACCOUNTS, TOLERANCE_ORE, BookRules, joined, kronor
from energy.accounts.vouchers import mapped_accounts


def without_invoice(
    free: pl.DataFrame, lines: pl.DataFrame, expected: pl.DataFrame, accounts: pl.DataFrame, rules: BookRules
) -> pl.DataFrame:
    """Return one row per voucher on the accounts of energy that no invoice explains.

    Only vouchers with somebody outside count: against suppliers, VAT or the bank. Accruals, the year's result and moves
    between places have none. Two that take each other out are no cost. A year in which the account's invoices have not
    been read at all is told once. `free` are the cost lines without an invoice, `lines` all lines, `expected` where
    and when invoices belong.
    """
    held = accounts.filter(pl.col("purpose") == "energy").select("account", "valid_from", "valid_to").unique()
    on_energy = free.join(held, on="account").filter(
        (pl.col("valid_from") <= pl.col("day")) & (pl.col("day") < pl.col("valid_to"))
    ).unique("line").sort("voucher_key", "line")  # fmt: skip
    centre = on_energy.with_columns(cost_centre=of_dimension("objects", rules.cost_centre_dimension))
    vouchers = (
        centre.join(_outside(lines, accounts), on="voucher_key", how="semi", maintain_order="left")
        .group_by("voucher_key", maintain_order=True)
        .agg(pl.col("ore").sum(), joined("account"), joined("cost_centre"),
             pl.col("account").min().alias("first_account"),
             pl.col("voucher", "voucher_date", "file_name", "row_no", "voucher_text").first())
        .filter(pl.col("ore").abs() > TOLERANCE_ORE)
    )  # fmt: skip
    left = _uncancelled(vouchers).with_columns(year=pl.col("voucher_date").dt.year())
    read = expected.select(first_account="account", year=pl.col("day").dt.year()).unique()
    told = _told(left.join(read, on=["first_account", "year"], how="anti"))
    return pl.concat([_single(left.join(read, on=["first_account", "year"], how="semi")), told], how="diagonal_relaxed")


def _outside(lines: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Return the vouchers with a line of balance that is neither equity nor accrued: somebody outside is paid."""
    own = [*mapped_accounts(accounts), *accounts.filter(pl.col("purpose") == "accrual")["account"]]
    account = pl.col("account")
    is_outside = account.str.contains(BALANCE_ACCOUNTS) & ~account.str.contains(INTERNAL_ACCOUNTS)
    return lines.filter(is_outside & ~account.is_in(own)).select("voucher_key").unique()


def _uncancelled(vouchers: pl.DataFrame) -> pl.DataFrame:
    """Return the vouchers without those that a later or earlier one takes back whole: same account, other sign."""
    size, sign = pl.col("ore").abs(), pl.col("ore").sign()
    marked = vouchers.sort("voucher_date", "voucher_key").with_columns(size=size, sign=sign)
    turn = pl.int_range(pl.len()).over("account", "size", "sign")
    counts = marked.group_by("account", "size", "sign").agg(pl.len().alias("facing")).with_columns(sign=-pl.col("sign"))
    met = marked.with_columns(turn=turn).join(counts, on=["account", "size", "sign"], how="left", maintain_order="left")
    return met.filter(pl.col("turn") >= pl.col("facing").fill_null(0))


def _single(vouchers: pl.DataFrame) -> pl.DataFrame:
    text = pl.col("voucher_text").fill_null("utan text").str.slice(0, 80)
    return vouchers.select(
        "account", "cost_centre", "voucher", "voucher_date", "file_name", "row_no",
        accounting_period=pl.col("voucher_date").dt.truncate("1mo"),
        posted_sek=pl.col("ore") / 100,
        difference_sek=pl.col("ore") / 100,
        verdict=pl.lit("no_invoice"),
        message=pl.format(
            "Verifikation {} («{}») har {} på konto {}, men ingen inläst faktura svarar mot den. Lägg fakturan i "
            "inbox, eller rätta kontot om kostnaden inte är energi.", "voucher", text, kronor(pl.col("ore")), "account",
        ),
    )  # fmt: skip


def _told(vouchers: pl.DataFrame) -> pl.DataFrame:
    """Return one row per account and year whose invoices have not been read."""
    per_year = vouchers.group_by("account", "year").agg(
        pl.len().alias("count"), pl.col("ore").sum(), pl.col("voucher_date").min()
    )
    words = pl.when(pl.col("count") == 1).then(pl.lit("verifikation")).otherwise(pl.lit("verifikationer"))
    return per_year.sort("year", "account").select(
        "account",
        accounting_period=pl.col("voucher_date").dt.truncate("1mo"),
        posted_sek=pl.col("ore") / 100,
        verdict=pl.lit("not_assessed"),
        message=pl.format(
            "kan inte bedömas: inga fakturor för konto {} är inlästa för {}, men {} {} på {} finns i bokföringen. "
            "Lägg årets fakturor i inbox.", "account", "year", "count", words, kronor(pl.col("ore")),
        ),
    )  # fmt: skip
