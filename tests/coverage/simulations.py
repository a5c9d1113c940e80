"""Bands on simulated facilities with a month's memory: the truth is known, and so is the drift, or its absence."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from energy.savings.bands.uncertainty import draws
from energy.savings.baselines.baseline import Settings, fit
from energy.savings.baselines.drift import Drift, packaged_drift
from tests.coverage.meters import METHODS, held
from tests.coverage.peers import half_width, ols_and_g14
from tests.coverage.score import LEVELS, Held, Row, row
from tests.savings.simulated import BASE, END, NO_DRIFT, REPORT, facility

FIRST = 1000
LAGS = Settings(lags_h=(0.0, 12.0, 24.0), drift=NO_DRIFT)


@dataclass(frozen=True)
class Scenario:
    """A kind of facility: its noise, its drift, the drift the bands are told, and its name in the table."""

    name: str
    noise: float
    drift_sd: float
    told: Drift


def scenarios() -> list[Scenario]:
    """Return the scenarios of the table."""
    return [
        Scenario("simulated: month-long memory, no drift, none told", 0.05, 0.0, NO_DRIFT),
        Scenario("simulated: month-long memory, drift 4 %, told so", 0.05, 0.04, Drift(0.04, "känd")),
        Scenario("simulated: month-long memory, drift 4 %, the product's own drift", 0.05, 0.04, packaged_drift("gas")),
        Scenario("simulated: no memory, no drift, none told", 0.0, 0.0, NO_DRIFT),
    ]


def rows(scenario: Scenario, count: int) -> list[Row]:
    """Return the rows of `count` facilities: ours as told, without drift, and the others."""
    bands: dict[tuple[str, float], list[Held]] = {}
    for seed in range(FIRST, FIRST + count):
        one = facility(seed, noise=scenario.noise, drift_sd=scenario.drift_sd)
        base, report = one.year(BASE, REPORT), one.year(REPORT, END)
        trained, use = one.energy_kwh[base], float(one.energy_kwh[report].sum())
        model = fit(one.hours[base], {"energy_kwh": trained}, one.drivers, LAGS)
        told = replace(model, drift=scenario.told)
        ahead = one.hours[report]
        totals = draws(told, one.drivers, 200, seed, start_utc=ahead)["energy_kwh"].sum(axis=0)
        calm = draws(model, one.drivers, 200, seed, start_utc=ahead)["energy_kwh"].sum(axis=0)
        ols, g14 = ols_and_g14(model, one.drivers, trained, ahead)
        middle = float(np.mean(totals)) / use - 1.0
        for level in LEVELS:
            bands.setdefault((METHODS[0], level), []).append(held(totals, use, level))
            bands.setdefault((METHODS[1], level), []).append(held(calm, use, level))
            for method, sd in ((METHODS[2], g14), (METHODS[3], ols)):
                half = half_width(level, sd / use)
                bands.setdefault((method, level), []).append(Held(middle - half, middle + half, 0.0))
    shown = [m for m in METHODS if m != METHODS[1] or scenario.told.sd > 0]
    return [row(scenario.name, m, level, bands[m, level]) for m in shown for level in LEVELS]
