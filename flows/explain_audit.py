"""`energibok explain finding/…`: a finding of the invoice audit, its lines, and the file and row each came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dashboards import text
from flows.explain import Trail, _row

__all__ = ["KINDS"]


def _finding(trail: Trail, key: str) -> None:
    found = trail.one("select * from marts.invoice_findings where finding_key = ?", [key])
    rule, level = text.code("rule", found["rule"]), text.code("level", found["level"])
    amount = "inget belopp" if found["amount_sek"] is None else _kronor(found["amount_sek"])
    trail.step(0, f"{rule} ({level}), {amount}: {found['message']}", **found)
    lines = trail.store.frame(
        """select audited.*, lines.file_id from marts.invoice_audit as audited
           left join core.invoice_lines as lines using (evidence_key)
           where audited.supplier_id is not distinct from ? and audited.invoice_no is not distinct from ?
               and audited.metering_point is not distinct from ? and audited.verdict <> 'agrees'
           order by audited.row_no nulls last, audited.line_id""",
        [found["supplier_id"], found["invoice_no"], found["metering_point"]],
    ).unique("evidence_key", keep="first", maintain_order=True)  # fmt: skip
    for line in lines.to_dicts():
        verdict = text.code("verdict", line["verdict"])
        sums = f"fakturerat {_kronor(line['invoiced_sek'])}, omräknat {_kronor(line['recomputed_sek'])}"
        trail.step(1, f"{line['item']}: {sums} – {verdict}", evidence_key=line["evidence_key"])
        if line["reason"]:
            trail.step(2, line["reason"])
        if line["file_id"] is not None:
            _row(trail, 2, line["file_id"], line["row_no"])
        else:
            trail.step(2, f"räkningens rad: {line['evidence_key']}", evidence_key=line["evidence_key"])
    if lines.is_empty():
        for row in (found["evidence"] or "").splitlines():
            trail.step(1, row)


def _kronor(value: float | None) -> str:
    return "okänt" if value is None else f"{text.number(value, 2)} kr"


KINDS: Mapping[str, Callable[[Trail, str], None]] = {"finding": _finding}
