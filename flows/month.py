"""The month's steps as plain functions, and their commands: ingest, monthly, publish. Prefect only orders them."""

from __future__ import annotations

import argparse
import atexit
import json
import os
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path

from energy.errors import SettingsError, SourceError, StoreError
from energy.swedish import sv
from flows.answers import SILENT, Rows, emit, parse_month, say
from flows.arguments import refuse_persons
from flows.intake.ingest import FileResult, ingest
from flows.lock import run_lock
from flows.runs import run, unchanged_since
from flows.settings.load import load_settings
from flows.store import Store

# --- the three steps ---------------------------------------------------------------------------------------------


def ingest_step(home: Path, paths: list[Path] | None = None) -> list[FileResult]:
    """Load what is new; return one result per file."""
    settings = load_settings(home)
    with Store.write(home, "ingest") as store, run(store, "ingest", settings):
        return ingest(store, settings, paths, say)


def analyse_step(home: Path, until: date | None = None) -> str:
    """Price, model and find on what is loaded, up to and including month `until`; return the run id.

    Where neither files, settings, price lists nor program have changed since the last run, its figures stand.
    """
    settings = load_settings(home)
    with Store.write(home, "analyse") as store:
        before = unchanged_since(store, "analyse", settings, until)
        if before and "headline" in store.tables("marts"):
            say(f"inget nytt sedan körning {before}: dess siffror står kvar.")
            return before
        from flows.analyse import analyse

        with run(store, "analyse", settings, until) as run_id:
            analyse(store, settings, run_id, until, say)
            return run_id


def publish_step(home: Path, again: bool = True) -> dict[str, Path]:
    """Put the ledger where readers look and write site, workbook and letter; return what -> where.

    Without `again`, what was published after the last analysis stands.
    """
    from flows.publish import places, publish

    settings = load_settings(home)
    with Store.write(home, "publish") as store:
        if "headline" not in store.tables("marts"):
            raise StoreError("inget är räknat än. Kör «energibok monthly» först.")
        found = {} if again or _newer_than_published(store) else places(home)
        if found:
            return found
        with run(store, "publish", settings):
            store.publish()
            with Store.read(home) as published:
                return publish(published, settings, say)


def _newer_than_published(store: Store) -> bool:
    """Return whether a step has changed the marts since the last whole publication."""
    last = store.rows("select max(started_at) from ledger.runs where step = 'publish' and status = 'done'")[0][0]
    changed = "select count(*) from ledger.runs where step = 'analyse' and ended_at > ?"
    decided = "select count(*) from ledger.closings where decided_at > ?"
    return last is None or any(store.rows(query, [last])[0][0] for query in (changed, decided))


# --- commands ----------------------------------------------------------------------------------------------------


def run_ingest(arguments: argparse.Namespace) -> int:
    """Load what is new and print what became of each file; status 1 when a file was quarantined."""
    home, paths = arguments.home, arguments.paths
    chosen = [name for name in ("withdraw", "restore", "retry") if getattr(arguments, name)]
    if len(chosen) > 1 or (chosen and paths):
        raise SettingsError("välj ett i taget: filer att läsa in, --withdraw, --restore eller --retry.")
    if arguments.withdraw and not (arguments.why or "").strip():
        raise SettingsError("--withdraw behöver --why: skälet står kvar i huvudboken.")
    refuse_persons(arguments)
    with run_lock(home, "ingest", arguments.wait, say):
        results = _second_thoughts(home, arguments) if chosen else ingest_step(home, paths)
        refused, stale = _afterwards(home, results)
    if not results and not chosen:
        raise SourceError(f"{home / 'inbox'} är tom: lägg filer där och kör om.")
    shown = [asdict(r) for r in results if arguments.json or r.status != "known"]
    columns = ["file_name", "source", "status", "rows_in", "loaded", "rejected", "duplicates", "message"]
    emit(arguments, {"files": shown} | ({"rejects": refused} if arguments.json else {}), {"files": columns})
    if not arguments.json:
        from flows.intake.rejected import lines

        print("\n".join([*lines(refused), _sums(results)]))
        if chosen:
            print("Siffrorna räknas om vid nästa «energibok monthly».")
    if stale and not chosen:
        say(f"{stale} filer är lästa med andra inställningar än dagens: «energibok ingest --retry» läser om dem.")
    return int(any(r.status == "quarantined" for r in results))


def _second_thoughts(home: Path, arguments: argparse.Namespace) -> list[FileResult]:
    """Take files back, take that back, or read again; return what became of each file."""
    from flows.intake import reread

    settings = load_settings(home)
    with Store.write(home, "ingest") as store, run(store, "ingest", settings):
        if arguments.withdraw:
            return reread.withdraw(store, settings, arguments.withdraw, arguments.why, say)
        if arguments.restore:
            return reread.restore(store, settings, arguments.restore, say)
        return reread.retry(store, settings, say)


def _afterwards(home: Path, results: list[FileResult]) -> tuple[Rows, int]:
    """Return why rows of the files just read were rejected, and how many files today's settings would read anew."""
    from flows.intake.rejected import reasons
    from flows.intake.reread import outdated

    with Store.write(home, "ingest") as store:
        return reasons(store, results), len(outdated(store, load_settings(home)))


def _sums(results: list[FileResult]) -> str:
    rows = [sum(getattr(r, field) for r in results) for field in ("rows_in", "loaded", "rejected", "duplicates")]
    known = sum(r.status == "known" for r in results)
    held = sum(r.status in ("quarantined", "unknown", "skipped") for r in results)
    back = sum(r.status == "withdrawn" for r in results)
    taken = f", {back} återtagna" if back else ""
    text = "{} rader in = {} inlästa + {} avvisade + {} dubbletter".format(*map(sv, rows))
    return f"{len(results)} filer ({known} redan inlästa, {held} utan läsbara rader{taken}). {text}."


def run_monthly(arguments: argparse.Namespace) -> int:
    """Run the flow of the month and print the headline figures; status 1 with findings of level error."""
    until = parse_month(arguments.month)
    home: Path = arguments.home.resolve()
    load_settings(home)  # wrong settings are told before anything starts
    with run_lock(home, "monthly", arguments.wait, say):
        places = _flow(home, until)
    from flows.summary import best_measure, closing_words, contradicted

    with Store.read(home) as store:
        head = store.table("marts.headline")
        best = best_measure(store.table("marts.measures"), store.table("marts.measures_combined"))
        against = contradicted(store.table("marts.storage"), store.table("marts.storage_limits"))
        errors = store.rows("select count(*) from marts.findings where level = 'error'")[0][0]
        about_data = "select count(*) from marts.findings where not starts_with(rule, ?)"
        findings = store.rows(about_data, [SILENT])[0][0]  # as `quality` counts them
    if arguments.json:
        where = {name: str(path) for name, path in places.items()}
        rows: dict[str, object] = {
            "headline": head.to_dicts(),
            "best_measure": best.to_dicts(),
            "contradicted_stores": against.to_dicts(),
        }
        rows |= {"places": where, "findings": findings}
        print(json.dumps({"command": arguments.command, **rows, "errors": errors}, default=str, ensure_ascii=False))
    else:
        print(closing_words(head, best, places, findings, errors, load_settings(home), against))
    return int(errors > 0)


def _flow(home: Path, until: date | None) -> dict[str, Path]:
    """Run the Prefect flow; where Prefect cannot start its own server, the same steps run without being recorded."""
    _quiet_prefect(home)
    atexit.register(_hush)
    say("startar flödet …")
    from flows.monthly import monthly

    try:
        return monthly(str(home), until)
    except RuntimeError as error:
        if "ephemeral" not in str(error):
            raise
        say(f"Prefect kunde inte starta ({error}); samma steg körs utan att antecknas där.")
        ingest_step(home)
        analyse_step(home, until)
        return publish_step(home, again=False)


def _hush() -> None:
    """Close standard error at the very end, where DuckDB's binding lists what Prefect's kept errors still hold."""
    sys.stderr.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _quiet_prefect(home: Path) -> None:
    """Keep Prefect in the home, silent and at home: no telemetry, no questions to the internet."""
    try:
        (home / "store" / "prefect").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{home / 'store'}: går inte att skriva i: {error.strerror}. Ge rättighet och kör om."
        ) from error
    for name, value in {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_HOME": str(home / "store" / "prefect"),
        "PREFECT_LOGGING_LEVEL": "CRITICAL",  # what went wrong is told once, in Swedish, by the command line
        "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    }.items():
        os.environ.setdefault(name, value)


def run_publish(arguments: argparse.Namespace) -> int:
    """Write site, workbook and letter again from what is already computed."""
    with run_lock(arguments.home, "publish", arguments.wait, say):
        places = publish_step(arguments.home)
    if arguments.json:
        print(json.dumps({"command": "publish", "places": {k: str(v) for k, v in places.items()}}, ensure_ascii=False))
    else:
        print("\n".join(f"{name}: {path}" for name, path in places.items()))
    return 0
