"""The demo home from raw files to pages, workbook, letter and receipts, through the commands a user types."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
import pytest

from energy.demo import bookings, plan, truth
from energy.demo.physics import simulate
from flows.cli import main, parser
from flows.month import ingest_step
from flows.store import Store
from tests.e2e.reading import mart, printed

HEAT, MAIN = "735999100000000010", "735999100000000027"
MARTS_WITH_RECEIPTS = (
    "headline", "savings_total", "bridge", "bridge_matrix", "bridge_paid", "measures", "invoice_check", "monthly_cost",
    "invoice_lines", "invoice_audit", "invoice_findings", "missing_invoices", "ledger_match", "accruals", "allocation",
    "budget_month", "budget_period", "forecast", "deviations", "climate", "economics_returns",
    "storage", "storage_monthly",
)  # fmt: skip


def test_the_command_gives_the_monthly_run_all_it_asks_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr("energy.demo.files", lambda seed: {"energibok.toml": b""})
    monkeypatch.setattr("flows.month.run_monthly", lambda arguments: given.update(vars(arguments)) or 0)
    assert main(["demo", str(tmp_path / "hem")]) == 0
    assert set(vars(parser().parse_args(["monthly"]))) - {"command"} <= set(given)
    assert (given["home"], given["all"], given["wait"]) == (tmp_path / "hem", True, 0)


def test_every_record_is_accounted_for(home: Path) -> None:
    files = mart(home, "files")
    assert files.filter(pl.col("rows_in") != pl.col("loaded") + pl.col("rejected") + pl.col("duplicates")).is_empty()
    assert files["rows_in"].sum() > 500_000
    assert files.filter(pl.col("status") == "unknown")["file_name"].to_list() == ["README.txt"]
    rejected = mart(home, "findings").filter(pl.col("original").is_not_null())
    assert rejected.height == files["rejected"].sum() > 0
    assert rejected["row_no"].null_count() == 0


def test_loading_again_changes_nothing(home: Path, tmp_path: Path) -> None:
    again = tmp_path / "hem"
    shutil.copytree(home, again)
    results = ingest_step(again)
    assert {r.status for r in results} == {"known", "unknown"}
    tables = ("readings", "invoices", "invoice_lines", "weather", "prices", "fx", "events", "ledger_lines",
              "ledger_balances", "trends", "bookings", "opening_hours", "budget", "rejects")  # fmt: skip
    with Store.write(again) as one, Store.read(home) as other:
        for name in tables:
            count = f"select count(*) from raw.{name}"
            assert one.rows(count) == other.rows(count)


def test_invoices_agree_except_for_the_mistakes_that_were_put_in(home: Path) -> None:
    checks = mart(home, "invoice_check")
    assert checks.filter(pl.col("verdict") == "agrees").height / checks.height > 0.95
    differing = checks.filter(pl.col("verdict") == "differs")
    found = {(f"{r['consumption_month']:%Y-%m}", r["contract_kind"]) for r in differing.to_dicts()}
    # every mistake that gives a month another amount; the estimated reading was credited and invoiced anew, and what is
    # invoiced over the turn of a month is shared by what was used
    assert found == {
        ("2020-04", "retail"), ("2021-06", "grid"), ("2022-01", "heat"), ("2022-02", "heat"), ("2023-01", "grid"),
        ("2023-02", "heat"), ("2023-10", "heat"),
    }  # fmt: skip
    lacking = checks.filter(pl.col("verdict") == "missing_invoice")
    assert {(f"{r['consumption_month']:%Y-%m}", r["component"]) for r in lacking.to_dicts()} == {
        ("2021-04", "return_temperature"), ("2021-10", "fixed"),
        *(("2023-11", component) for component in ("demand", "energy", "fixed", "other", "tax")),
    }  # fmt: skip


def test_components_sum_to_the_invoices_net(home: Path) -> None:
    with Store.read(home) as store:
        off = store.rows(
            """select invoices.invoice_no from core.invoices as invoices
               inner join core.invoice_lines as lines using (supplier_id, invoice_no, issue_date, document_type)
               group by invoices.invoice_no, invoices.net_sek
               having abs(sum(lines.amount_sek) - invoices.net_sek) > 0.005"""
        )
    assert off == []


def test_nobody_who_booked_is_found_behind_the_door(home: Path) -> None:
    words = [word for person in bookings.PEOPLE for word in (*person, person.name.split()[1])]
    seen = 0
    for path in (path for path in (home / "store").rglob("*") if path.is_file()):
        data = path.read_bytes()
        seen += 1
        assert not any(word.encode() in data for word in words), path
    assert seen > 300
    with Store.read(home) as store:  # the database keeps texts in a form of its own
        columns = store.rows(
            """select table_schema, table_name, column_name from information_schema.columns
               where data_type = 'VARCHAR' and table_schema in ('raw', 'core', 'marts', 'analysis')"""
        )
        assert len(columns) > 100
        for schema, table, column in columns:
            found = f'select count(*) from {schema}.{table} where regexp_matches("{column}", ?)'
            assert store.rows(found, ["|".join(words)]) == [(0,)], (schema, table, column)
        assert store.rows("select count(*) > 2500 from core.bookings") == [(True,)]
        (file,) = store.rows("select sha256, archived_sha256 from raw.files where source = 'bookings'")
    assert not store.archive.path(file[0]).exists()
    assert store.archive.path(file[1]).exists()


def test_the_ice_plants_hours_survive_a_rollover_and_a_new_meter(home: Path) -> None:
    physics = simulate(1)
    since = physics.time.since(plan.ICE_REGISTER_FROM)
    with Store.read(home) as store:
        hours = store.frame(
            """select start_utc, value from core.hourly
               where metering_point = ? and quantity = 'energy_kwh' and start_utc >= ? order by start_utc""",
            [plan.EL_ICE, physics.start_utc[since][0].item()],
        )
        changes = store.rows(
            "select change, count(*) from core.register_steps where metering_point = ? group by change order by change",
            [plan.EL_ICE],
        )
    assert changes == [("replaced", 1), ("rolled_over", 1), ("same", 17518)]
    assert hours["start_utc"].to_list()[0].replace(tzinfo=None) == physics.start_utc[since][0].item()
    assert hours["value"].to_numpy() == pytest.approx(physics.el_ice_kwh[since], abs=1e-6)


def test_what_comes_twice_in_two_forms_is_told_once_and_alike(home: Path) -> None:
    """The archive over the latest months, days of prices beside the year, the staff's hours beside the settings."""
    with Store.read(home) as store:
        spike = store.rows(
            """select value, period from staging.weather where start_utc = '2023-10-17 13:00' order by period"""
        )
        hour = store.rows("select air_temperature_c from core.weather_hourly where start_utc = '2023-10-17 13:00'")
        assert [period for _, period in spike] == ["archive", "latest"]
        assert hour == [(spike[0][0],)] != [(spike[1][0],)]
        spot = store.rows("select count(*), count(distinct start_utc) from core.spot_hourly")[0]
        assert spot[0] == spot[1] == 2191 * 24
    found = set(mart(home, "findings")["rule"])
    assert not found & {
        "conflicting_prices", "currencies_differ", "conflicting_weather", "conflicting_values", "invoice_conflict",
        "voucher_unbalanced", "account_unreconciled", "ledger_unreconciled", "voucher_conflict", "balance_conflict",
        "opening_hours_conflict", "budget_conflict", "unknown_point", "point_unit", "file_without_facility",
    }  # fmt: skip
    assert {"register_replaced", "register_rollover"} <= found


def test_bridge_sums_exactly_and_ends_where_the_bills_end(home: Path) -> None:
    bridge = mart(home, "bridge")
    cost = mart(home, "monthly_cost").filter(pl.col("metering_point") != plan.EL_LIGHTING)  # outside the project
    for carrier in ("district_heating", "electricity", "all"):
        steps = {r["step"]: r["amount_sek"] for r in bridge.filter(pl.col("carrier") == carrier).to_dicts()}
        assert sum(v for k, v in steps.items() if k != "after") == pytest.approx(steps["after"], abs=0.005)
        span = bridge.filter(pl.col("carrier") == carrier).row(0, named=True)
        paid = cost.filter(
            pl.col("month").is_between(span["reporting_from"], span["reporting_to"])
            & ((pl.col("carrier") == carrier) | (carrier == "all"))
        )
        assert paid["amount_sek"].sum() == pytest.approx(steps["after"], abs=0.01)


def test_the_band_of_avoided_heat_holds_the_truth(home: Path) -> None:
    """The demo's physics knows what would have been used; faults after the baseline are not the project's doing."""
    known = truth(1).filter(pl.col("carrier") == "district_heating")
    months = mart(home, "savings_monthly").filter(pl.col("carrier") == "district_heating")
    last = months.filter(pl.col("month") >= pl.date(2023, 1, 1))
    true = known.join(last.select("month"), on="month", how="semi")
    avoided = (true["counterfactual_kwh"] - true["fault_kwh"] - true["actual_kwh"]).sum()
    total = mart(home, "savings_total").filter((pl.col("carrier") == "district_heating") & (pl.col("period") == "2023"))
    row = total.row(0, named=True)
    assert row["avoided_energy_kwh_low"] < avoided < row["avoided_energy_kwh_high"]
    assert row["avoided_energy_kwh_low"] > 0


def test_the_stores_own_electricity_is_counted_exactly_once(home: Path) -> None:
    with Store.read(home) as store:
        metered = store.rows(
            """select sum(energy_kwh) from core.load_hourly where metering_point = '735999100000000034'
               and start_utc >= '2022-12-31 23:00' and start_utc < '2023-12-31 23:00'"""
        )[0][0]
    row = mart(home, "savings_total").filter((pl.col("carrier") == "electricity") & (pl.col("period") == "2023"))
    assert row["avoided_energy_kwh"][0] == pytest.approx(-metered)
    both = mart(home, "savings_total").filter(pl.col("period") == "2023")
    parts = both.filter(pl.col("carrier") != "all")["avoided_cost_sek"].sum()
    assert both.filter(pl.col("carrier") == "all")["avoided_cost_sek"][0] == pytest.approx(parts)


def test_closed_days_of_the_pandemic_credit_no_saving(home: Path) -> None:
    months = mart(home, "savings_monthly").filter(pl.col("carrier") == "district_heating")
    closed = months.filter(pl.col("month") == pl.date(2021, 1, 1)).row(0, named=True)
    assert closed["excluded_hours"] == 744
    assert closed["avoided_energy_kwh"] == pytest.approx(0, abs=1e-6)


def test_the_measures_are_found_with_evidence(home: Path) -> None:
    measures = mart(home, "measures")
    registered = pl.col("code").str.head(1).is_in(["I", "M"])  # findings of invoices and meters: test_register
    assert set(measures.filter(~registered)["measure_id"]) == {
        "billed_heat_power", "high_return_temperature", "closed_hours_base_load", "heat_bought_while_rejecting",
        "dormant_meter", "hedge_share", "idle_at_peaks",
    }  # fmt: skip
    priced = measures.drop_nulls("saving_sek_per_year")
    hedge = measures.filter(measure_id="hedge_share")  # a risk, with the reason why it has no amount
    together = mart(home, "measures_combined")
    assert set(together["measure_key"]) <= set(priced.filter(~pl.col("one_off"))["measure_key"])
    assert together.height >= 5
    last = together.sort("rank").row(-1, named=True)
    assert 0.5 * last["separate_sek_per_year"] < last["cumulative_sek_per_year"] < last["separate_sek_per_year"]
    assert together["marginal_sek_per_year"].sum() == pytest.approx(last["cumulative_sek_per_year"])
    assert hedge["saving_sek_per_year"].item() is None and "ingen besparing utlovas" in hedge["silent_reason"].item()
    assert (measures["saving_sek_per_year_low"] <= measures["saving_sek_per_year"]).all()
    assert (measures["saving_sek_per_year"] <= measures["saving_sek_per_year_high"]).all()
    evidence = mart(home, "measure_evidence")
    assert set(measures["measure_key"]) <= set(evidence["measure_key"])
    duplicate = measures.filter(pl.col("measure_id") == "duplicate_invoice").row(0, named=True)
    assert duplicate["saving_sek_per_year"] == pytest.approx(58292.57)


@pytest.mark.parametrize(
    "command", ["savings", "bridge", "invoices", "ledger", "budget", "measures", "storage", "quality"]
)
def test_reading_commands_print_one_json_document(home: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    # the demo's seeded errors of invoices and books stand
    document = printed(capsys, command, "--home", str(home), status=int(command in ("invoices", "ledger")))
    assert document["command"] == command
    assert len(document) > 1


def test_filters_and_their_errors(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = printed(capsys, "savings", "--home", str(home), "--from", "2023-03", "--to", "2023-04")
    assert {row["month"] for row in found["savings_monthly"]} == {"2023-03-01", "2023-04-01"}
    assert main(["savings", "--home", str(home), "--facility", "finns-inte"]) == 2
    assert "torvalla-syntetisk" in capsys.readouterr().err
    assert main(["savings", "--home", str(home), "--from", "mars"]) == 2
    assert main(["storage", "--home", str(home), "--from", "2031-01"]) == 2
    assert "uppgifterna går från 2020-09 till 2023-12" in capsys.readouterr().err


def test_the_calculation_stands_on_the_steady_effect_and_sums_over_who_saves(home: Path) -> None:
    returns = mart(home, "economics_returns")
    group, bearers = (returns.filter((pl.col("cost_bearer") == "all") == whole) for whole in (True, False))
    steady = mart(home, "avoided_cost").filter(
        carrier="all", component="all", effect="steady", price_basis="reporting_period"
    )
    for name in ("avoided_cost_sek", "avoided_cost_sek_low", "avoided_cost_sek_high"):
        saving = name.replace("avoided_cost_sek", "saving_sek_per_year")
        assert group[saving].item() == pytest.approx(steady[name].item(), abs=0.01)
    assert bearers["saving_sek_per_year"].sum() == pytest.approx(group["saving_sek_per_year"].item(), abs=0.01)
    landlord = bearers.filter(pl.col("investment_sek") > 0)
    assert landlord.height == 1 and landlord["saving_sek_per_year"].item() == 0
    years = mart(home, "economics_years").filter(cost_bearer="all", is_measured=True)
    cash = mart(home, "savings_total").filter(carrier="all").filter(pl.col("period").is_in(["2021", "2022", "2023"]))
    assert years["saving_sek"].to_list() == pytest.approx(cash.sort("period")["avoided_cost_sek"].to_list())


def test_the_calculation_is_printed_and_an_unknown_project_is_told(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = printed(capsys, "economics", "--home", str(home))
    assert {"economics_returns", "economics_years", "promised_delivered"} <= set(found)
    assert main(["economics", "--home", str(home), "--project", "energilager"]) == 0
    said = capsys.readouterr().out
    assert "alla tillsammans" in said and "Syntetiska klimatbidraget" in said and "inf" not in said.split()
    assert main(["economics", "--home", str(home), "--project", "lagret"]) == 2
    assert "Finns: energilager" in capsys.readouterr().err


def test_every_receipt_on_the_pages_can_be_explained(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys: list[str] = []
    for name in MARTS_WITH_RECEIPTS:
        found = mart(home, name)["evidence_key"].drop_nulls().unique().sort()
        keys += found.gather_every(max(1, len(found) // 5)).to_list()
    assert len(keys) > 20
    for key in keys:
        document = printed(capsys, "explain", key, "--home", str(home))
        assert document["steps"], key


def test_explain_reaches_file_row_and_hash(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cost = mart(home, "monthly_cost").filter(
        (pl.col("metering_point") == HEAT) & (pl.col("determinant") == "billed_power_kw")
    )
    document = printed(capsys, "explain", cost["evidence_key"][-1], "--home", str(home))
    rows = [step for step in document["steps"] if step.get("original")]
    assert rows
    with Store.read(home) as store:
        for step in rows:
            text = store.archive.get(step["sha256"]).decode("utf-8-sig").splitlines()
            assert text[step["row_no"] - 1].strip() == step["original"]
    line = mart(home, "invoice_lines")["evidence_key"][0]
    document = printed(capsys, "explain", line, "--home", str(home))
    assert any("InvoiceLine" in str(step.get("original")) for step in document["steps"])


def test_explain_reaches_the_rows_that_a_baseline_was_fitted_on(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = printed(capsys, "explain", "savings/energilager/all/2023", "--home", str(home))
    names = {step.get("file_name") for step in document["steps"] if step.get("values_used")}
    assert {f"fjarrvarme/syntetisk_fjarrvarme_{year}.csv" for year in (2018, 2019, 2020, 2023)} <= names
    assert any(str(name).startswith("vader/") for name in names)
    assert any(str(step.get("original")).startswith("2018-01-01 00:00;") for step in document["steps"])


def test_the_heat_map_has_the_hours_of_a_year(home: Path) -> None:
    hours = mart(home, "heatmap")
    # an hour of autumn comes twice and is one mean
    assert hours.group_by("metering_point").len()["len"].unique().to_list() == [8759]
    assert (hours["day"].min(), hours["day"].max()) == (date(2023, 1, 1), date(2023, 12, 31))


def test_a_file_tells_how_it_was_read_and_which_rows_it_lost(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "file/el/syntetisk_el_2018.csv", "--home", str(home)]) == 0
    said = capsys.readouterr().out
    assert "6 avvisade + 0 dubbletter; källa mätvärden (avgränsad text); klocka normaltid (UTC+1)" in said
    assert "avvisad rad 452: «0x1F»" in said
    assert main(["explain", "file/README.txt", "--home", str(home)]) == 0
    assert "None" not in capsys.readouterr().out


def test_unknown_receipts_are_told_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "savings/energilager/all/1999", "--home", str(home)]) == 2
    assert "Menade du «savings/energilager/all/" in capsys.readouterr().err
    assert main(["explain", "nonsens", "--home", str(home)]) == 2
    assert "Kända" in capsys.readouterr().err


def test_page_workbook_and_command_line_agree(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = mart(home, "headline").row(0, named=True)
    page = (home / "published/site/index.html").read_text(encoding="utf-8")
    tkr = f"{abs(round(head['value'] / 1000)):,}".replace(",", "\u00a0")
    assert tkr in page
    book = fastexcel.read_excel(next((home / "published").glob("*.xlsx")).read_bytes())
    sheet = book.load_sheet("Nyckeltal", header_row=None).to_polars()
    numbers = [v for row in sheet.rows() for v in row if isinstance(v, float)]
    numbers += [float(v) for row in sheet.rows() for v in row if isinstance(v, str) and re.fullmatch(r"-?\d+\.\d+", v)]
    assert any(v == pytest.approx(head["value"], abs=0.01) for v in numbers)
    found = printed(capsys, "savings", "--home", str(home))
    total = next(r for r in found["savings_total"] if r["evidence_key"] == head["evidence_key"])
    assert head["value"] in (pytest.approx(total["avoided_cost_sek"]), pytest.approx(total["avoided_energy_kwh"]))


def test_the_letter_is_one_page_with_the_headline_and_says_synthetic(home: Path) -> None:
    import pypdf

    pdf = pypdf.PdfReader(io.BytesIO(next((home / "published").glob("*.pdf")).read_bytes()))
    assert len(pdf.pages) == 1
    words = pdf.pages[0].extract_text()
    assert "yntetisk" in words
    head = mart(home, "headline").filter(pl.col("key") == "avoided_cost_last_12").row(0, named=True)
    assert str(abs(round(head["value"] / 1000))) in words.replace("\u00a0", "").replace(" ", "")


def test_synthetic_is_said_on_every_page(home: Path) -> None:
    pages = list((home / "published/site").glob("*.html"))
    assert len(pages) == 10
    assert all("Syntetisk" in page.read_text(encoding="utf-8") for page in pages)


def test_a_month_is_closed_reopened_and_its_restatements_listed(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "hem"
    shutil.copytree(home, own)
    assert printed(capsys, "close", "2023-11", "--home", str(own))["version"] == 1
    assert main(["close", "2023-11", "--home", str(own)]) == 2  # closed already
    with Store.write(own) as store:
        store.con.execute(
            "update analysis.savings_monthly set avoided_cost_sek = avoided_cost_sek + 1000 where month = '2023-11-01'"
        )
        before = store.rows("select sum(avoided_cost_sek) from marts.savings_monthly where month = '2023-11-01'")
        store.build("marts")
        after = store.rows("select sum(avoided_cost_sek) from marts.savings_monthly where month = '2023-11-01'")
        listed = store.frame("select * from marts.restatements where measure = 'avoided_cost_sek'")
    assert after[0][0] == pytest.approx(before[0][0])
    assert listed["difference"].round(6).to_list() == [1000.0] * 3
    document = printed(capsys, "reopen", "2023-11", "--why", "rättad mätare", "--home", str(own))
    assert document["version"] == 1
    with Store.read(own) as store:
        assert store.rows("select action, why from ledger.closings order by decided_at")[1] == (
            "reopen",
            "rättad mätare",
        )
        opened = store.rows("select sum(avoided_cost_sek) from marts.savings_monthly where month = '2023-11-01'")
    assert opened[0][0] == pytest.approx(before[0][0] + 3000)
    assert main(["close", "1999-01", "--home", str(own)]) == 3


def test_reading_does_not_wait_for_prefect(home: Path) -> None:
    code = (
        "import sys; from flows.cli import main; "
        f"status = main(['savings', '--home', {str(home)!r}]); "
        "assert 'prefect' not in sys.modules and 'altair' not in sys.modules; sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
