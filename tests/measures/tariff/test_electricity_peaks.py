"""The rules of electricity's shape, by hand: monthly peaks, high-load peaks, dear hours; and where each is silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy.measures import MeasureContext, MeasureFinding, Silent
from energy.measures.base import Measure
from energy.measures.combined import Combined
from energy.measures.shared.days import Days
from energy.measures.shared.keeping import unevenness
from energy.measures.shared.moving import cut_level, poured
from energy.measures.tariff import costly_load_profile, high_load_peak, monthly_power_peaks
from energy.model import BillingContext, Contract, Load
from tests.measures.facility import (
    ENERGY,
    HOURS,
    MONTHLY_PEAK,
    POWER,
    SPOT,
    START,
    Facility,
    clock_hour,
    column,
    price_list,
)

ICE = "is"
PEAK = MONTHLY_PEAK.format(price=50)
HIGH_LOAD = """
[[component]]
component = "demand"
label = "Höglasteffekt"
price = { unit = "SEK/kW,month", value = 100 }
[component.determinant]
method = "high_load_peak"
[component.determinant.high_load]
months = [1, 2, 3, 11, 12]
weekdays = [1, 2, 3, 4, 5]
from_hour = 6
to_hour = 22
"""


def facility(energy: np.ndarray, *parts: str) -> Facility:
    """Return a facility of one electricity main under one list."""
    load = Load(POWER, START, column(energy))
    return Facility({POWER: load}, {POWER: "electricity"}, [price_list("el", "electricity", *parts)])


def only(rule: object, context: MeasureContext) -> MeasureFinding | Silent:
    assess: Measure = rule.assess  # type: ignore[attr-defined]
    (found,) = assess(context)  # type: ignore[operator]
    return found  # type: ignore[no-any-return]


def value_of(found: MeasureFinding | Silent, context: MeasureContext) -> float:
    """Return the central value, having seen that its effect alone gives it and that its band holds it."""
    assert isinstance(found, MeasureFinding), found
    value = found.saving_sek_per_year
    assert value.low <= value.value <= value.high and found.picture and found.evidence
    assert Combined(context, [found]).worth([found.key]) == pytest.approx(value.value, rel=1e-6)
    return value.value


def with_hours(kw: float) -> np.ndarray:
    """Return 100 kW with one hour of `kw` at noon on the tenth of every month."""
    energy = np.full(HOURS, 100.0)
    day = np.arange(HOURS) // 24
    dates = (np.datetime64("2022-01-01") + day).astype("datetime64[D]")
    tenth = (dates - dates.astype("datetime64[M]")).astype(int) == 9
    energy[tenth & (clock_hour() == 12)] = kw
    return energy


def test_one_hour_a_month_is_poured_over_its_day() -> None:
    # 196 kW once a month: 96 over, of which 95 %, 91.2 kWh, are poured over the day. The other hours rise by
    # 91.2/23 = 3.97 to 103.97 and the hour falls to 104.8: 91.2 kW · 50 kr · 12 months = 54 720 kr
    context = facility(with_hours(196.0), ENERGY.format(price=500), PEAK).context()
    found = only(monthly_power_peaks, context)
    assert value_of(found, context) == pytest.approx(91.2 * 50 * 12)
    assert isinstance(found, MeasureFinding)
    assert {row.at for row in found.evidence} == {f"2023-{m:02d}-10 kl. 12–13 normaltid" for m in range(1, 13)}
    # 80 % and all of it: 76.8 kW, and what pours level over the day, 100 + 96/24 = 104 kW
    assert found.saving_sek_per_year.low >= 76.8 * 600 and found.saving_sek_per_year.high <= 92 * 600


def test_the_sub_meter_that_ran_is_named() -> None:
    tested = facility(with_hours(196.0), PEAK)
    child = Load(ICE, START, column(with_hours(196.0) - 80.0))
    context = tested.but(
        loads={**tested.loads, ICE: child}, carriers={**tested.carriers, ICE: "electricity"}, parents={ICE: POWER}
    ).context()
    found = only(monthly_power_peaks, context)
    assert isinstance(found, MeasureFinding) and "is 96,0 kW över sitt vanliga" in found.evidence[0].note


def test_silent_where_the_peak_is_ordinary_scatter_or_a_level_or_costs_nothing() -> None:
    scatter = 100 + 5 * np.random.default_rng(1).standard_normal(HOURS)
    assert isinstance(only(monthly_power_peaks, facility(scatter, PEAK).context()), Silent)
    often = np.where((np.arange(HOURS) // 24 % 3 == 0) & (clock_hour() == 12), 196.0, 100.0)  # every third day: a need
    assert isinstance(only(monthly_power_peaks, facility(often, PEAK).context()), Silent)
    found = only(monthly_power_peaks, facility(with_hours(196.0), ENERGY.format(price=500)).context())
    assert isinstance(found, Silent) and "ingen effektdel" in found.reason


def shiftable(ice_kw: float, use: str | None = "ice_plant") -> MeasureContext:
    """Return 100 kW, of which the ice plant is `ice_kw`, and 150 kW at noon and one on every day."""
    busy = np.where((clock_hour() == 12) | (clock_hour() == 13), 150.0, 100.0)
    tested = facility(busy, ENERGY.format(price=500), PEAK, HIGH_LOAD)
    loads = {**tested.loads, ICE: Load(ICE, START, column(ice_kw))}
    context = tested.but(
        loads=loads, carriers={**tested.carriers, ICE: "electricity"}, parents={ICE: POWER}
    ).context()  # fmt: skip
    return replace(context, uses={ICE: use} if use else {})  # type: ignore[dict-item]


def test_what_keeps_is_run_before_the_dear_hours() -> None:
    # half of 40 kW may rest: 20 kW in each of two hours, and two hours' worth of it keeps (2 · 20 = 40 kWh): the peak
    # falls from 150 to 130 kW in the high-load months, and in these the month's peak too. 41.2 kWh more at night.
    context = shiftable(40.0)
    found = only(high_load_peak, context)
    year = np.arange("2023-01-01", "2024-01-01", dtype="datetime64[D]")
    winter = np.isin(year.astype("datetime64[M]").astype(int) % 12 + 1, [1, 2, 3, 11, 12])
    days = int(np.is_busday(year[winter]).sum())
    # the month's peak stays 150 on Saturdays: only the high-load part falls
    expected = 20 * 100 * 5 - days * 40 * 0.03 * 0.5
    assert value_of(found, context) == pytest.approx(expected)
    assert isinstance(found, MeasureFinding)
    assert found.saving_kwh_per_year == pytest.approx(-days * 40 * 0.03)
    assert found.confidence == "låg" and "vilar på antaganden" in found.description


def test_what_runs_by_the_clock_in_dear_hours_is_run_evenly() -> None:
    # the ice takes 20 kW, but 80 kW at 12 and 13 and nothing from 0 to 5: its mean is (17 · 20 + 2 · 80) / 24 = 20.83
    # and need may add a fifth, 25.00. So 55.00 kW are taken from each of the two hours, and the night has room for
    # 5 · 20.83 + 0.83 = 105 of the 110 kWh: the six hours before rise by at most 20.83 + 0.83
    hour = clock_hour()
    ice = np.where((hour == 12) | (hour == 13), 80.0, np.where(hour < 5, 0.0, 20.0))
    tested = facility(100.0 + ice, ENERGY.format(price=500), HIGH_LOAD)
    loads = {**tested.loads, ICE: Load(ICE, START, column(ice))}
    context = tested.but(loads=loads, carriers={**tested.carriers, ICE: "electricity"}, parents={ICE: POWER}).context()
    mine = [c for c in context.contracts if c.metering_point == POWER]
    context = replace(context, uses={ICE: "ice_plant"}, contracts=mine)
    found = only(high_load_peak, context)
    assert value_of(found, context) == pytest.approx((80 - 1.2 * 500 / 24) * 100 * 5)  # no energy is lost
    assert isinstance(found, MeasureFinding) and found.effect is not None
    assert found.confidence == "medel" and "körs jämnare" in found.description
    assert found.saving_kwh_per_year == pytest.approx(0.0, abs=1e-6)
    after = found.effect(context.state()).loads
    moved = after[POWER].energy_kwh - context.loads[POWER].energy_kwh
    assert np.allclose(moved, after[ICE].energy_kwh - context.loads[ICE].energy_kwh)
    monday = slice(24 * 366, 24 * 367)  # 2023-01-02
    assert after[ICE].energy_kwh[monday].max() == pytest.approx(1.2 * 500 / 24)
    assert after[ICE].energy_kwh[monday].sum() == pytest.approx(500.0)
    assert not moved[24 * 367 + 4800 : 24 * 367 + 4824].any()  # a summer's day
    again = only(high_load_peak, replace(context, loads=dict(after)))
    assert not isinstance(again, MeasureFinding) or again.confidence == "låg"


def test_an_ended_contract_asks_for_no_high_load() -> None:
    context = shiftable(40.0)
    old = price_list("gammal", "electricity", HIGH_LOAD)
    new = price_list("ny", "electricity", PEAK)
    ended = [
        Contract(POWER, "gammal", date(2020, 1, 1), date(2023, 7, 1)),
        Contract(POWER, "ny", date(2023, 7, 1), date(2030, 1, 1)),
    ]
    found = only(high_load_peak, replace(context, price_lists=[old, new], contracts=ended))
    assert isinstance(found, Silent) and found.reason == "prislistan har ingen höglasteffekt."


def test_high_load_is_silent_without_use_without_the_price_and_where_nothing_draws() -> None:
    found = only(high_load_peak, shiftable(40.0, None))
    assert isinstance(found, Silent) and found.reason.startswith("saknar data")
    found = only(high_load_peak, shiftable(0.0))
    assert isinstance(found, Silent) and "det som kan flyttas" in found.reason
    assert "ingen höglasteffekt" in only(high_load_peak, facility(with_hours(100.0), PEAK).context()).reason  # type: ignore[union-attr]


def spot_context(load_by_hour: np.ndarray, price: np.ndarray) -> MeasureContext:
    tested = facility(load_by_hour, SPOT)
    return tested.but(billing={POWER: BillingContext(spot_sek_per_kwh=price)}).context()


def test_a_tenth_of_the_dear_hours_goes_to_the_cheap_ones() -> None:
    # 200 kW in four dear hours at 2 kr, 100 kW else, where four hours cost 0.5 and the rest 1 kr: a tenth of 800 kWh is
    # moved every day and saves 1.5 kr/kWh, 80 · 1.5 · 365 = 43 800 kr
    hour = clock_hour()
    price = np.where((hour >= 16) & (hour < 20), 2.0, np.where(hour < 4, 0.5, 1.0))
    load = np.where((hour >= 16) & (hour < 20), 200.0, 100.0)
    context = spot_context(load, price)
    found = only(costly_load_profile, context)
    assert value_of(found, context) == pytest.approx(43_800)
    assert isinstance(found, MeasureFinding) and found.confidence == "låg"  # nothing shows what can be moved
    # (800·2 + 400·0.5 + 1600·1) / 2800 = 1.2143 kr by volume, 26/24 = 1.0833 by time
    assert isinstance(found, MeasureFinding) and found.parameters["ratio"] == pytest.approx(1.2143 / 1.0833, rel=1e-3)


def test_ice_made_in_the_dear_hours_goes_to_the_cheap_ones() -> None:
    # the ice takes 20 kW, but 80 kW in the four dear hours and nothing in the four cheap ones: 640 kWh, mean 26.67 and
    # need may add a fifth, 32 kW. 4 · 48 kWh a day fall from 2 to 0.5 kr: 192 · 1.5 · 365 = 105 120 kr
    hour = clock_hour()
    price = np.where((hour >= 16) & (hour < 20), 2.0, np.where(hour < 4, 0.5, 1.0))
    ice = np.where((hour >= 16) & (hour < 20), 80.0, np.where(hour < 4, 0.0, 20.0))
    tested = facility(50.0 + ice, SPOT)
    loads = {**tested.loads, ICE: Load(ICE, START, column(ice))}
    context = tested.but(
        loads=loads, carriers={**tested.carriers, ICE: "electricity"}, parents={ICE: POWER},
        billing={POWER: BillingContext(spot_sek_per_kwh=price)},
    ).context()  # fmt: skip
    mine = [c for c in context.contracts if c.metering_point == POWER]
    context = replace(context, uses={ICE: "ice_plant"}, contracts=mine)
    found = only(costly_load_profile, context)
    assert value_of(found, context) == pytest.approx(105_120)
    assert isinstance(found, MeasureFinding) and found.confidence == "medel" and "is drar mer" in found.description
    ended = [replace(mine[0], valid_to=date(2023, 7, 1)), Contract(POWER, "fast", date(2023, 7, 1), date(2030, 1, 1))]
    lists = [*context.price_lists, price_list("fast", "electricity", ENERGY.format(price=500))]
    found = only(costly_load_profile, replace(context, contracts=ended, price_lists=lists))
    assert isinstance(found, Silent) and "prissätter inte timmarna" in found.reason


def test_a_house_that_is_open_in_the_dear_hours_has_nothing_to_move() -> None:
    # 200 kW open and 100 closed: the whole of 1,21 / 1,08 is what the opening hours give
    hour = clock_hour()
    price = np.where((hour >= 16) & (hour < 20), 2.0, np.where(hour < 4, 0.5, 1.0))
    opened = ((hour >= 16) & (hour < 20)).astype(float)
    context = replace(spot_context(100.0 + 100.0 * opened, price), open_hours=opened)
    found = only(costly_load_profile, context)
    assert isinstance(found, Silent) and "används när huset är öppet" in found.reason
    # at 17 alone 300 kW, which no opening hours explain
    peaky = replace(spot_context(100.0 + 100.0 * opened + 100.0 * (hour == 17), 1.0 + (hour == 17)), open_hours=opened)
    assert isinstance(only(costly_load_profile, peaky), MeasureFinding)


def test_need_is_read_off_the_days_that_cost_no_more() -> None:
    # on the days spared the machine draws 30 kW at noon and 20 else: (30 / 20.4) - 1 = 47 % would be the clock's; at 25
    # kW it is 23,7 %, need. Few such days tell nothing.
    context = facility(np.full(HOURS, 100.0), PEAK).context()
    days, rng = Days.of(context.start_utc), np.random.default_rng(1)
    weekend = (days.day.astype(int) + 3) % 7 >= 5
    at_noon = clock_hour() == 12

    def needs(noon_kw: float, spared: np.ndarray) -> float:
        return float(unevenness(context, days, np.where(at_noon, noon_kw, 20.0), spared, rng)[0])

    assert needs(25.0, weekend) == pytest.approx(25 / (485 / 24) - 1)
    assert needs(30.0, weekend) == needs(25.0, weekend & (np.cumsum(weekend) < 50)) == 0.2


def test_dear_hours_are_silent_for_an_even_load_and_without_prices() -> None:
    hour = clock_hour()
    found = only(costly_load_profile, spot_context(np.full(HOURS, 100.0), np.where(hour < 4, 0.5, 1.0)))
    assert isinstance(found, Silent) and "gånger tidsmedlet" in found.reason
    found = only(costly_load_profile, facility(np.full(HOURS, 100.0), SPOT).context())
    assert isinstance(found, Silent) and "inga spotpriser" in found.reason


levels = st.lists(st.floats(0, 500), min_size=2, max_size=24)


@given(levels, st.floats(0, 2000))
def test_pouring_keeps_the_energy_and_raises_the_lowest_first(hours: list[float], energy: float) -> None:
    before = np.array(hours)[:, None]
    after = poured(before, np.array([energy]))
    assert after.sum() == pytest.approx(before.sum() + energy)
    rose = after > before + 1e-9
    assert not rose.any() or after[rose].max() <= after.min() + 1e-6


@given(levels, st.floats(0, 1))
def test_the_cut_level_takes_off_as_much_as_was_asked(hours: list[float], part: float) -> None:
    before = np.array(hours)[:, None]
    asked = part * (before.sum() - len(before) * before.min())
    assert np.maximum(before - cut_level(before, np.array([asked])), 0.0).sum() == pytest.approx(asked, abs=1e-6)
