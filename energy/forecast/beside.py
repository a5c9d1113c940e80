"""What a meter tells beside energy (volume, temperatures) in months to come: per kWh as modelled, on its latest level.

A heat exchanger that has begun to leak or a valve that stands open goes on until it is mended, so the level is that of
the last three months. Its spread is that of the training's months: a fault may come, or be mended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from energy.calendar import Instants, normal_time
from energy.model import Floats, Load
from energy.savings.baselines.baseline import predict
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.frozen import Baseline

LATEST_MONTHS = 3


@dataclass(frozen=True)
class Level:
    """Metered per kWh over modelled per kWh: the natural logarithm of its latest level, and its spread."""

    log: float
    spread: float


def levels(model: Baseline, start_utc: Instants, targets: Sequence[Floats], drivers: Drivers) -> dict[str, Level]:
    """Return target -> level at the end of the training hours (n,); none for energy, nor for a target without fit."""
    expected = predict(model, drivers, start_utc)
    energy = np.isfinite(targets[0])
    found = {}
    for name, metered in zip(model.targets[1:], targets[1:], strict=True):
        known = energy & np.isfinite(metered) & np.isfinite(expected[name])
        month = normal_time(start_utc[known]).astype("datetime64[M]").astype(np.int64)
        if not len(month):
            continue
        parts = (metered, expected[model.targets[0]], targets[0], expected[name])
        sums = [np.bincount(month - month[0], weights=part[known]) for part in parts]
        whole = np.all([one > 0 for one in sums], axis=0)
        if whole.any():
            logs = np.log(sums[0] * sums[1], where=whole, out=np.zeros(len(whole)))
            logs -= np.log(sums[2] * sums[3], where=whole, out=np.zeros(len(whole)))
            told = logs[whole]
            found[name] = Level(float(told[-LATEST_MONTHS:].mean()), float(told.std()))
    return found


def beside(
    energy: Floats, expected: Mapping[str, Floats], hours: Instants, levels: Mapping[str, Level], seed: int
) -> dict[str, Floats]:
    """Return target -> (n, k): the drawn energy (n, k) [kWh] times the modelled quantity per kWh of its month."""
    month = normal_time(hours).astype("datetime64[M]").astype(np.int64)
    month -= month[0]
    score: Floats = np.random.default_rng(seed).standard_normal(energy.shape[1:])
    score -= score.mean()
    base = np.bincount(month, weights=expected["energy_kwh"])
    found = {}
    for name, level in levels.items():
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(base > 0, np.bincount(month, weights=expected[name]) / base, np.nan)
        found[name] = energy * ratio[month][:, None] * np.exp(level.log + level.spread * score)
    return found


def monthly_ratios(load: Load, quantity: str) -> Floats:
    """Return the quantity per kWh by calendar month (12,), of the last twelve months; NaN where nothing is known."""
    values = getattr(load, quantity)[-8784:, 0]
    energy, month = load.energy_kwh[-8784:, 0], normal_time(load.start_utc[-8784:]).astype("datetime64[M]")
    known = np.isfinite(values) & np.isfinite(energy)
    at = month[known].astype(np.int64) % 12
    summed = np.bincount(at, weights=energy[known], minlength=12)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.bincount(at, weights=values[known], minlength=12) / np.where(summed > 0, summed, np.nan)
    return found
