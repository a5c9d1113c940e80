"""The faults of the bench, by part of the facility."""

from __future__ import annotations

from tests.measure_bench.faults import operation, tariff
from tests.measure_bench.faults.base import Fault

__all__ = ["FAULTS", "Fault"]

FAULTS: tuple[Fault, ...] = (*tariff.FAULTS, *operation.FAULTS)
