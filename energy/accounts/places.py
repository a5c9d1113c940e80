"""Where in the books an invoice belongs: the rows of [[account]] that held on a day, the most special ones first."""

from __future__ import annotations

import json

import polars as pl

from energy.accounts.rules import joined

WHERE = ("metering_point", "facility", "contract_kind")


def places(keys: pl.DataFrame, accounts: pl.DataFrame, purpose: str = "energy") -> pl.DataFrame:
    """Return the places that hold for each of `keys`: one row per key and place.

    `keys` has metering_point, facility, contract_kind and day beside columns of its own. A row of `accounts` for a
    metering point goes before one for a facility, that before one for neither, and of equals one for the kind of
    contract before one for all. Equally special rows are all right places. Added: account, cost_centre, objects.
    """
    held = accounts.filter(pl.col("purpose") == purpose).select(
        "account", "cost_centre", "objects", "valid_from", "valid_to", at_point="metering_point",
        at_facility="facility", of_kind="kind",
    )  # fmt: skip
    numbered = keys.with_row_index("key")
    by_point = held.filter(pl.col("at_point").is_not_null())
    by_facility = held.filter(pl.col("at_point").is_null() & pl.col("at_facility").is_not_null())
    general = held.filter(pl.col("at_point").is_null() & pl.col("at_facility").is_null())
    found = pl.concat(
        [
            numbered.join(by_point, left_on="metering_point", right_on="at_point").with_columns(special=pl.lit(4)),
            numbered.join(by_facility, left_on="facility", right_on="at_facility").with_columns(special=pl.lit(2)),
            numbered.join(general, how="cross").with_columns(special=pl.lit(0)),
        ],
        how="diagonal",
    ).select([*numbered.columns, "account", "cost_centre", "objects", "of_kind", "valid_from", "valid_to", "special"])
    right_kind = pl.col("of_kind").is_null() | (pl.col("of_kind") == pl.col("contract_kind")).fill_null(False)
    valid = (pl.col("valid_from") <= pl.col("day")) & (pl.col("day") < pl.col("valid_to"))
    rank = pl.col("special") + pl.col("of_kind").is_not_null().cast(pl.Int32)
    return (
        found.filter(right_kind & valid)
        .with_columns(rank=rank)
        .filter(pl.col("rank") == pl.col("rank").max().over("key"))
        .sort("key", "account", "cost_centre", "objects", nulls_last=True)
        .drop("of_kind", "valid_from", "valid_to", "special", "rank", "key")
    )


def dimensions(accounts: pl.DataFrame) -> list[str]:
    """Return the dimensions that the rows of [[account]] name in their objects, sorted."""
    return sorted({d for text in accounts["objects"].drop_nulls().unique() for d in json.loads(text)})


def of_dimension(column: str, dimension: str) -> pl.Expr:
    """Return the object of one dimension out of JSON, null where there is none."""
    return pl.col(column).str.json_path_match(f"$[{json.dumps(dimension, ensure_ascii=False)}]")


def judged(lines: pl.DataFrame, found: pl.DataFrame, accounts: pl.DataFrame, cost_centre: str) -> pl.DataFrame:
    """Return `lines` with how far each lies right: ok_account, ok_centre, ok_object (each includes those before it).

    `ok_one_off` is whether the account is right for one-offs alone. `found` holds the right places by invoice and
    day. `mapped` is whether there is any: without one all are true, for then nothing can be said.
    """
    dims = dimensions(accounts)
    ours = found.select("invoice", "day", pl.col("account").alias("want"), pl.col("cost_centre").alias("want_centre"),
                        "is_one_off",
                        *[of_dimension("objects", d).alias(f"want_{n}") for n, d in enumerate(dims)])  # fmt: skip
    theirs = lines.with_columns(
        of_dimension("objects", cost_centre).alias("cost_centre"),
        *[of_dimension("objects", d).alias(f"has_{n}") for n, d in enumerate(dims)],
    )
    right = [_fits(f"want_{n}", f"has_{n}") for n in range(len(dims))]
    pairs = theirs.join(ours, on=["invoice", "day"], how="left", maintain_order="left").with_columns(
        mapped=pl.col("want").is_not_null(),
        ok_account=pl.col("want").is_null() | (pl.col("want") == pl.col("account")),
        ok_one_off=(pl.col("is_one_off") & (pl.col("want") == pl.col("account"))).fill_null(False),
    )
    pairs = pairs.with_columns(ok_centre=pl.col("ok_account") & _fits("want_centre", "cost_centre"))
    pairs = pairs.with_columns(ok_object=pl.all_horizontal("ok_centre", *right))
    flags = pairs.group_by("invoice", "line").agg(
        pl.col("mapped").any(),
        pl.col("ok_account").any(),
        pl.col("ok_centre").any(),
        pl.col("ok_object").any(),
        pl.col("ok_one_off").any(),
    )
    return theirs.drop([f"has_{n}" for n in range(len(dims))]).join(
        flags, on=["invoice", "line"], how="left", maintain_order="left"
    )


def _fits(want: str, has: str) -> pl.Expr:
    return pl.col(want).is_null() | (pl.col(want) == pl.col(has)).fill_null(False)


def expected(found: pl.DataFrame) -> pl.DataFrame:
    """Return one row per invoice: expected_account and expected_cost_centre, several with commas between.

    `one_off_account` is that of its one-off part, null where it has none or no account is said to be for it.
    """
    once = pl.when("is_one_off").then("account").alias("one_off_account")
    return (
        found.with_columns(once)
        .group_by("invoice")
        .agg(
            joined("account").alias("expected_account"),
            joined("cost_centre").alias("expected_cost_centre"),
            joined("one_off_account"),
        )
    )
