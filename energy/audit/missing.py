"""What never came: components that the price list has and the invoice lacks, and invoices that their rhythm expects."""

from __future__ import annotations

from datetime import date

import polars as pl

from energy.audit.criteria import Criteria
from energy.audit.words import kr, number

__all__ = ["RHYTHM_MONTHS", "missing_components", "missing_invoices"]

RHYTHM_MONTHS = {"monthly": 1, "bimonthly": 2, "quarterly": 3, "yearly": 12}
_KEY = ["metering_point", "contract_kind", "month"]
_MAIN = ("energy", "demand", "fixed")  # a document that charges one of these is the month's invoice
_NOTICE = {"metering_point": pl.String, "contract_kind": pl.String, "supplier_id": pl.String,
           "consumption_month": pl.Date, "expected_on": pl.Date, "days_late": pl.Int64, "estimated_sek": pl.Float64,
           "message": pl.String}  # fmt: skip


def missing_components(judged: pl.DataFrame, bill: pl.DataFrame, rules: Criteria) -> pl.DataFrame:
    """Return one row per component of an invoiced month that no line charges, with the month's invoice.

    Columns of analysis.audit_lines without difference, and `label`; `line_id` is «saknas-<line of the bill>». Amounts
    below the tolerance do not count, nor months that only a part of is invoiced.
    """
    whole = judged.filter("is_whole", pl.col("contract_kind").is_not_null(), pl.col("reverses").is_null())
    monthly = whole.with_columns(
        month=pl.date_ranges(pl.col("period_start"), pl.col("period_end"), interval="1mo")
    ).explode("month")  # fmt: skip
    standing = monthly.filter(pl.col("reversed_by").is_null() | ~pl.col("is_closed"))
    standing = pl.concat([standing, monthly.join(standing.select(_KEY).unique(), on=_KEY, how="anti")])
    charged = standing.filter(pl.col("label").is_not_null(), pl.col("of_component").is_in(_MAIN))
    invoice = charged.sort("issue_date", "row", nulls_last=True).unique(_KEY, keep="first", maintain_order=True)
    summed = standing.filter("is_summed").select(*_KEY, "of_component").unique()
    lacking = (
        bill.filter(pl.col("amount_sek").abs() > rules.agree_sek)
        .join(invoice.select(*_KEY, "supplier_id", "invoice_no", "issue_date", "document_type"), on=_KEY)
        .join(standing.select(*_KEY, "label").unique(), on=[*_KEY, "label"], how="anti")
        .join(summed, left_on=[*_KEY, "component"], right_on=[*_KEY, "of_component"], how="anti")
    )
    words = pl.format(
        "{} på {} enligt prislistan {} finns inte på fakturan",
        pl.col("label"), kr(pl.col("amount_sek")), pl.col("price_list"),
    )  # fmt: skip
    text = pl.lit(None, pl.String)
    return lacking.select(
        "supplier_id", "invoice_no", "issue_date", "document_type", pl.format("saknas-{}", "line_no").alias("line_id"),
        "metering_point", "contract_kind", "component", pl.col("month").alias("consumption_month"), "price_list",
        pl.lit(None, pl.Float64).alias("invoiced_quantity"), pl.col("quantity").alias("recomputed_quantity"), "unit",
        pl.lit(None, pl.Float64).alias("invoiced_sek"), pl.col("amount_sek").alias("recomputed_sek"),
        pl.lit("missing_component").alias("verdict"), words.alias("reason"), text.alias("evidence"), "label",
    )  # fmt: skip


def missing_invoices(
    judged: pl.DataFrame,
    bill: pl.DataFrame,
    contracts: pl.DataFrame,
    latest: date | None,
    until: date | None = None,
) -> pl.DataFrame:
    """Return one row per period of a contract's rhythm that is due and that no invoice charges.

    A period is due `days_to_invoice` after its last day. Today is `latest`, the last day anything is known
    of: never the clock; periods that end after the month `until` are not asked for, nor are those before a contract's
    first invoice; an invoice that is credited and not charged anew counts as none. `estimated_sek` is the recomputed
    bill, null where that is not known.
    """
    if latest is None or contracts.is_empty():
        return pl.DataFrame(schema=_NOTICE)
    expected = _expected(contracts, latest)
    expected = expected if until is None else expected.filter(pl.col("last_month") <= until)
    days = judged.filter(
        pl.col("contract_kind").is_not_null(), pl.col("period_end") >= pl.col("period_start"), ~pl.col("is_credit"),
        pl.col("reversed_by").is_null(),
    ).select("metering_point", "contract_kind", "period_start", "period_end").unique()  # fmt: skip
    covered = days.with_columns(
        month=pl.date_ranges(pl.col("period_start").dt.truncate("1mo"), pl.col("period_end"), interval="1mo")
    ).explode("month")  # fmt: skip
    key = ["metering_point", "contract_kind"]
    first = covered.group_by(key).agg(first=pl.col("month").min())
    due = expected.join(first, on=key).filter(pl.col("last_month") >= pl.col("first"))
    months = due.with_columns(month=pl.date_ranges(pl.col("from_month"), pl.col("last_month"), interval="1mo"))
    lacking = months.explode("month").join(covered.select(*key, "month").unique(), on=[*key, "month"], how="anti")
    return _told(lacking, bill, latest)


def _told(lacking: pl.DataFrame, bill: pl.DataFrame, latest: date) -> pl.DataFrame:
    """Return the missing months by period of their rhythm, with what they should cost and the words."""
    key = ["metering_point", "contract_kind"]
    known = pl.col("amount_sek").is_not_null().all()
    worth = bill.group_by(_KEY).agg(sek=pl.when(known).then(pl.col("amount_sek").sum()))
    sums = lacking.join(worth, on=_KEY, how="left").group_by(*key, "supplier_id", "from_month", "expected_on").agg(
        estimated_sek=pl.when(pl.col("sek").is_not_null().all()).then(pl.col("sek").sum())
    )  # fmt: skip
    about = pl.format("enligt mätvärden och prislista omkring {} kr", number(pl.col("estimated_sek"), 0))
    text = pl.format(
        "fakturan för {} väntades senast {} men finns inte bland dem som är inlästa; {}",
        pl.col("from_month").dt.strftime("%Y-%m"), pl.col("expected_on").cast(pl.String),
        about.fill_null("beloppet kan inte beräknas"),
    )  # fmt: skip
    told = sums.with_columns(
        consumption_month="from_month", days_late=(pl.lit(latest) - pl.col("expected_on")).dt.total_days(), message=text
    )
    return told.select(*_NOTICE).sort("consumption_month", *key, "supplier_id", nulls_last=True)


def _expected(contracts: pl.DataFrame, latest: date) -> pl.DataFrame:
    """Return the periods of every contract that are due by `latest`: from_month, last_month, expected_on.

    Periods of several months follow the calendar year (January to March and so on), cut where the contract is.
    """
    length = pl.col("rhythm").replace_strict(RHYTHM_MONTHS, default=1, return_dtype=pl.Int64)
    last_day = pl.col("valid_to").dt.offset_by("-1d")
    first_month = pl.col("valid_from").dt.truncate("1mo")
    until = pl.min_horizontal(last_day, pl.lit(latest)).dt.truncate("1mo")
    months = (
        contracts.filter(pl.col("valid_from") < pl.col("valid_to"), pl.col("valid_from") <= latest)
        .with_columns(length=length, last_day=last_day, month=pl.date_ranges(first_month, until, interval="1mo"))
        .explode("month")
    )
    into = (pl.col("month").dt.month().cast(pl.Int64) - 1) % pl.col("length")
    block = pl.col("month").dt.offset_by(pl.format("-{}mo", into))
    key = ["metering_point", "kind", "supplier_id", "valid_from", "days_to_invoice", "last_day", "length", "block"]
    blocks = months.with_columns(block=block).group_by(key).agg(from_month=pl.col("month").min())
    block_end = pl.col("block").dt.offset_by(pl.format("{}mo", pl.col("length") - 1)).dt.month_end()
    ends = pl.min_horizontal(block_end, pl.col("last_day"))
    due = blocks.with_columns(
        last_month=ends.dt.truncate("1mo"), expected_on=ends + pl.duration(days=pl.col("days_to_invoice"))
    ).filter(pl.col("expected_on") < latest)  # fmt: skip
    return due.select(
        "metering_point", pl.col("kind").alias("contract_kind"), "supplier_id", "from_month", "last_month",
        "expected_on",
    ).sort("metering_point", "contract_kind", "from_month", "supplier_id", nulls_last=True)  # fmt: skip
