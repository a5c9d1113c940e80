"""A store whose source goes on through November while nothing is charged, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.measures.shared.operating import valued_hours
from energy.measures.store.uncharged import Uncharged, uncharged
from energy.model import Floats
from tests.measures.store.facility import context
from tests.storage.plant import MONTH, PUMPED, N

STORE = replace(PUMPED, source=("kyl",), charge_kw=100.0, discharge_kw=100.0)
NOVEMBER = np.where(MONTH == 11, 90.0, 0.0)


def told(source: Floats, *, drawn: bool) -> Uncharged | str:
    """Return what the rule lays out for a store with this much heat thrown away."""
    return uncharged(context((STORE,), meters={"kyl": source}), STORE, drawn=drawn)


def test_what_november_throws_away_would_have_warmed_the_store() -> None:
    """81 of 90 kW could be used, 30 days: 58 320 kWh, 1.3 years of it 3.8 K at 20 000 kWh/K, 9.5 % of 43 680 kWh.

    Less 5 % of what is charged for the pumps; 85 % of the whole is reckoned with.
    """
    found = told(NOVEMBER, drawn=False)
    assert isinstance(found, Uncharged)
    inside = valued_hours(context())
    assert found.free_kwh[inside].sum() == pytest.approx(58_320.0)
    assert found.warmer_k[0] == pytest.approx(58_320 * 1.3 / 20_000)
    saved = sum(float(fall.amount[inside, 0].sum()) for fall in found.falls)
    assert saved == pytest.approx(0.85 * (0.025 * 3.7908 * 0.25 * 80 * 91 * 24 - 0.05 * 58_320))


def test_a_store_that_winter_does_not_empty_is_not_drawn_more() -> None:
    assert told(NOVEMBER, drawn=True) == "lagret töms inte av vintern."


def test_silent_where_all_is_charged_or_nothing_is_known() -> None:
    assert told(np.zeros(N), drawn=False) == "all värme som lagret hade plats för laddades."
    assert "saknar data" in str(uncharged(context((PUMPED,)), PUMPED, drawn=False))
    plain = replace(STORE, has_heat_pump=False)
    assert "utan värmepump" in str(uncharged(context((plain,)), plain, drawn=False))
