"""One synthetic home and its physics, made once for all tests of the demo."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from fnmatch import fnmatch
from typing import Any

import polars as pl
import pytest

from energy import demo, sources
from energy.demo.physics import Physics, simulate
from energy.model import Parsed


@pytest.fixture(scope="session")
def home() -> dict[str, bytes]:
    """Return the files of the home with seed 1."""
    return demo.files(1)


@pytest.fixture(scope="session")
def physics() -> Physics:
    """Return the physics behind the same home."""
    return simulate(1)


@pytest.fixture(scope="session")
def settings(home: dict[str, bytes]) -> Mapping[str, Any]:
    """Return energibok.toml as plain data."""
    return tomllib.loads(home["energibok.toml"].decode())


@pytest.fixture(scope="session")
def parsed(home: dict[str, bytes], settings: Mapping[str, Any]) -> dict[str, Parsed]:
    """Return every file of the inbox that a rule matches, read by that rule: path under inbox -> what it holds."""
    found = {}
    for path, data in home.items():
        name = path.removeprefix("inbox/")
        rule = next((r for r in settings["source"] if fnmatch(name, r["match"])), None)
        if name != path and rule is not None:
            found[name] = sources.by_name(rule["format"]).read(data, name, rule.get("options", {}))
    return found


@pytest.fixture(scope="session")
def readings(parsed: dict[str, Parsed]) -> pl.DataFrame:
    """Return the readings of all meter files but the copy, as they were written."""
    frames = [p.tables["readings"] for name, p in parsed.items() if "readings" in p.tables and "kopia" not in name]
    return pl.concat(frames)
