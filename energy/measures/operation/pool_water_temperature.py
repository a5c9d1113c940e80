"""The pool's water is warmer than it was, or than its use needs.

Signal: the water's temperature has risen by a lasting step, or lies above what is usual. Warmer water evaporates more
and takes more heat to make up. Valued by billing the pool's heat at some percent less per degree.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.bands import generator, triangle
from energy.measures.shared.days import sv
from energy.measures.shared.margin import Case, Fall, conclude, nothing, priced
from energy.measures.shared.operating import by_month, covered, power_of, trends_in, weekly
from energy.measures.shared.steps import shifted

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "pool_water_temperature"
TITLE = "Varmare bassängvatten än som behövs"
ABOUT = About(
    code="O14",
    needs="bassängvattnets temperatur, undermätare för badets värme",
    cost_class="ingen",
    difficulty="medel",
    actor="badets ledning",
    verification="vattnets temperatur, och badets värme vid samma utetemperatur",
    reference="5-8 % of the heat per degree: the field's notes; less where the air follows the water (VDI 2089-1)",
)


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result for the heat meter of the pool."""
    points = priced(context, context.used_for("pool"))
    sensors = trends_in(context, "pool_temperature_c")
    if not points:
        return [Silent(ID, "saknar data: ingen undermätare för badets värme.")]
    if not sensors:
        return [Silent(ID, "saknar data: bassängvattnets temperatur.")]
    return [_one(context, point) for point in points]


def _one(context: MeasureContext, point: str) -> MeasureFinding | Silent:
    sensors = trends_in(context, "pool_temperature_c")
    sensor = next((s for s in sensors if s.metering_point == point), sensors[0])
    power = power_of(context, point)
    missing = covered(context, "vattnets temperatur och badets värme", sensor.values, power)
    if missing:
        return nothing(ID, context, point, missing)
    rng = generator(context.seed, ID, context.facility, point)
    enough = triangle(assumption(ID, "enough"), context.draws, rng)
    known = np.isfinite(sensor.values)
    found = shifted(context, sensor.values, known, enough, assumption(ID, "least").central, rng)
    if isinstance(found, float):
        return nothing(ID, context, point, f"vattnet håller i medeltal {sv(found, 1)} °C, som förut.")
    assumed = assumption(ID, "share_per_k")
    share = np.minimum(found.hourly * triangle(assumed, context.draws, rng), 0.5)
    fall = Fall(point, share * power[:, None])
    how = (
        f"{sv(found.mean, 1)} K varmare sedan {found.since}"
        if found.shown
        else f"{sv(found.mean, 1)} K över det vanliga"
    )
    case = Case(
        point,
        (fall,),
        f"{sensor.name} är {how}. Sänk vattnets och luftens temperatur lika mycket.",
        f"Badets värme sänks {sv(100 * assumed.central, 1)} % per grad ({sv(100 * assumed.low, 1)}–"
        f"{sv(100 * assumed.high, 1)} %).",
        by_month(context, "Badets värme att spara", fall.amount[:, 0], "kWh"),
        weekly(context, "vattnets temperatur, °C", {"medel": sensor.values}, "line"),
        {"warmer_k": found.mean, "share_per_k": assumed.central},
        "medel",
    )
    return conclude(context, ID, TITLE, case)
