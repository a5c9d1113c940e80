"""Every error a user can meet: what was found, where, and what to do.

EnergibokError
├── SettingsError      energibok.toml or a variable ENERGIBOK_* is wrong
├── SourceError        a file cannot be read as its format; the whole file is quarantined
├── UnitError          a unit text nobody knows
├── TariffError        a price list is wrong, or a bill lacks what it needs
├── InsufficientData   a model fails its gates: no figure, and the reason
└── StoreError         the ledger is locked, edited or newer than the program
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = [
    "EnergibokError",
    "InsufficientData",
    "SettingsError",
    "SourceError",
    "StoreError",
    "TariffError",
    "UnitError",
    "nearest",
]


def nearest(found: str, known: Iterable[str], most: int = 1) -> str:
    """Return « Menade du «x»?» with the known words nearest to `found`, a space before; "" where none is near."""
    near = get_close_matches(found, sorted(set(known)), n=most)
    return f" Menade du {' eller '.join(f'«{one}»' for one in near)}?" if near else ""


class EnergibokError(Exception):
    """Root of the tree; its text is shown to the user as it is."""


class SettingsError(EnergibokError):
    """A wrong key or value in the settings."""

    @classmethod
    def from_key(cls, file: str, key: str, found: object, allowed: str) -> SettingsError:
        """Return the error with file, key, what was found and what is allowed."""
        return cls(f"{file}: nyckel «{key}»: fann {found!r}. Tillåtet: {allowed}.")


class SourceError(EnergibokError):
    """The file as a whole cannot be read as its format."""

    @classmethod
    def from_file(cls, file: str, found: str, todo: str) -> SourceError:
        """Return the error with file, what was found and what to do."""
        return cls(f"{file}: {found} {todo}")


class UnitError(EnergibokError):
    """A unit text that is not in the table of units."""

    @classmethod
    def from_unit(cls, found: str, known: Iterable[str]) -> UnitError:
        """Return the error naming the unit found and the nearest known ones."""
        known = sorted(known)
        same = [unit for unit in known if unit.casefold() == found.casefold()]  # MWH is MWh, never MW
        hint = f" Menade du «{same[0]}»?" if same else nearest(found, known)
        return cls(f"okänd enhet {found!r}.{hint} Kända enheter: {', '.join(known)}.")


class TariffError(EnergibokError):
    """A price list is wrong, or a bill cannot be computed from what is at hand."""


class InsufficientData(EnergibokError):  # noqa: N818 - the field says "insufficient data", not "...Error"
    """A model fails its gates; the text is the reason shown after «kan inte bedömas:»."""


class StoreError(EnergibokError):
    """The ledger cannot be opened, migrated or written."""
