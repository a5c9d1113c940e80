"""Heat thrown away in autumn while the store had room: what it would have given, in a warmer store and on cold days.

A linear programme over what the plant did cannot tell that: it knows no temperature, and an empty store showed only
what an empty store does. So it is laid out by hand: what every metered autumn threw away is put in the store, where it
is lost as the rest is, warms it, and is drawn on days the store was too cold (`warmer_store`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from energy.calendar import normal_time
from energy.measures.assumptions import assumption
from energy.measures.base import MeasureContext
from energy.measures.shared.bands import generator, triangle
from energy.measures.shared.margin import Fall, divided
from energy.measures.shared.operating import covered, power_of, valued_hours
from energy.measures.shared.stores import account_of, contradicted, performance, since_start, summed
from energy.measures.shared.warmer_store import Warmer, daily_sum, ground_c, in_store, loss_per_hour, warmer
from energy.model import Floats, Store
from energy.storage.accounts.account import Account

__all__ = ["Uncharged", "uncharged"]

ID = "charged_too_little"
AUTUMN = (8, 9, 10, 11)


@dataclass(frozen=True)
class Uncharged:
    """What was not charged (n,) and what it changes; (1 + draws,) of the year valued [kWh]."""

    free_kwh: Floats  # (n,) in autumn, with room in the store
    charge_kwh: Floats  # (n,)
    lowest_share: float  # of what the store can hold, in the year valued
    given: Warmer
    falls: tuple[Fall, ...]
    point: str


def uncharged(context: MeasureContext, store: Store) -> Uncharged | str:
    """Return what the autumns' charge lacked, or in Swedish why that cannot be told or was no loss."""
    found, point = account_of(context, store), store.displaces
    if not store.has_heat_pump:
        return "utan värmepump höjer ett varmare lager ingen värmefaktor."
    if against := contradicted(found):
        return against
    held, capacity = found.content.by_temperature, found.content.capacity_kwh
    held = since_start(context, held if held is not None else found.content.by_balance)
    charge, gave = (since_start(context, v) for v in (found.metered.charge_kwh, found.metered.delivered_kwh))
    source = summed(context, store.source)
    if held is None or charge is None or gave is None or source is None or not np.isfinite(capacity):
        return "saknar data: laddning, källa, leverans och innehåll behövs."
    if point is None or point not in context.loads:
        return "saknar data: det finns ingen köpt värme att ersätta."
    bought, inside = power_of(context, point), valued_hours(context)
    if missing := covered(context, "köpt värme, källa och lagrets innehåll", bought, held, source, charge, gave):
        return missing
    free = _free(context, store, (held, capacity), charge, source)
    if not free[inside].sum() > 0:
        return "all värme som lagret hade plats för laddades."
    rng = generator(context.seed, ID, "uncharged", store.id)
    available, pumped, reach = (
        triangle(assumption(ID, name), context.draws, rng) for name in ("available", "pumping", "reachable")
    )
    part = available / available[0] * reach
    rate = 24.0 * loss_per_hour(context, store, ground_c(context, rng), rng)
    fullest = np.nan_to_num(held, nan=capacity).reshape(-1, 24).max(axis=1)
    room = np.clip(capacity - fullest, 0.0, None)
    more = np.minimum(in_store(daily_sum(free)[:, None] * part, rate), room[:, None])
    given = warmer(context, found, more, _performance(context, found, rng), rng)
    if isinstance(given, str):
        return given
    falls = (*given.falls, *divided(context, store.electricity, -free[:, None] * (part * pumped)))
    return Uncharged(free, charge, float(np.nanquantile(held[inside], 0.01)) / capacity, given, falls, point)


def _free(
    context: MeasureContext, store: Store, content: tuple[Floats, float], charge: Floats, source: Floats
) -> Floats:
    """Return (n,) what of the autumns' heat was thrown away though store and charge had room for it [kWh]."""
    month = normal_time(context.start_utc).astype("datetime64[M]").astype(np.int64) % 12 + 1
    shown = float(np.nanquantile(charge[charge > 0], 0.99)) if (charge > 0).any() else np.inf
    most = store.charge_kw if store.charge_kw is not None else shown
    room = np.isin(month, AUTUMN) & (np.nan_to_num(content[0], nan=np.inf) < content[1])
    taken = np.nan_to_num(charge)
    usable = assumption(ID, "available").central * (np.nan_to_num(source) + taken)
    return np.where(room, np.clip(np.minimum(usable, most) - taken, 0.0, None), 0.0)


def _performance(context: MeasureContext, found: Account, rng: np.random.Generator) -> Floats:
    """Return the coefficient of performance (1 + draws,): the plant's own, or that of the kind where it hardly ran."""
    own = performance(context, found, rng)
    assumed = triangle(assumption(ID, "cop_of_idle"), context.draws, rng)
    return assumed if own is None or not own[0] >= assumption(ID, "cop_of_idle").low else own
