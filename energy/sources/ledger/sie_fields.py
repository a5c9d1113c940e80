"""The text of a SIE file: which encoding it really has, and its lines as labels and fields.

SIE file format, version 4B (2008-09-30), chapter 5: IBM code page 437, fields parted by space or tab, quotes where a
field holds a space, ``\\"`` the only escape, objects within braces. Programs write other encodings under that label.
"""

from __future__ import annotations

import json
import re

import polars as pl

from energy.errors import SourceError
from energy.sources import text
from energy.sources.base import refuse_empty

MAX_LINE = 20_000  # bytes: no line of a ledger is longer, and a longer one could be made to fill the memory
LABELS = frozenset((
    "FLAGGA", "PROGRAM", "FORMAT", "GEN", "SIETYP", "PROSA", "FTYP", "FNR", "ORGNR", "BKOD", "ADRESS", "FNAMN", "RAR",
    "TAXAR", "OMFATTN", "KPTYP", "VALUTA", "KONTO", "KTYP", "ENHET", "SRU", "DIM", "UNDERDIM", "OBJEKT", "IB", "UB",
    "OIB", "OUB", "RES", "PSALDO", "PBUDGET", "VER", "TRANS", "RTRANS", "BTRANS", "KSUMMA",
))  # fmt: skip
# å ä ö Å Ä Ö é É as bytes of the two one-byte encodings that Swedish programs write
_PC8 = bytes((0x86, 0x84, 0x94, 0x8F, 0x8E, 0x99, 0x82, 0x90))
_ANSI = bytes((0xE5, 0xE4, 0xF6, 0xC5, 0xC4, 0xD6, 0xE9, 0xC9))
_QUOTED = r'"(?:\\"|[^"])*"'
_FIELD = rf'{_QUOTED}|\{{(?:{_QUOTED}|[^}}"])*\}}|"[^"]*$|[^\s{{}}]+'


def decode(data: bytes, name: str) -> tuple[str, str]:
    """Return (text, actual encoding): by byte order mark, else ascii, utf-8, or cp437 or cp1252 by their å, ä and ö.

    All line ends become ``\\n``. Raises SourceError for an empty or a binary file.
    """
    refuse_empty(data, name)
    encoding = _encoding(data)
    try:
        content = data.decode(encoding, "replace" if encoding == "cp1252" else "strict")
    except UnicodeError as error:
        raise _binary(name) from error
    if "\0" in content:
        raise _binary(name)
    return content.replace("\r\n", "\n").replace("\r", "\n"), encoding


def _binary(name: str) -> SourceError:
    return SourceError.from_file(name, "filen är binär eller skadad, inte text.", "Exportera SIE-filen igen.")


def _encoding(data: bytes) -> str:
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if data.isascii():
        return "ascii"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        pc8, ansi = (len(data) - len(data.translate(None, letters)) for letters in (_PC8, _ANSI))
        return "cp1252" if ansi > pc8 else "cp437"
    return "utf-8"


def labelled(content: str) -> pl.DataFrame:
    """Return one row per line that is not blank: `row_no`, `original`, `label`, `rest`, `closes`, `too_long`.

    `label` is in upper case and without #, null for a line without one; `closes` marks the brace that ends a voucher.
    """
    rows = text.records(content, " ", quoting=False)
    line = pl.col("original").str.strip_chars_start("{ \t")
    too_long = pl.col("original").str.len_bytes() > MAX_LINE
    return rows.with_columns(
        label=line.str.extract(r"^#([A-Za-zÅÄÖåäö0-9_]{1,40})").str.to_uppercase(),
        rest=pl.when(too_long).then(pl.lit("")).otherwise(line.str.replace(r"^#[^\s{]*", "")),
        closes=pl.col("original").str.contains(r"^\s*\}"),
        too_long=too_long,
    )


def with_label(lines: pl.DataFrame, *labels: str) -> pl.DataFrame:
    """Return the lines that bear one of the labels."""
    return lines.filter(pl.col("label").is_in(labels))


def fields(lines: pl.DataFrame, *names: str) -> pl.DataFrame:
    """Return the lines with their first fields as text columns `names`: quotes off, null where a line ends before.

    A field in braces stays as written. Further fields are left alone: later versions of the format may add them.
    """
    found = lines["rest"].str.extract_all(_FIELD)
    if lines["rest"].str.contains('"', literal=True).any():
        bare = pl.element().str.strip_prefix('"').str.strip_suffix('"').str.replace_all('\\"', '"', literal=True)
        found = found.list.eval(pl.when(pl.element().str.starts_with('"')).then(bare).otherwise(pl.element()))
    return text.pick(lines, found, {name: position for position, name in enumerate(names)})


def first(lines: pl.DataFrame, label: str, count: int = 1) -> tuple[str, ...]:
    """Return the first `count` fields of the first line with a label, "" where line or field is absent."""
    found = fields(with_label(lines, label).head(1), *(str(i) for i in range(count)))
    return tuple(str(found[str(i)][0] or "") if found.height else "" for i in range(count))


def day(column: str) -> pl.Expr:
    """Return the date of a text YYYYMMDD; null for every other text."""
    good = pl.col(column).str.contains("^(?:19|20|21)[0-9]{6}$")
    return pl.when(good).then(pl.col(column)).str.to_date("%Y%m%d", strict=False)


def month(column: str) -> pl.Expr:
    """Return the first day of a month YYYYMM; null for every other text."""
    good = pl.col(column).str.contains("^(?:19|20|21)[0-9]{4}$")
    return pl.when(good).then(pl.col(column) + "01").str.to_date("%Y%m%d", strict=False)


def objects_json(texts: pl.Series) -> pl.Series:
    """Return `{dimension object …}` as canonical JSON, keys sorted; null where the braces hold no such pairs.

    Each distinct text is read once: a ledger has few combinations.
    """
    distinct = texts.drop_nulls().unique()
    known = pl.DataFrame(
        {"text": distinct, "json": [_json(t) for t in distinct]}, {"text": pl.String, "json": pl.String}
    )
    return pl.DataFrame({"text": texts}).join(known, on="text", how="left", maintain_order="left")["json"]


_PART = re.compile(rf'{_QUOTED}|[^\s"]+')


def _json(braced: str) -> str | None:
    parts = [_bare(part) for part in _PART.findall(braced[1:-1])]
    pairs = dict(zip(parts[::2], parts[1::2], strict=False))
    if len(parts) % 2 or len(pairs) * 2 != len(parts) or "" in pairs or not braced.startswith("{"):
        return None
    return json.dumps(dict(sorted(pairs.items())), ensure_ascii=False, separators=(",", ":"))


def _bare(part: str) -> str:
    return part[1:-1].replace('\\"', '"').strip() if part.startswith('"') and part.endswith('"') else part
