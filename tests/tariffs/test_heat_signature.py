"""The effect signature: what the line gives by hand, and when it is refused."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from energy.errors import TariffError
from energy.model import BillingContext
from energy.tariffs.bill import bill
from energy.tariffs.signature import line
from tests.tariffs.loads import component, contract, load, price_list

FIRST, END = date(2022, 1, 1), date(2024, 7, 1)
DAYS = [FIRST + timedelta(days=i) for i in range((END - FIRST).days)]
OUTDOOR = np.array([-10.0 + (i % 23) for i in range(len(DAYS))])  # -10 to 12 °C, over and over
HEM = {"season_months": "[10, 11, 12, 1, 2, 3, 4]", "excluded_above_c": "10", "design_c": "-16"}


def signature(daily_kw, outdoor=OUTDOOR, month=date(2024, 3, 1), options=None, span=slice(None), **settings):
    """The line of one month, from daily mean powers (days,) or (days, k)."""
    daily = np.atleast_2d(np.asarray(daily_kw, np.float64).T).T
    values = np.repeat(daily, 24, axis=0)
    days = DAYS[span]
    first, end = days[0], days[-1] + timedelta(days=1)
    body = component("effect_signature", "SEK/kW,month", "value = 35", **(HEM | settings))
    context = BillingContext(outdoor_daily_c={day: t for day, t in zip(DAYS, outdoor, strict=True) if t == t})
    metered = load(first, end, values, draws=daily.shape[1])
    return bill(metered, [contract("prov", **(options or {}))], [price_list(body)], [month], context)[0]


def test_a_straight_load_gives_its_own_line_at_the_design_temperature():
    """P = 100 - 4·T: 164 kW at -16 °C, whatever weekends, summer and mild days did; 420/12 = 35 SEK/kW,month."""
    power = 100 - 4 * OUTDOOR
    weekend = np.array([day.weekday() >= 5 for day in DAYS])
    power[weekend] = 1000.0
    power[OUTDOOR > 10] = 2000.0
    power[np.array([day.month in (5, 6, 7, 8, 9) for day in DAYS])] = 3000.0
    found = signature(power)
    assert found.quantity[0] == pytest.approx(164.0)
    assert found.amount_sek[0] == pytest.approx(164 * 35)
    assert found.evidence[0][0] == "2022-10-01"  # the season that ended before 1 January 2024
    assert found.evidence[0][1].endswith("4,00 kW per grad, läst vid −16 °C")


def test_the_power_holds_until_the_month_it_is_set_anew():
    power = np.where([day < date(2023, 7, 1) for day in DAYS], 100 - 4 * OUTDOOR, 200 - 4 * OUTDOOR)
    assert signature(power, month=date(2024, 4, 1), applies_from_month="5").quantity[0] == pytest.approx(164)
    assert signature(power, month=date(2024, 5, 1), applies_from_month="5").quantity[0] == pytest.approx(264)


def test_listed_holidays_do_not_count():
    power = 100 - 4 * OUTDOOR
    power[DAYS.index(date(2023, 1, 6))] = 900.0  # Epiphany, a Friday
    assert signature(power, excluded='["epiphany"]').quantity[0] == pytest.approx(164)
    assert signature(power).quantity[0] > 165


def test_three_points_by_hand():
    """x = 0, 5, 10 and y = 10, 8, 3: mean 5 and 7, slope (-5·3 + 0·1 + 5·-4)/50 = -0.7, so 14 at -5 °C."""
    level, slope, centre = line(np.array([0.0, 5.0, 10.0]), np.array([[10.0], [8.0], [3.0]]))
    assert (level[0], slope[0], centre[0]) == pytest.approx((7.0, -0.7, 5.0))
    assert level[0] + slope[0] * (-5 - centre[0]) == pytest.approx(14.0)


def test_gaps_in_one_draw_leave_the_others_alone():
    rng = np.random.default_rng(4)
    x, y = rng.normal(0, 5, 50), rng.normal(100, 5, (50, 3))
    y[:7, 1] = np.nan
    together = line(x, y)
    for draw in range(3):
        kept = np.isfinite(y[:, draw])
        slope, start = np.polyfit(x[kept], y[kept, draw], 1)
        assert together[1][draw] == pytest.approx(slope)
        assert together[0][draw] - together[1][draw] * together[2][draw] == pytest.approx(start)


def test_many_draws_are_each_their_own_line():
    power = np.stack([100 - 4 * OUTDOOR, 50 - 2 * OUTDOOR, 10 - 0.5 * OUTDOOR], axis=1)
    assert signature(power).quantity == pytest.approx([164, 82, 18])


def test_the_design_temperature_may_stand_in_the_contract():
    body = {**HEM, "option": '"design_outdoor_c"'}
    body.pop("design_c")
    settings = component("effect_signature", "SEK/kW,month", **body)
    assert "design_c" not in settings
    metered = load(FIRST, END, np.repeat(100 - 4 * OUTDOOR, 24))
    context = BillingContext(outdoor_daily_c=dict(zip(DAYS, OUTDOOR, strict=True)))
    arguments = ([price_list(settings)], [date(2024, 3, 1)], context)
    found = bill(metered, [contract("prov", design_outdoor_c=-20)], *arguments)[0]
    assert found.quantity[0] == pytest.approx(180)
    with pytest.raises(TariffError, match=r"options\.design_outdoor_c.*fann inget"):
        bill(metered, [contract("prov")], *arguments)


@pytest.mark.parametrize(
    ("daily", "outdoor", "settings", "said"),
    [
        (100 + 4 * OUTDOOR, OUTDOOR, {}, "effekten stiger inte med kylan (−4,00 kW per grad)"),
        (100 - 4 * OUTDOOR, OUTDOOR, {"excluded_above_c": "-8"}, "räknade dygn, minst 30 krävs"),
        (100 - 4 * OUTDOOR, OUTDOOR * 0 + 3, {}, "utetemperaturen skiljer bara 0,0 K, minst 5 krävs"),
        (100 - 4 * OUTDOOR, np.where(OUTDOOR == 0, np.nan, OUTDOOR), {}, "saknas för 6 av säsongens 150 dygn"),
    ],
)  # fmt: skip
def test_a_signature_that_cannot_be_drawn_is_refused(daily, outdoor, settings, said):
    found = signature(daily, outdoor, **settings)
    assert np.isnan(found.amount_sek).all()
    assert said in found.reason


def test_missing_days_are_refused_unless_the_contract_allows_them():
    power = 100 - 4 * OUTDOOR
    power[DAYS.index(date(2023, 1, 10))] = np.nan
    found = signature(power)
    assert np.isnan(found.quantity).all() and "dygn har dygnsmedel, högst 0 får saknas" in found.reason
    assert signature(power, options={"max_missing_days": 1}).quantity[0] == pytest.approx(164)


def test_a_short_history_is_refused_unless_the_supplier_has_stated_the_power():
    late = slice(DAYS.index(date(2023, 1, 1)), None)
    power = (100 - 4 * OUTDOOR)[late]
    found = signature(power, span=late)
    assert found.reason == "säsongen 2022-10-01-2023-05-01 finns inte hel i mätvärdena"
    assert signature(power, span=late, options={"billed_power_kw": 170}).quantity.tolist() == [170.0]


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"option": '"t"'}, "antingen design_c eller option"), ({"season_months": "[1, 3]"}, "månader i följd")],
)
def test_wrong_settings_are_told(settings, said):
    with pytest.raises(TariffError, match=said):
        signature(OUTDOOR, **settings)
