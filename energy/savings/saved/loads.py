"""One way to change every quantity of a load at once, those that the meter lacks left out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from energy.calendar import Instants
from energy.model import Floats, Load

QUANTITIES = ("energy_kwh", "volume_m3", "supply_m3c", "return_m3c", "reactive_kvarh")
_HOUR = np.timedelta64(3600, "s")


def map_load(load: Load, change: Callable[[str, Floats], Floats], start_utc: Instants | None = None) -> Load:
    """Return the load with `change(quantity, values (n, k))` made of each quantity it has, on `start_utc` if given."""
    found = {q: None if getattr(load, q) is None else change(q, getattr(load, q)) for q in QUANTITIES}
    energy = found["energy_kwh"]
    if energy is None:
        raise ValueError("load: energy_kwh is missing")
    hours = load.start_utc if start_utc is None else start_utc
    return Load(
        load.metering_point,
        hours,
        energy,
        found["volume_m3"],
        found["supply_m3c"],
        found["return_m3c"],
        found["reactive_kvarh"],
        _quarters(load, hours),
    )


def _quarters(load: Load, hours: Instants) -> Floats | None:
    """Return the metered quarters (n, 4, k) of the hours: they tell how the energy of an hour is spread, as metered."""
    if load.energy_quarters_kwh is None or not len(hours):
        return None
    at = int((hours[0] - load.start_utc[0]) // _HOUR)
    return load.energy_quarters_kwh[at : at + len(hours)]
