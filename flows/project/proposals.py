"""Changes found in a project's meters, as proposals for the event ledger: nothing here changes a figure.

The search is in `energy.savings.baselines.changes`; this module only carries what one needs to the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from energy.calendar import Instants, normal_time
from energy.model import Floats
from energy.savings.bands.periods import predict as predict_periods
from energy.savings.baselines.baseline import predict
from energy.savings.baselines.change_search import SLOPE, STEP, TEMPORARY
from energy.savings.baselines.changepoint import columns
from energy.savings.baselines.changes import Change, detect, sentence
from energy.savings.baselines.frozen import Baseline
from energy.savings.baselines.stuck import stuck
from flows.project.nonroutine import Modelled
from flows.project.periods import PeriodMeter
from flows.project.treated import Treated, first_day, last_day, utc

_NEAR = 21  # days between a step and the row of the ledger that tells of it
_COVERED = 0.5  # share of a time that passes that rows of the ledger must cover
Row = dict[str, Any]


@dataclass(frozen=True)
class Watched:
    """A meter and what its model expects of it in the hours (n,) since the training began, both [kWh].

    `fitted` (n, q) the drivers that an expectation in sample leans on, None where it is out of fold.
    """

    carrier: str
    metering_point: str
    start_utc: Instants
    metered: Floats
    expected: Floats
    fitted: Floats | None = None


def watched(one: Modelled | PeriodMeter) -> Watched | None:
    """Return what a search for changes needs to know of a meter, None where there is nothing to search.

    A meter that is read by month tells too little: a month is the least that can be seen in it.
    """
    if isinstance(one, PeriodMeter):
        return _by_days(one) if one.family == "daily" else None
    return _by_hours(one, one.model) if one.model is not None else None


def proposals(treated: Treated, meters: Sequence[Modelled | PeriodMeter]) -> Iterator[Row]:
    """Yield the rows of event_proposals but for project and run: every change of every meter of the project."""
    found: dict[str, Watched] = {}
    for seen in map(watched, meters):
        if seen is not None:
            found.setdefault(seen.metering_point, seen)
    start = None if treated.project.placebo else utc(treated.project.reporting_from)
    for point, one in found.items():
        for change in detect(one.start_utc, one.metered, one.expected, project_start=start, fitted=one.fitted):
            status, by = _status(treated, one.carrier, change)
            last = change.end - timedelta(days=1) if change.end else None
            yield {
                "metering_point": point, "carrier": one.carrier, "kind": change.kind, "event_from": change.start,
                "event_to": last, "size_kwh_per_day": change.size_kwh_per_day, "size_pct": change.size_pct,
                "size_band_pct": change.band_pct, "likelihood_ratio": change.evidence,
                "confidence": change.confidence, "message": sentence(change), "status": status, "handled_by": by,
                **_ready(treated.project.facility, one.carrier, change, last),
            }  # fmt: skip


def _by_hours(one: Modelled, model: Baseline) -> Watched:
    """Return a meter of hours: expected out of fold in the baseline period, predicted after it."""
    actual = one.loads.actual
    since = actual.start_utc >= model.train_start
    values = actual.energy_kwh[since, 0]
    hours, metered = actual.start_utc[since], np.where(stuck(values), np.nan, values)  # told as such, and no change
    expected = np.full(len(hours), np.nan)
    trained = min(len(model.residuals), len(hours))
    expected[:trained] = metered[:trained] - model.residuals[:trained, 0]
    expected[trained:] = _predicted(one, hours[trained:])
    return Watched(one.carrier, actual.metering_point, hours, metered, expected)


def _by_days(one: PeriodMeter) -> Watched:
    """Return a meter of days, each day spread evenly over its hours."""
    actual, model = one.loads.actual, one.model
    day = normal_time(actual.start_utc).astype("datetime64[D]")
    since = day >= model.train_first
    day, hours, metered = day[since], actual.start_utc[since], actual.energy_kwh[since, 0]
    expected = predict_periods(model, one.days, day, day + 1) / 24.0
    design = one.days.means(columns(model.shape, one.days), day, day + 1)[:, 1:]  # without the level
    trained = day < model.train_end
    fitted = np.where(trained[:, None], design - np.nanmean(design[trained], axis=0), 0.0)
    return Watched(one.carrier, actual.metering_point, hours, metered, expected, fitted)


def _predicted(one: Modelled, hours: Instants) -> Floats:
    if one.model is None or one.drivers is None or not len(hours):
        return np.full(len(hours), np.nan)
    if set(one.model.spec.calendar) - set(one.drivers.calendar):
        return np.full(len(hours), np.nan)
    return predict(one.model, one.drivers, hours)["energy_kwh"]


def _status(treated: Treated, carrier: str, change: Change) -> tuple[str, str | None]:
    """Return whether the ledger has the change already (handled), whether it can matter (no_effect), and the row."""
    project, days = treated.project, _days(change)
    for row in treated.of_carrier(carrier):
        near = abs((first_day(row) - change.start).days) <= _NEAR
        both = (min(last_day(row), days[1]) - max(first_day(row), days[0])).days + 1
        covered = change.kind == TEMPORARY and both >= _COVERED * ((days[1] - days[0]).days + 1)
        if covered or (change.kind != TEMPORARY and near):
            return "handled", f"{row.reason} (beslutat av {row.decided_by})"
    between = change.kind == TEMPORARY and project.baseline_to <= days[0] and days[1] < project.reporting_from
    return ("no_effect" if between else "proposed"), None


def _days(change: Change) -> tuple[date, date]:
    return change.start, change.end - timedelta(days=1) if change.end else date.max - timedelta(days=2)


def _ready(facility: str, carrier: str, change: Change, last: date | None) -> Row:
    """Return the row to copy, as CSV and as TOML; reason and who decided are for a person to fill in."""
    if change.kind == SLOPE:
        return {"ready_row": None, "ready_toml": None}
    end = change.start if change.kind == STEP else last
    how = "rebaseline" if change.kind == STEP else "engineering"
    value, give = (f"{v:.0f}" for v in (max(change.size_pct, -100), change.band_pct))
    stated = how == "engineering"
    effect = f"{value};percent;{give}" if stated else ";;"
    toml = [f'facility = "{facility}"', 'kind = "non_routine"', f"start = {change.start}", f"end = {end}",
            f'carrier = "{carrier}"', f'treatment = "{how}"']  # fmt: skip
    toml += [f"value = {value}", 'unit = "percent"', f"uncertainty = {give}"] if stated else []
    return {
        "ready_row": f"{facility};non_routine;{change.start};{end};{carrier};{how};{effect};;",
        "ready_toml": "\n".join(["[[event]]", *toml, 'reason = ""', 'decided_by = ""']),
    }
