"""Closed hours: open 06-22 at 100 kW, closed eight hours a day, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.calendar import hours_between
from energy.measures import Silent
from energy.measures.base import MeasureFinding
from energy.measures.operation import closed_hours_base_load
from energy.model import Floats, Load
from tests.measures.facility import (
    DAYS,
    ENERGY,
    HEAT,
    HOURS,
    POWER,
    START,
    Facility,
    clock_hour,
    column,
    hourly,
    price_list,
)  # fmt: skip

OPEN = ((clock_hour() >= 6) & (clock_hour() < 22)).astype(np.float64)
SECOND_YEAR = np.arange(DAYS) >= 365


def facility(closed_kw: Floats, open_kw: float = 100.0) -> Facility:
    """Return electricity with the closed hours' power of each day (d,), at 1 000 kr/MWh."""
    load = Load(POWER, START, column(np.where(OPEN == 1, open_kw, hourly(closed_kw))))
    listed = price_list("el", "electricity", ENERGY.format(price=1000))
    return Facility({POWER: load}, {POWER: "electricity"}, [listed], open_hours=OPEN)


def result(tested: Facility) -> MeasureFinding | Silent:
    (one,) = closed_hours_base_load.assess(tested.context())
    return one


def test_closed_hours_up_on_the_year_before_are_billed_at_the_earlier_level() -> None:
    # 40 kW in 2022, 60 kW in 2023, same temperature: 20 kW · 8 h · 365 days = 58 400 kWh at 1 kr/kWh = 58 400 kr
    one = result(facility(np.where(SECOND_YEAR, 60.0, 40.0)))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(58_400)
    assert one.saving_kwh_per_year == pytest.approx(58_400)
    # between 80 and 120 % of it is reached, and the level may have moved 6 % of 40 kW (2,4 of 20 kW) by itself
    assert 0.8 * 0.88 * 58_400 <= one.saving_sek_per_year.low < 58_400
    assert 58_400 <= one.saving_sek_per_year.high <= 1.2 * 1.12 * 58_400
    assert [row.at for row in one.evidence] == [f"2023-{month:02d}" for month in range(1, 13)]
    assert one.evidence[0].value == pytest.approx(60) and "jämförelsen 40,0 kW" in one.evidence[0].note
    assert one.metering_point == POWER and one.key == "measure:prov:closed_hours_base_load:el"


def test_a_rise_late_in_the_year_before_does_not_hide_the_same_months_now() -> None:
    # up 20 kW on 1 November 2022: November and December 2022 tell no earlier level, and rise as the other months did
    scatter = 1 + 0.02 * np.random.default_rng(5).standard_normal(DAYS)
    one = result(facility(np.where(np.arange(DAYS) >= 304, 60.0, 40.0) * scatter))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(58_400, rel=0.05)


@pytest.mark.parametrize(("rise", "told"), [(5.0, False), (15.0, True)])
def test_what_submeters_leave_of_heat_is_held_against_all_of_it(rise: float, told: bool) -> None:
    # 100 kW of heat at night, 90 of them the pool's: 10 kW are left, and rise by 50 % (5 % of all) or 150 % (15 %)
    closed = column(np.where(OPEN == 1, 200.0, 100.0 + hourly(np.where(SECOND_YEAR, rise, 0.0))))
    loads = {HEAT: Load(HEAT, START, closed), "bad": Load("bad", START, column(90.0))}
    listed = [price_list("varme", "district_heating", ENERGY.format(price=1000))]
    tested = Facility(loads, {HEAT: "district_heating", "bad": "district_heating"}, listed, {"bad": HEAT},
                      open_hours=OPEN)  # fmt: skip
    assert isinstance(result(tested), MeasureFinding) == told


def test_a_step_in_october_is_worth_its_three_months() -> None:
    # October-December 2023 = 92 days: (70 - 40) · 8 · 92 = 22 080 kr; the year's mean is up 30 · 92/365 = 19 %
    one = result(facility(np.where(np.arange(DAYS) >= 365 + 273, 70.0, 40.0)))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(22_080)


def test_closed_hours_that_follow_the_weather_are_silent() -> None:
    # 2 kW per degree; 2023 is 4 degrees colder, so closed power rises 8 kW (20 %), as the weather explains
    temperature = hourly(8 - 10 * np.cos(2 * np.pi * np.arange(DAYS) / 365) - np.where(SECOND_YEAR, 4.0, 0.0))
    closed = 60 - 2 * temperature.reshape(DAYS, 24)[:, 0]
    one = result(facility(closed).but(temperature=temperature))
    assert isinstance(one, Silent) and "inte ökat" in one.reason


def test_the_same_nights_in_a_milder_year_are_not_silent() -> None:
    # 2 kW per degree and 20 kW more at every temperature: 20 · 8 · 365 = 58 400 kr, whatever the weather did
    temperature = hourly(8 - 10 * np.cos(2 * np.pi * np.arange(DAYS) / 365) + np.where(SECOND_YEAR, 2.0, 0.0))
    closed = 60 - 2 * temperature.reshape(DAYS, 24)[:, 0] + np.where(SECOND_YEAR, 20.0, 0.0)
    one = result(facility(closed).but(temperature=temperature))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(58_400, rel=0.01)


def test_nights_nearly_as_high_as_days_are_brought_to_the_best_weeks() -> None:
    # every third week the nights stay at 60 kW, else 100 kW: two thirds of the year 40 kW · 8 h too much
    # = 40 · 8 · 365 · 2/3 = 77 867 kr, roughly, since months hold three to five whole weeks
    day = np.datetime64("2022-01-01").astype(int) + np.arange(DAYS)
    one = result(facility(np.where(day // 7 % 3 == 0, 60.0, 100.0)))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(77_867, rel=0.15)
    assert one.confidence == "låg"


def test_silent_when_nights_are_low_and_no_higher_than_before() -> None:
    one = result(facility(np.full(DAYS, 40.0)))
    assert isinstance(one, Silent) and "40 %" in one.reason


def test_silent_when_the_load_is_high_but_even() -> None:
    one = result(facility(np.full(DAYS, 95.0)))
    assert isinstance(one, Silent) and "jämn" in one.reason


def test_silent_on_ordinary_scatter_over_many_seeds() -> None:
    for seed in range(5):
        noise = np.random.default_rng(seed).standard_normal(DAYS)
        assert isinstance(result(facility(60 + 6 * noise)), Silent)


def test_a_long_closure_the_year_before_does_not_pass_for_good_nights() -> None:
    # closed altogether January-June 2022 at 10 kW: half the year has nothing to compare with, so nothing is said
    tested = facility(np.full(DAYS, 60.0))
    shut = np.arange(HOURS) < 181 * 24
    load = Load(POWER, START, np.where(shut[:, None], 10.0, tested.loads[POWER].energy_kwh))
    one = result(tested.but(loads={POWER: load}, open_hours=np.where(shut, 0.0, OPEN)))
    assert isinstance(one, Silent) and one.reason.startswith("saknar data")


def test_a_band_that_reaches_zero_is_no_saving() -> None:
    """Open in December only, where five weeks of the year before lay between 30 and 70 kW and all of this year's at 60.

    The weeks drawn again put the earlier level above 60 in some draws, and then there is nothing to save.
    """
    month = (np.datetime64("2022-01-01") + np.arange(DAYS)).astype("datetime64[M]").astype(int) % 12 + 1
    before, week = (month == 12) & ~SECOND_YEAR, (np.datetime64("2022-01-01").astype(int) + np.arange(DAYS)) // 7
    closed = np.where((month == 12) & SECOND_YEAR, 60.0, 40.0)
    closed[before] = np.array([30.0, 70.0, 30.0, 70.0, 40.0])[week[before] - week[before].min()]
    one = result(facility(closed).but(open_hours=np.where(hourly(month == 12) == 1, OPEN, 0.0)))
    assert isinstance(one, Silent) and "vanlig spridning" in one.reason


def test_silent_without_opening_hours() -> None:
    (one,) = closed_hours_base_load.assess(facility(np.full(DAYS, 60.0)).but(open_hours=np.ones(HOURS)).context())
    assert isinstance(one, Silent) and "öppettiderna" in one.reason


def test_missing_nights_are_neither_compared_nor_valued() -> None:
    # every tenth night of 2023 unknown: their months are judged by the other nights; their bill cannot be computed
    tested = facility(np.where(SECOND_YEAR, 60.0, 40.0))
    energy = tested.loads[POWER].energy_kwh.copy()
    energy[(365 + 200) * 24 + 1 : (365 + 200) * 24 + 4] = np.nan  # 2023-07-20, three hours: July has no energy bill
    one = result(tested.but(loads={POWER: Load(POWER, START, energy)}))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(58_400 * (365 - 31) / 365)
    assert "Av 2023-07 räknas bara effekt och fasta delar" in one.method


def test_what_a_submeter_explains_is_no_creeping_base_load() -> None:
    # the same 20 kW more, but metered on a heat pump of its own since 2023: nothing else has risen
    tested = facility(np.where(SECOND_YEAR, 60.0, 40.0))
    pump = np.where(hourly(SECOND_YEAR) & (OPEN == 0), 20.0, np.where(hourly(SECOND_YEAR), 0.0, np.nan))
    loads = {POWER: tested.loads[POWER], "vp": Load("vp", START, column(pump))}
    (one,) = closed_hours_base_load.assess(
        tested.but(loads=loads, carriers={POWER: "electricity", "vp": "electricity"}, parents={"vp": POWER}).context()
    )
    assert isinstance(one, Silent) and "40 %" in one.reason


def test_one_wild_night_is_no_base_load() -> None:
    # 40 kW in 2022, 60 kW in 2023, and one night at 500 kW in March 2023 (another heat source stood still). That night
    # is capped: March lies 20 kW over with no spread, so at most 3 · 0.1 · 40 = 12 kW more, 32 kW in one of 31 nights:
    # 20 + 12/31 = 20.387 kW. 20 · 8 · 334 + 20.387 · 8 · 31 = 58 496 kr
    closed = np.where(SECOND_YEAR, 60.0, 40.0)
    closed[365 + 70] = 500.0
    one = result(facility(closed))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(58_496, abs=1)


def test_a_month_that_had_risen_a_year_ago_is_compared_with_the_year_before_that() -> None:
    # three years: 40 kW until September 2022, 60 kW from October 2022 on. October-December 2023 are 20 kW up on 2021
    start = hours_between(np.datetime64("2020-12-31T23"), np.datetime64("2023-12-31T23"))
    tested = facility(np.full(DAYS, 60.0)).context()
    days = np.arange(1095)
    closed = np.repeat(np.where(days >= 365 + 273, 60.0, 40.0), 24)
    opened = np.concatenate((OPEN[: 365 * 24], OPEN))
    load = Load(POWER, start, np.where(opened == 1, 100.0, closed)[:, None])
    (one,) = closed_hours_base_load.assess(
        replace(
            tested, start_utc=start, loads={POWER: load}, open_hours=opened, air_temperature_c=np.full(len(start), 5.0)
        )
    )
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(58_400)


def test_heat_is_looked_at_as_well() -> None:
    tested = facility(np.where(SECOND_YEAR, 60.0, 40.0))
    load = Load(HEAT, START, tested.loads[POWER].energy_kwh)
    listed = price_list("varme", "district_heating", ENERGY.format(price=500))
    one = result(tested.but(loads={HEAT: load}, carriers={HEAT: "district_heating"}, lists=[listed]))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(29_200)
    assert one.title.endswith("(fjärrvärme)")


def test_a_meter_without_load_is_silent_and_says_so() -> None:
    one = result(facility(np.zeros(DAYS), open_kw=0.0))
    assert isinstance(one, Silent) and "ingen energi" in one.reason
