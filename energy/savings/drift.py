"""Year-to-year change of a building's level without any project: the dated table, and how it is derived.

Every whole-building baseline is some per cent off one year on, whatever the model; a band without this is too narrow.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from statistics import NormalDist

import numpy as np

from energy.model import Floats


@dataclass(frozen=True)
class Drift:
    """`sd` of the yearly change of level as a share of it, and the source that the reader is shown."""

    sd: float
    source: str


@lru_cache(maxsize=1)
def packaged_drift() -> Drift:
    """Return the drift of the packaged table drift.toml, the same for every carrier."""
    data = tomllib.loads(files("energy.savings").joinpath("drift.toml").read_text(encoding="utf-8"))
    return Drift(float(data["sd"]), str(data["source"]))


def calibrate(differences: Floats, model_sd: Floats, level: float = 0.90) -> float:
    """Return the drift sd at which bands of nominal `level` hold that share of placebo differences.

    `differences` (meters,) metered / predicted - 1 of a year without a project; `model_sd` (meters,) the spread the
    model itself gives the same ratio, without drift. Solves quantile(|d| / sqrt(s² + sd²), level) = z by bisection;
    0 when the model's own spread is enough.
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    low, high = 0.0, float(np.abs(differences).max())
    if np.quantile(np.abs(differences) / model_sd, level) <= z:
        return 0.0
    for _ in range(60):
        middle = (low + high) / 2
        ratio = np.abs(differences) / np.hypot(model_sd, middle)
        low, high = (middle, high) if np.quantile(ratio, level) > z else (low, middle)
    return high


def left_out_coverage(differences: Floats, model_sd: Floats, level: float = 0.90) -> tuple[float, float]:
    """Return (share covered, median half-width) when each meter's drift is calibrated on the other meters only."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    others = [np.arange(len(differences)) != i for i in range(len(differences))]
    drift = np.array([calibrate(differences[o], model_sd[o], level) for o in others])
    half = z * np.hypot(model_sd, drift)
    return float((np.abs(differences) <= half).mean()), float(np.median(half))
