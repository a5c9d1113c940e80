"""Hours that a meter cannot have right: weeks in one hour, heat that runs backwards, a heat pump without heat."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from energy.model import Floats
from energy.storage.accounts.implausible import plausible
from tests.storage.plant import CHARGE, HEAT, MONTH, PUMPED, START, N, told

JANUARY = np.flatnonzero((MONTH == 1) & (np.datetime64("2023-01-01") < START) & (np.datetime64("2023-02-01") > START))


def standing(heat: Floats, first: int, last: int) -> Floats:
    """The heat of the hours [first, last] in the last of them, as a register that stood still tells it."""
    found = heat.copy()
    found[last] = heat[first : last + 1].sum()
    found[first:last] = 0.0
    return found


def test_weeks_in_one_hour_are_unknown_and_their_month_is_not_valued() -> None:
    first, last = int(JANUARY[48]), int(JANUARY[400])
    found = told(PUMPED, {"levererat": standing(HEAT, first, last)})
    assert found.metered.delivered_kwh is not None
    assert np.isnan(found.metered.delivered_kwh[first : last + 1]).all()
    assert np.isfinite(found.metered.delivered_kwh).sum() == N - (last - first + 1)
    assert list(found.refused) == list(found.unread) == [date(2023, 1, 1)]
    (limit,) = [one for one in found.limits if one.code == "implausible_hours"]
    assert "(levererat) visar 28\xa0240 kWh på en timme" in limit.text  # 353 hours of 80 kWh
    assert "efter 352 timmar på noll; en vanlig hög timme visar 80" in limit.text
    assert found.refused[date(2023, 1, 1)] == f"kan inte bedömas: {limit.text}"


def test_heat_that_runs_backwards_is_unknown_and_told() -> None:
    autumn = np.flatnonzero((CHARGE > 0) & (np.datetime64("2022-09-05") < START))[:336]
    found = told(PUMPED, {"in": np.where(np.isin(np.arange(N), autumn), -CHARGE, CHARGE)})
    assert found.metered.charge_kwh is not None
    assert np.isnan(found.metered.charge_kwh[autumn]).all()
    assert not (found.metered.charge_kwh < 0).any()
    assert list(found.unread) == [date(2022, 9, 1)]
    assert "(in) går baklänges i 336 timmar, först 2022-09-05" in found.unread[date(2022, 9, 1)]


def test_a_heat_pump_that_runs_beside_a_standing_heat_meter_is_a_contradiction() -> None:
    lost = JANUARY[100:300]
    heat = np.where(np.isin(np.arange(N), lost), 0.0, HEAT)
    found = told(replace(PUMPED, store_out=()), {"levererat": heat, "el": 0.25 * HEAT})
    assert list(found.unread) == [date(2023, 1, 1)]
    assert "i 200 timmar tog värmepumpen 4,0 MWh el medan mätaren" in found.unread[date(2023, 1, 1)]
    assert [one.level for one in found.limits if one.code == "standing_heat_meter"] == ["warning"]


@pytest.mark.parametrize("power", [4.0, 7.0])  # 80 kW of heat from 7 kW is more than any heat pump gives
def test_pumps_that_never_stop_are_no_heat_pump(power: float) -> None:
    found = told(PUMPED, {"el": np.full(N, power)})
    assert "standing_heat_meter" not in [one.code for one in found.limits]


def test_sound_hours_come_back_as_they_are() -> None:
    noisy = CHARGE - 0.5  # half a per cent of a usual hour below zero is the meter's zero
    for values in (CHARGE, noisy, np.where(np.arange(N) % 700 == 0, 3.0 * CHARGE, CHARGE)):
        kwh, found = plausible("charge", "laddad energi", "in", START, values)
        assert found == [] and kwh is values


def test_a_meter_with_few_hours_shows_no_usual() -> None:
    seldom = np.where(np.arange(N) < 100, 1.0, 0.0)
    seldom[500] = 1000.0
    assert plausible("electric_heater", "elpannan", "e", START, seldom)[1] == []
