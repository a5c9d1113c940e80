"""High return temperature: 100 kW at a constant supply of 80 °C, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.measures import Silent
from energy.measures.base import MeasureFinding
from energy.measures.shared.days import Days
from energy.measures.tariff import high_return_temperature
from energy.model import BillingContext, Floats, Load
from tests.measures.facility import (
    DAYS,
    DEMAND,
    ENERGY,
    FLOW,
    HEAT,
    HOURS,
    MONTHS,
    START,
    Facility,
    column,
    hourly,
    price_list,
)

SUPPLY_C = 80.0
RETURN_PART = """
[[component]]
component = "return_temperature"
label = "Retur"
determinant = { method = "return_temperature_difference", reference_c = "system_return_c" }
price = { unit = "SEK/MWh,°C", value = 7 }
"""
BEST = np.arange(DAYS) % 7 == 0  # one day in seven the substation shows what it can do


def load_returning(return_c: Floats) -> Load:
    """100 kW at 80 °C supply and the daily return (d,): V = 100 / (1.163 · ΔT) m3 an hour."""
    back = column(hourly(return_c))
    energy = column(100.0)
    volume = energy / (1.163 * (SUPPLY_C - back))
    return Load(HEAT, START, energy, volume, volume * SUPPLY_C, volume * back)


def facility(return_c: Floats, *parts: str, network_c: float | None = None) -> Facility:
    listed = price_list("varme", "district_heating", ENERGY.format(price=500), *parts)
    given = {} if network_c is None else dict.fromkeys(MONTHS, network_c)
    return Facility(
        {HEAT: load_returning(return_c)},
        {HEAT: "district_heating"},
        [listed],
        billing={HEAT: BillingContext(system_return_c=given)},
    )


def result(tested: Facility) -> MeasureFinding | Silent:
    (one,) = high_return_temperature.assess(tested.context())
    return one


def test_flow_part_is_billed_again_with_less_water() -> None:
    # 55 °C six days of seven, 40 °C the seventh: more than a tenth of the days return 40 °C, which is the target.
    # 70 % of the 15 degrees are reached: 44.5 °C. Per hour of a bad day
    #   before 100 / (1.163 · 25)   = 3.439381 m3      after 100 / (1.163 · 35.5) = 2.422099 m3
    # 365 days of 2023, of which the 52 with index 371, 378, ... 728 return 40 °C, so 313 bad days:
    #   313 · 24 · (3.439381 - 2.422099) m3 · 4 kr = 30 567.3 kr
    one = result(facility(np.where(BEST, 40.0, 55.0), FLOW))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(30_567.3, abs=0.5)
    assert one.saving_kwh_per_year == 0.0
    assert one.saving_sek_per_year.low < one.saving_sek_per_year.value < one.saving_sek_per_year.high
    assert len(one.evidence) == 12 and one.evidence[0].unit == "°C"


def test_return_temperature_part_is_billed_against_the_network() -> None:
    # A constant 55 °C against a network at 45 °C: the facility's own days show no gap, the network's mean is the
    # target. 70 % of 10 degrees = 7 °C · 7 kr/MWh,°C · 876 MWh = 42 924 kr; nothing else changes
    one = result(facility(np.full(DAYS, 55.0), RETURN_PART, network_c=45.0))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(7 * 7 * 876)
    assert one.confidence == "låg"  # the network's mean is no proof of what this substation can do
    assert "prislistans referens" in one.method


def test_the_reference_may_stand_in_the_price_list_itself() -> None:
    part = RETURN_PART.replace('"system_return_c"', str([45.0] * 12))
    one = result(facility(np.full(DAYS, 55.0), part))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(7 * 7 * 876)
    assert "referens 45,0 °C" in one.evidence[0].note


def test_cooling_keeps_the_heat_and_the_supply_temperature() -> None:
    load = load_returning(np.full(DAYS, 55.0))
    cooled = high_return_temperature.cool(load, Days.of(START), np.full((DAYS, 2), [5.0, 10.0]))
    assert cooled.volume_m3 is not None and cooled.supply_m3c is not None and cooled.return_m3c is not None
    assert (cooled.energy_kwh == load.energy_kwh).all()
    assert np.allclose(cooled.supply_m3c / cooled.volume_m3, SUPPLY_C)
    assert np.allclose(cooled.return_m3c / cooled.volume_m3, [50.0, 45.0])
    assert np.allclose(1.163 * (cooled.supply_m3c - cooled.return_m3c), cooled.energy_kwh)


def test_cooling_without_a_supply_sensor_takes_delta_t_from_energy_and_volume() -> None:
    load = load_returning(np.full(DAYS, 55.0))
    fall = np.full((DAYS, 1), 5.0)
    with_sensor = high_return_temperature.cool(load, Days.of(START), fall).volume_m3
    without = high_return_temperature.cool(replace(load, supply_m3c=None), Days.of(START), fall).volume_m3
    assert with_sensor is not None and without is not None and np.allclose(without, with_sensor)


def test_silent_when_the_list_prices_neither_flow_nor_return() -> None:
    one = result(facility(np.where(BEST, 40.0, 55.0), DEMAND))
    assert isinstance(one, Silent) and "varken flödesdel" in one.reason


@pytest.mark.parametrize(("return_c", "network_c"), [(34.0, None), (44.0, 45.0)])
def test_silent_when_the_return_is_already_low(return_c: float, network_c: float | None) -> None:
    one = result(facility(np.where(BEST, return_c - 5, return_c), FLOW, network_c=network_c))
    assert isinstance(one, Silent) and "redan låg" in one.reason


def test_silent_when_the_best_days_are_no_better() -> None:
    # without a reference, a steady 50 °C shows nothing the facility has done better
    one = result(facility(np.full(DAYS, 50.0), FLOW))
    assert isinstance(one, Silent) and "bästa dygn" in one.reason


def test_silent_without_volume() -> None:
    tested = facility(np.full(DAYS, 55.0), DEMAND)
    one = result(tested.but(loads={HEAT: Load(HEAT, START, column(100.0))}))
    assert isinstance(one, Silent) and one.reason.startswith("saknar data")


def test_a_month_without_volume_is_left_out_and_said() -> None:
    # January 2023 (31 days, 4 of them good: indices 371, 378, 385, 392) cannot be priced for flow: 27 bad days less
    tested = facility(np.where(BEST, 40.0, 55.0), FLOW)
    load = tested.loads[HEAT]
    assert load.volume_m3 is not None and load.return_m3c is not None
    january = slice(365 * 24, 396 * 24)
    volume, back = load.volume_m3.copy(), load.return_m3c.copy()
    volume[january], back[january] = np.nan, np.nan
    one = result(tested.but(loads={HEAT: replace(load, volume_m3=volume, return_m3c=back)}))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(30_567.3 * (313 - 27) / 313, abs=0.5)
    assert "1 post kunde inte prissättas" in one.method


def test_silent_when_half_the_return_readings_are_missing() -> None:
    tested = facility(np.where(BEST, 40.0, 55.0), FLOW)
    load = tested.loads[HEAT]
    assert load.return_m3c is not None
    back = load.return_m3c.copy()
    back[HOURS - 180 * 24 :] = np.nan
    one = result(tested.but(loads={HEAT: replace(load, return_m3c=back)}))
    assert isinstance(one, Silent) and one.reason.startswith("saknar data")
