"""The gap between the operation that was and a better one, by cause, billed in sequence so that it sums exactly.

From the actual schedule to the better one in four steps, each billed: no running where it does not pay (S6), drawing
on the days that set the billed power (S2), charging as the better one does (S1), and the rest. Hours that would set the
billed power if nothing were drawn are no running that does not pay, whatever their energy is worth. A step that takes
energy out of the store pays for it at the worth of a stored kWh that day (the mean of the programme's duals, so that
what a full store or a full pump is worth in single hours is shared by what is put in and what is drawn), and one that
leaves more there is paid; what the store's bounds make of these in the end is in the rest, which closes the sum.

That worth is the last kWh's, in a store that the better operation has filled; the first that better charging brings are
worth more. So of the last step, which draws what there is, S1 has the part of the drawn energy that its charge has
brought.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from energy.assumption import Assumption
from energy.model import Band, Floats
from energy.storage.assumed import assumed
from energy.storage.optimum.dispatch import StoreYear, cost_of
from energy.storage.optimum.plant import Schedule

__all__ = ["Cause", "Gap", "band_of", "changes_of", "gap_of"]

Hours = npt.NDArray[np.bool_]
_DAY = 24


@dataclass(frozen=True)
class Cause:
    """One cause of the gap: its worth in draws (1 + k,) [SEK a year], what changes at the meters and in which hours."""

    code: str  # S1, S2, S6 or rest
    value_sek: Floats
    load_change_kwh: tuple[Floats, ...]  # (n,) at each side, in order of the year's sides
    hours: Hours  # (n,) where it changes anything
    stored_kwh: float  # what it leaves in the store, negative where it takes
    stored_sek: float  # of the central value, what no bill shows: the worth of what it leaves there [SEK a year]
    net_kwh: Floats  # (n,) what it leaves in the store hour by hour, negative where it takes


@dataclass(frozen=True)
class Gap:
    """The whole gap in draws (1 + k,) [SEK a year] and its causes, which sum to it in every draw."""

    total_sek: Floats
    causes: tuple[Cause, ...]

    def cause(self, code: str) -> Cause:
        """Return one cause."""
        return next(one for one in self.causes if one.code == code)


def gap_of(
    year: StoreYear, better: Schedule, stored_sek_per_kwh: Floats, left_sek: float, draws: int, seed: int
) -> Gap:
    """Return the gap from the actual operation to `better`; `left_sek` is what better leaves in the store is worth.

    Draws: the coefficient of performance, the store's losses and the availability of the source as assumed. They move
    what better does differently, not what was metered. Raises InsufficientData where a bill is unknown.
    """
    spread, stored_sek_per_kwh = _spread(year, draws, seed), _by_day(stored_sek_per_kwh)
    steps = [year.observed.actual, *_steps(year, better, stored_sek_per_kwh)]
    costs = [_cost(year, step, spread) for step in steps]
    net = [year.plant.charge_kept * step.charge_kwh - step.draw_kwh for step in steps]
    total = costs[0] - costs[-1] + left_sek * spread.moved
    brought = _brought(net[-2] - net[-3], net[-2] - net[-1])
    causes, known, priced = [], np.zeros(1 + draws), np.zeros(1 + draws)
    for number, code in enumerate(("S6", "S2", "S1"), start=1):
        stored = net[number] - net[number - 1]
        worth = float(stored_sek_per_kwh @ stored) * spread.moved
        value = costs[number - 1] - costs[number] + worth
        known, priced = known + value, priced + worth
        found = _cause(year, code, value, steps[number - 1], steps[number], stored)
        causes.append(replace(found, stored_sek=float(worth[0])))
    rest = _cause(year, "rest", total - known, steps[-2], steps[-1], net[-1] - net[-2])
    rest = replace(rest, stored_sek=float((left_sek * spread.moved - priced)[0]))
    causes[-1] = _with_part(causes[-1], rest, brought)
    return Gap(total, (*causes, _part(rest, 1.0 - brought)))


def changes_of(year: StoreYear, better: Schedule, stored_sek_per_kwh: Floats) -> dict[str, tuple[Floats, ...]]:
    """Return what each cause of the gap (S6, S2, S1, rest) changes at the year's sides, (n,) each [kWh], unbilled."""
    steps = [year.observed.actual, *_steps(year, better, _by_day(stored_sek_per_kwh))]
    net = [year.plant.charge_kept * step.charge_kwh - step.draw_kwh for step in steps]
    brought = _brought(net[-2] - net[-3], net[-2] - net[-1])
    loads = [[side.load_kwh(step) for side in year.sides] for step in steps]
    moved = [[b - a for a, b in zip(was, now, strict=True)] for was, now in itertools.pairwise(loads)]
    moved[2] = [own + brought * last for own, last in zip(moved[2], moved[3], strict=True)]
    moved[3] = [(1.0 - brought) * last for last in moved[3]]
    return {code: tuple(change) for code, change in zip(("S6", "S2", "S1", "rest"), moved, strict=True)}


def _brought(charged_kwh: Floats, drawn_kwh: Floats) -> float:
    """Return the share of what is drawn more (n,) that more charge (n,) has brought, 0-1."""
    drawn = float(drawn_kwh.sum())
    return float(np.clip(charged_kwh.sum() / drawn, 0.0, 1.0)) if drawn > 0 else 0.0


def _part(of: Cause, share: float) -> Cause:
    changed = tuple(share * change for change in of.load_change_kwh)
    hours = of.hours if share > 0 else np.zeros_like(of.hours)
    return replace(of, value_sek=share * of.value_sek, load_change_kwh=changed, hours=hours,
                   stored_kwh=share * of.stored_kwh, stored_sek=share * of.stored_sek,
                   net_kwh=share * of.net_kwh)  # fmt: skip


def _with_part(one: Cause, other: Cause, share: float) -> Cause:
    part = _part(other, share)
    changed = tuple(a + b for a, b in zip(one.load_change_kwh, part.load_change_kwh, strict=True))
    return replace(one, value_sek=one.value_sek + part.value_sek, load_change_kwh=changed,
                   hours=one.hours | part.hours, stored_kwh=one.stored_kwh + part.stored_kwh,
                   stored_sek=one.stored_sek + part.stored_sek, net_kwh=one.net_kwh + part.net_kwh)  # fmt: skip


def _by_day(values: Floats) -> Floats:
    """Return the mean of each day and night in all its hours (n,), n whole days."""
    return np.repeat(values.reshape(-1, _DAY).mean(axis=1), _DAY)


def band_of(values: Floats) -> Band:
    """Return column 0 with the 5th and 95th percentiles of the draws, widened to hold it.

    The spans behind the draws lie around what the programme reckons with.
    """
    level = assumed("band_level").central
    low, high = np.quantile(values[1:] if len(values) > 1 else values, [(1 - level) / 2, (1 + level) / 2])
    central = float(values[0])
    return Band(central, min(central, float(low)), max(central, float(high)), level)


def _cause(year: StoreYear, code: str, value: Floats, before: Schedule, after: Schedule, stored: Floats) -> Cause:
    changed = tuple(side.load_kwh(after) - side.load_kwh(before) for side in year.sides)
    moved = np.abs(after.charge_kwh - before.charge_kwh) + np.abs(after.out_kwh - before.out_kwh)
    return Cause(code, value, changed, moved > 1e-6, float(stored.sum()), 0.0, stored)


def _steps(year: StoreYear, better: Schedule, stored: Floats) -> list[Schedule]:
    """Return the schedule after each step; the last is `better`."""
    actual = year.observed.actual
    gain, straight = np.zeros(len(stored)), np.zeros(len(stored))  # of one kWh drawn, of one taken directly [SEK]
    for side in year.sides:
        gain = gain - side.price_sek_per_kwh * side.per_draw
        straight = straight - side.price_sek_per_kwh * side.of_direct
    first = replace(
        actual,
        draw_kwh=np.where(gain < stored, np.minimum(actual.draw_kwh, better.draw_kwh), actual.draw_kwh),
        direct_kwh=np.where(straight < 0, np.minimum(actual.direct_kwh, better.direct_kwh), actual.direct_kwh),
    )
    needed = peak_hours(year, first, better)
    first = replace(
        first,
        draw_kwh=np.where(needed, actual.draw_kwh, first.draw_kwh),
        direct_kwh=np.where(needed, actual.direct_kwh, first.direct_kwh),
    )
    peak = peak_hours(year, first, better)
    second = replace(
        first,
        draw_kwh=np.where(peak, better.draw_kwh, first.draw_kwh),
        direct_kwh=np.where(peak, better.direct_kwh, first.direct_kwh),
    )
    return [first, second, replace(second, charge_kwh=better.charge_kwh), better]


def peak_hours(year: StoreYear, now: Schedule, better: Schedule) -> Hours:
    """Return the hours of the items (days, hours) whose power passes what the better operation is billed for."""
    found = np.zeros(len(now.charge_kwh), np.bool_)
    for side in year.sides:
        load = side.load_kwh(now)
        if not side.per_draw.any() or (side.per_draw > 0).all():
            continue  # drawing makes this meter's power higher, not lower
        for peak in side.peaks:
            values, most = np.nan_to_num(peak.values(load), nan=-np.inf), peak.power_kw(side.load_kwh(better))
            above = values > most + 1e-6
            found |= (peak.item >= 0) & above[np.maximum(peak.item, 0)]
    return found


@dataclass(frozen=True)
class _Spread:
    """Factors (1 + draws,) on what is moved and, of what is moved, on the electricity of each flow; 1 first."""

    moved: Floats
    charge: Floats
    draw: Floats
    direct: Floats


def _spread(year: StoreYear, draws: int, seed: int) -> _Spread:
    rng = np.random.default_rng([seed, zlib.crc32(year.observed.store.id.encode())])
    kept, available, cop = (
        _triangle(assumed(name), draws, rng) for name in ("kept_uncertainty", "availability", "cop_uncertainty")
    )
    actual, ratio = year.observed.actual, year.observed.stored_ratio
    drawn, direct = float(actual.draw_kwh.sum()), float(actual.direct_kwh.sum())
    stored = drawn / (drawn + direct) if drawn + direct > 0 else 1.0
    # the programme reckons with the middle of what is available, so only what differs from it is doubt
    available = available / available[0] if year.observed.store.source else np.ones(1 + draws)
    moved = available * (1.0 + stored * (kept - 1.0))
    one = np.ones(1 + draws)
    dearer = one if not np.isfinite(year.observed.cop).any() else 1.0 / cop
    # together they take what the meter shows, however it is shared between heat out of the store and straight past it
    times = one if ratio.low == ratio.high else np.concatenate(
        ([ratio.value], rng.triangular(ratio.low, ratio.value, ratio.high, draws))
    )  # fmt: skip
    past = (times[0] * drawn + direct) / (times * drawn + direct) if drawn + direct > 0 else one
    return _Spread(moved, dearer, dearer * past * times / times[0], dearer * past)


def _triangle(found: Assumption, draws: int, rng: np.random.Generator) -> Floats:
    if found.low == found.high:
        return np.full(1 + draws, found.central)
    return np.concatenate(([found.central], rng.triangular(found.low, found.central, found.high, draws)))


def _cost(year: StoreYear, schedule: Schedule, spread: _Spread) -> Floats:
    """Return the bill of a schedule in every draw (1 + k,) [SEK]."""
    actual = year.observed.actual
    loads: list[Floats] = []
    for side in year.sides:
        takes = side.carrier == "electricity" and bool((side.per_draw > 0).any() or (side.of_direct > 0).any())
        change = np.zeros((len(side.base_kwh), len(spread.moved)))
        for per, after, before, dearer in (
            (side.per_charge, schedule.charge_kwh, actual.charge_kwh, spread.charge),
            (side.per_draw, schedule.draw_kwh, actual.draw_kwh, spread.draw),
            (side.of_direct, schedule.direct_kwh, actual.direct_kwh, spread.direct),
        ):
            change += (per * (after - before))[:, None] * (spread.moved * (dearer if takes else 1.0))[None, :]
        loads.append(np.maximum(side.load_kwh(actual)[:, None] + change, 0.0))
    return np.broadcast_to(cost_of(year, loads), (len(spread.moved),))


def hours_by_month(year: StoreYear, hours: Hours, values: Sequence[Floats]) -> Floats:
    """Return (12, m) the sum of each of m hourly values over the hours of each month."""
    at = year.plant.start_utc + np.timedelta64(3600, "s")
    month = at.astype("datetime64[M]").astype(np.int64)
    number = month - month[0]
    return np.stack([np.bincount(number[hours], v[hours], 12)[:12].astype(np.float64) for v in values], axis=1)
