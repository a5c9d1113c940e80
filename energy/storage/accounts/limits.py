"""What cannot be told of a store, and why: meters that are lacking, that contradict each other, or that break physics.

A limit is data: its Swedish text says what was found, where, and what to do. A figure that a limit takes away is null
with the same text as its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from energy.storage.accounts.balance import Content
from energy.storage.accounts.contradictions import Contradiction
from energy.storage.accounts.heat_pump import IDLE, HeatPump
from energy.storage.accounts.metered import Metered
from energy.storage.assumed import assumed
from energy.swedish import sv

__all__ = ["Limit", "limits", "swing_beyond"]

LAST_YEAR = 8760  # hours


@dataclass(frozen=True)
class Limit:
    """One thing that cannot be told; `what` names the figure in Swedish, `contradicts` is of meters against meters."""

    code: str
    level: Literal["info", "warning"]
    what: str
    text: str
    contradicts: bool = False


def limits(
    found: Metered, held: Content, pump: HeatPump, against: Sequence[Contradiction], unread: Mapping[date, str]
) -> list[Limit]:
    """Return everything that cannot be told of a store, contradictions first; `unread` as an account has it."""
    told = [Limit(one.code, "warning", one.what, one.text, contradicts=True) for one in against]
    texts = {one.text for one in against}
    told += [Limit("implausible_hours", "warning", "balans och värde", one.text) for one in found.implausible]
    told += _standing(found, unread)
    told += _outside_band(found, held)
    told += _beyond_capacity(found, held)
    told += _physics(pump)
    names = {
        "charge": "laddning, förluster och verkningsgrad", "discharge": "urladdning, värde och verkningsgrad",
        "out_kwh": "vad som lämnat lagret självt", "electricity": "elkostnad och värmefaktor",
        "store_c": "laddningsnivå ur temperatur",
    }  # fmt: skip
    for key, what in names.items():
        text = found.reasons.get(key)
        if text and text not in texts and (key != "electricity" or found.store.kind != "battery"):
            told.append(Limit(f"unknown_{key}", "info", what, text))
    if "capacity_kwh" in held.reasons:
        told.append(Limit("unknown_capacity", "info", "användbart band", held.reasons["capacity_kwh"]))
    if held.losses.reason and held.losses.reason not in found.reasons.values():
        told.append(Limit("unknown_losses", "info", "förluster", held.losses.reason))
    if pump.reference_reason:
        told.append(Limit("no_reference", "info", "värmefaktorns referens", pump.reference_reason))
    return told


def _standing(found: Metered, unread: Mapping[date, str]) -> list[Limit]:
    """Return the limit of months whose heat meter stood still while the heat pump ran."""
    told = {month for one in found.implausible for month in one.months}
    months = [month for month in sorted(unread) if month not in told]
    if not months:
        return []
    count = "1 månad" if len(months) == 1 else f"{len(months)} månader"
    text = f"{count} utan värde, senast {months[-1]:%Y-%m}: {unread[months[-1]].removeprefix('kan inte bedömas: ')}"
    return [Limit("standing_heat_meter", "warning", "balans och värde", text)]


def _outside_band(found: Metered, held: Content) -> list[Limit]:
    """Return the limit of a temperature that lies outside the band called usable."""
    lowest, highest, measured = found.store.lowest_c, found.store.highest_c, found.store_c
    if measured is None or lowest is None or highest is None:
        return []
    slack = assumed("sensor_error").central
    outside = (measured < lowest - slack) | (measured > highest + slack)
    share = float(outside.sum() / max(1, np.isfinite(measured).sum()))
    if share < assumed("outside_share").central:
        return []
    text = (
        f"lagrets temperatur låg utanför det angivna bandet {sv(lowest, 1)} till {sv(highest, 1)} °C under"
        f" {sv(100 * share)} % av timmarna ({sv(float(np.nanmin(measured)), 1)} till"
        f" {sv(float(np.nanmax(measured)), 1)} °C): bandet eller givaren stämmer inte"
    )
    return [Limit("outside_band", "warning", "laddningsnivå", text)]


def swing_beyond(swing_kwh: float, capacity_kwh: float) -> str | None:
    """Return why a swing of the content does not fit the capacity told, in Swedish; None where it does."""
    if not swing_kwh > capacity_kwh * (1 + assumed("capacity_slack").central) + 1e-6:
        return None
    return (
        f"mätarna visar en svängning på {sv(swing_kwh)} kWh på ett år, men lagret uppges rymma {sv(capacity_kwh)} kWh:"
        " kontrollera capacity_kwh (eller värmekapacitet och band) och enheten i mätarna för laddning och uttag"
    )


def _beyond_capacity(found: Metered, held: Content) -> list[Limit]:
    """Return the limit of a last year whose own balance swings by more than the store is told to hold."""
    if held.by_balance is None or not len(held.by_balance) or not np.isfinite(held.capacity_kwh):
        return []
    text = swing_beyond(float(np.ptp(held.by_balance[-LAST_YEAR:])), held.capacity_kwh)
    return [] if text is None else [Limit("beyond_capacity", "warning", "användbart innehåll", text)]


def _physics(pump: HeatPump) -> list[Limit]:
    wrong = [r for r in pump.month_reason if r and r != IDLE]
    if not wrong:
        return []
    months = "månad" if len(wrong) == 1 else "månader"
    return [
        Limit("cop_outside_physics", "warning", "värmefaktor", f"{len(wrong)} {months} utan värmefaktor: {wrong[-1]}")
    ]
