"""District heat is bought in summer though the store holds heat that no winter takes out.

Signal: what the store holds never falls under a level in the whole year, and in summer hours heat is bought. Only that
remainder is counted: what winter uses is worth more there. Valued by billing the summer's heat without it, and the
electricity it takes. Summer heat is cheap, so the value is often small. What a store has never delivered in summer its
pipes may not reach: no more than the share of the heat need it has shown to carry is counted, with low confidence until
it has delivered in summer.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.calendar import normal_time
from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.bands import generator, triangle
from energy.measures.shared.days import Flags, sv
from energy.measures.shared.margin import Case, Fall, conclude, nothing
from energy.measures.shared.operating import by_month, covered, power_of, valued_hours, weekly
from energy.measures.shared.stores import account_of, contradicted, performance, shown_share, since_start
from energy.model import Floats, Store

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "bought_while_store_is_charged"
TITLE = "Fjärrvärme köps på sommaren fast lagret är varmt"
ABOUT = About(
    code="S3",
    needs="fjärrvärmens timvärden, lagrets temperatur eller balans",
    cost_class="ingen",
    difficulty="medel",
    actor="driftteknikern",
    verification="köpt värme maj till augusti, och lagrets innehåll",
    reference="the store's unused remainder over a year, billed at the margin of the summer",
)
SUMMER = (5, 6, 7, 8)
LEAST_SHARE = 0.05  # of the usable band, to call a remainder one


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per store that displaces bought heat."""
    stores = [s for s in context.stores if s.kind != "battery" and s.displaces in context.loads]
    return [_one(context, s) for s in stores] or [Silent(ID, "saknar data: inget lager som ersätter köpt värme.")]


def _one(context: MeasureContext, store: Store) -> MeasureFinding | Silent:
    point, found = str(store.displaces), account_of(context, store)
    against = contradicted(found)
    if against:
        return nothing(ID, context, point, f"{store.name}: {against}.")
    held_own = found.content.by_temperature if found.content.by_temperature is not None else found.content.by_balance
    held = since_start(context, held_own)
    if held is None:
        why = next(iter(found.content.reasons.values()), "okänt")
        return nothing(ID, context, point, f"saknar data: lagrets innehåll kan inte följas ({why}).")
    bought = power_of(context, point)
    missing = covered(context, "köpt värme och lagrets innehåll", bought, held)
    if missing:
        return nothing(ID, context, point, missing)
    inside = valued_hours(context)
    least = float(np.nanquantile(held[inside], 0.01))
    usable = found.content.capacity_kwh
    if not least > LEAST_SHARE * (usable if np.isfinite(usable) else float(np.nanmax(held[inside]))):
        return nothing(ID, context, point, "lagret töms varje år: vintern tar all värme som laddas.")
    rng = generator(context.seed, ID, context.facility, store.id)
    cop = performance(context, found, rng)
    if cop is None:
        return nothing(ID, context, point, "saknar data: värmepumpens el och värme mäts inte båda.")
    summer = np.isin(normal_time(context.start_utc).astype("datetime64[M]").astype(np.int64) % 12 + 1, SUMMER)
    share = triangle(assumption(ID, "reachable"), context.draws, rng)
    delivered = since_start(context, found.metered.delivered_kwh)
    gave = np.zeros(len(bought)) if delivered is None else np.nan_to_num(delivered)
    reached = np.clip(shown_share(gave, np.nan_to_num(bought)) * (bought + gave) - gave, 0.0, None)
    taken = _taken(np.where(summer, bought, 0.0), store.discharge_kw, share, np.nan_to_num(reached), least, inside)
    if not taken[inside, 0].sum() > 0:
        return nothing(ID, context, point, "ingen värme köps på sommaren.")
    falls = [Fall(point, taken)]
    if store.electricity and np.isfinite(cop).all():
        falls.append(Fall(store.electricity[0], -taken / cop))
    tried = bool((gave[summer] > 0).any())
    return conclude(context, ID, TITLE, _case(context, store, tuple(falls), held, least, tried))


def _taken(
    bought: Floats, most_kw: float | None, share: Floats, reached: Floats, least: float, inside: Flags
) -> Floats:
    """Return (n, 1 + draws) heat from the store in summer, of the valued year never more than it has left over."""
    wanted = np.nan_to_num(np.minimum(bought, np.inf if most_kw is None else most_kw))[:, None] * share
    wanted = np.clip(wanted, 0.0, reached[:, None])
    summed = np.cumsum(np.where(inside[:, None], wanted, 0.0), axis=0)
    return np.where(inside[:, None], np.clip(least - (summed - wanted), 0.0, wanted), 0.0)


def _case(
    context: MeasureContext, store: Store, falls: tuple[Fall, ...], held: Floats, least: float, tried: bool
) -> Case:
    inside = valued_hours(context)
    used = float(falls[0].amount[inside, 0].sum())
    return Case(
        falls[0].point,
        falls,
        f"{store.name} höll aldrig mindre än {sv(least / 1000)} MWh det senaste året, medan fjärrvärme köptes till"
        f" tappvarmvatten och bassäng maj till augusti. {sv(used / 1000)} MWh av den kunde lagret ha gett."
        + ("" if tried else " Det har aldrig levererat på sommaren: pröva först om rör och temperatur når dit."),
        "Sommarens köpta värme minskas med det lagret har kvar när det är som tommast, högst dess effekt och den andel"
        " av behovet som det har visat att det når, och elen som det tar läggs till. Värme som vintern använder räknas"
        " inte.",
        by_month(context, "Köpt värme som lagret kunde ge", falls[0].amount[:, 0], "kWh"),
        weekly(context, "kW och MWh", {"köpt värme (kW)": power_of(context, falls[0].point),
                                       "lagrets innehåll (MWh)": held / 1000}, "line"),
        {"least_kwh": least, "used_kwh": used},
        "medel" if tried else "låg",
    )  # fmt: skip
