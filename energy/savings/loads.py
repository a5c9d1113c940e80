"""One way to change every quantity of a load at once, those that the meter lacks left out."""

from __future__ import annotations

from collections.abc import Callable

from energy.calendar import Instants
from energy.model import Floats, Load

QUANTITIES = ("energy_kwh", "volume_m3", "supply_m3c", "return_m3c")


def map_load(load: Load, change: Callable[[str, Floats], Floats], start_utc: Instants | None = None) -> Load:
    """Return the load with `change(quantity, values (n, k))` made of each quantity it has, on `start_utc` if given."""
    found = {q: None if getattr(load, q) is None else change(q, getattr(load, q)) for q in QUANTITIES}
    energy = found["energy_kwh"]
    if energy is None:
        raise ValueError("load: energy_kwh is missing")
    hours = load.start_utc if start_utc is None else start_utc
    return Load(load.metering_point, hours, energy, found["volume_m3"], found["supply_m3c"], found["return_m3c"])
