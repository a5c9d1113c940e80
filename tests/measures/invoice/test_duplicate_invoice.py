"""Duplicate invoices: one energy line of 12 345.67 kr and a fixed fee of 500 kr for January, in every disguise."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from energy.measures import Silent
from energy.measures.base import MeasureFinding
from energy.measures.invoice import duplicate_invoice
from energy.model import frame
from tests.measures.facility import HEAT, constant_heat

JANUARY = (date(2023, 1, 1), date(2023, 1, 31))
FEBRUARY = (date(2023, 2, 1), date(2023, 2, 28))
ENERGY = ("energy", "Fjärrvärme energi", 12_345.67)
FIXED = ("fixed", "Fast avgift", 500.0)
Line = tuple[str, str, float]


class Ledger:
    """Invoices written one after another, as the canonical tables hold them."""

    def __init__(self) -> None:
        self.heads: list[dict[str, Any]] = []
        self.lines: list[dict[str, Any]] = []

    def add(
        self,
        number: str,
        issued: date,
        *lines: Line,
        period: tuple[date | None, date | None] = JANUARY,
        kind: str = "380",
        references: str | None = None,
        point: str | None = HEAT,
        supplier: str = "5560000001",
    ) -> Ledger:
        key = {"supplier_id": supplier, "invoice_no": number, "issue_date": issued, "document_type": kind}
        file = {"file_name": f"{number}.xml"}
        self.heads.append(
            key | file | {"supplier": "Värme AB", "references_invoice": references, "metering_point": point}
        )
        for n, (component, item, amount) in enumerate(lines, start=1):
            self.lines.append(
                key
                | file
                | {"row_no": 10 * n, "line_id": str(n), "metering_point": point, "component": component, "item": item}
                | {"amount_sek": amount, "period_start": period[0], "period_end": period[1]}
            )
        return self

    def results(self) -> list[MeasureFinding | Silent]:
        def table(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
            found = frame(name, pl.DataFrame(rows, infer_schema_length=None) if rows else None)
            return found.with_columns(pl.Series("file_name", [row["file_name"] for row in rows], pl.String))

        tested = constant_heat().but(invoices=table("invoices", self.heads), lines=table("invoice_lines", self.lines))
        return list(duplicate_invoice.assess(tested.context()))

    def found(self) -> MeasureFinding:
        (one,) = self.results()
        assert isinstance(one, MeasureFinding), one
        return one

    def is_silent(self) -> bool:
        return all(isinstance(one, Silent) for one in self.results())


def first() -> Ledger:
    return Ledger().add("4711", date(2023, 2, 5), ENERGY, FIXED)


def test_the_same_lines_on_another_number_are_worth_their_amount() -> None:
    # 12 345.67 + 500.00 = 12 845.67 kr excl. VAT, known to the öre
    one = first().add("4799", date(2023, 2, 20), ENERGY, FIXED).found()
    value = one.saving_sek_per_year
    assert (value.value, value.low, value.high) == (12_845.67, 12_845.67, 12_845.67)
    assert one.confidence == "hög" and one.metering_point == HEAT
    assert "4799" in one.description and "4711" in one.description and "Värme AB" in one.description
    assert [row.at for row in one.evidence] == [
        "4711.xml, rad 10", "4799.xml, rad 10", "4711.xml, rad 20", "4799.xml, rad 20",
    ]  # fmt: skip
    assert "utfärdad 2023-02-05" in one.evidence[0].note and one.evidence[0].value == 12_345.67
    assert one.key == "measure:prov:duplicate_invoice:fjv:5560000001:4799"


def test_nearly_equal_amounts_are_told_with_less_confidence() -> None:
    one = first().add("4799", date(2023, 2, 20), ("energy", "Fjärrvärme energi", 12_400.00)).found()
    assert one.saving_sek_per_year.value == pytest.approx(12_400.00)
    assert one.confidence == "medel"


def test_a_rebate_repeated_with_the_rest_lowers_the_value() -> None:
    # 12 345.67 - 1 000.00 on both: the second invoice charged 11 345.67 too much
    rebate = ("return_temperature", "Returbonus", -1_000.0)
    both = Ledger().add("1", date(2023, 2, 5), ENERGY, rebate).add("2", date(2023, 2, 6), ENERGY, rebate)
    assert both.found().saving_sek_per_year.value == pytest.approx(11_345.67)


@pytest.mark.parametrize("reference", ["4711", "4799", "4000, 4799"])
def test_silent_when_a_credit_note_names_one_of_them(reference: str) -> None:
    credit: tuple[Line, ...] = (("energy", "Kredit", -12_345.67), ("fixed", "Kredit", -500.0))
    ledger = first().add("4799", date(2023, 2, 20), ENERGY, FIXED)
    assert ledger.add(
        "9001", date(2023, 3, 1), *credit, kind="381", references=reference, period=(None, None)
    ).is_silent()


def test_a_credit_note_without_metering_point_counts_only_when_it_names_the_invoice() -> None:
    credit: tuple[Line, ...] = (("other", "Kreditering", -12_845.67),)
    ledger = first().add("4799", date(2023, 2, 20), ENERGY, FIXED)
    assert ledger.add("9001", date(2023, 3, 1), *credit, kind="381", references="4799", point=None).is_silent()
    unnamed = first().add("4799", date(2023, 2, 20), ENERGY, FIXED)
    assert not unnamed.add("9001", date(2023, 3, 1), *credit, kind="381", point=None).is_silent()


def test_lines_of_no_metering_point_are_not_compared() -> None:
    nowhere = Ledger().add("1", date(2023, 2, 5), ENERGY, point=None)
    assert nowhere.add("2", date(2023, 2, 6), ENERGY, point=None).is_silent()


def test_silent_when_a_credit_without_reference_covers_the_same_days() -> None:
    ledger = first().add("4799", date(2023, 2, 20), ENERGY, FIXED)
    ledger.add("9001", date(2023, 3, 1), ("energy", "Kredit", -12_345.67), ("fixed", "Kredit", -500.0), kind="381")
    assert ledger.is_silent()


def test_silent_when_the_second_invoice_takes_the_first_back_by_a_negative_line() -> None:
    correction: Line = ("energy", "Återförd preliminär energi", -12_345.67)
    actual: Line = ("energy", "Fjärrvärme energi", 12_300.00)
    assert first().add("4799", date(2023, 3, 5), correction, actual).is_silent()


def test_a_credit_of_something_else_does_not_silence() -> None:
    ledger = first().add("4799", date(2023, 2, 20), ENERGY, FIXED)
    ledger.add("9001", date(2023, 3, 1), ("energy", "Kredit", -12_345.67), kind="381", references="3333")
    assert ledger.found().saving_sek_per_year.value == pytest.approx(12_845.67)


def test_a_part_that_is_credited_is_taken_off() -> None:
    ledger = first().add("4799", date(2023, 2, 20), ENERGY, FIXED)
    one = ledger.add("9001", date(2023, 3, 1), ("fixed", "Kredit", -500.0), kind="381", references="4799").found()
    assert one.saving_sek_per_year.value == pytest.approx(12_345.67)
    assert "500,00 kr är redan krediterat" in one.description


def test_one_credit_covers_one_of_two_copies() -> None:
    ledger = first().add("4799", date(2023, 2, 20), ENERGY, FIXED).add("4800", date(2023, 2, 21), ENERGY, FIXED)
    ledger.add("9001", date(2023, 3, 1), ("energy", "Kredit", -12_845.67), kind="381", references="4711")
    assert ledger.found().saving_sek_per_year.value == pytest.approx(12_845.67)


@pytest.mark.parametrize("start", [date(2023, 2, 1), date(2023, 1, 31)])
def test_silent_when_periods_only_touch(start: date) -> None:
    assert first().add("4799", date(2023, 3, 5), ENERGY, FIXED, period=(start, date(2023, 2, 28))).is_silent()


def test_silent_for_a_supplementary_invoice_of_another_component() -> None:
    assert first().add("4799", date(2023, 2, 20), ("demand", "Effekt", 12_345.67)).is_silent()


def test_silent_for_another_fee_of_the_same_amount() -> None:
    assert first().add("4799", date(2023, 2, 20), ("fixed", "Mätaravgift", 500.0)).is_silent()


def test_silent_for_another_supplier_or_metering_point() -> None:
    assert first().add("4799", date(2023, 2, 20), ENERGY, FIXED, supplier="5560000002").is_silent()
    assert first().add("4799", date(2023, 2, 20), ENERGY, FIXED, point="grannens").is_silent()


def test_silent_for_the_same_number_and_for_different_amounts() -> None:
    assert first().add("4711", date(2023, 2, 5), ENERGY, FIXED).is_silent()
    assert first().add("4799", date(2023, 2, 20), ("energy", "Fjärrvärme energi", 9_000.0)).is_silent()


def test_lines_without_period_or_amount_are_not_compared() -> None:
    unknown = Ledger().add("1", date(2023, 2, 5), ENERGY, period=(None, None))
    (one,) = unknown.add("2", date(2023, 2, 6), ENERGY, period=(None, None)).results()
    assert isinstance(one, Silent) and one.reason.startswith("saknar data")
    assert first().add("4799", date(2023, 2, 20), ("energy", "Fjärrvärme energi", float("nan"))).is_silent()


def test_no_invoices_at_all_is_missing_data() -> None:
    (one,) = Ledger().results()
    assert isinstance(one, Silent) and one.reason.startswith("saknar data")


def test_hostile_numbers_give_a_key_that_is_one_word() -> None:
    one = first().add("4711/<b> x", date(2023, 2, 20), ENERGY).found()
    assert one.key.endswith(":4711__b__x")
