"""What lies in the inbox, looked at with care: only plain files, opened without following links, unchanged while read.

Also what is known of them: a file that has not been touched since it was read need not be read again to be known.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from flows.archive import BLOCK
from flows.store import Store

LARGEST_FILE_BYTES = 20_000_000_000
UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".filepart")
RACE_NS = 2_000_000_000  # a file written in the same moment as it was read may change without a new time


class Unread(Exception):  # noqa: N818 - an inner signal, turned into a result
    """A file that could not be read now; carries the status it gets."""

    def __init__(self, message: str, status: str = "quarantined") -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Found:
    """One entry of the inbox; `refused` says why it is not looked at."""

    path: Path
    size: int = 0
    modified_ns: int = 0
    refused: str | None = None

    def name(self, inbox: Path) -> str:
        """Return how the ledger calls the file: its place in the inbox, else its bare name; always printable."""
        told = self.path.relative_to(inbox).as_posix() if self.path.is_relative_to(inbox) else self.path.name
        return printable(told)


def printable(text: str) -> str:
    """Return a file name without control characters or broken bytes, which are shown by their codes."""
    safe = text.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in safe)[:500]


def files_in(paths: Sequence[Path]) -> Iterator[Found]:
    """Yield the files of the given files and folders; links, devices and unfinished copies with the reason."""
    for path in paths:
        if path.is_dir():  # the inbox itself may be a link to a share; links inside it are not followed
            yield from _walk(path)
        elif os.path.lexists(path):
            yield _looked_at(path)


def _walk(folder: Path) -> Iterator[Found]:
    broken: list[Found] = []

    def refused(error: OSError) -> None:
        broken.append(Found(Path(str(error.filename)), refused=f"mappen kan inte läsas: {error.strerror}."))

    for place, folders, names in os.walk(folder, onerror=refused):
        yield from broken
        broken.clear()
        here = Path(place)
        yield from (_looked_at(here / d) for d in folders if (here / d).is_symlink())
        folders[:] = sorted(d for d in folders if not d.startswith("."))
        yield from (_looked_at(here / n) for n in sorted(names) if not n.startswith((".", "~$")))
    yield from broken


def _looked_at(path: Path) -> Found:
    try:
        found = path.lstat()
    except OSError as error:
        return Found(path, refused=f"kan inte läsas: {error.strerror}.")
    if stat.S_ISLNK(found.st_mode):
        return Found(path, refused="en länk följs inte; lägg själva filen i inkorgen.")
    if not stat.S_ISREG(found.st_mode):
        return Found(path, refused="ingen vanlig fil (enhet, rör eller liknande); den läses inte.")
    if path.suffix.lower() in UNFINISHED:
        return Found(path, refused="ofärdig kopia (namnet slutar som en tillfällig fil); läses när den bytt namn.")
    if found.st_size > LARGEST_FILE_BYTES:
        return Found(path, refused="filen är större än 20 GB; dela den.")
    return Found(path, found.st_size, found.st_mtime_ns)


@dataclass
class Opened:
    """An open plain file."""

    path: Path
    stream: BinaryIO
    size: int
    modified_ns: int

    def read(self) -> bytes:
        """Return all bytes."""
        return self.rewound().read()

    def head(self) -> bytes:
        """Return the first 4 kB."""
        return self.rewound().read(4096)

    def sha256(self) -> str:
        """Return the hash of the content, block by block."""
        digest, stream = hashlib.sha256(), self.rewound()
        while block := stream.read(BLOCK):
            digest.update(block)
        return digest.hexdigest()

    def rewound(self) -> BinaryIO:
        """Return the stream at its beginning."""
        self.stream.seek(0)
        return self.stream

    def check_still(self) -> None:
        """Raise Unread where the file has changed since it was opened: somebody is still writing it."""
        now = os.fstat(self.stream.fileno())
        if (now.st_size, now.st_mtime_ns) != (self.size, self.modified_ns):
            raise Unread("filen skrivs fortfarande; den läses nästa gång.", "skipped")


@contextmanager
def open_file(path: Path) -> Iterator[Opened]:
    """Yield the file, opened without following a link or waiting on a pipe. Raises Unread."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
    except OSError as error:
        raise Unread(f"kan inte läsas: {error.strerror}.") from error
    with os.fdopen(handle, "rb") as stream:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise Unread("ingen vanlig fil; den läses inte.", "skipped")
        try:
            yield Opened(path, stream, found.st_size, found.st_mtime_ns)
        except OSError as error:
            raise Unread(f"kan inte läsas: {error.strerror}.") from error


@dataclass(frozen=True)
class Content:
    """What the ledger knows of a content: loaded before under `file_name`, or taken back."""

    sha256: str
    file_name: str
    status: str  # known or withdrawn
    why: str | None = None

    def note(self, name: str) -> str | None:
        """Return what to say of it when it comes again as `name`."""
        if self.status == "withdrawn":
            told = f" ({self.why})" if self.why else ""
            return f"{name}: återtagen{told}; läses inte. Ta bort den ur inkorgen, eller ångra med ingest --restore."
        return None if self.file_name == name else f"samma innehåll som {self.file_name}"


@dataclass
class Known:
    """The contents and deliveries of the ledger, kept in step while files are loaded."""

    contents: dict[str, Content] = field(default_factory=dict)
    delivered: dict[tuple[str, str], tuple[int | None, int | None]] = field(default_factory=dict)
    places: dict[str, tuple[str, int, int, int]] = field(default_factory=dict)  # name -> sha, size, mtime, seen [ns]

    def content(self, sha256: str) -> Content | None:
        """Return what is known of a content that is loaded or taken back; None where it is to be read."""
        return self.contents.get(sha256)

    def untouched(self, file: Found, name: str) -> Content | None:
        """Return the known content of a file that has neither size nor time of change altered since it was read."""
        seen = self.places.get(name)
        if seen is None or (file.size, file.modified_ns) != seen[1:3] or seen[3] - file.modified_ns < RACE_NS:
            return None
        return self.contents.get(seen[0])

    def note_delivery(self, store: Store, sha256: str, name: str, size: int, modified_ns: int) -> None:
        """Record that this content came under this name; the caller holds the transaction."""
        old = self.delivered.get((sha256, name))
        now = datetime.now(UTC)
        if old is None:
            store.con.execute(
                "insert into raw.deliveries values (?, ?, ?, ?, ?)", [sha256, name, now, size, modified_ns]
            )
        elif old != (size, modified_ns):
            store.con.execute(
                "update raw.deliveries set size_bytes = ?, modified_ns = ?, delivered_at = ? "
                "where sha256 = ? and file_name = ?",
                [size, modified_ns, now, sha256, name],
            )
        self.delivered[(sha256, name)] = (size, modified_ns)

    def learn(self, status: str, sha256: str, name: str) -> None:
        """Remember a content that has just been loaded."""
        if status == "loaded":
            self.contents[sha256] = Content(sha256, name, "known")


def deliveries(store: Store) -> Known:
    """Return what the ledger knows of contents and deliveries."""
    known = Known()
    ended = "select sha256, file_name, status, ended_why from raw.files where status in ('loaded', 'withdrawn')"
    for sha256, name, status, why in store.rows(f"{ended} order by file_id"):
        known.contents[sha256] = Content(sha256, name, "known" if status == "loaded" else "withdrawn", why)
    rows: Iterable[tuple[str, str, datetime, int | None, int | None]] = store.rows(
        "select sha256, file_name, delivered_at, size_bytes, modified_ns from raw.deliveries order by delivered_at"
    )
    for sha256, name, at, size, modified in rows:
        known.delivered[(sha256, name)] = (size, modified)
        if size is not None and modified is not None:
            known.places[name] = (sha256, size, modified, int(at.timestamp() * 1e9))
    return known
