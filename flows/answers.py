"""What the commands share: which rows and months were asked for, and how they are printed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from energy.errors import SettingsError, nearest

Rows = list[dict[str, Any]]
SILENT = "measure_silent_"  # findings that tell why a rule of measures proposes nothing: no faults of data


def say(text: str) -> None:
    """Tell the user how far the work has come, on standard error."""
    print(text, file=sys.stderr, flush=True)


def parse_month(text: str | None) -> date | None:
    """Return the first day of a month written YYYY-MM. Raises SettingsError on anything else."""
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no clock
    except ValueError:
        raise SettingsError(f"«{text}» är ingen månad. Skriv ÅÅÅÅ-MM, till exempel 2023-11.") from None


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
