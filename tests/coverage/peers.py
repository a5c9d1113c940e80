"""Bands of others for the same mean model: naive least squares and ASHRAE Guideline 14 with the lag-one correction.

Both are formulas on the residuals of the training, so that only the band differs from ours, never the prediction.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from energy.calendar import Instants
from energy.model import Floats
from energy.savings.baselines.design import design
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.frozen import Baseline


def half_width(level: float, sd: float) -> float:
    """Return the half-width of a central normal interval."""
    return NormalDist().inv_cdf((1 + level) / 2) * sd


def ols_and_g14(model: Baseline, drivers: Drivers, trained: Floats, hours: Instants) -> tuple[float, float]:
    """Return the standard deviation of the predicted sum of `hours` [kWh] by naive least squares and by Guideline 14.

    Least squares: s² (m + x'(X'X + penalty)⁻¹x) with x the sum of the predicted rows, hours as if independent.
    Guideline 14-2014, equation B-14: E · 1.26 · CV · sqrt(n/n' · (1 + 2/n') / m), n' = n (1 - r)/(1 + r), r lag one.
    """
    start = model.train_start + np.arange(len(trained)) * np.timedelta64(3600, "s")
    x, relative = design(model.spec, start, drivers)
    kept = np.isfinite(trained) & np.isfinite(x).all(axis=1)
    x, y = x[kept], trained[kept]
    error = y - (x @ model.beta + model.lifted(x))[:, 0]
    ahead = design(model.spec, hours, drivers)[0]
    n, m, total = len(y), len(hours), ahead.sum(axis=0)
    inverse = np.linalg.solve(x.T @ x + model.penalty * relative + 1e-8 * np.eye(len(total)), total)
    variance = float((error**2).sum()) / (n - 12)
    ols = np.sqrt(variance * (m + float(total @ inverse)))
    r = float((error[1:] * error[:-1]).sum() / (error**2).sum())
    effective = n * (1 - r) / (1 + r)
    cv = np.sqrt(variance) / y.mean()
    expected = float((ahead @ model.beta + model.lifted(ahead))[:, 0].sum())
    g14 = expected * 1.26 * cv * np.sqrt(n / effective * (1 + 2 / effective) / m)
    return float(ols), float(g14)
