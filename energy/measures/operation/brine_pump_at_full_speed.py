"""The brine pump runs at one speed whatever the ice needs.

Signal: in the hours it runs, the pump's power hardly varies within a week. A pump that follows the load draws the cube
of its speed. What it could draw is what the facility has shown in weeks when it did vary; else what the ice plant's own
load asks for, hour by hour; else an assumed mean speed. That one speed may already lie below full speed is not seen in
the power: it is in the band. Valued by billing the constant weeks at that power. The pump's
work is heat in the brine: the compressors that carry it away are counted, and so is their condenser heat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from energy.calendar import normal_time
from energy.measures.assumptions import assumption
from energy.measures.base import About, MeasureContext, MeasureFinding, Silent
from energy.measures.shared import ice
from energy.measures.shared.bands import generator, triangle
from energy.measures.shared.days import Flags, kw
from energy.measures.shared.margin import Case, Fall, conclude, nothing, priced
from energy.measures.shared.operating import by_month, covered, power_of, valued_hours, weekly
from energy.model import Floats

__all__ = ["ABOUT", "ID", "TITLE", "assess"]

ID = "brine_pump_at_full_speed"
TITLE = "Köldbärarpumpen går på fullt varvtal dygnet runt"
ABOUT = About(
    code="O6",
    needs="undermätare för köldbärarpumpen med timvärden",
    cost_class="låg",
    difficulty="medel",
    actor="driftteknikern",
    verification="pumpens effekt vecka för vecka",
    reference="affinity laws: power is the cube of speed; recommended by Stoppsladd phase 2",
)
WHOLE_WEEK = 100  # running hours of a week that can be judged
LEAST_WEEKS = 8


@dataclass(frozen=True)
class Weeks:
    """Week by week: (w,) median running power and its spread; `index` (n,) the week of each hour."""

    index: np.ndarray[tuple[int], np.dtype[np.int64]]
    running: Flags  # (n,)
    median_kw: Floats
    mean_kw: Floats
    constant: Flags
    varying: Flags


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one result per meter of a brine pump."""
    points = priced(context, context.used_for("brine_pump"))
    return [_one(context, p) for p in points] or [Silent(ID, "saknar data: ingen undermätare för köldbärarpumpen.")]


def _one(context: MeasureContext, point: str) -> MeasureFinding | Silent:
    power = power_of(context, point)
    missing = covered(context, "pumpens el", power)
    if missing:
        return nothing(ID, context, point, missing)
    weeks = _weeks(context, power)
    inside = np.zeros(len(weeks.median_kw), dtype=np.bool_)
    inside[np.unique(weeks.index[valued_hours(context)])] = True
    if (weeks.constant & inside).sum() < LEAST_WEEKS:
        return nothing(ID, context, point, "effekten följer behovet: den varierar inom veckan.")
    rng = generator(context.seed, ID, context.facility, point)
    full = float(np.median(weeks.median_kw[weeks.constant & inside]))
    own = weeks.varying & (weeks.mean_kw < full)
    shown = bool(own.sum() >= LEAST_WEEKS)
    if shown:
        drawn = np.concatenate((np.ones((own.sum(), 1)), _again(int(own.sum()), context.draws, rng)), axis=1)
        mean = (weeks.mean_kw[own][:, None] * drawn).sum(axis=0) / drawn.sum(axis=0)
        share = mean / full * triangle(assumption(ID, "reachable"), context.draws, rng)
    else:
        share = _followed(context, rng)
    constant = weeks.constant[weeks.index] & weeks.running
    fall = Fall(point, np.where(constant[:, None], power[:, None] * np.maximum(0.0, 1.0 - share), 0.0))
    return conclude(context, ID, TITLE, _case(context, fall, _falls(context, fall, rng), full, shown))


def _followed(context: MeasureContext, rng: np.random.Generator) -> Floats:
    """Return (n or 1, 1 + draws) the share of full power of a pump that follows the ice plant's load, else assumed."""
    plants = ice.plants(context)
    if not plants:
        return triangle(assumption(ID, "speed"), context.draws, rng) ** 3
    drawn = np.nansum([power_of(context, p) for p in plants], axis=0)
    peak = float(np.quantile(drawn, 0.98))
    slowest = triangle(assumption(ID, "slowest"), context.draws, rng)
    speed = np.clip(drawn / max(peak, 1e-9), 0.0, 1.0)[:, None]
    sized, held = (triangle(assumption(ID, name), context.draws, rng) for name in ("sized", "held"))
    return np.asarray(np.minimum(np.maximum(speed, slowest) ** 3 * sized / held**3, 1.0), dtype=np.float64)


def _falls(context: MeasureContext, pump: Fall, rng: np.random.Generator) -> tuple[Fall, ...]:
    """Return the pump's fall with that of the compressors that cool away its work, and the condenser heat missed."""
    plants = priced(context, ice.plants(context))
    if not plants:
        return (pump,)
    work = np.nan_to_num(pump.amount)
    plant = Fall(plants[0], work * ice.work_per_kwh(context))
    return (pump, plant, *ice.recovery_lost(context, work + plant.amount))


def _again(count: int, draws: int, rng: np.random.Generator) -> Floats:
    """Return (count, draws) how often each of `count` weeks is drawn."""
    return rng.multinomial(count, np.full(count, 1.0 / count), size=draws).T.astype(np.float64)


def _weeks(context: MeasureContext, power: Floats) -> Weeks:
    """Return which weeks run at one power; the pump runs where it draws a tenth of its upper power."""
    day = normal_time(context.start_utc).astype("datetime64[D]").astype(np.int64)
    _, index = np.unique((day + 3) // 7, return_inverse=True)
    known = np.isfinite(power)
    running = known & (np.nan_to_num(power) > 0.1 * float(np.quantile(power[known], 0.95)))
    count = int(index.max()) + 1
    low, middle, high, mean = (np.full(count, np.nan) for _ in range(4))
    order = np.argsort(index[running], kind="stable")
    parts = np.split(power[running][order], np.cumsum(np.bincount(index[running], minlength=count))[:-1])
    for week, part in enumerate(parts):  # a handful of weeks, not rows
        if len(part) >= WHOLE_WEEK:
            low[week], middle[week], high[week] = np.quantile(part, [0.1, 0.5, 0.9])
            mean[week] = part.mean()
    spread = np.divide(high - low, middle, out=np.full(count, np.nan), where=middle > 0)
    limit = assumption(ID, "constant_spread").central
    return Weeks(index, running, middle, mean, spread < limit, spread >= 2 * limit)


def _case(context: MeasureContext, fall: Fall, falls: tuple[Fall, ...], full: float, shown: bool) -> Case:
    power = power_of(context, fall.point)
    taken = fall.amount[:, 0] > 0
    share = 1.0 - float(np.nansum(fall.amount[taken, 0])) / max(float(np.nansum(power[taken])), 1e-9)
    how = (
        "den effekt pumpen dragit de veckor den varvtalsstyrdes"
        if shown
        else "kuben av det varvtal kylmaskinernas last kräver, där den är mätt, annars ett antaget medelvarvtal"
    )
    return Case(
        fall.point,
        falls,
        f"{context.name(fall.point)} drar {kw(full)} i stort sett oförändrat när den går. Varvtalsstyrd efter"
        f" temperaturskillnaden över isen behöver den i medeltal {kw(full * share)}.",
        f"Pumpens el de veckor den går med konstant effekt sänks till {how}. Pumpens arbete blir värme i köldbäraren:"
        " kompressorernas el för den räknas med, och saknad återvunnen värme dras av.",
        by_month(context, "Pumpens el att spara", fall.amount[:, 0], "kWh"),
        weekly(context, "kW", {"pumpens effekt": power, "behovet": power - fall.amount[:, 0]}, "line"),
        {"full_kw": full, "share": share},
        "hög" if shown else "medel",
    )
