"""What more heat in a store gives, by hand: losses, a heat pump that lifts less, days the store was too cold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from energy.measures.shared.bands import generator
from energy.measures.shared.stores import account_of
from energy.measures.shared.warmer_store import Warmer, daily_sum, ground_c, in_store, loss_per_hour, warmer
from tests.measures.store.facility import context
from tests.storage.plant import HEAT, PUMPED, N

STORE = replace(PUMPED, discharge_kw=80.0)
DAYS = N // 24


def test_what_is_added_is_lost_day_by_day() -> None:
    left = in_store(np.array([[100.0, 100.0], [0.0, 0.0], [50.0, 0.0]]), np.array([0.1, 0.0]))
    assert left[:, 0] == pytest.approx([100.0, 90.0, 131.0]) and left[:, 1] == pytest.approx([100.0, 100.0, 100.0])


def test_the_told_loss_is_moved_to_what_lies_above_the_ground() -> None:
    """2 % a month of what lies above 5 °C, at the middle of 5 and 25: 10 K above the lowest and 10.5 above 4.5 °C."""
    found, told = context(), replace(PUMPED, loss_pct_per_month=2.0)
    ground = ground_c(found, generator(1, "x"))
    assert ground[0] == pytest.approx(2.0 + 2.5)
    assert loss_per_hour(found, told, ground, generator(1, "x"))[0] == pytest.approx(0.02 / 730 * 10 / 10.5)
    assert loss_per_hour(found, PUMPED, ground, generator(1, "x"))[0] == pytest.approx(0.04 / 730)


def test_a_store_too_cold_gives_what_it_lacked_once_it_holds_more() -> None:
    """In its last winter it is at a tenth and gives 40 kW, though it has carried 80 % of the need, now 48 of 60 kW.

    8 kW more an hour, and a tenth beside, until the 10 MWh more that it holds are drawn: a quarter is electricity.
    """
    cold = np.arange(N) > 2 * 8760
    degrees, gave = np.where(cold, 7.0, 20.0), np.where(cold, 0.5, 1.0) * HEAT
    seen = context((STORE,), meters={"levererat": gave, "el": 0.25 * gave, "ut": 0.75 * gave},
                   points={"t": degrees}, heat=None)  # fmt: skip
    account, more = account_of(seen, STORE), np.full((DAYS, 21), 10_000.0)
    given = warmer(seen, account, more, np.full(21, 4.0), generator(1, "x"))
    assert isinstance(given, Warmer)
    assert given.extra_kwh[0] == pytest.approx(10_000 / 0.75, rel=1e-6)  # all that it holds more
    drawn = daily_sum(given.falls[0].amount[:, 0])
    first = np.flatnonzero(drawn)[0]
    assert drawn[first] == pytest.approx(1.1 * 8 * 24)
    assert not drawn[: 2 * 365].any()


def test_what_is_not_known_is_said() -> None:
    blind = replace(STORE, heat_capacity_kwh_per_k=None)
    seen = context((blind,))
    why = warmer(seen, account_of(seen, blind), np.zeros((DAYS, 21)), np.full(21, 4.0), generator(1, "x"))
    assert isinstance(why, str) and why.startswith("saknar data")
