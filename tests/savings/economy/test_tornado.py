"""What matters most, and what was promised against what was delivered."""

from __future__ import annotations

import math

import numpy as np
import pytest

from energy.errors import SettingsError
from energy.model import Band
from energy.savings.economy.economics import Component, Terms, economics, own_interest, published_interest
from energy.savings.economy.promised import promised_against_delivered
from energy.savings.economy.tornado import Range, tornado

PARTS = [Component("fastighet", 1e6, 2e5, 2020, 10)]
SAVING = {"idrott": np.linspace(1e5, 2e5, 101)}  # mean 150 000, 5-95 %: 105 000 to 195 000
FREE = Terms(2021, own_interest(0.0), discount_rate=0.0)


def by_name(bars):
    return {bar.parameter: bar for bar in bars}


def test_each_bar_by_hand():
    bars = tornado(PARTS, SAVING, FREE)
    found = by_name(bars)
    # centre: 10 x 150 000 - 800 000 = 700 000
    assert all(bar.npv_sek == pytest.approx(7e5) and bar.reason is None for bar in bars)
    assert (found["saving"].low, found["saving"].high) == pytest.approx((105_000, 195_000))
    assert (found["saving"].npv_low_sek, found["saving"].npv_high_sek) == pytest.approx((2.5e5, 11.5e5))
    # price 20 % down: 10 x 120 000 - 800 000; investment 800 000 or 1 200 000 less the same subsidy
    assert (found["energy_price"].npv_low_sek, found["energy_price"].npv_high_sek) == pytest.approx((4e5, 1e6))
    assert (found["investment"].npv_low_sek, found["investment"].npv_high_sek) == pytest.approx((9e5, 5e5))
    # life 8 or 12 years: 8 x 150 000 - 800 000, 12 x 150 000 - 800 000
    assert (found["lifetime"].npv_low_sek, found["lifetime"].npv_high_sek) == pytest.approx((4e5, 1e6))
    # at 1 %: 150 000 x 9.471305 - 800 000 = 620 695.7
    assert found["discount_rate"].npv_high_sek == pytest.approx(620_695.7, abs=0.1)


def test_years_that_are_over_move_with_the_saving_and_not_with_prices():
    measured = {"idrott": {2021: np.linspace(0.0, 1e5, 101)}}  # mean 50 000, 5 %: 5 000, 95 %: 95 000
    found = by_name(tornado(PARTS, SAVING, FREE, measured=measured))
    # centre: 50 000 + 9 x 150 000 - 800 000 = 600 000, as the net present value
    assert found["saving"].npv_sek == pytest.approx(6e5)
    assert found["saving"].npv_sek == pytest.approx(
        economics(PARTS, SAVING, FREE, measured=measured).returns[-1].npv_sek.value
    )
    assert (found["saving"].npv_low_sek, found["saving"].npv_high_sek) == pytest.approx((1.5e5, 10.5e5), abs=1e3)
    assert found["energy_price"].npv_low_sek == pytest.approx(5e4 + 9 * 1.2e5 - 8e5)


def test_the_widest_comes_first_and_every_range_has_its_reason():
    bars = tornado(PARTS, SAVING, FREE)
    spans = [bar.span_sek for bar in bars]
    assert spans == sorted(spans, reverse=True) and bars[0].parameter == "saving" and len(bars) == 5
    assert all(bar.range_reason for bar in bars)
    assert all(bar.range_reason.startswith("eget antagande") for bar in bars if bar.parameter != "saving")


def test_a_stated_range_goes_before_the_default():
    stated = Range("investment", 0.0, 5.0, "slutkostnaden är känd på fem procent när")
    found = by_name(tornado(PARTS, SAVING, FREE, [stated]))["investment"]
    assert (found.npv_low_sek, found.npv_high_sek) == pytest.approx(
        (7e5, 6.5e5)
    ) and found.range_reason == stated.reason


def test_the_centre_is_the_net_present_value_of_each_bearer():
    terms = Terms(2021, own_interest(0.02))
    for one in economics(PARTS, SAVING, terms).returns:
        bars = tornado(PARTS, SAVING, terms, bearer=one.cost_bearer)
        assert bars[0].npv_sek == pytest.approx(one.npv_sek.value)
    landlord = by_name(tornado(PARTS, SAVING, terms, bearer="fastighet"))
    assert landlord["saving"].span_sek == landlord["energy_price"].span_sek == 0.0


def test_interest_by_year_is_moved_as_a_whole():
    flat, yearly = Terms(2021, own_interest(0.0), discount_rate=0.02), Terms(2021, own_interest(0.02))
    one, other = (by_name(tornado(PARTS, SAVING, t))["discount_rate"] for t in (flat, yearly))
    assert (one.npv_low_sek, one.npv_high_sek) == pytest.approx((other.npv_low_sek, other.npv_high_sek))


def test_a_fixed_horizon_keeps_the_savings_when_lives_change():
    found = by_name(tornado(PARTS, SAVING, Terms(2021, own_interest(0.0), 0.0, horizon_years=10)))["lifetime"]
    # life 8: 800 000 and after 8 years 1 000 000 again, six eighths left: 1 500 000 - 1 800 000 + 750 000
    # life 12: two twelfths of 800 000 left: 1 500 000 - 800 000 + 133 333
    assert (found.npv_low_sek, found.npv_high_sek) == pytest.approx((4.5e5, 833_333.33), abs=0.01)


def test_a_life_of_one_year_stays_a_year_at_least():
    found = by_name(tornado([Component("a", 1e5, 0.0, 2020, 1)], {"a": np.array([2e5])}, FREE))["lifetime"]
    assert (found.npv_low_sek, found.npv_high_sek) == (1e5, 3e5)  # one year, and two
    found = by_name(tornado([Component("a", 1e5, 0.0, 2020, 7)], {"a": np.array([1e5])}, FREE))["lifetime"]
    assert (found.npv_low_sek, found.npv_high_sek) == (4e5, 8e5)  # 5.6 years are five whole, 8.4 at most nine


@pytest.mark.parametrize(
    ("terms", "saving"),
    [(Terms(2021, published_interest()), SAVING), (FREE, {}), (FREE, {"idrott": np.array([np.nan, 1.0])})],
)
def test_what_is_not_known_gives_bars_without_figures(terms, saving):
    for bar in tornado(PARTS, saving, terms):
        assert math.isnan(bar.npv_sek) and math.isnan(bar.span_sek) and bar.reason.startswith("kan inte bedömas")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Range("weather", 0, 1, ""),
        lambda: Range("lifetime", -100, 0, ""),
        lambda: Range("saving", 2, 1, ""),
        lambda: Range("saving", math.nan, 1, ""),
        lambda: tornado(PARTS, SAVING, FREE, bearer="ingen"),
    ],
)
def test_wrong_ranges_are_told(wrong):
    with pytest.raises(SettingsError, match="tornado"):
        wrong()


# --- promised against delivered ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "verdict", "word"),
    [
        (100.0, 140.0, "delivered", "Levererat"),
        (60.0, 99.9, "below", "Under det utlovade"),
        (80.0, 100.0, "cannot_be_told", "Kan inte avgöras"),
        (90.0, 130.0, "cannot_be_told", "Kan inte avgöras"),
    ],
)
def test_the_verdict_follows_the_band(low, high, verdict, word):
    found = promised_against_delivered(100.0, Band((low + high) / 2, low, high))
    assert found.verdict == verdict and found.text.startswith(word)
    assert found.difference.low == pytest.approx(low - 100) and found.delivered_pct.high == pytest.approx(high)


def test_an_end_of_the_band_nearer_the_promise_than_chance_tells_neither():
    """Of 200 draws an end lies within ±9.1 of a band 100 wide: 2·√(0.05·0.95/200) / φ(1.645) · 100 / 3.29."""
    for low, verdict in ((109.2, "delivered"), (109.0, "cannot_be_told"), (100.5, "cannot_be_told")):
        found = promised_against_delivered(100.0, Band(low + 50, low, low + 100), draws=200)
        assert found.verdict == verdict
    assert found.text.endswith("bandets ände ligger så nära löftet att slumpen i beräkningen avgör.")
    for high, verdict in ((90.8, "below"), (91.0, "cannot_be_told")):
        assert promised_against_delivered(100.0, Band(high - 50, high - 100, high), draws=200).verdict == verdict


def test_a_year_with_hours_taken_out_is_asked_for_its_share_of_the_promise():
    found = promised_against_delivered(100.0, Band(80.0, 76.0, 84.0), counted=0.75)
    assert found.promised == 75.0 and found.verdict == "delivered"
    assert found.delivered_pct.value == pytest.approx(80 / 0.75)
    assert found.text.endswith("Jämfört med 75,0 % av årets löfte: resten av årets timmar räknas inte.")


def test_shares_are_of_the_promise():
    found = promised_against_delivered(200.0, Band(150.0, 120.0, 180.0))
    assert found.delivered_pct == Band(75.0, 60.0, 90.0) and found.difference == Band(-50.0, -80.0, -20.0)
    assert found.text == "Under det utlovade: 75 % av det utlovade, band 60 till 90 %; inget av bandet når löftet."


@pytest.mark.parametrize("promised", [None, 0.0, -5.0, math.nan])
def test_without_a_promise_nothing_can_be_told(promised):
    found = promised_against_delivered(promised, Band(1.0, 0.0, 2.0))
    assert found.verdict == "cannot_be_told" and "ingen besparing är utlovad" in found.text
    assert math.isnan(found.difference.value) and found.difference.reason == found.text


def test_an_unknown_saving_keeps_its_reason():
    unknown = Band(math.nan, math.nan, math.nan, reason="kan inte bedömas: elva månader")
    assert promised_against_delivered(100.0, unknown).text == "kan inte bedömas: elva månader"
    assert "inte känd" in promised_against_delivered(100.0, Band(1.0, 0.0, math.inf)).text
