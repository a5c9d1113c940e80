"""A price list as a TOML file of our own form, strict enough that reading it back gives the same list.

Generic over the keys: what a component holds is written, whatever it is called, so a new key of a price list needs no
change here. Form: TOML 1.0 (toml.io/en/v1.0.0); short tables on one line, long ones under a heading of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from energy.errors import TariffError
from energy.model import PriceList
from energy.tariffs.pricelist import ListTable, read_price_list

LONGEST_INLINE = 96  # characters of a table written on one line
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}
# control characters, and the marks that turn or hide text on a screen: written as their code, never as themselves
_UNSEEN = re.compile('[\\\\"\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]')


def to_toml(price_list: PriceList) -> str:
    """Return the list as TOML, prices excl. VAT; `read_price_list` gives an equal list but for its hash.

    The text depends on the list alone. Raises TariffError for a list that `read_price_list` would not
    take, and for a value TOML cannot hold.
    """
    told: dict[str, Any] = {"vat": "excluded", "clock": "normal_time"}
    lines = []
    for key in ListTable.model_fields:
        value = told.get(key, getattr(price_list, key, None))
        if key != "component" and value is not None:
            lines.append(f"{_key(key)} = {_value(value, key)}")
    for component in price_list.components:
        lines += ["", "[[component]]", *_component(component)]
    text = "\n".join(lines) + "\n"
    _check(price_list, text)
    return text


def _check(price_list: PriceList, text: str) -> None:
    """Raise TariffError unless the text is read back as the list it was written from."""
    again = read_price_list(text, price_list.id)
    if replace(again, sha256="") != replace(price_list, sha256=""):
        raise TariffError(
            f"{price_list.id}: listan kan inte skrivas så att den läses tillbaka lika. Den är inte läst som en "
            "prislista; läs den med read_price_list först."
        )


def _component(component: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of one component: plain keys, short tables inline, then long tables under their headings."""
    long = {}
    for key, value in component.items():
        line = f"{_key(key)} = {_value(value, key)}" if value is not None else ""
        if isinstance(value, Mapping) and len(line) > LONGEST_INLINE:
            long[key] = value
        elif line:
            yield line
    for key, table in long.items():
        yield from ("", f"[component.{_key(key)}]")
        for name, value in table.items():
            if value is not None:
                yield f"{_key(name)} = {_rows(value, name)}"


def _rows(value: Any, key: str) -> str:
    """Return a value; a list of tables with one table a line."""
    if isinstance(value, list | tuple) and value and all(isinstance(one, Mapping) for one in value):
        return "[\n" + "".join(f"    {_value(one, key)},\n" for one in value) + "]"
    return _value(value, key)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name, name)


def _value(value: Any, key: str) -> str:
    """Return a value as TOML. Raises TariffError for one that TOML, or a price list, cannot hold."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and value - value == 0:  # finite
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, str):
        return _text(value, key)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one, key) for one in value) + "]"
    if isinstance(value, Mapping):
        inside = [f"{_key(name)} = {_value(one, name)}" for name, one in value.items() if one is not None]
        return "{ " + ", ".join(inside) + " }" if inside else "{}"
    raise TariffError(f"nyckel «{key}»: {value!r} kan inte stå i en prislista. Tillåtet: text, ändligt tal och datum.")


def _text(value: str, key: str) -> str:
    """Return a basic string, everything that is not plainly visible escaped."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise TariffError(f"nyckel «{key}»: texten har ett halvt tecken och kan inte skrivas. Rätta texten.") from error
    return '"' + _UNSEEN.sub(lambda found: _ESCAPED.get(found.group()) or f"\\u{ord(found.group()):04X}", value) + '"'
