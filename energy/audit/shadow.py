"""The shadow bill: every invoice line beside what it should have been, given what was charged and credited before.

A period may be charged, credited and charged anew. Lines of the same thing and period form a chain in order of issue:
a line is compared with the recomputed amount less what the chain still holds, a credit with the line it takes back.
"""

from __future__ import annotations

import polars as pl

from energy.audit.criteria import Criteria
from energy.audit.lines import PERIOD

__all__ = ["shadow"]
_WHOLE = 1.0  # SEK: a credit note takes back a whole invoice when their nets are this near


def shadow(lines: pl.DataFrame, components: pl.DataFrame, pairs: pl.DataFrame, rules: Criteria) -> pl.DataFrame:
    """Return the lines with what they should have been.

    Added: `label`, `of_component`, `full_sek` and `full_quantity` (the recomputed component, null where unknown),
    `bill_unit`, `bill_reason`, `estimated_hours` (of the meter, in what is billed), `price_list`, `bill_evidence`,
    `has_bill`, `is_summed` (the line is a part of a sum that agrees),
    `reverses` and `reversed_by` (row), `outstanding_sek` (charged before and not taken back), `expected_sek`,
    `difference_sek`, `repeats` (row charged before), `overlaps` (row), `overlap_days`, `net_sek_left` (what the whole
    chain holds above the recomputed) and `is_closed` (it holds nothing above).
    """
    found = _beside(lines, components, pairs)
    found = _sums(found, components, rules)
    found = _twins_in_document(found)
    found = _chained(found)
    found = _reversals(found)
    found = _expected(found, rules)
    return _overlaps(found, components, rules).sort("row")


def _beside(lines: pl.DataFrame, components: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    billed = components.select(*PERIOD).unique().with_columns(has_bill=pl.lit(value=True))
    parts = components.select(
        "part", "label", "bill_reason", "estimated_hours", "price_list", pl.col("component").alias("of_component"),
        pl.col("amount_sek").alias("full_sek"), pl.col("quantity").alias("full_quantity"),
        pl.col("unit").alias("bill_unit"), pl.col("evidence").alias("bill_evidence"),
    )  # fmt: skip
    found = lines.join(pairs, on="row", how="left").join(parts, on="part", how="left")
    # one supplier may hold two contracts of a metering point: the line belongs to the one whose component it is
    found = (
        found.sort(pl.col("part").is_null(), "row").unique(["document", "line_id", "row_no"], keep="first").sort("row")
    )
    return found.join(billed, on=[*PERIOD], how="left").with_columns(
        pl.col("has_bill").fill_null(value=False), is_summed=pl.lit(value=False)
    )


def _sums(lines: pl.DataFrame, components: pl.DataFrame, rules: Criteria) -> pl.DataFrame:
    """Return the lines; where lines or components are left over but the sums of a kind agree, each has its share."""
    group = ["document", *PERIOD, "of"]
    keyed = lines.with_columns(of=pl.coalesce("of_component", "component"))
    matched = keyed.filter(pl.col("part").is_not_null())
    documents = keyed.filter("has_bill").select("document", *PERIOD).unique()
    left_over = (
        documents.join(components.rename({"component": "of"}), on=[*PERIOD])
        .join(matched.select("document", "part"), on=["document", "part"], how="anti")
        .group_by(group).agg(left=pl.len(), left_sek=_all_known("amount_sek"))
    )  # fmt: skip
    sums = keyed.filter("has_bill").group_by(group).agg(
        alone=pl.col("part").is_null().sum(), lines_sek=_all_known("amount_sek"),
        parts_sek=pl.col("full_sek").filter(pl.col("part").is_not_null()).sum(),
        known=pl.col("full_sek").filter(pl.col("part").is_not_null()).is_not_null().all(),
        lists=pl.col("price_list").drop_nulls().first(),
    )  # fmt: skip
    sums = sums.join(left_over, on=group, how="left").with_columns(
        sum_sek=pl.col("parts_sek")
        + pl.when(pl.col("left").fill_null(0) > 0).then(pl.col("left_sek")).otherwise(pl.lit(0.0))
    )
    gap = (pl.col("lines_sek") - pl.col("sum_sek")).abs()
    agreeing = sums.filter(
        (pl.col("alone") > 0) | (pl.col("left") > 0),
        pl.col("known"), pl.col("lines_sek").abs() > rules.agree_sek, gap <= rules.tolerance_sek(pl.col("sum_sek")),
    ).select(*group, "lists", ratio=pl.col("sum_sek") / pl.col("lines_sek"))  # fmt: skip
    joined = keyed.join(agreeing, on=group, how="left", nulls_equal=True)
    summed = pl.col("ratio").is_not_null()
    return joined.with_columns(
        is_summed=summed,
        full_sek=pl.when(summed).then(pl.col("amount_sek") * pl.col("ratio")).otherwise(pl.col("full_sek")),
        full_quantity=pl.when(summed).then(pl.col("quantity_billed")).otherwise(pl.col("full_quantity")),
        bill_unit=pl.when(summed).then(pl.col("unit_billed")).otherwise(pl.col("bill_unit")),
        label=pl.when(summed).then(pl.lit("Σ ") + pl.col("of") + pl.lit(" ") + pl.col("item").fill_null(""))
        .otherwise(pl.col("label")),
        price_list=pl.coalesce("price_list", "lists"),
        of_component=pl.when(summed).then(pl.col("of")).otherwise(pl.col("of_component")),
    ).drop("of", "lists", "ratio")  # fmt: skip


def _all_known(column: str) -> pl.Expr:
    return pl.when(pl.col(column).is_not_null().all()).then(pl.col(column).sum())


def _twins_in_document(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines; one that stands twice in a document is the same component once more."""
    same = ["document", *PERIOD, "item", "amount_sek"]
    told = [
        "part", "label", "of_component", "full_sek", "full_quantity", "bill_unit", "bill_reason", "price_list",
        "bill_evidence", "estimated_hours",
    ]  # fmt: skip
    first = lines.filter(pl.col("part").is_not_null() & ~pl.col("is_summed")).unique(
        same, keep="first", maintain_order=True
    )
    twin = lines.filter(pl.col("part").is_null() & ~pl.col("is_summed")).select("row", *same).join(
        first.select(*same, *(pl.col(c).alias(f"{c}_twin") for c in told)), on=same, nulls_equal=True
    )  # fmt: skip
    joined = lines.join(twin.drop(same), on="row", how="left")
    return joined.with_columns(pl.coalesce(c, f"{c}_twin").alias(c) for c in told).drop(f"{c}_twin" for c in told)


def _chained(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines with the key of their chain and the sign the thing should have."""
    what = pl.coalesce(
        "label", pl.lit("? ") + pl.col("component").fill_null("") + pl.lit(" ") + pl.col("item").fill_null("")
    )
    days = [pl.col(c).cast(pl.String).fill_null("") for c in PERIOD]
    chain = pl.concat_str([pl.col("supplier_id").fill_null(""), *days, what], separator="\x1f")
    keyed = lines.with_columns(chain=chain).sort("issue_date", "row", nulls_last=True)
    # where the bill is unknown, the sign is that of what invoices (not credit notes) charge
    charged = pl.col("amount_sek").filter(~pl.col("is_credit")).first().over("chain")
    own = pl.coalesce(pl.col("full_sek"), charged, pl.lit(1.0)).sign()
    return keyed.with_columns(wanted=pl.when(own == 0).then(1.0).otherwise(own))


def _reversals(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines with `reverses` and `reversed_by`: the same amount with the other sign, later, in the chain.

    A credit takes back the line of the invoice it names, else the latest one; documents that name an invoice and take
    back its whole net do so line by line even when their lines are named otherwise.
    """
    known = lines.filter(pl.col("amount_sek").is_finite() & (pl.col("amount_sek").abs() > 0)).with_columns(
        back=pl.col("is_credit") | (pl.col("amount_sek").sign() == -pl.col("wanted")),
        ore=(pl.col("amount_sek").abs() * 100).round().cast(pl.Int64),
    )
    taking = known.filter("back")
    named = taking.explode("references", empty_as_null=True).select("chain", pl.col("references").alias("invoice_no"))
    named = named.drop_nulls().unique()
    key = ["chain", "ore"]
    charged = known.filter(~pl.col("back")).join(
        named.with_columns(named=pl.lit(1)), on=["chain", "invoice_no"], how="left"
    )
    order = [pl.col("named").fill_null(0), pl.col("issue_date"), pl.col("row")]
    charged = charged.sort(*order, descending=True, nulls_last=True).with_columns(k=pl.int_range(pl.len()).over(key))
    taking = taking.sort("issue_date", "row").with_columns(k=pl.int_range(pl.len()).over(key))
    both = taking.select(*key, "k", "issue_date", pl.col("row").alias("back_row")).join(
        charged.select(*key, "k", "row", pl.col("issue_date").alias("first_date")), on=[*key, "k"]
    )
    pairs = both.filter(
        pl.col("issue_date").is_null() | pl.col("first_date").is_null() | (pl.col("issue_date") >= pl.col("first_date"))
    )
    found = lines.join(
        pairs.select(pl.col("back_row").alias("row"), pl.col("row").alias("reverses")), on="row", how="left"
    ).join(pairs.select("row", pl.col("back_row").alias("reversed_by")), on="row", how="left")
    return _whole_documents(found)


def _whole_documents(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines, those of a document that a credit note takes back whole as taken back by its first line."""
    nets = lines.group_by("document", maintain_order=True).agg(
        pl.col("supplier_id").first(), pl.col("invoice_no").first(), pl.col("issue_date").first(),
        pl.col("is_credit").first(), pl.col("references").first(), net=_all_known("amount_sek"),
        first_row=pl.col("row").min(),
    )  # fmt: skip
    credits = nets.filter(pl.col("net") < 0).explode("references", empty_as_null=True).drop_nulls("references").select(
        "supplier_id", pl.col("references").alias("invoice_no"), pl.col("document").alias("by_document"),
        pl.col("first_row").alias("by_row"), pl.col("net").alias("back"),
    )  # fmt: skip
    both = nets.filter(pl.col("net") > 0).join(credits, on=["supplier_id", "invoice_no"], maintain_order="left_right")
    fitting = both.filter((pl.col("net") + pl.col("back")).abs() <= _WHOLE)
    once = fitting.unique(["document"], keep="first", maintain_order=True)
    whole = once.unique(["by_document"], keep="first", maintain_order=True)
    taken = lines.join(whole.select("document", "by_row"), on="document", how="left").join(
        whole.select(pl.col("by_document").alias("document"), pl.col("first_row").alias("of_row")),
        on="document", how="left",
    )  # fmt: skip
    return taken.with_columns(
        reversed_by=pl.coalesce("reversed_by", "by_row"), reverses=pl.coalesce("reverses", "of_row")
    ).drop("by_row", "of_row")


def _expected(lines: pl.DataFrame, rules: Criteria) -> pl.DataFrame:
    """Return the lines with what was charged before, what they should have been, and what the chain holds too much."""
    amount = pl.col("amount_sek").fill_null(0.0)
    holds = pl.col("reverses").is_null() & pl.col("reversed_by").is_null()
    ordered = lines.sort("chain", "issue_date", "row", nulls_last=True).with_columns(
        held=pl.when(holds).then(amount).otherwise(0.0), held_row=pl.when(holds).then(pl.col("row"))
    )
    before = pl.col("held").cum_sum().over("chain") - pl.col("held")
    earlier = pl.col("held_row").shift(1).forward_fill().over("chain")
    earlier_sek = pl.when(holds).then(amount).shift(1).forward_fill().over("chain")
    found = ordered.with_columns(
        outstanding_sek=before.round(6), earlier_row=earlier, earlier_sek=earlier_sek,
        chain_sek=amount.sum().over("chain"), chain_full=pl.col("full_sek").max().over("chain"),
        chain_len=pl.len().over("chain"),
    )  # fmt: skip
    left = pl.col("full_sek").fill_null(pl.col("earlier_sek")) - pl.col("outstanding_sek")
    same = (pl.col("amount_sek") - pl.col("earlier_sek")).abs() <= pl.max_horizontal(
        pl.lit(rules.agree_sek), pl.col("amount_sek").abs() * rules.duplicate_share
    )
    again = pl.col("reverses").is_null() & same & (pl.col("outstanding_sek").abs() > rules.agree_sek)
    again = again & ((pl.col("amount_sek") - left).abs() > rules.tolerance_sek(pl.col("amount_sek")))
    net = pl.col("chain_sek") - pl.col("chain_full")
    nothing_left = left.abs() <= rules.tolerance_sek(pl.col("full_sek"))
    expected = (
        pl.when(pl.col("reverses").is_not_null()).then(pl.col("amount_sek"))
        .when(again & (pl.col("full_sek").is_null() | nothing_left)).then(0.0)
        .otherwise(pl.col("full_sek") - pl.col("outstanding_sek"))
    )  # fmt: skip
    found = found.with_columns(
        expected_sek=expected, repeats=pl.when(again).then(pl.col("earlier_row")), net_sek_left=net,
        is_closed=(pl.col("reversed_by").is_not_null() | (
            (pl.col("chain_len") > 1) & (net.abs() <= rules.tolerance_sek(pl.col("chain_full")))
        )).fill_null(value=False),
    )  # fmt: skip
    return found.with_columns(difference_sek=pl.col("amount_sek") - pl.col("expected_sek")).drop(
        "held", "held_row", "earlier_row", "earlier_sek", "chain_sek", "chain_full", "chain_len"
    )


def _overlaps(lines: pl.DataFrame, components: pl.DataFrame, rules: Criteria) -> pl.DataFrame:
    """Return the lines with `overlaps`: an earlier invoice's line of the same thing that charges some of the days.

    Only lines that each agree with the bill of their own days count; expected is then the bill of the days that were
    not charged before, or, where that is not known, their share.
    """
    agrees = pl.col("difference_sek").abs() <= rules.tolerance_sek(pl.col("full_sek"))
    same = ["supplier_id", "metering_point", "contract_kind", "label"]
    standing = lines.filter(
        agrees, pl.col("label").is_not_null(), pl.col("full_sek") > 0, pl.col("amount_sek") > 0,
        pl.col("reverses").is_null(), pl.col("reversed_by").is_null(),
        pl.col("outstanding_sek").abs() <= rules.agree_sek,
    )  # fmt: skip
    ended = pl.col("period_end").cum_max().shift(1).over(same)
    meeting = (
        standing.sort(*same, "period_start", "period_end", "row")
        .with_columns(meets=(pl.col("period_start") <= ended).fill_null(value=False))
        .filter(pl.col("meets").any().over(same))
    )
    columns = [*same, "row", "issue_date", "period_start", "period_end"]
    both = meeting.select(columns).join(meeting.select(columns), on=same, suffix="_first")
    start, end = (
        pl.max_horizontal("period_start", "period_start_first"),
        pl.min_horizontal("period_end", "period_end_first"),
    )
    later = (pl.col("issue_date") > pl.col("issue_date_first")) | (
        (pl.col("issue_date") == pl.col("issue_date_first")) & (pl.col("row") > pl.col("row_first"))
    )
    found = (
        both.with_columns(overlap_days=(end - start).dt.total_days() + 1)
        .filter(later, pl.col("overlap_days") > 0)
        .sort("row", "overlap_days", "row_first", descending=[False, True, False])
        .unique("row", keep="first", maintain_order=True)
        .select("row", "overlap_days", pl.col("row_first").alias("overlaps"), "period_end_first")
    )
    rest = components.select(*PERIOD, "label", rest_sek="amount_sek")
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    left = pl.col("expected_sek") * (1 - pl.col("overlap_days").fill_null(0) / days)
    begins = pl.col("period_end_first").dt.offset_by("1d")
    joined = (
        lines.join(found, on="row", how="left")
        .with_columns(rest_start=pl.when(begins > pl.col("period_start")).then(begins))
        .join(
            rest, how="left", left_on=["metering_point", "contract_kind", "rest_start", "period_end", "label"],
            right_on=[*PERIOD, "label"],
        )
    )  # fmt: skip
    joined = joined.with_columns(
        expected_sek=pl.when(pl.col("overlaps").is_not_null())
        .then(pl.coalesce("rest_sek", left))
        .otherwise(pl.col("expected_sek"))
    )
    joined = joined.drop("period_end_first", "rest_start", "rest_sek")
    return joined.with_columns(difference_sek=pl.col("amount_sek") - pl.col("expected_sek"))
