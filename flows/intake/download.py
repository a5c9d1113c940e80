"""One file over HTTP into the inbox: retries, conditional requests, bounded, known by its source before it lands.

Redirects are followed to the same host and otherwise only to https. Nothing is written until the whole body has come
and its source can read it; then it lands by rename, and never over a file with other content.
"""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from energy import sources
from energy.errors import EnergibokError
from flows.archive import file_hash
from flows.settings.model import Fetch

if TYPE_CHECKING:  # httpx is slow to import, and most commands do without
    import httpx

LONGEST_S = 300.0  # one answer, however slowly it drips
LONGEST_WAIT_S = 60.0  # what a server may ask us to wait
REDIRECTS = 5
RETRIED = (408, 425, 429, 500, 502, 503, 504)


class Unchanged(Exception):  # noqa: N818 - an answer, not an error; carries the name in the inbox
    """The server has nothing newer than what lies in the inbox."""


class Missing(Exception):  # noqa: N818 - an answer
    """The server has no such file; the text says so in Swedish."""


class Refused(Exception):  # noqa: N818 - an answer
    """What came cannot be used; the text says why in Swedish."""


class Unreachable(Exception):  # noqa: N818 - an answer
    """The host does not answer; the text says so in Swedish."""


class _Again(Exception):  # noqa: N818 - an inner signal
    """Worth another try after `wait` seconds, where the server says how long."""

    def __init__(self, words: str, wait: float | None = None, reachable: bool = True) -> None:
        super().__init__(words)
        self.wait, self.reachable = wait, reachable


class Downloader:
    """Fetches into a home's inbox. `sleep` waits between tries; `today` names a new version of a file."""

    def __init__(self, home: Path, settings: Fetch, today: date, sleep: Callable[[float], None] = time.sleep) -> None:
        self._home, self._settings, self._today, self._sleep = home, settings, today, sleep
        self._memory_path = home / "store" / "fetch.json"
        self._memory = _remembered(self._memory_path)
        self._client: httpx.Client | None = None

    def __enter__(self) -> Self:
        import httpx

        agent = {"User-Agent": f"energibok/{version('energibok')}"}
        timeout = httpx.Timeout(self._settings.timeout_seconds)
        self._client = httpx.Client(timeout=timeout, headers=agent, follow_redirects=False)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._client is not None:
            self._client.close()

    def into_inbox(self, url: str, name: str, source: str) -> tuple[str, int]:
        """Return (name in the inbox, bytes) of the file that `url` gave.

        Raises Unchanged, Missing, Refused or Unreachable; then nothing was written.
        """
        body, headers = self._tried(url)
        data = _unpacked(body, self._most)
        _known(data, name, source)
        return self._landed(url, name, data, headers)

    @property
    def _most(self) -> int:
        return self._settings.largest_mb * 1_000_000

    # --- asking ---------------------------------------------------------------------------------------------------

    def _tried(self, url: str) -> tuple[bytes, Mapping[str, str]]:
        """Return (body, headers) after as many tries as the settings allow, waiting longer each time."""
        wait = 1.0
        for left in range(self._settings.retries, -1, -1):
            try:
                return self._asked(url)
            except _Again as error:
                if not left and error.reachable:
                    raise Refused(f"{error} ({self._settings.retries + 1} försök). Försök igen senare.") from None
                if not left:
                    raise Unreachable(f"{error}") from None
                self._sleep(min(LONGEST_WAIT_S, error.wait if error.wait is not None else wait))
                wait *= 2
        raise Refused("inga försök gjordes.")

    def _asked(self, url: str) -> tuple[bytes, Mapping[str, str]]:
        """Return (body, headers) of one try, redirects followed; raise _Again where another try may help."""
        import httpx

        conditional = self._conditions(url)
        try:
            target = httpx.URL(url)
            for _ in range(REDIRECTS + 1):
                with self._opened().stream("GET", target, headers=conditional) as answer:
                    if answer.next_request is None:
                        return self._body(url, answer), answer.headers
                    target = _allowed(target, answer.next_request.url)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            raise _Again(f"{target.host} går inte att nå.", reachable=False) from error
        except httpx.TimeoutException as error:
            raise _Again(f"{target.host} svarar inte i tid.") from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise _Again(f"svaret från {target.host} kom inte fram helt.") from error
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise Refused(f"adressen {url[:80]} kan inte användas ({type(error).__name__}).") from error
        raise Refused(f"{target.host} skickar runt i en cirkel.")

    def _opened(self) -> httpx.Client:
        if self._client is None:
            raise RuntimeError("Downloader is a context manager")
        return self._client

    def _body(self, url: str, answer: httpx.Response) -> bytes:
        """Return the whole body of a good answer, never more than the bound."""
        status = answer.status_code
        if status == 304:
            raise Unchanged(self._memory.get(url, {}).get("name", ""))
        if status in (404, 410):
            raise Missing(f"finns inte hos {answer.url.host} ({status}).")
        if status in RETRIED:
            raise _Again(f"{answer.url.host} svarade {status}.", _retry_after(answer.headers.get("retry-after", "")))
        if status != 200:
            raise Refused(f"{answer.url.host} svarade {status}.")
        found, size, started = [], 0, time.monotonic()
        for chunk in answer.iter_bytes():
            size += len(chunk)
            if size > self._most:
                raise Refused(f"svaret är större än {self._settings.largest_mb} MB.")
            if time.monotonic() - started > LONGEST_S:
                raise _Again(f"{answer.url.host} svarar för långsamt.")
            found.append(chunk)
        return b"".join(found)

    # --- conditional requests ---------------------------------------------------------------------------------------

    def _conditions(self, url: str) -> dict[str, str]:
        """Return the headers that ask only for news: where what came last still lies in the inbox or the archive."""
        last = self._memory.get(url, {})
        sha256 = last.get("sha256", "")
        file = self._home / "inbox" / last.get("name", "")
        there = file.is_file() and file_hash(file.read_bytes()) == sha256
        kept = re.fullmatch("[0-9a-f]{64}", sha256) and (self._home / "store/archive" / sha256[:2] / sha256).is_file()
        if not (there or kept):
            return {}
        pairs = {"If-None-Match": last.get("etag", ""), "If-Modified-Since": last.get("last_modified", "")}
        return {key: value for key, value in pairs.items() if value}

    def _remember(self, url: str, name: str, data: bytes, headers: Mapping[str, str]) -> None:
        """Keep what the server calls this version, where it calls it anything."""
        told = {"etag": headers.get("etag", ""), "last_modified": headers.get("last-modified", "")}
        if not any(told.values()):
            return
        self._memory[url] = {key: value[:300] for key, value in told.items()} | {
            "name": name,
            "sha256": file_hash(data),
        }
        with suppress(OSError):  # without the note the next fetch asks for all of it again, and that is all
            self._memory_path.parent.mkdir(parents=True, exist_ok=True)
            partial = self._memory_path.with_suffix(".part")
            partial.write_text(json.dumps(self._memory, indent=1, sort_keys=True), encoding="utf-8")
            partial.replace(self._memory_path)

    # --- landing ----------------------------------------------------------------------------------------------------

    def _landed(self, url: str, name: str, data: bytes, headers: Mapping[str, str]) -> tuple[str, int]:
        """Write the file under its name, or under one with the date where another content has it."""
        inbox = self._home / "inbox"
        try:
            same = _same(inbox / name, data)
            if same is not None:
                self._remember(url, same.relative_to(inbox).as_posix(), data, headers)
                raise Unchanged(same.relative_to(inbox).as_posix())
            for candidate in _names(name, self._today):
                path = inbox / candidate
                if path.exists() or path.is_symlink():
                    continue
                path.parent.mkdir(parents=True, exist_ok=True)
                partial = path.with_name(f".{path.name}.part")  # hidden: ingest never reads a half file
                partial.write_bytes(data)
                partial.replace(path)
                self._remember(url, candidate, data, headers)
                return candidate, len(data)
        except OSError as error:
            raise Refused(f"inkorgen går inte att skriva i: {error.strerror}.") from error
        raise Refused(f"{name} finns redan i för många versioner.")


def _same(path: Path, data: bytes) -> Path | None:
    """Return the version of the file that already holds these bytes."""
    there = sorted(path.parent.glob(f"{path.stem}*{path.suffix}")) if path.parent.is_dir() else []
    return next((p for p in there if p.is_file() and p.stat().st_size == len(data) and p.read_bytes() == data), None)


def _names(name: str, today: date) -> list[str]:
    stem, dot, suffix = name.rpartition(".")
    dated = f"{stem}_{today}"
    return [name, f"{dated}{dot}{suffix}", *(f"{dated}_{n}{dot}{suffix}" for n in range(2, 100))]


def _allowed(old: httpx.URL, new: httpx.URL) -> httpx.URL:
    """Return where a redirect leads; raise Refused for another host without encryption and for other schemes."""
    same = (new.host, new.port) == (old.host, old.port) and new.scheme == old.scheme
    if not same and new.scheme != "https":
        raise Refused(f"{old.host} hänvisar till {new.scheme}://{new.host}; bara https följs dit.")
    return new


def _retry_after(told: str) -> float | None:
    return float(told) if told.isascii() and told.isdigit() and len(told) < 6 else None


def _unpacked(body: bytes, most: int) -> bytes:
    """Return the only file of a zip archive, as ECB packs its rates; any other body as it is."""
    if not body.startswith(b"PK\x03\x04"):
        return body
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            (member,) = [m for m in packed.infolist() if not m.is_dir()]
            with packed.open(member) as stream:
                data = stream.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, EOFError, OSError) as error:
        raise Refused("svaret är ett zip-arkiv som inte håller en enda läsbar fil.") from error
    if len(data) > most:
        raise Refused(f"arkivets fil är större än {most // 1_000_000} MB.")
    return data


def _known(data: bytes, name: str, source: str) -> None:
    """Raise Refused for a body that its source does not know or cannot read: an error page, a cut file."""
    reader = sources.by_name(source)
    if not reader.detect(data[:4096], name):
        start = " ".join(data[:60].decode("utf-8", "replace").split())
        raise Refused(f"svaret är inte {reader.title_sv} utan börjar «{start}». Inget är sparat.")
    try:
        reader.read(data, name, {})
    except EnergibokError as error:
        raise Refused(f"svaret kan inte läsas: {error} Inget är sparat.") from error


def _remembered(path: Path) -> dict[str, dict[str, str]]:
    """Return what the servers last called their versions; nothing where the note is gone or damaged."""
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    texts = {
        url: {k: v for k, v in told.items() if isinstance(v, str)}
        for url, told in found.items()
        if isinstance(told, dict)
    }
    return {url: told for url, told in texts.items() if {"name", "sha256"} <= told.keys()}
