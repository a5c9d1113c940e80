"""What the rules of the store and its heat pump look at: the store's account, its hours, its own performance."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from energy.calendar import normal_time
from energy.measures.assumptions import assumption
from energy.measures.base import MeasureContext
from energy.measures.shared.bands import triangle
from energy.measures.shared.operating import valued_hours
from energy.model import Floats, Store
from energy.storage.accounts.account import Account, account
from energy.storage.accounts.metered import Metered

__all__ = ["account_of", "contradicted", "performance", "shown_share", "since_start", "summed"]


def account_of(context: MeasureContext, store: Store) -> Account:
    """Return the account of a store from the facility's loads and points (`energy.storage`).

    In months in which a meter shows what it cannot, heat and charge are unknown to every rule.
    """
    energies = {point: load.energy_kwh[:, 0] for point, load in context.loads.items()}
    points = {name: trend.values for name, trend in context.trends.items()}
    found = account(store, context.start_utc, energies, points, context.air_temperature_c, context.seed)
    return replace(found, metered=_without(found.metered, found.unread)) if found.unread else found


def _without(found: Metered, unread: Collection[date]) -> Metered:
    out = np.isin(normal_time(found.start_utc).astype("datetime64[M]"), np.array([*unread], dtype="datetime64[M]"))

    def known(values: Floats | None) -> Floats | None:
        return None if values is None else np.where(out if values.ndim == 1 else out[:, None], np.nan, values)

    return replace(
        found,
        charge_kwh=known(found.charge_kwh),
        out_kwh=known(found.out_kwh),
        delivered_kwh=known(found.delivered_kwh),
        heat_pump_kwh=known(found.heat_pump_kwh),
    )


def contradicted(found: Account) -> str | None:
    """Return why the meters of charge and out cannot both be right, in Swedish; None where they can."""
    return found.contradicted


def summed(context: MeasureContext, meters: Sequence[str]) -> Floats | None:
    """Return (n,) the hourly sum of some meters [kWh]; None without any, or where one has no load."""
    if not meters or any(m not in context.loads for m in meters):
        return None
    total: Floats = np.sum([context.loads[m].energy_kwh[:, 0] for m in meters], axis=0)
    return total


def since_start(context: MeasureContext, values: Floats | None) -> Floats | None:
    """Return a series of a store's own hours on those of the facility (n,), NaN before it was taken into use."""
    if values is None:
        return None
    whole = np.full(len(context.start_utc), np.nan)
    whole[len(whole) - len(values) :] = values
    return whole


def performance(context: MeasureContext, found: Account, rng: np.random.Generator) -> Floats | None:
    """Return (1 + draws,) heat delivered per electricity over the months valued; infinite where none is used.

    The draws hold the error of two meters; months that the account refuses are left out. None where it cannot be told.
    """
    if not found.metered.store.electricity:
        return np.full(1 + context.draws, np.inf) if not found.metered.store.has_heat_pump else None
    heat, power = (since_start(context, v) for v in (found.metered.delivered_kwh, found.metered.electricity_kwh))
    if heat is None or power is None:
        return None
    refused = np.array(list(found.refused), dtype="datetime64[M]")
    sound = ~np.isin(normal_time(context.start_utc).astype("datetime64[M]"), refused)
    here = valued_hours(context) & sound & np.isfinite(heat) & np.isfinite(power) & (heat > 0)
    spent = float(power[here].sum())
    if spent <= 0:
        return None
    error = triangle(assumption("common", "performance_error"), context.draws, rng)
    return float(heat[here].sum()) / spent * error


def shown_share(delivered: Floats, bought: Floats) -> float:
    """Return the most of the heat need (delivered + bought, (n,) [kWh]) that a store has shown to carry, 0-1.

    Its pipes and temperature may not reach the rest. 1 where it has never delivered beside bought heat.
    """
    need = delivered + bought
    on = (delivered > 0) & (need > 0)
    return (
        float(np.quantile((delivered[on] / need[on]), assumption("common", "shown_share").central)) if on.any() else 1.0
    )
