"""The sauna is hot longer than it is used.

Signal: the sauna draws power while the facility is closed, or in hours of the week in which it used to rest, or for
more hours a day than are needed. Valued by billing those hours without the sauna.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.bands import generator, triangle
from energy.measures.shared.days import Days, Flags, sv
from energy.measures.shared.margin import Case, Fall, conclude, nothing, priced
from energy.measures.shared.operating import by_month, closed_nights, covered, power_of, profile, valued_hours
from energy.model import Floats

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "sauna_hours"
TITLE = "Bastun är varm längre än den används"
ABOUT = About(
    code="O17",
    needs="undermätare för bastun, öppettider",
    cost_class="ingen",
    difficulty="lätt",
    actor="badets personal",
    verification="bastuns timmar per dygn",
    reference="Göteborg: half the sauna hours saved 3 000 kWh a day city-wide (the field's notes)",
)


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per meter of a sauna."""
    points = priced(context, context.used_for("sauna"))
    return [_one(context, p) for p in points] or [Silent(ID, "saknar data: ingen undermätare för bastun.")]


def _one(context: MeasureContext, point: str) -> MeasureFinding | Silent:
    power = power_of(context, point)
    missing = covered(context, "bastuns el", power)
    if missing:
        return nothing(ID, context, point, missing)
    known = np.isfinite(power)
    hot = known & (np.nan_to_num(power) > assumption(ID, "hot").central * float(np.quantile(power[known], 0.98)))
    days = Days.of(context.start_utc)
    per_day = days.split(hot.astype(np.float64)).sum(axis=1)
    rng = generator(context.seed, ID, context.facility, point)
    enough = _enough(context, days, per_day, rng)
    closed = closed_nights(context)
    least = assumption(ID, "least_hours").central
    valued = days.between(context.first_valued(), context.end_valued())
    mean, usual = float(per_day[valued].mean()), float(enough[0])
    shut = hot & closed if closed is not None else np.zeros_like(hot)
    in_closed = float(days.split(shut.astype(np.float64)).sum(axis=1)[valued].mean())
    if not (mean - usual > least or in_closed > least):
        return nothing(ID, context, point, f"bastun är varm {sv(mean, 1)} timmar om dygnet, som den brukar och bör.")
    fall = Fall(point, _surplus(days, power, hot, shut, per_day, enough))
    case = Case(
        point,
        (fall,),
        f"{context.name(point)} är varm {sv(mean, 1)} timmar om dygnet, {sv(in_closed, 1)} av dem när det är stängt;"
        f" {sv(usual, 1)} timmar räcker. Styr den på tryckknapp eller badets tider.",
        f"Timmarna över {sv(usual, 1)} om dygnet ({_span(context, enough)}) tas bort, först de stängda.",
        by_month(context, "Bastuns el att spara", fall.amount[:, 0], "kWh"),
        profile(context, "kW", power, {"det senaste året": valued_hours(context)}),
        {"hours_per_day": mean, "enough_hours": usual},
        "hög" if in_closed > least else "medel",
    )
    return conclude(context, ID, TITLE, case)


def _span(context: MeasureContext, enough: Floats) -> str:
    return f"{sv(float(enough.min()), 1)}–{sv(float(enough.max()), 1)}"


def _enough(context: MeasureContext, days: Days, per_day: Floats, rng: np.random.Generator) -> Floats:
    """Return (1 + draws,) the hours a day that suffice: those of the calmest quarter of months, if clearly fewer."""
    assumed = triangle(assumption(ID, "enough_hours"), context.draws, rng)
    month = days.day.astype("datetime64[M]")
    means = np.array([per_day[month == m].mean() for m in np.unique(month)])
    means = means[means > 0.5]
    if means.size >= 12 and float(np.quantile(means, 0.25)) < float(assumed[0]):
        own = float(np.median(means[means <= float(np.quantile(means, 0.25))]))
        return own * triangle(assumption(ID, "own_hours"), context.draws, rng)
    return assumed


def _surplus(days: Days, power: Floats, hot: Flags, shut: Flags, per_day: Floats, enough: Floats) -> Floats:
    """Return (n, 1 + draws) the energy above the hours that suffice, closed hours first, the rest evenly [kWh]."""
    closed = days.split(shut.astype(np.float64)).sum(axis=1)
    left = np.maximum(per_day - closed, 0.0)[:, None]
    share = np.clip((left - enough) / np.maximum(left, 1.0), 0.0, 1.0)
    hourly = np.where(shut[:, None], 1.0, days.to_hours(share, 0.0))
    return np.where(hot[:, None], hourly * power[:, None], 0.0)
