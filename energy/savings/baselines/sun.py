"""The sun's height, from the clock alone: what warms a building beside its heating, for meters that follow the cold.

No place is asked for. The column's coefficient takes up the scale, so that a nominal latitude and the meridian of the
zone are enough; clouds are left to the measured driver of those who have it.

References
----------
Spencer (1971), Search 2(5):172: the declination as a Fourier series of the day of the year. The equation of time, at
most a quarter of an hour, is left out.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from energy.calendar import Instants
from energy.model import Floats
from energy.savings.baselines.clocks import CALENDARS

_NORTH_DEG, _SOUTH_DEG = 55.0, -35.0  # nominal latitudes: the middle of northern Europe's towns, and Sydney's
_YEAR_DAYS = 365.2425
_COS = (0.006918, -0.399912, -0.006758)
_SIN = (0.070257, 0.000907)


@lru_cache(maxsize=32)
def _place(calendar: str) -> tuple[float, float]:
    """Return latitude and meridian [°] of a name of `clocks.CALENDARS`: 15° of longitude an hour of standard time."""
    zone = CALENDARS[calendar][2]
    offsets = [datetime(2023, month, 1, tzinfo=ZoneInfo(zone)).utcoffset() for month in (1, 7)]
    hours = min(offset.total_seconds() for offset in offsets if offset is not None) / 3600.0
    return (_SOUTH_DEG if zone.startswith("Australia/") else _NORTH_DEG), 15.0 * hours


def sun_height(start_utc: Instants, calendar: str) -> Floats:
    """Return the sine of the sun's height in the middle of each hour, 0 where it is down, (n,), 0 to 1."""
    latitude, meridian = np.deg2rad(_place(calendar))
    days = start_utc.astype("datetime64[s]").astype(np.float64) / 86400.0 + 0.5 / 24.0
    turn = 2 * np.pi * (days % _YEAR_DAYS) / _YEAR_DAYS  # 1970-01-01 began a year
    declination = _COS[0] + _COS[1] * np.cos(turn) + _COS[2] * np.cos(2 * turn)
    declination += _SIN[0] * np.sin(turn) + _SIN[1] * np.sin(2 * turn)
    noon = 2 * np.pi * (days % 1.0 - 0.5) + meridian  # the hour angle, 0 when the sun is highest
    height = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(noon)
    found: Floats = np.maximum(height, 0.0)
    return found
