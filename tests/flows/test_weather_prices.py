"""sql/core of weather and prices: archive over latest, quarters and hours never counted twice, whatever the order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from energy.model import Parsed, frame
from flows.intake.landing import land
from flows.store import Store, file_hash

DAY = datetime(2026, 2, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)


def weather(start: datetime, value: float, period: str | None, status: str = "measured", length: timedelta = HOUR,
            parameter: str = "air_temperature_c") -> dict[str, Any]:  # fmt: skip
    return {
        "row_no": 1, "station": "4711", "station_name": "Provdalen", "parameter": parameter, "start_utc": start,
        "end_utc": start + length, "value": value, "status": status, "period": period,
    }  # fmt: skip


def price(start: datetime, value: float, length: timedelta = HOUR, currency: str = "SEK") -> dict[str, Any]:
    return {
        "row_no": 1, "area": "SE3", "start_utc": start, "end_utc": start + length, "currency": currency,
        "price_per_mwh": value,
    }  # fmt: skip


def rate(day: date, per_eur: float) -> dict[str, Any]:
    return {"row_no": 1, "day": day, "currency": "SEK", "per_eur": per_eur}


def parsed(table: str, rows: list[dict[str, Any]], issued_at: str | None = None, source: str = "s") -> Parsed:
    return Parsed(source, {table: frame(table, rows)}, issued_at=issued_at)


def core(home: Path, files: list[Parsed]) -> dict[str, pl.DataFrame]:
    """Return the core tables of a home with these files, landed in this order."""
    with Store.write(home) as store:
        for number, each in enumerate(files):
            entry = {
                "sha256": file_hash(str(number).encode()), "file_name": f"{number}", "size_bytes": 1,
                "received_at": datetime.now(UTC), "source": each.source, "status": "loaded",
            }  # fmt: skip
            with store.transaction():
                land(store, [each], entry)
        names = ("weather_hourly", "prices", "fx_sek", "price_quarters", "price_hours", "spot_hourly",
                 "price_gaps", "spot_quarters", "price_conflicts", "weather_conflicts")  # fmt: skip
        store.build("staging")
        for name in names:
            text = (Path(__file__).parents[2] / "sql" / "core" / f"{name}.sql").read_text(encoding="utf-8")
            store.con.execute(f"create schema if not exists core; create or replace table core.{name} as\n{text}")
        return {name: store.table(f"core.{name}") for name in names}


def in_any_order(home: Path, files: list[Parsed], table: str) -> pl.DataFrame:
    """Return the table, having seen that it is the same whatever order the files came in."""
    orders = [*permutations(files)]
    orders = orders[::3] if len(files) > 2 else orders
    found = [core(home / str(n), list(order))[table].sort(pl.all()) for n, order in enumerate(orders)]
    assert all(f.equals(found[0]) for f in found[1:])
    return found[0]


def test_the_archive_wins_over_the_latest_months_in_any_order(tmp_path: Path) -> None:
    files = [
        parsed("weather", [weather(DAY, 1.0, "latest"), weather(DAY + HOUR, 5.0, "latest")], "2026-06-01"),
        parsed("weather", [weather(DAY, 2.0, "archive", "suspect")], "2026-05-01"),
        parsed("weather", [weather(DAY, 3.0, None)], "2026-07-01"),
    ]
    found = in_any_order(tmp_path, files, "weather_hourly")
    assert found["air_temperature_c"].to_list() == [2.0, 5.0]
    with Store.write(tmp_path / "0") as store:
        assert store.rows("select count(*) from raw.weather") == [(4,)]  # both are kept


def test_then_status_then_issue_then_value_decides(tmp_path: Path) -> None:
    at = [DAY + n * HOUR for n in range(3)]
    files = [
        parsed("weather", [weather(at[0], 1, "latest", "suspect"), weather(at[1], 1, "latest"),
                           weather(at[2], 7, "latest")], "2026-02-03"),
        parsed("weather", [weather(at[0], 2, "latest"), weather(at[1], 2, "latest"), weather(at[2], 6, "latest")],
               "2026-02-02"),
        parsed("weather", [weather(at[2], 5, "latest")], "2026-02-03"),
    ]  # fmt: skip
    assert in_any_order(tmp_path, files, "weather_hourly")["air_temperature_c"].to_list() == [2.0, 1.0, 5.0]


def test_temperatures_that_nothing_decides_between_are_told(tmp_path: Path) -> None:
    files = [
        parsed("weather", [weather(DAY, v, "archive"), weather(DAY + HOUR, v, "latest", "suspect")]) for v in (1, 3)
    ]
    files.append(parsed("weather", [weather(DAY + HOUR, 4, "archive")]))
    found = in_any_order(tmp_path, files, "weather_conflicts")
    assert found.select("station", "hours").rows() == [("4711", 1)]
    assert "1 temperaturer i 2026-02" in found["message"][0] and "1,0 mot 3,0" in found["message"][0]


def test_hours_win_over_days_and_months_are_no_hours(tmp_path: Path) -> None:
    rows = [
        weather(DAY, 8.0, "archive", length=timedelta(days=28)),
        weather(DAY, -4.0, "archive", length=timedelta(days=1)),
        weather(DAY + 2 * HOUR, 1.0, "latest"),
        weather(DAY + 3 * HOUR, 90.0, "latest", parameter="relative_humidity_pct"),
        weather(DAY + timedelta(hours=4, minutes=20), 2.0, "latest"),
    ]
    found = core(tmp_path, [parsed("weather", rows)])["weather_hourly"].sort("start_utc")
    assert found["air_temperature_c"].to_list() == [-4.0, -4.0, 1.0, -4.0, 2.0] + [-4.0] * 19
    assert found["resolution_minutes"].to_list() == [1440, 1440, 60, 1440, 60] + [1440] * 19


def test_a_hole_of_six_hours_is_drawn_and_one_of_seven_stays(tmp_path: Path) -> None:
    rows = [weather(DAY + n * HOUR, float(n), "archive") for n in (0, 7, 15)]
    found = core(tmp_path, [parsed("weather", rows)])["weather_hourly"].sort("start_utc")
    assert found["air_temperature_c"].to_list() == [0, 1, 2, 3, 4, 5, 6, 7, 15]
    assert found["is_interpolated"].sum() == 6


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([price(DAY, 500)], [0.5]),
        ([price(DAY + n * QUARTER, v, QUARTER) for n, v in enumerate((100, 200, 300, 400))], [0.25]),
        ([price(DAY + n * QUARTER, 100, QUARTER) for n in range(3)], []),
        ([price(DAY, 500), *(price(DAY + n * QUARTER, 100, QUARTER) for n in range(3))], [0.5]),
        ([price(DAY, 500), *(price(DAY + n * QUARTER, 100, QUARTER) for n in range(4))], [0.1]),
        ([price(DAY, 100, 2 * QUARTER), price(DAY + 2 * QUARTER, 300, 2 * QUARTER)], [0.2]),
        ([price(DAY, 100, 2 * QUARTER), price(DAY + 2 * QUARTER, 300, QUARTER), price(DAY + 3 * QUARTER, 500, QUARTER)],
         [0.25]),
        ([price(DAY, 900, 2 * QUARTER), *(price(DAY + n * QUARTER, 100, QUARTER) for n in range(4))], [0.1]),
        ([price(DAY, 0.0), price(DAY + HOUR, -60.0)], [0.0, -0.06]),
        ([price(DAY + QUARTER, 100)], []),
        ([price(DAY, 100, timedelta(hours=24))], []),
    ],
)  # fmt: skip
def test_hours_and_quarters_together_never_count_twice(
    tmp_path: Path, rows: list[dict[str, Any]], found: list[float]
) -> None:
    spread = core(tmp_path / "one", [parsed("prices", [r]) for r in rows])["spot_hourly"].sort("start_utc")
    whole = core(tmp_path / "two", [parsed("prices", rows[::-1])])["spot_hourly"].sort("start_utc")
    assert spread["sek_per_kwh"].to_list() == pytest.approx(found)
    assert spread.equals(whole)


def test_sek_as_published_wins_over_eur_and_eur_takes_the_rate_known_that_day(tmp_path: Path) -> None:
    files = [
        parsed("prices", [price(DAY, 50, currency="EUR"), price(DAY + HOUR, 50, currency="EUR")]),
        parsed("prices", [price(DAY, 560), price(DAY, 370, currency="DKK")]),
        parsed("fx", [rate(date(2026, 1, 30), 11.0), rate(date(2026, 2, 2), 12.0)]),
    ]
    assert in_any_order(tmp_path, files, "spot_hourly")["sek_per_kwh"].to_list() == [0.56, 0.55]


def test_a_rate_of_long_ago_is_no_rate(tmp_path: Path) -> None:
    files = [parsed("prices", [price(DAY, 50, currency="EUR")]), parsed("fx", [rate(date(2026, 1, 21), 11.0)])]
    assert core(tmp_path, files)["spot_hourly"].is_empty()


def test_a_later_issue_replaces_a_price_and_is_no_conflict(tmp_path: Path) -> None:
    files = [
        parsed("prices", [price(DAY, 50)], "2026-01-31T12:00:00+00:00"),
        parsed("prices", [price(DAY, 60)], "2026-01-31T13:00:00+00:00"),
        parsed("prices", [price(DAY, 50)], "2026-01-31T11:00:00+00:00"),
    ]
    assert in_any_order(tmp_path, files, "spot_hourly")["sek_per_kwh"].to_list() == [0.06]
    assert core(tmp_path / "c", files)["price_conflicts"].is_empty()


def conflicts(home: Path, files: list[Parsed]) -> list[tuple[str, int, str]]:
    found = in_any_order(home, files, "price_conflicts")
    return found.select("rule", "intervals", "message").rows()


def test_two_values_that_nothing_decides_between_are_told(tmp_path: Path) -> None:
    one, two = parsed("prices", [price(DAY, 50), price(DAY + HOUR, 1)]), parsed("prices", [price(DAY, 50.01)])
    (found,) = conflicts(tmp_path, [one, two])
    assert found[:2] == ("conflicting_prices", 1)
    assert "50,00 mot 50,01 SEK/MWh (2026-02-01 00:00 UTC)" in found[2]
    assert in_any_order(tmp_path / "s", [one, two], "spot_hourly")["sek_per_kwh"].to_list() == [0.05, 0.001]


@pytest.mark.parametrize(("other", "count"), [(50.2, 0), (50.3, 1)])
def test_two_sources_may_differ_by_half_a_percent(tmp_path: Path, other: float, count: int) -> None:
    files = [
        parsed("prices", [price(DAY, 50, currency="EUR")], "2026-01-31", "entsoe_a44"),
        parsed("prices", [price(DAY, other, currency="EUR")], None, "energinet"),
    ]
    found = conflicts(tmp_path, files)
    assert len(found) == count
    assert all("energinet, entsoe_a44" in message for _, _, message in found)


def test_an_hour_that_is_not_the_mean_of_its_quarters_is_told(tmp_path: Path) -> None:
    quarters = [price(DAY + n * QUARTER, 100, QUARTER) for n in range(4)]
    (found,) = conflicts(tmp_path, [parsed("prices", quarters), parsed("prices", [price(DAY, 100.5)])])
    assert found[0] == "hour_and_quarters_differ"
    assert conflicts(tmp_path / "same", [parsed("prices", [*quarters, price(DAY, 100.0)])]) == []


def test_currencies_that_do_not_answer_to_each_other_are_told(tmp_path: Path) -> None:
    files = [
        parsed("prices", [price(DAY, 50, currency="EUR"), price(DAY + HOUR, 50, currency="EUR")]),
        parsed("prices", [price(DAY, 552), price(DAY + HOUR, 700)]),
        parsed("fx", [rate(date(2026, 1, 30), 11.0)]),
    ]
    (found,) = conflicts(tmp_path, files)
    assert found[:2] == ("currencies_differ", 1)
    assert "550,00 mot 700,00 SEK/MWh" in found[2]


def test_months_without_some_of_their_prices_are_counted(tmp_path: Path) -> None:
    """The end of January whole, four hours of February lost and all of March; April begins with what is known."""
    first = datetime(2026, 1, 30, tzinfo=UTC)
    hours = [first + n * HOUR for n in range(24 * 90)]
    lost = {datetime(2026, 2, 7, n, tzinfo=UTC) for n in range(4)}
    known = [h for h in hours if h not in lost and (h + HOUR).month != 3]
    gaps = core(tmp_path, [parsed("prices", [price(h, 500.0) for h in known])])["price_gaps"]
    assert gaps.sort("month").rows() == [("SE3", date(2026, 2, 1), 4), ("SE3", date(2026, 3, 1), 744)]
