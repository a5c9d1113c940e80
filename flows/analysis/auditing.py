"""Invoices against the recomputed bills: what the audit is given from the store, and its frames back. No formulas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl

from energy.audit.audit import AuditInputs, own_periods
from energy.audit.audit import audit as run_audit
from energy.audit.components import BILL_SCHEMA
from energy.audit.lines import PERIOD
from energy.calendar import month_starts
from energy.errors import TariffError
from energy.model import Contract, PriceList
from energy.tariffs.bill import bill
from energy.tariffs.estimated import estimated_hours
from flows.analysis.dimensions import schema
from flows.analysis.figures import ANALYSIS, bill_rows
from flows.analysis.inputs import FacilityInputs
from flows.settings.load import Settings
from flows.store import Store

TABLES = ("audit_lines", "invoice_findings", "missing_invoices", "invoice_evidence")


def audit(
    store: Store, settings: Settings, lists: Sequence[PriceList], inputs: Sequence[FacilityInputs], run_id: str
) -> dict[str, pl.DataFrame]:
    """Return analysis.audit_lines, .invoice_findings, .missing_invoices and .invoice_evidence.

    Needs core.*, settings.* and analysis.bill.
    """
    order = "order by supplier_id, invoice_no, issue_date, document_type"
    lines = store.frame(f"select * from core.invoice_lines {order}, line_id, contract_kind")  # noqa: S608 - own text
    heads = store.frame(f"select * from core.invoices {order}")  # noqa: S608 - own text
    until = store.rows("select max(until) from settings.house")[0][0]
    known_to = store.rows("select max(voucher_date) from core.ledger_lines")[0][0]
    found = run_audit(
        AuditInputs(
            lines=lines,
            heads=heads,
            bill=store.frame("select * from analysis.bill order by metering_point, contract_kind, month, line_no"),
            contracts=store.frame("select * from settings.contracts order by metering_point, kind, valid_from"),
            points=store.frame("select * from settings.metering_points order by metering_point"),
            lists=lists,
            own_days=_own_days(settings, lists, inputs, own_periods(lines, heads, until)),
            known_to=known_to,
            until=until,
        )
    )
    frames = dict(zip(TABLES, (found.lines, found.findings, found.missing, found.evidence), strict=True))
    return {name: _shaped(name, frame) for name, frame in frames.items()}


def _shaped(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    columns = schema(ANALYSIS[name])
    return frame.select(pl.col(column).cast(kind) for column, kind in columns.items())


def _own_days(
    settings: Settings, lists: Sequence[PriceList], inputs: Sequence[FacilityInputs], periods: pl.DataFrame
) -> pl.DataFrame:
    """Return the bills of periods that are not whole months, each of its own days."""
    days = {name: pl.String if name in ("metering_point", "contract_kind") else pl.Date for name in PERIOD}
    columns = days | {name: kind for name, kind in BILL_SCHEMA.items() if name not in days}
    rows = [row for one in inputs for row in _facility_days(settings, lists, one, periods)]
    return pl.DataFrame([{name: row.get(name) for name in columns} for row in rows], schema=columns)


def _facility_days(
    settings: Settings, lists: Sequence[PriceList], inputs: FacilityInputs, periods: pl.DataFrame
) -> Iterator[dict[str, Any]]:
    """Yield the bill rows of a facility's periods; a period that cannot be billed has none."""
    for point in inputs.points:
        mine = periods.filter(pl.col("metering_point") == point)
        if mine.is_empty():
            continue
        load = inputs.load(point)
        hours = estimated_hours(load)
        for _, kind, start, end in mine.iter_rows():
            contracts = list(_clipped(settings, point, kind, start, end))
            names = {found.id: kind for found in lists}
            try:
                billed = bill(load, contracts, lists, month_starts(start, end), inputs.billing)
            except TariffError:
                continue  # the month's own bill has told why
            for row in bill_rows(billed, names, hours):
                yield {**row, "period_start": start, "period_end": end}


def _clipped(settings: Settings, point: str, kind: str, start: date, end: date) -> Iterator[Contract]:
    """Yield the contracts of a kind as if they held only from the first to the last day of a period."""
    after = end + timedelta(days=1)
    for one in settings.contract:
        first, last = max(one.valid_from, start), min(one.valid_to, after)
        if one.metering_point == point and one.kind == kind and first < last:
            contract = Contract(one.metering_point, one.family, one.valid_from, one.valid_to, one.options)
            yield replace(contract, valid_from=first, valid_to=last)
