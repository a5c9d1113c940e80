"""Findings of the invoices, the books and the meters -> measures beside those of the rules. Carries frames only.

What a finding is as a measure is told in `energy.measures.registered`; this module gives each its facility and adds the
rows to what the rules of the same run have found.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from energy.measures import MeasureFinding
from energy.measures.registered import REGISTERED, claims, faults
from energy.measures.registered.invoices import claim_key
from energy.measures.registered.meters import FOUND, fault_key
from flows.analysis import figures
from flows.analysis.dimensions import schema
from flows.analysis.figures import ANALYSIS, Rows
from flows.store import Store

IDLE = "dormant_meter"  # has a rule of its own, which values it by the bill
# whose meter or supplier it is tells the facility; what belongs to none stands at the home's first
_INVOICES = """
select found.* replace (
    coalesce(
        found.facility, points.facility, suppliers.facility, (select min(facility) from settings.facilities)
    ) as facility
), years.year as used_again
from analysis.invoice_findings as found
left join core.invoice_years as years
    on found.supplier_id = years.supplier_id and found.invoice_no = years.invoice_no
    and year(found.issue_date) = years.year
left join settings.metering_points as points on found.metering_point = points.metering_point
left join core.supplier_facilities as suppliers on found.supplier_id = suppliers.supplier_id
where found.rule <> ?
order by found.finding_key
"""
_BOOKED = """
select
    concat_ws('/', 'posted_gross', booked.supplier_id, booked.invoice_no, years.year, metering_point) as finding_key,
    'posted_gross' as rule, 'error' as level, points.facility, booked.metering_point, booked.contract_kind,
    booked.supplier_id, booked.invoice_no, years.year as used_again, consumption_month, difference_sek as amount_sek,
    message, null::double as settled_sek, file_name, row_no
from analysis.ledger_match as booked
inner join settings.metering_points as points using (metering_point)
left join core.invoice_years as years
    on booked.supplier_id = years.supplier_id and booked.invoice_no = years.invoice_no
    and year(booked.issue_date) = years.year
where verdict = 'posted_gross' and difference_sek > 0
order by all
"""
_FAULTS = """
select coalesce(found.facility, points.facility) as facility, metering_point, rule, message, month, file_name, row_no
from (
    select metering_point, rule, message, month, file_name, row_no, facility from core.meter_faults
    union all
    select metering_point, rule, message, month, null, null, facility from analysis.findings
    where rule = 'stuck_meter'
) as found
left join settings.metering_points as points using (metering_point)
order by all
"""
# every month that shows what a check of the values has found; the finding itself is told by the last of them
_SHOWN = """
select facility, metering_point, rule, month from core.judged_months where shows
"""
_ADDED = ("measures", "measure_evidence", "measure_series")


def register_findings(store: Store, run_id: str) -> dict[str, pl.DataFrame]:
    """Return the tables measures, measure_evidence and measure_series with the findings added, and what was found.

    Needs what the rules, the audit and the accounts have written; the order of rows is the rules', then the findings'.
    """
    audited, found = store.frame(_INVOICES, [IDLE]), pl.DataFrame(store.frame(_FAULTS), schema_overrides=FOUND)
    booked = store.frame(_BOOKED)
    evidence = store.table("analysis.invoice_evidence")
    names = dict(store.rows("select metering_point, name from settings.metering_points"))
    nothing = pl.lit(None, pl.String).alias("file_name"), pl.lit(None, pl.Int64).alias("row_no")
    told = audited.select(*(c for c in booked.columns if c in audited.columns), *nothing)
    measures = [
        *claims(told, evidence, pl.DataFrame(booked, schema_overrides=dict(told.schema)), names),
        *faults(found, names),
    ]
    rows: Rows = {name: [] for name in ANALYSIS}
    for name, added in figures.measure_rows(run_id, measures).items():
        rows[name] += added
    shown = _shown(measures, [*found.to_dicts(), *store.frame(_SHOWN).to_dicts()], told)
    rows["measure_found"] = [*_open(measures, shown), *_settled(told, {one.key for one in measures})]
    rows["measure_found_months"] = [{"measure_key": k, "month": m} for k, months in shown.items() for m in months]
    frames = figures.frames(rows)
    for name in _ADDED:
        frames[name] = pl.concat([store.table(f"analysis.{name}").select(*schema(ANALYSIS[name])), frames[name]])
    return {name: frames[name] for name in (*_ADDED, "measure_found", "measure_found_months")}


def _shown(
    measures: Sequence[MeasureFinding], faulty: Sequence[Mapping[str, Any]], told: pl.DataFrame
) -> dict[str, list[date]]:
    """Return measure key -> the months that show it, in order: of the meters or the invoices; none where unknown."""
    still = told.filter(pl.col("settled_sek").is_null(), pl.col("facility").is_not_null())
    seen = [(fault_key(one), one["month"]) for one in faulty if one["facility"] is not None]
    seen += [(claim_key(one), one["consumption_month"]) for one in still.to_dicts()]
    months: dict[str, set[date]] = {one.key: set() for one in measures}
    for key, month in seen:
        if month is not None and key in months:
            months[key].add(month)
    return {key: sorted(found) for key, found in months.items()}


def _open(measures: Sequence[MeasureFinding], shown: Mapping[str, Sequence[date]]) -> list[dict[str, object]]:
    """Return one row per finding that stands open, with the last month that shows it."""
    settles = {kind.id: kind.settles for kind in REGISTERED}
    return [
        {
            "measure_key": one.key, "measure_id": one.measure_id, "facility": one.facility, "is_open": True,
            "settles": settles[one.measure_id], "amount_sek": one.saving_sek_per_year.value,
            "last_month": max(shown[one.key], default=None),
        }
        for one in measures
    ]  # fmt: skip


def _settled(told: pl.DataFrame, still_open: Collection[str]) -> list[dict[str, object]]:
    """Return one row per claim that a later document has settled with something back: what came back, on which."""
    settled = told.filter(pl.col("settled_sek").is_not_null()).to_dicts()
    rows: dict[str, dict[str, object]] = {}
    for one in settled:
        key = claim_key(one)
        if key in still_open:
            continue
        before = rows.get(key, {})
        rows[key] = {
            "measure_key": key, "measure_id": one["rule"], "facility": one["facility"], "is_open": False,
            "settles": "credit", "amount_sek": _plus(before.get("amount_sek"), one["settled_sek"]),
            "text": one["message"],
        }  # fmt: skip
    # charged too little and since corrected, or credited and charged anew with the same error: nothing came back
    return [row for row in rows.values() if _plus(row["amount_sek"], 0.0) > 0]


def _plus(before: object, more: float) -> float:
    return more + (before if isinstance(before, float) else 0.0)
