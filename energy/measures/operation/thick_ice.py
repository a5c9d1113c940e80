"""The ice is thicker than skating needs.

Signal: measured thickness, or where none is measured the gap between ice and brine, above what it was by a lasting step
or above what thin ice needs. Ice conducts badly: the brine must be colder the thicker it is. Valued by billing the ice
plant at some percent less per cm, or per degree of brine.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared import ice
from energy.measures.shared.bands import generator, triangle
from energy.measures.shared.days import sv
from energy.measures.shared.margin import Case, Fall, conclude, nothing, priced
from energy.measures.shared.operating import by_month, covered, ice_hours, power_of, trends_in, weekly
from energy.measures.shared.steps import shifted
from energy.model import Floats

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "thick_ice"
TITLE = "Tjockare is än som behövs"
ABOUT = About(
    code="O5",
    needs="isens tjocklek, eller isens och köldbärarens temperatur; kylmaskinernas el",
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
    if sensors:
        return [_one(context, point, sensors[0].values, "mm") for point in points]
    on_ice, brine = (ice.thermometers(context, kind) for kind in ("ice_temperature_c", "brine_temperature_c"))
    if not on_ice or not brine:
        refused = ice.not_read(context, "ice_temperature_c", "brine_temperature_c")
        reason = f"saknar data: varken isens tjocklek eller både isens och köldbärarens temperatur.{refused}"
        return [Silent(ID, reason)]
    return [_one(context, point, on_ice[0].values - brine[0].values, "K") for point in points]


def _one(context: MeasureContext, point: str, values: Floats, unit: str) -> MeasureFinding | Silent:
    lies, power = ice_hours(context), power_of(context, point)
    assert lies is not None
    missing = covered(context, "isens mätning och kylmaskinernas el", values, power, among=lies)
    if missing:
        return nothing(ID, context, point, missing)
    rng = generator(context.seed, ID, context.facility, point)
    measured = unit == "mm"
    enough = triangle(assumption(ID, "enough" if measured else "gap"), context.draws, rng)
    least = assumption(ID, "least" if measured else "gap_least").central
    found = shifted(context, values, lies, enough, least, rng)
    what = "isens tjocklek" if measured else "skillnaden mellan is och köldbärare"
    if isinstance(found, float):
        return nothing(ID, context, point, f"{what} är i medeltal {sv(found, 1)} {unit}, som den bör vara.")
    assumed = assumption(ID, "share_per_cm") if measured else assumption("ice", "work_per_k")
    per_unit = triangle(assumed, context.draws, rng) / (10.0 if measured else 1.0)
    plant = Fall(point, np.where(lies[:, None], np.minimum(found.hourly * per_unit, 0.5) * power[:, None], 0.0))
    how = f"sedan {found.since}" if found.shown else "mot vad tunn is behöver"
    case = Case(
        point,
        ice.with_recovery(context, plant, False),
        f"{what.capitalize()} är {sv(found.mean, 1)} {unit} för stor {how}. Mät tjockleken varje vecka, hyvla ner isen"
        " och lägg mindre vatten vid spolningen.",
        f"Kylmaskinernas el sänks {sv(100 * assumed.central, 1)} % per {'cm is' if measured else 'grad köldbärare'}"
        f" ({sv(100 * assumed.low, 1)}–{sv(100 * assumed.high, 1)} %); saknad återvunnen värme dras av.",
        by_month(context, "Kylmaskinernas el att spara", plant.amount[:, 0], "kWh"),
        weekly(context, f"{what}, {unit}", {"medel": np.where(lies, values, np.nan)}, "line"),
        {"above": found.mean, "share": assumed.central},
        "medel",
    )
    return conclude(context, ID, TITLE, case)
