"""A small home with two stores: a battery, by hand, and the made-up borehole field with its heat pump, read badly."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from energy.calendar import Instants
from energy.model import Floats, Parsed, frame
from flows.store import Store
from tests.flows.homes import land, make_home
from tests.listed import head
from tests.storage import world

START = np.datetime64("2022-12-31T23:00:00")  # the year begins, Swedish normal time
END = np.datetime64("2023-12-31T23:00:00")
KEPT, CHARGED, PEAK_PRICE = 0.9, 30.0, 60.0
SETTINGS = """
draws = 50
[[facility]]
id = "hall"
name = "Hallen"
weather_station = "1"
[[metering_point]]
id = "huvud"
facility = "hall"
name = "El"
carrier = "electricity"
[[metering_point]]
id = "bin"
facility = "hall"
name = "Till batteriet"
carrier = "electricity"
parent = "huvud"
[[metering_point]]
id = "but"
facility = "hall"
name = "Ur batteriet"
carrier = "electricity"
[[metering_point]]
id = "fjv"
facility = "hall"
name = "Fjärrvärme"
carrier = "district_heating"
[[metering_point]]
id = "in"
facility = "hall"
name = "Till berget"
carrier = "store_heat"
[[metering_point]]
id = "ut"
facility = "hall"
name = "Från värmepumpen"
carrier = "store_heat"
[[metering_point]]
id = "borr"
facility = "hall"
name = "Ur berget"
carrier = "store_heat"
[[metering_point]]
id = "vp"
facility = "hall"
name = "Värmepumpens el"
carrier = "electricity"
[[contract]]
metering_point = "huvud"
kind = "grid"
family = "el"
valid_from = 2022-01-01
[[contract]]
metering_point = "vp"
kind = "grid"
family = "el"
valid_from = 2022-01-01
[[contract]]
metering_point = "fjv"
kind = "heat"
family = "varme"
valid_from = 2022-01-01
[[store]]
id = "batteri"
facility = "hall"
name = "Batteriet"
kind = "battery"
commissioned = 2023-01-01
charge = ["bin"]
discharge = ["but"]
displaces = "huvud"
capacity_kwh = 60.0
charge_kw = 30.0
discharge_kw = 30.0
"""
GROUND = """
[[store]]
id = "berg"
facility = "hall"
name = "Berget"
kind = "borehole"
commissioned = 2023-01-01
charge = ["in"]
discharge = ["ut"]
store_out = ["borr"]
electricity = ["vp"]
has_heat_pump = true
discharge_includes_heat_pump = true
displaces = "fjv"
capacity_kwh = 150000.0
charge_kw = 60.0
discharge_kw = 80.0
"""


def _prices(family: str, name: str, carrier: str, parts: str) -> str:
    return head(f"{family}-1", carrier, "2022-01-01", "2025-01-01", family=family, name=name) + parts


HEAT_PRICES = _prices(
    "varme",
    "Värme",
    "district_heating",
    """
[[component]]
component = "energy"
label = "Energi"
determinant = { method = "billed_energy_kwh" }
price = { unit = "SEK/MWh", value = 600 }
""",
)
PRICES = _prices(
    "el",
    "El",
    "electricity",
    """
[[component]]
component = "energy"
label = "Spotpris"
determinant = { method = "spot_energy" }
price = { unit = "spot", value = 1 }
[[component]]
component = "demand"
label = "Effekt"
determinant = { method = "monthly_peak_hour" }
price = { unit = "SEK/kW,month", value = 60 }
""",
)
_FILES = iter(range(1, 10_000))


def hours() -> Instants:
    """Return every hour of the home."""
    return np.arange(START, END, np.timedelta64(3600, "s"))


def spot() -> Floats:
    """Return the price [SEK/kWh] of every hour: 0.4 by night, 1.4 by day."""
    clock = np.arange(len(hours())) % 24
    return np.where((clock >= 7) & (clock < 21), 1.4, 0.4)


def meters() -> dict[str, Floats]:
    """Return the hours [kWh] of every meter: charged an hour by night, given at noon, beside a load of 50 and 80 kW."""
    clock = np.arange(len(hours())) % 24
    charge, given = np.where(clock == 2, CHARGED, 0.0), np.where(clock == 12, KEPT * CHARGED, 0.0)
    base = np.where((clock >= 8) & (clock < 18), 80.0, 50.0)
    own = {point: world.loads()[point].energy_kwh[-len(clock) :, 0] for point in ("fjv", "in", "ut", "borr", "vp")}
    return {"huvud": base + charge - given, "bin": charge, "but": given, **own}


def _stamps() -> tuple[pl.Series, pl.Series]:
    first = pl.Series(hours().astype("datetime64[us]")).dt.replace_time_zone("UTC")
    return first, first.dt.offset_by("1h")


def readings(point: str, values: Floats) -> pl.DataFrame:
    """Return readings of a meter [kWh]; unknown hours have none."""
    first, end = _stamps()
    size = len(values)
    found = frame("readings", {
        "row_no": np.arange(2, size + 2), "metering_point": [point] * size, "quantity": ["energy_kwh"] * size,
        "kind": ["interval"] * size, "start_utc": first, "end_utc": end, "value": values, "status": ["measured"] * size,
    })  # fmt: skip
    return found.filter(pl.col("value").is_finite())


def prices() -> pl.DataFrame:
    """Return the spot prices of the hours [SEK/kWh]."""
    first, end = _stamps()
    size = len(first)
    return frame("prices", {
        "row_no": np.arange(2, size + 2), "area": ["SE3"] * size, "start_utc": first, "end_utc": end,
        "currency": ["SEK"] * size, "price_per_mwh": 1000 * spot(),
    })  # fmt: skip


def add(home: Path, **tables: pl.DataFrame) -> None:
    """Load one file that holds these canonical tables."""
    number = next(_FILES)
    with Store.write(home) as store:
        sha256 = store.archive.put(f"fil {number}\n".encode())
        entry = {"sha256": sha256, "file_name": f"fil{number}.csv", "size_bytes": 1, "received_at": datetime.now(UTC),
                 "source": "prov"}  # fmt: skip
        land(store, Parsed("prov", tables), entry)


def home(
    tmp_path: Path, changed: dict[str, Floats] | None = None, settings: str = SETTINGS, *, priced: bool = True
) -> Path:
    """Write the home and load its meters and prices; `changed` meters have other values."""
    place = make_home(tmp_path, {}, settings)
    (place / "tariffs").mkdir(exist_ok=True)
    for name, text in (("el", PRICES), ("varme", HEAT_PRICES)):
        (place / "tariffs" / f"{name}.toml").write_text(text, encoding="utf-8")
    add(place, readings=pl.concat([readings(p, v) for p, v in (meters() | (changed or {})).items()]))
    if priced:
        add(place, prices=prices())
    return place
