"""Göteborg Energi's own worked example, goteborgenergi.se price list 2024, through the public bill."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from energy.model import BillingContext
from energy.tariffs.bill import bill, by_month, total
from energy.tariffs.pricelist import priced_components
from energy.tariffs.prices import banded
from tests.tariffs.loads import by_day, contract, load, published

FIRST, END = date(2023, 1, 1), date(2025, 1, 1)
GOTEBORG = "goteborg-energi-fjarrvarme"
MONTHS = [date(2024, month, 1) for month in range(1, 13)]


def example():
    """Daily means of 82, 81 and 77 kW in the last twelve months, and 25 MWh in April."""
    values = by_day(FIRST, END, 20.0, {date(2023, 12, 5): 77.0, date(2024, 1, 9): 82.0, date(2024, 2, 1): 81.0})
    april = slice(24 * (date(2024, 4, 1) - FIRST).days, 24 * (date(2024, 5, 1) - FIRST).days)
    values[april] = 25_000 / 720
    return load(FIRST, END, values, volume_m3=1.0, return_m3c=45.0)


def billed(months, context=None):
    context = context or BillingContext(system_return_c=dict.fromkeys(MONTHS, 45.0))
    return bill(example(), [contract(GOTEBORG)], [published("goteborg-energi-2024")], months, context)


def line(components, kind):
    return next(one for one in components if one.component == kind)


def test_three_highest_daily_means_give_80_kw_and_april_7990_16():
    demand = line(billed([date(2024, 4, 1)]), "demand")
    assert demand.quantity.tolist() == [80.0]
    assert round(float(demand.amount_sek[0]), 2) == 7990.16
    assert [day for day, _ in demand.evidence] == ["2024-01-09", "2024-02-01", "2023-12-05"]


def test_the_days_of_2024_sum_to_97_480_while_the_window_holds_the_peaks():
    amounts = [float(line(billed([month]), "demand").amount_sek[0]) for month in MONTHS[1:11]]
    days = [(b - a).days for a, b in pairwise(MONTHS[1:])]
    assert [amount * 366 / n for amount, n in zip(amounts, days, strict=True)] == pytest.approx([97_480] * 10, abs=1e-6)


def test_25_mwh_in_april_cost_9150():
    energy = line(billed([date(2024, 4, 1)]), "energy")
    assert float(energy.amount_sek[0]) == pytest.approx(9150, abs=1e-9)
    assert float(energy.quantity[0]) == pytest.approx(25_000, abs=1e-9)


def test_return_temperature_below_the_network_is_a_rebate_of_7_kr_per_mwh_and_degree():
    context = BillingContext(system_return_c={date(2024, 4, 1): 48.0})
    cooling = line(billed([date(2024, 4, 1)], context), "return_temperature")
    assert float(cooling.amount_sek[0]) == pytest.approx(-3 * 7 * 25)


def test_no_return_temperature_part_from_may_to_september():
    summer = billed([date(2024, month, 1) for month in range(5, 10)])
    assert {one.component for one in summer} == {"energy", "demand"}


def test_bands_are_continuous_at_every_edge():
    price = next(c.price for c in priced_components(published("goteborg-energi-2024")) if c.component == "demand")
    edges = np.array([band.up_to for band in price.bands[:-1]])
    just_above = np.nextafter(edges, np.inf)
    assert banded(price, edges) == pytest.approx(banded(price, just_above), abs=1e-6)
    assert edges.tolist() == [100, 250, 500, 1000, 2500]


def test_components_sum_to_the_months_and_the_year():
    components = billed(MONTHS)
    months = by_month(components)
    assert list(months) == MONTHS
    assert float(sum(months.values())[0]) == pytest.approx(float(total(components)[0]), abs=1e-6)
