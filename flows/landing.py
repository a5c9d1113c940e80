"""What a source read goes into the ledger: new records appended, known ones counted, replaced readings ended.

Nothing is removed. A record is a duplicate when the same record, from a file that still counts, is already there with
the same or a later time of issue; told again later, it is kept once more, since the later issue may decide between it
and another value. A file's reading ends when the file is withdrawn or read again; what ended no longer counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from flows.store import Store, bare

if TYPE_CHECKING:  # Polars is slow to import
    import polars as pl

    from energy.model import Parsed

# the column that says what time a record is about: only records of the same span can be the same
_TIMES = {
    "readings": "start_utc", "weather": "start_utc", "prices": "start_utc", "events": "start_utc", "fx": "day",
    "bookings": "start_utc", "trends": "at_utc", "ledger_lines": "voucher_date", "invoices": "issue_date",
    "invoice_lines": "issue_date", "budget": "month",
}  # fmt: skip
# and the column that says whose they are: a file tells of a few, the ledger of many
_OWNERS = {"readings": "metering_point", "weather": "station", "prices": "area", "trends": "point"}
_MANY = 1000  # owners in one piece above which they are not listed


@dataclass
class Landed:
    """What became of one file, in records; rows_in = loaded + rejected + duplicates."""

    rows_in: int = 0
    loaded: int = 0
    rejected: int = 0
    duplicates: int = 0
    message: str | None = None  # the worst thing the source had to say
    notes: dict[str, Any] = field(default_factory=dict)  # encoding, clock, issued_at, sheet


def land(store: Store, pieces: Iterable[Parsed], entry: Mapping[str, Any]) -> Landed:
    """Load the pieces a source made of one file and write its entry; the caller holds the transaction."""
    from energy.model import HEADS

    done = Landed()
    forget_held(store, entry["sha256"])
    file_id = next_file_id(store)
    for number, parsed in enumerate(pieces):
        if not number:
            done.notes = {key: getattr(parsed, key) for key in ("encoding", "clock", "issued_at", "sheet")}
        issued = done.notes["issued_at"] or ""
        done.rows_in += parsed.rows_in
        done.rejected += parsed.rejects.height
        for name, data in parsed.tables.items():
            new = _insert_new(store, name, data, file_id, issued)
            if name not in HEADS:
                done.loaded, done.duplicates = done.loaded + new, done.duplicates + data.height - new
        _tell(store, parsed, file_id)
        done.message = done.message or next((f.message for f in parsed.findings if f.level != "info"), None)
    counts = {key: getattr(done, key) for key in ("rows_in", "loaded", "rejected", "duplicates")}
    enter(store, {**entry, **done.notes, **counts, "file_id": file_id, "status": "loaded"})
    return done


def forget_held(store: Store, sha256: str) -> None:
    """Remove the entry of a content that gave no rows before: nothing of it ever counted."""
    store.con.execute("delete from raw.files where sha256 = ? and status in ('quarantined', 'unknown')", [sha256])


def hold(store: Store, entry: Mapping[str, Any], status: str, message: str) -> None:
    """Write the entry of a file that gave no rows; it is tried again next time. The caller holds the transaction."""
    forget_held(store, entry["sha256"])
    nothing = dict.fromkeys(("rows_in", "loaded", "rejected", "duplicates"), 0)
    enter(store, {**entry, **nothing, "file_id": next_file_id(store), "status": status, "message": message})


def end(store: Store, file_id: int, status: str, why: str | None) -> None:
    """End a file's reading: from now on its rows do not count. The caller holds the transaction."""
    store.con.execute(
        "update raw.files set ended_at = ?, status = ?, ended_why = ? where file_id = ?",
        [datetime.now(UTC), status, why, file_id],
    )


def next_file_id(store: Store) -> int:
    """Return the number the next reading of a file gets."""
    return int(store.rows("select coalesce(max(file_id), 0) + 1 from raw.files")[0][0])


def enter(store: Store, entry: Mapping[str, Any]) -> None:
    """Write one row of the file ledger."""
    names = list(entry)
    marks = ", ".join("?" for _ in names)
    store.con.execute(f"insert into raw.files ({', '.join(names)}) values ({marks})", [entry[n] for n in names])  # noqa: S608 - our own names


def _insert_new(store: Store, name: str, data: pl.DataFrame, file_id: int, issued: str) -> int:
    """Append the records that are not there yet; return how many."""
    from energy.model import TABLES

    if data.is_empty():
        return 0
    columns = [c for c in TABLES[name] if c != "row_no"]
    unique = data
    if data.select(columns).hash_rows().n_unique() < data.height:  # cheap, and sure when all differ
        unique = data.unique(subset=columns, keep="first", maintain_order=True)
    unique = bare(unique)
    counts = (
        "(file_id = $file_id or file_id in "
        "(select file_id from raw.files where ended_at is null and "
        "coalesce(try_cast(issued_at as timestamptz), '-infinity') >= "
        "coalesce(try_cast($issued as timestamptz), '-infinity')))"
    )
    given: dict[str, Any] = {"file_id": file_id, "issued": issued}
    time = _TIMES.get(name)
    if time and unique[time].null_count() < unique.height:
        given |= {"low": unique[time].min(), "high": unique[time].max()}
        counts += f" and ({time} between $low and $high or {time} is null)"
    owner = _OWNERS.get(name)
    owners = unique[owner].unique().to_list() if owner else []
    if owner and len(owners) <= _MANY and None not in owners:
        given["owners"] = owners
        counts += f" and {owner} in (select unnest($owners))"
    old = f"select {', '.join(columns)} from raw.{name} where {counts}"  # noqa: S608 - our own names
    known = store.con.execute(f"select exists ({old})", given).fetchall()[0][0]
    same = " and ".join(f"old.{c} is not distinct from new.{c}" for c in columns)
    but = f"anti join ({old}) as old on {same}" if known else ""
    listed = ", ".join(columns)
    store.con.register("incoming", unique)
    try:
        done = store.con.execute(
            f"insert into raw.{name} (file_id, row_no, {listed}) "  # noqa: S608 - our own names
            f"select $file_id, new.row_no, {', '.join('new.' + c for c in columns)} from incoming as new {but}",
            given if known else {"file_id": file_id},
        )
        return int(done.fetchall()[0][0])
    finally:
        store.con.unregister("incoming")


def _tell(store: Store, parsed: Parsed, file_id: int) -> None:
    """Append the rejects and findings of a piece."""
    import polars as pl

    if parsed.rejects.height:
        store.append("raw.rejects", parsed.rejects.with_columns(file_id=pl.lit(file_id)))
    if parsed.findings:
        schema = {
            "file_id": pl.Int32, "rule": pl.String, "level": pl.String, "message": pl.String, "row_no": pl.Int64,
            "sheet": pl.String, "facility": pl.String, "metering_point": pl.String, "amount_sek": pl.Float64,
        }  # fmt: skip
        rows = [{"file_id": file_id, **vars(f)} for f in parsed.findings]
        store.append("raw.findings", pl.DataFrame(rows, schema=schema))
