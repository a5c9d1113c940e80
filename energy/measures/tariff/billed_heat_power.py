"""The heat power that is billed was set by a few days that the load did not need.

Signal: among the highest days some, at most three in a row, lie further above what outdoor temperature and the season
explain, and above the days on both sides, than the highest of a month of ordinary days does. The remedy tried is to let
those days be ordinary and move their excess to the days round them (nothing is removed), in the history too, so that a
rolling window carries the effect through all 12 months. The ordinary cold days keep their power: that is the need. Not
for power that is subscribed or set from a signature: there the re-run bill shows no difference and the rule stays
silent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import numpy as np
import numpy.typing as npt

from energy.errors import TariffError
from energy.measures.assumptions import assumption
from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Picture, Silent, State
from energy.measures.shared.bands import (
    band,
    band_text,
    confidence,
    generator,
    not_worth_telling,
    triangle,
    week_weights,
)
from energy.measures.shared.days import Days, Flags, kw, running_median, sv
from energy.measures.shared.pictures import cloud
from energy.measures.shared.signature import TO_SIGMA, Signature, fit_signature, local_slope
from energy.measures.shared.valuation import Difference, bill_of, difference
from energy.model import BilledComponent, Floats, Load

__all__ = ["ABOUT", "ID", "TITLE", "assess", "flatten"]

ID = "billed_heat_power"
TITLE = "Debiterad fjärrvärmeeffekt högre än behovet"
ABOUT = About(
    code="T2",
    needs="fjärrvärmens timvärden i två år, utetemperatur, avtal med effektpris",
    cost_class="ingen",
    difficulty="lätt",
    actor="driftteknikern",
    verification="debiterad effekt efter nästa toppdygn, och dygnens avstånd till energisignaturen",
    reference="price lists that bill the highest days (Göteborg Energi 2024); energy signature of daily means",
)
SHOWN = 12  # evidence rows
HISTORY = 2  # years before the months valued that a published window of billed power reaches back into


@dataclass(frozen=True)
class Excess:
    """Which days lie above what the weather explains, by draw; arrays are (d, 1 + draws) but for `power_kw` (d,)."""

    days: Days
    power_kw: Floats
    temperature_c: Floats  # (d,)
    allowed_kw: Floats  # what the weather and the season explain; in the draws with an ordinary day's own chance
    over: Flags  # days to flatten
    reach: npt.NDArray[np.int64]  # (1 + draws,) how many days away the excess may go
    side: npt.NDArray[np.int64]  # (1 + draws,) 0 to days before and after, -1 only before, 1 only after
    evenly: Floats  # (1 + draws,) share of it that all those days get alike, the rest goes to the lowest of them


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one finding per district-heating main whose billed power is set by days that can be flattened."""
    points = context.mains("district_heating")
    if not points:
        return [Silent(ID, "saknar data: ingen fjärrvärmemätare med avtal.")]
    return [_assess_point(context, point) for point in points]


def _assess_point(context: MeasureContext, point: str) -> MeasureFinding | Silent:
    load = context.loads[point]
    excess = _excess(context, load)
    if isinstance(excess, str):
        return Silent(ID, excess, point)
    if not excess.over[:, 0].any():
        return Silent(ID, "inget dygn ligger över vad vädret förklarar.", point)
    try:
        without = bill_of(context, load)
        if not any(c.component == "demand" for c in without):
            return Silent(ID, "prislistan har ingen effektdel.", point)
        changed = bill_of(context, flatten(load, excess))
    except TariffError as error:
        return Silent(ID, f"kan inte prissättas: {error}", point)
    billed, needed = _mean_power(without), _mean_power(changed)
    result = difference(without, changed)
    reason = result.reason("demand") or _too_small(billed, needed, result)
    return Silent(ID, reason, point) if reason else _finding(context, point, excess, result, billed, needed)


def _too_small(billed: float, needed: float, result: Difference) -> str | None:
    gap = assumption(ID, "gap").central
    if not billed > (1.0 + gap) * needed:
        return f"den debiterade effekten {kw(billed)} ligger inte {sv(100 * gap)} % över behovet {kw(needed)}."
    return not_worth_telling(band(result.saving_sek))


def _mean_power(components: Sequence[BilledComponent]) -> float:
    """Return the billed power [kW] of the central case, mean over the months where it is known."""
    found = [float(c.quantity[0]) for c in components if c.component == "demand" and np.isfinite(c.quantity[0])]
    return float(np.mean(found)) if found else float("nan")


def _excess(context: MeasureContext, load: Load) -> Excess | str:
    """Return the days above their expected power, fitted year by year.

    Each year has its own signature, since a store or heat pump may have changed the load in between. Returns the
    Swedish reason where too few days of the months valued are whole.
    """
    days = Days.of(context.start_utc)
    power = days.mean(load.energy_kwh)[:, 0]
    temperature = days.mean(context.air_temperature_c)
    known = np.isfinite(power) & np.isfinite(temperature)
    valued = days.between(context.first_valued(), context.end_valued())
    least = assumption("common", "minimum_coverage").central
    if not known[valued].any() or known[valued].mean() < least:
        share = float(known[valued].mean()) if valued.any() else 0.0
        return f"saknar data: bara {sv(100 * share)} % av dygnen har både effekt och utetemperatur."
    rng = generator(context.seed, ID, context.facility, load.metering_point)
    spread = triangle(assumption(ID, "spread"), context.draws, rng)  # two months do not tell it exactly
    allowance = triangle(assumption(ID, "allowance"), context.draws, rng) * spread
    reach = np.rint(triangle(assumption(ID, "shift_days"), context.draws, rng)).astype(np.int64)
    evenly = triangle(assumption(ID, "evenly"), context.draws, rng)
    side = np.concatenate(([0], rng.integers(-1, 2, size=context.draws)))  # it is not told which days it borrowed from
    allowed = np.full((len(days.day), 1 + context.draws), np.inf)
    over = np.zeros(allowed.shape, dtype=np.bool_)
    for part in _years(days, valued):
        use = known & part
        if use.sum() < least * 365 * min(1.0, part.sum() / 365) or not use.any():
            continue
        fitted = fit_signature(power[use], temperature[use], week_weights(days.day[use], context.draws, rng))
        expected, scatter = _ordinary(power[use], temperature[use], fitted)
        above = power[use][:, None] - expected
        highest = _highest(power[use], part.sum() / 365)
        out = above > scatter[:, None] * allowance + 1e-9 * power[use][:, None]
        over[use] = out & _alone(above[:, 0], allowance) & highest[:, None]
        chance = spread * rng.standard_normal(expected.shape)
        chance[:, 0] = 0.0
        high = above[highest & ~over[use][:, 0], 0]  # cold days lie above the signature more often than others
        allowed[use] = expected + (max(0.0, float(np.median(high))) if len(high) else 0.0) + scatter[:, None] * chance
    return Excess(days, power, temperature, allowed, over, reach, side, evenly)


def _ordinary(power: Floats, temperature: Floats, fitted: Signature) -> tuple[Floats, Floats]:
    """Return ((m, k) what each day would ordinarily take, (m,) robust spread of the days round that) [kW].

    The signature (m, k), and what the days near in time lie above it and how they lean: a season without ice, or with a
    heat pump off, has a level and a slope of its own.
    """
    signature = fitted.expected(temperature)
    rest = power - signature[:, 0]
    limit = assumption("winters", "odd_spreads").central * fitted.spread_kw[0]  # one day's odd level is no slope
    near, wide = (round(assumption(ID, name).central) for name in ("level_days", "scatter_days"))
    every, window = np.ones((len(power), 1)), round(assumption("winters", "slope_days").central)
    lean = local_slope(temperature, np.clip(rest, -limit, limit)[:, None], every, window)[:, 0] * temperature
    level = lean + running_median(rest - lean, near)
    return signature + level[:, None], TO_SIGMA * running_median(np.abs(rest - level), wide)


def _alone(above: Floats, allowance: Floats) -> Flags:
    """Return (m, k) the days that stand out from the days on both sides: a cold spell that the signature misses lasts.

    On each side the lowest of the three nearest days is compared with, so that up to three days in a row, a plant that
    stood still over a weekend, stand out together.
    """
    near = [np.pad(above, beside, mode="reflect") for beside in (1, 2, 3)]
    before = np.min([one[: len(above)] for one in near], axis=0)
    after = np.min([one[-len(above) :] for one in near], axis=0)
    stands = above - np.maximum(before, after)
    usual = float(np.median(stands))
    spread = TO_SIGMA * float(np.median(np.abs(stands - usual)))
    found: Flags = np.asarray(stands[:, None] > usual + spread * allowance + 1e-9, np.bool_)
    return found


def _years(days: Days, valued: Flags) -> list[Flags]:
    """Return (d,) flags of the months valued and of each of the `HISTORY` years before that the span holds days of."""
    first = int(np.flatnonzero(valued)[0])
    index = np.arange(len(days.day))
    back = [(index < first - 365 * n) & (index >= first - 365 * (n + 1)) for n in range(HISTORY)]
    return [valued, *(part for part in back if part.any())]


def _highest(power: Floats, years: float) -> Flags:
    """Return (m,) True for the few highest days per year; a level that more days reach is a need, and stays."""
    found = np.zeros(len(power), dtype=np.bool_)
    found[np.argsort(-power, kind="stable")[: max(1, round(assumption(ID, "few_days").central * years))]] = True
    return found


def flatten(load: Load, excess: Excess) -> Load:
    """Return the load (n, 1 + draws) with each day's excess poured over the days around it: lowest first, and alike.

    Energy, volume and temperature integrals are moved together; their sums over the window are unchanged.
    """
    draws = excess.over.shape[1]
    energy = np.repeat(load.energy_kwh, draws, axis=1)
    volume, supply, back = (
        None if values is None else np.repeat(values, draws, axis=1)
        for values in (load.volume_m3, load.supply_m3c, load.return_m3c)
    )
    views = [excess.days.split(values) for values in (energy, volume, supply, back) if values is not None]
    widest = int(excess.reach.max())
    power = np.repeat(excess.power_kw[:, None], draws, axis=1)
    for day in np.flatnonzero(excess.over.any(axis=1)):
        at = int(day)
        first, end = max(0, at - widest), min(len(power), at + widest + 1)
        window = np.flatnonzero(np.isfinite(excess.power_kw[first:end])) + first
        moved = np.where(excess.over[at], np.maximum(0.0, power[at] - excess.allowed_kw[at]), 0.0)
        away = (window - at)[:, None]
        near = (np.abs(away) <= excess.reach) & (away * excess.side >= 0)
        levels = np.where(near, power[window], np.inf)
        levels[window == at] -= moved
        lowest = np.maximum(0.0, _water(levels, moved) - levels)
        others = near & (window != at)[:, None]
        alike = np.where(others, moved / np.maximum(1, others.sum(axis=0)), 0.0)
        _pour(power, views, at, window, excess.evenly * alike + (1.0 - excess.evenly) * lowest)
    return Load(load.metering_point, load.start_utc, energy, volume, supply, back)


def _effect(context: MeasureContext, point: str, state: State) -> State:
    """Return the state with the point's days flattened as its load of the moment asks for, central case."""
    load = state.loads[point]
    excess = _excess(replace(context, loads=state.loads, draws=0), load)
    return state if isinstance(excess, str) else replace(state, loads={**state.loads, point: flatten(load, excess)})


def _picture(context: MeasureContext, excess: Excess) -> Picture:
    """Return the days valued, power against outdoor temperature, those above what the weather explains apart."""
    valued = excess.days.between(context.first_valued(), context.end_valued())
    over = valued & excess.over[:, 0]
    named = {"Dygn": valued & ~over, "Dygn över vad vädret förklarar": over}
    return cloud(
        "Utetemperatur (°C)",
        "Dygnsmedeleffekt (kW)",
        {name: (excess.temperature_c[flag], excess.power_kw[flag]) for name, flag in named.items()},
    )


def _water(levels: Floats, moved: Floats) -> Floats:
    """Return (k,) the common level that `moved` (k,) reaches when poured over `levels` (w, k), the lowest first."""
    filled = (np.cumsum(np.sort(levels, axis=0), axis=0) + moved) / np.arange(1.0, len(levels) + 1.0)[:, None]
    water: Floats = filled.min(axis=0)
    return water


def _pour(power: Floats, views: Sequence[Floats], day: int, window: npt.NDArray[np.intp], rise: Floats) -> None:
    """Move from `day` what lets the other days of the window rise by `rise` (w, k) [kW] where it is positive, in place.

    Every view (d, 24, k) gives the same share of its day, and spreads it evenly over the hours of the days that rise.
    """
    others = np.maximum(0.0, rise)
    others[window == day] = 0.0
    leaves = others.sum(axis=0)  # (k,) [kW] what leaves the day
    share = np.divide(others, leaves, out=np.zeros_like(others), where=leaves > 0)
    fraction = np.divide(leaves, power[day], out=np.zeros_like(leaves), where=power[day] > 0)
    for view in views:
        total = view[day].sum(axis=0) * fraction
        view[day] *= 1.0 - fraction
        view[window] += (share * total / 24)[:, None, :]
    power[day] -= leaves
    power[window] += others


def _finding(
    context: MeasureContext, point: str, excess: Excess, result: Difference, billed: float, needed: float
) -> MeasureFinding:
    value = band(result.saving_sek)
    name = context.name(point)
    evidence = _evidence(context, excess)
    return MeasureFinding(
        measure_id=ID,
        key=f"measure:{context.facility}:{ID}:{point}",
        facility=context.facility,
        title=TITLE,
        description=(
            f"{name} debiteras i medeltal {kw(billed)}. Utan {len(evidence)} dygn de senaste två åren över vad vädret"
            f" förklarar hade det varit {kw(needed)}. Se vad som gick de dygnen (laddning av lager, stopp i annan"
            " värmekälla, varmhållning, återstart) och fördela det över fler dygn eller flytta det till sommaren."
        ),
        saving_sek_per_year=value,
        saving_kwh_per_year=0.0,
        confidence=confidence(value),
        method=(
            "Räkningen har körts om med och utan åtgärden, månad för månad. Det som dygnen ligger över energisignaturen"
            f" och säsongens nivå flyttas till dygnen närmast (högst {sv(assumption(ID, 'shift_days').central)} dygn"
            " bort), ingen energi tas bort, och samma sak görs i historiken så att effekten är varaktig. Vanliga kalla"
            f" dygn behåller sin effekt. Om dygnen före eller efter får bära mer är inte känt: båda prövas i bandet."
            " Att andra kalla dygn av en slump tar mer kan bara minska vinsten: siffran ligger ofta nära bandets övre"
            " ände."
            f" {result.text()} {band_text('dygnen bakom signaturen')}"
        ),
        evidence=tuple(evidence[:SHOWN]),
        metering_point=point,
        parameters={
            "billed_power_kw": billed,
            "needed_power_kw": needed,
            "allowance": assumption(ID, "allowance").central,
            "shift_days": assumption(ID, "shift_days").central,
        },
        effect=partial(_effect, context, point),
        picture=_picture(context, excess),
    )


def _evidence(context: MeasureContext, excess: Excess) -> list[EvidenceRow]:
    """Return the flattened days, highest first, that can set the power of the months valued."""
    reaches_back = date(context.first_valued().year - 1, context.first_valued().month, 1)
    shown = excess.over[:, 0] & excess.days.between(reaches_back, context.end_valued())
    ranked = np.flatnonzero(shown)
    ranked = ranked[np.argsort(-excess.power_kw[ranked], kind="stable")]
    return [
        EvidenceRow(
            "Dygn över vad vädret förklarar",
            str(excess.days.day[i]),
            float(excess.power_kw[i]),
            "kW",
            f"ute {sv(float(excess.temperature_c[i]), 1)} °C, väntat {kw(float(excess.allowed_kw[i, 0]))}",
        )
        for i in ranked
    ]
