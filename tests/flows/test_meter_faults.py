"""The checks that lay a meter beside what surrounds it, by hand on made-up hours: each silent until it is off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from energy.measures.assumptions import table
from flows.store import Store
from tests.flows.homes import make_home

FAULTS = Path(__file__).parents[2] / "sql" / "core" / "meter_faults.sql"
CORE = FAULTS.parent
# sixteen months of hours; the main uses 100 kWh, its two submeters 40 each, the heat meter 1,163 · 2 m³ · 40 °C
SETUP = """
delete from raw.files;
delete from raw.readings;
delete from raw.rejects;
create schema if not exists settings;
create or replace table settings.metering_points as select * from (values
    ('el', 'hall', 'El huvudmätare', 'electricity', null), ('a', 'hall', 'A', 'electricity', 'el'),
    ('b', 'hall', 'B', 'electricity', 'el'), ('fjv', 'hall', 'Värme', 'district_heating', null)
) as t (metering_point, facility, name, carrier, parent);
create or replace table settings.points as
    select 'GT11' as point, 'hall' as facility, 'Utegivare norr' as name, 'outdoor_temperature_c' as kind,
        null::varchar as metering_point;
create or replace table settings.facilities as select 'hall' as facility, '1' as weather_station;
create or replace table hours as
    select unnest(generate_series(timestamp '2022-08-31 23:00', timestamp '2023-12-31 22:00', interval 1 hour))
        as start_utc;
create or replace table core.load_hourly as
    select 'el' as metering_point, start_utc, 100.0 as energy_kwh, null::double as supply_m3c,
        null::double as return_m3c from hours
    union all select 'a', start_utc, 40.0, null, null from hours
    union all select 'b', start_utc, 40.0, null, null from hours
    union all select 'fjv', start_utc, 1.163 * 2 * 40, 2.0 * 80, 2.0 * 40 from hours;
create or replace table core.weather_hourly as
    select '1' as station, start_utc, 10.0 as air_temperature_c from hours;
create or replace table core.trends_hourly as
    select 'GT11' as point, start_utc, 11.0 as value from hours;
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.write(make_home(tmp_path_factory.mktemp("fel"), {}, "")) as store:
        yield store


@pytest.fixture
def store(opened: Store) -> Store:
    """The store as it should be: nothing contradicts anything."""
    for statement in SETUP.split(";\n"):
        opened.con.execute(statement)
    limits = ", ".join(f"('{name}', {found.central})" for name, found in table()["quality"].items())
    opened.con.execute(f"create or replace table settings.register_terms as from (values {limits}) as t (term, value)")
    return opened


def of_core(store: Store, table: str) -> list[tuple[Any, ...]]:
    """Return the rows of a table that rests on the months a check can judge, as they are now."""
    months = (CORE / "judged_months.sql").read_text(encoding="utf-8")
    store.con.execute(f"create or replace table core.judged_months as {months}")
    return store.rows((CORE / f"{table}.sql").read_text(encoding="utf-8"))


def told(store: Store) -> dict[str, tuple[str | None, str]]:
    rows = of_core(store, "meter_physics")
    return {rule: (point, message) for point, _, rule, message, _, _ in rows}


def changed(store: Store, what: str, where: str) -> None:
    store.con.execute(f"update core.load_hourly set {what} where {where}")


def test_a_sound_facility_has_no_finding_and_an_offset_is_no_sun(store: Store) -> None:
    assert told(store) == {}


def test_submeters_above_their_main_by_more_than_three_per_cent(store: Store) -> None:
    changed(store, "energy_kwh = 62", "metering_point = 'a' and start_utc >= timestamp '2023-11-30 23:00'")  # 102
    assert told(store) == {}
    changed(store, "energy_kwh = 65", "metering_point = 'a' and start_utc >= timestamp '2023-11-30 23:00'")  # 105
    point, message = told(store)["submeters_above_main"]
    assert point == "el" and "78\u00a0120 kWh i 2023-12, 5,0 % mer än huvudmätarens 74\u00a0400 kWh" in message


def test_a_heat_meter_whose_energy_leaves_its_flow_and_temperatures(store: Store) -> None:
    late = "metering_point = 'fjv' and start_utc >= timestamp '2023-11-30 23:00'"
    changed(store, "energy_kwh = 0.96 * energy_kwh", late)
    assert told(store) == {}
    changed(store, "energy_kwh = 0.90 / 0.96 * energy_kwh", late)
    assert "är 90,0 % av vad flöde och temperaturer bär; tidigare 100,0 %" in told(store)["heat_meter_drift"][1]


def test_flow_and_return_that_have_changed_places(store: Store) -> None:
    swapped = "supply_m3c = 80, return_m3c = 160"
    changed(store, swapped, "metering_point = 'fjv' and start_utc between '2023-11-30 23:00' and '2023-12-10 23:00'")
    assert "flow_and_return_swapped" not in told(store)  # ten days of the month
    changed(store, swapped, "metering_point = 'fjv' and start_utc >= timestamp '2023-11-30 23:00'")
    assert "i 744 av 744 timmar i 2023-12" in told(store)["flow_and_return_swapped"][1]


def test_an_outdoor_sensor_that_the_sun_warms_at_midday(store: Store) -> None:
    midday = "hour(start_utc) between 10 and 13 and month(start_utc) = 7"
    for more, found in ((1.5, False), (3.0, True)):
        store.con.execute(f"update core.trends_hourly set value = 11 + {more} where {midday}")
        assert ("outdoor_sensor_in_sun" in told(store)) == found
    assert "Utegivare norr visar i 2023-07 3,0 °C mer" in told(store)["outdoor_sensor_in_sun"][1]


def test_sensors_of_the_same_name_or_the_same_beginning_are_told_each_for_itself(store: Store) -> None:
    store.con.execute("""
        create or replace table settings.facilities as
            select * from (values ('hall', '1'), ('bad', '1')) as t (facility, weather_station);
        create or replace table settings.points as select *, 'outdoor_temperature_c' as kind, null as metering_point
            from (values ('H1', 'hall', 'Ute'), ('H2', 'hall', 'Ute nord'), ('B1', 'bad', 'Ute')) as t (point, facility,
            name);
        create or replace table core.trends_hourly as
            select point, start_utc, 11.0 as value from hours cross join settings.points;
    """)
    sunny = "hour(start_utc) between 10 and 13 and month(start_utc)"
    store.con.execute(f"update core.trends_hourly set value = 14 where point = 'B1' and {sunny} in (6, 7)")
    ((*_, message, _, facility),) = of_core(store, "meter_physics")
    assert facility == "bad" and "Visas i 2 månader, först 2023-06" in message
    store.con.execute(f"update core.trends_hourly set value = 14 where point = 'H2' and {sunny} = 7")
    rows = sorted((facility, message[:8]) for *_, message, _, facility in of_core(store, "meter_physics"))
    assert rows == [("bad", "Ute visa"), ("hall", "Ute nord")]


def faults(store: Store, hours: str) -> list[tuple[str | None, str, str | None]]:
    """Return (meter, message, facility) of the faults of a meter with a value in these hours, and of its files."""
    store.con.execute(f"""
        create or replace table core.hourly as
            select 'el' as metering_point, 'energy_kwh' as quantity, start_utc from ({hours});
        create or replace table core.audit as select null as metering_point, null as rule, null as message,
            null::date as month, null as file_name, null::bigint as row_no, null as facility, 'info' as level;
        create or replace table core.register_breaks as select 1 as file_id, 'el' as metering_point, '' as change,
            0.0 as before, 0.0 as after, null::timestamp as at_utc, 1 as row_no limit 0;
    """)
    found = store.rows(FAULTS.read_text(encoding="utf-8"))
    return sorted(((point, text, facility) for point, _, text, _, _, _, facility in found), key=str)


def test_hours_are_missing_only_between_the_first_and_the_last_value(store: Store) -> None:
    # from civil midnight on 1 July to 9 March, without a gap: 22:00Z is still June in normal time
    whole = """select unnest(generate_series(timestamp '2023-06-30 22:00', timestamp '2024-03-09 22:00',
        interval 1 hour)) as start_utc"""
    assert faults(store, whole) == []
    # 5 hours out of the first day of March, of the 9 days measured (216 hours), and 2 over the turn of a month
    gaps = f"""select * from ({whole}) where start_utc not between '2024-03-01 05:00' and '2024-03-01 09:00'
        and start_utc not in (timestamp '2023-09-30 22:00', timestamp '2023-09-30 23:00')"""
    assert [message for _, message, _ in faults(store, gaps)] == [
        "1 av 720 timmar saknas i 2023-09.", "1 av 744 timmar saknas i 2023-10.", "5 av 216 timmar saknas i 2024-03.",
    ]  # fmt: skip


def test_a_refused_row_of_a_file_with_several_meters_is_told_once_for_the_facility(store: Store) -> None:
    store.con.execute("""
        insert into raw.files (file_id, sha256, file_name, size_bytes, received_at, rows_in, loaded, rejected,
            duplicates, status)
            values (1, '1', 'en.csv', 1, now(), 2, 1, 1, 0, 'loaded'),
                (2, '2', 'två.csv', 1, now(), 3, 2, 1, 0, 'loaded');
        insert into raw.readings (file_id, metering_point) values (1, 'el'), (2, 'a'), (2, 'b');
        insert into raw.rejects (file_id, row_no, rule, message)
            values (1, 7, 'ambiguous_time', 'ett'), (2, 9, 'ambiguous_time', 'två');
    """)
    hour = "select timestamp '2024-01-01 00:00' as start_utc"
    assert faults(store, hour) == [("el", "ett", "hall"), (None, "två", "hall")]


REFUSED = """
insert into raw.files (file_id, sha256, file_name, size_bytes, received_at, rows_in, loaded, rejected,
        duplicates, status)
    values (1, '1', 'vår.csv', 1, now(), 5, 4, 2, 0, 'loaded'), (2, '2', 'åter.csv', 1, now(), 4, 4, 0, 0, 'loaded');
insert into raw.readings (file_id, row_no, metering_point, quantity, kind, start_utc, end_utc)
    select 1, if(n < 2, n, n + 2), 'el', 'energy_kwh', 'interval', hour_utc, hour_utc + interval 1 hour
    from (values (0, timestamp '2023-10-28 22:00'), (1, timestamp '2023-10-28 23:00'),
        (2, timestamp '2023-10-29 02:00'), (3, timestamp '2023-10-29 03:00')) as hours (n, hour_utc);
insert into raw.rejects (file_id, row_no, rule, message)
    values (1, 2, 'ambiguous_time', 'två'), (1, 3, 'ambiguous_time', 'tre');
"""
HOUR = "select timestamp '2024-01-01 00:00' as start_utc"


@pytest.mark.parametrize("is_reversed", [False, True])
def test_a_refused_row_is_settled_by_another_file_that_tells_its_hours_whole(store: Store, is_reversed: bool) -> None:
    """The double hour of October, 00:00 and 01:00 UTC, is refused; a file with one of them is no answer, both are."""
    for statement in REFUSED.split(";\n"):
        store.con.execute(statement)
    if is_reversed:
        store.con.execute("update raw.readings set row_no = 5 - row_no")
    assert [text for _, text, _ in faults(store, HOUR)] == ["tre", "två"]
    again = """insert into raw.readings (file_id, row_no, metering_point, quantity, kind, start_utc, end_utc)
        select 2, 1, ?, 'energy_kwh', 'interval', ?::timestamp, ?::timestamp + interval 1 hour"""
    store.con.execute(again, ["a", *["2023-10-29 00:00"] * 2])
    store.con.execute(again, ["a", *["2023-10-29 01:00"] * 2])
    store.con.execute(again, ["el", *["2023-10-29 00:00"] * 2])
    assert len(faults(store, HOUR)) == 2, "half of it, and the whole of another meter"
    store.con.execute(again, ["el", *["2023-10-29 01:00"] * 2])
    assert faults(store, HOUR) == []
    store.con.execute("update raw.files set ended_at = now() where file_id = 2")  # it is taken back
    months = store.rows(f"select month from ({FAULTS.read_text(encoding='utf-8')})")
    assert months == [(date(2023, 10, 1),)] * 2


def judged(store: Store) -> dict[tuple[str, str | None], str]:
    rows = of_core(store, "last_judged")
    return {(rule, point): f"{month:%Y-%m}" for _, point, rule, month in rows}


def test_the_last_month_that_each_check_could_judge_is_its_own(store: Store) -> None:
    """The sun is looked for April to August; B ends in June; the heat meter has ten days of flow in December."""
    store.con.execute("delete from core.load_hourly where metering_point = 'b' and start_utc >= '2023-06-30 23:00'")
    late = "metering_point = 'fjv' and start_utc >= timestamp '2023-12-10 23:00'"
    changed(store, "supply_m3c = null, return_m3c = null", late)
    found = judged(store)
    assert found["outdoor_sensor_in_sun", None] == "2023-08"
    assert (found["stuck_meter", "b"], found["negative_values", "b"], found["stuck_meter", "a"]) == (
        "2023-06", "2023-06", "2023-12",
    )  # fmt: skip
    assert (found["submeters_above_main", "el"], found["stuck_meter", "fjv"]) == ("2023-12", "2023-12")
    assert found["flow_and_return_swapped", "fjv"] == found["heat_meter_drift", "fjv"] == "2023-11"


def test_a_drift_is_judged_against_twelve_months_before_it(store: Store) -> None:
    """Sixteen months from September 2022: the fifteenth has twelve before it, with two between; the fourteenth not."""
    store.con.execute("delete from core.load_hourly where start_utc >= timestamp '2023-11-30 23:00'")
    assert judged(store)["heat_meter_drift", "fjv"] == "2023-11"
    store.con.execute("delete from core.load_hourly where start_utc >= timestamp '2023-10-31 23:00'")
    assert ("heat_meter_drift", "fjv") not in judged(store)
