"""Electricity that keeps: ice, hot water, a pool and a store can be made at another hour of the same day.

What a machine must do in a day is given by need, but not when it does it: a sub-meter of such a use that draws far more
in some hours than its own day's mean runs when it runs by clock or habit. `evened` takes what lies above the day's
mean, and what need may add to it, out of some hours and puts it into others of the same day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import MeasureContext
from energy.measures.shared.bands import confidence, triangle
from energy.measures.shared.days import Days, Flags
from energy.model import Band, Floats, Load, Use

__all__ = ["KEEPS", "evened", "kept_by", "moved_between", "need_alone", "shared_out", "unevenness"]

KEEPS: tuple[Use, ...] = ("ice_plant", "heat_pump", "pool", "domestic_hot_water", "charge", "electric_heater")


def kept_by(context: MeasureContext, point: str) -> list[str]:
    """Return the sub-meters of a point whose use is told to keep, in order of id."""
    return [p for p in context.used_for(*KEEPS) if context.parents.get(p) == point]


def unevenness(context: MeasureContext, days: Days, keeping: Floats, spared: Flags, rng: np.random.Generator) -> Floats:
    """Return (1 + draws,) how far above the day's mean need may lie [-], shown by days that cost no more.

    `keeping` (n,) is what keeps, `spared` (d,) the days whose hours all cost alike. The highest hour of their mean day
    is need; how much higher each day's own highest lies is chance, and the span. Where that is more than need can be,
    the machines run by the clock on those days too, and where there are few such days nothing shows: then as assumed.
    """
    assumed = assumption("keeping", "uneven")
    own = days.split(keeping)
    mean = own.mean(axis=1)
    works = mean > assumption("keeping", "works").central * float(np.nanquantile(mean, 0.75))  # NaN is False
    shape = (own / np.maximum(mean, 1e-9)[:, None] - 1.0)[spared & works]
    if len(shape) < assumption("keeping", "least_days").central:
        return triangle(assumed, context.draws, rng)
    need, (usual, high) = float(shape.mean(axis=0).max()), np.quantile(shape.max(axis=1), (0.5, 0.75))
    if usual > assumed.high:
        return triangle(assumed, context.draws, rng)
    span = replace(assumed, low=max(assumed.low, float(2 * need - high)), central=need, high=max(need, float(high)))
    return triangle(span, context.draws, rng)


def need_alone(value: Band) -> str | None:
    """Return in Swedish that what lies above the even run is no more than need may add; None where it surely is."""
    if confidence(value) != "låg":
        return None
    return "det mesta av det som undermätarna drar över dygnets medel ryms i vad användningen själv lägger till."


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
