"""opendsm 1.2.7 on one case. Runs in an environment of its own; nothing of Energibok is imported here.

Temperatures go in as °F, which opendsm takes without asking. Zeros are real (is_electricity_data=False): readings that
stand for a missing value are already missing in the case. A disqualified meter is predicted all the same and marked.
Seconds are of the processor, the data classes included.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import opendsm.eemeter.models.hourly.model as hourly_module
import pandas as pd
from opendsm.common.metrics import ReportingMetrics
from opendsm.eemeter import (
    DailyBaselineData,
    DailyModel,
    DailyReportingData,
    HourlyBaselineData,
    HourlyModel,
    HourlyReportingData,
)
from pydantic import ValidationError

PACKAGE = "opendsm"
_METRICS = hourly_module.BaselineMetrics


def frame(case: dict[str, Any], part: str) -> pd.DataFrame:
    """Return the hours of a part of the case as opendsm wants them: local time, observed, temperature in °F."""
    index = pd.to_datetime(case[part], unit="s", utc=True).tz_convert(str(case["zone"]))
    return pd.DataFrame({"observed": case[f"{part}_kwh"], "temperature": case[f"{part}_c"] * 1.8 + 32.0}, index=index)


def hourly(case: dict[str, Any]) -> dict[str, Any]:
    """Fit and predict with the hourly model, mended where its own metrics reject a model without parameters."""
    begin = time.process_time()
    base = HourlyBaselineData(frame(case, "train"), is_electricity_data=False)
    crashed = ""
    try:
        model = HourlyModel().fit(base, ignore_disqualification=True)
    except ValidationError as error:
        crashed = " ".join(str(error).split())[:200]
        hourly_module.BaselineMetrics = _mended
        begin = time.process_time()
        base = HourlyBaselineData(frame(case, "train"), is_electricity_data=False)
        model = HourlyModel().fit(base, ignore_disqualification=True)
    finally:
        hourly_module.BaselineMetrics = _METRICS
    fitted = time.process_time()
    report = HourlyReportingData(frame(case, "test"), is_electricity_data=False)
    found = model.predict(report, ignore_disqualification=True)
    done = time.process_time()
    seconds = found.index.tz_convert("UTC").as_unit("s").asi8
    predicted = pd.Series(found["predicted"].to_numpy(), index=seconds).reindex(case["test"]).to_numpy()
    known = found[np.isfinite(found["predicted_unc"])]
    return {
        "hourly": predicted, "fit_s": fitted - begin, "predict_s": done - fitted, "crashed": crashed,
        "half": float(np.sqrt((known["predicted_unc"] ** 2).sum())),
        "half_mended": _documented(model, found, "hourly"),
        "disqualified": _names(model.disqualification),
    }  # fmt: skip


def _mended(df: Any, num_model_params: int) -> Any:
    return _METRICS(df=df, num_model_params=max(1, num_model_params))


def _documented(model: Any, found: pd.DataFrame, frequency: str) -> float:
    """Return the half-width [kWh] by opendsm's own Guideline 14 formula at the confidence it documents, 90 %."""
    imputed = [c for c in found.columns if c.startswith("interpolated_")]
    kept = found[~found[imputed].any(axis=1)] if imputed else found
    metrics = ReportingMetrics(
        baseline_metrics=model.baseline_metrics, reporting_df=kept, data_frequency=frequency,
        confidence_level=0.90, t_tail=2,
    )  # fmt: skip
    return float(metrics.total_savings_uncertainty)


def daily(case: dict[str, Any]) -> dict[str, Any]:
    """Fit and predict with the daily model on the same hours, which opendsm sums to days itself."""
    begin = time.process_time()
    base = DailyBaselineData(frame(case, "train"), is_electricity_data=False)
    model = DailyModel().fit(base, ignore_disqualification=True)
    fitted = time.process_time()
    report = DailyReportingData(frame(case, "test"), is_electricity_data=False)
    found = model.predict(report, ignore_disqualification=True)
    done = time.process_time()
    half = _documented(model, found, "daily")
    first = pd.to_datetime(case["test"][0], unit="s", utc=True).tz_convert(str(case["zone"])).normalize()
    number = (found.index.tz_localize(None) - first.tz_localize(None)).days
    by_day = pd.Series(found["predicted"].to_numpy(), index=number).groupby(level=0).first()
    return {
        "daily": by_day.reindex(range(int(case["day"].max()) + 1)).to_numpy(),
        "fit_s": fitted - begin, "predict_s": done - fitted, "half": half, "half_mended": half, "crashed": "",
        "disqualified": _names(model.disqualification),
    }  # fmt: skip


def _names(warnings: Any) -> str:
    return ", ".join(sorted({w.qualified_name for w in warnings}))


ENGINES = {"opendsm.daily": daily, "opendsm.hourly": hourly}
