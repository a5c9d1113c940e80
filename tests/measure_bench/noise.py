"""Noise with memory, the same for a facility with and without a fault: each stream has its own generator by name."""

from __future__ import annotations

import zlib
from functools import lru_cache

import numpy as np

from energy.model import Floats

__all__ = ["ar1", "stream", "wobble"]


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the generator of one named stream of a seed."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


@lru_cache(maxsize=400)
def ar1(seed: int, name: str, n: int, memory: float) -> Floats:
    """Return (n,) unit-variance noise whose autocorrelation falls to 1/e over `memory` steps; not to be changed."""
    phi = float(np.exp(-1.0 / memory))
    tail = min(n, int(6 * memory) + 1)
    white = stream(seed, name).standard_normal(n + tail) * np.sqrt(1.0 - phi * phi)
    kernel = phi ** np.arange(tail)
    size = n + 2 * tail
    size = 1024 * -(-size // 1024)
    found = np.fft.irfft(np.fft.rfft(white, size) * np.fft.rfft(kernel, size), size)[tail : tail + n]
    found.setflags(write=False)
    return np.asarray(found, dtype=np.float64)


def _drift(seed: int, name: str, n: int, sigma: float) -> Floats:
    """Return (n,) a smooth drift with standard deviation `sigma` between a year and the next."""
    knots = np.cumsum(stream(seed, name).standard_normal(n // 2190 + 3)) * sigma / 2.0  # a knot a quarter
    return np.interp(np.arange(n), 2190 * np.arange(len(knots)), knots - knots[0])


@lru_cache(maxsize=200)
def wobble(seed: int, name: str, n: int, hourly: float, weekly: float, yearly: float) -> Floats:
    """Return (n,) a factor round 1: of the hour, of the week, and a drift over the years (standard deviations)."""
    log = hourly * ar1(seed, f"{name}/hour", n, 3.0) + weekly * ar1(seed, f"{name}/week", n, 168.0)
    log = log + _drift(seed, f"{name}/drift", n, yearly)
    return np.asarray(np.exp(log - (hourly**2 + weekly**2) / 2.0), dtype=np.float64)
