"""The ice is laid early or kept late for few bookings.

Signal: the first or last weeks of an ice season in which far fewer hours are booked than in the season's median week.
Weeks inside the season do not count: to melt and freeze again costs more. Valued by billing those weeks with the ice
plant, its pumps, dehumidifiers, resurfacing and stand heating at what they draw without ice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from energy.calendar import normal_time
from energy.measures.assumptions import assumption
from energy.measures.bands import generator, triangle, week_weights
from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Picture, Series, Silent
from energy.measures.days import Days, Flags, sv
from energy.measures.margin import Case, Fall, conclude, priced
from energy.measures.operating import covered, ice_hours, power_of, valued_hours
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
LEAST_WEEKS = 12  # with ice in a season, to know its ordinary week


@dataclass(frozen=True)
class Seasons:
    """Weeks of the span, (w,): hours booked, whether ice lies all week, and whether it is an edge with few bookings."""

    first: npt.NDArray[np.datetime64]
    index: npt.NDArray[np.intp]  # (n,) the week of each hour
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
    here = seasons.empty[seasons.index] & valued_hours(context)
    if not here.any():
        return [Silent(ID, "säsongens första och sista veckor är bokade som de andra.")]
    rng = generator(context.seed, ID, context.facility)
    reach = triangle(assumption(ID, "reachable"), context.draws, rng)
    empty = seasons.empty[seasons.index][:, None]
    over = {p: np.maximum(0.0, power_of(context, p)[:, None] - _off(context, p, ice, rng)) for p in points}
    falls = tuple(Fall(p, np.where(empty, kw, 0.0) * reach) for p, kw in over.items())
    return [conclude(context, ID, TITLE, _case(context, plants[0], seasons, falls, here))]


def _seasons(context: MeasureContext, ice: Flags, booked: Floats) -> Seasons:
    """Return the weeks and which of them are edges of a season with few bookings."""
    day = normal_time(context.start_utc).astype("datetime64[D]").astype(np.int64)
    weeks, index = np.unique((day + 3) // 7, return_inverse=True)
    hours = np.bincount(index)
    booked_h: Floats = np.bincount(index, weights=booked).astype(np.float64)  # NaN where any hour is unknown
    has_ice = np.bincount(index, weights=ice) >= 0.5 * hours
    limit, empty = assumption(ID, "few").central, np.zeros(len(weeks), dtype=np.bool_)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], has_ice.astype(np.int8), [0]))))
    for start, end in zip(edges[::2], edges[1::2], strict=True):  # a handful of seasons
        known = np.isfinite(booked_h[start:end])
        if known.sum() < LEAST_WEEKS:
            continue
        few = known & (booked_h[start:end] < limit * float(np.median(booked_h[start:end][known])))
        leading = 0 if start == 0 else int(np.argmin(np.append(few, False)))
        trailing = 0 if end == len(weeks) else int(np.argmin(np.append(few[::-1], False)))
        empty[start : start + leading] = True
        empty[end - trailing : end] = True
    return Seasons((weeks * 7 - 3).astype("datetime64[D]"), index, booked_h, has_ice, empty)


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
    weeks = np.unique(seasons.index[here])
    total = np.sum([fall.amount[:, 0] for fall in falls], axis=0)
    ordinary = float(np.nanmedian(seasons.booked_h[seasons.ice]))
    inside = np.unique(seasons.index[valued_hours(context)])
    names = [str(d) for d in seasons.first[inside]]
    kwh = np.bincount(seasons.index, weights=np.nan_to_num(np.sum([power_of(context, f.point) for f in falls], axis=0)))
    return Case(
        plant,
        falls,
        f"Under {len(weeks)} veckor i säsongens början eller slut låg isen med"
        f" {sv(float(np.nanmean(seasons.booked_h[weeks])))} bokade timmar i veckan, mot {sv(ordinary)} en vanlig vecka."
        " Lägg isen senare eller ta upp den tidigare, och samla bokningarna i de andra veckorna.",
        "De veckorna räknas med kylmaskiner, pumpar, avfuktning, ispreparering och läktarvärme på nivån utan is.",
        tuple(
            EvidenceRow(
                "Is med få bokningar",
                str(seasons.first[w]),
                float(np.nansum(total[seasons.index == w])),
                "kWh",
                f"{sv(float(seasons.booked_h[w]))} bokade timmar den veckan",
            )
            for w in weeks
        ),
        Picture(
            "bar",
            "vecka",
            "bokade timmar, och MWh till isen",
            (
                Series("bokade timmar", names, [round(float(v), 1) for v in seasons.booked_h[inside]]),
                Series("MWh till isen", names, [round(float(v) / 1000, 2) for v in kwh[inside]]),
            ),
        ),
        {"weeks": float(len(weeks)), "ordinary_booked_h": ordinary},
        "hög",
        "dygnen utan is",
    )
