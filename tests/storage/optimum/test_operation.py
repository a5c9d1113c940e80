"""A store's year: what was read off the meters, the bill of better operation, and the gap by cause."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from energy.calendar import add_months
from energy.model import BillingContext, Load, Store, Trend
from energy.storage.optimum.ahead import _carried_out, day_ahead
from energy.storage.optimum.dispatch import cost_of, store_year
from energy.storage.optimum.gap import band_of
from energy.storage.optimum.observed import observe
from energy.storage.optimum.operation import Operation, operate
from energy.storage.optimum.plant import Plant, Schedule, content_of
from energy.storage.optimum.programme import solve
from tests.measures.facility import HEAT, HOURS, POWER, START, column
from tests.storage.world import KEPT, MONTHS, STORE, around, hourly_need, loads

DAY = 24


def test_meters_become_a_plant_and_the_actual_schedule_is_feasible(operation: Operation) -> None:
    assert operation.year is not None
    observed, plant = operation.year.observed, operation.year.plant
    assert observed.cop == pytest.approx(4.0, rel=0.02)
    assert plant.charge_kept == KEPT and plant.capacity_kwh == 150_000
    actual = observed.actual
    assert actual.direct_kwh.sum() == pytest.approx(0.0, abs=1.0)
    assert actual.content_kwh == pytest.approx(content_of(plant, actual.charge_kwh, actual.draw_kwh))
    assert actual.content_kwh.min() > -1e-6 and actual.content_kwh.max() < plant.capacity_kwh + 1e-6
    assert (actual.out_kwh <= plant.draw_kwh + 1e-9).all()
    assert any("verkningsgrad är antagen till 65 %" in note for note in observed.notes)


def test_a_plan_is_carried_out_within_what_the_store_holds() -> None:
    # 5 kWh held, room for 10: what is put in is cut at the brim, so that less can be drawn after it
    plant = Plant(START[:5], 10.0, 5.0, 0.0, np.full(5, 10.0), np.full(5, 10.0), 1.0, 0.0)
    plan = Schedule(np.array([0.0, 10, 0, 10, 0]), np.array([5.0, 0, 10, 0, 10]), np.zeros(5), np.zeros(5))
    plant = replace(plant, draw_kwh=np.array([0.0, 10, 10, 10, 10]))  # nobody needs what the plan draws first
    charge, draw, _ = _carried_out(plant, plan, np.zeros(5))
    assert charge.tolist() == [0.0, 5.0, 0.0, 10.0, 0.0] and draw.tolist() == [0.0, 0.0, 10.0, 0.0, 10.0]
    assert content_of(plant, charge, draw).tolist() == [5.0, 10.0, 0.0, 10.0, 0.0]


def test_the_day_ahead_operation_never_draws_what_is_not_there(operation: Operation) -> None:
    assert operation.year is not None and operation.ahead is not None
    held = content_of(operation.year.plant, operation.ahead.charge_kwh, operation.ahead.draw_kwh)
    assert held.min() > -1e-6 and held.max() < operation.year.plant.capacity_kwh + 1e-6


def test_the_meters_of_the_actual_schedule_are_those_metered(operation: Operation) -> None:
    assert operation.year is not None
    rows = slice(HOURS - 8760, HOURS)
    for side, point in zip(operation.year.sides, (HEAT, POWER), strict=True):
        assert side.load_kwh(operation.year.observed.actual) == pytest.approx(loads()[point].energy_kwh[rows, 0])


def test_prices_at_the_margin_are_those_of_the_lists(operation: Operation) -> None:
    assert operation.year is not None
    heat, power = operation.year.sides
    assert heat.price_sek_per_kwh == pytest.approx(0.6)
    assert power.price_sek_per_kwh == pytest.approx(hourly_need()[1][-8760:])
    (yearly,) = heat.peaks
    assert yearly.n == 3 and yearly.levels[0].sek_per_kw == pytest.approx(1000.0)
    assert len(power.peaks) == 12 and {peak.levels[0].sek_per_kw for peak in power.peaks} == {40.0}


def test_better_operation_is_cheaper_and_foresight_cheapest(operation: Operation) -> None:
    assert operation.optimum is not None and operation.ahead is not None
    best, actual = operation.optimum.cost_sek, operation.optimum.actual_sek
    assert best < operation.ahead_sek < actual
    sides, schedule = operation.year.sides, operation.optimum.schedule  # type: ignore[union-attr]
    own = sum(side.cost_sek(schedule) for side in sides)
    assert own - operation.optimum.left_sek(operation.year, schedule) < sum(  # type: ignore[arg-type]
        side.cost_sek(operation.year.observed.actual)  # type: ignore[union-attr]
        for side in sides
    )
    # lists without bands: the programme's own gap is the bill's
    was = sum(side.cost_sek(operation.year.observed.actual) for side in sides)  # type: ignore[union-attr]
    left = operation.optimum.left_sek(operation.year, schedule)  # type: ignore[arg-type]
    assert was - own + left == pytest.approx(actual - best, abs=5.0)


def test_the_causes_sum_to_the_gap_in_every_draw(operation: Operation) -> None:
    assert operation.optimum is not None
    for gap, cost in ((operation.optimal_gap, operation.optimum.cost_sek), (operation.ahead_gap, operation.ahead_sek)):
        assert gap is not None
        assert np.sum([cause.value_sek for cause in gap.causes], axis=0) == pytest.approx(gap.total_sek)
        assert gap.total_sek[0] == pytest.approx(operation.optimum.actual_sek - cost, abs=0.01)
        found = band_of(gap.total_sek)
        assert found.low <= found.value <= found.high


def test_the_idle_coldest_days_are_found(operation: Operation) -> None:
    # eight idle days at the year's peak: 20 kW is what the plant gives, at least 1 000 kr/kW and year of it is lost
    assert operation.better is not None
    cause = operation.better[1].cause("S2")
    assert cause.value_sek[0] > 10_000
    daily = hourly_need()[0][-8760:].reshape(-1, DAY).mean(axis=1)
    hit = cause.hours.reshape(-1, DAY).any(axis=1)
    assert hit[np.argsort(-daily)[:5]].all()


def test_day_ahead_uses_nothing_that_was_not_known(operation: Operation) -> None:
    """The last month of another future leaves the months before it as they were planned."""
    changed = dict(loads())
    late = np.datetime64("2023-11-30T23") <= START
    changed[HEAT] = Load(HEAT, START, changed[HEAT].energy_kwh + 30.0 * late[:, None])
    billing = BillingContext(spot_sek_per_kwh=np.where(late, 2 * hourly_need()[1], hourly_need()[1]))
    other = around(loads=changed, billing={HEAT: billing, POWER: billing})
    years = [store_year(observe(STORE, other, [add_months(m, -12 * n) for m in MONTHS]), other) for n in (0, 1)]
    found = day_ahead(years[0], years[1], solve(years[1].plant, years[1].sides, circular=True))
    assert operation.ahead is not None
    before = 334 * DAY
    assert found.out_kwh[:before] == pytest.approx(operation.ahead.out_kwh[:before], abs=1e-6)
    assert not np.allclose(found.out_kwh, operation.ahead.out_kwh)


def _without(point: str) -> Any:
    return {key: value for key, value in loads().items() if key != point}


def _hole(point: str, share: float) -> Any:
    changed = dict(loads())
    values = changed[point].energy_kwh.copy()
    values[-int(share * 8760) :] = np.nan
    changed[point] = Load(point, START, values)
    return changed


@pytest.mark.parametrize(
    ("store", "changes", "said"),
    [
        (replace(STORE, charge=()), {}, "ingen mätare för laddad energi, så vad lagret gjorde är okänt"),
        (replace(STORE, discharge=()), {}, "ingen mätare för urladdad energi, så vad lagret gjorde är okänt"),
        (STORE, {"loads": _without("in")}, "mätpunkt in har inga mätvärden"),
        (STORE, {"loads": _hole("ut", 0.3)}, "bara 70 % av timmarna"),
        (replace(STORE, electricity=()), {}, "värmepumpens el mäts inte"),
        (replace(STORE, commissioned=date(2023, 6, 1)), {}, "togs i drift 2023-06-01"),
        (replace(STORE, capacity_kwh=10_000.0), {}, "svängning på .* men lagret uppges rymma 10\u00a0000 kWh"),
        (STORE, {"contracts": []}, "ingen fjärrvärmemätare med avtal"),
        (STORE, {"billing": {}}, "spotpris 2023-01 kan inte prissättas"),
        (STORE, {"price_lists": []}, "prislista saknas"),
    ],
)
def test_what_cannot_be_known_is_told_and_gives_no_figure(store: Store, changes: dict[str, Any], said: str) -> None:
    found = operate(store, around(**changes), MONTHS, 5, 1)
    assert found.reason is not None and found.optimum is None and found.better is None
    assert np.isnan(found.gain(found.optimal_gap).value)
    assert found.reason.startswith("kan inte bedömas: ")
    import re

    assert re.search(said, found.reason), found.reason


def test_a_coefficient_of_performance_outside_physics_is_told() -> None:
    changed = dict(loads())
    changed["vp"] = Load("vp", START, changed["ut"].energy_kwh * 1.2)
    found = operate(STORE, around(loads=changed), MONTHS, 5, 1)
    assert found.reason is not None and "värmefaktorn 0,83 är mindre än 1" in found.reason


def test_without_the_year_before_there_is_no_day_ahead_but_a_reason() -> None:
    found = operate(replace(STORE, commissioned=date(2022, 3, 1)), around(), MONTHS, 5, 1)
    assert found.optimum is not None and found.ahead is None and found.better is not None
    assert found.ahead_reason is not None and "av året före" in found.ahead_reason
    assert np.isnan(found.gain(found.ahead_gap).value)


def test_gaps_rest_the_store_and_are_told() -> None:
    found = observe(STORE, around(loads=_hole("kyl", 0.05)), MONTHS)
    assert found.unknown_hours == int(0.05 * 8760)
    assert found.plant.draw_kwh[-100:].sum() == 0 and found.plant.charge_kwh[-100:].sum() == 0
    assert "438 timmar saknar mätvärde" in found.notes[0]


def test_unknown_powers_and_capacity_are_read_off_the_meters_and_told() -> None:
    bare = replace(STORE, capacity_kwh=None, charge_kw=None, discharge_kw=None)
    found = observe(bare, around(), MONTHS)
    swing = float(np.ptp(np.concatenate(([0.0], np.cumsum(0.65 * found.actual.charge_kwh - found.actual.draw_kwh)))))
    assert found.plant.capacity_kwh == pytest.approx(swing)
    assert found.plant.charge_kwh.max() == 40.0
    assert sum("inte uppgiven" in note for note in found.notes) == 3


def test_the_store_s_own_temperature_tells_its_content_and_losses() -> None:
    warm = np.linspace(10.0, 10.0 + 1.0 * HOURS / 8760, HOURS)  # one kelvin warmer a year
    store = replace(STORE, temperature_points=("t",), heat_capacity_kwh_per_k=6000.0, lowest_c=5.0, highest_c=60.0)
    trend = Trend("t", "t", "store_temperature_c", "°C", None, None, warm)
    found = observe(store, around(trends={"t": trend}), MONTHS)
    drawn, into = (float(loads()[point].energy_kwh.sum()) for point in ("borr", "in"))  # of both years, two kelvin
    assert found.plant.charge_kept == pytest.approx((drawn + 12_000.0) / into, rel=0.01)
    assert found.plant.start_kwh == pytest.approx(6000.0 * (11.0 - 5.0), rel=0.01)


def test_a_battery_is_the_same_programme() -> None:
    """Full at night and empty by day, every day, at 90 %: the bill moves by what the prices say."""
    hour = np.arange(HOURS) % DAY
    charge, out = np.where(hour == 2, 10.0, 0.0), np.where(hour == 12, 9.0, 0.0)
    base = np.full(HOURS, 50.0)
    made = {POWER: base + charge - out, "bin": charge, "but": out}
    store = Store("b", "prov", "Batteriet", "battery", date(2021, 1, 1), ("bin",), ("but",), capacity_kwh=9.0)
    facility = around(loads={p: Load(p, START, column(v)) for p, v in made.items()}, carriers={POWER: "electricity"})
    year = store_year(observe(store, facility, MONTHS), facility)
    assert year.plant.charge_kept == pytest.approx(0.9) and len(year.sides) == 1
    assert year.sides[0].base_kwh == pytest.approx(50.0)
    resting = cost_of(year, [year.sides[0].base_kwh[:, None]])[0]
    actual = cost_of(year, [year.sides[0].load_kwh(year.observed.actual)[:, None]])[0]
    spot = hourly_need()[1][-8760:].reshape(-1, DAY)
    powers = 40.0 * (10.0 * 12)  # charged in one hour, so that every month's peak is 10 kW higher
    assert actual - resting == pytest.approx(10 * spot[:, 2].sum() - 9 * spot[:, 12].sum() + powers)


def test_a_battery_that_gives_more_than_it_takes_is_told() -> None:
    flat = np.full(HOURS, 5.0)
    store = Store("b", "prov", "Batteriet", "battery", date(2021, 1, 1), ("bin",), ("but",), capacity_kwh=9.0)
    made = {POWER: flat * 10, "bin": flat, "but": flat * 1.2}
    facility = around(loads={p: Load(p, START, column(v)) for p, v in made.items()}, carriers={POWER: "electricity"})
    found = operate(store, facility, MONTHS, 5, 1)
    assert found.reason is not None and "mätarna motsäger varandra" in found.reason
