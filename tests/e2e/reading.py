"""Ways to read a home as its users do: a command's document, a published mart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows.cli import main
from flows.store import Store


def printed(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> dict[str, Any]:
    """Run a command with --json and return its document; nothing else may stand on standard output."""
    capsys.readouterr()
    assert main([*words, "--json"]) == status
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def mart(home: Path, name: str) -> pl.DataFrame:
    """Return a published mart."""
    with Store.read(home) as store:
        return store.table(f"marts.{name}")
