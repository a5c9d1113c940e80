"""A decision on a measure given on the command line, and taken back there: kept in the ledger, never changed."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from dashboards.codes import CODES
from energy.calendar import civil_day
from energy.errors import SettingsError, StoreError, nearest
from flows.answers import say
from flows.arguments import refuse_persons
from flows.lock import run_lock
from flows.measures.recombining import begun, recombine, settled
from flows.measures.register import ALL_KEYS, MARTS, MOST_NEAR, READ, REBUILT, facility_of, key_of
from flows.month import publish_step
from flows.store import Store, need_tables
from flows.terminal import clean

WORDS: Mapping[str, str] = {"yes": "do", "no": "reject", "later": "wait", "underway": "underway", "done": "done"}
SWEDISH: Mapping[str, str] = CODES["decision"]
_GO = ("do", "underway", "done")
_TOLD = ["decision", "owner_role", "decided_on", "start_on", "cost_sek", "note"]
_INSERT = "insert into ledger.measure_decisions values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def run(arguments: argparse.Namespace) -> int:
    """Write a decision, or that the last one is taken back, and put the register where readers look."""
    home: Path = arguments.home.resolve()
    if bool(arguments.decision) == arguments.undo:
        raise SettingsError(f"ange ett beslut ({', '.join(WORDS)}), eller --undo för att ta tillbaka det senaste.")
    arguments.key = key_of(arguments.key)
    arguments.decision = decision_of(arguments.decision)
    _checked(arguments)
    with run_lock(home, "decide", arguments.wait, say):
        with Store.write(home, "decide") as store:
            if "measure_register" not in store.tables("marts"):
                raise StoreError("inget är räknat än. Kör «energibok monthly» först.")
            need_tables(store, "analysis", *READ)
            row = _undone(store, arguments) if arguments.undo else _decided(store, arguments)
            before = settled(store), begun(store)
            write(store, row)
            if (settled(store), begun(store)) != before:
                recombine(store, home, facility_of(arguments.key))
        publish_step(home)
    return _told(arguments, row)


def decision_of(told: str | None) -> str | None:
    """Return the command's word of a decision; the Swedish words of the workbook are taken too."""
    return next((word for word, code in WORDS.items() if SWEDISH[code] == told), told)


def write(store: Store, row: Mapping[str, Any]) -> None:
    """Append a row to the ledger and rebuild what tells of it. Raises SettingsError, and writes nothing, if refused."""
    with store.transaction():
        store.con.execute(_INSERT, list(row.values()))
        store.build("core", REBUILT)
        _accepted(store, row)
        store.build("marts", MARTS)


def _checked(arguments: argparse.Namespace) -> None:
    """Raise SettingsError where what was given cannot be a decision."""
    if not (arguments.why or "").strip():
        raise SettingsError("--why: ange skälet; det står kvar i registret.")
    if not (arguments.by or "").strip():
        raise SettingsError("--by: ange vem som beslutat: en roll, till exempel driftchef.")
    refuse_persons(arguments)
    if arguments.cost is not None and not 0 <= arguments.cost < float("inf"):
        raise SettingsError(f"--cost {arguments.cost}: kostnaden ska vara noll eller mer.")
    today = civil_day(datetime.now(UTC))
    on = _day("--on", arguments.on)
    if on and on > today:
        raise SettingsError(f"--on {on}: beslutet kan inte vara daterat i framtiden.")
    start = _day("--from", arguments.start)
    if arguments.decision == "done" and start and start > today:
        raise SettingsError(f"--from {start}: en genomförd åtgärd kan inte starta i framtiden. Skriv underway (pågår).")


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"{option} «{text}» är inget datum. Skriv ÅÅÅÅ-MM-DD.") from None


def _decided(store: Store, arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the row of a new decision; what the measure is worth to the register now is what was decided on.

    Start and cost that an earlier decision told stand where this one does not tell them.
    """
    now = datetime.now(UTC)
    query = "select latest_sek_per_year, start_on, cost_sek, decision from marts.measure_register where measure_key = ?"
    worth, start, cost, before = next(iter(store.rows(query, [arguments.key])), (None, None, None, None))
    goes_on = WORDS[arguments.decision] in _GO and before in _GO
    return {
        "action": "decide", "measure_key": arguments.key, "decision": WORDS[arguments.decision],
        "owner_role": arguments.by.strip(), "decided_on": _day("--on", arguments.on) or civil_day(now),
        "start_on": _day("--from", arguments.start) or (start if goes_on else None),
        "cost_sek": cost if arguments.cost is None and goes_on else arguments.cost, "note": arguments.why.strip(),
        "promised_sek": worth, "recorded_at": now, "why": None, "by_role": None,
    }  # fmt: skip


def _undone(store: Store, arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the row that takes back the decision that holds. Raises SettingsError where there is none."""
    query = f"""
        select {", ".join(_TOLD)} from core.measure_history
        where measure_key = ? and refused is null and undone_at is null order by no desc limit 1
    """  # noqa: S608 - our own names
    found = store.rows(query, [arguments.key])
    if not found:
        raise SettingsError(
            f"{arguments.key} har inget beslut att ta tillbaka.{_near(store, arguments.key)} {ALL_KEYS}"
        )
    told = dict(zip(_TOLD, found[0], strict=True))
    return {
        "action": "undo", "measure_key": arguments.key, **told, "promised_sek": None,
        "recorded_at": datetime.now(UTC), "why": arguments.why.strip(), "by_role": arguments.by.strip(),
    }  # fmt: skip


_REFUSED: Mapping[str, str] = {
    "unknown_measure": "är ingen åtgärd i registret",
    "other_facility": "gäller en anläggning som inte finns i det här hemmet",
    "start_in_future": "är genomförd men startar i framtiden: ange --from, eller skriv underway (pågår)",
    "decision_too_old": "är daterat mer än tjugo år tillbaka: rätta --on",
    "decision_in_future": "är daterat i framtiden: rätta --on",
    "decision_before_measure": "har ett underlag som börjar efter beslutet: rätta --on, eller skriv done med --from",
}


def _accepted(store: Store, row: Mapping[str, Any]) -> None:
    """Raise SettingsError, and thereby write nothing, where the register does not take the decision."""
    if row["action"] == "undo":
        return
    query = """
        select refused from core.measure_history
        where measure_key = ? and decided_on = ? and decision = ? and channel = 'command' and refused is not null
        order by issued desc limit 1
    """
    found = store.rows(query, [row["measure_key"], row["decided_on"], row["decision"]])
    proposed = "select 1 from analysis.measures where measure_key = ?"
    if found and found[0][0] == "unknown_measure" and store.rows(proposed, [row["measure_key"]]):
        raise SettingsError(f"{row['measure_key']} kan beslutas när tolv hela månader är mätta.")
    if found:
        why = _REFUSED.get(found[0][0], found[0][0])
        raise SettingsError(f"{row['measure_key']} {why}.{_near(store, row['measure_key'])} {ALL_KEYS}")


def _near(store: Store, key: str) -> str:
    known = [one for (one,) in store.rows("select measure_key from marts.measure_register")]
    return "" if key in known else nearest(key, known, MOST_NEAR)


def _told(arguments: argparse.Namespace, row: Mapping[str, Any]) -> int:
    """Print what now holds of the measure."""
    with Store.read(arguments.home) as store:
        query = "select stage, title, decided_on, note from marts.measure_register where measure_key = ?"
        stage = store.frame(query, [arguments.key]).to_dicts()
    told = stage[0] if stage else {"stage": None, "title": arguments.key}
    if arguments.json:
        document = {"command": "decide", **row, "stage": told["stage"]}
        print(json.dumps(document, default=str, ensure_ascii=False))
        return 0
    from dashboards import text

    word = f"beslutet «{SWEDISH[row['decision']]}» {row['decided_on']}"
    said = f"{word} är taget tillbaka" if row["action"] == "undo" else f"{word} är infört"
    print(clean(f"{told['title']}: {said}. Läge i registret: {text.code('stage', told['stage'])}."))
    if row["decision"] == "done" and row["action"] == "decide":
        print("Verifieringen räknas vid nästa «energibok monthly».")
    return 0
