"""The audit of a small home: one electricity meter, right and wrong invoices as files, marts and explain from them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dashboards.schema import MARTS
from energy.demo.invoices import InvoiceSpec, LineSpec, PartySpec, invoice_xml
from energy.errors import SettingsError
from energy.tariffs.bill import bill
from flows.analyse import _Facility
from flows.analysis.auditing import audit
from flows.analysis.dimensions import contracts, price_lists, write_settings
from flows.analysis.figures import ANALYSIS, Rows, bill_rows, frames
from flows.analysis.inputs import FacilityInputs
from flows.explain.audit import KINDS
from flows.explain.receipts import Trail
from flows.intake.ingest import ingest
from flows.settings.load import load_settings
from flows.store import Store
from tests.flows.homes import SETTINGS, make_home
from tests.listed import head

POINT, SUPPLIER = "735", PartySpec("Nätbolaget AB", "5599990024")
CUSTOMER = PartySpec("Kommunen", "2120000142")
CONTRACT = f"""
[[contract]]
metering_point = "{POINT}"
kind = "grid"
family = "grid"
valid_from = 2024-01-01
supplier_id = "{SUPPLIER.org_number}"
"""
PRICES = (
    head("grid-2024", "electricity", "2024-01-01", "2025-01-01", family="grid", name="Elnät 2024")
    + """
[[component]]
component = "fixed"
label = "Fast avgift"
determinant = { method = "fixed" }
price = { unit = "SEK/month", value = 310 }
[[component]]
component = "demand"
label = "Månadseffekt"
determinant = { method = "monthly_peak_hour" }
price = { unit = "SEK/kW,month", value = 40 }
[[component]]
component = "energy"
label = "Elöverföring"
determinant = { method = "billed_energy_kwh" }
price = { unit = "öre/kWh", value = 10 }
"""
)
HOURS = 24 * (31 + 29 + 31 + 30)  # January to April 2024, 10 kWh an hour, 20 in the first hour of each month


def readings() -> bytes:
    """Return an hourly file in normal time."""
    stamps = np.datetime64("2024-01-01T00", "h") + np.arange(HOURS)
    rows = [f"{str(at).replace('T', ' ')}:00;{20 if str(at).endswith('01T00') else 10}" for at in stamps]
    return ("Tid;El (kWh)\n" + "\n".join(rows) + "\n").encode()


def line(item: str, quantity: float, unit: str, price: float, days: tuple[date, date]) -> LineSpec:
    return LineSpec(item, Decimal(str(quantity)), unit, Decimal(str(price)), days)


def invoice(
    number: str, issued: date, first: date, last: date, *, kwh: float, kw: float = 20, fee: float = 310
) -> bytes:
    """Return the XML of an invoice of fee, power and energy."""
    days = (first, last)
    lines = (
        line("Fast avgift", 1, "MON", fee, days), line("Månadseffekt", kw, "KWT", 40, days),
        line("Elöverföring", kwh, "KWH", 0.1, days),
    )  # fmt: skip
    return invoice_xml(
        InvoiceSpec(
            number, issued, issued + timedelta(days=30), SUPPLIER, CUSTOMER, lines, metering_point=POINT, period=days
        )
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Yield a store with core tables and the recomputed bill; February's invoice never came."""
    january, april = (date(2024, 1, 1), date(2024, 1, 31)), (date(2024, 4, 1), date(2024, 4, 15))
    files = {
        "el/el.csv": readings(),
        # January: 744 h, 7 450 kWh, highest hour 20 kW. March: 743 h of 10 and one of 20; power charged is 26 kW
        "fakturor/1.xml": invoice("1", date(2024, 2, 5), *january, kwh=7450),
        "fakturor/3.xml": invoice("3", date(2024, 4, 5), date(2024, 3, 1), date(2024, 3, 31), kwh=7450, kw=26),
        # half of April: 15 of 30 days, 360 h
        "fakturor/4.xml": invoice_of_half_a_month(*april),
        "fakturor/5.xml": invoice("5", date(2024, 5, 5), date(2024, 4, 16), date(2024, 4, 30), kwh=3600, fee=155),
    }  # fmt: skip
    clock = SETTINGS.replace('time_column = "Tid"', 'time_column = "Tid"\nclock = "Etc/GMT-1"')
    home = make_home(tmp_path / "home", files, clock + CONTRACT)
    (home / "tariffs").mkdir()
    (home / "tariffs" / "grid.toml").write_text(PRICES, encoding="utf-8")
    with Store.write(home) as found:
        settings = load_settings(home)
        ingest(found, settings, None)
        write_settings(found, settings, {"run_id": "r", "published_at": "", "version": "1"})
        found.build("staging")
        found.build("core")
        inputs = FacilityInputs.of(found, settings, settings.facility[0], None)
        billed = bill(inputs.load(POINT), contracts(settings), price_lists(home), inputs.months, inputs.billing)
        tables = frames({"bill": list(bill_rows(billed, {"grid-2024": "grid"}, {}))})
        found.replace("analysis.bill", tables["bill"])
        yield found


def invoice_of_half_a_month(first: date, last: date) -> bytes:
    """Return April's first half: 360 h, 3 610 kWh, half the fee and half the power's price for the month."""
    lines = (
        line("Fast avgift", 1, "MON", 155, (first, last)), line("Månadseffekt", 20, "KWT", 20, (first, last)),
        line("Elöverföring", 3610, "KWH", 0.1, (first, last)),
    )  # fmt: skip
    return invoice_xml(
        InvoiceSpec("4", date(2024, 4, 20), date(2024, 5, 20), SUPPLIER, CUSTOMER, lines, metering_point=POINT,
                    period=(first, last))
    )  # fmt: skip


def run(store: Store) -> dict[str, pl.DataFrame]:
    settings = load_settings(store.home)
    inputs = [FacilityInputs.of(store, settings, settings.facility[0], None)]
    return audit(store, settings, price_lists(store.home), inputs, "r")


def marts(store: Store, tables: dict[str, pl.DataFrame]) -> None:
    """Write the audit's analysis tables and build its marts."""
    sql = Path(__file__).parents[3] / "sql" / "marts"
    for name, frame in tables.items():
        store.replace(f"analysis.{name}", frame)
    for name in ("invoice_audit", "invoice_findings", "missing_invoices"):
        store.con.execute(
            f"create or replace table marts.{name} as {(sql / f'{name}.sql').read_text(encoding='utf-8')}"
        )


def test_frames_have_the_schema_also_without_invoices(store: Store) -> None:
    found = run(store)
    names = {name: [w.partition(":")[0] for w in ANALYSIS[name].split()] for name in found}
    assert {name: frame.columns for name, frame in found.items()} == names
    store.con.execute("delete from core.invoice_lines")
    assert {name: frame.height for name, frame in run(store).items()} == dict.fromkeys(names, 0)


def test_each_line_has_its_verdict(store: Store) -> None:
    lines = run(store)["audit_lines"]
    verdicts = {(n, i): v for n, i, v in lines.select("invoice_no", "line_id", "verdict").iter_rows()}
    assert verdicts.pop(("3", "2")) == "wrong_power"
    # April's second half charges the power of a whole month for 15 days of it: 800 kr instead of 400
    assert verdicts.pop(("5", "2")) == "wrong_period"
    assert set(verdicts.values()) == {"agrees"}
    power = lines.filter(pl.col("invoice_no") == "3", pl.col("line_id") == "2").row(0, named=True)
    assert (power["invoiced_sek"], power["recomputed_sek"]) == (26 * 40, 20 * 40)


def test_the_marts_have_their_columns_and_follow_back_to_file_and_row(store: Store) -> None:
    marts(store, run(store))
    for name in ("invoice_audit", "invoice_findings", "missing_invoices"):
        assert [c for c, *_ in store.rows(f"describe marts.{name}")] == list(MARTS[name])
    found = store.frame("select * from marts.invoice_audit where verdict = 'wrong_power'").row(0, named=True)
    assert (found["file_name"], found["item"], found["facility"]) == ("fakturor/3.xml", "Månadseffekt", "hall")
    assert found["row_no"] > 0
    assert found["evidence_key"] == f"invoice/{SUPPLIER.org_number}/3/2"
    assert found["accounting_period"] == date(2024, 4, 1)
    assert found["consumption_month"] == date(2024, 3, 1)
    missing = store.frame("select * from marts.missing_invoices").row(0, named=True)
    # February: 310 + 20 kW x 40 + (29 x 24 x 10 + 10) kWh x 0.10
    assert (missing["consumption_month"], missing["supplier"]) == (date(2024, 2, 1), SUPPLIER.name)
    assert missing["estimated_sek"] == pytest.approx(310 + 800 + 697)


def test_explain_walks_a_finding_to_its_row(store: Store) -> None:
    marts(store, run(store))
    query = "select finding_key, amount_sek, supplier_text from marts.invoice_findings where rule = 'wrong_power'"
    key, amount, text = store.rows(query)[0]
    assert amount == 6 * 40
    assert "faktura 3" in text
    trail = Trail(store)
    KINDS["finding"](trail, key)
    told = "\n".join(step["text"] for step in trail.steps)
    assert "fakturor/3.xml" in told
    assert "26,000 kW" in told


def test_explain_walks_a_finding_to_price_list_and_the_hour_that_set_the_power(store: Store) -> None:
    marts(store, run(store))
    key = store.rows("select finding_key from marts.invoice_findings where rule = 'wrong_power'")[0][0]
    trail = Trail(store)
    KINDS["finding"](trail, key)
    told = "\n".join(step["text"] for step in trail.steps)
    assert "prislista grid-2024: fil tariffs/grid.toml" in told
    # March's highest hour is its first: 00-01 normal time the 1st is 23:00 UTC the day before
    assert "2024-02-29T23:00:00Z: timeffekt 20,0 kW" in told
    assert "el/el.csv" in told


def test_explain_walks_a_missing_invoice_through_the_whole_expected_bill(store: Store) -> None:
    marts(store, run(store))
    key = store.rows("select evidence_key from marts.missing_invoices")[0][0]
    assert key == f"missing/{POINT}/grid/2024-02"
    trail = Trail(store)
    KINDS["missing"](trail, key.removeprefix("missing/"))
    amounts = [step["amount_sek"] for step in trail.steps if "amount_sek" in step]
    assert amounts == pytest.approx([310, 800, 697])  # as estimated above: fee, power, energy
    told = "\n".join(step["text"] for step in trail.steps)
    assert "6 970,000 kWh, prislista grid-2024" in told.replace("\xa0", " ")
    assert "prislista grid-2024: fil tariffs/grid.toml" in told
    assert "696 mätvärden ur el/el.csv" in told  # 29 x 24
    with pytest.raises(SettingsError):
        KINDS["missing"](Trail(store), f"{POINT}/grid/2024-03")


def test_what_comes_after_the_chosen_month_has_no_row(store: Store) -> None:
    store.con.execute("update settings.house set until = date '2024-02-01'")
    store.con.execute("delete from analysis.bill where month > date '2024-02-01'")
    found = run(store)
    assert found["audit_lines"]["invoice_no"].unique().to_list() == ["1"]
    assert set(found["audit_lines"]["verdict"]) == {"agrees"}
    assert found["invoice_findings"].is_empty()
    assert found["missing_invoices"]["consumption_month"].to_list() == [date(2024, 2, 1)]
    store.con.execute("update settings.house set until = date '2024-01-01'")
    assert run(store)["missing_invoices"].is_empty()


def test_one_contract_without_a_list_leaves_the_others_bill(store: Store) -> None:
    path = store.home / "energibok.toml"
    other = CONTRACT.replace('"grid"', '"retail"').replace(SUPPLIER.org_number, "5599990032")
    path.write_text(path.read_text(encoding="utf-8") + other, encoding="utf-8")
    settings = load_settings(store.home)
    inputs = FacilityInputs.of(store, settings, settings.facility[0], None)
    rows: Rows = {"bill": [], "findings": []}
    _Facility(inputs, price_lists(store.home), "r", rows, lambda _: None)._bill(inputs.load(POINT))
    whole = store.rows("select month, label, amount_sek from analysis.bill order by month, line_no")
    known = [one for one in rows["bill"] if one["contract_kind"] == "grid"]
    assert [(one["month"], one["label"], one["amount_sek"]) for one in known] == whole
    # the other stands without amount, so that no sum passes for the whole
    unknown = [one for one in rows["bill"] if one["contract_kind"] == "retail"]
    assert [one["month"].month for one in unknown] == [1, 2, 3, 4]
    assert all(np.isnan(one["amount_sek"]) and one["reason"] for one in unknown)
    # January to April, once each for the family that has no list
    assert [(one["rule"], one["month"]) for one in rows["findings"]] == [
        ("bill_not_computed", date(2024, month, 1)) for month in range(1, 5)
    ]
    assert all("retail" in str(one["message"]) for one in rows["findings"])


def test_a_missing_component_leads_to_the_bill(store: Store) -> None:
    store.con.execute("delete from core.invoice_lines where invoice_no = '1' and line_id = '1'")
    marts(store, run(store))
    found = store.frame("select * from marts.invoice_audit where verdict = 'missing_component'").row(0, named=True)
    assert (found["item"], found["evidence_key"]) == ("Fast avgift", f"cost/{POINT}/2024-01/1")
    assert found["recomputed_sek"] == 310
