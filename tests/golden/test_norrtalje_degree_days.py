"""Norrtälje's published degree days, norrtaljeenergi.se (Graddagar), through the normal-year correction.

The page prints 3 806 for 2023; its twelve months sum to 3 808. The normal year's July and August look limited while
the years' own do not: sums are tested as printed, and the definition is left to the caller to say.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from energy.calendar import next_month
from energy.model import BillingContext
from energy.tariffs.bill import bill
from energy.tariffs.degree_days import corrected, heating_degree_days_kd, normal_of_days_kd
from tests.tariffs.loads import component, contract, load, price_list

NORMAL = [580, 535, 515, 369, 223, 78, 2, 14, 135, 301, 417, 530]  # 1991-2020
MONTHLY = {
    2020: [422, 440, 445, 348, 274, 39, 54, 32, 126, 262, 330, 421],
    2021: [572, 564, 455, 392, 240, 15, 5, 66, 172, 261, 434, 611],
    2022: [537, 484, 468, 401, 210, 39, 28, 20, 200, 249, 369, 725],
    2023: [524, 489, 558, 399, 199, 59, 29, 32, 76, 351, 474, 618],
}
SUMS = {2020: 3193, 2021: 3787, 2022: 3730, 2023: 3808}


def outdoor(year: int) -> dict[date, float]:
    """Daily temperatures that give the published degree days: every day of a month equally cold."""
    found: dict[date, float] = {}
    for month in range(1, 13):
        first = date(year, month, 1)
        count = (next_month(first) - first).days
        cold = 17 - MONTHLY[year][month - 1] / count
        found |= {first + timedelta(days=i): cold for i in range(count)}
    return found


@pytest.mark.parametrize(("year", "total"), SUMS.items())
def test_sums_of_the_years(year, total):
    temperatures = outdoor(year)
    days = np.array(sorted(temperatures), "datetime64[D]")
    kd = heating_degree_days_kd(days, np.array([temperatures[day] for day in sorted(temperatures)]), "plain")
    assert kd.sum() == pytest.approx(total)
    assert sum(MONTHLY[year]) == total
    assert normal_of_days_kd(days, NORMAL) == pytest.approx(3699)


def test_2020_was_14_percent_milder_than_normal():
    assert 3193 / sum(NORMAL) == pytest.approx(0.863, abs=5e-4)
    # 1 000 MWh: all of it weather dependent 1 158.5; with half of it hot water and pool 1 079.2
    assert corrected(np.array([1000.0]), 3193, 3699)[0] == pytest.approx(1158.47, abs=0.01)
    assert corrected(np.array([1000.0]), 3193, 3699, 0.5)[0] == pytest.approx(1079.24, abs=0.01)


def test_naive_comparison_of_2020_and_2021_would_overstate_a_saving():
    """A house of 0.25 MWh/kd saves nothing, yet uses 798.25 and then 946.75 MWh; corrected, both are 924.75."""
    for year, used in ((2020, 798.25), (2021, 946.75)):
        assert 0.25 * SUMS[year] == used
        assert corrected(np.array([used]), SUMS[year], 3699)[0] == pytest.approx(924.75)


def test_the_category_number_of_2020_and_2021():
    """Mean of two corrected years at 0.25 MWh/kd: 924.75 MWh, by 1 700 h 543.97 kW."""
    first, end = date(2020, 1, 1), date(2023, 1, 1)
    years = {2020: 366, 2021: 365, 2022: 365}
    values = np.concatenate([np.full(24 * n, 250 * SUMS[year] / (24 * n)) for year, n in years.items()])
    context = BillingContext(
        outdoor_daily_c=outdoor(2020) | outdoor(2021),
        normal_heating_degree_days_kd=dict(zip(range(1, 13), map(float, NORMAL), strict=True)),
    )
    lists = [price_list(component("category_number", "SEK/kW,month", hours="1700.0"), valid_from="2022-01-01")]
    found = bill(load(first, end, values), [contract("prov")], lists, [date(2022, 1, 1)], context)
    assert found[0].quantity[0] == pytest.approx(924_750 / 1700)
