"""Changes found in a project's meters, as proposals for the event ledger: nothing here changes a figure.

The search is in `energy.savings.changes`; this module only carries what one needs to the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np

from energy.calendar import Instants
from energy.model import Floats
from energy.savings.baseline import predict
from energy.savings.change_search import SLOPE, STEP, TEMPORARY
from energy.savings.changes import Change, detect, sentence
from flows.nonroutine import Modelled
from flows.treated import Treated, first_day, last_day, utc

_NEAR = 21  # days between a step and the row of the ledger that tells of it
_COVERED = 0.5  # share of a time that passes that rows of the ledger must cover
Row = dict[str, Any]


def proposals(treated: Treated, modelled: Sequence[Modelled]) -> Iterator[Row]:
    """Yield the rows of event_proposals but for project and run: every change of every meter of the project."""
    done = set()
    for one in modelled:
        point = one.loads.actual.metering_point
        if point in done or one.model is None:
            continue
        done.add(point)
        for change in _changes(treated, one):
            status, by = _status(treated, one.carrier, change)
            last = change.end - timedelta(days=1) if change.end else None
            yield {
                "metering_point": point, "carrier": one.carrier, "kind": change.kind, "event_from": change.start,
                "event_to": last, "size_kwh_per_day": change.size_kwh_per_day, "size_pct": change.size_pct,
                "size_band_pct": change.band_pct, "likelihood_ratio": change.evidence,
                "confidence": change.confidence, "message": sentence(change), "status": status, "handled_by": by,
                **_ready(treated.project.facility, one.carrier, change, last),
            }  # fmt: skip


def _changes(treated: Treated, one: Modelled) -> tuple[Change, ...]:
    """Return the changes of one meter: out of fold in the baseline period, against the prediction after it."""
    model, actual = one.model, one.loads.actual
    if model is None:
        return ()
    hours, metered = actual.start_utc, actual.energy_kwh[:, 0]
    since = hours >= model.train_start
    hours, metered = hours[since], metered[since]
    expected = np.full(len(hours), np.nan)
    trained = min(len(model.residuals), len(hours))
    expected[:trained] = metered[:trained] - model.residuals[:trained, 0]
    expected[trained:] = _predicted(one, hours[trained:])
    start = None if treated.project.placebo else utc(treated.project.reporting_from)
    return detect(hours, metered, expected, project_start=start)


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
