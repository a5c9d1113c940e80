"""The lighting draws what lamps before LED drew.

Signal: the lighting's full power per m² is above that of LED installations. Valued by billing the lighting at what LED
takes per m² for the same light, less the heat that the old lamps gave when rooms were heated, and the cold that ice no
longer asks for. An investment: the value is before its cost.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.bands import generator, triangle
from energy.measures.shared.days import sv
from energy.measures.shared.lamps import heat_of_lamps
from energy.measures.shared.margin import Case, Fall, conclude, nothing, priced
from energy.measures.shared.operating import by_month, covered, power_of, profile, valued_hours
from energy.model import Floats

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "old_lighting"
TITLE = "Belysning från tiden före LED"
ABOUT = About(
    code="O11",
    needs="undermätare för belysningen, anläggningens yta",
    cost_class="hög",
    difficulty="medel",
    actor="fastighetsägaren",
    verification="belysningens effekt när allt är tänt",
    reference="Gimo ishall: LED took 76 % less than the lamps before it (ekanalys.se)",
)


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result for the facility's lighting."""
    points = priced(context, context.used_for("lighting"))
    if not points:
        return [Silent(ID, "saknar data: ingen undermätare för belysningen.")]
    if context.facts.area_m2 is None:
        return [Silent(ID, "saknar data: anläggningens yta.")]
    return [_one(context, points, context.facts.area_m2)]


def _one(context: MeasureContext, points: Sequence[str], area: float) -> MeasureFinding | Silent:
    power = np.sum([power_of(context, p) for p in points], axis=0)
    missing = covered(context, "belysningens el", power)
    if missing:
        return nothing(ID, context, points[0], missing)
    inside = valued_hours(context)
    w_m2 = 1000.0 * float(np.nanquantile(power[inside], 0.95)) / area
    limit = assumption(ID, "old").central
    if not w_m2 > limit:
        return nothing(ID, context, points[0], f"belysningen drar {sv(w_m2, 1)} W/m² när allt är tänt, som LED.")
    assumed = assumption(ID, "led_w_m2")
    led = triangle(assumed, context.draws, generator(context.seed, ID, context.facility))
    share = np.minimum(1.0 - led / w_m2, assumption(ID, "most").central)
    falls = tuple(Fall(p, power_of(context, p)[:, None] * share) for p in points)
    less: Floats = np.sum([f.amount for f in falls], axis=0)
    case = Case(
        points[0],
        (*falls, *heat_of_lamps(context, less)),
        f"Belysningen drar {sv(w_m2, 1)} W/m² när allt är tänt; LED ligger under {sv(limit)} W/m². Byt vid nästa"
        " underhåll, med närvaro- och dagsljusstyrning.",
        f"Belysningens el sänks till vad LED tar för samma ljus, {sv(assumed.central, 1)} ({sv(assumed.low, 1)}–"
        f"{sv(assumed.high, 1)}) W/m²: {sv(100 * float(share[0]))} % mindre."
        " Den värme lamporna gav när lokalerna värms är avdragen (köpt eller lyft med el), och kylan som isen slipper"
        " är medräknad.",
        by_month(context, "Belysningens el att spara", less[:, 0], "kWh"),
        profile(context, "kW", power, {"det senaste året": inside}),
        {"w_per_m2": w_m2, "led_saves": float(share[0])},
        "medel",
    )
    return conclude(context, ID, TITLE, case)
