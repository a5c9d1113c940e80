"""An account written wrong in [[account]]: the books of most of a kind's invoices say so, and it is told once."""

from __future__ import annotations

import polars as pl

FEWEST = 6  # invoices on one and the same other account: fewer may be as many mistakes in the books
WORDS = {"heat": "fjärrvärme", "grid": "elnät", "retail": "elhandel"}


def mistyped(rows: pl.DataFrame) -> pl.DataFrame:
    """Return (contract_kind, expected_account, account, count, posted, accounting_period) where [[account]] errs.

    That is where more than half of a kind's posted invoices, and at least FEWEST, stand on one account that is not the
    expected one. `rows` has one row per invoice; invoices with several accounts or none expected say nothing.
    """
    one = ~pl.col("account").str.contains(",") & ~pl.col("expected_account").str.contains(",")
    seen = rows.filter(pl.col("contract_kind").is_not_null() & ~pl.col("verdict").is_in(["not_posted", "not_assessed"]))
    seen = seen.filter(one)  # null where there is no voucher or no [[account]]: left out too
    kind = ["contract_kind", "expected_account"]
    all_posted = seen.group_by(kind).agg(posted=pl.len())
    elsewhere = seen.filter(pl.col("account") != pl.col("expected_account"))
    return (
        elsewhere.group_by(*kind, "account")
        .agg(pl.len().alias("count"), pl.col("accounting_period").min())
        .join(all_posted, on=kind)
        .filter((2 * pl.col("count") > pl.col("posted")) & (pl.col("count") >= FEWEST))
        .sort(*kind)
    )


def corrected(accounts: pl.DataFrame, wrong: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of [[account]] with the accounts that the books use in place of the mistyped ones.

    A row for one kind of contract is replaced. One for every kind stays, and gets one beside it for the kind.
    """
    pairs = wrong.select("contract_kind", pl.col("expected_account").alias("account"), used=pl.col("account"))
    energy = accounts.filter(pl.col("purpose") == "energy").join(pairs, on="account", how="inner")
    mine = energy.filter(pl.col("kind").is_null() | (pl.col("kind") == pl.col("contract_kind")))
    added = mine.with_columns(account="used", kind="contract_kind").select(accounts.columns)
    replaced = pairs.select("account", kind="contract_kind", purpose=pl.lit("energy"))
    kept = accounts.join(replaced, on=["account", "kind", "purpose"], how="anti", maintain_order="left")
    return pl.concat([kept, added])


def with_hint(rows: pl.DataFrame, wrong: pl.DataFrame) -> pl.DataFrame:
    """Return the rows; a matched one whose account in [[account]] was mistyped has a hint as `message`."""
    pairs = wrong.select("contract_kind", pl.col("account").alias("expected_account"), typed="expected_account")
    hint = pl.format(
        "Stämmer om kontot i energibok.toml rättas: där anger [[account]] konto {}, men fakturan och de flesta andra "
        "av sitt slag står på konto {}.", "typed", "account",
    )  # fmt: skip
    found = rows.join(pairs, on=["contract_kind", "expected_account"], how="left", maintain_order="left")
    is_hinted = (pl.col("verdict") == "matched") & pl.col("typed").is_not_null() & pl.col("voucher").is_not_null()
    return found.with_columns(message=pl.when(is_hinted).then(hint).otherwise("message")).drop("typed")


def of_settings(wrong: pl.DataFrame) -> pl.DataFrame:
    """Return one row per mistyped account: what stands in the settings, what the books say, what to do."""
    return wrong.select(
        "contract_kind", "accounting_period", "account", "expected_account",
        verdict=pl.lit("not_assessed"),
        message=pl.format(
            "kan inte bedömas: [[account]] i energibok.toml anger konto {} för {}, men {} av {} bokförda fakturor står "
            "på konto {}. Kontot i energibok.toml är troligen fel: rätta det. Tills dess är fakturorna jämförda med "
            "konto {}.", "expected_account", pl.col("contract_kind").replace(WORDS), "count", "posted", "account",
            "account",
        ),
    )  # fmt: skip
