"""How the books are kept, as the rules of the comparison, and amounts as whole öre."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

NBSP = "\u00a0"
# Accounts of assets and liabilities begin with 1 and 2 in Kommun-Bas as in BAS: an invoice's cost is never there.
# 17 and 29 hold what is accrued and prepaid, 20 equity: a voucher against them alone comes from nobody outside.
# Source: Kommun-Bas 13 and BAS, classes 1-2 and account groups 17, 20, 29.
BALANCE_ACCOUNTS = r"^[12]"
INTERNAL_ACCOUNTS = r"^(17|20|29)"
TOLERANCE_ORE = 100  # an invoice is rounded to the krona when it is paid: lag (1970:1029)
ROUNDED_ORE = 5  # amounts of öre that two programs may round differently


@dataclass(frozen=True)
class BookRules:
    """What the settings say of the books.

    `days_to_book` is how long after its date an invoice may be on its way: until then it is not missed, and the month
    that day lies in is still a right one to post it in.
    """

    cost_centre_dimension: str = "1"
    vat_accounts: tuple[str, ...] = ()
    supplier_accounts: tuple[str, ...] = ()
    days_to_book: int = 14


def ore(column: str) -> pl.Expr:
    """Return an amount [SEK] as whole öre, so that sums are exact and free of the order of their terms."""
    return (pl.col(column) * 100).round(mode="half_away_from_zero").cast(pl.Int64)


def near(value: pl.Expr, target: pl.Expr, within: int = TOLERANCE_ORE) -> pl.Expr:
    """Return whether two amounts [öre] are the same but for rounding."""
    return (value - target).abs() <= within


def kronor(value: pl.Expr) -> pl.Expr:
    """Return an amount [öre] as Swedish text: «1 234,50 kr», without öre where there are none."""
    whole, rest = value.abs() // 100, value.abs() % 100
    digits = whole.cast(pl.String).str.reverse().str.replace_all(r"(\d{3})", f"${{1}}{NBSP}").str.reverse()
    sign = pl.when(value < 0).then(pl.lit("\u2212")).otherwise(pl.lit(""))
    decimals = pl.when(rest == 0).then(pl.lit("")).otherwise(pl.lit(",") + rest.cast(pl.String).str.zfill(2))
    return sign + digits.str.strip_chars(NBSP) + decimals + pl.lit(f"{NBSP}kr")


def joined(column: str) -> pl.Expr:
    """Return the distinct texts of a group in order, with commas between; null where there are none."""
    text = pl.col(column).drop_nulls().unique().sort().str.join(", ")
    return pl.when(text.str.len_chars() > 0).then(text)
