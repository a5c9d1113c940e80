"""The heat of lamps: what they draw warms rooms and ice, and is missed or no longer cooled away when they draw less.

Where rooms are heated, a part of the lamps' electricity stands in for heat; over ice a part of it is radiated and blown
onto the ice, and the plant need not carry it away. Reference: heat of lighting as internal gain, EN ISO 13790:2008 §10;
the ice's share, ASHRAE Handbook, Refrigeration (2018), ch. 44 (lighting load of ice rinks).
"""

from __future__ import annotations

import numpy as np

from energy.measures.base import MeasureContext
from energy.measures.shared import ice
from energy.measures.shared.bands import shared
from energy.measures.shared.margin import Fall, priced
from energy.measures.shared.operating import ice_hours
from energy.measures.shared.ventilation import heat_of_fan
from energy.model import Floats

__all__ = ["heat_beside", "heat_of_lamps"]


def heat_beside(context: MeasureContext, point: str, less_kwh: Floats) -> list[Fall]:
    """Return what follows in heat and cold when a sub-meter draws `less_kwh` (n, 1 + draws) less, by its use.

    The outdoor air of a fan, the heat of lamps; nothing for other uses.
    """
    use = context.uses.get(point)
    if use == "ventilation":
        return heat_of_fan(context, point, less_kwh)
    return heat_of_lamps(context, less_kwh) if use == "lighting" else []


def heat_of_lamps(context: MeasureContext, less_kwh: Floats) -> list[Fall]:
    """Return what it costs and saves beside themselves that lamps draw `less_kwh` (n, 1 + draws) less.

    The heat that is missed in hours when rooms are heated, bought or lifted, at most what the rooms then lose, and the
    cold that is not asked for while ice lies. Which lamps hang over the ice is not told: they are taken to share by
    floor area.
    """
    less = np.nan_to_num(less_kwh)
    lies, over = ice_hours(context), _over_ice(context)
    on_ice = less * over * (0.0 if lies is None else lies[:, None].astype(np.float64))
    below = shared(context, "lamps", "heats_below") - np.nan_to_num(context.air_temperature_c, nan=99.0)[:, None]
    cold = below > 0
    useful = less * (1.0 - over) * cold * shared(context, "lamps", "useful")
    # in mild hours old lamps gave more than the rooms ask for without them: what was surplus is not missed
    falls = ice.heat_saved(context, -np.minimum(useful, _asked_for(context, below, over)))
    plants = priced(context, ice.plants(context))
    if plants and on_ice.any():
        load = on_ice * shared(context, "lamps", "lands_on_ice")
        falls += ice.with_recovery(context, Fall(plants[0], load * ice.work_per_kwh(context)), True)
        falls += ice.heat_saved(context, -(on_ice - load) * cold * shared(context, "lamps", "useful"))
    return falls


def _asked_for(context: MeasureContext, below_k: Floats, over: Floats) -> Floats:
    """Return (n, 1 + draws) the heat rooms without ice lose below their balance temperature [kWh]; inf without area."""
    if not context.facts.area_m2:
        return np.full(below_k.shape, np.inf)
    loss = shared(context, "lamps", "loss_w_per_m2_k") * context.facts.area_m2 * (1.0 - over) / 1000.0
    return np.asarray(loss * np.maximum(below_k, 0.0), dtype=np.float64)


def _over_ice(context: MeasureContext) -> Floats:
    """Return (1 + draws,) the share of the lamps that hang over ice [-]."""
    area, sheet = context.facts.area_m2, context.facts.ice_area_m2
    if not area or not sheet:
        return np.zeros(1 + context.draws)
    return np.asarray(np.minimum(sheet / area * shared(context, "lamps", "denser"), 1.0), dtype=np.float64)
