"""ENTSO-E A44: positions left out are drawn forward and told, cut publications warned of, other series left alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources.prices import entsoe_a44

SE3 = "10Y1001A1001A46L"
START = datetime(2026, 1, 31, 23, tzinfo=UTC)


def period(points: dict[int | str, str], start: str = "2026-01-31T23:00Z", end: str = "2026-02-01T23:00Z",
           resolution: str = "PT60M") -> str:  # fmt: skip
    rows = "".join(
        f"<Point><position>{place}</position><price.amount>{price}</price.amount></Point>\n"
        for place, price in points.items()
    )
    return (
        f"<Period><timeInterval><start>{start}</start><end>{end}</end></timeInterval>"
        f"<resolution>{resolution}</resolution>\n{rows}</Period>\n"
    )


def series(*periods: str, zone: str = SE3, curve: str = "A03", market: str = "A01", sequence: str = "1",
           currency: str = "EUR", unit: str = "MWH") -> str:  # fmt: skip
    return (
        f"<TimeSeries><mRID>1</mRID><in_Domain.mRID>{zone}</in_Domain.mRID><out_Domain.mRID>{zone}</out_Domain.mRID>"
        f"<contract_MarketAgreement.type>{market}</contract_MarketAgreement.type>"
        "<classificationSequence_AttributeInstanceComponent.position>"
        f"{sequence}</classificationSequence_AttributeInstanceComponent.position>"
        f"<currency_Unit.name>{currency}</currency_Unit.name><price_Measure_Unit.name>{unit}</price_Measure_Unit.name>"
        f"<curveType>{curve}</curveType>\n{''.join(periods)}</TimeSeries>\n"
    )


def document(*all_series: str, kind: str = "A44") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<Publication_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:3">'
        f"<mRID>x</mRID><type>{kind}</type><createdDateTime>2026-01-31T11:57:02Z</createdDateTime>\n"
        f"{''.join(all_series)}</Publication_MarketDocument>"
    )


def read(content: str) -> Parsed:
    assert entsoe_a44.detect(content.encode()[:4096], "x.xml")
    parsed = entsoe_a44.read(content.encode(), "x.xml", {})
    assert parsed.rows_in == parsed.tables["prices"].height + parsed.rejects.height
    return parsed


def test_a_position_left_out_repeats_the_price_before_it() -> None:
    parsed = read(document(series(period({1: "50.00", 3: "-2.10", 20: "0"}))))
    table = parsed.tables["prices"]
    assert table["price_per_mwh"].to_list() == [50.0] * 2 + [-2.1] * 17 + [0.0] * 5
    assert table.row(0) == (5, "SE3", START, START + timedelta(hours=1), "EUR", 50.0)
    assert table["row_no"].to_list() == [5] * 2 + [6] * 17 + [7] * 5
    assert table["end_utc"][-1] == datetime(2026, 2, 1, 23, tzinfo=UTC)
    assert [(f.rule, f.level) for f in parsed.findings] == [("prices_drawn_forward", "info")]
    assert "21 av 24 priser" in parsed.findings[0].message
    assert parsed.issued_at == "2026-01-31T11:57:02+00:00"


def test_a_publication_that_ends_early_is_warned_of() -> None:
    parsed = read(document(series(period({1: "50", 17: "60"}))))
    assert [f.rule for f in parsed.findings] == ["prices_drawn_forward", "prices_cut"]
    assert "position 17 av 24" in parsed.findings[1].message
    assert [f.rule for f in read(document(series(period({1: "50", 18: "60"})))).findings] == ["prices_drawn_forward"]


def test_fixed_blocks_are_never_drawn() -> None:
    parsed = read(document(series(period({n: str(n) for n in range(1, 25) if n != 5}), curve="A01")))
    assert parsed.tables["prices"].height == 23
    assert [(f.rule, f.level) for f in parsed.findings] == [("missing_prices", "warning")]


def test_what_comes_before_the_first_price_is_unknown() -> None:
    parsed = read(document(series(period({4: "50", 24: "60"}))))
    assert parsed.tables["prices"]["start_utc"][0] == START + timedelta(hours=3)
    assert "3 priser saknas" in parsed.findings[1].message


@pytest.mark.parametrize(
    ("start", "end", "resolution", "count"),
    [
        ("2026-03-28T23:00Z", "2026-03-29T22:00Z", "PT15M", 92),
        ("2025-10-25T22:00Z", "2025-10-26T23:00Z", "PT15M", 100),
        ("2024-10-26T22:00Z", "2024-10-27T23:00Z", "PT60M", 25),
        ("2025-10-01T22:00Z", "2025-10-02T22:00:00Z", "PT30M", 48),
    ],
)
def test_resolutions_and_days_of_the_clock_change(start: str, end: str, resolution: str, count: int) -> None:
    table = read(document(series(period({1: "1", count: "2"}, start, end, resolution)))).tables["prices"]
    assert table.height == count
    assert (table["start_utc"].diff().drop_nulls() == table["end_utc"][0] - table["start_utc"][0]).all()


def test_a_price_that_cannot_be_read_is_not_drawn_over() -> None:
    parsed = read(document(series(period({1: "50", 5: "dyrt", 9: "60", 24: "70"}))))
    assert parsed.rejects.select("row_no", "rule", "original").rows() == [(6, "not_a_number", "position 5: dyrt")]
    hours = [(s - START) // timedelta(hours=1) for s in parsed.tables["prices"]["start_utc"]]
    assert hours == [0, 1, 2, 3, *range(8, 24)]
    assert "4 priser saknas" in parsed.findings[1].message


def test_nothing_is_drawn_where_a_position_cannot_be_read() -> None:
    parsed = read(document(series(period({1: "50", "x": "55", 25: "60", 0: "1", 3: "70"}))))
    assert parsed.rejects["rule"].to_list() == ["bad_position"] * 3
    assert parsed.tables["prices"]["price_per_mwh"].to_list() == [50, 70]


def test_a_repeated_position_must_agree() -> None:
    twice = period({1: "50", 24: "60"}).replace("</Period>", "{}</Period>")
    again = "<Point><position>24</position><price.amount>{}</price.amount></Point>"
    same = read(document(series(twice.format(again.format("60.0")))))
    assert same.rejects["rule"].to_list() == ["repeated_position"]
    assert same.tables["prices"]["price_per_mwh"][-1] == 60
    other = read(document(series(twice.format(again.format("61")))))
    assert other.rejects["rule"].to_list() == ["conflicting_position"] * 2
    assert other.tables["prices"].height == 23


def test_other_areas_markets_and_auctions_are_told_and_left() -> None:
    one = period({1: "1", 24: "2"})
    parsed = read(
        document(
            series(one), series(one, sequence="2"), series(one, market="A07"), series(one, zone="10Y1001A1001A82H")
        )
    )
    assert parsed.tables["prices"].height == 24
    told = [f.message for f in parsed.findings if f.rule == "other_series"]
    assert len(told) == 3
    assert told[0] == "2 priser används inte: auktionen har sekvens 2, inte 1."


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (series(period({1: "1"}), currency="PLN"), "wrong_currency"),
        (series(period({1: "1"}), unit="KWH"), "unknown_unit"),
        (series(period({1: "1"}), curve="A05"), "unknown_curve"),
        (series(period({1: "1"}, resolution="P1D")), "unknown_resolution"),
        (series(period({1: "1"}, end="2026-02-01T23:30Z")), "bad_interval"),
        (series(period({1: "1"}, end="2026-01-01T23:00Z")), "bad_time"),
        (series(period({1: "1"}, end="2029-01-01T23:00Z")), "bad_time"),
        (series(period({1: "1"}, start="igår")), "bad_time"),
    ],
)
def test_a_period_that_cannot_be_read_is_refused_and_the_next_one_loaded(wrong: str, rule: str) -> None:
    parsed = read(document(wrong, series(period({1: "7", 24: "8"}))))
    assert parsed.rejects["rule"].to_list() == [rule]
    assert parsed.tables["prices"].height == 24
    assert ("bad_period", "error") in [(f.rule, f.level) for f in parsed.findings]


def test_entsoes_own_refusal_is_passed_on() -> None:
    content = (
        '<Acknowledgement_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-1:acknowledgementdocument:7:0">'
        "<Reason><code>999</code><text>No matching data found</text></Reason></Acknowledgement_MarketDocument>"
    )
    assert entsoe_a44.detect(content.encode(), "x.xml")
    with pytest.raises(SourceError, match="utan priser: No matching data found"):
        entsoe_a44.read(content.encode(), "x.xml", {})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (document(series(period({1: "1"}), zone="10YXX")), "inga priser för SE1–SE4 .området är 10YXX"),
        (document(), "inga prisserier"),
        (document(kind="A65"), "inte priser"),
        ("<a/>", "inte priser"),
        ("<Publication_MarketDocument>", "välformad"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><Publication_MarketDocument>&x;</Publication_MarketDocument>', "DOCTYPE"),
        (document(*[series(*[period({1: "1"}, "2024-01-01T00:00Z", "2025-01-01T00:00Z", "PT15M")] * 90)]), "fler än"),
        ("", "tom"),
    ],
)
def test_what_is_no_publication_of_swedish_prices(content: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        entsoe_a44.read(content.encode(), "x.xml", {})


@settings(max_examples=60)
@given(st.data())
def test_any_damage_gives_rows_rejects_or_an_error(data: st.DataObject) -> None:
    content = document(series(period({1: "50", 3: "-2.1"})), series(period({1: "1"}), sequence="2")).encode()
    at = data.draw(st.integers(0, len(content)))
    length = data.draw(st.integers(0, 30))
    broken = content[:at] + data.draw(st.binary(max_size=12)) + content[at + length :]
    try:
        parsed = entsoe_a44.read(broken, "x.xml", {})
    except SourceError:
        return
    assert parsed.rows_in == parsed.tables["prices"].height + parsed.rejects.height


def test_the_order_of_series_means_nothing() -> None:
    days = [series(period({1: str(d), 24: "9"}, f"2026-02-0{d}T23:00Z", f"2026-02-0{d + 1}T23:00Z")) for d in (1, 2, 3)]
    columns = ["start_utc", "price_per_mwh"]
    one, two = (read(document(*d)).tables["prices"].select(columns).sort(columns) for d in (days, days[::-1]))
    assert one.equals(two)
    assert one.height == 72


def test_a_sample_document(real_file: Callable[[str], bytes]) -> None:
    data = real_file("spot_formats/entsoe_a44_a03_PT15M_synthetic.xml")
    assert entsoe_a44.detect(data[:4096], "x.xml")
    table = entsoe_a44.read(data, "x.xml", {}).tables["prices"]
    assert table.height == 96
    assert table["price_per_mwh"].to_list() == [50.0] * 4 + [-2.1] * 85 + [61.3] * 7
