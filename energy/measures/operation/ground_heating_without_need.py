"""Ground or turf is heated when there is no snow or ice to melt.

Signal: the meter of ground heating runs in hours clearly above freezing, or colder than snow falls. Valued by billing
those hours without it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.bands import generator, triangle
from energy.measures.shared.days import Days, sv
from energy.measures.shared.margin import Case, Fall, conclude, nothing, priced
from energy.measures.shared.operating import by_month, cloud, covered, power_of, valued_hours

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "ground_heating_without_need"
TITLE = "Markvärmen går utan behov"
ABOUT = About(
    code="O18",
    needs="undermätare för markvärmen, utetemperatur",
    cost_class="låg",
    difficulty="lätt",
    actor="driftteknikern",
    verification="markvärmens last mot utetemperaturen",
    reference="own assumption of when snow and ice can lie; snow seldom falls below -10 °C",
)


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per meter of ground heating."""
    points = priced(context, context.used_for("ground_heating"))
    return [_one(context, p) for p in points] or [Silent(ID, "saknar data: ingen undermätare för markvärmen.")]


def _one(context: MeasureContext, point: str) -> MeasureFinding | Silent:
    power, outside = power_of(context, point), context.air_temperature_c
    missing = covered(context, "markvärme och utetemperatur", power, outside)
    if missing:
        return nothing(ID, context, point, missing)
    rng = generator(context.seed, ID, context.facility, point)
    warm, cold = (triangle(assumption(ID, n), context.draws, rng) for n in ("too_warm", "too_cold"))
    needless = (outside[:, None] > warm) | (outside[:, None] < cold)
    over = np.where(needless, np.nan_to_num(power)[:, None], 0.0)
    inside = valued_hours(context)
    total = float(np.nansum(power[inside]))
    share = float(over[inside, 0].sum()) / total if total > 0 else 0.0
    least = assumption(ID, "least").central
    if not share > least:
        return nothing(ID, context, point, f"bara {sv(100 * share)} % av markvärmen går utan snö eller is att smälta.")
    days, limit = Days.of(context.start_utc), assumption(ID, "too_warm")
    case = Case(
        point,
        (Fall(point, over),),
        f"{sv(100 * share)} % av {context.name(point).lower()} går när det är varmare än {sv(limit.central, 1)} °C"
        f" eller kallare än {sv(assumption(ID, 'too_cold').central)} °C. Styr den på snö- och isgivare.",
        f"De timmarna räknas utan markvärme (gränsen {sv(limit.low, 1)}–{sv(limit.high, 1)} °C).",
        by_month(context, "Markvärme utan behov", over[:, 0], "kWh"),
        cloud("utetemperatur, °C", "kW", {"dygn": (days.mean(outside), days.mean(power))}),
        {"share": share},
        "hög",
    )
    return conclude(context, ID, TITLE, case)
