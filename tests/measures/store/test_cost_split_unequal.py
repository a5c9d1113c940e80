"""A school that pays a quarter of the heat and uses two fifths of it, by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from energy.measures import MeasureContext, MeasureFinding, Silent
from energy.measures.base import Share
from energy.measures.store import cost_split_unequal as rule
from tests.measures.store.facility import context, load, only, silent
from tests.storage.plant import N

FIRST, CHANGED, END = date(2020, 1, 1), date(2023, 1, 1), date(2030, 1, 1)


def shared(fixed: float, used_kw: float, *, metered: bool = True) -> MeasureContext:
    """Return a facility of 20 kW of heat: the school pays `fixed` of it, and its submeter shows `used_kw`."""
    own = Share("fjv", "skola", None, "skolan", FIRST, CHANGED)
    keys = (*((own,) if metered else ()), Share("fjv", "skola", fixed, None, CHANGED, END))
    found = context(shares=keys)
    loads = {**found.loads, "skolan": load("skolan", np.full(N, used_kw))}
    carriers = {**found.carriers, "skolan": "district_heating"}
    return replace(found, loads=loads, carriers=carriers, parents={**found.parents, "skolan": "fjv"})


def test_what_a_right_key_would_move_is_told_and_nothing_is_saved() -> None:
    """20 kW · 8 784 h · 0.5 kr = 87 840 kr; 8 of 20 kW is 40 %, paid 25 %: 15 % of it is 13 176 kr."""
    one = only(rule.assess, shared(0.25, 8.0))
    assert isinstance(one, MeasureFinding)
    value = one.saving_sek_per_year
    assert (value.value, value.low, value.high, one.saving_kwh_per_year, one.effect) == (0.0, 0.0, 0.0, 0.0, None)
    assert one.parameters["moved_sek_per_year"] == pytest.approx(13_176)
    assert "ingen besparing" in one.title and "omfördelning" in one.description
    assert len(one.evidence) == 12


def test_silent_where_the_key_is_right() -> None:
    assert "stämmer med undermätaren" in silent(rule.assess, shared(0.41, 8.0))


def test_what_is_lacking_is_said() -> None:
    assert silent(rule.assess, context()) == "saknar data: ingen fast fördelningsnyckel gäller."
    one = only(rule.assess, shared(0.25, 8.0, metered=False))
    assert isinstance(one, Silent) and "ingen undermätare visar vad skola använder" in one.reason
