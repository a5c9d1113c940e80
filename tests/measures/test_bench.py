"""The test bench itself, on few facilities: faults cost what they cost, rules are scored as told."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from tests.measure_bench.faults import FAULTS, Fault
from tests.measure_bench.page import page
from tests.measure_bench.score import COLUMNS, NONE, false_flags, flagged, known_rules, summary, without_fault
from tests.measure_bench.world import HEAT, POWER, World

RULE = "high_return_temperature"
SEEDS = (1, 2)


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    """Two sound facilities, and a warm return in each, for one rule."""
    rule, fault = known_rules()[RULE], next(f for f in FAULTS if f.name == "warm_return")
    found = [row for seed in SEEDS for row in (*without_fault([rule], seed), *flagged(rule, fault, seed))]
    return pl.DataFrame(found, schema=COLUMNS)


@pytest.fixture(scope="module")
def well() -> World:
    return World.well(2)


def test_a_sound_facility_is_the_same_every_time_and_its_meters_agree(well: World) -> None:
    again = World.well(2)
    assert again.cost_sek() == well.cost_sek() > 1e6
    for point in (HEAT, POWER):
        assert np.array_equal(again.loads[point].energy_kwh, well.loads[point].energy_kwh)
    context = well.context()
    for main in (HEAT, POWER):
        children = [p for p, parent in context.parents.items() if parent == main]
        parts = np.sum([context.loads[p].energy_kwh for p in children], axis=0)
        assert (parts <= context.loads[main].energy_kwh + 1e-6).all(), main
    assert all(
        np.isfinite(load.energy_kwh).all() for p, load in context.loads.items() if context.carriers[p] != "water"
    )


def test_faults_are_told_apart_and_each_is_stronger_step_by_step() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    for fault in FAULTS:
        steps = list(fault.strengths)
        assert len(set(steps)) == 3 and steps in (sorted(steps), sorted(steps, reverse=True)), fault.name
        assert fault.change.__doc__ and fault.code[0] in "TOS", fault.name


@pytest.mark.parametrize(
    "fault", [f for f in FAULTS if f.name in ("left_on_at_night", "recovery_lost")], ids=lambda f: f.name
)
def test_a_fault_costs_more_the_stronger_it_is(well: World, fault: Fault) -> None:
    costs = [fault.change(well, strength).cost_sek() for strength in fault.strengths]
    assert well.cost_sek() < costs[0] < costs[1] < costs[2]


def test_the_scores_are_those_of_the_rows(rows: pl.DataFrame) -> None:
    faults = rows.filter(pl.col("fault") != NONE)
    assert faults.height == 3 * len(SEEDS)
    assert (faults["true_sek"] > 0).all()
    summed = summary(rows)
    strongest = faults.filter(step=3)
    assert summed["flagged"][-1] == strongest["value_sek"].is_not_null().mean() == 1.0
    held = [low <= true <= high for low, true, high in strongest.select("low_sek", "true_sek", "high_sek").iter_rows()]
    assert summed["inside"][-1] == sum(held) / len(SEEDS)
    assert false_flags(rows)["seeds"].to_list() == [len(SEEDS)]


def test_the_page_tells_rows_that_fell_short() -> None:
    told = {"rule": RULE, "fault": "warm_return", "true_sek": 100.0, "confidence": "hög"}
    wide = [told | {"step": 1, "seed": s, "value_sek": 90.0, "low_sek": 10.0, "high_sek": 200.0} for s in range(10)]
    good = [told | {"step": 2, "seed": s, "value_sek": 90.0, "low_sek": 80.0, "high_sek": 110.0} for s in range(10)]
    unseen = [{"rule": RULE, "fault": "warm_return", "step": 3, "seed": s, "true_sek": 100.0} for s in range(10)]
    false = [told | {"fault": NONE, "step": 0, "seed": 1, "true_sek": 0.0, "value_sek": 5.0, "low_sek": 4.0}]
    text = page(pl.DataFrame([*wide, *good, *unseen, *false], schema=COLUMNS))
    lines = [line for line in text.splitlines() if line.startswith("| T4 warm_return")]
    assert [line.split("|")[-2].strip() for line in lines] == ["no", "yes", "no"]
    assert "**1.00 of high" in text
    assert "1 of 3 rows" in text
    scarce = page(pl.DataFrame([row for row in good if row["seed"] < 3], schema=COLUMNS))
    assert "0 of 1 rows" in scarce and "| few seeds |" in scarce
