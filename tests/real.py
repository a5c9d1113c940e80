"""A home built from the folder of real data, no special code: the files as they came and an energibok.toml.

No project is known at these places: the dates are placebos, the result tests the method. Run: python -m tests.real DIR
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# where a file of the data folder goes in the inbox
FILES = {
    "aalborg_heat_meter/meter660_cumulative_hourly_2018_2019.parquet": "varme/meter660.parquet",
    "aalborg_heat_meter/outdoor_temperature_2018_2019.parquet": "vader/aalborg.parquet",
    "cambridge_estates/meters_2018_2022.parquet": "el/cambridge.parquet",
    "cambridge_estates/weather_bedford_2016_2022.parquet": "vader/bedford.parquet",
    "smhi_stockholm/original_format/smhi_p2_98040_full.csv": "vader/smhi_p2_98040_full.csv",
    "se3_spot_prices/entsoe_export_original/SE3_2021_entsoe.csv": "spot/SE3_2021_entsoe.csv",
    "se3_spot_prices/entsoe_export_original/SE3_2022_entsoe.csv": "spot/SE3_2022_entsoe.csv",
    "se3_spot_prices/se3_entsoe_hourly_2016_2024.parquet": "spot/se3_entsoe_hourly_2016_2024.parquet",
    "fx_ecb_eursek/ecb_eur_fx_2010_2026.csv": "valuta/ecb_eur_fx_2010_2026.csv",
    "peppol/BIS_Billing_30-Elhandel.xml": "fakturor/BIS_Billing_30-Elhandel.xml",
    "peppol/BIS_Billing_30-Elnat.xml": "fakturor/BIS_Billing_30-Elnat.xml",
}
SETTINGS = """
# Verkliga data. Inget energiprojekt är känt: datumen är påhittade (placebo) och prövar metoden.
organisation = "Verkliga data, inget känt projekt"
spot_area = "SE3"

[[facility]]
id = "aalborg-660"
name = "Fjärrvärmekund 660, Aalborg (Schaffer m.fl. 2022, CC BY 4.0)"
weather_station = "aalborg"

[[facility]]
id = "cambridge-b33"
name = "Byggnad b33, Cambridge (EECi, MIT)"
weather_station = "bedford"

[[facility]]
id = "elnat-exempel"
name = "SFTI:s exempelfakturor, el (EUPL 1.2)"
weather_station = "98040"

[[metering_point]]
id = "660"
facility = "aalborg-660"
name = "Fjärrvärme, mätare 660"
carrier = "district_heating"

[[metering_point]]
id = "b33-el"
facility = "cambridge-b33"
name = "El, byggnad b33"
carrier = "electricity"

[[metering_point]]
id = "731234567890123456"
facility = "elnat-exempel"
name = "El, SFTI:s exempel"
carrier = "electricity"

[[source]]
name = "aalborg"
match = "varme/*.parquet"
format = "meter_parquet"
[source.options]
time_column = "time_utc"
kind = "register"
columns = [
  { column = "energy_heat_kwh", metering_point = "660", quantity = "energy_kwh", unit = "kWh" },
  { column = "volume_flow_m3", metering_point = "660", quantity = "volume_m3", unit = "m3" },
  { column = "inlet_flow_energy_m3xC", metering_point = "660", quantity = "supply_m3c", unit = "m3°C" },
  { column = "back_flow_energy_m3xC", metering_point = "660", quantity = "return_m3c", unit = "m3°C" },
]

[[source]]
name = "aalborg-vader"
match = "vader/aalborg.parquet"
format = "meter_parquet"
options = { table = "weather", station = "aalborg", time_column = "time_utc", value_column = "temp_c", unit = "°C" }

[[source]]
name = "bedford-vader"
match = "vader/bedford.parquet"
format = "meter_parquet"
[source.options]
table = "weather"
station = "bedford"
time_column = "timestamp_utc"
value_column = "air_temperature_c"
unit = "°C"

[[source]]
name = "cambridge"
match = "el/cambridge.parquet"
format = "meter_parquet"
[source.options]
time_column = "timestamp"
meter_column = ["building_id", "meter"]
meters = { "b33/electricity" = "b33-el" }
value_column = "kwh"
unit = "kWh"
missing_flag_column = "flag"

[[source]]
name = "spot"
match = "spot/*.parquet"
format = "spot_parquet"
options = { area = "SE3" }

[[contract]]
metering_point = "660"
kind = "heat"
family = "borlange-prov"
valid_from = 2018-01-01
options = { short_history = "use_available" }

[[contract]]
metering_point = "b33-el"
kind = "retail"
family = "spot-se3"
valid_from = 2018-01-01

[[project]]
id = "placebo-varme"
name = "Placebo: inget projekt är känt"
facility = "aalborg-660"
boundary_meters = ["660"]
baseline_from = 2018-01-03
baseline_to = 2019-01-03
reporting_from = 2019-01-03
placebo = true

[[project]]
id = "placebo-el"
name = "Placebo: inget projekt är känt"
facility = "cambridge-b33"
boundary_meters = ["b33-el"]
baseline_from = 2018-01-01
baseline_to = 2019-01-01
reporting_from = 2019-01-01
reporting_to = 2020-01-01
placebo = true
"""


def data_folder() -> Path:
    """Return the folder of real data: what ENERGIBOK_TEST_DATA names, else ../shared/data beside the project."""
    named = os.environ.get("ENERGIBOK_TEST_DATA")
    return Path(named) if named else ROOT.parent / "shared" / "data"


def missing_files(data: Path) -> list[str]:
    """Return the files the real home needs and `data` does not hold."""
    return [name for name in FILES if not (data / name).is_file()]


def build_home(home: Path, data: Path) -> None:
    """Write the home: originals copied as they are, two published price lists, energibok.toml."""
    for name, place in FILES.items():
        target = home / "inbox" / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(data / name, target)
    lists = ROOT / "energy" / "tariffs" / "lists"
    (home / "tariffs").mkdir(exist_ok=True)
    shutil.copyfile(lists / "spot-se3.toml", home / "tariffs" / "spot-se3.toml")
    heat = (lists / "borlange-2024.toml").read_text(encoding="utf-8")
    for found, wanted in {
        'id = "borlange-2024"': 'id = "borlange-2024-prov"',
        'family = "borlange-fjarrvarme"': 'family = "borlange-prov"',
        'företag 2024"': 'företag 2024, som om den gällt 2018-2019"',
        "valid_from = 2024-01-01": "valid_from = 2018-01-01",
    }.items():
        if found not in heat:
            raise SystemExit(f"prislistan har ändrats: {found} saknas")
        heat = heat.replace(found, wanted)
    (home / "tariffs" / "borlange-prov.toml").write_text(heat, encoding="utf-8")
    (home / "energibok.toml").write_text(SETTINGS.lstrip(), encoding="utf-8")


def main() -> int:
    """Build the home, run the month on it and print what came out."""
    home, data = Path(sys.argv[1] if len(sys.argv) > 1 else "real-home"), data_folder()
    missing = missing_files(data)
    if missing:
        print(f"make real behöver mappen med verkliga data: {data}")
        print("Den saknar: " + ", ".join(missing))
        print("Peka ut mappen med ENERGIBOK_TEST_DATA. Vad filerna är och var de finns står i docs/real-data.md.")
        return 3
    build_home(home, data)
    from flows.cli import main as energibok

    status = energibok(["monthly", "--all", "--home", str(home)])
    energibok(["savings", "--home", str(home)])
    return status


if __name__ == "__main__":
    raise SystemExit(main())
