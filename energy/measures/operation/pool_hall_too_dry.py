"""The pool hall takes in more outdoor air than its moisture needs.

Signal: relative humidity lies well below what bathers and building need. The flow that carries off the evaporation is
E / (x_in - x_out); letting x_in rise to the wanted humidity needs less, and each m³ less saves the heat from outdoor to
hall temperature that is not recovered. Reference: VDI 2089-1 (2010), moisture balance of pool halls.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.bands import generator, triangle
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.days import Days, sv
from energy.measures.margin import Case, Fall, conclude, nothing, priced
from energy.measures.operating import by_month, cloud, covered, power_of, rolling_median, trends_in
from energy.model import Floats

__all__ = ["ABOUT", "ID", "TITLE", "assess", "vapour_g_per_kg"]

ID = "pool_hall_too_dry"
TITLE = "Simhallen ventileras mer än fukten kräver"
ABOUT = About(
    code="O13",
    needs="simhallens luftfuktighet, bassängens yta, undermätare för badets värme",
    cost_class="ingen",
    difficulty="medel",
    actor="driftteknikern",
    verification="luftfuktigheten i simhallen, och badets värme vid samma utetemperatur",
    reference="VDI 2089-1 (2010): moisture balance of pool halls",
)
AIR_KG_M3, AIR_KJ_KGK = 1.2, 1.0


def vapour_g_per_kg(temperature_c: Floats, relative: Floats) -> Floats:
    """Return the water vapour [g/kg] of air at a relative humidity [-]; Magnus form, 1 013 hPa (WMO-No. 8, 4.B)."""
    pressure = relative * 6.112 * np.exp(17.62 * temperature_c / (243.12 + temperature_c))
    return np.asarray(622.0 * pressure / (1013.0 - pressure), dtype=np.float64)


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result for the heat meter of the pool."""
    points = priced(context, context.used_for("pool"))
    sensors = trends_in(context, "humidity_pct", "pool")
    if not points or not sensors:
        return [Silent(ID, "saknar data: undermätare för badets värme och simhallens luftfuktighet.")]
    if context.facts.pool_area_m2 is None:
        return [Silent(ID, "saknar data: bassängens yta.")]
    return [_one(context, points[0], sensors[0].values, context.facts.pool_area_m2)]


def _one(context: MeasureContext, point: str, humidity: Floats, area: float) -> MeasureFinding | Silent:
    missing = covered(context, "luftfuktighet och badets värme", humidity, power_of(context, point))
    if missing:
        return nothing(ID, context, point, missing)
    days = Days.of(context.start_utc)
    rng = generator(context.seed, ID, context.facility, point)
    wanted = triangle(assumption(ID, "wanted"), context.draws, rng)
    smooth = rolling_median(days.mean(humidity), 7)
    cold = days.mean(context.air_temperature_c) < assumption(ID, "cold").central
    seen = np.isfinite(smooth) & cold & days.between(context.first_valued(), context.end_valued())
    least = assumption(ID, "least").central
    mean = float(smooth[seen].mean()) if seen.any() else float("nan")
    if not mean < wanted[0] - least:
        return nothing(ID, context, point, f"luftfuktigheten är i medeltal {sv(mean)} % när det är kallt, som den bör.")
    fall = Fall(point, _less_heat(context, humidity, area, wanted, rng))
    assumed = assumption(ID, "wanted")
    case = Case(
        point,
        (fall,),
        f"Simhallens luft håller i medeltal {sv(mean)} % relativ fuktighet när det är kallare än"
        f" {sv(assumption(ID, 'cold').central)} °C ute, mot {sv(assumed.central)} % som räcker. Låt fukten styra"
        " uteluften.",
        f"Det uteluftsflöde som bär bort avdunstningen räknas om till {sv(assumed.central)} % ({sv(assumed.low)}–"
        f"{sv(assumed.high)} %) timme för timme; värmen som inte återvinns ur skillnaden dras av badets värme.",
        by_month(context, "Uteluftens värme att spara", fall.amount[:, 0], "kWh"),
        cloud("utetemperatur, °C", "relativ fuktighet, %", {"dygn": (days.mean(context.air_temperature_c), smooth)}),
        {"humidity_pct": mean, "wanted_pct": assumed.central},
        "medel",
    )
    return conclude(context, ID, TITLE, case)


def _less_heat(
    context: MeasureContext, humidity: Floats, area: float, wanted: Floats, rng: np.random.Generator
) -> Floats:
    """Return (n, 1 + draws) the heat of the outdoor air that the moisture does not need [kWh]."""
    warm = trends_in(context, "indoor_temperature_c", "pool")
    assumed = assumption(ID, "hall_c").central
    inside = np.where(np.isfinite(warm[0].values), warm[0].values, assumed) if warm else np.full(len(humidity), assumed)
    outside = context.air_temperature_c
    kg_m2h, recovered, damp = (
        triangle(assumption(ID, n), context.draws, rng) for n in ("evaporation_kg_m2h", "recovered", "outdoor_humidity")
    )
    x_out = vapour_g_per_kg(outside[:, None], damp)
    now = np.maximum(vapour_g_per_kg(inside, humidity / 100)[:, None] - x_out, 1.0)
    then = np.maximum(vapour_g_per_kg(inside[:, None], wanted / 100) - x_out, now)
    kg_h = 1000.0 * kg_m2h * area * (1.0 / now - 1.0 / then)  # of dry air
    kelvin = np.maximum(0.0, inside - outside)[:, None]
    return np.nan_to_num(kg_h * AIR_KJ_KGK / 3600.0 * kelvin * (1.0 - recovered))
