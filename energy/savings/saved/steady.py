"""The steady year: twelve months' loads behind a history that is the same twelve months, over and over.

Power billed by the highest days of twelve rolling months, or by a season or year before, still carries the time before
the project long after it began. Where the year is its own history the window has passed: what is left of the
difference is what the project is worth a year from then on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from energy.calendar import Instants, next_month, normal_time
from energy.model import BillingContext, Floats, Load
from energy.savings.saved.cells import Case
from energy.savings.saved.counterfactual import Counterfactual
from energy.savings.saved.loads import QUANTITIES

HISTORY_YEARS = 3  # the longest window of the known methods: two years, set once a year
_TURN_H = 364 * 24  # whole weeks, so that weekdays stay: signatures count weekdays only
_HOUR = np.timedelta64(3600, "s")
Rows = npt.NDArray[np.int64]


def steady(case: Case, months: Sequence[date]) -> Case:
    """Return the case of the months alone, behind `HISTORY_YEARS` years of themselves, with and without the project.

    `months` are twelve in a row. History lies 364 days apart, so that weekdays stay; the days over at the edges of the
    year are not repeated. Outdoor temperatures of the history are those of the days that stand there. Raises
    ValueError when the loads lack hours of the months.
    """
    hours = case.loads.actual.start_utc
    local = normal_time(hours).astype("datetime64[M]")
    inside = np.flatnonzero((local >= np.datetime64(months[0], "M")) & (local <= np.datetime64(months[-1], "M")))
    whole = (np.datetime64(next_month(months[-1]), "s") - np.datetime64(months[0], "s")) // _HOUR
    if len(inside) != whole:
        raise ValueError("steady: the loads must hold every hour of the months")
    before = np.arange(-HISTORY_YEARS * _TURN_H, 0)
    rows = np.concatenate([inside[0] + before % _TURN_H, inside])
    span = hours[inside[0]] + np.arange(-len(before), len(inside)) * _HOUR
    loads = case.loads
    found = Counterfactual(
        _repeated(loads.actual, rows, span), _repeated(loads.load, rows, span), loads.reporting[rows],
        loads.excluded[rows], loads.extrapolation, loads.reason, loads.unfit,
    )  # fmt: skip
    reporting = found.reporting.copy()
    reporting[: len(before)] = False
    found = replace(found, reporting=reporting)
    return replace(case, loads=found, context=_context(case.context, rows, months[0]))


def _repeated(load: Load, rows: Rows, span: Instants) -> Load:
    """Return the hours `rows` of a load, in order, as the hours `span`."""
    parts: dict[str, Floats | None] = {}
    for name in (*QUANTITIES, "energy_quarters_kwh"):
        values: Floats | None = getattr(load, name)
        parts[name] = None if values is None else values[rows]
    return replace(load, start_utc=span, **parts)  # type: ignore[arg-type]


def _context(context: BillingContext, rows: Rows, first: date) -> BillingContext:
    spot, quarters = context.spot_sek_per_kwh, context.spot_quarters_sek_per_kwh
    return replace(
        context,
        spot_sek_per_kwh=None if spot is None else spot[rows],
        spot_quarters_sek_per_kwh=None if quarters is None else quarters[rows],
        outdoor_daily_c=_outdoor(context.outdoor_daily_c, first),
    )


def _outdoor(daily: Mapping[date, float], first: date) -> dict[date, float]:
    """Return the outdoor temperatures from `first` on, with those of its first 364 days repeated before it."""
    found = {day: value for day, value in daily.items() if day >= first}
    turn = _TURN_H // 24
    for back in range(1, HISTORY_YEARS + 1):
        for day, value in daily.items():
            if 0 <= (day - first).days < turn:
                found[day - timedelta(days=back * turn)] = value
    return found
