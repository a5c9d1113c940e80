"""What is assumed of months to come: contracts that run out, lists not yet published, prices nobody knows."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from energy.forecast.ahead import context_ahead, reaching
from energy.model import BillingContext, Contract
from tests.savings.valued import METER, price_list

HOUR = np.timedelta64(3600, "s")
FIRST, END = date(2023, 7, 1), date(2024, 1, 1)


def test_a_list_that_is_not_published_is_the_last_one_and_told() -> None:
    lists = [price_list(2022, 500.0, 900.0), price_list(2023, 600.0, 1000.0)]
    mine = [Contract(METER, "prov", date(2015, 1, 1), date(2030, 1, 1))]
    known = reaching(mine, lists, FIRST, END)
    assert known.notes == ()
    assert known.lists == tuple(lists)
    later = reaching(mine, lists, END, date(2025, 1, 1))
    assert (later.lists[-1].valid_from, later.lists[-1].valid_to) == (END, date(2025, 1, 1))
    assert later.notes == ("prislista saknas från 2024-01-01: Prov 2023 räknas som om den gäller vidare",)


@pytest.mark.parametrize(
    ("end", "successor", "noted"),
    [(date(2023, 10, 1), None, True), (date(2023, 10, 1), date(2023, 10, 1), False), (date(2023, 7, 1), None, False)],
)
def test_a_contract_that_runs_out_goes_on_unless_another_begins(end: date, successor: date | None, noted: bool) -> None:
    mine = [Contract(METER, "prov", date(2015, 1, 1), end)]
    mine += [Contract(METER, "annan", successor, date(2030, 1, 1))] if successor else []
    found = reaching(mine, [price_list(2023, 600.0, 1000.0)], FIRST, END)
    assert found.contracts[0].valid_to == (END if noted else end)
    assert [note for note in found.notes if note.startswith("avtalet")] == (
        ["avtalet prov löper ut 2023-10-01 och räknas som om det fortsätter"] if noted else []
    )


def test_the_spot_price_is_that_of_the_same_weekday_a_year_before_and_no_later_price_is_used() -> None:
    known = np.arange(np.datetime64("2022-01-01T00:00:00"), np.datetime64("2023-01-01T00:00:00"), HOUR)
    spot = np.arange(len(known), dtype=float)
    hours = np.arange(known[-1] - 9 * HOUR, known[-1] + 366 * 24 * HOUR, HOUR)
    context = BillingContext(
        np.append(spot, [-99.0] * 48)
    )  # two days that are not known yet at the time of the forecast
    found = context_ahead(context, known, hours, np.zeros(len(hours))).spot_sek_per_kwh
    assert found is not None
    assert found[:10].tolist() == spot[-10:].tolist()
    assert found[10] == len(spot) - 52 * 168  # the first hour to come
    assert np.isfinite(found).all()
    assert found.min() >= 0


def test_temperatures_and_the_networks_return_of_months_to_come() -> None:
    known = np.arange(np.datetime64("2022-12-30T23:00:00"), np.datetime64("2022-12-31T23:00:00"), HOUR)
    hours = np.arange(known[0], known[-1] + 25 * HOUR, HOUR)
    context = BillingContext(
        outdoor_daily_c={date(2022, 12, 31): 5.0}, system_return_c={date(2022, 1, 1): 41.0, date(2022, 12, 1): 43.0}
    )
    found = context_ahead(context, known, hours, np.repeat([9.0, -3.0], 24))
    assert found.outdoor_daily_c == {date(2022, 12, 31): 5.0, date(2023, 1, 1): -3.0}
    assert found.system_return_c[date(2023, 1, 1)] == 41.0
    assert found.system_return_c[date(2022, 12, 1)] == 43.0
