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


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The demo home, worked through once by the same steps as the flow (Prefect itself is tested apart).

    All workers share it: a test that changes anything copies it first.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENERGIBOK_DRAWS", "60")
        yield built_once(tmp_path_factory, "demo", _work_through)
