"""The carrying of avoided cost: four ways for every carrier, reasons where there is no way, the project's own meter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from energy.model import Contract, Load
from energy.savings.saved.avoided import Case, avoided
from energy.savings.saved.counterfactual import brought_by_project
from flows.project.avoided_cost import Valuation
from flows.project.projects import Modelled, Projects
from tests.savings.valued import CONTEXT, CONTRACTS, LISTS, MONTHS, NORMAL_REPORT, case, modelled

BASE = date(2018, 1, 1)


def told(valuation: Valuation) -> list[dict[str, Any]]:
    found = avoided(valuation.cases, valuation.contracts, valuation.lists, valuation.months)
    return list(valuation.rows(found))


def pick(rows: list[dict[str, Any]], effect: str, basis: str, component: str = "all") -> dict[str, Any]:
    (found,) = [
        r for r in rows
        if (r["effect"], r["price_basis"], r["component"], r["carrier"], r["period"])
        == (effect, basis, component, "district_heating", "last_12_months")
    ]  # fmt: skip
    return found


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return told(Valuation([case()], CONTRACTS, LISTS, MONTHS, BASE))


def test_energy_is_cheaper_at_the_prices_of_the_base_year(rows: list[dict[str, Any]]) -> None:
    """The lists of 2018 and 2019 take 500 and 600 SEK/MWh, 800 and 900 SEK/kW."""
    now, then = (pick(rows, "cash", basis, "energy") for basis in ("reporting_period", "base_year"))
    assert then["avoided_cost_sek"] == pytest.approx(now["avoided_cost_sek"] * 500 / 600)
    now, then = (pick(rows, "cash", basis, "demand") for basis in ("reporting_period", "base_year"))
    assert then["avoided_cost_sek"] == pytest.approx(now["avoided_cost_sek"] * 800 / 900)
    assert (then["priced_from"], then["priced_to"]) == (BASE, date(2018, 12, 31))
    assert now["priced_from"] is None


def test_the_steady_effect_holds_the_power_that_the_window_holds_back(rows: list[dict[str, Any]]) -> None:
    cash, steady = (pick(rows, effect, "reporting_period", "demand") for effect in ("cash", "steady"))
    assert steady["avoided_cost_sek"] > 1.3 * cash["avoided_cost_sek"]
    energy = [pick(rows, effect, "reporting_period", "energy")["avoided_cost_sek"] for effect in ("cash", "steady")]
    assert energy[0] == pytest.approx(energy[1])
    both = pick(rows, "steady", "base_year")
    assert both["avoided_cost_sek_low"] < both["avoided_cost_sek"] < both["avoided_cost_sek_high"]
    assert both["cost_probability_pct"] == 100


def test_fewer_than_twelve_months_have_no_steady_year() -> None:
    found = told(Valuation([case()], CONTRACTS, LISTS, MONTHS[:5], BASE))
    steady = [r for r in found if r["effect"] == "steady"]
    assert steady and all(r["avoided_cost_sek"] is None and "det finns 5" in r["reason"] for r in steady)


def test_a_base_year_without_a_price_list_gives_its_reason() -> None:
    found = told(Valuation([case()], CONTRACTS, LISTS, MONTHS, date(2015, 1, 1)))
    base = [r for r in found if r["price_basis"] == "base_year"]
    assert {r["effect"] for r in base} == {"cash", "steady"}
    assert all(r["avoided_cost_sek"] is None and "prislista saknas" in r["reason"] for r in base)
    assert pick(found, "cash", "reporting_period")["avoided_cost_sek"] > 0


def test_a_list_without_bands_has_no_classes() -> None:
    assert Valuation([case()], CONTRACTS, LISTS, MONTHS, BASE).classes() == []


def test_a_meter_with_a_contract_from_after_the_baseline_came_with_the_project() -> None:
    contracts = [
        SimpleNamespace(metering_point="ny", valid_from=date(2019, 1, 1)),
        SimpleNamespace(metering_point="gammal", valid_from=date(2015, 1, 1)),
        SimpleNamespace(metering_point="gammal", valid_from=date(2019, 1, 1)),
    ]
    inputs: Any = SimpleNamespace(settings=SimpleNamespace(contract=contracts))
    projects = Projects(inputs, LISTS, "r", {})
    project: Any = SimpleNamespace(baseline_to=date(2019, 1, 1))
    assert [projects._brought(project, p) for p in ("ny", "gammal", "utan")] == [True, False, False]


def test_what_the_project_brought_costs_its_whole_bill_in_every_way() -> None:
    """2 kW all year: fixed 12 000, power 2 x 900, energy 17.52 MWh x 600; at base prices 800 and 500."""
    _, load, _ = modelled()
    own = Load("ny", load.start_utc, np.full((len(load.start_utc), 1), 2.0))
    brought = Modelled("electricity", None, None, brought_by_project(own, NORMAL_REPORT), 0)
    assert brought.case(CONTEXT) == Case("electricity", brought.loads, CONTEXT, contracts_without_project=False)
    contracts = [Contract("ny", "prov", date(2019, 1, 1), date(2030, 1, 1))]
    found = told(Valuation([brought.case(CONTEXT)], contracts, LISTS, MONTHS, BASE))
    whole = [replace_carrier(r) for r in found]
    now, then = (pick(whole, "cash", basis)["avoided_cost_sek"] for basis in ("reporting_period", "base_year"))
    assert now == pytest.approx(-(12_000 + 2 * 900 + 17.52 * 600))
    assert then == pytest.approx(-(12_000 + 2 * 800 + 17.52 * 500))
    assert Valuation([replace(brought.case(CONTEXT))], contracts, LISTS, MONTHS, BASE).classes() == []


def replace_carrier(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "carrier": "district_heating"} if row["carrier"] == "electricity" else row
