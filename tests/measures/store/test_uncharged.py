"""A store whose source goes on through November while nothing is charged, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.measures.base import MeasureFinding
from energy.measures.shared.operating import valued_hours
from energy.measures.store import charged_too_little as rule
from energy.measures.store.uncharged import Uncharged, uncharged
from energy.model import Floats
from tests.measures.store.facility import context
from tests.storage.plant import CAPACITY_PER_K, HEAT, MONTH, PUMPED, N

STORE = replace(PUMPED, source=("kyl",), charge_kw=100.0, discharge_kw=100.0)
NOVEMBER = np.where(MONTH == 11, 90.0, 0.0)
STEADY = {"t": np.full(N, 18.0)}  # 260 of the 400 MWh it can hold


def told(source: Floats) -> Uncharged | str:
    """Return what the rule lays out for a store with this much heat thrown away."""
    return uncharged(context((STORE,), meters={"kyl": source}, points=STEADY), STORE)


def test_what_three_novembers_threw_away_would_have_warmed_the_store() -> None:
    """81 of 90 kW could be used, 97 % of it is: 1 886 kWh a day in November, of which 4 % a month are lost again.

    A kelvin is 1/35 of the electricity: the lift is 45 - 18 and eight more. Less 5 % of what is charged for the pumps.
    """
    found = told(NOVEMBER)
    assert isinstance(found, Uncharged)
    inside, held, kelvin = valued_hours(context()), 0.0, np.zeros(N // 24)
    for day in range(N // 24):
        held = held * (1 - 0.04 / 730 * 24) + 0.97 * 81 * 24 * (MONTH[24 * day] == 11)
        kelvin[day] = held / CAPACITY_PER_K
    assert found.free_kwh[inside].sum() == pytest.approx(58_320.0)
    hourly = np.repeat(kelvin, 24)
    assert found.given.warmer_k[0] == pytest.approx(hourly[inside & (HEAT > 0)].mean(), rel=1e-6)
    saved = sum(float(fall.amount[inside, 0].sum()) for fall in found.falls)
    by_hand = (0.25 * HEAT * hourly / 35.0)[inside].sum() - 0.05 * 0.97 * 58_320
    assert saved == pytest.approx(by_hand, rel=1e-6)
    assert found.given.extra_kwh[0] == 0.0


def test_the_finding_tells_what_was_thrown_away_and_what_it_had_given() -> None:
    (one,) = rule.assess(context((STORE,), meters={"kyl": NOVEMBER}, points=STEADY))
    assert isinstance(one, MeasureFinding)
    assert "kyldes 58 MWh bort" in one.description.replace("\xa0", " ") and "nästan tomt" not in one.description
    assert one.saving_sek_per_year.low < one.saving_sek_per_year.value < one.saving_sek_per_year.high


def test_no_more_than_there_is_room_for_is_counted() -> None:
    full = uncharged(context((STORE,), meters={"kyl": NOVEMBER}, points={"t": np.full(N, 24.9)}), STORE)
    assert isinstance(full, Uncharged)
    assert full.given.warmer_k[0] == pytest.approx(0.1, abs=1e-3)


def test_silent_where_all_is_charged_or_nothing_is_known() -> None:
    assert told(np.zeros(N)) == "all värme som lagret hade plats för laddades."
    assert "saknar data" in str(uncharged(context((PUMPED,)), PUMPED))
    plain = replace(STORE, has_heat_pump=False)
    assert "utan värmepump" in str(uncharged(context((plain,)), plain))
