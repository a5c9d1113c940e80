"""Boden's published price examples, bodensenergi.se price lists 2022, 2023 and 2024, through the public bill."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from energy.model import BillingContext
from energy.tariffs.bill import bill, total
from energy.tariffs.pricelist import priced_components
from energy.tariffs.prices import band_steps
from tests.tariffs.loads import by_day, contract, load, price_list, published

# billed power [kW] -> published effect cost [SEK/year] of flats; for 2022 and 2023 also of premises
PUBLISHED = {
    2022: {22: 18_216, 53: 43_806, 138: 112_401, 276: 222_111, 27: 22_356, 64: 52_683, 166: 134_997, 332: 266_127},
    2023: {22: 19_316, 53: 46_412, 138: 119_087, 276: 235_394, 27: 23_706, 64: 55_817, 166: 143_027, 332: 282_042},
    2024: {22: 20_658, 53: 49_669, 138: 127_444, 276: 251_786},
}
CASES = [(year, kw, sek) for year, costs in PUBLISHED.items() for kw, sek in costs.items()]


def demand(year, kw, outdoor_c=None, days=None, base=5.5):
    """The year's demand lines, from a season with one day of `kw` mean power."""
    first, end = date(year - 2, 11, 1), date(year + 1, 1, 1)
    values = by_day(first, end, base, days or {date(year - 1, 1, 20): kw})
    season = {first + timedelta(days=i): -5.0 for i in range(200)} | (outdoor_c or {})
    components = bill(
        load(first, end, values, volume_m3=0.5),
        [contract("boden-fjarrvarme")],
        [published(f"boden-{y}") for y in PUBLISHED],
        [date(year, month, 1) for month in range(1, 13)],
        BillingContext(outdoor_daily_c=season),
    )
    return [one for one in components if one.component == "demand"]


@pytest.mark.parametrize(("year", "kw", "sek"), CASES)
def test_published_effect_cost_to_the_krona(year, kw, sek):
    lines = demand(year, float(kw))
    assert len(lines) == 12
    assert {float(one.quantity[0]) for one in lines} == {float(kw)}
    assert float(total(lines)[0]) == pytest.approx(sek, abs=1e-6)


def test_a_band_holds_its_upper_edge_at_200_kw():
    assert float(total(demand(2024, 200.0))[0]) == pytest.approx(184_174, abs=1e-6)


def test_just_above_the_edge_the_next_band_is_cheaper():
    assert float(total(demand(2024, 200.001))[0]) == pytest.approx(184_070, abs=1)


def test_the_published_prices_give_both_amounts_at_200_kw():
    price = next(c.price for c in priced_components(published("boden-2024")) if c.component == "demand")
    assert (200.0, 184_174.0, 184_070.0) in band_steps(price)


# bodensenergi.se, Priser företag t.o.m. 2020-08-31: category number 1 900 or 2 400 h, power in whole even kW
UNTIL_2020 = """[[component]]
component = "demand"
label = "Fast årsavgift"
determinant = { method = "category_number", years = 1, normal_kd = "uncorrected", option = "category", hours = { \
lokal = 1900, flerbostadshus = 2400 } }
price = { unit = "SEK/kW,year", spread = "twelfths", round_kw = { step = 2, least = 10 }, value = 524.41 }
""".replace("\\\n", "")


@pytest.mark.parametrize(
    ("mwh", "category", "kw", "sek"),
    [
        (15, "lokal", 10, 5_244),
        (20, "lokal", 10, 5_244),
        (30, "lokal", 16, 8_391),
        (40, "lokal", 22, 11_537),
        (80, "flerbostadshus", 34, 17_830),
    ],
)
def test_until_2020_the_category_number_gave_the_published_fixed_fee(mwh, category, kw, sek):
    """40 MWh / 1 900 h = 21.05 kW, billed as 22 kW: 22 x 524.41 = 11 537.02."""
    metered = load(date(2019, 1, 1), date(2021, 1, 1), mwh * 1000 / 8760)
    lines = bill(
        metered, [contract("prov", category=category)],
        [price_list(UNTIL_2020, valid_from="2020-01-01", valid_to="2020-09-01")],
        [date(2020, 1, 1)], BillingContext(),
    )  # fmt: skip
    assert lines[0].quantity.tolist() == [kw]
    assert round(float(lines[0].amount_sek[0]) * 12) == sek


def test_a_day_colder_than_22_below_does_not_set_the_power():
    cold, next_day = date(2023, 1, 20), date(2023, 2, 3)
    lines = demand(2024, 0, {cold: -22.1}, {cold: 300.0, next_day: 138.0})
    assert float(total(lines)[0]) == pytest.approx(127_444, abs=1e-6)
    assert lines[0].evidence == (("2023-02-03", "dygnsmedeleffekt 138,0 kW"),)


def test_a_day_of_exactly_22_below_counts():
    cold = date(2023, 1, 20)
    assert float(demand(2024, 0, {cold: -22.0}, {cold: 276.0})[0].quantity[0]) == 276.0


def test_missing_outdoor_temperature_gives_no_figure_but_a_reason():
    line = demand(2024, 53.0, {date(2022, 12, 24): float("nan")})[0]
    assert str(line.amount_sek[0]) == "nan"
    assert line.reason == "utetemperatur saknas för 1 av säsongens 181 dygn"


def test_power_below_the_lowest_band_has_no_price():
    line = demand(2024, 4.0, base=3.0)[0]
    assert str(line.amount_sek[0]) == "nan"
    assert "lägsta gräns, 5 kW" in line.reason


def test_the_season_must_be_metered_whole_unless_the_contract_states_the_power():
    first, end = date(2023, 1, 1), date(2025, 1, 1)
    arguments = ([published("boden-2024")], [date(2024, 1, 1)], BillingContext())
    missing = bill(load(first, end, volume_m3=1.0), [contract("boden-fjarrvarme")], *arguments)[0]
    assert missing.reason == "säsongen 2022-11-01-2023-05-01 finns inte hel i mätvärdena"
    stated = bill(load(first, end, volume_m3=1.0), [contract("boden-fjarrvarme", billed_power_kw=138)], *arguments)[0]
    assert float(stated.amount_sek[0]) == pytest.approx(127_444 / 12)
