"""Treatments of the event ledger on loads that can be counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from energy.calendar import Instants
from energy.model import Floats, Load
from energy.savings.baselines.changes import effects_of
from energy.savings.saved.adjustments import Treatment, adjusted, columns, excluded, stops, touches_training
from energy.savings.saved.cells import Cell
from energy.savings.saved.counterfactual import Counterfactual
from energy.savings.saved.nonroutine import difference
from tests.savings.baselines.test_changes import HOUR, START, residuals

TRAIN = (START - 365 * 24 * HOUR, START)
DRAWS = 400


def row(how: str, first: int, last: int, **said: object) -> Treatment:
    """Return a treatment of the days [first, last) after the start."""
    start, end = START + first * 24 * HOUR, START + last * 24 * HOUR
    base = Treatment(f"{how}{first}", how, start, end, None, "orsak", "controllern")
    return replace(base, **said)  # type: ignore[arg-type]


def flat(days: int = 60, actual: float = 80.0, expected: float = 100.0) -> tuple[Counterfactual, Floats]:
    """Return a meter of 80 kWh an hour whose baseline says 100, all of it the reporting period, and what it says."""
    hours = START + np.arange(days * 24) * HOUR
    metered = Load("m", hours, np.full((len(hours), 1), actual), np.full((len(hours), 1), 4.0))
    drawn = Load("m", hours, np.full((len(hours), DRAWS), expected), np.full((len(hours), DRAWS), 5.0))
    whole, none = np.ones(len(hours), dtype=bool), np.zeros(len(hours), dtype=bool)
    return Counterfactual(metered, drawn, whole, none, None), np.full(len(hours), expected)


def test_a_stated_percentage_takes_every_quantity_in_its_hours_only() -> None:
    found, expected = flat()
    stated = row("engineering", 10, 20, value=-25.0, unit="percent", uncertainty=0.0)
    after, (applied,) = adjusted(found, expected, [stated], TRAIN, 1)
    inside = stated.inside(after.actual.start_utc)
    assert after.load.energy_kwh[inside] == pytest.approx(75.0)
    assert after.load.energy_kwh[~inside] == pytest.approx(100.0)
    assert after.load.volume_m3 is not None and after.load.volume_m3[inside] == pytest.approx(3.75)
    assert after.actual.energy_kwh[inside] == pytest.approx(80.0)
    # 10 days x 24 h x 25 kWh = 6 MWh less is avoided
    assert (found.load.energy_kwh - after.load.energy_kwh).sum(axis=0) == pytest.approx(6000.0)
    assert (applied.effect, applied.sd) == (-0.25, 0.0)


def test_a_stated_energy_per_day_is_spread_as_the_load_is() -> None:
    found, expected = flat()
    stated = row("engineering", 0, 5, value=480.0, unit="kwh_per_day", uncertainty=0.0)
    after, (applied,) = adjusted(found, expected, [stated], TRAIN, 1)
    assert after.load.energy_kwh[: 5 * 24] == pytest.approx(120.0)  # 2 400 + 480 kWh a day
    assert applied.effect == pytest.approx(0.2)


def test_stated_energy_is_that_energy_in_every_draw() -> None:
    """500 ± 100 kWh a day of 28 days is 14 000 ± 2 800 kWh, however much the draws differ among themselves."""
    found, expected = flat()
    level = np.linspace(0.7, 1.3, DRAWS)
    found = replace(found, load=replace(found.load, energy_kwh=found.load.energy_kwh * level))
    stated = row("engineering", 5, 33, value=500.0, unit="kwh_per_day", uncertainty=100.0)
    after, _ = adjusted(found, expected, [stated], TRAIN, 1)
    added = (after.load.energy_kwh - found.load.energy_kwh).sum(axis=0)
    assert added.mean() == pytest.approx(14_000, rel=1e-6)
    assert 1.6449 * added.std() == pytest.approx(2_800, rel=0.1)


def test_the_uncertainty_is_one_number_a_draw_and_does_not_average_out() -> None:
    found, expected = flat()
    stated = row("engineering", 10, 40, value=-25.0, unit="percent", uncertainty=10.0)
    after, _ = adjusted(found, expected, [stated], TRAIN, 1)
    total = after.load.energy_kwh.sum(axis=0)
    assert total.mean() == pytest.approx(144_000 - 18_000, rel=1e-3)
    assert total.std() == pytest.approx(72_000 * 0.10 / 1.6449, rel=0.1)
    again, _ = adjusted(found, expected, [row("exclude", 50, 51), stated], TRAIN, 1)
    assert (again.load.energy_kwh == after.load.energy_kwh).all()  # other rows do not move the numbers
    gone = row("engineering", 0, 60, value=-100.0, unit="percent", uncertainty=50.0)
    assert (adjusted(found, expected, [gone], TRAIN, 1)[0].load.energy_kwh >= 0).all()


def test_excluded_hours_and_carriers() -> None:
    hours = START + np.arange(48) * HOUR
    one, other = row("exclude", 0, 1), row("exclude", 1, 2, carrier="electricity")
    assert excluded([one, other], hours).all()
    assert other.concerns("electricity") and not other.concerns("district_heating") and one.concerns("district_heating")
    assert touches_training(row("exclude", -5, -3), TRAIN) and not touches_training(one, TRAIN)


def test_each_event_of_the_training_has_a_column_of_its_own_unless_it_has_a_group() -> None:
    hours = START + np.arange(-100 * 24, 10 * 24) * HOUR
    rows = [row("indicator", -90, -80), row("indicator", -60, -50, group="p"), row("indicator", -20, -10, group="p"),
            row("indicator", 2, 4)]  # fmt: skip
    found = columns(rows, hours, TRAIN)
    assert sorted(found) == ["event:indicator-90", "event:p"]
    assert found["event:p"].sum() == 480 and found["event:indicator-90"].sum() == 240


def test_rebaselining_stops_at_its_first_row_after_the_start() -> None:
    rows = [row("rebaseline", 30, 31), row("rebaseline", 20, 21), row("rebaseline", -3, -2)]
    assert stops(rows, START) is rows[1]
    assert stops([rows[2]], START) is None


def reporting(effect: float, first: int, last: int, seed: int = 3) -> tuple[Counterfactual, Floats, Instants]:
    """Return two years of a meter that saves 30 % and in the days [first, last) uses `effect` more still."""
    hours, level, expected = residuals(104, seed, memory_sd=0.02)
    inside = (hours >= START + first * 24 * HOUR) & (hours < START + last * 24 * HOUR)
    metered = 0.7 * level * np.where(inside, 1 + effect, 1.0)
    whole, none = np.ones(len(hours), dtype=bool), np.zeros(len(hours), dtype=bool)
    load = Load("m", hours, np.repeat(expected[:, None], DRAWS, axis=1))
    return Counterfactual(Load("m", hours, metered[:, None]), load, whole, none, None), expected, hours


def test_an_event_that_training_never_saw_is_estimated_from_the_reporting_period() -> None:
    found, expected, hours = reporting(-0.4, 300, 360)
    event = row("indicator", 300, 360)
    after, (applied,) = adjusted(found, expected, [event], TRAIN, 1)
    assert applied.effect is not None and applied.sd is not None
    assert applied.effect == pytest.approx(-0.4, abs=2 * applied.sd)
    assert 0.005 < applied.sd < 0.08
    inside = event.inside(hours)
    assert after.load.energy_kwh[inside].mean() == pytest.approx(100 * (1 + applied.effect), rel=0.01)
    # the closure saves nothing for the project: it still saves 30 % of what would have been used
    saved = 1 - after.actual.energy_kwh[inside].sum() / after.load.energy_kwh[inside].mean(axis=1).sum()
    assert saved == pytest.approx(0.3, abs=0.06)


def test_an_event_too_short_to_estimate_is_excluded_and_says_so() -> None:
    found, expected, hours = reporting(-0.4, 300, 307)
    event = row("indicator", 300, 307)
    after, (applied,) = adjusted(found, expected, [event], TRAIN, 1)
    inside = event.inside(hours)
    assert applied.effect is None and "uteslutna" in applied.remark
    assert after.excluded[inside].all() and not after.excluded[~inside].any()
    assert (after.load.energy_kwh[inside] == after.actual.energy_kwh[inside]).all()


def test_events_are_estimated_together() -> None:
    hours, level, expected = residuals(120, 5, memory_sd=0.02)
    windows = {n: (hours >= START + a * 24 * HOUR) & (hours < START + b * 24 * HOUR)
               for n, a, b in (("a", 100, 170), ("b", 400, 500))}  # fmt: skip
    metered = level * np.where(windows["a"], 0.6, 1.0) * np.where(windows["b"], 1.2, 1.0)
    found = effects_of(hours, metered, expected, windows)
    assert found["a"].share == pytest.approx(-0.4, abs=2.5 * found["a"].sd)
    assert found["b"].share == pytest.approx(0.2, abs=2.5 * found["b"].sd)
    assert effects_of(hours[:0], metered[:0], expected[:0], {}) == {}
    assert effects_of(hours, metered, expected, {"all": np.ones(len(hours), dtype=bool)}) == {}


def test_differences_sum_over_what_both_states_can_tell() -> None:
    month, later = date(2022, 1, 1), date(2022, 2, 1)

    def cells(energy: float, cost: float, reason: str | None = None) -> list[Cell]:
        return [
            Cell("m", "district_heating", month, None, 70.0, np.array([energy, energy + 2])),
            Cell("m", "district_heating", month, "energy", 50.0, np.array([cost, cost])),
            Cell("m", "district_heating", month, "flow", 5.0, np.array([9.0, 9.0]), reason),
            Cell("m", "district_heating", later, None, 70.0, np.array([500.0, 500.0])),
        ]

    found = difference(cells(100.0, 80.0, "okänd"), cells(90.0, 72.0), [month])
    assert (found.energy_kwh.value, found.cost_sek.value) == (-10.0, -8.0)
    assert (found.energy_kwh.low, found.energy_kwh.high) == (-10.0, -10.0)
    nothing = difference(cells(100.0, 80.0), cells(90.0, 72.0), [date(2023, 1, 1)])
    assert nothing.energy_kwh.reason is not None and np.isnan(nothing.energy_kwh.value)
