"""Each determinant on a case small enough for a pocket calculator, and with the data it lacks."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from energy.errors import TariffError
from energy.model import BillingContext
from energy.tariffs.bill import bill
from energy.tariffs.determinants import DETERMINANTS
from tests.tariffs.loads import NOTHING, by_day, component, contract, hours, load, price_list

YEAR = (date(2024, 1, 1), date(2025, 1, 1))
JAN, FEB, MAR = (date(2024, month, 1) for month in (1, 2, 3))
WINTER = '{ months = [11, 12, 1, 2, 3], from_hour = 6, to_hour = 22, excluded = ["maundy_thursday", "epiphany"] }'
THREE = {"n": "3", "window_months": "12"}


def one(load_, components, month=JAN, context=NOTHING, **options):
    found = bill(load_, [contract("prov", **options)], [price_list(components)], [month], context)
    assert len(found) == 1
    return found[0]


def test_every_determinant_describes_itself():
    for name, determinant in DETERMINANTS.items():
        assert determinant.name == name
        assert determinant.sentence.endswith(".") and determinant.unit and determinant.billed
        assert all(determinant.parameters().values()), name


def test_a_month_is_the_month_of_normal_time():
    values = np.zeros(366 * 24)
    values[24 * 31 - 1] = 7.0  # the hour from 23 to 24 on 31 January, 22-23 UTC
    january = one(load(*YEAR, values), component("billed_energy_kwh", "SEK/kWh"))
    assert january.quantity.tolist() == [7.0]
    assert str(hours(*YEAR)[24 * 31 - 1]) == "2024-01-31T22:00:00"


def test_a_missing_hour_gives_no_energy_and_tells_the_coverage():
    values = np.ones(366 * 24)
    values[100] = np.nan
    line = one(load(*YEAR, values), component("billed_energy_kwh", "SEK/kWh"))
    assert np.isnan(line.amount_sek).all()
    assert line.reason == "mätvärden för energi saknas: 743 av 744 timmar har värde (99,8 %)"
    assert one(load(*YEAR, values), component("billed_energy_kwh", "SEK/kWh"), FEB).amount_sek.tolist() == [29 * 24]


def test_a_month_after_the_load_is_unknown_not_zero():
    line = one(load(date(2024, 1, 1), date(2024, 2, 15)), component("billed_energy_kwh", "SEK/kWh"), FEB)
    assert np.isnan(line.amount_sek).all() and line.reason.startswith("mätvärden för energi saknas: 336 av 696")


def test_high_and_low_time_share_the_energy():
    high = one(load(*YEAR), component("billed_energy_kwh", "SEK/kWh", time='"high_load"', high_load=WINTER))
    low = one(load(*YEAR), component("billed_energy_kwh", "SEK/kWh", time='"low_load"', high_load=WINTER))
    assert high.quantity.tolist() == [23 * 16 * 10]  # 23 weekdays in January 2024; Epiphany is a Saturday
    assert (high.quantity + low.quantity).tolist() == [7440.0]


@pytest.mark.parametrize(
    ("at", "peak"),
    [
        ("2024-03-27T05", 10.0),
        ("2024-03-27T06", 99.0),
        ("2024-03-27T21", 99.0),
        ("2024-03-27T22", 10.0),
        ("2024-03-28T10", 10.0),  # Maundy Thursday
        ("2024-03-30T10", 10.0),  # a Saturday
    ],
)
def test_high_load_peak_sees_weekdays_6_to_22_normal_time_but_not_maundy_thursday(at, peak):
    values = np.full(366 * 24, 10.0)
    values[(np.datetime64(at, "h") - np.datetime64("2024-01-01", "h")).astype(int)] = 99.0
    line = one(load(*YEAR, values), component("high_load_peak", "SEK/kW,month", high_load=WINTER), MAR)
    assert line.quantity.tolist() == [peak]


def test_after_the_clocks_change_high_load_still_follows_normal_time():
    winter = WINTER.replace("[11, 12, 1, 2, 3]", "[4]")
    values = np.full(366 * 24, 10.0)
    values[(np.datetime64("2024-04-02T06", "h") - np.datetime64("2024-01-01", "h")).astype(int)] = (
        50.0  # 07 by the wall
    )
    line = one(load(*YEAR, values), component("high_load_peak", "SEK/kW,month", high_load=winter), date(2024, 4, 1))
    assert line.evidence == (("2024-04-02T05:00:00Z", "timeffekt 50,0 kW kl. 06-07 normaltid (Etc/GMT-1)"),)


def test_no_high_load_line_in_summer():
    lists = [price_list(component("high_load_peak", "SEK/kW,month", high_load=WINTER))]
    assert bill(load(*YEAR), [contract("prov")], lists, [date(2024, 7, 1)], NOTHING) == []


def test_monthly_peak_of_three_hours_takes_three_days():
    values = np.full(366 * 24, 10.0)
    values[[5, 6, 30, 60]] = [40, 39, 30, 20]  # 40 and 39 fall on the same day
    line = one(load(*YEAR, values), component("monthly_peak_hour", "SEK/kW,month", n="3"))
    assert line.quantity.tolist() == [30.0]


def test_a_gap_makes_the_peak_unknown_unless_the_list_allows_it():
    values = np.full(366 * 24, 10.0)
    values[3] = np.nan
    assert one(load(*YEAR, values), component("monthly_peak_hour", "SEK/kW,month")).reason.startswith("mätvärden")
    allowed = component("monthly_peak_hour", "SEK/kW,month", max_missing_hours="1")
    assert one(load(*YEAR, values), allowed).quantity.tolist() == [10.0]


def test_rolling_window_holds_the_billed_month_and_the_eleven_before():
    first, end = date(2023, 1, 1), date(2025, 1, 1)
    values = by_day(first, end, 10, {date(2023, 2, 5): 60, date(2023, 3, 5): 50, date(2024, 2, 29): 40})
    components = component("mean_of_highest_daily_means", "SEK/kW,month", n="1", window_months="12")
    assert one(load(first, end, values), components, JAN).quantity.tolist() == [60.0]
    assert one(load(first, end, values), components, FEB).quantity.tolist() == [50.0]
    assert one(load(first, end, values), components, MAR).quantity.tolist() == [40.0]


def test_short_history_is_refused_unless_declared_in_list_or_contract():
    refuse = component("mean_of_highest_daily_means", "SEK/kW,month", **THREE)
    use = component("mean_of_highest_daily_means", "SEK/kW,month", **THREE, short_history='"use_available"')
    refused = one(load(*YEAR), refuse, FEB)
    assert np.isnan(refused.amount_sek).all()
    assert refused.reason == "historiken är för kort: 60 av 366 dygn finns i fönstret på 12 månader"
    for line in (one(load(*YEAR), use, FEB), one(load(*YEAR), refuse, FEB, short_history="use_available")):
        assert line.quantity.tolist() == [10.0]
        assert line.evidence[-1] == ("2024-01-01", "kort historik: 60 dygn används")
    assert one(load(*YEAR), refuse, date(2024, 12, 1)).reason is None


def test_history_begins_with_the_meter_not_with_empty_hours():
    values = np.full(366 * 24, 10.0)
    values[: 24 * 10 + 5] = np.nan
    use = component("mean_of_highest_daily_means", "SEK/kW,month", **THREE, short_history='"use_available"')
    assert one(load(*YEAR, values), use).evidence[-1] == ("2024-01-12", "kort historik: 20 dygn används")


def test_a_daily_mean_needs_all_24_hours_or_the_stated_number():
    values = by_day(*YEAR, 10, {date(2024, 5, 1): 80})
    values[24 * 121 + 3] = np.nan
    month = date(2024, 12, 1)
    strict = component("mean_of_highest_daily_means", "SEK/kW,month", n="1", window_months="12")
    line = one(load(*YEAR, values), strict, month)
    assert line.reason == "dygnsmedeleffekt saknas: 365 av 366 dygn har dygnsmedel, högst 0 får saknas"
    assert one(load(*YEAR, values), strict, month, max_missing_days=1).quantity.tolist() == [10.0]
    assert one(load(*YEAR, values), strict, month, min_hours=23).quantity.tolist() == [80.0]


def test_return_temperature_is_weighted_by_flow():
    volume = np.ones(366 * 24)
    volume[:372] = 3.0  # half of January with three times the flow, at 60 °C instead of 40
    heat = np.where(volume == 3, 180.0, 40.0)
    components = component("return_temperature_difference", "SEK/MWh,°C", "value = 5", reference_c=str([50.0] * 12))
    line = one(load(*YEAR, volume_m3=volume, return_m3c=heat), components)
    assert line.quantity[0] == pytest.approx((55 - 50) * 7.44)
    assert line.amount_sek[0] == pytest.approx(5 * 5 * 7.44)
    assert line.evidence == (("2024-01-01", "returtemperatur 55,0 °C mot 50,0 °C"),)


@pytest.mark.parametrize(("form", "amount"), [("two_sided", -74.4), ("charge_only", 0.0), ("rebate_only", -74.4)])
def test_return_temperature_forms(form, amount):
    settings = {"reference_c": str([50.0] * 12), "form": f'"{form}"'}
    components = component("return_temperature_difference", "SEK/MWh,°C", **settings)
    assert one(load(*YEAR, volume_m3=1.0, return_m3c=40.0), components).amount_sek[0] == pytest.approx(amount)


def test_no_energy_costs_no_return_temperature_but_energy_without_flow_is_unknown():
    components = component("return_temperature_difference", "SEK/MWh,°C", reference_c=str([50.0] * 12))
    assert one(load(*YEAR, 0.0, volume_m3=0.0, return_m3c=0.0), components).amount_sek.tolist() == [0.0]
    line = one(load(*YEAR, 1.0, volume_m3=0.0, return_m3c=0.0), components)
    assert line.reason == "returtemperaturen kan inte bestämmas: energi men inget flöde"


def test_unknown_network_temperature_and_unmetered_flow_are_told():
    system = component("return_temperature_difference", "SEK/MWh,°C", reference_c='"system_return_c"')
    assert one(load(*YEAR, volume_m3=1.0, return_m3c=40.0), system).reason == (
        "nätets returtemperatur för 2024-01 saknas"
    )
    assert one(load(*YEAR), component("billed_flow_m3", "SEK/m3")).reason == "volym mäts inte i mätpunkten"


def test_flow_against_reference():
    components = component("flow_against_reference", "SEK/m3", "value = 4", reference_m3_per_mwh="20.0")
    assert one(load(*YEAR, 100.0, volume_m3=2.5), components).amount_sek[0] == pytest.approx(4 * 744 * 0.5)
    assert one(load(*YEAR, 100.0, volume_m3=1.5), components).amount_sek[0] == pytest.approx(-4 * 744 * 0.5)


def test_spot_prices_every_hour_also_negative_ones():
    spot = np.full(366 * 24, 0.5)
    spot[10], spot[11] = -2.0, 3.0
    values = np.ones(366 * 24)
    values[10] = 4.0
    line = one(load(*YEAR, values), component("spot_energy", "spot"), context=BillingContext(spot_sek_per_kwh=spot))
    assert line.amount_sek[0] == pytest.approx(742 * 0.5 - 8 + 3)
    assert line.quantity.tolist() == [747.0] and line.unit == "kWh"


def test_missing_spot_price_gives_no_figure():
    spot = np.full(366 * 24, 0.5)
    spot[:3] = np.nan
    line = one(load(*YEAR), component("spot_energy", "spot"), context=BillingContext(spot_sek_per_kwh=spot))
    assert np.isnan(line.amount_sek).all() and line.reason == "spotpris saknas för 3 av 744 timmar"
    assert one(load(*YEAR), component("spot_energy", "spot")).reason == "spotpriser saknas"


def test_subscribed_power_and_overrun_come_from_the_contract():
    line = one(load(*YEAR), component("subscribed", "SEK/kW,month", "value = 2"), subscribed_kw=150)
    assert line.amount_sek.tolist() == [300.0]
    over = component("overrun", "SEK/kW,month", "value = 100")
    assert one(load(*YEAR, 170.0), over, subscribed_kw=150).amount_sek.tolist() == [2000.0]
    assert one(load(*YEAR, 140.0), over, subscribed_kw=150).amount_sek.tolist() == [0.0]
    with pytest.raises(TariffError, match=r"options\.subscribed_kw.*fann inget"):
        one(load(*YEAR), component("subscribed", "SEK/kW,month"))


def test_a_load_that_begins_and_ends_inside_a_day():
    whole = load(*YEAR)
    part = type(whole)(whole.metering_point, whole.start_utc[5:-7], whole.energy_kwh[5:-7])
    energy = component("billed_energy_kwh", "SEK/kWh")
    assert one(part, energy).reason.startswith("mätvärden för energi saknas: 739 av 744")
    assert one(part, energy, FEB).quantity.tolist() == [6960.0]


def test_a_load_with_a_hole_in_its_hours_is_refused():
    whole = load(*YEAR)
    broken = type(whole)(whole.metering_point, np.delete(whole.start_utc, 7), np.delete(whole.energy_kwh, 7, 0))
    with pytest.raises(TariffError, match="obruten följd av timmar"):
        one(broken, component("fixed", "SEK/month"))
