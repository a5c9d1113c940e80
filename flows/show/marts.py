"""The commands that print savings and quality. They open the published copy read only and never import Prefect."""

from __future__ import annotations

import argparse
import sys

from flows.answers import SILENT, chosen, emit, told_span, unused_span
from flows.store import Store

_BAND = (
    "avoided_energy_kwh avoided_energy_kwh_low avoided_energy_kwh_high "
    "avoided_cost_sek avoided_cost_sek_low avoided_cost_sek_high"
)
_CLASS = (
    "project carrier label class_without class_with changed_pct class_change_sek class_change_sek_low "
    "class_change_sek_high reason"
)
_NORMAL = (
    "project carrier normal_method normalized_savings_kwh normalized_savings_kwh_low normalized_savings_kwh_high "
    "avoided_energy_kwh avoided_energy_kwh_low avoided_energy_kwh_high reason"
)
_LEFT = "cost_probability_pct excludes reason"
_COST = "avoided_cost_sek avoided_cost_sek_low avoided_cost_sek_high"
ORIGINAL_SHOWN = 80  # characters of a rejected row that a table shows; --json has all that is kept


def savings(arguments: argparse.Namespace) -> int:
    """Print avoided energy and cost, with bands; status 1 where a project cannot be assessed."""
    with Store.read(arguments.home) as store:
        told_span(arguments, store.records("marts.savings_monthly"), "month", "«Besparing per månad»")
        totals = chosen(store.records("marts.savings_total"), arguments)
        months = chosen(store.records("marts.savings_monthly"), arguments, "month")
        costs = chosen(store.records("marts.avoided_cost"), arguments)
        parts = chosen(store.records("marts.savings_component"), arguments)
        classes = chosen(store.records("marts.class_change"), arguments)
        normal = chosen(store.records("marts.normal_year"), arguments)
        ledger = chosen(store.records("marts.non_routine"), arguments)
        changes = chosen(store.records("marts.event_proposals"), arguments)
    whole = [r for r in costs if r["component"] == "all" and r["period"] in ("last_12_months", "reporting")]
    columns = {
        "savings_total": f"project carrier period {_BAND} cost_holds_zero excludes reason".split(),
        "avoided_cost": f"project carrier period effect price_basis {_COST} {_LEFT}".split(),
        "savings_component": f"project carrier component period {_COST} cost_probability_pct reason".split(),
        "class_change": _CLASS.split(),
        "normal_year": _NORMAL.split(),
        "savings_monthly": f"project carrier month {_BAND} excludes reason".split(),
        "non_routine": f"project carrier period entry event_from event_to event_reason treatment {_BAND}".split(),
        "event_proposals": ["project", "carrier", "kind", "event_from", "event_to", "status", "message", "ready_row"],
    }
    tables = {
        "savings_total": totals, "avoided_cost": costs if arguments.json else whole, "savings_component": parts,
        "class_change": classes, "normal_year": normal, "savings_monthly": months,
        "non_routine": ledger, "event_proposals": changes,
    }  # fmt: skip
    emit(arguments, tables, columns)
    return 0


def quality(arguments: argparse.Namespace) -> int:
    """Print files, freshness and findings; status 1 when a finding is of level error."""
    with Store.read(arguments.home) as store:
        files = store.records("marts.files")
        fresh = chosen(store.records("marts.freshness"), arguments)
        points = chosen(store.records("marts.points"), arguments)
        findings = store.records("marts.findings")
    unused_span(arguments, "filer, täckning och avvikelser gäller allt som är inläst.")
    if arguments.facility:
        findings = [row for row in findings if row["facility"] in (None, arguments.facility)]
    sheet = ["sheet"] if any(row["sheet"] for row in findings) else []
    if not arguments.json:
        silent = [row for row in findings if row["rule"].startswith(SILENT)]
        findings = [
            {**row, "original": row["original"] and row["original"][:ORIGINAL_SHOWN]}
            for row in findings
            if not row["rule"].startswith(SILENT)
        ]
    emit(
        arguments,
        {"files": files, "freshness": fresh, "points": points, "findings": findings},
        {
            "files": ["file_name", "source", "status", "rows_in", "loaded", "rejected", "duplicates"],
            "freshness": [
                "metering_point",
                "name",
                "quantity",
                "first_utc",
                "last_utc",
                "coverage_pct",
                "estimated_pct",
            ],
            "points": ["point", "name", "kind", "first_utc", "last_utc", "samples", "missing_pct"],
            "findings": ["level", "rule", "file_name", *sheet, "row_no", "message", "original"],
        },
    )
    if not arguments.json:
        why = f" {len(silent)} åtgärdsregler gav inget förslag: varför står på sidan Åtgärder." if silent else ""
        print(f"{len(files)} filer, {len(findings)} iakttagelser.{why}", file=sys.stderr)
    return int(any(row["level"] == "error" for row in findings))
