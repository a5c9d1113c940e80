"""Causes of deviations: rows nobody has filled in, bad rows, and the one workbook that holds two sheets to fill in."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources.people import deviation_causes, measure_decisions
from tests.sources.sheets import workbook

HEAD = "Nyckel till avvikelsen;Belopp;Orsak;Ansvarig roll;Besvarad den;Anteckning\n"
KEY = "avvikelse:hall:carrier:electricity:2024-02"
CAUSES = [
    ["Avvikelser", None, None, None, None],
    ["Nyckel till avvikelsen", "Orsak", "Ansvarig roll", "Besvarad den", "Anteckning"],
    [KEY, "Kall månad", "driftchef", date(2024, 3, 11), None],
    ["avvikelse:hall:carrier:electricity:2024-03", None, None, None, None],
]
DECISIONS = [["Åtgärdsnyckel", "Beslut", "Beslutat den"], ["m", "klar", date(2024, 1, 1)]]


def read(content: str | bytes, **options: object) -> Parsed:
    data = content if isinstance(content, bytes) else content.encode()
    parsed = deviation_causes.read(data, "avvikelser.csv", options)
    assert parsed.rows_in == parsed.tables["deviation_causes"].height + parsed.rejects.height
    return parsed


def book(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    made = openpyxl.Workbook()
    for name, rows in sheets.items():
        page = made.create_sheet(name)
        for row in rows:
            page.append(row)
    del made["Sheet"]
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def test_a_cause_and_a_row_nobody_has_filled_in() -> None:
    parsed = read(f"{HEAD}{KEY};30 000;Kall månad;driftchef;2024-03-11;=1+1\nandra;;;;;\n")
    assert parsed.tables["deviation_causes"].rows() == [(2, KEY, "Kall månad", "driftchef", date(2024, 3, 11), "=1+1")]
    assert [(f.rule, f.level) for f in parsed.findings] == [("deviations_unanswered", "info")]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (";;för kallt;driftchef;2024-03-11;", "missing_key"),
        ("k;;;driftchef;2024-03-11;", "missing_cause"),
        ("k;;för kallt;driftchef;i mars;", "bad_date"),
        ("k;;för kallt", "ragged_row"),
    ],
)
def test_a_bad_row_is_refused_and_the_next_is_loaded(row: str, rule: str) -> None:
    parsed = read(f"{HEAD}{row}\nk;;för kallt;driftchef;2024-03-11;\n")
    assert parsed.tables["deviation_causes"]["row_no"].to_list() == [3]
    assert parsed.rejects.select("row_no", "rule", "original").rows() == [(2, rule, row)]


def test_a_person_for_a_role_is_told_but_not_named() -> None:
    parsed = read(f"{HEAD}k;;för kallt;Anna Svensson;2024-03-11;\n")
    assert [(f.rule, f.level, f.row_no) for f in parsed.findings] == [("owner_is_person", "warning", 2)]
    assert "Anna" not in parsed.findings[0].message


def test_the_sheet_of_causes_is_read_and_else_the_first() -> None:
    for name in ("Avvikelser", "Blad1"):
        parsed = read(workbook(CAUSES, name))
        assert parsed.tables["deviation_causes"]["cause"].to_list() == ["Kall månad"]
        assert parsed.sheet == name
    with pytest.raises(SourceError, match="bladet «Annat» finns inte"):
        read(workbook(CAUSES), sheet="Annat")


def test_one_workbook_holds_decisions_and_causes() -> None:
    parsed = measure_decisions.read(book({"Beslut": DECISIONS, "Avvikelser": CAUSES}), "Energibok.xlsx", {})
    assert parsed.tables["measure_decisions"]["measure_key"].to_list() == ["m"]
    assert parsed.tables["deviation_causes"].rows() == [(3, KEY, "Kall månad", "driftchef", date(2024, 3, 11), None)]
    assert parsed.rows_in == 2
    assert {f.rule for f in parsed.findings} == {"deviations_unanswered"}


def test_a_reject_names_its_sheet() -> None:
    bad = [*CAUSES, ["k", "för kallt", "driftchef", "i mars", None]]
    parsed = measure_decisions.read(book({"Beslut": DECISIONS, "Avvikelser": bad}), "Energibok.xlsx", {})
    assert parsed.rejects.select("sheet", "row_no", "rule").rows() == [("Avvikelser", 5, "bad_date")]
    assert parsed.rows_in == 3


@pytest.mark.parametrize(
    ("sheets", "decided", "caused"),
    [
        ({"Beslut": [], "Avvikelser": CAUSES}, 0, 1),
        ({"Beslut": DECISIONS, "Avvikelser": []}, 1, 0),
        ({"Beslut": DECISIONS[:1], "Avvikelser": CAUSES}, 0, 1),
        ({"Läs mig": [["Hej"]], "Avvikelser": CAUSES}, 0, 1),
    ],
)
def test_one_sheet_without_rows_does_not_take_the_other(
    sheets: dict[str, list[list[Any]]], decided: int, caused: int
) -> None:
    parsed = measure_decisions.read(book(sheets), "Energibok.xlsx", {})
    heights = {name: found.height for name, found in parsed.tables.items()}
    assert heights.get("measure_decisions", 0) == decided
    assert heights.get("deviation_causes", 0) == caused
    lost = not sheets.get("Beslut") or not sheets["Avvikelser"]
    assert [f.rule for f in parsed.findings if f.rule == "sheet_not_read"] == ["sheet_not_read"] * lost


def test_a_workbook_without_either_sheet_is_refused() -> None:
    with pytest.raises(SourceError, match="Åtgärdsnyckel"):
        measure_decisions.read(book({"Annat": [["a", "b"]]}), "Energibok.xlsx", {})


@settings(max_examples=30)
@given(rows=st.lists(st.text(alphabet=st.sampled_from("k;avvikelse2024-01;, \t"), max_size=40), max_size=6))
def test_any_rows_add_up(rows: list[str]) -> None:
    read(HEAD + "\n".join(rows))


@settings(max_examples=20)
@given(data=st.binary(max_size=200))
def test_junk_is_refused(data: bytes) -> None:
    for junk in (data, b"PK\x03\x04" + data):
        with pytest.raises(SourceError):
            deviation_causes.read(junk, "x.xlsx", {})


def test_an_unchanged_copy_gives_no_records_and_says_so() -> None:
    sheets = {"Beslut": [["Åtgärdsnyckel", "Beslut"], ["m", None]], "Avvikelser": [CAUSES[1], CAUSES[3]]}
    parsed = measure_decisions.read(book(sheets), "svar.xlsx", {})
    assert parsed.rows_in == 0
    assert ("nothing_filled_in", "info") in [(f.rule, f.level) for f in parsed.findings]
    sheets["Avvikelser"] = CAUSES
    filled = measure_decisions.read(book(sheets), "svar.xlsx", {})
    assert "nothing_filled_in" not in [f.rule for f in filled.findings]
