"""The ice is kept as cold at night as by day.

Signal: the temperature of ice or brine while the facility is closed is not clearly above that of the open hours of the
same day. What the night could be raised by is what the facility itself has shown on other days of ice, else an
assumption. Valued by billing the ice plant's closed hours at its share per degree (the ice's own load and the
compressors' work), less what the lost condenser heat costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.bands import generator, triangle
from energy.measures.shared.days import Days, Flags, sv
from energy.measures.shared.ice import load_share_per_k, not_read, thermometers, with_recovery
from energy.measures.shared.margin import Case, Fall, conclude, nothing, priced
from energy.measures.shared.operating import (
    by_month,
    closed_nights,
    covered,
    ice_hours,
    power_of,
    profile,
    rolling_median,
)
from energy.model import Floats, Trend

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "ice_temperature_flat_at_night"
TITLE = "Isen hålls lika kall på natten som på dagen"
ABOUT = About(
    code="O4",
    needs="isens eller köldbärarens temperatur, öppettider, kylmaskinernas el",
    cost_class="ingen",
    difficulty="lätt",
    actor="driftteknikern",
    verification="isens temperatur natt mot dag, och kylmaskinernas el stängda timmar",
    reference="1.5 degrees at night (Huddinge): the field's notes; ASHRAE Handbook, Refrigeration (2018), ch. 44",
)
LEAST_DAYS = 30
ICE, BRINE = "ice_temperature_c", "brine_temperature_c"


@dataclass(frozen=True)
class Flatness:
    """Which days are flat, and by how much their nights could be warmer, (d, 1 + draws) [K]."""

    days: Days
    raised_k: Floats  # (d,) night above day, smoothed
    flat: Flags  # (d,)
    missing_k: Floats
    shown: bool


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per electricity meter of an ice plant."""
    plants = priced(context, context.used_for("ice_plant"))
    sensors = thermometers(context, ICE) or thermometers(context, BRINE)
    closed, ice = closed_nights(context), ice_hours(context)
    if not plants or ice is None:
        return [Silent(ID, "saknar data: ingen elmätare för kylmaskinerna.")]
    if not sensors:
        return [Silent(ID, f"saknar data: varken isens eller köldbärarens temperatur.{not_read(context, ICE, BRINE)}")]
    if closed is None:
        return [Silent(ID, "saknar data: öppettiderna är inte angivna.")]
    return [_one(context, point, _nearest(sensors, point), closed, ice) for point in plants]


def _nearest(sensors: Sequence[Trend], point: str) -> Trend:
    """Return the sensor told to stand by the plant's meter, else the first."""
    return next((sensor for sensor in sensors if sensor.metering_point == point), sensors[0])


def _one(context: MeasureContext, point: str, sensor: Trend, closed: Flags, ice: Flags) -> MeasureFinding | Silent:
    missing = covered(
        context, "isens temperatur och kylmaskinernas el", sensor.values, power_of(context, point), among=ice
    )
    if missing:
        return nothing(ID, context, point, missing)
    rng = generator(context.seed, ID, context.facility, point)
    found = _flatness(context, sensor, closed, ice, rng)
    if isinstance(found, str):
        return nothing(ID, context, point, found)
    per_k = load_share_per_k(context, colder=True)
    share = found.days.to_hours(np.minimum(found.missing_k * per_k, 0.5), 0.0)
    fall = Fall(point, np.where((closed & ice)[:, None], share * power_of(context, point)[:, None], 0.0))
    falls = with_recovery(context, fall, True)
    return conclude(context, ID, TITLE, _case(context, point, sensor, found, falls, float(per_k[0])))


def _flatness(
    context: MeasureContext, sensor: Trend, closed: Flags, ice: Flags, rng: np.random.Generator
) -> Flatness | str:
    """Return which days have flat nights, or why nothing is said, in Swedish."""
    days = Days.of(context.start_utc)
    night = days.mean_where(sensor.values, closed & ice, 3)
    day = days.mean_where(sensor.values, ~closed & ice, 3)
    raised = rolling_median(night - day, 7)
    least = assumption(ID, "least_raise").central
    known, valued = np.isfinite(raised), days.between(context.first_valued(), context.end_valued())
    flat = known & (raised < least)
    if (flat & valued).sum() < LEAST_DAYS:
        typical = float(np.median(raised[known & valued])) if (known & valued).any() else 0.0
        return f"nätterna hålls redan varmare än dagarna (i medeltal {sv(typical, 1)} K)."
    own = known & ~flat
    shown = bool(own.sum() >= LEAST_DAYS)
    if shown:
        reached = float(np.median(raised[own])) * triangle(assumption(ID, "reachable"), context.draws, rng)
    else:
        reached = triangle(assumption(ID, "night_raise"), context.draws, rng)
    gap = np.maximum(0.0, reached[None, :] - np.nan_to_num(raised)[:, None])
    return Flatness(days, raised, flat, np.where(flat[:, None], gap, 0.0), shown)


def _case(
    context: MeasureContext, point: str, sensor: Trend, found: Flatness, falls: tuple[Fall, ...], per_k: float
) -> Case:
    valued = found.days.between(context.first_valued(), context.end_valued())
    here = found.flat & valued
    could, is_now = float(found.missing_k[here, 0].mean()), float(found.raised_k[here].mean())
    ice, opened = ice_hours(context), context.open_hours == 1
    assert ice is not None
    how = "så mycket som den redan varit andra dygn" if found.shown else "vad andra hallar höjer den"
    return Case(
        point,
        falls,
        f"{sensor.name} är under {int(here.sum())} dygn lika låg när det är stängt som när det är öppet (skillnad"
        f" {sv(is_now, 1)} K). Höj börvärdet {sv(could, 1)} K från stängning till två timmar före öppning: {how}.",
        f"Kylmaskinernas el i stängd tid sänks {sv(100 * per_k, 1)} % per grad de dygn natten är oförändrat kall: isens"
        " egen lastandel (värmeövergång gånger yta) och kompressorernas merarbete; saknad återvunnen värme dras av.",
        by_month(context, "Kylmaskinernas el att spara", falls[0].amount[:, 0], "kWh"),
        profile(context, f"{sensor.name}, °C", sensor.values, {"dygn med is": ice, "öppet": ice & opened}),
        {"raise_k": could, "share_per_k": per_k},
        "hög" if found.shown else "medel",
    )
