"""Vouchers: which of their lines may be an invoice's cost, and which invoices their texts name."""

from __future__ import annotations

import polars as pl

from energy.accounts.rules import BALANCE_ACCOUNTS, BookRules, near, ore

_WORD = r"[^\s,;:()\[\]\"'|=#«»]+"
_ENDS = ".-–_/!?"
WEAKEST = 5  # characters: a shorter number alone proves nothing
BEFORE_DAYS, AFTER_DAYS = 45, 400  # a number found in a voucher outside these days is another invoice's


def ordered(ledger: pl.DataFrame) -> pl.DataFrame:
    """Return the lines of vouchers in one order whatever theirs was, with `line`, `voucher_key`, `day` and `ore`."""
    only_file = pl.when(pl.col("voucher_no").fill_null("") == "").then("file_name").otherwise(pl.lit(""))
    year = pl.coalesce("fiscal_year_start", pl.col("voucher_date").dt.truncate("1y"))
    told = (pl.col(c).fill_null("") for c in ("organisation_id", "series", "voucher_no"))
    key = pl.concat_str(*told, year.cast(pl.String), only_file, separator="\x1f")
    columns = ["voucher_date", "series", "voucher_no", "line_no", "account", "amount_sek", "file_name", "row_no"]
    return (
        ledger.filter(pl.col("amount_sek").is_finite() & pl.col("voucher_date").is_not_null())
        .with_columns(
            voucher_key=key,
            day=pl.col("voucher_date"),
            ore=ore("amount_sek"),
            voucher=pl.concat_str("series", "voucher_no", separator=" ", ignore_nulls=True).str.strip_chars(),
        )
        .sort("voucher_key", *columns, nulls_last=True)
        .with_row_index("line")
    )


def mapped_accounts(accounts: pl.DataFrame) -> list[str]:
    """Return the accounts on which costs of energy belong, at any time."""
    return sorted(accounts.filter(pl.col("purpose") == "energy")["account"].unique())


def cost_lines(lines: pl.DataFrame, accounts: pl.DataFrame, rules: BookRules) -> pl.DataFrame:
    """Return the lines that may be an invoice's cost: neither VAT, liability, bank nor another account of balance."""
    passing = [*rules.vat_accounts, *rules.supplier_accounts]
    balance = pl.col("account").str.contains(BALANCE_ACCOUNTS) & ~pl.col("account").is_in(mapped_accounts(accounts))
    text = pl.concat_str("voucher_text", "line_text", separator=" ", ignore_nulls=True).fill_null("")
    return (
        lines.filter(~pl.col("account").is_in(passing) & ~balance)
        .with_columns(text=plain(text), voucher_ore=pl.col("ore").sum().over("voucher_key"))
    )  # fmt: skip


def plain(text: pl.Expr) -> pl.Expr:
    """Return a text in small letters with single spaces."""
    return text.str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()


def number(column: str) -> pl.Expr:
    """Return an invoice number as it is compared: small letters, no spaces, no zeros before it."""
    return pl.col(column).str.to_lowercase().str.replace_all(r"\s+", "").str.strip_chars_start("0")


def named(column: str) -> pl.Expr:
    """Return a supplier's name as it may stand in a voucher: without the form of company at its end."""
    bare = plain(pl.col(column)).str.replace(r"\s*\(publ\)\s*$", "").str.replace(r"\s+(ab|hb|kb|ek\.? ?för\.?)$", "")
    return pl.when(bare.str.len_chars() >= 4).then(bare)


def by_number(invoices: pl.DataFrame, costs: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Return (invoice, line) for the lines whose own text, else whose voucher's text, writes an invoice's number.

    A number is a whole word of the text: FV1 is not found in FV1-K. Of several invoices of one number the best is
    taken: that whose supplier the text names, whose amount it is, whose sign it has, that nearest in time. A number
    needs the supplier's name or the amount beside it; a long one is enough on an account of [[account]].
    """
    words = pl.concat([_words(costs, "line_text", 0), _words(costs, "voucher_text", 1)])
    numbers = invoices.filter(pl.col("number").str.len_chars() > 0)
    pairs = words.join(numbers, on="number").filter(pl.col("level") == pl.col("level").min().over("line"))
    pairs = pairs.join(costs.select("line", "day", "ore", "voucher_ore", "text", "account"), on="line")
    pairs = pairs.with_columns(
        has_name=has_name(),
        has_amount=pl.any_horizontal(
            near(pl.col(seen).abs(), pl.col(told).abs()) for seen in ("ore", "voucher_ore") for told in ("net", "gross")
        ).fill_null(False),
        same_sign=(pl.col("ore").sign() == pl.col("net").sign()).fill_null(False),
        days=(pl.col("day") - pl.col("issue_date")).dt.total_days(),
    )  # fmt: skip
    certain = pl.col("has_name") | pl.col("has_amount")
    strong = pl.col("number").str.len_chars() >= WEAKEST
    mapped = mapped_accounts(accounts)
    right_account = pl.col("account").is_in(mapped) if mapped else pl.lit(True)
    return (
        pairs.filter(pl.col("days").is_between(-BEFORE_DAYS, AFTER_DAYS) & (certain | (strong & right_account)))
        .with_columns(distance=pl.col("days").abs())
        .sort("line", "has_name", "has_amount", "same_sign", "distance", "invoice",
              descending=[False, True, True, True, False, False])
        .unique("line", keep="first", maintain_order=True)
        .select("invoice", "line")
    )  # fmt: skip


def has_name() -> pl.Expr:
    """Return whether the voucher's `text` holds the supplier's name or number."""
    by_name = pl.col("text").str.contains(pl.col("named"), literal=True)
    by_id = pl.col("text").str.contains(pl.col("supplier_id").str.to_lowercase(), literal=True)
    return by_name.fill_null(False) | (by_id & (pl.col("supplier_id").str.len_chars() >= 6)).fill_null(False)


def _words(costs: pl.DataFrame, column: str, level: int) -> pl.DataFrame:
    """Return (line, number, level): every distinct word of a text, as numbers are compared."""
    words = costs.select(
        "line", number=pl.col(column).fill_null("").str.to_lowercase().str.extract_all(_WORD), level=pl.lit(level)
    ).explode("number", empty_as_null=True)
    bare = pl.col("number").str.strip_chars(_ENDS).str.strip_chars_start("0")
    return words.with_columns(number=bare).filter(pl.col("number").str.len_chars() > 0).unique(maintain_order=True)
