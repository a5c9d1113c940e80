"""Energibok on one case, by the code of `evaluate` and the savings flow, with the settings every home has.

The drift of the band is that of the packaged table; where it was calibrated on these very meters, the share that a
meter's own building had in it is taken out (see `drift_without`).
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from energy.savings.features import Drivers
from energy.savings.scoring import score
from energy.savings.tidy import Meter

PACKAGE = "energibok"


def energibok(case: dict[str, Any]) -> dict[str, Any]:
    """Fit, predict and draw the band."""
    train, test = (case[part].astype("datetime64[s]") for part in ("train", "test"))
    drivers = Drivers(case["weather"].astype("datetime64[s]"), case["weather_c"])
    same = np.array_equal(train, test)
    hours = train if same else np.concatenate([train, test])
    kwh = case["train_kwh"] if same else np.concatenate([case["train_kwh"], case["test_kwh"]])
    order = np.argsort(hours)
    meter = Meter(str(case["meter"]), str(case["carrier"]), None, hours[order], kwh[order], 0)
    found, expected = score(meter, drivers, train, test, probe=lambda: (time.process_time(), 0.0))
    if found.disqualified:
        return {"failed": "", "disqualified": found.disqualified, "fit_s": found.fit_seconds}
    return {
        "hourly": expected, "low": found.band_low_kwh, "high": found.band_high_kwh, "fit_s": found.fit_seconds,
        "predict_s": found.predict_seconds, "band_s": found.band_seconds, "lag_h": found.lag_h,
    }  # fmt: skip


ENGINES = {"energibok": energibok}
