"""Faults of tariff and contract (T)."""

from __future__ import annotations

import numpy as np

from tests.measure_bench.faults.base import Fault, run_with, since
from tests.measure_bench.noise import stream
from tests.measure_bench.world import World

__all__ = ["FAULTS"]


def few_heat_peaks(world: World, share: float) -> World:
    """Refill pool and tank with hot water on three or four cold days a winter; the week after buys that much less."""
    site, bought = world.site, world.running.flows["bought"].reshape(-1, 24).mean(axis=1)
    rng, year = stream(site.seed, "peaks"), np.arange(len(bought))[::-1] // 365
    moved = np.zeros(len(bought))
    for found in np.unique(year):
        days = np.flatnonzero(year == found)
        cold = days[np.argsort(bought[days])[-25:]]
        for day in rng.choice(cold, size=min(len(cold), int(rng.integers(3, 5))), replace=False):
            after = np.arange(day + 1, min(day + 7, len(bought)))
            moved[day] += share * bought[days].max()
            moved[after] -= share * bought[days].max() / max(1, len(after))
    return run_with(world, heat_moved_kwh=np.repeat(moved, 24))


def warm_return(world: World, kelvin: float) -> World:
    """Foul the heat exchangers and let a valve leak: the return comes back warmer, from some day of the year before."""
    return run_with(world, return_k=kelvin * since(world.site, "return", -8, 0))


FAULTS = (
    Fault("few_heat_peaks", "T2", "billed_heat_power", "three or four cold days a winter take 30, 50, 80 % more heat",
          (0.30, 0.50, 0.80), few_heat_peaks, ("return", "flow")),
    Fault("warm_return", "T4", "high_return_temperature", "the return is 4, 8, 14 K warmer since last year",
          (4.0, 8.0, 14.0), warm_return, ("return", "flow")),
)  # fmt: skip
