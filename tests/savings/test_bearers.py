"""Who saves: cells shared between cost bearers. What moves between them is an allocation and never a saving."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy.savings.avoided import Cell
from energy.savings.bearers import saved_by_all, saved_by_bearer

HEAT, POWER = "735999100000000010", "735999100000000027"
JAN, FEB = date(2023, 1, 1), date(2023, 2, 1)


def cell(point=HEAT, month=JAN, actual=100.0, adjusted=(150.0, 170.0), component="energy", reason=None):
    return Cell(point, "district_heating", month, component, actual, np.array(adjusted), reason)


def test_the_bearer_of_the_contract_saves_where_no_key_holds():
    found = saved_by_bearer([("idrott", cell()), ("idrott", cell(component=None))], {}, [JAN], {})
    assert list(found) == ["idrott"] and found["idrott"].draws.tolist() == [50.0, 70.0]  # energy cells are no money


def test_keys_share_by_point_and_month():
    cells = [("idrott", cell()), ("idrott", cell(month=FEB)), ("idrott", cell(POWER, actual=30.0, adjusted=(0.0,)))]
    shares = {(HEAT, JAN): {"skola": 0.2, "idrott": 0.8}, (HEAT, FEB): {"skola": 0.5, "idrott": 0.5}}
    found = saved_by_bearer(cells, shares, [JAN, FEB], {})
    # school 0.2 x 50 + 0.5 x 50 and 0.2 x 70 + 0.5 x 70; the pumps' 30 are the contract's bearer's alone
    assert found["skola"].draws.tolist() == pytest.approx([35.0, 49.0])
    assert found["idrott"].draws.tolist() == pytest.approx([65.0 - 30.0, 91.0 - 30.0])
    assert saved_by_bearer(cells, shares, [FEB], {})["skola"].draws.tolist() == [25.0, 35.0]


def test_a_new_key_without_a_project_saves_nothing():
    same = [("idrott", cell(month=m, actual=100.0, adjusted=(100.0, 100.0))) for m in (JAN, FEB)]
    shares = {(HEAT, JAN): {"skola": 0.2, "idrott": 0.8}, (HEAT, FEB): {"skola": 0.9, "idrott": 0.1}}
    for one in saved_by_bearer(same, shares, [JAN, FEB], {}).values():
        assert one.draws.tolist() == [0.0, 0.0]


@given(st.lists(st.floats(0, 1), min_size=2, max_size=2), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_the_bearers_sum_to_the_group_whatever_the_keys(share, actual, adjusted):
    cells = [cell(month=m, actual=actual, adjusted=(adjusted, 2 * adjusted)) for m in (JAN, FEB)]
    shares = {(HEAT, m): {"a": s, "b": 1 - s} for m, s in zip((JAN, FEB), share, strict=True)}
    found = saved_by_bearer([("x", c) for c in cells], shares, [JAN, FEB], {})
    whole = saved_by_all(cells, [JAN, FEB])
    assert sum(s.draws for s in found.values()) == pytest.approx(whole.draws, abs=1e-6)


def test_an_unknown_share_is_unknown_for_its_bearers_and_not_for_the_group():
    shares = {(HEAT, JAN): {"skola": np.nan, "idrott": np.nan}}
    why = {(HEAT, JAN): "kan inte bedömas: undermätaren saknar mätvärden i 2023-01"}
    found = saved_by_bearer([("idrott", cell())], shares, [JAN], why)
    assert all(np.isnan(s.draws).all() and s.reason == why[HEAT, JAN] for s in found.values())
    assert saved_by_all([cell()], [JAN]).draws.tolist() == [50.0, 70.0]


def test_a_cell_that_is_not_assessed_has_a_reason_for_all():
    lost = cell(reason="kan inte bedömas: returtemperaturen saknar modell", adjusted=(np.nan, np.nan))
    assert saved_by_all([cell(), lost], [JAN]).reason == lost.reason
    found = saved_by_bearer([("idrott", cell()), ("idrott", lost)], {}, [JAN], {})["idrott"]
    assert found.reason == lost.reason and np.isnan(found.draws).all()
