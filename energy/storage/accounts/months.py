"""The calendar months that hours lie in, in Swedish normal time, and sums by them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from energy.calendar import Instants, month_starts, next_month, normal_time
from energy.model import Floats
from energy.storage.assumed import assumed

__all__ = ["Indices", "Months", "to_months"]

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Months:
    """The calendar months (normal time) that hours lie in: their first days and the month of each hour."""

    first: tuple[date, ...]
    index: Indices  # (n,) month of each hour
    hours: Floats  # (m,) hours of the whole month

    @classmethod
    def of(cls, start_utc: Instants) -> Months:
        """Return the months of contiguous hours; none for none."""
        if not len(start_utc):
            return cls((), np.zeros(0, np.int64), np.zeros(0))
        clock = normal_time(start_utc)
        ends = [t.astype("datetime64[D]").item() for t in (clock[0], clock[-1])]
        first = month_starts(*ends)
        index = (clock.astype("datetime64[M]") - clock[0].astype("datetime64[M]")).astype(np.int64)
        hours = np.array([24.0 * (next_month(m) - m).days for m in first])
        return cls(tuple(first), index, hours)


def to_months(months: Months, values: Floats | None) -> Floats:
    """Return (m,) sums of hours (n,); NaN where values is None or too few of the month's hours are known."""
    count = len(months.first)
    if values is None:
        return np.full(count, np.nan)
    known = np.isfinite(values)
    total = np.bincount(months.index, np.where(known, values, 0.0), count)
    share = np.bincount(months.index, known.astype(np.float64), count) / months.hours
    return np.where(share >= assumed("month_least_share").central, total, np.nan)
