"""What the store could have earned with only what was known the day before, day by day through the year.

Each day is planned at 13:00 the day before, when the day's spot prices are published. Known then: prices of the day,
every meter to the end of the day before that, and all of the year before. Not known: the day's heat need, electricity
and source; they are taken as the same weekday the week before, moved by how the last three whole days differ from those
a week earlier (persistence). What the season needs is learned from the year before alone: the cheapest operation of
that year, taken as one of many like it, gives for each date a content to aim at and the worth of a kWh in the store
(water value), and for each billed power an aim to stay below. The plan is then carried out against what really
happened; where the meter shows a power above its aim, more is drawn than planned.

Reference: Pereira, M. V. F. and Pinto, L. M. V. G. (1991), "Multi-stage stochastic optimization applied to energy
planning", Mathematical Programming 52, 359-375: the water value; here of one stage, learned from last year.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from energy.calendar import Instants, normal_time
from energy.model import Floats
from energy.storage.assumed import assumed
from energy.storage.optimum.dispatch import StoreYear
from energy.storage.optimum.plant import Level, Peak, Plant, Schedule, Side, charge_most, content_of
from energy.storage.optimum.programme import Solution, solve

__all__ = ["day_ahead"]

_DAY = 24
_WEEK = 7


Key = tuple[str, str, int, int]  # carrier of the meter, label of the power, its month, and which of those so called


@dataclass(frozen=True)
class _Guide:
    """What the year before teaches: by day of the year planned, content [kWh], water value [SEK/kWh]; by peak, kW."""

    content_kwh: Floats  # (days,)
    stored_sek_per_kwh: Floats  # (days,)
    aimed_kw: Sequence[Sequence[float]]  # by side and peak of the year planned, 0 where there was none


@dataclass(frozen=True)
class _Seen:
    """An hourly quantity of the year before and the year planned, after each other, and its forecast for the latter."""

    real: Floats
    forecast: Floats


def day_ahead(year: StoreYear, before: StoreYear, learned: Solution) -> Schedule:
    """Return the year planned day by day. `before` is the year before, `learned` its cheapest circular operation.

    Raises InsufficientData where a day cannot be planned at all.
    """
    guide = _guide(year, before, learned)
    plant, days = year.plant, len(year.plant.start_utc) // _DAY
    seen = [_seen(old.base_kwh, new.base_kwh) for old, new in zip(before.sides, year.sides, strict=True)]
    limits = _seen(before.plant.draw_kwh, plant.draw_kwh)
    no_source = np.zeros(len(plant.start_utc))
    source = None
    if plant.source_kwh is not None:
        old = before.plant.source_kwh
        source = _seen(np.zeros(len(before.plant.start_utc)) if old is None else old, plant.source_kwh)
    flows = [no_source.copy() for _ in range(3)]
    content = plant.start_kwh
    for day in range(days):
        at = slice(_DAY * day, _DAY * (day + 1))
        planned = _plan(year, guide, day, content, seen, limits, source, flows)
        more = _above_aim(year, guide, at, planned, flows)
        charge, draw, direct = _carried_out(_part(plant, at, content), planned, more)
        for whole, part in zip(flows, (charge, draw, direct), strict=True):
            whole[at] = part
        content = float(content_of(_part(plant, at, content), charge, draw)[-1])
    return Schedule(flows[0], flows[1], flows[2], content_of(plant, flows[0], flows[1]))


def _guide(year: StoreYear, before: StoreYear, learned: Solution) -> _Guide:
    days = len(year.plant.start_utc) // _DAY
    by_day = [
        _smooth(values.reshape(-1, _DAY)[:, -1], days)
        for values in (learned.schedule.content_kwh, learned.schedule.stored_sek_per_kwh)
    ]
    power = {
        key: peak.power_kw(side.load_kwh(learned.schedule))
        for side in before.sides
        for key, peak in zip(_keys(side, before.plant.start_utc), side.peaks, strict=True)
    }
    aimed = [[power.get(key, 0.0) for key in _keys(side, year.plant.start_utc)] for side in year.sides]
    share = year.plant.capacity_kwh / before.plant.capacity_kwh
    return _Guide(by_day[0] * share, by_day[1], aimed)


def _smooth(values: Floats, days: int) -> Floats:
    """Return the mean around each day (days,), the year taken as a circle; its last day repeats in a longer year."""
    half = int(assumed("ahead_smooth").central) // 2
    around, width = np.concatenate((values[-half:], values, values[:half])), 2 * half + 1
    mean = np.convolve(around, np.ones(width) / width, mode="valid")
    return np.concatenate((mean, np.repeat(mean[-1], max(0, days - len(mean)))))[:days]


def _month_of(peak: Peak, start_utc: Instants) -> int:
    """Return the calendar month a peak is of, 0 for one of several months."""
    months = np.unique(normal_time(start_utc[peak.item >= 0]).astype("datetime64[M]").astype(np.int64) % 12 + 1)
    return int(months[0]) if len(months) == 1 else 0


def _keys(side: Side, start_utc: Instants) -> list[Key]:
    """Return what tells each peak of a meter apart from every other of both meters, alike from year to year."""
    seen: Counter[tuple[str, int]] = Counter()
    found = []
    for peak in side.peaks:
        own = (peak.label, _month_of(peak, start_utc))
        found.append((side.carrier, *own, seen[own]))
        seen[own] += 1
    return found


def _seen(before: Floats, year: Floats) -> _Seen:
    """Return the quantity and its forecast: last week's day, moved by the change of the last whole days."""
    whole, compared = np.concatenate((before, year)), int(assumed("ahead_days").central)
    daily = whole.reshape(-1, _DAY).mean(axis=1)
    first = len(before) // _DAY
    last = np.arange(first, len(daily))
    recent = np.mean([daily[last - 1 - k] for k in range(1, compared + 1)], axis=0)  # the day before is not over yet
    earlier = np.mean([daily[last - 1 - k - _WEEK] for k in range(1, compared + 1)], axis=0)
    week_ago = whole.reshape(-1, _DAY)[last - _WEEK]
    forecast = np.maximum(week_ago + (recent - earlier)[:, None], 0.0)
    return _Seen(year, forecast.reshape(-1))


def _part(plant: Plant, at: slice, content: float) -> Plant:
    """Return the plant over some hours, with its content at their start and no demand on what is left."""
    source = None if plant.source_kwh is None else plant.source_kwh[at]
    return replace(
        plant, start_utc=plant.start_utc[at], start_kwh=min(max(content, 0.0), plant.capacity_kwh), end_kwh=0.0,
        charge_kwh=plant.charge_kwh[at], draw_kwh=plant.draw_kwh[at], source_kwh=source,
    )  # fmt: skip


def _plan(
    year: StoreYear, guide: _Guide, day: int, content: float, seen: Sequence[_Seen], limits: _Seen,
    source: _Seen | None, flows: Sequence[Floats],
) -> Schedule:  # fmt: skip
    """Return the day's plan, made from its forecasts."""
    at = slice(_DAY * day, _DAY * (day + 1))
    plant = replace(
        _part(year.plant, at, content),
        draw_kwh=limits.forecast[at],
        source_kwh=None if source is None else source.forecast[at],
    )
    done = Schedule(flows[0], flows[1], flows[2], np.zeros(0))
    sides = []
    for side, base, aimed in zip(year.sides, seen, guide.aimed_kw, strict=True):
        peaks = tuple(
            found
            for aim, peak in zip(aimed, side.peaks, strict=True)
            if (found := _today(peak, side, aim, at, done)) is not None
        )
        sides.append(
            replace(
                side,
                base_kwh=base.forecast[at],
                per_charge=side.per_charge[at],
                per_draw=side.per_draw[at],
                per_direct=side.of_direct[at],
                price_sek_per_kwh=side.price_sek_per_kwh[at],
                peaks=peaks,
            )
        )
    return solve(plant, sides, left=_left(guide, day, year.plant.capacity_kwh)).schedule


def _today(peak: Peak, side: Side, aimed: float, at: slice, done: Schedule) -> Peak | None:
    """Return a peak as one day sees it: what more the day may cost above what is reached or reckoned with already."""
    item = peak.item[at]
    if not (item >= 0).any():
        return None
    before = np.where(np.arange(len(peak.item)) < at.start, peak.item, -1)
    reached = 0.0
    if (before >= 0).any():
        values = replace(peak, item=before).values(side.load_kwh(done))
        known = np.sort(values[np.isfinite(values)])
        reached = float(known[-peak.n]) if len(known) >= peak.n else 0.0
    price = max(level.sek_per_kw for level in peak.levels) / peak.n
    today = np.where(item >= 0, 0 if peak.of_mean else np.cumsum(item >= 0) - 1, -1)
    return Peak(peak.label, today, 1, peak.of_mean, (Level(0.0, np.inf, 0.0, price),), max(reached, aimed))


def _left(guide: _Guide, day: int, capacity: float) -> list[tuple[float, float]]:
    """Return the worth of what is left at the end of the day, dearest piece first: more in an emptier store."""
    value, aim = float(guide.stored_sek_per_kwh[day]), float(guide.content_kwh[day])
    pieces = int(assumed("ahead_pieces").central)
    middle = (np.arange(pieces) + 0.5) / pieces * capacity
    worth = np.maximum(value * (1.0 + assumed("water_value_slope").central * (aim - middle) / capacity), 0.0)
    return [(capacity / pieces, float(one)) for one in worth]


def _above_aim(year: StoreYear, guide: _Guide, at: slice, planned: Schedule, flows: Sequence[Floats]) -> Floats:
    """Return what more to draw in each hour so that no power passes its aim: the plan met by what the meter shows."""
    more = np.zeros(_DAY)
    done = Schedule(flows[0], flows[1], flows[2], np.zeros(0))
    for side, aimed in zip(year.sides, guide.aimed_kw, strict=True):
        gives, straight = -side.per_draw[at], -side.of_direct[at]
        if not (gives > 0).any():
            continue  # drawing lowers no power of this meter
        load = side.base_kwh[at] + side.per_charge[at] * planned.charge_kwh
        load = load - gives * planned.draw_kwh - straight * planned.direct_kwh
        for aim, peak in zip(aimed, side.peaks, strict=True):
            today = _today(peak, side, aim, at, done)
            if today is not None:
                above = np.where(today.item >= 0, load - today.so_far_kw, 0.0)
                more = np.maximum(more, np.divide(above, gives, out=np.zeros(_DAY), where=(gives > 0) & (above > 0)))
    return more


def _carried_out(plant: Plant, planned: Schedule, more: Floats) -> tuple[Floats, Floats, Floats]:
    """Return (charge, draw, direct) of the plan as the day's real source, need and content let it happen.

    `more` (24,) is drawn beyond the plan where a power would pass its aim.
    """
    charge = np.minimum(planned.charge_kwh, charge_most(plant))
    direct = np.zeros(len(charge))
    if plant.source_kwh is not None:
        direct = np.minimum(planned.direct_kwh, np.minimum(plant.source_kwh - charge, plant.draw_kwh))
    draw = np.minimum(planned.draw_kwh + planned.direct_kwh - direct + more, plant.draw_kwh - direct)
    held = plant.start_kwh
    for hour in range(len(charge)):  # what can be drawn or put in depends on what the hours before left
        held *= 1.0 - plant.loss_per_hour
        draw[hour] = min(draw[hour], held + plant.charge_kept * charge[hour])
        charge[hour] = min(charge[hour], (plant.capacity_kwh - held + draw[hour]) / plant.charge_kept)
        held += plant.charge_kept * charge[hour] - draw[hour]
    return charge, draw, direct
