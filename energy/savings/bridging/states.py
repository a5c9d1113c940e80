"""The loads of a bridge: what would have been metered with some causes of one period and the others of another.

A load begins as a period's own days: its weather with what was metered then. The other causes are changes of it:

    operations   the model's expectation with the other calendar, and what the event ledger took out
    project      from the counterfactual to the meter. In another period's weather: the mean effect by hour of day and
                 temperature, and how it varied about that, less the part of the variation that is the building's own
    unexplained  the level of the residual (counterfactual less expectation), by block of four weeks and hour of day

So every load has the noise of one meter: two periods' noise added would make the peaks too high, a mean effect alone
too low. Parts lie on their own period's hours and are moved (see `moving`); with all causes of one period, on its own
hours, the load is the metered one. A composed load stays `possible`: not negative, flow and temperatures as metered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from energy.calendar import Instants, civil_time
from energy.model import Floats, Load
from energy.savings.bands.randoms import Seeds
from energy.savings.bands.uncertainty import draws
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.frozen import Baseline
from energy.savings.bridging.moving import LAG_H, Hours, Rows, moved_drivers, take
from energy.savings.bridging.possible import Limits, possible
from energy.savings.bridging.shapley import State
from energy.savings.saved.counterfactual import Counterfactual
from energy.savings.saved.loads import QUANTITIES, map_load

Parts = Mapping[str, Floats]  # quantity -> (n, k)
Pair = tuple[Hours, Hours]
_FELT_H = 24.0  # the temperature that the project's effect follows: about the last day's
_BLOCK_H = 4 * 168
_BINS, _LEAST = 10, 14  # temperatures are parted in at most ten, each with two weeks of every hour of the day


@dataclass(frozen=True)
class _Grouped:
    """A quantity that many hours share: its values (groups, k), and the group of each hour (n,)."""

    values: Floats
    group: Rows

    @classmethod
    def sparse(cls, values: Floats, rows: Rows, hours: int) -> _Grouped:
        """Return values (len(rows), k) at some rows of so many hours, 0 at the others."""
        group = np.zeros(hours, dtype=np.int64)
        group[rows] = 1 + np.arange(len(rows))
        return cls(np.concatenate([np.zeros((1, values.shape[1])), values]), group)

    def moved(self, rows: Rows) -> Floats:
        """Return the values of some hours (len(rows), k); NaN where there is no such hour."""
        known = (rows >= 0) & (rows < len(self.group))
        return take(self.values, np.where(known, self.group[np.where(known, rows, 0)], -1))


@dataclass(frozen=True)
class _Own:
    """What one period's load is made of beside the model, on the rows of the period, quantity -> (n, k).

    `active` (n, 1) is 1 in hours of the project, `out` (n, 1) in hours that the event ledger takes out; `mean_effect`
    is quantity -> (bins · 24, k), its bins by `group_of`: felt temperature (n,) and the edges between bins [°C].
    """

    expected: Parts  # by the model, in the period's own weather and calendar
    level: Mapping[str, _Grouped]
    pattern: Parts  # counterfactual less expectation and level; zero where taken out
    taken_out: Mapping[str, _Grouped]
    effect: Parts  # empty, as the two that follow, in a period without an hour of the project
    mean_effect: Parts
    variation: Parts  # of the effect about its mean
    group_of: tuple[Floats, Floats]  # felt temperature, edges
    active: Floats
    out: Floats


@dataclass(frozen=True)
class Effects:
    """The model's view of a metering point, with the coefficients' error in `count` draws."""

    loads: Counterfactual
    baseline: Baseline
    drivers: Drivers
    count: int
    seed: int | Seeds

    def expected(self, here: Hours, weather: Hours, calendar: Hours) -> tuple[Parts, Floats]:
        """Return what the model expects at the hours of `here`, quantity -> (n, k), and the felt temperature (n,).

        The mean over draws is the model's own figure. NaN where the weather is not known.
        """
        hours = self.loads.actual.start_utc
        moved = moved_drivers(self.drivers, hours, here, weather, calendar)
        at = hours[here.rows].astype("datetime64[s]")
        return self._drawn(moved, at), moved.felt_c(_FELT_H)[LAG_H:]

    def with_calendar(self, known: Parts, here: Hours, weather: Hours, calendar: Hours) -> Parts:
        """Return `expected` from what is `known` of the same weather with its own calendar.

        Only the hours in which the calendars differ are predicted anew.
        """
        if self.baseline.spec.measured:  # a driver may go with either
            return self.expected(here, weather, calendar)[0]
        hours = self.loads.actual.start_utc
        own, moved = (moved_drivers(self.drivers, hours, here, weather, one) for one in (weather, calendar))
        names = self.baseline.spec.calendar
        differs = [own.calendar[n][LAG_H:] != moved.calendar[n][LAG_H:] for n in names]
        rows = np.flatnonzero(np.any(differs, axis=0)) if differs else np.zeros(0, np.int64)
        if not len(rows):
            return known
        anew = self._drawn(moved, hours[here.rows].astype("datetime64[s]")[rows])
        found = {name: values.copy() for name, values in known.items()}
        for name, values in found.items():
            values[rows] = anew[name]
        return found

    def _drawn(self, drivers: Drivers, at: Instants) -> dict[str, Floats]:
        return draws(self.baseline, drivers, self.count, self.seed, start_utc=at, residuals=False, drift=False)

    def own(self, here: Hours) -> _Own:
        """Return the parts of a period; the first `count` draws of the counterfactual, about the mean of all."""
        expected, felt = self.expected(here, here, here)
        loads, hours = self.loads, self.loads.actual.start_utc[here.rows]
        out = loads.excluded[here.rows][:, None].astype(np.float64)
        active = loads.reporting[here.rows][:, None] * (1.0 - out)
        edges = _edges(felt, active[:, 0] > 0)
        groups, blocks = _group(felt, hours, edges), _blocks(here, hours)
        levels, patterns, taken_out, effects, means, variations = ({} for _ in range(6))
        for name, model in expected.items():
            metered, drawn = getattr(loads.actual, name), getattr(loads.load, name)
            if metered is None or drawn is None:
                continue
            without = _fewer(drawn[here.rows], self.count)
            left = without - model
            level = _means(np.where(out > 0, np.nan, left), blocks)
            levels[name] = _Grouped(level, blocks)
            left -= level[blocks]
            pattern = patterns[name] = (1.0 - out) * left
            away = np.flatnonzero((out[:, 0] > 0) | np.isnan(left).any(axis=1))
            taken_out[name] = _Grouped.sparse(out[away] * left[away], away, len(out))
            if not active.any():
                continue
            effect = effects[name] = np.where(active > 0, metered[here.rows] - without, 0.0)
            means[name] = _means(np.where(active > 0, effect, np.nan), groups, (len(edges) + 1) * 24)
            seen = np.where(active > 0, metered[here.rows] - model - level[blocks], np.nan)
            variations[name] = _variation(seen, np.where(active > 0, pattern, np.nan), groups)
        return _Own(expected, levels, patterns, taken_out, effects, means, variations, (felt, edges), active, out)


def _edges(felt_c: Floats, among: np.ndarray) -> Floats:
    """Return the edges between temperatures [°C] that part some hours evenly; none for few hours."""
    known = felt_c[among & np.isfinite(felt_c)]
    bins = int(np.clip(len(known) // (24 * _LEAST), 1, _BINS))
    found: Floats = np.quantile(known, np.arange(1, bins) / bins) if bins > 1 else np.zeros(0)
    return found


def _blocks(here: Hours, start_utc: Instants) -> Rows:
    """Return the block of four weeks, counted from the period's first hour, x hour of the day, (n,), from 0."""
    since = np.arange(here.lead, here.end) - here.first
    block = since // _BLOCK_H
    return np.asarray((block - block[0]) * 24 + _hour_of_day(start_utc), np.int64)


def _group(felt_c: Floats, start_utc: Instants, edges: Floats) -> Rows:
    """Return temperature x hour of the day of each hour (n,), from 0."""
    return np.asarray(np.searchsorted(edges, np.nan_to_num(felt_c)) * 24 + _hour_of_day(start_utc), np.int64)


def _hour_of_day(start_utc: Instants) -> Rows:
    local = civil_time(start_utc)
    return np.asarray((local - local.astype("datetime64[D]")).astype("timedelta64[h]").astype(np.int64))


def _means(values: Floats, group: Rows, count: int | None = None) -> Floats:
    """Return the mean of each group (count, k) over its known rows; 0 where it has none."""
    count = int(group.max()) + 1 if count is None else count
    rows = np.flatnonzero(np.isfinite(values).all(axis=1))
    order = rows[np.argsort(group[rows], kind="stable")]
    found, sizes = np.zeros((count, values.shape[1])), np.bincount(group[order], minlength=count)
    held = np.flatnonzero(sizes)
    if len(held):
        starts = np.concatenate([[0], np.cumsum(sizes[held])[:-1]])
        found[held] = np.add.reduceat(values[order], starts, axis=0) / sizes[held][:, None]
    return found


def _variation(seen: Floats, pattern: Floats, group: Rows) -> Floats:
    """Return how `seen` varies about its groups' means (n, k), scaled to the variance it has beyond that of `pattern`.

    Both are (n, k), NaN where they do not count; there the variation is 0.
    """
    about = np.nan_to_num(seen - _means(seen, group)[group])
    temperature = group // 24
    own, all_ = (_means(np.where(np.isnan(seen), np.nan, v**2), temperature) for v in (pattern, about))
    share = np.sqrt(np.clip(1.0 - own / np.where(all_ > 0, all_, 1.0), 0.0, 1.0))
    found: Floats = about * share[temperature]
    return found


def _fewer(values: Floats, count: int) -> Floats:
    """Return the first `count` draws (n, count), moved so that their mean is that of all."""
    if values.shape[1] <= count:
        return values
    chosen = values[:, :count]
    found: Floats = chosen + (values.mean(axis=1) - chosen.mean(axis=1))[:, None]
    return found


@dataclass(frozen=True)
class States:
    """The loads of one metering point in two periods; without effects the load as a whole is the only cause."""

    actual: Load
    hours: Pair
    effects: Effects | None = None

    @property
    def causes(self) -> tuple[str, ...]:
        """Return what the loads are parted by; without an hour of the project it is no cause."""
        if self.effects is None:
            return "calendar", "unexplained"
        return "calendar", "weather", "operations", *(("project",) if self.has_project else ()), "unexplained"

    def loads(self, at: int) -> Iterator[tuple[list[State], int, Load]]:
        """Yield ((the causes at the second period's standing) of each load, whose weather, loads) on period `at`.

        "calendar" is among the causes on the second period's hours. The loads of several states lie side by side, as
        draws of one, since a bill takes them all at once. A quantity that the model lacks is NaN.
        """
        found = self._whole(at) if self.effects is None else self._parted(self.effects, at)
        for states, weather, load in found:
            yield [causes | ({"calendar"} if at else set()) for causes in states], weather, load

    def _whole(self, at: int) -> Iterator[tuple[list[State], int, Load]]:
        here = self.hours[at]
        for unexplained in (0, 1):
            rows = here.from_(self.hours[unexplained])
            load = map_load(self.actual, partial(_taken, rows), self.actual.start_utc[here.rows])
            yield [frozenset({"unexplained"} if unexplained else ())], unexplained, load

    def _parted(self, effects: Effects, at: int) -> Iterator[tuple[list[State], int, Load]]:
        here, hours, own = self.hours[at], self.hours, self._own
        moved = [here.from_(one) - one.lead for one in hours]
        projects = (0, 1) if self.has_project else (0,)
        for weather in (0, 1):
            days = [_moved(self._days(own, weather, x), moved[weather]) for x in projects]
            if hours[weather] == here:
                plain = own[at].expected
            else:
                plain = effects.expected(here, hours[weather], hours[weather])[0]
            for operations in (0, 1):
                expected = plain
                if operations != weather:
                    expected = effects.with_calendar(plain, here, hours[weather], hours[operations])
                expected = _sum(expected, _spread(own[operations].taken_out, moved[operations]))
                for unexplained in (0, 1):
                    standing = {"weather": weather, "operations": operations, "unexplained": unexplained}
                    causes = frozenset(n for n, now in standing.items() if now)
                    level = own[unexplained].level
                    states = [causes | ({"project"} if project else set()) for project in projects]
                    load = self._load(here, _sum(expected, _spread(level, moved[unexplained])), days)
                    yield from ((some, weather, one) for some, one in _alike(states, load))
                    del load  # before the next is made: it is the largest of all

    @property
    def has_project(self) -> bool:
        """Return whether either period has an hour of the project."""
        found = self.effects
        return found is not None and any(bool(found.loads.reporting[one.rows].any()) for one in self.hours)

    def _days(self, own: Sequence[_Own], weather: int, project: int) -> Parts:
        """Return a period's own days beside expectation and level, with the project as it was in one of the periods."""
        mine, other = own[weather], own[project]
        if not other.active.any():
            return mine.pattern
        if project == weather:
            return _sum(mine.pattern, mine.effect)
        here = self.hours[weather]
        felt, edges = mine.group_of[0], other.group_of[1]
        group = _group(felt, self.actual.start_utc[here.rows], edges)
        rows = here.from_(self.hours[project]) - self.hours[project].lead
        active = np.nan_to_num(take(other.active, rows)) * (1.0 - mine.out)
        effect = {
            name: active * (mean[group] + np.nan_to_num(take(other.variation[name], rows)))
            for name, mean in other.mean_effect.items()
        }
        return _sum(mine.pattern, effect)

    def _load(self, here: Hours, shared: Parts, days: Sequence[Parts]) -> Load:
        """Return the loads of the shared parts and each of the days', side by side.

        A quantity that the meter has and the model lacks is unknown.
        """
        parts = {n: np.concatenate([v + one[n] for one in days], axis=1) for n, v in shared.items() if n in days[0]}
        shape = here.end - here.lead, max(v.shape[1] for v in parts.values())
        found = possible(parts, self._limits)

        def known(name: str, _: Floats) -> Floats:
            return found[name] if name in found else np.full(shape, np.nan)

        return map_load(self.actual, known, self.actual.start_utc[here.rows])

    @cached_property
    def _own(self) -> list[_Own]:
        assert self.effects is not None
        return [self.effects.own(one) for one in self.hours]

    @cached_property
    def _limits(self) -> Limits:
        rows = np.unique(np.concatenate([np.arange(one.lead, one.end) for one in self.hours]))
        return Limits.of(self.actual, rows)


def _alike(states: list[State], load: Load) -> Iterator[tuple[list[State], Load]]:
    """Yield the loads of the states together; each alone where one is known in hours in which another is not.

    What a bill says of its history (where it begins) is said of the first draw.
    """
    count = load.draws // len(states)
    unknown = np.isnan(load.energy_kwh[:, ::count])
    if (unknown == unknown[:, :1]).all():
        yield states, load
        return
    for n, state in enumerate(states):
        own = slice(n * count, (n + 1) * count)
        yield [state], map_load(load, lambda _, values, own=own: values[:, own])  # type: ignore[misc]


def _taken(rows: Rows, _: str, values: Floats) -> Floats:
    return take(values, rows)


def _moved(parts: Parts, rows: Rows) -> Parts:
    return {name: take(values, rows) for name, values in parts.items()}


def _spread(parts: Mapping[str, _Grouped], rows: Rows) -> Parts:
    return {name: one.moved(rows) for name, one in parts.items()}


def _sum(one: Parts, other: Parts) -> dict[str, Floats]:
    """Return the sums of the quantities that both have."""
    return {name: one[name] + other[name] for name in QUANTITIES if name in one and name in other}
