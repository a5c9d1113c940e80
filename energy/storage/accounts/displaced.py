"""The billed load as it would have been without what a store delivered or took: energy, flow, return temperature.

Heat that the store delivers would else have been bought: E' = E + D, carried by more water, E' / (c · ΔT'). The
return of a substation depends on its load, so it is not the same without the store: its dependence is read off hours
without delivery, before the store where there are any, and that fall or rise is added to the metered return. Outside
the loads of those hours it goes on with the slope it ends with, and the ends of the band are two other readings: twice
that slope there, and the return as metered. Supply is the network's own and does not change.

Reference: Frederiksen, S., Werner, S. (2013), District Heating and Cooling, §9.4 (return temperature and load).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from energy.model import Floats, Load
from energy.storage.assumed import assumed

__all__ = [
    "RETURN_AS_METERED", "RETURN_MODELLED", "Curve", "return_by_load", "with_delivery_bought", "with_energy",
    "without_energy",
]  # fmt: skip

_ROUNDING_KWH = 1e-6  # (base - effect) + effect is not the metered figure to the last bit
KWH_PER_M3_K = 1.163  # heat capacity of water per volume, 4.187 kJ/(kg·K) at 1 000 kg/m3
Curve = tuple[Floats, Floats]  # load [kW], return temperature [°C]
RETURN_MODELLED = (
    "returtemperaturen utan lagret läses av mot lasten i timmar utan urladdning och fortsätter med sin lutning utanför "
    "de laster som mätts då; bandets ändar är dubbla lutningen där, och returen som uppmätt"
)
RETURN_AS_METERED = "returtemperaturen antas vara den uppmätta"


def return_by_load(load: Load, delivered_kwh: Floats) -> Curve | None:
    """Return (load [kW], return temperature [°C]) of the hours without delivery: medians of twentieths of them.

    The first and last points continue the curve to no load and to twice the highest, with the slope it ends with.
    None where the meter lacks volume or return, or too few hours are without delivery.
    """
    if load.volume_m3 is None or load.return_m3c is None:
        return None
    volume, energy = load.volume_m3[:, 0], load.energy_kwh[:, 0]
    back = np.divide(load.return_m3c[:, 0], volume, out=np.full_like(volume, np.nan), where=volume > 0)
    idle = np.isfinite(back) & np.isfinite(energy) & (energy > 0) & (delivered_kwh == 0)
    if idle.sum() < assumed("curve_least_hours").central:
        return None
    order = np.argsort(energy[idle], kind="stable")
    parts = np.array_split(order, int(assumed("curve_parts").central))
    x, y = energy[idle], back[idle]
    return _continued(np.array([np.median(x[p]) for p in parts]), np.array([np.median(y[p]) for p in parts]))


def with_energy(load: Load, energy_kwh: Floats, curve: Curve | None) -> Load:
    """Return the load with other energy (n, k) [kWh] and the water that carries it: the one model of flow.

    V = V_metered + E / (c · ΔT) - E_metered / (c · ΔT_metered) at the hour's own supply, the return moved along the
    `curve` of `return_by_load`, or as metered without one: the meter is the anchor, so that a small change of energy is
    a small change of water whatever the register rounds to. What it rounds away stays with the hour, which may go below
    zero; bills sum. Hours whose energy is as metered (or unknown in both) keep their water. A meter of volume without
    temperatures keeps the hour's own m³ per kWh, the whole series' where it has none. Quantities the meter lacks stay
    lacking.
    """
    return _carried(load, energy_kwh, curve)


def with_delivery_bought(load: Load, delivered_kwh: Floats, curve: Curve | None) -> Load:
    """Return the load (n, k') with `delivered_kwh` (n, k) bought: k' = k where `curve` is None, else 3k.

    The first k columns follow the `curve` of `return_by_load`, the next k one twice as steep outside its loads, the
    last k the metered return. Hours where delivery is unknown are unknown. Quantities the meter lacks stay lacking.
    """
    energy = load.energy_kwh + delivered_kwh
    kept = _carried(load, energy, None)
    if curve is None or load.volume_m3 is None:
        return kept
    readings = [_carried(load, energy, curve), _carried(load, energy, _steeper(curve)), kept]
    return replace(
        kept,
        energy_kwh=np.hstack([one.energy_kwh for one in readings]),
        volume_m3=_beside([one.volume_m3 for one in readings]),
        supply_m3c=_beside([one.supply_m3c for one in readings]),
        return_m3c=_beside([one.return_m3c for one in readings]),
    )


def _continued(x: Floats, y: Floats) -> Curve:
    """Return the curve with a point at no load and one at twice the highest, at the slope of its outermost quarters.

    The slopes are by least squares; a curve without extent there is held.
    """
    quarter = max(2, len(x) // 4)
    low, high = (
        float(np.polyfit(x[part], y[part], 1)[0]) if np.ptp(x[part]) > 0 else 0.0
        for part in (slice(None, quarter), slice(-quarter, None))
    )
    ends = (np.array([0.0]), np.array([2.0 * x[-1]])), (np.array([y[0] - low * x[0]]), np.array([y[-1] + high * x[-1]]))
    return np.concatenate([ends[0][0], x, ends[0][1]]), np.concatenate([ends[1][0], y, ends[1][1]])


def _steeper(curve: Curve) -> Curve:
    """Return the curve with twice the slope outside the loads seen: in its first and last piece."""
    x, y = curve
    steep = y.copy()
    steep[0], steep[-1] = 2 * y[0] - y[1], 2 * y[-1] - y[-2]
    return x, steep


def _in_proportion(volume: Floats, metered: Floats, energy: Floats) -> Floats:
    """Return the volume of other energy at the hour's own m³ per kWh, the whole series' in hours that have none."""
    known = np.isfinite(volume) & np.isfinite(metered)
    whole = float(metered[known].sum())
    mean = float(volume[known].sum()) / whole if whole > 0 else float("nan")
    per_kwh = np.divide(volume, metered, out=np.full_like(metered, mean), where=known & (metered > 0))
    return volume + np.where(_changed(metered, energy), per_kwh * (energy - metered), 0.0)


def _beside(parts: Sequence[Floats | None]) -> Floats | None:
    there = [one for one in parts if one is not None]
    return np.hstack(there) if len(there) == len(parts) else None


def without_energy(load: Load, taken_kwh: Floats) -> Load:
    """Return the load (n, k) less `taken_kwh` (n, k), never below zero: a meter that is billed counts one way."""
    return replace(load, energy_kwh=np.maximum(load.energy_kwh - taken_kwh, 0.0))


def _carried(load: Load, energy: Floats, curve: Curve | None) -> Load:
    """Return the load with `energy` (n, k) carried at the metered temperatures, the return moved along the curve."""
    if load.volume_m3 is None or load.return_m3c is None:
        volume = None if load.volume_m3 is None else _in_proportion(load.volume_m3, load.energy_kwh, energy)
        return replace(load, energy_kwh=energy, volume_m3=volume, supply_m3c=None, return_m3c=None)
    volume = load.volume_m3
    supply, back = _temperatures(load, volume, load.return_m3c)
    moved = np.repeat(back, energy.shape[1], axis=1)
    if curve is not None:
        moved = moved + np.interp(energy, *curve) - np.interp(load.energy_kwh, *curve)
    least = assumed("least_cooling").central
    before, after = np.maximum(supply - back, least), np.maximum(supply - moved, least)
    heat = KWH_PER_M3_K * _own_capacity(load.energy_kwh, KWH_PER_M3_K * volume * before)
    changed = _changed(load.energy_kwh, energy)
    step = np.where(changed, energy / (heat * after) - load.energy_kwh / (heat * before), 0.0)
    water = volume + step
    back_step = np.where(changed, water * (supply - after) - volume * (supply - before), 0.0)
    return replace(
        load,
        energy_kwh=energy,
        volume_m3=water,
        supply_m3c=None if load.supply_m3c is None else load.supply_m3c + np.where(changed, step * supply, 0.0),
        return_m3c=load.return_m3c + back_step,
    )


def _changed(metered: Floats, energy: Floats) -> npt.NDArray[np.bool_]:
    """Return where energy is another than the metered, by more than rounding; unknown as metered is no change."""
    return (np.abs(energy - metered) > _ROUNDING_KWH) | (np.isnan(energy) & ~np.isnan(metered))


def _temperatures(load: Load, volume: Floats, return_m3c: Floats) -> tuple[Floats, Floats]:
    """Return supply and return of the hours [°C]; the medians where no water flowed, standing water having none."""
    flowing = volume > 0
    back = np.divide(return_m3c, volume, out=np.full_like(volume, np.nan), where=flowing)
    if load.supply_m3c is not None:
        supply = np.divide(load.supply_m3c, volume, out=np.full_like(volume, np.nan), where=flowing)
    else:
        warmth = np.divide(load.energy_kwh, KWH_PER_M3_K * volume, out=np.full_like(volume, np.nan), where=flowing)
        supply = back + warmth
    supply, back = (np.where(np.isfinite(v), v, np.nanmedian(v)) for v in (supply, back))
    return supply, back


def _own_capacity(metered: Floats, heat: Floats) -> Floats:
    """Return the meter's own heat capacity [-]: its energy over that of its water, hour by hour.

    An hour outside what a meter can be off by tells of its register (a whole m³ or none), not of its heat: it has the
    whole series', whose sums hold what the register carries over.
    """
    limit = assumed("meter_heat_capacity")
    known = np.isfinite(metered) & np.isfinite(heat)
    total = float(heat[known].sum())
    whole = float(np.clip(metered[known].sum() / total, limit.low, limit.high)) if total > 0 else limit.central
    own = np.divide(metered, heat, out=np.full_like(heat, whole), where=known & (heat > 0))
    return np.where((own >= limit.low) & (own <= limit.high), own, whole)
