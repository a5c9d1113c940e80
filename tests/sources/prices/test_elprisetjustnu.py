"""elprisetjustnu.se: two currencies an interval, exact decimals, DST days, hours and quarters."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources.prices import elprisetjustnu

CIVIL = ZoneInfo("Europe/Stockholm")
GOOD = {
    "SEK_per_kWh": 0.99498,
    "EUR_per_kWh": 0.08883,
    "EXR": 11.2,
    "time_start": "2024-01-05T00:00:00+01:00",
    "time_end": "2024-01-05T01:00:00+01:00",
}


def day(first: date, minutes: int = 60) -> list[dict[str, object]]:
    """Return the intervals of a civil day, the price being the interval's number."""
    at = datetime.combine(first, datetime.min.time(), CIVIL).astimezone(UTC)
    end = datetime.combine(first + timedelta(days=1), datetime.min.time(), CIVIL).astimezone(UTC)
    rows: list[dict[str, object]] = []
    while at < end:
        after = at + timedelta(minutes=minutes)
        rows.append({
            "SEK_per_kWh": len(rows), "EUR_per_kWh": -len(rows) / 1000, "EXR": 11.0,
            "time_start": at.astimezone(CIVIL).isoformat(), "time_end": after.astimezone(CIVIL).isoformat(),
        })  # fmt: skip
        at = after
    return rows


def read(content: object, name: str = "2024-01-05_SE3.json") -> Parsed:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    parsed = elprisetjustnu.read(data, name, {})
    assert parsed.rows_in == parsed.tables["prices"].height + parsed.rejects.height
    return parsed


def test_an_interval_is_a_price_in_each_currency() -> None:
    parsed = read([GOOD])
    start = datetime(2024, 1, 4, 23, tzinfo=UTC)
    assert parsed.tables["prices"].rows() == [
        (1, "SE3", start, start + timedelta(hours=1), "EUR", 88.83),
        (1, "SE3", start, start + timedelta(hours=1), "SEK", 994.98),
    ]
    assert [(f.rule, f.level) for f in parsed.findings] == [("incomplete_day", "warning")]
    assert "1 av 24 timmar" in parsed.findings[0].message


@pytest.mark.parametrize(
    ("first", "minutes", "count"),
    [
        (date(2024, 1, 5), 60, 24),
        (date(2024, 3, 31), 60, 23),
        (date(2024, 10, 27), 60, 25),
        (date(2025, 10, 1), 15, 96),
        (date(2026, 3, 29), 15, 92),
        (date(2025, 10, 26), 15, 100),
    ],
)
def test_days_are_whole_also_when_the_clocks_change(first: date, minutes: int, count: int) -> None:
    parsed = read(day(first, minutes))
    table = parsed.tables["prices"]
    assert parsed.findings == []
    assert table.height == 2 * count
    assert table["start_utc"].n_unique() == count
    lost = day(first, minutes)[:-1]
    assert [f.rule for f in read(lost).findings] == ["incomplete_day"]


@pytest.mark.parametrize(
    ("written", "found"),
    [("1e-05", 0.01), ("-0.00001", -0.01), ("0", 0.0), ("-1E-05", -0.01), ("0.1", 100.0), ("1.23456", 1234.56)],
)
def test_numbers_are_read_from_their_text(written: str, found: float) -> None:
    content = json.dumps([GOOD]).replace("0.99498", written).encode()
    table = read(content).tables["prices"]
    assert table.filter(currency="SEK")["price_per_mwh"].to_list() == [found]


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ({"SEK_per_kWh": None}, ["missing_value"]),
        ({"SEK_per_kWh": "dyrt"}, ["not_a_number"]),
        ({"SEK_per_kWh": [1]}, ["missing_value"]),
        ({"EUR_per_kWh": True, "SEK_per_kWh": {}}, ["missing_value", "missing_value"]),
        ({"time_end": "2024-01-05T02:00:00+01:00"}, ["bad_interval", "bad_interval"]),
        ({"time_end": GOOD["time_start"]}, ["bad_interval", "bad_interval"]),
        ({"time_start": "2024-01-05T00:00:00"}, ["bad_time", "bad_time"]),
        ({"time_start": "2024-01-05T00:00:00+05:00"}, ["bad_time", "bad_time"]),
        ({"time_start": None}, ["bad_time", "bad_time"]),
    ],
)
def test_what_cannot_be_read_is_refused_and_the_rest_loaded(change: dict[str, object], rules: list[str]) -> None:
    parsed = read([GOOD, {**GOOD, **change}])
    assert parsed.rejects["rule"].to_list() == rules
    assert set(parsed.rejects["row_no"]) == {2}
    assert parsed.rejects["original"].str.starts_with("{").all()
    assert parsed.rows_in == 4


@pytest.mark.parametrize("content", [[], {}, "x", [3], b"[", b"[NaN]", b"[" * 100_000, b"<html>", b"[1" + b"0" * 9999])
def test_what_is_no_list_of_prices(content: object) -> None:
    try:
        parsed = read(content)
    except SourceError as error:
        assert str(error).startswith("2024-01-05_SE3.json")
    else:
        assert parsed.tables["prices"].is_empty()
        assert parsed.rejects.height == 2


@pytest.mark.parametrize(
    ("name", "options", "area"),
    [("a_se1.json", {}, "SE1"), ("priser/SE4/x_SE2_2.json", {}, "SE2"), ("x.json", {"area": "SE4"}, "SE4")],
)
def test_the_area_stands_in_the_name_or_the_settings(name: str, options: dict[str, str], area: str) -> None:
    data = json.dumps([GOOD]).encode()
    assert set(elprisetjustnu.read(data, name, options).tables["prices"]["area"]) == {area}


@pytest.mark.parametrize("name", ["x.json", "SE3SE4.json", "SE1_SE2.json", "BASE3.json"])
def test_without_an_area_nothing_is_read(name: str) -> None:
    with pytest.raises(SourceError, match="elområdet"):
        elprisetjustnu.read(json.dumps([GOOD]).encode(), name, {})
    with pytest.raises(SourceError, match="SE5"):
        elprisetjustnu.check({"area": "SE5"}, "energibok.toml")


@settings(max_examples=40)
@given(st.lists(st.dictionaries(st.sampled_from(sorted(GOOD)), st.none() | st.floats() | st.text(max_size=30))))
def test_any_list_is_loaded_refused_or_told(rows: list[dict[str, object]]) -> None:
    try:
        parsed = read(json.dumps([*rows, GOOD]).encode())
    except SourceError as error:
        assert "JSON" in str(error)  # NaN and infinity
    else:
        assert parsed.rows_in == 2 * (len(rows) + 1)


def test_the_order_of_the_list_means_nothing() -> None:
    rows = day(date(2024, 10, 27))
    columns = ["start_utc", "currency", "price_per_mwh"]
    one, two = (read(r).tables["prices"].select(columns).sort(columns) for r in (rows, rows[::-1]))
    assert one.equals(two)


def test_a_sample_as_published(real_file: Callable[[str], bytes]) -> None:
    data = real_file("spot_formats/elprisetjustnu_2024-01-05_sample.json")
    assert elprisetjustnu.detect(data[:4096], "x.json")
    table = elprisetjustnu.read(data, "x_SE3.json", {}).tables["prices"]
    assert table.filter(currency="SEK")["price_per_mwh"].to_list() == [994.98, 930.69]
    assert table.filter(currency="EUR")["price_per_mwh"].to_list() == [88.83, 83.09]
