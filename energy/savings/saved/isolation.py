"""Retrofit isolation (IPMVP option B): a meter of the project's own under a main meter, no model needed.

Without the project the main meter would show so much less. The store's electricity is then known to the kilowatt-hour,
and its cost is what the main meter's bill would have been lower, power included. What the project changes elsewhere
behind the main meter (ice plant, pumps of others) is outside this boundary.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from energy.model import Floats, Load
from energy.savings.baselines.sufficiency import Bools
from energy.savings.saved.counterfactual import Counterfactual
from energy.savings.saved.loads import map_load


def without_submeter(
    main: Load, own: Load, reporting_start: np.datetime64, excluded: Bools | None = None
) -> Counterfactual:
    """Return the main meter (k = 1) with and without what the project's own meter took.

    Both loads on the same hours (n,). From `reporting_start` [UTC] the load without the project is main less own [kWh],
    NaN where either is unknown; before it, and in `excluded` hours, it is the main meter. Raises ValueError when the
    hours differ.
    """
    hours = main.start_utc.astype("datetime64[s]")
    if len(hours) != len(own.start_utc) or bool((hours != own.start_utc.astype("datetime64[s]")).any()):
        raise ValueError("isolation: the two meters must lie on the same hours")
    reporting = hours >= reporting_start.astype("datetime64[s]")
    out = np.zeros(len(hours), dtype=bool) if excluded is None else excluded.copy()
    taken = np.where((reporting & ~out)[:, None], own.energy_kwh, 0.0)

    def change(quantity: str, values: Floats) -> Floats:
        return values - taken if quantity == "energy_kwh" else values

    load = map_load(main, change, hours)
    return Counterfactual(replace(main, start_utc=hours), load, reporting, out, None)
