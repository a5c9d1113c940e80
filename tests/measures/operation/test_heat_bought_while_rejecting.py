"""Heat bought while the ice plant rejects heat: constant loads, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from energy.measures import Silent
from energy.measures.base import MeasureFinding
from energy.measures.operation import heat_bought_while_rejecting
from energy.model import Floats, Load
from tests.measures.facility import (
    COOLER,
    DAYS,
    DEMAND,
    ENERGY,
    HEAT,
    HOURS,
    POWER,
    START,
    Facility,
    column,
    hourly,
    price_list,
)  # fmt: skip

PEAK = """
[[component]]
component = "demand"
label = "Eleffekt"
determinant = { method = "monthly_peak_hour" }
price = { unit = "SEK/kW,month", value = 1000 }
"""


def facility(rejected_kw: Floats | float, *electric: str, bought_kw: Floats | float = 100.0) -> Facility:
    """Return 100 kW bought heat at 500 kr/MWh, 50 kW electricity at 1 000 kr/MWh, and the cooler."""
    return Facility(
        {
            HEAT: Load(HEAT, START, column(bought_kw)),
            POWER: Load(POWER, START, column(50.0)),
            COOLER: Load(COOLER, START, column(rejected_kw)),
        },
        {HEAT: "district_heating", POWER: "electricity", COOLER: "rejected_heat"},
        [
            price_list("varme", "district_heating", ENERGY.format(price=500)),
            price_list("el", "electricity", ENERGY.format(price=1000), *electric),
        ],
    )


def result(tested: Facility) -> MeasureFinding | Silent:
    (one,) = heat_bought_while_rejecting.assess(tested.context())
    return one


def test_net_of_the_electricity_that_lifts_the_heat() -> None:
    # usable 50 % of 60 kW = 30 kW; heat saved 30 · 8 760 h = 262 800 kWh · 0.5 kr = 131 400 kr
    # lift 30 / 4 = 7.5 kW · 8 760 h = 65 700 kWh · 1 kr = 65 700 kr;  net 65 700 kr and 197 100 kWh
    one = result(facility(60.0))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(65_700)
    assert one.saving_kwh_per_year == pytest.approx(197_100)
    assert one.parameters["extra_electricity_kwh"] == pytest.approx(65_700)
    # at the ends of the assumptions: 30 % and COP 3 gives 18 · 8 760 · (0.5 - 1/3) = 26 280 kr,
    # 71 % and COP 5 gives 42.6 · 8 760 · (0.5 - 1/5) = 111 953 kr
    assert 26_280 < one.saving_sek_per_year.low < 65_700 < one.saving_sek_per_year.high < 111_953
    assert one.evidence[0].value == pytest.approx(30 * 744) and one.evidence[0].at == "2023-01"


def test_never_more_than_what_is_bought() -> None:
    # 50 % of 300 kW = 150 kW, but only 100 kW is bought: 100 · 8 760 · (0.5 - 0.25) = 219 000 kr
    one = result(facility(300.0))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(219_000)


def test_extra_electric_peak_is_counted_and_can_eat_the_saving() -> None:
    # 7.5 kW more at 1 000 kr/kW and month = 90 000 kr more than the 65 700 kr won
    one = result(facility(60.0, PEAK))
    assert isinstance(one, Silent)
    assert "−24\u00a0300 kr" in one.reason


def test_less_billed_heat_power_is_counted() -> None:
    # 30 kW less billed heat power at 1 000 kr/kW and year = 30 000 kr on top of the 65 700
    tested = facility(60.0)
    lists = [price_list("varme", "district_heating", ENERGY.format(price=500), DEMAND), tested.lists[1]]
    one = result(tested.but(lists=lists))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(95_700)


def test_silent_when_heat_and_cooling_never_meet() -> None:
    day = np.arange(DAYS) % 2 == 0
    one = result(facility(hourly(np.where(day, 60.0, 0.0)), bought_kw=hourly(np.where(day, 0.0, 100.0))))
    assert isinstance(one, Silent) and "möts aldrig" in one.reason


@pytest.mark.parametrize(("missing", "word"), [(COOLER, "bortkyld"), (HEAT, "fjärrvärme"), (POWER, "elmätare")])
def test_silent_without_one_of_the_three_meters(missing: str, word: str) -> None:
    tested = facility(60.0)
    one = result(tested.but(carriers={point: c for point, c in tested.carriers.items() if point != missing}))
    assert isinstance(one, Silent) and one.reason.startswith("saknar data") and word in one.reason


def test_hours_without_a_reading_of_rejected_heat_count_as_nothing_to_use() -> None:
    # every tenth hour unknown: nine tenths of 65 700 kr (the 8 760 hours of a year are a multiple of ten)
    rejected = np.where(np.arange(HOURS) % 10 == 0, np.nan, 60.0)
    one = result(facility(rejected))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(0.9 * 65_700)


def test_silent_when_a_third_of_the_hours_are_missing() -> None:
    one = result(facility(np.where(np.arange(HOURS) % 3 == 0, np.nan, 60.0)))
    assert isinstance(one, Silent) and "67 %" in one.reason


def test_usable_heat_of_single_hours() -> None:
    used = heat_bought_while_rejecting.usable_heat(
        np.array([10.0, 10.0, 10.0, np.nan, -5.0, 10.0]),
        np.array([100.0, 3.0, 0.0, 5.0, 5.0, np.nan]),
        np.array([0.5, 0.2]),
    )
    assert used.tolist() == [[5, 2], [3, 2], [0, 0], [0, 0], [0, 0], [0, 0]]
