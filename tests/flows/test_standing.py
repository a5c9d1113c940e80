"""A meter that stands still is told month by month, so that a later month can show that it was mended."""

from __future__ import annotations

from datetime import date
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np

from energy.model import Load
from flows.project.projects import Projects


def test_hours_standing_still_are_told_by_month_in_normal_time() -> None:
    """Five days from 29 January and three from 10 March, of a load that else changes every hour."""
    start = np.arange("2023-01-01T00", "2023-04-01T00", dtype="datetime64[h]").astype("datetime64[s]")
    energy = np.random.default_rng(1).uniform(10.0, 20.0, len(start))
    for first, end in (("2023-01-28T23:00", "2023-02-02T23:00"), ("2023-03-09T23:00", "2023-03-12T23:00")):
        energy[(start >= np.datetime64(first)) & (start < np.datetime64(end))] = 12.5
    facility: Any = SimpleNamespace(inputs=SimpleNamespace(facility=SimpleNamespace(id="hall")), rows={"findings": []})
    facility._told = partial(Projects._told, facility)
    for _ in range(2):  # two projects may share a meter: it is told once
        Projects._standing(facility, Load("el", start, energy[:, None]))
    found = [(one["month"], one["rule"], one["message"][:64]) for one in facility.rows["findings"]]
    assert found == [
        (date(2023, 1, 1), "stuck_meter", "el står stilla på ett enda värde i 72 timmar i 2023-01, första g"),
        (date(2023, 2, 1), "stuck_meter", "el står stilla på ett enda värde i 48 timmar i 2023-02, första g"),
        (date(2023, 3, 1), "stuck_meter", "el står stilla på ett enda värde i 72 timmar i 2023-03, första g"),
    ]
    assert "första gången 2023-01-29." in facility.rows["findings"][0]["message"]


def test_a_meter_that_never_stands_still_is_not_told_of() -> None:
    start = np.arange("2023-01-01T00", "2023-02-01T00", dtype="datetime64[h]").astype("datetime64[s]")
    facility: Any = SimpleNamespace(rows={"findings": []})
    Projects._standing(facility, Load("el", start, np.random.default_rng(1).uniform(10.0, 20.0, (len(start), 1))))
    assert facility.rows["findings"] == []
