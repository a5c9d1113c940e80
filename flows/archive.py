"""The archive: every original that was read, by the sha256 of its bytes. Written once, never changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

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
        if not self.path(sha256).exists():
            self._keep([data])
        return sha256

    def take(self, stream: BinaryIO) -> str:
        """Keep what a stream holds, block by block, and return its sha256. Raises StoreError when out of room."""
        return self._keep(iter(lambda: stream.read(BLOCK), b""))

    def _keep(self, blocks: Iterable[bytes]) -> str:
        """Write the blocks beside their place while hashing them, then put them there in one step."""
        partial = self.root / "incoming.part"
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256()
            with partial.open("wb") as out:
                for block in blocks:
                    digest.update(block)
                    out.write(block)
                out.flush()
                os.fsync(out.fileno())  # what the ledger is about to refer to must survive a power cut
            target = self.path(digest.hexdigest())
            target.parent.mkdir(exist_ok=True)
            partial.replace(target)
        except OSError as error:
            with suppress(OSError):
                partial.unlink()
            raise StoreError(
                f"{self.root}: kan inte arkivera filen: {error.strerror}. Ge plats eller rättighet och kör om."
            ) from error
        return digest.hexdigest()

    def forget(self, sha256: str) -> None:
        """Remove an original that turned out to hold personal data; its place may be empty already."""
        with suppress(OSError):
            self.path(sha256).unlink()

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
