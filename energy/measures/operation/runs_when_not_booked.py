"""Ventilation, lighting or stand heating runs while nothing is booked.

Signal: hours without a booking (an hour left before it to air and warm), in which the load lies nearer to what it draws
when something is booked than to its own idle level. Both levels are told at the outdoor temperature of the hour (an
energy signature of the booked hours). Where the load has never idled, the idle level is an assumption. Valued by
billing those hours at the idle level; for a fan with the heat of the outdoor air it moves, for lamps less their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.bands import generator, triangle, week_weights
from energy.measures.shared.days import Days, Flags, kw, sv
from energy.measures.shared.lamps import heat_beside
from energy.measures.shared.margin import Case, Fall, conclude, nothing, priced
from energy.measures.shared.operating import around, by_month, covered, power_of, profile, valued_hours
from energy.measures.shared.signature import fit_signature
from energy.model import Floats, Use

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "runs_when_not_booked"
TITLE = "Ventilation eller belysning går fast inget är bokat"
ABOUT = About(
    code="O2",
    needs="bokningar, undermätare för ventilation, belysning eller läktarvärme med timvärden",
    cost_class="ingen",
    difficulty="lätt",
    actor="driftteknikern",
    verification="undermätarens last de timmar inget är bokat, mot viloläget",
    reference="own comparison of booked and empty hours; Hammarsten (1987) for the signature",
)
USES: tuple[Use, ...] = ("ventilation", "lighting", "stand_heating")
_BESIDE: dict[str, str] = {  # by use
    "ventilation": " Uteluftens värme räknas ur fläktens effekt.",
    "lighting": " Värmen lamporna gav när det värms är avdragen, och kylan som is slipper medräknad.",
}
LEAST_DAYS = 30  # with booked hours, to know the running level


@dataclass(frozen=True)
class Empty:
    """Booked and empty hours of a load, `running` those where it runs though empty; levels (n, 1 + draws) [kW]."""

    booked: Flags
    hours: Flags
    running: Flags
    booked_kw: Floats
    idle_kw: Floats
    shown: bool  # the load has idled: its idle level is its own


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per submeter of what only bookings need."""
    if context.booked is None or not (context.booked == 1).any():
        return [Silent(ID, "saknar data: inga bokningar.")]
    points = priced(context, context.used_for(*USES))
    if not points:
        return [Silent(ID, "saknar data: ingen undermätare för ventilation, belysning eller läktarvärme.")]
    return [_one(context, point, context.booked) for point in points]


def _one(context: MeasureContext, point: str, booked: Floats) -> MeasureFinding | Silent:
    power = power_of(context, point)
    missing = covered(context, "både last och bokningar", power, booked, context.air_temperature_c)
    if missing:
        return nothing(ID, context, point, missing)
    rng = generator(context.seed, ID, context.facility, point)
    found = _empty(context, point, power, booked, rng)
    if isinstance(found, str):
        return nothing(ID, context, point, found)
    inside = valued_hours(context)
    share = float(found.running[inside & found.hours].mean()) if (inside & found.hours).any() else 0.0
    least = assumption(ID, "mismatch").central
    if not share > least:
        return nothing(ID, context, point, f"går bara {sv(100 * share)} % av de timmar inget är bokat.")
    reach = triangle(assumption(ID, "reachable"), context.draws, rng)
    over = np.where(found.running[:, None], np.maximum(0.0, power[:, None] - found.idle_kw), 0.0) * reach
    falls = (Fall(point, over), *heat_beside(context, point, over))
    return conclude(context, ID, TITLE, _case(context, point, found, falls, share))


def _empty(context: MeasureContext, point: str, power: Floats, booked: Floats, rng: np.random.Generator) -> Empty | str:
    """Return the empty hours of a load and its levels, or why they cannot be told, in Swedish."""
    days = Days.of(context.start_utc)
    known = np.isfinite(power) & np.isfinite(context.air_temperature_c)
    empty = (booked == 0) & ~around(booked == 1, _ahead(context, point), 0) & known
    level = days.mean_where(power, booked == 1, 2)
    temperature = days.mean(context.air_temperature_c)
    use = np.isfinite(level) & np.isfinite(temperature)
    if use.sum() < LEAST_DAYS:
        return "saknar data: för få dygn med bokningar."
    fitted = fit_signature(level[use], temperature[use], np.ones((int(use.sum()), 1)))
    booked_kw = fitted.expected(np.nan_to_num(context.air_temperature_c))
    central = booked_kw[:, 0]
    ratio = np.divide(power, central, out=np.full_like(power, np.nan), where=central > 0.1 * central.max())
    empty &= np.isfinite(ratio)
    if not empty.any():
        return "saknar data: inga timmar utan bokning."
    running, shown = np.zeros_like(empty), True
    idle = np.zeros((len(power), 1 + context.draws))
    lamps = "_lighting" if context.uses[point] == "lighting" else ""
    groups = [context.open_hours != 0, context.open_hours == 0]
    rests = [_rest(days, ratio, empty & group, context.draws, rng) for group in groups]
    for group, rest, other in zip(groups, rests, rests[::-1], strict=True):
        here = empty & group
        if rest is None:  # never seen at rest in such hours: no lower than in the others, no higher than half
            assumed = triangle(assumption(ID, f"idle_share{lamps}"), context.draws, rng)
            rest, shown = np.maximum(assumed, 0.0 if other is None else other), False
        running |= here & (ratio > 0.5 * (1.0 + float(rest[0])))
        idle[group] = rest
    shown = shown or not (running & groups[0]).any()
    return Empty(booked == 1, empty, running, booked_kw, idle * booked_kw, shown)


def _ahead(context: MeasureContext, point: str) -> int:
    """Return how many hours before a booking the load may start: none for lamps."""
    return 0 if context.uses[point] == "lighting" else int(assumption(ID, "margin").central)


def _rest(days: Days, ratio: Floats, here: Flags, draws: int, rng: np.random.Generator) -> Floats | None:
    """Return (1 + draws,) the level at rest among the hours `here`, share of the booked level; None where unseen."""
    if here.sum() < LEAST_DAYS:
        return None
    low = float(np.quantile(ratio[here], assumption(ID, "rests").central))
    if low > assumption(ID, "idle_at_most").central:
        return None
    daily = days.mean_where(ratio, here & (ratio < 0.5 * (1.0 + low)), 1)
    rested = np.isfinite(daily)
    weights = week_weights(days.day[rested], draws, rng)
    return np.asarray((daily[rested][:, None] * weights).sum(axis=0) / np.maximum(weights.sum(axis=0), 1.0))


def _case(context: MeasureContext, point: str, found: Empty, falls: tuple[Fall, ...], share: float) -> Case:
    power = power_of(context, point)
    here = found.running & valued_hours(context)
    draws, idle = float(power[here].mean()), float(found.idle_kw[here, 0].mean())
    from_where = "eget viloläge" if found.shown else "antaget viloläge"
    return Case(
        point,
        falls,
        f"{context.name(point)} går {sv(100 * share)} % av de timmar inget är bokat och drar då i medeltal {kw(draws)}"
        f" mot {kw(idle)} i vila ({from_where}). Låt bokningarna styra drifttiden, med start en timme före.",
        f"Timmar utan bokning (utom timmen före en) där lasten går räknas om till viloläget ({from_where})"
        " vid timmens utetemperatur." + (_BESIDE[context.uses[point]] if len(falls) > 1 else ""),
        by_month(
            context,
            "Går utan bokning",
            falls[0].amount[:, 0],
            "kWh",
            lambda month: f"{int((found.running & month).sum())} av {int((found.hours & month).sum())} obokade timmar",
        ),
        profile(context, "kW", power, {"bokat": found.booked, "inte bokat": found.hours}),
        {"running_kw": draws, "idle_kw": idle, "share_of_empty_hours": share},
        "hög" if found.shown else "medel",
        "dygnen bakom nivåerna",
    )
