"""Green Button feeds: units, registers, directions, qualities, links, hostile XML."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources.meters import espi

BASE = "https://x.se/espi/1_1/resource"
READING = f"{BASE}/Subscription/1/UsagePoint/P1/MeterReading/1"


def entry(content: str, own: str = "", up: str = "", *related: str) -> str:
    links = [("self", own), ("up", up), *(("related", r) for r in related)]
    told = "".join(f'<link rel="{rel}" href="{href}"/>' for rel, href in links if href)
    return f"<entry>{told}<content>{content}</content></entry>"


def kind(own: str = f"{BASE}/ReadingType/1", **words: str) -> str:
    told = {"accumulationBehaviour": "4", "flowDirection": "1", "powerOfTenMultiplier": "0", "uom": "72", **words}
    return entry(f'<ReadingType xmlns="http://naesb.org/espi">{"".join(f"<{k}>{v}</{k}>" for k, v in told.items())}'
                 "</ReadingType>", own)  # fmt: skip


def value(start: int | str = 1704063600, duration: int | str = 3600, number: int | str = 1500, *codes: int) -> str:
    quality = "".join(f"<ReadingQuality><quality>{c}</quality></ReadingQuality>" for c in codes)
    length = f"<duration>{duration}</duration>" if duration != "" else ""
    period = f"<timePeriod>{length}<start>{start}</start></timePeriod>"
    return f"<IntervalReading>{quality}{period}<value>{number}</value></IntervalReading>"


def block(*values: str, reading: str = READING) -> str:
    inner = f'<IntervalBlock xmlns="http://naesb.org/espi">{"".join(values)}</IntervalBlock>'
    return entry(inner, f"{reading}/IntervalBlock/1", f"{reading}/IntervalBlock")


LINK = entry('<MeterReading xmlns="http://naesb.org/espi"/>', READING, f"{BASE}/x", f"{READING}/IntervalBlock",
             f"{BASE}/ReadingType/1")  # fmt: skip


def feed(*entries: str) -> bytes:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><updated>2024-02-01T06:00:00Z</updated>{"".join(entries)}</feed>'.encode()


def read(data: bytes, **options: Any) -> Parsed:
    return espi.read(data, "flode.xml", options)


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_a_feed_of_intervals() -> None:
    parsed = read(feed(kind(), LINK, block(value(), value(1704067200, 3600, -20))), meters={"P1": "7359"})
    assert parsed.tables["readings"].rows() == [
        (1, "7359", "energy_kwh", "interval", utc(2023, 12, 31, 23), utc(2024, 1, 1, 0), 1.5, "measured"),
        (2, "7359", "energy_kwh", "interval", utc(2024, 1, 1, 0), utc(2024, 1, 1, 1), -0.02, "measured"),
    ]
    assert (parsed.issued_at, parsed.clock, parsed.findings) == ("2024-02-01T06:00:00Z", "UTC", [])


@pytest.mark.parametrize(
    ("words", "quantity", "value_"),
    [
        ({"powerOfTenMultiplier": "3"}, "energy_kwh", 1500.0),
        ({"powerOfTenMultiplier": "-3"}, "energy_kwh", 0.0015),
        ({"uom": "42"}, "volume_m3", 1500.0),
        ({"uom": "134"}, "volume_m3", 1.5),
        ({"uom": "38", "accumulationBehaviour": "6", "dataQualifier": "2"}, "power_kw", 1.5),
    ],
)
def test_units_and_powers_of_ten(words: dict[str, str], quantity: str, value_: float) -> None:
    found = read(feed(kind(**words), LINK, block(value()))).tables["readings"]
    assert found.select("quantity", "kind").row(0) == (quantity, "interval")
    assert found["value"][0] == pytest.approx(value_)


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ({"uom": "119"}, "unknown_unit"),
        ({"powerOfTenMultiplier": "99"}, "unknown_unit"),
        ({"powerOfTenMultiplier": "x"}, "unknown_unit"),
        ({"accumulationBehaviour": "6"}, "unknown_kind"),
        ({"uom": "38"}, "unknown_kind"),
        ({"flowDirection": "4"}, "unknown_direction"),
    ],
)
def test_codes_that_are_not_known_are_refused(words: dict[str, str], rule: str) -> None:
    assert read(feed(kind(**words), LINK, block(value()))).rejects["rule"].to_list() == [rule]


def test_registers_stand_at_an_instant() -> None:
    bulk = kind(accumulationBehaviour="1", intervalLength="3600")
    parsed = read(feed(bulk, LINK, block(value(duration=""), value(duration=0), value(duration=60))))
    at = utc(2023, 12, 31, 23)
    assert parsed.tables["readings"].select("kind", "start_utc", "end_utc").rows() == [("register", at, at)] * 2
    assert parsed.rejects["rule"].to_list() == ["unclear_instant"]


def test_the_worst_quality_counts_and_unknown_ones_are_refused() -> None:
    codes = [(), (0,), (7,), (8,), (9,), (10,), (11,), (12,), (14,), (17,), (19,), (17, 8), (16,), (99,)]
    parsed = read(feed(kind(), LINK, block(*(value(1704063600, 3600, 1, *c) for c in codes))))
    assert parsed.tables["readings"]["status"].to_list() == [
        "measured", "measured", "manual", "estimated", "interpolated", "suspect", "derived", "estimated", "measured",
        "measured", "measured", "estimated",
    ]  # fmt: skip
    assert parsed.rejects.select("row_no", "rule").rows() == [(13, "unknown_status"), (14, "unknown_status")]


def test_what_flows_back_is_never_added() -> None:
    data = feed(kind(flowDirection="19"), LINK, block(value()))
    parsed = read(data)
    assert parsed.tables["readings"].is_empty() and [f.rule for f in parsed.findings] == ["rows_left_out"]
    assert read(data, meters={"P1/19": "7359P"}).tables["readings"]["metering_point"].to_list() == ["7359P"]


def test_bad_readings_are_refused() -> None:
    bad = [value("x"), value(-1), value(10**13), value(duration=""), value(duration=-5), value(duration=10**9),
           value(number=""), value(number="1e"), value(number="nan")]  # fmt: skip
    rules = read(feed(kind(), LINK, block(*bad))).rejects["rule"].to_list()
    assert rules == ["bad_time"] * 3 + ["bad_interval"] * 3 + ["missing_value", "not_a_number", "not_a_number"]


def test_several_points_follow_their_links_and_the_unlinked_are_refused() -> None:
    other = READING.replace("P1", "P2")
    link = entry('<MeterReading xmlns="http://naesb.org/espi"/>', other, "", f"{BASE}/ReadingType/2")
    lost = entry('<IntervalBlock xmlns="http://naesb.org/espi">' + value() + "</IntervalBlock>")
    two = kind(f"{BASE}/ReadingType/2", uom="42")
    unlinked = block(value(), reading=READING.replace("P1", "P3"))
    parsed = read(feed(kind(), two, LINK, link, block(value()), block(value(), reading=other), lost, unlinked))
    found = parsed.tables["readings"].select("metering_point", "quantity").rows()
    assert found == [("P1", "energy_kwh"), ("P2", "volume_m3")]
    assert parsed.rejects["rule"].to_list() == ["missing_meter", "unknown_kind"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'<!DOCTYPE feed [<!ENTITY a "b">]><feed xmlns="http://www.w3.org/2005/Atom">&a;</feed>', "DOCTYPE"),
        (feed(kind())[:-9], "inte välformad"),
        (b"<a/>", "inget Atom-flöde"),
        (b"", "filen är tom"),
    ],
)
def test_what_is_no_feed_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read(data)


def test_known_by_its_namespace_and_an_empty_feed_is_told() -> None:
    assert espi.detect(feed(kind()), "x.xml") and not espi.detect(b"<feed/>", "x.xml")
    assert [f.rule for f in read(feed(kind())).findings] == ["no_rows"]


@settings(max_examples=60)
@given(st.binary(max_size=30), st.integers(0, 1500))
def test_any_bytes_are_readings_or_a_source_error(junk: bytes, at: int) -> None:
    good = feed(kind(), LINK, block(value(), value(number=2)))
    for data in (junk, good[:at] + junk + good[at:], good[:at] + junk + good[at + len(junk) :]):
        espi.detect(data, "x")
        try:
            parsed = read(data)
        except SourceError:
            continue
        assert parsed.rows_in == parsed.tables["readings"].height + parsed.rejects.height
