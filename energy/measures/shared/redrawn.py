"""Other years of the same kind: a load whose weeks are drawn again from the latest two years.

Reference: Carlstein, E. (1986), "The use of subseries values for estimating the variance of a general statistic from a
stationary sequence", Annals of Statistics 14(3), 1171-1179: whole weeks are drawn, so that what follows hour by hour
stays together. A week is replaced by itself or the week 52 weeks from it, which has the same weekday and nearly the
same season.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from energy.calendar import normal_time
from energy.measures.base import MeasureContext
from energy.model import Floats, Load
from energy.savings.saved.loads import map_load

__all__ = ["redrawn"]

WEEK, YEAR = 7 * 24, 52 * 7 * 24  # hours; 52 weeks keep the weekday


def redrawn(context: MeasureContext, load: Load, rng: np.random.Generator) -> Load:
    """Return the load (n, 1 + draws): as it was in column 0, then with the weeks of the latest two years drawn again.

    An hour whose drawn source is unknown or outside the span keeps its own value. Earlier years are left as they are.
    """
    n = len(load.start_utc)
    hour = normal_time(load.start_utc)
    first = int(np.searchsorted(hour, np.datetime64(context.first_valued(), "s")))
    end = int(np.searchsorted(hour, np.datetime64(context.end_valued(), "s")))
    before = max(0, first - YEAR)
    at = np.arange(n)
    week = (at - before) // WEEK
    other = np.where(at >= first, at - YEAR, at + YEAR)
    usable = (at >= before) & (at < end) & (other >= before) & (other < end)
    weeks = int(week[end - 1]) + 1 if end > before else 1
    swapped = rng.random((weeks, context.draws)) < 0.5
    taken = usable[:, None] & swapped[np.clip(week, 0, weeks - 1)]

    def draw(_: str, values: Floats) -> Floats:
        elsewhere = values[np.clip(other, 0, n - 1)]
        drawn = np.where(taken & np.isfinite(elsewhere), elsewhere, values)
        return np.concatenate((values, drawn), axis=1)

    return replace(map_load(load, draw), energy_quarters_kwh=load.energy_quarters_kwh)
