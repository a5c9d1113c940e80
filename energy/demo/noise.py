"""Seeded noise with memory, and first-order lag: both as one exponentially weighted mean, without a loop over hours."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from energy.model import Floats

__all__ = ["ar1", "lagged", "stream"]


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the random stream `name` of `seed`: a new use of noise elsewhere never moves the others."""
    return np.random.default_rng([seed, *name.encode()])


def lagged(values: Floats, hours: float) -> Floats:
    """Return `values` (n,) through a first-order lag with time constant `hours`, started in balance."""
    alpha = 1.0 - math.exp(-1.0 / hours)
    return pl.Series(values).ewm_mean(alpha=alpha, adjust=False).to_numpy()


def ar1(rng: np.random.Generator, size: int, memory_hours: float, sd: float) -> Floats:
    """Return a stationary AR(1) series (size,) with mean 0, standard deviation `sd` and the given memory [h]."""
    alpha = 1.0 - math.exp(-1.0 / memory_hours)
    shrink = math.sqrt(alpha / (2.0 - alpha))  # a lag of white noise is narrower than the noise by this factor
    white = rng.standard_normal(size)
    white[0] *= shrink
    return lagged(white, memory_hours) * (sd / shrink)
