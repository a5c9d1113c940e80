"""The commands of the controller's month: budget and forecast, invoices against bills, invoices against the books."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from dashboards import text
from dashboards.pages import books, year_tables
from flows.answers import Rows, chosen, emit, told_span
from flows.store import Store

# mart -> the columns a terminal shows
_SHOWN: Mapping[str, str] = {
    "budget_period": "year dimension dimension_name period budget_sek outcome_sek deviation_sek deviation_pct "
    "last_year_sek outcome_kwh reason",
    "budget_month": "month dimension dimension_name budget_sek outcome_sek deviation_sek deviation_pct last_year_sek "
    "outcome_kwh is_closed reason",
    "forecast": "year carrier made_from forecast_sek forecast_sek_low forecast_sek_high budget_sek deviation_sek "
    "change_sek forecast_kwh reason",
    "deviations": "month dimension dimension_name deviation_sek deviation_pct likely_cause status cause",
    "invoice_findings": "level rule consumption_month supplier invoice_no amount_sek message evidence_key",
    "missing_invoices": "consumption_month supplier contract_kind expected_on days_late estimated_sek",
    "invoice_audit": "consumption_month invoice_no component invoiced_sek recomputed_sek difference_sek verdict reason",
    "ledger_match": "verdict supplier invoice_no accounting_period net_sek posted_sek difference_sek account "
    "expected_account voucher message",
    "accruals": "accounting_period contract_kind consumption_month accrual_sek reversal_period reason",
}


def _print(arguments: argparse.Namespace, tables: Mapping[str, Rows]) -> None:
    emit(arguments, tables, {name: _SHOWN[name].split() for name in tables})


def budget(arguments: argparse.Namespace) -> int:
    """Print budget, outcome, forecast, deviations that ask for a cause, and greenhouse gases."""
    with Store.read(arguments.home) as store:
        every = store.records("marts.budget_month") + store.records("marts.forecast_monthly")
        told_span(arguments, every, "month")
        months = chosen(store.records("marts.budget_month"), arguments, "month")
        periods = _of_years(chosen(store.records("marts.budget_period"), arguments), arguments)
        forecast = _of_years(chosen(store.records("marts.forecast"), arguments), arguments)
        coming = chosen(store.records("marts.forecast_monthly"), arguments, "month")
        deviations = chosen(store.records("marts.deviations"), arguments, "month")
        climate = chosen(store.records("marts.climate"), arguments, "month")
    if arguments.json:
        tables = {"budget_period": periods, "budget_month": months, "forecast": forecast, "forecast_monthly": coming,
                  "deviations": deviations, "climate": climate}  # fmt: skip
        emit(arguments, tables, {})
        return 0
    by_month = bool(arguments.first or arguments.last)  # sums of a year say nothing of the months that are asked for
    _print(
        arguments,
        {
            **({"budget_month": _months(months)} if by_month else {"budget_period": _periods(periods)}),
            "forecast": [r for r in forecast if r["component"] == "all"],
            "deviations": _named(deviations[:20]),
        },
    )
    print("Orsak och ansvarig roll skrivs i arbetsbokens blad «Avvikelser» och läggs i inkorgen. Allt: --json.")
    return 0


_DIMENSIONS = ("facility", "carrier")  # of the text tables; --json has all of them
_PERIODS = ("month", "ytd", "t1", "t2", "t3", "year")


def _named(rows: Rows) -> Rows:
    """Return the rows with what a person calls each: name of facility, word of carrier, number and name of account."""
    return [{**row, "dimension_name": year_tables.name_of(row)} for row in rows]


def _periods(rows: Rows) -> Rows:
    """Return the periods of the last year: the facility, then its carriers, each from so far to the whole year."""
    last = max((row["year"] for row in rows), default=None)
    found = [r for r in rows if r["year"] == last and r["dimension"] in _DIMENSIONS]

    def order(row: Mapping[str, Any]) -> tuple[Any, ...]:
        at = _DIMENSIONS.index(row["dimension"]), row["dimension_key"], _PERIODS.index(row["period"])
        return row["facility"], *at

    return _named(sorted(found, key=order))


def _months(rows: Rows) -> Rows:
    """Return the months of the facilities and their carriers, month by month."""
    found = [r for r in rows if r["dimension"] in _DIMENSIONS]

    def order(row: Mapping[str, Any]) -> tuple[Any, ...]:
        return row["facility"], row["month"], _DIMENSIONS.index(row["dimension"]), row["dimension_key"]

    return _named(sorted(found, key=order))


def _of_years(rows: Rows, arguments: argparse.Namespace) -> Rows:
    """Return the rows of the years that --from and --to touch."""
    first, last = (int(t[:4]) if t else None for t in (arguments.first, arguments.last))
    return [r for r in rows if (not first or r["year"] >= first) and (not last or r["year"] <= last)]


POSTED_WRONG = ("posted_twice", "posted_gross")  # verdicts on vouchers that are errors of money, as those of the audit


def invoices(arguments: argparse.Namespace) -> int:
    """Print what the audit found, missing invoices and lines that differ; status 1 with a finding of level error."""
    with Store.read(arguments.home) as store:
        # a month without an invoice is in none of the audited lines
        every = [
            row
            for mart in ("invoice_audit", "missing_invoices", "invoice_findings")
            for row in store.records(f"marts.{mart}")
        ]
        told_span(arguments, every, "consumption_month")
        findings = chosen(store.records("marts.invoice_findings"), arguments, "consumption_month")
        missing = chosen(store.records("marts.missing_invoices"), arguments, "consumption_month")
        lines = chosen(store.records("marts.invoice_audit"), arguments, "consumption_month")
        checks = chosen(store.records("marts.invoice_check"), arguments, "consumption_month")
    status = int(any(row.get("level") == "error" for row in findings))
    if arguments.json:
        tables = {"invoice_findings": findings, "missing_invoices": missing, "invoice_audit": lines,
                  "invoice_check": checks}  # fmt: skip
        emit(arguments, tables, {})
        return status
    differing = [row for row in lines if row["verdict"] != "agrees"]
    _print(arguments, {"invoice_findings": findings, "missing_invoices": missing, "invoice_audit": differing})
    agreeing = len(lines) - len(differing)
    print(f"{agreeing} av {len(lines)} fakturarader stämmer; ovan står de andra. Text till leverantören: --json, "
          "sidan Fakturor eller arbetsboken.")  # fmt: skip
    return status


def ledger(arguments: argparse.Namespace) -> int:
    """Print invoices against the books, accruals with how well earlier ones did, and the split between cost bearers.

    Status 1 where the books hold money that is wrong: an invoice posted twice, or with its VAT as a cost.
    """
    with Store.read(arguments.home) as store:
        every = store.records("marts.ledger_match") + store.records("marts.accruals")
        told_span(arguments, every, "accounting_period")
        matches = chosen(store.records("marts.ledger_match"), arguments, "accounting_period")
        accruals = chosen(store.records("marts.accruals"), arguments, "accounting_period")
        postings = [r for r in store.records("marts.accrual_postings") if _within(r["posting_date"], arguments)]
        shares = chosen(store.records("marts.allocation"), arguments, "month")
    status = int(any(row.get("verdict") in POSTED_WRONG for row in matches))
    if arguments.json:
        tables = {"ledger_match": matches, "accruals": accruals, "accrual_postings": postings, "allocation": shares}
        emit(arguments, tables, {})
        return status
    odd = [row for row in matches if row["verdict"] != "matched"]
    _print(arguments, {"ledger_match": odd, "accruals": [row for row in accruals if row["status"] == "open"]})
    print(f"{len(matches) - len(odd)} av {len(matches)} fakturor och verifikationer stämmer; ovan står de andra.")
    columns = {"status": pl.String, "error_sek": pl.Float64, "invoiced_sek": pl.Float64}
    how_near = books.accuracy(pl.DataFrame(accruals, schema=columns))
    if how_near:
        print(how_near.replace(text.NBSP, " "))
    return status


def _within(day: date, arguments: argparse.Namespace) -> bool:
    month = f"{day:%Y-%m}"
    return (not arguments.first or month >= arguments.first) and (not arguments.last or month <= arguments.last)
