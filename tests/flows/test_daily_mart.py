"""The days of a meter and the time each belongs to, by hand: before, after, excluded, or neither."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from flows.store import Store
from tests.flows.homes import make_home

DAILY = Path(__file__).parents[2] / "sql" / "marts" / "daily.sql"
# a trial of the method in 2021 beside the project of 2022, which is followed until July 2023; heat is excluded in the
# first days of March 2023, in normal time, and everything on 5 March
SETUP = """
create schema if not exists settings;
create or replace table settings.facilities as select 'hall' as facility, '1' as weather_station;
create or replace table settings.metering_points as select * from (values
    ('fjv', 'hall', 'Värme', 'district_heating'), ('el', 'hall', 'El', 'electricity')
) as t (metering_point, facility, name, carrier);
create or replace table settings.projects as select * from (values
    ('prov', 'hall', date '2020-01-01', date '2021-01-01', date '2021-02-01', date '9999-12-31', true),
    ('lager', 'hall', date '2021-01-01', date '2022-01-01', date '2022-03-01', date '2023-07-01', false)
) as t (project, facility, baseline_from, baseline_to, reporting_from, reporting_to, placebo);
create or replace table core.events as select * from (values
    ('hall', timestamp '2023-02-28 23:00', timestamp '2023-03-03 23:00', 'district_heating', 'exclude'),
    ('hall', timestamp '2023-03-04 23:00', timestamp '2023-03-05 23:00', null, 'exclude'),
    ('hall', timestamp '2023-04-01 23:00', timestamp '2023-04-02 23:00', 'electricity', 'engineering')
) as t (facility, start_utc, end_utc, carrier, treatment);
create or replace table core.load_hourly as
    select metering_point, unnest(generate_series(timestamp '2020-12-30 23:00', timestamp '2023-07-31 22:00',
        interval 1 hour)) as start_utc, 1.0 as energy_kwh, null::double as volume_m3, null::double as supply_m3c,
        null::double as return_m3c
    from (values ('fjv'), ('el')) as t (metering_point);
create or replace table core.weather_hourly as
    select '1' as station, timestamp '2023-01-01' as start_utc, 1.0 as air_temperature_c
"""


@pytest.fixture(scope="module")
def phases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, date], str]]:
    with Store.write(make_home(tmp_path_factory.mktemp("dygn"), {}, "")) as store:
        for statement in SETUP.split(";\n"):
            store.con.execute(statement)
        found = store.frame(DAILY.read_text(encoding="utf-8"))
    assert found.height == 2 * (date(2023, 8, 1) - date(2020, 12, 31)).days
    yield {(row["metering_point"], row["day"]): row["phase"] for row in found.to_dicts()}


@pytest.mark.parametrize(
    ("day", "phase"),
    [
        (date(2020, 12, 31), "outside"),
        (date(2021, 6, 1), "before"),  # after the trial's date, which is no project
        (date(2021, 12, 31), "before"),
        (date(2022, 1, 1), "implementation"),
        (date(2022, 3, 1), "after"),
        (date(2023, 6, 30), "after"),
        (date(2023, 7, 1), "outside"),  # nobody follows the project any longer
    ],
)
def test_the_days_before_and_after_are_those_of_the_project(
    phases: dict[tuple[str, date], str], day: date, phase: str
) -> None:
    assert phases["fjv", day] == phases["el", day] == phase


def test_what_is_excluded_of_one_carrier_is_not_of_another(phases: dict[tuple[str, date], str]) -> None:
    march = [date(2023, 3, day) for day in range(1, 7)]
    after, out = "after", "excluded"
    assert [phases["fjv", day] for day in march] == [out, out, out, after, out, after]
    assert [phases["el", day] for day in march] == [after, after, after, after, out, after]
    assert phases["el", date(2023, 4, 2)] == after  # counted, with its effect told
