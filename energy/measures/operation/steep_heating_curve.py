"""The halls are warmer than they need to be: too steep or too high a heating curve.

Signal: indoor temperature lies above its set point (where one is told), above its own earlier level by a lasting step,
or above what such rooms need. Valued by the slope of heat against outdoor temperature, without pool and hot water: a
degree less indoors is a degree less to heat from, in every hour that heats. Where an ice plant or heat pump helps, the
slope is that of all heat delivered, recovered and pumped heat too, where it is metered (else a factor makes up for it),
and what the degree saves is bought heat or the electricity that lifts the other (`ice.heat_saved`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared import ice
from energy.measures.shared.bands import generator, shared, triangle, week_weights
from energy.measures.shared.days import Days, sv
from energy.measures.shared.margin import Case, Fall, conclude, nothing, priced
from energy.measures.shared.operating import by_month, cloud, covered, ice_hours, power_of, trends_in
from energy.measures.shared.recovery import HOT as SERVED
from energy.measures.shared.recovery import recovery
from energy.measures.shared.signature import fit_signature
from energy.measures.shared.steps import Shift, shifted
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


def _helping(context: MeasureContext, point: str) -> Floats | None:
    """Return (n,) recovered and pumped heat that warms the same rooms [kW]; NaN where unknown, None if unmetered."""
    rejecting = [p for p, carrier in context.carriers.items() if carrier == "rejected_heat" and p in context.loads]
    found = recovery(context, rejecting, point, SERVED) if rejecting else None
    if found is None:
        return None
    pumped = [np.nan_to_num(power_of(context, p)) for p in context.used_for("discharge")]
    return np.asarray(found.used[:, 0] + np.sum(pumped, axis=0), dtype=np.float64)


def _rinks(context: MeasureContext) -> Floats:
    """Return (1 + draws,) the slope of the rinks' own halls [kW/K]: their heat follows the weather, not the rooms."""
    area, lies = context.facts.ice_area_m2 or 0.0, ice_hours(context)
    cold = context.air_temperature_c < assumption(ID, "cold").central
    share = float(lies[cold].mean()) if lies is not None and cold.any() else 0.0
    return np.asarray(shared(context, "ice", "hall_loss_w_m2k") * area * share / 1000.0, dtype=np.float64)


def _one(context: MeasureContext, point: str, inside: Floats, asked: Trend | None) -> MeasureFinding | Silent:
    rng = generator(context.seed, ID, context.facility, point)
    helped = bool(ice.plants(context) or context.used_for("heat_pump", "discharge"))
    also = _helping(context, point) if helped else None
    days, own = Days.of(context.start_utc), _own(context, point)
    power = own if also is None else own + also
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
    # heat follows the difference between in and out: a curve that is steep must not pass for a leaky building
    indoors = days.mean(inside)
    level = float(np.nanmean(indoors[use]))
    seen = outside - np.nan_to_num(indoors - level)
    fitted = fit_signature(daily[use], seen[use], week_weights(days.day[use], context.draws, rng))
    guessed = helped and also is None
    reach = triangle(assumption(ID, "with_recovery" if guessed else "reachable"), context.draws, rng)
    heats = days.to_hours((np.nan_to_num(seen, nan=99.0)[:, None] < fitted.balance_c).astype(np.float64), 0.0)
    slope = fitted.slope_kw_per_k - (0.0 if also is None else _rinks(context))
    less = found.hourly * np.maximum(slope, assumption(ID, "least_slope").central * fitted.slope_kw_per_k) * reach
    if not guessed:
        known = own if also is None else own + np.nan_to_num(also)  # at least this was delivered
        less = np.minimum(less, 0.5 * np.maximum(np.nan_to_num(known), 0.0)[:, None])
    falls = tuple(ice.heat_saved(context, less * heats)) if helped else (Fall(point, less * heats),)
    told = _case(context, point, less * heats, power, found, float(slope[0]), asked is not None, guessed)
    return conclude(context, ID, TITLE, replace(told, falls=falls, ceiling="medel" if helped else told.ceiling))


def _case(
    context: MeasureContext, point: str, less: Floats, power: Floats, found: Shift, per_k: float,
    against_set: bool, guessed: bool,
) -> Case:  # fmt: skip
    days = Days.of(context.start_utc)
    more = assumption(ID, "with_recovery")
    slope = per_k * (more.central if guessed else 1.0)
    above = "sitt börvärde" if against_set else "vad lokalerna behöver"
    how = f"{sv(found.mean, 1)} K varmare sedan {found.since}" if found.shown else f"{sv(found.mean, 1)} K över {above}"
    factor = f", gånger {sv(more.central, 1)} ({sv(more.low, 1)}–{sv(more.high, 1)}) för omätt återvunnen värme"
    return Case(
        point,
        (),
        f"Rummen är {how} när det är kallt ute. Sänk värmekurvan; varje grad är {sv(slope, 1)} kW så länge det värms.",
        "Värmen sänks med sin egen lutning mot utetemperaturen, utan bad och varmvatten men med återvunnen och pumpad"
        f" värme där den mäts{factor if guessed else ''}, gånger graderna för mycket. Det som kondensorvärme eller"
        " värmepump ger räknas som el till lyftet, resten som köpt värme.",
        by_month(context, "Värme att spara", less[:, 0], "kWh"),
        cloud(
            "utetemperatur, °C",
            "värme utan bad och varmvatten, kW",
            {"dygn": (days.mean(context.air_temperature_c), days.mean(power))},
        ),
        {"warmer_k": found.mean, "slope_kw_per_k": slope},
        "hög" if against_set else "medel",
        "dygnen bakom lutningen",
    )
