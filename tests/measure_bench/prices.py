"""Price lists that look like real ones: the forms and levels published by Swedish companies, valid over all the years.

Heat after Göteborg Energi 2024 (three highest days, return temperature), Borlänge Energi 2024 (highest day, flow) and
Vattenfall's form (subscribed power, energy by season, flow); grid after Sundsvall 2024; retail at spot.
"""

from __future__ import annotations

from collections.abc import Sequence

from energy.model import PriceList
from tests.measures.facility import price_list

__all__ = [
    "FUSE_FEE_SEK",
    "GRID_ORE",
    "HEAT_ENERGY",
    "HEAT_KINDS",
    "OVERRUN_SEK",
    "SUBSCRIBED_SEK",
    "TAX_ORE",
    "fuse_list",
    "price_lists",
]

HEAT_KINDS = ("return", "flow", "subscribed")
HEAT_ENERGY = {
    "return": (531, 531, 531, 366, 167, 102, 102, 102, 148, 366, 422, 531),
    "flow": (522, 522, 522, 426, 426, 200, 200, 200, 426, 426, 522, 522),
    "subscribed": (560, 560, 560, 400, 230, 230, 230, 230, 230, 400, 400, 560),
    "flat": (588,) * 12,  # no facility draws it: Karlskoga Energi 2023, asked for by a fault of the summer
}
GRID_ORE, TAX_ORE = 3.9, 42.8
FUSE_FEE_SEK = {25: 3_600.0, 35: 5_100.0, 50: 7_400.0, 63: 9_500.0}  # a year, of the size Swedish grids ask
SUBSCRIBED_SEK, OVERRUN_SEK = 900, 150  # a kW and year, a kW and month
ENERGY = """
[[component]]
component = "energy"
label = "Energi"
determinant = {{ method = "billed_energy_kwh" }}
price = {{ unit = "SEK/MWh", by_month = {prices} }}
"""
PEAK_DAYS = """
[[component]]
component = "demand"
label = "Effekt"
determinant = {{ method = "mean_of_highest_daily_means", n = {days}, window_months = 12 }}
price = {{ unit = "SEK/kW,year", spread = "days", bands = {bands} }}
"""
SUBSCRIBED = """
[[component]]
component = "demand"
label = "Effekt"
determinant = { method = "subscribed" }
price = { unit = "SEK/kW,year", spread = "twelfths", value = 900 }

[[component]]
component = "overrun"
label = "Överuttag"
determinant = { method = "overrun", of = "daily_mean" }
price = { unit = "SEK/kW,month", value = 150 }
"""
RETURN = """
[[component]]
component = "return_temperature"
label = "Returtemperatur"
months = [1, 2, 3, 4, 10, 11, 12]
determinant = { method = "return_temperature_difference", reference_c = "system_return_c" }
price = { unit = "SEK/MWh,°C", value = 7 }
"""
FLOW = """
[[component]]
component = "flow"
label = "Flöde"
determinant = { method = "billed_flow_m3" }
price = { unit = "SEK/m3", value = 3.94 }
"""
GRID = """
[[component]]
component = "fixed"
label = "Fast nätavgift"
determinant = { method = "fixed" }
price = { unit = "SEK/month", value = 2180 }

[[component]]
component = "demand"
label = "Effekt, månadens högsta timme"
determinant = { method = "monthly_peak_hour" }
price = { unit = "SEK/kW,month", value = 21 }

[[component]]
component = "demand"
label = "Effekt i höglasttid"
determinant = { method = "high_load_peak", high_load = { months = [1, 2, 3, 11, 12], from_hour = 6, to_hour = 22 } }
price = { unit = "SEK/kW,month", value = 66 }

[[component]]
component = "reactive"
label = "Överuttag reaktiv effekt"
determinant = { method = "reactive_peak_above_share", share = 0.3 }
price = { unit = "SEK/kVAr,month", value = 15 }

[[component]]
component = "energy"
label = "Elöverföring"
determinant = { method = "billed_energy_kwh" }
price = { unit = "öre/kWh", value = 3.9 }

[[component]]
component = "tax"
label = "Energiskatt"
determinant = { method = "billed_energy_kwh" }
price = { unit = "öre/kWh", tax = "energy_tax_electricity", carried_by = "grid" }
"""
RETAIL = """
[[component]]
component = "energy"
label = "Spotpris"
determinant = { method = "spot_energy" }
price = { unit = "spot", value = 1 }

[[component]]
component = "energy"
label = "Påslag"
determinant = { method = "billed_energy_kwh" }
price = { unit = "öre/kWh", value = 4.0 }
"""
BANDS = {
    "return": "[{up_to = 250, fixed = 15260, price = 1040}, {up_to = 500, fixed = 28260, price = 988}, "
    "{fixed = 55260, price = 934}]",
    "flow": "[{up_to = 250, fixed = 13925, price = 834}, {up_to = 500, fixed = 35292, price = 748}, "
    "{fixed = 86483, price = 646}]",
}


def price_lists(heat_kind: str) -> Sequence[PriceList]:
    """Return the lists of a facility's home: heat of one kind, grid, retail, and the other lists of its suppliers."""
    energy = ENERGY.format(prices=list(HEAT_ENERGY[heat_kind]))
    days = {"return": 3, "flow": 1, "flat": 1}.get(heat_kind, 0)
    power = PEAK_DAYS.format(days=days, bands=BANDS.get(heat_kind, BANDS["flow"])) if days else SUBSCRIBED
    cooling = RETURN if heat_kind == "return" else FLOW
    return [
        price_list("varme", "district_heating", energy, power, cooling),
        price_list("nat", "electricity", GRID),
        price_list("elhandel", "electricity", RETAIL),
        dearer_heat_list(heat_kind, 0.06),  # what else is offered, a little dearer for a facility like this
        dearer_grid_list(45.0),
    ]


def dearer_heat_list(heat_kind: str, dearer: float) -> PriceList:
    """Return the list for peaky customers: energy that much dearer, power 5 % cheaper than the ordinary one."""
    energy = ENERGY.format(prices=[round(price * (1 + dearer), 1) for price in HEAT_ENERGY[heat_kind]])
    days = {"return": 3, "flow": 1, "flat": 1}.get(heat_kind, 0)
    cheaper = {"return": "[{fixed = 28260, price = 938}]", "flow": "[{fixed = 35292, price = 710}]"}
    power = (
        PEAK_DAYS.format(days=days, bands=cheaper.get(heat_kind, cheaper["flow"]))
        if days
        else SUBSCRIBED.replace("900", "855")
    )
    return price_list("varme-topp", "district_heating", energy, power, RETURN if heat_kind == "return" else FLOW)


def dearer_grid_list(price: float) -> PriceList:
    """Return a low-voltage list: no high-load price, but the highest hour of every month at `price` kr/kW."""
    parts = [part for part in GRID.split("[[component]]") if part.strip()]
    kept = [part for part in parts if "high_load" not in part]
    text = "".join(f"\n[[component]]{part}" for part in kept)
    return price_list(
        "nat-lag", "electricity", text.replace("value = 21", f"value = {price:g}").replace("= 3.9", "= 7.3")
    )


def dormant_list(sek_per_year: float) -> PriceList:
    """Return a list for small fuses: a fixed fee and a price of energy."""
    fixed = FIXED.format(price=sek_per_year)
    return price_list("nat-sakring", "electricity", fixed, GRID[GRID.index('[[component]]\ncomponent = "energy"') :])


def fuse_list(ampere: int) -> PriceList:
    """Return a grid's list for a main fuse: a yearly fee by its size, and the price of energy."""
    fee = FIXED.replace("Abonnemang", f"Säkring {ampere} A").format(price=FUSE_FEE_SEK[ampere])
    energy = GRID[GRID.index('[[component]]\ncomponent = "energy"') :]
    return price_list(f"nat-sakring-{ampere}", "electricity", fee, energy)


FIXED = """
[[component]]
component = "fixed"
label = "Abonnemang"
determinant = {{ method = "fixed" }}
price = {{ unit = "SEK/year", spread = "twelfths", value = {price} }}

"""
