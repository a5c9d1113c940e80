"""Budget and outcome by hand: by consumption month and by accounting period, and nothing where nothing is known."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dashboards.schema import MARTS
from energy.model import frame
from flows.cli import main
from flows.decisions import closing
from flows.show import month as show_month
from flows.store import Store
from tests.flows import controller
from tests.flows.homes import make_home

CHOSEN = "flera budgetar för året: Budget 2024 gäller"  # the revision holds half a year alone
VERSIONS = (
    "flera budgetar för året: «Budget 2024» (12 månader, 36 rader, 30\u00a0960 kr) gäller, "
    "inte «Budget 2024 rev» (6 månader, 18 rader, 139\u00a0320 kr)"
)  # 12 x 2 580, 6 x 9 x 2 580
ENERGY = "energi visas per energislag"
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
    assert row["reason"] == f"perioden var inte stängd när bokföringen exporterades 2024-03-20; {CHOSEN}; {ENERGY}"
    assert month(store, "account", "6210", JAN)["reason"] == f"bokföring saknas för månaden; {CHOSEN}; {ENERGY}"


def test_the_books_show_no_energy_of_other_months(store: Store) -> None:
    for dimension, key in (("account", "6210"), ("account", "6230"), ("cost_centre", "4510")):
        row = month(store, dimension, key, FEB)
        assert row["outcome_kwh"] is row["last_year_kwh"] is None
        assert row["reason"] == f"{CHOSEN}; {ENERGY}"
        assert period(store, dimension, key, "ytd")["reason"].endswith(ENERGY)


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
        16_800, None, f"utfall finns för 2 av 12 månader; {VERSIONS}"
    )  # fmt: skip
    t1 = period(store, "carrier", "district_heating", "t1")
    assert t1["reason"] == f"utfall finns för 2 av 4 månader; {VERSIONS}"
    assert period(store, "carrier", "electricity", "ytd")["budget_sek"] == 1180  # January alone
    assert period(store, "carrier", "electricity", "t3")["reason"].startswith("ingen månad har utfall än")


def test_a_sum_tells_which_carrier_lacks_which_month(store: Store) -> None:
    # heat is known for January and February, electricity for January: the facility's sum is January's alone
    row = period(store, "facility", "hall", "ytd")
    assert row["outcome_sek"] == 2600
    assert row["reason"] == f"el: 2024-02 saknas; {VERSIONS}"
    assert "saknas" not in period(store, "carrier", "district_heating", "ytd")["reason"].replace(VERSIONS, "")


def test_several_budgets_of_a_year_are_a_finding(store: Store) -> None:
    ((message, facility),) = store.rows("select message, facility from marts.findings where rule = 'budget_versions'")
    assert facility == "hall"
    assert message.startswith(f"hall 2024: {VERSIONS}.")


def test_a_closed_month_is_known_in_sums_and_in_the_year_after_though_its_invoice_is_withdrawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "publish_step", lambda home: {})
    with controller.hall(tmp_path) as found:
        controller.build(found)
    assert main(["close", "2023-01", "--home", str(tmp_path)]) == 0
    with Store.write(tmp_path) as found:
        found.con.execute("""
            update raw.files set ended_at = received_at
            where file_id in (select file_id from raw.invoice_lines where invoice_no = 'heat2301')
        """)
        controller.build(found)
        live = month(found, "carrier", "district_heating", JAN)
        assert (live["outcome_sek"], live["last_year_sek"]) == (None, 1400)
        closed = month(found, "carrier", "district_heating", date(2023, 1, 1))
        assert (closed["outcome_sek"], closed["is_closed"]) == (1400, True)
        assert closed["reason"].startswith("siffran står som när månaden stängdes; nu: faktura")
        sums = found.frame(
            "select outcome_sek, from_month, to_month from marts.budget_period "
            "where dimension_key in ('district_heating', 'hall') and period = 'ytd' and year = 2023 order by 1"
        ).rows()
        assert sums == [(at, date(2023, 1, 1), date(2023, 1, 1)) for at in (1400, 2300)]  # 200 + 700 of electricity


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
        "en faktura saknas för månaden; fakturafel: 1\u00a0234 kr för mycket; kostnaden per kWh +7 % mot i fjol"
    )


def causes(store: Store, rules: tuple[tuple[str, str, str, date, float], ...]) -> dict[str, str]:
    """Return deviation -> likely cause, where the audit has found (rule, point, kind, month, SEK)."""
    rows = [
        {"finding_key": f"f{n}", "rule": rule, "metering_point": point, "contract_kind": kind,
         "consumption_month": at, "amount_sek": amount}
        for n, (rule, point, kind, at, amount) in enumerate(rules)
    ]  # fmt: skip
    controller.build(store, invoice_findings=rows)
    found = store.rows("select dimension_key, month, likely_cause from marts.deviations")
    return {f"{key} {at:%Y-%m}": cause or "" for key, at, cause in found}


LATER = "bokfört en månad senare än förbrukningen"  # the books of February hold January's invoices


def test_a_cause_is_told_only_where_its_invoice_is_counted(tmp_path: Path) -> None:
    # deviations: heat and 6210 above the budget, electricity and 6230 below it
    with controller.hall(tmp_path) as store:
        found = causes(store, (
            ("wrong_band", "E", "grid", JAN, -30.0), ("wrong_tax", "E", "retail", JAN, -20.0),
            ("wrong_power", "V", "heat", JAN, 40.0), ("wrong_band", "V", "heat", JAN, -15.0),
            ("vat_error", "V", "heat", JAN, 5000.0), ("one_off_in_operations", "E", "retail", JAN, -60.0),
        ))  # fmt: skip
        assert found["6230 2024-02"] == f"{LATER}; fakturafel: 20 kr för lite; engångspost: −60 kr"
        assert found["6210 2024-02"] == f"{LATER}; fakturafel: 40 kr för mycket"
        assert found["electricity 2024-01"].startswith("fakturafel: 50 kr för lite; engångspost: −60 kr")
        assert found["district_heating 2024-01"].startswith("fakturafel: 40 kr för mycket; kostnaden")
        found = causes(store, (("vat_error", "V", "heat", JAN, 5000.0), ("posted_gross", "V", "heat", JAN, 300.0)))
        assert "fakturafel" not in found["district_heating 2024-01"]
        assert "fakturafel: 300 kr för mycket" in found["6210 2024-02"]


def test_an_account_whose_money_is_only_a_month_late_asks_for_no_cause(tmp_path: Path) -> None:
    # February's books hold January's invoices, 800 of retail; the budget of January was 800 and of February 500:
    # +300 is the shift alone. Grid, 311 against 280 both months, is under the threshold. Heat has a carrier to ask.
    lines = [{"row_no": n, "version": "B", "month": at, "account": "6230", "cost_centre": "4510", "amount_sek": amount}
             for n, (at, amount) in enumerate(((JAN, 800.0), (FEB, 500.0)), start=2)]  # fmt: skip
    late = [("6230", date(2024, 2, 10), 800.0, {"1": "4510", "21": "340"}),
            ("6230", date(2024, 3, 10), 5.0, {"1": "4510", "21": "340"})]  # fmt: skip
    home = make_home(tmp_path, {}, controller.SETTINGS)
    with Store.write(home) as store:
        told = controller.invoices([line for line in controller.INVOICED if line[0] != "heat"])
        controller.add(store, invoices=told["invoices"], invoice_lines=told["invoice_lines"])
        controller.add(store, budget=frame("budget", lines))
        controller.add(store, issued="2024-04-20", ledger_lines=controller.ledger(late))
        controller.build(store)
        row = month(store, "account", "6230", FEB)
        assert (row["outcome_sek"], row["deviation_sek"]) == (800, 300)
        asked = {at for (at,) in store.rows("select month from marts.deviations where dimension = 'account'")}
    assert FEB not in asked


def test_the_terminal_names_every_row_and_orders_the_periods(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextmanager
    def read(home: Path) -> Iterator[Store]:
        yield store

    monkeypatch.setattr(Store, "read", read)
    asked = Namespace(command="budget", home=Path(), json=False, facility=None, first=None, last=None)
    assert show_month.budget(asked) == 0
    out = capsys.readouterr().out
    rows = [line.split("  ") for line in out.splitlines() if line.startswith("2024  ")]
    told = [[cell.strip() for cell in row if cell.strip()][1:4] for row in rows]
    names = [["anläggning", "Hallen"], ["energislag", "fjärrvärme"], ["energislag", "el"]]
    periods = ("hittills i år", "tertial 1", "tertial 2", "tertial 3", "helår")
    assert [t for t in told if t[:2] in names] == [[*name, period] for name in names for period in periods]
    assert "6210 Fjärrvärme" in out
    asked.first = asked.last = "2024-01"
    assert show_month.budget(asked) == 0
    out = capsys.readouterr().out
    assert "tertial" not in out
    assert [line.split()[:3] for line in out.splitlines() if line.startswith("2024-01  ")][:3] == [
        ["2024-01", *name] for name in names
    ]


def test_an_answer_on_an_unknown_key_and_one_without_role_are_told(tmp_path: Path) -> None:
    keys = ("avvikelse:hall:carrier:district_heating:2024-01", "avvikelse:hall:carrier:district_heating:2204-01")
    answers = [{"row_no": n, "deviation_key": key, "cause": "kallt", "owner_role": role, "answered_on": MAR}
               for n, (key, role) in enumerate(zip(keys, (None, "driftchef"), strict=True), start=2)]  # fmt: skip
    with controller.hall(tmp_path) as found:
        controller.add(found, deviation_causes=frame("deviation_causes", answers))
        controller.build(found)
        told = found.rows(
            "select rule, level, row_no, facility from marts.findings "
            "where rule in ('unknown_deviation', 'owner_role_missing') order by rule"
        )
        status = found.rows("select status from marts.deviations where deviation_key = ?", [keys[0]])
    assert told == [("owner_role_missing", "info", 2, "hall"), ("unknown_deviation", "warning", 3, None)]
    assert status == [("answered",)]


@pytest.mark.parametrize(
    "mart", ["budget_month", "budget_period", "forecast", "forecast_monthly", "deviations", "climate"]
)
def test_columns_are_those_of_the_dictionary(store: Store, mart: str) -> None:
    assert store.table(f"marts.{mart}").columns == list(MARTS[mart])


def test_a_home_without_budget_books_or_invoices_has_empty_marts(tmp_path: Path) -> None:
    home = make_home(tmp_path, {}, controller.SETTINGS)
    with Store.write(home) as empty:
        controller.build(empty)
        for mart in ("budget_month", "budget_period", "forecast", "deviations", "climate"):
            assert empty.table(f"marts.{mart}").is_empty()
