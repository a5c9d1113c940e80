"""20 kW of heat bought all summer over a store that never falls under 131 MWh, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.measures.store import bought_while_store_is_charged as rule
from tests.measures.store.facility import BOUGHT, context, finding, load, no_store, silent
from tests.storage.plant import CAPACITY_PER_K, HEAT, MONTH, PUMPED

SUMMER_HOURS = (31 + 30 + 31 + 31) * 24
ONE_JULY = np.where((MONTH == 7) & (np.arange(len(BOUGHT)) // 8760 == 1), 20.0, HEAT)  # of the second year


def test_summer_heat_is_worth_its_price_less_the_electricity() -> None:
    """123 days · 24 h · 20 kW · 20 % = 11 808 kWh: 0.5 kr less a quarter of a kWh of electricity at 1 kr.

    The store is colder by what was taken out when the winter's heat is drawn: it costs electricity.
    """
    one = finding(rule.assess, context())
    used = 0.2 * 20 * SUMMER_HOURS
    assert one.parameters["used_kwh"] == pytest.approx(used)
    assert one.confidence == "låg" and "aldrig levererat på sommaren" in one.description
    gross, colder = used * (0.5 - 0.25), 0.75 * used / CAPACITY_PER_K
    assert gross * 0.8 < one.saving_sek_per_year.value < gross
    # of the kelvin some is lost until winter: between a half and all of it is left, at lifts of 25 to 45 K
    spent = 0.25 * 80 * 91 * 24
    assert 0.5 * colder / 45 * spent < gross - one.saving_sek_per_year.value < colder / 25 * spent


def test_what_it_gave_on_other_summer_days_is_counted_on_the_days_it_stood_still() -> None:
    """20 kW of 40 in every hour of July 2022, nothing in the summer of 2023: half of its 20 kW and a twentieth more."""
    found = context(meters={"levererat": ONE_JULY, "el": 0.25 * ONE_JULY, "ut": 0.75 * ONE_JULY})
    one = finding(rule.assess, found)
    assert one.parameters["used_kwh"] == pytest.approx(1.05 * 10.0 * SUMMER_HOURS)
    assert one.confidence == "medel" and "aldrig levererat" not in one.description


def test_no_more_than_what_the_winter_leaves_is_counted() -> None:
    """22.5 MWh is left, which with a quarter of electricity is 30 MWh of heat: less than the 31 it else had given."""
    held = np.full(len(BOUGHT), 22_500.0)
    meters = {"levererat": ONE_JULY, "el": 0.25 * ONE_JULY, "ut": 0.75 * ONE_JULY}
    one = finding(rule.assess, context(meters=meters, points={"t": 5.0 + held / CAPACITY_PER_K}))
    assert one.parameters["used_kwh"] == pytest.approx(30_000)


def test_a_few_days_off_are_nothing_to_tell() -> None:
    summer = (MONTH >= 5) & (MONTH <= 8)
    gave = np.where(summer & (np.arange(len(BOUGHT)) // 24 % 10 > 0), 20.0, HEAT)
    meters = {"levererat": gave, "el": 0.25 * gave, "ut": 0.75 * gave}
    assert "ryms i det vanliga" in silent(rule.assess, context(meters=meters))


def test_silent_where_the_lower_end_of_what_was_never_tried_is_not_worth_telling() -> None:
    heat = load("fjv", np.full(len(BOUGHT), 8.0))
    assert "aldrig levererat på sommaren" in silent(rule.assess, context(heat=heat))


def test_silent_where_winter_takes_it_all_or_nothing_is_bought() -> None:
    emptied = 5.0 + np.where(np.arange(len(BOUGHT)) % 8760 < 400, 0.0, 5.0)
    assert "töms varje år" in silent(rule.assess, context(points={"t": emptied}))
    assert "ingen värme köps" in silent(rule.assess, context(heat=load("fjv", np.zeros(len(BOUGHT)))))


def test_what_is_lacking_is_said() -> None:
    assert no_store(rule.assess) == "saknar data: inget lager som ersätter köpt värme."
    blind = replace(PUMPED, temperature_points=(), store_out=(), discharge=())
    assert "kan inte följas" in silent(rule.assess, context((blind,)))
