"""The weather that the rest of a year may get: that of the same days in past years, one year at a time.

Temperatures come from the source year, the calendar (weekdays, holidays, opening hours) from the target year.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from energy.calendar import Instants, normal_time
from energy.model import Floats

MOST_MISSING = 0.01  # share of the hours that may be drawn as straight lines
_HOUR = np.timedelta64(3600, "s")
_DAY = np.timedelta64(24 * 3600, "s")


@dataclass(frozen=True)
class Season:
    """The air temperature (n,) [°C] that the hours to come would have with the weather of `year`."""

    year: int
    air_temperature_c: Floats


def source_hours(hours: Instants, years_back: int) -> Instants:
    """Return the same day and hour of normal time `years_back` years earlier, (n,) UTC; 29 February becomes the 28th.

    The clock is that of heat billing days: every day has 24 hours, so a year maps onto a year hour by hour.
    """
    local = normal_time(hours)
    month = local.astype("datetime64[M]")
    source_month = month - 12 * years_back
    found = source_month.astype("datetime64[s]") + (local - month.astype("datetime64[s]"))
    spilled = found.astype("datetime64[M]") != source_month
    source: Instants = np.where(spilled, found - _DAY, found) - _HOUR
    return source


def seasons(start_utc: Instants, air_temperature_c: Floats, hours: Instants, most: int) -> list[Season]:
    """Return the weather of past years for `hours` (n,), oldest first, at most the `most` latest.

    `start_utc` (m,) contiguous hours of the station and their temperature (m,) [°C], NaN where unknown. Only weather
    before `hours` counts. A year that lacks more than 1 % of the hours is left out; shorter holes become straight
    lines.
    """
    if not len(hours) or not len(start_utc):
        return []
    first = start_utc[0].astype("datetime64[s]")
    known = air_temperature_c[: max(0, int((hours[0] - first) // _HOUR))]
    found: list[Season] = []
    years = int(normal_time(hours[:1])[0].astype("datetime64[Y]").astype(int)) + 1970
    back = 1
    while len(found) < most:
        source = source_hours(hours, back)
        if source[-1] < first:
            break
        values = _at(known, (source - first) // _HOUR)
        missing = np.isnan(values)
        if missing.mean() <= MOST_MISSING:
            at = np.arange(len(values))
            found.append(Season(years - back, np.interp(at, at[~missing], values[~missing])))
        back += 1
    return found[::-1]


def _at(values: Floats, rows: Instants) -> Floats:
    """Return `values` at `rows`, NaN outside."""
    index = rows.astype(np.int64)
    inside = (index >= 0) & (index < len(values))
    found = np.full(len(index), np.nan)
    found[inside] = values[index[inside]]
    return found
