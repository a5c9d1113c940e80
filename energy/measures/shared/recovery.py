"""How much of an ice plant's condenser heat is used, and how much more could be: a balance hour by hour.

    given = P · (1 + COP);  used = given - rejected - stored;  most = min(usable · given, met · (used + short))

`short` is what low-temperature uses still buy or draw from a store: bought heat less the uses whose own meters show
that they hang on the district heating, plus the store's heat. Reference for the usable share: evaluation of Gimo ishall
(ekanalys.se), 71 % of the condenser heat recovered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from energy.measures.base import MeasureContext
from energy.measures.shared import ice
from energy.measures.shared.bands import shared
from energy.measures.shared.margin import Fall
from energy.measures.shared.operating import power_of, valued_hours
from energy.model import Floats, Use
from energy.storage.accounts.implausible import plausible

__all__ = ["HOT", "Recovery", "recovery"]

HOT: tuple[Use, ...] = ("pool", "ventilation", "hot_water_circulation", "domestic_hot_water")


@dataclass(frozen=True)
class Recovery:
    """Condenser heat used now and what more could be, (n, 1 + draws) [kWh]."""

    used: Floats  # NaN in hours of which it is not known
    more: Floats  # 0 in those
    pumped_less: Floats  # of `more`, what a store's heat pump would give less

    def whole(self, context: MeasureContext) -> float:
        """Return the share of what could be used that is used, over the months valued; NaN where nothing could."""
        inside = valued_hours(context)
        used, more = (float(np.nansum(values[inside, 0])) for values in (self.used, self.more))
        return used / (used + more) if used + more > 0 else float("nan")

    def falls(self, context: MeasureContext, heat: str, power: str, lift_cop: Floats) -> tuple[Fall, Fall]:
        """Return the heat bought less, and the electricity: less to the store's heat pump, more to lift the heat.

        `lift_cop` (1 + draws,) is heat out per electricity in [-].
        """
        lifted = self.more / lift_cop
        spared = self.pumped_less * _per_pumped(context)
        return Fall(heat, self.more - self.pumped_less), Fall(power, spared - lifted)


def recovery(context: MeasureContext, rejecting: Sequence[str], heat: str, but: Sequence[Use]) -> Recovery | None:
    """Return the balance against one heat main, whose own meters of the uses `but` do not count as short of heat.

    None where the ice plant's electricity has no meter, which tells what heat it gives off.
    """
    plants = ice.plants(context)
    if not plants:
        return None
    drawn, rejected = (np.sum([power_of(context, p) for p in points], axis=0) for points in (plants, rejecting))
    bought = power_of(context, heat)
    known = np.isfinite(drawn) & np.isfinite(rejected) & np.isfinite(bought)
    stored, pumped = (_of_store(context, context.used_for(use)) for use in ("charge", "discharge"))
    known &= np.isfinite(stored) & np.isfinite(pumped)
    stored, pumped = (np.where(known, x, 0.0) for x in (stored, pumped))
    hot = _sum(context, [p for p in context.used_for(*but) if context.parents.get(p) == heat])
    drawn, rejected, bought = (np.where(known, np.maximum(x, 0.0), 0.0) for x in (drawn, rejected, bought))
    given = drawn[:, None] * (1.0 + shared(context, "ice", "cop"))
    used = np.where(known[:, None], np.maximum(given - (rejected + stored)[:, None], 0.0), 0.0)
    short = (np.maximum(bought - hot, 0.0) + pumped)[:, None]
    met = shared(context, "ice", "met")
    most = np.minimum(shared(context, "ice", "usable") * given, met * (used + short))
    more = np.clip(most - used, 0.0, np.minimum(rejected[:, None], short))
    # the heat pump takes the base of what is left, as far as it can; where it must give way it does
    pumped_less = np.clip(pumped[:, None] - met * (short - more), 0.0, np.minimum(more, pumped[:, None]))
    return Recovery(np.where(known[:, None], used, np.nan), more, pumped_less)


def _sum(context: MeasureContext, points: Sequence[str]) -> Floats:
    """Return (n,) the heat of some meters together [kWh], unknown hours as nothing."""
    found = [np.maximum(np.nan_to_num(power_of(context, p)), 0.0) for p in points]
    return np.sum(found, axis=0) if found else np.zeros(len(context.start_utc))


def _of_store(context: MeasureContext, points: Sequence[str]) -> Floats:
    """Return (n,) the heat of a store's meters together [kWh], NaN in hours that one of them lacks or cannot have.

    Before a meter's first value there was no store: nothing.
    """
    total = np.zeros(len(context.start_utc))
    for point in points:
        kwh = plausible("", "", point, context.start_utc, power_of(context, point))[0]
        begun = np.maximum.accumulate(np.isfinite(kwh))
        total += np.where(begun, kwh, 0.0)
    return total


def _per_pumped(context: MeasureContext) -> Floats:
    """Return (1 + draws,) the electricity of a kWh from the store, heat pump and circulation in the hours it gives.

    As metered, else as if lifted like the rest.
    """
    heat = np.where(valued_hours(context), np.nan_to_num(_of_store(context, context.used_for("discharge"))), 0.0)
    electricity = _sum(context, context.used_for("heat_pump", "circulation_pump"))[heat > 0].sum()
    if not electricity > 0:
        return np.asarray(1.0 / shared(context, "ice", "lift_cop"), dtype=np.float64)
    return np.full(1 + context.draws, min(float(electricity / heat.sum()), 1.0))
