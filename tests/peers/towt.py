"""The named baseline: a plain time-of-week and temperature model, and the band Guideline 14 gives it.

Mathieu, Price, Kiliccote & Piette 2011, IEEE Trans. Smart Grid 2(3): 168 hours of the week and a piecewise linear
temperature with six segments, one for the hours that are occupied and one for the others, ordinary least squares.
Occupied are the hours of the week whose mean load is above the median one. No lag, no calendar, no penalty, no gates.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

PACKAGE = "numpy"
SEGMENTS = 6
T_90 = 1.645


def design(week: np.ndarray, air_c: np.ndarray, knots: np.ndarray, occupied: np.ndarray) -> np.ndarray:
    """Return the columns (n, 180) of some hours of the week and temperatures [°C]; `occupied` (168,) is 0 or 1."""
    segments = np.clip(air_c[:, None] - knots[:-1], 0.0, np.diff(knots))
    segments[:, 0] += np.minimum(air_c - knots[0], 0.0)
    segments[:, -1] += np.maximum(air_c - knots[-1], 0.0)
    there = occupied[week][:, None]
    return np.concatenate([np.eye(168)[week], segments * there, segments * (1 - there)], axis=1)


def guideline_14(y: np.ndarray, fitted: np.ndarray, p: int, total: float, m: int) -> float:
    """Return the half-width of a year's saving [kWh] at 90 %, ASHRAE Guideline 14-2014 Annex B with lag-1 memory."""
    residual, n = y - fitted, len(y)
    rho = float(np.corrcoef(residual[1:], residual[:-1])[0, 1])
    effective = n * (1 - rho) / (1 + rho)
    cv = float(np.sqrt((residual**2).sum() / (n - p)) / y.mean())
    return float(T_90 * 1.26 * cv * abs(total) * np.sqrt(n / effective * (1 + 2 / effective) / m))


def towt(case: dict[str, Any]) -> dict[str, Any]:
    """Fit and predict; hours without a value or a temperature are left out."""
    known = np.isfinite(case["train_kwh"]) & np.isfinite(case["train_c"])
    week, y, air = case["train_week"][known], case["train_kwh"][known], case["train_c"][known]
    begin = time.process_time()
    knots = np.quantile(air, np.linspace(0, 1, SEGMENTS + 1))
    levels = np.bincount(week, weights=y, minlength=168) / np.maximum(1, np.bincount(week, minlength=168))
    occupied = (levels > np.median(levels)).astype(np.float64)
    x = design(week, air, knots, occupied)
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    fitted = time.process_time()
    predicted = design(case["test_week"], case["test_c"], knots, occupied) @ beta
    done = time.process_time()
    both = np.isfinite(predicted) & np.isfinite(case["test_kwh"])
    half = guideline_14(y, x @ beta, x.shape[1], float(predicted[both].sum()), int(both.sum()))
    return {"hourly": predicted, "fit_s": fitted - begin, "predict_s": done - fitted, "half": half}


ENGINES = {"towt": towt}
