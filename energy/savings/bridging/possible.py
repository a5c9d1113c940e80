"""What a composed load must keep to: no negative energy, flow and temperatures as the meter has ever shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from energy.model import Floats, Load


@dataclass(frozen=True)
class Limits:
    """What the meter has shown: whether energy is never negative, flow per energy, temperatures."""

    never_negative: bool
    m3_per_kwh: float
    temperature_c: Mapping[str, tuple[float, float]]

    @classmethod
    def of(cls, actual: Load, rows: np.ndarray) -> Limits:
        """Return the limits of a metered load at some rows; a hundredth of the hours at each end does not count."""
        energy = actual.energy_kwh[rows, 0]
        positive = not bool((energy < 0).any())
        if actual.volume_m3 is None:
            return cls(positive, 0.0, {})
        volume = actual.volume_m3[rows, 0]
        flowing, temperatures = (volume > 0) & (energy > 0), {}
        if not flowing.any():
            return cls(positive, 0.0, {})
        for name in ("supply_m3c", "return_m3c"):
            if (heat := getattr(actual, name)) is not None:
                low, high = np.nanquantile(heat[rows, 0][flowing] / volume[flowing], [0.01, 0.99])
                temperatures[name] = (float(low), float(high))
        return cls(positive, float(np.quantile(volume[flowing] / energy[flowing], 0.01)), temperatures)


def possible(parts: dict[str, Floats], limits: Limits) -> dict[str, Floats]:
    """Return the quantities (n, k) within the limits, in place; only a composed load can be outside them."""
    if not limits.never_negative:
        return parts
    energy, volume = parts["energy_kwh"], parts.get("volume_m3")
    np.maximum(energy, 0.0, out=energy)
    if volume is not None:
        np.maximum(volume, limits.m3_per_kwh * energy, out=volume)
        for name, (low, high) in limits.temperature_c.items():
            if name in parts:
                np.clip(parts[name], low * volume, high * volume, out=parts[name])
    return parts
