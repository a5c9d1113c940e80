"""Degree days, normal-year energy and the category number, by hand."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from energy.errors import TariffError
from energy.model import BillingContext
from energy.tariffs.bill import bill
from energy.tariffs.degree_days import (
    corrected,
    definition_between,
    heating_degree_days_kd,
    normal_of_days_kd,
)
from tests.tariffs.loads import component, contract, load, price_list

FIRST, END = date(2020, 1, 1), date(2025, 1, 1)
NORMAL = dict.fromkeys(range(1, 13), 300.0)  # 3 600 kd a year


def flat_context(kd_by_year: dict[int, float], normal=NORMAL) -> BillingContext:
    """Every day of a year equally cold, so that its degree days sum to the given ones."""
    outdoor = {}
    for year, kd in kd_by_year.items():
        count = (date(year + 1, 1, 1) - date(year, 1, 1)).days
        outdoor |= {date(year, 1, 1) + timedelta(days=i): 17 - kd / count for i in range(count)}
    return BillingContext(outdoor_daily_c=outdoor, normal_heating_degree_days_kd=normal)


def by_year(mwh: dict[int, float]) -> np.ndarray:
    """Hourly energy, even over each year; 0 in years not told."""
    counts = {year: 24 * (date(year + 1, 1, 1) - date(year, 1, 1)).days for year in range(2020, 2025)}
    return np.concatenate([np.full(hours, 1000 * mwh.get(year, 0.0) / hours) for year, hours in counts.items()])


YEARS = flat_context({2020: 3600, 2021: 3600, 2022: 3000, 2023: 4000, 2024: 3600})
ENERGY = by_year({2021: 9, 2022: 500, 2023: 600, 2024: 9})


def category(values=ENERGY, month=date(2024, 1, 1), context=YEARS, options=None, **settings):
    settings = {"hours": "1700.0"} | settings
    body = component("category_number", "SEK/kW,month", **settings)
    return bill(load(FIRST, END, values), [contract("prov", **(options or {}))], [price_list(body)], [month], context)[
        0
    ]


def test_both_definitions_of_smhi_by_hand():
    days = np.array(["2013-04-01", "2013-05-02", "2013-06-03", "2013-08-04", "2013-09-05", "2013-10-06", "2013-11-07"])
    days, outdoor = days.astype("datetime64[D]"), np.array([12.0, 9.9, 10.0, 10.9, 11.9, 13.0, 16.9])
    plain, limited = (heating_degree_days_kd(days, outdoor, one) for one in ("plain", "seasonal_limits"))
    assert plain == pytest.approx([5.0, 7.1, 7.0, 6.1, 5.1, 4.0, 0.1])
    assert limited == pytest.approx([0.0, 7.1, 0.0, 6.1, 5.1, 0.0, 0.1])
    assert np.isnan(heating_degree_days_kd(days[:1], np.array([np.nan]), "plain")).all()
    assert heating_degree_days_kd(days[:1], np.array([17.0]), "plain").tolist() == [0.0]


def test_the_definitions_are_dated_and_never_mixed():
    assert definition_between(date(2014, 1, 1), date(2015, 1, 1)) == "seasonal_limits"
    assert definition_between(date(2015, 1, 1), date(2016, 1, 1)) == "plain"
    with pytest.raises(TariffError, match="SMHI bytte definition 2015-01-01"):
        definition_between(date(2014, 10, 1), date(2015, 5, 1))


def test_a_part_of_a_month_has_its_days_of_the_normal_month():
    days = np.arange(np.datetime64("2024-01-17"), np.datetime64("2024-03-01"))  # 15 of 31 days, and February
    assert normal_of_days_kd(days, [310.0, 290.0, *[0.0] * 10]) == pytest.approx(150 + 290)


def test_only_the_weather_dependent_share_is_corrected():
    assert corrected(np.array([100.0]), 3000, 3600, 0.8).tolist() == pytest.approx([20 + 80 * 1.2])
    with pytest.raises(TariffError, match="graddagarna är 0"):
        corrected(np.ones(1), 0.0, 3600)


def test_mean_of_two_corrected_years_by_the_category_number():
    """2022: 500·3600/3000 = 600; 2023: 600·3600/4000 = 540; mean 570 MWh / 1 700 h = 335.294 kW."""
    for month in (date(2024, 1, 1), date(2024, 12, 1)):
        found = category(month=month)
        assert found.quantity[0] == pytest.approx(570_000 / 1700)
    told = "570,0 MWh normalårskorrigerad energi, medel av 2 år, delat med 1\u00a0700 h"
    assert found.evidence == (("2022-01-01", told),)


def test_the_base_load_is_not_corrected():
    """Share 0.75: 2022 500·(0.25 + 0.75·1.2) = 575; 2023 600·(0.25 + 0.75·0.9) = 555; mean 565 MWh."""
    assert category(weather_share="0.75").quantity[0] == pytest.approx(565_000 / 1700)
    assert category(normal_kd='"uncorrected"', context=BillingContext()).quantity[0] == pytest.approx(550_000 / 1700)


def test_the_list_may_hold_the_normal_year_and_its_definition():
    numbers = str([250.0] * 12)  # 3 000 kd: 2022 500, 2023 450
    assert category(normal_kd=numbers).quantity[0] == pytest.approx(475_000 / 1700)
    with pytest.raises(TariffError, match="tolv tal av samma definition"):
        category(degree_days='"seasonal_limits"')
    mild = {"normal_kd": numbers, "years": "1", "context": flat_context({2023: 2190})}  # 11 °C: 6 kd a day
    assert category(**mild).quantity[0] == pytest.approx(600_000 * 3000 / 2190 / 1700)
    kd = 6 * (365 - 92 - 31)  # at 11 °C no day counts from May to August
    limited = category(degree_days='"seasonal_limits"', **mild).quantity[0]
    assert limited == pytest.approx(600_000 * 3000 / kd / 1700)


def test_the_category_of_the_contract_chooses_the_hours():
    table = {"hours": "{ flerbostadshus = 2200.0, lokaler = 1700.0 }", "option": '"category"'}
    assert category(options={"category": "flerbostadshus"}, **table).quantity[0] == pytest.approx(570_000 / 2200)
    with pytest.raises(TariffError, match=r"options\.category.*'lokal'.*Menade du «lokaler»"):
        category(options={"category": "lokal"}, **table)
    with pytest.raises(TariffError, match="fann inget"):
        category(**table)
    with pytest.raises(TariffError, match="när och endast när hours är en tabell"):
        category(option='"category"')


def test_january_and_february_of_two_years_over_their_own_hours():
    """Värmevärden: 100 kW and 80 kW with 300·2 kd normal. 2023's 59 days have 59·4000/365 kd; the mean of the two."""
    values = np.zeros(24 * (END - FIRST).days)
    for year, power in ((2022, 80.0), (2023, 100.0)):
        at = 24 * (date(year, 1, 1) - FIRST).days
        values[at : at + 24 * 59] = power
    found = category(values, season_months="[1, 2]", hours='"window"').quantity[0]
    by_hand = (80 * 600 / (59 * 3000 / 365) + 100 * 600 / (59 * 4000 / 365)) / 2
    assert found == pytest.approx(by_hand)


def test_may_to_april_is_the_season_that_ended_the_year_before():
    """May 2022 - April 2023 for 2024: 245 days of 2022's even energy and 120 of 2023's."""
    found = category(season_months=str([*range(5, 13), 1, 2, 3, 4]), years="1", normal_kd='"uncorrected"').quantity[0]
    assert found == pytest.approx((500_000 * 245 / 365 + 600_000 * 120 / 365) / 1700)


HALF = by_year({2021: 500, 2022: 500, 2023: 500, 2024: 500})


@pytest.mark.parametrize(("factor", "changed"), [(1.39, False), (1.41, True), (0.61, False), (0.59, True)])
def test_a_change_of_more_than_a_tenth_resets_the_power_at_mid_year(factor, changed):
    """The half year weighs a quarter of two years: a factor 1.4 changes the mean by 10 %, days of leap year aside."""
    values = HALF.copy()
    at = 24 * (date(2024, 1, 1) - FIRST).days
    half_hours = 24 * (date(2024, 7, 1) - date(2024, 1, 1)).days
    values[at : at + half_hours] = 500_000 / 8760 * (8760 / 2 / half_hours) * factor
    settings = {"normal_kd": '"uncorrected"', "reset_above_share": "0.1"}
    june, july = (category(values, date(2024, month, 1), **settings) for month in (6, 7))
    assert june.quantity[0] == pytest.approx(500_000 / 1700)
    assert (july.quantity[0] != june.quantity[0]) == changed
    window = slice(24 * (date(2022, 7, 1) - FIRST).days, at + half_hours)
    assert july.quantity[0] == pytest.approx((values[window].sum() / 2 if changed else 500_000) / 1700)
    assert category(values, date(2024, 7, 1), normal_kd='"uncorrected"').quantity[0] == june.quantity[0]


@pytest.mark.parametrize(
    ("context", "said"),
    [
        (flat_context({2022: 3000}), "utetemperatur saknas för 365 av 365 dygn 2023-01-01 till 2024-01-01"),
        (flat_context({2022: 3000, 2023: 3000}, {}), "normalårets graddagar saknas"),
        (flat_context({2022: 0, 2023: 0}), "inga graddagar"),
    ],
)
def test_missing_weather_gives_no_figure(context, said):
    found = category(context=context)
    assert np.isnan(found.amount_sek).all() and said in found.reason


def test_missing_energy_gives_no_figure_unless_the_contract_allows_it():
    values = ENERGY.copy()
    at = 24 * (date(2023, 5, 1) - FIRST).days
    values[at : at + 30] = np.nan
    found = category(values)
    assert (
        found.reason == "energin 2023-01-01 till 2024-01-01 saknas: 363 av 365 dygn har dygnsmedel, högst 0 får saknas"
    )
    allowed = category(values, options={"max_missing_days": 2})
    assert allowed.quantity[0] == pytest.approx(570_000 / 1700)
    assert "2 dygn utan mätvärden räknas som ett medeldygn" in allowed.evidence[0][1]


def test_a_short_history_is_refused_unless_the_supplier_has_stated_the_power():
    found = category(years="5")
    assert found.reason == "historiken är för kort: mätvärdena börjar 2020-01-01, fönstret 2019-01-01"
    assert category(years="5", options={"billed_power_kw": 321}).quantity.tolist() == [321.0]


def test_corrected_energy_is_priced_per_mwh_and_year():
    body = component("corrected_energy", "SEK/MWh,year", 'spread = "twelfths", value = 480', years="2")
    found = bill(load(FIRST, END, ENERGY), [contract("prov")], [price_list(body)], [date(2024, 2, 1)], YEARS)[0]
    assert found.quantity[0] == pytest.approx(570_000) and found.unit == "kWh"
    assert found.amount_sek[0] == pytest.approx(570 * 480 / 12)
    with pytest.raises(TariffError, match="för corrected_energy: SEK/MWh,year"):
        price_list(body.replace("SEK/MWh,year", "SEK/MWh").replace('spread = "twelfths", ', ""))
