"""Measures that came from the audit and the checks: settled by what arrives, a credit or that the deviation is gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from energy.measures.registered import REGISTERED
from energy.measures.verification import Verified, credited, resolved
from flows import figures
from flows.store import Store

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
select lines.amount_sek, invoices.references_invoice, lines.metering_point, lines.issue_date
from core.invoice_lines as lines
inner join core.invoices as invoices using (supplier_id, invoice_no, issue_date)
where lines.document_type in ('381', 'credit_note') and lines.issue_date >= ? and lines.amount_sek < 0
    and (lines.facility = ? or lines.facility is null)
order by lines.issue_date, lines.supplier_id, lines.invoice_no, lines.row_no
"""


def settled_rows(store: Store, run_id: str) -> list[dict[str, Any]]:
    """Return a row of measure_verification for each claim or fault that is said to be done, or is settled."""
    columns = (
        "measure_key", "facility", "measure_id", "metering_point", "start_on", "promised_sek", "is_open", "settled_sek",
        "last_month", "is_done",
    )  # fmt: skip
    latest = dict(store.rows("select facility, max(month) from analysis.measure_runs group by facility"))
    found = [dict(zip(columns, row, strict=True)) for row in store.rows(_SETTLING)]
    return [_row(store, one, latest.get(one["facility"]), run_id) for one in found]


def _row(store: Store, one: Mapping[str, Any], latest: date | None, run_id: str) -> dict[str, Any]:
    verified = _verified(store, one, latest)
    return {
        "measure_key": one["measure_key"], "facility": one["facility"], "measure_id": one["measure_id"],
        "start_on": one["start_on"], "metering_points": one["metering_point"], "one_off": True,
        "promised_sek_per_year": one["promised_sek"], "run_id": run_id, "months": 0, "months_needed": 0,
        **figures.banded("verified_sek", verified.so_far), "verdict": verified.verdict, "text": verified.text,
        "reason": verified.text if verified.verdict in ("too_early", "not_assessed") else None,
    }  # fmt: skip


def _verified(store: Store, one: Mapping[str, Any], latest: date | None) -> Verified:
    settles = {kind.id: kind.settles for kind in REGISTERED}.get(one["measure_id"], "credit")
    if settles == "credit":
        given = [one["settled_sek"]] if one["is_open"] is False else _credits(store, one)
        return credited(one["promised_sek"], given)
    is_open = bool(one["is_open"])
    return resolved(one["promised_sek"], settles, is_open, one["last_month"], one["start_on"], latest)


def _credits(store: Store, one: Mapping[str, Any]) -> Sequence[float]:
    """Return the credits [SEK] that name the measure's invoice, or else give back its amount on its meter."""
    rows = store.rows(_CREDITS, [one["start_on"], one["facility"]])
    parts = set(one["measure_key"].split(":")[4:])
    named = [-sek for sek, references, _, _ in rows if parts & set((references or "").split(", "))]
    promised = one["promised_sek"]
    if named or promised is None:
        return named
    whole: dict[tuple[Any, Any], float] = {}
    for sek, _, point, on in rows:
        whole[point, on] = whole.get((point, on), 0.0) - sek
    near = 0.01 * promised
    return [sek for (p, _), sek in whole.items() if p == one["metering_point"] and abs(sek - promised) <= near][:1]
