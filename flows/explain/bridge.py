"""A step of the bridge followed back: its components, the bills of both periods, the invoices behind what was paid."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dashboards import text

if TYPE_CHECKING:
    from flows.explain.receipts import Trail

_PERIODS = {"before": ("före", "base_from", "base_to"), "after": ("efter", "reporting_from", "reporting_to")}
_SHAPLEY = (
    "räkningen är omräknad för varje blandning av de två periodernas orsaker; stegets värde är medelvärdet över alla "
    "ordningar (Shapley), se docs/bridge.md"
)
_LINES = """
    select lines.evidence_key, lines.consumption_month, lines.item, lines.amount_sek
    from marts.invoice_lines as lines
    inner join settings.boundary_meters as boundary on boundary.project = ?
    left join settings.metering_points as points on points.metering_point = boundary.metering_point
    where lines.metering_point in (boundary.metering_point, points.parent) and lines.line_class = 'one_off'
        and lines.consumption_month between ? and ? and (? = 'all' or lines.carrier = ?)
    group by all order by all
"""
_DIFFERENCES = """
    with found as (select distinct checks.evidence_key, checks.consumption_month, checks.difference_sek
    from marts.invoice_check as checks
    inner join settings.boundary_meters as boundary on boundary.project = ?
    left join settings.metering_points as points on points.metering_point = boundary.metering_point
    where checks.metering_point in (boundary.metering_point, points.parent) and abs(checks.difference_sek) >= 1
        and checks.consumption_month between ? and ? and (? = 'all' or checks.carrier = ?)
    )
    select * from found order by abs(difference_sek) desc, evidence_key limit 8
"""


def _bridge(trail: Trail, key: str) -> None:
    """Explain a cause, or a level, of a bridge between recomputed bills."""
    evidence = f"bridge/{key}"
    row = trail.one("select * from marts.bridge_matrix where evidence_key = ? and component = 'all'", [evidence])
    _head(trail, row)
    parts = trail.store.frame(
        "select component, amount_sek, reason from marts.bridge_matrix where evidence_key = ? and component <> 'all'",
        [evidence],
    )
    for part in parts.to_dicts():
        value = part["reason"] if part["amount_sek"] is None else f"{text.number(part['amount_sek'])} SEK"
        trail.step(1, f"{text.code('component', part['component'])}: {value}", amount_sek=part["amount_sek"])
    if row["step"] not in _PERIODS:
        trail.step(1, _SHAPLEY)
    _periods(trail, row)


def _bridge_paid(trail: Trail, key: str) -> None:
    """Explain a step of a bridge between what was invoiced: the same causes, and what the invoices add."""
    row = trail.one("select * from marts.bridge_paid where evidence_key = ?", [f"bridge_paid/{key}"])
    step = row["step"]
    if step not in (*_PERIODS, "one_off", "invoicing"):
        _bridge(trail, key)
        return
    _head(trail, row)
    query = _LINES if step == "one_off" else _DIFFERENCES
    for name, (word, first, last) in _PERIODS.items():
        if step in _PERIODS and step != name:
            continue
        trail.step(1, f"{word}: {row[first]} till och med {row[last]}")
        found = trail.store.frame(query, [row["project"], row[first], row[last], row["carrier"], row["carrier"]])
        for line in found.to_dicts():
            amount = line.get("amount_sek", line.get("difference_sek"))
            what = line.get("item") or "fakturerat mindre räknat"
            words = f"{line['consumption_month']:%Y-%m} {what}: {text.number(amount)} SEK"
            trail.step(2, f"{words} ({line['evidence_key']})", amount_sek=amount, evidence_key=line["evidence_key"])
        if found.is_empty():
            trail.step(2, "inga sådana rader på fakturorna")
    if step in _PERIODS:
        _periods(trail, row)


def _head(trail: Trail, row: dict[str, Any]) -> None:
    low, high = row["amount_sek_low"], row["amount_sek_high"]
    band = "" if low is None or low == high else f" ({text.number(low)} till {text.number(high)})"
    said = f"{text.code('step', row['step'])}: {text.number(row['amount_sek'])} SEK{band}"
    trail.step(0, said, amount_sek=row["amount_sek"])
    for why in (row["reason"], row.get("note")):
        if why:
            trail.step(1, why)


def _periods(trail: Trail, row: dict[str, Any]) -> None:
    """Add the bills of both periods, or of the one whose level it is."""
    from flows.explain.receipts import bills_of

    for name, (word, first, last) in _PERIODS.items():
        if row["step"] not in _PERIODS or row["step"] == name:
            trail.step(1, f"{word}: {row[first]} till och med {row[last]}")
            bills_of(trail, row["project"], row["carrier"], row[first], row[last])


KINDS: dict[str, Callable[[Trail, str], None]] = {"bridge": _bridge, "bridge_paid": _bridge_paid}
