"""Balance, content, years and heat pump of a store whose truth is known; what is not metered stays unknown."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from energy.calendar import hours_between, normal_time
from energy.model import Store
from energy.storage.accounts.account import Account, account
from energy.storage.accounts.summary import summary
from energy.storage.accounts.worth import Worth
from energy.storage.accounts.years import trend
from tests.storage.plant import (
    CAPACITY_PER_K,
    CHARGE,
    DEGREES,
    HEAT,
    HELD,
    LOST,
    METERS,
    MONTH,
    OUT,
    OUTDOOR,
    PUMPED,
    START,
    STORE,
    N,
    told,
)


@pytest.fixture(scope="module")
def known() -> Account:
    return told()


@pytest.fixture(scope="module")
def pumped() -> Account:
    return told(PUMPED)


def test_the_balance_of_every_month_closes(known: Account) -> None:
    m = known.months
    assert len(m.months.first) == 36
    np.testing.assert_allclose(m.charge_kwh - m.out_kwh[:, 0] - m.loss_kwh, m.change_kwh, atol=1e-6, equal_nan=True)
    august = m.months.first.index(date(2022, 8, 1))
    assert m.charge_kwh[august] == pytest.approx(31 * 24 * 100)
    assert m.loss_kwh[august] == pytest.approx(31 * 24 * 10, rel=0.01)
    january = m.months.first.index(date(2022, 1, 1))
    assert m.out_kwh[january].tolist() == pytest.approx([31 * 24 * 60] * 3)
    assert m.content_kwh[january] == pytest.approx(HELD[np.searchsorted(START, np.datetime64("2022-01-31T23")) - 1])


def test_losses_are_found_and_told_which_way(known: Account) -> None:
    losses = known.content.losses
    assert losses.of_charge == pytest.approx(0.1, abs=0.005)
    assert losses.of_content_per_hour == pytest.approx(0.0, abs=1e-6)
    assert "10,0 % av det som laddas" in losses.method


def test_two_readings_of_the_content_agree_and_their_drift_is_told(known: Account) -> None:
    held = known.content
    assert held.by_temperature is not None and held.by_balance is not None
    np.testing.assert_allclose(held.by_temperature, HELD, atol=1e-6)
    assert abs(held.drift_kwh_per_year) < 0.01 * 220_800
    assert held.capacity_kwh == 20 * CAPACITY_PER_K
    tight = replace(STORE, loss_pct_per_month=0.0)  # told to lose nothing, and made so
    slipping = told(tight, {"in": CHARGE - LOST}, t=DEGREES - np.arange(N) / 8766)  # the sensor slips a kelvin a year
    assert slipping.content.drift_kwh_per_year == pytest.approx(CAPACITY_PER_K)


def test_efficiency_by_store_year_is_out_over_charged(known: Account) -> None:
    assert [(y.first, y.whole) for y in known.years] == [(date(y, 5, 1), True) for y in (2021, 2022, 2023)]
    first = known.years[0]
    assert first.charge_kwh == 220_800
    assert first.efficiency_pct.value == pytest.approx(100 * 129_600 / 220_800)
    assert first.corrected_pct.value == pytest.approx(90.0, abs=0.5)  # what was not lost
    assert first.corrected_pct.low < 90 < first.corrected_pct.high
    assert first.cycles == pytest.approx(129_600 / 400_000)


def test_a_trend_needs_three_whole_years_and_holds_every_pair() -> None:
    assert trend(np.array([60.0, 62.0])).per_year.reason == "okänt: en trend kräver tre hela lagerår, det finns 2"
    found = trend(np.array([60.0, 63.0, 62.0])).per_year
    assert (found.value, found.low, found.high) == (1.0, -1.0, 3.0)  # the pairs: 3, 1 and -1


def test_a_whole_year_without_a_figure_keeps_its_place_in_the_trend() -> None:
    """The meters of the third of four years are lost: the last lies two years after the second, not one."""
    start = hours_between(np.datetime64("2020-04-30T23", "s"), np.datetime64("2024-04-30T23", "s"))
    year = (normal_time(start).astype("datetime64[M]").astype(np.int64) - 4) // 12 - 50
    charge = np.full(len(start), 100.0)
    out = np.choose(year, (50.0, 52.0, 0.0, 56.0))
    charge[year == 2] = np.nan
    store = replace(STORE, commissioned=date(2020, 5, 1), capacity_kwh=1e9)
    held = np.full(len(start), 10.0)
    found = account(store, start, {"in": charge, "ut": out}, {"t": held}, np.full(len(start), 2.0))
    nothing = np.zeros((0, 1))
    last = summary(found, Worth((), nothing, nothing))
    assert [y.whole for y in found.years] == [True] * 4
    assert last.trend.years == 3
    assert last.trend.per_year.value == pytest.approx(2.0)  # percentage points: 50, 52, -, 56


def test_the_stores_pump_is_judged_by_its_lift(pumped: Account) -> None:
    pump = pumped.pump
    assert pump.condition_name.startswith("temperaturlyft")
    np.testing.assert_allclose(pump.cop, 4.0)
    assert np.nanmax(np.abs(pump.month_limit - 0.7 * (45 + 273.15) / 40)) < 1e-9
    assert pump.drift_pct.value == pytest.approx(0.0, abs=1e-6)
    assert (pump.drift_pct.low, pump.drift_pct.high) == pytest.approx((-5.0, 5.0))  # the meters' own tolerance
    assert {r for r in pump.month_reason if r} == {"värmepumpen har inte gått"}


def test_a_drift_is_seen_whatever_the_winter() -> None:
    rng = np.random.default_rng(3)
    lift = np.where(MONTH == 1, 44.0, 38.0) + rng.normal(0, 1.5, N // 24).repeat(24)
    tired = np.where(np.arange(N) >= 2 * 8760, 1.15, 1.0)  # 15 % more electricity in the last year
    meters = {"el": HEAT * lift / 160 * tired}
    found = told(PUMPED, meters, fram=5.0 + lift).pump
    assert found.drift_pct.value == pytest.approx(100 * (1 / 1.15 - 1), abs=1.0)
    assert found.drift_pct.high < 0
    fresh = told(PUMPED, {"el": HEAT * lift / 160}, fram=5.0 + lift).pump
    assert fresh.drift_pct.low < 0 < fresh.drift_pct.high


def test_outdoor_temperature_stands_in_for_the_lift() -> None:
    assert told(PUMPED, fram=None).pump.condition_name == "utetemperatur (°C)"
    assert np.isnan(told(PUMPED, fram=None).pump.month_limit).all()


# --- what is not metered stays unknown, with the reason ------------------------------------------------------------


def test_without_a_discharge_meter_there_is_no_balance_but_a_content() -> None:
    found = told(replace(STORE, discharge=(), store_out=()))
    assert found.content.by_temperature is not None
    assert found.content.by_balance is None
    assert np.isnan(found.months.loss_kwh).all()
    assert all(math.isnan(y.efficiency_pct.value) for y in found.years)
    assert {y.reason for y in found.years} == {"okänt: ingen mätare för urladdad energi"}
    assert "okänt: ingen mätare för urladdad energi" in [one.text for one in found.limits]


def test_without_temperature_and_losses_the_content_is_unknown() -> None:
    found = told(replace(STORE, temperature_points=()), t=None)
    assert (found.content.by_temperature, found.content.by_balance) == (None, None)
    assert (
        found.content.losses.reason
        == "okänt: varken lagrets temperatur eller dess förlust (loss_pct_per_month) är känd"
    )
    assert found.years[0].efficiency_pct.value == pytest.approx(100 * 129_600 / 220_800)  # this the meters do tell
    assert math.isnan(found.years[0].corrected_pct.value)


def test_a_told_loss_empties_the_store_by_its_share_of_a_month() -> None:
    told_loss = replace(STORE, temperature_points=(), loss_pct_per_month=10.0)
    charge = np.zeros(N)
    charge[0] = 1000.0
    found = told(told_loss, {"in": charge, "ut": np.zeros(N)}, t=None)
    assert found.content.by_balance is not None
    assert found.content.by_balance[730] == pytest.approx(900.0, rel=0.002)
    assert found.content.by_balance[-1] == pytest.approx(1000 * 0.9**36, rel=0.01)
    m = found.months  # what a month loses is what its content lacks at the end, to the kilowatt-hour
    np.testing.assert_allclose(np.diff(m.content_balance_kwh), m.change_kwh[1:], atol=1e-6)


def test_heat_pump_heat_in_the_discharge_meter_is_taken_off_with_a_band() -> None:
    found = told(replace(PUMPED, store_out=()))
    assert found.metered.out_kwh is not None
    hour = int(np.flatnonzero(HEAT)[0])
    assert found.metered.out_kwh[hour].tolist() == pytest.approx([80 - 0.9 * 20, 80 - 20, 80 - 0.8 * 20])
    dark = told(replace(PUMPED, store_out=(), electricity=()))
    assert dark.metered.out_kwh is None
    assert "ingen mätare visar" in dark.metered.reasons["out_kwh"]


def test_a_battery_has_round_trip_efficiency_and_cycles() -> None:
    battery = Store(
        "b", "f", "Batteri", "battery", date(2021, 5, 1), charge=("in",), discharge=("ut",), capacity_kwh=500
    )
    day = np.tile(np.repeat([50.0, 0.0, 0.0], 8), N // 24)
    out = np.tile(np.repeat([0.0, 0.0, 45.0], 8), N // 24)
    found = account(battery, START, {"in": day, "ut": out}, {}, OUTDOOR)
    assert found.years[0].efficiency_pct.value == pytest.approx(90.0)
    assert found.years[0].cycles == pytest.approx(365 * 360 / 500)
    assert found.pump.reason == "lagret har ingen värmepump"
    assert not [one for one in found.limits if one.level == "warning"]


# --- meters that contradict each other or physics -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("meters", "words"),
    [({"ut": 1000 * OUT}, "mätarna motsäger varandra"), ({"in": np.zeros(N)}, "inget har laddats")],
    ids=["ten times too much out", "discharge without charge"],
)
def test_meters_that_cannot_both_be_right_give_no_balance(meters: dict[str, np.ndarray], words: str) -> None:
    found = told(STORE, meters)
    (limit,) = [one for one in found.limits if one.code == "contradiction"]
    assert limit.level == "warning" and words in limit.text
    assert np.isnan(found.months.loss_kwh).all()
    assert all(math.isnan(y.efficiency_pct.value) and y.reason == limit.text for y in found.years)
    assert found.content.by_balance is None and found.content.by_temperature is not None


def test_a_borehole_may_give_a_little_more_than_it_got_a_tank_may_not() -> None:
    more = {"ut": OUT * 220_800 * 1.15 / 129_600}
    assert not [one for one in told(STORE, more).limits if one.code == "contradiction"]
    tank = replace(STORE, kind="tank", temperature_points=())
    assert [one for one in told(tank, more, t=None).limits if one.code == "contradiction"]


@pytest.mark.parametrize(
    ("electricity", "words"), [(HEAT / 6.5, "högre än fysiken tillåter"), (HEAT * 1.2, "mindre än 1")]
)
def test_a_cop_outside_physics_is_no_cop(electricity: np.ndarray, words: str) -> None:
    found = told(PUMPED, {"el": electricity})
    assert np.isnan(found.pump.month_cop).all()
    assert math.isnan(found.pump.drift_pct.value)
    (limit,) = [one for one in found.limits if one.code == "cop_outside_physics"]
    assert words in limit.text


def test_electricity_without_heat_is_told() -> None:
    found = told(PUMPED, {"el": np.full(N, 15.0)})
    assert [one.level for one in found.limits if one.code == "electricity_without_heat"] == ["warning"]


def test_a_temperature_outside_the_usable_band_is_told() -> None:
    assert [one.code for one in told(t=DEGREES + 30).limits if one.level == "warning"] == ["outside_band"]


def test_holes_are_no_zeros() -> None:
    holed = CHARGE.copy()
    holed[(MONTH == 9) & (np.datetime64("2022-01-01") > START)] = np.nan
    found = told(STORE, {"in": holed})
    september = found.months.months.first.index(date(2021, 9, 1))
    assert math.isnan(found.months.charge_kwh[september])
    assert "timmar saknas" in (found.years[0].reason or "")
    assert found.years[1].reason is None


def test_arrays_on_other_hours_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        account(STORE, START, METERS, {"t": DEGREES[:-1]}, OUTDOOR)


@pytest.mark.parametrize(("cop", "sound"), [(10.0, True), (20.0, False)])
def test_a_cop_beyond_any_lift_is_no_cop_without_temperatures(cop: float, sound: bool) -> None:
    # the ceiling: 0,7 of Carnot's at 20 K to 30 °C, 0,7 · 303 / 20 = 10,6
    found = told(PUMPED, {"el": HEAT / cop}, t=None, fram=None, källa=None)
    known = found.pump.month_cop[np.isfinite(found.pump.month_cop)]
    assert known == pytest.approx(cop) and known.size if sound else not known.size
    assert sound or np.isnan(found.pump.drift_pct.value)
    told_of = [one.text for one in found.limits if one.code == "cop_outside_physics"]
    assert not told_of if sound else "värmefaktorn 20,0 är högre än en byggnads värmepump kan nå (10,6" in told_of[0]
