"""The made-up books: SIE files that reconcile, one after the other, and the mistakes that were put in and no others."""

from __future__ import annotations

import json
from datetime import date

import polars as pl
import pytest

from energy.demo import book_truth, books
from energy.model import Parsed

YEARS = range(2018, 2024)


def of(parsed: dict[str, Parsed], folder: str, table: str) -> pl.DataFrame:
    return pl.concat([p.tables[table] for name, p in parsed.items() if name.startswith(f"{folder}/")])


@pytest.fixture(scope="module")
def lines(parsed: dict[str, Parsed]) -> pl.DataFrame:
    return of(parsed, "huvudbok", "ledger_lines")


def test_one_file_a_year_that_reconciles(parsed: dict[str, Parsed]) -> None:
    for year in YEARS:
        found = parsed[f"huvudbok/syntetisk_huvudbok_{year}.se"]
        assert found.encoding == "cp437"
        assert [f.rule for f in found.findings] == ["dimensions"]  # no voucher and no account that does not add up
        assert found.rejects.is_empty()
        last = year == YEARS[-1]
        assert found.issued_at == (f"{year}-12-31" if last else f"{year + 1}-02-14")


def test_a_year_begins_where_the_one_before_ended(parsed: dict[str, Parsed]) -> None:
    balances = of(parsed, "huvudbok", "ledger_balances")
    for year in YEARS[1:]:
        sums = {}
        for kind, of_year in (("closing", year - 1), ("opening", year)):
            rows = balances.filter(kind=kind, fiscal_year_start=date(of_year, 1, 1)).unique(["account", "amount_sek"])
            sums[kind] = dict(rows.select("account", "amount_sek").iter_rows())
        assert sums["opening"] == sums["closing"]
        assert len(sums["opening"]) >= 3


def test_costs_bear_objects_and_balances_do_not(lines: pl.DataFrame) -> None:
    cost = lines.filter(pl.col("account") == "6210")
    for row in cost.select("voucher_date", "objects").unique().to_dicts():
        centre = "4500" if row["voucher_date"] < date(2021, 1, 1) else "4510"  # the board was renamed
        assert json.loads(row["objects"]) == {"20": centre, "21": "340", "22": "TORV"}
    assert lines.filter(pl.col("account") < "3")["objects"].unique().to_list() == ["{}"]
    assert cost["quantity_unit"].unique().to_list() == ["kWh"]
    assert cost["quantity"].null_count() == 0


def test_the_books_differ_from_the_invoices_by_the_mistakes_alone(
    parsed: dict[str, Parsed], lines: pl.DataFrame
) -> None:
    truth = book_truth(1)
    assert truth.select("rule", "kind").rows() == [
        ("posted_gross", "retail"), ("posted_twice", "grid"), ("not_posted", "heat"), ("wrong_account", "heat"),
    ]  # fmt: skip
    invoices = of(parsed, "fakturor", "invoices").filter(pl.col("issue_date") <= pl.date(2023, 12, 28))
    accounts = {"5599990016": "6210", "5599990024": "6220", "5599990032": "6230"}
    billed = invoices.group_by(pl.col("supplier_id").replace(accounts).alias("account")).agg(pl.col("net_sek").sum())
    posted = lines.group_by("account").agg(pl.col("amount_sek").sum())
    for account, net in billed.iter_rows():
        wrong = truth.filter(account=account)["amount_sek"].sum()
        if account == "6220":  # the heat invoice that landed here
            wrong -= truth.filter(rule="wrong_account")["amount_sek"].sum()
        assert posted.filter(account=account)["amount_sek"].item() == pytest.approx(net + wrong, abs=0.005), account


def test_every_invoice_is_named_by_its_voucher_but_the_one_never_posted(
    parsed: dict[str, Parsed], lines: pl.DataFrame
) -> None:
    invoices = of(parsed, "fakturor", "invoices").filter(pl.col("issue_date") <= pl.date(2023, 12, 28))
    posted = lines.filter(series="L").select("fiscal_year_start", "voucher_no", "voucher_text").unique()
    counts = posted.group_by(pl.col("voucher_text").str.split(" ").list.last().alias("invoice_no")).len()
    times = dict(invoices.join(counts, on="invoice_no", how="left").select("invoice_no", "len").iter_rows())
    truth = {r["rule"]: r["invoice_no"] for r in book_truth(1).to_dicts()}
    assert times[truth["not_posted"]] is None
    assert times[truth["posted_twice"]] == 2
    odd = {no for no, count in times.items() if count != 1}
    assert odd == {truth["not_posted"], truth["posted_twice"]}


def test_numbers_run_by_date_in_every_series_and_year(lines: pl.DataFrame) -> None:
    heads = lines.unique(["fiscal_year_start", "series", "voucher_no"]).with_columns(pl.col("voucher_no").cast(int))
    for _, group in heads.group_by("fiscal_year_start", "series"):
        rows = group.sort("voucher_no")
        assert rows["voucher_no"].to_list() == list(range(1, rows.height + 1))
        assert rows["voucher_date"].is_sorted()


def test_the_budget_is_last_years_cost_and_a_little_more(parsed: dict[str, Parsed]) -> None:
    budget = of(parsed, "budget", "budget")
    assert budget.height == 6 * 3 * 12
    renamed = pl.col("month") >= pl.date(2021, 1, 1)
    assert budget.filter(renamed)["cost_centre"].unique().to_list() == ["4510"]
    assert budget.filter(~renamed)["cost_centre"].unique().to_list() == ["4500"]
    assert set(budget["carrier"]) == {"district_heating", "electricity"}
    assert set(budget["account"]) == set(books.COST_ACCOUNTS.values())
    invoices = of(parsed, "fakturor", "invoice_lines").filter(pl.col("supplier_id") == "5599990024")
    cost = invoices.filter(pl.col("period_start").dt.year() == 2020)["amount_sek"].sum()
    told = budget.filter(pl.col("account") == "6220", pl.col("version") == "Budget 2021")["amount_sek"].sum()
    assert told == pytest.approx(1.02 * cost, abs=12 * 50 + 1)  # twelve months to the hundred
