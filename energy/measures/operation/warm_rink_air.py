"""The air over the ice is warmer than it was, or than skating needs.

Signal: the rink hall's air during the ice season has risen by a lasting step, or lies above what is recommended. The
ice must be cooled against it (h · A per degree); the electricity of plant and brine pumps is valued, and the heat that
keeps the hall warmer than outdoors (its loss per degree), of which condenser heat may meet a part. Colder air at the
same relative humidity holds less water: what the dehumidifier must take more is taken off. The stands' radiant heaters
go by the clock and are not counted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared import ice
from energy.measures.shared.bands import generator, shared, triangle
from energy.measures.shared.days import Days, sv
from energy.measures.shared.margin import Case, Fall, conclude, priced
from energy.measures.shared.moisture import vapour_g_per_kg
from energy.measures.shared.operating import by_month, covered, ice_hours, power_of, trends_in, weekly
from energy.measures.shared.steps import Shift, share_since, shifted
from energy.model import Floats

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "warm_rink_air"
TITLE = "Varmare luft i ishallen än som behövs"
ABOUT = About(
    code="O7",
    needs="ishallens lufttemperatur, kylmaskinernas el, isens yta",
    cost_class="ingen",
    difficulty="lätt",
    actor="driftteknikern",
    verification="ishallens lufttemperatur, och kylmaskinernas el vid samma utetemperatur",
    reference="ASHRAE Handbook, Refrigeration (2018), ch. 44; 5-8 °C over ice: the field's notes",
)


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result for the facility's ice plants."""
    points = priced(context, ice.plants(context))
    sensors = trends_in(context, "indoor_temperature_c", "ice")
    lies = ice_hours(context)
    if not points or lies is None:
        return [Silent(ID, "saknar data: ingen elmätare för kylmaskinerna.")]
    if not sensors:
        return [Silent(ID, "saknar data: ishallens lufttemperatur.")]
    air = sensors[0].values
    missing = covered(context, "ishallens lufttemperatur", air, among=lies)
    if missing:
        return [Silent(ID, missing)]
    rng = generator(context.seed, ID, context.facility)
    enough = triangle(assumption(ID, "enough"), context.draws, rng)
    found = shifted(context, air, lies, enough, assumption(ID, "least").central, rng, weather=True)
    if isinstance(found, float):
        return [Silent(ID, f"luften över isen håller {sv(found, 1)} °C, som den bör.")]
    return [_one(context, points, found, rng)]


def _one(
    context: MeasureContext, points: Sequence[str], found: Shift, rng: np.random.Generator
) -> MeasureFinding | Silent:
    lies = ice_hours(context)
    assert lies is not None
    share = np.where(lies[:, None], np.minimum(found.hourly * ice.load_share_per_k(context), 0.6), 0.0)
    falls = [Fall(p, share * power_of(context, p)[:, None]) for p in points]
    together = Fall(points[0], np.sum([np.nan_to_num(f.amount) for f in falls], axis=0))
    lost = ice.with_recovery(context, together, True)[1:]
    heat = _hall(context, found)
    how = f"{sv(found.mean, 1)} K varmare sedan {found.since}" if found.shown else f"{sv(found.mean, 1)} K över behovet"
    sensor = trends_in(context, "indoor_temperature_c", "ice")[0]
    case = Case(
        points[0],
        (*falls, *_pumps(context, share), *heat, *lost, *_drier(context, found, rng)),
        f"Luften över isen är {how}. Sänk hallens värme till den nivån.",
        "Kylmaskinernas och köldbärarpumpens el sänks med isens lastandel per grad luft (värmeövergång gånger yta);"
        " hallens egen värme med sin förlust per grad, köpt eller lyft med el; saknad återvunnen värme dras av där den"
        " används, och den el avfuktaren behöver till vid samma relativa fuktighet.",
        by_month(context, "Kylmaskinernas el att spara", together.amount[:, 0], "kWh"),
        weekly(context, "luft över isen, °C", {"medel": np.where(lies, sensor.values, np.nan)}, "line"),
        {"warmer_k": found.mean},
        "hög" if found.shown else "medel",
        "dygnen före och efter" if found.shown else "",
    )
    return conclude(context, ID, TITLE, case)


def _drier(context: MeasureContext, found: Shift, rng: np.random.Generator) -> list[Fall]:
    """Return the dehumidifiers' electricity that colder air at the same relative humidity costs, while ice lies.

    What it fell by when the air got warmer, at the same season and outdoor vapour; where the facility has not shown it,
    the share per degree of what saturated air holds.
    """
    lies, days = ice_hours(context), Days.of(context.start_utc)
    assert lies is not None
    outside, falls = days.mean(context.air_temperature_c), []
    for point in priced(context, context.used_for("dehumidifier")):
        power = power_of(context, point)
        share: Floats = -shared(context, ID, "dries_more") * np.where(lies[:, None], found.hourly, 0.0)
        if found.since is not None:
            daily = days.mean_where(power, lies & np.isfinite(power), 12)
            vapour = vapour_g_per_kg(outside, np.ones(len(outside)))
            fell = share_since(days, daily, outside, vapour, found.since, context.draws, rng)
            fell = fell + triangle(assumption("steps", "between_years"), context.draws, rng)
            share = np.where(lies[:, None] & (found.hourly > 0), np.clip(fell, -2.0, 0.0), 0.0)
        falls.append(Fall(point, share * np.nan_to_num(power)[:, None]))
    return falls


def _pumps(context: MeasureContext, share: Floats) -> list[Fall]:
    """Return the brine pumps' electricity that a lower load saves; `share` (n, 1 + draws) of the plant's."""
    follows = shared(context, ID, "pump_follows")
    points = priced(context, context.used_for("brine_pump"))
    return [Fall(p, share * follows * np.nan_to_num(power_of(context, p))[:, None]) for p in points]


def _hall(context: MeasureContext, found: Shift) -> list[Fall]:
    """Return what the hall's own heat falls: its loss per degree, while ice lies; none without its area."""
    area, lies = context.facts.ice_area_m2, ice_hours(context)
    if area is None or lies is None:
        return []
    air = trends_in(context, "indoor_temperature_c", "ice")[0].values
    colder = lies & (np.nan_to_num(air - context.air_temperature_c, nan=0.0) > 0)
    loss = shared(context, "ice", "hall_loss_w_m2k") * area / 1000.0
    return ice.heat_saved(context, np.where(colder[:, None], found.hourly * loss, 0.0))
