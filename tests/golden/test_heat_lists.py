"""Published district-heating lists by hand: SEOM 2022, Karlskoga 2023, Piteå 2019, Skellefteå 2016, Karlsborg, HEM.

Each list is billed from a load simple enough that power, energy and flow follow from a pocket calculator.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from energy.errors import TariffError
from energy.model import BillingContext
from energy.tariffs.bill import bill, total
from energy.tariffs.pricelist import check_overlaps, priced_components
from energy.tariffs.prices import amount_sek
from energy.tariffs.published import published_price_lists
from tests.tariffs.loads import NOTHING, by_day, contract, load, price_list, published

EVEN_KD = 3600.0  # degree days of every year below, and of the normal year


def days(first: date, end: date) -> list[date]:
    return [first + timedelta(days=i) for i in range((end - first).days)]


def weather(first: date, end: date, outdoor_c: float | None = None) -> BillingContext:
    """Every day equally cold: 12 months of 300 kd, so that no correction is needed, or one temperature."""
    count = {day.year: (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days for day in days(first, end)}
    outdoor = {day: 17 - EVEN_KD / count[day.year] if outdoor_c is None else outdoor_c for day in days(first, end)}
    return BillingContext(outdoor_daily_c=outdoor, normal_heating_degree_days_kd=dict.fromkeys(range(1, 13), 300.0))


def parts(lines):
    return {one.component: float(one.amount_sek[0]) for one in lines}


def year_price(name: str, kw: float) -> float:
    price = next(one.price for one in priced_components(published(name)) if one.component == "demand")
    first = date(2023, 1, 1)
    return float(12 * amount_sek(price, None, np.array([kw]), first, date(2023, 2, 1))[0])


def test_every_heat_list_tells_source_and_what_it_does_not_know():
    heat = [one for one in published_price_lists() if one.carrier == "district_heating"]
    assert len(heat) >= 11
    check_overlaps(heat)
    assert all(one.source and not one.synthetic for one in heat)


# --- SEOM 2022 ---------------------------------------------------------------------------------------------------


def test_seom_bills_the_signature_rounded_to_whole_kw():
    """P = 100.2 - 4·T on working days October 2020 - April 2021 at 10 °C or colder: 160.2 at -15, billed as 160 kW.
    February: (535·160 + 2 887)/12 = 7 373.92; 10 kW·672 h = 6.72 MWh·611 = 4 105.92; 0.2·672 m³·2 = 268.80."""
    first, end = date(2020, 10, 1), date(2023, 1, 1)
    outdoor = {day: -8.0 + (i % 20) for i, day in enumerate(days(first, end))}
    season = {day: 100.2 - 4 * outdoor[day] for day in days(first, date(2021, 5, 1))}
    context = BillingContext(outdoor_daily_c=outdoor)
    metered = load(first, end, by_day(first, end, 10.0, season), volume_m3=0.2)
    agreed = [contract("seom-fjarrvarme", design_outdoor_c=-15)]
    found = bill(metered, agreed, [published("seom-2022")], [date(2022, 2, 1)], context)
    assert found[0].quantity.tolist() == [160.0]
    assert parts(found) == pytest.approx({"demand": (535 * 160 + 2887) / 12, "energy": 4105.92, "flow": 268.80})
    july = bill(metered, agreed, [published("seom-2022")], [date(2022, 7, 1)], context)
    assert {one.component for one in july} == {"demand", "energy"}
    with pytest.raises(TariffError, match="design_outdoor_c"):
        bill(metered, [contract("seom-fjarrvarme")], [published("seom-2022")], [date(2022, 2, 1)], context)


def test_seom_is_cheaper_at_211_kw_than_at_210_as_published():
    """535·210 + 2 887 = 115 237; 491·211 + 11 536 = 115 137."""
    assert year_price("seom-2022", 210.0) == pytest.approx(115_237)
    assert year_price("seom-2022", 211.0) == pytest.approx(115_137)


# --- Karlskoga 2023 ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("category", "kw"), [("flerbostadshus", 200), ("lokaler", 259)])
def test_karlskoga_divides_two_corrected_years_by_the_category_number(category, kw):
    """440 MWh a year: /2 200 h = 200 kW, /1 700 h = 258.8, billed as 259 kW. Year: 407·kW + 8 560."""
    first, end = date(2021, 1, 1), date(2024, 1, 1)
    metered = load(first, end, 440_000 / 8760)
    months = [date(2023, month, 1) for month in range(1, 13)]
    agreed = [contract("karlskoga-fjarrvarme", category=category)]
    found = bill(metered, agreed, [published("karlskoga-fjarrvarme-2023")], months, weather(first, end))
    demand = [one for one in found if one.component == "demand"]
    assert {float(one.quantity[0]) for one in demand} == {float(kw)}
    assert float(total(demand)[0]) == pytest.approx(407 * kw + 8560)
    assert float(total(one for one in found if one.component == "energy")[0]) == pytest.approx(440 * 588)


def test_karlskoga_corrects_a_mild_year():
    """Two years at 11 °C: 6·365 = 2 190 kd against 3 600 normal. 110 MWh·3600/2190 = 180.8 MWh / 2 200 h = 82 kW."""
    first, end = date(2021, 1, 1), date(2024, 1, 1)
    agreed = [contract("karlskoga-fjarrvarme", category="flerbostadshus")]
    lists, months = [published("karlskoga-fjarrvarme-2023")], [date(2023, 1, 1)]
    found = bill(load(first, end, 110_000 / 8760), agreed, lists, months, weather(first, end, 11.0))
    assert found[0].quantity.tolist() == [82.0]


# --- Piteå, small networks 2019 ----------------------------------------------------------------------------------


def test_pitea_takes_last_winters_highest_day_whatever_the_cold():
    """Highest daily mean October 2017 - March 2018: 120 kW on a day of -30 °C. 901·120 + 10 386 = 118 506 a year.
    January 2019 at 20 kW: 14.88 MWh·351 = 5 222.88 and 744·0.5 m³·2.03 = 755.16; April 14.4·271 = 3 902.40."""
    first, end = date(2017, 10, 1), date(2020, 1, 1)
    cold = date(2018, 1, 24)
    values = by_day(first, end, 20, {cold: 120.0, date(2017, 10, 1): 119.0, date(2018, 4, 2): 300.0})
    metered = load(first, end, values, volume_m3=0.5)
    months = [date(2019, month, 1) for month in range(1, 13)]
    found = bill(metered, [contract("pitea-smanat-fjarrvarme")], [published("pitea-smanat-2019")], months, NOTHING)
    assert float(total(one for one in found if one.component == "demand")[0]) == pytest.approx(118_506)
    january = parts(one for one in found if one.month.month == 1)
    assert (january["energy"], january["flow"]) == pytest.approx((5222.88, 755.16))
    assert parts(one for one in found if one.month.month == 4) == pytest.approx(
        {"demand": 118_506 / 12, "energy": 3902.40}
    )


@pytest.mark.parametrize(("kw", "sek"), [(29, 36_206), (30, 37_416), (199, 189_685), (200, 190_596), (500, 445_920)])
def test_pitea_bands_begin_where_the_list_prints_them(kw, sek):
    assert year_price("pitea-smanat-2019", float(kw)) == pytest.approx(sek)


# --- Skellefteå 2016 ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("category", "kw", "sek"), [("bostader", 200, 91_800), ("lokaler", 238, 107_532)])
def test_skelleftea_divides_the_winter_by_the_category_number(category, kw, sek):
    """188 MWh December 2014 - February 2015: /940 h = 200 kW, /790 h = 237.97 = 238 kW. 414·kW + 9 000 a year.
    The winter's 31 + 59 days of 3600/365 kd are 887.67 kd, and 900 are normal: 185 424 kWh are 188 000."""
    first, end = date(2014, 12, 1), date(2017, 1, 1)
    winter = dict.fromkeys(days(first, date(2015, 3, 1)), 188000 * (90 * EVEN_KD / 365 / 900) / (90 * 24))
    metered = load(first, end, by_day(first, end, 1.0, winter))
    months = [date(2016, month, 1) for month in range(1, 13)]
    agreed = [contract("skelleftea-fjarrvarme", category=category)]
    found = bill(metered, agreed, [published("skelleftea-2016")], months, weather(first, end))
    demand = [one for one in found if one.component == "demand"]
    assert {float(one.quantity[0]) for one in demand} == {float(kw)}
    assert float(total(demand)[0]) == pytest.approx(sek)


def test_skelleftea_bills_at_least_7_kw_and_is_continuous_at_its_edges():
    first, end = date(2014, 12, 1), date(2017, 1, 1)
    agreed, lists = [contract("skelleftea-fjarrvarme", category="bostader")], [published("skelleftea-2016")]
    found = bill(load(first, end, 1.0), agreed, lists, [date(2016, 1, 1)], weather(first, end))
    assert found[0].quantity.tolist() == [7.0]
    assert year_price("skelleftea-2016", 180.0) == pytest.approx(464 * 180)
    assert year_price("skelleftea-2016", 181.0) == pytest.approx(464 * 180 + 414)


# --- Karlsborg 2023 and 2024 -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("year", "fixed", "energy"), [(2023, 483, 385), (2024, 555, 443)])
def test_karlsborg_charges_the_winter_energy_of_two_years(year, fixed, energy):
    """100 kW the two winters, 151 days each: 362.4 MWh. A fifth is not corrected; four fifths are, by 1500 kd / the
    winter's own. A year's fixed fee falls on twelve equal months."""
    first, end = date(year - 3, 11, 1), date(year + 1, 1, 1)
    winters = [d for d in days(first, date(year - 1, 4, 1)) if d.month in (11, 12, 1, 2, 3)]
    metered = load(first, end, by_day(first, end, 10.0, dict.fromkeys(winters, 100.0)))
    found = bill(
        metered, [contract("karlsborg-fjarrvarme")], [published(f"karlsborg-{year}")],
        [date(year, 1, 1), date(year, 7, 1)], weather(first, end),
    )  # fmt: skip
    corrected = []
    for ends in (year - 2, year - 1):
        own = sum(EVEN_KD / (366 if d.year == 2020 else 365) for d in winters if ends - 1 <= d.year <= ends
                  and (d.year, d.month > 6) in ((ends - 1, True), (ends, False)))  # fmt: skip
        corrected.append(362.4 * (0.2 + 0.8 * 1500 / own))
    for month in (0, 2):
        assert found[month].amount_sek[0] == pytest.approx(fixed * sum(corrected) / 2 / 12)
        assert found[month + 1].amount_sek[0] == pytest.approx(energy * 7.44)


# --- HEM: a page without a year, so not a list of the package -------------------------------------------------------

HEM = """[[component]]
component = "demand"
label = "Effektdel"
determinant = { method = "effect_signature", season_months = [10, 11, 12, 1, 2, 3, 4], excluded_above_c = 10, \
option = "design_outdoor_c" }
price = { unit = "SEK/kW,year", spread = "twelfths", value = 420 }

[[component]]
component = "energy"
label = "Energidel"
determinant = { method = "billed_energy_kwh" }
price = { unit = "öre/kWh", by_month = [69, 69, 69, 33, 33, 22, 22, 22, 22, 33, 33, 69] }
"""


def test_hem_halmstad_can_be_written():
    """hem.se, Avtal och priser (no year): P = 20 - 3·T, 68 kW at -16 °C, 420·68/12 = 2 380; 7.44 MWh·690 = 5 133.60."""
    first, end = date(2022, 10, 1), date(2025, 1, 1)
    outdoor = {day: -8.0 + (i % 20) for i, day in enumerate(days(first, end))}
    season = {day: 20 - 3 * outdoor[day] for day in days(first, date(2023, 5, 1))}
    metered = load(first, end, by_day(first, end, 10.0, season))
    agreed, context = [contract("prov", design_outdoor_c=-16)], BillingContext(outdoor_daily_c=outdoor)
    found = bill(metered, agreed, [price_list(HEM)], [date(2024, 1, 1)], context)
    assert parts(found) == pytest.approx({"demand": 2380.0, "energy": 5133.60})
