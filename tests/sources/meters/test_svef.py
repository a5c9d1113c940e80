"""SVEF/24 and SVEF/XX: golden rows, periods, stamps, clocks, statuses, hostile bytes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources.meters import svef

DAY = "SVEF/24:1/2024-02-01 08:30:00\n"


def head(period: str = "60", unit: str = "kWh", local: str = "0", stamp: str = "STARTTIME") -> str:
    return f"SVEF/XX:1/{period}/01.02.24 08:30:00/{unit}/{local}/{stamp}\n"


def line(time: str = "2024-01-01 00:00", status: str = "2", value: str = "1,500", meter: str = "Hall") -> str:
    return f"{meter}\t{time}\t{status}\t{value}\n"


def read(content: str, **options: Any) -> Parsed:
    return svef.read(content.encode(), "fil.txt", options)


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_hours_in_normal_time() -> None:
    parsed = read(DAY + "// kommentar\n\n" + line() + line("2024-01-01 01:00", value="0.25"), meters={"Hall": "7359"})
    assert parsed.tables["readings"].rows() == [
        (4, "7359", "energy_kwh", "interval", utc(2023, 12, 31, 23), utc(2024, 1, 1, 0), 1500.0, "measured"),
        (5, "7359", "energy_kwh", "interval", utc(2024, 1, 1, 0), utc(2024, 1, 1, 1), 250.0, "measured"),
    ]
    assert (parsed.issued_at, parsed.clock, parsed.rows_in) == ("2024-02-01T08:30:00", "Etc/GMT-1", 2)


@pytest.mark.parametrize(
    ("first", "time", "start", "end"),
    [
        (head("15"), "31.01.24 13:00", utc(2024, 1, 31, 12), utc(2024, 1, 31, 12, 15)),
        (head("60", stamp="ENDTIME"), "31.01.24 13:00", utc(2024, 1, 31, 11), utc(2024, 1, 31, 12)),
        (head("D"), "2024-07-01 00:00", utc(2024, 6, 30, 23), utc(2024, 7, 1, 23)),
        (head("M", local="1"), "01.03.24 00:00", utc(2024, 2, 29, 23), utc(2024, 3, 31, 22)),
        (head("M", stamp="End"), "2024-03-01 00:00", utc(2024, 1, 31, 23), utc(2024, 2, 29, 23)),
        (head("Y"), "2024-01-01 00:00", utc(2023, 12, 31, 23), utc(2024, 12, 31, 23)),
    ],
)
def test_periods_and_stamps(first: str, time: str, start: datetime, end: datetime) -> None:
    found = read(first + line(time)).tables["readings"]
    assert found.select("start_utc", "end_utc", "value").rows() == [(start, end, 1.5)]


def test_statuses_and_bad_lines() -> None:
    lines = [line(f"2024-01-01 0{n}:00", status=s) for n, s in enumerate(["0", "2", "3", "5", "6", "7", "9", "8"])]
    bad = [line("i går"), line(value="x"), line(value=""), line(meter=""), "Hall\t2024-01-01 00:00\t2\n"]
    parsed = read(DAY + "".join(lines + bad))
    found = parsed.tables["readings"]["status"].to_list()
    assert found == ["manual", "measured", "estimated", "estimated", "suspect", "invalid"]
    assert parsed.rejects.select("row_no", "rule").rows() == [
        (7, "missing_value"), (9, "unknown_status"), (10, "bad_time"), (11, "not_a_number"), (12, "missing_value"),
        (13, "missing_meter"), (14, "ragged_row"),
    ]  # fmt: skip


def test_units_are_those_of_energy_and_power() -> None:
    assert read(head(unit="MW") + line()).tables["readings"].select("quantity", "value").row(0) == ("power_kw", 1500.0)
    for unit in ("kVArh", '"SEK/MWh"', "MVA"):
        with pytest.raises(SourceError, match=r"enhet"):
            read(head(unit=unit) + line())


def test_the_clock_of_the_first_line_is_proved() -> None:
    start = datetime(2024, 3, 30)
    times = [start + timedelta(hours=h) for h in range(72)]
    fixed = "".join(line(f"{t:%Y-%m-%d %H:%M}") for t in times)
    civil = "".join(line(f"{t:%Y-%m-%d %H:%M}") for t in times if (t.day, t.hour) != (31, 2))
    assert read(DAY + fixed).findings == []
    assert [f.rule for f in read(DAY + civil).findings] == ["clock_dst_rows"]
    assert read(head(local="1") + civil).findings == []
    wrong = read(head(local="1") + fixed)
    assert [f.rule for f in wrong.findings] == ["clock_dst_rows"]
    assert wrong.rejects["rule"].to_list() == ["nonexistent_time"]


@pytest.mark.parametrize(
    "first",
    ["SVEF/XX:2/60/a/kWh/0/StartTime\n", head("45"), head(local="2"), head(stamp="MIDDLE"), "SVEF/25:1/x\n", "x\n"],
)
def test_other_first_lines_are_refused(first: str) -> None:
    with pytest.raises(SourceError, match="första raden"):
        read(first + line())


def test_known_by_its_first_line() -> None:
    assert svef.detect(DAY.encode(), "x") and svef.detect(head().encode(), "x") and not svef.detect(b"SVE", "x")
    assert [f.rule for f in read(DAY).findings] == ["no_rows"]


@settings(max_examples=60)
@given(st.binary(max_size=60), st.integers(0, 200))
def test_any_bytes_are_rows_or_a_source_error(junk: bytes, at: int) -> None:
    good = (head("M", local="1") + line() + line("2024-02-01 00:00")).encode()
    for data in (junk, DAY.encode() + junk, good[:at] + junk + good[at:]):
        svef.detect(data, "x")
        try:
            parsed = svef.read(data, "x", {})
        except SourceError:
            continue
        assert parsed.rows_in == parsed.tables["readings"].height + parsed.rejects.height
