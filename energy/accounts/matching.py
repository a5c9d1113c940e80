"""Every invoice beside its vouchers: posted once, net, on the right account, cost centre, object and in its period?

The comparison is columnar: words of the vouchers' texts are joined with invoice numbers (vouchers.py), then amounts
that no number explains with what the invoices lack (amounts.py). Sums are whole öre, so no order of rows matters.
Source of the rules: the municipality's own [[account]] and [ledger]; an invoice's accounting period is the month of its
date, or the month it reaches the books in within `days_to_book`; earlier months of its consumption are right too.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from energy.accounts.amounts import by_amount
from energy.accounts.coverage import covered, in_gap
from energy.accounts.messages import of_gaps, of_invoices
from energy.accounts.mistyped import corrected, mistyped, of_settings, with_hint
from energy.accounts.places import WHERE, expected, judged, places
from energy.accounts.rules import TOLERANCE_ORE, BookRules, joined, near, ore
from energy.accounts.unmatched import without_invoice
from energy.accounts.vouchers import by_number, cost_lines, named, number, ordered

KEY = ["supplier_id", "invoice_no", "issue_date", "document_type"]
RESULT: dict[str, Any] = {
    "supplier_id": pl.String, "invoice_no": pl.String, "issue_date": pl.Date, "document_type": pl.String,
    "metering_point": pl.String, "contract_kind": pl.String, "consumption_month": pl.Date,
    "accounting_period": pl.Date, "net_sek": pl.Float64, "posted_sek": pl.Float64, "difference_sek": pl.Float64,
    "verdict": pl.String, "account": pl.String, "expected_account": pl.String, "cost_centre": pl.String,
    "expected_cost_centre": pl.String, "voucher": pl.String, "voucher_date": pl.Date, "message": pl.String,
    "file_name": pl.String, "row_no": pl.Int64,
}  # fmt: skip


def match(
    invoices: pl.DataFrame, where: pl.DataFrame, ledger: pl.DataFrame, accounts: pl.DataFrame, rules: BookRules
) -> pl.DataFrame:
    """Return one row per invoice with its verdict, and one per voucher of energy without any; columns of RESULT.

    `invoices`: KEY, supplier, net_sek, vat_sek, rounding_sek, one_off_sek (the part of net_sek that is support or a
    charge once, and belongs on the account of that purpose), first_month and last_month of consumption, and
    vat_recoverable of whoever bears the cost (null: unknown). `where`: KEY with metering_point, facility and
    contract_kind, one row per place an invoice delivers to. `ledger`: lines of vouchers as core.ledger_lines, debit
    positive. `accounts`: rows as settings.accounts.

    difference_sek is what stands too much (negative: too little) where the cost belongs; posted_sek what stands there,
    or, where the place is right or unknown, what stands in all. Days without books, and years without invoices, give
    one row each with the verdict not_assessed; so does an account of [[account]] that most invoices of its kind do not
    stand on but on one other: they are compared with that one.
    """
    if ledger.is_empty():
        return pl.DataFrame(schema=RESULT)
    lines = ordered(ledger)
    heads = _heads(invoices)
    spots = where.join(heads.select("invoice", *KEY), on=KEY, nulls_equal=True).select("invoice", *WHERE).unique()
    rows, free = _compared(heads, spots, lines, accounts, rules)
    wrong = mistyped(rows)
    if wrong.height:
        accounts = corrected(accounts, wrong)
        rows, free = _compared(heads, spots, lines, accounts, rules)
    spans = covered(lines)
    lost = in_gap(rows.filter(pl.col("verdict") == "not_posted"), spans, rules.days_to_book)
    told = of_gaps(rows.join(lost, on="invoice"), spans)
    rows = rows.join(lost, on="invoice", how="anti", maintain_order="left")
    spare = without_invoice(free, lines, expected_on(heads, spots, accounts), accounts, rules)
    parts = [with_hint(of_invoices(rows), wrong), told, spare, of_settings(wrong)]
    return (
        pl.concat([p.select(c for c in RESULT if c in p.columns) for p in parts], how="diagonal_relaxed")
        .select(pl.col(c).cast(kind) for c, kind in RESULT.items())
        .sort("accounting_period", "issue_date", "voucher_date", *KEY, "voucher", "expected_account", nulls_last=True)
    )


def _compared(
    heads: pl.DataFrame, spots: pl.DataFrame, lines: pl.DataFrame, accounts: pl.DataFrame, rules: BookRules
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return one row per invoice with its verdict, and the cost lines that belong to none."""
    costs = cost_lines(lines, accounts, rules)
    posted = _posted(heads, spots, costs, accounts, rules)
    rows = _rows(heads, spots, posted, accounts, rules)
    return rows, costs.join(posted, on="line", how="anti", maintain_order="left")


def _heads(invoices: pl.DataFrame) -> pl.DataFrame:
    """Return the invoices in order with amounts in öre: net, gross, and target, what the cost account should take."""
    net, vat = ore("net_sek"), ore("vat_sek").fill_null(0)
    kept = pl.col("vat_recoverable").fill_null(True)
    return (
        invoices.sort(KEY, nulls_last=True)
        .with_row_index("invoice")
        .with_columns(
            net=net, gross=net + vat, rounding=ore("rounding_sek").fill_null(0), number=number("invoice_no"),
            named=named("supplier"), one_off=ore("one_off_sek").fill_null(0),
            target=pl.when(kept).then(net).otherwise(net + vat),
        )
    )  # fmt: skip


def _at(heads: pl.DataFrame, spots: pl.DataFrame, days: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Return the right places of invoices on days: `days` is (invoice, day).

    An invoice with a one-off part has the places of one-offs too, where `is_one_off`.
    """
    keys = days.unique().sort("invoice", "day").join(spots, on="invoice")
    own = places(keys, accounts).with_columns(is_one_off=pl.lit(value=False))
    having = heads.filter(pl.col("one_off") != 0).select("invoice")
    once = places(keys.join(having, on="invoice", how="semi", maintain_order="left"), accounts, "one_off")
    once = once.join(own, on=["invoice", "day"], how="semi", maintain_order="left").join(
        own, on=["invoice", "day", "account"], how="anti", maintain_order="left"
    )
    return pl.concat([own, once.with_columns(is_one_off=pl.lit(value=True))])


def expected_on(heads: pl.DataFrame, spots: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Return (invoice, day, account …): where invoices belonged on their own day."""
    return _at(heads, spots, heads.select("invoice", day="issue_date"), accounts)


def _posted(
    heads: pl.DataFrame, spots: pl.DataFrame, costs: pl.DataFrame, accounts: pl.DataFrame, rules: BookRules
) -> pl.DataFrame:
    """Return the cost lines with the invoice each belongs to, and how far each lies right (see `judged`)."""
    first = by_number(heads, costs, accounts)
    known = _judged(first, heads, spots, costs, accounts, rules)
    so_far = known.group_by("invoice").agg(
        on_account=pl.col("ore").filter("ok_account").sum(), mapped=pl.col("mapped").any()
    )
    state = heads.join(so_far, on="invoice", how="left", maintain_order="left").with_columns(
        posted=pl.col("on_account").is_not_null(), on_account=pl.col("on_account").fill_null(0)
    )  # fmt: skip
    rest = pl.col("target") - pl.col("on_account")
    whole = pl.when(~pl.col("posted")).then(pl.concat_list("net", "gross", pl.col("net") + pl.col("rounding")))
    wants = whole.otherwise(pl.concat_list(rest))
    lacking = state.filter(rest.abs() > TOLERANCE_ORE).with_columns(wants=wants)
    right = expected_on(heads, spots, accounts).select("invoice", "account").unique()
    free = costs.join(first, on="line", how="anti", maintain_order="left")
    second = by_amount(lacking, free, right)
    return _judged(pl.concat([first, second]), heads, spots, costs, accounts, rules)


def _judged(
    pairs: pl.DataFrame, heads: pl.DataFrame, spots: pl.DataFrame, costs: pl.DataFrame, accounts: pl.DataFrame,
    rules: BookRules,
) -> pl.DataFrame:  # fmt: skip
    mine = costs.join(pairs, on="line").sort("invoice", "line")
    found = _at(heads, spots, mine.select("invoice", "day"), accounts)
    return judged(mine, found, accounts, rules.cost_centre_dimension)


def _rows(
    heads: pl.DataFrame, spots: pl.DataFrame, posted: pl.DataFrame, accounts: pl.DataFrame, rules: BookRules
) -> pl.DataFrame:
    """Return one row per invoice: sums at each depth of the place, and the verdict."""
    single = (
        pl.when(pl.col(c).n_unique() == 1).then(pl.col(c).first()).alias(c) for c in ("metering_point", "contract_kind")
    )
    one = spots.group_by("invoice").agg(*single)
    at_issue = expected(expected_on(heads, spots, accounts))
    at_posting = expected(_at(heads, spots, posted.select("invoice", "day"), accounts))
    wanted = pl.concat([at_posting, at_issue.join(at_posting, on="invoice", how="anti")])
    rows = heads.drop("metering_point", "contract_kind", strict=False)
    for part in (one, wanted, _sums(posted, heads, rules)):
        rows = rows.join(part, on="invoice", how="left", maintain_order="left")
    counted = ("total", "on_account", "on_centre", "on_object", "on_one_off", "in_period", "copies", "copies_in_time")
    rows = rows.with_columns(pl.col(counted).fill_null(0))
    rows = rows.with_columns(verdict=_verdict())
    depth = {"wrong_account": "on_account", "wrong_cost_centre": "on_centre", "wrong_object": "on_object"}
    stands = pl.when(near(pl.col("on_account"), pl.col("target"))).then("on_account").otherwise("total")
    for verdict, column in depth.items():
        stands = pl.when(pl.col("verdict") == verdict).then(column).otherwise(stands)
    seen = pl.col("voucher").is_not_null() & ~pl.col("verdict").is_in(["not_assessed"])
    # what of the one-off part stands among the costs of operation; 0 unless that is what is wrong
    misplaced = pl.when((pl.col("verdict") == "wrong_account") & near(pl.col("on_account"), pl.col("target"))).then(
        pl.col("one_off") - pl.col("on_one_off")
    ).otherwise(0)  # fmt: skip
    rows = rows.with_columns(
        stands=pl.when(seen | (pl.col("verdict") == "not_posted")).then(stands), misplaced=misplaced
    )
    in_operation = pl.when(pl.col("misplaced") != 0).then("on_one_off").otherwise(0)
    difference = pl.when(pl.col("misplaced") != 0).then("misplaced").otherwise(pl.col("stands") - pl.col("target"))
    return rows.with_columns(
        posted_sek=(pl.col("stands") - in_operation) / 100,
        difference_sek=difference / 100,
        consumption_month="first_month",
        accounting_period=pl.coalesce("voucher_date", "issue_date").dt.truncate("1mo"),
    )


def _sums(posted: pl.DataFrame, heads: pl.DataFrame, rules: BookRules) -> pl.DataFrame:
    """Return what stands in the books per invoice [öre], and where; small change elsewhere is rounding and left out."""
    known = posted.join(
        heads.select("invoice", "net", "gross", "issue_date", "first_month", "last_month"), on="invoice"
    ).filter(pl.col("ok_account") | (pl.col("ore").abs() > TOLERANCE_ORE)).sort("invoice", "line")  # fmt: skip
    month = pl.col("day").dt.truncate("1mo")
    latest = pl.col("issue_date").dt.offset_by(f"{rules.days_to_book}d").dt.truncate("1mo")
    timely = (month >= pl.min_horizontal("first_month", pl.col("issue_date").dt.truncate("1mo"))) & (
        month <= pl.max_horizontal(latest, "last_month")
    )
    by_voucher = known.group_by("invoice", "voucher_key").agg(
        pl.col("ore").sum(), pl.col("net").first(), pl.col("gross").first(), timely.all().alias("in_time")
    )
    full = near(pl.col("ore"), pl.col("net")) | near(pl.col("ore"), pl.col("gross"))
    copies = by_voucher.group_by("invoice").agg(copies=full.sum(), copies_in_time=(full & pl.col("in_time")).sum())
    main = known.sort("invoice", pl.col("ore").abs(), "day", "line", descending=[False, True, False, False]).unique(
        "invoice", keep="first", maintain_order=True
    )
    sums = known.group_by("invoice").agg(
        pl.col("ore").sum().alias("total"), pl.col("mapped").any(),
        *[pl.col("ore").filter(f"ok_{d}").sum().alias(f"on_{d}") for d in ("account", "centre", "object", "one_off")],
        pl.col("ore").filter(timely).sum().alias("in_period"),
        joined("account"), joined("cost_centre"), pl.col("voucher").unique().sort().str.join(", "),
        pl.col("ore").filter(~pl.col("ok_account")).sum().alias("elsewhere"),
    )  # fmt: skip
    first = main.select("invoice", "voucher_date", "file_name", "row_no")
    return sums.join(copies, on="invoice", how="left").join(first, on="invoice", how="left")


def _verdict() -> pl.Expr:
    """Return the verdict: the gravest thing first, so that each invoice has one."""
    target = pl.col("target")
    right = {
        name: near(pl.col(name), target) for name in ("total", "on_account", "on_centre", "on_object", "in_period")
    }
    absent = pl.col("voucher").is_null() | (near(pl.col("total"), pl.lit(0)) & near(pl.col("on_account"), pl.lit(0)))
    gross = (pl.col("gross") - pl.col("net")).abs() > TOLERANCE_ORE
    recoverable = pl.col("vat_recoverable").fill_null(False)
    one_off_wrong = pl.col("one_off_account").is_not_null() & ~near(pl.col("on_one_off"), pl.col("one_off"))
    return (
        pl.when(target.is_null()).then(pl.lit("not_assessed"))
        .when(near(target, pl.lit(0)) & absent).then(pl.lit("matched"))
        .when(absent).then(pl.lit("not_posted"))
        .when((pl.col("copies") > 1) & ~right["total"]).then(pl.lit("posted_twice"))
        .when(recoverable & gross & near(pl.col("total"), pl.col("gross"))).then(pl.lit("posted_gross"))
        .when(~right["total"] & ~right["on_account"]).then(pl.lit("amount_differs"))
        .when(~right["on_account"] | one_off_wrong).then(pl.lit("wrong_account"))
        .when(~right["on_centre"]).then(pl.lit("wrong_cost_centre"))
        .when(~right["on_object"]).then(pl.lit("wrong_object"))
        .when(~right["in_period"] & (pl.col("copies_in_time") == 0)).then(pl.lit("wrong_accounting_period"))
        .otherwise(pl.lit("matched"))
    )  # fmt: skip
