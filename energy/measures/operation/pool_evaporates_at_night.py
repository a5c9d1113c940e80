"""The pool takes as much heat at night as by day.

Signal: the heat of the pool (its water and its air) in closed hours has risen against the open hours of the same days
by a lasting step, or is not clearly below it. A covered pool, or air allowed to be more humid at night, evaporates
less. What the nights could take is what they took before, or in the facility's best weeks; else the part of the night's
heat that evaporation is, times what a cover stops of it. Valued by billing closed hours at that level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.bands import generator, triangle, week_weights, weighted_quantile
from energy.measures.shared.days import Days, Flags, kw, sv
from energy.measures.shared.margin import Case, Fall, conclude, nothing, priced
from energy.measures.shared.operating import by_month, closed_nights, covered, power_of, profile, rolling_median
from energy.measures.shared.steps import find_step
from energy.model import Floats

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "pool_evaporates_at_night"
TITLE = "Bassängen värms lika mycket på natten som på dagen"
ABOUT = About(
    code="O12",
    needs="undermätare för bassängvärmen, öppettider",
    cost_class="låg",
    difficulty="lätt",
    actor="badets personal",
    verification="bassängvärmen i stängd tid mot öppen tid",
    reference="a cover stops 50-70 % of evaporation (US DOE, Energy Saver: swimming pool covers)",
)
LEAST_DAYS = 30
SMOOTH = 15  # days of the running ratio


@dataclass(frozen=True)
class Nightly:
    """Night against day: (d,) their ratio, smoothed, and (d, 1 + draws) what flat nights could do without [kW]."""

    days: Days
    ratio: Floats
    flat: Flags
    over_kw: Floats
    night_kw: Floats
    shown: bool


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per heat meter of a pool."""
    points = priced(context, context.used_for("pool"))
    closed = closed_nights(context)
    if not points:
        return [Silent(ID, "saknar data: ingen undermätare för bassängvärmen.")]
    if closed is None:
        return [Silent(ID, "saknar data: öppettiderna är inte angivna.")]
    return [_one(context, point, closed) for point in points]


def _one(context: MeasureContext, point: str, closed: Flags) -> MeasureFinding | Silent:
    missing = covered(context, "bassängvärme", power_of(context, point))
    if missing:
        return nothing(ID, context, point, missing)
    rng = generator(context.seed, ID, context.facility, point)
    found = _nightly(context, point, closed, rng)
    if isinstance(found, str):
        return nothing(ID, context, point, found)
    hourly = np.where(closed[:, None], found.days.to_hours(found.over_kw, 0.0), 0.0)
    heat, mains = Fall(point, hourly), context.mains("electricity")
    fans = hourly * triangle(assumption(ID, "fans"), context.draws, rng)
    largest = max(mains, key=lambda p: float(np.nansum(power_of(context, p)))) if mains else None
    falls = (heat, Fall(largest, fans)) if largest else (heat,)
    return conclude(context, ID, TITLE, _case(context, found, falls, closed))


def _nightly(context: MeasureContext, point: str, closed: Flags, rng: np.random.Generator) -> Nightly | str:
    """Return the nights that are flat and what they take too much, or why nothing is said, in Swedish."""
    days = Days.of(context.start_utc)
    power = power_of(context, point)
    night, day = days.mean_where(power, closed, 3), days.mean_where(power, ~closed, 3)
    usable = np.isfinite(night) & np.isfinite(day) & (day > 0)
    ratio = rolling_median(np.where(usable, night / np.where(usable, day, 1.0), np.nan), SMOOTH)
    known, valued = np.isfinite(ratio) & usable, days.between(context.first_valued(), context.end_valued())
    step = find_step(days, np.where(usable, ratio, np.nan), days.mean(context.air_temperature_c), context.draws, rng)
    if (
        step is not None
        and step.sure > assumption("steps", "sure").central
        and step.height[0] > assumption(ID, "least").central
    ):
        flat = known & step.since
        if (flat & valued).sum() >= LEAST_DAYS:
            reach = triangle(assumption(ID, "reachable"), context.draws, rng)
            over = np.where(flat[:, None], step.height * reach * np.nan_to_num(day)[:, None], 0.0)
            return Nightly(days, ratio, flat, np.maximum(over, 0.0), night, True)
    flat = known & (ratio > assumption(ID, "flat_ratio").central)
    if (flat & valued).sum() < LEAST_DAYS:
        return "nätterna tar redan tydligt mindre värme än dagarna."
    own = known & ~flat
    shown = bool(own.sum() >= LEAST_DAYS)
    if shown:
        weights = week_weights(days.day[own], context.draws, rng)
        level = weighted_quantile(np.repeat(ratio[own][:, None], 1 + context.draws, axis=1), weights, 0.5)
        reach = triangle(assumption(ID, "reachable"), context.draws, rng)
        over = np.nan_to_num(night)[:, None] - level * np.nan_to_num(day)[:, None]
        return Nightly(days, ratio, flat, np.where(flat[:, None], np.maximum(0.0, over) * reach, 0.0), night, True)
    part, stopped = (triangle(assumption(ID, n), context.draws, rng) for n in ("evaporation_part", "cover_stops"))
    over = np.nan_to_num(night)[:, None] * part * stopped
    return Nightly(days, ratio, flat, np.where(flat[:, None], over, 0.0), night, False)


def _case(context: MeasureContext, found: Nightly, falls: tuple[Fall, ...], closed: Flags) -> Case:
    fall = falls[0]
    here = found.flat & found.days.between(context.first_valued(), context.end_valued())
    now, over = float(found.night_kw[here].mean()), float(found.over_kw[here, 0].mean())
    how = (
        "nivån natt mot dag de veckor som varit lägre"
        if found.shown
        else "avdunstningens del av värmen (vattnet och luften som bär bort fukten) gånger vad en täckning hindrar"
    )
    return Case(
        fall.point,
        falls,
        f"{context.name(fall.point)} tar {kw(now)} när badet är stängt,"
        f" {sv(100 * float(found.ratio[here].mean()))} % av öppen tid, under {int(here.sum())} dygn. Täck bassängen på"
        f" natten eller låt luftfuktigheten stiga till 60–65 %: då räcker omkring {kw(now - over)}.",
        f"Stängda timmar räknas om efter {how}. Fläktarna som bär bort fukten följer med:"
        f" {sv(100 * assumption(ID, 'fans').central)} % av värmen, som el.",
        by_month(context, "Nattens bassängvärme att spara", fall.amount[:, 0], "kWh"),
        profile(context, "kW", power_of(context, fall.point), {"alla dygn": np.ones(len(closed), dtype=np.bool_)}),
        {"night_kw": now, "night_to_day": float(found.ratio[here].mean())},
        "hög" if found.shown else "medel",
        "nätterna bakom jämförelsen" if found.shown else "",
    )
