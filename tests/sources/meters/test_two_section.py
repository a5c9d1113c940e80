"""Exports in two parts: several meters in a file, both directions, units and issue told above, hostile bytes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources.meters import two_section

NAMES = "Anläggnings-id;Tidpunkt för export;Energiprodukt;Starttidpunkt;Sluttidpunkt;Måttenhet\n"
HEAD = "\nStarttidpunkt;Sluttidpunkt;Energiriktning;Kvalitet;Kvantitet\n"


def about(meter: str, unit: str = "kWh", issued: str = "2026-07-30 12:57:06") -> str:
    return NAMES + f"{meter};{issued};Aktiv energi;2025-10-01 00:00:00;2025-11-01 00:00:00;{unit}\n"


def row(value: str, direction: str = "Förbrukning", quality: str = "Uppmätt", start: str = "2025-10-01 00:00") -> str:
    begin = datetime.strptime(start, "%Y-%m-%d %H:%M")
    return f"{start};{begin + timedelta(minutes=15)};{direction};{quality};{value}\n"


def read(content: str, **options: Any) -> Parsed:
    return two_section.read(content.encode(), "eon.csv", options)


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_the_synthetic_export_is_known_without_settings(real_file: Callable[[str], bytes]) -> None:
    data = real_file("meter/eon_matvardesexport_synthetic.csv")
    assert two_section.detect(data[:4096], "x.csv")
    parsed = two_section.read(data, "eon.csv", {})
    assert parsed.tables["readings"].rows() == [
        (5, "735999000000000001", "energy_kwh", "interval", utc(2025, 9, 30, 23), utc(2025, 9, 30, 23, 15), 0.052,
         "measured")
    ]  # fmt: skip
    assert (parsed.issued_at, parsed.findings, parsed.rejects.height) == ("2026-07-30T12:57:06", [], 0)


def test_several_meters_follow_one_another_with_their_own_units() -> None:
    parsed = read(
        about("1") + HEAD + row("0,5") + row("-1", start="2025-10-01 00:15") + "\n"
        + about("2", "MWh", "2026-08-01 00:00:00") + HEAD + row("2", quality="Beräknad")
        + about("3", "kvarh") + HEAD + row("3") + about("4", "m3") + HEAD + row("4")
    )  # fmt: skip
    found = parsed.tables["readings"].select("row_no", "metering_point", "quantity", "value", "status").rows()
    assert found == [
        (5, "1", "energy_kwh", 0.5, "measured"),
        (6, "1", "energy_kwh", -1.0, "measured"),
        (12, "2", "energy_kwh", 2000.0, "estimated"),
        (22, "4", "volume_m3", 4.0, "measured"),
    ]
    assert parsed.rejects.select("row_no", "rule").rows() == [(17, "unknown_unit")]
    assert "kvarh" in parsed.rejects["message"][0]
    assert (parsed.issued_at, parsed.rows_in) == ("2026-08-01T00:00:00", 5)


BOTH = about("1") + HEAD + row("1") + row("9", "Produktion") + about("2") + HEAD + row("2") + row("8", "Produktion")


def test_production_is_never_added_to_consumption() -> None:
    parsed = read(BOTH)
    assert parsed.tables["readings"].select("metering_point", "value").rows() == [("1", 1.0), ("2", 2.0)]
    assert [(f.rule, f.row_no) for f in parsed.findings] == [("rows_left_out", 6)]
    assert "2 rader lästes inte: riktningen är «Produktion»" in parsed.findings[0].message
    assert parsed.rows_in == 2


def test_the_other_direction_may_have_its_own_point_or_be_the_one_read() -> None:
    found = read(BOTH, other_direction={"1": "1P"})
    assert found.tables["readings"].select("metering_point", "value").rows() == [("1", 1.0), ("1P", 9.0), ("2", 2.0)]
    assert len(found.findings) == 1
    made = read(BOTH, direction="Produktion", meters={"2": "tak"})
    assert made.tables["readings"].select("metering_point", "value").rows() == [("1", 9.0), ("tak", 8.0)]


def test_bad_rows_are_refused_with_their_reason() -> None:
    rows = [row("x"), row("1", quality="Gissad"), row("1", "Uppåt"), row("", quality="Uppmätt"), "2025-10-01 00:00;1\n",
            row("1").replace("2025-10-01 00:15", "2025-09-01 00:15"), row("1", quality="Saknas"),
            row("1").replace("2025-10-01 00:00;", "i går;")]  # fmt: skip
    parsed = read(about("1") + HEAD + "".join(rows))
    assert parsed.rejects.select("row_no", "rule").rows() == [
        (5, "not_a_number"), (6, "unknown_status"), (7, "unknown_direction"), (8, "missing_value"), (9, "ragged_row"),
        (10, "bad_interval"), (11, "missing_value"), (12, "bad_time"),
    ]  # fmt: skip
    assert parsed.rows_in == 8


def test_names_and_values_may_stand_on_one_line_each() -> None:
    parsed = read("Mätpunkt:;77\nEnhet;MWh\nSkapad;2024-02-01\n\nTidpunkt;Mätvärde\n2024-01-01 00:00;1\n")
    assert parsed.tables["readings"].select("metering_point", "value", "end_utc").rows() == [
        ("77", 1000.0, utc(2024, 1, 1, 0))
    ]
    assert parsed.issued_at == "2024-02-01T00:00:00"


def test_the_days_of_the_clock_change_prove_the_clock() -> None:
    def days(hours: list[int]) -> str:
        times = [(d, h) for d in (30, 31) for h in (range(24) if d == 30 else hours)]
        rows = [row("1", start=f"2024-03-{d} {h:02d}:{m:02d}") for d, h in times for m in (0, 15, 30, 45)]
        return about("1") + HEAD + "".join(rows) + row("1", start="2024-04-01 00:00")

    fixed, civil = days(list(range(24))), days([h for h in range(24) if h != 2])
    assert read(fixed).findings == []
    assert [f.rule for f in read(civil).findings] == ["clock_dst_rows"]
    assert [f.rule for f in read(civil, clock="Europe/Stockholm").findings] == []
    assert [f.rule for f in read(fixed, clock="Europe/Stockholm").findings] == ["clock_dst_rows"]


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (about("1"), {}, "kolumnen «Kvantitet» finns inte"),
        (HEAD + row("1"), {}, "ingen mätpunkt finns"),
        (about("1") + HEAD, {"direction": "Upp"}, "Förbrukning eller Produktion"),
        (about("1") + HEAD, {"meters": {"1": "a", "2": "a"}}, "anges för flera mätare"),
        (about("1") + HEAD, {"other_direction": {"1": "a"}, "meters": {"2": "a"}}, "anges för flera mätare"),
        (about("1") + HEAD, {"unit": "kvarh"}, "hör inte till någon storhet"),
        (about("1") + HEAD, {"value_column": "Mängd"}, "kolumnen «Mängd» finns inte"),
    ],
)
def test_what_does_not_hold_together_is_refused(content: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read(content, **options)


def test_empty_sections_and_cut_files_are_told() -> None:
    assert [f.rule for f in read(about("1") + HEAD).findings] == ["no_rows"]
    assert [f.rule for f in read(about("1") + HEAD + row("1") + about("2")).findings] == ["section_without_rows"]


def test_many_sections_are_read_in_reasonable_time() -> None:
    parsed = read("".join(about(str(n)) + HEAD + row("1") for n in range(2000)))
    assert parsed.tables["readings"]["metering_point"].n_unique() == 2000


PARTS = st.sampled_from(
    [about("1"), about("2", "MWh"), HEAD, row("1"), row("2", "Produktion"), row("x"), "\n", "a;b\n"]
)


@settings(max_examples=50)
@given(st.lists(PARTS, max_size=10))
def test_any_order_of_parts_is_read_or_refused(parts: list[str]) -> None:
    try:
        parsed = read("".join(parts))
    except SourceError:
        return
    seen = pl.concat([parsed.tables["readings"]["row_no"], parsed.rejects["row_no"]])
    assert seen.n_unique() == len(seen) == parsed.rows_in


@settings(max_examples=50)
@given(st.binary(max_size=60), st.integers(0, 500))
def test_any_bytes_are_rows_or_a_source_error(junk: bytes, at: int) -> None:
    good = (about("1") + HEAD + row("1") + row("2", start="2025-10-01 00:15")).encode()
    for data in (junk, good[:at] + junk + good[at:], good[: at % len(good)]):
        two_section.detect(data, "x")
        try:
            parsed = two_section.read(data, "x", {})
        except SourceError:
            continue
        assert parsed.rows_in == parsed.tables["readings"].height + parsed.rejects.height
