"""The commands that print a mart. They open the published copy read only and never import Prefect."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from energy.errors import SettingsError, nearest
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


def parse_month(text: str | None) -> date | None:
    """Return the first day of a month written YYYY-MM. Raises SettingsError on anything else."""
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no clock
    except ValueError:
        raise SettingsError(f"«{text}» är ingen månad. Skriv ÅÅÅÅ-MM, till exempel 2023-11.") from None


ORIGINAL_SHOWN = 80  # characters of a rejected row that a table shows; --json has all that is kept
Rows = list[dict[str, Any]]


def chosen(rows: Rows, arguments: argparse.Namespace, month: str | None = None) -> Rows:
    """Return the rows for --facility, --from and --to; `month` names the column of months, where there is one."""
    wanted = arguments.facility
    if wanted:
        known = {row["facility"] for row in rows if row["facility"]}
        if known:
            must_exist("--facility", wanted, known)
        rows = [row for row in rows if row["facility"] == wanted]
    first, last = parse_month(arguments.first), parse_month(arguments.last)
    if first and last and first > last:
        raise SettingsError(f"--from {arguments.first} är efter --to {arguments.last}.")
    if month and first:
        rows = [row for row in rows if row[month] and row[month] >= first]
    if month and last:
        rows = [row for row in rows if row[month] and row[month] <= last]
    return rows


def must_exist(option: str, wanted: str, known: Iterable[str]) -> None:
    """Raise SettingsError where the id after an option is not known, with the nearest that is."""
    names = sorted(known)
    if wanted not in names:
        there = f" Finns: {', '.join(names)}." if names else " Det finns inga."
        raise SettingsError(f"{option} «{wanted}» finns inte.{nearest(wanted, names)}{there}")


def told_span(arguments: argparse.Namespace, rows: Rows, month: str, by_month: str = "") -> None:
    """Say on standard error what --from and --to chose of the months of `rows`, which are those of the facility.

    `by_month` names the tables they choose in, where the command shows other tables too. Raises SettingsError where
    the months asked for and those that are there have none in common.
    """
    first, last = parse_month(arguments.first), parse_month(arguments.last)
    mine = [r for r in rows if r[month] and arguments.facility in (None, r["facility"])]
    months = [r[month].replace(day=1) for r in mine]
    if not (first or last) or not months:
        return
    start, end = min(months), max(months)
    there = f"uppgifterna går från {start:%Y-%m} till {end:%Y-%m}"
    asked = (
        f"--from {arguments.first}" * bool(first) + " " * bool(first and last) + f"--to {arguments.last}" * bool(last)
    )
    if (first and first > end) or (last and last < start):
        raise SettingsError(f"{asked}: där finns inga månader; {there}.")
    said = f"{asked}: {there}." if (first and first < start) or (last and last > end) else ""
    chosen_in = f"{asked} väljer månader i {by_month}; övriga tabeller gäller hela tiden." if by_month else ""
    if said or chosen_in:
        print(" ".join(filter(None, (said, chosen_in))), file=sys.stderr)


def unused_span(arguments: argparse.Namespace, why: str) -> None:
    """Say on standard error that --from and --to choose nothing in what is shown, and why."""
    if parse_month(arguments.first) or parse_month(arguments.last):
        print(f"--from och --to används inte här: {why}", file=sys.stderr)


def emit(arguments: argparse.Namespace, tables: Mapping[str, Rows], columns: Mapping[str, Sequence[str]]) -> None:
    """Print the tables: as one JSON document, or as text tables of the `columns` with Swedish headings."""
    if arguments.json:
        print(json.dumps({"command": arguments.command, **tables}, default=plain, ensure_ascii=False))
        return
    from dashboards.schema import TITLES
    from flows.terminal import text_table

    for name, rows in tables.items():
        if len(tables) > 1 and name in TITLES:
            print(f"{TITLES[name]}:")
        print(text_table(name, rows, columns.get(name) or list(rows[0] if rows else [])))


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it; instants and days in ISO form."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


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
        findings = [{**row, "original": row["original"] and row["original"][:ORIGINAL_SHOWN]} for row in findings]
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
        print(f"{len(files)} filer, {len(findings)} avvikelser.", file=sys.stderr)
    return int(any(row["level"] == "error" for row in findings))
