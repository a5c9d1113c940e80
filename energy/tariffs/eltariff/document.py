"""A hostile JSON document of the Eltariff-API: bytes -> plain tables, and careful questions to them.

Nothing here trusts a type: a text, number, list or table that is not one is absent, or refused with what was found.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from energy.errors import SourceError, TariffError
from energy.sources.text import decode_swedish

LARGEST = 20_000_000  # bytes
MOST_TARIFFS, MOST_PARTS = 5_000, 500  # in a file, in one list of it
LONGEST_TEXT = 300
Node = Mapping[str, Any]

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?")
_CLOCK = re.compile(r"(\d{2}):(\d{2})(?::(\d{2}))?")


class Refused(Exception):  # noqa: N818 - a verdict on one part of a file, not an error of the program
    """A part of a tariff cannot be carried over; the text, Swedish, says why."""


def load(data: bytes, file: str) -> Any:
    """Return the document; numbers are Decimal, so that nothing is rounded.

    Raises TariffError for a file too large, that is no text or no JSON, too deep, or with a key told twice.
    """
    if len(data) > LARGEST:
        raise TariffError(f"{file}: filen är större än {LARGEST // 1_000_000} MB. Hämta en tariff i taget.")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise TariffError(f"{file}: nyckeln {shown(twice)} står två gånger i samma tabell. Hämta filen på nytt.")
        return found

    try:
        content, _ = decode_swedish(data, file)
        return json.loads(
            content, parse_float=_decimal, parse_int=_decimal, parse_constant=_no_number, object_pairs_hook=once
        )
    except SourceError as error:
        raise TariffError(str(error)) from error
    except RecursionError as error:
        raise TariffError(
            f"{file}: för många tabeller i varandra; det är ingen tariff. Hämta filen på nytt."
        ) from error
    except ValueError as error:
        line = getattr(error, "lineno", None)
        where = f" (fel vid rad {line})" if line else ""
        raise TariffError(f"{file}: är inte giltig JSON{where}; filen kan vara avhuggen. Hämta den på nytt.") from error


def _decimal(word: str) -> Decimal:
    try:
        return Decimal(word)
    except InvalidOperation as error:
        raise ValueError(word) from error


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)


def clean(value: str, longest: int = LONGEST_TEXT) -> str:
    """Return a text on one line without unseen characters, cut to `longest`."""
    plain = " ".join(_UNSEEN.sub(" ", value).split())
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def shown(value: Any) -> str:
    """Return any value as a short quotation for a message."""
    if isinstance(value, Mapping | list):
        return "en tabell" if isinstance(value, Mapping) else "en lista"
    return "inget" if value is None else f"«{clean(str(value), 60)}»"


def text_of(node: Any, key: str) -> str:
    """Return the text (or number) at a key, cleaned; "" where there is none."""
    value = node.get(key) if isinstance(node, Mapping) else None
    return clean(str(value)) if isinstance(value, str | Decimal) else ""


def table_of(node: Any, key: str) -> Node:
    """Return the table at a key; empty where there is none."""
    value = node.get(key) if isinstance(node, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def tables_of(node: Any, key: str) -> list[Node]:
    """Return the tables of the list at a key; [] where there is none. Raises Refused for anything else."""
    value = node.get(key) if isinstance(node, Mapping) else None
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise Refused(f"«{key}» är inte en lista av tabeller")
    if len(value) > MOST_PARTS:
        raise Refused(f"«{key}» har {len(value)} delar, fler än {MOST_PARTS}")
    return value


def words_of(node: Any, key: str) -> list[str]:
    """Return the texts of the list at a key; [] where there is none. Raises Refused for anything else."""
    value = node.get(key) if isinstance(node, Mapping) else None
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value) or len(value) > MOST_PARTS:
        raise Refused(f"«{key}» är inte en lista av texter")
    return [clean(one) for one in value]


def number_of(node: Any, key: str) -> float | None:
    """Return the number at a key, also one written as text; None where there is none. Raises Refused for no number."""
    value = node.get(key) if isinstance(node, Mapping) else None
    if value is None:
        return None
    try:
        found = float(Decimal(value.replace(",", ".")) if isinstance(value, str) else value)
    except (InvalidOperation, TypeError, ValueError, OverflowError):
        raise Refused(f"«{key}» är {shown(value)}, inte ett tal") from None
    if isinstance(value, bool) or found - found != 0:
        raise Refused(f"«{key}» är {shown(value)}, inte ett ändligt tal")
    return found


def day_of(node: Any, key: str) -> date | None:
    """Return the day at a key, written as a date or as the midnight that begins it; None where there is none."""
    word = text_of(node, key)
    if not word:
        return None
    found = _DAY.fullmatch(word)
    try:
        day = date.fromisoformat(found[1]) if found else None
        clock, zone = (found[2] or "00:00", found[3]) if found else ("", None)
        if day and clock == "00:00":
            return day
        if day and clock in ("22:00", "23:00") and zone in ("Z", "+00:00"):  # Swedish midnight told in UTC
            return day + timedelta(days=1)
    except (ValueError, OverflowError):
        pass
    raise Refused(f"«{key}» är {shown(word)}, inte en dag som börjar vid midnatt")


def hour_of(node: Any, key: str, end: bool = False) -> int:
    """Return the whole hour of a time of day; midnight as an `end` is 24. Raises Refused for parts of hours."""
    word = text_of(node, key)
    found = _CLOCK.fullmatch(word)
    hour, rest = (int(found[1]), (found[2], found[3] or "00")) if found else (99, ("", ""))
    if not found or hour > 24 or (hour == 24 and not end):
        raise Refused(f"«{key}» är {shown(word or None)}, inte ett klockslag")
    if rest != ("00", "00"):
        raise Refused(f"tiden {shown(word)} börjar eller slutar inte på en hel timme")
    return 24 if end and hour == 0 else hour
