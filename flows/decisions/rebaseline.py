"""A decision to fit a project's frozen baselines anew: kept in the ledger, tried at once, and what it changed told."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from dashboards import text as swedish
from energy.errors import SettingsError, StoreError
from flows.answers import say
from flows.arguments import refuse_persons
from flows.lock import run_lock
from flows.month import analyse_step, publish_step
from flows.project.baselines import decide
from flows.settings.load import load_settings
from flows.store import Store
from flows.terminal import clean

_FIGURES = (
    "avoided_energy_kwh", "avoided_energy_kwh_low", "avoided_energy_kwh_high", "avoided_cost_sek",
    "avoided_cost_sek_low", "avoided_cost_sek_high",
)  # fmt: skip
_TOTALS = f"select evidence_key, {', '.join(_FIGURES)} from marts.savings_total where project = ? order by 1"  # noqa: S608
Figures = dict[tuple[str, str], float | None]


def run(arguments: argparse.Namespace) -> int:
    """Freeze a new version of a project's baselines and print what became of each, and the totals it changed."""
    home: Path = arguments.home.resolve()
    project, why = arguments.project, arguments.why.strip()
    known = [p.id for p in load_settings(home).project]
    if project not in known:
        raise SettingsError.from_key("rebaseline", "PROJECT", project, ", ".join(known) or "inget projekt finns")
    if not why:
        raise SettingsError("--why: ange skälet; det står kvar i huvudboken.")
    refuse_persons(arguments)
    with run_lock(home, "rebaseline", arguments.wait, say):
        with Store.write(home, "rebaseline") as store:
            meters, until = _frozen(store, project, arguments.meter), _until(store)
            before = _figures(store, project)
            with store.transaction():
                for meter in meters:
                    decide(store, project, meter, why, arguments.by)
        analyse_step(home, until)
        publish_step(home)
        with Store.write(home, "rebaseline") as store:
            outcomes = _outcomes(store, project, meters)
            changed = _changes(before, _figures(store, project))
    return _told(arguments, outcomes, changed)


def _frozen(store: Store, project: str, meter: str | None) -> list[str]:
    """Return the meters of a project that have a frozen baseline, or the one asked for."""
    query = "select metering_point from ledger.baselines where project = ? and ended_at is null order by 1"
    found = [point for (point,) in store.rows(query, [project])]
    if not found:
        raise StoreError(f"projektet {project} har ingen fryst baslinje än. Kör «energibok monthly» först.")
    if meter is None:
        return found
    if meter not in found:
        raise SettingsError.from_key("rebaseline", "--meter", meter, ", ".join(found))
    return [meter]


def _until(store: Store) -> date | None:
    """Return the last month that the figures at hand were asked for, so that only the baselines differ."""
    if "house" not in store.tables("settings"):
        return None
    rows = store.rows("select until from settings.house")
    return rows[0][0] if rows else None


def _figures(store: Store, project: str) -> Figures:
    if "savings_total" not in store.tables("marts"):
        return {}
    found = store.rows(_TOTALS, [project])
    return {(row[0], name): value for row in found for name, value in zip(_FIGURES, row[1:], strict=True)}


def _outcomes(store: Store, project: str, meters: Sequence[str]) -> list[dict[str, Any]]:
    """Return what became of the decision for each meter; None where the analysis did not come that far."""
    query = """
        select outcome from ledger.rebaselinings where project = ? and metering_point = ?
        order by decided_at desc limit 1
    """
    return [{"metering_point": m, "outcome": store.rows(query, [project, m])[0][0]} for m in meters]


def _changes(before: Figures, after: Figures) -> list[dict[str, Any]]:
    """Return the totals that moved, each with its receipt, before and after."""
    keys = sorted(before.keys() | after.keys())
    rows = [(key, before.get(key), after.get(key)) for key in keys]
    return [
        {"evidence_key": key[0], "measure": key[1], "before": old, "after": new} for key, old, new in rows if old != new
    ]


def _told(
    arguments: argparse.Namespace, outcomes: Sequence[Mapping[str, Any]], changed: Sequence[Mapping[str, Any]]
) -> int:
    """Print outcomes and changed totals; status 1 where a new baseline was refused or not tried."""
    refused = [o for o in outcomes if not str(o["outcome"]).startswith("fryst")]
    if arguments.json:
        document = {"command": "rebaseline", "project": arguments.project, "outcomes": outcomes, "changed": changed}
        print(json.dumps(document, ensure_ascii=False))
        return int(bool(refused))
    for one in outcomes:
        outcome = one["outcome"] or "inte prövad: analysen kom inte så långt, se iakttagelserna"
        print(clean(f"{one['metering_point']}: {outcome}."))
    print(f"{len({row['evidence_key'] for row in changed})} summor ändrades." if changed else "Inga summor ändrades.")
    for line in _lines(changed):
        print(clean(line))
    return int(bool(refused))


def _lines(changed: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the changed totals in Swedish: a heading per carrier and period, a line per figure with its band."""
    found = {(row["evidence_key"], row["measure"]): row for row in changed}
    lines = []
    for key in dict.fromkeys(row["evidence_key"] for row in changed):
        carrier, period = key.split("/")[-2:]
        lines.append(f"{swedish.code('carrier', carrier)}, {swedish.code('period', period)} ({key}):")
        for name in ("avoided_energy_kwh", "avoided_cost_sek"):
            mine = [found.get((key, name + end)) for end in ("", "_low", "_high")]
            if not any(mine):
                continue
            told = [f"{_moved(row)}" if row else "oförändrad" for row in mine]
            what = swedish.code("measure", name)
            lines.append(f"  {what}: {told[0]}; bandets nedre ände {told[1]}, övre {told[2]}")
    return lines


def _moved(row: Mapping[str, Any]) -> str:
    was, now = (swedish.number(row[name]) for name in ("before", "after"))
    return f"{was} blir {now}"
