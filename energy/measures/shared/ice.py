"""What ice takes: how its load follows temperatures, and what less condenser heat costs in other energy.

Load of the ice by air and ceiling: q = h · A · (T_air - T_ice), h the sum of convection and radiation. Reference:
ASHRAE Handbook, Refrigeration (2018), chapter 44, "Ice Rinks", heat loads.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from energy.measures.assumptions import assumption
from energy.measures.base import MeasureContext
from energy.measures.shared.bands import shared
from energy.measures.shared.days import sv
from energy.measures.shared.margin import Fall
from energy.measures.shared.operating import ice_hours, power_of, trends_in
from energy.model import Floats, Trend

__all__ = [
    "bought_at_margin", "heat_missed", "heat_saved", "largest", "load_share_per_k", "not_read", "plants",
    "recovery_lost", "thermometers", "with_recovery", "work_per_kwh",
]  # fmt: skip

DAY = 24
MELTS_C = 0.0  # neither ice nor the brine under it is warmer


def plants(context: MeasureContext) -> list[str]:
    """Return the electricity meters of ice plants."""
    return [p for p in context.used_for("ice_plant") if context.carriers.get(p) == "electricity"]


def thermometers(context: MeasureContext, kind: str) -> list[Trend]:
    """Return the points of a kind that can be the ice's or the brine's under it, in order of id.

    Left out: a store's own points, and those above the melting point half of the hours known while ice lies.
    """
    return [trend for trend in trends_in(context, kind) if _refused(context, trend) is None]


def not_read(context: MeasureContext, *kinds: str) -> str:
    """Return in Swedish which points of the kinds are not read as the ice's and why; empty where there are none."""
    found = [(trend, _refused(context, trend)) for kind in kinds for trend in trends_in(context, kind)]
    told = [f"{trend.name} ({trend.point}) {why}" for trend, why in found if why is not None]
    return f" Räknas inte som isens: {'; '.join(told)}." if told else ""


def _refused(context: MeasureContext, trend: Trend) -> str | None:
    """Return in Swedish why a point cannot be the ice's or its brine's, None where it can."""
    for store in context.stores:
        if trend.point in (*store.temperature_points, *store.supply_points, *store.source_points):
            return f"hör till {store.name}"
    lies = ice_hours(context)
    known = np.isfinite(trend.values) & (True if lies is None else lies)
    typical = float(np.median(trend.values[known])) if known.any() else MELTS_C
    return f"visar {sv(typical, 1)} °C när isen ligger, och då finns ingen is" if typical > MELTS_C else None


def work_per_kwh(context: MeasureContext) -> Floats:
    """Return (1 + draws,) the electricity of one kWh more or less of cold [kWh].

    More than 1 / COP where the brine lies below the ice in proportion to the load: each degree colder costs work, so
    that d ln P / d ln Q = 1 + work per degree · degrees between ice and brine that follow the load.
    """
    steeper = 1.0 + shared(context, "ice", "work_per_k") * shared(context, "ice", "gap_k")
    return np.asarray(steeper / shared(context, "ice", "cop"), dtype=np.float64)


def load_share_per_k(context: MeasureContext, colder: bool = False) -> Floats:
    """Return (1 + draws,) how much of its electricity an ice plant saves per degree warmer ice or colder air.

    The ice's own load, h · A over the plant's mean cooling, where the ice area is told; else the field's span. With
    `colder`, the compressors' work against colder brine as well; else the air changes, and the ceiling that radiates to
    the ice follows it only in part.
    """
    drawn = _drawn(context)
    running = drawn[drawn > 0.1 * float(np.quantile(drawn, 0.98))]
    if context.facts.ice_area_m2 is None or not running.size:
        return shared(context, "ice", "share_per_k")
    air, ceiling, follows = (shared(context, "ice", n) for n in ("convection_w_m2k", "radiation_w_m2k", "ceiling"))
    load = context.facts.ice_area_m2 / 1000 * (air + ceiling * (1.0 if colder else follows))  # kW/K
    work = shared(context, "ice", "work_per_k") if colder else 0.0
    return np.asarray(load * work_per_kwh(context) / float(running.mean()) + work, dtype=np.float64)


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


def recovery_lost(context: MeasureContext, less_kwh: Floats) -> list[Fall]:
    """Return what `less_kwh` (n, 1 + draws) of condenser heat costs: more bought heat, less electricity to lift it.

    Only in hours when nearly all usable condenser heat is used: when more is thrown away or stored than `idle_share` of
    what the plant gives off, less of it is missed by no one. Nothing where rejected heat is not metered.
    """
    heat, power = context.mains("district_heating"), context.mains("electricity")
    left = _left(context, shared(context, "ice", "cop"))
    if left is None or not heat or not power:
        return []
    missed = less_kwh * np.where(left < assumption("ice", "idle_share").central, 1.0 - left, 0.0)
    bought = missed * shared(context, "ice", "missed_is_bought")
    lift = shared(context, "ice", "lift_cop")
    return [Fall(largest(context, heat), -bought), Fall(largest(context, power), missed / lift)]


def largest(context: MeasureContext, points: Sequence[str]) -> str:
    """Return the metering point with the most energy."""
    return max(points, key=lambda point: float(np.nansum(power_of(context, point))))


def heat_saved(context: MeasureContext, less_kwh: Floats) -> list[Fall]:
    """Return what a lower need of heat `less_kwh` (n, 1 + draws) saves where condenser heat helps to meet it.

    Where condenser heat is spare, most of it is electricity that would have lifted it (`bought_at_margin`); where it is
    not, bought heat, but for what a store's heat pump gives in the same hours.
    """
    heat, power = context.mains("district_heating"), context.mains("electricity")
    if not plants(context):
        return [Fall(largest(context, heat), less_kwh)] if heat else []
    bought = bought_at_margin(context) * _beside_pump(context)
    falls = [Fall(largest(context, heat), less_kwh * bought)] if heat else []
    if power:
        falls.append(Fall(largest(context, power), less_kwh * (1.0 - bought) / shared(context, "ice", "lift_cop")))
    return falls


def _beside_pump(context: MeasureContext) -> Floats:
    """Return (n or 1, 1 + draws) the share of heat missed that is bought: all of it but while a store's pump runs."""
    pumped = [power_of(context, p) for p in context.used_for("discharge")]
    if not pumped:
        return np.ones((1, 1 + context.draws))
    runs = (np.nansum(pumped, axis=0) > 0)[:, None]
    return np.where(runs, shared(context, "ice", "missed_is_bought"), 1.0)


def heat_missed(context: MeasureContext, gone_kwh: Floats, wanted_kwh: Floats) -> list[Fall]:
    """Return what it costs when recovered heat `gone_kwh` (n, 1 + draws) is gone, of which `wanted_kwh` is missed.

    Bought, or pumped from a store; the electricity that lifted what is gone is saved.
    """
    heat, power = context.mains("district_heating"), context.mains("electricity")
    bought, lift = _beside_pump(context), shared(context, "ice", "lift_cop")
    falls = [Fall(largest(context, heat), -wanted_kwh * bought)] if heat else []
    if power:
        falls.append(Fall(largest(context, power), (gone_kwh - wanted_kwh * (1.0 - bought)) / lift))
    return falls


def with_recovery(context: MeasureContext, plant: Fall, cooling: bool) -> tuple[Fall, ...]:
    """Return the fall of an ice plant's electricity with what its lost condenser heat costs.

    `cooling`: the ice's load falls too (`work_per_kwh`), not only the work of the compressors.
    """
    cold = 1.0 / work_per_kwh(context) if cooling else 0.0
    return (plant, *recovery_lost(context, np.nan_to_num(plant.amount) * (1.0 + cold)))


def bought_at_margin(context: MeasureContext) -> Floats:
    """Return (n, 1 + draws) the share of a lower need of heat that is bought: all but where condenser heat is spare."""
    hours = np.ones((len(context.start_utc), 1))
    if not plants(context):
        return hours * np.ones(1 + context.draws)
    spare = shared(context, "ice", "bought_when_spare")
    left = _left(context, shared(context, "ice", "cop"))
    if left is None:
        return shared(context, "ice", "bought_unknown") * hours
    used = (left < assumption("ice", "idle_share").central) | ~(_drawn(context)[:, None] > 0)
    return np.where(used, 1.0, spare)
