"""The steady year: once the window has passed, power is billed on what the project left."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from energy.calendar import hours_between
from energy.model import BillingContext, Contract, Load
from energy.savings.saved.avoided import Case, cells_of, rows_of
from energy.savings.saved.counterfactual import Counterfactual
from energy.savings.saved.steady import HISTORY_YEARS, steady
from tests.savings.valued import price_list

HOURS = hours_between(np.datetime64("2017-12-31T23", "s"), np.datetime64("2019-12-31T23", "s"))
START = np.datetime64("2018-12-31T23", "s")
MONTHS = [date(2019, m, 1) for m in range(1, 13)]
LISTS = [price_list(2018, 500, 900), price_list(2019, 500, 900)]
MINE = [Contract("m", "prov", date(2018, 1, 1), date(2020, 1, 1))]


def case() -> Case:
    """Return 100 kW that the project made 60 from 2019 on, but for three winter days of 80 each year."""
    after = HOURS >= START
    with_project = np.where(after, 60.0, 100.0)
    loads = Counterfactual(
        Load("m", HOURS, with_project[:, None]), Load("m", HOURS, np.full((len(HOURS), 2), 100.0)), after,
        np.zeros(len(HOURS), dtype=bool), None,
    )  # fmt: skip
    return Case("district_heating", loads, BillingContext())


def demand(cells):
    rows = rows_of(cells, MONTHS, ("last_12_months",))
    return next(r for r in rows if r.component == "demand").avoided_cost_sek.value


def test_the_rolling_window_holds_the_saving_back_and_the_steady_year_has_it_all():
    """Cash: billed power stays 100 kW until the month whose twelve months hold fewer than three days of 2018.

    That is December 2019 alone: 40 kW x 900 x 31/365. Steady: 40 kW x 900 the whole year.
    """
    assert demand(cells_of(case(), MINE, LISTS, MONTHS)) == pytest.approx(40 * 900 * 31 / 365)
    assert demand(cells_of(steady(case(), MONTHS), MINE, LISTS, MONTHS)) == pytest.approx(40 * 900)


def test_history_keeps_weekdays_and_only_the_year_is_reported():
    found = steady(case(), MONTHS).loads
    n = HISTORY_YEARS * 364 * 24
    assert len(found.actual.start_utc) == n + 8760
    assert bool((np.diff(found.actual.start_utc) == np.timedelta64(3600, "s")).all())
    assert not found.reporting[:n].any() and found.reporting[n:].all()
    assert (found.actual.energy_kwh == 60).all() and found.load.draws == 2


def test_outdoor_and_spot_follow_the_hours():
    days = np.arange(np.datetime64("2018-01-01"), np.datetime64("2020-01-01"))
    one = case()
    spot = np.arange(len(HOURS), dtype=float)
    daily = {d.item(): float(i) for i, d in enumerate(days)}
    told = Case(one.carrier, one.loads, BillingContext(spot_sek_per_kwh=spot, outdoor_daily_c=daily))
    context = steady(told, MONTHS).context
    assert context.spot_sek_per_kwh[-1] == spot[-1]
    assert (
        context.outdoor_daily_c[date(2019, 1, 8)]
        == context.outdoor_daily_c[date(2018, 1, 9)]
        == daily[date(2019, 1, 8)]
    )


def test_a_year_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="every hour"):
        steady(case(), [date(2020, m, 1) for m in range(1, 13)])
