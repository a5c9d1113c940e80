"""Trends of building automation: long and wide, words and bad values, a clock that must be told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources.plant import trends
from tests.sources.sheets import workbook

WIDE = {"layout": "wide", "clock": "Etc/GMT-1", "time_column": "Tid"}
LONG = {
    "layout": "long", "clock": "UTC", "time_column": "time", "point_column": "point", "value_column": "value",
    "unit_column": "unit", "status_column": "status", "decimal": ".",
}  # fmt: skip


def read(content: str | bytes, **options: object) -> Parsed:
    data = content if isinstance(content, bytes) else content.encode()
    parsed = trends.read(data, "trend.csv", options)
    assert parsed.rows_in == parsed.tables["trends"].height + parsed.rejects.height
    return parsed


def at(hour: int, day: int = 1) -> datetime:
    return datetime(2024, 1, day, hour, tzinfo=UTC)


def test_a_wide_file_by_hand() -> None:
    parsed = read(
        "Exporttidpunkt:;2024-02-01 10:00\nStation;Hallen\nTid;GT1 [°C];GT2;FF1\n"
        "2024-01-01 01:00;20,5;#FEL;Till\n2024-01-01 02:00;;-1 000,5;från\n2024-01-01 03:00;;abc;Auto\n",
        **WIDE, delimiter=";", words={"Auto": "Auto"}, columns=[
            {"column": "GT1 [°C]", "point": "AS1.GT1", "unit": "°C"}, {"column": "GT2"}, {"column": "FF1"}],
    )  # fmt: skip
    assert parsed.tables["trends"].rows() == [
        (4, "AS1.GT1", at(0), 20.5, None, "°C", "measured"), (4, "GT2", at(0), None, None, None, "invalid"),
        (4, "FF1", at(0), 1.0, None, None, "measured"), (5, "GT2", at(1), -1000.5, None, None, "measured"),
        (5, "FF1", at(1), 0.0, None, None, "measured"), (6, "FF1", at(2), None, "Auto", None, "measured"),
    ]  # fmt: skip
    assert parsed.rejects.select("row_no", "rule", "original").rows() == [(6, "not_a_number", "2024-01-01 03:00;abc")]
    assert (parsed.issued_at, parsed.clock) == ("2024-02-01T10:00:00", "Etc/GMT-1")


def test_without_columns_every_other_heading_is_a_point_and_tells_its_unit() -> None:
    parsed = read("Tid;GT1 (°C);FF1\n2024-01-01 01:00;0;1\n", **WIDE, unit="-")
    assert parsed.tables["trends"].select("point", "value", "unit").rows() == [("GT1", 0.0, "°C"), ("FF1", 1.0, "-")]


def test_a_long_file_by_hand() -> None:
    parsed = read(
        "point,time,value,unit,status\ngt1,2024-01-01 00:00:00,20.5,°C,OK\ngt1,2024-01-01 01:00:00,,°C,\n"
        "gt1,2024-01-01 01:00:00,5,°C,larm\ngt1,2024-01-01 02:00:00,5,°C,Hand\n,2024-01-01 02:00:00,5,°C,\n"
        "gt2,i går,5,,\ngt2,2024-01-01 02:00:00,NaN,,\ngt2,2024-01-01\n",
        **LONG, columns=[{"column": "gt1", "point": "AS1.GT1"}],
    )  # fmt: skip
    assert parsed.tables["trends"].rows() == [
        (2, "AS1.GT1", at(0), 20.5, None, "°C", "measured"), (5, "AS1.GT1", at(2), 5.0, None, "°C", "manual"),
        (8, "gt2", at(2), None, None, None, "invalid"),
    ]  # fmt: skip
    assert parsed.rejects.select("row_no", "rule").rows() == [
        (3, "missing_value"), (4, "unknown_status"), (6, "missing_point"), (7, "bad_time"), (9, "ragged_row"),
    ]  # fmt: skip


def test_a_workbook_with_day_and_clock_time_in_two_columns() -> None:
    rows = [["Trend"], ["Tid", "Klockslag", "GT1"], [datetime(2024, 7, 1), "01:30", 20.5], ["2024-07-01", "02:30", "x"]]
    parsed = read(workbook(rows), **{**WIDE, "clock": "Europe/Stockholm"}, hour_column="Klockslag")
    assert parsed.tables["trends"].select("row_no", "at_utc", "value").rows() == [
        (3, datetime(2024, 6, 30, 23, 30, tzinfo=UTC), 20.5)
    ]
    assert parsed.rejects.select("row_no", "sheet").rows() == [(4, "Blad1")]


def test_the_declared_clock_is_proved_on_the_days_it_changes() -> None:
    hours = [datetime(2024, 3, 30) + timedelta(hours=n) for n in range(72)]
    rows = "".join(f"{t:%Y-%m-%d %H:%M};1\n" for t in hours)
    wrong = read("Tid;GT1\n" + rows, **{**WIDE, "clock": "Europe/Stockholm"})
    assert [f.rule for f in wrong.findings] == ["clock_dst_rows"]
    assert wrong.rejects["rule"].to_list() == ["nonexistent_time"]
    right = read("Tid;GT1\n" + rows, **WIDE)
    assert right.findings == [] and right.rows_in == 72 and right.rejects.is_empty()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"clock": ""}, "inställningen «clock»"), ({"layout": "bred"}, "long .* eller wide"),
        ({"clock": "Mars/Olympus"}, "okänd klocka"), ({"value_column": "v"}, "value_column"),
        ({"time_column": "När"}, "kolumnen «När» finns inte"), ({"columns": [{"column": "A", "b": "x"}]}, "columns"),
        ({"words": {"Till": [1]}}, "tal eller texter"), ({"words": {"Till": float("nan")}}, "tal eller texter"),
        ({"bad_values": {"x": "dålig"}}, "blir 'dålig'"), ({"time_format": ["%Q"]}, "tidsformatet"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_followed(change: dict[str, object], words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read("Tid;A\n2024-01-01 00:00;1\n", **{**WIDE, **change})


def test_points_that_cannot_be_told_apart_or_are_too_many_stop_the_file() -> None:
    with pytest.raises(SourceError, match="kolumnen «GT1» finns två gånger"):
        read("Tid;GT1;gt1\n2024-01-01 00:00;1;2\n", **WIDE)
    with pytest.raises(SourceError, match="högst 400 läses åt gången"):
        read("Tid;" + ";".join(f"P{n}" for n in range(401)) + "\n", **WIDE)


def test_a_file_without_samples_says_so() -> None:
    assert [f.rule for f in read("Tid;A\n2024-01-01 00:00;\n", **WIDE).findings] == ["no_rows"]


@settings(max_examples=30)
@given(rows=st.lists(st.text(alphabet=st.sampled_from('2024-01 :00;,TillNaE9"\t'), max_size=40), max_size=6))
def test_any_rows_add_up_in_any_order(rows: list[str]) -> None:
    rows = [row for row in rows if '"' not in row]
    first, turned = (read("Tid;A;B\n" + "\n".join(r), **WIDE) for r in (rows, rows[::-1]))
    kept = [sorted(p.tables["trends"].drop("row_no").rows(), key=str) for p in (first, turned)]
    assert kept[0] == kept[1]


@settings(max_examples=20)
@given(data=st.binary(max_size=200))
def test_junk_is_refused(data: bytes) -> None:
    for junk in (data, b"PK\x03\x04" + data):
        with pytest.raises(SourceError):
            read(junk, **WIDE)
