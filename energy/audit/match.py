"""Which component of the recomputed bill an invoice line is: by kind, unit, name, quantity and amount.

Suppliers name their lines as they like and a price list may hold several components of one kind (spot price and markup,
high and low load), so no single sign decides. Every line is scored against every component of the same metering point,
contract and period; then each line takes the component that both like best, until nothing is left to pair.
"""

from __future__ import annotations

import re

import polars as pl

from energy.audit.lines import PERIOD

__all__ = ["match", "similarity"]

_ROUNDS = 8
_NAMED = 0.3  # alike enough to choose between components of one kind
_SURELY_NAMED = 0.6  # alike enough to pair lines that were sorted as another kind
_CLOSE = 0.9  # amounts so close choose between components of one kind
_WEIGHTS = {"kind": 4.0, "name": 3.0, "quantity": 1.5, "amount": 1.0}
_WORDS = re.compile(r"[^0-9a-zåäöéü]+")


def match(lines: pl.DataFrame, components: pl.DataFrame) -> pl.DataFrame:
    """Return (row, part) of every line that was found among the components; each component once per document.

    `lines` from `energy.audit.lines.prepare`; `components` has PERIOD, part, component, label, quantity, unit and
    amount_sek.
    """
    pairs = _scored(lines, components)
    taken = []
    for _ in range(_ROUNDS):
        if pairs.is_empty():
            break
        best = pairs.sort("score", "row", "part", descending=[True, False, False])
        chosen = (
            best.unique(["row"], keep="first", maintain_order=True)
            .join(best.unique(["document", "part"], keep="first", maintain_order=True), on=["row", "part"], how="semi")
            .select("row", "part", "document")
        )
        taken.append(chosen)
        pairs = pairs.join(chosen, on="row", how="anti").join(chosen, on=["document", "part"], how="anti")
    if not taken:
        return pl.DataFrame(schema={"row": lines.schema["row"], "part": components.schema["part"]})
    return pl.concat(taken).select("row", "part").sort("row")


def _scored(lines: pl.DataFrame, components: pl.DataFrame) -> pl.DataFrame:
    """Return every pair that may be the same thing, with its score."""
    crowd = pl.len().over(*PERIOD, "component", "unit") > 1
    right = components.with_columns(crowded=crowd).select(
        *PERIOD, "part", "label", "crowded", pl.col("component").alias("kind"), pl.col("quantity").alias("of"),
        pl.col("unit").alias("in_unit"), pl.col("amount_sek").alias("worth"),
    )  # fmt: skip
    left = lines.select(
        "row", "document", *PERIOD, "component", "line_class", "item", "quantity_billed", "unit_billed", "amount_sek"
    )
    pairs = left.join(right, on=[*PERIOD]).join(_similarities(left, right), on=["item", "label"], nulls_equal=True)
    same_unit = (pl.col("unit_billed") == pl.col("in_unit")) | (pl.col("unit_billed") == "st")
    pairs = pairs.with_columns(
        same=pl.col("component") == pl.col("kind"),
        quantity_near=_near(pl.col("quantity_billed"), pl.col("of")),
        amount_near=_near(pl.col("amount_sek"), pl.col("worth")),
        fits=same_unit | pl.col("in_unit").is_in(["st", "MWh·°C"]),
    )
    told = (pl.col("name") >= _NAMED) | (pl.col("amount_near") >= _CLOSE)
    needs = pl.col("crowded") | (pl.col("component") == "other")
    may = (pl.col("same") & (~needs | told)) | (pl.col("name") >= _SURELY_NAMED)
    weighed = (
        pl.col("same").cast(pl.Float64) * _WEIGHTS["kind"] + pl.col("name") * _WEIGHTS["name"]
        + pl.col("quantity_near") * _WEIGHTS["quantity"] + pl.col("amount_near") * _WEIGHTS["amount"]
    )  # fmt: skip
    return pairs.filter("fits", may).select("row", "document", "part", score=weighed.round(9))


def _near(one: pl.Expr, other: pl.Expr) -> pl.Expr:
    """Return how near two figures lie, 0-1: the smaller as a share of the larger; signs do not matter."""
    high = pl.max_horizontal(one.abs(), other.abs())
    return (
        pl.when(high > 0)
        .then(pl.min_horizontal(one.abs(), other.abs()) / high)
        .otherwise(1.0)
        .fill_null(0.0)
        .fill_nan(0.0)
    )


def _similarities(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Return (item, label, name) for every pair of texts that occurs, `name` 0-1."""
    keys = ["metering_point", "contract_kind"]
    texts = left.select(*keys, "item").unique().join(right.select(*keys, "label").unique(), on=keys)
    distinct = texts.select("item", "label").unique().sort("item", "label")
    items = {text: _grams(text) for text in distinct["item"].unique().to_list()}
    labels = {text: _grams(text) for text in distinct["label"].unique().to_list()}
    found = [_dice(items[item], labels[label]) for item, label in distinct.iter_rows()]
    return distinct.with_columns(name=pl.Series(found, dtype=pl.Float64))


def similarity(one: str | None, other: str | None) -> float:
    """Return how alike two names are, 0-1: the share of letter pairs they have in common (Dice's coefficient)."""
    return _dice(_grams(one), _grams(other))


def _grams(text: str | None) -> frozenset[str]:
    words = _WORDS.sub(" ", (text or "").lower()[:120]).split()
    return frozenset(f" {word} "[i : i + 2] for word in words for i in range(len(word) + 1))


def _dice(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 0.0
