"""Treatments of the event ledger: what a decided row does to the adjusted baseline (IPMVP non-routine adjustments).

exclude      the hours take the metered value, and are left out of the training: no saving is credited there
indicator    an event of the baseline period gets a column of its own in the model, one for each event or group; one
             that the training never saw is estimated afterwards from the reporting period, as what the meter shows
             beside its other weeks, weather, season and the project's own level taken into account
engineering  a stated effect, per cent of the load or kWh per day, with a stated uncertainty
rebaseline   the old baseline describes another building from that day on: the figures stop there

An effect multiplies every quantity of the counterfactual in its hours by 1 + effect; its uncertainty is one random
number a draw, the same in all hours of the event, so that it does not average out.

References
----------
IPMVP Core Concepts 2022 and the IPMVP Application Guide on Non-Routine Events & Adjustments (EVO 10400-1:2020):
excluding, indicator variables, engineering calculations, estimates from the data after the event, re-baselining.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np

from energy.calendar import Instants, normal_time
from energy.model import Floats, Load
from energy.savings.baselines.changes import Effect, effects_of
from energy.savings.baselines.sufficiency import Bools
from energy.savings.saved.counterfactual import Counterfactual
from energy.savings.saved.loads import map_load

HOWS = ("exclude", "indicator", "engineering", "rebaseline")
UNITS = ("percent", "kwh_per_day")
PREFIX = "event:"
_Z90 = 1.6449
_TOO_SHORT = "för kort eller för lite att jämföra med för att skattas: timmarna är uteslutna"


@dataclass(frozen=True)
class Treatment:
    """A row of the ledger that changes figures, from `start_utc` up to `end_utc`, for one carrier or (None) for all.

    `value` of an engineering treatment is what the event did to the use, negative for less, in `unit`; `uncertainty`
    the half-width of its 90 % band in the same unit. Rows of one `group` are taken to have the same effect.
    """

    key: str
    how: str
    start_utc: np.datetime64
    end_utc: np.datetime64
    carrier: str | None = None
    reason: str = ""
    decided_by: str = ""
    value: float | None = None
    unit: str | None = None
    uncertainty: float | None = None
    group: str | None = None

    @property
    def name(self) -> str:
        """Return what the rows of a group share: the group, or the row's own key."""
        return self.group or self.key

    def inside(self, hours: Instants) -> Bools:
        """Return which hours (n,) the row is about."""
        found: Bools = (hours >= self.start_utc) & (hours < self.end_utc)
        return found

    def concerns(self, carrier: str) -> bool:
        """Return whether the row is about a carrier."""
        return self.carrier in (None, "", "all", carrier)


@dataclass(frozen=True)
class Applied:
    """What became of a treatment at one meter: effect and its standard deviation [share of the load], or a remark."""

    treatment: Treatment
    effect: float | None = None
    sd: float | None = None
    remark: str = ""


def excluded(treatments: Sequence[Treatment], hours: Instants) -> Bools:
    """Return the hours (n,) that the ledger takes out."""
    return _any([t for t in treatments if t.how == "exclude"], hours)


def columns(treatments: Sequence[Treatment], hours: Instants, train: tuple[np.datetime64, np.datetime64]) -> dict[
    str, Floats
]:  # fmt: skip
    """Return name -> (n,) 0 or 1: a column for each event or group that has hours in the training, first to end."""
    names = {t.name for t in treatments if t.how == "indicator" and _in_training(t, train)}
    mine = {n: [t for t in treatments if t.how == "indicator" and t.name == n] for n in sorted(names)}
    return {PREFIX + name: _any(rows, hours).astype(np.float64) for name, rows in mine.items()}


def touches_training(treatment: Treatment, train: tuple[np.datetime64, np.datetime64]) -> bool:
    """Return whether a row changes what the baseline is fitted on."""
    return treatment.how in ("exclude", "indicator") and _in_training(treatment, train)


def stops(treatments: Sequence[Treatment], since: np.datetime64) -> Treatment | None:
    """Return the first row that ends the use of the baseline after `since`, or None."""
    found = [t for t in treatments if t.how == "rebaseline" and t.start_utc > since]
    return min(found, key=lambda t: t.start_utc, default=None)


def adjusted(
    found: Counterfactual,
    expected: Floats,
    treatments: Sequence[Treatment],
    train: tuple[np.datetime64, np.datetime64],
    seed: int,
) -> tuple[Counterfactual, tuple[Applied, ...]]:
    """Return the counterfactual with stated and estimated effects in the reporting period, and what each row did.

    `found` has the excluded hours already; `expected` (n,) [kWh] is the baseline's own prediction at its hours, NaN
    before the reporting period. An event that cannot be estimated is excluded, with a remark.
    """
    hours, applied = found.actual.start_utc, list[Applied]()
    stated = [t for t in treatments if t.how == "engineering" and (t.inside(hours) & found.reporting).any()]
    later = [t for t in treatments if t.how == "indicator" and not _in_training(t, train)]
    named = {t.name for t in treatments if t.how == "indicator" and _in_training(t, train)}
    later = [t for t in later if t.name not in named and (t.inside(hours) & found.reporting).any()]
    factor = np.ones((len(hours), found.load.draws))
    for treatment in stated:
        part, done = _stated(treatment, found, seed)
        factor *= part
        applied.append(done)
    out, estimated = found.excluded.copy(), _estimated(later, found, expected)
    for name in dict.fromkeys(t.name for t in later):
        rows, effect = [t for t in later if t.name == name], estimated.get(name)
        inside = _any(rows, hours) & found.reporting
        if effect is None:
            out |= inside
            applied += [Applied(t, remark=_TOO_SHORT) for t in rows]
        else:
            factor[inside] *= np.maximum(0.0, 1 + effect.share + effect.sd * _numbers(name, factor.shape[1], seed))
            applied += [Applied(t, effect.share, effect.sd) for t in rows]
    return _with(found, factor, out), tuple(applied)


def _with(found: Counterfactual, factor: Floats, out: Bools) -> Counterfactual:
    """Return the counterfactual times `factor` (n, k), set to 1 but in the reporting hours that are not excluded."""
    factor[~found.reporting | out] = 1.0
    load = found.load
    if (factor != 1.0).any():
        load = map_load(load, lambda _, values: values * factor)
    if (out & ~found.excluded).any():
        metered = found.actual
        load = map_load(load, lambda q, values: np.where(out[:, None], getattr(metered, q), values))
    return replace(found, load=load, excluded=out)


def _stated(treatment: Treatment, found: Counterfactual, seed: int) -> tuple[Floats, Applied]:
    """Return the factor (n, k) of a stated effect, never below 0, and its mean effect."""
    hours, load = found.actual.start_utc, found.load
    inside = treatment.inside(hours) & found.reporting
    value, sd = float(treatment.value or 0.0), float(treatment.uncertainty or 0.0) / _Z90
    drawn = value + sd * _numbers(treatment.key, load.draws, seed)
    factor = np.ones((len(hours), load.draws))
    if treatment.unit == "percent":
        factor[inside] = np.maximum(0.0, 1 + drawn / 100)
        return factor, Applied(treatment, value / 100, sd / 100)
    daily = _daily(load, hours, inside)
    whole = daily > 0
    factor[inside] = np.maximum(0.0, 1 + np.where(whole, drawn / np.where(whole, daily, 1.0), 0.0))
    level = float(daily[whole].mean()) if whole.any() else float("nan")
    return factor, Applied(treatment, value / level, sd / level)


def _daily(load: Load, hours: Instants, inside: Bools) -> Floats:
    """Return (rows inside, k) the energy of each hour's day [kWh], draw by draw: stated kWh are the same in all."""
    day = normal_time(hours).astype("datetime64[D]")
    rows = np.isin(day, day[inside])
    _, first, count = np.unique(day[rows], return_index=True, return_counts=True)
    total = np.add.reduceat(np.nan_to_num(load.energy_kwh[rows]), first, axis=0) if len(first) else load.energy_kwh[:0]
    found: Floats = np.repeat(total, count, axis=0)[inside[rows]]
    return found


def _estimated(later: Sequence[Treatment], found: Counterfactual, expected: Floats) -> Mapping[str, Effect]:
    """Return group -> effect of the events that only the reporting period saw."""
    if not later:
        return {}
    rows = found.reporting
    hours = found.actual.start_utc[rows]
    metered = np.where(found.excluded[rows], np.nan, found.actual.energy_kwh[rows, 0])
    names = dict.fromkeys(t.name for t in later)
    windows = {n: _any([t for t in later if t.name == n], hours) for n in names}
    return effects_of(hours, metered, expected[rows], windows)


def _in_training(treatment: Treatment, train: tuple[np.datetime64, np.datetime64]) -> bool:
    return bool(treatment.start_utc < train[1] and treatment.end_utc > train[0])


def _any(treatments: Sequence[Treatment], hours: Instants) -> Bools:
    found = np.zeros(len(hours), dtype=bool)
    for treatment in treatments:
        found |= treatment.inside(hours)
    return found


def _numbers(name: str, count: int, seed: int) -> Floats:
    """Return standard normal numbers (k,) of mean 0, the same for a name and seed whatever else is treated."""
    drawn = np.random.default_rng([seed, crc32(name.encode())]).standard_normal(count)
    centred: Floats = drawn - drawn.mean()
    return centred
