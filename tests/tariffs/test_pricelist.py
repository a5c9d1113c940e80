"""Price lists from TOML: what is read, and errors that name file, key, what was found and what is allowed."""

from __future__ import annotations

from datetime import date

import pytest

from energy.errors import TariffError
from energy.tariffs.pricelist import (
    as_if_valid,
    check_overlaps,
    known_options,
    priced_components,
    read_price_list,
    select,
    to_frame,
)
from energy.tariffs.published import published_price_lists
from tests.tariffs.loads import component, price_list, published, toml

ENERGY = component("billed_energy_kwh", "SEK/MWh", "value = 500")
BANDS = 'spread = "days", bands = [{ up_to = 100, price = 5 }, { up_to = 50, price = 4 }, { price = 3 }]'


def test_every_published_list_names_its_source_and_is_not_synthetic():
    lists = published_price_lists()
    assert {"goteborg-energi-2024", "boden-2022", "boden-2023", "boden-2024", "karlskoga-elnat-2020"} <= {
        one.id for one in lists
    }
    assert all(one.source and not one.synthetic and len(one.sha256) == 64 for one in lists)
    check_overlaps(lists)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (toml(ENERGY, familly='"x"'), "prov.toml: nyckel «familly»: fann 'x'. Tillåtet:.*Menade du «family»"),
        (toml(ENERGY.replace("label", "lable")), r"component\[1\].lable».*Menade du «label»"),
        (toml(ENERGY, carrier='"fjärrvärme"'), "nyckel «carrier»: fann 'fjärrvärme'. Tillåtet: district_heating, elec"),
        (toml(ENERGY, carrier='"district-heating"'), "Menade du «district_heating»"),
        (toml(ENERGY, clock='"civil_time"'), "nyckel «clock»: fann 'civil_time'. Tillåtet: normal_time"),
        (toml(ENERGY, valid_from='"2024-01-01"'), "nyckel «valid_from».*ett datum utan citattecken"),
        (toml(ENERGY, valid_to="2023-01-01"), "nyckel «valid_to».*en dag efter valid_from"),
        (toml(ENERGY, synthetic='"nej"'), "nyckel «synthetic».*true eller false"),
        (toml(ENERGY, vat='"included"'), "nyckel «vat_rate».*momssatsen"),
        (toml(ENERGY.replace("SEK/MWh", "SEK/MWH")), r"component\[1\].price.unit».*Menade du «SEK/MWh»"),
        (toml(ENERGY.replace("SEK/MWh", "SEK/kW,month")), "för billed_energy_kwh: SEK/kWh, SEK/MWh, öre/kWh"),
        (toml(ENERGY.replace("billed_energy_kwh", "billed_energy")), "method».*Menade du «billed_energy_kwh»"),
        (toml(ENERGY.replace("value = 500", 'value = "500"')), r"price.value»: fann '500'. Tillåtet: ett tal"),
        (toml(ENERGY.replace("value = 500", "value = nan")), r"price.value»: fann nan. Tillåtet: ett ändligt tal"),
        (toml(ENERGY.replace("value = 500", "by_month = [1, 2]")), "tolv tal, januari-december"),
        (toml(ENERGY.replace("value = 500", "seasons = [{ months = [1], price = 2 }]")), "varje månad 1-12 finns"),
        (toml(ENERGY.replace("value = 500", "value = 5, by_month = [1,1,1,1,1,1,1,1,1,1,1,1]")), "exakt en av"),
        (toml(component("subscribed", "SEK/kW,year", BANDS)), "stigande up_to"),
        (toml(component("subscribed", "SEK/kW,year")), "price.spread».*days eller twelfths"),
        (toml(component("mean_of_highest_daily_means", "SEK/kW,month", n="3")), "window_months»: fann inget"),
        (toml(component("mean_of_highest_daily_means", "SEK/kW,month", n="0", window_months="12")), "minst 1"),
        (toml(component("mean_of_highest_daily_means", "SEK/kW,month", n="3", window_month="12")), "du «window_m"),
        (toml(component("billed_energy_kwh", "SEK/MWh", months="[1, 13]")), "heltal 1-12"),
        (toml(""), "nyckel «component»: fann inget"),
        ("id = ", "prov.toml: filen är inte giltig TOML"),
        ("a = " + "[" * 100_000, "prov.toml: filen är inte giltig TOML"),
    ],
)  # fmt: skip
def test_a_wrong_list_says_what_and_where(text, said):
    with pytest.raises(TariffError, match=said):
        read_price_list(text, "prov.toml")


def test_unknown_holiday_has_a_near_miss():
    winter = '{ months = [1], from_hour = 6, to_hour = 22, excluded = ["good_fridy"] }'
    with pytest.raises(TariffError, match="Menade du «good_friday»"):
        price_list(component("high_load_peak", "SEK/kW,month", high_load=winter))


def test_all_faults_are_told_at_once():
    with pytest.raises(TariffError) as caught:
        price_list(ENERGY, carrier='"gas"', synthetic="1")
    assert len(str(caught.value).splitlines()) == 2


def test_vat_included_is_converted_with_the_stated_rate():
    bands = 'spread = "days", bands = [{ up_to = 10, fixed = 100, price = 5 }, { price = 3 }]'
    found = price_list(
        component("billed_energy_kwh", "SEK/MWh", "value = 500") + component("subscribed", "SEK/kW,year", bands),
        vat='"included"', vat_rate="0.25",
    )  # fmt: skip
    energy, power = priced_components(found)
    assert energy.price.value == 400
    assert [(band.up_to, band.fixed, band.price) for band in power.price.bands] == [(10, 80, 4), (None, 0, 2.4)]


def test_select_takes_the_day_and_tells_what_there_is():
    lists = [published(f"boden-{year}") for year in (2022, 2023)]
    assert select(lists, "boden-fjarrvarme", date(2022, 12, 31)).id == "boden-2022"
    assert select(lists, "boden-fjarrvarme", date(2023, 1, 1)).id == "boden-2023"
    with pytest.raises(TariffError, match=r"«boden-fjarrvarme», dag 2024-01-01.*saknas.*boden-2022 \(2022-01-01 till"):
        select(lists, "boden-fjarrvarme", date(2024, 1, 1))
    with pytest.raises(TariffError, match="Menade du «boden-fjarrvarme»"):
        select(lists, "boden-fjarrvärme", date(2022, 1, 1))


def test_a_list_can_be_applied_to_another_time_and_says_so():
    moved = as_if_valid(published("boden-2024"), date(2018, 1, 1), date(2020, 1, 1))
    assert select([moved], "boden-fjarrvarme", date(2019, 5, 1)).id == "boden-2024 som om 2018-01-01"
    assert moved.components == published("boden-2024").components


def test_overlapping_lists_of_a_family_are_refused():
    with pytest.raises(TariffError, match="prislistorna prov och prov2 gäller båda 2024-06-01"):
        check_overlaps([price_list(ENERGY), price_list(ENERGY, id='"prov2"', valid_from="2024-06-01")])


def test_to_frame_shows_bands_seasons_and_months():
    frame = to_frame(published("boden-2024"))
    assert frame.filter(component="demand")["band"].to_list() == [
        "över 5 till 50", "över 50 till 200", "över 200 till 600", "över 600",
    ]  # fmt: skip
    assert frame.filter(component="energy")["price"].to_list() == [411.0, 211.0]
    assert to_frame(published("goteborg-energi-2024")).filter(component="energy").height == 12
    assert to_frame(published("spot-se3"))["band"].to_list()[1] == "enligt markup_ore_per_kwh"


def test_known_options_of_a_list():
    assert {"markup_ore_per_kwh", "certificate_ore_per_kwh"} <= known_options(published("spot-se3"))
    assert {"short_history", "max_missing_days"} <= known_options(published("goteborg-energi-2024"))
