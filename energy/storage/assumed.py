"""What account and best operation of a store assume where no meter tells, read from two files. No value in code."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

__all__ = ["Assumed", "assumed", "table"]

FILES = ("assumed.toml", "dispatch.toml")


@dataclass(frozen=True)
class Assumed:
    """A value with its span, unit, the day it was set and where it comes from; low <= central <= high."""

    low: float
    central: float
    high: float
    unit: str
    set_on: date
    own: bool
    source: str


@cache
def table() -> dict[str, Assumed]:
    """Return name -> assumption. Raises ValueError where a span is out of order."""
    found: dict[str, Assumed] = {}
    texts = [files("energy.storage").joinpath(name).read_text(encoding="utf-8") for name in FILES]
    for name, one in (item for text in texts for item in tomllib.loads(text).items()):
        central = float(one["central"])
        low, high = float(one.get("low", central)), float(one.get("high", central))
        if not low <= central <= high:
            raise ValueError(f"{name}: {low} <= {central} <= {high} does not hold")
        found[name] = Assumed(low, central, high, one["unit"], one["set"], bool(one["own"]), one["source"])
    return found


def assumed(name: str) -> Assumed:
    """Return one assumption by name."""
    return table()[name]
