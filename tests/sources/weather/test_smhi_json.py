"""SMHI's JSON: hours, days, the latest values, moved stations, other parameters."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.errors import SourceError
from energy.model import Parsed
from energy.sources import detect
from energy.sources.weather import smhi, smhi_json


def ms(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc]


HOURS = [
    {"date": ms(2024, 5, 1, 0), "value": "-0.5", "quality": "G"},
    {"date": ms(2024, 5, 1, 1), "value": "0.0", "quality": "Y"},
]
DAYS = [{"from": ms(2024, 5, 1, 0, 0, 1), "to": ms(2024, 5, 2), "ref": "2024-05-01", "value": "9.5", "quality": "Y"}]
PLACE = {"from": ms(2010, 1, 1), "to": ms(2024, 5, 2), "height": 23.0, "latitude": 59.5, "longitude": 17.8}


def document(values: Any, **changes: Any) -> dict[str, Any]:
    return {
        "value": values,
        "updated": ms(2024, 5, 2, 6, 20, 11),
        "parameter": {"key": "1", "name": "Lufttemperatur", "summary": "momentanvärde, 1 gång/tim",
                      "unit": "degree celsius"},
        "station": {"key": "4711", "name": "Provdalen", "owner": "SMHI", "height": 2.0},
        "period": {"key": "latest-months", "from": ms(2024, 1, 1), "to": ms(2024, 5, 2), "summary": "Data från …"},
        "position": [PLACE],
        **changes,
    }  # fmt: skip


def read(content: Any) -> Parsed:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    parsed = smhi_json.read(data, "smhi.json", {})
    assert parsed.rows_in == parsed.tables["weather"].height + parsed.rejects.height
    return parsed


def test_hours_as_text_and_milliseconds() -> None:
    parsed = read(document(HOURS))
    first, second = parsed.tables["weather"].rows()
    assert first == (1, "4711", "Provdalen", "air_temperature_c", datetime(2024, 5, 1, tzinfo=UTC),
                     datetime(2024, 5, 1, 1, tzinfo=UTC), -0.5, "measured", "latest")  # fmt: skip
    assert second[6:] == (0.0, "suspect", "latest")
    assert parsed.issued_at == "2024-05-02T06:20:11+00:00"
    assert parsed.findings == []


def test_the_same_values_are_read_from_json_and_csv() -> None:
    csv = (
        "Stationsnamn;Stationsnummer\nProvdalen;4711\n\nParameternamn;Beskrivning;Enhet\n"
        "Lufttemperatur;momentanvärde, 1 gång/tim;celsius\n\nDatum;Tid (UTC);Lufttemperatur;Kvalitet;;Tidsutsnitt:\n"
        "2024-05-01;00:00:00;-0.5;G;;Data från senaste fyra månader\n2024-05-01;01:00:00;0.0;Y\n"
    )
    one, two = (t.drop("row_no") for t in (
        smhi.read(csv.encode(), "x", {}).tables["weather"], read(document(HOURS)).tables["weather"]))  # fmt: skip
    assert one.equals(two)


def test_days_run_from_midnight_to_midnight() -> None:
    mean = {"key": "2", "name": "Lufttemperatur", "summary": "medelvärde 1 dygn, 1 gång/dygn, kl 00", "unit": "celsius"}
    table = read(document(DAYS, parameter=mean)).tables["weather"]
    assert table.select("start_utc", "end_utc", "value", "status").rows() == [
        (datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 5, 2, tzinfo=UTC), 9.5, "suspect")
    ]


@pytest.mark.parametrize(
    ("period", "found"),
    [
        ({"key": "latest-hour"}, "latest"),
        ({"key": "latest-day"}, "latest"),
        ({"key": "corrected-archive"}, "archive"),
        ({"summary": "Data från senaste timmen"}, "latest"),
        ({"key": "annat"}, None),
        (None, None),
    ],
)
def test_the_period_tells_how_far_the_values_are_checked(period: Any, found: str | None) -> None:
    assert set(read(document(HOURS, period=period)).tables["weather"]["period"]) == {found}


def test_a_mean_of_an_hour_ends_at_its_stamp() -> None:
    sun = {"name": "Global Irradians (svenska stationer)", "summary": "medelvärde 1 timme, varje timme",
           "unit": "watt per square metre"}  # fmt: skip
    table = read(document(HOURS, parameter=sun)).tables["weather"]
    assert table.select("parameter", "end_utc").row(0) == ("global_irradiance_w_m2", datetime(2024, 5, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"quality": "R"}, "unknown_quality"),
        ({"quality": None}, "unknown_quality"),
        ({"value": None}, "missing_value"),
        ({"value": ""}, "missing_value"),
        ({"value": "1,5"}, "not_a_number"),
        ({"date": "igår"}, "bad_time"),
        ({"date": None}, "bad_time"),
        ({"date": 10**30}, "bad_time"),
        ({"date": 10**14 - 1}, "bad_time"),
    ],
)
def test_what_cannot_be_read_is_refused(change: dict[str, Any], rule: str) -> None:
    parsed = read(document([*HOURS, {**HOURS[0], **change}, 7]))
    assert parsed.rejects.select("row_no", "rule").rows() == [(3, rule), (4, "bad_time")]
    assert parsed.tables["weather"].height == 2


def test_a_moved_station_and_an_empty_list_are_told() -> None:
    parsed = read(document(None, position=[PLACE, {**PLACE, "height": 40}]))
    assert [f.rule for f in parsed.findings] == ["station_moved", "no_values"]
    assert "2010-01-01 till 2024-05-02 latitud 59,5, longitud 17,8, höjd 40 m" in parsed.findings[0].message
    assert parsed.rows_in == 0


@pytest.mark.parametrize("order", [("value", "updated"), ("station", "parameter", "period", "value")])
def test_detection_whatever_key_comes_first(order: tuple[str, ...]) -> None:
    content = document(HOURS * 200)
    data = json.dumps({key: content[key] for key in (*order, *sorted(set(content) - set(order)))}).encode()
    found = detect(data[:4096], "x.json")
    assert found is not None and found.name == "smhi_json"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (document(HOURS, parameter={"name": "Lufttemperatur", "summary": "max"}), "parametern är Lufttemperatur"),
        (document(HOURS, parameter=None), "parametern är"),
        (document(HOURS, station={}), "inte en stations"),
        (document({"a": 1}), "inte en stations"),
        ([], "inte en stations"),
        (b"{", "JSON"),
        (b'{"a":' * 50_000, "JSON"),
        (b"", "tom"),
    ],
)
def test_what_is_no_document_of_a_station(content: Any, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read(content)


@settings(max_examples=50)
@given(st.data())
def test_any_damage_gives_rows_rejects_or_an_error(data: st.DataObject) -> None:
    content = json.dumps(document(HOURS * 2), ensure_ascii=False).encode()
    at, length = data.draw(st.integers(0, len(content))), data.draw(st.integers(0, 20))
    try:
        read(content[:at] + data.draw(st.binary(max_size=10)) + content[at + length :])
    except SourceError:
        return


KEYS = st.sampled_from(["date", "from", "to", "value", "quality"])
CELLS = st.none() | st.integers() | st.text(max_size=9) | st.just(ms(2024, 1, 1))


@given(st.lists(st.dictionaries(KEYS, CELLS)))
def test_every_value_is_loaded_or_refused(values: list[dict[str, Any]]) -> None:
    assert read(document(values)).rows_in == len(values)
