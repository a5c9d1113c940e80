"""Measures that came from the audit and the checks: settled by what arrives, a credit or that the deviation is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from energy.measures.credits import Claim, Credit, shared
from energy.measures.registered import REGISTERED
from energy.measures.registered.invoices import claim_key
from energy.measures.registered.meters import fault_key
from energy.measures.verification import Verified, credited, resolved
from flows.analysis import figures
from flows.store import Store

_SETTLES = {kind.id: kind.settles for kind in REGISTERED}
# said to be done; or given back by a later document, whatever was decided but a no
_SETTLING = """
with done as (
    select measure_key, facility, measure_id, metering_point, effective_on, promised_sek
    from core.measure_decisions
    where decision = 'done'
),

last_worth as (
    select measure_key, arg_max(saving_sek_per_year, month) as worth_sek
    from ledger.measure_sightings
    group by measure_key
)

select
    known.measure_key,
    known.facility,
    known.measure_id,
    known.metering_point,
    done.effective_on,
    coalesce(done.promised_sek, last_worth.worth_sek, found.amount_sek) as promised_sek,
    found.is_open,
    found.amount_sek as settled_sek,
    found.last_month,
    done.measure_key is not null as is_done
from ledger.measures as known
left join done using (measure_key)
left join last_worth using (measure_key)
left join analysis.measure_found as found using (measure_key)
where known.one_off and (done.measure_key is not null or not found.is_open)
order by known.measure_key
"""
_CREDITS = """
select
    lines.supplier_id,
    invoices.references_invoice,
    lines.facility,
    lines.metering_point,
    lines.issue_date,
    -sum(lines.amount_sek) as amount_sek
from core.invoice_lines as lines
inner join core.invoices as invoices using (supplier_id, invoice_no, issue_date, document_type)
where lines.document_type in ('381', 'credit_note') and lines.amount_sek < 0
group by lines.supplier_id, lines.invoice_no, lines.document_type, lines.issue_date, lines.facility,
    lines.metering_point, invoices.references_invoice
order by lines.issue_date, lines.supplier_id, lines.invoice_no, lines.metering_point
"""


# the month of an invoice is that of its period's middle day, as the audit has it
_JUDGED = """
select facility, metering_point, rule, null as supplier_id, month from core.last_judged
union all
select
    facility,
    metering_point,
    'period_not_aligned',
    supplier_id,
    max(date_trunc('month', period_start + ((period_end - period_start) // 2)::integer))::date
from core.invoice_lines
where contract_kind is not null and amount_sek is not null and period_end >= period_start
    and coalesce(document_type, '') not in ('381', 'credit_note')
group by facility, metering_point, supplier_id
"""


def settled_rows(store: Store, run_id: str) -> list[dict[str, Any]]:
    """Return a row of measure_verification for each claim or fault that is said to be done, or is settled."""
    columns = (
        "measure_key", "facility", "measure_id", "metering_point", "start_on", "promised_sek", "is_open", "settled_sek",
        "last_month", "is_done",
    )  # fmt: skip
    latest = _judged(store)
    found = [dict(zip(columns, row, strict=True)) for row in store.rows(_SETTLING)]
    given = _given(store, [one for one in found if _settles(one) == "credit"])
    return [_row(one, given.get(one["measure_key"], []), latest.get(one["measure_key"]), run_id) for one in found]


def _judged(store: Store) -> Mapping[str, date]:
    """Return measure key -> the last month that its check could judge, on its meter."""
    columns = ("facility", "metering_point", "rule", "supplier_id", "month")
    rows = [dict(zip(columns, row, strict=True)) for row in store.rows(_JUDGED)]
    return {
        (fault_key if one["supplier_id"] is None else claim_key)({**one, "invoice_no": None}): one["month"]
        for one in rows
    }


def _row(one: Mapping[str, Any], given: Sequence[float], latest: date | None, run_id: str) -> dict[str, Any]:
    verified = _verified(one, given, latest)
    return {
        "measure_key": one["measure_key"], "facility": one["facility"], "measure_id": one["measure_id"],
        "start_on": one["start_on"], "metering_points": one["metering_point"], "one_off": True,
        "promised_sek_per_year": one["promised_sek"], "run_id": run_id, "months": 0, "months_needed": 0,
        **figures.banded("verified_sek", verified.so_far), "verdict": verified.verdict, "text": verified.text,
        "reason": verified.text if verified.verdict in ("too_early", "not_assessed") else None,
    }  # fmt: skip


def _verified(one: Mapping[str, Any], given: Sequence[float], latest: date | None) -> Verified:
    settles = _settles(one)
    if settles == "credit":
        return credited(one["promised_sek"], [one["settled_sek"]] if one["is_open"] is False else given)
    is_open = bool(one["is_open"])
    return resolved(one["promised_sek"], settles, is_open, one["last_month"], one["start_on"], latest)


def _settles(one: Mapping[str, Any]) -> str:
    return _SETTLES.get(one["measure_id"], "credit")


def _given(store: Store, found: Sequence[Mapping[str, Any]]) -> Mapping[str, list[float]]:
    """Return what the credits give back of each claim that the audit has not settled [SEK]; none is counted twice."""
    claims = []
    for one in found:
        settled = one["settled_sek"] if one["is_open"] is False else None
        since = None if settled is not None else one["start_on"]
        point, promised = one["metering_point"], one["promised_sek"]
        claims.append(Claim(one["measure_key"], one["facility"], point, since, promised, settled))
    again: dict[tuple[str, str], list[int]] = {}
    for supplier, number, year in store.rows("select supplier_id, invoice_no, year from core.invoice_years"):
        again.setdefault((supplier, number), []).append(year)
    credits = []
    for supplier, told, facility, point, on, sek in store.rows(_CREDITS):
        named = tuple(one for one in (told or "").split(", ") if one)
        # of a number used again it is the latest invoice before the note
        before = {one: [year for year in again.get((supplier, one), ()) if year <= on.year] for one in named}
        years = {one: max(found) for one, found in before.items() if found}
        credits.append(Credit(supplier, named, facility, point, on, sek, years))
    return shared(claims, credits)
