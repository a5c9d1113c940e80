"""Inbox file -> archive -> source -> raw tables. Each file is one transaction; a bad file never stops the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from energy import sources
from energy.errors import EnergibokError, SourceError, StoreError
from energy.model import Parsed
from flows.settings import Settings
from flows.store import Store

Progress = Callable[[str], None]
LARGEST_FILE_BYTES = 2_000_000_000


@dataclass(frozen=True)
class FileResult:
    """What became of one delivered file, in records. Always rows_in = loaded + rejected + duplicates."""

    file_name: str
    sha256: str
    source: str | None
    status: str  # loaded, known, unknown (no source), quarantined (its source could not read it)
    rows_in: int = 0
    loaded: int = 0
    rejected: int = 0
    duplicates: int = 0
    message: str | None = None


def ingest(
    store: Store, settings: Settings, paths: Sequence[Path] | None = None, progress: Progress = lambda _: None
) -> list[FileResult]:
    """Load what is new in the inbox, or the given files, and return one result per file in name order.

    Raises StoreError only when the ledger or the archive itself cannot be written.
    """
    inbox = store.home / "inbox"
    files = sorted(_files(paths)) if paths else sorted(_files([inbox]))
    if paths and not files:
        raise SourceError(f"inga filer att läsa i {', '.join(map(str, paths))}. Kontrollera sökvägen.")
    results = []
    for number, path in enumerate(files, start=1):
        name = path.relative_to(inbox).as_posix() if path.is_relative_to(inbox) else path.name
        if number % 20 == 0 or number == len(files) or len(files) <= 20:
            progress(f"läser filer … {number} av {len(files)} ({name})")
        results.append(_one(store, settings, path, name))
    return results


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if path.is_dir():
            yield from (f for f in path.rglob("*") if f.is_file() and not f.name.startswith("."))
        elif path.is_file():
            yield path


def _one(store: Store, settings: Settings, path: Path, name: str) -> FileResult:
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise SourceError.from_file(name, "filen är större än 2 GB.", "Dela den och lägg in delarna.")
        data = path.read_bytes()
    except OSError as error:
        return FileResult(name, "", None, "quarantined", message=f"{name}: kan inte läsas: {error.strerror}.")
    except SourceError as error:
        return FileResult(name, "", None, "quarantined", message=str(error))
    sha256 = store.archive.put(data)
    now = datetime.now(UTC)
    known = store.rows("select file_name, status from raw.files where sha256 = ?", [sha256])
    if not store.rows("select 1 from raw.deliveries where sha256 = ? and file_name = ?", [sha256, name]):
        store.con.execute("insert into raw.deliveries values (?, ?, ?)", [sha256, name, now])
    if known and known[0][1] == "loaded":
        note = None if known[0][0] == name else f"samma innehåll som {known[0][0]}"
        return FileResult(name, sha256, None, "known", message=note)
    store.con.execute("delete from raw.files where sha256 = ?", [sha256])  # quarantined earlier: try again
    entry = {"sha256": sha256, "file_name": name, "size_bytes": len(data), "received_at": now}
    return _load(store, settings, data, name, entry)


def _load(store: Store, settings: Settings, data: bytes, name: str, entry: dict[str, Any]) -> FileResult:
    source = None
    try:
        sources.refuse_empty(data, name)  # «filen är tom», before anyone is asked whether they know it
        found = _reader(settings, data, name)
        if found is None:
            rules = ", ".join(rule.match for rule in settings.source) or "inga"
            text = (
                f"{name}: ingen källa känner igen filen. Lägg till en [[source]] eller ta bort den (regler: {rules})."
            )
            return _held(store, entry, None, "unknown", text)
        source, options = found
        parsed = source.read(data, name, options)
        entry |= {"source": source.name, "source_version": source.version, "status": "loaded"}
        entry |= {"encoding": parsed.encoding, "clock": parsed.clock, "issued_at": parsed.issued_at}
        loaded, duplicates = store.land(parsed, entry)
    except StoreError:
        raise
    except EnergibokError as error:
        return _held(store, entry, source.name if source else None, "quarantined", str(error))
    except Exception as error:
        text = f"{name}: läsaren stannade på något oväntat ({type(error).__name__}: {error}). Filen är kvar i arkivet."
        return _held(store, entry, source.name if source else None, "quarantined", text)
    return FileResult(
        name, entry["sha256"], source.name, "loaded", parsed.rows_in, loaded, parsed.rejects.height, duplicates,
        _message(parsed),
    )  # fmt: skip


def _message(parsed: Parsed) -> str | None:
    worst = [f.message for f in parsed.findings if f.level != "info"]
    return worst[0] if worst else None


def _reader(settings: Settings, data: bytes, name: str) -> tuple[sources.Source, dict[str, Any]] | None:
    """Return the source and the options for a file: a rule of energibok.toml first, else what the content says."""
    for rule in settings.source:
        if fnmatch(name, rule.match):
            return sources.by_name(rule.format), dict(rule.options)
    found = sources.detect(data[:4096], name)
    return (found, {}) if found else None


def _held(store: Store, entry: dict[str, Any], source: str | None, status: str, message: str) -> FileResult:
    """Record a file that gave no rows; it stays in the archive and is tried again next time."""
    with store.transaction():
        file_id = store.rows("select coalesce(max(file_id), 0) + 1 from raw.files")[0][0]
        store.file_entry(
            {
                **{k: entry[k] for k in ("sha256", "file_name", "size_bytes", "received_at")},
                "file_id": file_id, "source": source, "rows_in": 0, "loaded": 0, "rejected": 0, "duplicates": 0,
                "status": status, "message": message,
            }
        )  # fmt: skip
    return FileResult(entry["file_name"], entry["sha256"], source, status, message=message)
