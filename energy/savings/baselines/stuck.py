"""A meter that stands still: a long run of one and the same value inside an otherwise moving series."""

from __future__ import annotations

import numpy as np

from energy.model import Floats
from energy.savings.baselines.sufficiency import Bools

_FEWEST_H = 72  # three days alike to the last digit
_TIMES_NATURAL = 3  # and so many times longer than the longest runs that the meter's resolution gives
_NATURAL_SHARE = 0.99


def stuck(values: Floats) -> Bools:
    """Return which of consecutive hourly values (n,) belong to a run that only a standing meter gives.

    Zeros are never counted: a plant that is off for a month shows real zeros. A meter of coarse resolution has long
    runs of its own, and a meter that never moves has nothing but one: neither is called stuck here.
    """
    found = np.zeros(len(values), dtype=bool)
    if len(values) < 2:
        return found
    edges = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])  # NaN differs from itself: a gap ends a run
    length = np.diff(np.r_[edges, len(values)])
    value = values[edges]
    counts = np.isfinite(value) & (value != 0)
    if counts.sum() < 2:
        return found
    natural = float(np.quantile(length[counts], _NATURAL_SHARE))
    still = counts & (length >= max(_FEWEST_H, _TIMES_NATURAL * natural))
    return np.repeat(still, length)
