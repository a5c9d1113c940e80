"""What ice takes: how its load follows temperatures, and what less condenser heat costs in other energy.

Load of the ice by air and ceiling: q = h · A · (T_air - T_ice), h the sum of convection and radiation. Reference:
ASHRAE Handbook, Refrigeration (2018), chapter 44, "Ice Rinks", heat loads.
"""

from __future__ import annotations

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.bands import triangle
from energy.measures.base import MeasureContext
from energy.measures.margin import Fall
from energy.measures.operating import power_of
from energy.model import Floats

__all__ = ["bought_at_margin", "load_share_per_k", "plants", "recovery_lost", "with_recovery"]

DAY = 24


def plants(context: MeasureContext) -> list[str]:
    """Return the electricity meters of ice plants."""
    return [p for p in context.used_for("ice_plant") if context.carriers.get(p) == "electricity"]


def load_share_per_k(context: MeasureContext, rng: np.random.Generator, colder: bool = False) -> Floats:
    """Return (1 + draws,) how much of its electricity an ice plant saves per degree warmer ice or colder air.

    The ice's own load, h · A over the plant's mean cooling, where the ice area is told; else the field's span. With
    `colder`, the compressors' work against colder brine as well.
    """
    drawn = _drawn(context)
    running = drawn[drawn > 0.1 * float(np.quantile(drawn, 0.98))]
    if context.facts.ice_area_m2 is None or not running.size:
        return triangle(assumption("ice", "share_per_k"), context.draws, rng)
    transfer, cop = (triangle(assumption("ice", n), context.draws, rng) for n in ("heat_transfer_w_m2k", "cop"))
    work = triangle(assumption("ice", "work_per_k"), context.draws, rng) if colder else 0.0
    mean = float(running.mean())
    return np.asarray(transfer / 1000 * context.facts.ice_area_m2 / cop / mean + work, dtype=np.float64)


def _drawn(context: MeasureContext) -> Floats:
    """Return (n,) the power of the ice plants together [kW], unknown hours as nothing."""
    return np.asarray(np.nansum([power_of(context, p) for p in plants(context)], axis=0), dtype=np.float64)


def _left(context: MeasureContext, cop: Floats) -> Floats | None:
    """Return (n, 1 + draws) the share of the condenser heat of the day round that is thrown away or stored.

    1 where the plant stands still; None where rejected heat is not metered.
    """
    rejecting = [p for p, carrier in context.carriers.items() if carrier == "rejected_heat" and p in context.loads]
    if not rejecting:
        return None
    away = np.nansum([power_of(context, p) for p in (*rejecting, *context.used_for("charge"))], axis=0)
    day = np.full(DAY, 1.0 / DAY)
    given = np.maximum(np.convolve(_drawn(context), day, "same"), 0.0)[:, None] * (1.0 + cop)
    return np.divide(np.convolve(away, day, "same")[:, None], given, out=np.ones_like(given), where=given > 1e-6)


def recovery_lost(context: MeasureContext, less_kwh: Floats, rng: np.random.Generator) -> list[Fall]:
    """Return what `less_kwh` (n, 1 + draws) of condenser heat costs: more bought heat, less electricity to lift it.

    Only in hours when nearly all usable condenser heat is used: when more is thrown away or stored than `idle_share` of
    what the plant gives off, less of it is missed by no one. Nothing where rejected heat is not metered.
    """
    heat, power = context.mains("district_heating"), context.mains("electricity")
    left = _left(context, triangle(assumption("ice", "cop"), context.draws, rng))
    if left is None or not heat or not power:
        return []
    missed = less_kwh * np.where(left < assumption("ice", "idle_share").central, 1.0 - left, 0.0)
    bought = missed * triangle(assumption("ice", "missed_is_bought"), context.draws, rng)
    largest = {point: float(np.nansum(power_of(context, point))) for point in (*heat, *power)}
    lift = triangle(assumption("ice", "lift_cop"), context.draws, rng)
    return [
        Fall(max(heat, key=lambda p: largest[p]), -bought),
        Fall(max(power, key=lambda p: largest[p]), missed / lift),
    ]


def with_recovery(context: MeasureContext, plant: Fall, cooling: bool, rng: np.random.Generator) -> tuple[Fall, ...]:
    """Return the fall of an ice plant's electricity with what its lost condenser heat costs.

    `cooling`: the ice's load falls too (COP times the electricity), not only the work of the compressors.
    """
    cop = triangle(assumption("ice", "cop"), context.draws, rng) if cooling else 0.0
    return (plant, *recovery_lost(context, np.nan_to_num(plant.amount) * (1.0 + cop), rng))


def bought_at_margin(context: MeasureContext, rng: np.random.Generator) -> Floats:
    """Return (n, 1 + draws) the share of a lower need of heat that is bought: all but where condenser heat is spare."""
    hours = np.ones((len(context.start_utc), 1))
    if not plants(context):
        return hours * np.ones(1 + context.draws)
    spare = triangle(assumption("ice", "bought_when_spare"), context.draws, rng)
    left = _left(context, triangle(assumption("ice", "cop"), context.draws, rng))
    if left is None:
        return triangle(assumption("ice", "bought_unknown"), context.draws, rng) * hours
    used = (left < assumption("ice", "idle_share").central) | ~(_drawn(context)[:, None] > 0)
    return np.where(used, 1.0, spare)
