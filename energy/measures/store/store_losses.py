"""The store gives back less than its kind can, or is charged with heat that is never taken out.

Signal: over whole store years (May to April) the efficiency corrected for what the store holds is under what its kind
reaches, or the store ends every year holding clearly more than it began with. Valued by taking that heat out too, in
the hours the store is emptied, and paying the electricity it takes: never more than the share of the heat need that it
has shown to carry. What is mended and not taken out warms the store, which saves the heat pump electricity. A borehole
store warms the ground around it in its first years: then neither what stays nor the efficiency tells anything, and only
a loss clearly beyond the told one is told, with low confidence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Picture, Series, Silent
from energy.measures.shared.bands import generator, triangle
from energy.measures.shared.days import sv
from energy.measures.shared.margin import Case, Fall, conclude, divided, nothing
from energy.measures.shared.operating import valued_hours
from energy.measures.shared.stores import account_of, contradicted, performance, shown_share, since_start
from energy.measures.shared.warmer_store import ground_c, in_store, loss_per_hour, warmer
from energy.model import Floats, Store
from energy.storage.accounts.account import Account
from energy.storage.accounts.years import StoreYear

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "store_losses"
TITLE = "Lagret ger tillbaka mindre värme än det kunde"
ABOUT = About(
    code="S4",
    needs="laddad och uttagen värme under hela lagerår, och lagrets temperatur",
    cost_class="låg",
    difficulty="medel",
    actor="driftteknikern och fastighetsägaren",
    verification="verkningsgraden och lagrets temperatur lagerår för lagerår",
    reference="Nordell (1994): borehole stores reach 50-80 % after three to five years",
)


@dataclass(frozen=True)
class Unused:
    """What the whole years tell, a year's mean [kWh]."""

    years: tuple[StoreYear, ...]
    lost: Floats  # (1 + draws,) beyond what the kind loses
    left: float  # stays in the store
    efficiency_pct: float


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per store of heat."""
    stores = [s for s in context.stores if s.kind != "battery"]
    return [_one(context, s) for s in stores] or [Silent(ID, "saknar data: inget värmelager är beskrivet.")]


def _one(context: MeasureContext, store: Store) -> MeasureFinding | Silent:
    point, found = store.displaces, account_of(context, store)
    against = contradicted(found)
    if against:
        return nothing(ID, context, point, f"{store.name}: {against}.")
    rng = generator(context.seed, ID, context.facility, store.id)
    unused = _unused(context, found, rng)
    if isinstance(unused, str):
        return nothing(ID, context, point, unused)
    delivered = since_start(context, found.metered.delivered_kwh)
    if delivered is None or point is None or point not in context.loads:
        return nothing(ID, context, point, "saknar data: vad urladdningen ersätter (displaces) mäts inte.")
    cop = performance(context, found, rng)
    if cop is None:
        return nothing(ID, context, point, "saknar data: värmepumpens el och värme mäts inte båda.")
    falls = _falls(context, found, unused, (delivered, cop), rng)
    if isinstance(falls, str):
        return nothing(ID, context, point, falls)
    return conclude(context, ID, TITLE, _case(context, store, unused, falls))


def _falls(
    context: MeasureContext, found: Account, unused: Unused, heat: tuple[Floats, Floats], rng: np.random.Generator
) -> tuple[Fall, ...] | str:
    """Return what is bought less and what electricity changes, or in Swedish why neither can be told.

    What leaks warms the store of a heat pump once mended, and is drawn where the store had been too cold. Without a
    heat pump it is drawn as what stays in the store is: in its hours, in the proportion of today.
    """
    store, mended = found.metered.store, triangle(assumption(ID, "mended"), context.draws, rng)
    pumped = store.has_heat_pump and store.heat_capacity_kwh_per_k is not None and unused.lost[0] > 0
    falls: list[Fall] = []
    if pumped:
        warm = warmer(context, found, _not_leaked(context, found, unused.lost * mended, rng), heat[1], rng)
        if isinstance(warm, str):
            return warm
        falls += warm.falls
    spare = np.full(1 + context.draws, unused.left) + (0.0 if pumped else unused.lost * mended)
    if spare[0] > 0:
        falls += _taken_out(context, found, unused, spare, heat, rng)
    return tuple(falls)


def _taken_out(
    context: MeasureContext, found: Account, unused: Unused, spare: Floats, heat: tuple[Floats, Floats],
    rng: np.random.Generator,
) -> list[Fall]:  # fmt: skip
    """Return what `spare` (1 + draws,) [kWh a year] gives, taken out in the hours in which the store is emptied."""
    store, (delivered, cop), point = found.metered.store, heat, str(found.metered.store.displaces)
    reach = triangle(assumption(ID, "reachable"), context.draws, rng)
    out = float(np.mean([y.out_kwh.value for y in unused.years]))
    # heat from the store carries the plant's electricity and what goes past it: in the same proportion as today
    more = np.clip(spare * reach / out, 0.0, 1.0)
    taken = np.where(delivered > 0, np.nan_to_num(delivered), 0.0)
    own = since_start(context, None if found.metered.out_kwh is None else found.metered.out_kwh[:, 0])
    extra = np.nan_to_num(taken if own is None else np.minimum(own, taken))[:, None] * more
    bought = np.maximum(np.nan_to_num(context.loads[point].energy_kwh), 0.0)
    need = bought[:, 0] + taken
    shown, most = shown_share(taken, bought[:, 0]), 1.0 - triangle(assumption(ID, "least_bought"), context.draws, rng)
    beyond = triangle(assumption(ID, "beyond_shown"), context.draws, rng)
    limit = shown + beyond * np.maximum(most - shown, 0.0)
    extra = np.clip(np.minimum(extra, need[:, None] * limit - taken[:, None]), 0.0, bought)
    falls = [Fall(point, extra)]
    if store.electricity and np.isfinite(cop).all():
        falls += divided(context, store.electricity, -extra / cop)
    return falls


def _not_leaked(context: MeasureContext, found: Account, lost: Floats, rng: np.random.Generator) -> Floats:
    """Return (d, 1 + draws) what a tight store would hold more at the end of each day, of `lost` a year [kWh].

    A leak is in proportion to the temperature above the ground's, so it takes most from the warmest store, and gives
    some back to one colder than the ground. What does not leak is lost as a sound store loses.
    """
    ground = ground_c(context, rng)
    own = since_start(context, found.metered.store_c)
    if own is None:
        days = len(context.start_utc) // 24
        added = np.full((days, 1), 1.0 / 365.0) * lost
    else:
        daily = np.nanmean(np.where(np.isfinite(own), own, np.nanmean(own)).reshape(-1, 24), axis=1)
        above = np.where(np.isfinite(own).reshape(-1, 24).any(axis=1), daily, np.nan)[:, None] - ground
        mean = np.maximum(np.nanmean(above, axis=0), assumption(ID, "least_above").central)
        added = np.nan_to_num(above) / mean * lost / 365.0
    return np.maximum(in_store(added, 24.0 * loss_per_hour(context, found.metered.store, ground, rng)), 0.0)


def _unused(context: MeasureContext, found: Account, rng: np.random.Generator) -> Unused | str:
    """Return what whole years lost or left, or why that is nothing to act on."""
    years = [y for y in found.years if y.whole and y.reason is None and np.isfinite(y.corrected_pct.value)]
    why = next((y.reason for y in reversed(found.years) if y.reason), "lagrets temperatur är inte känd")
    if len(years) < 2:
        return f"saknar data: två hela lagerår behövs, det finns {len(years)} ({why})."
    charged = float(np.mean([y.charge_kwh for y in years]))
    efficiency = float(np.mean([y.corrected_pct.value for y in years]))
    lost, left = _beyond_told(context, found, years, rng), float(np.mean([y.change_kwh for y in years]))
    young = _warming(found.metered.store, years)
    if young or left <= assumption(ID, "imbalance").central * charged:
        left = 0.0
    if not young:  # the ground around boreholes takes its share of the first years' charge, whatever the store loses
        reached = triangle(assumption(ID, f"efficiency_{found.metered.store.kind}"), context.draws, rng)
        lost = np.maximum(lost, np.maximum(reached - efficiency / 100, 0.0) * charged)
    lost = lost if lost[0] > 0 else 0.0 * lost
    if lost[0] > 0 or left > 0:
        return Unused(tuple(years), lost, left, efficiency)
    if young:
        return f"lagret är ungt och värmer ännu berget omkring sig: verkningsgraden {sv(efficiency)} % säger inget än."
    return f"verkningsgraden är {sv(efficiency)} %, och lagret är nära i balans över åren."


def _warming(store: Store, years: Sequence[StoreYear]) -> bool:
    """Return whether any of the years is one in which the ground around boreholes is still warmed."""
    until = store.commissioned.year + assumption(ID, "warming_years").central
    return store.kind == "borehole" and any(y.first.year < until for y in years)


def _beyond_told(context: MeasureContext, found: Account, years: list[StoreYear], rng: np.random.Generator) -> Floats:
    """Return (1 + draws,) a year's mean loss beyond the told share of the content [kWh]; 0 where none is told.

    The draws hold the told loss, the tolerance of the meters, and what of the heat out is the heat pump's electricity.
    """
    store, none = found.metered.store, np.zeros(1 + context.draws)
    told, capacity, lowest = store.loss_pct_per_month, store.heat_capacity_kwh_per_k, store.lowest_c
    if told is None or capacity is None or lowest is None:
        return none
    ground, mean = ground_c(context, rng), float(np.mean([y.mean_c for y in years]))
    expected = np.maximum(8760.0 * loss_per_hour(context, store, ground, rng) * capacity * (mean - ground), 0.0)
    charge, lost = (float(np.mean([getattr(y, name) for y in years])) for name in ("charge_kwh", "loss_kwh"))
    out = [float(np.mean([getattr(y.out_kwh, edge) for y in years])) for edge in ("value", "low", "high")]
    shares = [triangle(assumption(ID, "meter_error"), context.draws, rng) - 1.0 for _ in range(2)]
    split = out[1] + (out[2] - out[1]) * rng.random(context.draws) - out[0]
    error = charge * shares[0] - out[0] * shares[1] - np.concatenate(([0.0], split))
    beyond = lost + error - expected
    return np.maximum(beyond, 0.0) if beyond[0] > assumption(ID, "beyond_told").central * charge else none


def _case(context: MeasureContext, store: Store, unused: Unused, falls: tuple[Fall, ...]) -> Case:
    said = []
    if unused.left > 0:
        said.append(
            f"det laddas med {sv(unused.left / 1000)} MWh mer om året än vad som tas ut och förloras, så att lagret"
            " blir varmare år för år"
        )
    if unused.lost[0] > 0:
        said.append(
            f"det ger tillbaka {sv(unused.efficiency_pct)} %, {sv(unused.lost[0] / 1000)} MWh mindre än det kunde"
        )
    young = _warming(store, unused.years)
    inside = valued_hours(context)
    names = [f"{y.first.year}/{y.end.year}" for y in unused.years]
    series = (
        Series("laddat", names, [y.charge_kwh / 1000 for y in unused.years]),
        Series("uttaget", names, [y.out_kwh.value / 1000 for y in unused.years]),
        Series("kvar", names, [y.change_kwh / 1000 for y in unused.years]),
    )
    evidence = tuple(
        EvidenceRow("Verkningsgrad, korrigerad för innehållet", name, y.corrected_pct.value, "%",
                    f"laddat {sv(y.charge_kwh / 1000)} MWh, kvar {sv(y.change_kwh / 1000)} MWh")
        for name, y in zip(names, unused.years, strict=True)
    )  # fmt: skip
    return Case(
        falls[0].point,
        falls,
        f"{store.name}: {' och '.join(said)}."
        + " Leta efter läckande ventiler, självcirkulation och cirkulation i tomt lager." * bool(unused.lost[0] > 0)
        + " Ta ut mer på vintern, eller ladda mindre." * bool(unused.left > 0)
        + " Lagret är ungt: de första åren värms berget omkring det, och förlusten är då större än den blir." * young,
        "Fjärrvärmen minskas i de timmar lagret töms, i proportion till dagens uttag, inte mycket mer än den andel"
        " av värmebehovet som lagret har visat att det når, och elen som det tar läggs till. Det som inte läcker och"
        " inte heller tas ut värmer lagret, och värmepumpen drar då mindre el.",
        evidence,
        Picture("bar", "lagerår", "MWh", series),
        {
            "efficiency_pct": unused.efficiency_pct,
            "left_kwh_per_year": unused.left,
            "extra_kwh": float(falls[0].amount[inside, 0].sum()),
        },
        "låg" if young else "medel",
    )
