"""Retrofit isolation: the store's own electricity, exactly once, through the main meter's bill."""

from datetime import date

import numpy as np
import pytest

from energy.calendar import hours_between
from energy.model import BillingContext, Contract, Load
from energy.savings.saved.avoided import Case, avoided
from energy.savings.saved.isolation import without_submeter
from energy.tariffs.pricelist import read_price_list
from tests.listed import head

LIST = (
    head("l", "electricity", "2024-01-01", "2025-01-01", name="Prov")
    + """
[[component]]
component = "energy"
label = "Energi"
determinant = { method = "billed_energy_kwh" }
price = { unit = "öre/kWh", value = 100 }
[[component]]
component = "demand"
label = "Effekt"
determinant = { method = "monthly_peak_hour" }
price = { unit = "SEK/kW,month", value = 50 }
"""
)
# 2024-01 in normal time
HOURS = hours_between(np.datetime64("2023-12-31T23", "s"), np.datetime64("2024-01-31T23", "s"))


def load(point: str, kwh: np.ndarray) -> Load:
    return Load(point, HOURS, kwh.astype(float)[:, None])


def test_the_own_meter_is_paid_at_the_margin_power_included() -> None:
    """Main 10 kW always; the store takes 4 kW of it in one hour and 2 kW in another, and makes no peak of its own.

    Energy: 6 kWh at 1 SEK. Power: the peak is 10 kW in the other hours with or without the store, so 0 SEK.
    """
    own = np.zeros(len(HOURS))
    own[[100, 200]] = [4, 2]
    loads = without_submeter(load("main", np.full(len(HOURS), 10)), load("own", own), HOURS[0])
    contract = Contract("main", "l", date(2024, 1, 1), date(2025, 1, 1))
    case = Case("electricity", loads, BillingContext(), at_the_margin=True)
    rows = avoided([case], [contract], [read_price_list(LIST, "l.toml")], [date(2024, 1, 1)])
    cost = {r.component: r for r in rows if r.scope == "month" and r.carrier == "electricity"}
    assert cost["energy"].actual_cost_sek == pytest.approx(6.0)
    assert cost["energy"].avoided_cost_sek.value == pytest.approx(-6.0)
    assert cost["demand"].avoided_cost_sek.value == pytest.approx(0.0)
    assert cost["all"].metered_kwh == pytest.approx(6.0)
    assert cost["all"].adjusted_baseline_kwh.value == 0.0
    assert cost["all"].avoided_energy_kwh.low == cost["all"].avoided_energy_kwh.high == pytest.approx(-6.0)


def test_a_store_that_makes_the_peak_pays_for_it() -> None:
    """Main 10 kW, 15 kW in the one hour where the store takes 5: power 15 - 10 = 5 kW at 50 SEK = 250 SEK."""
    main, own = np.full(len(HOURS), 10.0), np.zeros(len(HOURS))
    main[300], own[300] = 15, 5
    loads = without_submeter(load("main", main), load("own", own), HOURS[0])
    contract = Contract("main", "l", date(2024, 1, 1), date(2025, 1, 1))
    case = Case("electricity", loads, BillingContext(), at_the_margin=True)
    rows = avoided([case], [contract], [read_price_list(LIST, "l.toml")], [date(2024, 1, 1)])
    demand = next(r for r in rows if r.scope == "month" and r.component == "demand")
    assert demand.avoided_cost_sek.value == pytest.approx(-250.0)


def test_before_the_project_and_in_excluded_hours_nothing_changes() -> None:
    own = np.full(len(HOURS), 3.0)
    excluded = np.zeros(len(HOURS), dtype=bool)
    excluded[50:60] = True
    loads = without_submeter(load("main", np.full(len(HOURS), 10)), load("own", own), HOURS[24], excluded)
    assert (loads.load.energy_kwh[:24] == 10).all()
    assert (loads.load.energy_kwh[50:60] == 10).all()
    assert (loads.load.energy_kwh[60:] == 7).all()


def test_an_unknown_hour_stays_unknown() -> None:
    own = np.zeros(len(HOURS))
    own[5] = np.nan
    loads = without_submeter(load("main", np.full(len(HOURS), 10)), load("own", own), HOURS[0])
    assert np.isnan(loads.load.energy_kwh[5, 0])


def test_meters_on_different_hours_are_refused() -> None:
    short = Load("own", HOURS[:-1], np.zeros((len(HOURS) - 1, 1)))
    with pytest.raises(ValueError, match="same hours"):
        without_submeter(load("main", np.ones(len(HOURS))), short, HOURS[0])
