"""The faults of the bench, by part of the facility."""

from __future__ import annotations

from tests.measure_bench.faults import ice_and_pool, operation, store, tariff
from tests.measure_bench.faults.base import Fault

__all__ = ["FAULTS", "Fault"]

FAULTS: tuple[Fault, ...] = tuple(
    sorted(
        (*tariff.FAULTS, *operation.FAULTS, *ice_and_pool.FAULTS, *store.FAULTS),
        key=lambda fault: ("TOS".index(fault.code[0]), int(fault.code[1:]), fault.name),
    )
)
