"""District heat is bought in summer though the store holds heat that no winter takes out.

Signal: what the store holds never falls under a level in the whole year, and in summer hours heat is bought. Only that
remainder is counted: what winter uses is worth more there. Valued by billing the summer's heat without it, and the
electricity it takes: then, and in the colder store it leaves behind. Summer heat is cheap, so the value is often small.

A store that has delivered in summer has shown what share of the need it reaches at each hour of the day then: as much
is counted on the days it stood still. What it has never delivered in summer its pipes may not reach: there only a small
share is counted, with low confidence, and nothing is told unless the lower end of the band is worth telling.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.calendar import normal_time
from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.bands import generator, triangle
from energy.measures.shared.days import Flags, sv
from energy.measures.shared.margin import Case, Fall, conclude, divided, nothing
from energy.measures.shared.operating import by_month, covered, power_of, valued_hours, weekly
from energy.measures.shared.stores import account_of, contradicted, performance, shown_share, since_start
from energy.measures.shared.warmer_store import ground_c, in_store, loss_per_hour, relieved
from energy.model import Floats, Store
from energy.storage.accounts.account import Account

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
    summer = np.isin(normal_time(context.start_utc).astype("datetime64[M]").astype(np.int64) % 12 + 1, SUMMER)
    delivered = since_start(context, found.metered.delivered_kwh)
    gave = np.zeros(len(bought)) if delivered is None else np.nan_to_num(delivered)
    tried = _tried_days(context, np.nan_to_num(bought), gave, summer)
    # what it gave when nearly empty is no measure of what it gives when charged
    charged = np.nan_to_num(held) >= assumption("warmer_store", "empty").central * usable
    shown = tried & charged if (tried & charged).any() else tried
    cop = _performance(context, found, (summer & inside & ~tried, shown), rng)
    if cop is None:
        return nothing(ID, context, point, "saknar data: värmepumpens el och värme mäts inte båda.")
    wanted = _wanted(context, store, (np.nan_to_num(bought), gave), (summer & ~tried, shown), rng)
    taken = _taken(wanted, least / np.where(np.isfinite(cop), 1.0 - 1.0 / cop, 1.0), inside)
    still = int((summer & inside & ~tried).sum()) // 24
    if tried.any() and still < assumption(ID, "days_still").central:
        return nothing(ID, context, point, f"lagret stod stilla {still} sommardygn: det ryms i det vanliga.")
    if not taken[inside, 0].sum() > 0:
        return nothing(ID, context, point, "ingen värme köps på sommaren.")
    falls = [Fall(point, taken)]
    if store.electricity and np.isfinite(cop).all():
        falls += divided(context, store.electricity, -taken / cop)
        falls += _colder(context, found, taken * (1.0 - 1.0 / cop), rng)
    told = conclude(context, ID, TITLE, _case(context, store, tuple(falls), held, least, bool(tried.any())))
    least_sek = assumption("common", "minimum_saving").central
    if isinstance(told, MeasureFinding) and not tried.any() and told.saving_sek_per_year.low < least_sek:
        return nothing(ID, context, point, "lagret har aldrig levererat på sommaren, och vinsten är inte säkert värd"
                       f" {sv(least_sek)} kr/år.")  # fmt: skip
    return told


def _wanted(
    context: MeasureContext, store: Store, heat: tuple[Floats, Floats], days: tuple[Flags, Flags],
    rng: np.random.Generator,
) -> Floats:  # fmt: skip
    """Return (n, 1 + draws) the bought heat that the store could replace in the hours it stood still [kWh].

    `heat` is bought and delivered, `days` those it stood still and those that show what it gives.
    """
    (bought, gave), (still, shown) = heat, days
    share = triangle(assumption(ID, "reachable" if shown.any() else "untried"), context.draws, rng)
    most = _reach(context, bought, gave, shown)[:, None]
    wanted = most * share if shown.any() else np.minimum(most, bought[:, None] * share)
    power = np.inf if store.discharge_kw is None else store.discharge_kw
    return np.where(still[:, None], np.clip(wanted - gave[:, None], 0.0, np.minimum(bought, power)[:, None]), 0.0)


def _tried_days(context: MeasureContext, bought: Floats, gave: Floats, summer: Flags) -> Flags:
    """Return (n,) True in the hours of summer days on which the store delivered.

    It stood still on a day on which it gave a small part of what it usually gives of such a day's need.
    """
    daily = np.where(summer, gave, 0.0).reshape(-1, 24).sum(axis=1)
    some = np.repeat(daily > 0, 24)
    if not some.any():
        return some
    least = assumption(ID, "trace").central
    for _ in range(3):  # days that stood still but for an hour lower what is usual, until they are left out
        usual = _reach(context, bought, gave, some).reshape(-1, 24).sum(axis=1)
        some = np.repeat((daily > 0) & (daily > least * usual), 24)
    return some


def _reach(context: MeasureContext, bought: Floats, gave: Floats, tried: Flags) -> Floats:
    """Return (n,) the heat a store reaches [kWh]: of the need at each hour of the month's day what it gave when it ran.

    Where it never gave any in a month, what it gave at that hour in the others; where it never ran in summer, no more
    than the share of the need that it has shown to carry.
    """
    clock = normal_time(context.start_utc)
    month = clock.astype("datetime64[M]").astype(np.int64) % 12
    hour = (clock - clock.astype("datetime64[D]")).astype("timedelta64[h]").astype(np.int64)
    need = bought + gave
    if not tried.any():
        return np.asarray(shown_share(gave, bought) * need)
    at = 24 * month + hour
    heat, whole = (np.bincount(at[tried], weights=w[tried], minlength=288).reshape(12, 24) for w in (gave, need))
    all_year = np.divide(heat.sum(axis=0), whole.sum(axis=0), out=np.zeros(24), where=whole.sum(axis=0) > 0)
    share = np.divide(heat, whole, out=np.broadcast_to(all_year, (12, 24)).copy(), where=whole > 0)
    return np.asarray(share[month, hour] * need)


def _performance(
    context: MeasureContext, found: Account, days: tuple[Flags, Flags], rng: np.random.Generator
) -> Floats | None:
    """Return (1 + draws,) the coefficient of performance: of the summer where it ran then, else of the year valued.

    `days` are those it stood still and those that show what it gives: where the store was warmer or colder on the one
    than on the other, the lift is so much smaller or greater, and the electricity with it (Carnot).
    """
    own, (still, shown) = performance(context, found, rng), days
    heat, power = (since_start(context, v) for v in (found.metered.delivered_kwh, found.metered.electricity_kwh))
    if own is None or heat is None or power is None or not np.isfinite(own).all():
        return own
    here = shown & np.isfinite(heat) & np.isfinite(power) & (heat > 0)
    spent = float(power[here].sum())
    if not spent > 0:
        return own
    cop = own / own[0] * float(heat[here].sum()) / spent
    at = since_start(context, found.metered.store_c)
    if at is None or not np.isfinite(at[still]).any() or not np.isfinite(at[here]).any():
        return np.asarray(cop)
    warmer_by = float(np.nanmean(at[still]) - np.nanmean(at[here]))
    lift = 1.0 / triangle(assumption("better_store", "cop_per_kelvin"), context.draws, rng)
    return np.asarray(cop * lift / np.maximum(lift - warmer_by, assumption("warmer_store", "least_lift").central))


def _colder(context: MeasureContext, found: Account, out: Floats, rng: np.random.Generator) -> tuple[Fall, ...]:
    """Return what the heat taken out (n, 1 + draws) costs in electricity afterwards, in a colder store."""
    store = found.metered.store
    daily = -np.nan_to_num(out).reshape(-1, 24, out.shape[1]).sum(axis=1)
    rate = 24.0 * loss_per_hour(context, store, ground_c(context, rng), rng)
    return relieved(context, found, in_store(daily, rate), rng)


def _taken(wanted: Floats, most: Floats, inside: Flags) -> Floats:
    """Return (n, 1 + draws) heat from the store in summer, never more in the valued year than `most`."""
    summed = np.cumsum(np.where(inside[:, None], wanted, 0.0), axis=0)
    return np.where(inside[:, None], np.clip(most - (summed - wanted), 0.0, wanted), 0.0)


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
        " av behovet som det har visat att det når. Elen som det tar läggs till, och den som ett kallare lager kostar"
        " sedan. Värme som vintern använder räknas inte.",
        by_month(context, "Köpt värme som lagret kunde ge", falls[0].amount[:, 0], "kWh"),
        weekly(context, "kW och MWh", {"köpt värme (kW)": power_of(context, falls[0].point),
                                       "lagrets innehåll (MWh)": held / 1000}, "line"),
        {"least_kwh": least, "used_kwh": used},
        "medel" if tried else "låg",
    )  # fmt: skip
