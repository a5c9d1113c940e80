"""A few hours, when several things run at once, set the power that electricity is billed for each month.

Signal: on a few days a month an hour stands above what is ordinary, in either of two ways: above both hours beside it
by more than the highest hours of other days do, or above the highest hours of the days round it (of working days and of
free days apart, so that a season that begins in the month is no peak). The remedy tried is to pour what lies above over
the other hours of the same day: resurfacing, compressor start, sauna and heat pump in turn. Not for a level that many
days reach: that is a need.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import numpy as np

from energy.calendar import add_months
from energy.errors import TariffError
from energy.measures.assumptions import assumption
from energy.measures.base import About, EvidenceRow, MeasureContext, MeasureFinding, Silent, State
from energy.measures.shared.bands import band, band_text, confidence, generator, not_worth_telling, triangle
from energy.measures.shared.days import Days, kw, running_median, sv
from energy.measures.shared.moving import poured
from energy.measures.shared.pictures import by_month
from energy.measures.shared.valuation import Difference, another_year, bill_of, difference
from energy.model import Band, Floats, Load

__all__ = ["ABOUT", "ID", "TITLE", "assess", "flatten"]

ID = "monthly_power_peaks"
TITLE = "Enstaka timmar sätter elens effektavgift"
ABOUT = About(
    code="T5",
    needs="elens timvärden, avtal med effektavgift; undermätare för att se vad som sammanföll",
    cost_class="låg",
    difficulty="medel",
    actor="driftteknikern",
    verification="månadens högsta timme mot medianen av dygnens högsta timmar",
    reference="monthly peak hour as billing determinant: price lists of Swedish grids, 40-60 kr/kW and month",
)
SHOWN = 12
LEAST_DAYS = 20  # whole days of a month, to say what is ordinary in it
TO_SIGMA = 1.4826  # median absolute deviation -> standard deviation, normal errors


@dataclass(frozen=True)
class Peaks:
    """The load with its few high hours poured over their days, (n, 1 + draws), and what they were."""

    load: Load
    days: Days
    moved: Floats  # (d,) what leaves each day's top in the central case [kWh]
    allowed_kw: Floats  # (d,) what the day's highest hour would have been, central case


def assess(context: MeasureContext) -> Sequence[MeasureFinding | Silent]:
    """Return one finding per electricity main whose monthly peaks are set by few hours that can be spread."""
    points = context.mains("electricity")
    if not points:
        return [Silent(ID, "saknar data: ingen elmätare med avtal.")]
    return [_assess(context, point) for point in points]


def _assess(context: MeasureContext, point: str) -> MeasureFinding | Silent:
    load = context.loads[point]
    peaks = flatten(context, load)
    if not (peaks.moved > 0).any():
        return Silent(ID, "ingen timme ligger över vad dygnens egna högsta timmar förklarar.", point)
    try:
        now, changed = bill_of(context, load), bill_of(context, peaks.load)
    except TariffError as error:
        return Silent(ID, f"kan inte prissättas: {error}", point)
    if not any(one.component in ("demand", "overrun") for one in now):
        return Silent(ID, "prislistan har ingen effektdel.", point)
    result = difference(now, changed)
    before, after = _monthly(context, load), _monthly(context, peaks.load)
    gap = assumption(ID, "gap").central
    reason = result.reason("demand")
    if reason is None and not np.nansum(before) > (1.0 + gap) * np.nansum(after):
        reason = f"månadernas högsta timmar ligger inte {sv(100 * gap)} % över dygnens vanliga."
    value = band(another_year(now, changed, generator(context.seed, ID, "months", point)))
    reason = reason or not_worth_telling(value)
    return Silent(ID, reason, point) if reason else _finding(context, point, peaks, result, value, before, after)


def flatten(context: MeasureContext, load: Load) -> Peaks:
    """Return the load with the few hours above the ordinary poured over the other hours of their days.

    The months valued and the twelve before, since some lists settle a power on last winter's months. A share of what
    lies above is left, since not every coincidence is avoided.
    """
    days = Days.of(context.start_utc)
    rng = generator(context.seed, ID, context.facility, load.metering_point)
    reach = triangle(assumption(ID, "reachable"), context.draws, rng)
    few = int(assumption(ID, "few_days").central)
    energy = np.repeat(load.energy_kwh, 1 + context.draws, axis=1)
    view, hours = days.split(energy), days.split(load.energy_kwh)[:, :, 0]
    top = hours.max(axis=1)  # NaN where an hour is unknown: such a day is left as it is
    moved, limit = np.zeros(len(top)), np.full(len(top), np.nan)
    ordinary = _ordinary(context, days, load, rng)
    for month in [add_months(context.first_valued(), back) for back in range(-12, 12)]:
        here = np.flatnonzero(days.between(month, add_months(month, 1)) & np.isfinite(top))
        if len(here) < LEAST_DAYS:
            continue
        for day in here[np.argsort(-top[here], kind="stable")[:few]]:
            cut = np.minimum(view[day], ordinary[day])
            limit[day] = cut[:, 0].max()
            cut = view[day] - reach * (view[day] - cut)
            off = (view[day] - cut).sum(axis=0)
            view[day] = poured(cut, off)
            moved[day] = off[0]
    return Peaks(replace(load, energy_kwh=energy), days, moved, limit)


def _ordinary(context: MeasureContext, days: Days, load: Load, rng: np.random.Generator) -> Floats:
    """Return (d, 24, 1 + draws) what each hour would ordinarily have been; infinite where it is ordinary [kW].

    An hour that stands out from those beside it falls to the higher of them and what the top of a day ordinarily lies
    above it; one that stands out from other days' tops falls to what the highest of a month's tops ordinarily reaches.
    """
    allowance = triangle(assumption(ID, "allowance"), context.draws, rng)
    hours = days.split(load.energy_kwh)[:, :, 0]
    flat = load.energy_kwh[:, 0]
    beside = days.split(np.fmax(np.concatenate((flat[:1], flat[:-1])), np.concatenate((flat[1:], flat[-1:]))))
    above, top = hours - beside, hours.max(axis=1)
    at_top = np.take_along_axis(above, np.nan_to_num(hours, nan=-np.inf).argmax(axis=1)[:, None], axis=1)[:, 0]
    usual, spread = _middle(at_top)
    level, scatter = _tops(days, top)
    chance, highest = _chance(days, context.draws, rng)
    alone = above[:, :, None] > usual + allowance * spread
    to_beside = beside[:, :, None] + (usual + spread * chance)[:, None, :]
    out = hours[:, :, None] > (level[:, None] + scatter[:, None] * allowance)[:, None, :]
    to_tops = (level[:, None] + scatter[:, None] * highest)[:, None, :]
    found: Floats = np.fmin(np.where(alone, to_beside, np.inf), np.where(out, to_tops, np.inf))
    return found


def _chance(days: Days, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return (d, 1 + draws) a day's own chance, and that of the highest day of its month [standard deviations].

    In column 0 what is expected: nothing, and the mean of the highest of so many normal days as a month has.
    """
    drawn = rng.standard_normal((len(days.day), max(draws, LEAST_DAYS)))
    _, index = np.unique(days.day.astype("datetime64[M]"), return_inverse=True)
    highest = np.array([drawn[index == month].max(axis=0) for month in range(int(index[-1]) + 1)])
    expected = np.full((len(drawn), 1), assumption(ID, "highest").central)
    chance = np.concatenate((np.zeros((len(drawn), 1)), drawn[:, :draws]), axis=1)
    return chance, np.concatenate((expected, highest[index][:, :draws]), axis=1)


def _middle(values: Floats) -> tuple[float, float]:
    """Return the median and the robust spread of the known values."""
    known = values[np.isfinite(values)]
    if not len(known):
        return float("nan"), float("nan")
    middle = float(np.median(known))
    return middle, TO_SIGMA * float(np.median(np.abs(known - middle)))


def _tops(days: Days, top: Floats) -> tuple[Floats, Floats]:
    """Return (d,) the median highest hour of the days of the same kind round each day, and their robust spread [kW].

    NaN where unknown; working days and free days apart.
    """
    free = (days.day.astype(np.int64) + 3) % 7 >= 5
    level, spread = (np.full(len(top), np.nan) for _ in range(2))
    near, wide = (round(assumption(ID, name).central) for name in ("level_days", "scatter_days"))
    for kind in (free, ~free):
        here = np.flatnonzero(kind & np.isfinite(top))
        if len(here) > 2 * wide:
            level[here] = running_median(top[here], near)
            spread[here] = TO_SIGMA * running_median(np.abs(top[here] - level[here]), wide)
    return level, spread


def _effect(context: MeasureContext, point: str, state: State) -> State:
    """Return the state with the point's peaks of the moment flattened, central case."""
    found = flatten(replace(context, loads=state.loads, draws=0), state.loads[point])
    return replace(state, loads={**state.loads, point: found.load})


def _monthly(context: MeasureContext, load: Load) -> list[float]:
    """Return the highest hour of each month valued [kW], central case."""
    days = Days.of(context.start_utc)
    hours = days.split(load.energy_kwh)[:, :, 0]
    spans = [days.between(month, add_months(month, 1)) for month in context.months]
    return [float(np.nanmax(hours[here])) if np.isfinite(hours[here]).any() else float("nan") for here in spans]


def _finding(
    context: MeasureContext, point: str, peaks: Peaks, result: Difference, value: Band, before: Sequence[float],
    after: Sequence[float],
) -> MeasureFinding:  # fmt: skip
    evidence = _evidence(context, point, peaks)
    lower = float(np.nanmean(np.array(before) - np.array(after)))
    return MeasureFinding(
        measure_id=ID,
        key=f"measure:{context.facility}:{ID}:{point}",
        facility=context.facility,
        title=TITLE,
        description=(
            f"{context.name(point)} når sina månadstoppar under enstaka timmar; utan dem hade toppen varit i medeltal"
            f" {kw(lower)} lägre. Se i underlaget vad som gick samtidigt och låt det gå efter varandra: isläggning,"
            " start av kylmaskiner, bastu och värmepump."
        ),
        saving_sek_per_year=value,
        saving_kwh_per_year=0.0,
        confidence=confidence(value, "medel"),
        method=(
            f"Elräkningen har körts om med {sv(100 * assumption(ID, 'reachable').central)} % av det som ligger över det"
            " vanliga (timmarna bredvid och dygnens toppar runt omkring) utspritt på samma dygns övriga timmar, högst"
            f" {sv(assumption(ID, 'few_days').central)} dygn per månad. {result.text()} {band_text('månaderna')}"
        ),
        evidence=evidence,
        metering_point=point,
        parameters={"lower_peak_kw": lower, "reachable": assumption(ID, "reachable").central},
        effect=partial(_effect, context, point),
        picture=by_month(context, "Månadens högsta timme (kW)", {"Nu": before, "Utan enstaka toppar": after}),
    )


def _evidence(context: MeasureContext, point: str, peaks: Peaks) -> tuple[EvidenceRow, ...]:
    """Return the highest hours that set the months valued, with the sub-meter that lay most above its usual."""
    days = peaks.days
    hours = days.split(context.loads[point].energy_kwh)[:, :, 0]
    shown = np.flatnonzero((peaks.moved > 0) & days.between(context.first_valued(), context.end_valued()))
    rows = []
    for day in shown[np.argsort(-peaks.moved[shown], kind="stable")][:SHOWN]:
        hour = int(np.argmax(hours[day]))
        at: date = days.day[day].item()
        note = f"vanligt högst {kw(float(peaks.allowed_kw[day]))}{_coincident(context, point, days, int(day), hour)}"
        rows.append(
            EvidenceRow("Timme över det vanliga", f"{at} kl. {hour:02d}–{hour + 1:02d} normaltid",
                        float(hours[day, hour]), "kW", note)
        )  # fmt: skip
    return tuple(rows)


def _coincident(context: MeasureContext, point: str, days: Days, day: int, hour: int) -> str:
    """Return which sub-meter lay most above its usual at that hour of the day; "" where none tells."""
    near = slice(max(0, day - 14), day + 15)
    best, most = "", 0.0
    for child, parent in context.parents.items():
        if parent != point or child not in context.loads:
            continue
        own = days.split(context.loads[child].energy_kwh)[:, hour, 0]
        over = float(own[day] - np.nanmedian(own[near])) if np.isfinite(own[near]).any() else float("nan")
        if over > most:
            best, most = f"; {context.name(child)} {kw(over)} över sitt vanliga", over
    return best
