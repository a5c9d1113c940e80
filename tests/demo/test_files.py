"""The home as files: settings that load, files that their sources read, the same bytes for the same seed."""

from __future__ import annotations

from datetime import date
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from energy import demo, sources
from energy.demo import books, market, plan
from energy.demo.billing import SUPPLIES
from energy.model import Parsed
from energy.tariffs.pricelist import check_overlaps, read_price_list
from flows.settings.load import load_settings


def test_same_seed_same_bytes_other_seed_other_meters(home):
    assert demo.files(1) == home
    other = demo.files(2)
    same = {path for path, data in home.items() if other.get(path) == data}
    assert {"energibok.toml", "inbox/README.txt", "inbox/handelser/syntetiska_handelser.csv"} <= same
    assert "inbox/oppettider/syntetiska_oppettider.csv" in same
    seeded = (
        "fjarrvarme",
        "el",
        "vader",
        "fakturor",
        "kylmaskiner",
        "driftdata",
        "lagerdata",
        "huvudbok",
        "budget",
        "bokningar",
    )
    found = [path for path in same if path.startswith(tuple(f"inbox/{folder}" for folder in seeded))]
    assert all("el_belysning" in path or "grid/syntetisk_EB" in path for path in found)  # nothing is used there


def test_size_and_names(home):
    assert sum(map(len, home.values())) < 40_000_000
    assert all("syntetisk" in path for path in home if path.startswith("inbox/") and path != "inbox/README.txt")
    assert all(not path.startswith("/") and ".." not in path for path in home)


def test_settings_load_and_agree_with_the_plan(home, tmp_path: Path):
    (tmp_path / "energibok.toml").write_bytes(home["energibok.toml"])
    settings = load_settings(tmp_path)
    assert settings.synthetic
    assert {m.id for m in settings.metering_point} == {
        plan.HEAT_MAIN, plan.EL_MAIN, plan.EL_STORE, plan.EL_ICE, plan.REJECTED, plan.STORE_HEAT,
        plan.EL_LIGHTING, plan.CHARGED, plan.STORE_OUT, plan.HEAT_PUMP, plan.EL_BRINE,
    }  # fmt: skip
    (project,) = settings.project
    assert (project.baseline_from, project.baseline_to, project.reporting_from) == (
        plan.FIRST, plan.BASELINE_TO, plan.STORE_FROM,
    )  # fmt: skip
    assert plan.EL_LIGHTING not in project.boundary_meters
    assert [(c.metering_point, c.kind, c.family, c.valid_from, c.supplier_id) for c in settings.contract] == [
        (s.metering_point, s.kind, s.family, s.first, s.supplier.org_number) for s in SUPPLIES
    ]
    assert [c.rhythm for c in settings.contract] == [{1: "monthly", 3: "quarterly"}[s.months] for s in SUPPLIES]
    assert all(c.days_to_invoice > s.days_to_invoice for c, s in zip(settings.contract, SUPPLIES, strict=True))
    weekly = [(h.opens.hour, h.closes.hour, len(h.days)) for h in settings.opening_hours]
    assert weekly == [(opens, closes, len(days)) for days, opens, closes in plan.OPENING]


def test_the_settings_know_how_the_books_are_kept(home, tmp_path: Path):
    (tmp_path / "energibok.toml").write_bytes(home["energibok.toml"])
    settings = load_settings(tmp_path)
    dimension = settings.ledger.cost_centre_dimension
    for kind, number in books.COST_ACCOUNTS.items():
        held = [a for a in settings.account if a.kind == kind]
        for day in (date(2018, 1, 1), date(2020, 12, 31), date(2021, 1, 1), date(2023, 12, 31)):
            (account,) = (a for a in held if a.valid_from <= day < a.valid_to)
            assert {dimension: account.cost_centre, **account.objects} == books.objects(day)
            assert (account.account, account.name) == (number, books.ACCOUNTS[number])
    others = {a.purpose: a.account for a in settings.account if a.purpose != "energy"}
    assert others == {"accrual": books.ACCRUED, "one_off": books.ONE_OFF}
    assert settings.ledger.vat_accounts == [books.VAT]
    assert settings.ledger.supplier_accounts == [books.SUPPLIERS]


def test_factors_cover_every_year_and_say_that_they_are_made_up(home, tmp_path: Path):
    (tmp_path / "energibok.toml").write_bytes(home["energibok.toml"])
    factors = load_settings(tmp_path).emission_factor
    for carrier, methods in (("district_heating", {"supplier"}), ("electricity", {"location_based", "market_based"})):
        for year in range(plan.FIRST.year, plan.END.year):
            held = [f for f in factors if f.carrier == carrier and f.valid_from.year == year]
            assert {f.method for f in held} == methods
            assert {f.valid_to for f in held} == {date(year + 1, 1, 1)}
    assert {f.source for f in factors} == {"Syntetisk faktor för demonstrationen"}


def test_price_lists_cover_every_day_once(home, settings):
    lists = [read_price_list(d.decode(), p) for p, d in home.items() if p.startswith("tariffs/")]
    check_overlaps(lists)
    for contract in settings["contract"]:
        mine = sorted((one.valid_from, one.valid_to) for one in lists if one.family == contract["family"])
        assert mine[0][0] <= plan.FIRST
        assert mine[-1][1] >= plan.END
        assert all(end == start for (_, end), (start, _) in pairwise(mine))
    assert all(one.synthetic for one in lists)


def test_every_file_is_read_by_its_rule_but_one(home, settings, parsed: dict[str, Parsed]):
    names = [path.removeprefix("inbox/") for path in home if path.startswith("inbox/")]
    unmatched = [n for n in names if not any(fnmatch(n, r["match"]) for r in settings["source"])]
    assert unmatched == ["README.txt"]
    assert sources.detect(home["inbox/README.txt"][:4096], "README.txt") is None
    rejects = {name: p.rejects["rule"].to_list() for name, p in parsed.items() if p.rejects.height}
    assert sorted(rejects.pop("el/syntetisk_el_2018.csv")) == ["missing_value"] + ["not_a_number"] * 5
    spring = {f"elpris/syntetiskt_elpris_SE3_{year}.csv": ["missing_value"] for year in range(2018, 2024)}
    assert rejects == spring  # the portal writes the hour that summer time skips, without a price
    assert [f for name, p in parsed.items() for f in p.findings if f.level == "error"] == []
    assert all(p.rows_in > 0 for p in parsed.values())


def test_invoices_weather_prices_and_events_are_known_without_a_rule(home):
    kinds = {
        "vader/*.csv": "smhi", "vader/*.json": "smhi_json", "elpris/*.csv": "entsoe_portal",
        "elpris/*.json": "elprisetjustnu", "valuta/*": "ecb", "handelser/*": "events",
        "fakturor/*_svefaktura.xml": "svefaktura", "fakturor/*": "peppol", "huvudbok/*": "sie", "budget/*": "budget",
        "bokningar/*": "bookings", "oppettider/*": "opening_hours",
    }  # fmt: skip
    told = set()
    for path, data in home.items():
        pattern = next((p for p in kinds if fnmatch(path, f"inbox/{p}")), None)
        if pattern:
            found = sources.detect(data[:4096], path)
            assert found is not None and found.name == kinds[pattern], path
            told.add(pattern)
    assert told == set(kinds)


def test_one_file_came_twice_under_another_name(home):
    twice = [p for p, d in home.items() if d == home["inbox/fjarrvarme/syntetisk_fjarrvarme_2019.csv"]]
    assert len(twice) == 2


def test_thousands_are_set_apart_by_three_kinds_of_space_in_2019(home, readings):
    text = home["inbox/el/syntetisk_el_2019.csv"].decode("utf-8-sig")
    assert all(f"{space}" in text for space in ("\u00a0", "\u202f"))
    assert ";Wh\n" in text
    year = readings.filter(
        (pl.col("metering_point") == plan.EL_MAIN) & (pl.col("start_utc").dt.offset_by("1h").dt.year() == 2019)
    )
    assert year.height == 8760
    assert 100 < year["value"].min() < year["value"].max() < 700  # kWh again


def test_missing_rows_are_absent_not_zero(readings):
    hours = readings.group_by("metering_point", "quantity").len().sort("metering_point", "quantity")
    rows = {(r["metering_point"], r["quantity"]): r["len"] for r in hours.iter_rows(named=True)}
    whole = 2191 * 24
    assert rows[plan.HEAT_MAIN, "energy_kwh"] == whole
    assert rows[plan.EL_MAIN, "energy_kwh"] == whole - 6
    assert rows[plan.EL_ICE, "energy_kwh"] == whole - 3 * 24 + 1  # the last two years as standings, one more than hours
    assert rows[plan.EL_STORE, "energy_kwh"] == (1217) * 24
    assert rows[plan.STORE_HEAT, "energy_kwh"] == 1217 * 24 + 1  # standings: one more than hours
    assert rows[plan.EL_LIGHTING, "energy_kwh"] == 1095 * 24
    assert readings.filter(pl.col("metering_point") == plan.EL_LIGHTING)["value"].abs().max() == 0.0  # read, and nought


def test_closures_of_the_reporting_period_are_excluded_with_reason_and_name(parsed: dict[str, Parsed]):
    events = parsed["handelser/syntetiska_handelser.csv"].tables["events"]
    excluded = events.filter(pl.col("treatment") == "exclude")
    assert excluded.height == 2
    assert excluded["start_utc"].dt.date().to_list()[0].isoformat() == "2020-11-23"  # civil midnight, in UTC
    assert excluded["reason"].null_count() == excluded["decided_by"].null_count() == 0
    seasons = events.filter(pl.col("kind") == "ice_season")
    assert seasons.height == 7
    assert (seasons["end_utc"] > seasons["start_utc"]).all()


def _values(frame: pl.DataFrame, column: str) -> np.ndarray:
    return frame.sort("start_utc")[column].to_numpy()


@pytest.mark.parametrize(
    ("quantity", "values"),
    [
        ("energy_kwh", "district_kwh"),
        ("volume_m3", "volume_m3"),
        ("supply_temperature_c", "supply_c"),
        ("return_temperature_c", "return_c"),
    ],
)
def test_heat_comes_back_from_the_files_as_it_was(physics, readings, quantity, values):
    heat = readings.filter((pl.col("metering_point") == plan.HEAT_MAIN) & (pl.col("quantity") == quantity))
    hours = physics.time.delivered
    assert (heat.sort("start_utc")["start_utc"].to_numpy() == physics.start_utc[hours]).all()
    np.testing.assert_allclose(_values(heat, "value"), getattr(physics, values)[hours], atol=1e-6)


def test_the_register_climbs_by_what_the_store_delivered(physics, readings):
    standing = readings.filter(pl.col("metering_point") == plan.STORE_HEAT)
    assert standing["kind"].unique().to_list() == ["register"]
    climbed = np.diff(_values(standing, "value"))
    np.testing.assert_allclose(climbed, physics.store_heat_kwh[physics.time.since(plan.STORE_FROM)], atol=1.0001)


def test_prices_and_weather_come_back_on_their_clocks(physics, parsed: dict[str, Parsed]):
    prices = pl.concat([p.tables["prices"] for n, p in parsed.items() if "prices" in p.tables and n.endswith(".csv")])
    spot = market.spot_eur_per_mwh(physics.start_utc, 1)[physics.time.delivered]
    np.testing.assert_allclose(_values(prices, "price_per_mwh"), spot, atol=1e-9)
    weather = parsed["vader/syntetisk_lufttemperatur_999999.csv"].tables["weather"]
    assert weather["station"].unique().to_list() == ["999999"]
    assert weather.height == physics.start_utc.size - 8
    at = np.searchsorted(physics.start_utc, weather["start_utc"].to_numpy().astype("datetime64[s]"))
    np.testing.assert_allclose(weather["value"].to_numpy(), physics.air_temperature_c[at], atol=1e-9)
    assert set(weather["status"]) == {"measured", "suspect"}


def test_the_weather_before_the_facility_joins_without_hole_or_step(physics, parsed: dict[str, Parsed]):
    """Ten whole years more, each with its own winter, up to the hour before the first one of the facility."""
    before = parsed["vader/syntetisk_lufttemperatur_999999_2008-2017.csv"].tables["weather"].sort("start_utc")
    hours = before["start_utc"].to_numpy().astype("datetime64[s]")
    assert (np.diff(hours) == np.timedelta64(3600, "s")).all()
    assert hours[0] == plan.utc_of(plan.WEATHER_FROM)
    assert hours[-1] + np.timedelta64(3600, "s") == physics.start_utc[0]
    air = before["value"].to_numpy()
    assert abs(air[-1] - physics.air_temperature_c[0]) < 1
    assert -35 < air.min() < -10 and 25 < air.max() < 40
    winters = before.filter(pl.col("start_utc").dt.month().is_in([1, 2])).group_by(pl.col("start_utc").dt.year())
    means = winters.agg(pl.col("value").mean())["value"]
    assert means.len() == 10
    assert 1.0 < means.std() < 4.0
    whole = before.filter(pl.col("start_utc").dt.year().is_between(2008, 2016))
    assert 6 < whole["value"].mean() < 9
