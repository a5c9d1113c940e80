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

# The longest files, by CPU seconds (some 150 down to 10): they start first, so that no core waits for one at the end.
# The demo home is built in the first; the next file that needs it comes when it is likely to be there.
LONGEST_FIRST = (
    "e2e/test_demo.py", "flows/test_kill.py", "savings/bands/test_uncertainty.py", "flows/project/test_baselines.py",
    "e2e/test_demo_month.py", "e2e/test_real.py", "e2e/test_order.py", "flows/test_installations.py",
    "forecast/test_year.py", "savings/scores/test_scoring.py", "flows/test_weather_prices.py", "flows/test_month.py",
    "flows/tools/test_evaluating.py", "flows/test_audit.py", "savings/test_bad_input.py",
    "savings/baselines/test_changepoint.py", "forecast/test_backtest.py", "savings/bridging/test_bridge.py",
    "savings/saved/test_normal_year.py", "savings/bands/test_placebo.py", "flows/test_budget_marts.py",
    "flows/decisions/test_closing_year.py", "dashboards/test_browser.py", "test_wheel.py", "savings/test_known.py",
    "savings/baselines/test_baseline.py", "flows/analysis/test_accounting.py", "flows/test_hostile.py",
)  # fmt: skip

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; xdist hands out files in this order (--no-loadscope-reorder)."""
    rank = {name: place for place, name in enumerate(LONGEST_FIRST)}
    tests = Path(__file__).parent
    items.sort(key=lambda item: rank.get(item.path.relative_to(tests).as_posix(), len(rank)))


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
