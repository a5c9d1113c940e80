"""What the engines predicted -> one row an engine and case, by the same rule for all.

Hours and days are those metered. A day counts when every hour of it is metered; days are local. The total is over hours
for engines that predict hours, over whole days for those that predict days, and the band is the engine's own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from energy.model import Band
from energy.savings.baselines.metrics import cvrmse_pct, nmbe_pct
from energy.savings.scores.scoring import interval_score
from tests.peers.cases import Case

COLUMNS = {
    "engine": pl.String, "version": pl.String, "group": pl.String, "carrier": pl.String, "meter": pl.String,
    "cvrmse_hourly_pct": pl.Float64, "cvrmse_daily_pct": pl.Float64, "nmbe_pct": pl.Float64, "covers": pl.Boolean,
    "half_width_pct": pl.Float64, "interval_score_pct": pl.Float64, "covers_mended": pl.Boolean,
    "half_width_mended_pct": pl.Float64, "fit_s": pl.Float64, "predict_s": pl.Float64, "peak_mb": pl.Float64,
    "crashed": pl.String, "failed": pl.String, "disqualified": pl.String,
}  # fmt: skip


def scored(cases: list[Case], results: Path) -> pl.DataFrame:
    """Return a row for every case an engine has a result for, see COLUMNS; percentages of what was metered."""
    rows = []
    for folder in sorted(p for p in results.iterdir() if p.is_dir()):
        for case in cases:
            path = folder / f"{case.name}.npz"
            if path.exists():
                with np.load(path) as stored:
                    found = {name: stored[name] for name in stored.files}
                rows.append(row(folder.name, case, found))
    return pl.DataFrame(rows, schema=COLUMNS)


def row(engine: str, case: Case, found: dict[str, Any]) -> dict[str, Any]:
    """Return the scores of one engine on one case."""
    told = {
        name: str(found[name]) if name in found else "" for name in ("version", "crashed", "failed", "disqualified")
    }
    numbers = {
        n: float(found[n]) if n in found and found[n] is not None else None for n in ("fit_s", "predict_s", "peak_mb")
    }
    base = dict.fromkeys(COLUMNS) | {
        "engine": engine, "group": case.group, "carrier": case.carrier, "meter": case.meter, **told, **numbers,
    }  # fmt: skip
    if "hourly" not in found and "daily" not in found:
        return base
    metered = whole_days(case, case.test_kwh)
    if "hourly" in found:
        expected = found["hourly"].astype(float)
        days = whole_days(case, np.where(np.isnan(case.test_kwh), np.nan, expected))
        base["cvrmse_hourly_pct"] = cvrmse_pct(case.test_kwh, expected)
        actual, predicted = case.test_kwh, expected
    else:
        days = found["daily"].astype(float)[: len(metered)]
        actual, predicted = metered, days
    base["cvrmse_daily_pct"] = cvrmse_pct(metered, days)
    base["nmbe_pct"] = nmbe_pct(actual, predicted)
    return base if case.group.endswith("in sample") else base | banded(found, actual, predicted)


def whole_days(case: Case, values: np.ndarray) -> np.ndarray:
    """Return the sums of the local days, NaN for a day with a missing hour or with fewer than 23."""
    day = case.days()
    count, gone = np.bincount(day), np.bincount(day, weights=np.isnan(values))
    sums = np.bincount(day, weights=np.nan_to_num(values))
    return np.where((gone > 0) | (count < 23), np.nan, sums)


def banded(found: dict[str, Any], actual: np.ndarray, predicted: np.ndarray) -> dict[str, Any]:
    """Return coverage, half-width and interval score of the 90 % band of the placebo saving."""
    known = np.isfinite(actual) & np.isfinite(predicted)
    total, saving = float(actual[known].sum()), float((predicted - actual)[known].sum())
    if "low" in found:
        low, high = float(found["low"]), float(found["high"])
    else:
        low, high = saving - float(found["half"]), saving + float(found["half"])
    if not np.isfinite(low):
        return {}
    score = interval_score(Band(saving, low, high, 0.90), 0.0)
    share = 100.0 / abs(total)
    scores = {
        "covers": low <= 0 <= high,
        "half_width_pct": share * (high - low) / 2,
        "interval_score_pct": share * score,
    }
    if "half_mended" in found:
        mended = float(found["half_mended"])
        scores |= {"covers_mended": abs(saving) <= mended, "half_width_mended_pct": share * mended}
    return scores
