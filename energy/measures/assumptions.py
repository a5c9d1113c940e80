"""The rules' assumptions, read from `assumptions.toml` here and in each folder of rules. No value stands in code."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from energy.errors import SettingsError

__all__ = ["SHARED", "Assumption", "assumption", "parse", "table"]

FILE = "assumptions.toml"
FOLDERS = ("", "tariff", "operation", "store")
SHARED = {  # tables of no single rule -> what they are for
    "common": "all rules", "ice": "rules of the ice", "ventilation": "rules of outdoor air", "register": "the register",
    "verification": "verification of what is done", "winters": "the load in the weather of other winters",
    "nights": "closed hours night by night", "steps": "a level that changed and stayed",
    "lamps": "the heat of lamps",
    "keeping": "electricity that keeps", "quality": "checks of meters", "better_store": "better operation of a store",
}  # fmt: skip
KEYS = frozenset({"low", "central", "high", "unit", "set", "own", "source"})


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


def parse(text: str) -> dict[str, dict[str, Assumption]]:
    """Return rule -> name -> assumption from TOML. Raises SettingsError naming key, what was found and the allowed."""
    return {
        rule: {name: _one(f"{rule}.{name}", entry) for name, entry in entries.items()}
        for rule, entries in tomllib.loads(text).items()
    }


def _one(key: str, entry: dict[str, Any]) -> Assumption:
    if set(entry) - KEYS or not {"central", "unit", "set", "own", "source"} <= set(entry):
        raise SettingsError.from_key(FILE, key, sorted(entry), "central, unit, set, own, source och ev. low, high")
    central = float(entry["central"])
    low, high = float(entry.get("low", central)), float(entry.get("high", central))
    if not low <= central <= high:
        raise SettingsError.from_key(FILE, key, (low, central, high), "low <= central <= high")
    if not isinstance(entry["set"], date) or not str(entry["source"]).strip():
        raise SettingsError.from_key(FILE, key, (entry["set"], entry["source"]), "ett datum och en källa")
    return Assumption(low, central, high, str(entry["unit"]), entry["set"], bool(entry["own"]), str(entry["source"]))


@cache
def table() -> dict[str, dict[str, Assumption]]:
    """Return all assumptions of the package's own files; a rule's stand in the file of its folder."""
    here = files("energy.measures")
    texts = [here.joinpath(folder, FILE).read_text(encoding="utf-8") for folder in FOLDERS]
    return {rule: entries for text in texts for rule, entries in parse(text).items()}


def assumption(rule: str, name: str) -> Assumption:
    """Return one assumption; `rule` is a measure id or "common"."""
    return table()[rule][name]
