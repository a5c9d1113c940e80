"""What scoring a baseline on a meter gives, whatever its resolution, and how its band is judged.

References
----------
Interval score: Gneiting & Raftery 2007, JASA 102(477), eq. 43: width, and 2/alpha times what falls outside; lower is
better.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from energy.model import Band, Floats
from energy.savings.bands.uncertainty import band
from energy.savings.baselines.sufficiency import NOT_ASSESSED

COLUMNS = {
    "meter_id": pl.String, "carrier": pl.String, "site": pl.String, "resolution": pl.String, "n_train": pl.Int64,
    "n_test": pl.Int64, "n_left_out": pl.Int64, "cvrmse_hourly_pct": pl.Float64, "cvrmse_daily_pct": pl.Float64,
    "cvrmse_period_pct": pl.Float64, "nmbe_pct": pl.Float64, "predicted_kwh": pl.Float64, "actual_kwh": pl.Float64,
    "difference_kwh": pl.Float64, "band_low_kwh": pl.Float64, "band_high_kwh": pl.Float64, "half_width_pct": pl.Float64,
    "interval_score_pct": pl.Float64, "model_sd_pct": pl.Float64, "covers_zero": pl.Boolean, "lag_h": pl.Float64,
    "moved_pct": pl.Float64, "fit_seconds": pl.Float64, "predict_seconds": pl.Float64, "band_seconds": pl.Float64,
    "peak_mb": pl.Float64,
    "disqualified": pl.String,
}  # fmt: skip
FAILED = NOT_ASSESSED + "beräkningen misslyckades"
LEVEL = 0.90
Probe = Callable[[], tuple[float, float]]  # -> (seconds of a running clock, peak memory [MB])


@dataclass(frozen=True)
class Scored:
    """What one meter gave; see `evaluate` for the meaning of the fields. A meter without figures has its reason."""

    n_train: int = 0
    n_test: int = 0
    n_left_out: int = 0
    cvrmse_hourly_pct: float | None = None
    cvrmse_daily_pct: float | None = None
    cvrmse_period_pct: float | None = None
    nmbe_pct: float | None = None
    predicted_kwh: float | None = None
    actual_kwh: float | None = None
    difference_kwh: float | None = None
    band_low_kwh: float | None = None
    band_high_kwh: float | None = None
    half_width_pct: float | None = None
    interval_score_pct: float | None = None
    model_sd_pct: float | None = None
    covers_zero: bool | None = None
    lag_h: float | None = None
    moved_pct: float | None = None
    fit_seconds: float | None = None
    predict_seconds: float | None = None
    band_seconds: float | None = None
    peak_mb: float | None = None
    disqualified: str | None = None


def interval_score(found: Band, actual: float) -> float:
    """Return the interval score of a band for what came out [unit of the band]; lower is better."""
    outside = max(found.low - actual, 0.0) + max(actual - found.high, 0.0)
    return found.high - found.low + 2.0 / (1.0 - found.level) * outside


def with_band(found: Scored, total: Floats, calm: Floats) -> Scored:
    """Return the difference with its 90 % band, the band's width and score as shares of what was metered.

    `total` and `calm` (k,) are draws of the predicted total [kWh], with and without year-to-year drift.
    """
    actual = found.actual_kwh or 0.0
    saved = band(total - actual, LEVEL)
    share = 100.0 / abs(actual) if actual else None
    return replace(
        found,
        difference_kwh=saved.value,
        band_low_kwh=saved.low,
        band_high_kwh=saved.high,
        half_width_pct=share and share * (saved.high - saved.low) / 2.0,
        interval_score_pct=share and share * interval_score(saved, 0.0),
        model_sd_pct=100.0 * float(calm.std() / abs(calm.mean())) if calm.mean() else None,
        covers_zero=bool(saved.low <= 0.0 <= saved.high),
    )


def no_probe() -> tuple[float, float]:
    """Return that neither time nor memory is known."""
    return float("nan"), float("nan")


def span(begin: tuple[float, float], end: tuple[float, float]) -> float | None:
    """Return the seconds between two probes, None where they are not known."""
    return known_or_none(end[0] - begin[0])


def known_or_none(value: float) -> float | None:
    """Return a finite number, else None."""
    return float(value) if np.isfinite(value) else None
