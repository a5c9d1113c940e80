"""Speed of the store's cheapest operation: a facility-year hourly with the power of the year and of every month."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.bench_figures import Figure, seconds


def store_years(_: Path) -> list[Figure]:
    """Time one facility-year of a large store, of one whose content binds in every hour, and the whole operation."""
    from energy.storage.optimum.dispatch import store_year
    from energy.storage.optimum.observed import observe
    from energy.storage.optimum.operation import operate
    from energy.storage.optimum.programme import solve
    from tests.storage.world import MONTHS, STORE, around

    year = store_year(observe(STORE, around(), MONTHS), around())
    small = replace(year.plant, capacity_kwh=800.0, start_kwh=400.0, end_kwh=400.0)  # a day of flow: a tank
    return [
        Figure("store's year, large store", "s", seconds(lambda: solve(year.plant, year.sides), 3)),
        Figure("store's year, bounds in every hour", "s", seconds(lambda: solve(small, year.sides), 3)),
        Figure("store's whole operation", "s", seconds(lambda: operate(STORE, around(), MONTHS, 60, 1), 1)),
    ]
