"""A file of assumptions that is not as it should be is refused, with what was found and what is allowed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from energy.assumption import Assumption, read_assumption
from energy.errors import SettingsError

TOLD: dict[str, Any] = {"central": 2, "unit": "K", "set": date(2026, 12, 1), "own": True, "source": "mätt"}


def test_an_end_that_is_not_told_is_the_central_value() -> None:
    expected = Assumption(2.0, 2.0, 3.5, "K", date(2026, 12, 1), own=True, source="mätt")
    assert read_assumption("a.toml", "x", TOLD | {"high": 3.5}) == expected


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({k: v for k, v in TOLD.items() if k != "source"}, "central, unit, set, own, source"),
        (TOLD | {"median": 1}, "median"),
        (TOLD | {"low": 2.5}, "low <= central <= high"),
        (TOLD | {"central": float("nan")}, "low <= central <= high"),
        (TOLD | {"set": "2026-12-01"}, "ett datum och en källa"),
        (TOLD | {"source": " "}, "ett datum och en källa"),
    ],
    ids=["no source", "unknown key", "order", "not a number", "day as text", "empty source"],
)
def test_what_is_wrong_is_said(entry: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words) as refused:
        read_assumption("a.toml", "lager.x", entry)
    assert "a.toml" in str(refused.value) and "lager.x" in str(refused.value)
