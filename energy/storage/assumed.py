"""What account and best operation of a store assume where no meter tells, read from two files. No value in code."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from energy.assumption import Assumption, read_assumption

__all__ = ["assumed", "table"]

FILES = ("assumed.toml", "dispatch.toml")


@cache
def table() -> dict[str, Assumption]:
    """Return name -> assumption. Raises SettingsError where one is not told as it should be."""
    here = files("energy.storage")
    return {
        name: read_assumption(file, name, entry)
        for file in FILES
        for name, entry in tomllib.loads(here.joinpath(file).read_text(encoding="utf-8")).items()
    }


def assumed(name: str) -> Assumption:
    """Return one assumption by name."""
    return table()[name]
