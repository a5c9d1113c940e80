"""The rules of the audit: one small function per kind of invoice error (domain I1-I11), one finding per real problem.

A rule sees all judged lines (`RuleContext`) and returns findings. Which lines belong to which rule is decided by their
verdict, so that no line is told twice; what a later credit has made right is told as information with its net.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from energy.audit.rules.base import Found, RuleContext, evidence_rows, rows
from energy.audit.rules.documents import duplicate_invoice, overlapping_period
from energy.audit.rules.meters import dormant_meter, foreign_meter, wrong_multiplier
from energy.audit.rules.other import one_off_in_operations, period_not_aligned, vat_error
from energy.audit.rules.prices import (
    estimated_reading,
    missing_component,
    missing_credit,
    unexplained_difference,
    wrong_band,
    wrong_power,
    wrong_price_list,
    wrong_tax,
)

__all__ = ["POSTED_GROSS", "RULES", "Found", "RuleContext", "findings"]

Rule = Callable[[RuleContext], Sequence[Found]]
# rule -> function; the names are those of invoice_findings.rule
RULES: Mapping[str, Rule] = {
    "duplicate_invoice": duplicate_invoice,
    "overlapping_period": overlapping_period,
    "wrong_price_list": wrong_price_list,
    "wrong_band": wrong_band,
    "missing_credit": missing_credit,
    "estimated_reading": estimated_reading,
    "vat_error": vat_error,
    "wrong_tax": wrong_tax,
    "foreign_meter": foreign_meter,
    "dormant_meter": dormant_meter,
    "wrong_multiplier": wrong_multiplier,
    "one_off_in_operations": one_off_in_operations,
    "wrong_power": wrong_power,
    "period_not_aligned": period_not_aligned,
    "missing_component": missing_component,
    "unexplained_difference": unexplained_difference,
}
POSTED_GROSS = "posted_gross"  # found where invoices meet the books: energy.accounts


def findings(context: RuleContext) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the findings of every rule, those that cost most first, and the invoice rows that each rests on.

    They are rows of analysis.invoice_findings and analysis.invoice_evidence.
    """
    found = [one for rule in RULES.values() for one in rule(context)]
    return rows(found), evidence_rows(found)
