"""Reactive power and energy above the free share, and what happens where the meter does not tell them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from energy.errors import TariffError
from energy.tariffs.bill import bill
from tests.tariffs.loads import METER, NOTHING, component, contract, hours, load, price_list

YEAR = (date(2024, 1, 1), date(2025, 1, 1))
JAN = date(2024, 1, 1)
COUNT = 366 * 24
MONTHLY = component("reactive_peak_above_share", "SEK/kVAr,month", "value = 10", share="0.4", kind="reactive")


def one(load_, components=MONTHLY, month=JAN, **options):
    found = bill(load_, [contract("prov", **options)], [price_list(components)], [month], NOTHING)
    assert len(found) == 1
    return found[0]


def peaks(active=100.0, reactive=60.0):
    """10 kW and 1 kVAr, but one hour of each in January, not the same."""
    kwh, kvarh = np.full(COUNT, 10.0), np.full(COUNT, 1.0)
    kwh[100], kvarh[200] = active, reactive
    return load(*YEAR, kwh, reactive_kvarh=kvarh)


def test_the_months_highest_hours_are_compared_each_for_itself():
    line = one(peaks())  # 60 - 0.4 x 100
    assert line.quantity.tolist() == [20.0] and line.amount_sek.tolist() == [200.0] and line.unit == "kVAr"
    assert line.evidence[0] == ("2024-01-09T07:00:00Z", "reaktiv timeffekt 60,0 kVAr, fritt 40 % av 100,0 kW")
    assert line.evidence[1][0] == "2024-01-05T03:00:00Z"
    assert one(peaks(), month=date(2024, 2, 1)).quantity.tolist() == [0.0]  # 1 - 0.4 x 10: below is a real zero


@pytest.mark.parametrize(("share", "above"), [(0.3, 30.0), (0.4, 20.0), (0.5, 10.0), (0.6, 0.0), (1, 0.0)])
def test_shares(share, above):
    line = one(peaks(), component("reactive_peak_above_share", "SEK/kVAr,month", share=str(share)))
    assert line.quantity == pytest.approx([above])


def test_a_price_per_year_falls_by_twelfths_and_days():
    yearly = "reactive_peak_above_share", "SEK/kVAr,year"
    assert one(peaks(), component(*yearly, 'value = 120, spread = "twelfths"', share="0.4")).amount_sek == [200.0]
    line = one(peaks(), component(*yearly, 'value = 120, spread = "days"', share="0.4"))
    assert line.amount_sek == pytest.approx([20 * 120 * 31 / 366])


def test_every_draw_for_itself():
    kwh, kvarh = np.full((COUNT, 3), 10.0), np.full((COUNT, 3), 1.0)
    kwh[100], kvarh[200] = (100, 150, 200), (60, 60, 60)
    assert one(load(*YEAR, kwh, 3, reactive_kvarh=kvarh)).quantity == pytest.approx([20, 0, 0])
    same = load(*YEAR, kwh, 3, reactive_kvarh=1.0)
    shared = type(same)(METER, same.start_utc, same.energy_kwh, reactive_kvarh=kvarh[:, :1])
    assert one(shared).quantity == pytest.approx([20, 0, 0])  # one measured profile under many draws of energy


def test_without_a_reactive_meter_there_is_a_reason_or_what_the_contract_states():
    line = one(load(*YEAR))
    assert np.isnan(line.amount_sek).all()
    assert line.reason.startswith("reaktiv energi mäts inte i mätpunkten; uttaget över fri gräns kan anges i avtalet")
    assert line.reason.endswith("options.billed_reactive_kvar")
    stated = one(load(*YEAR), billed_reactive_kvar=12)
    assert stated.amount_sek.tolist() == [120.0] and "enligt avtalet" in stated.evidence[0][1]
    assert one(peaks(), billed_reactive_kvar=12).quantity.tolist() == [20.0]  # measured beats stated
    with pytest.raises(TariffError, match=r"options\.billed_reactive_kvar»: fann '12'"):
        one(load(*YEAR), billed_reactive_kvar="12")


def test_missing_hours_give_a_reason_that_names_the_quantity():
    found = peaks()
    found.reactive_kvarh[300] = np.nan
    line = one(found)
    assert np.isnan(line.amount_sek).all()
    assert line.reason == "mätvärden för reaktiv energi saknas: 743 av 744 timmar har värde (99,8 %)"
    assert one(found, max_missing_hours=1).quantity.tolist() == [20.0]
    found.energy_kwh[300:302] = np.nan
    assert one(found, max_missing_hours=1).reason.startswith("mätvärden för energi saknas: 742 av 744")


def test_reactive_energy_above_a_share_of_the_energy():
    kvarh = component("reactive_energy_above_share", "SEK/kVArh", "value = 0.1", share="0.5", kind="reactive")
    line = one(load(*YEAR, 10.0, reactive_kvarh=6.0), kvarh)
    assert line.quantity == pytest.approx([744.0]) and line.amount_sek == pytest.approx([74.4])  # 4 464 - 3 720
    assert one(load(*YEAR, 10.0, reactive_kvarh=4.0), kvarh).quantity.tolist() == [0.0]
    assert one(load(*YEAR), kvarh).reason == "reaktiv energi mäts inte i mätpunkten"
    unknown = np.full(COUNT, 10.0)
    unknown[5] = np.nan
    assert one(load(*YEAR, unknown, reactive_kvarh=6.0), kvarh).reason.startswith("mätvärden för energi saknas")


def test_a_list_with_a_wrong_share_or_unit_is_refused():
    with pytest.raises(TariffError, match=r"share»: fann 40\. Tillåtet: högst 1"):
        price_list(component("reactive_peak_above_share", "SEK/kVAr,month", share="40"))
    with pytest.raises(TariffError, match=r"share»: fann inget"):
        price_list(component("reactive_peak_above_share", "SEK/kVAr,month"))
    with pytest.raises(TariffError, match=r"price\.unit»: fann 'SEK/kW,month'.*SEK/kVAr,month, SEK/kVAr,year"):
        price_list(component("reactive_peak_above_share", "SEK/kW,month", share="0.4"))


def test_a_reactive_series_of_another_length_is_refused():
    whole = load(*YEAR, reactive_kvarh=1.0)
    broken = type(whole)(METER, hours(*YEAR), whole.energy_kwh, reactive_kvarh=whole.reactive_kvarh[1:])
    with pytest.raises(TariffError, match=r"reactive_kvarh har formen \(8783, 1\), inte \(8784, k\)"):
        one(broken)
