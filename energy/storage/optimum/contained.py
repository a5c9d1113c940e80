"""How much a store holds at both ends of its year, so that what was done fits between empty and full."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from energy.errors import InsufficientData
from energy.model import Floats
from energy.storage.accounts.limits import swing_beyond
from energy.storage.assumed import assumed
from energy.storage.optimum.plant import Plant, Schedule, content_of
from energy.swedish import sv

__all__ = ["contained", "stored_share"]

_HALVINGS = 40


def contained(
    plant: Plant, charge: Floats, drawn: Floats, direct: Floats, told: float | None, notes: list[str]
) -> tuple[Plant, Schedule]:
    """Return the plant with its content at both ends, and the actual operation, which then is feasible.

    `told`: the content at the start as the store's account has it [kWh]. Raises InsufficientData where what the meters
    show does not fit the capacity told, or neither is known.
    """
    path, keep = _from_empty(plant, charge, drawn)
    least = max(0.0, float((-path / keep).max()))
    swing = max(least, float((path + least * keep).max()))
    capacity = plant.capacity_kwh
    if not capacity > 0:
        if swing <= 0:
            raise InsufficientData("kan inte bedömas: lagrets kapacitet är okänd och lagret har inte använts")
        capacity = swing
        notes.append(f"kapaciteten är inte uppgiven: {sv(capacity)} kWh, den svängning som mätarna visar")
    if beyond := swing_beyond(swing, capacity):
        raise InsufficientData(f"kan inte bedömas: {beyond}")
    if swing > capacity:  # within the slack: what the meters show was held, so it fits
        notes.append(
            f"kapaciteten räknas som {sv(swing, 1)} kWh, den svängning som mätarna visar: uppgivna "
            f"{sv(capacity, 1)} kWh är mindre, inom mätarnas avrundning"
        )
        capacity = swing
    room = float(((capacity - path) / keep).min())
    start = min(max(least if told is None else told, least), room)
    if told is not None and abs(told - start) > assumed("start_moved").central * capacity:
        notes.append(
            f"innehållet från början sätts till {sv(start)} kWh: lagrets bokföring säger {sv(told)} kWh, men då ryms "
            "inte årets drift"
        )
    end = max(float(path[-1] + start * keep[-1]), 0.0)
    plant = replace(plant, capacity_kwh=capacity, start_kwh=start, end_kwh=end)
    return plant, Schedule(charge, drawn, direct, content_of(plant, charge, drawn))


def stored_share(kept: float, loss_per_hour: float, charge: Floats, out: Floats) -> float:
    """Return the share of `out` that can have come out of the store when it ends the year with what it began with.

    Standing losses are counted once, by the hour, and not on the way in as well. At most 1.
    """
    if not out.any():
        return 1.0
    low, high = 0.0, 1.0
    if _gained(kept, loss_per_hour, charge, out) >= 0:
        return 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _gained(kept, loss_per_hour, charge, middle * out) >= 0 else (low, middle)
    return low


def _gained(kept: float, loss_per_hour: float, charge: Floats, drawn: Floats) -> float:
    """Return what a store that begins as empty as its year allows ends with beyond that [kWh]."""
    n = len(charge)
    empty = Plant(np.zeros(n, "datetime64[s]"), 0.0, 0.0, 0.0, charge, drawn, kept, loss_per_hour)
    path, keep = _from_empty(empty, charge, drawn)
    least = max(0.0, float((-path / keep).max()))
    return float(path[-1] + least * keep[-1]) - least


def _from_empty(plant: Plant, charge: Floats, drawn: Floats) -> tuple[Floats, Floats]:
    """Return the content after each hour from nothing (n,), and what is left then of a kWh held at first (n,)."""
    path = content_of(replace(plant, start_kwh=0.0), charge, drawn)
    keep: Floats = np.power(1.0 - plant.loss_per_hour, np.arange(1.0, len(path) + 1))
    return path, keep
