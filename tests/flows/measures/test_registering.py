"""What is open and since which month, and what a later document has settled, by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from energy.measures.base import MeasureFinding
from energy.measures.registered.meters import FOUND
from energy.model import Band
from flows.measures.registering import _open, _settled, _shown

FINDING = {
    "facility": "hall", "rule": "wrong_power", "metering_point": "9", "supplier_id": "556", "invoice_no": "F1",
    "message": "Effekten är rättad.",
}  # fmt: skip


def settled(*amounts: tuple[str, float | None]) -> dict[object, object]:
    told = pl.DataFrame([FINDING | {"invoice_no": number, "settled_sek": sek} for number, sek in amounts])
    return {row["measure_key"]: row["amount_sek"] for row in _settled(told, set())}


def test_a_corrected_undercharge_or_an_error_charged_anew_is_no_credit() -> None:
    """F1 300 + 200 kr back; F2 charged too little and since corrected; F3 credited and charged anew alike; F4 open."""
    found = settled(("F1", 300.0), ("F1", 200.0), ("F2", -500.0), ("F3", 0.0), ("F4", None))
    assert found == {"measure:hall:wrong_power:9:556:F1": 500.0}


def test_the_last_month_of_an_open_finding_is_of_its_meter_or_its_invoices() -> None:
    """Invoices of January and June do not follow the months, one of September is settled; the meter was off in May."""
    invoice = {"facility": "hall", "rule": "period_not_aligned", "metering_point": "9", "supplier_id": "556"}
    told = pl.DataFrame(
        [
            invoice | {"invoice_no": str(month), "consumption_month": date(2024, month, 1), "settled_sek": settled}
            for month, settled in ((6, None), (1, None), (9, 5.0))
        ],
        schema_overrides={"settled_sek": pl.Float64},
    )
    fault = {"facility": "hall", "rule": "negative_values", "metering_point": "9", "month": date(2024, 5, 1)}
    nowhere = fault | {"facility": None, "metering_point": None}  # what belongs to no facility is no measure
    found = pl.DataFrame([one | {"message": "", "file_name": None, "row_no": None} for one in (fault, nowhere)], FOUND)
    keys = ("measure:hall:period_not_aligned:9:556", "measure:hall:negative_values:9", "measure:hall:stuck_meter:9")
    none = Band(0.0, 0.0, 0.0)
    measures = [
        MeasureFinding(key.split(":")[2], key, "hall", "", "", none, 0.0, "hög", "", (), metering_point="9")
        for key in keys
    ]
    months = {
        row["measure_key"]: row["last_month"] for row in _open(measures, _shown(measures, found.to_dicts(), told))
    }
    assert months == dict(zip(keys, (date(2024, 6, 1), date(2024, 5, 1), None), strict=True))


def test_a_number_is_used_again_in_a_later_year_than_its_first_and_not_by_its_credit() -> None:
    sql = (Path(__file__).parents[3] / "sql" / "core" / "invoice_years.sql").read_text(encoding="utf-8")
    rows = [
        ("556", "1", date(2022, 3, 1), "380"), ("556", "1", date(2024, 3, 1), "380"),
        ("556", "1", date(2024, 9, 1), None),
        ("556", "2", date(2022, 3, 1), "380"), ("556", "2", date(2023, 3, 1), "381"),
        ("559", "1", date(2023, 3, 1), "380"), ("559", "3", None, "380"),
    ]  # fmt: skip
    invoices = pl.DataFrame(rows, ["supplier_id", "invoice_no", "issue_date", "document_type"], orient="row")
    with duckdb.connect() as memory:
        memory.execute("create schema core")
        memory.register("told", invoices)
        memory.execute("create table core.invoices as from told")
        assert memory.execute(sql).fetchall() == [("556", "1", 2024)]


def test_findings_on_one_number_of_two_years_are_two_claims() -> None:
    found = settled(("F1", 300.0), ("F1", 200.0))
    again = [FINDING | {"settled_sek": 300.0, "used_again": None}, FINDING | {"settled_sek": 200.0, "used_again": 2024}]
    rows = _settled(pl.DataFrame(again), set())
    assert [row["amount_sek"] for row in rows] == [300.0, 200.0] and list(found.values()) == [500.0]
    assert [row["measure_key"] for row in rows] == [*found, f"{next(iter(found))}:2024"]
