"""What was known on an earlier day beside what is known now, and what has changed since. Reads the published copy only.

The ledger of that day is laid out beside the published one, from the files that counted then, and the very same SQL
runs on it: what is known as of now is what the core tables hold. Today's settings hold on both sides.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dashboards import text
from energy.calendar import CIVIL_TIME
from energy.errors import SettingsError
from flows.answers import Rows, chosen, emit, must_exist
from flows.store import SQL, Store

EARLIER = "earlier"
# what of the ledger is laid out as it was: raw tables filtered by file, then these, each by its own SQL
_BUILT = (
    ("view", "staging.files"),
    ("view", "staging.readings"),
    ("table", "core.readings"),
    ("table", "core.installations"),
    ("table", "core.register_steps"),
    ("table", "core.intervals"),
)
_LATEST = 200  # changed values a reader is shown; --json gives all
_WORDS = {
    "metering_point": "Mätpunkt", "quantity": "Storhet", "month": "Månad", "value_then": "Då", "value_now": "Nu",
    "difference": "Skillnad", "hours_then": "Timmar då", "hours_now": "Timmar nu", "values_changed": "Ändrade värden",
    "files": "Filer som ändrat", "start_utc": "Börjar (UTC)", "value": "Värde", "status": "Status",
    "recorded_at": "Inläst", "issued_at": "Utfärdad", "file_name": "Fil", "is_current": "Gäller",
    "received_at": "Mottagen", "ended_at": "Upphörde", "ended_why": "Skäl",
}  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Print what was known on --as-of, or without it what has changed; return 0."""
    with Store.read(arguments.home) as store:
        point = _point(store, arguments.metering_point)
        if arguments.as_of:
            _as_of(store, arguments, end_of_day(arguments.as_of), point)
        else:
            _changes(store, arguments, point)
    return 0


def end_of_day(day: str) -> datetime:
    """Return the last instant of a day written YYYY-MM-DD, civil time. Raises SettingsError on anything else."""
    try:
        next_day = date.fromisoformat(day) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise SettingsError(f"«{day}» är ingen dag. Skriv ÅÅÅÅ-MM-DD, till exempel 2024-02-29.") from None
    return datetime.combine(next_day, time(), ZoneInfo(CIVIL_TIME)) - timedelta(microseconds=1)


def lay_out(store: Store, moment: datetime, point: str = "") -> None:
    """Lay out the readings and intervals as they were known at `moment`, as schemas of the catalogue `earlier`.

    `point` is a metering point to look at alone; "" for all. The published copy itself is not touched.
    """
    published = _quoted(str(store.rows("select current_database()")[0][0]))
    store.con.execute(f"detach database if exists {EARLIER}")
    store.con.execute(f"attach ':memory:' as {EARLIER} (read_write)")
    for schema in ("raw", "staging", "core", "settings"):
        store.con.execute(f"create schema {EARLIER}.{schema}")
    files = (SQL / "asof" / "files.sql").read_text(encoding="utf-8")
    store.con.execute(f"create table {EARLIER}.raw.files as {files}", {"moment": moment})
    store.con.execute(
        f"create table {EARLIER}.raw.readings as select * from {published}.raw.readings "  # noqa: S608 - our own names
        f"semi join {EARLIER}.raw.files using (file_id) where $point in ('', metering_point)",
        {"point": point},
    )
    store.con.execute(
        f"create view {EARLIER}.settings.installations as select * from {published}.settings.installations"  # noqa: S608
    )
    store.con.execute(f"use {EARLIER}")
    try:
        for kind, name in _BUILT:
            query = (SQL / f"{name.replace('.', '/')}.sql").read_text(encoding="utf-8")
            store.con.execute(f"create {kind} {name} as\n{query}")
    finally:
        store.con.execute(f"use {published}")


def months(store: Store, moment: datetime, point: str = "") -> Rows:
    """Return a row per metering point, quantity and month: then, now, difference, hours, files that made it."""
    lay_out(store, moment, point)
    query = (SQL / "asof" / "months.sql").read_text(encoding="utf-8")
    return _records(store, query, {"moment": moment, "metering_point": point})


def _as_of(store: Store, arguments: argparse.Namespace, moment: datetime, point: str) -> None:
    """Print the months as known then beside now; without a choice of months or point only those that differ."""
    rows = chosen(months(store, moment, point), arguments, "month")
    if arguments.json:
        emit(arguments, {"history": rows}, {})
        return
    differing = [row for row in rows if row["values_changed"]]
    is_chosen = bool(point or arguments.first or arguments.last)
    shown = "metering_point quantity month value_then value_now difference hours_then hours_now values_changed files"
    emit(arguments, {"history": _worded(rows if is_chosen else differing, shown)}, {"history": _heads(shown)})
    words = f"{len(differing)} av {len(rows)} månader har ändrats sedan {arguments.as_of}"
    print(f"{words}{'.' if is_chosen else '; ovan står de. Alla: --json, eller välj --metering-point eller --from.'}")


def _changes(store: Store, arguments: argparse.Namespace, point: str) -> None:
    """Print the values that have several versions, latest change first, and the files taken back or read again."""
    versions = chosen(_records(store, _VERSIONS, {"metering_point": point}), arguments, "month")
    files = _records(store, _ENDED, {})
    if arguments.json:
        emit(arguments, {"versions": versions, "files": files}, {})
        return
    value = "metering_point quantity start_utc value status recorded_at issued_at file_name ended_at is_current"
    file = "file_name status received_at ended_at ended_why"
    tables = {"versions": _worded(versions[:_LATEST], value), "files": _worded(files, file)}
    emit(arguments, tables, {"versions": _heads(value), "files": _heads(file)})
    more = f" De {_LATEST} senaste står ovan; alla: --json." if len(versions) > _LATEST else ""
    print(f"{len(versions)} versioner av ändrade värden, {len(files)} återtagna eller omlästa filer.{more}")


_VERSIONS = """
    select
        points.facility,
        versions.*,
        date_trunc('month', versions.start_utc + interval 1 hour)::date as month
    from core.versions as versions
    left join settings.metering_points as points using (metering_point)
    where $metering_point in ('', versions.metering_point)
    order by
        max(greatest(recorded_at, coalesce(ended_at, recorded_at))) over (
            partition by versions.metering_point, quantity, kind, start_utc, end_utc
        ) desc,
        versions.metering_point, quantity, kind, start_utc, end_utc, recorded_at, file_id, row_no
"""
_ENDED = """
    select file_name, sha256, status, received_at, ended_at, ended_why, loaded
    from raw.files
    where ended_at is not null
    order by ended_at desc, file_name
"""


def _point(store: Store, wanted: str | None) -> str:
    """Return the metering point asked for, "" for all. Raises SettingsError where there is none of that name."""
    known = {str(name) for (name,) in store.rows("select metering_point from settings.metering_points")}
    if wanted:
        must_exist("--metering-point", wanted, known)
    return wanted or ""


def _records(store: Store, query: str, given: Mapping[str, Any]) -> Rows:
    """Return the rows of a query; Polars is slow to import and not needed to print."""
    result = store.con.execute(query, dict(given))
    columns = [column for column, *_ in result.description or []]
    return [dict(zip(columns, values, strict=True)) for values in result.fetchall()]


def _heads(columns: str) -> list[str]:
    return [_WORDS[name] for name in columns.split()]


def _worded(rows: Sequence[Mapping[str, Any]], columns: str) -> Rows:
    """Return the columns under Swedish headings, code words in Swedish, recorded times in civil time."""
    return [{_WORDS[name]: _shown(name, row[name]) for name in columns.split()} for row in rows]


def _shown(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name == "quantity":
        return text.code("quantity_name", value)
    if name == "status":
        return text.code("status", value)
    if name == "month":
        return f"{value:%Y-%m}"
    return value.astimezone(ZoneInfo(CIVIL_TIME)) if isinstance(value, datetime) and value.tzinfo else value


def _quoted(name: str) -> str:
    """Return a name of the database as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'
