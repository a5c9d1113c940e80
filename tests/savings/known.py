"""Known savings: facilities whose energy without the project is known, because both years are simulated.

Neither the model nor the demonstration has made them. Heat: two masses, heavy and light, that follow the weather and
the sun, a set-back at night, hot water. Electricity: opening hours, daylight, cooling, a plant with its own season.
Both have noise with a month's memory, a drift of level between the years, and closures in each year, which the drivers
tell. The project takes a share of the load, or reshapes it: nights shut off, peaks cut, a warmer summer stop.

    OPENBLAS_NUM_THREADS=1 python -m tests.savings.known 50
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from energy.calendar import Instants, civil_time
from energy.model import Floats
from energy.savings.bands.uncertainty import band, draws
from energy.savings.baselines.baseline import Settings, fit
from energy.savings.baselines.drift import Drift
from energy.savings.baselines.features import Drivers
from tests.savings.simulated import BASE, END, HOUR, REPORT, START, smooth

LEVELS = (0.68, 0.90, 0.95)
DRIFT_SD = 0.03
NOISE = 0.04
CHOSEN = Settings(drift=Drift(DRIFT_SD, "känd: simuleringens egen"))


@dataclass(frozen=True)
class Known:
    """Hours, drivers, the energy there would have been and the energy with the project [kWh], START to END."""

    kind: str
    project: str
    hours: Instants
    drivers: Drivers
    without_kwh: Floats
    metered_kwh: Floats

    def year(self, first: np.datetime64, end: np.datetime64) -> np.ndarray:
        """Return which hours lie in [first, end)."""
        return (self.hours >= first) & (self.hours < end)


# --- facilities --------------------------------------------------------------------------------------------------


def outdoors(rng: np.random.Generator, hours: Instants) -> Floats:
    """Return an outdoor temperature [°C]: two waves a year, fronts that come suddenly and fade in days."""
    day = (hours - START) / HOUR / 24
    fronts = np.where(rng.random(len(day)) < 1 / 60, rng.normal(0, 9, len(day)), 0.0)
    fade = np.exp(-np.arange(24 * 12) / 60.0)
    weather = np.convolve(fronts, fade)[: len(day)]
    wave = 8.0 - 9.5 * np.cos(2 * np.pi * (day - 52) / 365.25) - 1.2 * np.cos(4 * np.pi * (day - 20) / 365.25)
    return wave + weather - 2.5 * np.cos(2 * np.pi * (day - 0.12)) + 1.2 * smooth(rng.standard_normal(len(day)), 400.0)


def follow(series: Floats, hours: float) -> Floats:
    """Return what a mass with a time constant [h] makes of a series."""
    kernel = np.exp(-np.arange(int(8 * hours)) / hours)
    padded = np.concatenate([np.full(len(kernel), series[:168].mean()), series])
    return np.convolve(padded, kernel / kernel.sum())[len(kernel) : len(kernel) + len(series)]


def clock(hours: Instants) -> tuple[Floats, Floats, Floats]:
    """Return (hour of day, weekend 0 or 1, day of year) in civil time."""
    local = civil_time(hours)
    days = local.astype("datetime64[D]")
    hour = (local - days).astype("timedelta64[h]").astype(float)
    year = (days - days.astype("datetime64[Y]")).astype(float)
    return hour, ((days.astype(int) + 3) % 7 >= 5).astype(float), year


def heat(rng: np.random.Generator, air: Floats, hours: Instants) -> Floats:
    """Return a heat load [kWh]: losses against two masses, hot water, a set-back at night, nothing in high summer."""
    hour, weekend, year = clock(hours)
    felt = 0.6 * follow(air, rng.uniform(60, 140)) + 0.4 * follow(air, rng.uniform(3, 12))
    sun = np.maximum(0, np.sin((hour - 6) / 12 * np.pi)) * (1 - np.cos(2 * np.pi * (year - 355) / 365.25))
    setback = np.where((hour < 5) | (hour > 22), rng.uniform(0.75, 0.95), 1.0)
    losses = np.maximum(0.0, 16.5 - felt - 1.2 * sun) * rng.uniform(5, 12) * setback
    water = rng.uniform(8, 25) * (1.0 + 1.5 * ((hour >= 6) & (hour < 9)) + 0.8 * ((hour >= 17) & (hour < 22)) * weekend)
    return losses + water


def electricity(rng: np.random.Generator, air: Floats, hours: Instants) -> Floats:
    """Return an electric load [kWh]: base, opening hours, light when it is dark, cooling of what the masses keep."""
    hour, weekend, year = clock(hours)
    first, last = rng.integers(5, 9), rng.integers(16, 23)
    open_ = ((hour >= first) & (hour < last)).astype(float) * (1 - rng.uniform(0.2, 0.9) * weekend)
    dark = np.clip(np.abs(hour - 12.5) - 4.0 + 2.5 * np.cos(2 * np.pi * (year - 355) / 365.25), 0, 4) / 4
    cooling = np.maximum(0.0, follow(air, rng.uniform(6, 30)) - rng.uniform(12, 17)) * rng.uniform(0.5, 3.0)
    return rng.uniform(20, 60) + open_ * (rng.uniform(30, 80) + cooling) + rng.uniform(5, 20) * dark * (open_ + 0.3)


def nights(load: Floats, hours: Instants) -> Floats:
    """Return the load with the nights' excess over a tenth of their mean taken away."""
    hour = clock(hours)[0]
    night = (hour >= 22) | (hour < 5)
    return np.where(night, np.minimum(load, 0.1 * load[night].mean()), load)


def peaks(load: Floats, hours: Instants) -> Floats:
    """Return the load with what exceeds its 85th percentile halved."""
    limit = np.quantile(load, 0.85)
    return np.minimum(load, limit) + 0.5 * np.maximum(0, load - limit)


def summers(load: Floats, hours: Instants) -> Floats:
    """Return the load with sixty per cent of June to August taken away."""
    year = clock(hours)[2]
    return np.where((year >= 151) & (year < 243), 0.4 * load, load)


PROJECTS: dict[str, Callable[[Floats, Instants], Floats]] = {
    "none": lambda load, _: load,
    "5 %": lambda load, _: 0.95 * load,
    "15 %": lambda load, _: 0.85 * load,
    "30 %": lambda load, _: 0.70 * load,
    "nights off": nights,
    "peaks cut": peaks,
    "summer off": summers,
}


def known(seed: int, project: str = "none", *, drift_sd: float = DRIFT_SD, noise: float = NOISE) -> Known:
    """Return a facility, heat for even seeds and electricity for odd ones, with a project from REPORT on."""
    rng = np.random.default_rng(90_000 + seed)
    hours = np.arange(START, END, HOUR)
    air = outdoors(rng, hours)
    kind = ("heat", "electricity")[seed % 2]
    load = {"heat": heat, "electricity": electricity}[kind](rng, air, hours)
    shut = np.zeros(len(hours))
    for start in (BASE, REPORT):  # a closure of two to three weeks in each year, on other dates
        at = int((start - START) // HOUR) + int(rng.integers(24 * 60, 24 * 300))
        shut[at : at + 24 * int(rng.integers(12, 22))] = 1.0
    load = load * np.where(shut > 0, rng.uniform(0.3, 0.6), 1.0)
    level = 1.0 + noise * smooth(rng.standard_normal(len(hours)), 30 * 24.0)
    level += 0.07 * smooth(rng.standard_normal(len(hours)), 8.0)
    after = hours >= REPORT
    without = load * np.maximum(0.05, level) * np.where(after, 1.0 + drift_sd * rng.standard_normal(), 1.0)
    metered = without.copy()
    metered[after] = PROJECTS[project](without[after], hours[after])
    return Known(kind, project, hours, Drivers(hours, air, {"closed": shut}), without, metered)


# --- what the method says of them --------------------------------------------------------------------------------


def assessed(one: Known, seed: int, settings: Settings = CHOSEN) -> dict[str, object]:
    """Return the true and the found saving as shares of the baseline year's use [%], and which bands hold the truth."""
    base, report = one.year(BASE, REPORT), one.year(REPORT, END)
    model = fit(one.hours[base], {"energy_kwh": one.metered_kwh[base]}, one.drivers, settings)
    drawn = draws(model, one.drivers, 400, seed, start_utc=one.hours[report])["energy_kwh"].sum(axis=0)
    use = float(one.metered_kwh[base].sum())
    metered, truth = (float(v[report].sum()) for v in (one.metered_kwh, one.without_kwh))
    row: dict[str, object] = {
        "seed": seed, "kind": one.kind, "project": one.project, "disqualified": model.disqualified,
        "true_pct": 100 * (truth - metered) / use,
    }  # fmt: skip
    for level in LEVELS:
        found = band(drawn - metered, level)
        row |= {f"covers_{100 * level:.0f}": found.low <= truth - metered <= found.high}
        row |= {f"half_{100 * level:.0f}_pct": 100 * (found.high - found.low) / 2 / use}
        row |= {"found_pct": 100 * found.value / use}
    return row | {"error_pct": float(str(row["found_pct"])) - float(str(row["true_pct"]))}


def experiment(count: int, settings: Settings = CHOSEN, told: Callable[[str], object] = lambda _: None) -> pl.DataFrame:
    """Return a row a facility for `count` of them, the projects in turn."""
    rows = []
    names = list(PROJECTS)
    for seed in range(count):
        rows.append(assessed(known(seed, names[seed // 2 % len(names)]), seed, settings))
        told(f"{seed + 1}/{count} {rows[-1]['kind']}, {rows[-1]['project']}: {rows[-1]['error_pct']:.1f} %")
    return pl.DataFrame(rows, infer_schema_length=None)


def told(found: pl.DataFrame) -> str:
    """Return the result as a Markdown table: by kind, by project and all."""
    heads = ["facilities", "n", "true %", "error %, mean ± s.e.", *(f"covers {100 * v:.0f} %" for v in LEVELS),
             "half-width 90 %"]  # fmt: skip
    parts = [(str(k[0]), f) for k, f in sorted(found.partition_by("kind", as_dict=True).items())]
    parts += [(str(k[0]), f) for k, f in sorted(found.partition_by("project", as_dict=True).items())]
    lines = []
    for name, rows in [*parts, ("all", found)]:
        n, error = rows.height, rows["error_pct"].to_numpy()
        covers = [f"{100 * rows[f'covers_{100 * v:.0f}'].mean():.0f}" for v in LEVELS]
        lines.append([name, str(n), f"{rows['true_pct'].mean():.1f}",
                      f"{error.mean():.2f} ± {error.std(ddof=1) / max(1, n) ** 0.5:.2f}", *covers,
                      f"{rows['half_90_pct'].median():.1f}"])  # fmt: skip
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (heads, ["---"] * len(heads), *lines))


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    print(told(experiment(number, told=lambda line: print(line, file=sys.stderr, flush=True))))
