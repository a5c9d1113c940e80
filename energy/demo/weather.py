"""Outdoor air of the made-up facility: Stockholm-like, hourly, seeded; not an observation of any real station."""

from __future__ import annotations

import numpy as np

from energy.calendar import Instants, hours_between
from energy.demo import plan
from energy.demo.noise import ar1, lagged, stream
from energy.model import Floats

__all__ = ["air_temperature_c", "earlier_years"]

# Mean of each month [°C], near the Stockholm normal 1991-2020.
_NORMAL = (-1.0, -1.2, 1.4, 5.9, 11.2, 15.6, 18.3, 17.2, 12.8, 7.5, 3.4, 0.6)
# What made a month unlike the normal [K]: the warm summer of 2018, the mild winter 2019/20, cold spells after it.
_UNLIKE = {
    "2018-02": -2.2, "2018-03": -3.2, "2018-05": 3.8, "2018-07": 3.6, "2019-02": 2.2, "2019-04": 1.5,
    "2019-12": 2.8, "2020-01": 5.0, "2020-02": 4.2, "2020-03": 2.2, "2020-06": 2.2, "2020-11": 3.0, "2020-12": 2.0,
    "2021-01": -0.6, "2021-02": -0.8, "2021-07": 2.0, "2021-12": -2.2, "2022-02": 1.6, "2022-10": 1.6,
    "2022-12": -2.0, "2023-01": 1.8, "2023-03": -1.6, "2023-09": 2.4, "2023-11": -1.8, "2023-12": -1.4,
}  # fmt: skip
_UNLIKE_SD = 1.7  # of a month's mean in the years before those above [K]: winters vary more, summers less
_COLD_SPELL = (np.datetime64("2021-02-04"), np.datetime64("2021-02-15"), -5.5)


def air_temperature_c(start_utc: Instants, seed: int) -> Floats:
    """Return the hourly air temperature (n,) [°C, one decimal as the observations write it]."""
    months = start_utc.astype("datetime64[M]")
    knots = np.arange(months[0] - 1, months[-1] + 2)
    unlike = np.array([_UNLIKE.get(str(m), 0.0) for m in knots])
    return _simulated(start_utc, unlike, stream(seed, "weather"))


def earlier_years(seed: int, until: float) -> tuple[Instants, Floats]:
    """Return (hours, air temperature [°C]) of the station from `plan.WEATHER_FROM` to the facility's first hour.

    `until` is the temperature of the hour that follows: the last days bend towards it, so that no step shows.
    """
    hours = hours_between(plan.utc_of(plan.WEATHER_FROM), plan.utc_of(plan.WARM_UP))
    rng = stream(seed, "weather before")
    months = hours.astype("datetime64[M]")
    knots = np.arange(months[0] - 1, months[-1] + 2)
    winter = 1.0 + 0.5 * np.cos(2 * np.pi * (knots.astype(np.int64) % 12) / 12)
    air = _simulated(hours, rng.normal(0.0, _UNLIKE_SD, knots.size) * winter, rng)
    left = np.arange(hours.size, 0, -1.0) - 1.0
    return hours, np.round(air + (until - air[-1]) * np.exp(-left / 24.0), 1)


def _simulated(start_utc: Instants, unlike: Floats, rng: np.random.Generator) -> Floats:
    """Return the temperature (n,) [°C]; `unlike`: each month's step from normal, with one month more at each end."""
    months = start_utc.astype("datetime64[M]")
    knots = np.arange(months[0] - 1, months[-1] + 2)
    level = np.array(_NORMAL)[knots.astype(np.int64) % 12] + unlike
    middle = (knots.astype("datetime64[h]") + np.timedelta64(15 * 24, "h")).astype(np.float64)
    hours = start_utc.astype("datetime64[h]").astype(np.float64)
    mean = np.interp(hours, middle, level)

    of_year = (hours / 24.0) % 365.25
    summer = 0.5 - 0.5 * np.cos(2 * np.pi * (of_year - 10.0) / 365.25)
    daily = -(0.8 + 3.6 * summer) * np.cos(2 * np.pi * (hours % 24 - 1.5) / 24.0)  # coldest about 01:30 UTC

    fronts = ar1(rng, hours.size, 90.0, 1.0)
    fronts = (fronts - lagged(fronts, 20 * 24.0)) * (4.6 - 2.0 * summer)  # months keep the level given above
    start, end, depth = _COLD_SPELL
    spell = np.where((start_utc >= start) & (start_utc < end), depth, 0.0)
    air: Floats = np.round(mean + daily + fronts + lagged(spell, 18.0) + ar1(rng, hours.size, 5.0, 0.5), 1)
    return air
