"""A fan, pump or lamp circuit stepped up one day and has stayed there.

Signal: a lasting step of the submeter's daily mean at the same season and outdoor temperature: after a change of the
automation it runs on full. Valued by the step in every hour since. A fan that moves more outdoor air also takes heat:
physics from its power, where the ventilation's heat has no meter of its own. Of lamps their own heat is missed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.bands import generator, triangle
from energy.measures.shared.days import kw
from energy.measures.shared.lamps import heat_beside
from energy.measures.shared.margin import Case, Fall, conclude, nothing, priced
from energy.measures.shared.operating import by_month, covered, power_of, valued_hours, weekly
from energy.measures.shared.steps import Step, lasting_step, per_degree
from energy.model import Floats, Use

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "step_in_load"
TITLE = "Last som steg en dag och blev kvar"
ABOUT = About(
    code="O20",
    needs="undermätare för ventilation, pumpar eller belysning med timvärden i ett och ett halvt år, utetemperatur",
    cost_class="ingen",
    difficulty="lätt",
    actor="driftteknikern",
    verification="undermätarens dygnsmedel mot tiden före",
    reference="own search for a lasting step; Gimo ishall: 50 MWh a year after a change of controls",
)
USES: tuple[Use, ...] = ("ventilation", "circulation_pump", "lighting", "electric_heater")


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per submeter of what people set."""
    points = priced(context, context.used_for(*USES))
    if not points:
        return [Silent(ID, "saknar data: ingen undermätare för ventilation, pumpar eller belysning.")]
    return [_one(context, point) for point in points]


def _one(context: MeasureContext, point: str) -> MeasureFinding | Silent:
    power, inside = power_of(context, point), valued_hours(context)
    missing = covered(context, "last", power)
    if missing:
        return nothing(ID, context, point, missing)
    rng = generator(context.seed, ID, context.facility, point)
    step = lasting_step(context, power, np.isfinite(power), rng)
    usual = float(np.nanmean(power[inside]))
    least = assumption(ID, "least").central
    if step is None or not step.height[0] > least * max(usual - step.height[0], 0.0) or not step.height[0] > 0:
        return nothing(ID, context, point, "inget varaktigt steg uppåt vid samma årstid och utetemperatur.")
    return conclude(context, ID, TITLE, _case(context, point, step, rng))


def _more(context: MeasureContext, power: Floats, step: Step, warms_air: bool, rng: np.random.Generator) -> Floats:
    """Return (n, 1 + draws) the rise of each hour since the step: even, or as outdoor air is cold where it warms it."""
    days = step.days
    since = days.to_hours(step.since[:, None].astype(np.float64), 0.0)
    if not warms_air:
        return since * np.maximum(0.0, step.height)
    below, air = assumption("ventilation", "supply_c").central, context.air_temperature_c
    per_k = per_degree(step, days.mean(power), days.mean(air), below, context.draws, rng)
    return since * np.maximum(0.0, per_k) * np.maximum(0.0, below - np.nan_to_num(air, nan=below))[:, None]


def _case(context: MeasureContext, point: str, step: Step, rng: np.random.Generator) -> Case:
    power = power_of(context, point)
    reach = triangle(assumption(ID, "reachable"), context.draws, rng)
    own = triangle(assumption("steps", "between_years"), context.draws, rng) * step.before / float(step.height[0])
    more = (reach + own) * _more(context, power, step, context.carriers.get(point) == "district_heating", rng)
    falls = [Fall(point, more), *heat_beside(context, point, more)]
    lamps = context.uses[point] == "lighting"
    beside = (
        " Den värme lamporna gav när det värms är avdragen, och kylan som is slipper medräknad."
        if lamps else " Värmen till den extra uteluften räknas ur fläktens effekt."
    )  # fmt: skip
    return Case(
        point,
        tuple(falls),
        f"{context.name(point)} drar sedan {step.day} {kw(float(step.height[0]))} mer i medeltal, vid samma årstid och"
        " utetemperatur. Se vad som ändrades den dagen: driftläge, tidkanal, handkörning.",
        f"Ökningen tas bort ur alla timmar sedan {step.day}." + (beside if len(falls) > 1 else ""),
        by_month(context, "Ökningen", more[:, 0], "kWh"),
        weekly(context, "kW", {"uppmätt": power, "utan ökningen": power - more[:, 0]}, "line"),
        {"step_kw": float(step.height[0])},
        "hög" if lamps or len(falls) == 1 else "medel",
        "dygnen före och efter",
    )
