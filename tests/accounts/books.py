"""A small municipality's books, written by hand: invoices, vouchers and the accounts they belong on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from energy.accounts import BookRules, match
from energy.accounts.matching import KEY
from energy.model import TABLES

HEAT, GRID = "5599990016", "5599990024"
NAMES = {HEAT: "Värmeverket AB", GRID: "Nätbolaget AB (publ)"}
KINDS = {HEAT: "heat", GRID: "grid"}
RULES = BookRules("1", ("1650",), ("2510",))
FAR = date(2100, 1, 1)


def invoice(
    number: str = "FV20190004", net: float = 1000.0, issued: date = date(2019, 2, 7), supplier: str = HEAT, **more: Any
) -> dict[str, Any]:
    """Return an invoice for the month before it, 25 % VAT, whose bearer gets the VAT back."""
    month = date(issued.year - (issued.month == 1), (issued.month - 2) % 12 + 1, 1)
    return {
        "supplier_id": supplier, "supplier": NAMES[supplier], "invoice_no": number, "issue_date": issued,
        "document_type": "381" if net < 0 else "380", "net_sek": net, "vat_sek": 0.25 * net, "rounding_sek": 0.0,
        "one_off_sek": 0.0,
        "first_month": month, "last_month": month, "vat_recoverable": True, **more,
    }  # fmt: skip


def voucher(
    no: int, day: date, text: str, *lines: tuple[str, float] | tuple[str, float, Mapping[str, str]], series: str = "L",
    **more: Any,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the lines (account, amount, objects) of a voucher in its year's book; cost centre 4510 unless said."""
    return [
        {
            "organisation_id": "2120009994", "fiscal_year_start": date(day.year, 1, 1), "series": series,
            "voucher_no": str(no), "line_no": n, "voucher_date": day, "account": line[0], "amount_sek": line[1],
            "voucher_text": text, "line_text": None, "objects": json.dumps(line[2] if len(line) > 2 else {"1": "4510"}),
            "file_name": f"huvudbok_{day.year}.se", "row_no": 100 * no + n, **more,
        }
        for n, line in enumerate(lines, start=1)
    ]  # fmt: skip


def posted(
    no: int, day: date, text: str, net: float = 1000.0, account: str = "6210", **more: Any
) -> list[dict[str, Any]]:
    """Return an invoice's voucher: cost, VAT, liability."""
    return voucher(no, day, text, (account, net), ("1650", 0.25 * net), ("2510", -1.25 * net), **more)


def account(number: str = "6210", **more: Any) -> dict[str, Any]:
    row = {"account": number, "purpose": "energy", "kind": "heat", "facility": None, "metering_point": None,
           "cost_centre": "4510", "objects": "{}", "name": "", "valid_from": date(2000, 1, 1),
           "valid_to": FAR}  # fmt: skip
    return {**row, **more}


ACCOUNTS = (account(), account("6220", kind="grid"), account("2990", purpose="accrual", kind=None, cost_centre=None))
_ACCOUNT_TYPES = {c: pl.Date if c.startswith("valid") else pl.String for c in account()}


def accounts_frame(rows: Sequence[dict[str, Any]] = ACCOUNTS) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=_ACCOUNT_TYPES)


def frames(
    invoices: Sequence[dict[str, Any]], vouchers: Sequence[list[dict[str, Any]]]
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return (invoices, where they deliver to, lines of the ledger) as `match` wants them."""
    types = {c: TABLES["invoices"].get(c, pl.Date) for c in invoice()} | {
        "vat_recoverable": pl.Boolean, "one_off_sek": pl.Float64,
    }  # fmt: skip
    heads = pl.DataFrame(invoices, schema=types)
    where = heads.select(
        *KEY, metering_point=pl.col("supplier_id") + "-m", facility=pl.lit("hall"),
        contract_kind=pl.col("supplier_id").replace(KINDS),
    ).unique()  # fmt: skip
    ledger_types = {**TABLES["ledger_lines"], "file_name": pl.String}
    ledger = pl.DataFrame([line for one in vouchers for line in one], schema=ledger_types)
    return heads, where, ledger


def compared(
    invoices: Sequence[dict[str, Any]], vouchers: Sequence[list[dict[str, Any]]],
    accounts: Sequence[dict[str, Any]] = ACCOUNTS, rules: BookRules = RULES,
) -> list[dict[str, Any]]:  # fmt: skip
    return match(*frames(invoices, vouchers), accounts_frame(accounts), rules).to_dicts()


def only(rows: list[dict[str, Any]]) -> dict[str, Any]:
    (row,) = rows
    return row
