"""The demo home, worked through once for every end-to-end test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.cli import main
from flows.month import analyse_step, ingest_step, publish_step


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The demo home, worked through once by the same steps as the flow (Prefect itself is tested apart)."""
    place = tmp_path_factory.mktemp("demo") / "hem"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENERGIBOK_DRAWS", "60")
        assert main(["demo", str(place), "--files-only"]) == 0
        ingest_step(place)
        analyse_step(place)
        publish_step(place)
        yield place
