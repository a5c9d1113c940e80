"""Holes in the meters that are billed: filled by a stated rule where they are few, refused where they are many."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.errors import InsufficientData
from energy.model import Floats, Load
from energy.storage.optimum.around import filled
from energy.storage.optimum.dispatch import cost_of, store_year
from energy.storage.optimum.observed import observe
from energy.storage.optimum.operation import operate
from tests.measures.facility import HEAT, HOURS, POWER, START, column
from tests.storage.world import MONTHS, STORE, around, loads

WEEK = 168
YEAR = slice(HOURS - 8760, HOURS)
AT = HOURS - 20 * WEEK  # an hour of the year, far from both ends


def energy() -> Floats:
    """Return 10 kWh an hour, but 8, 12, 9 and 13 in the same hour of the weeks around `AT`, which itself is unknown."""
    found = np.full(HOURS, 10.0)
    found[[AT - 2 * WEEK, AT - WEEK, AT + WEEK, AT + 2 * WEEK]] = 8.0, 12.0, 9.0, 13.0
    found[AT] = np.nan
    return found


def test_an_unknown_hour_is_the_mean_of_the_same_hour_of_the_weeks_around_it_and_told() -> None:
    found, note = filled(Load("el", START, column(energy())), YEAR, "el")
    assert found.energy_kwh[AT - YEAR.start, 0] == pytest.approx(10.5)  # (8 + 12 + 9 + 13) / 4
    assert found.energy_kwh.shape == (8760, 1) and np.isfinite(found.energy_kwh).all()
    assert note == (
        "mätaren el saknar värde i 1 av årets timmar: de räknas i alla drifter som medlet av samma timme en och två "
        "veckor före och efter, 10 kWh"
    )


def test_what_follows_the_energy_is_filled_at_its_months_share() -> None:
    """0.02 m³ a kilowatt-hour in the month, so 0.21 m³ with the 10.5 kWh of the unknown hour."""
    values = energy()
    load = Load("fjv", START, column(values), volume_m3=column(0.02 * values))
    found, _ = filled(load, YEAR, "fjv")
    assert found.volume_m3 is not None
    assert found.volume_m3[AT - YEAR.start, 0] == pytest.approx(0.21)


def test_nothing_is_said_where_nothing_is_filled() -> None:
    found, note = filled(Load("el", START, column(np.full(HOURS, 4.0))), YEAR, "el")
    assert note is None and found.energy_kwh.sum() == 4 * 8760


def test_many_unknown_hours_are_refused_with_their_share() -> None:
    values = np.full(HOURS, 4.0)
    values[-876:] = np.nan
    with pytest.raises(InsufficientData, match=r"bara 90,0 % av timmarna har värde i mätaren el .* minst 95 % krävs"):
        filled(Load("el", START, column(values)), YEAR, "el")


def test_an_hour_that_no_week_around_knows_is_refused() -> None:
    values = np.full(HOURS, 4.0)
    values[AT % WEEK :: WEEK] = np.nan
    with pytest.raises(InsufficientData, match="saknar 52 timmar som inte heller är kända"):
        filled(Load("el", START, column(values)), YEAR, "el")


def holed(point: str, hours: int) -> dict[str, Load]:
    values = loads()[point].energy_kwh[:, 0].copy()
    values[YEAR.start + 4000 : YEAR.start + 4000 + hours] = np.nan
    return {**loads(), point: Load(point, START, column(values))}


@pytest.mark.parametrize("point", [HEAT, POWER])
def test_unknown_hours_of_a_main_meter_cost_what_they_are_filled_with_not_nothing(point: str) -> None:
    """A hundred unknown hours of a main: its bill misses what the filling misses, not their whole energy."""
    whole, less = (
        store_year(observe(STORE, made, MONTHS), made) for made in (around(), around(loads=holed(point, 100)))
    )
    costs = [
        float(cost_of(year, [side.load_kwh(year.observed.actual)[:, None] for side in year.sides])[0])
        for year in (whole, less)
    ]
    assert costs[1] == pytest.approx(costs[0], rel=0.003)  # a hundred hours billed as nothing: 1.2 % less
    assert any("saknar värde i 100 av årets timmar" in note for note in less.observed.notes)


def test_a_main_meter_with_too_many_unknown_hours_is_not_assessed() -> None:
    found = operate(STORE, around(loads=holed(POWER, 500)), MONTHS, 5, 1)
    assert found.optimum is None and found.reason is not None
    assert found.reason.startswith("kan inte bedömas: bara 94,3 % av timmarna har värde i mätaren el")


def test_where_the_heat_need_is_unknown_the_store_rests_in_every_way_of_operating() -> None:
    found = observe(STORE, around(loads=holed(HEAT, 100)), MONTHS)
    rest = slice(4000, 4100)
    assert found.plant.draw_kwh[rest].sum() == 0 and found.plant.charge_kwh[rest].sum() == 0
    assert found.unknown_hours == 100 and replace(found, notes=()).billed[0].energy_kwh[rest].min() > 0
