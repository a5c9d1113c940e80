"""Resurfacing the ice takes more hot water than it did, or hotter.

Signal: the hot water of resurfacing per booked hour has risen by a lasting step. Valued by that heat, and by the
electricity to freeze the water it stands for.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures import ice
from energy.measures.assumptions import assumption
from energy.measures.bands import generator, triangle
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.days import Days, sv
from energy.measures.margin import Case, Fall, conclude, nothing, priced
from energy.measures.operating import by_month, covered, ice_hours, power_of, weekly
from energy.measures.steps import Step, find_step
from energy.model import Floats

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "resurfacing_volume"
TITLE = "Isprepareringen tar mer vatten än förut"
ABOUT = About(
    code="O9",
    needs="undermätare för isprepareringens varmvatten, bokningar, kylmaskinernas el",
    cost_class="ingen",
    difficulty="lätt",
    actor="vaktmästaren",
    verification="isprepareringens varmvatten per bokad timme",
    reference="1.163 kWh/m³ and K, 93 kWh/m³ to freeze: physics of water",
)
SURE = 4.0  # standard errors


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per meter of resurfacing water."""
    points = priced(context, context.used_for("resurfacing"))
    lies = ice_hours(context)
    if not points:
        return [Silent(ID, "saknar data: ingen undermätare för isprepareringens varmvatten.")]
    if context.booked is None or lies is None:
        return [Silent(ID, "saknar data: bokningar och issäsong.")]
    return [_one(context, point, context.booked) for point in points]


def _one(context: MeasureContext, point: str, booked: Floats) -> MeasureFinding | Silent:
    power, lies = power_of(context, point), ice_hours(context)
    assert lies is not None
    missing = covered(context, "isprepareringens värme och bokningar", power, booked, among=lies)
    if missing:
        return nothing(ID, context, point, missing)
    days, rng = Days.of(context.start_utc), generator(context.seed, ID, context.facility, point)
    hours, kwh = (days.split(np.where(lies, x, 0.0)).sum(axis=1) for x in (booked, power))
    per_hour = np.where(hours >= 2, kwh / np.maximum(hours, 1.0), np.nan)
    step = find_step(days, per_hour, None, context.draws, rng)
    least = assumption(ID, "least").central
    if step is None or step.sure < SURE or not step.height[0] > least * step.before:
        return nothing(ID, context, point, "varmvattnet per bokad timme har inte ökat varaktigt.")
    return conclude(context, ID, TITLE, _case(context, point, step, np.nan_to_num(per_hour), power, rng))


def _case(
    context: MeasureContext, point: str, step: Step, per_hour: Floats, power: Floats, rng: np.random.Generator
) -> Case:
    share = np.clip(step.height / np.maximum(per_hour, 1e-9)[:, None], 0.0, 0.8)
    heat = step.days.to_hours(np.where(step.since[:, None], share, 0.0), 0.0) * np.nan_to_num(power)[:, None]
    freezing, cop = (
        triangle(assumption(ID, "freezing"), context.draws, rng),
        triangle(assumption("ice", "cop"), context.draws, rng),
    )
    falls = [Fall(point, heat)]
    plants = priced(context, ice.plants(context))
    if plants:
        falls += ice.with_recovery(context, Fall(plants[0], heat * freezing / cop), True, rng)
    return Case(
        point,
        tuple(falls),
        f"Isprepareringens varmvatten har sedan {step.day} ökat {sv(100 * float(step.height[0]) / step.before)} % per"
        " bokad timme. Lägg mindre vatten, 30–40 °C i stället för 60, och spola bara när det behövs.",
        "Ökningen tas bort ur varmvattnet, och den el som fryser vattnet ur kylmaskinernas; saknad återvunnen värme"
        " dras av där den används.",
        by_month(context, "Varmvatten att spara", heat[:, 0], "kWh"),
        weekly(context, "kW", {"uppmätt": power, "utan ökningen": power - heat[:, 0]}, "line"),
        {"rise_kwh_per_booked_h": float(step.height[0])},
        "hög",
        "dygnen före och efter",
    )
