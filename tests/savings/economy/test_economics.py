"""Project economics by hand: capital cost by year, payback, value and return, per cost bearer and for the group."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import SettingsError
from energy.savings.economy.capital import capital, packaged
from energy.savings.economy.economics import (
    ALL,
    Case,
    Component,
    Economics,
    InternalInterest,
    Terms,
    economics,
    held,
    own_interest,
    published_interest,
    returns_frame,
    years_frame,
)  # fmt: skip
from energy.savings.economy.returns import odds_text, ordered_band, share_text


def terms(rate: float = 0.0, first: int = 2021, **more) -> Terms:
    return Terms(first, own_interest(rate), discount_rate=rate, **more)


def part(
    amount: float = 1e6, life: int = 10, bearer: str = "idrott", subsidy: float = 0.0, year: int = 2020
) -> Component:
    return Component(bearer, amount, subsidy, year, life)


def rows(found: Economics, bearer: str = ALL):
    return [r for r in found.years if r.cost_bearer == bearer]


def returns(found: Economics, bearer: str = ALL):
    return next(r for r in found.returns if r.cost_bearer == bearer)


def test_a_million_over_ten_years_at_a_hundred_thousand_a_year_without_interest():
    found = economics([part()], {"idrott": np.array([1e5])}, terms())
    one = returns(found)
    # 1 000 000 / 100 000 = 10 years, exactly its life: NPV 0, return 0 %, paid back
    assert one.simple_payback_years.value == one.discounted_payback_years.value == 10.0
    assert one.npv_sek.value == 0.0 and one.internal_rate_of_return_pct.value == pytest.approx(0.0, abs=1e-9)
    assert one.probability_pays_back_within_life == one.probability_npv_positive == 1.0
    assert one.annuity_sek_per_year == 1e5 and one.simple_payback_years.reason is None
    assert [r.year for r in rows(found)] == list(range(2021, 2031))
    assert all((r.depreciation_sek, r.net_effect_sek.value) == (1e5, 0.0) for r in rows(found))


def test_depreciation_and_internal_interest_by_the_nominal_method():
    # 1 000 000 less 200 000 in subsidy, 4 years, 5 %: 200 000 a year; interest on 800, 600, 400, 200 thousand
    found = rows(economics([part(life=4, subsidy=2e5)], {"idrott": np.array([2.3e5])}, terms(0.05)))
    assert [r.book_value_sek for r in found] == [8e5, 6e5, 4e5, 2e5]
    assert [r.internal_interest_sek for r in found] == pytest.approx([4e4, 3e4, 2e4, 1e4])
    assert [r.capital_cost_sek for r in found] == pytest.approx([2.4e5, 2.3e5, 2.2e5, 2.1e5])
    assert [r.net_effect_sek.value for r in found] == pytest.approx([-1e4, 0.0, 1e4, 2e4], abs=1e-6)


def test_value_return_and_discounted_payback_by_hand():
    # 100 000 for 2 years of 60 000 at 10 %: -100 000 + 54 545.45 + 49 586.78 = 4 132.23; return 13.0662 %
    # simple 100/60 = 1.6667 years; discounted 1 + 45 454.55 / 49 586.78 = 1.9167 years
    one = returns(economics([part(1e5, 2)], {"idrott": np.array([6e4])}, terms(0.10)))
    assert one.npv_sek.value == pytest.approx(4132.23, abs=0.01)
    assert one.internal_rate_of_return_pct.value == pytest.approx(13.0662, abs=1e-4)
    assert one.simple_payback_years.value == pytest.approx(5 / 3)
    assert one.discounted_payback_years.value == pytest.approx(1.916667, abs=1e-6)


def test_prices_that_change_move_every_later_year():
    # 100 000 growing 10 % a year, 2 years, no interest: 100 000 + 110 000 - 150 000 = 60 000; 1 + 50/110 years
    found = economics([part(1.5e5, 2)], {"idrott": np.array([1e5])}, terms(price_change=0.10))
    assert returns(found).npv_sek.value == pytest.approx(6e4)
    assert returns(found).simple_payback_years.value == pytest.approx(1 + 5 / 11)
    assert any("ändras 10 % per år" in text for text in found.assumptions)
    assert any("ändras inte" in text for text in economics([part()], {}, terms()).assumptions)


def test_money_bound_before_the_first_full_year_is_compounded():
    # 100 000 at the end of 2018, first full year 2021, 10 %: two years bound, 121 000; one year's saving 110 000 / 1.1
    found = returns(economics([part(1e5, 1, year=2018)], {"idrott": np.array([1.1e5])}, terms(0.10)))
    assert found.npv_sek.value == pytest.approx(-121_000 + 100_000)
    # bought in the first full year itself: paid at its beginning
    same = returns(economics([part(1e5, 1, year=2021)], {"idrott": np.array([1.1e5])}, terms(0.10)))
    assert same.npv_sek.value == pytest.approx(0.0, abs=1e-6)


def test_the_discount_follows_the_internal_interest_of_each_year():
    known = InternalInterest({2021: 0.25, 2022: 0.60}, "prov")
    # 100/1.25 + 100/(1.25 * 1.6) - 100 = 80 + 50 - 100
    found = returns(economics([part(100, 2)], {"idrott": np.array([100.0])}, Terms(2021, known)))
    assert found.npv_sek.value == pytest.approx(30.0) and found.annuity_sek_per_year is None


# --- different lives ---------------------------------------------------------------------------------------------


def test_what_wears_out_first_is_bought_again_without_subsidy():
    parts = [part(9e5, 2, subsidy=1e5), part(2e6, 4)]
    found = economics(parts, {"idrott": np.array([1e6])}, terms())
    # first 800 000 / 2 + 2 000 000 / 4 = 900 000; then 900 000 / 2 + 500 000 = 950 000 a year
    assert found.horizon_years == 4
    assert [r.depreciation_sek for r in rows(found)] == [9e5, 9e5, 9.5e5, 9.5e5]
    assert [r.book_value_sek for r in rows(found)] == [2.8e6, 1.9e6, 1.9e6, 9.5e5]
    assert returns(found).npv_sek.value == 4e6 - 2.8e6 - 9e5
    # first purchases 2.8 million: 2.8 years by then 0.8 of 2 years' wear of the second, 0.36: balance 1 x T - 2.8 -
    # 0.45 (T - 2) = 0 gives T = 1.9 / 0.55 = 3.4545 years
    assert returns(found).simple_payback_years.value == pytest.approx(3.4545, abs=1e-4)


def test_the_book_value_at_the_horizon_comes_back():
    # 900 000, 3 years, horizon 4: bought again after 3, two thirds of it left
    found = returns(economics([part(9e5, 3)], {"idrott": np.array([0.0])}, terms(horizon_years=4)))
    assert found.npv_sek.value == pytest.approx(-9e5 - 9e5 + 6e5)
    longer = returns(economics([part(1e6, 10)], {"idrott": np.array([1e5])}, terms(horizon_years=5)))
    assert longer.npv_sek.value == pytest.approx(0.0)  # 500 000 saved and 500 000 left in the books
    assert longer.simple_payback_years.value == math.inf  # but the money has not come back out of savings


def test_dearer_purchases_again():
    # bought again after 2 years at 100 x 1.1² = 121
    books = capital([part(100, 2)], 2021, 4, 0, 0.10)
    assert books.again_sek.tolist() == pytest.approx([0, 0, 121, 0, 0])
    assert books.depreciation_sek.tolist() == pytest.approx([50, 50, 60.5, 60.5])


def test_a_project_that_cannot_keep_itself_up_does_not_pay_back():
    # 2.1 million for 40 years and 0.9 for 20; 80 000 a year is 3.2 million in 40 years, less than 2.1 + 0.9 + 0.9
    parts = [part(2.1e6, 40), part(9e5, 20)]
    found = returns(economics(parts, {"idrott": np.array([8e4])}, terms()))
    assert found.simple_payback_years.value == math.inf and found.probability_pays_back_within_life == 0.0
    # 160 000 a year has paid the 3.0 million after 18.75 years, and stays above
    assert returns(economics(parts, {"idrott": np.array([1.6e5])}, terms())).simple_payback_years.value == 18.75


def test_a_later_part_begins_when_it_is_bought():
    found = economics([part(1e5, 2), part(4e4, 2, year=2022)], {"idrott": np.array([1e5])}, terms())
    # horizon to the end of 2023: the first is bought again at the beginning of 2023, half of it left at the end
    assert [r.depreciation_sek for r in rows(found)] == [5e4, 7e4, 7e4]
    assert returns(found).npv_sek.value == pytest.approx(3e5 - 1e5 - 4e4 - 1e5 + 5e4)


# --- draws and bearers -------------------------------------------------------------------------------------------


def test_the_bands_tell_the_share_that_never_pays_back():
    saving = np.concatenate([np.full(90, 2e5), np.full(10, 1e4)])
    one = returns(economics([part()], {"idrott": saving}, terms(0.02)))
    assert (one.simple_payback_years.value, one.simple_payback_years.low) == (5.0, 5.0)
    assert one.simple_payback_years.high == math.inf
    assert one.simple_payback_years.reason == "10 % av de lottade utfallen betalar sig inte inom 10 år"
    assert one.internal_rate_of_return_pct.low < -15  # 100 000 back of a million
    assert one.probability_pays_back_within_life == 0.9 and "i 90 % av de lottade utfallen" in one.text
    assert one.npv_sek.reason is None and one.npv_sek.low < 0 < one.npv_sek.high


def test_the_landlord_carries_the_capital_and_the_tenant_saves():
    found = economics([part(bearer="fastighet")], {"idrott": np.array([2e5])}, terms(0.0))
    landlord, tenant, group = (returns(found, b) for b in ("fastighet", "idrott", ALL))
    assert [r.cost_bearer for r in found.returns] == ["fastighet", "idrott", ALL]
    assert landlord.simple_payback_years.value == math.inf and landlord.npv_sek.value == -1e6
    assert "ingen besparing" in landlord.text and landlord.probability_pays_back_within_life == 0.0
    assert tenant.npv_sek.value == 2e6 and math.isnan(tenant.simple_payback_years.value)
    assert "ingen egen investering" in tenant.simple_payback_years.reason
    assert tenant.probability_pays_back_within_life is None and "andra har betalat" in tenant.text
    assert group.simple_payback_years.value == 5.0 and group.npv_sek.value == 1e6
    assert [r.net_effect_sek.value for r in rows(found, "fastighet")] == [-1e5] * 10
    assert [r.net_effect_sek.value for r in rows(found, "idrott")] == [2e5] * 10


def test_a_band_that_holds_nought_shows_no_payback_but_the_odds():
    # 60 % save 200 000 and pay back a million in 5 years; 40 % lose 100 000 a year and never do
    saving = np.concatenate([np.full(60, 2e5), np.full(40, -1e5)])
    one = returns(economics([part()], {"idrott": saving}, terms(0.02)))
    for found in (one.simple_payback_years, one.discounted_payback_years, one.internal_rate_of_return_pct):
        assert all(math.isnan(value) for value in (found.value, found.low, found.high))
        assert "rymmer noll" in found.reason and found.reason.endswith("betalar sig inom 10 år är 60 %")
    assert one.probability_pays_back_within_life == 0.6 and one.npv_sek.low < 0 < one.npv_sek.high
    # a band that only reaches nought from below never pays back, and says so instead
    lost = returns(economics([part()], {"idrott": -saving[:60]}, terms(0.02)))
    assert lost.simple_payback_years.value == math.inf and "100 % av" in lost.simple_payback_years.reason


def test_years_that_are_over_hold_what_was_measured():
    # measured 50 000 in 2021 and 300 000 in 2022, then 100 000 a year; a million over ten years without interest
    measured = {"idrott": {2021: np.array([5e4]), 2022: np.array([3e5])}}
    found = economics([part()], {"idrott": np.array([1e5])}, terms(), measured=measured)
    assert [(r.is_measured, r.saving_sek.value) for r in rows(found)[:3]] == [(True, 5e4), (True, 3e5), (False, 1e5)]
    # left at the ends: -950, -650, -550 ... 150 thousand; nought after 2 + 6.5 years
    assert [r.balance_sek.value for r in rows(found)[:3]] == [-9.5e5, -6.5e5, -5.5e5]
    assert rows(found)[-1].balance_sek.value == 1.5e5 and returns(found).simple_payback_years.value == 8.5
    assert returns(found).npv_sek.value == 1.5e5 and returns(found).saving_sek_per_year.value == 1e5


def test_the_saving_is_in_the_prices_of_its_own_year():
    # 110 000 in the prices of 2022, 10 % a year: 100 000 in 2021, 121 000 in 2023
    found = economics([part(life=3)], {"idrott": np.array([1.1e5])}, terms(price_change=0.10, price_year=2022))
    assert [r.saving_sek.value for r in rows(found)] == pytest.approx([1e5, 1.1e5, 1.21e5])


def test_the_group_is_known_although_its_parts_are_not():
    saving = {"idrott": np.full(2, np.nan), "skola": np.full(2, np.nan)}
    group = Case(ALL, [], np.array([1e5, 3e5]))
    found = economics(
        [part()], saving, terms(), {"idrott": "kan inte bedömas: undermätaren saknar värden"}, None, group
    )
    assert returns(found).npv_sek.value == 1e6 and returns(found).investment_sek == 1e6
    assert math.isnan(returns(found, "skola").saving_sek_per_year.value)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**31), st.floats(0.0, 0.08))
def test_the_parts_sum_to_the_whole(seed, rate):
    rng = np.random.default_rng(seed)
    parts = [
        part(float(rng.uniform(1e5, 3e6)), int(rng.integers(1, 30)), b, year=int(rng.integers(2018, 2024)))
        for b in "aab"
    ]
    saving = {b: rng.normal(2e5, 1e5, 50) for b in "abc"}
    found = economics(parts, saving, terms(rate))
    *each, group = found.returns
    assert sum(r.npv_sek.value for r in each) == pytest.approx(group.npv_sek.value, abs=1e-3)
    assert sum(r.investment_sek for r in each) == pytest.approx(group.investment_sek)
    for year in found.years[-found.horizon_years :]:
        mine = [r for r in found.years if r.year == year.year and r.cost_bearer != ALL]
        assert sum(r.capital_cost_sek for r in mine) == pytest.approx(year.capital_cost_sek)
        assert sum(r.net_effect_sek.value for r in mine) == pytest.approx(year.net_effect_sek.value, abs=1e-3)
    again = economics(parts[::-1], {b: saving[b] for b in "cab"}, terms(rate))
    assert again.years == found.years and str(again.returns) == str(found.returns)  # any order, the same bits


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.floats(-1e5, 1e6), min_size=2, max_size=20), st.integers(1, 30), st.integers(1, 30), st.floats(0, 0.1)
)
def test_a_larger_saving_pays_back_no_later(savings, life, other, rate):
    parts = [part(1e6, life), part(5e5, other)]
    found = [returns(economics(parts, {"idrott": np.array([s])}, terms(rate))) for s in sorted(savings)]
    for name in ("simple_payback_years", "discounted_payback_years"):
        years = [getattr(r, name).value for r in found]
        assert all(b <= a + 1e-9 for a, b in pairwise(years))
    for one in found:
        assert one.discounted_payback_years.value >= one.simple_payback_years.value - 1e-9
        # with the horizon at the longest life, paying back with interest is a value of at least nought
        if max(life, other) % min(life, other) == 0:
            assert math.isfinite(one.discounted_payback_years.value) == (one.probability_npv_positive == 1.0)


# --- bad cases ---------------------------------------------------------------------------------------------------


def test_a_year_without_a_rate_has_no_interest_and_says_so():
    found = economics([part(life=10)], {"idrott": np.array([2e5])}, Terms(2021, published_interest()))
    known, unknown = rows(found)[4], rows(found)[5]
    # 2025: 600 000 left, 2.5 %
    assert (known.year, known.internal_interest_sek, known.reason) == (2025, pytest.approx(15_000), None)
    assert unknown.internal_interest_sek is unknown.capital_cost_sek is None and unknown.saving_sek.value == 2e5
    assert "internränta saknas för 2026 " in unknown.reason and math.isnan(unknown.net_effect_sek.value)
    one = returns(found)
    assert "saknas för 2026-2030" in one.npv_sek.reason and one.simple_payback_years.value == 5.0
    assert math.isnan(one.discounted_payback_years.value) and one.probability_npv_positive is None
    assert one.internal_rate_of_return_pct.value == pytest.approx(15.0984, abs=1e-3)  # annuity 0.2 over ten years


def test_an_own_rate_or_a_stated_assumption_stands_in():
    for interest in (own_interest(0.03), held(published_interest())):
        found = economics([part()], {"idrott": np.array([2e5])}, Terms(2021, interest))
        assert returns(found).npv_sek.reason is None and all(r.reason is None for r in found.years)
    assert any("antagande: 2,5 %, räntan för 2025" in text for text in found.assumptions)
    assert held(published_interest()).missing([2015, 2016, 2026]).count("2015-2016 ") == 1  # never backwards


def test_the_published_interest_is_the_table_of_its_sources():
    expected = {2017: 1.75, 2018: 1.75, 2019: 1.5, 2020: 1.5, 2021: 1.25, 2022: 1.0, 2023: 1.25, 2024: 2.5, 2025: 2.5}
    assert {y: 100 * r for y, r in published_interest().by_year.items()} == pytest.approx(expected)
    assert all(row["source"] for row in packaged()["internal_interest"])


def test_no_investment_no_saving_and_nothing_at_all():
    gift = returns(economics([], {"idrott": np.array([1e5])}, terms(horizon_years=3)))
    assert gift.npv_sek.value == 3e5 and "ingen egen investering" in gift.internal_rate_of_return_pct.reason
    unknown = returns(economics([part()], {}, terms()))
    assert "besparingen är inte angiven" in unknown.npv_sek.reason and unknown.probability_npv_positive is None
    nothing = economics([], {}, terms())
    assert nothing.years == () and math.isnan(returns(nothing).npv_sek.value) and returns(nothing).npv_sek.reason
    paid = returns(economics([part(subsidy=1e6)], {"idrott": np.array([1e5])}, terms()))
    assert paid.text == "Hela investeringen är betald med bidrag." and paid.npv_sek.value == 1e6


@pytest.mark.parametrize("saving", [0.0, -5e4])
def test_a_saving_that_is_none_never_pays_back(saving):
    one = returns(economics([part()], {"idrott": np.full(20, saving)}, terms(0.02)))
    assert one.simple_payback_years.value == one.discounted_payback_years.value == math.inf
    assert one.simple_payback_years.reason.startswith("100 % av de lottade utfallen")
    assert one.internal_rate_of_return_pct.value == -math.inf and one.probability_npv_positive == 0.0


def test_a_life_of_one_year():
    # 100 000 for one year of 110 000 at 5 %: 110 000 / 1.05 - 100 000 = 4 761.90; return 10 %
    one = returns(economics([part(1e5, 1)], {"idrott": np.array([1.1e5])}, terms(0.05)))
    assert one.npv_sek.value == pytest.approx(4761.90, abs=0.01)
    assert one.internal_rate_of_return_pct.value == pytest.approx(10.0)
    assert one.simple_payback_years.value == pytest.approx(1 / 1.1)


def test_an_unknown_saving_of_one_bearer_is_unknown_for_the_group_and_keeps_its_reason():
    saving = {"idrott": np.full(3, np.nan), "skola": np.full(3, 1e5)}
    found = economics([part()], saving, terms(), {"idrott": "kan inte bedömas: returtemperatur saknas"})
    assert returns(found).npv_sek.reason == returns(found).text == "kan inte bedömas: returtemperatur saknas"
    assert returns(found, "skola").npv_sek.value == 1e6
    assert rows(found)[0].capital_cost_sek == 1e5 and math.isnan(rows(found)[0].saving_sek.value)


def test_several_rates_of_return_are_none():
    found = ordered_band(np.array([0.1, np.nan]), "", None)
    assert (
        math.isnan(found.value) and found.reason == "kan inte bedömas: 50 % av de lottade utfallen saknar entydigt svar"
    )
    assert (share_text(0.999), share_text(0.004), share_text(1.0)) == ("över 99 %", "under 1 %", "100 %")
    # halves up, in sentences as on pages; odds are never told as certain
    assert share_text(0.585) == odds_text(0.585) == "59 %" and odds_text(0.5849) == "58 %"
    assert (odds_text(1.0), odds_text(0.0), odds_text(0.994)) == ("över 99 %", "under 1 %", "99 %")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: part(-1.0), lambda: part(math.nan), lambda: part(1e5, subsidy=2e5), lambda: part(life=0),
        lambda: part(bearer=ALL), lambda: part(bearer=""), lambda: terms(2.5), lambda: own_interest(2.5),
        lambda: economics([part(year=2030)], {}, terms(horizon_years=5)), lambda: terms(price_change=math.nan),
        lambda: economics([part()], {ALL: np.zeros(1)}, terms()),
    ],
)  # fmt: skip
def test_wrong_settings_are_told(wrong):
    with pytest.raises(SettingsError, match=r"energibok\.toml"):
        wrong()


def test_draws_of_different_length_are_refused():
    with pytest.raises(ValueError, match="broadcast"):
        economics([part()], {"a": np.zeros(3), "b": np.zeros(4)}, terms())


def test_frames_hold_no_number_that_is_none():
    found = economics([part(bearer="fastighet")], {"idrott": np.array([2e5])}, Terms(2021, published_interest()))
    years, whole = years_frame(found.years), returns_frame(found.returns)
    assert years.height == 30 and whole.height == 3 and years["internal_interest_sek"].null_count() == 10
    landlord = whole.filter(cost_bearer="fastighet").row(0, named=True)
    assert landlord["simple_payback_years"] is None and "betalar sig inte" in landlord["simple_payback_reason"]
    assert years_frame([]).schema == years.schema and returns_frame([]).schema == whole.schema
    for frame in (years, whole):
        for column in frame.select("^.*(_sek|_years|_pct)$"):
            assert column.is_finite().drop_nulls().all()
