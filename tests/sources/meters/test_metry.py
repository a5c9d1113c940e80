"""Metry's JSON: consumption of each granularity, readings, what is missing or unclear, hostile documents."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources.meters import metry

ID = "526f7711a158318a068b475f"
JULY = {"start_date": "2017-06-30T23:00:00+0000", "end_date": "2017-07-31T22:59:59+0000"}
DAY = {"start_date": "2017-07-01T23:00:00+0000", "end_date": "2017-07-02T22:59:59+0000"}


def answer(*periods: Any, **more: Any) -> bytes:
    return json.dumps({"code": 200, "data": [{"meter_id": ID, "periods": list(periods), **more}]}).encode()


def read(data: bytes, **options: Any) -> Parsed:
    return metry.read(data, "svar.json", options)


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[misc, arg-type]


def test_months_are_months_of_the_meter_s_clock_and_null_is_missing() -> None:
    period = {"start_date": "2017-05-31T23:00:00+0000", "end_date": "2017-08-31T22:59:59+0000"}
    parsed = read(answer({**period, "energy": [None, 57.037, 0]}))
    assert parsed.tables["readings"].rows() == [
        (2, ID, "energy_kwh", "interval", utc(2017, 6, 30, 23), utc(2017, 7, 31, 23), 57.037, "measured"),
        (3, ID, "energy_kwh", "interval", utc(2017, 7, 31, 23), utc(2017, 8, 31, 23), 0.0, "measured"),
    ]
    assert parsed.rejects.select("row_no", "rule").rows() == [(1, "missing_value")]
    assert parsed.rejects["original"][0] == f"{ID} energy 2017-05-31T23:00:00+0000 nr 1: null"


@pytest.mark.parametrize(
    ("period", "count", "ends"),
    [
        (DAY, 24, utc(2017, 7, 2, 0)),
        (JULY, 31, utc(2017, 7, 1, 23)),
        (JULY, 1, utc(2017, 7, 31, 23)),
        (DAY, 1, utc(2017, 7, 2, 23)),
        ({**DAY, "end_date": "2017-07-02T22:00:00+0000"}, 24, utc(2017, 7, 2, 0)),
        ({"start_date": "2017-07-01T00:00:00+0100", "end_date": "2017-07-01T00:59:59+01:00"}, 1, utc(2017, 7, 1)),
        ({"start_date": "2017-07-01T00:00:00Z", "end_date": "2017-07-01T01:00:00Z"}, 1, utc(2017, 7, 1, 1)),
    ],
)
def test_the_step_follows_from_start_end_and_number(period: dict[str, str], count: int, ends: datetime) -> None:
    found = read(answer({**period, "flow": [1.5] * count})).tables["readings"]
    assert found.height == count
    assert found.row(0)[2:] == ("volume_m3", "interval", found["start_utc"][0], ends, 1.5, "measured")
    assert (found["end_utc"].slice(0, count - 1) == found["start_utc"].slice(1)).all()


@pytest.mark.parametrize(
    "period",
    [
        {**DAY, "energy": [1] * 23},
        {"energy": [1]},
        {"start_date": DAY["start_date"], "energy": [1]},
        {**DAY, "end_date": DAY["start_date"], "energy": [1]},
        {"start_date": "2017-07-01T00:00:00+0001", "end_date": "2017-07-02T00:00:00+0001", "energy": [1]},
        {"start_date": "2017-06-30T22:00:00+0000", "end_date": "2017-07-31T21:59:59+0000", "energy": [1]},
        {"start_date": "2017-07-01T23:30:00+0000", "end_date": "2017-07-02T23:29:59+0000", "energy": [1] * 24},
    ],
)
def test_a_period_that_does_not_fit_is_refused_value_by_value(period: dict[str, Any]) -> None:
    parsed = read(answer(period))
    assert parsed.tables["readings"].is_empty()
    assert parsed.rejects["rule"].to_list() == ["bad_period"] * len(period["energy"])


def test_granularity_and_clock_may_be_declared() -> None:
    same = {**DAY, "end_date": DAY["start_date"], "energy": [1]}
    assert read(answer(same), granularity="day").tables["readings"]["end_utc"].to_list() == [utc(2017, 7, 2, 23)]
    civil = {"start_date": "2017-06-30T22:00:00+0000", "end_date": "2017-07-31T21:59:59+0000", "energy": [1]}
    assert read(answer(civil), clock="Europe/Stockholm").tables["readings"].height == 1
    long = {"start_date": "2017-03-25T23:00:00+0000", "end_date": "2017-03-26T21:59:59+0000", "energy": [1] * 23}
    assert read(answer(long), clock="Europe/Stockholm").tables["readings"].height == 23


def test_estimates_temperatures_and_what_is_left_out() -> None:
    metrics = {"estimated_energy": [1], "supply_temperature": [70], "co2": [400], "energy_quality": [1]}
    parsed = read(answer({**DAY, **metrics}), meters={ID: "7359"})
    assert parsed.tables["readings"].select("metering_point", "quantity", "value", "status").rows() == [
        ("7359", "energy_kwh", 1.0, "estimated"),
        ("7359", "supply_temperature_c", 70.0, "measured"),
    ]
    assert [f.message for f in parsed.findings] == ["Mått som inte lästes (antal värden): co2 (1), energy_quality (1)."]


def reading(time: str, value: Any, status: str = "recorded") -> dict[str, Any]:
    return {"time": time, "value": value, "status": status, "counter": None}


def test_readings_are_registers() -> None:
    values = [reading("2016-01-01T14:00:00+0100", 12345.11), reading("2016-01-01T15:00:00+0100", 12365, "interpolated"),
              reading("2016-01-01T15:13:00+0100", 2, "meter_change"), reading("2016-01-01T16:00:00+001", 3),
              reading("2016-01-01T17:00:00+0100", 4, "guessed"), reading("2016-01-01T18:00:00+0100", None)]  # fmt: skip
    parsed = read(answer({"energy": values, "temperature": [reading("x", 1)]}, readings_blocked=True))
    assert parsed.tables["readings"].select("row_no", "kind", "start_utc", "value", "status").rows() == [
        (1, "register", utc(2016, 1, 1, 13), 12345.11, "measured"),
        (2, "register", utc(2016, 1, 1, 14), 12365.0, "interpolated"),
        (3, "register", utc(2016, 1, 1, 14, 13), 2.0, "measured"),
    ]
    assert parsed.rejects.select("row_no", "rule").rows() == [
        (4, "bad_time"), (5, "unknown_status"), (6, "missing_value"),
    ]  # fmt: skip
    assert [f.rule for f in parsed.findings] == ["columns_left_out", "readings_blocked", "meter_change"]


def test_odd_values_are_refused_and_a_tree_is_a_point() -> None:
    data = {"data": [{"tree_id": "T", "periods": [{**DAY, "energy": [True, [1], "x", "", {"a": 1}, 1e300] + [1] * 18}]},
                     {"periods": [{**DAY, "energy": [1]}]}]}  # fmt: skip
    parsed = read(json.dumps(data).encode())
    assert parsed.rejects["rule"].to_list() == ["not_a_number"] * 4 + ["bad_time", "missing_meter"]
    assert set(parsed.tables["readings"]["metering_point"]) == {"T"}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"code": 404, "message": "Resource not found"}', "svaret är fel 404: Resource not found"),
        (b"[1]", "nyckeln data saknas"),
        (b'{"data": [{"name": "x"}]}', "inga «periods»"),
        (answer({**DAY, "energy": [float("nan")]}), "inte giltig JSON"),
        (b'{"data": ' + b"[" * 100_000, "inte giltig JSON"),
        (b'{"data"', "inte giltig JSON"),
    ],
)
def test_what_is_no_answer_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read(data)


def test_huge_numbers_and_arrays_are_bounded() -> None:
    data = answer({**DAY, "energy": [1] * 24}).replace(b"[1,", b"[" + b"9" * 5000 + b",")
    assert read(data).rejects["rule"].to_list() == ["not_a_number"]
    assert read(answer({**JULY, "energy": [1] * 100_000})).rejects.height == 100_000


def test_known_by_its_beginning_and_empty_answers_told() -> None:
    assert metry.detect(answer({**DAY, "energy": [1]}), "x.json")
    assert not metry.detect(b'{"data": []}', "x.json")
    assert [f.rule for f in read(b'{"data": []}').findings] == ["no_rows"]
    with pytest.raises(SourceError, match="hour, day, month"):
        read(answer(), granularity="week")


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["energy", "time", "value", "status", "start_date", "periods", "flow"]), inner
        )
    ),
    max_leaves=12,
)


@settings(max_examples=60)
@given(st.lists(TREES, max_size=3), st.dictionaries(st.sampled_from(["energy", "start_date", "end_date"]), TREES))
def test_any_document_is_values_or_a_source_error(trees: list[Any], period: dict[str, Any]) -> None:
    data = json.dumps({"data": [*trees, {"meter_id": "m", "periods": [{**DAY, **period}, *trees]}]}).encode()
    parsed = read(data)
    seen = pl.concat([parsed.tables["readings"]["row_no"], parsed.rejects["row_no"]])
    assert seen.sort().to_list() == list(range(1, parsed.rows_in + 1))


@settings(max_examples=40)
@given(st.binary(max_size=40), st.integers(0, 300))
def test_any_bytes_are_values_or_a_source_error(junk: bytes, at: int) -> None:
    good = answer({**DAY, "energy": [1] * 24})
    for data in (junk, good[:at] + junk + good[at:], good[: at % len(good)]):
        metry.detect(data, "x")
        try:
            parsed = read(data)
        except SourceError:
            continue
        assert parsed.rows_in == parsed.tables["readings"].height + parsed.rejects.height
