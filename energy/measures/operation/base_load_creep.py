"""The lowest hours of every day have crept up, and the days with them.

Signal: the mean of the few lowest hours of each day, smoothed over four weeks, has risen by a lasting step at the same
season and temperature, and the other hours have risen too: something has been left on round the clock. (Where only
closed hours have risen, `closed_hours_base_load` tells.) Submeters explain their own. Valued by the rise in all hours.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.bands import generator, triangle
from energy.measures.shared.days import Days, kw, sv
from energy.measures.shared.margin import Case, Fall, conclude, nothing
from energy.measures.shared.operating import by_month, covered, power_of, weekly
from energy.measures.shared.steps import Step, find_step
from energy.model import Floats

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "base_load_creep"
TITLE = "Grundlasten har stigit"
ABOUT = About(
    code="O21",
    needs="elens timvärden i ett och ett halvt år, utetemperatur",
    cost_class="ingen",
    difficulty="lätt",
    actor="driftteknikern",
    verification="dygnets lägsta timmar mot tiden före",
    reference="own search for a lasting step in the lowest hours of the day",
)


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per electricity main."""
    points = context.mains("electricity")
    return [_one(context, p) for p in points] or [Silent(ID, "saknar data: ingen elmätare med avtal.")]


def _unexplained(context: MeasureContext, point: str) -> Floats:
    """Return (n,) the power of a main less that of its submeters [kW]; a submeter counts from its first reading."""
    power = power_of(context, point).copy()
    for child, parent in context.parents.items():
        if parent == point and child in context.loads and context.carriers.get(child) == context.carriers.get(point):
            found = power_of(context, child)
            known = np.isfinite(found)
            power -= np.where(known | np.maximum.accumulate(known), found, 0.0)
    return power


def _one(context: MeasureContext, point: str) -> MeasureFinding | Silent:
    power = _unexplained(context, point)
    missing = covered(context, "last", power)
    if missing:
        return nothing(ID, context, point, missing)
    days, rng = Days.of(context.start_utc), generator(context.seed, ID, context.facility, point)
    hours = np.sort(days.split(power), axis=1)
    few = int(assumption(ID, "lowest_hours").central)
    lowest, others = hours[:, :few].mean(axis=1), hours[:, few:].mean(axis=1)
    temperature = days.mean(context.air_temperature_c)
    step = find_step(days, lowest, temperature, context.draws, rng)
    least = assumption(ID, "creep").central
    if (
        step is None
        or step.sure < assumption("steps", "sure").central
        or not step.height[0] > least * max(step.before, 0.0)
    ):
        return nothing(ID, context, point, f"dygnets lägsta timmar har inte stigit mer än {sv(100 * least)} %.")
    day = find_step(days, others, temperature, context.draws, rng)
    near = day is not None and abs((day.day - step.day).astype(int)) <= 30
    if day is None or not near or not day.height[0] > assumption(ID, "day_too").central * step.height[0]:
        return nothing(ID, context, point, "dygnets lägsta timmar har stigit men inte de andra.")
    return conclude(context, ID, TITLE, _case(context, point, step, power, rng))


def _case(context: MeasureContext, point: str, step: Step, power: Floats, rng: np.random.Generator) -> Case:
    reach = triangle(assumption(ID, "reachable"), context.draws, rng)
    height = float(step.height[0])
    own = triangle(assumption("steps", "between_years"), context.draws, rng) * step.before / height
    rise = np.maximum(0.0, step.height) * (reach + own)
    more = step.days.to_hours(np.where(step.since[:, None], rise, 0.0), 0.0)
    return Case(
        point,
        (Fall(point, more),),
        f"{context.name(point)} utöver undermätarna ligger sedan {step.day} {kw(height)} högre dygnet runt, vid samma"
        " årstid och utetemperatur. Sök vad som tillkom eller lämnades på: pumpar, fläktar, elvärme, ny utrustning.",
        f"Ökningen i dygnets lägsta timmar tas bort ur alla timmar sedan {step.day}.",
        by_month(context, "Ökningen", more[:, 0], "kWh"),
        weekly(context, "kW utöver undermätarna", {"uppmätt": power, "utan ökningen": power - more[:, 0]}, "line"),
        {"rise_kw": height, "sure": step.sure},
        "hög",
        "dygnen före och efter",
    )
