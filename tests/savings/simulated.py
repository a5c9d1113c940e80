"""Simulated facilities with known truth, from a generator that shares nothing with the model or the demonstration.

Weather is a seasonal wave with autoregressive spells; the building a resistance-capacitance node; the noise has a
memory of about a month. `coverage` is the experiment behind the published coverage of the bands:

    OPENBLAS_NUM_THREADS=1 python -m tests.savings.simulated 80
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np

from energy.calendar import Instants, civil_time
from energy.model import Floats
from energy.savings.bands.uncertainty import band, draws
from energy.savings.baselines.baseline import Settings, fit
from energy.savings.baselines.drift import Drift
from energy.savings.baselines.features import Drivers

START = np.datetime64("2017-12-01T00:00:00")
BASE = np.datetime64("2018-01-01T00:00:00")
REPORT = np.datetime64("2019-01-01T00:00:00")
END = np.datetime64("2020-01-01T00:00:00")
HOUR = np.timedelta64(3600, "s")
NO_DRIFT = Drift(0.0, "ingen")


def smooth(shocks: Floats, memory_h: float) -> Floats:
    """Return an AR(1) series of unit variance with a memory in hours, as a sum over its last five memories."""
    keep = float(np.exp(-1.0 / memory_h))
    kernel = keep ** np.arange(int(5 * memory_h) + 1)
    size = 1 << int(np.ceil(np.log2(len(shocks) + len(kernel))))
    found = np.fft.irfft(np.fft.rfft(shocks, size) * np.fft.rfft(kernel, size), size)[: len(shocks)]
    return found / np.sqrt((kernel**2).sum())


def weather(rng: np.random.Generator, hours: Instants) -> Floats:
    """Return an outdoor temperature [°C] near that of Stockholm, with spells of days and weeks."""
    t = (hours - START) / HOUR
    wave = 7.5 - 10.5 * np.cos(2 * np.pi * (t - 24 * 50) / 8766) - 3.0 * np.cos(2 * np.pi * (t - 3) / 24)
    return wave + 3.2 * smooth(rng.standard_normal(len(t)), 70.0) + 1.5 * smooth(rng.standard_normal(len(t)), 500.0)


@dataclass(frozen=True)
class Facility:
    """Hours, drivers and the heat metered without any project [kWh], START to END."""

    hours: Instants
    drivers: Drivers
    energy_kwh: Floats

    def year(self, first: np.datetime64, end: np.datetime64) -> np.ndarray:
        """Return which hours lie in [first, end)."""
        return (self.hours >= first) & (self.hours < end)


def facility(seed: int, *, noise: float = 0.05, drift_sd: float = 0.0, closure: bool = False) -> Facility:
    """Return a facility; `noise` the month-long relative noise, `drift_sd` the change of level in the second year."""
    rng = np.random.default_rng(seed)
    hours = np.arange(START, END, HOUR)
    air = weather(rng, hours)
    kernel = np.exp(-np.arange(200) / rng.uniform(8, 40))
    felt = np.convolve(air, kernel / kernel.sum(), "full")[: len(air)]
    local = civil_time(hours)
    hour = (local - local.astype("datetime64[D]")).astype("timedelta64[h]").astype(int)
    weekend = (local.astype("datetime64[D]").astype(int) + 3) % 7 >= 5
    open_ = ((hour >= 6) & (hour < 22) & ~(weekend & (hour < 9))).astype(float)
    ice = ((local >= np.datetime64("2018-08-01")) & (local < np.datetime64("2019-04-15"))) | (
        local < np.datetime64("2018-04-15")
    ) | (local >= np.datetime64("2019-08-01"))  # fmt: skip
    shut = closure & (local >= np.datetime64("2018-05-01")) & (local < np.datetime64("2018-05-22"))
    load = (
        60.0
        + 50.0 * open_
        + rng.uniform(6, 14) * np.maximum(0, 16.0 - felt)
        + 45.0 * ice
        + 3.0 * np.maximum(0, felt - 18)
    )
    load = np.where(shut, 0.55 * load, load)
    level = (
        1.0
        + noise * smooth(rng.standard_normal(len(hours)), 15 * 24.0)
        + 0.08 * smooth(rng.standard_normal(len(hours)), 6.0)
    )
    change = np.where(hours >= REPORT, 1.0 + drift_sd * rng.standard_normal(), 1.0)
    calendar = {"ice_season": ice.astype(float)} | ({"closed": shut.astype(float)} if closure else {})
    return Facility(hours, Drivers(hours, air, calendar), load * level * change)


@dataclass(frozen=True)
class Coverage:
    """Share of facilities whose 90 % band holds the truth, median half-width and mean error [% of the year's use]."""

    share: float
    half_width_pct: float
    mean_error_pct: float


def coverage(
    count: int, *, noise: float = 0.05, drift_sd: float = 0.0, saving: float = 0.0, first: int = 100
) -> Coverage:
    """Return what the bands did on `count` facilities with a known saving (a share of the use) in the second year."""
    held, width, error = [], [], []
    # the level of a facility that is known not to drift stays at its mean
    settings = Settings((0.0, 12.0, 24.0), drift=Drift(drift_sd, "känd"), level_sd=drift_sd * float(np.sqrt(1.5)))
    for seed in range(first, first + count):
        one = facility(seed, noise=noise, drift_sd=drift_sd)
        base, report = one.year(BASE, REPORT), one.year(REPORT, END)
        model = fit(one.hours[base], {"energy_kwh": one.energy_kwh[base]}, one.drivers, settings)
        drawn = draws(model, one.drivers, 200, seed, start_utc=one.hours[report])["energy_kwh"].sum(axis=0)
        use = float(one.energy_kwh[report].sum())
        found = band(drawn - (1 - saving) * use)
        held.append(found.low <= saving * use <= found.high)
        width.append((found.high - found.low) / 2 / use)
        error.append((found.value - saving * use) / use)
    return Coverage(float(np.mean(held)), 100 * float(np.median(width)), 100 * float(np.mean(error)))


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    for noise, drift_sd in ((0.05, 0.0), (0.05, 0.04), (0.0, 0.0)):
        print(noise, drift_sd, coverage(number, noise=noise, drift_sd=drift_sd))
