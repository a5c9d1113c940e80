"""Matrices of days: headings, hours of a day, sums, the days of 23 and 25 hours, hostile bytes."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources.meters import day_matrix

OPTIONS: dict[str, Any] = {"metering_point": "7359", "unit": "kWh"}
SPANS = [f"{h:02d}:00-{(h + 1) % 24:02d}:00" for h in range(24)]
ONES = ["1"] * 24


def text(*rows: list[str], head: list[str] | None = None) -> bytes:
    return "".join(";".join(row) + "\n" for row in [["Datum", *(head or SPANS)], *rows]).encode()


def read(data: bytes, **options: Any) -> Parsed:
    return day_matrix.read(data, "matris.csv", {**OPTIONS, **options})


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_a_row_of_24_is_24_readings() -> None:
    parsed = read(text(["2024-01-01", *[f"{h},5" for h in range(24)]]))
    rows = parsed.tables["readings"].rows()
    assert rows[0] == (2, "7359", "energy_kwh", "interval", utc(2023, 12, 31, 23), utc(2024, 1, 1, 0), 0.5, "measured")
    assert rows[23] == (2, "7359", "energy_kwh", "interval", utc(2024, 1, 1, 22), utc(2024, 1, 1, 23), 23.5, "measured")
    assert (len(rows), parsed.rows_in, parsed.findings) == (24, 24, [])


@pytest.mark.parametrize(
    "head",
    [
        SPANS,
        [f"{h:02d}:00 – {h + 1:02d}:00" for h in range(24)],
        [f"{h}-{h + 1}" for h in range(24)],
        [f"{h:02d}:00" for h in range(24)],
        [f"{h:02d}:00" for h in range(1, 25)],
        [f"{h:02d}" for h in range(24)],
        [str(h) for h in range(1, 25)],
        [f"H{h:02d}" for h in range(1, 25)],
        [f"Timme {h}" for h in range(1, 25)],
    ],
)
def test_the_hours_may_be_headed_in_many_ways(head: list[str]) -> None:
    rows = read(text(["2024-01-01", *map(str, range(24))], head=head)).tables["readings"]
    assert rows["start_utc"].to_list() == [utc(2023, 12, 31, 23) + timedelta(hours=h) for h in range(24)]
    assert rows["value"].to_list() == list(range(24))
    assert day_matrix.detect(text(["2024-01-01", *ONES], head=head), "x.csv")


def test_hours_may_stand_in_any_order() -> None:
    head, values = SPANS[::-1], [str(h) for h in range(23, -1, -1)]
    assert read(text(["2024-01-01", *values], head=head)).tables["readings"]["value"].to_list() == list(range(24))


@pytest.mark.parametrize(
    "head", [[f"{q // 4:02d}:{q % 4 * 15:02d}" for q in range(96)], [str(q) for q in range(1, 97)]]
)
def test_96_quarters(head: list[str]) -> None:
    rows = read(text(["2024-01-01", *["1"] * 96], head=head)).tables["readings"]
    assert rows.height == 96
    assert rows["end_utc"][95] == utc(2024, 1, 1, 23)
    assert (rows["end_utc"] - rows["start_utc"]).unique().to_list() == [timedelta(minutes=15)]


@pytest.mark.parametrize(
    "head", [SPANS[:-1], [*SPANS, "02:00-03:00"], [f"{n}" for n in range(1, 26)], ["00:00-02:00", *SPANS[1:]], []]
)
def test_headings_that_are_no_whole_day_are_refused(head: list[str]) -> None:
    with pytest.raises(SourceError, match="rubrikraden ska ha en kolumn per timme"):
        read(text(["2024-01-01", *["1"] * len(head)], head=head or ["kWh"]))


def test_a_sheet_with_titles_meter_unit_and_excel_hours() -> None:
    made = openpyxl.Workbook()
    made.active.append(["Mätpunkt", "7359A"])
    made.active.append(["Enhet:", "MWh"])
    made.active.append(["Datum", *range(1, 25), "Summa"])
    made.active.append([datetime(2024, 1, 1), *[0.5] * 24, 12])
    made.active.append(["Summa", *[0.5] * 24, 12])
    stream = io.BytesIO()
    made.save(stream)
    parsed = day_matrix.read(stream.getvalue(), "m.xlsx", {})
    assert parsed.tables["readings"].select("metering_point", "value").unique().rows() == [("7359A", 500.0)]
    assert parsed.rejects.select("row_no", "sheet", "rule").rows() == [(5, "Sheet", "total_row")]
    assert parsed.findings == []


def test_meters_may_stand_in_a_column() -> None:
    data = text(["2024-01-01", "A", *ONES], ["2024-01-01", "B", *ONES], ["2024-01-01", "", *ONES], head=["Mpl", *SPANS])
    parsed = read(data, metering_point=None, meter_column="Mpl")
    assert parsed.tables["readings"]["metering_point"].to_list() == ["A"] * 24 + ["B"] * 24
    assert parsed.rejects["rule"].to_list() == ["missing_meter"] * 24


def test_a_sum_that_is_not_that_of_its_hours_is_a_finding() -> None:
    head = [*SPANS, "Totalt"]
    good = ["2024-01-01", *["0,333"] * 24, "8,0"]
    bad = ["2024-01-02", *["0,333"] * 24, "9,0"]
    gap = ["2024-01-03", "", *["0,333"] * 23, "5,0"]
    parsed = read(text(good, bad, gap, head=head))
    assert [(f.rule, f.row_no) for f in parsed.findings] == [("sum_mismatch", 3)]
    assert parsed.tables["readings"].height == 71


def test_bad_rows_and_cells_are_refused_one_by_one() -> None:
    data = text(["2024-01-01", "x", "", "n/e", *ONES[3:]], ["i går", *ONES], ["2024-01-02", "1"], ["Summa", *ONES])
    parsed = read(data)
    told = parsed.rejects.group_by("row_no", "rule", maintain_order=True).len().rows()
    assert sorted(told) == [(2, "missing_value", 2), (2, "not_a_number", 1), (3, "bad_time", 24), (4, "ragged_row", 24),
                            (5, "total_row", 1)]  # fmt: skip
    assert parsed.rejects["message"][0].startswith("värdet saknas i kolumnen «01:00-02:00»")
    assert parsed.rows_in == 73


def spring(*, empty: bool) -> bytes:
    days = [date(2024, 3, 30) + timedelta(days=n) for n in range(3)]
    rows = [[str(d), *("" if empty and h == 2 and d.day == 31 else "1" for h in range(24))] for d in days]
    return text(*rows)


AUTUMN = text(*[[f"2024-10-{d}", *ONES] for d in (26, 27, 28)])


def test_the_day_in_spring_proves_the_clock() -> None:
    assert read(spring(empty=False)).findings == []
    assert [f.rule for f in read(spring(empty=True)).findings] == ["clock_dst_rows"]
    civil = read(spring(empty=True), clock="Europe/Stockholm")
    assert (civil.findings, civil.rejects["rule"].to_list()) == ([], ["nonexistent_time"])
    assert civil.tables["readings"].height == 71
    wrong = read(spring(empty=False), clock="Europe/Stockholm")
    assert [f.rule for f in wrong.findings] == ["clock_dst_rows"]


def test_the_day_in_autumn_has_no_room_for_its_hours() -> None:
    assert read(AUTUMN).findings == []
    civil = read(AUTUMN, clock="Europe/Stockholm")
    assert civil.rejects["rule"].to_list() == ["ambiguous_time"]
    assert [f.rule for f in civil.findings] == ["double_hour"]
    assert civil.tables["readings"].height == 71


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"metering_point": None}, "ingen mätpunkt"),
        ({"unit": None}, "ingen enhet"),
        ({"unit": "m3"}, "passar inte storheten"),
        ({"date_column": "Dagen"}, "kolumnen «Dagen» finns inte"),
        ({"sum_column": "Alltihop"}, "kolumnen «Alltihop» finns inte"),
        ({"clock": "Mars"}, "okänd klocka"),
        ({"delimiter": ";;"}, "ett tecken"),
        ({"unitt": "kWh"}, "Menade du «unit»"),
    ],
)
def test_settings_that_do_not_hold_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read(text(["2024-01-01", *ONES]), **options)


def test_an_empty_matrix_is_a_finding() -> None:
    assert [f.rule for f in read(text()).findings] == ["no_rows"]


CELL = st.sampled_from(["2024-01-01", "Summa", "1", "", "x", "1e999", "nan", '"'])


@settings(max_examples=40)
@given(st.lists(st.lists(CELL, max_size=27), max_size=5))
def test_every_row_is_readings_or_rejects_whatever_the_order(rows: list[list[str]]) -> None:
    parsed = read(text(*rows))
    numbers = parsed.rejects["row_no"].to_list() + parsed.tables["readings"]["row_no"].to_list()
    assert {numbers.count(n) for n in numbers} <= {1, 24}
    back = read(text(*rows[::-1]))
    assert sorted(back.tables["readings"]["start_utc"]) == sorted(parsed.tables["readings"]["start_utc"])


@settings(max_examples=40)
@given(st.binary(max_size=60), st.integers(0, 400))
def test_any_bytes_are_rows_or_a_source_error(junk: bytes, at: int) -> None:
    good = text(["2024-01-01", *ONES], ["2024-01-02", *ONES])
    for data in (junk, good[:at] + junk + good[at:]):
        try:
            parsed = read(data)
        except SourceError:
            continue
        assert parsed.rows_in == parsed.tables["readings"].height + parsed.rejects.height
