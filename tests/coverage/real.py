"""Placebo pairs of the clean Cambridge meters: trained on 2018 and predicted 2019, and the other way round.

The other way round is the mirror image: it is trained as a model that is to tell the year before it, with the level of
its beginning, so that both directions are one year ahead.

Left out, as docs/method.md tells: gas b75 (a copy of b74), electricity b12 and b49 (their use halved in a step).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from zlib import crc32

import numpy as np
import polars as pl

from energy.model import Floats
from energy.savings.bands.calibration import Pairs
from energy.savings.bands.uncertainty import draws
from energy.savings.baselines.baseline import Settings, fit, predict
from energy.savings.baselines.drift import Drift
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.frozen import Baseline
from energy.savings.scores.scoring import period_hours, weather_drivers
from energy.savings.scores.tidy import meters as tidy_meters

LEFT_OUT = {("b75", "gas"), ("b12", "electricity"), ("b49", "electricity")}
YEARS = ((2018, 2019), (2019, 2018))
NO_DRIFT = Drift(0.0, "ingen")
KIND = {"electricity": "electricity", "gas": "heat"}
COUNT, SUMMED, SEED = 1000, 400, 1  # draws of a pair, of a sum, and the seed of what the meters of a sum share


@dataclass(frozen=True)
class Pair:
    """One placebo pair: the baseline, the hours predicted that were metered too, and both sums [kWh]."""

    building: str
    kind: str
    year: int
    model: Baseline
    drivers: Drivers
    hours: np.ndarray
    known: np.ndarray
    trained: Floats
    metered_kwh: float
    predicted_kwh: float

    @property
    def change(self) -> float:
        """Return metered / predicted - 1."""
        return self.metered_kwh / self.predicted_kwh - 1.0

    @property
    def step_sd(self) -> float:
        """Return what a step within the training year added to the drift (the fit was told of none)."""
        return self.model.drift.sd

    @property
    def step(self) -> tuple[float, float]:
        """Return the step of level, and the doubt about it, as shares of what is predicted without the step."""
        hours, step = float(self.known.sum()), float(self.model.level_step[0])
        without = self.predicted_kwh - step * hours
        return step * hours / without, float(self.model.level_sd[0]) * hours / without

    def keeping(self, kept: float) -> Pair:
        """Return the pair, fitted as if the whole step of level is kept, as it is when the share `kept` is."""
        beta = self.model.beta.copy()
        beta[0] -= (1 - kept) * self.model.level_step
        steps = {name: kept * getattr(self.model, name) for name in ("level_step", "level_sd")}
        model = replace(self.model, beta=beta, **steps)
        expected = predict(model, self.drivers, self.hours)["energy_kwh"]
        return replace(self, model=model, predicted_kwh=float(expected[self.known].sum()))

    @property
    def seed(self) -> int:
        """Return a seed of this pair's own, so that an odd draw is not the same odd draw of every pair."""
        return crc32(f"{self.building} {self.kind} {self.year}".encode())

    @cached_property
    def calm(self) -> Floats:
        """Return draws (COUNT,) of the metered hours' sum [kWh] without any drift."""
        return self._drawn(NO_DRIFT)

    def totals(self, drift: Drift) -> Floats:
        """Return draws (COUNT,) of the metered hours' sum [kWh], by the product's own draws with this drift."""
        return self._drawn(drift.wider(self.step_sd))

    def _drawn(self, drift: Drift) -> Floats:
        model = replace(self.model, drift=drift)
        drawn = draws(model, self.drivers, COUNT, self.seed, start_utc=self.hours)["energy_kwh"]
        found: Floats = drawn[self.known].sum(axis=0)
        return found


def folder_of(data: Path) -> Path:
    """Return the folder of the meters within the folder of real data."""
    return data / "cambridge_estates"


def placebo_pairs(
    data: Path, wanted: Callable[[str, str], bool] = lambda building, meter: True
) -> tuple[list[Pair], list[str]]:
    """Return the pairs of the clean meters that are wanted, and a line for each that had no figure."""
    readings = pl.read_parquet(folder_of(data) / "meters_2018_2022.parquet").with_columns(
        pl.col("building_id", "meter").cast(pl.String), start_utc=pl.col("timestamp")
    )
    weather = pl.read_parquet(folder_of(data) / "weather_bedford_2016_2022.parquet")
    drivers = weather_drivers(weather.select("air_temperature_c", start_utc="timestamp_utc"))
    spans = {y: period_hours((date(y, 1, 1), date(y, 12, 31))) for y in (2018, 2019)}
    named = readings.with_columns(meter_id=pl.format("{} {}", "building_id", "meter"))
    pairs, refused = [], []
    for one in tidy_meters(named.filter(pl.col("start_utc").dt.year() <= 2020)):
        building, meter = one.meter_id.split()
        if (building, meter) in LEFT_OUT or not wanted(building, meter):
            continue
        for train, test in YEARS:
            values = {y: one.on(hours) for y, hours in spans.items()}
            settings = Settings(drift=NO_DRIFT, backcast=test < train)
            model = fit(spans[train], {"energy_kwh": values[train]}, drivers, settings)
            if model.disqualified:
                refused.append(f"{building} {meter} {train}: {model.disqualified}")
                continue
            expected = predict(model, drivers, spans[test])["energy_kwh"]
            known = np.isfinite(values[test]) & np.isfinite(expected)
            sums = float(values[test][known].sum()), float(expected[known].sum())
            pairs.append(Pair(building, KIND[meter], train, model, drivers, spans[test], known, values[train], *sums))
    return pairs, refused


def measured(pairs: list[Pair]) -> Pairs:
    """Return what calibration needs of the pairs: changes and the model's own spread."""
    calm, steps = [p.calm for p in pairs], np.array([p.step for p in pairs]).reshape(-1, 2)
    return Pairs(
        building=np.array([p.building for p in pairs]),
        kind=np.array([p.kind for p in pairs]),
        year=np.array([p.year for p in pairs]),
        change=np.array([p.change for p in pairs]),
        model_sd=np.array([float(c.std() / c.mean()) for c in calm]),
        step_sd=np.array([p.step_sd for p in pairs]),
        level_step=steps[:, 0],
        level_sd=steps[:, 1],
    )


def to_csv(pairs: Pairs) -> str:
    """Return the pairs as text, one a line, as they are kept beside the tests."""
    names = [f.name for f in fields(pairs)]
    rows = zip(*(getattr(pairs, name) for name in names), strict=True)
    lines = [",".join([*map(str, row[:3]), *(f"{value:.5f}" for value in row[3:])]) for row in rows]
    return "\n".join([",".join(names), *lines]) + "\n"


def from_csv(path: Path) -> Pairs:
    """Return the pairs of a kept file."""
    kept = pl.read_csv(path)
    return Pairs(*(kept[f.name].to_numpy() for f in fields(Pairs)))
