"""The halls are warmer than they need to be: too steep or too high a heating curve.

Signal: indoor temperature lies above its set point (where one is told), above its own earlier level by a lasting step,
or above what such rooms need. Valued by the heat main's own slope against outdoor temperature, without pool and hot
water: a degree less indoors is a degree less to heat from, in every hour that heats. Where an ice plant or heat pump
helps, bought heat follows the weather less than the need does, and a factor makes up for it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures import ice
from energy.measures.assumptions import assumption
from energy.measures.bands import generator, triangle, week_weights
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.days import Days, sv
from energy.measures.margin import Case, Fall, conclude, nothing, priced
from energy.measures.operating import by_month, cloud, covered, power_of, trends_in
from energy.measures.signature import Signature, fit_signature
from energy.measures.steps import Shift, shifted
from energy.model import Floats, Trend, Use

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "steep_heating_curve"
TITLE = "Varmare inomhus än som behövs: värmekurvan"
ABOUT = About(
    code="O19",
    needs="rumstemperatur (gärna med börvärde), fjärrvärmens timvärden, utetemperatur",
    cost_class="ingen",
    difficulty="lätt",
    actor="driftteknikern",
    verification="rumstemperaturen när det är kallt, och fjärrvärmen vid samma utetemperatur",
    reference="energy signature: Hammarsten (1987); the slope is the heat per degree between in and out",
)
LEAST_DAYS = 90
HOT: tuple[Use, ...] = ("pool", "domestic_hot_water", "hot_water_circulation")


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result for the facility's rooms, at the heat that warms them."""
    rooms = trends_in(context, "indoor_temperature_c", "room")
    heated = priced(context, context.used_for("space_heating")) or context.mains("district_heating")
    if not rooms:
        return [Silent(ID, "saknar data: ingen rumstemperatur.")]
    if not heated:
        return [Silent(ID, "saknar data: ingen fjärrvärmemätare med avtal.")]
    point = max(heated, key=lambda p: float(np.nansum(power_of(context, p))))
    inside = np.nanmean([room.values for room in rooms], axis=0) if len(rooms) > 1 else rooms[0].values
    missing = covered(context, "rumstemperatur och värme", inside, power_of(context, point))
    if missing:
        return [nothing(ID, context, point, missing)]
    return [_one(context, point, inside, _set_point(context, rooms))]


def _set_point(context: MeasureContext, rooms: Sequence[Trend]) -> Trend | None:
    """Return the set point that stands in one of the rooms."""
    spaces = {room.space for room in rooms}
    return next((s for s in trends_in(context, "set_point_c", "room") if s.space in spaces), None)


def _own(context: MeasureContext, point: str) -> Floats:
    """Return (n,) the heat of a point without that of pool and hot water, where they have meters [kW].

    Ventilation stays: it warms the same rooms, and its meter tells a need that condenser heat may have met.
    """
    power = power_of(context, point).copy()
    for child in context.used_for(*HOT):
        if context.parents.get(child) == point and context.carriers.get(child) == context.carriers.get(point):
            power -= np.nan_to_num(power_of(context, child))
    return power


def _one(context: MeasureContext, point: str, inside: Floats, asked: Trend | None) -> MeasureFinding | Silent:
    rng = generator(context.seed, ID, context.facility, point)
    days, power = Days.of(context.start_utc), _own(context, point)
    daily, outside = days.mean(power), days.mean(context.air_temperature_c)
    use = np.isfinite(daily) & np.isfinite(outside) & (days.day >= days.day[-1] - np.timedelta64(730, "D"))
    if use.sum() < LEAST_DAYS:
        return nothing(ID, context, point, "saknar data: för få dygn med värme och utetemperatur.")
    cold = context.air_temperature_c < assumption(ID, "cold").central
    if asked is not None:
        over, allowed = inside - asked.values, triangle(assumption(ID, "above_set"), context.draws, rng)
    else:
        over, allowed = inside, triangle(assumption(ID, "enough"), context.draws, rng)
    found = shifted(context, over, cold, allowed, assumption(ID, "least").central, rng)
    if isinstance(found, float):
        return nothing(ID, context, point, "rumstemperaturen ligger där den ska när det är kallt.")
    fitted = fit_signature(daily[use], outside[use], week_weights(days.day[use], context.draws, rng))
    helped = bool(ice.plants(context) or context.used_for("heat_pump", "discharge"))
    reach = triangle(assumption(ID, "with_recovery" if helped else "reachable"), context.draws, rng)
    heats = days.to_hours((np.nan_to_num(outside, nan=99.0)[:, None] < fitted.balance_c).astype(np.float64), 0.0)
    less = np.minimum(
        found.hourly * fitted.slope_kw_per_k * reach, 0.5 * np.maximum(np.nan_to_num(power), 0.0)[:, None]
    )
    return conclude(
        context, ID, TITLE, _case(context, Fall(point, less * heats), found, fitted, asked is not None, helped)
    )


def _case(
    context: MeasureContext, fall: Fall, found: Shift, fitted: Signature, against_set: bool, helped: bool
) -> Case:
    days = Days.of(context.start_utc)
    slope = float(fitted.slope_kw_per_k[0])
    more = assumption(ID, "with_recovery")
    above = "sitt börvärde" if against_set else "vad lokalerna behöver"
    how = f"{sv(found.mean, 1)} K varmare sedan {found.since}" if found.shown else f"{sv(found.mean, 1)} K över {above}"
    return Case(
        fall.point,
        (fall,),
        f"Rummen är {how} när det är kallt ute. Sänk värmekurvan; varje grad är"
        f" {sv(slope * (more.central if helped else 1.0), 1)} kW så länge det värms.",
        f"Värmen sänks med mätarens egen lutning mot utetemperaturen, {sv(slope, 1)} kW per grad, utan bad och"
        " varmvatten, gånger graderna för mycket"
        + (
            f", gånger {sv(more.central, 1)} ({sv(more.low, 1)}–{sv(more.high, 1)}) för återvunnen värme och värmepump"
            " som tar resten av behovet."
            if helped
            else "."
        ),
        by_month(context, "Värme att spara", fall.amount[:, 0], "kWh"),
        cloud(
            "utetemperatur, °C",
            "värme utan bad och varmvatten, kW",
            {"dygn": (days.mean(context.air_temperature_c), days.mean(_own(context, fall.point)))},
        ),
        {"warmer_k": found.mean, "slope_kw_per_k": slope},
        "hög" if against_set and not helped else "medel",
        "dygnen bakom lutningen",
    )
