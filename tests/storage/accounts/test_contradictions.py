"""Meters of a store that cannot all be right: each test on what no sound plant does, and what is then not told."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from energy.model import Floats, Store
from energy.storage.accounts.account import Account, account
from energy.storage.accounts.worth import Part, Worth, without_months
from tests.storage.plant import CHARGE, DEGREES, HEAT, METERS, MONTH, OUT, OUTDOOR, PUMPED, START, STORE, N, told

LESS = 0.4 * OUT  # so little that its sums alone do not tell that the meters have changed places
BARE = replace(PUMPED, store_out=(), temperature_points=(), supply_points=(), source_points=())


def codes(found: Account) -> list[str]:
    return [one.code for one in found.against]


def test_sound_meters_contradict_nothing() -> None:
    for found in (told(), told(PUMPED), told(BARE), told(PUMPED, {"ut": LESS}), told(PUMPED, {"in": CHARGE * 3})):
        assert codes(found) == [] and found.contradicted is None and dict(found.refused) == {}


@pytest.mark.parametrize(
    ("store", "meters", "expected"),
    [
        (replace(STORE, charge=("ut",), discharge=("in",), store_out=("in",)), {}, "contradiction"),
        (
            replace(STORE, charge=("ut",), discharge=("in",), store_out=("in",)),
            {"ut": OUT * 1.7, "in": CHARGE},  # as much out as in, over the years
            "temperature_against",
        ),
        (replace(BARE, charge=("levererat",), discharge=("in",)), {}, "electricity_while_charging"),
        (
            replace(PUMPED, charge=("levererat",), discharge=("in",), electricity=(), temperature_points=()),
            {"ut": 0.5 * OUT},
            "less_delivered",
        ),
    ],
)
def test_meters_that_have_changed_places_are_seen(store: Store, meters: dict[str, Floats], expected: str) -> None:
    found = told(store, meters)
    assert expected in codes(found)
    (said,) = [one for one in found.against if one.code == expected]
    assert said.of_balance and "mätarna motsäger varandra" in said.text
    assert "Kontrollera att charge och discharge inte är omkastade" in said.text
    assert list(found.refused) == list(found.months.months.first)
    assert all(why == f"kan inte bedömas: {found.against[0].text}" for why in found.refused.values())
    assert all(math.isnan(year.seasonal_performance) for year in found.years)
    assert np.isnan(found.months.loss_kwh).all()
    if not said.of_pump:
        return
    assert not len(found.pump.day) and found.pump.reason is not None


def test_the_numbers_stand_in_the_words() -> None:
    """Charged 100 kW for 92 days of three years is 662.4 MWh; 60 kW for 90 or 91 days is 390.2."""
    swapped = told(replace(STORE, charge=("ut",), discharge=("in",), store_out=("in",)))
    assert "662 MWh har tagits ut men bara 390 MWh laddats" in str(swapped.contradicted)
    assert "°C per vecka när det laddades" in " ".join(one.text for one in swapped.against)


def test_a_tank_that_turns_every_day_shows_its_direction_within_the_day() -> None:
    clock = np.arange(N) % 24
    charge, out = np.where(clock < 6, 10.0, 0.0), np.where((clock >= 12) & (clock < 18), 10.0, 0.0)
    degrees = 50.0 + np.cumsum(charge - out) / 20.0
    tank = replace(STORE, kind="tank")
    assert codes(told(tank, {"in": charge, "ut": out}, t=degrees)) == []
    assert codes(told(tank, {"in": out, "ut": charge}, t=degrees)) == ["temperature_against"]


def test_a_battery_whose_meters_have_changed_places_gives_more_than_it_takes() -> None:
    battery = Store("b", "f", "B", "battery", date(2021, 5, 1), charge=("in",), discharge=("ut",), capacity_kwh=500)
    clock = np.arange(N) % 24
    charge, out = np.where(clock < 8, 50.0, 0.0), np.where(clock >= 16, 45.0, 0.0)
    assert codes(account(battery, START, {"in": charge, "ut": out}, {}, OUTDOOR)) == []
    found = account(battery, START, {"in": out, "ut": charge}, {}, OUTDOOR)
    assert codes(found) == ["contradiction"] and "438 MWh har tagits ut men bara 395 MWh" in str(found.contradicted)
    assert "går förbi lagret" not in str(found.contradicted)  # that is said of heat


def test_pumps_that_charge_a_large_store_may_take_most_of_the_electricity() -> None:
    """0.1 kWh for each of 662 MWh charged beside a heat pump at COP 4 of 130 MWh: 66 of 100 MWh, no contradiction."""
    found = told(BARE, {"levererat": HEAT / 4.0, "el": 0.1 * CHARGE + HEAT / 16.0})
    assert codes(found) == []


@pytest.mark.parametrize(
    ("store", "cop", "refused"),
    [
        (PUMPED, 0.8, True),
        (replace(PUMPED, heat_pump_heat=("levererat",)), 8.0, True),
        (PUMPED, 8.0, False),  # the discharge meter may hold heat that went past the heat pump
        (PUMPED, 14.0, True),  # but not most of it: twice the 5.6 that a lift of 40 K allows is 11.1
        (replace(BARE, discharge_includes_heat_pump=False), 14.0, True),
    ],
    ids=[
        "below one",
        "own meter above physics",
        "heat past the pump",
        "far above physics",
        "store heat above any lift",
    ],
)
def test_a_month_outside_physics_has_no_worth(store: Store, cop: float, refused: bool) -> None:
    broken = (np.datetime64("2022-12-01") <= START) & (np.datetime64("2022-12-31T22") > START)
    found = told(store, {"el": np.where(broken, HEAT / cop, 0.25 * HEAT)})
    assert codes(found) == []
    assert list(found.refused) == ([date(2022, 12, 1)] if refused else [])
    assert not refused or "värmefaktorn" in found.refused[date(2022, 12, 1)]
    assert [math.isnan(year.seasonal_performance) for year in found.years] == [False, refused, False]


@pytest.mark.parametrize(
    ("store", "per_heat", "refused"),
    [
        (PUMPED, 0.0, True),
        (PUMPED, 0.01, False),  # a month of heat past the pump still takes its circulation pumps
        (replace(PUMPED, heat_pump_heat=("levererat",)), 0.01, True),
        (replace(BARE, discharge_includes_heat_pump=False), 0.01, True),
    ],
)
def test_heat_for_next_to_no_electricity_is_a_meter_that_has_stopped(
    store: Store, per_heat: float, refused: bool
) -> None:
    broken = (np.datetime64("2022-12-01") <= START) & (np.datetime64("2022-12-31T22") > START)
    found = told(store, {"el": np.where(broken, per_heat * HEAT, 0.25 * HEAT)})
    assert list(found.refused) == ([date(2022, 12, 1)] if refused else [])
    assert not refused or "60 MWh värme lämnades med" in " ".join(found.refused.values())
    dead = told(store, {"el": np.zeros(N)})
    assert len(dead.refused) == 9 and np.isnan(dead.pump.month_cop).all()  # three winters of three months


def test_a_month_with_next_to_no_heat_is_not_judged_by_its_cop() -> None:
    """A day of 24 · 80 kWh in an April is under 2 % of a year's 172 800 kWh."""
    trial = (MONTH == 4) & (np.arange(N) % 8760 < 24 * 336) & (np.arange(N) % 8760 >= 24 * 335)
    heat = np.where(trial, 80.0, HEAT)
    found = told(
        PUMPED, {"levererat": heat, "ut": np.where(trial, 60.0, OUT), "el": np.where(trial, 90.0, 0.25 * HEAT)}
    )
    assert "below_one" in found.pump.month_state and dict(found.refused) == {}


def test_a_worth_without_its_refused_months() -> None:
    months = (date(2023, 1, 1), date(2023, 2, 1))
    parts = [Part(month, "energy", "Energi", np.array([5.0]), None) for month in months]
    whole = Worth(months, np.array([[5.0], [5.0]]), np.array([[1.0], [1.0]]), parts, parts, {}, {}, ("så",))
    assert without_months(whole, {}) is whole
    left = without_months(whole, {months[0]: "kan inte bedömas: fel"})
    assert math.isnan(left.value_sek[0, 0]) and left.value_sek[1, 0] == 5.0 and math.isnan(left.cost_sek[0, 0])
    assert [part.month for part in left.value_parts] == [months[1]] == [part.month for part in left.cost_parts]
    assert left.value_reasons == left.cost_reasons == {months[0]: "kan inte bedömas: fel"} and left.said == ("så",)
    assert without_months(whole, dict.fromkeys(months, "x")).said == ()


def test_holes_neither_contradict_nor_hide() -> None:
    holed: dict[str, Any] = {name: np.where(np.arange(N) % 50 == 0, np.nan, values) for name, values in METERS.items()}
    assert codes(told(PUMPED, holed, t=np.where(np.arange(N) % 40 == 0, np.nan, DEGREES))) == []
    assert codes(told(STORE, {"in": np.full(N, np.nan)})) == []
