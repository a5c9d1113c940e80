"""The demo home, worked through once for every end-to-end test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.cli import main
from flows.month import analyse_step, ingest_step, publish_step
from tests.once import built_once


def _work_through(place: Path) -> None:
    assert main(["demo", str(place), "--files-only"]) == 0
    ingest_step(place)
    analyse_step(place)
    publish_step(place)


@pytest.fixture(scope="module", autouse=True)
def few_draws() -> Iterator[None]:
    """Let every analysis of these files draw as few times; no other file of the worker sees it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENERGIBOK_DRAWS", "60")
        yield


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo home, worked through once by the same steps as the flow (Prefect itself is tested apart)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENERGIBOK_DRAWS", "60")
        return built_once(tmp_path_factory, "demo", _work_through)


@pytest.fixture(scope="module")
def home(built: Path) -> Path:
    """The demo home, which all workers share: a test that changes anything copies it first."""
    return built
