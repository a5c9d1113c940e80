"""The synthetic lists of the demonstration: complete in time, marked synthetic, plausible in level and change."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import energy.demo
from energy.model import BillingContext
from energy.tariffs.bill import bill, total
from energy.tariffs.pricelist import check_overlaps, read_price_list, select
from tests.tariffs.loads import contract, hours, load

FOLDER = Path(energy.demo.__path__[0]) / "tariffs"
LISTS = [read_price_list(path.read_text(encoding="utf-8"), path.name) for path in sorted(FOLDER.glob("*.toml"))]
YEARS = range(2018, 2024)


def months(year):
    return [date(year, month, 1) for month in range(1, 13)]


def heat_parts(year):
    """Total, demand share and kinds of component of one heat load (1.5 GWh, 2 750 h of use) under a year's list."""
    first, end = date(year - 1, 1, 1), date(year + 1, 1, 1)
    day = np.arange(24 * (end - first).days) / 24
    kw = 175 + 145 * np.cos(2 * np.pi * (day - 20) / 365.25)
    kw[: 24 * 3] = kw[24 * 370 : 24 * 373] = 560  # three cold days each year
    found = bill(
        load(first, end, kw, volume_m3=kw * 0.022, return_m3c=kw * 0.022 * 46), [contract("demo-fjarrvarme")], LISTS,
        months(year), BillingContext(),
    )  # fmt: skip
    demand = total(one for one in found if one.component == "demand")[0]
    return total(found)[0], demand / total(found)[0], {one.component for one in found}


def test_every_day_of_2017_to_2024_has_one_list_of_each_family():
    check_overlaps(LISTS)
    for family in ("demo-fjarrvarme", "demo-elnat", "demo-elhandel"):
        for offset in range((date(2025, 1, 1) - date(2017, 1, 1)).days):
            assert select(LISTS, family, date(2017, 1, 1) + timedelta(days=offset)).family == family
    (fuse,) = (one for one in LISTS if one.family == "demo-elnat-sakring")
    assert (fuse.valid_from, fuse.valid_to) == (date(2018, 1, 1), date(2025, 1, 1))


def test_all_are_marked_synthetic_also_in_words():
    assert len(LISTS) == 26
    assert all(one.synthetic and "syntetisk" in one.name and "Syntetisk" in one.source for one in LISTS)


def test_heat_rises_1_to_4_percent_a_year_and_changes_structure_in_2021():
    costs, shares, kinds = zip(*(heat_parts(year) for year in YEARS), strict=True)
    changes = [after / before - 1 for before, after in pairwise(costs)]
    assert all(0.005 < change < 0.045 for change in changes), changes
    assert all(0.37 < share < 0.42 for share in shares[:3]), shares
    assert all(0.45 < share < 0.50 for share in shares[3:]), shares
    assert ["return_temperature" in found for found in kinds] == [False] * 3 + [True] * 3


def test_the_grid_changes_price_on_1_july_2023():
    first, end = date(2023, 1, 1), date(2024, 1, 1)
    found = bill(load(first, end, 300.0), [contract("demo-elnat")], LISTS, months(2023), BillingContext())
    peak = [float(one.amount_sek[0]) for one in found if one.label == "Månadseffekt"]
    assert len(set(peak[:6])) == len(set(peak[6:])) == 1
    assert 1.03 < peak[6] / peak[5] < 1.10


@pytest.mark.parametrize(("year", "family"), [(2017, "demo-elhandel"), (2018, "demo-elnat"), (2023, "demo-elnat")])
def test_the_energy_tax_is_billed_once_on_the_right_invoice(year, family):
    first, end = date(year, 1, 1), date(year + 1, 1, 1)
    context = BillingContext(spot_sek_per_kwh=np.full(len(hours(first, end)), 0.4))
    both = [contract("demo-elnat"), contract("demo-elhandel")]
    taxes = [one for one in bill(load(first, end), both, LISTS, months(year), context) if one.component == "tax"]
    assert len(taxes) == 12
    assert {select(LISTS, family, one.month).id for one in taxes} == {one.price_list for one in taxes}
