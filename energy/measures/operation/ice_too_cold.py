"""The ice is colder than it was, or than its use needs.

Signal: ice or brine while open has fallen by a lasting step, or the ice lies below what hockey needs. Valued by billing
the ice plant at its share per degree (the ice's own load and the compressors' work), less what the lost condenser heat
costs.
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
from energy.measures.shared.operating import by_month, covered, ice_hours, power_of, weekly
from energy.measures.shared.steps import shifted

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "ice_too_cold"
ICE, BRINE = "ice_temperature_c", "brine_temperature_c"
TITLE = "Kallare is än användningen kräver"
ABOUT = About(
    code="O4",
    needs="isens eller köldbärarens temperatur, kylmaskinernas el, isens yta",
    cost_class="ingen",
    difficulty="lätt",
    actor="driftteknikern",
    verification="isens temperatur, och kylmaskinernas el vid samma utetemperatur",
    reference="ASHRAE Handbook, Refrigeration (2018), ch. 44; hockey ice -5 to -6 °C",
)


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per electricity meter of an ice plant."""
    points = priced(context, ice.plants(context))
    on_ice = ice.thermometers(context, ICE)
    sensors = on_ice or ice.thermometers(context, BRINE)
    if not points or ice_hours(context) is None:
        return [Silent(ID, "saknar data: ingen elmätare för kylmaskinerna.")]
    if not sensors:
        refused = ice.not_read(context, ICE, BRINE)
        return [Silent(ID, f"saknar data: varken isens eller köldbärarens temperatur.{refused}")]
    return [_one(context, point, bool(on_ice)) for point in points]


def _one(context: MeasureContext, point: str, on_ice: bool) -> MeasureFinding | Silent:
    sensors = ice.thermometers(context, ICE if on_ice else BRINE)
    sensor = next((s for s in sensors if s.metering_point == point), sensors[0])
    lies = ice_hours(context)
    assert lies is not None
    missing = covered(context, "isens temperatur", sensor.values, power_of(context, point), among=lies)
    if missing:
        return nothing(ID, context, point, missing)
    rng = generator(context.seed, ID, context.facility, point)
    limit = triangle(assumption(ID, "coldest"), context.draws, rng)
    enough = -limit if on_ice else np.full_like(limit, np.inf)
    where = lies & ~(context.open_hours == 0)
    found = shifted(context, -sensor.values, where, enough, assumption(ID, "least").central, rng)
    if isinstance(found, float):
        return nothing(ID, context, point, f"isen håller {sv(-found, 1)} °C när det är öppet, som förut.")
    days_k = np.where(lies[:, None], found.hourly, 0.0)
    reach = triangle(assumption(ID, "reachable"), context.draws, rng)
    share = np.minimum(days_k * ice.load_share_per_k(context, colder=True), 0.6) * reach
    plant = Fall(point, share * power_of(context, point)[:, None])
    was = (
        f"{sv(found.mean, 1)} K kallare sedan {found.since}" if found.shown else f"{sv(found.mean, 1)} K under behovet"
    )
    case = Case(
        point,
        ice.with_recovery(context, plant, True),
        f"{sensor.name} är {was}. Höj börvärdet till den nivån.",
        "Kylmaskinernas el sänks med isens egen lastandel per grad (värmeövergång gånger yta) och kompressorernas"
        " merarbete, mindre vad avfuktaren får ta i stället; saknad återvunnen värme dras av där den används.",
        by_month(context, "Kylmaskinernas el att spara", plant.amount[:, 0], "kWh"),
        weekly(context, f"{sensor.name}, °C", {"medel öppet": np.where(where, sensor.values, np.nan)}, "line"),
        {"colder_k": found.mean},
        "hög" if found.shown else "medel",
        "dygnen före och efter" if found.shown else "",
    )
    return conclude(context, ID, TITLE, case)
