"""camber-toolkit on one case. Runs in an environment of its own; nothing of Energibok is imported here.

Temperatures go in as °F, camber's default unit. Bands are its own Guideline 14 bands at 90 % with the residuals' lag-1
autocorrelation; severe extrapolation is not declined, so that every meter is scored. Seconds are of the
processor.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd
from camber.mandv.caltrack_daily import caltrack_daily_savings, fit_caltrack_daily
from camber.mandv.caltrack_hourly import caltrack_hourly_savings, fit_caltrack_hourly
from camber.mandv.coverage import ExtrapolationPolicy
from camber.mandv.models import best_model
from camber.mandv.stats import avoided_energy_savings, cv_rmse_max_for, fit_stats
from camber.mandv.towt import TOWTAtIndex, fit_towt
from camber.mandv.towt_rmv2 import fit_towt_rmv2

PACKAGE = "camber-toolkit"
POLICY = ExtrapolationPolicy(decline=False)
CONFIDENCE = 0.90


def series(case: dict[str, Any], part: str) -> tuple[pd.Series, pd.Series]:
    """Return (energy, temperature in °F) of a part of the case, local time."""
    index = pd.to_datetime(case[part], unit="s", utc=True).tz_convert(str(case["zone"]))
    return pd.Series(case[f"{part}_kwh"], index=index), pd.Series(case[f"{part}_c"] * 1.8 + 32.0, index=index)


def days(case: dict[str, Any], part: str) -> tuple[pd.Series, pd.Series]:
    """Return (energy, mean temperature in °F) by local day; a day that is not whole is missing."""
    energy, temperature = series(case, part)
    day = energy.index.tz_localize(None).normalize()
    whole = energy.isna().groupby(day).sum() == 0
    return energy.groupby(day).sum().where(whole), temperature.groupby(day).mean()


def _half(model: Any, y: pd.Series, fitted: np.ndarray, p: int, drivers: np.ndarray, after: np.ndarray) -> float:
    """Return the half-width of the avoided energy [kWh] as camber's savings function gives it."""
    interval = "hourly" if len(y) > 1000 else "daily"
    stats = fit_stats(y.to_numpy(), fitted, p, cv_rmse_max=cv_rmse_max_for(interval), time_index=y.index)
    result = avoided_energy_savings(
        model, drivers, after, cv_rmse=stats.cv_rmse, n_baseline=stats.n, p_baseline=p, rho=stats.rho_lag1,
        confidence=CONFIDENCE, extrapolation=POLICY,
    )  # fmt: skip
    return float(result.abs_uncertainty)


def towt(case: dict[str, Any]) -> dict[str, Any]:
    """Fit and predict with camber's time-of-week and temperature model."""
    (y, t), (after, ahead) = series(case, "train"), series(case, "test")
    begin = time.process_time()
    model = fit_towt(y, t)
    fitted = time.process_time()
    predicted = model.predict(ahead.index, ahead.to_numpy(), unseen="fallback")
    done = time.process_time()
    bound = TOWTAtIndex(model, ahead.index)
    half = _half(bound, y, model.predict(y.index, t.to_numpy()), model.n_params, ahead.to_numpy(), after.to_numpy())
    return {"hourly": predicted, "fit_s": fitted - begin, "predict_s": done - fitted, "half": half}


def rmv2(case: dict[str, Any]) -> dict[str, Any]:
    """Fit and predict with camber's port of LBNL RMV2.0: local fits, the latest weighing most."""
    (y, t), (after, ahead) = series(case, "train"), series(case, "test")
    begin = time.process_time()
    model = fit_towt_rmv2(y, t)
    fitted = time.process_time()
    predicted = np.asarray(model.predict(ahead.index, ahead.to_numpy(), unseen="fallback"))
    done = time.process_time()
    inside = np.asarray(model.predict(y.index, t.to_numpy()))
    half = _half(_Fixed(predicted), y, inside, model.betas.shape[1], ahead.to_numpy(), after.to_numpy())
    return {"hourly": predicted, "fit_s": fitted - begin, "predict_s": done - fitted, "half": half}


class _Fixed:
    """A prediction that is already made, for functions that want a model."""

    def __init__(self, predicted: np.ndarray) -> None:
        self.predicted = predicted

    def predict(self, _: Any) -> np.ndarray:
        return self.predicted


def caltrack_hourly(case: dict[str, Any]) -> dict[str, Any]:
    """Fit and predict with camber's CalTRACK 2.0 hourly model."""
    (y, t), (after, ahead) = series(case, "train"), series(case, "test")
    begin = time.process_time()
    model, _ = fit_caltrack_hourly(y, t, fuel="gas", timezone=str(case["zone"]))
    fitted = time.process_time()
    predicted = np.asarray(model.predict(ahead.index, ahead.to_numpy()), dtype=float)
    done = time.process_time()
    result = caltrack_hourly_savings(
        y, t, after, ahead, fuel="gas", timezone=str(case["zone"]), confidence=CONFIDENCE, extrapolation=POLICY
    )
    half = float(result.savings.abs_uncertainty)
    return {"hourly": predicted, "fit_s": fitted - begin, "predict_s": done - fitted, "half": half}


def caltrack_daily(case: dict[str, Any]) -> dict[str, Any]:
    """Fit and predict with camber's CalTRACK 2.0 daily model, on the hours, which it sums to days itself."""
    (y, t), (after, ahead) = series(case, "train"), series(case, "test")
    begin = time.process_time()
    model = fit_caltrack_daily(y, t, fuel="gas", timezone=str(case["zone"]))
    model = model[0] if isinstance(model, tuple) else model
    fitted = time.process_time()
    daily = ahead.groupby(ahead.index.tz_localize(None).normalize()).mean()
    predicted = np.asarray(model.usage_per_day(daily.to_numpy()), dtype=float)
    done = time.process_time()
    result = caltrack_daily_savings(
        y, t, after, ahead, fuel="gas", timezone=str(case["zone"]), confidence=CONFIDENCE, extrapolation=POLICY
    )
    half = float(result.savings.abs_uncertainty)
    return {"daily": predicted, "fit_s": fitted - begin, "predict_s": done - fitted, "half": half}


def change_point(case: dict[str, Any]) -> dict[str, Any]:
    """Fit and predict days with the best of camber's change-point models, two to five parameters."""
    (y, t), (after, ahead) = days(case, "train"), days(case, "test")
    known = y.notna() & t.notna()
    y, t = y[known], t[known]
    begin = time.process_time()
    model = best_model(t.to_numpy(), y.to_numpy(), time_index=y.index)
    fitted = time.process_time()
    predicted = np.asarray(model.predict(ahead.to_numpy()), dtype=float)
    done = time.process_time()
    inside = np.asarray(model.predict(t.to_numpy()), dtype=float)
    half = _half(model, y, inside, len(model.coeffs), ahead.to_numpy(), after.to_numpy())
    return {"daily": predicted, "fit_s": fitted - begin, "predict_s": done - fitted, "half": half}


ENGINES = {
    "camber.towt": towt, "camber.rmv2": rmv2, "camber.caltrack_hourly": caltrack_hourly,
    "camber.caltrack_daily": caltrack_daily, "camber.cp": change_point,
}  # fmt: skip
