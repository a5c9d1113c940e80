"""Energi Data Service: hours and quarters, CSV and JSON, only Swedish areas, two columns of time that must agree."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources.prices import energinet

HOURS = "HourUTC;HourDK;PriceArea;SpotPriceDKK;SpotPriceEUR\n"
CSV = HOURS + (
    "2024-06-30 23:00;2024-07-01 01:00;SE3;150,25;20,150000\n"
    "2024-06-30 22:00;2024-07-01 00:00;SE3;-3,7;-0,5\n"
    "2024-06-30 22:00;2024-07-01 00:00;DK1;1,0;0,1\n"
)
QUARTERS = "TimeUTC,TimeDK,PriceArea,DayAheadPriceEUR,DayAheadPriceDKK\n"
MARCH = datetime(2026, 3, 28, 23, tzinfo=UTC)


def read(content: str, **options: str) -> Parsed:
    assert energinet.detect(content.encode()[:4096], "x.csv")
    parsed = energinet.read(content.encode(), "x.csv", options)
    assert parsed.rows_in == parsed.tables["prices"].height + parsed.rejects.height
    return parsed


def test_hours_of_swedish_areas() -> None:
    parsed = read(CSV)
    start = datetime(2024, 6, 30, 22, tzinfo=UTC)
    assert parsed.tables["prices"].rows() == [
        (2, "SE3", start + timedelta(hours=1), start + timedelta(hours=2), "EUR", 20.15),
        (3, "SE3", start, start + timedelta(hours=1), "EUR", -0.5),
    ]
    assert [(f.rule, f.message) for f in parsed.findings] == [
        ("other_areas", "1 priser för andra områden används inte: DK1.")
    ]


def quarters(first: datetime, count: int, clock: str = "Europe/Copenhagen") -> list[dict[str, object]]:
    rows = []
    for n in range(count):
        at = first + timedelta(minutes=15 * n)
        rows.append({
            "TimeUTC": f"{at:%Y-%m-%dT%H:%M:%S}", "TimeDK": f"{at.astimezone(ZoneInfo(clock)):%Y-%m-%dT%H:%M:%S}",
            "PriceArea": "SE4", "DayAheadPriceEUR": n / 4, "DayAheadPriceDKK": n * 1.9,
        })  # fmt: skip
    return rows


def test_quarters_of_the_api_over_a_change_of_clocks() -> None:
    content = json.dumps({"total": 92, "dataset": "DayAheadPrices", "records": quarters(MARCH, 92)})
    parsed = read(content)
    table = parsed.tables["prices"]
    assert parsed.findings == [] and table.height == 92
    assert table.row(91) == (92, "SE4", MARCH + timedelta(minutes=1365), MARCH + timedelta(hours=23), "EUR", 22.75)


def test_the_new_data_set_before_october_2025_is_per_hour() -> None:
    line = "{},,SE3,10.5,78\n"
    parsed = read(QUARTERS + line.format("2025-09-30T21:00:00Z") + line.format("2025-09-30T22:00") +
                  line.format("2025-09-30 21:15") + line.format("2025-09-30 22:10:00"))  # fmt: skip
    assert [(e - s).total_seconds() for s, e in parsed.tables["prices"].select("start_utc", "end_utc").rows()] == [
        3600,
        900,
    ]
    assert parsed.rejects.select("row_no", "rule").rows() == [(4, "bad_interval"), (5, "bad_interval")]


def test_columns_of_time_that_contradict_each_other_are_an_error() -> None:
    content = json.dumps(quarters(MARCH, 8, "Etc/GMT-2"))
    assert [(f.rule, f.level) for f in read(content).findings] == [("clock_dst_rows", "error")]


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("2024-01-01 00:00;;SE3;1;x", "not_a_number"),
        ("2024-01-01 00:00;;SE3;1;1.5", "not_a_number"),
        ("2024-01-01 00:00;;SE3;1;", "missing_value"),
        ("2024-01-01 00:00;;SE3;1", "ragged_row"),
        ("2024-01-01 00:00", "ragged_row"),
        ("2024-01-01 00:00;;SE5;1;1", "unknown_area"),
        ("2024-01-01 00:00;;;1;1", "unknown_area"),
        ("2024-01-01 00:30;;SE3;1;1", "bad_interval"),
        ("igår;;SE3;1;1", "bad_time"),
    ],
)
def test_bad_rows_are_refused_and_good_ones_loaded(line: str, rule: str) -> None:
    parsed = read(CSV + line + "\n")
    assert parsed.rejects.select("row_no", "rule", "original").rows() == [(5, rule, line)]
    assert parsed.tables["prices"].height == 2


def test_a_decimal_point_beside_semicolons_is_declared() -> None:
    line = "2024-01-01 00:00;2024-01-01 01:00;SE3;1;1.5\n"
    assert read(HOURS + line, decimal=".").tables["prices"]["price_per_mwh"].to_list() == [1.5]
    with pytest.raises(SourceError, match="decimal"):
        energinet.check({"decimal": "x"}, "energibok.toml")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("HourUTC;PriceArea;SpotPriceDKK\n", "kolumnen «SpotPriceEUR»"),
        ("HourDK;PriceArea;SpotPriceEUR\n", "kolumnen «HourUTC eller TimeUTC»"),
        (HOURS + "2024-01-01 00:00;;DK1;1;1\n", "inga rader för SE1–SE4"),
        ('{"records": []}', "records"),
        ("[1, 2]", "kolumnen"),
        ("[", "JSON"),
        ("", "tom"),
    ],
)
def test_what_is_no_table_of_prices(content: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        energinet.read(content.encode(), "x.csv", {})


def test_junk_among_records_is_refused() -> None:
    parsed = read(json.dumps([3, None, [], {"PriceArea": {}}, *quarters(MARCH, 2)]))
    assert parsed.rejects["rule"].to_list() == ["ragged_row"] * 4
    assert parsed.tables["prices"].height == 2


@settings(max_examples=50)
@given(body=st.text(alphabet=st.characters(exclude_categories=["Cs"]) | st.sampled_from(';,\nSE3-: 0"'), max_size=150))
def test_any_rows_are_loaded_refused_or_of_another_area(body: str) -> None:
    try:
        parsed = energinet.read((CSV + body).encode(), "x.csv", {})
    except SourceError as error:
        assert "binär" in str(error)
    else:
        assert parsed.rows_in == parsed.tables["prices"].height + parsed.rejects.height
        assert parsed.rejects.null_count().select("row_no", "rule", "message", "original").row(0) == (0, 0, 0, 0)
