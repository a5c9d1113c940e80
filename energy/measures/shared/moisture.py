"""Water vapour of the air, in and out of doors.

Out of doors the vapour hardly changes within a day, only the temperature does: it is told from the day's mean, not from
the hour's. Reference: Magnus form, WMO-No. 8 (2018), Annex 4.B.
"""

from __future__ import annotations

import numpy as np

from energy.calendar import Instants
from energy.measures.shared.days import Days
from energy.model import Floats

__all__ = ["day_mean_c", "vapour_g_per_kg"]


def vapour_g_per_kg(temperature_c: Floats, relative: Floats) -> Floats:
    """Return the water vapour [g/kg] of air at a relative humidity [-]; Magnus form, 1 013 hPa (WMO-No. 8, 4.B)."""
    pressure = relative * 6.112 * np.exp(17.62 * temperature_c / (243.12 + temperature_c))
    return np.asarray(622.0 * pressure / (1013.0 - pressure), dtype=np.float64)


def day_mean_c(start_utc: Instants, temperature_c: Floats) -> Floats:
    """Return (n,) the mean temperature of each hour's day [°C]; the hour's own where its day is not whole."""
    days = Days.of(start_utc)
    daily = days.to_hours(days.mean(temperature_c)[:, None], float("nan"))[:, 0]
    return np.where(np.isfinite(daily), daily, temperature_c)
