"""The pool hall takes in more outdoor air than its moisture needs.

Signal: relative humidity lies well below what bathers and building need. The flow that carries off the evaporation is
E / (x_in - x_out); letting x_in rise to the wanted humidity needs less, and each m³ less saves the heat from outdoor to
hall temperature that is not recovered, and the fans' electricity. Reference: VDI 2089-1 (2010), moisture balance of
pool halls.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.bands import generator, shared, triangle
from energy.measures.shared.days import Days, sv
from energy.measures.shared.margin import Case, Fall, conclude, nothing, priced
from energy.measures.shared.moisture import day_mean_c, vapour_g_per_kg
from energy.measures.shared.operating import by_month, cloud, covered, power_of, rolling_median, trends_in
from energy.model import Floats

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

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
WEEK = 168  # hours


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
    air = _less_air(context, humidity, area, wanted, rng)
    fall = Fall(point, _heat(context, air, rng))
    assumed = assumption(ID, "wanted")
    case = Case(
        point,
        (fall, *_fans(context, air)),
        f"Simhallens luft håller i medeltal {sv(mean)} % relativ fuktighet när det är kallare än"
        f" {sv(assumption(ID, 'cold').central)} °C ute, mot {sv(assumed.central)} % som räcker. Låt fukten styra"
        " uteluften.",
        f"Det uteluftsflöde som bär bort avdunstningen räknas om till {sv(assumed.central)} % ({sv(assumed.low)}–"
        f"{sv(assumed.high)} %) timme för timme; värmen som inte återvinns ur skillnaden dras av badets värme,"
        " och fläktarnas el av elen.",
        by_month(context, "Uteluftens värme att spara", fall.amount[:, 0], "kWh"),
        cloud("utetemperatur, °C", "relativ fuktighet, %", {"dygn": (days.mean(context.air_temperature_c), smooth)}),
        {"humidity_pct": mean, "wanted_pct": assumed.central},
        "medel",
    )
    return conclude(context, ID, TITLE, case)


def _inside_c(context: MeasureContext) -> Floats:
    """Return (n,) the hall's temperature, as measured or assumed [°C]."""
    assumed, warm = assumption(ID, "hall_c").central, trends_in(context, "indoor_temperature_c", "pool")
    known = warm[0].values if warm else np.full(len(context.start_utc), np.nan)
    return np.where(np.isfinite(known), known, assumed)


def _less_air(
    context: MeasureContext, humidity: Floats, area: float, wanted: Floats, rng: np.random.Generator
) -> Floats:
    """Return (n, 1 + draws) the outdoor air that the moisture does not need [kg/h]; nothing where it is unknown."""
    inside, outside = _inside_c(context), day_mean_c(context.start_utc, context.air_temperature_c)
    names = ("evaporation_in_use_kg_m2h", "evaporation_at_rest_kg_m2h", "outdoor_humidity")
    in_use, at_rest, damp = (triangle(assumption(ID, name), context.draws, rng) for name in names)
    opened = np.nan_to_num(context.open_hours, nan=0.5)[:, None]  # not told: half and half
    kg_m2h = opened * in_use + (1.0 - opened) * at_rest
    x_out = vapour_g_per_kg(outside[:, None], damp)
    # the gap over a week: of a noisy hour 1 / gap is too large more often than too small
    now = np.maximum(_week_mean(vapour_g_per_kg(inside, humidity / 100))[:, None] - _week_mean(x_out), 1.0)
    then = np.maximum(vapour_g_per_kg(inside[:, None], wanted / 100) - _week_mean(x_out), now)
    return np.nan_to_num(1000.0 * kg_m2h * area * (1.0 / now - 1.0 / then))


def _week_mean(hourly: Floats) -> Floats:
    """Return the mean of the known hours of the week round each hour, of (n,) or (n, k); NaN where none is known."""
    known = np.isfinite(hourly).astype(np.float64)
    padded = [np.concatenate((np.zeros_like(x[:1]), np.cumsum(x, axis=0))) for x in (np.nan_to_num(hourly), known)]
    at = np.arange(len(hourly))
    first, end = np.maximum(at - WEEK // 2, 0), np.minimum(at + WEEK // 2, len(hourly))
    total, count = (x[end] - x[first] for x in padded)
    return np.asarray(np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0), dtype=np.float64)


def _heat(context: MeasureContext, kg_h: Floats, rng: np.random.Generator) -> Floats:
    """Return (n, 1 + draws) the heat from outdoor to hall temperature that is not recovered of that air [kWh]."""
    kelvin = np.maximum(0.0, _inside_c(context) - context.air_temperature_c)[:, None]
    recovered = triangle(assumption(ID, "recovered"), context.draws, rng)
    return np.nan_to_num(kg_h * AIR_KJ_KGK / 3600.0 * kelvin * (1.0 - recovered))


def _fans(context: MeasureContext, kg_h: Floats) -> list[Fall]:
    """Return the electricity of the fans that move that air, at the largest electricity main; none without one."""
    mains = context.mains("electricity")
    if not mains:
        return []
    main = max(mains, key=lambda p: float(np.nansum(power_of(context, p))))
    return [Fall(main, kg_h / AIR_KG_M3 / 3600.0 * shared(context, "ventilation", "sfp"))]
