"""The command `bridge`: the bridges of the latest run, or one between any two periods with the frozen baselines."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from typing import Any

from dashboards import text
from energy.calendar import month_starts
from energy.errors import InsufficientData, SettingsError
from flows.answers import chosen, emit, parse_month, told_span
from flows.show.bridge_periods import remarks
from flows.store import Store

_SHOWN = ["project", "carrier", "step", "amount_sek", "amount_sek_low", "amount_sek_high", "energy_kwh", "reason"]
_UNKNOWN = """
    select distinct month from marts.monthly_cost
    where amount_sek is null and reason is not null and (? is null or facility = ?)
"""
Rows = list[dict[str, Any]]


def bridge(arguments: argparse.Namespace) -> int:
    """Print the bridges: cause by component, and the causes' sums with their bands."""
    if (arguments.base is None) != (arguments.period is None):
        raise SettingsError("--base och --period hör ihop: skriv båda, till exempel 2019-01:2019-12.")
    notes: list[str] = []
    found = _asked(arguments, notes) if arguments.base else _published(arguments, "bridge_matrix")
    totals = [row for row in found if row["component"] == "all"]
    if arguments.json:
        beside = [] if arguments.base else ["bridge_paid", "bridge_bearer"]
        more: dict[str, Any] = {name: _published(arguments, name) for name in beside}
        if arguments.base:
            more["notes"] = notes
        emit(arguments, {"bridge": totals, "bridge_matrix": found, **more}, {})
        return 0
    for note in notes:  # first: what is said after wide tables is not read
        print(note)
    for name in dict.fromkeys(row["comparison"] for row in found):
        _print(name, [row for row in found if row["comparison"] == name])
    if found:
        print(text.BRIDGE_IS_NOT_SAVING)
    return 0


def _published(arguments: argparse.Namespace, mart: str) -> Rows:
    with Store.read(arguments.home) as store:
        rows = store.records(f"marts.{mart}")
        if mart == "bridge_matrix":
            told_span(arguments, rows, "reporting_from")
        return chosen(rows, arguments, "reporting_from")


def _print(name: str, rows: Rows) -> None:
    """Print one comparison: the matrix of each carrier, and the sums with bands."""
    from flows.terminal import text_table

    first = rows[0]
    spans = [f"{first[f'{part}_from']} till och med {first[f'{part}_to']}" for part in ("base", "reporting")]
    print(f"{text.code('comparison', name)}: före är {spans[0]}, efter {spans[1]}.")
    for project, carrier in dict.fromkeys((row["project"], row["carrier"]) for row in rows):
        mine = [row for row in rows if (row["project"], row["carrier"]) == (project, carrier)]
        wide = _wide(mine)
        print(f"{project}, {text.code('carrier', carrier)}:")
        print(text_table("bridge_matrix", wide, list(wide[0])))


def _wide(rows: Rows) -> Rows:
    """Return one row per cause with its components beside each other; components that are nothing left out."""
    names = [
        n for n in dict.fromkeys(row["component"] for row in rows)
        if n != "all" and any(row["amount_sek"] is None or abs(row["amount_sek"]) >= 0.005
                              for row in rows if row["component"] == n)
    ]  # fmt: skip
    out = []
    for step in dict.fromkeys(row["step"] for row in rows):
        mine = {row["component"]: row for row in rows if row["step"] == step}
        total = mine["all"]
        parts = {f"{text.capital(text.code('component', n))} (SEK)": mine[n]["amount_sek"] for n in names}
        band = {k: total[k] for k in ("amount_sek", "amount_sek_low", "amount_sek_high", "energy_kwh")}
        out.append({"step": step, **parts, **band, "reason": total["reason"] or total.get("note")})
    return out


def _asked(arguments: argparse.Namespace, notes: list[str]) -> Rows:
    """Return the bridge of the periods asked for, of every project of the facilities; `notes` is filled."""
    from flows.project.bridges import Comparison
    from flows.show.asked_bridge import on_demand

    one = Comparison("fritt vald", period(arguments.base, "--base"), period(arguments.period, "--period"))
    with Store.read(arguments.home) as store:
        unknown = [month for (month,) in store.rows(_UNKNOWN, [arguments.facility, arguments.facility])]
        notes += remarks(one.base, one.reporting, unknown)
        try:
            return on_demand(store, arguments.home, arguments.facility, one, lambda said: print(said, file=sys.stderr))
        except InsufficientData as refused:
            raise InsufficientData(" ".join([text.sentence(str(refused)), *notes])) from None


def period(written: str, option: str) -> Sequence[date]:
    """Return the months of YYYY-MM:YYYY-MM, both included. Raises SettingsError on anything else."""
    first, colon, last = written.partition(":")
    months = [parse_month(first), parse_month(last if colon else first)]
    if None in months or months[0] > months[1]:  # type: ignore[operator]
        raise SettingsError(f"{option} {written}: skriv ÅÅÅÅ-MM:ÅÅÅÅ-MM, den första månaden först.")
    return month_starts(months[0], months[1])  # type: ignore[arg-type]
