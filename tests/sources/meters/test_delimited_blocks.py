"""Large delimited files: read in blocks, or the fast way, they give the very rows that the careful way gives."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources.meters import blocks, delimited, delimited_rows

OPTIONS: dict[str, Any] = {
    "time_column": "Tid",
    "end_column": "Till",
    "meter_column": "Mätare",
    "value_column": "kWh",
    "unit_column": "Enhet",
    "status_column": "Status",
}
WIDE: dict[str, Any] = {
    "time_column": "Tid",
    "meter_column": "Mätare",
    "columns": [{"column": "kWh", "unit": "kWh"}, {"column": "Enhet", "quantity": "volume_m3", "unit": "m3"}],
}
HEAD = "Tid;Till;Mätare;kWh;Not;Enhet;Status"
FORM = "%Y-%m-%d %H:%M"
ODD_LINES = ("", ";;;;;;", "  ", "x", '"";"";"";"";"";"";""', "2024-01-01 00:00;2024-01-01 01:00;m;1;;kWh;Uppmätt;x")
ODD_CELLS: tuple[tuple[str, ...], ...] = (
    ("", "i går", " 2024-10-27 02:00", "2024-10-27 02:00 ", "2024-10-27 02:00:00", "2024-02-30 00:00", "1800-01-01"),
    ("", "2024-10-27 02:00", "2023-01-01 00:00", "x"),
    ("", " ", "m2", " m1"),
    ("", "n/e", "x", "1.5", "NaN", "inf", "5,", " 7 ", "1e400", "1 234,5", "−3"),
    ("rör", '5" rör', '"a;b"', '"a\nb"', '"han sa ""hej"""'),
    ("", "MWh", "m3", "mwh"),
    ("", "Gissad", "Saknas", "Beräknad", " Uppmätt "),
)  # fmt: skip


def made(seed: int, rows: int, odd: float, line_end: str = "\n", quoted: bool = False) -> str:
    """Return a file around a clock change where a share `odd` of lines and cells is not as it should be."""
    chance = random.Random(seed)
    time = datetime(2024, chance.choice([3, 10]), 25, 20)
    lines = [HEAD]
    for number in range(rows):
        end = time + timedelta(hours=1)
        cells = [time.strftime(FORM), end.strftime(FORM), "m1", f"{number},25", "rör", "kWh", "Uppmätt"]
        cells = [chance.choice(ODD_CELLS[i]) if chance.random() < odd / 3 else c for i, c in enumerate(cells)]
        if quoted:
            cells = [c if '"' in c else f'"{c}"' for c in cells]
        lines.append(chance.choice(ODD_LINES) if chance.random() < odd else ";".join(cells))
        time = end
    return line_end.join(lines) + (line_end if chance.random() < 0.7 else "")


def told(parsed: Parsed) -> tuple[Any, ...]:
    found = (parsed.tables["readings"].rows(), parsed.rejects.rows(), list(parsed.findings))
    return (*found, parsed.encoding, parsed.clock, parsed.issued_at)


def in_blocks(data: bytes, size: int, **options: Any) -> Parsed:
    """Return what read_blocks yields in blocks of `size` bytes, as one."""
    pieces = list(delimited.read_blocks(io.BytesIO(data), "fil.csv", options, size))
    assert all(not piece.findings for piece in pieces[:-1])
    found = pl.concat(piece.tables["readings"] for piece in pieces).sort("row_no", maintain_order=True)
    refused = pl.concat(piece.rejects for piece in pieces).sort("row_no", maintain_order=True)
    return replace(pieces[-1], tables={"readings": found}, rejects=refused)


def carefully(data: bytes, **options: Any) -> Parsed:
    with mock.patch.object(delimited_rows, "_fast", lambda *_: None):
        return delimited.read(data, "fil.csv", options)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    rows=st.integers(0, 60),
    odd=st.sampled_from([0.0, 0.05, 0.3]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8-sig", "cp1252", "utf-16"]),
    clock=st.sampled_from(["Etc/GMT-1", "Europe/Stockholm"]),
    quoted=st.booleans(),
    size=st.sampled_from([1, 100, 1000]),
    shape=st.sampled_from(
        [OPTIONS, WIDE, {**OPTIONS, "rows_where": {"Enhet": "kWh"}}, {**OPTIONS, "kind": "register"}]
    ),
)
def test_fast_careful_and_in_blocks_are_the_same(
    seed: int, rows: int, odd: float, line_end: str, encoding: str, clock: str, quoted: bool, size: int,
    shape: dict[str, Any],
) -> None:  # fmt: skip
    data = made(seed, rows, odd, line_end, quoted).replace("−", "-").encode(encoding)
    options = {**shape, "clock": clock, "encoding": encoding}
    parsed = delimited.read(data, "fil.csv", options)
    assert told(carefully(data, **options)) == told(parsed)
    assert told(in_blocks(data, size, **options)) == told(parsed)
    with mock.patch.object(delimited_rows, "PIECE_BYTES", 300):
        assert told(delimited.read(data, "fil.csv", options)) == told(parsed)


@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_regular_file_goes_the_fast_way(line_end: str, quoted: bool) -> None:
    data = made(1, 50, 0.0, line_end, quoted).encode()
    with mock.patch.object(delimited_rows, "_careful", side_effect=AssertionError("the careful way")):
        parsed = delimited.read(data, "fil.csv", OPTIONS)
    assert (parsed.tables["readings"].height, parsed.rejects.height) == (50, 0)


def test_one_odd_line_sends_only_its_neighbours_the_careful_way() -> None:
    lines = made(1, 400, 0.0).splitlines()
    lines[200] = "trasig rad"
    careful: list[int] = []
    slow: Callable[..., pl.DataFrame] = delimited_rows._careful

    def counted(block: blocks.Block, delimiter: str, layout: Any) -> pl.DataFrame:
        careful.append(block.rows)
        return slow(block, delimiter, layout)

    with mock.patch.object(delimited_rows, "PIECE_BYTES", 1000), mock.patch.object(delimited_rows, "_careful", counted):
        parsed = delimited.read(("\n".join(lines) + "\n").encode(), "fil.csv", OPTIONS)
    assert (parsed.tables["readings"].height, len(careful)) == (399, 1)
    assert parsed.rejects.rows() == [(201, None, "ragged_row", "raden har 1 fält, rubriken 7", "trasig rad")]


def test_the_first_rejects_may_lie_far_into_a_file() -> None:
    """Many pieces of columns, the first without a reject: each message still meets its own row."""
    with mock.patch.object(delimited_rows, "PIECE_BYTES", 200):
        lines = made(1, 300, 0.0).splitlines()
        lines[10], lines[290] = lines[10] + ";;", lines[290].replace("Uppmätt", "Gissad")
        parsed = delimited.read("\n".join(lines).encode(), "fil.csv", OPTIONS)
    assert parsed.rejects.select("row_no", "rule").rows() == [(291, "unknown_status")]
    assert parsed.rejects["original"][0] == lines[290]


def test_a_civil_double_hour_that_meters_share_over_many_blocks() -> None:
    rows = [f"2024-10-27 {h:02d}:00;{m};1" for h in (0, 1, 2, 2, 3) for m in "abcdefgh"]
    options = {"time_column": "T", "meter_column": "M", "value_column": "V", "unit": "kWh", "clock": "Europe/Stockholm"}
    parsed = in_blocks(("T;M;V\n" + "\n".join(rows) + "\n").encode(), 40, **options)
    hours = parsed.tables["readings"].group_by("metering_point").agg(pl.col("start_utc").dt.strftime("%d %H"))
    assert set(map(tuple, hours["start_utc"].to_list())) == {("26 22", "26 23", "27 00", "27 01", "27 02")}
    assert parsed.rejects.is_empty()


def refused(data: bytes, size: int = 1000, **options: Any) -> str:
    given_options = {"time_column": "Tid", "value_column": "kWh", "metering_point": "m", "unit": "kWh", **options}
    with pytest.raises(SourceError) as error:
        list(delimited.read_blocks(io.BytesIO(data), "fil.csv", given_options, size))
    return str(error.value)


GOOD = "".join(f"2024-01-{1 + i % 28:02d} 00:00;1,5\n" for i in range(100)).encode()


def test_what_is_wrong_in_a_late_block_is_told_with_its_row() -> None:
    assert "rad 102 kan inte läsas som utf-8-sig (byte 2108)" in refused(b"Tid;kWh\n" + GOOD + b"\xe5;1\n")
    assert "rad 102 kan inte läsas" in refused((b"Tid;kWh\n" + GOOD).replace(b"\n", b"\r") + b"\xe5;1\r")
    assert "filen är binär" in refused(b"Tid;kWh\n" + GOOD + b"\0;1\n")
    assert "kodad i utf-8-sig, inte cp1252" in refused(b"Tid;kWh\n" + GOOD + "å;1\n".encode(), encoding="cp1252")


def test_bytes_that_only_a_part_of_the_file_has_as_utf8_are_no_contradiction() -> None:
    options = {"time_column": "Tid", "value_column": "kWh", "metering_point": "m", "unit": "kWh", "encoding": "cp1252"}
    data = b"Tid;kWh\n" + "2024-01-01 00:00;Ã¥\n".encode("cp1252") + GOOD + b"2024-01-01 00:00;\xe5\n"
    assert in_blocks(data, 100, **options).rejects["row_no"].to_list() == [2, 103]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("size", [100, blocks.BLOCK_BYTES])
def test_an_enormous_line_is_refused_before_it_is_held(size: int, line_end: bytes) -> None:
    head = (b"Tid;kWh\n" + GOOD).replace(b"\n", line_end)
    assert "rad 102 är längre än 1000 kB" in refused(head + b"1;" * 700_000 + line_end + b"2;3", size)


def test_a_stream_without_line_ends_is_read_no_further_than_a_line_may_be() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            self.given += len(buffer)
            buffer[:] = b"x" * len(buffer)
            return len(buffer)

    stream = Endless()
    with pytest.raises(SourceError, match="rad 1 är längre än 1000 kB"):
        list(delimited.read_blocks(io.BufferedReader(stream), "fil.csv", OPTIONS))
    assert stream.given < 3 * blocks.LONGEST_LINE


def test_open_quotes_hold_the_rest_together_and_no_more_than_can_be_held() -> None:
    body = GOOD + b'"x\ny";1\n' + GOOD
    options = {"time_column": "Tid", "value_column": "kWh", "metering_point": "m", "unit": "kWh"}
    parsed = in_blocks(b"Tid;kWh\n" + body, 300, **options)
    assert parsed.tables["readings"].height == 200
    assert parsed.rejects.select("row_no", "rule").rows() == [(102, "bad_time")]
    with mock.patch.object(delimited_rows, "LARGEST_OPEN", 500):
        assert "citattecken som inte går jämnt ut" in refused(b"Tid;kWh\n" + body, 300)


def test_lines_of_nothing_but_delimiters_or_blank_lines_are_bounded() -> None:
    data = b"Tid;kWh\n" + GOOD + b"\n" * 200_000 + b";" * 200_000 + b"\n" + GOOD
    options = {"time_column": "Tid", "value_column": "kWh", "metering_point": "m", "unit": "kWh"}
    parsed = in_blocks(data, blocks.BLOCK_BYTES, **options)
    assert parsed.tables["readings"]["row_no"].to_list() == [*range(2, 102), *range(200_103, 200_203)]


def test_a_header_far_below_many_lines_is_found_and_one_too_far_is_told() -> None:
    lead = b"anteckning\n" * 7000
    options = {"time_column": "Tid", "value_column": "kWh", "metering_point": "m", "unit": "kWh", "skip_rows": 7000}
    assert in_blocks(lead + b"Tid;kWh\n" + GOOD, 1000, **options).tables["readings"]["row_no"][0] == 7002
    with mock.patch.object(delimited.delimited_layout, "HEAD_BYTES", (100, 1000)):
        assert "filen har ingen rubrikrad" in refused(lead + b"Tid;kWh\n" + GOOD, skip_rows=7000)


def test_a_time_format_that_cannot_be_read_by_is_refused_in_the_settings() -> None:
    assert "tidsformatet" in refused(b"Tid;kWh\n" + GOOD, time_format="%Y-%m-%d %H")
