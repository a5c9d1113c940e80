"""Fixtures shared by all tests: where the real data lies, and the list of what was skipped for want of it."""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: see flows/cli.py
os.environ.setdefault("DO_NOT_TRACK", "1")

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

MISSING = "real data missing: "

# no deadline: the first call of a library costs more than the calls after it, and two workers share two cores
settings.register_profile("energibok", deadline=None, max_examples=60)
settings.load_profile("energibok")


def real_folder() -> Path:
    """Return the folder of real data: ENERGIBOK_TEST_DATA, else ``../shared/data`` beside the repository."""
    told = os.environ.get("ENERGIBOK_TEST_DATA")
    return Path(told) if told else Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture
def real_data() -> Path:
    """Return the folder of real data; skip the test where there is none."""
    folder = real_folder()
    if not folder.is_dir():
        pytest.skip(f"{MISSING}{folder}")
    return folder


@pytest.fixture
def real_file(real_data: Path) -> Callable[[str], bytes]:
    """Return a function from a path below the folder of real data to the file's bytes; it skips where there is none."""

    def read(path: str) -> bytes:
        file = real_data / path
        if not file.is_file():
            pytest.skip(f"{MISSING}{file}")
        return file.read_bytes()

    return read


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """End the run with what was skipped for missing real data, test by test."""
    skipped = [
        (report.nodeid, str(report.longrepr[2]))
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple) and MISSING in str(report.longrepr[2])
    ]
    if skipped:
        terminalreporter.section(f"{len(skipped)} tests skipped for missing real data (set ENERGIBOK_TEST_DATA)")
        for test, reason in sorted(skipped):
            terminalreporter.write_line(f"{test}: {reason.split(MISSING, 1)[1]}")
