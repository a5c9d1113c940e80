"""Decisions on measures: words for what was decided, rows nobody has filled in, roles that are persons."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy import sources
from energy.errors import SourceError
from energy.model import Parsed
from energy.sources.people import measure_decisions
from tests.sources.sheets import workbook

HEAD = "Åtgärdsnyckel;Rubrik;Beslut;Beslutat den;Ansvarig roll;Startar den;Beslutad kostnad (SEK);Anteckning\n"


def read(content: str | bytes, **options: object) -> Parsed:
    data = content if isinstance(content, bytes) else content.encode()
    parsed = measure_decisions.read(data, "beslut.csv", options)
    assert parsed.rows_in == parsed.tables["measure_decisions"].height + parsed.rejects.height
    return parsed


def test_a_decision_and_a_row_nobody_has_filled_in() -> None:
    parsed = read(HEAD + "m:1;Varm retur;Genomförs;2024-02-01;driftchef;2024-05-01;250 000,50;=1+1\nm:2;Toppar;;;;;;\n")
    assert parsed.tables["measure_decisions"].rows() == [
        (2, "m:1", "do", "driftchef", date(2024, 2, 1), date(2024, 5, 1), 250000.5, "=1+1", None)
    ]
    assert [(f.rule, f.level) for f in parsed.findings] == [("measures_undecided", "info")]


@pytest.mark.parametrize(
    ("word", "code"),
    [("ja", "do"), ("AVVAKTA", "wait"), ("nej", "reject"), ("Genomförd", "done"), ("do", "do"), ("utreds", "wait")],
)
def test_words_of_decisions(word: str, code: str) -> None:
    parsed = read(f"measure_key;decision;decided_on\nm;{word};2024-01-01\n")
    assert parsed.tables["measure_decisions"]["decision"].to_list() == [code]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (";;genomför;2024-01-01;;;;", "missing_key"),
        ("m;;;2024-01-01;;;;", "missing_decision"),
        ("m;;kanske;2024-01-01;;;;", "unknown_decision"),
        ("m;;genomför;;;;;", "missing_date"),
        ("m;;genomför;i går;;;;", "bad_date"),
        ("m;;genomför;2024-01-01;;snart;;", "bad_date"),
        ("m;;genomför;2024-01-01;;;dyrt;", "not_a_number"),
        ("m;;genomför", "ragged_row"),
    ],
)
def test_a_bad_row_is_refused_and_the_next_is_loaded(row: str, rule: str) -> None:
    parsed = read(f"{HEAD}{row}\nm;;klar;2024-01-01;;;;\n")
    assert parsed.tables["measure_decisions"]["row_no"].to_list() == [3]
    assert parsed.rejects.select("row_no", "rule", "original").rows() == [(2, rule, row)]


@pytest.mark.parametrize("role", ["Anna Svensson", "anna@staden.se", "Per-Olof Åberg"])
def test_a_person_for_a_role_is_told_but_not_named(role: str) -> None:
    parsed = read(f"{HEAD}m;;klar;2024-01-01;{role};;;\nm2;;klar;2024-01-01;driftchef hallar;;;\n")
    assert [(f.rule, f.level, f.row_no) for f in parsed.findings] == [("owner_is_person", "warning", 2)]
    assert role not in parsed.findings[0].message


def test_the_sheet_of_decisions_is_read_and_else_the_first() -> None:
    rows = [["Åtgärdsnyckel", "Beslut", "Beslutat den"], ["m", "klar", date(2024, 1, 1)]]
    for name in ("Beslut", "Blad1"):
        parsed = read(workbook(rows, name))
        assert parsed.tables["measure_decisions"]["decided_on"].to_list() == [date(2024, 1, 1)]
        assert parsed.sheet == name
    with pytest.raises(SourceError, match="bladet «Annat» finns inte"):
        read(workbook(rows), sheet="Annat")


@settings(max_examples=30)
@given(rows=st.lists(st.text(alphabet=st.sampled_from("mklargenomför2024-01;, \t"), max_size=40), max_size=6))
def test_any_rows_add_up(rows: list[str]) -> None:
    read(HEAD + "\n".join(rows))


@settings(max_examples=20)
@given(data=st.binary(max_size=200))
def test_junk_is_refused(data: bytes) -> None:
    for junk in (data, b"PK\x03\x04" + data):
        with pytest.raises(SourceError):
            measure_decisions.read(junk, "x.xlsx", {})


@pytest.mark.parametrize(
    ("sheet", "heads", "ours"),
    [
        ("Beslut", ["Åtgärdsnyckel", "Rubrik", "Beslut"], True),
        ("Avvikelser", ["Nyckel till avvikelsen", "Orsak"], True),
        ("Beslut", ["Ärende", "Beslut"], False),
        ("Blad1", ["Åtgärdsnyckel", "Beslut"], False),
    ],
)
def test_our_workbook_is_known_by_its_sheets_whatever_it_is_called(sheet: str, heads: list[str], ours: bool) -> None:
    data = workbook([heads], sheet)
    assert measure_decisions.recognise(data) is ours
    assert (sources.recognise(data) is not None) is ours
    assert not measure_decisions.recognise(data[: len(data) // 2]), "cut off"
