"""What is watched for changes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from flows.project import proposals


def test_hours_in_which_a_meter_stands_still_are_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    hours = np.datetime64("2020-01-01T00", "s") + np.arange(1000) * np.timedelta64(3600, "s")
    values = np.random.default_rng(1).normal(50.0, 5.0, 1000)
    values[600:900] = 7.5
    load = SimpleNamespace(start_utc=hours, energy_kwh=values[:, None], metering_point="7")
    one: Any = SimpleNamespace(carrier="district_heating", loads=SimpleNamespace(actual=load))
    model: Any = SimpleNamespace(train_start=hours[0], residuals=np.zeros((500, 1)))
    monkeypatch.setattr(proposals, "_predicted", lambda _, at: np.full(len(at), 50.0))
    found = proposals._by_hours(one, model)
    assert np.isnan(found.metered[600:900]).all() and not np.isnan(np.delete(found.metered, np.s_[600:900])).any()
    assert found.expected[500:] == pytest.approx(50.0)
