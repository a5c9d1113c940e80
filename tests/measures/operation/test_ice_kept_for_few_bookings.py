"""Ice from 5 September 2022 to 30 April 2023, 100 kW, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.measures import MeasureContext, MeasureFinding, Silent
from energy.measures.operation import ice_kept_for_few_bookings as rule
from energy.model import Load
from tests.measures.facility import HOURS, START, clock_hour, column, day_index
from tests.measures.operation.plant import only, plant

DAY = np.arange(HOURS) // 24
ICE = (day_index("2022-09-05") <= DAY) & (day_index("2023-05-01") > DAY)


def rink(last_weeks_hours: int) -> MeasureContext:
    late = (day_index("2023-04-03") <= DAY) & ICE
    hours = np.where(late, last_weeks_hours, 8)
    booked = ((clock_hour() >= 10) & (clock_hour() < 10 + hours) & ICE).astype(np.float64)
    loads = {"km": ("ice_plant", np.where(ICE, 100.0, 4.0)), "p1": ("brine_pump", np.where(ICE, 10.0, 0.0))}
    return plant(loads, booked=booked, ice_season=ICE.astype(np.float64))


def test_four_weeks_in_april_with_an_hour_a_day() -> None:
    # (100 - 4 + 10) kW · 24 h · 28 days = 71 232 kWh
    one = only(rule.assess, rink(1))
    assert isinstance(one, MeasureFinding), one
    assert one.saving_sek_per_year.value == pytest.approx(71_232)
    assert [row.at for row in one.evidence] == ["2023-04"] and "28 dygn" in one.evidence[0].note
    assert one.confidence in ("hög", "medel")


def test_silent_where_the_last_weeks_are_booked() -> None:
    assert isinstance(only(rule.assess, rink(6)), Silent)


def test_the_season_is_seen_on_the_ice_plant_where_it_is_not_told() -> None:
    context = rink(1)
    one = only(rule.assess, plant({"km": ("ice_plant", np.where(ICE, 100.0, 4.0))}, booked=context.booked))
    assert one.saving_sek_per_year.value == pytest.approx(96 * 24 * 28)


def recovering(unknown_days: int) -> MeasureContext:
    """Return the rink with 190 of its 100 · (1 + 2,9) = 390 kW rejected, unknown on so many of the last 28 days."""
    context = rink(1)
    rejected = np.where(ICE, 190.0, 0.0)
    rejected[(day_index("2023-04-03") <= DAY) & (day_index("2023-04-03") + unknown_days > DAY)] = np.nan
    return replace(
        context,
        loads={**context.loads, "kmk": Load("kmk", START, column(rejected))},
        carriers={**context.carriers, "kmk": "rejected_heat"},
    )


def test_days_whose_recovered_heat_is_not_known_save_nothing_and_too_many_are_refused() -> None:
    whole, most = (only(rule.assess, recovering(days)) for days in (0, 5))
    assert isinstance(whole, MeasureFinding) and isinstance(most, MeasureFinding)
    assert whole.saving_sek_per_year.value < 71_232  # the heat missed is bought
    assert most.saving_sek_per_year.value == pytest.approx(whole.saving_sek_per_year.value * 23 / 28)
    # 22 of 28 days is 79 %
    assert only(rule.assess, recovering(6)).reason == (
        "saknar data: den återvunna värmen är känd i 79 % av dygnens timmar."
    )
