"""People's files and trends from the inbox to core: what holds now, in any order of arrival, and what is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from energy.errors import SettingsError
from flows.analyse import analyse
from flows.analysis.dimensions import write_settings
from flows.analysis.inputs import FacilityInputs
from flows.intake.ingest import ingest
from flows.settings.load import load_settings
from flows.store import SQL, Store
from tests.flows.homes import make_home
from tests.flows.metered import HOUSE

SETTINGS = """
[[facility]]
id = "hall"
name = "Hallen"
weather_station = "1"
[[opening_hours]]
facility = "hall"
days = ["mon", "tue"]
opens = 08:00:00
closes = 16:00:00
[[point]]
id = "GT1"
facility = "hall"
name = "Tilluft"
kind = "supply_temperature_c"
unit = "°C"
[[point]]
id = "P1"
facility = "hall"
name = "Pump"
kind = "status"
[[point]]
id = "GT9"
facility = "hall"
name = "Tyst"
kind = "other"
[[source]]
name = "styr"
match = "styr/*.csv"
format = "trends"
[source.options]
layout = "long"
clock = "UTC"
time_column = "tid"
time_format = ["%Y-%m-%d %H:%M"]
point_column = "punkt"
value_column = "värde"
unit_column = "enhet"
"""
TREND = "punkt;tid;värde;enhet\n"
BOOKED = "facility;space;start;end;activity;participants;bokad av\n"


@contextmanager
def built(tmp_path: Path, files: dict[str, str], order: list[str] | None = None) -> Iterator[Store]:
    """Yield a store in which the files, one at a time in this order, have come in and core is built."""
    home = make_home(tmp_path, {name: text.encode() for name, text in files.items()}, SETTINGS)
    settings = load_settings(home)
    with Store.write(home) as store:
        for name in order or sorted(files):
            list(ingest(store, settings, [home / "inbox" / name]))
        with store.transaction():
            write_settings(store, settings, HOUSE)
            store.build("staging")
            store.build("core")
        yield store


def held(store: Store, table: str, columns: str) -> list[tuple[Any, ...]]:
    return store.rows(f"select {columns} from core.{table} order by all")


NIGHT, PEAK = "measure:hall:closed_hours_base_load", "measure:hall:billed_heat_power"
FILES = {
    "a.csv": BOOKED + "hall;A;2024-01-08 08:00;2024-01-08 09:00;match;5;Anna\n",
    "b.csv": BOOKED + "hall;A;2024-01-08 08:00;2024-01-08 09:00;match;7;Anna\nhall;B;2024-01-08 08:00;"
    "2024-01-08 09:00;cup;;Bo\nishall;B;2024-01-08 08:00;2024-01-08 09:00;cup;;Bo\n",
    "c.csv": "version;månad;konto;belopp;kwh\nB;2025-01;1;5;\nB;2025-02;1;5;9\n",
    "d.csv": "version;månad;konto;belopp;kwh\nB;2025-01;1;;7\nB;2025-02;1;6;9\n",
    "e.csv": f"Åtgärdsnyckel;Beslut;Beslutat den\n{NIGHT};avvakta;2024-01-01\n{PEAK};klar;2024-01-01\n",
    "f.csv": f"Åtgärdsnyckel;Beslut;Beslutat den\n{NIGHT};klar;2024-02-01\n",
    "g.csv": "facility;weekday;opens;closes\nhall;1;06:00;07:00\nhall;6;10:00;12:00\n",
    "h.csv": "facility;weekday;opens;closes;valid_from\nhall;1;06:00;08:00;\nhall;2;stängt;;2024-01-09\n",
    "styr/1.csv": TREND + "GT1;2024-01-01 00:00;20;°C\nGT1;2024-01-01 00:30;22;°C\nGT1;2024-01-01 03:10;5;°C\n",
    "styr/2.csv": TREND + "GT1;2024-01-01 00:00;21;°C\nGT1;2024-01-01 00:30;#fel;°C\nX;2024-01-01 00:00;1;\n"
    "P1;2024-01-01 00:15;till;\nP1;2024-01-01 00:45;från;\nP1;2024-01-01 02:30;till;\n",
}
CORE = {
    "bookings": "facility, space, start_utc, end_utc, activity, participants",
    "budget": "version, month, account, amount_sek, energy_kwh",
    "measure_decisions": "measure_key, decision, decided_on",
    "opening_hours": "facility, weekday, opens, closes, valid_from, valid_to",
    "trends": "point, at_utc, value, word, unit, status",
    "trends_hourly": "point, start_utc, value, samples, on_pct, known_pct",
    "people_audit": "level, rule, facility",
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    with built(tmp_path_factory.mktemp("home"), FILES) as store:
        assert {status for (status,) in store.rows("select status from raw.files")} == {"loaded"}
        return {table: held(store, table, columns) for table, columns in CORE.items()}


def test_any_order_of_arrival_gives_the_same(tmp_path: Path, found: dict[str, list[tuple[Any, ...]]]) -> None:
    with built(tmp_path / "turned", FILES, sorted(FILES, reverse=True)) as store:
        assert {table: held(store, table, columns) for table, columns in CORE.items()} == found


def test_the_same_booking_twice_is_one(found: dict[str, list[tuple[Any, ...]]]) -> None:
    start, end = datetime(2024, 1, 8, 7), datetime(2024, 1, 8, 8)
    assert found["bookings"] == [
        ("hall", "A", start, end, "match", 7.0),
        ("hall", "B", start, end, "tävling", None),
        ("ishall", "B", start, end, "tävling", None),
    ]


def test_amount_and_energy_of_a_budget_hold_each_on_its_own(found: dict[str, list[tuple[Any, ...]]]) -> None:
    assert found["budget"] == [("B", date(2025, 1, 1), "1", 5.0, 7.0), ("B", date(2025, 2, 1), "1", 6.0, 9.0)]


def test_the_last_decision_holds(found: dict[str, list[tuple[Any, ...]]]) -> None:
    assert found["measure_decisions"] == [(PEAK, "done", date(2024, 1, 1)), (NIGHT, "done", date(2024, 2, 1))]


def test_trends_keep_the_better_value_and_hours_know_what_they_know(found: dict[str, list[tuple[Any, ...]]]) -> None:
    zero = datetime(2024, 1, 1)
    assert [row[:3] + row[5:] for row in found["trends"] if row[0] == "GT1"] == [
        ("GT1", zero, 21.0, "measured"),
        ("GT1", zero.replace(minute=30), 22.0, "measured"),
        ("GT1", datetime(2024, 1, 1, 3, 10), 5.0, "measured"),
    ]
    assert found["trends_hourly"] == [
        ("GT1", zero, 21.5, 2, None, None),
        ("GT1", zero.replace(hour=3), 5.0, 1, None, None),
        ("P1", zero, None, 2, pytest.approx(100 * 30 / 45), 75.0),
        ("P1", zero.replace(hour=1), None, 0, 0.0, 75.0),
        ("P1", zero.replace(hour=2), None, 1, 100.0, 50.0),
        ("P1", zero.replace(hour=3), None, 0, 100.0, 50.0),
        ("X", zero, 1.0, 1, None, None),
    ]


def test_what_does_not_fit_is_told(found: dict[str, list[tuple[Any, ...]]]) -> None:
    assert found["people_audit"] == [
        ("warning", "budget_conflict", None),
        ("warning", "file_without_facility", None),
        ("warning", "opening_hours_conflict", "hall"),
        ("warning", "unknown_point", None),
    ]


def test_points_tell_their_span_and_what_is_missing(tmp_path: Path) -> None:
    with built(tmp_path / "home", FILES) as store:
        mart = (SQL / "marts/points.sql").read_text(encoding="utf-8")
        rows = store.rows(f"select point, first_utc, last_utc, samples, missing_pct from ({mart}) order by point")
    assert rows == [
        ("GT1", datetime(2024, 1, 1), datetime(2024, 1, 1, 3, 10), 3, 50.0),
        ("GT9", None, None, 0, None),
        ("P1", datetime(2024, 1, 1, 0, 15), datetime(2024, 1, 1, 2, 30), 3, pytest.approx(100 / 3)),
    ]


def test_opening_hours_of_files_join_those_of_the_settings(tmp_path: Path) -> None:
    with built(tmp_path / "home", FILES) as store:
        settings = load_settings(tmp_path / "home")
        start = np.datetime64("2024-01-07T23:00:00", "s")  # Monday 8 January, midnight
        hours = start + np.arange(7 * 24) * np.timedelta64(3600, "s")
        inputs = FacilityInputs(store, settings, settings.facility[0], hours)
        opened = inputs.open_hours(hours).reshape(7, 24)
    told = [[hour for hour in range(24) if day[hour]] for day in opened]
    assert told == [[6, 7, *range(8, 16)], [], [], [], [], [10, 11], []]  # Tuesday the 9th: closed from that day on


def test_a_later_issue_replaces_the_hours_of_its_weekday(tmp_path: Path) -> None:
    with built(tmp_path / "home", {"g.csv": FILES["g.csv"], "h.csv": FILES["h.csv"]}) as store:
        store.con.execute("update raw.files set issued_at = '2024-01-02T00:00:00Z' where file_name like '%h.csv'")
        store.build("core")
        rows = store.rows("select opens, closes from core.opening_hours where weekday = 1 order by all")
        conflicts = store.rows("select * from core.people_audit where rule = 'opening_hours_conflict'")
    assert rows == [("06:00", "08:00"), ("08:00", "16:00")]
    assert conflicts == []


def test_who_booked_is_not_in_the_ledger_nor_in_the_archive(tmp_path: Path) -> None:
    with built(tmp_path / "home", {"a.csv": FILES["a.csv"]}):
        pass
    kept = [path for path in (tmp_path / "home" / "store").rglob("*") if path.is_file()]
    assert kept and not [path for path in kept if b"Anna" in path.read_bytes()]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('facility = "hall"\nname = "Pump"', 'facility = "hal"\nname = "Pump"'), r"point\[2\].facility"),
        (('kind = "status"', 'kind = "läge"'), "point.*kind"),
        (('id = "P1"', 'id = "GT1"'), "point.id"),
        (('kind = "other"', 'kind = "other"\nmetering_point = "9"'), r"point\[3\].metering_point"),
    ],
)
def test_points_that_do_not_fit_the_settings(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    home = make_home(tmp_path, {}, SETTINGS.replace(*change))
    with pytest.raises(SettingsError, match=words):
        load_settings(home)


def test_findings_and_points_are_published(tmp_path: Path) -> None:
    home = make_home(tmp_path, {name: text.encode() for name, text in FILES.items()}, SETTINGS)
    settings = load_settings(home)
    with Store.write(home) as store:
        list(ingest(store, settings))
        analyse(store, settings, "r", None, lambda _: None)
        rules = store.rows(
            "select rule, count(*) from marts.findings where level = 'warning' group by all order by all"
        )
        points = store.rows("select point, samples from marts.points order by all")
    assert "unknown_measure" not in [rule for rule, _ in rules] and ("file_without_facility", 1) in rules
    assert points == [("GT1", 3), ("GT9", 0), ("P1", 3)]


def test_an_instant_of_a_trend_is_utc(found: dict[str, list[tuple[Any, ...]]]) -> None:
    assert min(row[1] for row in found["trends"]).replace(tzinfo=UTC) == datetime(2024, 1, 1, tzinfo=UTC)


def test_a_facility_may_be_told_by_its_name(tmp_path: Path) -> None:
    booking = "anläggning;lokal;start;slut;aktivitet\nHallen;A;2024-01-08 08:00;2024-01-08 09:00;cup\n"
    home = make_home(tmp_path, {"bokning.csv": booking.encode()}, SETTINGS)
    with Store.write(home) as store:
        ingest(store, load_settings(home))
        write_settings(store, load_settings(home), HOUSE)
        store.build("staging")
        store.build("core")
        assert store.rows("select facility, space from core.bookings") == [("hall", "A")]
