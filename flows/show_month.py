"""The commands of the controller's month: budget and forecast, invoices against bills, invoices against the books."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import date

from dashboards import text
from flows.show import Rows, chosen, emit
from flows.store import Store

# mart -> the columns a terminal shows
_SHOWN: Mapping[str, str] = {
    "budget_period": "dimension_name period budget_sek outcome_sek deviation_sek deviation_pct last_year_sek "
    "outcome_kwh reason",
    "forecast": "year carrier made_from forecast_sek forecast_sek_low forecast_sek_high budget_sek deviation_sek "
    "change_sek forecast_kwh reason",
    "deviations": "month dimension_name deviation_sek deviation_pct likely_cause status cause",
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
    last = max((row["year"] for row in periods), default=None)
    _print(
        arguments,
        {
            "budget_period": [r for r in periods if r["year"] == last and r["dimension"] in ("facility", "carrier")],
            "forecast": [r for r in forecast if r["component"] == "all"],
            "deviations": deviations[:20],
        },
    )
    print("Orsak och ansvarig roll skrivs i arbetsbokens blad «Avvikelser» och läggs i inkorgen. Allt: --json.")
    return 0


def _of_years(rows: Rows, arguments: argparse.Namespace) -> Rows:
    """Return the rows of the years that --from and --to touch."""
    first, last = (int(t[:4]) if t else None for t in (arguments.first, arguments.last))
    return [r for r in rows if (not first or r["year"] >= first) and (not last or r["year"] <= last)]


def invoices(arguments: argparse.Namespace) -> int:
    """Print what the audit found, the missing invoices and the lines that differ; status 0, since that is an answer."""
    with Store.read(arguments.home) as store:
        findings = chosen(store.records("marts.invoice_findings"), arguments, "consumption_month")
        missing = chosen(store.records("marts.missing_invoices"), arguments, "consumption_month")
        lines = chosen(store.records("marts.invoice_audit"), arguments, "consumption_month")
        checks = chosen(store.records("marts.invoice_check"), arguments, "consumption_month")
    if arguments.json:
        tables = {"invoice_findings": findings, "missing_invoices": missing, "invoice_audit": lines,
                  "invoice_check": checks}  # fmt: skip
        emit(arguments, tables, {})
        return 0
    differing = [row for row in lines if row["verdict"] != "agrees"]
    _print(arguments, {"invoice_findings": findings, "missing_invoices": missing, "invoice_audit": differing})
    agreeing = len(lines) - len(differing)
    print(f"{agreeing} av {len(lines)} fakturarader stämmer; ovan står de andra. Text till leverantören: --json, "
          "sidan Fakturor eller arbetsboken.")  # fmt: skip
    return 0


def ledger(arguments: argparse.Namespace) -> int:
    """Print invoices against the books, accruals with how well earlier ones did, and the split between cost bearers."""
    with Store.read(arguments.home) as store:
        matches = chosen(store.records("marts.ledger_match"), arguments, "accounting_period")
        accruals = chosen(store.records("marts.accruals"), arguments, "accounting_period")
        postings = [r for r in store.records("marts.accrual_postings") if _within(r["posting_date"], arguments)]
        shares = chosen(store.records("marts.allocation"), arguments, "month")
    if arguments.json:
        tables = {"ledger_match": matches, "accruals": accruals, "accrual_postings": postings, "allocation": shares}
        emit(arguments, tables, {})
        return 0
    odd = [row for row in matches if row["verdict"] != "matched"]
    _print(arguments, {"ledger_match": odd, "accruals": [row for row in accruals if row["status"] == "open"]})
    print(f"{len(matches) - len(odd)} av {len(matches)} fakturor och verifikationer stämmer; ovan står de andra.")
    known = [row["error_pct"] for row in accruals if row["error_pct"] is not None]
    if known:
        mean = sum(abs(e) for e in known) / len(known)
        words = f"{text.number(mean, 1)} % i medeltal ({len(known)} stycken)"
        print(f"Tidigare periodiseringar skilde sig från fakturan med {words}.")
    return 0


def _within(day: date, arguments: argparse.Namespace) -> bool:
    month = f"{day:%Y-%m}"
    return (not arguments.first or month >= arguments.first) and (not arguments.last or month <= arguments.last)
