"""Who saves: cells shared between cost bearers. What moves between them is an allocation and never a saving."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy.savings.saved.avoided import ALL, Cell
from energy.savings.saved.bearers import saved

HEAT, POWER = "735999100000000010", "735999100000000027"
JAN, FEB = date(2023, 1, 1), date(2023, 2, 1)


def cell(point=HEAT, month=JAN, actual=100.0, adjusted=(150.0, 170.0), component="energy", reason=None):
    return Cell(point, "district_heating", month, component, actual, np.array(adjusted), reason)


def of(cells, shares=None, why=None, bearer="idrott"):
    return saved(cells, [(bearer, c) for c in cells], shares or {}, why or {})


def test_the_bearer_of_the_contract_saves_where_no_key_holds():
    found = of([cell(), cell(component=None)])  # energy is no money
    assert sorted(found) == sorted([ALL, "idrott"]) and found["idrott"].draws.tolist() == [50.0, 70.0]


def test_keys_share_by_point_and_month():
    cells = [cell(), cell(month=FEB), cell(POWER, actual=30.0, adjusted=(0.0,))]
    shares = {(HEAT, JAN): {"skola": 0.2, "idrott": 0.8}, (HEAT, FEB): {"skola": 0.5, "idrott": 0.5}}
    found = of(cells, shares)
    # school 0.2 x 50 + 0.5 x 50 and 0.2 x 70 + 0.5 x 70; the pumps' 30 are the contract's bearer's alone
    assert found["skola"].draws.tolist() == pytest.approx([35.0, 49.0])
    assert found["idrott"].draws.tolist() == pytest.approx([65.0 - 30.0, 91.0 - 30.0])
    assert found[ALL].draws.tolist() == [70.0, 110.0]


def test_contracts_of_one_meter_may_have_bearers_of_their_own():
    whole = [cell(), cell(component="fixed", actual=0.0, adjusted=(10.0, 10.0))]
    parts = [("nät", cell(actual=40.0, adjusted=(60.0, 70.0))), ("handel", cell(actual=60.0, adjusted=(90.0, 100.0)))]
    found = saved(whole, [*parts, ("nät", whole[1])], {}, {})
    assert found["nät"].draws.tolist() == [30.0, 40.0] and found["handel"].draws.tolist() == [30.0, 40.0]
    assert found[ALL].draws.tolist() == [60.0, 80.0]


def test_a_new_key_without_a_project_saves_nothing():
    same = [cell(month=m, actual=100.0, adjusted=(100.0, 100.0)) for m in (JAN, FEB)]
    shares = {(HEAT, JAN): {"skola": 0.2, "idrott": 0.8}, (HEAT, FEB): {"skola": 0.9, "idrott": 0.1}}
    for one in of(same, shares).values():
        assert one.draws.tolist() == [0.0, 0.0]


@given(st.lists(st.floats(0, 1), min_size=2, max_size=2), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_the_bearers_sum_to_the_group_whatever_the_keys(share, actual, adjusted):
    cells = [cell(month=m, actual=actual, adjusted=(adjusted, 2 * adjusted)) for m in (JAN, FEB)]
    shares = {(HEAT, m): {"a": s, "b": 1 - s} for m, s in zip((JAN, FEB), share, strict=True)}
    found = of(cells, shares)
    whole = found.pop(ALL)
    assert sum(s.draws for s in found.values()) == pytest.approx(whole.draws, abs=1e-6)
    assert whole.draws == pytest.approx(of(cells)[ALL].draws)  # and the group's is the same without any key


def test_an_unknown_share_is_unknown_for_its_bearers_and_not_for_the_group():
    shares = {(HEAT, JAN): {"skola": np.nan, "idrott": np.nan}}
    why = {(HEAT, JAN): "kan inte bedömas: undermätaren saknar mätvärden i 2023-01"}
    found = of([cell()], shares, why)
    assert found.pop(ALL).draws.tolist() == [50.0, 70.0]
    assert all(np.isnan(s.draws).all() and s.reason == why[HEAT, JAN] for s in found.values())


def test_what_the_total_leaves_out_is_left_out_of_the_bearers():
    lost = cell(component="return_temperature", reason="kan inte bedömas: retur saknar modell", adjusted=(np.nan,) * 2)
    found = of([cell(), lost], {(HEAT, JAN): {"skola": 0.5, "idrott": 0.5}})
    assert found[ALL].draws.tolist() == [50.0, 70.0] and found["skola"].draws.tolist() == [25.0, 35.0]


def test_nothing_assessed_has_its_reason_for_everybody():
    lost = cell(reason="kan inte bedömas: baslinjen är underkänd", adjusted=(np.nan, np.nan))
    for one in of([lost]).values():
        assert one.reason == lost.reason and np.isnan(one.draws).all()
    assert "ingen räkning" in of([cell(component=None)])[ALL].reason
