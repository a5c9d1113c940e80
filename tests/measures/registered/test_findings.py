"""Findings of invoices and meters as measures: amounts once, reasons where there is none, rows of evidence, keys."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import polars as pl

from energy.audit.rules.base import EVIDENCE
from energy.measures.registered import claims, faults
from energy.measures.registered.invoices import claim_key
from energy.measures.registered.meters import FOUND

TOLD = {
    "finding_key": pl.String, "rule": pl.String, "level": pl.String, "facility": pl.String,
    "metering_point": pl.String, "contract_kind": pl.String, "supplier_id": pl.String, "invoice_no": pl.String,
    "consumption_month": pl.Date, "amount_sek": pl.Float64, "message": pl.String, "settled_sek": pl.Float64,
    "file_name": pl.String, "row_no": pl.Int64,
}  # fmt: skip
NAMES = {"735": "El huvudmätare"}


def told(key: str, rule: str, amount: float | None, **more: Any) -> dict[str, Any]:
    return {
        "finding_key": key, "rule": rule, "level": "error", "facility": "hall", "metering_point": "735",
        "supplier_id": "556", "invoice_no": "F 1/2", "consumption_month": date(2023, 5, 1), "amount_sek": amount,
        "message": f"{key} är fel.",
    } | more  # fmt: skip


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([{name: row.get(name) for name in TOLD} for row in rows], schema=TOLD)


def found(*rows: dict[str, Any], evidence: pl.DataFrame | None = None) -> list[Any]:
    return claims(frame(*rows), pl.DataFrame(schema=EVIDENCE) if evidence is None else evidence, frame(), NAMES)


def test_an_amount_comes_once_and_has_no_band() -> None:
    (one,) = found(told("a", "wrong_power", 240.0))
    band = one.saving_sek_per_year
    assert (band.value, band.low, band.high, one.one_off, one.effect) == (240.0, 240.0, 240.0, True, None)
    assert one.key == "measure:hall:wrong_power:735:556:F_1_2" and one.saving_kwh_per_year == 0
    assert one.description == "El huvudmätare. a är fel." and "en gång" in one.method


def test_two_months_of_one_invoice_are_one_measure_and_two_invoices_are_two() -> None:
    rows = [told("a", "wrong_tax", 100.0), told("b", "wrong_tax", 50.0, consumption_month=date(2023, 6, 1))]
    (one,) = found(*rows)
    assert one.saving_sek_per_year.value == 150.0 and "Ytterligare 1" in one.description
    both = found(rows[0], rows[1] | {"invoice_no": "2"})
    assert [x.saving_sek_per_year.value for x in both] == [100.0, 50.0]  # the larger first


def test_what_is_charged_too_little_is_listed_without_an_amount() -> None:
    (one,) = found(told("a", "wrong_tax", -9026.5, level="warning"))
    assert math.isnan(one.saving_sek_per_year.value)
    reason = one.saving_sek_per_year.reason or ""
    assert (
        reason.startswith("kan inte bedömas: 9\u00a0026,50 kr är för lite fakturerat")
        and "inte är någon besparing" in reason
    )


def test_a_post_to_move_and_an_unknown_amount_have_their_reasons() -> None:
    support, unknown = found(told("a", "one_off_in_operations", -85_000.0), told("b", "vat_error", None))
    reasons = {x.measure_id: x.saving_sek_per_year.reason for x in (support, unknown)}
    assert reasons["one_off_in_operations"] == "kan inte bedömas: en omföring mellan konton ger ingen besparing"
    assert reasons["vat_error"] == "kan inte bedömas: granskningen kunde inte räkna fram något belopp"


def test_the_settled_the_small_and_the_idle_are_no_measures() -> None:
    rows = (
        told("a", "duplicate_invoice", 0.0, level="info", settled_sek=500.0),
        told("b", "unexplained_difference", 3.0, level="info"),
        told("c", "dormant_meter", 4380.0, level="warning"),
        told("d", "wrong_band", 10.0, facility=None),
    )
    assert found(*rows) == []


def test_periods_that_do_not_follow_the_months_are_one_measure_of_a_meter_and_supplier() -> None:
    rows = [told(str(n), "period_not_aligned", 0.0, level="info", invoice_no=str(n)) for n in range(3)]
    (one,) = found(*rows)
    assert one.key == "measure:hall:period_not_aligned:735:556" and "Ytterligare 2" in one.description
    assert math.isnan(one.saving_sek_per_year.value) and len(one.evidence) == 3


def test_the_books_give_the_voucher_row_and_invoices_their_own() -> None:
    booked = told("v", "posted_gross", 250.0, file_name="bok.se", row_no=7)
    line = {
        "finding_key": "a", "no": 1, "invoice_no": "F 1/2", "line_id": "3", "item": "Effekt", "invoiced_sek": 1040.0,
        "period_start": date(2023, 5, 1), "period_end": date(2023, 5, 31), "recomputed_sek": 800.0,
        "reason": "Debiterad effekt skiljer sig", "file_name": "f.xml", "row_no": 123,
    }  # fmt: skip
    evidence = pl.DataFrame([line], schema=EVIDENCE)
    measures = claims(frame(told("a", "wrong_power", 240.0)), evidence, frame(booked), NAMES)
    at = {one.measure_id: one.evidence[0] for one in measures}
    assert (at["posted_gross"].at, at["posted_gross"].value) == ("bok.se, rad 7", 250.0)
    power = at["wrong_power"]
    assert (power.label, power.at, power.value) == ("Faktura F 1/2, Effekt", "f.xml, rad 123", 1040.0)
    assert power.note == "2023-05-01–2023-05-31, omräknat 800,00 kr, Debiterad effekt skiljer sig"


def test_hostile_text_cannot_break_a_key() -> None:
    key = claim_key(told("a", "wrong_power", 1.0, invoice_no="1:2:<b>", supplier_id=None))
    assert key == "measure:hall:wrong_power:735:okänd:1_2__b_" and key.count(":") == 5


def test_faults_of_one_kind_and_meter_are_one_measure_without_amount() -> None:
    rows = [
        {"facility": "hall", "metering_point": "735", "rule": "values_missing", "message": f"{n} timmar saknas.",
         "month": date(2023, n, 1), "file_name": None, "row_no": None} for n in (3, 1)
    ]  # fmt: skip
    rows += [rows[0] | {"rule": "unit_suspect", "file_name": "el.csv", "row_no": 9, "metering_point": None}]
    rows += [rows[0] | {"rule": "file_unknown"}, rows[0] | {"facility": None}]
    missing, unit = faults(pl.DataFrame(rows, schema=FOUND), NAMES)
    assert (missing.key, unit.key) == ("measure:hall:values_missing:735", "measure:hall:unit_suspect")
    assert missing.description.startswith("El huvudmätare: 3 timmar saknas. Ytterligare 1")
    assert [row.label for row in missing.evidence] == ["2023-01", "2023-03"] and unit.evidence[0].at == "el.csv, rad 9"
    assert math.isnan(missing.saving_sek_per_year.value) and missing.one_off
    assert (missing.saving_sek_per_year.reason or "").startswith("värde: kan inte bedömas")
