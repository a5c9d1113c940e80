"""The newer kinds of files: bookings without names, opening hours, trends, registers, days of the web, old invoices."""

from __future__ import annotations

import io
import tomllib
import zipfile

import numpy as np
import polars as pl
import pytest

from energy import sources
from energy.demo import automation, bookings, market, plan, webfiles
from energy.model import Parsed

BOOKINGS = "bokningar/syntetiska_bokningar_2022-2023.xlsx"


def test_bookings_lose_the_people_at_the_door(home: dict[str, bytes], parsed: dict[str, Parsed]) -> None:
    with zipfile.ZipFile(io.BytesIO(home[f"inbox/{BOOKINGS}"])) as book:
        sent = book.read("xl/worksheets/sheet1.xml").decode()
    found = parsed[BOOKINGS]
    read = found.tables["bookings"].write_csv() + str(found.rejects) + str(found.findings)
    for person in bookings.PEOPLE:
        for word in person:
            assert word in sent
            assert word not in read
            assert word.encode() not in (found.kept or b"")
    assert ", ring " in sent


def test_bookings_are_within_the_opening_hours_and_never_two_at_once(parsed: dict[str, Parsed]) -> None:
    table = parsed[BOOKINGS].tables["bookings"]
    assert parsed[BOOKINGS].rejects.is_empty()
    assert table.height > 2500
    assert table["facility"].unique().to_list() == [plan.FACILITY]
    assert set(table["activity"]) == {
        "träning",
        "match",
        "allmänhetens åkning",
        "skola",
        "tävling",
        "uthyrning",
        "möte",
    }
    civil = table.with_columns(pl.col("start_utc", "end_utc").dt.convert_time_zone("Europe/Stockholm"))
    weekend = pl.col("start_utc").dt.weekday() > 5
    assert civil.filter(pl.col("start_utc").dt.hour() < pl.when(weekend).then(8).otherwise(6)).is_empty()
    assert civil.filter(pl.col("end_utc").dt.hour() > pl.when(weekend).then(20).otherwise(22)).is_empty()
    ends = table.sort("space", "start_utc").select(pl.col("end_utc").shift().over("space") <= pl.col("start_utc"))
    assert ends.to_series().drop_nulls().all()


def test_opening_hours_say_what_the_settings_say(home: dict[str, bytes], parsed: dict[str, Parsed]) -> None:
    table = parsed["oppettider/syntetiska_oppettider.csv"].tables["opening_hours"]
    told = {r["weekday"]: (r["opens"], r["closes"]) for r in table.to_dicts()}
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    for hours in tomllib.loads(home["energibok.toml"].decode())["opening_hours"]:
        for day in hours["days"]:
            assert told.pop(days.index(day) + 1) == (f"{hours['opens']:%H:%M}", f"{hours['closes']:%H:%M}")
    assert told == {}


def test_trends_are_quarters_on_the_wall_clock(parsed: dict[str, Parsed], settings) -> None:
    files = {name: p for name, p in parsed.items() if name.startswith("driftdata/")}
    assert len(files) == 3
    trends = pl.concat([p.tables["trends"] for p in files.values()])
    assert all(not p.rejects.height and not p.findings for p in files.values())
    assert set(trends["point"]) == {point["id"] for point in settings["point"]} - set(automation.STORE_POINTS)
    quarters = trends["at_utc"].unique().sort()
    assert (quarters.diff().drop_nulls().dt.total_minutes() == 15).all()  # no hole where summer time ends
    assert len(quarters) == 91 * 96 + 4
    assert trends.filter(status="invalid").group_by("point").len().sort("point").rows() == [
        ("LB02-GM11", 12), ("VS01-GT11", 4),
    ]  # fmt: skip


def test_the_stores_controller_logs_every_hour_since_it_was_taken_into_use(
    physics, parsed: dict[str, Parsed], settings
) -> None:
    files = [p for name, p in parsed.items() if name.startswith("lagerdata/")]
    assert len(files) == 4
    assert all(not p.rejects.height and not p.findings for p in files)
    trends = pl.concat([p.tables["trends"] for p in files])
    (store,) = settings["store"]
    assert set(trends["point"]) == set(automation.STORE_POINTS) == {
        *store["temperature_points"], *store["supply_points"], *store["source_points"],
    }  # fmt: skip
    assert store["heat_capacity_kwh_per_k"] == automation.HEAT_CAPACITY_KWH_PER_K
    here = trends.filter(point=automation.STORE_POINTS[0]).sort("at_utc")
    since = physics.time.since(plan.STORE_FROM)
    assert here["at_utc"].to_list()[0].replace(tzinfo=None) == physics.start_utc[since][0].item()
    held = (here["value"].to_numpy() - 6.0) * automation.HEAT_CAPACITY_KWH_PER_K
    np.testing.assert_allclose(held, physics.store_content_kwh[since], atol=0.1 * automation.HEAT_CAPACITY_KWH_PER_K)


def test_the_ventilation_stops_following_its_time_programme(parsed: dict[str, Parsed]) -> None:
    status = pl.concat([p.tables["trends"] for n, p in parsed.items() if n.startswith("driftdata/")])
    status = status.filter(point="LB03-FF01").with_columns(
        fault=pl.col("at_utc") >= pl.datetime(2022, 9, 30, 23, time_zone="UTC")
    )
    share = dict(status.group_by("fault").agg(pl.col("value").mean()).iter_rows())
    assert share[True] == 1.0
    assert 0.5 < share[False] < 0.7


def test_the_ice_plants_register_rolls_over_and_its_meter_is_replaced(physics, parsed: dict[str, Parsed], settings):
    rows = pl.concat([p.tables["readings"] for n, p in parsed.items() if n.startswith("kylmaskiner/")])
    standing = rows.sort("start_utc")
    assert standing["kind"].unique().to_list() == ["register"]
    old, new = settings["installation"]
    changed = plan.ICE_METER_CHANGED - np.timedelta64(3600, "s")
    assert str(plan.ICE_METER_CHANGED.astype(object)) == str(old["to"]) == str(new["from"])
    at = standing["start_utc"].to_numpy()
    value = standing["value"].to_numpy()
    used = np.diff(value)
    falls = np.flatnonzero(used < 0)
    assert len(falls) == 2
    rolled, replaced = falls
    assert at[replaced] < changed < at[replaced + 1]  # within the hour
    used[rolled] += 10.0 ** old["digits"]
    used[replaced] = old["stop_register"] - value[replaced] + value[replaced + 1] - new["start_register"]
    assert min(old["stop_register"] - value[replaced], value[replaced + 1] - new["start_register"]) > 1
    true = physics.el_ice_kwh[physics.time.since(plan.ICE_REGISTER_FROM)]
    np.testing.assert_allclose(used, true, atol=1e-6)
    assert used.sum() == pytest.approx(true.sum(), abs=1e-5)


def test_days_of_prices_are_those_of_the_year_in_both_currencies(parsed: dict[str, Parsed]) -> None:
    days = pl.concat([p.tables["prices"] for n, p in parsed.items() if n.startswith("elpris/") and n.endswith(".json")])
    year = parsed["elpris/syntetiskt_elpris_SE3_2023.csv"].tables["prices"]
    euro = days.filter(currency="EUR").join(year, on="start_utc", suffix="_year")
    assert euro.height == 6 * 24 + 25
    assert (euro["price_per_mwh"] == euro["price_per_mwh_year"]).all()
    crowns = days.filter(currency="SEK").sort("start_utc")
    rates = parsed["valuta/syntetisk_eurosek.csv"].tables["fx"].sort("day")
    at = np.searchsorted(rates["day"].to_numpy(), crowns["start_utc"].dt.date().to_numpy(), side="right") - 1
    expected = euro.sort("start_utc")["price_per_mwh"].to_numpy() * rates["per_eur"].to_numpy()[at]
    np.testing.assert_allclose(crowns["price_per_mwh"].to_numpy(), expected, rtol=1e-12)


def test_the_latest_months_hold_one_value_that_the_archive_put_right(parsed: dict[str, Parsed]) -> None:
    checked = parsed["vader/syntetisk_lufttemperatur_999999.csv"].tables["weather"]
    latest = parsed["vader/syntetisk_lufttemperatur_999999_latest-months.json"].tables["weather"]
    assert (checked["period"].unique().to_list(), latest["period"].unique().to_list()) == (["archive"], ["latest"])
    both = checked.join(latest, on=["station", "parameter", "start_utc", "end_utc"], suffix="_latest")
    assert both.height == latest.height == 4 * 30 * 24 + 47
    off = both.filter((pl.col("value") - pl.col("value_latest")).abs() > 0.001)
    assert off.height == 1
    assert off["value_latest"][0] - off["value"][0] == pytest.approx(20)


def test_negative_prices_are_written_without_exponent() -> None:
    start = np.array(["2023-07-02T10:00:00"], dtype="datetime64[s]")
    fx = market.Rates(np.array(["2023-06-30"], dtype="datetime64[D]"), np.array([11.8055]))
    day = pl.Series(["2023-07-02"]).str.to_date()[0]
    ((name, data),) = webfiles.elprisetjustnu(start, np.array([-9.5]), fx, day, day)
    assert name == "2023-07-02"
    assert data.startswith(b'[{"SEK_per_kWh":-0.11215225,"EUR_per_kWh":-0.0095')
    prices = sources.by_name("elprisetjustnu").read(data, f"{name}_SE3.json", {}).tables["prices"]
    assert dict(prices.select("currency", "price_per_mwh").iter_rows()) == {"SEK": -112.15225, "EUR": -9.5}


def test_the_first_grid_invoices_are_svefaktura_with_the_same_lines(parsed: dict[str, Parsed]) -> None:
    old = {name: p for name, p in parsed.items() if name.endswith("_svefaktura.xml")}
    assert len(old) == 6
    assert all(p.source == "svefaktura" and not p.findings for p in old.values())
    january = old["fakturor/grid/syntetisk_EN20180001_svefaktura.xml"].tables["invoice_lines"]
    later = parsed["fakturor/grid/syntetisk_EN20190013.xml"].tables["invoice_lines"]
    same = ["item", "unit", "component", "metering_point", "base_quantity", "vat_percent", "line_id"]
    assert january.select(same).equals(later.select(same))
