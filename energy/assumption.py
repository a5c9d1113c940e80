"""One value that is assumed where no meter and no published figure tells, as the files of assumptions hold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from energy.errors import SettingsError

__all__ = ["Assumption", "read_assumption"]

KEYS = frozenset({"low", "central", "high", "unit", "set", "own", "source"})
OPTIONAL = frozenset({"low", "high"})


@dataclass(frozen=True)
class Assumption:
    """A value with its span, unit, the day it was set and where it comes from; low <= central <= high."""

    low: float
    central: float
    high: float
    unit: str
    set_on: date
    own: bool
    source: str


def read_assumption(file: str, key: str, entry: Mapping[str, Any]) -> Assumption:
    """Return an assumption from its table in a TOML `file`; an end that is not told is the central value.

    Raises SettingsError naming the key, what was found and what is allowed.
    """
    if set(entry) - KEYS or not set(entry) >= KEYS - OPTIONAL:
        raise SettingsError.from_key(file, key, sorted(entry), "central, unit, set, own, source och ev. low, high")
    central = float(entry["central"])
    low, high = float(entry.get("low", central)), float(entry.get("high", central))
    if not low <= central <= high:
        raise SettingsError.from_key(file, key, (low, central, high), "low <= central <= high")
    if not isinstance(entry["set"], date) or not str(entry["source"]).strip():
        raise SettingsError.from_key(file, key, (entry["set"], entry["source"]), "ett datum och en källa")
    return Assumption(low, central, high, str(entry["unit"]), entry["set"], bool(entry["own"]), str(entry["source"]))
