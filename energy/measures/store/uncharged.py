"""Heat thrown away in autumn while the store had room: what it would have given, in a warmer store and on cold days.

A linear programme over what the plant did cannot tell that: it knows no temperature, and an empty store showed only
what an empty store does. So it is laid out by hand. What is charged more warms the store for as long as it stays, and
by Carnot the heat pump's electricity falls with every kelvin. A store that the winter empties gives its heat pump a
source too cold: there the heat may also be drawn, first in the days that buy most, up to what store and heat pump can.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from energy.calendar import add_months, normal_time
from energy.measures.assumptions import assumption
from energy.measures.base import MeasureContext
from energy.measures.shared.bands import generator, triangle
from energy.measures.shared.days import Flags
from energy.measures.shared.margin import Fall
from energy.measures.shared.operating import covered, power_of, valued_hours
from energy.measures.shared.stores import account_of, contradicted, performance, shown_share, since_start, summed
from energy.model import Floats, Store
from energy.storage.accounts.account import Account

__all__ = ["Uncharged", "uncharged"]

ID = "charged_too_little"
AUTUMN, WINTER = (8, 9, 10, 11), (11, 12, 1, 2, 3)


@dataclass(frozen=True)
class Uncharged:
    """What was not charged (n,) and what it changes; (1 + draws,) of the year valued [kWh]."""

    free_kwh: Floats  # (n,) in autumn, with room in the store
    charge_kwh: Floats  # (n,)
    lowest_share: float  # of what the store can hold, in the winter valued
    kept_kwh: Floats
    warmer_k: Floats  # kelvin
    falls: tuple[Fall, ...]
    point: str


def uncharged(context: MeasureContext, store: Store, *, drawn: bool) -> Uncharged | str:
    """Return what the autumn's charge lacked, or in Swedish why that cannot be told or was no loss.

    `drawn`: it is taken out in winter too, which a store that the winter empties can show no more; else it only warms.
    """
    found, point = account_of(context, store), store.displaces
    if not store.has_heat_pump:
        return "utan värmepump höjer ett varmare lager ingen värmefaktor."
    if against := contradicted(found):
        return against
    held, capacity = found.content.by_temperature, found.content.capacity_kwh
    held = since_start(context, held if held is not None else found.content.by_balance)
    charge, gave = (since_start(context, v) for v in (found.metered.charge_kwh, found.metered.delivered_kwh))
    source = summed(context, store.source)
    rng = generator(context.seed, ID, "uncharged", store.id)
    cop = _performance(context, found, rng)
    spent, per_k = summed(context, store.electricity), store.heat_capacity_kwh_per_k
    if held is None or charge is None or gave is None or source is None or not np.isfinite(capacity):
        return "saknar data: laddning, källa, leverans och innehåll behövs."
    if spent is None or per_k is None:
        return "saknar data: lagrets värmekapacitet och el behövs."
    if point is None or point not in context.loads:
        return "saknar data: det finns ingen köpt värme att ersätta."
    bought = power_of(context, point)
    if missing := covered(context, "köpt värme, källa och lagrets innehåll", bought, held, source, charge, gave):
        return missing
    month = normal_time(context.start_utc).astype("datetime64[M]").astype(np.int64) % 12 + 1
    autumn, winter, inside = np.isin(month, AUTUMN), np.isin(month, WINTER), valued_hours(context)
    lowest = float(np.nanquantile(held[winter & inside], 0.01)) / capacity
    most = store.charge_kw if store.charge_kw is not None else float(np.nanquantile(charge[charge > 0], 0.99))
    room = autumn & (np.nan_to_num(held, nan=np.inf) < capacity)
    taken = np.nan_to_num(charge)
    usable = assumption(ID, "available").central * (np.nan_to_num(source) + taken)
    free = np.where(room, np.clip(np.minimum(usable, most) - taken, 0.0, None), 0.0)
    kept, available, years, per_kelvin, pumped = (
        triangle(assumption(*name), context.draws, rng)
        for name in (
            (ID, "kept"), (ID, "available"), (ID, "years_kept"), ("better_store", "cop_per_kelvin"), (ID, "pumping"),
        )
    )  # fmt: skip
    more = np.minimum(float(free[inside].sum()) * available / available[0], capacity - float(np.nanmax(held[inside])))
    if not more[0] > 0:
        return "all värme som lagret hade plats för laddades."
    if drawn and lowest > assumption(ID, "empty_share").central:
        return "lagret töms inte av vintern."
    out = more * kept if drawn else np.zeros(1 + context.draws)
    falls = _falls(context, store, out, (np.nan_to_num(gave), np.nan_to_num(bought)), winter, cop)
    # what is not drawn stays some years; what is drawn has warmed the store half the winter
    warmer = (np.maximum(more * years - out, 0.0) + 0.25 * out) / per_k
    power = np.where(np.nan_to_num(gave) > 0, np.nan_to_num(spent), 0.0)[:, None]
    saved = power * np.clip(warmer * per_kelvin, 0.0, assumption(ID, "most_warmed").central)
    saved -= free[:, None] * (more / max(float(free[inside].sum()), 1e-9) * pumped)
    reach = triangle(assumption(ID, "reachable"), context.draws, rng)
    falls = tuple(Fall(fall.point, fall.amount * reach) for fall in (*falls, Fall(store.electricity[0], saved)))
    return Uncharged(free, charge, lowest, more * kept, warmer, falls, point)


def _performance(context: MeasureContext, found: Account, rng: np.random.Generator) -> Floats:
    """Return the coefficient of performance (1 + draws,): the plant's own, or that of the kind where it hardly ran."""
    own = performance(context, found, rng)
    assumed = triangle(assumption(ID, "cop_of_idle"), context.draws, rng)
    return assumed if own is None or not own[0] >= assumption(ID, "cop_of_idle").low else own


def _falls(
    context: MeasureContext, store: Store, out: Floats, heat: tuple[Floats, Floats], winter: Flags, cop: Floats
) -> tuple[Fall, ...]:
    """Return what is bought less, first in the days that buy most, and electricity: each year as the one valued."""
    gave, bought = heat
    most = np.inf if store.discharge_kw is None else store.discharge_kw
    can = np.minimum(most, shown_share(gave, bought) * (gave + bought))
    left = np.where(winter, np.clip(np.minimum(can - gave, bought), 0.0, None), 0.0)
    lifted = out / np.where(np.isfinite(cop), 1.0 - 1.0 / cop, 1.0)
    clock, first = normal_time(context.start_utc), context.first_valued()
    extra = np.zeros((len(bought), len(out)))
    daily = np.convolve(bought, np.ones(24) / 24, "same")
    for back in range(4):  # a power that is billed over twelve months looks back at the years before
        begin, end = (np.datetime64(add_months(first, -12 * (back - n))) for n in (0, 1))
        rows = np.flatnonzero((clock >= begin) & (clock < end))
        order = rows[np.argsort(-daily[rows], kind="stable")]
        before = np.cumsum(left[order]) - left[order]
        extra[order] = np.clip(lifted[None, :] - before[:, None], 0.0, left[order][:, None])
    falls = [Fall(str(store.displaces), extra)]
    if store.electricity and np.isfinite(cop).all():
        falls.append(Fall(store.electricity[0], -extra / cop))
    return tuple(falls)
