"""Karlstads Energi's published comparison prices 2024, karlstadsenergi.se/foretag/fjarrvarme/priser.

The trap of the list: power and fixed price are per month, and 60 kr/kW is 720 a year.
"""

from __future__ import annotations

from datetime import date

import pytest

from energy.tariffs.bill import bill, total
from energy.tariffs.pricelist import priced_components
from tests.tariffs.loads import NOTHING, contract, load, published

YEAR = (date(2024, 1, 1), date(2025, 1, 1))
MONTHS = [date(2024, month, 1) for month in range(1, 13)]

# flats, SEK incl. VAT a year: power [kW] -> (fixed part, power part)
PUBLISHED = {26.1: (3_450, 33_375), 63: (10_080, 66_859), 163: (27_795, 146_700), 326: (49_650, 256_725)}


def demand(kw, months=MONTHS):
    agreed = [contract("karlstad-fjarrvarme", billed_power_kw=kw)]
    found = bill(load(*YEAR), agreed, [published("karlstad-2024")], months, NOTHING)
    return [one for one in found if one.component == "demand"]


@pytest.mark.parametrize(("kw", "parts"), PUBLISHED.items())
def test_the_published_year_to_the_krona(kw, parts):
    """The published parts are rounded one by one, so their sum is right within a krona."""
    lines = demand(kw)
    assert len(lines) == 12
    assert float(total(lines)[0]) * 1.25 == pytest.approx(sum(parts), abs=1)
    price = next(one.price for one in priced_components(published("karlstad-2024")) if one.price.bands)
    band = next(band for band in price.bands if band.begins <= kw <= band.up_to)
    assert (round(band.fixed * 12 * 1.25), round(band.price * kw * 12 * 1.25)) == parts


def test_a_month_is_charged_the_monthly_price_whatever_its_length():
    """163 kW: 60.00 x 163 + 1 853 = 11 633 SEK in January and in February alike; 139 596 a year."""
    assert [float(one.amount_sek[0]) for one in demand(163)] == pytest.approx([11_633.0] * 12)
    assert float(total(demand(163))[0]) == pytest.approx(139_596)


def test_energy_by_season():
    """10 kW: 7.44 MWh x 577 in January, 7.2 x 423 in April, 7.44 x 125 in July."""
    months = [date(2024, month, 1) for month in (1, 4, 7)]
    agreed = [contract("karlstad-fjarrvarme", billed_power_kw=50)]
    found = bill(load(*YEAR), agreed, [published("karlstad-2024")], months, NOTHING)
    energy = [float(one.amount_sek[0]) for one in found if one.component == "energy"]
    assert energy == pytest.approx([4_292.88, 3_045.60, 930.00])


def test_the_list_has_no_price_above_its_last_band():
    assert float(demand(3000)[0].amount_sek[0]) == pytest.approx(48 * 3000 + 4800)
    assert "över den högsta, 3\u00a0000 kW" in str(demand(3000.1)[0].reason)
