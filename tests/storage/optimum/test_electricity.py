"""What heat out of the store and straight from the source take in electricity, by meters, temperatures, or neither."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from energy.calendar import hours_between, month_starts
from energy.errors import InsufficientData
from energy.storage.optimum.electricity import Drawn, Taken, ratio_of, split, taken_by
from energy.storage.optimum.plant import Level, Peak, Plant, Schedule, Side
from energy.storage.optimum.programme import solve
from energy.storage.optimum.repeated import rows_of

MONTHS = month_starts(date(2023, 1, 1), date(2023, 12, 1))
START = hours_between(np.datetime64("2022-12-31T23"), np.datetime64("2023-12-31T23"))
N, DAYS = len(START), len(START) // 24
RNG = np.random.default_rng(4)
STORED = np.repeat(RNG.uniform(10, 50, DAYS), 24)  # each day its own, so that the days tell them apart
DIRECT = np.repeat(RNG.uniform(10, 50, DAYS), 24)
OUTDOOR = np.repeat(RNG.uniform(-10, 15, DAYS), 24)


def drawn(**changes: object) -> Drawn:
    return replace(Drawn(START, STORED, DIRECT, OUTDOOR, None, None, None, True), **changes)  # type: ignore[arg-type]


def taken(stored: float, direct: float, made: Drawn) -> Taken:
    """Return what a plant took: so much per kWh out of the store and straight from the source, all of it heat too."""
    spent = stored * made.store_kwh + direct * made.direct_kwh
    heat = made.store_kwh + made.direct_kwh + spent
    return Taken(0.0, spent / heat, heat, spent)


def test_the_meters_tell_the_ratio_where_days_differ() -> None:
    made = drawn()
    found, text = ratio_of(taken(0.4, 0.2, made), made, 1)
    assert (found.value, found.low, found.high) == pytest.approx((2.0, 2.0, 2.0))
    assert text == "en kWh ur lagret tar 2,00 gånger så mycket el som en direkt ur källan, enligt mätarna (2,00-2,00)"


def test_both_kinds_together_take_what_the_meter_shows_in_every_month() -> None:
    made = drawn()
    spent = taken(0.4, 0.2, made)
    found = split(spent, made, MONTHS, 1, has_heat_pump=True)
    assert found.per_draw == pytest.approx(0.4) and found.per_direct == pytest.approx(0.2)
    together = found.per_draw * STORED + found.per_direct * DIRECT
    assert together.sum() == pytest.approx(spent.net_kwh.sum())


def test_temperatures_tell_the_ratio_where_the_meters_do_not() -> None:
    """Supply 45 °C, store 5 °C, source 25 °C where nothing is drawn from the store: lifts of 40 and 20 K, ratio 2."""
    spring = np.arange(N) >= N // 2
    made = drawn(
        store_kwh=np.where(spring, 0.0, 30.0), direct_kwh=np.full(N, 20.0), store_c=np.full(N, 5.0),
        source_c=np.full(N, 25.0), supply_c=np.full(N, 45.0), apart=False,
    )  # fmt: skip
    found, text = ratio_of(taken(0.2, 0.2, made), made, 1)
    error = 0.5 * 2**0.5
    assert found.value == pytest.approx(2.0)
    assert (found.low, found.high) == pytest.approx(((40 - error) / (20 + error), (40 + error) / (20 - error)))
    assert text is not None and "förhållandet mellan temperaturlyften" in text


def test_what_nothing_tells_apart_is_said_and_its_doubt_is_in_the_band() -> None:
    made = drawn(apart=False)
    found, text = ratio_of(taken(0.4, 0.2, made), made, 1)
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.5)
    assert text is not None and text.startswith("varken mätare eller temperaturer skiljer elen")


def test_one_kind_of_heat_has_no_ratio_and_no_words() -> None:
    made = drawn(direct_kwh=np.zeros(N))
    assert ratio_of(taken(0.4, 0.2, made), made, 1)[1] is None


def test_standing_and_charging_are_told_apart_from_delivery() -> None:
    """2 kWh an hour whatever happens, 0.1 per kWh charged, 0.25 per kWh delivered: by least squares, exactly."""
    charge, heat = STORED, DIRECT
    found = taken_by(MONTHS, START, 2 + 0.1 * charge + 0.25 * heat, charge, heat, has_heat_pump=True)
    assert found.per_charge == pytest.approx(0.1)
    assert found.per_heat == pytest.approx(0.25)


def test_a_pump_that_gives_less_than_it_takes_is_refused() -> None:
    with pytest.raises(InsufficientData, match="värmefaktorn blir 0,8, utanför vad fysiken tillåter"):
        taken_by(MONTHS, START, 1.25 * DIRECT, 0 * DIRECT, DIRECT, has_heat_pump=True)


def test_a_small_month_outside_physics_has_the_electricity_of_the_year() -> None:
    """The first month gives a twentieth of the others' heat and seems to take more than that in electricity."""
    first = rows_of(START, MONTHS[0], MONTHS[1])
    heat = DIRECT.copy()
    heat[first] *= 0.05
    spent = 0.25 * heat
    spent[first] = 1.5 * heat[first]
    found = taken_by(MONTHS, START, spent, 0 * heat, heat, has_heat_pump=True)
    # what it takes more is partly read as a constant by least squares: the other months have a little less
    assert found.per_heat == pytest.approx(0.25, rel=0.15)


def test_heat_that_takes_less_electricity_is_taken_first() -> None:
    """One kWh an hour can be delivered, heat at 1 SEK and electricity at 1 SEK: directly it takes 0.25, stored 0.5 kWh.

    Both hours are met straight from the source: 2 · 3 - 2 · 1 + 2 · 0.25 = 4.5 SEK, and the store keeps its kWh.
    """
    start = START[:2]
    plant = Plant(start, 2.0, 1.0, 0.0, np.zeros(2), np.ones(2), 1.0, 0.0, np.ones(2), direct=True)
    ones, nothing = np.ones(2), np.zeros(2)
    heat = Side("fjv", "district_heating", 3 * ones, nothing, -ones, ones)
    power = Side("el", "electricity", nothing, nothing, 0.5 * ones, ones, (), 0.25 * ones)
    found = solve(plant, [heat, power])
    assert found.cost_sek == pytest.approx(4.5)
    assert found.schedule.direct_kwh == pytest.approx([1.0, 1.0]) and found.schedule.draw_kwh.sum() == 0
    done = Schedule(nothing, ones, nothing, nothing)
    assert power.load_kwh(done) == pytest.approx([0.5, 0.5])


def test_a_power_sees_both_kinds_of_heat() -> None:
    """The peak of the electricity is lower by the direct heat that takes less of it."""
    start = START[:2]
    plant = Plant(start, 2.0, 2.0, 0.0, np.zeros(2), np.ones(2), 1.0, 0.0, np.ones(2), direct=True)
    ones, nothing = np.ones(2), np.zeros(2)
    peak = Peak("Effekt", np.array([0, 1]), 1, False, (Level(0.0, np.inf, 0.0, 0.1),))
    heat = Side("fjv", "district_heating", 3 * ones, nothing, -ones, 10 * ones)
    power = Side("el", "electricity", ones, nothing, 0.5 * ones, nothing, (peak,), 0.25 * ones)
    found = solve(plant, [heat, power])
    assert peak.power_kw(power.load_kwh(found.schedule)) == pytest.approx(1.25)
    assert found.cost_sek == pytest.approx(2 * 2 * 10 + 0.1 * 1.25)
