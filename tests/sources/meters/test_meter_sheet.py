"""Meter values in workbooks: golden rows, titles and sums, dates as people write them, ids that have lost digits."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources.meters import meter_sheet
from energy.sources.meters.metering import spreadsheet_times

POINT = "735999000000000123"
OPTIONS: dict[str, Any] = {"time_column": "Tid", "value_column": "Energi", "unit": "MWh", "metering_point": POINT}


def book(*rows: list[Any], sheet: str = "Blad1") -> bytes:
    made = openpyxl.Workbook()
    made.active.title = sheet
    for row in rows:
        made.active.append(row)
    return saved(made)


def saved(made: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def read(data: bytes, **options: Any) -> Parsed:
    return meter_sheet.read(data, "blad.xlsx", {**OPTIONS, **options})


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc, arg-type]


HOUR = [datetime(2024, 1, 1, 1), 0.25]


def test_titles_above_and_sums_below_are_told_apart_from_values() -> None:
    parsed = read(
        book(["Fjärrvärme 2024"], [], ["Exportdatum", "2024-02-01 08:00"], ["Tid", "Energi"], HOUR,
             [datetime(2024, 1, 1, 2), "1,5"], [datetime(2024, 1, 1, 3), None], ["Summa", 1.75])
    )  # fmt: skip
    assert parsed.tables["readings"].rows() == [
        (5, POINT, "energy_kwh", "interval", utc(2024, 1, 1, 0), utc(2024, 1, 1, 1), 250.0, "measured"),
        (6, POINT, "energy_kwh", "interval", utc(2024, 1, 1, 1), utc(2024, 1, 1, 2), 1500.0, "measured"),
    ]
    assert parsed.rejects.select("row_no", "sheet", "rule").rows() == [
        (7, "Blad1", "missing_value"),
        (8, "Blad1", "total_row"),
    ]
    assert (parsed.rows_in, parsed.issued_at, parsed.sheet) == (4, "2024-02-01T08:00:00", "Blad1")


def test_meter_unit_and_status_may_stand_in_the_sheet() -> None:
    head = ["Tid", "Mätare", "Energi", "Enhet", "Kvalitet"]
    rows = [[HOUR[0], POINT, 2, "kWh", "Uppmätt"], [HOUR[0], "B", 3, "GWh", "Beräknad"], [HOUR[0], "", 3, "GWh", "?"]]
    told = {"meter_column": "Mätare", "unit_column": "Enhet", "status_column": "Kvalitet", "unit": None}
    parsed = read(book(head, *rows), metering_point=None, **told)
    found = parsed.tables["readings"].select("metering_point", "value", "status").rows()
    assert found == [(POINT, 2.0, "measured"), ("B", 3e6, "estimated")]
    assert parsed.rejects["rule"].to_list() == ["missing_meter"]
    above = book(["Mätpunkt:", POINT], ["Enhet", "kWh"], ["Tid", "Energi"], HOUR)
    point = read(above, metering_point=None, unit=None).tables["readings"]
    assert point.select("metering_point", "value").row(0) == (POINT, 0.25)
    with pytest.raises(SourceError, match="bladet anger enheten 'kWh', inställningen 'MWh'"):
        read(above)


def test_wide_rows_are_a_record_per_column_and_a_named_sheet_is_read() -> None:
    made = openpyxl.Workbook()
    made.create_sheet("Data").append(["Tid", "kWh", "m3"])
    made["Data"].append([datetime(2024, 1, 1), 1, 2])
    made["Data"].append(["i går", 1, 2])
    columns = [{"column": "kWh", "unit": "kWh"}, {"column": "m3", "quantity": "volume_m3", "unit": "m3"}]
    parsed = read(saved(made), sheet="Data", columns=columns, value_column=None, unit=None)
    assert parsed.tables["readings"].select("quantity", "value").rows() == [("energy_kwh", 1.0), ("volume_m3", 2.0)]
    assert parsed.rejects["rule"].to_list() == ["bad_time", "bad_time"]
    with pytest.raises(SourceError, match="bladet «Fel» finns inte"):
        read(saved(made), sheet="Fel")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2024-01-01 00:59:59.999", (2024, 1, 1, 1, 0)),
        ("2024-01-01 23:59:59.400", (2024, 1, 2, 0, 0)),
        ("2024-01-01 12:30:30", (2024, 1, 1, 12, 30, 30)),
        ("1 januari 2024 01:00", (2024, 1, 1, 1, 0)),
        ("måndag den 1 okt. 2024 kl. 3:15", (2024, 10, 1, 3, 15)),
        ("2024-01-01 01.00", (2024, 1, 1, 1, 0)),
        ("3 maj 2024", (2024, 5, 3)),
        ("45292.5", None),
        ("1 brumaire 2024", None),
        ("0001-01-01 00:00", None),
    ],
)
def test_times_as_sheets_write_them(written: str, meant: tuple[int, ...] | None) -> None:
    found = spreadsheet_times(pl.Series([written])).to_list()[0]
    assert found == (None if meant is None else datetime(*meant))  # type: ignore[misc, arg-type]


def test_a_binary_fraction_of_a_day_is_the_hour_it_means() -> None:
    made = openpyxl.Workbook()
    made.active.append(["Tid", "Energi"])
    made.active.append([45292 + 1 / 24 - 1e-9, 1])
    made.active["A2"].number_format = "yyyy-mm-dd hh:mm"
    made.active.append([45292.5, 1])
    parsed = read(saved(made))
    assert parsed.tables["readings"]["start_utc"].to_list() == [utc(2024, 1, 1, 0)]
    assert "Excels dagnummer" in parsed.rejects["message"][0]


@pytest.mark.parametrize("value", [735999000000000123, 735999000000000000, 7.35999000000000123e17])
def test_an_id_that_is_a_number_has_lost_its_digits(value: Any) -> None:
    rows = book(["Tid", "Mätare", "Energi"], [HOUR[0], value, 1])
    with pytest.raises(SourceError, match="rad 2 i bladet «Blad1» står som ett tal med mer än 15 siffror"):
        read(rows, meter_column="Mätare", metering_point=None)
    with pytest.raises(SourceError, match="rad 1 i bladet"):
        read(book(["Mätpunkt", value], ["Tid", "Energi"], HOUR), metering_point=None)
    assert read(rows).tables["readings"]["metering_point"].to_list() == [POINT]


def test_an_id_that_is_text_may_end_with_zeros_and_a_short_number_is_whole() -> None:
    rows = book(["Tid", "Mätare", "Energi"], [HOUR[0], "735999000000000000", 1], [HOUR[0], 12345, 1])
    found = read(rows, meter_column="Mätare", metering_point=None).tables["readings"]
    assert found["metering_point"].to_list() == ["735999000000000000", "12345"]


def days(hours: dict[date, list[int]]) -> bytes:
    return book(["Tid", "Energi"], *[[datetime(d.year, d.month, d.day, h), 1] for d, hs in hours.items() for h in hs])


def test_the_days_of_the_clock_change_prove_the_clock() -> None:
    spring = [date(2024, 3, 30) + timedelta(days=n) for n in range(3)]
    whole, civil = list(range(24)), [h for h in range(24) if h != 2]
    fixed = days(dict.fromkeys(spring, whole))
    moved = days({spring[0]: whole, spring[1]: civil, spring[2]: whole})
    assert [f.rule for f in read(fixed).findings] == []
    assert [f.rule for f in read(moved).findings] == ["clock_dst_rows"]
    assert read(moved, clock="Europe/Stockholm").findings == []
    wrong = read(fixed, clock="Europe/Stockholm")
    assert [f.rule for f in wrong.findings] == ["clock_dst_rows"]
    assert wrong.rejects["rule"].to_list() == ["nonexistent_time"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"time_column": ""}, "namnet på tidskolumnen"),
        ({"thousands": "."}, "tom eller '"),
        ({"unit": None}, "ingen enhet angiven"),
        ({"metering_point": None}, "ingen mätpunkt angiven"),
        ({"time_column": "Tidpunkt"}, "kolumnen «Tidpunkt» finns inte"),
        ({"unit": "m3"}, "passar inte storheten"),
        ({"stamp": "end", "end_column": "Energi"}, "start när end_column"),
        ({"value_column": "Dubbel"}, "finns 2 gånger"),
    ],
)
def test_settings_that_do_not_hold_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read(book(["Tid", "Energi", "Dubbel", "dubbel"], [*HOUR, 1, 1]), **options)


def test_a_text_saved_from_the_sheet_reads_the_same() -> None:
    told = read(b"Titel\nTid;Energi\n2024-01-01 01:00;0,25\nSumma;0,25\n")
    assert told.tables["readings"]["value"].to_list() == [250.0]
    assert told.rejects["rule"].to_list() == ["total_row"]


def test_no_rows_is_a_finding() -> None:
    assert [f.rule for f in read(book(["Tid", "Energi"])).findings] == ["no_rows"]


@settings(max_examples=25)
@given(st.binary(max_size=120), st.integers(0, 4000))
def test_any_bytes_are_rows_or_a_source_error(junk: bytes, at: int) -> None:
    good = book(["Tid", "Energi"], HOUR)
    for data in (junk, good[:at] + junk + good[at + len(junk) :]):
        try:
            parsed = read(data)
        except SourceError:
            continue
        assert parsed.rows_in == parsed.tables["readings"].height + parsed.rejects.height


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(["2024-01-01 01:00", "Summa", "x", ""]), st.text(max_size=6)), max_size=6))
def test_every_row_is_a_reading_or_a_reject(rows: list[tuple[str, str]]) -> None:
    clean = [(t, v.translate(dict.fromkeys(range(32)))) for t, v in rows]
    clean = [(t, "" if v.startswith("=") else v) for t, v in clean]
    parsed = read(book(["Tid", "Energi"], *map(list, clean)))
    assert parsed.rows_in == sum(bool(t or v.strip()) for t, v in clean)
    back = read(book(["Tid", "Energi"], *map(list, reversed(clean))))
    assert sorted(back.tables["readings"]["value"]) == sorted(parsed.tables["readings"]["value"])
