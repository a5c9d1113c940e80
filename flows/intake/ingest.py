"""Inbox file -> archive -> source -> raw tables. Each file is one transaction; a bad file never stops the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatch
from json import dumps
from pathlib import Path
from typing import Any

from polars.exceptions import PanicException

from energy import sources
from energy.errors import EnergibokError, SourceError, StoreError
from energy.model import Parsed
from flows.archive import file_hash
from flows.intake import landing
from flows.intake.inbox import Found, Known, Opened, Unread, deliveries, files_in, open_file
from flows.settings.load import Settings
from flows.store import Store

Progress = Callable[[str], None]
WHOLE = 32_000_000  # bytes: a larger file is read in blocks where its source can
LARGEST_WHOLE = 500_000_000  # bytes: what a source that needs the whole file at once is given


@dataclass(frozen=True)
class FileResult:
    """What became of one delivered file, in records. Always rows_in = loaded + rejected + duplicates."""

    file_name: str
    sha256: str
    source: str | None
    # loaded, known, withdrawn, unknown (no source), quarantined (its source could not read it), skipped (not looked at)
    status: str
    rows_in: int = 0
    loaded: int = 0
    rejected: int = 0
    duplicates: int = 0
    message: str | None = None


@dataclass(frozen=True)
class Reader:
    """A source and the options it is to read a file with."""

    source: sources.Source
    options: dict[str, Any]

    @property
    def read_as(self) -> str:
        """Return what tells one way of reading from another: format, version and options."""
        told = file_hash(dumps(self.options, sort_keys=True, default=str).encode())[:16]
        return f"{self.source.name}/{self.source.version}/{told}"


def ingest(
    store: Store, settings: Settings, paths: Sequence[Path] | None = None, progress: Progress = lambda _: None
) -> list[FileResult]:
    """Load what is new in the inbox, or the given files, and return one result per file in name order.

    Raises StoreError only when the ledger or the archive itself cannot be written.
    """
    inbox = store.home / "inbox"
    found = sorted(files_in(paths or [inbox]), key=lambda f: str(f.path))
    if paths and not found:
        raise SourceError(f"inga filer att läsa i {', '.join(map(str, paths))}. Kontrollera sökvägen.")
    known = deliveries(store)
    results = []
    for number, file in enumerate(found, start=1):
        name = file.name(inbox)
        if number % 20 == 0 or number == len(found) or len(found) <= 20:
            progress(f"läser filer … {number} av {len(found)} ({name})")
        results.append(_one(store, settings, file, name, known))
    return results


def _one(store: Store, settings: Settings, file: Found, name: str, known: Known) -> FileResult:
    if file.refused:
        return FileResult(name, "", None, "skipped", message=f"{name}: {file.refused}")
    seen = known.untouched(file, name)
    if seen:
        return FileResult(name, seen.sha256, None, seen.status, message=seen.note(name))
    try:
        with open_file(file.path) as opened:
            data = opened.read() if opened.size <= WHOLE else None
            sha256 = file_hash(data) if data is not None else _kept_hash(store, settings, opened, name)
            opened.check_still()
            before = known.content(sha256)
            with store.transaction():
                known.note_delivery(store, sha256, name, opened.size, opened.modified_ns)
            if before:
                return FileResult(name, sha256, None, before.status, message=before.note(name))
            entry = {"sha256": sha256, "file_name": name, "size_bytes": opened.size, "received_at": datetime.now(UTC)}
            result = _load(store, settings, opened, data, entry)
            known.learn(result.status, sha256, name)
            return result
    except Unread as error:
        return FileResult(name, "", None, error.status, message=f"{name}: {error}")


def _load(store: Store, settings: Settings, opened: Opened, data: bytes | None, entry: dict[str, Any]) -> FileResult:
    """Read one file and land it in one transaction; a file that cannot be read is held, with the reason."""
    name = entry["file_name"]
    reader = None
    try:
        head = data[:4096] if data is not None else opened.head()
        if data is not None:
            sources.refuse_empty(data, name)  # «filen är tom», before anyone is asked whether they know it
        reader = reader_of(store.home, settings, head, name) or recognised(data)
        if reader is None:
            return _held(store, entry, None, "unknown", no_source(settings, name))
        if data is None and not reader.source.read_blocks:
            if opened.size > LARGEST_WHOLE:
                raise SourceError.from_file(name, f"filen är större än {LARGEST_WHOLE // 10**6} MB.", "Dela den.")
            data = opened.read()
            opened.check_still()
        if data is None:  # in blocks from the archive's copy, whose hash is known, and not from the inbox
            with store.archive.path(entry["sha256"]).open("rb") as kept:
                landed = _land(store, reader, pieces_of(reader, kept, name), entry, None)
        else:
            landed = _land(store, reader, pieces_of(reader, data, name), entry, data)
    except (StoreError, Unread):
        raise
    except EnergibokError as error:
        return _refused(store, entry, reader, data, str(error))
    except (Exception, PanicException) as error:
        text = f"{name}: läsaren stannade på något oväntat ({type(error).__name__}: {str(error)[:300]})."
        return _refused(store, entry, reader, data, text)
    return FileResult(
        name, entry["sha256"], reader.source.name, "loaded", landed.rows_in, landed.loaded, landed.rejected,
        landed.duplicates, landed.message,
    )  # fmt: skip


def _kept_hash(store: Store, settings: Settings, opened: Opened, name: str) -> str:
    """Return the hash of a large file, and keep it on the way where its source reads it in blocks."""
    try:
        reader = reader_of(store.home, settings, opened.head(), name)
    except SourceError:  # told when the file is to be read
        reader = None
    if reader and reader.source.read_blocks and not reader.source.private:
        return store.archive.take(opened.rewound())
    return opened.sha256()


def pieces_of(reader: Reader, content: Any, name: str) -> Iterator[Parsed]:
    """Yield what the source makes of a file: as a whole from bytes, in blocks from a stream."""
    if isinstance(content, bytes):
        yield reader.source.read(content, name, reader.options)
    elif reader.source.read_blocks:
        yield from ahead(reader.source.read_blocks(content, name, reader.options))


def ahead(pieces: Iterator[Parsed]) -> Iterator[Parsed]:
    """Yield the pieces, the next one being read in another thread meanwhile: reading and landing share the time."""
    with ThreadPoolExecutor(1) as reading:
        coming = reading.submit(next, pieces, None)
        while (piece := coming.result()) is not None:
            coming = reading.submit(next, pieces, None)
            yield piece


def _land(
    store: Store, reader: Reader, pieces: Iterable[Parsed], entry: dict[str, Any], data: bytes | None
) -> landing.Landed:
    """Keep the original and land the pieces; of a private file the archive keeps only what the source lets through."""
    entry = {**entry, "source": reader.source.name, "source_version": reader.source.version, "read_as": reader.read_as}
    if data is None:
        with store.transaction():
            return landing.land(store, pieces, entry)
    read = list(pieces)
    kept = read[0].kept if read else None
    if kept is not None:
        entry["archived_sha256"] = store.archive.put(kept)
        if entry["archived_sha256"] != entry["sha256"]:  # kept when another rule misread it
            store.archive.forget(entry["sha256"])
    elif not reader.source.private:
        store.archive.put(data)
    with store.transaction():
        return landing.land(store, read, entry)


def reader_of(home: Path, settings: Settings, head: bytes, name: str) -> Reader | None:
    """Return how a file is to be read: by a rule of energibok.toml first, else by what the content says.

    Raises SourceError where a file that the rule names cannot be read.
    """
    for rule in settings.source:
        if fnmatch(name, rule.match):
            source = sources.by_name(rule.format)
            places = {key: rule.options[key] for key in source.file_options if key in rule.options}
            return Reader(source, {**rule.options, **{k: _named_file(home, p, name) for k, p in places.items()}})
    found = sources.detect(head, name)
    return Reader(found, {}) if found else None


def recognised(data: bytes | None) -> Reader | None:
    """Return how a file that nobody knows by name is to be read, by what is in it; a large one is not looked into."""
    found = sources.recognise(data) if data is not None else None
    return Reader(found, {}) if found else None


def _named_file(home: Path, place: str, name: str) -> bytes:
    """Return the bytes of a file that a rule names, a path from the home."""
    try:
        return (home / place).read_bytes()
    except OSError as error:
        told = f"filen {place}, som regeln för den nämner, kan inte läsas: {error.strerror}."
        raise SourceError.from_file(name, told, "Rätta sökvägen i energibok.toml.") from error


def no_source(settings: Settings, name: str) -> str:
    """Return the words for a file that nobody knows."""
    known = [rule.match for rule in settings.source]
    rules = ", ".join([*known[:6], *(["…"] if len(known) > 6 else [])]) or "inga"
    return f"{name}: ingen källa känner igen filen. Lägg till en [[source]] eller ta bort den (regler: {rules})."


def _refused(
    store: Store, entry: dict[str, Any], reader: Reader | None, data: bytes | None, message: str
) -> FileResult:
    """Hold a file that its source could not read; the original is kept, unless it may hold personal data."""
    if data is not None and reader and not reader.source.private:
        store.archive.put(data)
    return _held(store, entry, reader, "quarantined", message)


def _held(store: Store, entry: dict[str, Any], reader: Reader | None, status: str, message: str) -> FileResult:
    name = reader.source.name if reader else None
    with store.transaction():
        landing.hold(store, {**entry, "source": name}, status, message)
    return FileResult(entry["file_name"], entry["sha256"], name, status, message=message)
