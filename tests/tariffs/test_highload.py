"""Holidays as grid price lists name them."""

from __future__ import annotations

from datetime import date

from energy.calendar import swedish_holidays
from energy.tariffs.highload import HOLIDAYS, HighLoadTime, easter_sunday


def test_easter_sunday_of_known_years():
    assert [easter_sunday(year) for year in (2018, 2019, 2020, 2024, 2038)] == [
        date(2018, 4, 1), date(2019, 4, 21), date(2020, 4, 12), date(2024, 3, 31), date(2038, 4, 25),
    ]  # fmt: skip


def test_public_holidays_agree_with_the_law():
    eves = {"maundy_thursday", "christmas_eve", "new_years_eve", "midsummer_eve"}
    for year in range(2015, 2041):
        law = swedish_holidays(range(year, year + 1))
        assert all(day(year) in law for name, day in HOLIDAYS.items() if name not in eves)


def test_midsummer_eve_is_the_friday_between_19_and_25_june():
    assert [HOLIDAYS["midsummer_eve"](year) for year in (2020, 2024)] == [date(2020, 6, 19), date(2024, 6, 21)]


def test_high_load_days_of_christmas_2024():
    winter = HighLoadTime(
        months=[12], from_hour=6, to_hour=22, excluded=["christmas_eve", "christmas_day", "boxing_day"]
    )
    days = winter.days(date(2024, 12, 20), date(2025, 1, 3))
    assert [str(day) for day, high in zip(range(20, 34), days, strict=True) if high] == ["20", "23", "27", "30", "31"]
