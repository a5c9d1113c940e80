"""The ice is thicker than skating needs.

Signal: measured ice thickness above what it was by a lasting step, or above the upper end of what is recommended. Ice
conducts badly: the brine must be colder the thicker it is. Valued by billing the ice plant at some percent less per cm.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures import ice
from energy.measures.assumptions import assumption
from energy.measures.bands import generator, triangle
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.days import sv
from energy.measures.margin import Case, Fall, conclude, nothing, priced
from energy.measures.operating import by_month, covered, ice_hours, power_of, trends_in, weekly
from energy.measures.steps import shifted

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "thick_ice"
TITLE = "Tjockare is än som behövs"
ABOUT = About(
    code="O5",
    needs="isens tjocklek, kylmaskinernas el",
    cost_class="ingen",
    difficulty="lätt",
    actor="vaktmästaren",
    verification="uppmätt istjocklek, och kylmaskinernas el vid samma utetemperatur",
    reference="25-30 mm recommended; 2-5 % of compressor electricity per cm: the field's notes; conduction of ice",
)


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result for the thickest measured ice, at the ice plant it lies over."""
    points = priced(context, ice.plants(context))
    sensors = trends_in(context, "ice_thickness_mm")
    lies = ice_hours(context)
    if not points or lies is None:
        return [Silent(ID, "saknar data: ingen elmätare för kylmaskinerna.")]
    if not sensors:
        return [Silent(ID, "saknar data: isens tjocklek.")]
    return [_one(context, point) for point in points]


def _one(context: MeasureContext, point: str) -> MeasureFinding | Silent:
    sensors = trends_in(context, "ice_thickness_mm")
    sensor = next((s for s in sensors if s.metering_point == point), sensors[0])
    lies = ice_hours(context)
    assert lies is not None
    power = power_of(context, point)
    missing = covered(context, "isens tjocklek och kylmaskinernas el", sensor.values, power, among=lies)
    if missing:
        return nothing(ID, context, point, missing)
    rng = generator(context.seed, ID, context.facility, point)
    enough = triangle(assumption(ID, "enough"), context.draws, rng)
    found = shifted(context, sensor.values, lies, enough, assumption(ID, "least").central, rng)
    if isinstance(found, float):
        return nothing(ID, context, point, f"isen är i medeltal {sv(found)} mm tjock, som den bör vara.")
    per_cm = triangle(assumption(ID, "share_per_cm"), context.draws, rng)
    share = np.minimum(found.hourly / 10.0 * per_cm, 0.5)
    plant = Fall(point, np.where(lies[:, None], share * power[:, None], 0.0))
    how = f"{sv(found.mean)} mm tjockare sedan {found.since}" if found.shown else f"{sv(found.mean)} mm tjockare än nog"
    assumed = assumption(ID, "share_per_cm")
    case = Case(
        point,
        ice.with_recovery(context, plant, False, rng),
        f"Isen är {how}. Mät varje vecka, hyvla ner den och lägg mindre vatten vid spolningen.",
        f"Kylmaskinernas el sänks {sv(100 * assumed.central, 1)} % per cm ({sv(100 * assumed.low, 1)}–"
        f"{sv(100 * assumed.high, 1)} %); saknad återvunnen värme dras av där den används.",
        by_month(context, "Kylmaskinernas el att spara", plant.amount[:, 0], "kWh"),
        weekly(context, "isens tjocklek, mm", {"tjocklek": np.where(lies, sensor.values, np.nan)}, "line"),
        {"thicker_mm": found.mean, "share_per_cm": assumed.central},
        "medel",
    )
    return conclude(context, ID, TITLE, case)
