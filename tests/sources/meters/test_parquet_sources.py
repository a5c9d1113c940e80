"""Parquet sources: meter values, registers, weather and spot prices, with typed columns and refused rows."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from energy.errors import SourceError
from energy.model import TABLES, Parsed
from energy.sources.meters import meter_parquet
from energy.sources.prices import spot_parquet

HOURS = [datetime(2024, 1, 1, h, tzinfo=UTC) for h in range(4)]


def packed(**columns: Any) -> bytes:
    buffer = io.BytesIO()
    pl.DataFrame(columns).write_parquet(buffer)
    return buffer.getvalue()


def meters(data: bytes, **options: Any) -> Parsed:
    parsed = meter_parquet.read(data, "m.parquet", options)
    for name, table in parsed.tables.items():
        assert dict(table.schema) == dict(TABLES[name])
    return parsed


def test_the_defaults_read_meter_start_and_kwh() -> None:
    data = packed(meter_id=["a", "a", None, "b"], start_utc=HOURS, kwh=[1.5, None, 2.0, float("inf")])
    parsed = meters(data)
    assert parsed.tables["readings"].rows() == [(1, "a", "energy_kwh", "interval", HOURS[0], HOURS[1], 1.5, "measured")]
    assert parsed.rejects.select("row_no", "rule").rows() == [
        (2, "missing_value"), (3, "missing_meter"), (4, "not_a_number")
    ]  # fmt: skip
    assert parsed.rejects["original"][0].startswith("start_utc=2024-01-01 01:00:00")
    assert parsed.rows_in == 4


def test_registers_in_several_columns() -> None:
    data = packed(no=[660, 660], t=HOURS[:2], mwh=[1.0, 1.1], m3=[5.0, None])
    columns = [{"column": "mwh", "unit": "MWh"}, {"column": "m3", "quantity": "volume_m3", "unit": "m3"}]
    parsed = meters(data, time_column="t", meter_column="no", meters={"660": "735"}, columns=columns, kind="register")
    assert parsed.tables["readings"].select("metering_point", "quantity", "value", "end_utc").rows() == [
        ("735", "energy_kwh", 1000.0, HOURS[0]), ("735", "volume_m3", 5.0, HOURS[0]),
        ("735", "energy_kwh", 1100.0, HOURS[1]),
    ]  # fmt: skip
    assert parsed.rejects["rule"].to_list() == ["missing_value"]


def test_chosen_meters_flags_and_statuses() -> None:
    data = packed(b=["x", "x", "y", "x"], m=["el"] * 4, start_utc=HOURS, kwh=[1, 0, 9, 3], flag=[0, 1, 0, 0],
                  status=["measured", "measured", "measured", "estimated"])  # fmt: skip
    options = {"meter_column": ["b", "m"], "missing_flag_column": "flag", "status_column": "status"}
    parsed = meters(data, **options, meters=["x/el"])
    assert parsed.tables["readings"].select("row_no", "metering_point", "value", "status").rows() == [
        (1, "x/el", 1.0, "measured"), (4, "x/el", 3.0, "estimated")
    ]  # fmt: skip
    assert parsed.rejects.select("row_no", "rule").rows() == [(2, "missing_value")]
    assert [f.rule for f in parsed.findings] == ["rows_left_out"]
    with pytest.raises(SourceError, match=r"mätare z/el finns inte\. Mätare i filen: x/el, y/el"):
        meters(data, **options, meters=["z/el"])


def test_a_naive_column_keeps_the_declared_clock() -> None:
    naive = [datetime(2024, 7, 1, 2)]
    data = packed(meter_id=["a"], start_utc=naive, kwh=[1.0])
    starts = {
        c: meters(data, clock=c).tables["readings"]["start_utc"][0].hour
        for c in ("UTC", "Etc/GMT-1", "Europe/Stockholm")
    }
    assert starts == {"UTC": 2, "Etc/GMT-1": 1, "Europe/Stockholm": 0}


def test_weather() -> None:
    data = packed(t=HOURS[:2], temp_c=[4.6, float("nan")])
    parsed = meters(data, table="weather", time_column="t", value_column="temp_c", station="s1")
    assert parsed.tables["weather"].rows() == [
        (1, "s1", None, "air_temperature_c", HOURS[0], HOURS[1], 4.6, "measured", None)
    ]
    assert parsed.rejects.select("row_no", "rule").rows() == [(2, "missing_value")]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"time_column": "tid"}, "kolumnen «tid» finns inte"),
        ({"value_column": "kwH"}, "Menade du «kwh»"),
        ({"time_column": "kwh", "value_column": "kwh"}, "Den ska vara en tid"),
        ({"value_column": "meter_id"}, "Den ska vara ett tal"),
        ({"unit": "kw"}, "okänd enhet"),
        ({"table": "väder"}, "«table»"),
        ({"table": "weather"}, "«station»"),
        ({"meter_column": "id"}, "kolumnen «id»"),
    ],
)
def test_wrong_settings_name_what_was_found(options: dict[str, Any], words: str) -> None:
    data = packed(meter_id=["a"], start_utc=HOURS[:1], kwh=[1.0])
    with pytest.raises(SourceError, match=words):
        meters(data, **options)


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1" + bytes(50) + b"PAR1", b"Tid;kWh\n"])
def test_a_damaged_parquet_file(data: bytes) -> None:
    for read in (meter_parquet.read, spot_parquet.read):
        with pytest.raises(SourceError, match="kan inte läsas" if data else "filen är tom"):
            read(data, "se3_pris.parquet", {})


def test_spot_intervals_run_to_the_next_start_and_keep_their_length_at_gaps() -> None:
    hour, quarter = timedelta(hours=1), timedelta(minutes=15)
    first = datetime(2025, 9, 30, 20, tzinfo=UTC)
    starts = [first, first + hour, first + 2 * hour, first + 2 * hour + quarter, first + 30 * hour]
    data = packed(start_utc=starts, price_eur_mwh=[1.0, 2.0, 3.0, -4.0, 5.0])
    parsed = spot_parquet.read(data, "se3_2025.parquet", {})
    table = parsed.tables["prices"]
    assert (table["end_utc"] - table["start_utc"]).to_list() == [hour, hour, quarter, quarter, quarter]
    assert table.select("area", "currency").unique().rows() == [("SE3", "EUR")]
    assert [f.rule for f in parsed.findings] == ["price_gaps"]
    alone = spot_parquet.read(packed(start_utc=starts[:1], price_eur_mwh=[1.0]), "se3.parquet", {})
    assert alone.rejects["rule"].to_list() == ["bad_interval"]


@pytest.mark.parametrize(
    ("name", "columns", "options", "words"),
    [
        ("priser.parquet", {"price_eur_mwh": [1.0]}, {}, "elområdet"),
        ("se3.parquet", {"pris": [1.0]}, {}, "price_eur_mwh eller"),
        ("se3.parquet", {"pris": [1.0]}, {"price_column": "pris"}, "valuta"),
    ],
)
def test_spot_prices_need_column_currency_and_area(
    name: str, columns: dict[str, Any], options: dict[str, Any], words: str
) -> None:
    with pytest.raises(SourceError, match=words):
        spot_parquet.read(packed(start_utc=HOURS[:1], **columns), name, options)


AALBORG = [
    {"column": "energy_heat_kwh", "quantity": "energy_kwh", "unit": "kWh"},
    {"column": "volume_flow_m3", "quantity": "volume_m3", "unit": "m3"},
    {"column": "inlet_flow_energy_m3xC", "quantity": "supply_m3c", "unit": "m3°C"},
    {"column": "back_flow_energy_m3xC", "quantity": "return_m3c", "unit": "m3°C"},
]


def test_the_aalborg_registers(real_file: Callable[[str], bytes]) -> None:
    data = real_file("aalborg_heat_meter/meter660_cumulative_hourly_2018_2019.parquet")
    table = meters(data, kind="register", time_column="time_utc", columns=AALBORG).tables["readings"]
    assert table.height == 4 * 17473
    assert table["metering_point"].unique().to_list() == ["660"]
    assert table.filter(pl.col("quantity") == "energy_kwh")["value"][0] == pytest.approx(5347.614458, abs=1e-6)


def test_one_cambridge_building(real_file: Callable[[str], bytes]) -> None:
    data = real_file("cambridge_estates/meters_2018_2022.parquet")
    options = {"time_column": "timestamp", "meter_column": ["building_id", "meter"], "missing_flag_column": "flag"}
    parsed = meters(data, **options, meters={"b105/electricity": "735"})
    assert (parsed.tables["readings"].height, parsed.rejects.height) == (43822, 2)
    assert parsed.rejects["row_no"].to_list() == [97867, 97868]


@pytest.mark.parametrize(
    ("name", "count", "lengths"),
    [("se3_entsoe_hourly_2016_2024.parquet", 76799, {60}), ("se3_energinet_2022_2026.parquet", 32543, {15, 60})],
)
def test_the_spot_price_tables(real_file: Callable[[str], bytes], name: str, count: int, lengths: set[int]) -> None:
    data = real_file(f"se3_spot_prices/{name}")
    assert spot_parquet.detect(data[:4096], name)
    table = spot_parquet.read(data, name, {}).tables["prices"]
    assert table.height == count
    assert set((table["end_utc"] - table["start_utc"]).dt.total_minutes().to_list()) == lengths
