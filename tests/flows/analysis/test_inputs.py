"""How far a facility's figures reach: to the end of the billed meter that lags behind, unless it has fallen silent."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
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


def test_few_lost_hours_of_a_billed_meter_are_estimated_and_those_of_another_are_not(tmp_path: Path) -> None:
    whole = hours(date(2024, 1, 1), 60).decode().splitlines(keepends=True)
    holed = "".join(whole[:500] + whole[503:]).encode()
    sub = SETTINGS.replace('family = "f"', 'family = "f"', 1).split('[[metering_point]]\nid = "varme"')
    no_contract = sub[1].replace(
        '[[contract]]\nmetering_point = "varme"\nkind = "grid"\nfamily = "f"\nvalid_from = 2020-01-01\n', ""
    )
    other_file = holed.replace(b";1", b";2")  # the same bytes would be the same file
    home = make_home(
        tmp_path,
        {"el/a.csv": holed, "varme/a.csv": other_file},
        sub[0] + '[[metering_point]]\nid = "varme"' + no_contract,
    )
    with Store.write(home) as store:
        settings = load_settings(home)
        ingest(store, settings)
        write_settings(store, settings, HOUSE)
        store.build("staging")
        store.build("core")
        inputs = FacilityInputs.of(store, settings, settings.facility[0], None)
        billed, other = inputs.load("el"), inputs.load("varme")
    assert billed.estimated is not None
    assert int(billed.estimated.sum()) == 3
    assert billed.energy_kwh.sum() == pytest.approx(24 * 60)
    assert other.estimated is None
    assert int(np.isnan(other.energy_kwh).sum()) == 3


def test_standings_around_lost_hours_tell_what_went_through_them(tmp_path: Path) -> None:
    standings = [f"{date(2024, 1, 1) + timedelta(days=n // 24)} {n % 24:02}:00;{2 * n}" for n in range(24 * 60)]
    del standings[500:503]  # the register has passed 2 kWh an hour; 4 of its hours have no standing at one end
    registers = ("Tid;kWh\n" + "\n".join(standings) + "\n").encode()
    text = SETTINGS.replace("[source.options]", '[source.options]\nkind = "register"', 1)
    home = make_home(tmp_path, {"el/a.csv": registers, "varme/a.csv": hours(date(2024, 1, 1), 60)}, text)
    with Store.write(home) as store:
        settings = load_settings(home)
        ingest(store, settings)
        write_settings(store, settings, HOUSE)
        store.build("staging")
        store.build("core")
        load = FacilityInputs.of(store, settings, settings.facility[0], None).load("el")
    assert load.estimated is not None
    assert load.energy_kwh[load.estimated > 0].sum() == pytest.approx(8.0)
