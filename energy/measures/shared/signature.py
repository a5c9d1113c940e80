"""The robust energy signature: daily mean power against outdoor temperature, and how far days scatter round it.

P(T) = base + slope · max(0, balance - T)   [kW]

References: Hammarsten, S. (1987), "A critical appraisal of energy-signature models", Applied Energy 26(2), 97-110;
Huber, P. J. (1964), "Robust estimation of a location parameter", Annals of Mathematical Statistics 35(1), 73-101
(weights with the constant 1.345: 95 % efficiency under normal errors).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from energy.measures.shared.bands import weighted_quantile
from energy.model import Floats

__all__ = ["TO_SIGMA", "Signature", "fit_signature", "local_slope", "robust_regression"]

HUBER = 1.345
TO_SIGMA = 1.4826  # median absolute deviation -> standard deviation, normal errors
BALANCE_C = np.arange(5.0, 20.5, 1.0)  # balance temperatures tried [°C]
ROUNDS = 6


@dataclass(frozen=True)
class Signature:
    """A signature in k draws; every array is (k,). `spread_kw` is the robust standard deviation of days round it."""

    base_kw: Floats
    slope_kw_per_k: Floats
    balance_c: Floats
    spread_kw: Floats

    def expected(self, temperature_c: Floats) -> Floats:
        """Return (m, k) the expected power [kW] at (m,) outdoor temperatures [°C]."""
        return self.base_kw + self.slope_kw_per_k * np.maximum(0.0, self.balance_c - temperature_c[:, None])


def robust_regression(design: Floats, target: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return ((p, k) coefficients, (k,) robust spread) of a Huber regression of `target` (m,) on `design` (m, p).

    `weights` (m, k) is how often each row counts in each draw. All inputs finite.
    """
    effective = weights
    coefficients: Floats = np.zeros((design.shape[1], weights.shape[1]))
    spread: Floats = np.zeros(weights.shape[1])
    width = design.shape[1]
    products: Floats = (design[:, :, None] * design[:, None, :]).reshape(len(design), width * width)
    ridge: Floats = 1e-9 * np.eye(width)  # a column of zeros in a draw must not stop the others
    for _ in range(ROUNDS):
        gram: Floats = (effective.T @ products).reshape(-1, width, width) + ridge
        moment: Floats = (effective * target[:, None]).T @ design
        coefficients = np.asarray(np.linalg.solve(gram, moment[..., None])[..., 0].T, dtype=np.float64)
        residual = target[:, None] - design @ coefficients
        spread = TO_SIGMA * weighted_quantile(np.abs(residual), weights, 0.5)
        limit = HUBER * np.maximum(spread, 1e-9)
        effective = weights * np.minimum(1.0, limit / np.maximum(np.abs(residual), 1e-12))
    return coefficients, spread


def fit_signature(power_kw: Floats, temperature_c: Floats, weights: Floats) -> Signature:
    """Return the signature of (m,) daily mean powers and outdoor temperatures, counted by `weights` (m, k).

    The balance temperature with the smallest weighted sum of absolute deviations is chosen in each draw; a slope below
    zero (a load that falls with cold) is set to zero and the base to the median.
    """
    draws = weights.shape[1]
    best = np.full(draws, np.inf)
    found = np.zeros((4, draws))
    for balance in BALANCE_C:
        below = np.maximum(0.0, balance - temperature_c)
        coefficients, spread = robust_regression(np.column_stack((np.ones_like(below), below)), power_kw, weights)
        loss = (weights * np.abs(power_kw[:, None] - coefficients[0] - below[:, None] * coefficients[1])).sum(axis=0)
        better = (loss < best * (1.0 - 1e-9)) & (coefficients[1] >= 0.0)
        best = np.where(better, loss, best)
        found = np.where(better, np.stack((coefficients[0], coefficients[1], np.full(draws, balance), spread)), found)
    flat = ~np.isfinite(best)
    if flat.any():
        values = np.repeat(power_kw[:, None], draws, axis=1)
        median = weighted_quantile(values, weights, 0.5)
        scatter = TO_SIGMA * weighted_quantile(np.abs(values - median), weights, 0.5)
        found = np.where(flat, np.stack((median, np.zeros(draws), np.full(draws, BALANCE_C[0]), scatter)), found)
    return Signature(*found)


def local_slope(temperature: Floats, rest: Floats, weights: Floats, window: int) -> Floats:
    """Return (m, k) the slope of `rest` (m, k) on temperature (m,) among the days within `window` of each [kW/K].

    Least squares in a moving window, drawn towards zero as by one day's variance of 1 K² per day, so that days alike
    tell nothing.
    """

    def moving(values: Floats) -> Floats:
        padded = np.concatenate((np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)))
        at = np.arange(len(values))
        total: Floats = padded[np.minimum(at + window + 1, len(values))] - padded[np.maximum(at - window, 0)]
        return total

    x = temperature[:, None]
    n, sx, sy, sxx, sxy = (moving(weights * one) for one in (np.ones_like(rest), x, rest, x * x, x * rest))
    n = np.maximum(n, 1e-9)
    slope: Floats = (sxy - sx * sy / n) / (sxx - sx * sx / n + n)
    return slope
