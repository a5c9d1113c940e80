"""The rink's air is kept drier than fog and mould require.

Signal: relative humidity over the ice has fallen by a lasting step, or lies below what is needed. Valued by how much
the dehumidifier's own electricity grew on the day of the step, at the same season and outdoor vapour; where there is
no step, by a share of it per percentage point. A part of the vapour it no longer takes freezes on the ice instead,
and the compressors that carry that heat away are taken off the saving.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared import ice
from energy.measures.shared.bands import generator, triangle
from energy.measures.shared.days import Days, Flags, sv
from energy.measures.shared.margin import Case, Fall, conclude, nothing, priced
from energy.measures.shared.moisture import vapour_g_per_kg
from energy.measures.shared.operating import by_month, cloud, covered, ice_hours, power_of, trends_in
from energy.measures.shared.steps import share_since, shifted
from energy.model import Floats

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "dehumidifier_set_too_dry"
KWH_PER_KG_FROST = 0.79  # vapour to ice, 2 834 kJ/kg
TITLE = "Avfuktaren torkar mer än som behövs"
ABOUT = About(
    code="O8",
    needs="ishallens luftfuktighet, undermätare för avfuktaren",
    cost_class="ingen",
    difficulty="lätt",
    actor="driftteknikern",
    verification="luftfuktigheten, och avfuktarens el vid samma utetemperatur",
    reference="10-30 % of dehumidification: the field's notes",
)


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per electricity meter of a dehumidifier."""
    points = priced(context, context.used_for("dehumidifier"))
    sensors = trends_in(context, "humidity_pct", "ice")
    if not points:
        return [Silent(ID, "saknar data: ingen undermätare för avfuktaren.")]
    if not sensors:
        return [Silent(ID, "saknar data: ishallens luftfuktighet.")]
    return [_one(context, point) for point in points]


def _one(context: MeasureContext, point: str) -> MeasureFinding | Silent:
    sensors = trends_in(context, "humidity_pct", "ice")
    humidity = next((s for s in sensors if s.metering_point == point), sensors[0]).values
    power, lies = power_of(context, point), ice_hours(context)
    works = np.isfinite(power) & (lies if lies is not None else np.ones(len(power), dtype=np.bool_))
    missing = covered(context, "luftfuktighet och avfuktarens el", humidity, power, among=works)
    if missing:
        return nothing(ID, context, point, missing)
    rng = generator(context.seed, ID, context.facility, point)
    enough = triangle(assumption(ID, "enough"), context.draws, rng)
    found = shifted(context, -humidity, works, -enough, assumption(ID, "least").central, rng)
    if isinstance(found, float):
        return nothing(ID, context, point, f"luftfuktigheten hålls i medeltal vid {sv(-found)} %, som den bör.")
    assumed = assumption(ID, "share_per_point")
    share = np.minimum(found.hourly * triangle(assumed, context.draws, rng), 0.6)
    fall = Fall(point, np.where(works[:, None], share * power[:, None], 0.0))
    if found.since is not None:
        fall = Fall(point, _risen(context, power, works, found.since, rng))
    valued = (
        "Avfuktarens el sänks med den andel den växte den dagen, vid samma årstid och fukt i uteluften"
        if found.since is not None
        else f"Avfuktarens el sänks {sv(100 * assumed.central, 1)} % per procentenhet ({sv(100 * assumed.low, 1)}–"
        f"{sv(100 * assumed.high, 1)} %)"
    )
    how = (
        f"{sv(found.mean)} procentenheter torrare sedan {found.since}"
        if found.shown
        else f"{sv(found.mean)} procentenheter torrare än som behövs"
    )
    days = Days.of(context.start_utc)
    frost = _frost(context, fall, rng)
    case = Case(
        point,
        (fall, *frost),
        f"Luften i ishallen är {how}. Höj avfuktarens börvärde och låt det följa daggpunkten mot isen och taket.",
        valued
        + ("; frost som i stället lägger sig på isen tar el av kylmaskinerna, som dras av." if frost else "."),
        by_month(context, "Avfuktarens el att spara", fall.amount[:, 0], "kWh"),
        cloud("relativ fuktighet, %", "avfuktarens effekt, kW",
              {"dygn": (days.mean_where(humidity, works, 12), days.mean_where(power, works, 12))}),
        {"drier_points": found.mean, "share_per_point": assumed.central},
        "medel",
        "dygnen före och efter" if found.shown else "",
    )  # fmt: skip
    return conclude(context, ID, TITLE, case)


def _risen(
    context: MeasureContext, power: Floats, works: Flags, since: np.datetime64, rng: np.random.Generator
) -> Floats:
    """Return (n, 1 + draws) what the dehumidifier has drawn more since the step [kW], in proportion to what it draws.

    What it must dry follows the vapour of the outdoor air, so that is what explains its load beside the season.
    """
    days, least = Days.of(context.start_utc), round(assumption(ID, "least_hours").central)
    daily, outside = days.mean_where(power, works, least), days.mean(context.air_temperature_c)
    vapour = vapour_g_per_kg(outside, np.ones(len(outside)))
    reach = triangle(assumption(ID, "reachable"), context.draws, rng)
    share = share_since(days, daily, outside, vapour, since, context.draws, rng) * reach
    share = np.clip(share + triangle(assumption("steps", "between_years"), context.draws, rng), 0.0, None)
    after = (days.to_hours((days.day >= since)[:, None].astype(np.float64), 0.0)[:, 0] > 0) & works
    return np.where(
        after[:, None], np.nan_to_num(power)[:, None] * np.minimum(share, assumption(ID, "most").central), 0
    )


def _frost(context: MeasureContext, fall: Fall, rng: np.random.Generator) -> list[Fall]:
    """Return the ice plant's electricity for vapour that freezes on the ice when the dehumidifier leaves it there."""
    plants = priced(context, ice.plants(context))
    if not plants:
        return []
    per_kg, freezes = (triangle(assumption(ID, n), context.draws, rng) for n in ("kwh_per_kg", "freezes"))
    kg = np.nan_to_num(fall.amount) / per_kg * freezes
    return [Fall(plants[0], -kg * KWH_PER_KG_FROST * ice.work_per_kwh(context))]
