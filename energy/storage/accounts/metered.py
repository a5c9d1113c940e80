"""What the meters of a store tell, hour by hour, and what they do not: unknown is None with a Swedish reason.

    source ──► charge ──► STORE ──► out ──► (heat pump + electricity) ──► delivered ──► building

The boundary of the balance is the store itself (charge, out); that of the worth is what reaches the building.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from energy.calendar import Instants
from energy.model import Floats, Store
from energy.storage.accounts.implausible import Implausible, plausible
from energy.storage.assumed import assumed
from energy.swedish import sv

__all__ = ["Metered", "metered", "unknown"]

_ROLES = {  # role -> what the reader calls it
    "charge": "laddad energi",
    "discharge": "urladdad energi",
    "electricity": "lagrets el",
    "source": "värme som kunde ha laddats",
    "electric_heater": "elpannan",
    "heat_pump_heat": "värmepumpens värme",
}
_STORE_OUT = "värme ur lagret självt"


@dataclass(frozen=True)
class Metered:
    """The hours (n,) of a store since it was taken into use; arrays [kWh] and [°C], NaN where an hour is unknown.

    None where nothing is metered; `reasons` then tells why in Swedish, by the name of the attribute. `out_kwh` is what
    left the store itself, (n, 3): central, low and high, alike where it is metered. `said` tells how derived series
    came about.
    """

    store: Store
    start_utc: Instants
    charge_kwh: Floats | None
    out_kwh: Floats | None
    delivered_kwh: Floats | None
    electricity_kwh: Floats | None
    heater_kwh: Floats | None
    source_kwh: Floats | None
    heat_pump_kwh: Floats | None
    store_c: Floats | None
    supply_c: Floats | None
    source_c: Floats | None
    outdoor_c: Floats
    reasons: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, str] = field(default_factory=dict)
    implausible: tuple[Implausible, ...] = ()


def unknown(what: str) -> str:
    """Return the Swedish reason for a figure that no meter tells."""
    return f"okänt: ingen mätare för {what}"


def metered(
    store: Store,
    start_utc: Instants,
    energies: Mapping[str, Floats],
    points: Mapping[str, Floats],
    outdoor_c: Floats,
) -> Metered:
    """Return what the meters (metering point -> (n,) kWh) and points (id -> (n,) °C) of a store tell.

    Hours before it was taken into use are left out. A role with several meters is their sum, unknown where one of them
    is; points of one place are averaged over those that are known. Raises ValueError where arrays and hours differ.
    """
    n = len(start_utc)
    for name, values in {**energies, **points, "outdoor": outdoor_c}.items():
        if values.shape != (n,):
            raise ValueError(f"metered: {name} has shape {values.shape}, expected {(n,)}")
    begin = np.datetime64(store.commissioned.isoformat(), "s") - np.timedelta64(3600, "s")
    at = int(np.searchsorted(start_utc.astype("datetime64[s]"), begin))
    reasons: dict[str, str] = {}
    energies, wrong = _plausible(store, start_utc, energies, at)
    found = {role: _sum(getattr(store, role), energies, at, role, reasons) for role in _ROLES}
    said: dict[str, str] = {}
    out = _out(store, found, _sum(store.store_out, energies, at, "store_out", reasons), reasons, said)
    delivered = _delivered(store, found, reasons, said)
    temperatures = {
        name: _mean(ids, points, at)
        for name, ids in (
            ("store_c", store.temperature_points),
            ("supply_c", store.supply_points),
            ("source_c", store.source_points),
        )
    }
    if temperatures["store_c"] is None and store.kind != "battery":
        reasons["store_c"] = unknown("lagrets temperatur")
    return Metered(
        store, start_utc[at:], found["charge"], out, delivered, found["electricity"], found["electric_heater"],
        found["source"], found["heat_pump_heat"], **temperatures, outdoor_c=outdoor_c[at:], reasons=reasons, said=said,
        implausible=wrong,
    )  # fmt: skip


def _plausible(
    store: Store, start_utc: Instants, energies: Mapping[str, Floats], at: int
) -> tuple[dict[str, Floats], tuple[Implausible, ...]]:
    """Return the energies with the store's own meters' impossible hours unknown, and what was found in them."""
    sound, told = dict(energies), list[Implausible]()
    for role, name in {**_ROLES, "store_out": _STORE_OUT}.items():
        for meter in getattr(store, role):
            if meter in energies and not any(one.meter == meter for one in told):
                kwh, found = plausible(role, name, meter, start_utc[at:], energies[meter][at:])
                sound[meter] = np.concatenate([energies[meter][:at], kwh]) if found else energies[meter]
                told += found
    return sound, tuple(told)


def _sum(
    meters: Sequence[str], energies: Mapping[str, Floats], at: int, role: str, reasons: dict[str, str]
) -> Floats | None:
    """Return the hourly sum of the meters of a role; None where one of them has no value at all."""
    name = _ROLES.get(role, _STORE_OUT)
    if not meters:
        reasons[role] = unknown(name)
        return None
    silent = [m for m in meters if m not in energies or np.isnan(energies[m][at:]).all()]
    if silent:
        reasons[role] = f"okänt: mätaren för {name} ({', '.join(silent)}) har inga timvärden"
        return None
    total: Floats = np.sum([energies[m][at:] for m in meters], axis=0)
    return total


def _mean(ids: Sequence[str], points: Mapping[str, Floats], at: int) -> Floats | None:
    """Return the mean of the known points, NaN in hours without any; None where no point has a value."""
    known = [points[i][at:] for i in ids if i in points and np.isfinite(points[i][at:]).any()]
    if not known:
        return None
    stacked = np.array(known)
    count = np.isfinite(stacked).sum(axis=0)
    return np.where(count > 0, np.nansum(stacked, axis=0) / np.maximum(count, 1), np.nan)


def _out(
    store: Store,
    found: Mapping[str, Floats | None],
    metered_out: Floats | None,
    reasons: dict[str, str],
    said: dict[str, str],
) -> Floats | None:
    """Return what left the store itself (n, 3) [kWh], None with a reason where it cannot be told."""
    discharge, electricity = found["discharge"], found["electricity"]
    if metered_out is not None:
        said["out_kwh"] = "uttaget: mätt ur lagret självt"
        return np.repeat(metered_out[:, None], 3, axis=1)
    if discharge is None:
        reasons["out_kwh"] = reasons["discharge"]
        return None
    if not store.discharge_includes_heat_pump:
        said["out_kwh"] = "uttaget: mätt"
        return np.repeat(discharge[:, None], 3, axis=1)
    if electricity is None:
        reasons["out_kwh"] = (
            "okänt: mätaren för urladdning mäter även värmepumpens el, och ingen mätare visar hur stor den är"
        )
        return None
    share = assumed("compressor_heat_share")
    said["out_kwh"] = (
        f"uttaget: levererad värme minus {sv(100 * share.central)} % av elen"
        f" ({sv(100 * share.low)}-{sv(100 * share.high)} %): värme som går förbi lagret är inte borträknad"
    )
    taken = np.array([share.central, share.high, share.low])
    return np.maximum(discharge[:, None] - taken * electricity[:, None], 0.0)


def _delivered(
    store: Store, found: Mapping[str, Floats | None], reasons: dict[str, str], said: dict[str, str]
) -> Floats | None:
    """Return what reached the building (n,) [kWh], None with a reason where it cannot be told."""
    discharge, electricity = found["discharge"], found["electricity"]
    if discharge is None:
        reasons["delivered_kwh"] = reasons["discharge"]
        return None
    if store.discharge_includes_heat_pump or not store.has_heat_pump:
        said["delivered_kwh"] = "levererat: mätt"
        return discharge
    if found["heat_pump_heat"] is not None:
        said["delivered_kwh"] = "levererat: värmepumpens mätta värme"
        return found["heat_pump_heat"]
    if electricity is None:
        reasons["delivered_kwh"] = "okänt: värmepumpen lämnar också sin el som värme, och ingen mätare visar den"
        return None
    share = assumed("compressor_heat_share")
    said["delivered_kwh"] = f"levererat: värme ur lagret plus {sv(100 * share.central)} % av elen"
    return np.where(discharge > 0, discharge + share.central * electricity, discharge)
