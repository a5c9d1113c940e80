"""The made-up store's year, solved once for all tests."""

from __future__ import annotations

import pytest

from energy.storage.optimum.operation import Operation, operate
from tests.storage.world import MONTHS, STORE, around


@pytest.fixture(scope="session")
def operation() -> Operation:
    """Return the year 2023 of the made-up store."""
    return operate(STORE, around(), MONTHS, 15, 1)
