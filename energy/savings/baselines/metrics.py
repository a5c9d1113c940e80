"""Accuracy of a prediction against what was metered. Not for bands (uncertainty) nor gates (sufficiency).

References
----------
ASHRAE Guideline 14-2014, Annex B; equations 5-4 and 5-5 of Guideline 14-2002 (p. 15): CV(RMSE) and NMBE, here with
p = 0, since every use is out of sample. The sign is metered minus predicted, as in the guideline.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from energy.calendar import Instants, normal_time
from energy.model import Floats


def cvrmse_pct(metered: Floats, predicted: Floats) -> float:
    """Return CV(RMSE) [%] over the entries where both are known; NaN without entries, inf for a mean of zero."""
    ok = ~(np.isnan(metered) | np.isnan(predicted))
    if not ok.any():
        return float("nan")
    mean = abs(float(metered[ok].mean()))
    rmse = float(np.sqrt(np.mean((metered[ok] - predicted[ok]) ** 2)))
    return 100.0 * rmse / mean if mean > 0 else float("inf")


def nmbe_pct(metered: Floats, predicted: Floats) -> float:
    """Return NMBE [%], sum(metered - predicted) / sum(metered), over the entries where both are known."""
    ok = ~(np.isnan(metered) | np.isnan(predicted))
    if not ok.any():
        return float("nan")
    total = float(metered[ok].sum())
    return 100.0 * float((metered[ok] - predicted[ok]).sum()) / total if total != 0 else float("inf")


def day_index(start_utc: Instants) -> npt.NDArray[np.int64]:
    """Return the day number of each hour, days of Swedish normal time, the first day = 0, (n,)."""
    days = normal_time(start_utc).astype("datetime64[D]").astype(np.int64)
    return days - days.min() if len(days) else days


def daily_sums(start_utc: Instants, *series: Floats) -> tuple[Floats, ...]:
    """Return the daily sums [unit of the input] of several series, each (days,); only hours known in all of them count.

    A day with fewer than 12 such hours is NaN.
    """
    day = day_index(start_utc)
    ok = ~np.isnan(np.stack(series)).any(axis=0)
    count = np.bincount(day[ok], minlength=int(day.max()) + 1 if len(day) else 0)
    sums = (np.bincount(day[ok], weights=s[ok], minlength=len(count)) for s in series)
    return tuple(np.where(count >= 12, s, np.nan) for s in sums)
