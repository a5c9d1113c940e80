"""The rows of the tables storage_optimum*, from a year laid out by hand: three days of 200 kW that could be 150."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from energy.measures import MeasureContext
from energy.storage.optimum.operation import Operation
from flows.analysis.figures import Rows
from flows.analysis.optimum_tables import OPTIMUM
from flows.storage.dispatch import optimum_rows
from tests.measures.facility import HEAT, MONTHS
from tests.measures.store.operated import DAY, STORE, operated, schedule

COLD = np.isin(DAY, (20, 21, 22))  # of January
GIVEN = 3 * 24 * 50.0  # kWh
GAIN = 50 * 1000 + GIVEN * (0.6 - 0.2)


@pytest.fixture(scope="module")
def context() -> MeasureContext:
    """A better operation that draws 50 kW in the cold days, a stored kWh worth 0.2 kr."""
    return operated(np.where(COLD, 200.0, 100.0), schedule(), schedule(draw=np.where(COLD, 50.0, 0.0)), stored=0.2)


@pytest.fixture(scope="module")
def rows(context: MeasureContext) -> Rows:
    """All rows of the facility."""
    return optimum_rows(context, "run-1")


def where(rows: Rows, table: str, **wanted: Any) -> list[dict[str, Any]]:
    """Return the rows of a table with some values."""
    return [row for row in rows[table] if all(row[name] == value for name, value in wanted.items())]


def test_every_row_has_columns_of_its_table_only(rows: Rows) -> None:
    for table, columns in OPTIMUM.items():
        names = {column.partition(":")[0] for column in columns.split()}
        assert all(set(row) <= names for row in rows[table]), table
    assert {row["run_id"] for table in rows.values() for row in table} == {"run-1"}


def test_the_ways_of_operating_and_what_they_gain(rows: Rows) -> None:
    actual, ahead, optimal = rows["storage_optimum"]
    assert [row["operation"] for row in (actual, ahead, optimal)] == ["actual", "day_ahead", "optimal"]
    assert actual["gain_sek"] == 0.0 and actual["discharge_kwh"] == 0.0
    for row in (ahead, optimal):
        assert row["gain_sek"] == pytest.approx(GAIN) and row["discharge_kwh"] == pytest.approx(GIVEN)
        assert row["gain_sek_low"] <= row["gain_sek"] <= row["gain_sek_high"] and row["reason"] is None
    assert (optimal["from_month"], optimal["to_month"]) == (MONTHS[0], MONTHS[-1])


def test_the_causes_sum_to_the_gain(rows: Rows) -> None:
    for way in ("day_ahead", "optimal"):
        causes = where(rows, "storage_optimum_cause", operation=way)
        assert [(row["no"], row["gap_cause"]) for row in causes] == [(1, "S6"), (2, "S2"), (3, "S1"), (4, "rest")]
        assert sum(row["gain_sek"] for row in causes) == pytest.approx(GAIN)
        assert causes[1]["hours"] == 72 and causes[1]["stored_kwh"] == pytest.approx(-GIVEN)


def test_months_and_days_are_the_same_energy(rows: Rows) -> None:
    months = where(rows, "storage_optimum_month", operation="optimal")
    assert [row["discharge_kwh"] for row in months] == pytest.approx([GIVEN] + [0.0] * 11)
    assert months[0]["content_kwh"] == pytest.approx(500_000 - GIVEN)
    days = where(rows, "storage_optimum_day", operation="optimal")
    assert len(days) == 365 and days[0]["day"] == date(2023, 1, 1)
    assert [row["power_kw"] for row in days[19:24]] == pytest.approx([100.0, 150.0, 150.0, 150.0, 100.0])


def test_the_lines_of_a_bill_and_what_is_left_sum_to_its_cost(rows: Rows) -> None:
    """Twelve months of energy and power: 150 kW · 1 000 kr and 0.6 kr a kWh, less what is left at 0.2 kr."""
    lines = where(rows, "storage_optimum_bill", operation="optimal")
    power = sum(row["amount_sek"] for row in lines if row["component"] == "demand")
    energy = sum(row["amount_sek"] for row in lines if row["component"] == "energy")
    assert power == pytest.approx(150_000) and energy == pytest.approx(0.6 * (100 * 8760 + 72 * 50))
    assert {row["metering_point"] for row in lines if row["component"] != "left"} == {HEAT}
    assert lines[-1]["label"] == "Kvar i lagret" and lines[-1]["amount_sek"] < 0


def test_notes_say_how_it_is_reckoned_and_the_worth_of_what_is_left(rows: Rows) -> None:
    notes = [row["text"] for row in rows["storage_optimum_note"]]
    assert [row["no"] for row in rows["storage_optimum_note"]] == list(range(1, len(notes) + 1))
    assert any("värderas till 20,0 öre/kWh" in note for note in notes)


def test_what_cannot_be_known_has_its_reason_and_no_figure(context: MeasureContext) -> None:
    why = "kan inte bedömas: urladdningen mäts inte"
    unknown = replace(context, operations={"s": Operation(STORE, tuple(MONTHS), reason=why)})
    rows = optimum_rows(unknown, "run-1")
    assert [row["reason"] for row in rows["storage_optimum"]] == [why] * 3
    assert all(np.isnan([row["cost_sek"], row["gain_sek"]]).all() for row in rows["storage_optimum"])
    assert not any(rows[name] for name in rows if name != "storage_optimum")
