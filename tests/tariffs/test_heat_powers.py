"""Powers from daily means and hours: rolling or set once a year, by season, weekday, hour and outdoor temperature."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from energy.errors import TariffError
from energy.model import BillingContext
from energy.tariffs.bill import bill
from tests.tariffs.loads import NOTHING, by_day, component, contract, load, price_list

FIRST, END = date(2021, 1, 1), date(2025, 1, 1)
MONTHS = [date(2024, month, 1) for month in range(1, 13)]


def one(values, method, month=MONTHS[0], context=NOTHING, options=None, span=(FIRST, END), **settings):
    counted = settings.pop("counted", "")  # months of the determinant, which `component` would give the component
    body = component(method, "SEK/kW,month", **settings)
    body = body.replace("window_months", f"months = {counted}, window_months") if counted else body
    found = bill(load(*span, values), [contract("prov", **(options or {}))], [price_list(body)], [month], context)
    assert len(found) == 1
    return found[0]


HIGHEST = {"n": "2", "window_months": "24", "applies_from_month": "1"}
DAYS = {date(2022, 2, 1): 90.0, date(2023, 12, 30): 70.0, date(2021, 12, 31): 300.0, date(2024, 1, 5): 500.0}


@pytest.mark.parametrize("month", MONTHS)
def test_two_highest_of_two_years_set_in_january_hold_all_year(month):
    """Hedemora: 2022 and 2023 set 2024; the peaks of 2021 and of 2024 itself do not count. (90 + 70) / 2 = 80."""
    line = one(by_day(FIRST, END, 10, DAYS), "mean_of_highest_daily_means", month, **HIGHEST)
    assert line.quantity.tolist() == [80.0]
    assert [day for day, _ in line.evidence] == ["2022-02-01", "2023-12-30"]


def test_a_power_set_in_july_changes_in_july():
    values = by_day(FIRST, END, 10, {date(2024, 6, 30): 50.0})
    settings = {"n": "1", "window_months": "12", "applies_from_month": "7"}
    assert one(values, "mean_of_highest_daily_means", MONTHS[5], **settings).quantity.tolist() == [10.0]
    assert one(values, "mean_of_highest_daily_means", MONTHS[6], **settings).quantity.tolist() == [50.0]


def test_a_yearly_power_needs_its_whole_window():
    line = one(10.0, "mean_of_highest_daily_means", span=(date(2023, 1, 1), END), **HIGHEST)
    assert np.isnan(line.amount_sek).all()
    assert line.reason == "historiken är för kort: 365 av 730 dygn finns i fönstret på 24 månader"


def test_october_to_march_sets_the_next_calendar_year_and_no_cold_day_is_left_out():
    """Piteå: October 2022 - March 2023 sets 2024; without excluded_below_c no outdoor temperature is needed."""
    days = {date(2022, 10, 1): 60.0, date(2023, 3, 31): 61.0, date(2023, 4, 1): 99.0, date(2023, 12, 1): 98.0}
    line = one(by_day(FIRST, END, 10, days), "highest_daily_mean_in_season", season_months="[10, 11, 12, 1, 2, 3]")
    assert line.quantity.tolist() == [61.0]
    assert line.evidence == (("2023-03-31", "dygnsmedeleffekt 61,0 kW"),)


def test_a_season_may_apply_from_another_month():
    days = {date(2023, 3, 31): 61.0, date(2024, 2, 1): 77.0}
    settings = {"season_months": "[11, 12, 1, 2, 3]", "applies_from_month": "5"}
    values = by_day(FIRST, END, 10, days)
    assert one(values, "highest_daily_mean_in_season", MONTHS[3], **settings).quantity.tolist() == [61.0]
    assert one(values, "highest_daily_mean_in_season", MONTHS[4], **settings).quantity.tolist() == [77.0]


def test_weekdays_holidays_months_and_hours_can_be_chosen():
    """Saturday 2023-12-02, Epiphany Friday 2023-01-06, July, and the night of 2023-11-01 do not count."""
    values = by_day(FIRST, END, 10, {date(2023, 12, 2): 90, date(2023, 1, 6): 80, date(2023, 7, 3): 70})
    night, day = (24 * (date(2023, 11, when) - FIRST).days for when in (1, 2))
    values[night : night + 6] = 400.0
    values[day + 8 : day + 20] = 34.0  # 12 of the 16 hours 06-22: (12 * 34 + 4 * 10) / 16 = 28
    settings = {
        "n": "1", "window_months": "12", "weekdays": "[1, 2, 3, 4, 5]", "excluded": '["epiphany"]',
        "counted": "[1, 2, 3, 10, 11, 12]", "from_hour": "6", "to_hour": "22", "applies_from_month": "1",
    }  # fmt: skip
    line = one(values, "mean_of_highest_daily_means", **settings)
    assert line.quantity.tolist() == [28.0]
    assert line.evidence == (("2023-11-02", "dygnsmedeleffekt 28,0 kW"),)


@pytest.mark.parametrize(("of", "power"), [("daily_mean", 20.0), ("highest_hour", 45.0), ("hour", 55.0)])
def test_hours_count_by_themselves_or_one_a_day(of, power):
    """Two hours of 60 and 50 kW on one day, one of 30 on the next. The two highest: hours (60 + 50) / 2 = 55;
    one a day (60 + 30) / 2 = 45. Daily means: (10·22 + 110) / 24 = 13.75 is below the 20 of two other days."""
    values = by_day(FIRST, END, 10, {date(2023, 5, 1): 20.0, date(2023, 5, 2): 20.0})
    at = 24 * (date(2023, 2, 1) - FIRST).days
    values[[at + 3, at + 4, at + 24]] = [60.0, 50.0, 30.0]
    settings = {"n": "2", "window_months": "12", "applies_from_month": "1", "of": f'"{of}"'}
    assert one(values, "mean_of_highest_daily_means", **settings).quantity.tolist() == [power]


def test_the_hour_that_set_the_power_is_told():
    values = np.full(24 * (END - FIRST).days, 10.0)
    values[24 * (date(2023, 2, 1) - FIRST).days + 3] = 60.0
    line = one(values, "highest_daily_mean_in_season", season_months="[1, 2]", of='"hour"')
    assert line.evidence == (("2023-02-01", "timeffekt 60,0 kW kl. 03-04 normaltid"),)


def outdoor(cold: dict[date, float]) -> BillingContext:
    every = {FIRST + timedelta(days=i): 0.0 for i in range((END - FIRST).days)}
    return BillingContext(outdoor_daily_c=every | cold)


def test_cold_days_can_be_left_out_of_a_rolling_window_too():
    values = by_day(FIRST, END, 10, {date(2023, 12, 5): 90.0, date(2023, 12, 6): 80.0})
    context = outdoor({date(2023, 12, 5): -20.1, date(2023, 12, 6): -20.0})
    settings = {"n": "1", "window_months": "12", "excluded_below_c": "-20.0"}
    assert one(values, "mean_of_highest_daily_means", context=context, **settings).quantity.tolist() == [80.0]
    line = one(values, "mean_of_highest_daily_means", context=NOTHING, **settings)
    assert np.isnan(line.amount_sek).all()
    assert line.reason == "utetemperatur saknas för 365 av fönstrets 365 dygn"


def test_missing_days_are_counted_among_the_chosen_days_only():
    values = by_day(FIRST, END, 10, {date(2023, 12, 5): 90.0})
    values[24 * (date(2023, 7, 3) - FIRST).days] = np.nan  # a day in July, which does not count
    settings = {"n": "1", "window_months": "12", "counted": "[1, 2, 12]", "applies_from_month": "1"}
    assert one(values, "mean_of_highest_daily_means", **settings).quantity.tolist() == [90.0]
    values[24 * (date(2023, 12, 5) - FIRST).days] = np.nan
    line = one(values, "mean_of_highest_daily_means", **settings)
    assert line.reason == "dygnsmedeleffekt saknas: 89 av 90 dygn har dygnsmedel, högst 0 får saknas"
    allowed = one(values, "mean_of_highest_daily_means", options={"max_missing_days": 1}, **settings)
    assert allowed.quantity.tolist() == [10.0]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"from_hour": "20", "to_hour": "6"}, "to_hour».*en timme efter from_hour"),
        ({"weekdays": "[0, 1]"}, "weekdays».*heltal 1-7"),
        ({"excluded": '["epifany"]'}, "Menade du «epiphany»"),
        ({"counted": "[13]"}, "months».*heltal 1-12"),
        ({"applies_from_month": "0"}, "applies_from_month».*minst 1"),
        ({"of": '"week"'}, "of».*daily_mean, highest_hour, hour"),
    ],
)
def test_wrong_choices_are_told(settings, said):
    with pytest.raises(TariffError, match=said):
        one(1.0, "mean_of_highest_daily_means", **({"n": "1", "window_months": "12"} | settings))


def test_a_season_is_months_in_a_row():
    with pytest.raises(TariffError, match="månader i följd"):
        one(1.0, "highest_daily_mean_in_season", season_months="[1, 3]")
