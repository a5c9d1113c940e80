"""Resurfacing the ice takes more hot water than it did, or hotter.

Signal: the hot water of resurfacing per booked hour has risen by a lasting step, told by a meter of its heat or of its
volume. Valued by that heat, of which condenser heat may have met a part, and by the electricity to freeze the water it
stands for; the condenser heat of that freezing is missed where it is used.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared import ice
from energy.measures.shared.bands import generator, triangle
from energy.measures.shared.days import Days, sv
from energy.measures.shared.margin import Case, Fall, conclude, nothing, priced
from energy.measures.shared.operating import by_month, covered, ice_hours, power_of, weekly
from energy.measures.shared.steps import Step, find_step
from energy.model import Floats

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "resurfacing_volume"
TITLE = "Isprepareringen tar mer vatten än förut"
ABOUT = About(
    code="O9",
    needs="mätare för isprepareringens varmvatten (värme eller volym), bokningar, kylmaskinernas el",
    cost_class="ingen",
    difficulty="lätt",
    actor="vaktmästaren",
    verification="isprepareringens varmvatten per bokad timme",
    reference="1.163 kWh/m³ and K, 93 kWh/m³ to freeze: physics of water",
)
KWH_PER_M3_K = 1.163
KWH_PER_M3_ICE = 93.0  # latent heat 334 kJ/kg


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per meter of resurfacing water."""
    points = [p for p in context.used_for("resurfacing") if priced(context, [p]) or _is_volume(context, p)]
    lies = ice_hours(context)
    if not points:
        return [Silent(ID, "saknar data: ingen mätare för isprepareringens varmvatten.")]
    if context.booked is None or lies is None:
        return [Silent(ID, "saknar data: bokningar och issäsong.")]
    return [_one(context, point, context.booked) for point in points]


def _is_volume(context: MeasureContext, point: str) -> bool:
    load = context.loads[point]
    return load.volume_m3 is not None and not np.isfinite(load.energy_kwh).any()


def _one(context: MeasureContext, point: str, booked: Floats) -> MeasureFinding | Silent:
    volume, lies = context.loads[point].volume_m3, ice_hours(context)
    used = volume[:, 0] if volume is not None and _is_volume(context, point) else power_of(context, point)
    assert lies is not None
    missing = covered(context, "isprepareringens varmvatten och bokningar", used, booked, among=lies)
    if missing:
        return nothing(ID, context, point, missing)
    days, rng = Days.of(context.start_utc), generator(context.seed, ID, context.facility, point)
    hours, total = (days.split(np.where(lies, x, 0.0)).sum(axis=1) for x in (booked, used))
    per_hour = np.where(hours >= 2, total / np.maximum(hours, 1.0), np.nan)
    step = find_step(days, per_hour, None, context.draws, rng)
    least = assumption(ID, "least").central
    if step is None or step.sure < assumption("steps", "sure").central or not step.height[0] > least * step.before:
        return nothing(ID, context, point, "varmvattnet per bokad timme har inte ökat varaktigt.")
    return conclude(context, ID, TITLE, _case(context, point, step, np.nan_to_num(per_hour), used, rng))


def _case(
    context: MeasureContext, point: str, step: Step, per_hour: Floats, used: Floats, rng: np.random.Generator
) -> Case:
    share = np.clip(step.height / np.maximum(per_hour, 1e-9)[:, None], 0.0, 0.8)
    less = step.days.to_hours(np.where(step.since[:, None], share, 0.0), 0.0) * np.nan_to_num(used)[:, None]
    heat, cold = _heat_and_cold(context, less, _is_volume(context, point), rng)
    by_heater = context.carriers[point] == "electricity"  # no condenser heat helps: what is metered is what is saved
    falls = [Fall(point, heat)] if by_heater else list(ice.heat_saved(context, heat))
    plants = priced(context, ice.plants(context))
    if plants:
        falls += ice.with_recovery(context, Fall(plants[0], cold * ice.work_per_kwh(context)), True)
    unit = "m³" if _is_volume(context, point) else "kWh"
    return Case(
        point,
        tuple(falls),
        f"Isprepareringens varmvatten har sedan {step.day} ökat {sv(100 * float(step.height[0]) / step.before)} % per"
        " bokad timme. Lägg mindre vatten, 30–40 °C i stället för 60, och spola bara när det behövs.",
        "Ökningen tas bort ur varmvattnet, och den el som fryser vattnet ur kylmaskinernas; saknad återvunnen värme"
        " dras av där den används. Den del av värmen som kylmaskinerna ger räknas som el till värmelyftet.",
        by_month(context, "Varmvatten att spara", less[:, 0], unit),
        weekly(context, f"{unit}/h", {"uppmätt": used, "utan ökningen": used - less[:, 0]}, "line"),
        {"rise_per_booked_h": float(step.height[0])},
        "hög",
        "dygnen före och efter",
    )


def _heat_and_cold(
    context: MeasureContext, less: Floats, volume: bool, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return the heat and the cold of less hot water, (n, 1 + draws) [kWh]; `less` in m³ where `volume`, else kWh."""
    if not volume:
        return less, less * triangle(assumption(ID, "freezing"), context.draws, rng)
    warmed = triangle(assumption(ID, "kelvin"), context.draws, rng)
    cold = assumption(ID, "cold_water").central + warmed
    return less * KWH_PER_M3_K * warmed, less * (KWH_PER_M3_K * cold + KWH_PER_M3_ICE)
