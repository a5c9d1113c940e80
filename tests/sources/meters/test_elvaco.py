"""Elvaco's registers that describe themselves: golden rows, error values, clocks, raw telegrams, hostile bytes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources.meters import elvaco

HEAD = (
    "#serial-number;device-position;primary-address;device-identification;created;value-data-count;manufacturer;version;"
    "device-type;access-number;status;signature;energy,Wh,inst-value,0,0,0;volume,m3,inst-value,0,0,0;"
    "flow-temp,°C,inst-value,0,0,0;return-temp,°C,inst-value,0,0,0;power,W,inst-value,0,0,0;"
    "volume,m3,inst-value,0,1,0;datetime,,inst-value,0,0,0;energy,Wh,inst-value,0,0,1\n"
)
CREATED = "2026-10-01 20:00:00"


def row(device: str = "07256946", created: str = CREATED, state: str = "0", *, energy: str = "4138000",
        volume: str = "959,160", supply: str = "74,41", back: str = "35,7", power: str = "42421") -> str:  # fmt: skip
    fixed = f"0016045167;0A;63;{device};{created};00;KAM;52;heat;32;{state};0"
    return f"{fixed};{energy};{volume};{supply};{back};{power};1736,2;2026-10-01 20:56:00;4000000\n"


def read(content: str, **options: Any) -> Parsed:
    return elvaco.read(content.encode(), "gw.csv", options)


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_a_row_is_registers_and_samples() -> None:
    parsed = read(HEAD + row())
    at = utc(2026, 10, 1, 19)
    assert parsed.tables["readings"].rows() == [
        (2, "07256946", "energy_kwh", "register", at, at, 4138.0, "measured"),
        (2, "07256946", "volume_m3", "register", at, at, 959.16, "measured"),
    ]
    assert parsed.tables["trends"].rows() == [
        (2, "07256946/supply_temperature_c", at, 74.41, None, "°C", "measured"),
        (2, "07256946/return_temperature_c", at, 35.7, None, "°C", "measured"),
        (2, "07256946/power_kw", at, 42.421, None, "kW", "measured"),
    ]
    assert [f.rule for f in parsed.findings] == ["columns_left_out"]
    assert "2 kolumner" in parsed.findings[0].message
    assert (parsed.rows_in, parsed.clock) == (5, "Etc/GMT-1")


def test_the_meter_s_own_clock_and_metering_points_are_settings() -> None:
    parsed = read(HEAD + row(), time="datetime", clock="UTC", meters={"07256946": "735999000000000123"})
    table = parsed.tables["readings"]
    assert table.select("metering_point", "start_utc").unique().rows() == [
        ("735999000000000123", utc(2026, 10, 1, 20, 56))
    ]
    assert parsed.tables["trends"]["point"][0] == "735999000000000123/supply_temperature_c"


def test_latin_1_is_read_as_utf_8_is() -> None:
    parsed = elvaco.read((HEAD + row()).encode("iso-8859-1"), "gw.csv", {})
    assert parsed.tables["trends"].height == 3


@pytest.mark.parametrize("value", ["999999", "999999000", "-999999", "99999999,999", "999999,000"])
def test_error_values_are_refused(value: str) -> None:
    parsed = read(HEAD + row(energy=value))
    assert parsed.rejects.select("row_no", "rule").rows() == [(2, "error_value")]
    assert parsed.tables["readings"]["quantity"].to_list() == ["volume_m3"]


def test_columns_of_error_values_are_refused_and_no_error_is_sound() -> None:
    head = HEAD.replace("energy,Wh,inst", "energy,Wh,err", 1).replace("volume,m3,inst", "volume no-error,m3,inst", 1)
    parsed = read(head + row())
    assert parsed.rejects["rule"].to_list() == ["error_value"]
    assert parsed.tables["readings"].select("quantity", "value").rows() == [("volume_m3", 959.16)]
    other = read(HEAD.replace("energy,Wh", "energy manufacturer-specific-02,Wh", 1) + row())
    assert other.tables["readings"]["quantity"].to_list() == ["volume_m3"]
    assert "manufacturer-specific-02" in other.findings[0].message


def test_bad_cells_and_rows_are_refused() -> None:
    lines = [row(energy="1.5"), row(device=""), row(created="i går"), "0016045167;0A;63\n",
             row(energy="", volume="", supply="", back="", power="")]  # fmt: skip
    parsed = read(HEAD + "".join(lines))
    told = sorted(parsed.rejects.group_by("row_no", "rule").len().rows())
    assert told == [(2, "not_a_number", 1), (3, "missing_meter", 5), (4, "bad_time", 5), (5, "ragged_row", 1),
                    (6, "missing_value", 1)]  # fmt: skip
    assert parsed.rows_in == 4 + 13
    unit = read(HEAD.replace("energy,Wh", "energy,kcal", 1) + row())
    assert unit.rejects["rule"].to_list() == ["unknown_unit"]


def test_the_status_byte_makes_values_suspect_but_a_low_battery_does_not() -> None:
    parsed = read(HEAD + row(state="00") + row(device="2", state="4") + row(device="3", state="16"))
    found = parsed.tables["readings"].filter(quantity="energy_kwh")
    assert found["status"].to_list() == ["measured", "measured", "suspect"]
    assert [(f.rule, f.row_no) for f in parsed.findings] == [("columns_left_out", None), ("meter_status", 3)]


def test_several_lines_of_headings_in_a_file() -> None:
    second = "#serial-number;device-identification;created;volume,m3,inst-value,0,0,0\n"
    parsed = read(HEAD + row() + second + "1;99;2026-10-01 21:00:00;12,5\n" + HEAD + row(created="2026-10-01 21:00:00"))
    found = parsed.tables["readings"].filter(quantity="volume_m3").select("row_no", "metering_point", "value").rows()
    assert found == [(2, "07256946", 959.16), (4, "99", 12.5), (6, "07256946", 959.16)]


def test_the_days_of_the_clock_change_prove_the_clock() -> None:
    def days(civil: bool) -> str:
        start = datetime(2026, 3, 28)
        times = [start + timedelta(hours=h) for h in range(72)]
        kept = [t for t in times if not (civil and (t.day, t.hour) == (29, 2))]
        return HEAD + "".join(row(created=str(t)) for t in kept)

    def clock(content: str, **options: Any) -> list[str]:
        return [f.rule for f in read(content, **options).findings if f.rule != "columns_left_out"]

    assert clock(days(civil=False)) == []
    assert clock(days(civil=True)) == ["clock_dst_rows"]
    assert clock(days(civil=True), clock="Europe/Stockholm") == []
    double = HEAD + "".join(row(created=f"2026-10-25 0{h}:00:00") for h in (1, 2, 2, 3))
    found = read(double, clock="Europe/Stockholm").tables["readings"].filter(quantity="energy_kwh")
    assert found["start_utc"].dt.hour().to_list() == [23, 0, 1, 2]
    once = read(HEAD + row(created="2026-10-25 02:00:00"), clock="Europe/Stockholm")
    assert once.rejects["rule"].unique().to_list() == ["ambiguous_time"]


RAW = "00000161;05047168;2009-12-17 00:00:00;00;08147268710405ac484103470000000c14807696\n"


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (RAW, {}, "råa M-Bus-telegram .rapportmall 2001 eller 3001"),
        ("#;key;value\n1;a;b\n", {}, "börjar inte med «#serial-number»"),
        ("#serial-number;created\n1;2\n", {}, "kolumnen «device-identification» finns inte"),
        (HEAD, {"time": "nu"}, "created"),
        (HEAD, {"meters": {"1": ""}}, "saknar mätpunkt"),
        (HEAD, {"meter": {}}, "Menade du «meters»"),
    ],
)
def test_what_does_not_hold_is_refused(content: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read(content, **options)


def test_files_are_known_by_their_first_line() -> None:
    assert elvaco.detect(HEAD.encode(), "a") and elvaco.detect(b"\xef\xbb\xbf" + HEAD.encode(), "a")
    assert elvaco.detect(RAW.encode(), "a")
    assert not elvaco.detect(b"serial-number;a", "a")
    assert [f.rule for f in read(HEAD).findings] == ["columns_left_out", "no_rows"]


@settings(max_examples=25)
@given(st.binary(max_size=60), st.integers(0, 1200))
def test_any_bytes_are_rows_or_a_source_error(junk: bytes, at: int) -> None:
    good = (HEAD + row() + row(device="2")).encode()
    for data in (junk, HEAD.encode() + junk, good[:at] + junk + good[at:], good[: at % len(good)]):
        try:
            parsed = elvaco.read(data, "x", {})
        except SourceError:
            continue
        tables = parsed.tables
        assert parsed.rows_in == tables["readings"].height + tables["trends"].height + parsed.rejects.height


@settings(max_examples=20)
@given(st.permutations([row(device=str(n), energy=str(n)) for n in range(5)]))
def test_the_order_of_rows_means_nothing(rows: list[str]) -> None:
    found = read(HEAD + "".join(rows)).tables["readings"].drop("row_no")
    assert sorted(found.rows()) == sorted(read(HEAD + "".join(sorted(rows))).tables["readings"].drop("row_no").rows())
