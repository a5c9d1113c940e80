"""The controller's month on the demo home: what was put in wrong is found, to the öre, and nothing else is."""

from __future__ import annotations

import csv
import io
import shutil
from datetime import date
from pathlib import Path

import fastexcel
import openpyxl
import polars as pl
import pytest

from energy.demo import book_truth, invoice_truth
from energy.sources.people import deviation_causes
from flows import analyse
from flows.month import analyse_step, ingest_step, publish_step
from flows.project.projects import Projects
from flows.store import Store
from tests.e2e.reading import mart, printed

LASTING = "dormant_meter"  # told once with its yearly value, seeded as one row an invoice


def test_the_audit_finds_every_mistake_put_in_and_no_other(home: Path) -> None:
    truth = invoice_truth().filter(~pl.col("rule").is_in([LASTING, "missing_invoice"]))
    found = mart(home, "invoice_findings")
    expected = {(r["rule"], r["invoice_no"]): r["amount_sek"] for r in truth.to_dicts()}
    told = {(r["rule"], r["invoice_no"]): r for r in found.filter(pl.col("rule") != LASTING).to_dicts()}
    # a period over the turn of the month is told of the overlapping invoice too, and costs nothing
    assert told.keys() - expected.keys() <= {("period_not_aligned", "EH20200029")}
    assert expected.keys() <= told.keys()
    for key, amount in expected.items():
        closed = key[0] == "estimated_reading"  # credited and billed anew: nothing is left of it
        assert told[key]["amount_sek"] == pytest.approx(0 if closed else amount, abs=0.02), key
        assert told[key]["level"] == ("info" if told[key]["amount_sek"] == 0 else told[key]["level"])
    (dormant,) = found.filter(pl.col("rule") == LASTING).to_dicts()
    seeded = invoice_truth().filter((pl.col("rule") == LASTING) & (pl.col("month").dt.year() == 2023))
    assert dormant["amount_sek"] == pytest.approx(seeded["amount_sek"].sum())


def test_lines_of_right_invoices_agree(home: Path) -> None:
    wrong = set(invoice_truth()["invoice_no"].drop_nulls())
    lines = mart(home, "invoice_audit").filter(~pl.col("invoice_no").is_in(wrong))
    odd = lines.filter(~pl.col("verdict").is_in(["agrees", "not_assessed"]))
    # the credit note of the estimate and the period before the overlap belong to a mistake
    assert set(odd["invoice_no"]) <= {"FV20190023-K", "EH20200028"}, odd
    assert lines.filter(pl.col("verdict") == "not_assessed")["reason"].null_count() == 0
    assert lines.filter(pl.col("verdict") == "agrees").height > 1000


def test_the_missing_invoice_is_missed_and_accrued(home: Path) -> None:
    (missing,) = mart(home, "missing_invoices").to_dicts()
    (truth,) = invoice_truth().filter(rule="missing_invoice").to_dicts()
    assert missing["consumption_month"] == truth["month"]
    assert missing["estimated_sek"] == pytest.approx(-truth["amount_sek"], abs=0.02)
    accrued = mart(home, "accruals").filter(status="open", consumption_month=truth["month"], contract_kind="grid")
    assert (accrued["accrual_sek"] - missing["estimated_sek"]).abs().min() < 0.01


def test_every_text_to_a_supplier_can_be_sent(home: Path) -> None:
    for row in mart(home, "invoice_findings").filter(pl.col("level") != "info").to_dicts():
        text = row["supplier_text"]
        assert (text and row["invoice_no"].split("-")[0] in text) or row["rule"] == LASTING, row
        assert "None" not in text and "nan" not in text


def test_the_books_mistakes_are_found_and_no_other(home: Path) -> None:
    odd = mart(home, "ledger_match").filter(~pl.col("verdict").is_in(["matched", "not_assessed"]))
    truth = book_truth()
    # the one-off line that the audit finds stands among the costs of operation, since the invoice is posted whole
    (once,) = invoice_truth().filter(rule="one_off_in_operations").to_dicts()
    assert {(r["verdict"], r["invoice_no"]) for r in odd.to_dicts()} == {
        *((r["rule"], r["invoice_no"]) for r in truth.to_dicts()), ("wrong_account", once["invoice_no"]),
    }  # fmt: skip
    amounts = dict(odd.select("invoice_no", "difference_sek").iter_rows())
    assert amounts[once["invoice_no"]] == pytest.approx(-85_000)
    for row in truth.to_dicts():
        assert amounts[row["invoice_no"]] == pytest.approx(row["amount_sek"], abs=0.01)


def test_what_waits_for_the_next_year_is_accrued_to_the_ore(home: Path) -> None:
    (waiting,) = (
        mart(home, "ledger_match").filter(verdict="not_assessed", accounting_period=date(2024, 1, 1)).to_dicts()
    )
    # all that is open but the missing invoice, which nobody waits for
    accrued = mart(home, "accruals").filter(status="open").drop_nulls("invoiced_sek")
    assert set(accrued["contract_kind"]) == {"heat", "grid", "retail"}
    assert accrued["invoiced_sek"].sum() == pytest.approx(waiting["net_sek"], abs=0.005)
    assert accrued["accrual_sek"].sum() == pytest.approx(waiting["net_sek"], abs=0.05)


def test_proposed_postings_balance_and_lie_beside_the_workbook(home: Path) -> None:
    postings = mart(home, "accrual_postings")
    assert postings["debit_sek"].sum() == pytest.approx(postings["credit_sek"].sum(), abs=0.005)
    assert postings["debit_sek"].sum() > 0
    (path,) = (home / "published").glob("Periodisering_*.csv")
    rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == postings.height + 1


def test_allocation_shares_the_whole_cost(home: Path) -> None:
    shared = mart(home, "allocation").group_by("metering_point", "month").agg(pl.col("cost_sek", "share_pct").sum())
    assert shared.height > 60
    assert (shared["share_pct"] - 100).abs().max() < 1e-6
    cost = mart(home, "monthly_cost").group_by("metering_point", "month").agg(pl.col("amount_sek").sum())
    both = shared.join(cost, on=["metering_point", "month"]).filter(pl.col("cost_sek").is_not_null())
    assert (both["cost_sek"] - both["amount_sek"]).abs().max() < 0.01


def test_parts_of_the_year_sum_to_the_year(home: Path) -> None:
    periods = mart(home, "budget_period").filter(dimension="facility", year=2022)
    by_period = {r["period"]: r for r in periods.to_dicts()}
    for column in ("budget_sek", "outcome_sek"):
        parts = sum(by_period[t][column] for t in ("t1", "t2", "t3"))
        assert parts == pytest.approx(by_period["year"][column], abs=0.01), column
    carriers = mart(home, "budget_month").filter(dimension="carrier", month=pl.date(2022, 6, 1))
    whole = mart(home, "budget_month").filter(dimension="facility", month=pl.date(2022, 6, 1))
    assert carriers["outcome_sek"].sum() == pytest.approx(whole["outcome_sek"].item(), abs=0.01)


def analyse_the_books(home: Path, until: date | None = None) -> None:
    """Work through all that follows from bills, savings, invoices and books: no bridges, store or measures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Projects, "_bridges", lambda *_: None)
        for part in ("explain_stores", "look_for_measures"):
            patch.setattr(analyse, part, lambda *_: None)
        analyse_step(home, until=until)


@pytest.fixture(scope="module")
def august(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the home, worked through up to August 2023."""
    own = Path(shutil.copytree(home, tmp_path_factory.mktemp("augusti") / "hem"))
    analyse_the_books(own, until=date(2023, 8, 1))
    with Store.write(own, "publish") as store:
        store.publish()
    return own


def test_until_a_month_sees_nothing_later(august: Path) -> None:
    for name in ("monthly_cost", "savings_monthly"):
        assert mart(august, name)["month"].max() == date(2023, 8, 1), name


def test_a_forecast_in_august_has_a_band_that_holds_the_heat(home: Path, august: Path) -> None:
    made = mart(august, "forecast").filter(year=2023, component="all", carrier="district_heating").to_dicts()[0]
    truth = mart(home, "forecast").filter(year=2023, component="all", carrier="district_heating").to_dicts()[0]
    assert made["forecast_sek_low"] <= truth["forecast_sek"] <= made["forecast_sek_high"]
    assert made["forecast_sek_low"] < made["forecast_sek"] < made["forecast_sek_high"]
    so_far = mart(august, "budget_period").filter(dimension="facility", year=2023, period="ytd").to_dicts()[0]
    assert so_far["to_month"] == date(2023, 8, 1)
    assert made["previous_forecast_sek"] is not None and made["weather_years"] >= 10


WORDS = {**deviation_causes.REQUIRED, **deviation_causes.OPTIONAL}


@pytest.fixture(scope="module")
def answered(home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A copy of the home, worked through again with one deviation answered in the workbook, and its key."""
    own = Path(shutil.copytree(home, tmp_path_factory.mktemp("svar") / "hem"))
    (path,) = (own / "published").glob("Energibok_*.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book[deviation_causes.SHEET]
    heads = {cell.value: cell.column for cell in sheet[1]}
    key = sheet.cell(2, heads[WORDS["deviation_key"][0]]).value
    sheet.cell(2, heads[WORDS["cause"][0]]).value = "Elpriset steg"
    sheet.cell(2, heads[WORDS["owner_role"][0]]).value = "Energicontroller"
    book.save(own / "inbox" / path.name)
    ingest_step(own)
    analyse_step(own)
    publish_step(own)
    return own, str(key)


def test_the_same_meters_and_invoices_give_the_same_figures_again(home: Path, answered: tuple[Path, str]) -> None:
    """The answer makes the analysis run anew, with nothing new in what these figures are made of."""
    with Store.read(answered[0]) as one, Store.read(home) as other:
        assert one.rows("select distinct run_id from analysis.savings_total") != other.rows(
            "select distinct run_id from analysis.savings_total"
        )
        for name, columns in (
            ("savings_total", "* exclude (run_id)"), ("bridge_matrix", "* exclude (run_id)"), ("bill", "*"),
            ("measures", "* exclude (run_id)"), ("measures_combined", "* exclude (run_id)"),
            ("storage_optimum", "* exclude (run_id)"),
        ):  # fmt: skip
            query = f"select {columns} from analysis.{name} order by all"
            found = one.rows(query)
            assert found and found == other.rows(query), name
        # the baseline of a done measure was frozen by the first of them, and read back by the second
        kept = "select project, version, model_sha256 from ledger.baselines where project like 'measure:%' order by all"
        assert [version for _, version, _ in one.rows(kept)] == [1] and one.rows(kept) == other.rows(kept)
        figures = "select * exclude (run_id) from analysis.measure_verification order by all"
        assert one.rows(figures) == other.rows(figures)


def test_an_answer_written_in_the_workbook_comes_back(answered: tuple[Path, str]) -> None:
    own, key = answered
    (row,) = mart(own, "deviations").filter(deviation_key=key).to_dicts()
    assert (row["status"], row["cause"], row["owner_role"]) == ("answered", "Elpriset steg", "Energicontroller")
    (again,) = (own / "published").glob("Energibok_*.xlsx")
    kept = fastexcel.read_excel(again.read_bytes()).load_sheet(deviation_causes.SHEET).to_polars()
    assert "Elpriset steg" in kept[WORDS["cause"][0]].to_list()


def test_climate_is_energy_times_the_factor_of_its_year(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = mart(home, "climate").filter(pl.col("co2e_kg").is_not_null())
    assert rows.height > 100 and rows["factor_source"].null_count() == 0
    worst = (rows["energy_kwh"] / 1000 * rows["kg_per_mwh"] - rows["co2e_kg"]).abs().max()
    assert isinstance(worst, float) and worst < 1e-6
    assert printed(capsys, "budget", "--home", str(home), "--from", "2023-01")["climate"]
