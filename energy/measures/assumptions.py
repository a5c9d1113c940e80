"""The rules' assumptions, read from `assumptions.toml` here and in each folder of rules. No value stands in code."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from energy.assumption import Assumption, read_assumption

__all__ = ["SHARED", "Assumption", "assumption", "parse", "table"]

FILE = "assumptions.toml"
FOLDERS = ("", "tariff", "operation", "store")
SHARED = {  # tables of no single rule -> what they are for
    "common": "all rules", "ice": "rules of the ice", "ventilation": "rules of outdoor air", "register": "the register",
    "verification": "verification of what is done", "winters": "the load in the weather of other winters",
    "nights": "closed hours night by night", "steps": "a level that changed and stayed",
    "lamps": "the heat of lamps", "warmer_store": "what more heat in a store gives",
    "keeping": "electricity that keeps", "quality": "checks of meters", "better_store": "better operation of a store",
}  # fmt: skip


def parse(text: str) -> dict[str, dict[str, Assumption]]:
    """Return rule -> name -> assumption from TOML. Raises SettingsError naming key, what was found and the allowed."""
    return {
        rule: {name: read_assumption(FILE, f"{rule}.{name}", entry) for name, entry in entries.items()}
        for rule, entries in tomllib.loads(text).items()
    }


@cache
def table() -> dict[str, dict[str, Assumption]]:
    """Return all assumptions of the package's own files; a rule's stand in the file of its folder."""
    here = files("energy.measures")
    texts = [here.joinpath(folder, FILE).read_text(encoding="utf-8") for folder in FOLDERS]
    return {rule: entries for text in texts for rule, entries in parse(text).items()}


def assumption(rule: str, name: str) -> Assumption:
    """Return one assumption; `rule` is a measure id or "common"."""
    return table()[rule][name]
