"""How far a facility's figures reach: to the end of the billed meter that lags behind, unless it has fallen silent."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from flows.analysis.dimensions import write_settings
from flows.analysis.inputs import FacilityInputs
from flows.intake.ingest import ingest
from flows.settings.load import load_settings
from flows.store import Store
from tests.flows.homes import make_home
from tests.flows.metered import HOUSE

SETTINGS = """
[[facility]]
id = "hall"
name = "Hallen"
weather_station = "1"
""" + "".join(
    f"""
[[metering_point]]
id = "{point}"
facility = "hall"
name = "{point}"
carrier = "electricity"
[[contract]]
metering_point = "{point}"
kind = "grid"
family = "f"
valid_from = 2020-01-01
[[source]]
name = "{point}"
match = "{point}/*.csv"
format = "delimited"
[source.options]
time_column = "Tid"
columns = [{{ column = "kWh", metering_point = "{point}", quantity = "energy_kwh", unit = "kWh" }}]
"""
    for point in ("el", "varme")
)


def hours(first: date, days: int) -> bytes:
    rows = [f"{first + timedelta(days=n // 24)} {n % 24:02}:00;1" for n in range(24 * days)]
    return ("Tid;kWh\n" + "\n".join(rows) + "\n").encode()


@pytest.mark.parametrize(
    ("heat_days", "until", "months"),
    [
        (60, None, [1, 2]),  # electricity of March has come, heat of March has not: February is the last whole month
        (91, None, [1, 2, 3]),
        (60, date(2024, 3, 1), [1, 2, 3]),  # March is asked for: what is missing in it is told, not hidden
        (10, None, [1, 2, 3]),  # a meter that fell silent two months ago is not waited for
    ],
)
def test_an_early_file_waits_for_the_others(
    tmp_path: Path, heat_days: int, until: date | None, months: list[int]
) -> None:
    files = {"el/a.csv": hours(date(2024, 1, 1), 91), "varme/a.csv": hours(date(2024, 1, 1), heat_days)}
    home = make_home(tmp_path, files, SETTINGS)
    with Store.write(home) as store:
        settings = load_settings(home)
        ingest(store, settings)
        write_settings(store, settings, HOUSE)
        store.build("staging")
        store.build("core")
        found = FacilityInputs.of(store, settings, settings.facility[0], until)
    assert [m.month for m in found.months] == months
