"""Return temperature: dead bands, thresholds and tiers, as Norrenergi and Stockholm Exergi publish them."""

from __future__ import annotations

from datetime import date

import pytest

from energy.errors import TariffError
from energy.tariffs.bill import bill
from tests.tariffs.loads import NOTHING, component, contract, load, price_list

SPAN = (date(2024, 1, 1), date(2024, 2, 1))
MWH = 7.44  # 10 kW in January


def degrees(return_c, reference=30.0, **settings):
    """What is priced, per MWh [°C]."""
    body = component("return_temperature_difference", "SEK/MWh,°C", reference_c=str([reference] * 12), **settings)
    metered = load(*SPAN, volume_m3=1.0, return_m3c=return_c)
    found = bill(metered, [contract("prov")], [price_list(body)], [SPAN[0]], NOTHING)
    return float(found[0].quantity[0]) / MWH


@pytest.mark.parametrize(
    ("return_c", "low", "high"), [(29.9, 0, 0), (30, 0, 0), (45, 15, 0), (60, 30, 0), (71, 30, 11)]
)
def test_norrenergi_prices_degrees_above_30_and_dearer_ones_above_60(return_c, low, high):
    assert degrees(return_c, form='"charge_only"', counted_to_c="60.0") == pytest.approx(low)
    assert degrees(return_c, reference=60.0, form='"charge_only"') == pytest.approx(high)


@pytest.mark.parametrize(("return_c", "found"), [(38.0, -12.0), (50.0, 0.0), (57.0, 7.0)])
def test_stockholm_exergi_gives_a_bonus_below_50_and_a_charge_above(return_c, found):
    assert degrees(return_c, reference=50.0) == pytest.approx(found)


@pytest.mark.parametrize(("return_c", "found"), [(41.0, -4.0), (43.0, 0.0), (47.0, 0.0), (47.1, 2.1), (46.0, 0.0)])
def test_a_dead_band_costs_nothing_but_is_measured_from_the_reference(return_c, found):
    got = degrees(return_c, reference=45.0, charge_above_c="47.0", rebate_below_c="43.0")
    assert got == pytest.approx(found)


def test_a_bonus_may_stop_growing():
    assert degrees(20.0, reference=50.0, counted_from_c="30.0") == pytest.approx(-20.0)


@pytest.mark.parametrize(
    "settings",
    [{"rebate_below_c": "50.0", "charge_above_c": "40.0"}, {"counted_from_c": "50.0", "counted_to_c": "40.0"}],
)
def test_bounds_in_the_wrong_order_are_told(settings):
    with pytest.raises(TariffError, match="högst c"):
        degrees(20.0, **settings)
