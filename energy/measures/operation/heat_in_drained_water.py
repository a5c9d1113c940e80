"""Warm pool water is drained and replaced by cold.

Signal: make-up water beyond what evaporates is backwash and renewal that leave warm. Valued by the part of its heat
that an exchanger recovers, off the pool's heat. An investment: the value is before its cost.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.bands import generator, triangle
from energy.measures.shared.days import sv
from energy.measures.shared.margin import Case, Fall, conclude, nothing, priced
from energy.measures.shared.operating import by_month, covered, valued_hours, weekly

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "heat_in_drained_water"
TITLE = "Värme följer med backspolning och avtappat vatten"
ABOUT = About(
    code="O15",
    needs="mätare för spädvatten, undermätare för badets värme, bassängens yta",
    cost_class="hög",
    difficulty="medel",
    actor="fastighetsägaren",
    verification="badets värme per m³ spädvatten",
    reference="60-70 % recoverable, 20 K: the field's notes; 1.163 kWh/m³ and K",
)
KWH_PER_M3_K = 1.163


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result for the pool's make-up water."""
    water = [p for p in context.used_for("make_up_water") if context.loads[p].volume_m3 is not None]
    pools = priced(context, context.used_for("pool"))
    if not water or not pools:
        return [Silent(ID, "saknar data: mätare för spädvatten och undermätare för badets värme.")]
    if context.facts.pool_area_m2 is None:
        return [Silent(ID, "saknar data: bassängens yta.")]
    return [_one(context, water[0], pools[0], context.facts.pool_area_m2)]


def _one(context: MeasureContext, water: str, pool: str, area: float) -> MeasureFinding | Silent:
    volume = context.loads[water].volume_m3
    assert volume is not None
    missing = covered(context, "spädvatten", volume[:, 0])
    if missing:
        return nothing(ID, context, water, missing)
    inside = valued_hours(context)
    rng = generator(context.seed, ID, context.facility, water)
    names = ("evaporated_m3_per_m2", "recoverable", "kelvin")
    evaporated, share, kelvin = (triangle(assumption(ID, n), context.draws, rng) for n in names)
    total = float(np.nansum(volume[inside]))
    drained = np.clip(1.0 - evaporated * area / max(total, 1e-9), 0.0, 1.0)
    litres = 1000.0 * total * float(drained[0]) / area / 365.0
    least = assumption(ID, "least").central
    if not litres > least:
        return nothing(ID, context, water, f"det tappas av {sv(litres)} liter per m² bassäng och dygn, som det bör.")
    fall = Fall(pool, KWH_PER_M3_K * np.nan_to_num(volume) * drained * share * kelvin)
    case = Case(
        pool,
        (fall,),
        f"{sv(total)} m³ spädvatten om året, varav {sv(100 * float(drained[0]))} % tappas av varmt:"
        f" {sv(litres)} liter per m² bassäng och dygn. Värmeväxla backspolning och avtappat vatten mot spädvattnet.",
        "Avtappat vatten är spädvattnet minus det som dunstar; av dess värme återvinns"
        f" {sv(100 * assumption(ID, 'recoverable').central)} %.",
        by_month(context, "Värme att återvinna", fall.amount[:, 0], "kWh"),
        weekly(context, "m³/h", {"spädvatten": volume[:, 0]}, "bar"),
        {"make_up_m3": total, "litres_per_m2_day": litres},
        "medel",
    )
    return conclude(context, ID, TITLE, case)
