"""The event file: civil days, inclusive ends, closed vocabularies."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources.people import events
from tests.sources.sheets import workbook

HEAD = "facility;kind;start;end;value;carrier;treatment;reason;decided_by\n"


def read(content: str) -> Parsed:
    parsed = events.read(content.encode(), "events.csv", {})
    assert parsed.rows_in == parsed.tables["events"].height + parsed.rejects.height
    return parsed


def test_a_day_as_end_is_included_and_civil() -> None:
    parsed = read(HEAD + "hallen;closed;2020-03-14;2020-06-15;;electricity;exclude;=cmd|'x'!A0;Drift\n")
    assert parsed.tables["events"].rows() == [
        (2, "hallen", "closed", datetime(2020, 3, 13, 23, tzinfo=UTC), datetime(2020, 6, 15, 22, tzinfo=UTC),
         "electricity", "exclude", None, "=cmd|'x'!A0", "Drift", None, None, None)
    ]  # fmt: skip


def test_moments_values_and_open_ends() -> None:
    rows = "h;open;2024-01-10 08:00;2024-01-10 21:30;0,5;;;;\nh;note;2024-01-11;;;;;;\nh;note;2024-01-11 08:00;;;;;;\n"
    parsed = read(HEAD + rows)
    assert parsed.tables["events"].select("start_utc", "end_utc", "value", "carrier", "treatment").rows() == [
        (datetime(2024, 1, 10, 7, tzinfo=UTC), datetime(2024, 1, 10, 20, 30, tzinfo=UTC), 0.5, None, ""),
        (datetime(2024, 1, 10, 23, tzinfo=UTC), datetime(2024, 1, 11, 23, tzinfo=UTC), None, None, ""),
    ]
    assert parsed.rejects.select("row_no", "rule").rows() == [(4, "bad_interval")]


@pytest.mark.parametrize(
    ("row", "rule", "words"),
    [
        (";open;2024-01-01;2024-01-02;;;;;", "missing_facility", "anläggning saknas"),
        (
            "h;oppet;2024-01-01;2024-01-02;;;;;",
            "unknown_kind",
            "Tillåtna: ice_season, open, closed, non_routine, project, note",
        ),
        ("h;open;2024-01-01;2024-01-02;;;bort;;", "unknown_treatment", "Tillåtna: (tomt), exclude, indicator"),
        ("h;open;2024-01-01;2024-01-02;;gas;;;", "unknown_carrier", "district_heating"),
        ("h;closed;2024-01-01;2024-01-02;;;exclude;;Drift", "undecided", "reason och decided_by måste båda anges"),
        ("h;closed;2024-01-01;2024-01-02;;;indicator;pandemi; ", "undecided", "ändra siffror"),
        ("h;open;1/1 2024;2024-01-02;;;;;", "bad_time", "ÅÅÅÅ-MM-DD"),
        ("h;open;2024-01-01;sen;;;;;", "bad_time", "kolumnen «end»"),
        ("h;open;2024-01-03;2024-01-01;;;;;", "bad_interval", "slutet"),
        ("h;open;2024-01-01;2024-01-02;0.5;;;;", "not_a_number", "«0.5»"),
        ("h;open;2024-03-31 02:30;2024-04-01;;;;;", "nonexistent_time", "finns inte"),
        ("h;open;2024-10-27 02:30;2024-10-28;;;;;", "ambiguous_time", "två gånger"),
        ("h;open;2024-01-01", "ragged_row", "färre fält"),
    ],
)
def test_a_bad_row_is_refused_and_the_next_is_loaded(row: str, rule: str, words: str) -> None:
    parsed = read(HEAD + row + "\nh;note;2024-01-01;2024-01-02;;;;;\n")
    assert parsed.tables["events"].height == 1
    assert parsed.rejects.select("row_no", "rule", "original").rows() == [(2, rule, row)]
    assert words in parsed.rejects["message"][0]


def test_comma_files_and_absent_optional_columns() -> None:
    parsed = read("kind,facility,start,end,value\nopen,h,2024-01-01,2024-01-01,1.5\n")
    assert parsed.tables["events"].select("facility", "value", "treatment").rows() == [("h", 1.5, "")]


def test_a_treatment_in_a_file_without_columns_for_who_decided_is_refused() -> None:
    parsed = read("facility;kind;start;end;treatment\nh;closed;2024-01-01;;exclude\nh;closed;2024-01-02;;\n")
    assert parsed.rejects.select("row_no", "rule").rows() == [(2, "undecided")]
    assert parsed.tables["events"]["row_no"].to_list() == [3]


def test_a_missing_column_stops_the_file() -> None:
    with pytest.raises(SourceError, match="kolumnen «end» finns inte"):
        read("facility;kind;start\nh;open;2024-01-01\n")


def test_a_file_saved_by_excel_in_windows_encoding() -> None:
    parsed = events.read((HEAD + "Sjöhallen;note;2024-01-01;;;;;å;\n").encode("cp1252"), "e.csv", {})
    assert (parsed.tables["events"]["facility"][0], parsed.encoding) == ("Sjöhallen", "cp1252")


def test_swedish_headings_and_words() -> None:
    parsed = read(
        "Anläggning;Slag;Börjar;Slutar;Energislag;Behandling;Orsak;Beslutat av\n"
        "hallen;Stängt;2024-01-10;2024-01-11;el;uteslut;ombyggnad;driftchef\nhallen;Fest;2024-01-10;;;;;\n"
    )
    assert parsed.tables["events"].select("kind", "carrier", "treatment", "reason", "decided_by").rows() == [
        ("closed", "electricity", "exclude", "ombyggnad", "driftchef")
    ]
    assert parsed.rejects.select("row_no", "rule").rows() == [(3, "unknown_kind")]


def test_a_workbook_gives_the_same_events_as_its_text() -> None:
    rows = [
        ["facility", "kind", "start", "end", "value"],
        ["hallen", "ice_season", date(2024, 8, 1), date(2024, 8, 31), 0.5],
        ["hallen", "open", datetime(2024, 8, 2, 8, 30), datetime(2024, 8, 2, 21, 0), None],
        ["hallen", "open", datetime(2024, 8, 2, 8, 30), None, None],
    ]
    found = events.read(workbook(rows), "händelser.xlsx", {})
    told = read(
        "facility;kind;start;end;value\nhallen;ice_season;2024-08-01;2024-08-31;0,5\n"
        "hallen;open;2024-08-02 08:30;2024-08-02 21:00;\n"
    )
    assert found.tables["events"].rows() == told.tables["events"].rows()
    assert found.rejects.select("row_no", "sheet", "rule").rows() == [(4, "Blad1", "bad_interval")]
    assert (found.sheet, found.encoding) == ("Blad1", "xlsx")


EFFECT = "facility;kind;start;end;carrier;treatment;value;unit;uncertainty;reason;decided_by;group\n"


def test_a_stated_effect_with_swedish_words() -> None:
    head = "anläggning;slag;från;till;energislag;behandling;värde;enhet;osäkerhet;orsak;beslutat av;grupp\n"
    rows = (
        "hallen;avvikelse;2020-12-18;2021-02-07;el;schablon;-25,5;%;5;Pandemin;Controllern;\n"
        "hallen;avvikelse;2020-12-18;2021-02-07;;indikator;;;;Pandemin;Controllern;pandemi\n"
        "hallen;avvikelse;2023-01-01;2023-01-01;;ny baslinje;;;;Ny bassäng;Controllern;\n"
    )
    found = read(head + rows)
    assert not found.rejects.height
    assert found.tables["events"].select("treatment", "value", "unit", "uncertainty", "event_group").rows() == [
        ("engineering", -25.5, "percent", 5.0, None),
        ("indicator", None, None, None, "pandemi"),
        ("rebaseline", None, None, None, None),
    ]


@pytest.mark.parametrize(
    ("row", "rule", "words"),
    [
        (";engineering;-25;percent;;r;d;", "effect_not_stated", "uncertainty"),
        (";engineering;;percent;5;r;d;", "effect_not_stated", "value"),
        (";engineering;-25;;5;r;d;", "effect_not_stated", "unit"),
        (";engineering;-125;percent;5;r;d;", "effect_impossible", "mer än allt"),
        (";engineering;-25;percent;-5;r;d;", "effect_impossible", "negativ"),
        (";engineering;-25;kronor;5;r;d;", "unknown_unit", "kwh_per_day"),
        (";engineering;-25;percent;5;;d;", "undecided", "reason och decided_by"),
        (";rebaseline;;;;Ny hall;;", "undecided", "reason och decided_by"),
        (";engineering;-25;percent;fem;r;d;", "not_a_number", "fem"),
    ],
)
def test_half_an_effect_is_refused(row: str, rule: str, words: str) -> None:
    found = read(EFFECT + f"h;non_routine;2024-01-01;2024-01-31;{row}\n")
    assert found.rejects["rule"].to_list() == [rule]
    assert words in found.rejects["message"][0]
    assert not found.tables["events"].height


def test_a_person_who_decided_is_told_but_not_named_and_the_decision_stands() -> None:
    row = "hallen;closed;2020-03-14;2020-06-15;;electricity;exclude;Anna Svensson stängde hallen;Per Olsson\n"
    parsed = read(HEAD + row)
    left = "(personuppgift utelämnad)"
    columns = ("treatment", "reason", "decided_by")
    assert parsed.tables["events"].select(columns).rows() == [("exclude", f"{left} stängde hallen", left)]
    assert [(f.rule, f.level, f.row_no) for f in parsed.findings] == [
        ("owner_is_person", "warning", 2), ("note_names_person", "warning", 2),
    ]  # fmt: skip
    assert not any(name in f.message for f in parsed.findings for name in ("Anna", "Olsson"))
