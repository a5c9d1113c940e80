"""The class of price without and with the project, and what its change costs, by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from energy.calendar import hours_between
from energy.model import BillingContext, Contract, Load
from energy.savings.saved.cells import Case, bills_of
from energy.savings.saved.class_change import class_changes
from energy.savings.saved.counterfactual import Counterfactual
from energy.tariffs.pricelist import read_price_list
from tests.listed import head

HOURS = hours_between(np.datetime64("2017-12-31T23", "s"), np.datetime64("2019-12-31T23", "s"))
AFTER = np.datetime64("2018-12-31T23", "s") <= HOURS
MONTHS = [date(2019, m, 1) for m in range(1, 13)]
MINE = [Contract("m", "prov", date(2018, 1, 1), date(2020, 1, 1))]
HEAD = head("prov", "district_heating", "2018-01-01", "2020-01-01", name="Prov")
BANDS = """
[[component]]
component = "demand"
label = "Effekt"
determinant = { method = "monthly_peak_hour" }
price = { unit = "SEK/kW,year", spread = "twelfths", bands = [
    { up_to = 100, fixed = 0, price = 1000 }, { fixed = 5000, price = 900 } ] }
"""
POWER = '{ method = "mean_of_highest_daily_means", n = 3, window_months = 12 }'
CATEGORIES = f"""
[[component]]
component = "demand"
label = "Standard"
determinant = {{ method = "power_in_category", from_h = 2300, power = {POWER} }}
price = {{ unit = "SEK/kW,year", spread = "twelfths", value = 900 }}
[[component]]
component = "demand"
label = "Spetsig"
determinant = {{ method = "power_in_category", below_h = 2300, power = {POWER} }}
price = {{ unit = "SEK/kW,year", spread = "twelfths", value = 1200 }}
"""
SURCHARGE = f"""
[[component]]
component = "demand"
label = "Pristillägg"
determinant = {{ method = "utilisation_shortfall", reference_h = 2300, power = {POWER} }}
price = {{ unit = "SEK/kW,year", spread = "twelfths", value = 100 }}
"""


def changes(text, with_kw, without_kw, months=MONTHS):
    """Return the rows of a list on loads [kW] of 2019; both were as without before."""
    actual = np.where(AFTER, with_kw, without_kw)[:, None]
    load = Load("m", HOURS, np.repeat(np.broadcast_to(without_kw, HOURS.shape)[:, None], 2, axis=1).astype(float))
    loads = Counterfactual(Load("m", HOURS, actual.astype(float)), load, AFTER, np.zeros(len(HOURS), dtype=bool), None)
    case = Case("district_heating", loads, BillingContext())
    lists = [read_price_list(HEAD + text, "prov.toml")]
    return class_changes(case, *bills_of(case, MINE, lists, months), lists, months)


def test_another_band_for_the_power_that_remains():
    """80 kW by its own band 80 000, by the band of 120 kW 5 000 + 900 x 80 = 77 000: 3 000 SEK a year dearer."""
    (found,) = changes(BANDS, 80.0, 120.0)
    assert (found.class_without, found.class_with) == ("över 100 kW", "över 0 till 100 kW")
    assert found.change_sek.value == pytest.approx(3000)
    assert (found.power_without_kw.value, found.power_with_kw) == (120, 80)
    assert found.share_changed == 1.0


def test_the_same_band_costs_nothing():
    (found,) = changes(BANDS, 110.0, 120.0)
    assert found.class_without == found.class_with and found.change_sek.value == pytest.approx(0.0)
    assert found.share_changed == 0.0


def test_a_store_that_leaves_the_peaks_becomes_spetsig():
    """Three January days of 100 kW, else 20: U = (3 x 2400 + 362 x 480) / 100 = 1 810 h. From the month the window
    holds less than 230 MWh a year the kW cost 300 more: the last month 100 x 300 / 12."""
    peaks = (np.datetime64("2019-01-07T23") <= HOURS) & (np.datetime64("2019-01-10T23") > HOURS)
    (found,) = changes(CATEGORIES, np.where(peaks, 100.0, 20.0), 100.0, MONTHS[-1:])
    assert (found.class_without, found.class_with) == ("Standard", "Spetsig")
    assert found.utilisation_without_h.value == pytest.approx(8760)
    assert found.utilisation_with_h == pytest.approx(1809.6)
    assert found.change_sek.value == pytest.approx(100 * 300 / 12)


def test_a_surcharge_of_low_utilisation():
    """100 kW x (2 300 - 1 809.6) / 2 300 x 100 SEK / 12 in the last month, and nothing without the project."""
    peaks = (np.datetime64("2019-01-07T23") <= HOURS) & (np.datetime64("2019-01-10T23") > HOURS)
    (found,) = changes(SURCHARGE, np.where(peaks, 100.0, 20.0), 100.0, MONTHS[-1:])
    assert (found.class_without, found.class_with) == ("minst 2\u00a0300 h", "under 2\u00a0300 h")
    assert found.change_sek.value == pytest.approx(100 * (2300 - 1809.6) / 2300 * 100 / 12)


def test_a_list_without_classes_and_a_meter_of_the_projects_own_have_no_row():
    flat = BANDS.split("price =")[0] + 'price = { unit = "SEK/kW,year", spread = "twelfths", value = 900 }\n'
    assert changes(flat, 80.0, 120.0) == []


def test_an_unknown_month_gives_a_reason():
    without = np.where(AFTER, np.nan, 120.0)
    (found,) = changes(BANDS, 80.0, without)
    assert np.isnan(found.change_sek.value) and "kan inte bedömas" in found.change_sek.reason
