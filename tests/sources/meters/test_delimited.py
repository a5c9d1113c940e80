"""Delimited meter values: every way a file can be wrong ends in a reject, a finding or a SourceError."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from energy.errors import SourceError
from energy.model import TABLES, Parsed
from energy.sources.meters import delimited

POINT = "735999100000000010"
LONG: dict[str, Any] = {
    "time_column": "Starttid",
    "meter_column": "Anläggnings-id",
    "value_column": "Kvantitet",
    "status_column": "Kvalitet",
    "unit": "kWh",
}
SHORT: dict[str, Any] = {"time_column": "Tid", "value_column": "kWh", "metering_point": POINT, "unit": "kWh"}
HEAD = "Starttid;Anläggnings-id;Kvantitet;Kvalitet\n"


def read(content: str | bytes, **options: Any) -> Parsed:
    data = content.encode() if isinstance(content, str) else content
    parsed = delimited.read(data, "fil.csv", options)
    assert parsed.rows_in == sum(t.height for t in parsed.tables.values()) + parsed.rejects.height
    assert dict(parsed.tables["readings"].schema) == dict(TABLES["readings"])
    return parsed


def values(parsed: Parsed) -> list[float]:
    return parsed.tables["readings"]["value"].to_list()


def rejected(parsed: Parsed) -> list[tuple[int, str]]:
    return parsed.rejects.select("row_no", "rule").rows()


def test_a_long_file_with_its_line_numbers_and_statuses() -> None:
    content = HEAD + f"2024-01-01 00:00;{POINT};1\u00a0234,5;Uppmätt\n\n2024-01-01 01:00:00;{POINT};−2;Beräknad\n"
    table = read(content, **LONG).tables["readings"]
    assert table.rows() == [
        (2, POINT, "energy_kwh", "interval", datetime(2023, 12, 31, 23, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC),
         1234.5, "measured"),
        (4, POINT, "energy_kwh", "interval", datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, 1, tzinfo=UTC),
         -2.0, "estimated"),
    ]  # fmt: skip


def test_a_wide_row_of_k_columns_is_k_records() -> None:
    columns = [
        {"column": "Energi (MWh)", "quantity": "energy_kwh", "unit": "MWh", "metering_point": "a"},
        {"column": "Volym (m3)", "quantity": "volume_m3", "unit": "m3", "metering_point": "b"},
    ]
    content = (
        "Tid;Energi (MWh);Volym (m3)\n2024-01-01 00:00;0,5;12\n2024-01-01 01:00;;x\ni går;1;2\n2024-01-01 02:00;1\n"
    )
    parsed = read(content, time_column="Tid", columns=columns)
    assert parsed.tables["readings"].select("row_no", "metering_point", "quantity", "value").rows() == [
        (2, "a", "energy_kwh", 500.0),
        (2, "b", "volume_m3", 12.0),
    ]
    assert rejected(parsed) == [
        (3, "missing_value"), (3, "not_a_number"), (4, "bad_time"), (4, "bad_time"),
        (5, "ragged_row"), (5, "ragged_row"),
    ]  # fmt: skip
    assert parsed.rows_in == 8


def test_a_file_whose_columns_bear_our_own_names() -> None:
    names = {"time_column": "start_utc", "meter_column": "metering_point", "value_column": "value",
             "status_column": "status", "unit_column": "row_no", "rows_where": {"original": ["x"]}}  # fmt: skip
    rows = "a;2024-01-01 00:00;x;1,5;kWh;Uppmätt\na;2024-01-01 01:00;x;y;kWh;Uppmätt\na;2024-01-01 02:00;x;1;kWh;Bra\n"
    parsed = read("metering_point;start_utc;original;value;row_no;status\n" + rows, **names)
    assert values(parsed) == [1.5]
    assert parsed.rejects["message"].to_list() == [
        "«y» i kolumnen «value» är inget tal med decimaltecken «,»",
        "okänd status «Bra». Kända: " + ", ".join(delimited.STATUS_MAP),
    ]


def test_an_absent_value_is_never_zero() -> None:
    parsed = read("Tid;kWh\n2024-01-01 00:00;\n2024-01-01 01:00;n/e\n2024-01-01 02:00;0\n2024-01-01 03:00; \n", **SHORT)
    assert values(parsed) == [0.0]
    assert rejected(parsed) == [(2, "missing_value"), (3, "missing_value"), (5, "missing_value")]


def test_the_wrong_decimal_sign_is_refused_and_told() -> None:
    parsed = read("Tid;kWh\n2024-01-01 00:00;1.234,56\n2024-01-01 01:00;1.5\n2024-01-01 02:00;3\n", **SHORT)
    assert values(parsed) == [3.0]
    assert rejected(parsed) == [(2, "not_a_number"), (3, "not_a_number")]
    assert parsed.rejects["original"].to_list() == ["2024-01-01 00:00;1.234,56", "2024-01-01 01:00;1.5"]
    assert "«1.234,56» i kolumnen «kWh» är inget tal med decimaltecken «,»" in parsed.rejects["message"][0]
    assert [f.rule for f in parsed.findings] == ["decimal_sign"]
    assert values(read("Tid;kWh\n2024-01-01 00:00;1.234,56\n", **SHORT, thousands=".")) == [1234.56]


def test_a_file_cut_in_the_middle_of_a_row() -> None:
    parsed = read("Tid;kWh\n2024-01-01 00:00;1,5\n2024-01-0", **SHORT)
    assert values(parsed) == [1.5]
    assert rejected(parsed) == [(3, "truncated_row")]
    assert [(f.rule, f.row_no) for f in parsed.findings] == [("no_final_newline", 3)]


def test_ragged_rows_are_refused_and_empty_surplus_is_not() -> None:
    parsed = read("Tid;kWh\n2024-01-01 00:00\n2024-01-01 01:00;1;2\n2024-01-01 02:00;3;;\n", **SHORT)
    assert values(parsed) == [3.0]
    assert rejected(parsed) == [(2, "ragged_row"), (3, "ragged_row")]


def test_a_cell_over_two_lines_does_not_shift_the_line_numbers() -> None:
    parsed = read('Tid;Not;kWh\n2024-01-01 00:00;"rad ett\nrad ""två""; slut";1\n2024-01-01 01:00;;x\n', **SHORT)
    assert values(parsed) == [1.0]
    assert rejected(parsed) == [(4, "not_a_number")]


def test_formulas_stay_text() -> None:
    formula = "=cmd|' /C calc'!A0"
    parsed = read(HEAD + f"2024-01-01 00:00;{formula};1;Uppmätt\n2024-01-01 01:00;{POINT};=1+1;Uppmätt\n", **LONG)
    assert parsed.tables["readings"]["metering_point"].to_list() == [formula]
    assert parsed.rejects["original"].to_list() == [f"2024-01-01 01:00;{POINT};=1+1;Uppmätt"]


def test_unknown_and_missing_statuses_and_meters() -> None:
    rows = f"2024-01-01 00:00;{POINT};1;Gissad\n2024-01-01 01:00;{POINT};1;Saknas\n2024-01-01 02:00;;1;Uppmätt\n"
    parsed = read(HEAD + rows, **LONG)
    assert rejected(parsed) == [(2, "unknown_status"), (3, "missing_value"), (4, "missing_meter")]
    assert values(read(HEAD + rows, **{**LONG, "status_map": {"Gissad": "estimated"}, "metering_point": None})) == [1.0]


def test_units_told_per_row() -> None:
    content = (
        "Tid;kWh;Enhet\n2024-01-01 00:00;1;MWh\n2024-01-01 01:00;1;mwh\n2024-01-01 02:00;1;m3\n2024-01-01 03:00;1;\n"
    )
    parsed = read(content, **{**SHORT, "unit": None, "unit_column": "Enhet"})
    assert values(parsed) == [1000.0]
    assert rejected(parsed) == [(3, "unknown_unit"), (4, "unknown_unit"), (5, "unknown_unit")]
    assert "okänd enhet 'mwh'" in parsed.rejects["message"][0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"value_column": "Energi"}, "kolumnen «Energi» finns inte. Kolumner i filen: «Tid», «kWh», «Not»"),
        ({"time_column": "Tidd"}, "Menade du «Tid»"),
        ({"unit": "kWH"}, "okänd enhet 'kWH'"),
        ({"unit": "m3"}, "passar inte storheten energy_kwh"),
        ({"unit": None}, "ingen enhet"),
        ({"metering_point": None}, "ingen mätpunkt"),
        ({"quantity": "energi"}, "okänd storhet"),
        ({"clock": "Europe/Sthlm"}, "okänd klocka"),
        ({"time_format": "%Q"}, "tidsformatet"),
        ({"delimiter": ";;"}, "delimiter"),
        ({"decimal": ";"}, "decimal"),
        ({"kind": "summa"}, "kind"),
        ({"interval_minutes": 0}, "interval_minutes"),
        ({"interval_minutes": "60"}, "ett heltal"),
        ({"columns": [{"column": "kWh"}]}, "value_column"),
        ({"status_map": {"A": "bra"}}, "status_map"),
        ({"metering_point": 735999}, "ska vara en text"),
        ({"value_column": None, "columns": [{"kolumn": "kWh"}]}, "tabeller med column"),
        ({"value_column": None, "columns": "kWh"}, "tabeller med column"),
        ({"rows_where": ["Not"]}, "ska vara en tabell"),
        ({"status_map": {"A": 1}}, "tabell av texter"),
        ({"missing_values": [0]}, "lista av texter"),
        ({"encoding": "hex"}, "utf-8-sig, utf-8, utf-16, cp1252"),
        ({"desimal": ","}, "okänd inställning «desimal». Menade du «decimal»"),
    ],
)
def test_what_stops_the_whole_file_says_what_was_found_and_what_to_do(options: dict[str, Any], words: str) -> None:
    with pytest.raises(SourceError) as error:
        delimited.read(b"Tid;kWh;Not\n2024-01-01 00:00;1;\n", "fil.csv", {**SHORT, **options})
    assert words in str(error.value)
    assert str(error.value).startswith("fil.csv: ")


def test_a_doubled_column_name_is_not_chosen_between() -> None:
    with pytest.raises(SourceError, match="finns 2 gånger"):
        delimited.read(b"Tid;kWh;kWh\n2024-01-01 00:00;1;2\n", "fil.csv", SHORT)


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02PK", bytes(range(256)), b"\xff\xfe\x00", b";;;\n;;\n"])
def test_binary_junk_is_refused_as_a_file(data: bytes) -> None:
    with pytest.raises(SourceError, match=r"^fil\.csv: "):
        delimited.read(data, "fil.csv", SHORT)


def test_windows_encoding_has_to_be_declared() -> None:
    data = "Tid;Förbrukning\r\n2024-01-01 00:00;1,5\r\n".encode("cp1252")
    options = {**SHORT, "value_column": "Förbrukning"}
    with pytest.raises(SourceError, match="rad 1 kan inte läsas som utf-8-sig"):
        delimited.read(data, "fil.csv", options)
    parsed = read(data, **options, encoding="cp1252")
    assert (values(parsed), parsed.encoding) == ([1.5], "cp1252")


def test_skip_rows_counts_lines_and_takes_the_next_as_header() -> None:
    assert values(read("Tid;kWh\n\nTid;kWh\n2024-01-01 00:00;2\n", **SHORT, skip_rows=2)) == [2.0]


def test_header_alone_is_no_error_but_told() -> None:
    parsed = read("Tid;kWh\n", **SHORT)
    assert (parsed.rows_in, [f.rule for f in parsed.findings]) == (0, ["no_rows"])


def test_end_stamps_and_registers() -> None:
    row = "Tid;kWh\n2024-01-01 01:00;1\n"
    first, hour = datetime(2023, 12, 31, 23, tzinfo=UTC), timedelta(hours=1)
    spans = pl.col("start_utc", "end_utc")
    assert read(row, **SHORT, stamp="end").tables["readings"].select(spans).rows() == [(first, first + hour)]
    assert read(row, **SHORT, kind="register").tables["readings"].select(spans).rows() == [(first + hour, first + hour)]


def test_civil_days_of_23_and_25_hours() -> None:
    content = "Dag;kWh\n2024-03-31;1\n2024-10-27;2\n2024-10-28;3\n"
    options = {**SHORT, "time_column": "Dag", "time_format": "%Y-%m-%d", "clock": "Europe/Stockholm"}
    table = read(content, **options, interval_minutes=1440).tables["readings"]
    assert (table["end_utc"] - table["start_utc"]).dt.total_hours().to_list() == [23, 25, 24]


def test_civil_quarters_with_end_stamps_of_their_own() -> None:
    utc = pl.datetime_range(
        datetime(2024, 10, 26, 22, tzinfo=UTC),
        datetime(2024, 10, 27, 22, tzinfo=UTC),
        "15m",
        time_unit="us",
        eager=True,
    )
    wall = utc.dt.convert_time_zone("Europe/Stockholm").dt.strftime("%Y-%m-%d %H:%M").to_list()
    content = "Tid;Till;kWh\n" + "".join(f"{a};{b};1\n" for a, b in pairwise(wall))
    parsed = read(content, **SHORT, clock="Europe/Stockholm", end_column="Till")
    table = parsed.tables["readings"]
    assert table["start_utc"].to_list() == utc.to_list()[:-1]
    assert table["end_utc"].to_list() == utc.to_list()[1:]


def civil_year(clock: str) -> str:
    utc = pl.datetime_range(
        datetime(2023, 12, 31, 23, tzinfo=UTC), datetime(2024, 12, 31, 22, tzinfo=UTC), "1h", time_unit="us", eager=True
    )
    stamps = utc.dt.convert_time_zone(clock).dt.strftime("%Y-%m-%d %H:%M").to_list()
    return "Tid;kWh\n" + "".join(f"{stamp};1\n" for stamp in stamps)


def test_a_civil_year_has_every_hour_once() -> None:
    parsed = read(civil_year("Europe/Stockholm"), **SHORT, clock="Europe/Stockholm")
    assert parsed.rejects.height == 0
    assert (parsed.tables["readings"]["start_utc"].diff().drop_nulls() == timedelta(hours=1)).all()
    assert parsed.findings == []


@pytest.mark.parametrize(
    ("kept", "declared", "rules"),
    [
        ("Europe/Stockholm", "Etc/GMT-1", []),
        ("Etc/GMT-1", "Europe/Stockholm", [(2164, "nonexistent_time"), (7204, "ambiguous_time")]),
    ],
)
def test_a_year_on_another_clock_than_declared_is_found(kept: str, declared: str, rules: list[tuple[int, str]]) -> None:
    parsed = read(civil_year(kept), **SHORT, clock=declared)
    assert [f.rule for f in parsed.findings] == ["clock_dst_rows"]
    assert parsed.findings[0].level == "error"
    assert rejected(parsed) == rules


EON = (
    "\ufeffAnläggnings-id;Tidpunkt för export;Energiprodukt;Starttidpunkt;Sluttidpunkt;Måttenhet\r\n"
    f"{POINT};2026-07-30 12:57:06;Aktiv energi;2025-10-01 00:00:00;2025-10-01 01:00:00;kWh\r\n\r\n"
    "Starttidpunkt;Sluttidpunkt;Energiriktning;Kvalitet;Kvantitet\r\n"
    "2025-10-01 00:00;2025-10-01 00:15:00;Förbrukning;Uppmätt;0,052\r\n"
    "2025-10-01 00:00;2025-10-01 00:15:00;Produktion;Uppmätt;9\r\n"
    "2025-10-01 00:15:00;2025-10-01 00:15;Förbrukning;Uppmätt;1\r\n"
)
EON_OPTIONS: dict[str, Any] = {
    "time_column": "Starttidpunkt",
    "end_column": "Sluttidpunkt",
    "value_column": "Kvantitet",
    "status_column": "Kvalitet",
    "rows_where": {"Energiriktning": "Förbrukning"},
}


def test_an_export_that_tells_meter_unit_and_time_of_export_itself() -> None:
    parsed = read(EON, **EON_OPTIONS)
    assert parsed.tables["readings"].rows() == [
        (5, POINT, "energy_kwh", "interval", datetime(2025, 9, 30, 23, tzinfo=UTC),
         datetime(2025, 9, 30, 23, 15, tzinfo=UTC), 0.052, "measured"),
    ]  # fmt: skip
    assert rejected(parsed) == [(7, "bad_interval")]
    assert parsed.issued_at == "2026-07-30T12:57:06"
    assert [(f.rule, f.message[:17]) for f in parsed.findings] == [("rows_left_out", "1 rader lästes in")]
    with pytest.raises(SourceError, match="filen anger enheten 'kWh', inställningen 'MWh'"):
        read(EON, **EON_OPTIONS, unit="MWh")


def test_the_sample_export_reads(real_file: Callable[[str], bytes]) -> None:
    parsed = read(real_file("meter/eon_matvardesexport_synthetic.csv"), **EON_OPTIONS)
    assert parsed.tables["readings"].select("row_no", "metering_point", "value").rows() == [
        (5, "735999000000000001", 0.052)
    ]
    assert parsed.rejects.height == 0


def counted(content: str) -> int:
    """Return the records of a file without quotes: the lines below the header that hold something."""
    below = content.replace("\r\n", "\n").replace("\r", "\n").split("\n")[1:]
    return sum(bool(line.replace(";", "").strip()) for line in below)


@given(
    st.text(alphabet=st.characters(exclude_characters='"\0\x1c\x1d\x1e\x1f', exclude_categories=["Cs"]), max_size=80)
)
def test_every_record_of_any_text_is_loaded_or_refused(body: str) -> None:
    content = "Tid;kWh\n2024-01-01 00:00;1\n" + body
    assert read(content, **SHORT).rows_in == counted(content)


@given(st.binary(max_size=200), st.sampled_from(["", "Tid;kWh\n", '"Tid";"kWh"\n2024-01-01 00:00;1\n']))
def test_any_bytes_are_read_or_refused_as_a_file(body: bytes, head: str) -> None:
    try:
        parsed = delimited.read(head.encode() + body, "fil.csv", SHORT)
    except SourceError as error:
        assert str(error).startswith("fil.csv: ")
    else:
        assert parsed.rows_in == parsed.tables["readings"].height + parsed.rejects.height


def test_no_name_or_bytes_are_detected_as_delimited() -> None:
    assert not delimited.detect(b"Tid;kWh\n", "meter.csv")
