"""A file as blocks of whole lines: bounded memory, line numbers that run on, every byte proved to be text.

Every encoding comes out as UTF-8 and a lone carriage return as a line end, so that a block may be searched as bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from energy.errors import SourceError
from energy.sources import text
from energy.sources.base import refuse_empty

BLOCK_BYTES = 16 << 20
LONGEST_LINE = 1_000_000  # bytes; what is longer is no row of a table
UTF8_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Block:
    """Whole lines in UTF-8, each ended by ``\\n`` or ``\\r\\n`` save perhaps the file's last; no other ``\\r``."""

    data: bytes
    first_row: int  # the line number of its first line, from 1
    rows: int  # lines
    last: bool  # nothing follows

    @property
    def cut_short(self) -> bool:
        """Return whether the block is the file's last and its last line has no line end."""
        return self.last and bool(self.data) and not self.data.endswith(b"\n")

    def content(self) -> str:
        """Return the text with all line ends as ``\\n``."""
        return self.data.decode().replace("\r", "")

    def after(self, lines: int) -> bytes:
        """Return what follows the first `lines` lines."""
        ends = np.flatnonzero(np.frombuffer(self.data, np.uint8) == 10)
        if not lines:
            return self.data
        return self.data[int(ends[lines - 1]) + 1 :] if lines <= len(ends) else b""

    def split(self, size: int) -> Iterator[Block]:
        """Yield the block in blocks of about `size` bytes."""
        begin, row = 0, self.first_row
        while begin < len(self.data):
            end = self.data.find(b"\n", begin + size - 1) + 1 or len(self.data)
            piece = self.data[begin:end]
            yield Block(piece, row, lines_of(piece), self.last and end == len(self.data))
            begin, row = end, row + lines_of(piece)


def lines_of(data: bytes) -> int:
    """Return the number of lines; what follows the last line end is a line only where it holds something."""
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) == 10)) + (bool(data) and not data.endswith(b"\n"))


class Reader:
    """A stream of bytes read a block at a time. Its methods raise SourceError for what is no text or has no lines.

    `encoding` is the declared one until the first block is read, then the one found (with a byte order mark or not).
    """

    def __init__(self, stream: BinaryIO, encoding: str, file: str) -> None:
        self.encoding = encoding.lower()
        self._stream, self._file = stream, file
        self._carry = b""  # raw bytes read ahead
        self._pending = b""  # whole lines decoded but not yet taken
        self._begun = self._ended = False
        self._decoded = self._taken = 0  # lines
        self._offset = 0  # bytes decoded
        self._high, self._utf8 = False, True  # bytes above 127 seen; all of them fit UTF-8

    def take(self, size: int = BLOCK_BYTES) -> Block:
        """Return the next whole lines, about `size` bytes; an empty block, the last, where nothing is left."""
        lines = None
        if not self._pending and not self._ended:
            self._pending = self._decode(self._raw(size))
            lines = lines_of(self._pending)
            self._decoded += lines
        end = self._pending.find(b"\n", size - 1) + 1 or len(self._pending)
        data, self._pending = self._pending[:end], self._pending[end:]
        if lines is None or self._pending:
            lines = lines_of(data)
        block = Block(data, self._taken + 1, lines, self._ended and not self._pending)
        self._taken += block.rows
        return block

    def give_back(self, data: bytes) -> None:
        """Put whole lines that were taken last back, to be taken again."""
        self._pending = data + self._pending
        self._taken -= lines_of(data)

    def rest(self, begun: Block, limit: int) -> Block | None:
        """Return `begun` and all that follows it as one block; None where that is more than `limit` bytes."""
        parts, length, last = [begun.data], len(begun.data), begun.last
        while not last and length <= limit:
            block = self.take()
            parts.append(block.data)
            length, last = length + len(block.data), block.last
        data = b"".join(parts)
        return Block(data, begun.first_row, lines_of(data), True) if length <= limit else None

    def _raw(self, size: int) -> bytes:
        """Return the next raw bytes up to the end of a line; nothing at the end of the stream."""
        data = b"".join((self._carry, self._stream.read(size), self._stream.readline(LONGEST_LINE + 1)))
        self._carry = self._stream.read(1)
        self._ended = not self._carry
        if self._carry and not data.endswith(b"\n"):  # only lone carriage returns, or a line without end
            end = max(data.rfind(b"\n"), data.rfind(b"\r", 0, len(data) - 1)) + 1
            if not end:
                raise self._too_long(self._decoded + 1)
            data, self._carry = data[:end], data[end:] + self._carry
        return data

    def _decode(self, raw: bytes) -> bytes:
        """Return raw bytes as UTF-8 with line ends as a Block has them."""
        if not self._begun:
            raw = self._begin(raw)
        if self.encoding == "utf-16":
            raw += self._carry + self._stream.read()
            self._carry, self._ended = b"", True
        data = self._to_utf8(raw)
        self._offset += len(raw)
        if self._ended and self._high and self._utf8 and not self.encoding.startswith("utf"):
            raise self._contradicted("utf-8-sig")
        if b"\0" in data:
            raise SourceError.from_file(self._file, "filen är binär, inte text.", "Exportera den som text (CSV).")
        data = _line_ends(data)
        begin = 0
        while begin + LONGEST_LINE < len(data):
            end = data.rfind(b"\n", begin, begin + LONGEST_LINE + 1) + 1
            if not end:
                raise self._too_long(self._decoded + 1 + lines_of(data[:begin]))
            begin = end
        return data

    def _begin(self, raw: bytes) -> bytes:
        """Return the first raw bytes without their byte order mark, and note which encoding the mark tells."""
        self._begun = True
        if self.encoding not in text.ENCODINGS:
            allowed = f"Tillåtna: {', '.join(text.ENCODINGS)}."
            raise SourceError.from_file(self._file, f"okänd teckenkodning {self.encoding!r}.", allowed)
        if self._ended:
            refuse_empty(raw, self._file)
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")) and self.encoding != "utf-16":
            raise self._contradicted("utf-16")
        if self.encoding.startswith("utf-8") and raw.startswith(UTF8_MARK):
            self.encoding, self._offset = "utf-8-sig", len(UTF8_MARK)
            return raw.removeprefix(UTF8_MARK)
        return raw

    def _to_utf8(self, raw: bytes) -> bytes:
        """Return `raw` as UTF-8; raise SourceError naming the row that does not fit the declared encoding."""
        if self.encoding != "utf-16" and raw.isascii():
            return raw
        self._high = True
        if self.encoding != "utf-16" and self._utf8:
            self._utf8 = _is_utf8(raw)
            if self._utf8 and self.encoding.startswith("utf-8"):
                return raw
        try:
            return raw.decode("utf-8" if self.encoding == "utf-8-sig" else self.encoding).encode()
        except UnicodeError as error:
            position = int(getattr(error, "start", 0))
            before = raw[:position].decode(self.encoding, "replace").encode()
            row = self._decoded + 1 + _line_ends(before).count(b"\n")
            raise SourceError.from_file(
                self._file,
                f"rad {row} kan inte läsas som {self.encoding} (byte {self._offset + position}).",
                'Ange filens teckenkodning, till exempel encoding = "cp1252".',
            ) from error

    def _contradicted(self, found: str) -> SourceError:
        words = f"filen är kodad i {found}, inte {self.encoding}."
        return SourceError.from_file(self._file, words, f'Ange encoding = "{found}".')

    def _too_long(self, row: int) -> SourceError:
        words = f"rad {row} är längre än {LONGEST_LINE // 1000} kB: det är ingen rad i en tabell."
        return SourceError.from_file(self._file, words, "Exportera filen igen, med radslut efter varje rad.")


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _line_ends(data: bytes) -> bytes:
    """Return the bytes with every carriage return that stands alone made a line end."""
    if b"\r" not in data:
        return data
    points = np.frombuffer(data, np.uint8)
    returns = points == 13
    if np.count_nonzero(returns) == np.count_nonzero(returns[:-1] & (points[1:] == 10)):
        return data
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
