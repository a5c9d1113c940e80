"""Bands: edges, whole numbers, holes, overlaps, steps, and rounding of kW before banding."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from energy.errors import TariffError
from energy.tariffs.bands import Rounding
from energy.tariffs.bill import bill
from energy.tariffs.pricelist import check_gaps, priced_components, to_frame
from energy.tariffs.prices import band_steps, banded
from tests.tariffs.loads import NOTHING, component, contract, load, price_list, published

MONTH = date(2024, 1, 1)
WHOLE = "{ from = 6, up_to = 50, price = 3 }, { from = 51, up_to = 200, fixed = 100, price = 2 }"


def price(text, unit="SEK/kW,month", **keys):
    return priced_components(price_list(component("subscribed", unit, text), **keys))[0].price


def cost(text, kw, **keys):
    body = price_list(component("subscribed", "SEK/kW,month", text), **keys)
    return bill(load(MONTH, date(2024, 2, 1)), [contract("prov", subscribed_kw=kw)], [body], [MONTH], NOTHING)[0]


@pytest.mark.parametrize(("edge", "at_edge"), [("", 15.0), ('edge = "lower", ', 15.0), ('edge = "upper", ', 110.0)])
def test_the_list_says_which_band_an_edge_belongs_to(edge, at_edge):
    found = price(f"{edge}bands = [{{ up_to = 5, price = 3 }}, {{ fixed = 100, price = 2 }}]")
    assert banded(found, np.array([4.9, 5.0, 5.1])) == pytest.approx([14.7, at_edge, 110.2])


@pytest.mark.parametrize(
    ("edge", "found"),
    [("lower", [np.nan, 18, 150, 200.8, 202, 500, np.nan]), ("upper", [np.nan, 18, 150, 151.2, 202, 500, np.nan])],
)
def test_whole_number_bands_are_no_hole_and_end_where_they_end(edge, found):
    got = banded(price(f'edge = "{edge}", bands = [{WHOLE}]'), np.array([5.9, 6, 50, 50.4, 51, 200, 200.1]))
    assert got == pytest.approx(found, nan_ok=True)


def test_below_and_above_the_list_there_is_no_price_but_a_reason():
    for kw in (5.0, 201.0):
        line = cost(f"bands = [{WHOLE}]", kw)
        assert np.isnan(line.amount_sek).all()
        assert line.reason == "effekten ligger under prislistans lägsta gräns, 6 kW, eller över den högsta, 200 kW"


@pytest.mark.parametrize(
    ("bands", "said"),
    [
        (
            "{ up_to = 50, price = 1 }, { from = 60, price = 1 }",
            "fann inget band mellan 50 och 60. Tillåtet: band utan",
        ),
        ("{ up_to = 50, price = 1 }, { from = 52, price = 1 }", "fann inget band mellan 50 och 52"),
        ("{ up_to = 50, price = 1 }, { from = 45, price = 1 }", "fann två band mellan 45 och 50"),
        ("{ up_to = 50, price = 1 }, { from = 51, up_to = 40, price = 1 }", "bandet 51-40. Tillåtet: .*stigande up_to"),
        ("{ up_to = 50, price = 1 }, { up_to = 50, price = 1 }", "bandet 50-50"),
        ("{ price = 1 }, { from = 51, price = 1 }", "ett band utan up_to före det sista"),
        ("", "ett band utan up_to"),
        ("{ frm = 1, price = 1 }", "Menade du «from»"),
    ],
)
def test_a_hole_or_overlap_names_file_key_and_the_hole(bands, said):
    with pytest.raises(TariffError, match=rf"prov.toml: nyckel «component\[1\]\.price\.bands.*{said}"):
        price(f"bands = [{bands}]")


def test_a_hole_is_measured_in_the_steps_power_is_rounded_to():
    tenths = "round_kw = { step = 0.1 }, bands = [{ up_to = 30.9, price = 1 }, { from = 31, price = 1 }]"
    assert price(tenths).round_kw == Rounding(step=0.1)
    with pytest.raises(TariffError, match="inget band mellan 30 och 31"):
        price(tenths.replace("30.9", "30"))


@pytest.mark.parametrize(
    ("mode", "found"), [("half_up", [50, 51, 51, 52]), ("up", [51, 51, 51, 52]), ("down", [50, 50, 51, 51])]
)
def test_rounding_modes(mode, found):
    assert Rounding(mode=mode).apply(np.array([50.4, 50.5, 51.0, 51.5])).tolist() == found


def test_rounding_does_not_see_noise_and_keeps_the_unknown():
    assert Rounding(mode="up").apply(np.array([0.1 + 0.2 + 49.7, np.nextafter(50, 51)])).tolist() == [50.0, 50.0]
    assert Rounding(step=0.1).apply(np.array([26.14, 26.15])).tolist() == [26.1, 26.2]
    assert Rounding(step=2, least=10).apply(np.array([7.89, 10.53, 15.79, 21.05])).tolist() == [10, 10, 16, 22]
    assert np.isnan(Rounding(least=7).apply(np.array([np.nan]))).all()


def test_power_is_rounded_before_it_meets_the_bands_and_is_shown_rounded():
    """50.4 kW is 50 kW of the first band, 150; unrounded it would be 50.4 kW of the second, 200.8."""
    rounding = "round_kw = { step = 1 }, "
    for kw, quantity, sek in ((50.4, 50.0, 150.0), (50.5, 51.0, 202.0)):
        line = cost(f"{rounding}bands = [{WHOLE}]", kw)
        assert (line.quantity[0], line.amount_sek[0]) == (quantity, sek)
    assert cost(f"bands = [{WHOLE}]", 50.4).amount_sek[0] == pytest.approx(200.8)
    assert cost("round_kw = { step = 1 }, value = 3", 50.4).amount_sek[0] == 150


def test_edge_and_rounding_may_be_said_once_for_the_list():
    keys = {"edge": '"upper"', "round_kw": '{ step = 1, mode = "up" }'}
    found = price_list(
        component("subscribed", "SEK/kW,month", f"bands = [{WHOLE}]")
        + component("subscribed", "SEK/kW,month", f'edge = "lower", bands = [{WHOLE}]')
        + component("billed_energy_kwh", "SEK/kWh"),
        **keys,
    )
    one, other, energy = (each.price for each in priced_components(found))
    assert (one.edge, other.edge, energy.edge) == ("upper", "lower", None)
    assert one.round_kw == Rounding(mode="up") and energy.round_kw is None
    assert found.components[0]["price"]["bands"][0]["from"] == 6
    with pytest.raises(TariffError, match=r"nyckel «edge».*lower, upper"):
        price("value = 1", edge='"middle"')


@pytest.mark.parametrize(
    ("text", "unit", "said"),
    [
        ('edge = "upper", value = 1', "SEK/kW,month", "edge».*bara tillsammans med bands"),
        ("round_kw = { step = 0 }, value = 1", "SEK/kW,month", "round_kw.step».*större än 0"),
        ('round_kw = { mode = "even" }, value = 1', "SEK/kW,month", "round_kw.mode».*half_up, up, down"),
        (f"above = 5, bands = [{WHOLE}]", "SEK/kW,month", "både above och from"),
    ],
)
def test_wrong_keys_are_told(text, unit, said):
    with pytest.raises(TariffError, match=said):
        price(text, unit)


def test_rounding_is_of_power_only():
    with pytest.raises(TariffError, match=r"round_kw».*bara för priser per kW"):
        price_list(component("billed_energy_kwh", "SEK/kWh", "round_kw = { step = 1 }, value = 1"))


def test_vat_included_bands_keep_their_edges():
    found = price(f"bands = [{WHOLE}]", vat='"included"', vat_rate="0.25")
    assert [(band.begins, band.up_to, band.fixed, band.price) for band in found.bands] == [
        (6, 50, 0, 2.4), (51, 200, 80, 1.6),
    ]  # fmt: skip


def test_steps_at_the_edges_are_reported_as_published():
    def demand(name):
        return next(one.price for one in priced_components(published(name)) if one.price.bands)

    assert band_steps(demand("goteborg-energi-2024")) == []
    assert band_steps(demand("skelleftea-2016")) == []
    assert band_steps(demand("boden-2024"))[1] == (200.0, 184_174.0, 184_070.0)
    # SEOM 2022 at 210 kW: 535·210 + 2 887 = 115 237; 491·210 + 11 536 = 114 646, and at 211 kW 115 137
    seom = demand("seom-2022")
    assert band_steps(seom)[1] == (210.0, 115_237.0, 114_646.0)
    assert banded(seom, np.array([210.0, 211.0])).tolist() == [115_237.0, 115_137.0]
    assert band_steps(price("value = 1")) == []


def test_a_table_shows_the_bands_as_printed():
    assert to_frame(published("seom-2022")).filter(component="demand")["band"].to_list() == [
        "10 till 50", "51 till 210", "211 till 1\u00a0300", "1\u00a0301 och uppåt",
    ]  # fmt: skip


def test_gaps_between_lists_of_a_family_are_told_as_data():
    one = price_list(component("fixed", "SEK/month"), valid_to="2024-07-01")
    two = price_list(component("fixed", "SEK/month"), id='"b"', valid_from="2024-09-01", valid_to="2025-01-01")
    other = price_list(
        component("fixed", "SEK/month"), id='"c"', family='"annan"', valid_from="2026-01-01", valid_to="2027-01-01"
    )
    gaps = check_gaps([two, other, one])
    assert [(gap.family, gap.first, gap.end) for gap in gaps] == [("prov", date(2024, 7, 1), date(2024, 9, 1))]
    assert check_gaps([one]) == [] and check_gaps([]) == []
