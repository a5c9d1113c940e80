"""What a baseline is built from, chosen on small designs in blocks left out: thermal lag, calendar, measured drivers.

A small design (hour, day and temperature, some seventy columns) tells these choices apart as well as the whole one
does, in a tenth of the time. Nothing is chosen by the fit to the same hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from energy.calendar import Instants
from energy.model import Floats
from energy.savings.baselines import crossval
from energy.savings.baselines.clocks import choose_calendar
from energy.savings.baselines.features import LONGEST_GAP, SLOW_LAG_H, Clock, Drivers, Spec, hinges, make_spec
from energy.swedish import sv

_PENALTY = 10.0
_CALENDAR_MARGIN = 0.005  # share of the squared error; a foreign calendar must beat the Swedish one by this
_MEASURED_MARGIN = 0.003
_MOST_MEASURED = 3
_FOLDS = 5
_FOLLOWS_COLD = -np.sqrt(0.5)  # correlation of days with the slow temperature: half their variance is the cold's
_PER_HOUR = 12


@dataclass(frozen=True)
class Choices:
    """The chosen lag [h] and calendar, the measured drivers worth trying, why others are left out (Swedish), the sun.

    `sun` is not chosen by blocks left out, which prefer it for any meter since it tells the season (in the next year
    electricity is 1 % worse for it): heat follows it because it warms, so a meter that follows the cold gets it.
    """

    lag_h: float
    clock: str
    measured: tuple[str, ...]
    left_out: Mapping[str, str]
    sun: bool = False


def folds(block: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the fold of each block (B,): every fifth block together, so that a fold has several seasons."""
    return np.arange(int(block.max()) + 1) % min(_FOLDS, int(block.max()) + 1)


def choose(
    start_utc: Instants,
    y: Floats,
    drivers: Drivers,
    lags_h: tuple[float, ...],
    block: npt.NDArray[np.int64],
    weight: Floats,
    calendar: tuple[str, ...],
) -> Choices:
    """Return the choices for targets `y` (n, m), centred, at the training hours `start_utc` (n,)."""
    clock = Clock.of(start_utc, drivers)
    small = {lag: _small(make_spec(drivers, lag, clock.rows, calendar), clock, drivers) for lag in lags_h}
    fold, lag_loss = folds(block), {}
    for lag, x in small.items():
        held = crossval.grams(x, y, np.ones(x.shape[1]), block, weight).folded(fold).held(_PENALTY)
        lag_loss[lag] = crossval.loss(y, crossval.predict_held_out(x, block, held.without[fold])), held
    lag = min(lag_loss, key=lambda tried: lag_loss[tried][0])
    x, beta = small[lag], lag_loss[lag][1].beta
    beta[:48] = 0.0  # the hours stay in what the calendar is to explain
    name = choose_calendar(start_utc, y - x @ beta, block, _CALENDAR_MARGIN)
    clock = Clock.of(start_utc, drivers, name)
    x = _small(make_spec(drivers, lag, clock.rows, calendar), clock, drivers)
    measured, left_out = _measured(x, y, drivers, clock, block, weight)
    return Choices(lag, name, measured, left_out, follows_cold(start_utc, y[:, 0], drivers))


def follows_cold(start_utc: Instants, y: Floats, drivers: Drivers) -> bool:
    """Return whether the slow temperature explains half the variance of the daily means of `y` (n,), more in cold."""
    slow = drivers.felt_c(SLOW_LAG_H)[drivers.rows(start_utc)]
    day = np.unique(start_utc.astype("datetime64[D]"), return_inverse=True)[1]
    days = np.stack([np.bincount(day, weights=v) for v in (y, slow)]) / np.bincount(day)
    if len(days.T) < 2 or not days.std(axis=1).all():
        return False
    return bool(np.asarray(np.corrcoef(days))[0, 1] < _FOLLOWS_COLD)


def _small(spec: Spec, clock: Clock, drivers: Drivers) -> Floats:
    """Return hour x day (48), temperature and slow temperature (10), cold by the hour (12), and the indicators."""
    hour, weekend = clock.week % 24, (clock.week >= 120).astype(np.int64)
    now = drivers.felt_c(spec.lag_h)[clock.rows]
    slow = drivers.felt_c(SLOW_LAG_H)[clock.rows]
    cold = np.maximum(0.0, spec.base_c - now)[:, None] / 10.0
    states = [drivers.calendar[name][clock.rows][:, None] for name in spec.calendar]
    parts = [np.eye(48)[weekend * 24 + hour], hinges(now, spec.base_c, spec.knots_c)]
    parts += [hinges(slow, spec.base_c, spec.slow_knots_c), np.eye(12)[hour // 2] * cold]
    return np.concatenate(parts + [np.concatenate([s, s * cold], axis=1) for s in states], axis=1)


def _measured(
    x: Floats, y: Floats, drivers: Drivers, clock: Clock, block: npt.NDArray[np.int64], weight: Floats
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the measured drivers that lower the error out of fold, best first, and why the others are left out."""
    tried, left_out = {}, {}
    for name, values in sorted(drivers.measured.items()):
        known = np.isfinite(values[clock.rows])
        spread = float(values[clock.rows][known].std()) if known.any() else 0.0
        if 1.0 - known.mean() > LONGEST_GAP:
            left_out[name] = f"saknas {sv(100 * (1 - known.mean()))} procent av timmarna"
        elif spread == 0.0:
            left_out[name] = "varierar inte"
        else:
            tried[name] = _by_hour(
                np.nan_to_num((values[clock.rows] - values[clock.rows][known].mean()) / spread), clock
            )
    if not tried:
        return (), left_out
    fold = folds(block)
    wide = np.concatenate([x, *tried.values()], axis=1)
    whole = crossval.grams(wide, y, np.ones(wide.shape[1]), block, weight).folded(fold)

    def loss(keep: npt.NDArray[np.int64]) -> float:
        part = crossval.Grams(whole.xx[:, keep][:, :, keep], whole.xy[:, keep], np.ones(len(keep)))
        return crossval.loss(y, crossval.predict_held_out(wide[:, keep], block, part.held(_PENALTY).without[fold]))

    few = np.arange(x.shape[1])
    plain = loss(few)
    losses = {}
    for i, name in enumerate(tried):
        at = x.shape[1] + i * (_PER_HOUR + 2)
        losses[name] = loss(np.r_[few, np.arange(at, at + _PER_HOUR + 2)])
    good = sorted((n for n in losses if losses[n] < (1 - _MEASURED_MARGIN) * plain), key=lambda n: losses[n])
    left_out |= {
        n: "förklarar inget mer utanför de timmar den anpassats till" for n in losses if n not in good[:_MOST_MEASURED]
    }
    return tuple(good[:_MOST_MEASURED]), left_out


def _by_hour(scaled: Floats, clock: Clock) -> Floats:
    """Return a measured driver as a line, its rise above usual, and a slope for every two hours, (n, 14)."""
    hour = clock.week % 24
    line = np.stack([scaled, np.maximum(0.0, scaled)], axis=1)
    return np.concatenate([line, np.eye(_PER_HOUR)[hour // 2] * scaled[:, None]], axis=1)
