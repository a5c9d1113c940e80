"""The hourly baseline: a ridge on time of week, lagged temperature and operations calendar, fitted once and frozen.

Thermal lag and penalty are chosen by blocked cross-validation, never in sample. One design matrix serves all targets of
a meter, so that energy, volume and return temperature stay together. Bands are made in `uncertainty`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from energy.calendar import Instants
from energy.model import Floats
from energy.savings import crossval
from energy.savings.changes import step_gate
from energy.savings.drift import Drift, packaged_drift
from energy.savings.features import SLOW_LAG_H, Clock, Drivers, Spec, design, lagged, make_spec
from energy.savings.frozen import VERSION, Baseline
from energy.savings.metrics import cvrmse_pct, daily_sums, nmbe_pct
from energy.savings.sufficiency import (
    NOT_ASSESSED,
    Bools,
    Gate,
    Limits,
    data_gates,
    first_reason,
    quality_gates,
    variation_gate,
)

_HOUR = np.timedelta64(3600, "s")
_FEWEST_BLOCKS = 3  # fewer leave nothing to cross-validate
_SCALE_BINS = 6


@dataclass(frozen=True)
class Settings:
    """How to fit: candidates for lag [h] and penalty, days in a block (>= 14), gates, year-to-year drift."""

    lags_h: tuple[float, ...] = (0.0, 6.0, 12.0, 24.0, 48.0, 96.0)
    penalties: tuple[float, ...] = (3.0, 10.0, 30.0)
    block_days: int = 28
    limits: Limits = field(default_factory=Limits)
    drift: Drift = field(default_factory=packaged_drift)


def inputs_hash(start_utc: Instants, targets: Mapping[str, Floats], drivers: Drivers) -> str:
    """Return the sha256 of everything a fit sees: names, instants and values, as little-endian bytes."""
    digest = hashlib.sha256(start_utc.astype("<M8[s]").tobytes())
    columns = [*targets.items(), ("start_utc", drivers.start_utc), ("air_temperature_c", drivers.air_temperature_c)]
    for name, values in columns + sorted(drivers.calendar.items()):
        digest.update(name.encode())
        digest.update(values.astype("<M8[s]" if values.dtype.kind == "M" else "<f8").tobytes())
    return digest.hexdigest()


def fit(
    start_utc: Instants, targets: Mapping[str, Floats], drivers: Drivers, settings: Settings | None = None
) -> Baseline:
    """Return the baseline of one meter, the first target being the one the gates judge.

    `start_utc` (n,) ascending hours of the baseline period within the span of `drivers`; `targets` name -> (n,)
    [kWh, m³, m³·°C], NaN where unknown. Rows with a NaN in a target or driver are left out and counted. Poor data
    never raise: the baseline is then disqualified with a reason. Raises ValueError for hours outside the drivers.
    """
    settings = settings or Settings()
    y = np.stack([np.asarray(v, dtype=np.float64) for v in targets.values()], axis=1)
    rows = drivers.rows(start_utc)
    known = np.stack([drivers.air_temperature_c, *drivers.calendar.values()])[:, rows]
    valid: Bools = np.isfinite(np.concatenate([y, known.T], axis=1)).all(axis=1)
    gates = (*data_gates(start_utc, valid, known[0], settings.limits), variation_gate(y[valid, 0]))
    base = _empty(start_utc, targets, drivers, settings, valid, gates)
    hours = (start_utc[valid] - base.train_start) // _HOUR
    block = crossval.blocks(hours, settings.block_days)
    if not len(block) or block.max() + 1 < _FEWEST_BLOCKS or np.ptp(known[0, valid]) == 0:
        gate = Gate(
            "blocks", float(len(np.unique(block))), _FEWEST_BLOCKS, False, NOT_ASSESSED + "för lite data i baslinjen"
        )
        return base if base.disqualified else replace(base, gates=(*gates, gate))
    return _fitted(base, start_utc[valid], y[valid], drivers, settings, block)


def _empty(
    start_utc: Instants,
    targets: Mapping[str, Floats],
    drivers: Drivers,
    settings: Settings,
    valid: Bools,
    gates: tuple[Gate, ...],
) -> Baseline:
    """Return a baseline without coefficients, holding what is known before any fit."""
    rows, m = drivers.rows(start_utc)[valid], len(targets)
    temperature = drivers.air_temperature_c[rows]
    ranges = {
        name: (float(v[rows].min()), float(v[rows].max())) if len(rows) else (0.0, 0.0)
        for name, v in sorted(drivers.calendar.items())
    }
    first = start_utc[0].astype("datetime64[s]") if len(start_utc) else drivers.start_utc[0]
    span = int((start_utc[-1] - start_utc[0]) // _HOUR) + 1 if len(start_utc) else 0
    return Baseline(
        version=VERSION,
        targets=tuple(targets),
        spec=Spec(0.0, (), (), 0.0, tuple(n for n, (low, high) in ranges.items() if high > low)),
        penalty=0.0,
        beta=np.zeros((0, m)),
        influence=np.zeros((0, 0, m)),
        train_start=first,
        residuals=np.full((span, m), np.nan),
        slow_c=np.full(span, np.nan),
        scale_c=np.zeros(0),
        scale=np.zeros((0, m)),
        temperature_range_c=(float(temperature.min()), float(temperature.max())) if len(rows) else (np.inf, -np.inf),
        calendar_ranges=ranges,
        rows_used=len(rows),
        rows_left_out=len(start_utc) - len(rows),
        metrics={},
        gates=gates,
        unfit_targets={},
        limits=settings.limits,
        drift_sd=settings.drift.sd,
        drift_source=settings.drift.source,
        inputs_sha256=inputs_hash(start_utc, targets, drivers),
    )


@dataclass(frozen=True)
class _Choice:
    """One candidate: the columns, the penalty, the fit and its out-of-fold prediction (n, m)."""

    spec: Spec
    penalty: float
    held: crossval.Held
    predicted: Floats
    loss: float


def _choose(
    start_utc: Instants,
    y: Floats,
    drivers: Drivers,
    settings: Settings,
    block: npt.NDArray[np.int64],
    calendar: tuple[str, ...],
) -> _Choice:
    """Return the best lag at the middle penalty, then the best penalty at that lag, by blocked cross-validation."""
    clock = Clock.of(start_utc, drivers)
    centre = y.mean(axis=0)
    middle = settings.penalties[len(settings.penalties) // 2]
    best: tuple[_Choice, crossval.Grams, Floats] | None = None

    def candidate(spec: Spec, found: crossval.Grams, x: Floats, penalty: float) -> _Choice:
        held = crossval.solve(found, penalty)
        predicted = crossval.predict_held_out(x, block, held)
        return _Choice(spec, penalty, held, predicted, crossval.loss(y - centre, predicted))

    for lag in settings.lags_h:
        spec = make_spec(drivers.air_temperature_c, lag, clock.rows, calendar)
        x, relative = design(spec, start_utc, drivers, clock)
        found = crossval.grams(x, y - centre, relative, block)
        tried = candidate(spec, found, x, middle)
        if best is None or tried.loss < best[0].loss:
            best = (tried, found, x)
    if best is None:
        raise ValueError("settings: lags_h must hold at least one lag")
    chosen, found, x = best
    others = [candidate(chosen.spec, found, x, p) for p in settings.penalties if p != middle]
    return min([chosen, *others], key=lambda c: c.loss)


def _fitted(
    base: Baseline, start_utc: Instants, y: Floats, drivers: Drivers, settings: Settings, block: npt.NDArray[np.int64]
) -> Baseline:
    chosen = _choose(start_utc, y, drivers, settings, block, base.spec.calendar)
    centre = y.mean(axis=0)
    out_of_fold = chosen.predicted + centre
    errors = y - out_of_fold
    beta = chosen.held.beta.copy()
    beta[0] += centre  # the targets were centred, so the unpenalised intercept takes their mean back
    slow = lagged(drivers.air_temperature_c, SLOW_LAG_H)[drivers.rows(start_utc)]
    scale_c, scale = _residual_scale(slow, errors - errors.mean(axis=0))
    grid = base.residuals.copy()
    hours = (start_utc - base.train_start) // _HOUR
    grid[hours] = errors
    slow_grid = base.slow_c.copy()
    slow_grid[hours] = slow
    level = step_gate(start_utc, y[:, 0], out_of_fold[:, 0], drivers)
    measured = {t: _metrics(start_utc, y[:, i], out_of_fold[:, i]) for i, t in enumerate(base.targets)}
    unfit = {t: first_reason(quality_gates(measured[t], settings.limits)) for t in base.targets[1:]}
    return replace(
        base,
        spec=chosen.spec,
        penalty=chosen.penalty,
        beta=beta,
        influence=chosen.held.beta - chosen.held.without,
        residuals=grid,
        slow_c=slow_grid,
        scale_c=scale_c,
        scale=scale,
        metrics=measured,
        gates=(
            *base.gates,
            *quality_gates(measured[base.targets[0]], settings.limits),
            level,
        ),
        drift_sd=float(np.hypot(base.drift_sd, level.found / 100)),
        unfit_targets={t: reason for t, reason in unfit.items() if reason},
    )


def _metrics(start_utc: Instants, metered: Floats, predicted: Floats) -> dict[str, float]:
    days = daily_sums(start_utc, metered, predicted)
    return {
        "cvrmse_hourly_pct": cvrmse_pct(metered, predicted),
        "cvrmse_daily_pct": cvrmse_pct(*days),
        "nmbe_pct": nmbe_pct(metered, predicted),
    }


def _residual_scale(slow_c: Floats, errors: Floats) -> tuple[Floats, Floats]:
    """Return bin centres (bins,) [°C] and the root mean square of the residuals in each (bins, m): winter is noisy."""
    edges = np.quantile(slow_c, np.linspace(0, 1, _SCALE_BINS + 1)[1:-1])
    where = np.searchsorted(edges, slow_c)
    kept = [b for b in range(_SCALE_BINS) if (where == b).any()]
    centres = np.array([slow_c[where == b].mean() for b in kept])
    size = np.stack([np.sqrt(np.mean(errors[where == b] ** 2, axis=0)) for b in kept])
    floor = 0.05 * np.sqrt(np.mean(errors**2, axis=0)) + 1e-12  # a bin without noise must not blow up the others
    return centres, np.maximum(size, floor)


def predict(baseline: Baseline, drivers: Drivers, start_utc: Instants | None = None) -> dict[str, Floats]:
    """Return target -> expected value (n,) [unit of the target] at `start_utc`, else at every hour of the drivers.

    The mean of a model is smoother than a meter: it is never billed. NaN where a driver is, and throughout for a
    disqualified baseline or an unfit target.
    """
    hours = drivers.start_utc if start_utc is None else start_utc
    if baseline.disqualified:
        return {t: np.full(len(hours), np.nan) for t in baseline.targets}
    expected = design(baseline.spec, hours, drivers)[0] @ baseline.beta
    return {
        t: np.full(len(hours), np.nan) if t in baseline.unfit_targets else expected[:, i]
        for i, t in enumerate(baseline.targets)
    }
