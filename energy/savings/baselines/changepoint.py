"""The change-point model of daily values and of billing periods: base load, balance temperature, slope.

One linear model per day, E = base + heating * max(0, T_h - T) + cooling * max(0, T - T_c) + weekend + operations,
summed over the days of each period: a day for a daily meter, a month for a meter read once a month. So the monthly
model counts degree days with a balance temperature of its own. Change points, terms and their number are chosen by
blocked cross-validation in closed form; `periods` predicts and draws.

References
----------
Change points of 3 to 5 parameters: Kissock, Haberl and Claridge 2003, ASHRAE Transactions 109(2) (RP-1050). Degree days
with a fitted base on bills: Fels 1986, Energy and Buildings 9 (PRISM). Slopes have the sign that heating and cooling
have. ASHRAE Guideline 14-2014 §4.3.2.4: monthly CV(RMSE) 15 %, here told and not a limit, since the band shows it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from energy.model import Floats
from energy.savings.baselines.coarse import Days, Periods
from energy.savings.baselines.crossval import Grams, Held, grams, predict_held_out
from energy.savings.baselines.drift import Drift, packaged_drift
from energy.savings.baselines.frozen_periods import VERSION, PeriodBaseline, Shape
from energy.savings.baselines.metrics import cvrmse_pct, nmbe_pct
from energy.savings.baselines.sufficiency import (
    NOT_ASSESSED,
    Bools,
    Gate,
    Limits,
    monthly_gates,
    period_gates,
    quality_gates,
    variation_gate,
)
from energy.swedish import sv

_BLOCK_DAYS = 28
_FEWEST = {"daily": 330, "billing": 11}  # periods with energy and weather
_TERM_IS_WORTH = {"daily": 0.02, "billing": 0.10}  # what a further change point must take off the error out of fold
_GUIDE_MONTHLY_PCT = 15.0


@dataclass(frozen=True)
class Settings:
    """How to fit: candidate change points [°C], gates, year-to-year drift."""

    heating_c: tuple[float, ...] = tuple(np.arange(4.0, 21.0, 0.5).tolist())
    cooling_c: tuple[float, ...] = tuple(np.arange(6.0, 23.0, 1.0).tolist())
    limits: Limits = field(default_factory=Limits)
    drift: Drift = field(default_factory=packaged_drift)


def columns(shape: Shape, days: Days) -> Floats:
    """Return the daily design (d, p): one, degrees below and above the change points [°C], weekend, operations."""
    t = days.air_temperature_c
    found = [np.where(np.isnan(t), np.nan, 1.0)]
    if shape.heating_c is not None:
        found.append(np.maximum(0.0, shape.heating_c - t))
    if shape.cooling_c is not None:
        found.append(np.maximum(0.0, t - shape.cooling_c))
    if shape.weekend:
        found.append(days.weekend)
    return np.stack([*found, *(days.calendar[name] for name in shape.calendar)], axis=1)


def inputs_hash(periods: Periods, days: Days) -> str:
    """Return the sha256 of everything a fit sees, as little-endian bytes."""
    digest = hashlib.sha256()
    for at in (periods.first, periods.end, np.array([days.first])):
        digest.update(at.astype("<M8[D]").tobytes())
    for name, values in [("energy", periods.energy_kwh), ("air", days.air_temperature_c), *days.calendar.items()]:
        digest.update(name.encode() + values.astype("<f8").tobytes())
    return digest.hexdigest()


def fit(
    periods: Periods, days: Days, family: Literal["daily", "billing"], settings: Settings | None = None
) -> PeriodBaseline:
    """Return the frozen model of a meter's periods (n,) within the span of `days`.

    Periods without energy or weather are left out and counted. Poor data never raise: the baseline is then
    disqualified with a reason. Raises ValueError for a period outside the days.
    """
    settings = settings or Settings()
    states = np.stack([days.air_temperature_c, *days.calendar.values()], axis=1)
    known = days.means(states, periods.first, periods.end)
    air = known[:, 0]
    valid: Bools = np.isfinite(periods.energy_kwh) & np.isfinite(known).all(axis=1)
    used = periods.where(valid)
    gates = (*period_gates(used.first, used.end, air[valid], settings.limits), variation_gate(used.energy_kwh))
    enough = len(used.first) >= _FEWEST[family]
    what = "dygn" if family == "daily" else "avläsningsperioder"
    few = f"baslinjen har {len(used.first)} {what} med mätvärden och väder, minst {_FEWEST[family]} behövs"
    gates += (Gate("periods", len(used.first), _FEWEST[family], enough, "" if enough else NOT_ASSESSED + few),)
    base = _empty(periods, used, days, air[valid], family, settings, gates)
    if not enough or np.ptp(air[valid]) == 0 or np.ptp(used.energy_kwh) == 0:
        return base
    return _fitted(base, used, days, settings)


def _empty(
    given: Periods,
    used: Periods,
    days: Days,
    air: Floats,
    family: Literal["daily", "billing"],
    settings: Settings,
    gates: tuple[Gate, ...],
) -> PeriodBaseline:
    """Return a baseline without coefficients, holding what is known before any fit."""
    some = bool(len(used.first))
    states = {name: days.means(v[:, None], used.first, used.end)[:, 0] for name, v in days.calendar.items()}
    return PeriodBaseline(
        version=VERSION,
        family=family,
        targets=("energy_kwh",),
        shape=Shape(None, None, False, ()),
        beta=np.zeros(0),
        influence=np.zeros((0, 0)),
        change_point_sd_c=0.0,
        train_first=given.first[0] if len(given.first) else days.first,
        train_end=given.end[-1] if len(given.end) else days.first,
        days=used.days.astype(np.float64),
        residuals=np.full(len(used.first), np.nan),
        expected=np.full(len(used.first), np.nan),
        temperature_range_c=(float(air.min()), float(air.max())) if some else (np.inf, -np.inf),
        calendar_ranges={n: (float(v.min()), float(v.max())) if some else (0.0, 0.0) for n, v in states.items()},
        rows_used=len(used.first),
        rows_left_out=len(given.first) - len(used.first),
        metrics={},
        notes=(),
        gates=gates,
        limits=settings.limits,
        drift_sd=settings.drift.sd,
        drift_freedom=settings.drift.freedom,
        drift_source=settings.drift.source,
        inputs_sha256=inputs_hash(given, days),
    )


# --- the choice --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Candidate:
    """A shape with its fit and refits, and the squared error out of fold by block (B,)."""

    shape: Shape
    held: Held
    errors: Floats

    @property
    def terms(self) -> int:
        return (self.shape.heating_c is not None) + (self.shape.cooling_c is not None)


@dataclass(frozen=True)
class _Rows:
    """Weighted rows: mean energy a day times the root of the days, so that a long period counts for its days."""

    x: Floats  # (n, q) every column that any candidate may use
    y: Floats
    block: npt.NDArray[np.int64]
    names: tuple[str, ...]
    found: Grams

    @classmethod
    def of(cls, used: Periods, days: Days, family: str, settings: Settings, calendar: tuple[str, ...]) -> _Rows:
        t, weight = days.air_temperature_c, np.sqrt(used.days)
        named: dict[str, Floats] = {"base": np.where(np.isnan(t), np.nan, 1.0)}
        named |= {f"h{c}": np.maximum(0.0, c - t) for c in settings.heating_c}
        named |= {f"c{c}": np.maximum(0.0, t - c) for c in settings.cooling_c}
        named |= {"weekend": days.weekend} | {name: days.calendar[name] for name in calendar}
        x = days.means(np.stack([*named.values()], axis=1), used.first, used.end) * weight[:, None]
        y = (used.energy_kwh / used.days * weight)[:, None]
        number = (used.first - used.first[0]).astype(np.int64) // _BLOCK_DAYS
        block = np.unique(number, return_inverse=True)[1] if family == "daily" else np.arange(len(y))
        return cls(x, y, block, tuple(named), grams(x, y, np.zeros(x.shape[1]), block))

    def candidate(self, shape: Shape) -> _Candidate:
        """Return one shape's fit; its error out of fold from the cross products alone."""
        at = self.columns(shape)
        part = Grams(self.found.xx[:, at][:, :, at], self.found.xy[:, at], np.zeros(len(at)))
        held = part.held(0.0)
        beta = held.without[:, :, 0]
        yy = np.bincount(self.block, weights=self.y[:, 0] ** 2)
        cross = np.einsum("bp,bp->b", beta, part.xy[:, :, 0])
        errors = yy - 2 * cross + np.einsum("bp,bpq,bq->b", beta, part.xx, beta)
        return _Candidate(shape, held, errors)

    def columns(self, shape: Shape) -> list[int]:
        """Return the columns of a shape, in the order of `columns`."""
        names = ["base"]
        names += [f"h{shape.heating_c}"] if shape.heating_c is not None else []
        names += [f"c{shape.cooling_c}"] if shape.cooling_c is not None else []
        names += ["weekend"] if shape.weekend else []
        return [self.names.index(n) for n in [*names, *shape.calendar]]


def _shapes(settings: Settings, weekend: bool, calendar: tuple[str, ...]) -> Iterator[Shape]:
    """Yield every pair of change points, heating never above cooling, with and without the operations."""
    heating: list[float | None] = [None, *settings.heating_c]
    cooling: list[float | None] = [None, *settings.cooling_c]
    for states in {(), calendar}:
        for h in heating:
            for c in cooling:
                if h is None or c is None or h <= c:
                    yield Shape(h, c, weekend, states)


def _sensible(one: _Candidate) -> bool:
    """Return whether heating grows with cold and cooling with warmth, in the fit and in every refit."""
    slopes = one.held.without[:, 1 : 1 + one.terms, 0]
    return bool((slopes > 0).all())


def _choose(rows: _Rows, settings: Settings, family: str, calendar: tuple[str, ...]) -> tuple[_Candidate, float]:
    """Return the chosen candidate, and the spread of its change point when blocks are left out [°C].

    A further change point, and the operations, must each lower the error out of fold by a set share.
    """
    tried = [c for c in map(rows.candidate, _shapes(settings, family == "daily", calendar)) if _sensible(c)]
    worth = 1.0 - _TERM_IS_WORTH[family]
    chosen: _Candidate | None = None
    for states in sorted({c.shape.calendar for c in tried}, key=len):
        for terms in (0, 1, 2):
            same = [c for c in tried if c.terms == terms and c.shape.calendar == states]
            best = min(same, key=lambda c: float(c.errors.sum()), default=None)
            if best and (chosen is None or best.errors.sum() < worth * chosen.errors.sum()):
                chosen = best
    if chosen is None:
        raise ValueError("settings: no candidate at all")
    alike = [c for c in tried if c.terms == chosen.terms and c.shape.calendar == chosen.shape.calendar]
    return chosen, _change_point_sd(alike)


def _change_point_sd(alike: list[_Candidate]) -> float:
    """Return the jackknife spread [°C] of the first change point over left-out blocks (Künsch 1989)."""
    losses = np.stack([c.errors for c in alike])
    best = (losses.sum(axis=1)[:, None] - losses).argmin(axis=0)
    at = np.array([c.shape.heating_c if c.shape.heating_c is not None else (c.shape.cooling_c or 0.0) for c in alike])
    count = losses.shape[1]
    return float(np.sqrt((count - 1) / count * ((at[best] - at[best].mean()) ** 2).sum()))


def _fitted(base: PeriodBaseline, used: Periods, days: Days, settings: Settings) -> PeriodBaseline:
    varying = tuple(n for n, (low, high) in sorted(base.calendar_ranges.items()) if high > low)
    # twelve bills carry at most two operating states beside base load, slope and balance temperature
    calendar = varying if len(varying) <= (len(used.first) - 4) // 4 else ()
    rows = _Rows.of(used, days, base.family, settings, calendar)
    chosen, spread = _choose(rows, settings, base.family, calendar)
    root = np.sqrt(used.days)
    out_of_fold = predict_held_out(rows.x[:, rows.columns(chosen.shape)], rows.block, chosen.held.without)[:, 0] / root
    metered = used.energy_kwh / used.days
    beta = chosen.held.beta[:, 0]
    measured = _metrics(used, out_of_fold)
    judge = quality_gates if base.family == "daily" else monthly_gates
    return replace(
        base,
        shape=chosen.shape,
        beta=beta,
        influence=chosen.held.beta[None, :, 0] - chosen.held.without[:, :, 0],
        change_point_sd_c=spread,
        residuals=metered - out_of_fold,
        expected=out_of_fold,
        metrics={"energy_kwh": measured},
        notes=_notes(measured),
        gates=(*base.gates, *judge(measured, settings.limits)),
    )


def _metrics(used: Periods, predicted: Floats) -> Mapping[str, float]:
    """Return the errors out of fold [%]: of days, where the periods are days, and of months or periods."""
    metered, expected = used.energy_kwh, predicted * used.days
    found = {"nmbe_pct": nmbe_pct(metered, expected)}
    if bool((used.days == 1).all()):
        month = used.first.astype("datetime64[M]").astype(np.int64)
        number = np.unique(month, return_inverse=True)[1]
        found["cvrmse_daily_pct"] = cvrmse_pct(metered, expected)
        sums = [np.bincount(number, weights=v).astype(np.float64) for v in (metered, expected)]
        found["cvrmse_monthly_pct"] = cvrmse_pct(sums[0], sums[1])
    else:
        found["cvrmse_monthly_pct"] = cvrmse_pct(metered, expected)
    return found


def _notes(measured: Mapping[str, float]) -> tuple[str, ...]:
    cv = measured["cvrmse_monthly_pct"]
    if cv <= _GUIDE_MONTHLY_PCT:
        return ()
    return (f"månadsfelet {sv(cv)} procent är över de 15 procent som ASHRAE Guideline 14 anger; bandet visar det",)
