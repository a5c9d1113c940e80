"""Score the change-point model of a meter that tells days or billing periods: fit, predict, compare, as `scoring`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from energy.calendar import Instants, normal_time
from energy.model import Floats
from energy.savings.bands.periods import draws, predict, refusal
from energy.savings.baselines import changepoint
from energy.savings.baselines.coarse import Days, Periods
from energy.savings.baselines.drift import packaged_drift
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.frozen_periods import PeriodBaseline
from energy.savings.baselines.metrics import cvrmse_pct, nmbe_pct
from energy.savings.baselines.sufficiency import NOT_ASSESSED
from energy.savings.scores.scored import Probe, Scored, known_or_none, no_probe, span, with_band
from energy.savings.scores.tidy import Meter

_HOUR = np.timedelta64(3600, "s")
_FEWEST = {"daily": 28, "billing": 3}  # periods of the test: fewer say more about themselves than about the model
_NAMES = {"daily": "dygn", "billing": "avläsningsperioder"}


def score_periods(
    meter: Meter,
    drivers: Drivers,
    train: Instants,
    test: Instants,
    *,
    count: int = 200,
    seed: int = 1,
    probe: Probe | None = None,
) -> tuple[Scored, Instants, Floats, Floats]:
    """Return (what the meter gave, start of each period of the test, metered and expected there (n,) [kWh]).

    `train` and `test` are contiguous hours within the drivers; a period counts where it lies wholly inside. A daily
    meter has its error by day, a billing meter by period. Raises ValueError for a meter without periods.
    """
    if meter.periods is None or meter.family == "hourly":
        raise ValueError(f"{meter.meter_id} has no periods")
    family, now = meter.family, probe or no_probe
    begin = now()
    days = Days.of(drivers)
    before, after = (_inside(meter.periods, hours) for hours in (train, test))
    model = _fitted(before, days, family, meter.carrier)
    fitted = now()
    known = after.where(np.isfinite(after.energy_kwh))
    base = Scored(0 if model is None else model.rows_used, len(known.first), fit_seconds=span(begin, fitted))
    few = NOT_ASSESSED + f"jämförelseperioden har mindre än {_FEWEST[family]} {_NAMES[family]} med mätvärden"
    none = NOT_ASSESSED + f"basperioden har inga {_NAMES[family]} med mätvärden"
    reason = none if model is None else refusal(model, days, after.first, after.end) if len(after.first) else few
    if model is None or reason:
        return replace(base, disqualified=reason), *_nothing()
    return _compared(base, model, days, known, few, (count, seed), now)


def _fitted(before: Periods, days: Days, family: str, carrier: str | None) -> PeriodBaseline | None:
    if not len(before.first):
        return None
    cut = days.between(before.first[0], before.end[-1])  # later weather must change nothing
    settings = changepoint.Settings(drift=packaged_drift(carrier))
    return changepoint.fit(before, cut, "daily" if family == "daily" else "billing", settings)


def _compared(
    base: Scored, model: PeriodBaseline, days: Days, found: Periods, few: str, options: tuple[int, int], now: Probe
) -> tuple[Scored, Instants, Floats, Floats]:
    """Return the errors over the periods known to both, or the reason why there are none."""
    begin = now()
    expected = predict(model, days, found.first, found.end)
    known = np.isfinite(expected)
    found, expected = found.where(known), expected[known]
    predicted = now()
    base = replace(base, n_test=len(expected), predict_seconds=span(begin, predicted))
    if len(expected) < _FEWEST[model.family]:
        return replace(base, disqualified=few), *_nothing()
    metered = found.energy_kwh
    error = known_or_none(cvrmse_pct(metered, expected))
    base = replace(
        base,
        cvrmse_daily_pct=error if model.family == "daily" else None,
        cvrmse_period_pct=error if model.family == "billing" else None,
        nmbe_pct=known_or_none(nmbe_pct(metered, expected)),
        predicted_kwh=float(expected.sum()),
        actual_kwh=float(metered.sum()),
    )
    total, calm = (draws(model, days, found.first, found.end, *options, drift=d).sum(axis=0) for d in (True, False))
    done = now()
    base = replace(with_band(base, total, calm), band_seconds=span(predicted, done), peak_mb=known_or_none(done[1]))
    midnight: Instants = found.first.astype("datetime64[s]")
    start: Instants = midnight - _HOUR
    return base, start, metered, expected


def _inside(periods: Periods, hours: Instants) -> Periods:
    """Return the periods that lie wholly within some contiguous hours."""
    first, last = normal_time(hours[[0, -1]])
    return periods.where((periods.first >= first) & (periods.end <= last + _HOUR))


def _nothing() -> tuple[Instants, Floats, Floats]:
    return np.zeros(0, dtype="datetime64[s]"), np.zeros(0), np.zeros(0)
