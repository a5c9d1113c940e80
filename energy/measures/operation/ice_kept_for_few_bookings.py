"""The ice is laid early or kept late for few bookings.

Signal: the first or last days of an ice season, a week or more, on which far fewer hours are booked than on the
season's median day. Days inside the season do not count: to melt and freeze again costs more. Valued by billing those
days with the ice plant, its pumps, dehumidifiers, resurfacing and stand heating at what they draw without ice. Without
ice no condenser heat is recovered: what other uses than the rink took of it is bought, and its lift is saved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.bands import generator, triangle, week_weights
from energy.measures.shared.days import Days, Flags, sv
from energy.measures.shared.ice import heat_missed, largest
from energy.measures.shared.margin import Case, Fall, conclude, priced
from energy.measures.shared.operating import covered, ice_hours, power_of, valued_hours, weekly
from energy.measures.shared.recovery import HOT, Recovery, recovery
from energy.model import Floats, Use

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "ice_kept_for_few_bookings"
TITLE = "Is i början eller slutet av säsongen med få bokningar"
ABOUT = About(
    code="O10",
    needs="bokningar, undermätare för kylmaskinerna, issäsong (angiven eller sedd på kylmaskinerna)",
    cost_class="ingen",
    difficulty="medel",
    actor="idrottsförvaltningen",
    verification="kylmaskinernas el de veckor isen tas bort, mot samma veckor året före",
    reference="2.2 kWh/m² and day of ice on average: Stoppsladd phase 2",
)
USES: tuple[Use, ...] = ("ice_plant", "brine_pump", "dehumidifier", "resurfacing", "stand_heating")
LEAST_DAYS = 84  # with ice in a season, to know its ordinary day


@dataclass(frozen=True)
class Seasons:
    """Whole days of the span, (d,): hours booked, whether ice lies, and whether the day is an edge of few bookings."""

    days: Days
    booked_h: Floats
    ice: Flags
    empty: Flags


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result for the facility: all that the ice needs, in the weeks few have booked it."""
    points = priced(context, context.used_for(*USES))
    plants = [p for p in points if context.uses[p] == "ice_plant"]
    ice = ice_hours(context)
    if not plants or ice is None:
        return [Silent(ID, "saknar data: ingen elmätare för kylmaskinerna.")]
    if context.booked is None:
        return [Silent(ID, "saknar data: inga bokningar.")]
    missing = covered(context, "bokningar", context.booked, among=ice)
    if missing:
        return [Silent(ID, missing)]
    seasons = _seasons(context, ice, context.booked)
    empty = seasons.days.to_hours(seasons.empty[:, None].astype(np.float64), 0.0) > 0
    here = seasons.empty & seasons.days.between(context.first_valued(), context.end_valued())
    if not here.any():
        return [Silent(ID, "säsongens första och sista dagar är bokade som de andra.")]
    found = _recovered(context)
    if found is not None:
        known = np.isfinite(found.used[:, :1])
        share = float(known[empty & valued_hours(context)[:, None]].mean())
        if share < assumption("common", "minimum_coverage").central:
            return [Silent(ID, f"saknar data: den återvunna värmen är känd i {sv(100 * share)} % av dygnens timmar.")]
        empty &= known  # where the heat missed is not known, nothing is counted as saved
    rng = generator(context.seed, ID, context.facility)
    reach = triangle(assumption(ID, "reachable"), context.draws, rng)
    over = {p: np.maximum(0.0, power_of(context, p)[:, None] - _off(context, p, ice, rng)) for p in points}
    falls = tuple(Fall(p, np.where(empty, kw, 0.0) * reach) for p, kw in over.items())
    case = _case(context, plants[0], seasons, falls, here)
    return [conclude(context, ID, TITLE, replace(case, falls=(*falls, *_missed(context, found, empty, reach, rng))))]


def _recovered(context: MeasureContext) -> Recovery | None:
    """Return the balance of the condenser heat; None where rejected heat is not metered: no use of any is known."""
    rejecting = [p for p, carrier in context.carriers.items() if carrier == "rejected_heat" and p in context.loads]
    heat = context.mains("district_heating")
    return recovery(context, rejecting, largest(context, heat), HOT) if rejecting and heat else None


def _missed(
    context: MeasureContext, found: Recovery | None, empty: Flags, reach: Floats, rng: np.random.Generator
) -> list[Fall]:
    """Return the heat that is bought and the lift that is saved where no condenser heat is recovered any more."""
    if found is None:
        return []
    gone = np.where(empty, found.used, 0.0) * reach
    elsewhere = gone * (1.0 - triangle(assumption(ID, "rinks_own"), context.draws, rng))
    return heat_missed(context, gone, elsewhere)


def _seasons(context: MeasureContext, ice: Flags, booked: Floats) -> Seasons:
    """Return the days and which of them are edges of a season with few bookings; edges of the span are not judged."""
    days = Days.of(context.start_utc)
    booked_h = days.split(booked).sum(axis=1)  # NaN where any hour is unknown
    has_ice = days.split(ice.astype(np.float64)).sum(axis=1) >= 12
    empty = np.zeros(len(has_ice), dtype=np.bool_)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], has_ice.astype(np.int8), [0]))))
    for start, end in zip(edges[::2], edges[1::2], strict=True):  # a handful of seasons
        hours = booked_h[start:end]
        if np.isfinite(hours).sum() < LEAST_DAYS:
            continue
        usual = float(np.nanmedian(hours))
        if start > 0:
            empty[start : start + _edge(hours, usual)] = True
        if end < len(has_ice):
            empty[end - _edge(hours[::-1], usual) : end] = True
    return Seasons(days, booked_h, has_ice, empty)


def _edge(hours: Floats, usual: float) -> int:
    """Return how many of the first days hold few bookings: where the sum of half the usual less the booked peaks.

    A closed Sunday or a single booking moves it by nothing (the point of a change by cumulated sums: Page, E. S.
    (1954), Biometrika 41). 0 where the days so found hold too many bookings, or are too few.
    """
    count = int(np.argmax(np.concatenate(([0.0], np.cumsum(0.5 * usual - np.nan_to_num(hours, nan=usual))))))
    few = count > 0 and float(np.nanmean(hours[:count])) < assumption(ID, "few").central * usual
    return count if few and count >= assumption(ID, "least_days").central else 0


def _off(context: MeasureContext, point: str, ice: Flags, rng: np.random.Generator) -> Floats:
    """Return (1 + draws,) the power of a load on days without ice [kW], weeks drawn again; 0 where that is unseen."""
    days = Days.of(context.start_utc)
    daily = days.mean_where(power_of(context, point), ~ice, 24)
    seen = np.isfinite(daily)
    if seen.sum() < 14:
        return np.zeros(1 + context.draws)
    weights = week_weights(days.day[seen], context.draws, rng)
    off: Floats = (daily[seen][:, None] * weights).sum(axis=0) / np.maximum(weights.sum(axis=0), 1.0)
    return off


def _case(context: MeasureContext, plant: str, seasons: Seasons, falls: tuple[Fall, ...], here: Flags) -> Case:
    total = np.sum([np.nan_to_num(fall.amount[:, 0]) for fall in falls], axis=0)
    ordinary = float(np.nanmedian(seasons.booked_h[seasons.ice]))
    month = seasons.days.day.astype("datetime64[M]")
    daily = seasons.days.split(total).sum(axis=1)
    kw = np.sum([power_of(context, fall.point) for fall in falls], axis=0)
    booked = context.booked if context.booked is not None else np.full(len(kw), np.nan)
    return Case(
        plant,
        falls,
        f"Under {int(here.sum())} dygn i säsongens början eller slut låg isen med"
        f" {sv(float(np.nanmean(seasons.booked_h[here])), 1)} bokade timmar om dygnet, mot {sv(ordinary, 1)} ett"
        " vanligt dygn. Lägg isen senare eller ta upp den tidigare, och samla bokningarna i de andra veckorna.",
        "De dygnen räknas med kylmaskiner, pumpar, avfuktning, ispreparering och läktarvärme på nivån utan is."
        " Återvunnen värme som andra än ishallen använde köps i stället, och elen att lyfta den sparas.",
        tuple(
            EvidenceRow(
                "Is med få bokningar",
                str(m),
                float(daily[of].sum()),
                "kWh",
                f"{int(of.sum())} dygn, {sv(float(np.nansum(seasons.booked_h[of])))} bokade timmar",
            )
            for m, of in ((m, here & (month == m)) for m in np.unique(month[here]))
        ),
        weekly(context, "bokade timmar om dygnet, och isens effekt i tiotal kW",
               {"bokade timmar om dygnet": booked * 24.0, "isens effekt, tiotal kW": kw / 10.0}, "bar"),
        {"days": float(here.sum()), "ordinary_booked_h": ordinary},
        "hög",
        "dygnen utan is",
    )  # fmt: skip
