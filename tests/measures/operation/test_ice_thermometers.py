"""What is not the ice's: the brine of a store's heat pump, and whatever is above the melting point while ice lies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from energy.measures import MeasureContext, MeasureFinding, Silent
from energy.measures.operation import ice_temperature_flat_at_night, ice_too_cold, thick_ice
from energy.model import Store
from tests.measures.facility import HOURS
from tests.measures.operation.plant import only, plant, trend

Rule = Callable[[MeasureContext], Sequence[MeasureFinding | Silent]]
RULES = [ice_temperature_flat_at_night.assess, ice_too_cold.assess, thick_ice.assess]
PUMP = Store("bl", "f", "Borrhålslagret", "borehole", date(2020, 9, 1), source_points=("VP01-GT01",))


def rink(brine_c: float, *stores: Store) -> MeasureContext:
    # flat day and night, and a step of 2 degrees down after a year: every rule would speak if this were the ice's
    values = np.where(np.arange(HOURS) < 365 * 24, brine_c + 2.0, brine_c)
    trends = [trend("brine_temperature_c", values, "fläktrum", "VP01-GT01")]
    made = plant({"km": ("ice_plant", np.full(HOURS, 100.0))}, trends=trends, ice_season=np.ones(HOURS))
    return replace(made, stores=stores)


@pytest.mark.parametrize("assess", RULES)
def test_a_stores_own_point_is_not_the_ices_however_cold(assess: Rule) -> None:
    one = only(assess, rink(-6.0, PUMP))
    assert isinstance(one, Silent) and "VP01-GT01) hör till Borrhålslagret" in one.reason


@pytest.mark.parametrize("assess", RULES)
def test_a_brine_above_the_melting_point_is_not_the_ices(assess: Rule) -> None:
    # half of the hours 14,6 and half 12,6 °C: 13,6 in the middle
    one = only(assess, rink(12.6))
    assert isinstance(one, Silent) and "visar 13,6 °C när isen ligger" in one.reason


def test_a_cold_brine_of_no_store_still_is() -> None:
    assert isinstance(only(ice_temperature_flat_at_night.assess, rink(-10.0)), MeasureFinding)
    assert isinstance(only(ice_too_cold.assess, rink(-10.0)), MeasureFinding)


def test_a_warm_ice_sensor_does_not_hide_the_cold_brine() -> None:
    made = rink(-10.0)
    warm = trend("ice_temperature_c", np.full(HOURS, 4.0), "ishall A", "GT9")
    one = only(ice_temperature_flat_at_night.assess, replace(made, trends={**made.trends, "GT9": warm}))
    assert isinstance(one, MeasureFinding) and "fläktrum" in one.description
