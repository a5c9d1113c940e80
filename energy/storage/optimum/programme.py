"""The cheapest operation of a store: a linear programme over all hours at once, solved with HiGHS.

    min   Σ_t p_t·load_t  +  Σ_peaks π·P  -  value of what is left
    S_t = (1 - loss)·S_(t-1) + kept·c_t - x_t,   0 ≤ S_t ≤ capacity,   S_n ≥ what shall be left
    c_t + d_t ≤ source_t,   x_t + d_t ≤ what can be drawn,   c_t ≤ what can be put in

A billed power that is the mean of the n highest of some days (or hours, or months) is P = τ + (1/n)·Σ u_i with
u_i ≥ v_i - τ, u_i ≥ 0: the mean of the n largest is the smallest such sum, so the programme finds it by itself. The
form is that of the conditional value at risk: Rockafellar, R. T. and Uryasev, S. (2000), "Optimization of conditional
value-at-risk", Journal of Risk 2(3), 21-41, theorem 1. Solver: Huangfu, Q. and Hall, J. A. J. (2018), "Parallelizing
the dual revised simplex method", Mathematical Programming Computation 10, 119-142 (highs.dev).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from energy.errors import InsufficientData
from energy.model import Floats
from energy.storage.optimum.matrix import Columns, Ints, Rows
from energy.storage.optimum.plant import SLACK_KWH, Level, Peak, Plant, Schedule, Side, charge_most, checked, content_of
from energy.swedish import sv

__all__ = ["Solution", "solve"]

_DAY = 24
_MANY_DAYS = 10  # of the greatest flow, that a store holds before its content is bounded day by day first
_ROUNDS = 4


@dataclass(frozen=True)
class Solution:
    """The schedule found and the programme's own cost [SEK]."""

    schedule: Schedule
    cost_sek: float


def solve(
    plant: Plant,
    sides: Sequence[Side],
    levels: Sequence[Sequence[Level]] | None = None,
    left: Sequence[tuple[float, float]] = (),
    *,
    circular: bool = False,
) -> Solution:
    """Return the cheapest schedule of the plant.

    `levels`: for each side, the stretch of each of its peaks' prices; the power is kept at or below its end. Without
    it the stretch of the load without a store. `left`: pieces (kWh, SEK/kWh), dearest first, that value the content
    after the last hour; without it only `plant.end_kwh` binds. `circular`: the span begins with what it ends with,
    whatever that is, as one of many like it. Raises InsufficientData where nothing is feasible.

    A store that holds many days of flow is first solved with its content bounded at the end of each day only, then
    also in every hour of the days where it left its bounds, until it leaves them nowhere. The cheapest of a wider
    choice that keeps the bounds is the cheapest of all.
    """
    plant = checked(plant)
    chosen = levels or [[peak.level_at(peak.power_kw(side.base_kwh)) for peak in side.peaks] for side in sides]
    hours = np.arange(len(plant.start_utc))
    ends = hours[_DAY - 1 :: _DAY] if _holds_days(plant) else hours
    for _ in range(_ROUNDS):
        found = _solve(plant, sides, chosen, left, ends, circular)
        content = found.schedule.content_kwh
        outside = (content < -SLACK_KWH) | (content > plant.capacity_kwh + SLACK_KWH)
        if not outside.any():
            return found
        ends = np.union1d(ends, hours[np.isin(hours // _DAY, hours[outside] // _DAY)])
    return _solve(plant, sides, chosen, left, hours, circular)


def _holds_days(plant: Plant) -> bool:
    most = float(max(charge_most(plant).max(initial=0.0), plant.draw_kwh.max(initial=0.0)))
    whole = len(plant.start_utc) % _DAY == 0 and len(plant.start_utc) > _DAY
    return whole and plant.capacity_kwh > _MANY_DAYS * _DAY * most


def _solve(
    plant: Plant,
    sides: Sequence[Side],
    levels: Sequence[Sequence[Level]],
    left: Sequence[tuple[float, float]],
    ends: Ints,
    circular: bool,
) -> Solution:
    """Return the cheapest schedule with the content bounded after the hours `ends`, the last one included."""
    from energy.storage.optimum import solver  # heavy, and most commands never solve anything

    columns, rows = Columns(), Rows()
    plant = replace(plant, start_kwh=0.0, end_kwh=0.0) if circular else plant
    charge, draw, direct, content = _flows(plant, sides, columns, len(ends))
    balance = _balance(plant, rows, (charge, draw, content), ends)
    if circular:
        first = float(np.power(1.0 - plant.loss_per_hour, float(ends[0] + 1)))
        rows.put(balance[:1], content[-1:], -first)
    _limits(plant, rows, charge, draw, direct)
    fixed = 0.0
    for side, stretches in zip(sides, levels, strict=True):
        fixed += float(side.price_sek_per_kwh @ side.base_kwh)
        for peak, level in zip(side.peaks, stretches, strict=True):
            fixed += level.fixed_sek
            _peak(plant, side, peak, level, columns, rows, (charge, draw, direct))
    if left:
        kept = columns.add(-np.array([value for _, value in left]), np.array([kwh for kwh, _ in left]))
        row = rows.add(np.zeros(1), np.full(1, np.inf))
        rows.put(row, content[-1:], 1.0)
        rows.put(np.repeat(row, len(kept)), kept, -1.0)
    values, duals, cost = solver.cheapest(columns, rows)
    put_in, out, past = (np.maximum(values[part], 0.0) for part in (charge, draw, direct))
    past = past if len(past) else np.zeros(len(charge))
    plant = replace(plant, start_kwh=float(values[content[-1]])) if circular else plant
    stored = -duals[balance][_piece(ends, len(charge))] * _remaining(plant, ends, len(charge))
    return Solution(Schedule(put_in, out, past, content_of(plant, put_in, out), stored), cost + fixed)


def _piece(ends: Ints, n: int) -> Ints:
    """Return which of the pieces that end after the hours `ends` each hour lies in (n,)."""
    return np.searchsorted(ends, np.arange(n))


def _remaining(plant: Plant, ends: Ints, n: int) -> Floats:
    """Return the share of what is there after each hour that is left at the end of its piece (n,)."""
    hours = (ends[_piece(ends, n)] - np.arange(n)).astype(np.float64)
    found: Floats = np.power(1.0 - plant.loss_per_hour, hours)
    return found


def _flows(plant: Plant, sides: Sequence[Side], columns: Columns, count: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Return the columns of charge, draw, direct draw and content."""
    n = len(plant.start_utc)
    per_charge: Floats = sum((side.price_sek_per_kwh * side.per_charge for side in sides), start=np.zeros(n))
    per_draw: Floats = sum((side.price_sek_per_kwh * side.per_draw for side in sides), start=np.zeros(n))
    charge = columns.add(per_charge, charge_most(plant))
    draw = columns.add(per_draw, plant.draw_kwh)
    direct = np.zeros(0, np.int64)
    if plant.direct and plant.source_kwh is not None:
        per_direct: Floats = sum((side.price_sek_per_kwh * side.of_direct for side in sides), start=np.zeros(n))
        direct = columns.add(per_direct, np.minimum(plant.draw_kwh, plant.source_kwh))
    least = np.zeros(count)
    least[-1] = min(max(plant.end_kwh, 0.0), plant.capacity_kwh)
    content = columns.add(np.zeros(count), plant.capacity_kwh, least)
    return charge, draw, direct, content


def _balance(plant: Plant, rows: Rows, flows: tuple[Ints, Ints, Ints], ends: Ints) -> Ints:
    """Add S = (1 - loss)^hours · S before + Σ what is left of each hour's charge and draw; return its rows."""
    charge, draw, content = flows
    keep = np.power(1.0 - plant.loss_per_hour, np.diff(ends, prepend=-1).astype(np.float64))
    start = np.zeros(len(content))
    start[0] = keep[0] * plant.start_kwh
    balance = rows.add(start, start)
    of_hour, remaining = balance[_piece(ends, len(charge))], _remaining(plant, ends, len(charge))
    rows.put(balance, content, 1.0)
    rows.put(balance[1:], content[:-1], -keep[1:])
    rows.put(of_hour, charge, -plant.charge_kept * remaining)
    rows.put(of_hour, draw, remaining)
    return balance


def _limits(plant: Plant, rows: Rows, charge: Ints, draw: Ints, direct: Ints) -> None:
    if not len(direct):
        return
    assert plant.source_kwh is not None
    some = np.flatnonzero(plant.source_kwh > 0)
    for first, most in ((charge, plant.source_kwh), (draw, plant.draw_kwh)):
        row = rows.add(np.full(len(some), -np.inf), most[some])
        rows.put(row, first[some], 1.0)
        rows.put(row, direct[some], 1.0)


def _peak(
    plant: Plant, side: Side, peak: Peak, level: Level, columns: Columns, rows: Rows, flows: tuple[Ints, Ints, Ints]
) -> None:
    """Add the billed power of a peak: τ, what lies above it, and the rows that hold it up."""
    charge_kwh, draw_kwh = charge_most(plant), plant.draw_kwh
    high, low = np.maximum(side.per_draw, side.of_direct), np.minimum(side.per_draw, side.of_direct)
    most = side.base_kwh + np.maximum(side.per_charge, 0) * charge_kwh + np.maximum(high, 0) * draw_kwh
    least = side.base_kwh + np.minimum(side.per_charge, 0) * charge_kwh + np.minimum(low, 0) * draw_kwh
    lowest = np.sort(peak.values(least)[np.isfinite(peak.values(least))])
    if len(lowest) < peak.n:
        return
    # τ of the optimum is the n-th highest item, so never below this; items that cannot pass it need no row
    floor = max(float(lowest[-peak.n]), peak.so_far_kw)
    if lowest[-peak.n :].mean() > level.to_kw + 1e-6:
        raise InsufficientData(
            f"kan inte bedömas: {peak.label.lower()} kan inte hållas under {sv(level.to_kw)} kW med detta lager"
        )
    power = columns.add(np.array([level.sek_per_kw]), low=floor)
    items = np.flatnonzero(np.nan_to_num(peak.values(most), nan=-np.inf) > floor)
    above = columns.add(np.full(len(items), level.sek_per_kw / peak.n)) if peak.n > 1 else None
    if np.isfinite(level.to_kw):
        row = rows.add(np.full(1, -np.inf), np.full(1, level.to_kw))
        rows.put(row, power, 1.0)
        if above is not None:
            rows.put(np.repeat(row, len(items)), above, 1.0 / peak.n)
    at = np.full(int(peak.item.max(initial=-1)) + 1, -1)
    at[items] = np.arange(len(items))
    hours = np.flatnonzero(peak.item >= 0)
    hours = hours[at[peak.item[hours]] >= 0]
    if not peak.of_mean:
        hours = hours[most[hours] > floor]
    _hold_up(side, peak, rows, flows, (hours, at[peak.item[hours]], len(items)), (power, above))


def _hold_up(
    side: Side, peak: Peak, rows: Rows, flows: tuple[Ints, Ints, Ints], where: tuple[Ints, Ints, int],
    power: tuple[Ints, Ints | None],
) -> None:  # fmt: skip
    """Add τ + u_i ≥ v_i: one row per item where its power is a mean, one per hour where it is the highest hour."""
    (hours, item, count), (level, above) = where, power
    if peak.of_mean:
        share = 1.0 / np.bincount(item, minlength=count)[item].astype(np.float64)
        held = np.bincount(item, side.base_kwh[hours] * share, count).astype(np.float64)
        row, of_item = rows.add(held, np.full(count, np.inf)), np.arange(count)
        row_of_hour = row[item]
    else:
        share = np.ones(len(hours))
        row = rows.add(side.base_kwh[hours], np.full(len(hours), np.inf))
        row_of_hour, of_item = row, item
    rows.put(row, np.repeat(level, len(row)), 1.0)
    if above is not None:
        rows.put(row, above[of_item], 1.0)
    charge, draw, direct = flows
    for columns, per in ((charge, side.per_charge), (draw, side.per_draw), (direct, side.of_direct)):
        if len(columns):
            moved = per[hours] != 0
            rows.put(row_of_hour[moved], columns[hours[moved]], -(per[hours] * share)[moved])
