"""The hourly baseline: a ridge on time of week, temperature, operations and a smooth surface, fitted once and frozen.

Thermal lag, calendar, measured drivers and penalty are chosen by blocked cross-validation, never in sample. Recent
hours weigh more, outliers do not bend the fit, and the level is the one the meter had reached. One design matrix serves
all targets of a meter, so that energy, volume and return temperature stay together. Bands are made in `uncertainty`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from energy.calendar import Instants
from energy.model import Floats
from energy.savings.baselines import bordered, choices, crossval, robust
from energy.savings.baselines.changes import step_gate
from energy.savings.baselines.design import bordered_design, design
from energy.savings.baselines.drift import Drift, packaged_drift
from energy.savings.baselines.features import SLOW_LAG_H, Clock, Drivers, Spec, make_spec, make_surface
from energy.savings.baselines.frozen import VERSION, Baseline
from energy.savings.baselines.level import latest_level
from energy.savings.baselines.metrics import cvrmse_pct, daily_sums, nmbe_pct
from energy.savings.baselines.stuck import stuck
from energy.savings.baselines.sufficiency import (
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
_SHIFT_STEPS = 8
_ROBUST_STEPS, _ROBUST_PENALTY = 3, 10.0
_MEASURED_GAIN = 0.003  # share of the squared error out of fold that measured drivers must take away
_NO_GAIN = "förklarar inget mer utanför de timmar den anpassats till"
# Placebo pairs of years differed by 9.3 % when this was set. The difference of two successive years' means of a random
# walk has 2/3 of the variance of its step over a year, so the walk itself steps 9.3 % x sqrt(3/2). With the drift.toml
# of today it would be 10 %; from 6 to 20 % the errors of real meters a year on change by at most about 2 %.
_LEVEL_SD = 0.114


@dataclass(frozen=True)
class Settings:
    """How to fit: candidates for lag [h] and penalty, days in a block (>= 14), gates, year-to-year drift.

    `half_life_days` after how long an hour weighs half; `level_sd` the relative step of the level in a year, 0 for
    none: the year's mean is then kept. `chosen` what is not to be chosen anew (see `settled`). `backcast` the time
    before the training is what will be predicted: weights and level are then those of its beginning.
    """

    lags_h: tuple[float, ...] = (0.0, 6.0, 12.0, 24.0, 48.0, 96.0)
    penalties: tuple[float, ...] = (20.0,)
    block_days: int = 28
    limits: Limits = field(default_factory=Limits)
    drift: Drift = field(default_factory=packaged_drift)
    half_life_days: float = 365.25
    level_sd: float = _LEVEL_SD
    chosen: choices.Choices | None = None
    backcast: bool = False


def settled(baseline: Baseline, settings: Settings | None = None) -> Settings:
    """Return settings that fit as `baseline` was fitted, its lag, calendar, drivers and penalty not chosen anew.

    For many fits of one meter: placebo dates, a year left out.
    """
    spec = baseline.spec
    chosen = choices.Choices(spec.lag_h, spec.clock, spec.measured, dict(baseline.drivers_left_out), spec.sun)
    return replace(settings or Settings(), chosen=chosen, penalties=(baseline.penalty,))


def inputs_hash(start_utc: Instants, targets: Mapping[str, Floats], drivers: Drivers) -> str:
    """Return the sha256 of everything a fit sees: names, instants and values, as little-endian bytes."""
    digest = hashlib.sha256(start_utc.astype("<M8[s]").tobytes())
    columns = [*targets.items(), ("start_utc", drivers.start_utc), ("air_temperature_c", drivers.air_temperature_c)]
    for name, values in columns + sorted(drivers.calendar.items()) + sorted(drivers.measured.items()):
        digest.update(name.encode())
        digest.update(values.astype("<M8[s]" if values.dtype.kind == "M" else "<f8").tobytes())
    return digest.hexdigest()


def fit(
    start_utc: Instants, targets: Mapping[str, Floats], drivers: Drivers, settings: Settings | None = None
) -> Baseline:
    """Return the baseline of one meter, the first target being the one the gates judge.

    `start_utc` (n,) ascending hours of the baseline period within the span of `drivers`; `targets` name -> (n,)
    [kWh, m³, m³·°C], NaN where unknown. Rows with a NaN in a target, the temperature or an indicator, and hours in
    which the meter stands still (`stuck`), are left out and counted; a measured driver with gaps is taken at its mean
    there, or left out with a reason. Poor data never raise: the baseline is then disqualified with a reason. Raises
    ValueError for hours outside the drivers.
    """
    settings = settings or Settings()
    y = np.stack([np.asarray(v, dtype=np.float64) for v in targets.values()], axis=1)
    rows = drivers.rows(start_utc)
    known = np.stack([drivers.air_temperature_c, *drivers.calendar.values()])[:, rows]
    y[stuck(y[:, 0])] = np.nan
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
        rows_outlying=0,
        level_step=np.zeros(m),
        level_sd=np.zeros(m),
        floor=np.full(m, -np.inf),
        drivers_left_out={},
        metrics={},
        gates=gates,
        unfit_targets={},
        limits=settings.limits,
        drift=settings.drift,
        inputs_sha256=inputs_hash(start_utc, targets, drivers),
    )


@dataclass(frozen=True)
class _Rows:
    """The training rows: hours (n,), targets (n, m), their block and weight (n,)."""

    start_utc: Instants
    y: Floats
    block: npt.NDArray[np.int64]
    weight: Floats


@dataclass(frozen=True)
class _Shape:
    """A chosen design and its fit: the targets' centre (m,), what the residuals were cut to, and the refits."""

    spec: Spec
    penalty: float
    x: bordered.Bordered
    centre: Floats
    cut: robust.Winsorised
    held: crossval.Held


def _shaped(base: Baseline, rows: _Rows, drivers: Drivers, settings: Settings, chosen: choices.Choices) -> _Shape:
    """Return the fit with the penalty, and with or without the measured drivers, that blocks left out prefer."""
    clock = Clock.of(rows.start_utc, drivers, chosen.clock)
    plain = (make_surface(drivers, clock),)
    surfaces = (*plain, make_surface(drivers, clock, chosen.measured)) if chosen.measured else plain
    spec = make_spec(drivers, chosen.lag_h, clock.rows, base.spec.calendar, chosen.clock, surfaces, chosen.sun)
    x, relative = bordered_design(spec, rows.start_utc, drivers, clock)
    centre = np.average(rows.y, axis=0, weights=rows.weight)
    y = robust.guarded(rows.y) - centre
    found = bordered.grams(x, y, relative, rows.block, rows.weight)
    cut, found = _cut(x, y, found, rows)
    columns, best = _columns_and_penalty(x, cut.shape, rows.block, found, spec, settings)
    if columns < len(relative):
        spec = replace(spec, surfaces=plain)
    return _Shape(spec, best, x.first(columns), centre, cut, found.first(columns).held(best))


def _cut(
    x: bordered.Bordered, y: Floats, found: bordered.BorderedGrams, rows: _Rows
) -> tuple[robust.Winsorised, bordered.BorderedGrams]:
    """Return `y` (n, m) cut round a fit to what is cut, the first fit being to all of it, and the grams of the cut."""
    system, moved = found.reduced(_ROBUST_PENALTY), found
    for _ in range(_ROBUST_STEPS):
        cut = robust.winsorised(y, x @ system.solved(moved.xy.sum(axis=0)))
        moved = found.moved(cut.shape - y, rows.block, rows.weight)
    return cut, moved


def _columns_and_penalty(
    x: bordered.Bordered,
    y: Floats,
    block: npt.NDArray[np.int64],
    found: bordered.BorderedGrams,
    spec: Spec,
    settings: Settings,
) -> tuple[int, float]:
    """Return how many columns, the surface of the measured drivers being the last, and the penalty, out of fold."""
    penalties, columns = settings.penalties, len(found.penalty)
    if settings.chosen and len(penalties) == 1:
        return columns, penalties[0]
    fold, middle = choices.folds(block), penalties[len(penalties) // 2]
    folded, losses = found.folded(fold), {}

    def loss(columns: int, penalty: float) -> float:
        if (columns, penalty) not in losses:
            held = folded.first(columns).held(penalty)
            predicted = crossval.predict_held_out(x.first(columns), block, held.without[fold])
            losses[columns, penalty] = crossval.loss(y, predicted)
        return losses[columns, penalty]

    if spec.measured and not settings.chosen:
        few = columns - len(spec.surfaces[-1].points)
        columns = columns if loss(columns, middle) < (1 - _MEASURED_GAIN) * loss(few, middle) else few
    if len(penalties) == 1:
        return columns, middle
    return columns, min(penalties, key=lambda p: loss(columns, p))


def _fitted(
    base: Baseline, start_utc: Instants, y: Floats, drivers: Drivers, settings: Settings, block: npt.NDArray[np.int64]
) -> Baseline:
    hours = (start_utc - base.train_start) // _HOUR
    away = hours - hours[0] if settings.backcast else hours[-1] - hours  # from the edge that faces the prediction
    weight = 0.5 ** (away / (settings.half_life_days * 24.0))
    rows = _Rows(start_utc, y, block, weight / weight.mean())
    centred = robust.guarded(y) - y.mean(axis=0)
    chosen = settings.chosen or choices.choose(
        start_utc, centred, drivers, settings.lags_h, block, rows.weight, base.spec.calendar
    )
    shape = _shaped(base, rows, drivers, settings, chosen)
    floor = np.where(y.min(axis=0) >= 0, 0.0, -np.inf)  # what never ran backwards is not expected to
    level, latest = _levels(shape, rows, hours, floor, settings)
    beta = shape.held.beta.copy()
    beta[0] += shape.centre + level + latest[0]  # the intercept is not penalised: it takes the mean and the level back
    out_of_fold = np.maximum(
        crossval.predict_held_out(shape.x, block, shape.held.without) + shape.centre + level, floor
    )
    counted = shape.cut.level + shape.centre
    base = _with_residuals(base, drivers, start_utc, counted - out_of_fold)
    moved = step_gate(start_utc, counted[:, 0], out_of_fold[:, 0], drivers)
    measured = {t: _metrics(start_utc, counted[:, i], out_of_fold[:, i]) for i, t in enumerate(base.targets)}
    unfit = {t: first_reason(quality_gates(measured[t], settings.limits)) for t in base.targets[1:]}
    left_out = dict(chosen.left_out)
    left_out |= {n: _NO_GAIN for n in chosen.measured if n not in shape.spec.measured}
    return replace(
        base,
        spec=shape.spec,
        penalty=shape.penalty,
        beta=beta,
        influence=shape.held.beta - shape.held.without,
        level_step=latest[0],
        level_sd=latest[1],
        floor=floor,
        rows_outlying=int(shape.cut.outlying.sum()),
        drivers_left_out=left_out,
        metrics=measured,
        gates=(
            *base.gates,
            *quality_gates(measured[base.targets[0]], settings.limits),
            moved,
        ),
        drift=base.drift.wider(moved.found / 100),
        unfit_targets={t: reason for t, reason in unfit.items() if reason},
    )


def _levels(
    shape: _Shape, rows: _Rows, hours: npt.NDArray[np.int64], floor: Floats, settings: Settings
) -> tuple[Floats, Floats]:
    """Return what gives back the metered total, cut residuals and `floor` (m,) included (m,), and the latest level.

    The latest level (2, m) is the step to it that the next year is expected to keep, and the standard deviation of its
    doubt.
    """
    fitted = shape.x @ shape.held.beta + shape.centre
    left = shape.cut.level + shape.centre - fitted
    level = np.average(left, axis=0, weights=rows.weight)
    mean = shape.centre + level
    left = left - level
    if settings.backcast:
        left, hours = left[::-1], hours[-1] - hours[::-1]
    latest = [latest_level(e, hours, m, settings.level_sd) for e, m in zip(left.T, mean, strict=True)]
    level = level + _lowered(fitted + level, floor, rows.weight)
    return level, settings.drift.kept * np.array([[one.step for one in latest], [one.sd for one in latest]])


def _lowered(fitted: Floats, floor: Floats, weight: Floats) -> Floats:
    """Return the shift (m,), <= 0, with which values (n, m) not let below `floor` keep their weighted mean.

    Newton's method on a convex, piecewise straight function: every step but the first stays on the safe side.
    """
    wanted, shift = np.average(fitted, axis=0, weights=weight), np.zeros(len(floor))
    for _ in range(_SHIFT_STEPS):
        moved = fitted + shift
        over = np.average(np.maximum(moved, floor), axis=0, weights=weight) - wanted
        above = np.average(moved > floor, axis=0, weights=weight)
        shift = shift - over / np.maximum(above, 0.01)
    return shift


def _with_residuals(base: Baseline, drivers: Drivers, start_utc: Instants, errors: Floats) -> Baseline:
    """Return the baseline with its out-of-fold residuals, the slow temperature then, and the residuals' size."""
    slow = drivers.felt_c(SLOW_LAG_H)[drivers.rows(start_utc)]
    scale_c, scale = _residual_scale(slow, errors - errors.mean(axis=0))
    grid, slow_grid = base.residuals.copy(), base.slow_c.copy()
    hours = (start_utc - base.train_start) // _HOUR
    grid[hours], slow_grid[hours] = errors, slow
    return replace(base, residuals=grid, slow_c=slow_grid, scale_c=scale_c, scale=scale)


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
    x = design(baseline.spec, hours, drivers)[0]
    expected = x @ baseline.beta + baseline.lifted(x)
    return {
        t: np.full(len(hours), np.nan) if t in baseline.unfit_targets else expected[:, i]
        for i, t in enumerate(baseline.targets)
    }
