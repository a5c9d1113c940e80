"""The archive: every original that was read, by the sha256 of its bytes. Written once, never changed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from energy.errors import StoreError

BLOCK = 1 << 20


def file_hash(data: bytes) -> str:
    """Return the sha256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


class Archive:
    """Content-addressed originals: a file once landed is never changed or lost."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Return where the original with this hash lies."""
        return self.root / sha256[:2] / sha256

    def put(self, data: bytes) -> str:
        """Keep `data` and return its sha256; the same bytes again are a no-op. Raises StoreError when out of room."""
        sha256 = file_hash(data)
        self._keep(sha256, data)
        return sha256

    def put_file(self, path: Path, sha256: str) -> None:
        """Keep a large file of known hash, block by block. Raises StoreError when out of room or altered meanwhile."""
        self._keep(sha256, path)

    def _keep(self, sha256: str, source: bytes | Path) -> None:
        target = self.path(sha256)
        if target.exists():
            return
        partial = target.with_name(f"{target.name}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as out:
                same = _copy(source, out) == sha256
                out.flush()
                os.fsync(out.fileno())  # what the ledger is about to refer to must survive a power cut
            if not same:
                raise StoreError(f"{target.name[:12]}…: filen ändrades medan den lästes. Den läses nästa gång.")
            partial.replace(target)
        except OSError as error:
            partial.unlink(missing_ok=True) if partial.parent.is_dir() else None
            raise StoreError(
                f"{target.parent}: kan inte arkivera filen: {error.strerror}. Ge plats eller rättighet och kör om."
            ) from error

    def get(self, sha256: str) -> bytes:
        """Return the original. Raises StoreError if it is gone or altered."""
        try:
            data = self.path(sha256).read_bytes()
        except OSError as error:
            raise StoreError(
                f"arkivet saknar originalet {sha256[:12]}…: {error.strerror}. Återställ från säkerhetskopia."
            ) from error
        if file_hash(data) != sha256:
            raise StoreError(f"arkivets original {sha256[:12]}… är ändrat. Återställ från säkerhetskopia.")
        return data


def _copy(source: bytes | Path, out: object) -> str:
    """Write the source to `out` and return the sha256 of what was written."""
    write = getattr(out, "write")  # noqa: B009 - any binary file
    if isinstance(source, bytes):
        write(source)
        return file_hash(source)
    digest = hashlib.sha256()
    with source.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
            write(block)
    return digest.hexdigest()
