"""Accruals: which months were open at each close, with what amount, and postings that always balance."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.accounts.accruals import accruals, postings, unposted
from tests.accounts.books import ACCOUNTS, account, accounts_frame

M = [date(2023, m, 1) for m in range(1, 13)]
FACILITIES = pl.DataFrame({"metering_point": ["735"], "facility": ["hall"]})


def bills(*rows: tuple[date, float | None], kind: str = "heat", reason: str = "mätvärden saknas") -> pl.DataFrame:
    """Return a bill of two lines a month, nine tenths and one tenth of the amount."""
    lines = [
        {"metering_point": "735", "contract_kind": kind, "month": month, "line_no": n, "component": "energy",
         "label": str(n), "price_list": "lista-2023", "amount_sek": None if amount is None else part * amount,
         "reason": reason if amount is None else None}
        for month, amount in rows for n, part in ((1, 0.9), (2, 0.1))
    ]  # fmt: skip
    types = {"month": pl.Date, "line_no": pl.Int64, "amount_sek": pl.Float64}
    names = ("metering_point", "contract_kind", "month", "line_no", "component", "label", "price_list", "amount_sek",
             "reason")  # fmt: skip
    return pl.DataFrame(lines, schema={n: types.get(n, pl.String) for n in names})


def invoiced(*rows: tuple[date, date, float], kind: str = "heat", posted: date | None = None) -> pl.DataFrame:
    """Return invoiced months: (consumption, issue date, amount); a credit is negative and of type 381.

    `posted` is the accounting month of their vouchers, where the books have any.
    """
    lines = [
        {"metering_point": "735", "contract_kind": kind, "consumption_month": month, "issue_date": issued,
         "accounting_period": posted,
         "document_type": "381" if amount < 0 else "380", "amount_sek": amount}
        for month, issued, amount in rows
    ]  # fmt: skip
    types = {"consumption_month": pl.Date, "issue_date": pl.Date, "accounting_period": pl.Date,
             "amount_sek": pl.Float64}  # fmt: skip
    names = ("metering_point", "contract_kind", "consumption_month", "issue_date", "accounting_period",
             "document_type", "amount_sek")  # fmt: skip
    return pl.DataFrame(lines, schema={n: types.get(n, pl.String) for n in names})


def found(b: pl.DataFrame, i: pl.DataFrame, as_of: date) -> list[dict[str, Any]]:
    return accruals(b, i, as_of).to_dicts()


def test_a_month_is_accrued_when_the_books_take_its_invoice_up_later() -> None:
    b = bills((M[0], 1000.0), (M[1], 900.0), (M[2], 800.0))
    # January's voucher was put in January itself; February's invoice has none, and is dated early in March
    january = invoiced((M[0], date(2023, 2, 8), 1000.0), posted=M[0])
    i = pl.concat([january, invoiced((M[1], date(2023, 3, 2), 880.0))])
    rows = found(b, i, M[2])
    assert [(r["consumption_month"], r["accounting_period"], r["accrual_sek"], r["status"]) for r in rows] == [
        (M[1], M[1], 900.0, "reversed"), (M[2], M[2], 800.0, "open"),
    ]  # fmt: skip
    assert rows[0]["reversal_period"] == M[2]
    assert (rows[0]["invoiced_sek"], rows[0]["error_sek"]) == (880.0, 20.0)  # 900 accrued, 880 invoiced
    assert round(rows[0]["error_pct"], 4) == 2.2727  # 20 / 880
    assert (rows[1]["invoiced_sek"], rows[1]["error_sek"], rows[1]["error_pct"]) == (None, None, None)
    assert rows[1]["method"] == "uppmätt last × prislista lista-2023"


def test_an_invoice_dated_in_time_but_posted_later_is_accrued_until_then() -> None:
    b = bills((M[10], 500.0), (M[11], 700.0))
    nov, dec = (M[10], date(2023, 11, 30), 500.0), (M[11], date(2024, 1, 7), 700.0)
    i = pl.concat([invoiced(nov, posted=M[11]), invoiced(dec)])  # December's heat, dated the 7th: a voucher of January
    assert [(r["consumption_month"], r["accounting_period"], r["status"]) for r in found(b, i, M[11])] == [
        (M[10], M[10], "reversed"), (M[11], M[11], "open"),
    ]  # fmt: skip
    assert found(b, pl.concat([invoiced(nov, posted=M[10]), invoiced(dec, posted=M[11])]), M[11]) == []


def test_a_late_invoice_keeps_its_month_accrued_month_after_month() -> None:
    b = bills(*((m, 100.0) for m in M[:5]))
    i = invoiced((M[0], date(2023, 1, 31), 100.0), (M[1], date(2023, 5, 20), 100.0), *(
        (m, date(m.year, m.month, 28), 100.0) for m in M[2:5]))  # fmt: skip
    rows = found(b, i, M[4])
    # accounting months before May: February, March and April; the others are invoiced in their own month
    assert [(r["consumption_month"], r["accounting_period"]) for r in rows] == [
        (M[1], M[1]),
        (M[1], M[2]),
        (M[1], M[3]),
    ]


def test_accuracy_counts_corrections_and_a_credit_is_no_first_invoice() -> None:
    b = bills((M[0], 500.0), (M[1], 1000.0))
    i = invoiced(
        (M[0], date(2023, 2, 1), 500.0), (M[1], date(2023, 2, 20), -50.0), (M[1], date(2023, 3, 20), 1200.0),
        (M[1], date(2023, 6, 20), -200.0),
    )  # fmt: skip
    (row,) = [r for r in found(b, i, M[1]) if r["consumption_month"] == M[1]]
    assert (row["accrual_sek"], row["invoiced_sek"], row["error_sek"]) == (1000.0, 950.0, 50.0)  # 1200 - 50 - 200


def test_a_bill_that_cannot_be_computed_gives_a_reason_and_no_amount() -> None:
    b = pl.concat([bills((M[0], 100.0), (M[3], 100.0)), bills((M[1], None))])
    i = invoiced((M[0], date(2023, 2, 1), 100.0))
    rows = {r["consumption_month"]: r for r in found(b, i, M[3]) if r["accounting_period"] == M[3]}
    assert (rows[M[1]]["accrual_sek"], rows[M[1]]["reason"]) == (None, "kan inte bedömas: mätvärden saknas")
    assert rows[M[2]]["accrual_sek"] is None and "ingen räkning är beräknad" in rows[M[2]]["reason"]
    assert (rows[M[3]]["accrual_sek"], rows[M[3]]["reason"]) == (100.0, None)
    half = bills((M[0], 100.0)).with_columns(amount_sek=pl.when(pl.col("line_no") == 1).then("amount_sek"),
                                             reason=pl.lit("kan inte bedömas: flöde saknas"))  # fmt: skip
    (row,) = found(half, invoiced((M[0], date(2023, 3, 9), 90.0)), M[0])
    assert (row["accrual_sek"], row["reason"], row["error_sek"]) == (None, "kan inte bedömas: flöde saknas", None)


def test_books_that_go_further_than_the_readings_ask_for_a_month_nobody_has_metered() -> None:
    rows = found(bills((M[0], 100.0)), invoiced((M[0], date(2023, 2, 1), 100.0)), M[1])
    assert [(r["consumption_month"], r["accrual_sek"], r["status"]) for r in rows] == [
        (M[0], 100.0, "reversed"), (M[1], None, "open"),
    ]  # fmt: skip


def test_a_contract_without_any_invoice_says_so_once() -> None:
    (row,) = found(bills((M[0], 100.0), (M[1], 100.0)), invoiced(), M[1])
    assert row["accrual_sek"] is None and "inga fakturor är inlästa" in row["reason"]


def test_a_contract_that_ended_is_not_accrued_after_its_end() -> None:
    b = pl.concat([bills((M[0], 1.0), kind="grid"), bills(*((m, 100.0) for m in M[:3]))])
    i = pl.concat([invoiced((M[0], date(2023, 2, 1), 1.0), kind="grid"), invoiced((M[0], date(2023, 2, 1), 100.0))])
    last = {r["contract_kind"]: r["accounting_period"] for r in found(b, i, M[2])}
    assert last == {"grid": M[0], "heat": M[2]}


def test_postings_of_the_open_month_and_their_reversal() -> None:
    b, i = bills((M[0], 100.0), (M[1], 900.006)), invoiced((M[0], date(2023, 2, 20), 100.0))
    rows = accruals(b, i, M[1])
    places = accounts_frame([account(objects='{"21":"340","22":"TORV"}'), *ACCOUNTS[1:]])
    lines = postings(rows, FACILITIES, places)
    shown = lines.select("posting_date", "account", "cost_centre", "objects", "debit_sek", "credit_sek", "text")
    assert shown.rows() == [
        (date(2023, 2, 28), "6210", "4510", "21=340, 22=TORV", 900.01, None, "Periodisering fjärrvärme 2023-02"),
        (date(2023, 2, 28), "2990", None, None, None, 900.01, "Periodisering fjärrvärme 2023-02"),
        (date(2023, 3, 1), "6210", "4510", "21=340, 22=TORV", None, 900.01, "Återföring fjärrvärme 2023-02"),
        (date(2023, 3, 1), "2990", None, None, 900.01, None, "Återföring fjärrvärme 2023-02"),
    ]  # fmt: skip
    assert unposted(rows, lines, places)["reason"].to_list() == [None, None]


def test_a_negative_accrual_changes_sides_and_missing_accounts_are_told() -> None:
    b, i = bills((M[0], 100.0), (M[1], -30.0)), invoiced((M[0], date(2023, 2, 1), 100.0))
    rows = accruals(b, i, M[1])
    lines = postings(rows, FACILITIES, accounts_frame())
    assert lines.filter(pl.col("account") == "6210")["credit_sek"].to_list()[0] == 30.0
    for lacking in ([account()], [ACCOUNTS[2]], []):
        places = accounts_frame(lacking)
        none = postings(rows, FACILITIES, places)
        assert none.is_empty()
        past, now = unposted(rows, none, places)["reason"]
        assert past is None and now.startswith("kan inte bedömas: ") and "inget bokföringsförslag" in now
        assert ("gäller den månaden" if lacking == [ACCOUNTS[2]] else 'purpose = "accrual"') in now


AMOUNTS = st.lists(st.floats(-1e7, 1e7, allow_nan=False), min_size=1, max_size=12)


@given(AMOUNTS)
@settings(max_examples=30)
def test_debit_is_credit_on_every_day_whatever_the_amounts(amounts: list[float]) -> None:
    given = list(zip(M, amounts, strict=False))
    rows = accruals(bills(*given), invoiced((M[0], date(2024, 12, 1), 1.0)), M[len(given) - 1])
    lines = postings(rows, FACILITIES, accounts_frame())
    for side in lines.partition_by("posting_date"):
        assert round(100 * side["debit_sek"].sum()) == round(100 * side["credit_sek"].sum())
    per_account = lines.group_by("account").agg(pl.col("debit_sek").sum() - pl.col("credit_sek").sum())
    assert all(abs(v) < 1e-6 for v in per_account["debit_sek"])  # what is accrued is taken back
    assert lines.height == 4 * sum(round(100 * a) != 0 for a in rows.filter(status="open")["accrual_sek"])


def test_the_order_of_bills_and_invoices_changes_nothing() -> None:
    b = bills(*((m, 100.1 * n) for n, m in enumerate(M, 1)))
    i = invoiced(*((m, date(2024, 1, 3 + n), 99.7 * n) for n, m in enumerate(M, 1)))
    first = accruals(b, i, M[-1])
    again = accruals(b.sample(fraction=1, shuffle=True, seed=3), i.sample(fraction=1, shuffle=True, seed=4), M[-1])
    assert first.equals(again) and first.height == 78  # 12 + 11 + … + 1: all are dated in the January after
