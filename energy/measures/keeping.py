"""Electricity that keeps: ice, hot water, a pool and a store can be made at another hour of the same day.

What a machine must do in a day is given by need, but not when it does it: a sub-meter of such a use that draws far more
in some hours than its own day's mean runs when it runs by clock or habit. `evened` takes what lies above the day's
mean, and what need may add to it, out of some hours and puts it into others of the same day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from energy.measures.base import MeasureContext
from energy.measures.days import Days, Flags
from energy.model import Floats, Load, Use

__all__ = ["KEEPS", "evened", "kept_by", "moved_between", "shared_out"]

KEEPS: tuple[Use, ...] = ("ice_plant", "heat_pump", "pool", "domestic_hot_water", "charge", "electric_heater")


def kept_by(context: MeasureContext, point: str) -> list[str]:
    """Return the sub-meters of a point whose use is told to keep, in order of id."""
    return [p for p in context.used_for(*KEEPS) if context.parents.get(p) == point]


def evened(days: Days, keeping: Floats, uneven: Floats, out: Flags, into: Flags) -> Floats:
    """Return (d, 24, k) what is added to each hour, negative where it is taken [kWh]; nothing on days not wholly known.

    `keeping` (n,) is what keeps, `uneven` (k,) how far above the day's mean need may lie [-], `out` and `into` (d, 24)
    the hours to unload and to fill. Hours below the day's mean are filled first, each by its room. The sum of a day is
    nought.
    """
    own = days.split(keeping)
    known: Flags = np.asarray(np.isfinite(own).all(axis=1) & into.any(axis=1), np.bool_)
    own = np.where(known[:, None], own, 0.0)
    mean = own.mean(axis=1)[:, None, None]
    taken = np.where(out[:, :, None], np.maximum(0.0, own[:, :, None] - (1.0 + uneven) * mean), 0.0)
    energy = taken.sum(axis=1)[:, None, :]
    room = np.where(into, np.maximum(0.0, mean[:, :, 0] - own), 0.0)[:, :, None]
    total = room.sum(axis=1)[:, None, :]
    filled = room * np.minimum(1.0, np.divide(energy, total, out=np.zeros_like(energy), where=total > 0))
    rest = np.where(into, 1.0 / np.maximum(1, into.sum(axis=1))[:, None], 0.0)[:, :, None]
    found: Floats = filled + rest * np.maximum(0.0, energy - total) - taken
    return np.where(known[:, None, None], found, 0.0)


def moved_between(load: Load, days: Days, added: Floats) -> Load:
    """Return the load (n, k) with `added` (d, 24, k) on its hours [kWh]; never below nothing."""
    energy = np.repeat(load.energy_kwh, added.shape[2], axis=1)
    view = days.split(energy)
    view += added
    np.maximum(view, 0.0, out=view)
    return replace(load, energy_kwh=energy)


def shared_out(loads: Mapping[str, Load], sources: Sequence[str], days: Days, added: Floats) -> dict[str, Load]:
    """Return the sub-meters with `added` (d, 24, 1) on them: taken by their share of the hour, given by their day's."""
    each = np.array([np.nan_to_num(days.split(loads[p].energy_kwh)[:, :, 0]) for p in sources])
    hour, day = each.sum(axis=0), each.sum(axis=(0, 2))
    by_hour = np.divide(each, hour, out=np.zeros_like(each), where=hour > 0)
    of_day = each.sum(axis=2)
    by_day = np.divide(of_day, day, out=np.zeros_like(of_day), where=day > 0)[:, :, None]
    own = np.where(added[:, :, 0] < 0, by_hour, by_day) * added[:, :, 0]
    return {p: moved_between(loads[p], days, part[:, :, None]) for p, part in zip(sources, own, strict=True)}
