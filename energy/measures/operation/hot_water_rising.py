"""Hot water, its circulation or the pool's make-up water take more than they did, day and night.

Signal: the quiet hours of the night have risen by a lasting step: a leaking valve, a circulation without balance, a
crack in the pool. Valued by the step in every hour since; make-up water is heated to the pool's temperature as well,
and billed where water has a contract.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.bands import generator, triangle
from energy.measures.shared.days import Days, Flags, sv
from energy.measures.shared.margin import Case, Fall, conclude, nothing, priced
from energy.measures.shared.operating import by_month, clock_hours, covered, power_of, valued_hours, weekly
from energy.measures.shared.steps import Step, lasting_step
from energy.model import Floats, Use

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "hot_water_rising"
TITLE = "Varmvatten eller spädvatten har ökat dygnet runt"
ABOUT = About(
    code="O16",
    needs="undermätare för varmvatten, varmvattencirkulation eller spädvatten med timvärden i ett och ett halvt år",
    cost_class="låg",
    difficulty="medel",
    actor="driftteknikern",
    verification="nattens lägsta timmar på samma mätare",
    reference="own search for a lasting step in the quiet hours; 1.163 kWh/m³ and K",
)
USES: tuple[Use, ...] = ("hot_water_circulation", "domestic_hot_water", "make_up_water")
KWH_PER_M3_K = 1.163


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per meter of hot water, circulation or make-up water."""
    points = context.used_for(*USES)
    if not points:
        return [Silent(ID, "saknar data: ingen undermätare för varmvatten, cirkulation eller spädvatten.")]
    return [_one(context, point) for point in points]


def _quantity(context: MeasureContext, point: str) -> tuple[Floats, str]:
    """Return (n,) what the meter tells, and its unit: energy [kWh], or volume [m³] where it tells none."""
    load = context.loads[point]
    if load.volume_m3 is not None and not np.isfinite(load.energy_kwh).any():
        return load.volume_m3[:, 0], "m³"
    return power_of(context, point), "kWh"


def _one(context: MeasureContext, point: str) -> MeasureFinding | Silent:
    values, unit = _quantity(context, point)
    missing = covered(context, "mätvärden", values)
    if missing:
        return nothing(ID, context, point, missing)
    hour = clock_hours(context)
    first, last = (int(assumption(ID, n).central) for n in ("quiet_from", "quiet_to"))
    rng = generator(context.seed, ID, context.facility, point)
    step = lasting_step(context, values, (hour >= first) & (hour < last), rng, weather=unit == "kWh")
    inside = valued_hours(context)
    usual = float(np.nanmean(values[inside]))
    if step is None or not step.height[0] > assumption(ID, "least").central * usual:
        return nothing(ID, context, point, "nattens lägsta timmar har inte ökat varaktigt.")
    day = _day_step(context, values, (hour >= first) & (hour < last), step, rng)
    if not day > assumption(ID, "day_too").central * step.height[0]:
        return nothing(ID, context, point, "natten har ökat men inte dagen: det är ingen läcka.")
    reach = triangle(assumption(ID, "reachable"), context.draws, rng)
    more = step.days.to_hours(np.where(step.since[:, None], np.maximum(0.0, step.height) * reach, 0.0), 0.0)
    return conclude(context, ID, TITLE, _case(context, point, unit, values, step, more, rng))


def _day_step(context: MeasureContext, values: Floats, night: Flags, step: Step, rng: np.random.Generator) -> float:
    """Return by how much the other hours rose on average over the same day as the night, unadjusted."""
    daily = Days.of(context.start_utc).mean_where(values, ~night, 3)
    at = int(np.argmax(step.since))
    window = 60  # days on either side: nearly the same season
    before, after = daily[max(0, at - window) : at], daily[at : at + window]
    return float(np.nanmedian(after) - np.nanmedian(before)) if at else 0.0


def _case(
    context: MeasureContext, point: str, unit: str, values: Floats, step: Step, more: Floats, rng: np.random.Generator
) -> Case:
    falls = [Fall(point, more)] if priced(context, [point]) else []
    pools = priced(context, context.used_for("pool"))
    if unit == "m³" and pools:
        warmed = KWH_PER_M3_K * triangle(assumption(ID, "make_up_rise"), context.draws, rng)
        falls.append(Fall(pools[0], more * warmed))
    height = float(step.height[0])
    return Case(
        point,
        tuple(falls),
        f"{context.name(point)} ligger sedan {step.day} {sv(height, 2)} {unit}/h högre, dag som natt. Sök läckande"
        " ventiler, blandare och bräddning, och se över cirkulationens injustering.",
        f"Ökningen i nattens lägsta timmar tas bort ur alla timmar sedan {step.day}"
        + ("; spädvattnet värms till bassängens temperatur." if unit == "m³" else "."),
        by_month(context, "Ökningen", more[:, 0], unit),
        weekly(context, f"{unit}/h", {"uppmätt": values, "utan ökningen": values - more[:, 0]}, "line"),
        {"rise_per_hour": height},
        "hög",
        "dygnen före och efter",
    )
