"""One run at a time: who holds the store, and waiting for it by choice. The lock dies with its process."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from energy.errors import StoreError

try:
    import fcntl
except ImportError:  # not on Windows, where DuckDB's own lock is the only one
    fcntl = None  # type: ignore[assignment]

POLL_SECONDS = 0.25
_held: dict[Path, int] = {}  # home -> how many times this process has taken it
_guard = threading.RLock()


@contextmanager
def run_lock(
    home: Path, step: str, wait_seconds: float = 0, say: Callable[[str], None] = lambda _: None
) -> Iterator[None]:
    """Hold the store of `home` while the block runs; the same process may take it again within the block.

    Raises StoreError, naming the run that holds it, when it is not free within `wait_seconds`.
    """
    key = home.resolve()
    with _guard:
        taken = _held.get(key, 0)
        if taken:
            _held[key] = taken + 1
    if taken or fcntl is None:
        try:
            yield
        finally:
            _release(key, taken)
        return
    handle = _open(home)
    try:
        _acquire(handle, home, wait_seconds, say)
        _sign(handle, step)
        with _guard:
            _held[key] = 1
        try:
            yield
        finally:
            _release(key, 1)
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)  # and with it the lock


def _release(key: Path, taken: int) -> None:
    with _guard:
        if taken:
            _held[key] = _held.get(key, 1) - 1
            if not _held[key]:
                del _held[key]


def _open(home: Path) -> int:
    path = home / "store" / "run.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreError(f"{path}: kan inte öppnas: {error.strerror}. Ge rättighet och kör om.") from error


def _acquire(handle: int, home: Path, wait_seconds: float, say: Callable[[str], None]) -> None:
    deadline = time.monotonic() + wait_seconds
    told = False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError:
            holder = _holder(handle)
            if time.monotonic() >= deadline:
                raise StoreError(
                    f"{home / 'store'}: en annan körning håller lagret: {holder}. Kör om när den är klar, eller vänta "
                    "på den med --wait SEKUNDER."
                ) from None
            if not told:
                say(f"väntar på {holder} …")
                told = True
            time.sleep(POLL_SECONDS)


def _sign(handle: int, step: str) -> None:
    """Write who holds the lock, for the one who comes second."""
    note = {"step": step, "pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(note).encode(), 0)
    except OSError as error:
        raise StoreError(f"lagret kan inte skrivas: {error.strerror}. Ge plats på disken och kör om.") from error


def _holder(handle: int) -> str:
    """Return the words for the run that holds the lock."""
    from energy.calendar import CIVIL_TIME  # brings numpy, which a command that only reads does without

    try:
        note: dict[str, Any] = json.loads(os.pread(handle, 1000, 0))
        since = datetime.fromisoformat(note["since"]).astimezone(ZoneInfo(CIVIL_TIME))
        return f"«{note['step']}» (process {int(note['pid'])}, sedan {since:%Y-%m-%d %H:%M:%S})"
    except (ValueError, KeyError, TypeError):
        return "en körning som just startar"
