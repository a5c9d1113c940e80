"""What more heat in a store would have given: a warmer source for its heat pump, and heat on days it was too cold.

No programme of the dispatch sees this, since what an empty store did is all that it was shown. So the heat is followed
day by day: it is lost as the store loses, it warms the store while it is there, and it is drawn on the days when the
store was so cold that it gave less than was asked of it.

    A(d+1) = A(d) · (1 - loss) + added - drawn        dT = A / heat capacity        electricity: - dT / lift

The lift is that of supply and store where both are metered, else an assumption: Carnot, an electricity in proportion to
the lift (EN 14825:2022 rates heat pumps at given lifts). Losses follow the temperature above the ground's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import MeasureContext
from energy.measures.shared.bands import triangle
from energy.measures.shared.margin import Fall, divided
from energy.measures.shared.operating import valued_hours
from energy.measures.shared.stores import shown_share, since_start, summed
from energy.model import Floats, Store
from energy.storage.accounts.account import Account

__all__ = ["Warmer", "daily_sum", "ground_c", "in_store", "loss_per_hour", "relieved", "warmer"]

TABLE = "warmer_store"
COLD_C = 10.0  # outdoors: below this a heat pump is asked for heat
LEAST_RUN, LEAST_HOURS = 0.01, 24  # of its power, to call it running; and hours of a content, to tell a quantile
LEVELS = np.arange(-0.03, 0.2, 0.0075)  # of what the store can hold, between which an empty one is compared


@dataclass(frozen=True)
class Warmer:
    """What the heat gives; (1 + draws,) of the year valued."""

    warmer_k: Floats  # mean of the hours in which the heat pump ran
    extra_kwh: Floats  # delivered on days the store had been too cold
    falls: tuple[Fall, ...]  # bought heat, then electricity, a meter each


def daily_sum(hourly: Floats) -> Floats:
    """Return (d,) the sums of whole days; unknown hours count nothing."""
    return np.asarray(np.nan_to_num(hourly).reshape(-1, 24).sum(axis=1), dtype=np.float64)


def ground_c(context: MeasureContext, rng: np.random.Generator) -> Floats:
    """Return (1 + draws,) the temperature of the undisturbed ground around a store [°C]: that of the air and some."""
    return float(np.nanmean(context.air_temperature_c)) + triangle(assumption(TABLE, "ground"), context.draws, rng)


def loss_per_hour(context: MeasureContext, store: Store, ground: Floats, rng: np.random.Generator) -> Floats:
    """Return (1 + draws,) the share an hour that a store ought to lose of what it holds above the ground [-].

    The told loss is a share of what is held above the lowest temperature, at the middle of the band it is built for;
    what drives it is the difference to the ground. The assumption for a borehole store where nothing is told.
    """
    told, low, high = store.loss_pct_per_month, store.lowest_c, store.highest_c
    if told is None or low is None or high is None:
        return triangle(assumption(TABLE, "loss"), context.draws, rng) / 730.0
    middle = (low + high) / 2.0
    scale = (middle - low) / np.maximum(middle - ground, 0.25 * (middle - low))
    return told / 100.0 / 730.0 * scale * triangle(assumption(TABLE, "told_loss"), context.draws, rng)


def in_store(added_kwh: Floats, loss_per_day: Floats) -> Floats:
    """Return (d, k) what is left at the end of each day of what was added (d, k), of which a share is lost a day."""
    keeps = np.exp(np.arange(len(added_kwh))[:, None] * np.log1p(-np.minimum(loss_per_day, 0.5))[None, :])
    return np.asarray(keeps * np.cumsum(added_kwh / keeps, axis=0), dtype=np.float64)


def warmer(
    context: MeasureContext, found: Account, held_more: Floats, cop: Floats, rng: np.random.Generator
) -> Warmer | str:
    """Return what `held_more` (d, 1 + draws) [kWh], as if none of it were drawn, gives; or why not, in Swedish."""
    store, per_k = found.metered.store, found.metered.store.heat_capacity_kwh_per_k
    held, gave = (since_start(context, v) for v in (found.content.by_temperature, found.metered.delivered_kwh))
    held = held if held is not None else since_start(context, found.content.by_balance)
    spent, point = summed(context, _lifting(context, store)), store.displaces
    if per_k is None or held is None or gave is None or spent is None:
        return "saknar data: lagrets värmekapacitet, innehåll, leverans och el behövs."
    if point is None or point not in context.loads:
        return "saknar data: det finns ingen köpt värme att ersätta."
    gave, bought = np.nan_to_num(gave), np.maximum(np.nan_to_num(context.loads[point].energy_kwh[:, 0]), 0.0)
    lifted = np.where(np.isfinite(cop), 1.0 - 1.0 / cop, 1.0)  # of what is delivered, what the store gives
    lacked = daily_sum(_lacked(context, store, gave, bought, held / found.content.capacity_kwh))
    wanted = np.cumsum(lacked)[:, None] * lifted * triangle(assumption(TABLE, "given"), context.draws, rng)
    drawn = wanted - np.maximum.accumulate(np.maximum(wanted - np.maximum(held_more, 0.0), 0.0), axis=0)
    extra = np.clip(np.diff(drawn, axis=0, prepend=0.0), 0.0, None) / lifted
    here = np.divide(bought, np.repeat(daily_sum(bought), 24), out=np.zeros_like(bought), where=bought > 0)
    delivered = np.repeat(extra, 24, axis=0) * here[:, None]
    kelvin = np.repeat(np.maximum(held_more - np.maximum(drawn, 0.0), 0.0) / per_k, 24, axis=0)
    on, share = gave > 0, _share(context, found, kelvin, rng)
    saved = np.where(on, np.nan_to_num(spent), 0.0)[:, None] * share
    if np.isfinite(cop).all():
        saved -= delivered / cop * (1.0 - share)
    off, inside = triangle(assumption(TABLE, "simplified"), context.draws, rng), valued_hours(context)
    delivered, saved = delivered * off, saved * off
    mean = kelvin[inside & on].mean(axis=0) if (inside & on).any() else np.zeros(len(cop))
    falls = (Fall(point, delivered), *divided(context, _lifting(context, store), saved))
    return Warmer(mean, delivered[inside].sum(axis=0), falls)


def relieved(context: MeasureContext, found: Account, held_more: Floats, rng: np.random.Generator) -> tuple[Fall, ...]:
    """Return the electricity that `held_more` (d, 1 + draws) [kWh] saves, less than nothing where less is held.

    Nothing where the store's heat capacity, its heat or its electricity is not known.
    """
    store, per_k = found.metered.store, found.metered.store.heat_capacity_kwh_per_k
    gave, spent = since_start(context, found.metered.delivered_kwh), summed(context, _lifting(context, store))
    if per_k is None or gave is None or spent is None or not store.has_heat_pump:
        return ()
    kelvin = np.repeat(held_more / per_k, 24, axis=0)
    on = np.where(gave > 0, np.nan_to_num(spent), 0.0)
    return divided(context, _lifting(context, store), on[:, None] * _share(context, found, kelvin, rng))


def _share(context: MeasureContext, found: Account, kelvin: Floats, rng: np.random.Generator) -> Floats:
    """Return the share of the electricity that so many kelvin (n, 1 + draws) save."""
    most = assumption(TABLE, "most_warmed").central
    return np.asarray(np.clip(kelvin * _per_kelvin(context, found, rng), -most, most))


def _lifting(context: MeasureContext, store: Store) -> list[str]:
    """Return the store's electricity meters but those of circulation pumps, which a warmer store does not relieve."""
    return [m for m in store.electricity if context.uses.get(m) != "circulation_pump"]


def _per_kelvin(context: MeasureContext, found: Account, rng: np.random.Generator) -> Floats:
    """Return the share of the electricity that a kelvin of the store is worth, (n, 1 + draws) or (1 + draws,) [1/K]."""
    supply, own = (since_start(context, v) for v in (found.metered.supply_c, found.metered.store_c))
    if supply is None or own is None:
        return triangle(assumption("better_store", "cop_per_kelvin"), context.draws, rng)
    beyond = triangle(assumption(TABLE, "beyond_lift"), context.draws, rng)
    lift = np.where(np.isfinite(supply - own), supply - own, np.nanmedian(supply - own))
    return np.asarray(1.0 / np.maximum(lift[:, None] + beyond, assumption(TABLE, "least_lift").central))


def _lacked(context: MeasureContext, store: Store, gave: Floats, bought: Floats, share: Floats) -> Floats:
    """Return (n,) the heat that a store nearly empty gave less than was asked of it [kWh].

    What is asked is not metered, but at each content some hours ask for all there is: what the store gives then, as a
    share of its power or of the need it reaches, against the same with more in it, is the share that it can give. What
    it gave in the other hours of that content was the same share of what was asked. Nothing is told of hours without
    any heat.
    """
    can = np.minimum(np.inf if store.discharge_kw is None else store.discharge_kw,
                     shown_share(gave, bought) * (gave + bought))  # fmt: skip
    ran = (gave > LEAST_RUN * can) & (can > 0) & (context.air_temperature_c < COLD_C) & np.isfinite(share)
    part = np.divide(gave, can, out=np.zeros_like(gave), where=can > 0)
    empty, lacked = ran & (share < assumption(TABLE, "empty").central), np.zeros(len(gave))
    full = _most(part[ran & ~empty]) if (ran & ~empty).sum() >= LEAST_HOURS else 1.0
    group = np.searchsorted(LEVELS, share)
    for one in np.unique(group[empty]):
        hours = empty & (group == one)
        most = _most(part[hours]) / full if hours.sum() >= LEAST_HOURS else 1.0
        if 0.0 < most < 1.0 - assumption(TABLE, "least_lacked").central:
            lacked[hours] = np.minimum(gave[hours] / most, can[hours]) - gave[hours]
    return np.maximum(lacked, 0.0)


def _most(part: Floats) -> float:
    return float(np.quantile(part, assumption(TABLE, "asked_full").central))
