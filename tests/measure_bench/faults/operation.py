"""Faults of operation (O)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.measure_bench.faults.base import Fault, run_with, since
from tests.measure_bench.world import World

__all__ = ["FAULTS"]


def left_on_at_night(world: World, kw: float) -> World:
    """Leave pumps, fans and lights on when closed, from the turn of the year valued or up to two months before."""
    began = since(world.site, "standby", -2, 0)
    return run_with(world, standby_kw=kw * began * (world.site.open == 0))


def fans_at_night(world: World, share: float) -> World:
    """Lose the night set-back of the hall ventilation: power and heat, since about the turn of the year valued."""
    began = since(world.site, "fans", -2, 0)
    flow = np.asarray(world.controls.hall_flow)
    world = replace(world, without=frozenset({"el_luft", "hall_fan"}))  # with a meter of its own it would not hide
    return run_with(world, hall_flow=np.where((began > 0) & (world.site.open == 0), np.maximum(flow, share), flow))


def recovery_lost(world: World, share: float) -> World:
    """Send condenser heat to the dry cooler although heat is bought: a share of the recovery is not there."""
    return run_with(world, recovered=1.0 - share)


FAULTS = (
    Fault("left_on_at_night", "O21", "closed_hours_base_load", "12, 25, 50 kW more is left on when closed",
          (12.0, 25.0, 50.0), left_on_at_night),
    Fault("fans_at_night", "O1", "closed_hours_base_load", "the halls' ventilation runs at 50, 70, 100 % when closed",
          (0.5, 0.7, 1.0), fans_at_night),
    Fault("recovery_lost", "O3", "heat_bought_while_rejecting", "30, 60, 100 % of the heat recovery is lost",
          (0.3, 0.6, 1.0), recovery_lost),
)  # fmt: skip
