"""What a done measure saved, alone and together with others, without a fit."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from flows.analysis.inputs import FacilityInputs
from flows.measures.meeting import Done, Meeting
from flows.measures.verifying import _Facility
from tests.flows.measures.test_meeting import LATE, MAIN, done, place


def facility(*measures: Done) -> _Facility:
    inputs: Any = SimpleNamespace(settings=place(), facility=SimpleNamespace(id="hall"))
    return _Facility(cast(FacilityInputs, inputs), [], "r", measures)


def test_the_sum_of_what_is_verified_is_drawn_together_and_no_sum_of_ends() -> None:
    """Two that move against each other leave a sum without doubt; two that move alike add their bands."""
    work = facility()
    draws = np.linspace(-50.0, 50.0, 101)
    work.saved.update(a=100.0 + draws, b=200.0 - draws, c=np.full(1, 30.0))
    (row,) = work.together()
    assert (row["measures"], row["measure_keys"]) == (3, "a b c")
    assert (
        row["verified_sek_per_year"] == row["verified_sek_per_year_low"] == row["verified_sek_per_year_high"] == 330.0
    )
    work.saved.update(b=200.0 + draws)
    (row,) = work.together()
    assert abs(row["verified_sek_per_year_high"] - row["verified_sek_per_year_low"] - 180.0) < 1.0
    assert facility().together() == []


def test_of_two_contracts_of_one_meter_changed_the_same_day_the_difference_is_counted_once() -> None:
    """Fuse (grid) and hedge share (retail): the old bills hold both contracts, and what they differ is of both."""
    fuse, hedge = done("fuse", LATE, point=MAIN, promised=10.0), done("hedge", LATE, point=MAIN, promised=90.0)
    two = facility(fuse, hedge)
    two.inputs.months = [LATE]  # type: ignore[misc]
    row = two.row(fuse)
    assert row["verdict"] == "not_assessed" and "mäts tillsammans med «hedge»" in row["text"]
    assert "fuse" not in two.saved and "«hedge»" in row["overlaps"]
    assert Meeting(two.inputs.settings, two.done).together(hedge) is None
