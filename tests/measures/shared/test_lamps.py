"""What lamps give in heat and ask for in cold, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.measures import MeasureContext
from energy.measures.shared.lamps import heat_beside, heat_of_lamps
from energy.model import Facts
from tests.measures.facility import HEAT, HOURS, POWER
from tests.measures.operation.plant import plant

LESS = np.full((HOURS, 1), 10.0)


def house(outdoors: float, **more: object) -> MeasureContext:
    power = {"l": ("lighting", np.full(HOURS, 20.0)), "km": ("ice_plant", np.full(HOURS, 100.0))}
    cold = np.full(HOURS, outdoors)
    return replace(plant(power, temperature=cold, **more), draws=0)  # type: ignore[arg-type]


def test_in_the_cold_three_quarters_of_the_heat_is_missed() -> None:
    # an ice plant stands there, and where its rejected heat is not metered 60 % of a need is bought (`bought_unknown`);
    # the rest is lifted, 4,5 kWh of heat per kWh
    bought, lifted = heat_of_lamps(house(0.0), LESS)
    assert (bought.point, lifted.point) == (HEAT, POWER)
    assert bought.amount[0, 0] == pytest.approx(-10 * 0.75 * 0.6)
    assert lifted.amount[0, 0] == pytest.approx(-10 * 0.75 * 0.4 / 4.5)
    assert all(fall.amount[0, 0] == 0 for fall in heat_of_lamps(house(20.0), LESS))


def test_no_more_is_missed_than_the_rooms_lose() -> None:
    # 2 K below the balance temperature 1000 m² lose 2 kW: of the 7,5 kW the lamps gave, 5,5 were surplus
    mild = house(10.0, facts=Facts(area_m2=1000.0))
    assert heat_of_lamps(mild, LESS)[0].amount[0, 0] == pytest.approx(-2.0 * 0.6)
    cold = house(0.0, facts=Facts(area_m2=1000.0))
    assert heat_of_lamps(cold, LESS)[0].amount[0, 0] == pytest.approx(-10 * 0.75 * 0.6)


def test_over_ice_the_plant_carries_away_less() -> None:
    # a third of the floor is ice, 1,1 times as much light on it: 36,7 % of 10 kW, 60 % of that lands on the ice, and
    # cold takes 1,07 / 2,9 of it in electricity
    ice = house(20.0, facts=Facts(area_m2=5400.0, ice_area_m2=1800.0), ice_season=np.ones(HOURS))
    plants = [fall for fall in heat_of_lamps(ice, LESS) if fall.point == "km"]
    assert [fall.amount[0, 0] for fall in plants] == pytest.approx([10 * 1.1 / 3 * 0.6 * 1.07 / 2.9])
    melted = replace(ice, ice_season=np.zeros(HOURS))
    assert not any(fall.point == "km" for fall in heat_of_lamps(melted, LESS))


def test_other_uses_give_nothing_beside() -> None:
    context = house(0.0)
    assert heat_beside(context, "km", LESS) == []
    assert len(heat_beside(context, "l", LESS)) == 2
