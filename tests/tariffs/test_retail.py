"""Electricity retail: spot by hour and by quarter, fixed price, portfolio; what is missing or wrong is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import TariffError
from energy.model import BillingContext
from energy.tariffs.bill import bill, total
from energy.tariffs.pricelist import known_options
from tests.tariffs.loads import component, contract, load, price_list, published

OCTOBER = (date(2025, 10, 1), date(2025, 11, 1))
MONTH = OCTOBER[0]
HOURS = 31 * 24
SPOT = component("spot_energy", "spot")
RATIO = np.array([0.1, 0.2, 0.3, 0.4])  # how an hour's energy lies in its quarters
PRICES = np.array([1.0, 0.5, 0.2, -0.1])


def one(load_, context, components=SPOT, **options):
    lists = [price_list(components, valid_from="2025-01-01", valid_to="2026-01-01")]
    found = bill(load_, [contract("prov", **options)], lists, [MONTH], context)
    assert len(found) == 1
    return found[0]


def quartered(kwh=10.0, ratio=RATIO, draws=1):
    """A load of October with quarters of one meter, however many draws of energy."""
    hours = load(*OCTOBER, kwh, draws)
    return replace(hours, energy_quarters_kwh=hours.energy_kwh[:, None, :1] * ratio[None, :, None])


def prices(first=0, hourly=0.40):
    """Hourly prices all month, and prices by quarter from hour number `first`."""
    quarters = np.full((HOURS, 4), np.nan)
    quarters[first:] = PRICES
    return BillingContext(spot_sek_per_kwh=np.full(HOURS, hourly), spot_quarters_sek_per_kwh=quarters)


# --- spot by hour and by quarter --------------------------------------------------------------------------------------


def test_an_hour_is_priced_by_its_quarters():
    line = one(quartered(), prices())
    # 10 x (0.1 x 1.0 + 0.2 x 0.5 + 0.3 x 0.2 + 0.4 x -0.1) = 2.20 SEK an hour; the mean of the four would give 4.00
    assert line.amount_sek == pytest.approx([744 * 2.20]) and line.quantity == pytest.approx([7440])
    assert line.evidence == (
        ("2025-10-01", "förbrukningsvägt spotpris 22,00 öre/kWh, 744 av 744 timmar prissatta kvart för kvart"),
    )


def test_or_by_the_hour_where_the_contract_says_so():
    line = one(quartered(), prices(), component("spot_energy", "spot", resolution='"hour"'))
    assert line.amount_sek == pytest.approx([744 * 4.00])
    assert line.evidence == (("2025-10-01", "förbrukningsvägt spotpris 40,00 öre/kWh"),)


def test_hours_before_the_quarters_begin_have_their_own_price():
    line = one(quartered(), prices(first=44))
    assert line.amount_sek == pytest.approx([44 * 4.00 + 700 * 2.20])
    assert line.evidence[0][1].endswith("700 av 744 timmar prissatta kvart för kvart")


def test_a_meter_without_quarters_pays_the_hours_mean():
    assert one(load(*OCTOBER), prices()).amount_sek == pytest.approx([744 * 4.00])
    only = BillingContext(spot_quarters_sek_per_kwh=np.tile(PRICES, (HOURS, 1)))  # mean 0.40
    assert one(load(*OCTOBER), only).amount_sek == pytest.approx([744 * 4.00])
    assert one(quartered(), only).amount_sek == pytest.approx([744 * 2.20])
    part = quartered()
    part.energy_quarters_kwh[:44] = np.nan  # the meter told hours, then quarters
    part.energy_quarters_kwh[44, 2] = np.nan  # a quarter is missing, the hour is known
    line = one(part, prices())
    assert line.amount_sek == pytest.approx([45 * 4.00 + 699 * 2.20])
    assert "699 av 744 timmar" in line.evidence[0][1]


def test_a_quarter_below_zero_leaves_the_hour_at_the_hours_price():
    net = quartered()
    net.energy_quarters_kwh[0] = np.array([15.0, -5.0, 0.0, 0.0])[:, None]
    assert one(net, prices()).amount_sek == pytest.approx([4.00 + 743 * 2.20])


def test_an_hour_without_energy_costs_nothing():
    still = quartered()
    still.energy_kwh[:10], still.energy_quarters_kwh[:10] = 0.0, 0.0
    assert one(still, prices()).amount_sek == pytest.approx([734 * 2.20])


def test_a_changed_load_keeps_the_profile_of_the_meter():
    draws = quartered(draws=3)
    changed = replace(draws, energy_kwh=draws.energy_kwh * np.array([1.0, 0.5, 0.0]))
    assert one(changed, prices()).amount_sek == pytest.approx(744 * 2.20 * np.array([1.0, 0.5, 0.0]))


def test_each_draw_may_have_its_own_quarters():
    hours = load(*OCTOBER, 10.0, 2)
    both = np.stack([np.tile(10 * RATIO, (HOURS, 1)), np.tile(10 * RATIO[::-1], (HOURS, 1))], axis=2)
    line = one(replace(hours, energy_quarters_kwh=both), prices())
    # the other way round: 10 x (0.4 x 1.0 + 0.3 x 0.5 + 0.2 x 0.2 + 0.1 x -0.1) = 5.80
    assert line.amount_sek == pytest.approx([744 * 2.20, 744 * 5.80])


def test_negative_prices_count_and_flat_quarters_change_nothing():
    flat = quartered(ratio=np.full(4, 0.25))
    assert one(flat, prices()).amount_sek == pytest.approx([744 * 4.00])
    below = BillingContext(spot_sek_per_kwh=np.full(HOURS, -0.06))
    assert one(load(*OCTOBER), below).amount_sek == pytest.approx([-446.4])


def test_missing_prices_and_missing_energy_give_reasons():
    nothing = one(load(*OCTOBER), BillingContext())
    assert np.isnan(nothing.amount_sek).all() and nothing.reason == "spotpriser saknas"
    holes = np.full(HOURS, 0.4)
    holes[[3, 7]] = np.nan
    line = one(load(*OCTOBER), BillingContext(spot_sek_per_kwh=holes))
    assert np.isnan(line.amount_sek).all() and line.reason == "spotpris saknas för 2 av 744 timmar"
    assert one(quartered(), replace(prices(), spot_sek_per_kwh=holes)).amount_sek == pytest.approx([744 * 2.20])
    kwh = np.full(HOURS, 10.0)
    kwh[5] = np.nan
    line = one(load(*OCTOBER, kwh), prices())
    assert line.reason == "mätvärden för energi saknas: 743 av 744 timmar har värde (99,8 %)"


def test_arrays_of_another_shape_are_refused():
    wrong = BillingContext(spot_quarters_sek_per_kwh=np.ones((HOURS, 3)))
    with pytest.raises(TariffError, match=r"spotpriset per kvart har formen \(744, 3\)"):
        one(load(*OCTOBER), wrong)
    with pytest.raises(TariffError, match=r"energy_quarters_kwh har formen \(744, 3, 1\), inte \(744, 4, k\)"):
        one(replace(load(*OCTOBER), energy_quarters_kwh=np.ones((HOURS, 3, 1))), prices())


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_quarters_cost_what_they_cost_one_by_one(seed):
    rng = np.random.default_rng(seed)
    energy, price = rng.gamma(1.0, 5.0, (HOURS, 4, 1)), rng.normal(0.5, 0.5, (HOURS, 4))
    hours = replace(load(*OCTOBER, energy.sum(axis=1)), energy_quarters_kwh=energy)
    context = BillingContext(spot_sek_per_kwh=price.mean(axis=1), spot_quarters_sek_per_kwh=price)
    assert one(hours, context).amount_sek[0] == pytest.approx((energy[:, :, 0] * price).sum())


# --- fixed price, markup, certificates --------------------------------------------------------------------------------


def test_a_fixed_price_with_markup_certificates_and_fee():
    agreed = contract("fixed-price", energy_ore_per_kwh=52.5, markup_ore_per_kwh=2, certificate_ore_per_kwh=0.4,
                      fixed_sek_per_month=49)  # fmt: skip
    found = bill(load(*OCTOBER), [agreed], [published("fixed-price")], [MONTH], BillingContext())
    assert {one.label: float(one.amount_sek[0]) for one in found} == pytest.approx({
        "Fast elpris": 7440 * 0.525, "Påslag": 7440 * 0.02, "Elcertifikat": 7440 * 0.004, "Månadsavgift": 49,
    })  # fmt: skip
    with pytest.raises(TariffError, match=r"options\.energy_ore_per_kwh»: fann inget"):
        bill(load(*OCTOBER), [contract("fixed-price")], [published("fixed-price")], [MONTH], BillingContext())


# --- portfolio --------------------------------------------------------------------------------------------------------


def portfolio(load_, context, month=MONTH, **options):
    agreed = contract("portfolio-se3", **({"hedged_ore_per_kwh": 60} | options))
    return bill(load_, [agreed], [published("portfolio-se3")], [month], context)


def labels(found):
    return {one.label: float(one.amount_sek[0]) for one in found}


def test_a_hedged_share_and_the_rest_at_the_profiles_spot():
    kwh = np.full(HOURS, 10.0)
    kwh[:100] = 40.0
    spot = np.full(HOURS, 0.20)
    spot[:100] = 1.00
    found = portfolio(load(*OCTOBER, kwh), BillingContext(spot), hedged_share=0.7, markup_ore_per_kwh=3)
    # 4 000 + 6 440 = 10 440 kWh; 4 000 x 1.00 + 6 440 x 0.20 = 5 288 SEK at spot
    assert labels(found) == pytest.approx({
        "Prissäkrad energi": 0.7 * 10_440 * 0.60, "Spotpris, ej prissäkrat": 0.3 * 5288, "Påslag": 313.2,
        "Elcertifikat": 0, "Månadsavgift": 0,
    })  # fmt: skip
    assert found[0].evidence == (("2025-10-01", "prissäkrad andel 70,0 % av energin"),)
    assert found[1].evidence == (("2025-10-01", "förbrukningsvägt spotpris 50,65 öre/kWh"),)


@pytest.mark.parametrize(
    "share", [0.9, [0.1] * 9 + [0.9] + [0.1] * 2, {"2025-09": 0.2, "2025-10": 0.9}, {"2025-10": 0.9}]
)
def test_a_share_by_month(share):
    found = portfolio(load(*OCTOBER), prices(), hedged_share=share)
    assert labels(found)["Prissäkrad energi"] == pytest.approx(0.9 * 7440 * 0.60)
    assert labels(found)["Spotpris, ej prissäkrat"] == pytest.approx(0.1 * 7440 * 0.40)


@pytest.mark.parametrize(
    ("share", "month", "told"),
    [
        (None, "", "inget"), (1.2, "", "1.2"), (-0.1, "", "-0.1"), (70, "", "70"), ("0.7", "", "'0.7'"),
        (True, "", "True"), (float("nan"), "", "nan"), ([0.5] * 11, "", r"\[0.5"), ([1.5] * 12, "", "1.5"),
        ({"2025-09": 0.5}, '."2025-10"', "inget"), ({"2025-10": 70}, '."2025-10"', "70"),
    ],
)  # fmt: skip
def test_a_share_that_is_missing_or_wrong_is_an_error(share, month, told):
    options = {} if share is None else {"hedged_share": share}
    with pytest.raises(TariffError, match=f"nyckel «options.hedged_share{month}»: fann {told}.*Tillåtet: en andel 0-1"):
        portfolio(load(*OCTOBER), prices(), **options)


def test_all_hedged_needs_no_spot_price_and_none_hedged_is_plain_spot():
    found = portfolio(load(*OCTOBER), BillingContext(), hedged_share=1)
    assert labels(found)["Prissäkrad energi"] == pytest.approx(7440 * 0.60)
    assert labels(found)["Spotpris, ej prissäkrat"] == 0 and [one.reason for one in found] == [None] * 5
    none = portfolio(quartered(), prices(), hedged_share=0)
    assert labels(none)["Spotpris, ej prissäkrat"] == pytest.approx(744 * 2.20)
    part = portfolio(load(*OCTOBER), BillingContext(), hedged_share=0.5)
    assert [one.reason for one in part] == [None, "spotpriser saknas", None, None, None]


def test_missing_energy_leaves_both_parts_unknown():
    kwh = np.full(HOURS, 10.0)
    kwh[5] = np.nan
    found = portfolio(load(*OCTOBER, kwh), prices(), hedged_share=0.7)
    assert all(one.reason.startswith("mätvärden för energi saknas: 743 av 744") for one in found[:2])
    assert np.isnan(total(found)).all()


def test_the_hedged_price_must_be_told():
    with pytest.raises(TariffError, match=r"options\.hedged_ore_per_kwh»: fann inget"):
        bill(
            load(*OCTOBER),
            [contract("portfolio-se3", hedged_share=0.5)],
            [published("portfolio-se3")],
            [MONTH],
            prices(),
        )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_hedged_and_rest_are_all_the_energy_and_cost_between_the_two(seed, share):
    energy = np.random.default_rng(seed).gamma(2.0, 5.0, (HOURS, 3))
    loaded = load(*OCTOBER, energy, 3)
    hedged, rest = portfolio(loaded, prices(), hedged_share=share)[:2]
    assert hedged.quantity + rest.quantity == pytest.approx(energy.sum(axis=0))
    assert hedged.amount_sek == pytest.approx(share * energy.sum(axis=0) * 0.60)
    assert rest.amount_sek == pytest.approx((1 - share) * one(loaded, prices()).amount_sek)


def test_a_list_tells_the_share_itself_or_where_it_stands():
    own = component(
        "hedged_energy", "SEK/kWh", "value = 1", share="[0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.2, 0.5, 0.5]"
    )
    assert one(load(*OCTOBER), prices(), own).quantity == pytest.approx([1488])
    for settings_ in ({}, {"share": "0.5", "option": '"andel"'}):
        with pytest.raises(TariffError, match="exakt en av share och option"):
            price_list(component("hedged_energy", "SEK/kWh", **settings_))
    with pytest.raises(TariffError, match="bara när of är unhedged"):
        price_list(component("spot_energy", "spot", share="0.5"))
    for share in ("1.5", "-0.1", "[0.5]"):
        with pytest.raises(TariffError, match="en andel 0-1, eller tolv"):
            price_list(component("hedged_energy", "SEK/kWh", share=share))


def test_the_options_of_the_lists_are_known():
    assert {"hedged_share", "hedged_ore_per_kwh", "markup_ore_per_kwh"} <= known_options(published("portfolio-se3"))
    assert "hedged_share" not in known_options(published("spot-se3"))
