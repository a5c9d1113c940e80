"""What every source has in common: the registry entry, options as data, and the sieve that parts good rows from bad.

No format lives here; each has its own file with NAME, VERSION, detect and read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any, BinaryIO, TypeVar

import polars as pl

from energy.errors import SourceError, nearest
from energy.model import Parsed, frame

MAX_ORIGINAL = 2000  # characters of a rejected row that are kept; a longer row says how long it was
MAX_SHOWN = 80  # characters of a cell that are quoted in a message
AREAS = ("SE1", "SE2", "SE3", "SE4")  # the bidding zones of Sweden
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")  # byte order marks of UTF-8 and UTF-16
_SPACE = b" \t\r\n\f\v"

Options = TypeVar("Options")


@dataclass(frozen=True)
class Source:
    """One format: `detect(head, name)` is cheap and never raises, `read(data, name, options)` may raise SourceError."""

    name: str
    version: int
    title_sv: str
    detect: Callable[[bytes, str], bool]
    read: Callable[[bytes, str, Mapping[str, Any]], Parsed]
    options: type[Any] | None = None  # dataclass of the settings the reader knows
    check_options: Callable[[Mapping[str, Any], str], object] | None = None  # the module's own `check`
    # (stream, name, options) -> pieces of `Parsed` in file order, for files too large to read whole; together they are
    # what `read` returns, and what only the whole file tells (findings, encoding) is told by the last
    read_blocks: Callable[[BinaryIO, str, Mapping[str, Any]], Iterator[Parsed]] | None = None
    file_options: tuple[str, ...] = ()  # settings that name a file of the home; `read` is given its bytes
    private: bool = False  # the files hold personal data: the archive keeps only what `Parsed.kept` lets through
    # whether a whole file is surely this source's, asked only where no one knows its first bytes and name; never raises
    recognise: Callable[[bytes], bool] | None = None

    def check(self, given: Mapping[str, Any], where: str) -> None:
        """Raise SourceError, beginning with `where`, for settings and values that the reader cannot follow."""
        if self.check_options is not None:
            self.check_options(given, where)
        elif self.options is not None:
            options_of(self.options, given, where)


def refuse_empty(data: bytes, file: str) -> None:
    """Raise SourceError for a file that holds nothing but space, with or without a byte order mark."""
    mark = next((m for m in _MARKS if data.startswith(m)), b"")
    blank = _SPACE + (b"\0" if len(mark) == 2 else b"")  # every second byte of a blank UTF-16 file is a zero
    if not data[:4096].removeprefix(mark).strip(blank) and not data.removeprefix(mark).strip(blank):
        raise SourceError.from_file(file, "filen är tom.", "Exportera den igen.")


def refuse_values(opts: Any, allowed: Iterable[tuple[str, bool, str]], file: str) -> None:
    """Raise SourceError for the first of (key, whether its value is good, what is allowed) that is not good."""
    for key, good, what in allowed:
        if not good:
            shown = repr(getattr(opts, key))[:MAX_SHOWN]
            raise SourceError.from_file(file, f"inställningen «{key}» är {shown}.", f"Tillåtet: {what}.")


def cell(column: str) -> str:
    """Return the name a file's own column bears in a frame, so that it never meets one of ours (`value`, `status`)."""
    return f"cell:{column}"


def quoted(column: str) -> pl.Expr:
    """Return the text of a column as a message shows it: shortened, never null."""
    return pl.col(column).fill_null("").str.slice(0, MAX_SHOWN)


def options_of(kind: type[Options], given: Mapping[str, Any], file: str) -> Options:
    """Return the options as the frozen dataclass `kind`.

    Raises SourceError for an unknown key (with the nearest known one) and for a value of another type than the
    field's. A list becomes a tuple, and a lone text where a list is expected becomes a tuple of one. Every field has
    a default.
    """
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for key, value in given.items():
        if key not in known:
            raise SourceError.from_file(
                file, f"okänd inställning «{key}».{nearest(key, known)}", f"Kända: {', '.join(sorted(known))}."
            )
        values[key] = _typed(value, str(known[key].type), key, file)
    return kind(**values)


def _is_columns(value: Any) -> bool:
    return isinstance(value, tuple) and all(_is_texts(c) and "column" in c for c in value)


def _is_texts(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(k, str) and isinstance(v, str) for k, v in value.items())


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


# annotation of an option -> (whether a value is of it, how a message calls it); Any is checked where it is used
_KINDS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "str": (lambda v: isinstance(v, str), "en text"),
    "str | None": (lambda v: v is None or isinstance(v, str), "en text"),
    "int": (_is_integer, "ett heltal"),
    "tuple[str, ...]": (lambda v: isinstance(v, tuple) and all(isinstance(t, str) for t in v), "en lista av texter"),
    "tuple[Any, ...]": (lambda v: isinstance(v, tuple), "en lista"),
    "tuple[Mapping[str, str], ...]": (_is_columns, "en lista av tabeller med column och texter"),
    "Mapping[str, str]": (_is_texts, "en tabell av texter"),
    "Mapping[str, Any]": (lambda v: isinstance(v, Mapping), "en tabell"),
}


def _typed(value: Any, kind: str, key: str, file: str) -> Any:
    """Return `value` as the annotation `kind` wants it; raise SourceError where it is another."""
    if kind.startswith("tuple"):
        value = tuple(value) if isinstance(value, list) else (value,) if isinstance(value, str) else value
    good, what = _KINDS.get(kind, (lambda _: True, ""))
    if good(value):
        return value
    shown = repr(value)[:MAX_SHOWN]
    raise SourceError.from_file(file, f"inställningen «{key}» är {shown}.", f"Den ska vara {what}.")


class Sieve:
    """A frame with `row_no` that loses its bad rows one rule at a time; each is kept with its reason.

    `original` says how a rejected row is quoted; without it, by the frame's own column of that name.
    """

    def __init__(self, rows: pl.DataFrame, original: pl.Expr | None = None) -> None:
        self.rows = rows
        self._original = shortened(pl.col("original")) if original is None else original
        self._rejected: list[pl.DataFrame] = []

    def drop(self, bad: pl.Expr, rule: str, message: pl.Expr | str) -> int:
        """Move the rows where `bad` holds to the rejects with `rule` and a Swedish `message`; return how many."""
        mask = self.rows.select(bad.fill_null(False).alias("bad")).to_series()
        count = int(mask.sum())
        if count:
            text = pl.lit(message) if isinstance(message, str) else message
            bad_rows = self.rows.filter(mask).rechunk()  # str.format of Polars 2.1 panics where a chunk is empty
            self._rejected.append(
                bad_rows.select(
                    "row_no",
                    pl.lit(None, pl.String).alias("sheet"),
                    pl.lit(rule).alias("rule"),
                    text.alias("message"),
                    self._original.alias("original"),
                )
            )
            self.rows = self.rows.filter(~mask)
        return count

    def rejects(self) -> pl.DataFrame:
        """Return the rejects so far in the canonical form, in file order."""
        if not self._rejected:
            return frame("rejects")
        return frame("rejects", pl.concat(self._rejected)).sort("row_no", maintain_order=True)


def shortened(text: pl.Expr) -> pl.Expr:
    """Return the text with what is above MAX_ORIGINAL characters cut off, the full length told."""
    length = text.str.len_chars()
    cut = pl.format("{} … ({} tecken)", text.str.slice(0, MAX_ORIGINAL), length)
    return pl.when(length > MAX_ORIGINAL).then(cut).otherwise(text)


def missing_column(file: str, wanted: str, found: list[str]) -> SourceError:
    """Return the error for a column that is not there: what was sought, what exists, what to do."""
    shown = [name[:MAX_SHOWN] for name in found if name][:30]
    near = get_close_matches(wanted, shown, n=1)
    hint = f" Menade du «{near[0]}»?" if near else ""
    columns = ", ".join(f"«{name}»" for name in shown) or "inga"
    return SourceError.from_file(
        file, f"kolumnen «{wanted}» finns inte. Kolumner i filen: {columns}.", f"Rätta inställningen eller filen.{hint}"
    )
