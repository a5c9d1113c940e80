"""The audit as a whole: invoices, bills, contracts and price lists in; lines with verdicts, findings, missing out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from energy.audit.components import BILL_SCHEMA, bill_rows, components, price_book
from energy.audit.criteria import Criteria, criteria
from energy.audit.lines import PERIOD, not_after, prepare, spans
from energy.audit.match import match
from energy.audit.missing import missing_components, missing_invoices
from energy.audit.reasons import judge
from energy.audit.rules import RuleContext, findings
from energy.audit.shadow import shadow
from energy.model import PriceList

__all__ = ["AuditInputs", "Audited", "audit", "own_periods"]


@dataclass(frozen=True)
class AuditInputs:
    """What is audited.

    `lines` core.invoice_lines, `heads` core.invoices, `bill` analysis.bill, `contracts` settings.contracts, `points`
    settings.metering_points; `own_days` the bills of periods that are not whole months (see `own_periods`), columns of
    the bill with period_start and period_end; `lists` every price list; `known_to` the last day anything is known of
    (a ledger's last voucher, for example), null: the latest issue date; `until` the last consumption month that is
    followed up, null: every month.
    """

    lines: pl.DataFrame
    heads: pl.DataFrame
    bill: pl.DataFrame
    contracts: pl.DataFrame
    points: pl.DataFrame
    lists: Sequence[PriceList]
    own_days: pl.DataFrame | None = None
    known_to: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Audited:
    """`lines`: one row per line and per missing component; `findings`: one per problem; `missing`: one per invoice.

    `evidence`: one row per invoice row that a finding rests on.
    """

    lines: pl.DataFrame
    findings: pl.DataFrame
    missing: pl.DataFrame
    evidence: pl.DataFrame


def own_periods(lines: pl.DataFrame, heads: pl.DataFrame, until: date | None = None) -> pl.DataFrame:
    """Return the invoiced periods that are not whole months: they need bills of their own days."""
    return spans(not_after(prepare(lines, heads, until), until)).filter(~pl.col("is_whole")).select(*PERIOD)


def audit(inputs: AuditInputs, rules: Criteria | None = None) -> Audited:
    """Return every line's verdict, the findings and the missing invoices; the same for rows in any order."""
    rules = rules or criteria()
    bill = inputs.bill.select(*BILL_SCHEMA).with_columns(pl.col("quantity", "amount_sek").fill_nan(None))
    own = inputs.own_days if inputs.own_days is not None else _no_days()
    lines = prepare(inputs.lines, inputs.heads, inputs.until)
    rows = bill_rows(spans(lines), bill, own)
    parts = components(rows)
    beside = shadow(lines, parts, match(_comparable(lines), parts), rules)
    # chains of charge and credit are whole before later months are left out
    judged = not_after(judge(beside, rows, bill, price_book(inputs.lists), rules), inputs.until)
    lacking = missing_components(judged, bill, rules)
    latest = max((day for day in (lines["issue_date"].max(), inputs.known_to) if isinstance(day, date)), default=None)
    told, evidence = findings(RuleContext(judged, lacking, bill, inputs.contracts, inputs.points, rules, latest))
    missing = missing_invoices(judged, bill, inputs.contracts, latest, inputs.until)
    return Audited(_lines_out(judged, lacking), told, missing, evidence)


def _no_days() -> pl.DataFrame:
    days = {name: pl.String if name in ("metering_point", "contract_kind") else pl.Date for name in PERIOD}
    return pl.DataFrame(schema={**days, **{k: v for k, v in BILL_SCHEMA.items() if k not in days}})


def _comparable(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines that may have a component in a price list."""
    fee = pl.col("line_class").is_in(["rounding", "fee"]).fill_null(value=False)
    return lines.filter(pl.col("amount_sek").is_finite(), ~pl.col("is_one_off"), ~fee)


def _lines_out(judged: pl.DataFrame, lacking: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of analysis.audit_lines."""
    rounding = pl.col("line_class") == "rounding"
    unknown = (pl.col("verdict") == "not_assessed") | rounding
    full = (pl.col("outstanding_sek").abs() < 0.005) & pl.col("overlaps").is_null()
    shown = pl.col("bill_evidence").fill_null("[]").str.json_decode(pl.List(pl.List(pl.String)))
    evidence = shown.list.eval(pl.element().list.join(": ")).list.join("; ")
    out = judged.select(
        "supplier_id", "invoice_no", "issue_date", "document_type", "line_id", "metering_point", "contract_kind",
        "component", "consumption_month", "price_list", pl.col("quantity_billed").alias("invoiced_quantity"),
        pl.when(unknown | ~full | pl.col("reverses").is_not_null()).then(None).otherwise(pl.col("full_quantity"))
        .alias("recomputed_quantity"),
        pl.coalesce(pl.when(pl.col("unit_billed") == "st").then("unit").otherwise("unit_billed"), "unit").alias("unit"),
        pl.col("amount_sek").alias("invoiced_sek"),
        pl.when(rounding).then("amount_sek").when(unknown).then(None).otherwise(pl.col("expected_sek").fill_null(0.0))
        .alias("recomputed_sek"),
        "verdict", "reason", pl.when(evidence == "").then(None).otherwise(evidence).alias("evidence"),
    )  # fmt: skip
    both = pl.concat([out, lacking.select(out.columns)])
    return both.with_columns(
        difference_sek=(pl.col("invoiced_sek").fill_null(0.0) - pl.col("recomputed_sek")).round(6)
    ).sort("issue_date", "supplier_id", "invoice_no", "document_type", "line_id", nulls_last=True)
