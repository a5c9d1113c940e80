"""Published months are frozen: close a month under a version, reopen it with a reason, list what a new run changes."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from dashboards import text as swedish
from energy.errors import SettingsError, StoreError
from flows.answers import parse_month
from flows.arguments import refuse_persons
from flows.month import publish_step
from flows.store import Store
from flows.terminal import clean

# mart -> the column that says which month its figures are frozen with
FROZEN: Mapping[str, str] = {
    "savings_monthly": "month", "monthly_cost": "month", "budget_month": "month", "climate": "month",
    "forecast": "made_from",
}  # fmt: skip
_VALUES = ("closed_value", "new_value")
LISTED = 20  # changed figures that are written out


def run_close(arguments: argparse.Namespace) -> int:
    """Freeze the figures of a published month under a new version."""
    month = _month(arguments.month)
    with Store.write(arguments.home) as store:
        state, number = _state(store, month)
        if state == "close":
            raise SettingsError(f"{arguments.month} är redan stängd (version {number}).")
        with store.transaction():
            rows = _freeze(store, month, number + 1)
            if not rows:
                raise StoreError(
                    f"{arguments.month} har inga publicerade siffror att frysa. Kör «energibok monthly» först."
                )
            _record(store, month, number + 1, "close", None)
            store.build("marts")
    publish_step(arguments.home)
    return _told(arguments, "close", month, number + 1, f"{rows} siffror frysta")


def run_reopen(arguments: argparse.Namespace) -> int:
    """Open a frozen month again; the reason stays in the ledger, and the next closing lists what changed."""
    month = _month(arguments.month)
    if not arguments.why.strip():
        raise SettingsError("--why: ange skälet; det står kvar i huvudboken.")
    refuse_persons(arguments)
    with Store.write(arguments.home) as store:
        state, number = _state(store, month)
        if state != "close":
            raise SettingsError(f"{arguments.month} är inte stängd. Inget att öppna.")
        changed = _changed(store, month)
        with store.transaction():
            _record(store, month, number, "reopen", arguments.why)
            store.build("marts")
    publish_step(arguments.home)
    text = f"{len(changed)} siffror ändras mot version {number}"
    return _told(arguments, "reopen", month, number, text, changed)


def _month(text: str) -> date:
    month = parse_month(text)
    if month is None:
        raise SettingsError("ange en månad: ÅÅÅÅ-MM")
    return month


def _state(store: Store, month: date) -> tuple[str | None, int]:
    """Return (last action, last version) of a month; (None, 0) when it was never closed."""
    if "savings_monthly" not in store.tables("marts"):
        raise StoreError("inget är räknat än. Kör «energibok monthly» först.")
    rows = store.rows(
        "select action, version from ledger.closings where month = ? order by decided_at desc limit 1", [month]
    )
    return (rows[0][0], rows[0][1]) if rows else (None, 0)


def _changed(store: Store, month: date) -> list[dict[str, Any]]:
    """Return the closed figures of a month that today's run would change, largest change of money or energy first."""
    query = """
        select evidence_key, measure, closed_value, new_value, difference from marts.restatements
        where month = ? order by abs(difference) desc nulls first, evidence_key, measure
    """
    return store.frame(query, [month]).to_dicts()


def _freeze(store: Store, month: date, number: int) -> int:
    """Copy the month's figures into the ledger; return how many. A forecast goes with the month it was made from."""
    for mart, at in FROZEN.items():
        store.con.execute(
            f"""
            insert into ledger.frozen
            unpivot (
                select {at} as month, {int(number)} as version, '{mart}' as mart, evidence_key,
                    columns(lambda c: c like '%_kwh%' or c like '%_sek%' or c like '%kg%')
                from marts.{mart} where {at} = '{month:%Y-%m-%d}'
            ) on columns(* exclude (month, version, mart, evidence_key)) into name measure value value
            """  # noqa: S608 - our own names and a date
        )
    counted = store.rows("select count(*) from ledger.frozen where month = ? and version = ?", [month, number])
    return int(counted[0][0])


def _record(store: Store, month: date, number: int, action: str, why: str | None) -> None:
    values: list[Any] = [month, number, action, datetime.now(UTC), why, None]
    store.con.execute("insert into ledger.closings values (?, ?, ?, ?, ?, ?)", values)


def _told(
    arguments: argparse.Namespace,
    action: str,
    month: date,
    number: int,
    text: str,
    changed: Sequence[Mapping[str, Any]] = (),
) -> int:
    """Print what was done, and the closed figures that change: all of them as JSON, the largest as text."""
    if arguments.json:
        document = {"command": action, "month": f"{month:%Y-%m}", "version": number, "message": text}
        print(json.dumps({**document, "changed": list(changed)}, ensure_ascii=False))
        return 0
    done = "stängd som" if action == "close" else "öppnad efter"
    print(f"{month:%Y-%m} är {done} version {number}: {text}.")
    for one in changed[:LISTED]:
        was, now = (swedish.number(one[name], 2) if one[name] is not None else "saknas" for name in _VALUES)
        print(clean(f"  {one['evidence_key']} {one['measure']}: {was} blir {now}"))
    if len(changed) > LISTED:
        print(f"  … och {len(changed) - LISTED} till: --json visar alla")
    return 0
