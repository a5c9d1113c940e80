"""Second thoughts about files: take one back, take that back, read again what is read otherwise today.

A file's reading is ended and, where it is to count, made anew from the archive; both in one transaction. A record that
was left out as a duplicate of one that ends must come forward again, so files with duplicates are always made anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from energy.errors import EnergibokError, SourceError, StoreError
from flows.intake import landing
from flows.intake.ingest import WHOLE, FileResult, Progress, Reader, no_source, pieces_of, reader_of, recognised
from flows.settings.load import Settings
from flows.store import Store

_COLUMNS = (
    "file_id, sha256, file_name, source, status, size_bytes, read_as, archived_sha256, duplicates, message, ended_why"
)


def withdraw(
    store: Store, settings: Settings, names: Sequence[str], why: str | None, say: Progress
) -> list[FileResult]:
    """Take files back by name or hash: their rows no longer count, their traces stay. Raises SourceError if unknown."""
    chosen = [_chosen(store, name, "loaded", "quarantined", "unknown") for name in names]
    with store.transaction():
        for row in chosen:
            landing.end(store, row["file_id"], "withdrawn", why)
        # what such a file had crowded out as a duplicate of it comes forward again
        _again(store, settings, _rows(store, "status = 'loaded' and duplicates > 0"), say)
    return [FileResult(r["file_name"], r["sha256"], r["source"], "withdrawn", message=why) for r in chosen]


def restore(store: Store, settings: Settings, names: Sequence[str], say: Progress) -> list[FileResult]:
    """Undo `withdraw`: read the file again from the archive. Raises SourceError where nothing is taken back."""
    chosen = [_chosen(store, name, "withdrawn") for name in names]
    kept = [r for r in chosen if store.archive.path(_kept(r)).is_file()]
    with store.transaction():
        for row in (r for r in chosen if r not in kept):  # it was never read: let it be tried again from the inbox
            store.con.execute("delete from raw.files where file_id = ?", [row["file_id"]])
        results = _again(store, settings, kept, say)
    _forget_private(store)
    return results


def outdated(store: Store, settings: Settings) -> list[dict[str, Any]]:
    """Return the loaded files that the settings or the program of today would read in another way, or no longer."""
    found = []
    for row in _rows(store, "status = 'loaded'"):
        reader = _reader(store, settings, row)
        if reader is None or reader.read_as != row["read_as"]:
            found.append(row)
    return found


def retry(store: Store, settings: Settings, say: Progress) -> list[FileResult]:
    """Read again, from the archive, what could not be read or would be read otherwise today.

    A file that today's settings cannot read keeps its former reading, and the result says why.
    """
    held = [r for r in _rows(store, "status = 'quarantined'") if store.archive.path(_kept(r)).is_file()]
    changed = outdated(store, settings)
    again = {r["file_id"] for r in (*held, *changed)}
    crowded = [r for r in _rows(store, "status = 'loaded' and duplicates > 0") if r["file_id"] not in again]
    with store.transaction():
        results = _again(store, settings, [*held, *changed], say)
        if changed:
            _again(store, settings, crowded, say)
    _forget_private(store)
    return results


def _again(store: Store, settings: Settings, rows: Sequence[dict[str, Any]], say: Progress) -> list[FileResult]:
    """End the readings of these files and make them anew; the caller holds the transaction."""
    results = []
    for row in rows:
        if row["status"] == "loaded":
            landing.end(store, row["file_id"], "replaced", "läst på nytt")
    for number, row in enumerate(rows, start=1):
        if number % 20 == 0 or number == len(rows):
            say(f"läser om ur arkivet … {number} av {len(rows)} ({row['file_name']})")
        results.append(_one(store, settings, row))
    return results


def _one(store: Store, settings: Settings, row: dict[str, Any]) -> FileResult:
    name, sha256 = row["file_name"], row["sha256"]
    entry = {key: row[key] for key in ("sha256", "file_name", "size_bytes", "archived_sha256")}
    entry["received_at"] = datetime.now(UTC)
    try:
        reader = _reader(store, settings, row)
        if reader is None:
            raise SourceError(no_source(settings, name))
        # one whole reading before anything is written: a file that cannot be read keeps the reading it had
        pieces = list(pieces_of(reader, store.archive.get(_kept(row)), name))
    except StoreError:
        raise
    except EnergibokError as error:
        return _kept_as_it_was(store, row, str(error))
    except Exception as error:
        return _kept_as_it_was(store, row, f"{name}: läsaren stannade ({type(error).__name__}: {str(error)[:300]}).")
    if pieces and pieces[0].kept is not None:
        entry["archived_sha256"] = store.archive.put(pieces[0].kept)
    told = {"source": reader.source.name, "source_version": reader.source.version, "read_as": reader.read_as}
    landed = landing.land(store, pieces, {**entry, **told})
    return FileResult(
        name, sha256, reader.source.name, "loaded", landed.rows_in, landed.loaded, landed.rejected, landed.duplicates,
        landed.message,
    )  # fmt: skip


def _kept_as_it_was(store: Store, row: dict[str, Any], message: str) -> FileResult:
    """Let a file's former reading stand, or a held file stay held, and tell why it could not be read again."""
    if row["status"] == "loaded":
        store.con.execute(
            "update raw.files set ended_at = null, status = 'loaded', ended_why = null where file_id = ?",
            [row["file_id"]],
        )
        message = f"{message} Den tidigare inläsningen gäller fortfarande."
    elif row["status"] == "quarantined":
        store.con.execute("update raw.files set message = ? where file_id = ?", [message, row["file_id"]])
    return FileResult(row["file_name"], row["sha256"], row["source"], "quarantined", message=message)


def _reader(store: Store, settings: Settings, row: dict[str, Any]) -> Reader | None:
    """Return how today's settings read a file; raise StoreError where the archive has lost it."""
    path = store.archive.path(_kept(row))
    if not path.is_file():
        told = f"{row['file_name']} ({row['sha256'][:12]}…)"
        raise StoreError(f"arkivet saknar originalet till {told}. Återställ från säkerhetskopia.")
    with path.open("rb") as file:
        found = reader_of(store.home, settings, file.read(4096), row["file_name"])
    return found or recognised(path.read_bytes() if row["size_bytes"] <= WHOLE else None)


def _kept(row: dict[str, Any]) -> str:
    """Return the hash under which the archive has the file."""
    return str(row["archived_sha256"] or row["sha256"])


def _forget_private(store: Store) -> None:
    """Remove originals the archive got before their source was known to be private: only what it lets through stays."""
    query = "select sha256 from raw.files where archived_sha256 is not null and archived_sha256 <> sha256"
    for (sha256,) in store.rows(query):
        store.archive.forget(sha256)


def _chosen(store: Store, told: str, *statuses: str) -> dict[str, Any]:
    """Return the one reading that a name, the end of a path or the beginning of a hash means."""
    name = told.replace("\\", "/").removeprefix("./")
    # the last reading of each content, and only contents that are in that state now
    listed = ", ".join(f"'{s}'" for s in statuses)
    rows = list({r["sha256"]: r for r in _rows(store, f"status in ({listed})")}.values())
    if statuses == ("withdrawn",):
        live = {r["sha256"] for r in _rows(store, "status = 'loaded'")}
        rows = [r for r in rows if r["sha256"] not in live]
    found = [r for r in rows if r["file_name"] == name]
    found = found or [r for r in rows if name.endswith(f"/inbox/{r['file_name']}") or name == f"inbox/{r['file_name']}"]
    found = found or [r for r in rows if len(name) >= 8 and r["sha256"].startswith(name.rstrip("…"))]
    found = found or [r for r in rows if r["file_name"].rsplit("/", 1)[-1] == name.rsplit("/", 1)[-1]]
    if not found:  # another name the same content has come under
        copies = {sha for (sha,) in store.rows("select sha256 from raw.deliveries where file_name = ?", [name])}
        found = [r for r in rows if r["sha256"] in copies]
    what = "återtagen" if statuses == ("withdrawn",) else "inläst"
    if not found and what == "inläst":
        taken = [r for r in _rows(store, "status = 'withdrawn'") if r["file_name"].rsplit("/", 1)[-1] in name]
        if taken:
            raise SourceError(f"{told}: filen är redan återtagen ({taken[-1]['ended_why'] or 'utan skäl'}).")
    if not found:
        raise SourceError(f"{told}: ingen {what} fil heter så. Namnen står i «energibok quality» och «history».")
    if len(found) > 1:
        some = "; ".join(f"{r['file_name']} (sha256 {r['sha256'][:12]})" for r in found[:10])
        raise SourceError(f"{told}: {len(found)} {what}a filer passar. Ange början på rätt sha256: {some}.")
    return found[0]


def _rows(store: Store, where: str) -> list[dict[str, Any]]:
    names = [c.strip() for c in _COLUMNS.split(",")]
    found = store.rows(f"select {_COLUMNS} from raw.files where {where} order by received_at, file_id")  # noqa: S608 - our own words
    return [dict(zip(names, row, strict=True)) for row in found]
