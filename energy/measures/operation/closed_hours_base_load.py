"""Too much runs while the facility is closed.

Signal: the mean power of closed hours is up more than 10 % on the year before, in the same calendar months and at the
same temperature (a month already up a year ago is compared with the year before that); or it lies above 80 % of the
open hours' although the facility's own best weeks lie well below. Compared are days that had both open and closed
hours, so that a closure does not pass for a good night, and single wild nights are capped. What a heat main has left
when its submeters are taken off is a small difference of large numbers, so that its rise is held against all its closed
heat; a heat main that rose, as fans left on make it, lowers by half what electricity must have risen. Valued by billing
closed hours at the earlier level; a month with no earlier level rises as the others did at its temperature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from energy.errors import TariffError
from energy.measures.assumptions import assumption
from energy.measures.base import About, Confidence, EvidenceRow, MeasureContext, MeasureFinding, Silent
from energy.measures.shared.bands import (
    band,
    band_text,
    confidence,
    generator,
    not_worth_telling,
    triangle,
    week_weights,
)
from energy.measures.shared.days import Flags, kw, map_load, sv
from energy.measures.shared.effects import scaled
from energy.measures.shared.nights import Nights, above, best_weeks, earlier_years, nights_of, year_before
from energy.measures.shared.pictures import by_month
from energy.measures.shared.valuation import Difference, bill_of, differences
from energy.model import Carrier, Floats

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "closed_hours_base_load"
TITLE = "Hög last när anläggningen är stängd"
ABOUT = About(
    code="O1, O21",
    needs="timvärden, öppettider",
    cost_class="ingen",
    difficulty="lätt",
    actor="driftteknikern",
    verification="lasten i stängd tid vid samma utetemperatur, mot året före",
    reference="own comparison of closed and open hours",
)
CARRIERS: tuple[tuple[Carrier, str], ...] = (("electricity", "el"), ("district_heating", "fjärrvärme"))


@dataclass(frozen=True)
class Target:
    """The level closed hours could have and what they take above it, (d, 1 + draws) [kW], on the days of `applies`."""

    kind: Literal["creep", "share"]
    level_kw: Floats
    excess_kw: Floats
    applies: Flags  # (d,)
    end: np.datetime64  # first day no longer valued
    text: str


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return a finding per electricity or heat main whose closed hours carry more than they have done or need."""
    points = [(point, word) for carrier, word in CARRIERS for point in context.mains(carrier)]
    if not points:
        return [Silent(ID, "saknar data: ingen el- eller fjärrvärmemätare med avtal.")]
    if not ((context.open_hours == 1).any() and (context.open_hours == 0).any()):
        return [Silent(ID, "saknar data: öppettiderna är inte angivna.")]
    creep, found = assumption(ID, "creep").central, {}
    for point, word in reversed(points):  # heat first
        found[point] = _assess_point(context, point, word, creep)
        if isinstance(found[point], MeasureFinding) and context.carriers[point] == "district_heating":
            creep = assumption(ID, "creep_with_heat").central
    return [found[point] for point, _ in points]


def _assess_point(context: MeasureContext, point: str, word: str, creep: float) -> MeasureFinding | Silent:
    load = context.loads[point]
    nights = nights_of(context, point)
    rng = generator(context.seed, ID, context.facility, point)
    heat = context.carriers[point] == "district_heating"
    whole = nights.days.mean_where(load.energy_kwh[:, 0], context.open_hours == 0, 3) if heat else nights.closed_kw
    target = _target(context, nights, np.nan_to_num(whole), creep, rng)
    if isinstance(target, str):
        return Silent(ID, target, point)
    reach, slip = (triangle(assumption(ID, name), context.draws, rng) for name in ("reachable", "between_years"))
    factor = _factor(load.energy_kwh, context.open_hours == 0, nights, target, reach, slip)
    changed = map_load(load, factor)
    try:
        [result] = differences([(bill_of(context, load), bill_of(context, changed))])
    except TariffError as error:
        return Silent(ID, f"kan inte prissättas: {error}", point)
    if reason := result.reason() or not_worth_telling(band(result.saving_sek)):
        return Silent(ID, reason, point)
    inside = np.repeat(nights.days.between(context.first_valued(), context.end_valued()), 24)[:, None]
    fell = np.nan_to_num(load.energy_kwh[:, 0] - changed.energy_kwh[:, 0])[:, None]
    kwh = float((nights.days.split(fell).reshape(-1, 1) * inside).sum())
    found = _finding(context, point, word, nights, target, result, kwh)
    return replace(found, effect=scaled(point, np.nan_to_num(factor[:, :1], nan=1.0)))


def _target(
    context: MeasureContext, nights: Nights, whole: Floats, creep: float, rng: np.random.Generator
) -> Target | str:
    """Return the level closed hours could have, or the Swedish reason to stay silent.

    `whole` (d,) is the closed power [kW] that a rise is held against where it is more than the level.
    """
    valued = nights.days.between(context.first_valued(), context.end_valued())
    end = np.datetime64(context.end_valued())
    weights = week_weights(nights.days.day, context.draws, rng)
    earlier, months = earlier_years(context, nights, weights, assumption(ID, "creep").central)
    compared = nights.known & valued & months[nights.days.month()]
    least = assumption("common", "minimum_coverage").central
    if not valued.any() or compared.sum() < least * max(1, int((valued & nights.opened).sum())):
        return "saknar data: för få dygn med både öppna och stängda timmar i båda åren för att jämföra."
    excess = above(nights, earlier, compared)
    against = np.maximum(earlier[:, 0], np.minimum(whole, whole - excess[:, 0]))
    if _risen(nights, against, excess[:, 0], compared, creep):
        return Target("creep", earlier, excess, compared, end, "samma månader tidigare år vid samma utetemperatur")
    in_use = float(nights.open_kw[compared].mean())
    if in_use <= 0:
        return "mätaren visar ingen energi när anläggningen är öppen: det finns inget att jämföra med."
    share = float(nights.closed_kw[compared].mean()) / in_use
    if not share > assumption(ID, "closed_share").central:
        return f"stängd tid drar {sv(100 * share)} % av öppen tid och har inte ökat mer än {sv(100 * creep)} %."
    best = best_weeks(nights, weights, valued | year_before(context, nights, 1), assumption(ID, "best_share").central)
    over = above(nights, best, compared)
    if not over[compared, 0].sum() > creep * best[compared, 0].sum():
        return "stängd tid är jämn: inte heller de bästa veckorna ligger tydligt lägre."
    return Target("share", best, over, compared, end, "anläggningens egna bästa veckor vid samma väder")


def _risen(nights: Nights, level: Floats, excess: Floats, compared: Flags, creep: float) -> bool:
    """Return whether the year as a whole, half of its months, or each of the last three months lies above `creep`."""
    month = nights.days.day.astype("datetime64[M]")
    months = np.unique(month[compared])
    risen = np.array(
        [excess[here].sum() > creep * level[here].sum() for m in months if (here := compared & (month == m)).any()]
    )
    whole = bool(excess[compared].sum() > creep * level[compared].sum())
    return whole or bool(risen.sum() >= max(3, len(risen) / 2)) or bool(len(risen) >= 3 and risen[-3:].all())


def _factor(energy_kwh: Floats, closed: Flags, nights: Nights, target: Target, reach: Floats, slip: Floats) -> Floats:
    """Return (n, 1 + draws) what each hour's load is multiplied by so that closed hours fall by the month's excess.

    A month, not a night, is brought to its level: cutting single nights above it would count noise as saving. The fall
    is a power [kW], not a share, so that a night of high load is not credited with more. Days closed all day fall too,
    but never below the level. `slip` is what a load changes from year to year by itself, as a share of the level. 1 in
    hours not concerned.
    """
    fall = np.zeros(target.level_kw.shape)
    months = nights.days.day.astype("datetime64[M]")
    for month in np.unique(months[target.applies]):
        here = target.applies & (months == month)
        over = target.excess_kw[here].mean(axis=0) + slip * target.level_kw[here].mean(axis=0)
        fall[months == month] = reach * np.maximum(0.0, over)
    above_level = np.nan_to_num(nights.closed_kw[:, None] - target.level_kw)
    if target.kind == "creep":
        _fill(fall, nights, target, reach)
    fall = np.where(nights.opened[:, None], fall, np.clip(above_level, 0.0, fall))
    hourly = np.where(closed[:, None], nights.days.to_hours(fall, 0.0), 0.0)
    share = np.divide(hourly, energy_kwh, out=np.zeros_like(hourly), where=energy_kwh > 0)
    return 1.0 - np.clip(share, 0.0, 1.0)


def _fill(fall: Floats, nights: Nights, target: Target, reach: Floats) -> None:
    """Give months without an earlier level, after those that have one, the rise of the others at their temperature."""
    months = nights.days.day.astype("datetime64[M]")
    told = np.unique(months[target.applies])
    span = np.unique(months[(months >= months[target.applies].min()) & nights.known & (months < target.end)])
    missing = np.setdiff1d(span, told)
    if len(told) < assumption(ID, "least_months").central or not missing.size:
        return
    mean_c = np.array([nights.temperature_c[nights.known & (months == m)].mean() for m in told])
    rise = np.stack([target.excess_kw[target.applies & (months == m)].mean(axis=0) for m in told])
    line, *_ = np.linalg.lstsq(np.column_stack((np.ones(len(told)), mean_c)), rise, rcond=None)
    for month in missing:
        at_c = float(nights.temperature_c[nights.known & (months == month)].mean())
        fall[months == month] = reach * np.maximum(0.0, line[0] + line[1] * at_c)


def _finding(
    context: MeasureContext, point: str, word: str, nights: Nights, target: Target, result: Difference, kwh: float
) -> MeasureFinding:
    value = band(result.saving_sek)
    seen = target.applies & nights.days.between(context.first_valued(), context.end_valued())
    level = float(target.level_kw[seen, 0].mean())
    now = level + float(target.excess_kw[seen, 0].mean())
    opened = float(nights.open_kw[seen].mean())
    ceiling: Confidence = "hög" if target.kind == "creep" else "låg"
    return MeasureFinding(
        measure_id=ID,
        key=f"measure:{context.facility}:{ID}:{point}",
        facility=context.facility,
        title=f"{TITLE} ({word})",
        description=(
            f"{context.name(point)}{' utöver undermätarna' if nights.submetered else ''} drar i medeltal {kw(now)} när"
            f" det är stängt, {sv(100 * now / opened)} % av öppen"
            f" tid. {target.text.capitalize()} ger {kw(level)}. Se över vad som går på natten: ventilation, pumpar,"
            " belysning, avfuktning och värmeslingor."
        ),
        saving_sek_per_year=value,
        saving_kwh_per_year=kwh,
        confidence=confidence(value, ceiling),
        method=(
            f"Räkningen har körts om med stängda timmar sänkta till nivån för {target.text}, månad för månad; öppna"
            " timmar är orörda."
            f" {result.text()} {band_text('nätterna bakom jämförelsen')}"
        ),
        evidence=_evidence(context, nights, target),
        metering_point=point,
        parameters={
            "closed_kw": now,
            "target_kw": level,
            "open_kw": opened,
            "creep": assumption(ID, "creep").central,
            "reachable": assumption(ID, "reachable").central,
        },
        picture=by_month(context, "Medeleffekt i stängd tid (kW)", _monthly(context, nights, target), "line"),
    )


def _monthly(context: MeasureContext, nights: Nights, target: Target) -> dict[str, list[float]]:
    """Return the months' mean closed power beside its target [kW], NaN where no day applies."""
    named: dict[str, list[float]] = {"Stängd tid": [], "Jämförelsen": []}
    for month in context.months:
        here = target.applies & (nights.days.day.astype("datetime64[M]") == np.datetime64(month, "M"))
        for values, kw_of in zip(named.values(), (nights.closed_kw, target.level_kw[:, 0]), strict=True):
            values.append(float(kw_of[here].mean()) if here.any() else float("nan"))
    return named


def _evidence(context: MeasureContext, nights: Nights, target: Target) -> tuple[EvidenceRow, ...]:
    """Return each month's mean closed power beside its target."""
    rows = []
    for month in context.months:
        here = target.applies & (nights.days.day.astype("datetime64[M]") == np.datetime64(month, "M"))
        if here.any():
            level, over = float(target.level_kw[here, 0].mean()), float(target.excess_kw[here, 0].mean())
            rows.append(
                EvidenceRow(
                    "Medeleffekt stängd tid",
                    f"{month:%Y-%m}",
                    float(nights.closed_kw[here].mean()),
                    "kW",
                    f"jämförelsen {kw(level)}, varaktigt över {kw(over)}, {int(here.sum())} dygn",
                )
            )
    return tuple(rows)
