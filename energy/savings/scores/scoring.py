"""Score baselines on anybody's data: fit on one period, predict another, compare with the meter.

With no project between the periods, predicted minus metered is a placebo saving, and the band should hold zero. Fit,
gates, extrapolation and draws are those of the savings flow; `tidy` makes hours, days or billing periods of the rows.

References
----------
CV(RMSE) and NMBE: ASHRAE Guideline 14-2014, Annex B, with p = 0, out of sample (see `metrics`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from energy.calendar import Instants, normal_time
from energy.model import Floats
from energy.savings.bands.uncertainty import draws
from energy.savings.baselines.baseline import Settings, fit, predict
from energy.savings.baselines.changes import ONE_LEVEL
from energy.savings.baselines.climate import other_climate
from energy.savings.baselines.drift import packaged_drift
from energy.savings.baselines.features import LONGEST_GAP, Drivers
from energy.savings.baselines.frozen import Baseline
from energy.savings.baselines.metrics import cvrmse_pct, daily_sums, nmbe_pct
from energy.savings.baselines.sufficiency import NOT_ASSESSED, Bools, extrapolation
from energy.savings.scores.scored import (
    COLUMNS,
    FAILED,
    Probe,
    Scored,
    interval_score,
    known_or_none,
    no_probe,
    span,
    with_band,
)
from energy.savings.scores.scoring_periods import score_periods
from energy.savings.scores.spoiled import comparable, named
from energy.savings.scores.tidy import Meter, meters, period_hours, places, weather_drivers

__all__ = [
    "COLUMNS", "FAILED", "Assessed", "Scored", "assess", "evaluate", "interval_score", "period_hours", "score",
    "summary", "weather_drivers",
]  # fmt: skip

_FEWEST_HOURS = 28 * 24  # a shorter comparison says more about its weeks than about the model
_NO_HOURS: Instants = np.zeros(0, dtype="datetime64[s]")
_TOO_FEW = NOT_ASSESSED + "mindre än fyra veckors mätvärden i jämförelseperioden"


@dataclass(frozen=True)
class Assessed:
    """One meter: its row of COLUMNS, and by hour (day, period) of the test what was metered and expected [kWh]."""

    row: Mapping[str, object]
    hours: Instants
    metered: Floats
    expected: Floats

    def months(self) -> pl.DataFrame:
        """Return month, metered_kwh and predicted_kwh over the hours known to both, months of normal time."""
        known = ~(np.isnan(self.metered) | np.isnan(self.expected))
        month = normal_time(self.hours[known]).astype("datetime64[M]").astype("datetime64[D]")
        columns = {"month": month, "metered_kwh": self.metered[known], "predicted_kwh": self.expected[known]}
        return pl.DataFrame(columns).group_by("month").agg(pl.all().sum()).sort("month")


# --- one meter ---------------------------------------------------------------------------------------------------


def score(
    meter: Meter,
    drivers: Drivers,
    train: Instants,
    test: Instants,
    settings: Settings | None = None,
    *,
    count: int = 200,
    seed: int = 1,
    probe: Probe | None = None,
) -> tuple[Scored, Floats]:
    """Return (what the meter gave, expected value (len(test),) [kWh], empty when it is disqualified).

    `train` and `test` are contiguous hours within the drivers, either one first; a measured driver that is unknown for
    more than a tenth of either is not used. Hours in a state that the training never saw are no
    part of the comparison, as they bring no saving in the savings flow. Raises ValueError for hours outside `drivers`.
    """
    now = probe or no_probe
    drivers = _known_in_both(drivers, train, test)
    begin = now()
    told = settings or Settings(drift=packaged_drift(meter.carrier))
    told = replace(told, backcast=bool(len(test) and len(train) and test[-1] < train[0]))
    baseline = fit(train, {"energy_kwh": meter.on(train)}, drivers, told)
    fitted = now()
    metered, left_out, strange = comparable(meter, train, test)
    n_test = int((~np.isnan(metered)).sum())
    outside = extrapolation(
        baseline.temperature_range_c, baseline.calendar_ranges, drivers.during(test), baseline.limits
    )
    reason = baseline.disqualified or strange or (None if n_test >= _FEWEST_HOURS else _TOO_FEW) or outside.reason
    base = Scored(
        baseline.rows_used, n_test, left_out, fit_seconds=span(begin, fitted), peak_mb=known_or_none(fitted[1])
    )
    base = replace(base, moved_pct=next((g.found for g in baseline.gates if g.name == ONE_LEVEL), None))
    if reason:
        return replace(base, disqualified=reason), np.zeros(0)
    begin = now()
    expected = np.where(outside.unseen, np.nan, predict(baseline, drivers, test)["energy_kwh"])
    predicted = now()
    found = _compared(replace(base, predict_seconds=span(begin, predicted)), baseline, test, metered, expected)
    if found.disqualified:
        return found, np.zeros(0)
    found = _banded(found, baseline, drivers, test, ~(np.isnan(metered) | np.isnan(expected)), count, seed)
    done = now()
    return replace(found, band_seconds=span(predicted, done), peak_mb=known_or_none(done[1])), expected


def _known_in_both(drivers: Drivers, *periods: Instants) -> Drivers:
    """Return the drivers without the measured ones that a period lacks too much of to be predicted from."""
    gaps = {
        name: max(float(np.isnan(values[drivers.rows(hours)]).mean()) for hours in periods)
        for name, values in drivers.measured.items()
    }
    return replace(drivers, measured={n: v for n, v in drivers.measured.items() if gaps[n] <= LONGEST_GAP})


def _compared(base: Scored, baseline: Baseline, test: Instants, metered: Floats, expected: Floats) -> Scored:
    """Return the errors of the prediction over the hours known to both, or the reason why there are none."""
    known = ~(np.isnan(metered) | np.isnan(expected))
    if known.sum() < _FEWEST_HOURS:
        reason = NOT_ASSESSED + "mindre än fyra veckor av jämförelseperioden har både mätvärden, väder och känd drift"
        return replace(base, n_test=int(known.sum()), disqualified=reason)
    return replace(
        base,
        n_test=int(known.sum()),
        cvrmse_hourly_pct=known_or_none(cvrmse_pct(metered, expected)),
        cvrmse_daily_pct=known_or_none(cvrmse_pct(*daily_sums(test, metered, expected))),
        nmbe_pct=known_or_none(nmbe_pct(metered, expected)),
        predicted_kwh=float(expected[known].sum()),
        actual_kwh=float(metered[known].sum()),
        lag_h=baseline.spec.lag_h,
    )


def _banded(
    found: Scored, baseline: Baseline, drivers: Drivers, test: Instants, known: Bools, count: int, seed: int
) -> Scored:
    """Return the difference with its 90 % band, the band's width and score as shares of what was metered."""
    total = draws(baseline, drivers, count, seed, start_utc=test)["energy_kwh"][known].sum(axis=0)
    calm = draws(baseline, drivers, count, seed, start_utc=test, drift=False)["energy_kwh"][known].sum(axis=0)
    return with_band(found, total, calm)


# --- many meters -------------------------------------------------------------------------------------------------


def assess(
    readings: pl.DataFrame,
    weather: pl.DataFrame,
    train: tuple[date, date],
    test: tuple[date, date],
    settings: Settings | None = None,
    *,
    count: int = 200,
    seed: int = 1,
    probe: Probe | None = None,
) -> Iterator[Assessed]:
    """Yield the meters one by one, in order of meter_id; see `evaluate`. A meter that fails is told, not raised.

    Raises ValueError when no weather covers any hour of a period.
    """
    known = places(weather, (train, test))
    spans = {place: (_clip(period_hours(train), d), _clip(period_hours(test), d)) for place, d in known.items()}
    if not any(len(before) and len(after) for before, after in spans.values()):
        raise ValueError("weather: no hour of the period is covered")
    climates = {place: _one_climate(known[place], *hours) for place, hours in spans.items()}
    options: dict[str, Any] = {"count": count, "seed": seed, "probe": probe}
    for meter in meters(readings):
        place, problem = _place(meter, known)
        before, after = (_NO_HOURS, _NO_HOURS) if problem else spans[place]
        if not problem and not (len(before) and len(after)):
            problem = NOT_ASSESSED + "väder saknas för någon av perioderna"
        problem = problem or climates.get(place)
        found, at, metered, expected = Scored(disqualified=problem), *_NOTHING
        if not problem and meter.periods is None:
            work = partial(_by_hours, meter, known[place], before, after, settings, options)
            found, at, metered, expected = _tried(work)
        elif not problem:
            found, at, metered, expected = _tried(partial(score_periods, meter, known[place], before, after, **options))
        if found.disqualified:
            found = replace(found, disqualified=named(found.disqualified, meter, before, after))
        row = {"meter_id": meter.meter_id, "carrier": meter.carrier, "site": place, "resolution": meter.family}
        left_out = {"n_left_out": meter.left_out + found.n_left_out}
        yield Assessed(row | asdict(found) | left_out, at, metered, expected)


_Given = tuple[Scored, Instants, Floats, Floats]
_NOTHING: tuple[Instants, Floats, Floats] = (_NO_HOURS, np.zeros(0), np.zeros(0))


def _one_climate(drivers: Drivers, train: Instants, test: Instants) -> str | None:
    """Return why the weather of the two periods cannot be compared, None where it can."""
    before, after = (drivers.air_temperature_c[drivers.rows(hours)] for hours in (train, test))
    why = other_climate(train, before, test, after)
    return None if why is None else f"{NOT_ASSESSED}vädret: {why}"


def _by_hours(
    meter: Meter, drivers: Drivers, train: Instants, test: Instants, settings: Settings | None, options: dict[str, Any]
) -> _Given:
    found, expected = score(meter, drivers, train, test, settings, **options)
    return (found, test, comparable(meter, train, test)[0], expected) if len(expected) else (found, *_NOTHING)


def _tried(work: Callable[[], _Given]) -> _Given:
    """Return what scoring gives, or that it failed: one strange meter must not stop the hundreds after it."""
    try:
        return work()
    except Exception as error:
        return Scored(disqualified=f"{FAILED} ({type(error).__name__}: {error})"), *_NOTHING


def _place(meter: Meter, known: Mapping[str | None, Drivers]) -> tuple[str | None, str | None]:
    """Return (the place whose weather the meter takes, the Swedish reason why there is none)."""
    if meter.problem:
        return meter.place, meter.problem
    if None in known and len(known) == 1:
        return None, None
    if meter.place is None and len(known) == 1:
        return next(iter(known)), None
    if meter.place in known:
        return meter.place, None
    told = "mätaren saknar plats, och vädret har flera" if meter.place is None else f"väder saknas för {meter.place}"
    return meter.place, NOT_ASSESSED + told


def evaluate(
    readings: pl.DataFrame,
    weather: pl.DataFrame,
    train: tuple[date, date],
    test: tuple[date, date],
    settings: Settings | None = None,
    *,
    count: int = 200,
    seed: int = 1,
    probe: Probe | None = None,
) -> pl.DataFrame:
    """Return one row per meter of `readings` (meter_id, start_utc, kwh), in order of meter_id; see COLUMNS.

    `weather` has start_utc, air_temperature_c [°C] and optional driver columns; `site` or `station` in both ties a
    meter to its weather, `carrier` is carried along. A meter of days or billing periods (`resolution`) is given the
    change-point model of its family, and its own errors: by day, or by period. Periods are days of normal time,
    both ends included. Percentages are out of sample and of what was metered; `difference_kwh` = predicted -
    metered over hours known to both, its 90 % band with residuals, coefficients and drift; `model_sd_pct` the
    spread of the predicted total without drift; `moved_pct` how wrong the model may be because the use seems to have
    taken a step within the training, for which the band is wider (0 where none is seen); `n_left_out` readings that
    were no numbers, flagged, told twice with two values, or no part of the comparison (see `spoiled.comparable`). A
    disqualified meter has its reason and no figures. `probe` gives seconds and peak memory. Raises ValueError when no
    weather covers a period.
    """
    found = assess(readings, weather, train, test, settings, count=count, seed=seed, probe=probe)
    return frame([one.row for one in found])


def frame(rows: list[Mapping[str, object]]) -> pl.DataFrame:
    """Return rows of `Assessed` as one frame of COLUMNS."""
    return pl.DataFrame([{name: row[name] for name in COLUMNS} for row in rows], schema=COLUMNS)


def summary(found: pl.DataFrame) -> pl.DataFrame:
    """Return one row per carrier: meters, assessed, medians of the errors, coverage and width of the bands.

    `covered` counts the assessed meters whose band holds zero; percentages as in `evaluate`.
    """
    fit_ok = pl.col("disqualified").is_null()
    return found.group_by("carrier").agg(
        pl.len().cast(pl.Int64).alias("meters"),
        fit_ok.sum().cast(pl.Int64).alias("assessed"),
        pl.col("cvrmse_hourly_pct").median(),
        pl.col("cvrmse_daily_pct").median(),
        pl.col("cvrmse_period_pct").median(),
        pl.col("nmbe_pct").abs().median().alias("abs_nmbe_median_pct"),
        pl.col("nmbe_pct").abs().mean().alias("abs_nmbe_mean_pct"),
        pl.col("covers_zero").sum().cast(pl.Int64).alias("covered"),
        pl.col("half_width_pct").median(),
        pl.col("interval_score_pct").mean(),
        pl.col("fit_seconds").median(),
    ).sort("carrier")  # fmt: skip


def _clip(hours: Instants, drivers: Drivers) -> Instants:
    """Return the hours that the weather spans, possibly none."""
    kept: Instants = hours[(hours >= drivers.start_utc[0]) & (hours <= drivers.start_utc[-1])]
    return kept
