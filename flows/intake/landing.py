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
    file: _File | None = None
    first: dict[str, Any] | None = None  # the first rejected record
    for parsed in pieces:
        if file is None:
            done.notes = {key: getattr(parsed, key) for key in ("encoding", "clock", "issued_at", "sheet")}
            file = _File(store, file_id, parsed.issued_at)
        done.rows_in += parsed.rows_in
        done.rejected += parsed.rejects.height
        for name, data in parsed.tables.items():
            new = file.insert_new(name, data)
            if name not in HEADS:
                done.loaded, done.duplicates = done.loaded + new, done.duplicates + data.height - new
        _tell(store, parsed, file_id)
        done.message = done.message or next((f.message for f in parsed.findings if f.level != "info"), None)
        if first is None and parsed.rejects.height:
            first = parsed.rejects.row(0, named=True)
    if done.message is None and first is not None:
        more = f" (och {done.rejected - 1} till)" if done.rejected > 1 else ""
        done.message = f"rad {first['row_no']}: {first['message']}{more}"
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


class _File:
    """One file on its way into the ledger: what the ledger already has of it, and what its own earlier pieces had."""

    def __init__(self, store: Store, file_id: int, issued: str | None) -> None:
        self.store = store
        self.file_id = file_id
        store.con.execute(
            "create or replace temp table earlier as select file_id from raw.files where ended_at is null and "
            "coalesce(try_cast(issued_at as timestamptz), '-infinity') >= "
            "coalesce(try_cast(? as timestamptz), '-infinity')",
            [issued],
        )
        self.others = bool(store.rows("select exists (select 1 from temp.earlier)")[0][0])
        self.spans: dict[str, dict[Any, tuple[Any, Any]]] = {}  # table -> owner -> first and last time

    def insert_new(self, name: str, data: pl.DataFrame) -> int:
        """Append the records that are not there yet; return how many."""
        from energy.model import TABLES

        if data.is_empty():
            return 0
        columns = [c for c in TABLES[name] if c != "row_no"]
        unique = data
        if data.select(columns).hash_rows().n_unique() < data.height:  # cheap, and sure when all differ
            unique = data.unique(subset=columns, keep="first", maintain_order=True)
        unique = bare(unique)
        old, given = self._comparable(name, unique, columns)
        given["file_id"] = self.file_id
        same = " and ".join(f"old.{c} is not distinct from new.{c}" for c in columns)
        but = f"anti join ({old}) as old on {same}" if old else ""
        self.store.con.register("incoming", unique)
        try:
            done = self.store.con.execute(
                f"insert into raw.{name} (file_id, row_no, {', '.join(columns)}) "  # noqa: S608 - our own names
                f"select $file_id, new.row_no, {', '.join('new.' + c for c in columns)} from incoming as new {but}",
                given,
            )
            return int(done.fetchall()[0][0])
        finally:
            self.store.con.unregister("incoming")

    def _comparable(self, name: str, data: pl.DataFrame, columns: list[str]) -> tuple[str | None, dict[str, Any]]:
        """Return the query for the old records that could be the same as some of `data`, None where there are none."""
        again = self._seen(name, data)
        files = ["file_id = $own"] if again else []
        given: dict[str, Any] = {"own": self.file_id} if again else {}
        if self.others:
            files.append("file_id in (select file_id from temp.earlier)")
        if not files:
            return None, {}
        where = [f"({' or '.join(files)})"]
        time, owner = _TIMES.get(name), _OWNERS.get(name)
        if time and data[time].null_count() < data.height:
            given |= {"low": data[time].min(), "high": data[time].max()}
            where.append(f"({time} between $low and $high or {time} is null)")
        owners = data[owner].unique().to_list() if owner else []
        if owner and len(owners) <= _MANY and None not in owners:
            given["owners"] = owners
            where.append(f"{owner} in (select unnest($owners))")
        old = f"select {', '.join(columns)} from raw.{name} where {' and '.join(where)}"  # noqa: S608 - our own names
        known = self.store.con.execute(f"select exists ({old})", given).fetchall()[0][0]
        return (old, given) if known else (None, {})

    def _seen(self, name: str, data: pl.DataFrame) -> bool:
        """Return whether earlier pieces of the file told of the same owners and times, and remember these."""
        import polars as pl

        time, owner = _TIMES.get(name), _OWNERS.get(name)
        before = self.spans.setdefault(name, {})
        if time is None or data[time].null_count():
            again = "all" in before
            before["all"] = (None, None)
            return again
        key = pl.lit("") if owner is None else pl.col(owner)
        spans = data.group_by(key.alias("owner")).agg(pl.col(time).min().alias("low"), pl.col(time).max().alias("high"))
        again = "all" in before
        for whose, low, high in spans.iter_rows():  # one row an owner
            first, last = before.get(whose, (low, high))
            again = again or (whose in before and low <= last and high >= first)
            before[whose] = (min(first, low), max(last, high))
        return again


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
