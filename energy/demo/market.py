"""A made-up power market shaped like bidding zone SE3 in 2018-2023: spot price by hour, EUR/SEK by bank day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from energy.calendar import Instants, civil_time
from energy.demo.noise import ar1, stream
from energy.model import Floats

__all__ = ["Rates", "rates", "sek_per_kwh", "spot_eur_per_mwh"]

# Level of each month [EUR/MWh], rounded by hand to the shape of SE3: ordinary years, the low of 2020, the crisis.
_LEVEL = {
    2017: (32, 32, 30, 30, 30, 27, 28, 31, 34, 31, 33, 31),
    2018: (33, 40, 43, 39, 33, 44, 51, 53, 48, 44, 48, 52),
    2019: (54, 46, 41, 41, 37, 31, 36, 37, 36, 38, 42, 37),
    2020: (25, 20, 16, 14, 17, 26, 16, 33, 31, 24, 26, 30),
    2021: (45, 52, 37, 36, 43, 42, 54, 65, 88, 66, 88, 172),
    2022: (102, 80, 128, 95, 108, 122, 84, 212, 206, 75, 116, 232),
    2023: (86, 80, 78, 65, 44, 52, 36, 38, 28, 34, 68, 67),
}  # fmt: skip
_CALM, _UNEASY = 0.12, 0.36  # hour-to-hour unrest before and after the summer of 2021, as a share
_EUR_SEK = {
    2017: 9.63, 2018: 10.25, 2019: 10.58, 2020: 10.50, 2021: 10.15, 2022: 10.62, 2023: 11.47, 2024: 11.30,
}  # fmt: skip
# Nights with more wind than demand: first hour [UTC], hours, price at the bottom [EUR/MWh].
_NEGATIVE = (
    ("2020-02-10T01", 4, -0.2), ("2020-07-05T02", 5, -1.7), ("2022-11-13T00", 3, -1.0), ("2023-05-28T11", 5, -4.1),
    ("2023-07-02T10", 7, -9.5), ("2023-09-20T01", 4, -1.3), ("2023-10-07T22", 6, -2.6),
)  # fmt: skip


def spot_eur_per_mwh(start_utc: Instants, seed: int) -> Floats:
    """Return the day-ahead price of every hour (n,) [EUR/MWh, two decimals]; a few hours are below zero."""
    rng = stream(seed, "spot")
    local = civil_time(start_utc)
    year = local.astype("datetime64[Y]").astype(np.int64) + 1970
    month = local.astype("datetime64[M]").astype(np.int64) % 12
    level = np.array([_LEVEL[y] for y in range(2017, 2024)], dtype=np.float64)[year - 2017, month]
    unrest = np.where(start_utc >= np.datetime64("2021-07-01"), _UNEASY, _CALM)
    shape = _day_shape(local) + unrest * (1.6 * ar1(rng, level.size, 40.0, 1.0) + 0.5 * ar1(rng, level.size, 3.0, 1.0))
    raw = np.exp(np.clip(shape, -2.5, 1.6))
    key = (year - 2017) * 12 + month
    price = level * raw / (np.bincount(key, raw) / np.maximum(np.bincount(key), 1))[key]
    for first, hours, bottom in _NEGATIVE:
        at = np.searchsorted(start_utc, np.datetime64(first))
        end = min(at + hours, price.size)
        price[at:end] = bottom * np.linspace(0.3, 1.0, hours)[: end - at]
    rounded: Floats = np.round(price, 2)
    return rounded


def _day_shape(local: Instants) -> Floats:
    """Return the log of the ordinary daily and weekly course of the price."""
    hour = local.astype("datetime64[h]").astype(np.int64) % 24
    weekday = (local.astype("datetime64[D]").astype(np.int64) + 3) % 7
    course = 0.16 * np.exp(-(((hour - 8) / 2.2) ** 2)) + 0.20 * np.exp(-(((hour - 18) / 2.6) ** 2))
    night = -0.18 * np.exp(-(((hour - 3) / 3.0) ** 2))
    return np.where(weekday >= 5, 0.6, 1.0) * course + night - 0.10 * (weekday >= 5)


@dataclass(frozen=True)
class Rates:
    """Reference rates by bank day: `day` (m,) datetime64[D], `sek_per_eur` (m,)."""

    day: npt.NDArray[np.datetime64]
    sek_per_eur: Floats


def rates(first: date, end: date, seed: int) -> Rates:
    """Return the rate of every weekday in [first, end), four decimals; weekends have none, as at the central bank."""
    day = np.arange(np.datetime64(first), np.datetime64(end))
    day = day[np.is_busday(day)]
    middle = np.array([np.datetime64(f"{y}-07-01") for y in _EUR_SEK]).astype(np.float64)
    level = np.interp(day.astype(np.float64), middle, list(_EUR_SEK.values()))
    return Rates(day, np.round(level + ar1(stream(seed, "fx"), day.size, 25.0, 0.09), 4))


def sek_per_kwh(eur_per_mwh: Floats, start_utc: Instants, fx: Rates) -> Floats:
    """Return the price (n,) [SEK/kWh] at the last rate of or before each hour's UTC day."""
    day = start_utc.astype("datetime64[D]")
    return eur_per_mwh * fx.sek_per_eur[np.maximum(np.searchsorted(fx.day, day, side="right") - 1, 0)] / 1000.0
