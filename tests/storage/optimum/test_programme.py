"""The linear programme on cases of two to four hours solved by hand, and on properties of random ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from energy.errors import InsufficientData
from energy.model import Floats
from energy.storage.optimum.plant import Level, Peak, Plant, Schedule, Side, content_of
from energy.storage.optimum.programme import solve

T0 = np.datetime64("2023-01-01T00:00:00")
ONE_PRICE = (Level(0.0, np.inf, 0.0, 10.0),)


def row(*values: float) -> Floats:
    return np.array(values, np.float64)


def plant(n: int, **changes: Any) -> Plant:
    made = Plant(T0 + np.arange(n) * np.timedelta64(3600, "s"), 2.0, 0.0, 0.0, np.ones(n), np.ones(n), 1.0, 0.0)
    return replace(made, **changes)


def battery(price: Floats, load: Floats, *peaks: Peak) -> Side:
    return Side("el", "electricity", load, np.ones(len(load)), -np.ones(len(load)), price, peaks)


def test_a_battery_buys_cheap_and_sells_dear_less_its_losses() -> None:
    # two cheap hours fill 1.8 kWh at 90 %, which leave at 3 kr: 16 kr of load + 2 of charge - 1.8·3
    found = solve(plant(4, charge_kept=0.9), [battery(row(1, 1, 3, 3), row(2, 2, 2, 2))])
    assert found.schedule.charge_kwh.tolist() == [1, 1, 0, 0]
    assert found.schedule.draw_kwh.sum() == pytest.approx(1.8)
    assert found.cost_sek == pytest.approx(2 + 2 + 6 + 6 + 2 * 1 - 1.8 * 3)
    assert found.schedule.stored_sek_per_kwh == pytest.approx([3, 3, 3, 3])


def test_nothing_is_moved_where_the_loss_is_greater_than_the_price_gap() -> None:
    found = solve(plant(2, charge_kept=0.5), [battery(row(1, 1.9), row(2, 2))])
    assert found.schedule.charge_kwh.sum() == 0 and found.cost_sek == pytest.approx(2 + 3.8)


def test_a_single_peak_is_shaved_from_the_hour_before() -> None:
    # 10 kr/kW on the highest hour, 1 kr/kWh: 1 kWh moved from 6 to 2 leaves a peak of 5
    peak = Peak("Effekt", np.zeros(3, np.int64), 1, False, ONE_PRICE)
    side = battery(row(1, 1, 1), row(2, 6, 2), peak)
    found = solve(plant(3), [side])
    assert side.load_kwh(found.schedule).max() == pytest.approx(5.0)
    assert found.cost_sek == pytest.approx(10 + 50) == pytest.approx(side.cost_sek(found.schedule))


def test_the_mean_of_the_two_highest_is_that_of_the_two_highest() -> None:
    # loads 3 5 6 3, one kWh may leave the store: the two highest sum to 10 instead of 11, the mean is 5
    peak = Peak("Effekt", np.arange(4), 2, True, ONE_PRICE)
    side = battery(row(0, 0, 0, 0), row(3, 5, 6, 3), peak)
    made = plant(4, capacity_kwh=1.0, start_kwh=1.0, charge_kwh=np.zeros(4))
    found = solve(made, [side])
    assert found.cost_sek == pytest.approx(50.0) == pytest.approx(side.cost_sek(found.schedule))


def test_a_power_already_billed_is_not_worth_lowering() -> None:
    peak = Peak("Effekt", np.zeros(2, np.int64), 1, False, ONE_PRICE, so_far_kw=6.0)
    made = plant(2, start_kwh=1.0, end_kwh=1.0, charge_kept=0.9)
    found = solve(made, [battery(row(1, 1), row(2, 6), peak)])
    assert found.schedule.draw_kwh.sum() == pytest.approx(0.0)


def test_heat_is_bought_instead_where_electricity_over_cop_is_dearer() -> None:
    # COP 4: one kWh drawn gives 4/3 heat and takes 1/3 electricity. Heat 0.4, electricity 1.2 then 2.0 kr/kWh:
    # gain 4/3·0.4 - 1/3·1.2 = 0.133 in the first hour, -0.133 in the second
    gone = np.full(2, -4 / 3)
    heat = Side("v", "district_heating", row(5, 5), np.zeros(2), gone, row(0.4, 0.4))
    power = Side("e", "electricity", row(9, 9), np.zeros(2), np.full(2, 1 / 3), row(1.2, 2.0))
    made = plant(2, start_kwh=2.0, source_kwh=np.zeros(2))
    found = solve(made, [heat, power])
    assert found.schedule.draw_kwh == pytest.approx([1.0, 0.0])


def test_what_goes_past_the_store_shares_the_source_with_the_charge() -> None:
    gone = np.full(2, -1.0)
    heat = Side("v", "district_heating", row(5, 5), np.zeros(2), gone, row(1.0, 3.0))
    made = plant(2, source_kwh=row(1.0, 0.0), direct=True)
    found = solve(made, [heat])
    assert found.schedule.charge_kwh == pytest.approx([1.0, 0.0])  # kept for the dearer hour, not used at once
    assert found.schedule.draw_kwh == pytest.approx([0.0, 1.0]) and found.schedule.direct_kwh.sum() == 0.0


def test_what_is_left_at_the_end_has_the_worth_it_is_given() -> None:
    side = battery(row(1, 1), row(2, 2))
    assert solve(plant(2, start_kwh=1.0), [side], left=[(2.0, 5.0)]).schedule.content_kwh[-1] == pytest.approx(2.0)
    assert solve(plant(2, start_kwh=1.0), [side], left=[(2.0, 0.5)]).schedule.content_kwh[-1] == pytest.approx(0.0)


def test_a_store_that_loses_what_it_holds_is_charged_late() -> None:
    found = solve(plant(3, loss_per_hour=0.1), [battery(row(1, 1, 3), row(2, 2, 2))])
    # the last hour draws 1 kWh: 1/0.9 must be there before it, 1 put in the hour before and the rest one hour earlier
    assert found.schedule.charge_kwh == pytest.approx([0.1 / 0.81, 1.0, 0.0])
    assert found.schedule.content_kwh == pytest.approx(
        content_of(plant(3, loss_per_hour=0.1), found.schedule.charge_kwh, found.schedule.draw_kwh)
    )


@pytest.mark.parametrize("seed", range(4))
def test_energy_is_conserved_bounds_are_kept_and_no_feasible_schedule_is_cheaper(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 24 * 12
    item = np.repeat(np.arange(n // 24), 24)
    peaks = (Peak("Dygn", item, 3, True, ONE_PRICE), Peak("Timme", item // 4, 1, False, ONE_PRICE))
    side = battery(rng.uniform(0.2, 2.0, n), rng.uniform(4.0, 8.0, n), *peaks)
    made = plant(n, capacity_kwh=6.0, start_kwh=3.0, end_kwh=3.0, charge_kept=0.9, loss_per_hour=0.001)
    found = solve(made, [side])
    own = found.schedule
    assert own.content_kwh == pytest.approx(content_of(made, own.charge_kwh, own.draw_kwh), abs=1e-6)
    assert own.content_kwh.min() > -1e-6 and own.content_kwh.max() < 6 + 1e-6 and own.content_kwh[-1] > 3 - 1e-6
    for flow in (own.charge_kwh, own.draw_kwh):
        assert flow.min() >= 0 and flow.max() <= 1 + 1e-6
    assert found.cost_sek == pytest.approx(side.cost_sek(own), rel=1e-6)
    for _ in range(20):
        charge, draw = rng.uniform(0, 0.05, n), rng.uniform(0, 0.02, n)
        other = Schedule(charge, draw, np.zeros(n), content_of(made, charge, draw))
        assert other.content_kwh.min() >= 0 and other.content_kwh.max() <= 6 and other.content_kwh[-1] >= 3
        assert side.cost_sek(other) >= found.cost_sek - 1e-6
    relaxed = solve(replace(made, capacity_kwh=60.0, charge_kwh=2 * made.charge_kwh, loss_per_hour=0.0), [side])
    assert relaxed.cost_sek <= found.cost_sek + 1e-6  # a wider store is never dearer


def test_a_large_store_is_the_same_solved_by_days_and_by_hours() -> None:
    rng = np.random.default_rng(3)
    n = 24 * 20
    side = battery(rng.uniform(0.2, 2.0, n), np.full(n, 5.0))
    large = plant(n, capacity_kwh=300.0, start_kwh=40.0, end_kwh=40.0, charge_kept=0.95, loss_per_hour=1e-4)
    by_days = solve(large, [side])
    by_hours = solve(replace(large, capacity_kwh=239.0), [side])  # below ten days of its greatest flow
    assert by_days.schedule.content_kwh.max() < 239.0
    assert by_days.cost_sek == pytest.approx(by_hours.cost_sek, rel=1e-9)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"capacity_kwh": 0.0}, "kapacitet är okänd"),
        ({"start_kwh": 3.0}, "ryms inte i kapaciteten"),
        ({"end_kwh": 3.0}, "ska finnas kvar"),
        ({"charge_kept": 1.2}, "verkningsgrad"),
        ({"draw_kwh": np.array([np.nan, 1.0])}, "inte tal"),
        ({"end_kwh": 2.0, "charge_kwh": np.array([0.5, 0.5])}, "ingen drift ryms"),
    ],
)
def test_contradictions_are_told_in_swedish(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InsufficientData, match=f"kan inte bedömas.*{said}"):
        solve(plant(2, **changes), [battery(row(1, 1), row(2, 2))])


def test_a_ceiling_that_cannot_be_kept_is_told() -> None:
    peak = Peak("Effekt", np.zeros(2, np.int64), 1, False, (Level(0.0, 1.0, 0.0, 1.0),))
    with pytest.raises(InsufficientData, match="effekt kan inte hållas under 1 kW"):
        solve(plant(2), [battery(row(1, 1), row(5, 5), peak)])


def test_nothing_is_written_to_standard_output(capfd: pytest.CaptureFixture[str]) -> None:
    solve(plant(2), [battery(row(1, 2), row(2, 2))])
    assert capfd.readouterr().out == ""
