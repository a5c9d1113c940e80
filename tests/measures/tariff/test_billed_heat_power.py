"""Billed heat power: three days of 200 kW over a constant 100 kW, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy.measures import Silent
from energy.measures.base import MeasureFinding
from energy.measures.shared.days import Days
from energy.measures.tariff import billed_heat_power
from energy.model import Floats, Load
from tests.measures.facility import (
    DAYS,
    DEMAND,
    ENERGY,
    HEAT,
    HOURS,
    START,
    Facility,
    column,
    constant_heat,
    day_index,
    hourly,
    price_list,
)  # fmt: skip

SAVED = 100 - (100 / 9 + 100 / 8) / 2  # kW
PEAKS = ("2022-02-01", "2022-02-11", "2022-02-21", "2023-02-01", "2023-02-11", "2023-02-21")


def with_peaks(base: Floats, peak_kw: float) -> Load:
    daily = base.copy()
    daily[[day_index(day) for day in PEAKS]] = peak_kw
    return Load(HEAT, START, column(hourly(daily)))


def found(facility: Facility) -> MeasureFinding:
    (one,) = billed_heat_power.assess(facility.context())
    assert isinstance(one, MeasureFinding), one
    return one


def silent(facility: Facility) -> str:
    (one,) = billed_heat_power.assess(facility.context())
    assert isinstance(one, Silent), one
    return one.reason


def test_three_days_a_year_are_flattened_and_billed_by_hand() -> None:
    # Billed: mean of the three highest daily means = 200 kW in every month (a rolling window always holds three of
    # them: 2023-01 the three of February 2022, 2023-02 to -12 three of 2022 or 2023). Each peak has an excess of
    # 100 kW·d over nine days: poured level they reach 100 + 100/9 = 111.1 kW, alike the eight others 112.5; half of
    # each is 111.81. 88.19 kW at 1 000 kr/kW and year, spread in twelfths: 88 194 kr. The same energy in the same month
    # at one price: the energy part does not change.
    one = found(constant_heat().but(loads={HEAT: with_peaks(np.full(DAYS, 100.0), 200.0)}))
    assert one.saving_sek_per_year.value == pytest.approx(1000 * SAVED)
    assert one.saving_kwh_per_year == 0.0
    assert one.parameters["billed_power_kw"] == pytest.approx(200)
    assert one.parameters["needed_power_kw"] == pytest.approx(200 - SAVED)
    assert sorted(row.at for row in one.evidence) == sorted(PEAKS)
    assert {row.value for row in one.evidence} == {200.0}
    assert "väntat 100 kW" in one.evidence[0].note
    assert one.key == "measure:prov:billed_heat_power:fjv"


def test_band_is_what_two_and_ten_days_away_would_give() -> None:
    # two days after and alike: 100 + 100/2 = 150 kW, 50 000 kr; ten days away and level: 100 + 100/21, 95 238 kr
    value = found(constant_heat().but(loads={HEAT: with_peaks(np.full(DAYS, 100.0), 200.0)})).saving_sek_per_year
    assert value.low >= 49_999 and value.high <= 95_239
    assert value.low < 1000 * SAVED < value.high


def test_band_holds_the_value_when_days_scatter() -> None:
    scatter = 100 + 8 * np.random.default_rng(3).standard_normal(DAYS)
    value = found(constant_heat().but(loads={HEAT: with_peaks(scatter, 220.0)})).saving_sek_per_year
    assert value.low < value.value <= value.high  # no more than the ordinary days leave
    assert value.value > 60_000  # 220 kW down to about 100 + 100/9 and the ordinary days' 116


def test_flattening_moves_energy_and_removes_none() -> None:
    facility = constant_heat().but(loads={HEAT: with_peaks(np.full(DAYS, 100.0), 200.0)})
    load = facility.loads[HEAT]
    load = Load(HEAT, START, load.energy_kwh, load.energy_kwh / 50, load.energy_kwh * 1.6, load.energy_kwh * 0.8)
    excess = billed_heat_power._excess(facility.context(), load)
    assert not isinstance(excess, str)
    flat = billed_heat_power.flatten(load, excess)
    assert flat.volume_m3 is not None and flat.supply_m3c is not None and flat.return_m3c is not None
    assert flat.energy_kwh.sum(axis=0) == pytest.approx(np.full(21, load.energy_kwh.sum()))
    assert np.allclose(flat.volume_m3 * 50, flat.energy_kwh)
    assert np.allclose(flat.supply_m3c / flat.volume_m3, 80.0) and np.allclose(flat.return_m3c / flat.volume_m3, 40.0)
    assert Days.of(START).mean(flat.energy_kwh)[day_index("2023-02-01"), 0] == pytest.approx(100 + 100 / 18)


@given(
    st.lists(st.floats(0, 500), min_size=1, max_size=7),
    st.floats(0, 2000),
)
def test_water_poured_over_days_is_the_water_moved(levels: list[float], moved: float) -> None:
    days = np.array(levels)[:, None]
    water = billed_heat_power._water(days, np.array([moved]))
    assert np.maximum(0, water - days).sum() == pytest.approx(moved, abs=1e-6)


def test_silent_when_the_weather_explains_the_peaks() -> None:
    # 5 kW per degree below 15 °C: the cold days are the peaks, and lie on the signature
    temperature = hourly(5 - 12 * np.cos(2 * np.pi * np.arange(DAYS) / 365))
    load = Load(HEAT, START, column(50 + 5 * np.maximum(0, 15 - temperature)))
    assert "vädret" in silent(constant_heat().but(loads={HEAT: load}, temperature=temperature))


def test_silent_on_ordinary_scatter_over_many_seeds() -> None:
    temperature = hourly(5 - 12 * np.cos(2 * np.pi * np.arange(DAYS) / 365))
    for seed in range(5):
        noise = hourly(5 * np.random.default_rng(seed).standard_normal(DAYS))
        load = Load(HEAT, START, column(50 + 5 * np.maximum(0, 15 - temperature) + noise))
        assert silent(constant_heat().but(loads={HEAT: load}, temperature=temperature))


def test_silent_about_a_cold_spell_that_lasts() -> None:
    # a week that the signature misses is how the load is; only up to three days in a row stand out
    for days, seen in ((7, False), (3, True), (1, True)):
        daily = 100 + np.random.default_rng(5).standard_normal(DAYS)
        for begins in ("2022-02-01", "2023-02-01"):
            daily[day_index(begins) : day_index(begins) + days] = 150.0
        (one,) = billed_heat_power.assess(
            constant_heat().but(loads={HEAT: Load(HEAT, START, column(hourly(daily)))}).context()
        )
        assert isinstance(one, MeasureFinding) == seen, days


def test_silent_when_high_days_are_many() -> None:
    # every fifth day at 200 kW is how this load is, not a few peaks
    daily = np.where(np.arange(DAYS) % 5 == 0, 200.0, 100.0)
    assert silent(constant_heat().but(loads={HEAT: Load(HEAT, START, column(hourly(daily)))}))


def test_silent_without_a_power_part() -> None:
    listed = price_list("varme", "district_heating", ENERGY.format(price=500))
    facility = constant_heat().but(loads={HEAT: with_peaks(np.full(DAYS, 100.0), 200.0)}, lists=[listed])
    assert silent(facility) == "prislistan har ingen effektdel."


def test_missing_days_keep_the_value_where_they_do_not_matter() -> None:
    # one unknown hour a week in summer: those days have no mean, the peaks of February are billed as before
    energy = column(hourly(np.full(DAYS, 100.0)))
    energy[:] = with_peaks(np.full(DAYS, 100.0), 200.0).energy_kwh
    energy[24 * day_index("2023-07-01") + 3 : 24 * day_index("2023-09-01") : 168] = np.nan
    listed = price_list(
        "varme", "district_heating", DEMAND.replace("window_months = 12", "window_months = 12, max_missing_days = 60")
    )
    one = found(constant_heat().but(loads={HEAT: Load(HEAT, START, energy)}, lists=[listed]))
    assert one.saving_sek_per_year.value == pytest.approx(1000 * SAVED)


def test_silent_when_a_quarter_of_the_days_are_missing() -> None:
    energy = with_peaks(np.full(DAYS, 100.0), 200.0).energy_kwh.copy()
    energy[HOURS - 100 * 24 :] = np.nan
    assert silent(constant_heat().but(loads={HEAT: Load(HEAT, START, energy)})).startswith("saknar data")
