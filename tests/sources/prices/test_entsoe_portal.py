"""The portal's export: civil time with its empty spring hour and its double autumn hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources.prices import entsoe_portal

HEAD = '"MTU (CET/CEST)","Day-ahead Price [EUR/MWh]","Currency","BZN|SE3"\n'


def read(content: str, name: str = "pris.csv") -> Parsed:
    parsed = entsoe_portal.read(content.encode(), name, {})
    assert parsed.rows_in == parsed.tables["prices"].height + parsed.rejects.height
    return parsed


def row(day: str, first: str, last: str, price: str = "1.00", currency: str = "EUR") -> str:
    return f'"{day} {first} - {day} {last}","{price}","{currency}"\n'


def test_the_spring_hour_is_empty_and_nothing_is_missing() -> None:
    day = "28.03.2021"
    rows = [row(day, "01:00", "02:00"), row(day, "02:00", "03:00", "", ""), row(day, "03:00", "04:00")]
    parsed = read(HEAD + "".join(rows))
    assert parsed.tables["prices"]["start_utc"].to_list() == [
        datetime(2021, 3, 28, 0, tzinfo=UTC), datetime(2021, 3, 28, 1, tzinfo=UTC)
    ]  # fmt: skip
    assert parsed.rejects.select("row_no", "rule").rows() == [(3, "missing_value")]
    assert "inget saknas" in parsed.rejects["message"][0]
    assert parsed.findings == []
    priced = read(HEAD + row(day, "02:00", "03:00"))
    assert priced.rejects["rule"].to_list() == ["nonexistent_time"]


def test_the_autumn_hour_comes_twice() -> None:
    day = "31.10.2021"
    rows = [row(day, "01:00", "02:00", "1"), row(day, "02:00", "03:00", "2"), row(day, "02:00", "03:00", "3"),
            row(day, "03:00", "04:00", "-4")]  # fmt: skip
    table = read(HEAD + "".join(rows)).tables["prices"]
    first = datetime(2021, 10, 30, 23, tzinfo=UTC)
    assert table["start_utc"].to_list() == [first + timedelta(hours=h) for h in range(4)]
    assert table["end_utc"].to_list() == [first + timedelta(hours=h + 1) for h in range(4)]
    assert table["price_per_mwh"].to_list() == [1.0, 2.0, 3.0, -4.0]
    alone = read(HEAD + row(day, "02:00", "03:00"))
    assert alone.rejects["rule"].to_list() == ["ambiguous_time"]


def test_what_is_refused() -> None:
    day = "01.01.2021"
    rows = [
        row(day, "00:00", "01:00", "n/e"),
        row(day, "01:00", "02:00", "1,5"),
        row(day, "02:00", "03:00", "1", "SEK"),
        row("32.01.2021", "00:00", "01:00"),
        row(day, "04:00", "09:00"),
        f'"{day} 05:00',
    ]
    parsed = read(HEAD + "".join(rows))
    assert parsed.rejects.select("row_no", "rule").rows() == [
        (2, "missing_value"), (3, "not_a_number"), (4, "wrong_currency"), (5, "bad_time"), (6, "bad_time"),
        (7, "ragged_row"),
    ]  # fmt: skip
    assert [f.message for f in parsed.findings] == ["1 priser saknas i filen."]


def test_the_newer_layout_with_quarters_area_and_slashes() -> None:
    content = (
        "MTU (UTC),Area,Sequence,Day-ahead Price (EUR/MWh)\n"
        "01/10/2025 00:00:00 - 01/10/2025 00:15:00,BZN|SE3,Without Sequence,45.07\n"
    )
    parsed = read(content)
    assert parsed.tables["prices"].rows() == [
        (2, "SE3", datetime(2025, 10, 1, tzinfo=UTC), datetime(2025, 10, 1, 0, 15, tzinfo=UTC), "EUR", 45.07)
    ]
    assert parsed.clock == "UTC"


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (HEAD.replace("MTU (CET/CEST)", "Time"), "kolumnen «MTU \\(»"),
        (HEAD.replace("CET/CEST", "EET"), "okänd tid"),
        (HEAD.replace("EUR/MWh", "EUR"), "inte valuta/MWh"),
        (HEAD.replace("BZN|SE3", ""), "elområdet"),
    ],
)
def test_another_header_stops_the_file(head: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read(head + row("01.01.2021", "00:00", "01:00"))


@pytest.mark.parametrize(("year", "mean", "spring_row"), [(2021, 66.0, 2068), (2022, 129.2, 2044)])
def test_the_portals_own_files(real_file: Callable[[str], bytes], year: int, mean: float, spring_row: int) -> None:
    name = f"SE3_{year}_entsoe.csv"
    data = real_file(f"se3_spot_prices/entsoe_export_original/{name}")
    assert entsoe_portal.detect(data[:4096], name)
    parsed = entsoe_portal.read(data, name, {})
    table = parsed.tables["prices"]
    assert table.height == 8760
    assert (table["start_utc"].diff().drop_nulls() == timedelta(hours=1)).all()
    assert parsed.rejects.select("row_no", "rule").rows() == [(spring_row, "missing_value")]
    assert table["price_per_mwh"].mean() == pytest.approx(mean, abs=0.1)
