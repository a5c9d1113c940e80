"""Placebo project dates of a boundary meter, as rows of analysis. The method is in `energy.savings.bands.placebo`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from energy.calendar import Instants, normal_time
from energy.model import Floats
from energy.savings.bands.placebo import placebos
from energy.savings.baselines.baseline import Settings
from energy.savings.baselines.features import Drivers
from energy.savings.baselines.frozen import Baseline

_HISTORY_H = 4 * 8766  # older years tell of another building


def rows(
    model: Baseline, start_utc: Instants, energy_kwh: Floats, drivers: Drivers, count: int
) -> Iterator[dict[str, Any]]:
    """Yield a row per placebo date, but for project, run and meter.

    `start_utc` (n,) contiguous hours before the end of the baseline period, `energy_kwh` (n,) NaN where unknown or
    excluded by the event ledger.
    """
    known = np.flatnonzero(np.isfinite(energy_kwh))
    if not len(known):
        return
    first = max(int(known[0]), len(start_utc) - _HISTORY_H)
    settings = Settings(limits=model.limits, drift=model.drift)
    for no, one in enumerate(placebos(model, start_utc[first:], energy_kwh[first:], drivers, settings, count=count), 1):
        days = normal_time(np.array([one.first, one.end - np.timedelta64(1, "h")])).astype("datetime64[D]")
        yield {
            "no": no, "placebo_kind": one.kind, "period_start": days[0].item(), "period_end": days[1].item(),
            "metered_kwh": one.metered_kwh, "predicted_kwh": one.predicted_kwh.value,
            "predicted_kwh_low": one.predicted_kwh.low, "predicted_kwh_high": one.predicted_kwh.high,
            "placebo_error_pct": one.error_pct, "held": one.held,
        }  # fmt: skip
