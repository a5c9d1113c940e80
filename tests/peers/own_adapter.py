"""Energibok on one case, by the code of `evaluate` and the savings flow, with the settings every home has.

The drift of its bands is calibrated on meters of the same data set. So that no building has a say in its own band, each
is given the drift of all the others, found anew from tests/coverage/pairs.csv by the code that writes drift.toml.
"""

from __future__ import annotations

import time
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from energy.savings.baselines.baseline import Settings
from energy.savings.baselines.drift import Drift, packaged_drift
from energy.savings.baselines.features import Drivers
from energy.savings.scores.scoring import score
from energy.savings.scores.tidy import Meter
from tests.coverage.meters import left_out_drift
from tests.coverage.real import KIND, from_csv

PACKAGE = "energibok"
PAIRS = Path(__file__).resolve().parents[1] / "coverage" / "pairs.csv"


@lru_cache(maxsize=64)
def drift(building: str, carrier: str) -> Drift:
    """Return the drift from the other buildings, or the packaged one for a meter of another set."""
    pairs = from_csv(PAIRS)
    if building not in pairs.building:
        return packaged_drift(carrier)
    return left_out_drift(pairs, building)[KIND[carrier]]


def energibok(case: dict[str, Any]) -> dict[str, Any]:
    """Fit, predict and draw the band."""
    train, test = (case[part].astype("datetime64[s]") for part in ("train", "test"))
    drivers = Drivers(case["weather"].astype("datetime64[s]"), case["weather_c"])
    same = np.array_equal(train, test)
    hours = train if same else np.concatenate([train, test])
    kwh = case["train_kwh"] if same else np.concatenate([case["train_kwh"], case["test_kwh"]])
    order = np.argsort(hours)
    meter = Meter(str(case["meter"]), str(case["carrier"]), None, hours[order], kwh[order], 0)
    settings = Settings(drift=drift(meter.meter_id, str(meter.carrier)))
    found, expected = score(meter, drivers, train, test, settings, probe=lambda: (time.process_time(), 0.0))
    if found.disqualified:
        return {"failed": "", "disqualified": found.disqualified, "fit_s": found.fit_seconds}
    return {
        "hourly": expected, "low": found.band_low_kwh, "high": found.band_high_kwh, "fit_s": found.fit_seconds,
        "predict_s": found.predict_seconds, "band_s": found.band_seconds, "lag_h": found.lag_h,
    }  # fmt: skip


ENGINES = {"energibok": energibok}
