"""Budget and outcome by hand: by consumption month and by accounting period, and nothing where nothing is known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dashboards.schema import MARTS
from energy.model import frame
from flows.store import Store
from tests.flows import controller

CHOSEN = "flera budgetar för året: Budget 2024 gäller"  # the revision holds half a year alone
JAN, FEB, MAR = (date(2024, m, 1) for m in (1, 2, 3))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with controller.hall(tmp_path_factory.mktemp("hall")) as found:
        controller.build(found)
        yield found


def month(store: Store, dimension: str, key: str, at: date, carrier: str | None = None) -> dict[str, Any]:
    rows = store.frame(
        """select * from marts.budget_month where dimension = ? and dimension_key = ? and month = ?
           and carrier = coalesce(?, carrier)""",
        [dimension, key, at, carrier],
    ).to_dicts()
    assert len(rows) == 1, rows
    return rows[0]


def period(store: Store, dimension: str, key: str, name: str) -> dict[str, Any]:
    (row,) = store.frame(
        "select * from marts.budget_period where dimension = ? and dimension_key = ? and period = ? and year = 2024",
        [dimension, key, name],
    ).to_dicts()
    return row


def test_heat_of_january_by_invoice(store: Store) -> None:
    # invoiced 1 000 + 500, budget 1 400: +100, 100/1 400 = 7.142857 %; a year ago 950 + 450; 744 h x 1 kWh
    row = month(store, "carrier", "district_heating", JAN)
    assert row["outcome_sek"] == 1500
    assert row["budget_sek"] == 1400
    assert row["deviation_sek"] == 100
    assert row["deviation_pct"] == pytest.approx(100 / 14)
    assert row["last_year_sek"] == 1400
    assert (row["budget_kwh"], row["outcome_kwh"], row["last_year_kwh"]) == (700, 744, 744)
    assert row["reason"] == CHOSEN
    assert not row["is_closed"]


def test_grid_and_retail_buy_the_same_energy(store: Store) -> None:
    # 300 + 800 invoiced, 280 + 900 budgeted; both budgets tell the same 1 500 kWh; 744 h x 2 kWh
    row = month(store, "carrier", "electricity", JAN)
    assert (row["outcome_sek"], row["budget_sek"], row["budget_kwh"], row["outcome_kwh"]) == (1100, 1180, 1500, 1488)
    assert month(store, "facility", "hall", JAN)["budget_kwh"] == 2200


def test_a_month_that_lacks_one_invoice_has_no_outcome_and_says_which(store: Store) -> None:
    row = month(store, "carrier", "electricity", FEB)
    assert row["outcome_sek"] is row["deviation_sek"] is row["deviation_pct"] is None
    assert row["reason"] == f"faktura saknas: elhandel; {CHOSEN}"
    assert month(store, "facility", "hall", FEB)["outcome_sek"] is None
    assert month(store, "carrier", "district_heating", MAR)["reason"] == f"faktura har inte kommit; {CHOSEN}"


def test_the_books_count_the_period_the_cost_centre_and_the_objects(store: Store) -> None:
    # 1 500 on 4510; 99 on another cost centre is not the hall's, nor 77 on another object of an account without one;
    # 11 on another object is, since the cost centre is the hall's alone
    assert month(store, "account", "6210", FEB)["outcome_sek"] == 1500
    assert month(store, "account", "6230", FEB)["outcome_sek"] == 800
    assert month(store, "cost_centre", "4510", FEB)["outcome_sek"] == 1500 + 311 + 800
    assert month(store, "account", "6220", FEB)["outcome_sek"] == 311
    assert month(store, "account", "6210", FEB)["dimension_name"] == "Fjärrvärme"
    assert month(store, "account", "6230", FEB)["carrier"] == "electricity"


def test_a_period_is_known_when_the_books_reach_past_its_closing(store: Store) -> None:
    row = month(store, "account", "6210", MAR)  # exported 20 March, the period closes 8 April
    assert row["outcome_sek"] is None
    assert row["reason"] == f"perioden var inte stängd när bokföringen exporterades 2024-03-20; {CHOSEN}"
    assert month(store, "account", "6210", JAN)["reason"] == f"bokföring saknas för månaden; {CHOSEN}"


def test_the_dimensions_agree_where_all_of_them_are_known(store: Store) -> None:
    totals = store.rows("""
        select dimension, month, sum(outcome_sek), sum(budget_sek) from marts.budget_month
        where month in ('2023-01-01', '2024-01-01') group by all order by all
    """)
    by = {(dimension, at): (outcome, budget) for dimension, at, outcome, budget in totals}
    for at in (date(2023, 1, 1), JAN):
        assert by["facility", at][0] == by["carrier", at][0] == by["component", at][0]
    assert by["facility", JAN][1] == by["carrier", JAN][1] == by["account", JAN][1] == by["cost_centre", JAN][1] == 2580


def test_a_component_has_no_budget_where_the_budget_is_not_split(store: Store) -> None:
    row = month(store, "component", "energy", JAN, "district_heating")
    assert (row["outcome_sek"], row["budget_sek"]) == (1000, None)
    assert row["reason"] == "budgeten är inte uppdelad så"
    assert row["evidence_key"] == "budget/hall/component/district_heating:energy/2024-01"


def test_a_revision_of_half_a_year_does_not_replace_the_budget_and_is_told(store: Store) -> None:
    row = month(store, "facility", "hall", date(2024, 7, 1))
    assert row["budget_sek"] == 2580
    assert CHOSEN in row["reason"]


def test_so_far_compares_the_same_months_and_the_year_waits(store: Store) -> None:
    # heat: January and February known, 1 500 + 1 300 against 2 x 1 400; 12 x 1 400 - 2 800 left
    so_far = period(store, "carrier", "district_heating", "ytd")
    assert (so_far["outcome_sek"], so_far["budget_sek"], so_far["deviation_sek"]) == (2800, 2800, 0)
    assert (so_far["from_month"], so_far["to_month"]) == (JAN, FEB)
    assert so_far["remaining_budget_sek"] == 14_000
    assert so_far["last_year_sek"] is None  # February 2023 is not known
    assert so_far["outcome_kwh"] == 744 + 696
    year = period(store, "carrier", "district_heating", "year")
    assert (year["budget_sek"], year["outcome_sek"], year["reason"]) == (
        16_800, None, "utfall finns för 2 av 12 månader"
    )  # fmt: skip
    assert period(store, "carrier", "district_heating", "t1")["reason"] == "utfall finns för 2 av 4 månader"
    assert period(store, "carrier", "electricity", "ytd")["budget_sek"] == 1180  # January alone
    assert period(store, "carrier", "electricity", "t3")["reason"].startswith("ingen månad har utfall än")


def test_climate_never_uses_a_factor_outside_its_days(store: Store) -> None:
    found = {
        (row["emission_method"], row["month"]): row
        for row in store.frame("select * from marts.climate order by all").to_dicts()
    }
    heat = found["supplier", JAN]  # 744 kWh x 50 kg/MWh
    assert heat["co2e_kg"] == pytest.approx(37.2)
    assert (heat["amount_sek"], heat["factor_source"]) == (1500, "påhittad leverantör 2024")
    assert found["supplier", date(2023, 1, 1)]["co2e_kg"] is None
    half = found["location_based", JAN]  # the factor ends on 15 January
    assert half["co2e_kg"] is None
    assert half["reason"] == "kan inte bedömas: ingen klimatfaktor gäller hela månaden"
    assert found["market_based", JAN]["co2e_kg"] == 0  # a real zero


def test_deviations_above_both_thresholds_ask_and_take_an_answer(store: Store) -> None:
    key = "avvikelse:hall:carrier:district_heating:2024-01"
    asked = store.frame("select * from marts.deviations order by deviation_key").to_dicts()
    # electricity: 1 100 against 1 180, -6.8 %; the books of February: 6210 +100, 6230 -100; 6220 +31 is too little
    assert [row["deviation_key"] for row in asked] == [
        "avvikelse:hall:account:6210:2024-02", "avvikelse:hall:account:6230:2024-02", key,
        "avvikelse:hall:carrier:district_heating:2024-02", "avvikelse:hall:carrier:electricity:2024-01",
    ]  # fmt: skip
    assert {row["status"] for row in asked} == {"asked"}
    for on, cause in ((date(2024, 3, 2), "kall vinter"), (date(2024, 3, 1), "vet inte")):
        controller.add(
            store,
            deviation_causes=frame(
                "deviation_causes",
                [{"row_no": 4, "deviation_key": key, "cause": cause, "owner_role": "driftchef", "answered_on": on}],
            ),
        )
    finding = {"finding_key": "f", "metering_point": "V", "consumption_month": JAN, "amount_sek": 1234.0}
    missing = {"metering_point": "V", "consumption_month": JAN}
    controller.build(store, invoice_findings=[finding], missing_invoices=[missing])
    (row,) = store.frame("select * from marts.deviations where deviation_key = ?", [key]).to_dicts()
    assert (row["status"], row["cause"], row["owner_role"]) == ("answered", "kall vinter", "driftchef")
    assert row["likely_cause"] == (
        "en faktura saknas för månaden; fakturafel: 1 234 kr för mycket; kostnaden per kWh +7 % mot i fjol"
    )


@pytest.mark.parametrize(
    "mart", ["budget_month", "budget_period", "forecast", "forecast_monthly", "deviations", "climate"]
)
def test_columns_are_those_of_the_dictionary(store: Store, mart: str) -> None:
    assert store.table(f"marts.{mart}").columns == list(MARTS[mart])


def test_a_home_without_budget_books_or_invoices_has_empty_marts(tmp_path: Path) -> None:
    home = controller.make_home(tmp_path, {}, controller.SETTINGS)
    with Store.write(home) as empty:
        controller.build(empty)
        for mart in ("budget_month", "budget_period", "forecast", "deviations", "climate"):
            assert empty.table(f"marts.{mart}").is_empty()
