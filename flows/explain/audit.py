"""`energibok explain finding/…` and `missing/…`: the audit's lines, price lists, powers and meters, and their files."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from dashboards import text
from energy.audit.missing import RHYTHM_MONTHS
from energy.calendar import add_months
from flows.explain.receipts import Trail, _readings, _row, _span_of, _utc

__all__ = ["KINDS"]


def _finding(trail: Trail, key: str) -> None:
    found = trail.one("select * from marts.invoice_findings where finding_key = ?", [key])
    rule, level = text.code("rule", found["rule"]), text.code("level", found["level"])
    amount = "inget belopp" if found["amount_sek"] is None else _kronor(found["amount_sek"])
    trail.step(0, f"{rule} ({level}), {amount}: {found['message']}", **found)
    lines = trail.store.frame(
        """select audited.*, lines.file_id, analysed.evidence from marts.invoice_audit as audited
           left join core.invoice_lines as lines using (evidence_key)
           left join analysis.audit_lines as analysed
               on audited.supplier_id is not distinct from analysed.supplier_id
               and audited.invoice_no is not distinct from analysed.invoice_no
               and audited.issue_date is not distinct from analysed.issue_date
               and audited.document_type is not distinct from analysed.document_type
               and audited.line_id = analysed.line_id
               and audited.metering_point is not distinct from analysed.metering_point
           where audited.supplier_id is not distinct from ? and audited.invoice_no is not distinct from ?
               and audited.metering_point is not distinct from ? and audited.verdict <> 'agrees'
           order by audited.row_no nulls last, audited.line_id, analysed.evidence nulls last""",
        [found["supplier_id"], found["invoice_no"], found["metering_point"]],
    ).unique("evidence_key", keep="first", maintain_order=True)  # fmt: skip
    for line in lines.to_dicts():
        _audited(trail, line)
    for name in _names(lines["price_list"].drop_nulls().to_list()):
        _price_list(trail, 1, name)
    if lines.is_empty():
        for row in (found["evidence"] or "").splitlines():
            trail.step(1, row)


def _audited(trail: Trail, line: Mapping[str, Any]) -> None:
    """Add one line of the audit: its sums, its reason, its row, and the hours or days that set a power."""
    verdict = text.code("verdict", line["verdict"])
    sums = f"fakturerat {_kronor(line['invoiced_sek'])}, omräknat {_kronor(line['recomputed_sek'])}"
    trail.step(1, f"{line['item']}: {sums} – {verdict}", evidence_key=line["evidence_key"])
    if line["reason"]:
        trail.step(2, line["reason"])
    if line["file_id"] is not None:
        _row(trail, 2, line["file_id"], line["row_no"])
    else:
        trail.step(2, f"räkningens rad: {line['evidence_key']}", evidence_key=line["evidence_key"])
    for told in (line["evidence"] or "").split("; "):
        at, _, what = told.partition(": ")
        if what:
            _metered(trail, 2, line["metering_point"], at, what)


def _missing(trail: Trail, key: str) -> None:
    found = trail.one("select * from marts.missing_invoices where evidence_key = ?", [f"missing/{key}"])
    point, kind = found["metering_point"], found["contract_kind"]
    trail.step(0, f"{text.code('contract_kind', kind)}, {point}: {found['message']}", **found)
    first, after = _period(trail, point, kind, found["consumption_month"])
    bill = trail.store.frame(
        """select * from analysis.bill where metering_point = ? and contract_kind = ? and month >= ? and month < ?
               and (month = ? or month not in (
                   select consumption_month from core.invoice_months where metering_point = ? and contract_kind = ?
               ))
           order by month, line_no""",
        [point, kind, first, after, first, point, kind],
    )  # fmt: skip
    for row in bill.to_dicts():
        _component(trail, row)
    if bill.is_empty():
        trail.step(1, "ingen räkning är gjord för perioden: mätvärden eller prislista saknas")
    for name in _names(bill["price_list"].drop_nulls().to_list()):
        _price_list(trail, 1, name)
    _readings(trail, 1, point, _utc(first), _utc(after))


def _period(trail: Trail, point: str, kind: str, first: date) -> tuple[date, date]:
    """Return the first month of an expected invoice and the month after its last, by the contract's rhythm."""
    rows = trail.store.rows(
        """select rhythm, valid_to from settings.contracts
           where metering_point = ? and kind = ? and valid_to > ? order by valid_from limit 1""",
        [point, kind, first],
    )
    rhythm, valid_to = rows[0] if rows else ("monthly", None)
    length = RHYTHM_MONTHS.get(rhythm, 1)
    after = add_months(first, length - (first.month - 1) % length)
    return first, after if valid_to is None else min(
        after, add_months((valid_to - timedelta(days=1)).replace(day=1), 1)
    )


def _component(trail: Trail, row: Mapping[str, Any]) -> None:
    """Add one component of the recomputed bill: amount, quantity, price list, and what set its power."""
    key = f"cost/{row['metering_point']}/{row['month']:%Y-%m}/{row['line_no']}"
    amount = f"{row['label']} {row['month']:%Y-%m}: {_kronor(row['amount_sek'])} exkl. moms"
    trail.step(1, amount, evidence_key=key, amount_sek=row["amount_sek"], component=row["component"])
    quantity = "okänd mängd" if text.is_absent(row["quantity"]) else f"{text.number(row['quantity'], 3)} {row['unit']}"
    trail.step(2, f"{row['determinant']} = {quantity}, prislista {row['price_list']}", quantity=row["quantity"])
    if row["reason"]:
        trail.step(2, row["reason"])
    for at, what in json.loads(row["evidence"] or "[]"):
        _metered(trail, 3, row["metering_point"], at, what)


def _metered(trail: Trail, depth: int, point: str, at: str, what: str) -> None:
    """Add an hour or day that set a power, and the file its values came in."""
    trail.step(depth, f"{at}: {what}", at=at)
    try:
        span = _span_of(at)
    except ValueError:  # evidence that names no moment
        return
    _readings(trail, depth + 1, point, *span)


def _price_list(trail: Trail, depth: int, name: str) -> None:
    """Add a price list by its id, and the file of tariffs/ that has it now."""
    for path in sorted((trail.store.home / "tariffs").glob("*.toml")):
        try:
            mine = tomllib.loads(path.read_text(encoding="utf-8")).get("id") == name
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            continue
        if mine:
            trail.step(depth, f"prislista {name}: fil tariffs/{path.name}", price_list=name, file_name=path.name)
            return
    trail.step(depth, f"prislista {name}: filen finns inte längre i tariffs/", price_list=name)


def _names(told: list[str]) -> list[str]:
    """Return the ids of price lists, once each: a line of several months names several."""
    return sorted({name for one in told for name in one.split(", ")})


def _kronor(value: float | None) -> str:
    return "okänt" if text.is_absent(value) else f"{text.number(value, 2)} kr"


KINDS: Mapping[str, Callable[[Trail, str], None]] = {"finding": _finding, "missing": _missing}
