"""Walk a figure of the books back: an invoice's voucher, an accrual, a part of a bearer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dashboards import text
from energy.calendar import next_month
from energy.errors import SettingsError
from flows.answers import parse_month
from flows.explain import receipts

if TYPE_CHECKING:  # explain itself names this module: nothing of it is needed before a key is asked for
    from flows.explain.receipts import Trail


def _voucher(trail: Trail, key: str) -> None:
    """Tell what the comparison says of a voucher's line, then the whole voucher, row by row of its file."""
    sha8, _, number = key.partition("/")
    if not number.isdigit():
        raise SettingsError(f"«voucher/{key}»: väntade voucher/<åtta tecken>/<rad>, till exempel voucher/0c1d2e3f/44.")
    line = trail.one(
        "select * from core.ledger_lines where left(sha256, 8) = ? and row_no = ? order by sha256, line_no",
        [sha8, int(number)],
    )
    told = trail.store.frame(
        "select * from marts.ledger_match where evidence_key = ? order by invoice_no", [f"voucher/{key}"]
    ).to_dicts()
    for row in told:
        _verdict(trail, row)
    lines = trail.store.frame(
        """select * from core.ledger_lines
           where organisation_id is not distinct from ? and series is not distinct from ?
               and voucher_no is not distinct from ? and voucher_date = ? and sha256 = ?
           order by line_no, row_no""",
        [line[c] for c in ("organisation_id", "series", "voucher_no", "voucher_date", "sha256")],
    ).to_dicts()
    head = f"verifikation {line['series'] or ''} {line['voucher_no'] or ''} {line['voucher_date']}"
    trail.step(1, f"{head}: {line['voucher_text'] or 'utan text'}")
    for one in lines:
        amount = text.number(one["amount_sek"], 2)
        name = f" {one['account_name']}" if one["account_name"] else ""
        words = f"konto {one['account']}{name}: {amount} SEK, objekt {one['objects'] or '–'}"
        trail.step(2, words, account=one["account"], amount_sek=one["amount_sek"])
        receipts._row(trail, 3, one["file_id"], one["row_no"])
    for row in told:
        _invoice_lines(trail, row)


def _verdict(trail: Trail, row: Mapping[str, Any]) -> None:
    verdict = text.code("verdict", row["verdict"])
    what = f"faktura {row['invoice_no']} från {row['supplier']}" if row["invoice_no"] else "ingen faktura"
    amounts = ", ".join(
        f"{word} {text.number(row[column], 2)} SEK"
        for word, column in (("netto", "net_sek"), ("bokfört", "posted_sek"), ("skillnad", "difference_sek"))
        if not text.is_absent(row[column])
    )
    trail.step(0, f"{what}: {verdict}" + (f" ({amounts})" if amounts else ""), **row)
    if row["message"]:
        trail.step(1, row["message"])


def _invoice_lines(trail: Trail, row: Mapping[str, Any]) -> None:
    """Add the receipts of the invoice's own lines."""
    found = trail.store.rows(
        """select distinct evidence_key, amount_sek from core.invoice_lines
           where supplier_id = ? and invoice_no = ? and issue_date = ? order by 1""",
        [row["supplier_id"], row["invoice_no"], row["issue_date"]],
    )
    for evidence, amount in found:
        trail.step(1, f"fakturarad {evidence}: {text.number(amount, 2)} SEK", evidence_key=evidence)


def _books(trail: Trail, key: str) -> None:
    """Tell what cannot be compared from a month on, for want of books or of invoices."""
    month = parse_month(key)
    rows = trail.store.frame(
        "select * from marts.ledger_match where evidence_key = ? order by message", [f"books/{month:%Y-%m}"]
    ).to_dicts()
    if not rows:
        raise SettingsError(f"«books/{key}»: inget står om den månaden.")
    for row in rows:
        trail.step(0, row["message"], **row)
    spans = trail.store.rows(
        """select file_name, min(voucher_date), max(voucher_date), count(*) from core.ledger_lines
           group by 1 order by 2, 1"""
    )
    for name, first, last, count in spans:
        trail.step(1, f"inläst bokföring: {name}, {first} – {last}, {count} rader", file_name=name)


def _accrual(trail: Trail, key: str) -> None:
    """Tell an accrual: the bill it rests on, line by line, what was invoiced later, and its postings."""
    row = trail.one("select * from marts.accruals where evidence_key = ?", [f"accrual/{key}"])
    month = row["consumption_month"]
    value = text.cannot_assess(row["reason"]) if text.is_absent(row["accrual_sek"]) else (
        f"{text.number(row['accrual_sek'], 2)} SEK exkl. moms"
    )  # fmt: skip
    kind = text.code("contract_kind", row["contract_kind"])
    words = f"periodisering i {row['accounting_period']:%Y-%m} av {kind} {month:%Y-%m}: {value}"
    trail.step(0, words, accrual_sek=row["accrual_sek"], status=row["status"])
    if row["method"]:
        trail.step(1, row["method"])
    if row["reason"] and not text.is_absent(row["accrual_sek"]):
        trail.step(1, text.cannot_assess(row["reason"]))
    where = [row["metering_point"], row["contract_kind"], month]
    bills = trail.store.rows(
        """select evidence_key, amount_sek from marts.monthly_cost
           where metering_point = ? and contract_kind = ? and month = ? order by 1""", where
    )  # fmt: skip
    for evidence, amount in bills:
        trail.step(1, f"omräknat i {evidence}: {text.number(amount, 2)} SEK", evidence_key=evidence)
    receipts._readings(trail, 2, row["metering_point"], receipts._utc(month), receipts._utc(next_month(month)))
    invoiced = trail.store.rows(
        """select evidence_key, issue_date, sum(amount_sek order by line_id, amount_sek) from core.invoice_months
           where metering_point = ? and contract_kind = ? and consumption_month = ? group by 1, 2 order by 2, 1""",
        where,
    )
    for evidence, issued, amount in invoiced:
        trail.step(1, f"fakturerat {issued} i {evidence}: {text.number(amount, 2)} SEK", evidence_key=evidence)
    if not text.is_absent(row["error_sek"]):
        error = f"periodiseringen mot fakturan: {text.signed(row['error_sek'], 2)} SEK"
        trail.step(1, error, error_sek=row["error_sek"])


def _allocation(trail: Trail, key: str) -> None:
    """Tell a bearer's part: its key, the cost that is shared, and the meters that decide."""
    row = trail.one("select * from marts.allocation where evidence_key = ?", [f"allocation/{key}"])
    month, point = row["month"], row["metering_point"]
    value = "Data saknas" if text.is_absent(row["cost_sek"]) else f"{text.number(row['cost_sek'], 2)} SEK exkl. moms"
    trail.step(0, f"{row['cost_bearer']} {month:%Y-%m}: {value}", cost_sek=row["cost_sek"], share_pct=row["share_pct"])
    share = "okänd" if text.is_absent(row["share_pct"]) else f"{text.number(row['share_pct'], 2)} %"
    trail.step(1, f"andel {share}: {row['key_text'] or 'ingen nyckel'}")
    if row["reason"]:
        trail.step(1, row["reason"])
    bills = trail.store.rows(
        "select evidence_key, amount_sek from marts.monthly_cost where metering_point = ? and month = ? order by 1",
        [point, month],
    )
    for evidence, amount in bills:
        trail.step(1, f"del av kostnaden: {evidence}, {text.number(amount, 2)} SEK", evidence_key=evidence)
    meters = trail.store.rows(
        """select distinct submeter from settings.allocations
           where metering_point = ? and submeter is not null and valid_from < ? and valid_to > ? order by 1""",
        [point, next_month(month), month],
    )
    for meter in [point, *(submeter for (submeter,) in meters)]:
        trail.step(1, f"mätare {meter}")
        receipts._readings(trail, 2, meter, receipts._utc(month), receipts._utc(next_month(month)))


KINDS: dict[str, Callable[[Trail, str], None]] = {
    "voucher": _voucher,
    "books": _books,
    "accrual": _accrual,
    "allocation": _allocation,
}
