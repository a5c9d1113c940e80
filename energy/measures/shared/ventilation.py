"""The heat of outdoor air that a fan moves, from the fan's own power.

Flow follows the fan: at full power q = P / SFP, and at a part of it q ~ P^(1/n) with n between the cube of the affinity
laws and what pressure control leaves. Heat is 1.2 · q · (1 - recovery) · (T_supply - T_out) [kW]. SFP: SS-EN 16798-3.
"""

from __future__ import annotations

import numpy as np

from energy.measures.base import MeasureContext
from energy.measures.shared import ice
from energy.measures.shared.bands import shared
from energy.measures.shared.margin import Fall
from energy.measures.shared.operating import power_of
from energy.model import Floats

__all__ = ["heat_of_fan"]

AIR_KJ_M3K = 1.2


def heat_of_fan(context: MeasureContext, point: str, less_kw: Floats) -> list[Fall]:
    """Return what the heat main falls when a fan's power falls by `less_kw` (n, 1 + draws); none where it is metered.

    Of a lower need only what is bought counts: condenser heat to spare is not (`ice.bought_at_margin`).
    """
    metered = [p for p in context.used_for("ventilation") if context.carriers.get(p) == "district_heating"]
    mains = context.mains("district_heating")
    if context.carriers.get(point) != "electricity" or metered or not mains:
        return []
    sfp, recovered, power_law, supply = (
        shared(context, "ventilation", n) for n in ("sfp", "recovered", "power_law", "supply_c")
    )
    power = np.nan_to_num(power_of(context, point))
    full = max(float(np.quantile(power, 0.98)), 1e-9)
    before = np.clip(power / full, 0.0, 1.0)[:, None]
    after = np.clip(before - np.nan_to_num(less_kw) / full, 0.0, 1.0)
    less_flow = full / sfp * (before ** (1.0 / power_law) - after ** (1.0 / power_law))
    kelvin = np.maximum(0.0, supply - np.nan_to_num(context.air_temperature_c, nan=99.0)[:, None])
    heat = AIR_KJ_M3K * less_flow * (1.0 - recovered) * kelvin * ice.bought_at_margin(context)
    return [Fall(max(mains, key=lambda p: float(np.nansum(power_of(context, p)))), heat)]
