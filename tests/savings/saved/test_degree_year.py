"""Normal-year correction by degree days and Energi-Index: by hand, by a published table, definitions kept apart."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from energy.savings.saved.degree_year import by_degree_days, by_index, definition_of, normal_months_kd

# norrtaljeenergi.se, Graddagar: normal 1991-2020 and the years 2020 and 2023, January to December
NORMAL = [580, 535, 515, 369, 223, 78, 2, 14, 135, 301, 417, 530]
Y2020 = [422, 440, 445, 348, 274, 39, 54, 32, 126, 262, 330, 421]


def days_of(year: int) -> np.ndarray:
    return np.arange(np.datetime64(f"{year}-01-01"), np.datetime64(f"{year + 1}-01-01"))


def outdoor(year: int, months_kd: list[int]) -> np.ndarray:
    """Return daily temperatures whose degree days below 17 °C sum to the months'."""
    days = days_of(year)
    month = days.astype("datetime64[M]").astype(int) % 12
    length = np.bincount(month, minlength=12)
    return 17.0 - np.array(months_kd)[month] / length[month]


def test_only_what_is_above_the_summer_is_corrected():
    """100 kWh a day all year and 1 kWh a degree day on top: 36 600 + 3 193 in 2020 becomes 36 600 + 3 699.

    The summer days hold a few degree days too, which count as base: 125 kd over 92 days, 497 over the year.
    """
    days, air = days_of(2020), outdoor(2020, Y2020)
    found = by_degree_days(days, 100.0 + (17.0 - air), air, NORMAL, "plain")
    assert (found.actual_kd, found.normal_kd) == (pytest.approx(3193), pytest.approx(3699))
    base = (100 + 125 / 92) * 366
    assert found.base_kwh == pytest.approx(base)
    assert found.normalized_kwh == pytest.approx(base + (36_600 + 3193 - base) * 3699 / 3193)
    everything = (36_600 + 3193) * 3699 / 3193
    assert found.normalized_kwh < everything - 5000  # correcting it all is the classic error


def test_a_mild_year_is_no_saving():
    """The same building in 2020 and in a normal year: as metered it seems to save 13 %, corrected nothing."""
    metered, normal = (outdoor(2020, Y2020), outdoor(2019, NORMAL))
    mild = by_degree_days(days_of(2020), 10 * (17.0 - metered), metered, NORMAL, "plain")
    usual = by_degree_days(days_of(2019), 10 * (17.0 - normal), normal, NORMAL, "plain")
    assert 1 - mild.energy_kwh / usual.energy_kwh == pytest.approx(0.137, abs=0.005)
    assert 1 - mild.normalized_kwh / usual.normalized_kwh == pytest.approx(0.0, abs=0.03)


def test_the_definition_follows_the_dates():
    assert definition_of(date(2014, 12, 31)) == "seasonal_limits"
    assert definition_of(date(2015, 1, 1)) == "plain"


def test_the_two_definitions_give_two_normals():
    """A year at 14 °C: straight 3 kd every day; with limits the months April to October count none.

    Months with the limit 17: November to March, 151 days.
    """
    days = np.arange(np.datetime64("2001-01-01"), np.datetime64("2012-01-01"))
    air = np.full(len(days), 14.0)
    plain, years = normal_months_kd(days, air, "plain")
    limits, _ = normal_months_kd(days, air, "seasonal_limits")
    assert years == 11
    assert plain[4] == pytest.approx(93) and limits[4] == 0
    assert sum(limits) == pytest.approx(3 * (151 + 3 / 11), abs=3)  # leap years


def test_holes_in_history():
    days = np.arange(np.datetime64("2010-03-01"), np.datetime64("2016-06-01"))
    air = np.full(len(days), 7.0)
    air[(days >= np.datetime64("2012-05-01")) & (days < np.datetime64("2012-07-01"))] = np.nan
    assert normal_months_kd(days, air, "plain") == ([], 4)  # 2011, 2013, 2014, 2015
    few = days[:40]
    assert normal_months_kd(few, air[:40], "plain") == ([], 0)


def test_an_index_by_file_takes_the_place_of_degree_days():
    days = days_of(2020)
    energy = np.where(np.isin(days.astype("datetime64[M]").astype(int) % 12, (5, 6, 7)), 100.0, 300.0)
    index = {date(2020, m, 1): (90.0, 100.0) for m in range(1, 13)}
    found = by_index(days, energy, index)
    assert found is not None and (found.actual_kd, found.normal_kd) == (1080, 1200)
    assert found.normalized_kwh == pytest.approx(36_600 + 200 * 274 * 1200 / 1080)
    del index[date(2020, 4, 1)]
    assert by_index(days, energy, index) is None


@pytest.mark.parametrize(
    ("first", "last", "reason"), [(0, 30, "mätvärden och väder"), (152, 244, "mätvärden och väder")]
)
def test_unknown_days_give_a_reason(first, last, reason):
    days, air = days_of(2020), outdoor(2020, Y2020)
    energy = 100.0 + (17.0 - air)
    energy[first:last] = np.nan
    found = by_degree_days(days, energy, air, NORMAL, "plain")
    assert np.isnan(found.normalized_kwh) and reason in found.reason


def test_a_year_without_degree_days_gives_a_reason():
    days = days_of(2020)
    found = by_degree_days(days, np.full(366, 5.0), np.full(366, 25.0), NORMAL, "plain")
    assert np.isnan(found.normalized_kwh) and "inga graddagar" in found.reason
