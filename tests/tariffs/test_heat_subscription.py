"""Subscribed power, chosen or recommended, its overrun, and prices that depend on utilisation time, by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from energy.errors import TariffError
from energy.tariffs.bill import bill
from energy.tariffs.pricelist import known_options
from tests.tariffs.loads import NOTHING, by_day, component, contract, load, price_list

FIRST, END = date(2022, 1, 1), date(2025, 1, 1)
FEB = date(2024, 2, 1)
RECOMMENDED = '{ method = "highest_daily_mean_in_season", season_months = [11, 12, 1, 2, 3] }'
HIGHEST = '{ method = "mean_of_highest_daily_means", n = 1, window_months = 12, applies_from_month = 1 }'
VALUES = by_day(FIRST, END, 50, {date(2023, 1, 10): 100, date(2024, 2, 5): 140})
VALUES[24 * (date(2024, 2, 5) - FIRST).days + 7] += 60  # that day: an hour of 200 kW, and a mean of 142.5


def lines(body, values=VALUES, month=FEB, **options):
    draws = values.shape[1] if values.ndim == 2 else 1
    return bill(load(FIRST, END, values, draws), [contract("prov", **options)], [price_list(body)], [month], NOTHING)


def subscription(method, **settings):
    return component(method, "SEK/kW,month", "value = 10", **settings)


def test_without_a_choice_the_recommended_power_is_subscribed():
    body = subscription("subscribed", recommended=RECOMMENDED)
    assert lines(body)[0].quantity.tolist() == [100.0]
    assert lines(body, subscribed_kw=80)[0].quantity.tolist() == [80.0]
    with pytest.raises(TariffError, match=r"options\.subscribed_kw"):
        lines(subscription("subscribed"))


@pytest.mark.parametrize(("of", "peak"), [("hour", 200.0), ("daily_mean", 142.5)])
@pytest.mark.parametrize("chosen", [80, 99.9])
def test_who_chose_less_than_recommended_pays_overrun(of, peak, chosen):
    settings = {"recommended": RECOMMENDED, "charged": '"below_recommended"', "of": f'"{of}"'}
    line = lines(subscription("overrun", **settings), subscribed_kw=chosen)[0]
    assert line.quantity[0] == pytest.approx(peak - chosen)
    assert line.amount_sek[0] == pytest.approx(10 * (peak - chosen))
    assert line.evidence[-1] == ("2024-02-01", f"rekommenderad effekt 100,0 kW, vald {chosen:.1f} kW".replace(".", ","))


def test_who_took_the_recommended_power_or_more_pays_none():
    body = subscription("overrun", recommended=RECOMMENDED, charged='"below_recommended"')
    assert lines(body) == []
    for chosen in (100, 120):
        assert lines(body, subscribed_kw=chosen)[0].amount_sek.tolist() == [0.0]


def test_overrun_may_cost_whoever_chose():
    always = subscription("overrun", recommended=RECOMMENDED)
    assert lines(always)[0].quantity.tolist() == [100.0]
    assert lines(always, subscribed_kw=120)[0].quantity.tolist() == [80.0]


def test_an_unknown_recommendation_gives_no_overrun_but_a_reason():
    values = VALUES.copy()
    values[24 * (date(2023, 1, 10) - FIRST).days] = np.nan
    body = subscription("overrun", recommended=RECOMMENDED, charged='"below_recommended"')
    line = lines(body, values, subscribed_kw=80)[0]
    assert np.isnan(line.amount_sek).all() and line.reason.startswith("dygnsmedeleffekt saknas: 150 av 151")
    assert lines(body, values, subscribed_kw=80, max_missing_days=1)[0].amount_sek.tolist() == [0.0]  # 50 recommended


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"charged": '"below_recommended"'}, r"determinant.recommended».*när charged är below_recommended"),
        ({"recommended": '{ method = "fixed" }'}, "recommended».*method bland.*effect_signature"),
        ({"recommended": "{ n = 1 }"}, "recommended».*med nyckeln method"),
        ({"recommended": '{ method = "monthly_peak_hour", m = 1 }'}, "Menade du|max_missing_hours"),
    ],
)
def test_wrong_nested_methods_are_told(settings, said):
    with pytest.raises(TariffError, match=said):
        price_list(subscription("overrun", **settings))


def test_the_options_of_a_nested_method_are_known():
    nested = '{ method = "effect_signature", season_months = [11, 12, 1], option = "design_outdoor_c" }'
    names = known_options(price_list(subscription("subscribed", recommended=nested)))
    assert {"subscribed_kw", "design_outdoor_c", "max_missing_days", "min_hours", "billed_power_kw"} <= names


# --- utilisation: 100 kW set 2024; energy of the twelve months to February decides U -------------------------------

BANDS = 'spread = "twelfths", bands = [{{ up_to = 500, fixed = {0}, price = {1} }}, {{ fixed = 0, price = 1 }}]'


def categories(limit):
    return "".join(
        component("power_in_category", "SEK/kW,year", BANDS.format(*each), label=name, power=HIGHEST, **{k: str(limit)})
        for name, each, k in (("Standard", (1200, 600), "from_h"), ("Spetsig", (600, 1200), "below_h"))
    )  # fmt: skip


def even(kwh_per_hour, power=100.0):
    return by_day(FIRST, END, kwh_per_hour, {date(2023, 1, 10): power, date(2023, 6, 1): power})


def test_utilisation_chooses_standard_or_spetsig_and_only_its_fixed_part():
    """366 days of 25 kW, one of them 100 kW: (365·25 + 100)·24 = 221 400 kWh / 100 kW = 2 214 h."""
    for limit, label, amount in (
        (2200.0, "Standard", (1200 + 60_000) / 12),
        (2214.0, "Standard", (1200 + 60_000) / 12),
        (2220.0, "Spetsig", (600 + 120_000) / 12),
    ):
        found = lines(categories(limit), even(25.0))
        assert [one.label for one in found] == [label]
        assert found[0].amount_sek[0] == pytest.approx(amount)
    assert found[0].evidence[-1] == ("2023-03-01", "utnyttjningstid 2\u00a0214 h: 221,4 MWh / 100,0 kW")


def test_each_draw_falls_in_its_own_category():
    values = np.stack([even(25.0), even(30.0)], axis=1)
    standard, spetsig = lines(categories(2220.0), values)
    assert standard.amount_sek.tolist() == pytest.approx([0.0, 61_200 / 12])
    assert spetsig.amount_sek.tolist() == pytest.approx([120_600 / 12, 0.0])
    assert standard.quantity.tolist() == [0.0, 100.0]


def test_a_utilisation_set_once_a_year_uses_the_year_before():
    values = even(25.0)
    values[24 * (date(2024, 1, 1) - FIRST).days :] = 99.0  # 2024 is flat: U of the rolling year grows, that of 2023 not
    yearly = categories(2400.0).replace("power =", "applies_from_month = 1, power =")
    month = date(2024, 12, 1)
    assert [one.label for one in lines(yearly, values, month)] == ["Spetsig"]
    assert [one.label for one in lines(categories(2400.0), values, month)] == ["Standard"]


def test_a_shortfall_grows_linearly_below_the_reference():
    """U = 2 214 h, 86 below 2 300: 100·86/2 300 kW, or 100·86 kW at a price per hour; 0 above the reference."""
    base = {"power": HIGHEST, "reference_h": "2300.0"}
    assert lines(subscription("utilisation_shortfall", **base), even(25.0))[0].quantity[0] == pytest.approx(8600 / 2300)
    each = subscription("utilisation_shortfall", per_h="1.0", **base)
    assert lines(each, even(25.0))[0].quantity[0] == pytest.approx(8600)
    assert lines(each, even(27.0))[0].quantity.tolist() == [0.0]


def test_missing_energy_leaves_the_category_open():
    values = even(25.0)
    values[24 * (date(2023, 4, 1) - FIRST).days] = np.nan
    found = lines(
        categories(2200.0).replace("applies_from_month = 1", "max_missing_days = 1, applies_from_month = 1"), values
    )
    assert len(found) == 2 and all(np.isnan(one.amount_sek).all() for one in found)
    assert found[0].reason == "energin 2023-03-01 till 2024-03-01 saknas: 365 av 366 dygn har dygnsmedel"
    assert [one.label for one in lines(categories(2200.0), values, max_missing_days=1)] == ["Standard"]


def test_no_power_gives_no_utilisation_time():
    found = lines(categories(2200.0), np.zeros(24 * (END - FIRST).days))
    assert found[0].reason == "utnyttjningstiden kan inte bestämmas: effekten är 0"


@pytest.mark.parametrize(
    ("settings", "said"),
    [({}, "minst en av from_h och below_h"), ({"from_h": "9.0", "below_h": "8.0"}, "below_h».*mer än from_h")],
)
def test_wrong_categories_are_told(settings, said):
    with pytest.raises(TariffError, match=said):
        price_list(component("power_in_category", "SEK/kW,month", power=HIGHEST, **settings))


def test_stated_power_can_be_judged_too():
    body = subscription("utilisation_shortfall", power='{ method = "stated" }', reference_h="2300.0", per_h="1.0")
    assert lines(body, even(25.0), billed_power_kw=110)[0].quantity[0] == pytest.approx(2300 * 110 - 221_400)
    assert "nyckel billed_power_kw" in lines(body, even(25.0))[0].reason
