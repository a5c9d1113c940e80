"""Units of energy, power, volume and temperature, as meters and invoices write them.

Only what has an explicit unit is converted; nothing is guessed from size.
"""

from __future__ import annotations

from energy.errors import UnitError

# unit text as written -> (canonical suffix, factor to the canonical unit)
UNITS: dict[str, tuple[str, float]] = {
    "Wh": ("kwh", 1e-3),
    "kWh": ("kwh", 1.0),
    "MWh": ("kwh", 1e3),
    "GWh": ("kwh", 1e6),
    "MJ": ("kwh", 1 / 3.6),
    "GJ": ("kwh", 1e3 / 3.6),
    "W": ("kw", 1e-3),
    "kW": ("kw", 1.0),
    "MW": ("kw", 1e3),
    "kvar": ("kvar", 1.0),
    "kvarh": ("kvarh", 1.0),
    "l": ("m3", 1e-3),
    "m3": ("m3", 1.0),
    "m³": ("m3", 1.0),
    "°C": ("c", 1.0),
    "C": ("c", 1.0),
    "m3°C": ("m3c", 1.0),
    "m³·°C": ("m3c", 1.0),
}

# UN/ECE Recommendation 20 codes used on e-invoices -> the unit text above
REC20: dict[str, str] = {
    "WHR": "Wh", "KWH": "kWh", "MWH": "MWh", "GWH": "GWh", "3B": "MJ", "GV": "GJ", "WTT": "W", "KWT": "kW",
    "MAW": "MW", "KVR": "kvar", "K3": "kvarh", "LTR": "l", "MTQ": "m3", "K1": "kW", "K2": "kvar", "KVA": "kVA",
    "CEL": "°C", "MTK": "m2", "HUR": "h", "DAY": "dag", "WEE": "vecka", "MON": "mån", "ANN": "år", "P1": "%",
    "C62": "st", "EA": "st", "H87": "st", "NAR": "st", "LS": "st",
}  # fmt: skip


def canonical(unit: str) -> tuple[str, float]:
    """Return (canonical suffix, factor) of a unit text, for example ``("kwh", 1000.0)`` for MWh.

    Case matters where physics makes it matter (mWh is not MWh); surrounding space does not.
    Raises UnitError for a text that is not in the table.
    """
    found = unit.strip()
    if found in UNITS:
        return UNITS[found]
    raise UnitError.from_unit(found, UNITS)
