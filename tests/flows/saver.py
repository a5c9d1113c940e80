"""A small home with one heat meter, weather and a project: a year before it, fourteen months after it."""

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
from tests.savings.simulated import smooth

POINT, PROJECT = "V", "lager"
START = np.datetime64("2018-12-31T23:00:00")  # the year begins, Swedish normal time
END = np.datetime64("2021-02-28T23:00:00")
REPORT = np.datetime64("2019-12-31T23:00:00")
SAVED = 0.3  # of the heat
SETTINGS = """
draws = 50
[[facility]]
id = "hall"
name = "Hallen"
weather_station = "1"
[[metering_point]]
id = "V"
facility = "hall"
name = "Värme"
carrier = "district_heating"
[[contract]]
metering_point = "V"
kind = "heat"
family = "varme"
valid_from = 2018-01-01
[[project]]
id = "lager"
name = "Lagret"
facility = "hall"
boundary_meters = ["V"]
baseline_from = 2019-01-01
baseline_to = 2020-01-01
reporting_from = 2020-01-01
"""
PRICES = (
    head("varme-1", "district_heating", "2018-01-01", "2022-01-01", family="varme", name="Värme")
    + """
[[component]]
component = "energy"
label = "Energi"
determinant = { method = "billed_energy_kwh" }
price = { unit = "SEK/MWh", value = 500 }
[[component]]
component = "fixed"
label = "Fast"
determinant = { method = "fixed" }
price = { unit = "SEK/month", value = 100 }
[[component]]
component = "demand"
label = "Effekt"
determinant = { method = "monthly_peak_hour" }
price = { unit = "SEK/kW,month", value = 30 }
"""
)
_FILES = iter(range(1, 10_000))


def hours() -> Instants:
    """Return every hour of the home."""
    return np.arange(START, END, np.timedelta64(3600, "s"))


def air() -> Floats:
    """Return the outdoor temperature [°C] of every hour."""
    t = np.arange(len(hours()))
    rng = np.random.default_rng(3)
    wave = 7.5 - 10.0 * np.cos(2 * np.pi * (t - 24 * 20) / 8766) - 3.0 * np.cos(2 * np.pi * (t - 3) / 24)
    return wave + 3.0 * smooth(rng.standard_normal(len(t)), 60.0)


def heat() -> Floats:
    """Return the metered heat [kWh] of every hour: less by `SAVED` from the reporting period on."""
    rng = np.random.default_rng(4)
    load = (20.0 + 6.0 * np.maximum(0.0, 16.0 - air())) * (1 + 0.05 * smooth(rng.standard_normal(len(hours())), 200.0))
    return load * np.where(hours() >= REPORT, 1 - SAVED, 1.0)


def readings(start_utc: Instants, end_utc: Instants, values: Floats, status: str = "measured") -> pl.DataFrame:
    """Return readings of the heat meter [kWh]."""
    size = len(values)
    first, end = (pl.Series(at.astype("datetime64[us]")).dt.replace_time_zone("UTC") for at in (start_utc, end_utc))
    return frame("readings", {
        "row_no": np.arange(2, size + 2), "metering_point": [POINT] * size, "quantity": ["energy_kwh"] * size,
        "kind": ["interval"] * size, "start_utc": first, "end_utc": end, "value": values,
        "status": [status] * size,
    })  # fmt: skip


def weather() -> pl.DataFrame:
    """Return the station's hours."""
    at = pl.Series(hours().astype("datetime64[us]")).dt.replace_time_zone("UTC")
    size = len(at)
    return frame("weather", {
        "row_no": np.arange(2, size + 2), "station": ["1"] * size, "station_name": ["Prov"] * size,
        "parameter": ["air_temperature_c"] * size, "start_utc": at, "end_utc": at.dt.offset_by("1h"),
        "value": air().round(1), "status": ["measured"] * size,
    })  # fmt: skip


def add(home: Path, issued: str | None = None, **tables: pl.DataFrame) -> None:
    """Load one file that holds these canonical tables."""
    number = next(_FILES)
    entry = {"sha256": f"{number:064}", "file_name": f"fil{number}.csv", "size_bytes": 1,
             "received_at": datetime.now(UTC), "source": "prov"}  # fmt: skip
    with Store.write(home) as store:
        land(store, Parsed("prov", tables, issued_at=issued), entry)


def hourly(values: Floats | None = None) -> pl.DataFrame:
    """Return the heat meter's hours."""
    return readings(hours(), hours() + np.timedelta64(3600, "s"), heat() if values is None else values)


def home(tmp_path: Path, metered: pl.DataFrame, settings: str = SETTINGS) -> Path:
    """Write the home and load weather and meter; nothing is computed yet."""
    place = make_home(tmp_path, {}, settings)
    (place / "tariffs").mkdir(exist_ok=True)
    (place / "tariffs" / "varme.toml").write_text(PRICES, encoding="utf-8")
    add(place, readings=metered, weather=weather())
    return place
