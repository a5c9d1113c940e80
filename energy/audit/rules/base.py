"""What every rule is given and answers, and what findings share: evidence rows and the text to the supplier."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from energy.audit.criteria import Criteria
from energy.audit.words import key, month, plain, spoken

__all__ = [
    "VAT", "Found", "RuleContext", "evidence", "evidence_rows", "found_of", "groups", "letter", "rows",
]  # fmt: skip

SCHEMA = {
    "finding_key": pl.String, "rule": pl.String, "level": pl.String, "facility": pl.String,
    "metering_point": pl.String, "contract_kind": pl.String, "supplier_id": pl.String, "invoice_no": pl.String,
    "issue_date": pl.Date, "consumption_month": pl.Date, "amount_sek": pl.Float64, "message": pl.String,
    "evidence": pl.String, "supplier_text": pl.String, "settled_sek": pl.Float64, "settled_by": pl.String,
}  # fmt: skip
EVIDENCE = {
    "finding_key": pl.String, "no": pl.Int64, "invoice_no": pl.String, "line_id": pl.String, "item": pl.String,
    "period_start": pl.Date, "period_end": pl.Date, "invoiced_sek": pl.Float64, "recomputed_sek": pl.Float64,
    "reason": pl.String, "file_name": pl.String, "row_no": pl.Int64,
}  # fmt: skip
_ROUNDING = 0.1  # SEK a line: what is left when rounded amounts are charged, credited and charged anew
_NET = "Alla belopp är exklusive moms."
VAT = "Skillnaden som ska rättas är moms; radernas belopp är som på fakturan, exklusive moms."
_SHOWN = 30  # rows told in evidence and letter
Row = Mapping[str, Any]


@dataclass(frozen=True)
class RuleContext:
    """What the rules see.

    `lines` judged invoice lines, `lacking` components that no line charges, `bill` the recomputed months, `contracts`
    and `points` the settings, `latest` the last day anything is known of.
    """

    lines: pl.DataFrame
    lacking: pl.DataFrame
    bill: pl.DataFrame
    contracts: pl.DataFrame
    points: pl.DataFrame
    rules: Criteria
    latest: date | None


@dataclass(frozen=True)
class Found:
    """One finding; `amount_sek` above zero: we have paid, or booked, too much.

    `lines` are the invoice rows it rests on; `settled_sek` what a later document has given back, null where none has.
    """

    rule: str
    level: str
    line: Row  # of the document: facility, metering_point, contract_kind, supplier_id, invoice_no, consumption_month
    amount_sek: float | None
    message: str
    evidence: str
    supplier_text: str | None
    lines: Sequence[Row] = ()
    settled_sek: float | None = None
    settled_by: str | None = None

    @property
    def key(self) -> str:
        """Return the key of the finding, the same in every run."""
        line = self.line
        return key(
            self.rule, line.get("supplier_id"), line.get("invoice_no"), line.get("issue_date"),
            line.get("metering_point"), line.get("contract_kind"), line.get("consumption_month"), line.get("line_id"),
        )  # fmt: skip

    def row(self) -> dict[str, Any]:
        """Return the row of analysis.invoice_findings."""
        of = {name: self.line.get(name) for name in SCHEMA if name in self.line}
        return of | {
            "finding_key": self.key, "rule": self.rule, "level": self.level,
            "amount_sek": None if self.amount_sek is None else round(self.amount_sek, 2) + 0.0,
            "message": self.message, "evidence": self.evidence, "supplier_text": self.supplier_text,
            "settled_sek": self.settled_sek, "settled_by": self.settled_by,
        }  # fmt: skip


def rows(found: Iterable[Found]) -> pl.DataFrame:
    """Return the findings as rows of analysis.invoice_findings: errors first, then by amount."""
    frame = pl.DataFrame([{name: one.row().get(name) for name in SCHEMA} for one in found], schema=SCHEMA)
    rank = pl.col("level").replace_strict({"error": 0, "warning": 1, "info": 2}, default=3, return_dtype=pl.Int8)
    unique = frame.unique("finding_key", keep="first", maintain_order=True)
    return unique.sort(rank, -pl.col("amount_sek").abs().fill_null(0.0), "finding_key")


def evidence_rows(found: Iterable[Found]) -> pl.DataFrame:
    """Return the invoice rows of every finding, in order, with file and row [SEK excl. VAT]."""
    told: dict[str, Sequence[Row]] = {}
    for one in found:
        told.setdefault(one.key, one.lines)
    return pl.DataFrame(
        [
            {name: line.get(name) for name in EVIDENCE}
            | {"finding_key": of, "no": no, "item": spoken(line.get("item") or line.get("label") or line["component"])}
            | {"invoiced_sek": line.get("amount_sek"), "recomputed_sek": _recomputed(line)}
            for of, lines in told.items()
            for no, line in enumerate(lines, start=1)
        ],
        schema=EVIDENCE,
    )


def _recomputed(line: Row) -> float | None:
    found = line.get("expected_sek", line.get("recomputed_sek"))
    return None if line.get("verdict") == "not_assessed" else found


def groups(lines: pl.DataFrame, *more: str) -> list[list[dict[str, Any]]]:
    """Return the lines of each finding: a document's lines of one metering point and consumption month, by row."""
    by = ["document", "metering_point", "contract_kind", "consumption_month", *more]
    return [one.to_dicts() for one in lines.sort("row").partition_by(by, maintain_order=True)]


def evidence(lines: Sequence[Row]) -> str:
    """Return one line of text per invoice row: where it stands, what it charges and what was recomputed."""
    told = [_evidence_row(line) for line in lines[:_SHOWN]]
    rest = len(lines) - _SHOWN
    return "\n".join(told + ([f"… och {rest} rader till"] if rest > 0 else []))


def _evidence_row(line: Row) -> str:
    where = f", fil {line['file_name']} rad {line['row_no']}" if line.get("file_name") else ""
    text = f"Faktura {spoken(line['invoice_no'])} rad {spoken(line['line_id'])}{where}: {what(line)}"
    return text + (f". {line['reason']}" if line.get("reason") else "")


def what(line: Row) -> str:
    """Return «Effekt 2023-02-01–2023-02-28: fakturerat 451,670 kW, 47 408,02 kr; omräknat 382,771 kW, 40 176,27 kr»."""
    days = f" {line['period_start']}–{line['period_end']}" if line.get("period_end") else ""
    billed = f"fakturerat {_quantity(line, 'quantity_billed', 'unit_billed')}{_kr(line['amount_sek'])}"
    told = f"{spoken(line['item'] or line['component'])}{days}: {billed}"
    if line.get("expected_sek") is None or line["verdict"] == "not_assessed":
        return told
    quantity = _quantity(line, "full_quantity", "bill_unit") if abs(line["outstanding_sek"] or 0) < 1 else ""
    by_list = f" enligt prislista {line['price_list']}" if line.get("price_list") else ""
    return f"{told}; omräknat {quantity}{_kr(line['expected_sek'])}{by_list}"


def _quantity(line: Row, name: str, unit: str) -> str:
    if line.get(name) is None or line.get(unit) in (None, "st"):
        return ""
    return f"{plain(line[name], 3)} {line[unit]}, "


def _kr(value: float | None) -> str:
    return "okänt belopp" if value is None else f"{plain(value)} kr"


def letter(lines: Sequence[Row], why: str, ask: str, shown: bool = True, sums: str = _NET) -> str:
    """Return a polite Swedish text to the supplier: which invoice, what was charged, what it should be, what we ask.

    The invoice's rows are left out unless `shown`; `sums` says what the amounts are.
    """
    first = lines[0]
    days = f", period {first['period_start']}–{first['period_end']}" if first.get("period_end") else ""
    point = f" för mätpunkt {spoken(first['metering_point'])}" if first.get("metering_point") else ""
    told = [f"- Rad {spoken(line['line_id'])}, {what(line)}" for line in lines[:_SHOWN]] if shown else []
    rows_text = "\n\n" + "\n".join(told) if told else ""
    return (
        f"Hej!\n\nVi har granskat er faktura {spoken(first['invoice_no'])} daterad {first['issue_date']}{point}{days}."
        f"{rows_text}\n\n{why}\n\n{ask}\n\n{sums} Har ni räknat på ett annat underlag är vi"
        " tacksamma om ni skickar det, så går vi igenom det tillsammans.\n\nMed vänlig hälsning"
    )


def found_of(rule: str, lines: Sequence[Row], why: str, ask: str, is_vat: bool = False) -> Found:
    """Return the finding of a document's lines that differ: open with what is at stake, or closed with the net.

    Open findings are errors when we have paid too much, warnings when too little. `is_vat`: the amount is VAT.
    """
    first = lines[0]
    about = f"Faktura {spoken(first['invoice_no'])}, {month(first['consumption_month'])}"
    if all(line["is_closed"] for line in lines):
        charged = sum(line["difference_sek"] or 0.0 for line in lines)
        nets = [line["net_sek_left"] for line in lines]
        net = sum(nets) if all(one is not None for one in nets) else 0.0
        net = 0.0 if abs(net) < _ROUNDING * len(lines) else net
        on = ", ".join(sorted({spoken(line.get("corrected_on")) for line in lines if line.get("corrected_on")}))
        where = f"faktura {on}" if on else "en senare faktura"
        text = f"{about}: {why} Felet var {plain(charged)} kr och är rättat på {where}; kvar är {plain(net)} kr."
        given = charged - net
        return Found(rule, "info", first, net, text, evidence(lines), None, lines, given, on or None)
    amount = sum((line["difference_sek"] or 0.0) for line in lines if not line["is_closed"])
    level = "error" if amount > 0 else "warning"
    told = f"{plain(abs(amount))} kr{' moms' if is_vat else ''} för {'mycket' if amount > 0 else 'lite'}"
    words = letter(lines, why, ask, sums=VAT if is_vat else _NET)
    text = f"{about}: {why} Fakturerat {told}."
    return Found(rule, level, first, amount, text, evidence(lines), words, lines)
