"""Names of persons in what people write: left out of files with a warning, refused on the command line.

What is decided is published on pages, and who decided is a role. A name cannot be told for sure: taken for one are
two words with capitals and nothing else, a common given name before a word with a capital, initial and surname,
addresses of e-mail and personal numbers. A name of one word in a sentence is not seen.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import polars as pl

from energy.model import Finding

__all__ = ["LEFT_OUT", "looks_like_person", "persons", "without_persons"]

LEFT_OUT = "(personuppgift utelämnad)"
_MOST = 20  # findings of one kind in a file
_NAME = r"\p{Lu}\p{Ll}+(?:-\p{Lu}\p{Ll}+)?"
_SURNAME = r"\p{Lu}\p{Ll}*(?:sson|ström|berg|gren|lund|qvist|kvist|dahl|stedt)\b"
# an address of e-mail, a personal number; initial and surname, «A. Lund»; surname first is met by its given name
_SURELY = rf"[\w.+-]+@[\w-]+\.[\w.-]+|\b(?:19|20)?\d{{6}}[-+]\d{{4}}\b|\b\p{{Lu}}\. ?{_SURNAME}"


@cache
def _in_text() -> str:
    """Return the pattern of what is taken for a person inside a longer text.

    Source of the given names: given_names.toml beside this module, with its day.
    """
    given = "|".join(_given())
    named = rf"\b(?:{given})(?:-\p{{Lu}}\p{{Ll}}+)?(?: \p{{Lu}}\.?)?(?: {_NAME})+"
    return rf"{_SURELY}|{named}|\b{_NAME}, (?:{given})\b"


@cache
def _given() -> tuple[str, ...]:
    told = files("energy.sources.people") / "given_names.toml"
    return tuple(sorted(tomllib.loads(told.read_text(encoding="utf-8"))["names"].split(), key=len, reverse=True))


_WHOLE = rf"@|^{_NAME} {_NAME}$"  # two words with capitals and nothing else


@cache
def _as_role() -> str:
    """Return the pattern of a role that is a person: as in a text, or a given name alone, in whatever case."""
    given = "|".join(_given())
    return rf"{_WHOLE}|^(?i:{given})(?: \S+)?$|^\p{{Lu}}\.? {_NAME}$|{_in_text()}"


def persons(rows: pl.DataFrame, role: str, note: str, sheet: str | None) -> list[Finding]:
    """Return a warning per row whose role or note looks like it names a person; it does not repeat the name."""
    told = (
        (
            role,
            _as_role(),
            "owner_is_person",
            "ansvarig ser ut att vara en person: skriv en roll, till exempel driftchef",
        ),
        (note, rf"{_WHOLE}|{_in_text()}", "note_names_person", "texten ser ut att nämna en person: skriv en roll"),
    )
    return [
        Finding(rule, "warning", f"{text}. Namnet visas inte", row_no=row, sheet=sheet)
        for column, pattern, rule, text in told
        for row in rows.filter(pl.col(column).str.contains(pattern)).head(_MOST)["row_no"].to_list()
    ]


def without_persons(rows: pl.DataFrame, role: str, note: str, instead: str = "") -> pl.DataFrame:
    """Return the rows with `instead` of a role that looks like a person, and a note without names, addresses, numbers.

    A note that is nothing but a name is left out whole.
    """
    text = pl.col(note)
    return rows.with_columns(
        pl.when(pl.col(role).str.contains(_as_role())).then(pl.lit(instead)).otherwise(pl.col(role)).alias(role),
        pl.when(text.str.contains(_WHOLE) & ~text.str.contains(_in_text()))
        .then(pl.lit(LEFT_OUT))
        .otherwise(text.str.replace_all(_in_text(), LEFT_OUT))
        .alias(note),
    )


def looks_like_person(text: str, is_role: bool = False) -> bool:
    """Return whether a text, or a role, is or holds what looks like a person's name, address or number."""
    pattern = _as_role() if is_role else rf"{_WHOLE}|{_in_text()}"
    return bool(pl.select(pl.lit(text.strip()).str.contains(pattern)).item())
