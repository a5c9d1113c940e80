"""Is the weather of two periods that of one place: no other station, no other unit, no sensor that has moved.

A baseline takes a difference of weather for a difference of need. What no two years of one place show is told before it
becomes a saving.
"""

from __future__ import annotations

import numpy as np

from energy.calendar import Instants, normal_time
from energy.model import Floats
from energy.swedish import sv

__all__ = ["other_climate"]

# Of SMHI's daily means of Berga, Haninge, 2000-2024, Januaries lie up to 13.0 °C apart and Decembers 11.3, years 3.2
# (5.6 °C in 2006, 8.8 in 2020); with the root of the months no two of those years are told.
MOST_K = 15.0  # of the mean of n months: divided by the root of n
_LEAST_DAYS = 20.0  # of a month, to count
_SEASON = 6  # months in a row that do not share one winter's weather
_WARMEST_C, _COLDEST_C = 32.0, -32.0  # of a month's mean, anywhere people heat their halls


def other_climate(train_utc: Instants, train_c: Floats, test_utc: Instants, test_c: Floats) -> str | None:
    """Return in Swedish what two periods' hourly temperatures [°C] differ by that one place's do not, else None.

    Same months of the year are compared: each by itself, each twelve in a row, and all of at least six. Months with
    less than twenty known days count in neither.
    """
    before, after = _months(train_utc, train_c), _months(test_utc, test_c)
    for month, mean in (*before.items(), *after.items()):
        if not _COLDEST_C < mean < _WARMEST_C:
            return f"medeltemperaturen i {month} är {sv(mean, 1)} °C: är det grader Celsius?"
    usual = {m: float(np.mean([v for at, v in before.items() if _of_year(at) == m])) for m in map(_of_year, before)}
    common = [month for month in after if _of_year(month) in usual]
    apart = np.array([after[month] - usual[_of_year(month)] for month in common])
    spans = [(n, n + 1) for n in range(len(apart))]
    spans += [(n, n + 12) for n in range(len(apart) - 11)] + ([(0, len(apart))] if len(apart) >= _SEASON else [])
    for first, end in spans:
        mean = float(apart[first:end].mean())
        if abs(mean) > MOST_K / np.sqrt(min(end - first, 12)):
            when = common[first] if end - first == 1 else f"{common[first]} till {common[end - 1]}"
            return (
                f"{when} är {sv(abs(mean), 1)} grader {'varmare' if mean > 0 else 'kallare'} än samma månader i"
                " basperioden, mer än ett och samma ställe skiljer mellan åren: är det rätt station och rätt enhet?"
            )
    return None


def _months(start_utc: Instants, air_c: Floats) -> dict[np.datetime64, float]:
    """Return month (normal time) -> mean temperature, of months with enough known hours."""
    known = np.isfinite(air_c)
    month = normal_time(start_utc[known]).astype("datetime64[M]")
    found, at, count = np.unique(month, return_inverse=True, return_counts=True)
    mean = np.bincount(at, air_c[known], len(found)) / np.maximum(count, 1)
    return {m: float(v) for m, v, n in zip(found, mean, count, strict=True) if n >= 24 * _LEAST_DAYS}


def _of_year(month: np.datetime64) -> int:
    return int(month.astype(np.int64)) % 12
