"""Quarters of an hour through the store: meters and prices that tell them, beside those that tell hours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from energy.model import Contract, Parsed, frame
from energy.tariffs.bill import bill
from flows.analysis.dimensions import write_settings
from flows.analysis.inputs import FacilityInputs
from flows.intake.landing import land
from flows.settings.load import load_settings
from flows.store import SQL, Store, file_hash
from tests.flows.metered import HOUSE
from tests.tariffs.loads import NOTHING, component, price_list

SETTINGS = """
[[facility]]
id = "hall"
name = "Hallen"
weather_station = "1"
""" + "".join(
    f"""
[[metering_point]]
id = "{point}"
facility = "hall"
name = "{point}"
carrier = "{carrier}"
"""
    for point, carrier in (("735", "electricity"), ("736", "electricity"), ("800", "district_heating"))
)
METERS = ("readings", "installations", "register_steps", "intervals", "load_quarters")
PRICES = ("prices", "fx_sek", "price_quarters", "spot_quarters")
CORE = (*METERS, "hourly", "load_hourly", *PRICES, "price_hours", "spot_hourly", "weather_hourly")
HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
SPRING = datetime(2026, 3, 28, 23, tzinfo=UTC)  # the civil day of 29 March 2026: 23 hours, 92 quarters
AUTUMN = datetime(2025, 10, 25, 22, tzinfo=UTC)  # that of 26 October 2025: 25 hours, 100 quarters
AGREED = [Contract("735", "prov", date(2025, 1, 1), date(2027, 1, 1))]
DAY = datetime(2026, 1, 12, 23, tzinfo=UTC)


def readings(
    start: datetime, values: list[float], length: timedelta = QUARTER, point: str = "735", quantity: str = "energy_kwh"
) -> Parsed:
    at = [start + n * length for n in range(len(values))]
    return Parsed("s", {"readings": frame("readings", {
        "row_no": range(1, len(at) + 1), "metering_point": [point] * len(at), "quantity": [quantity] * len(at),
        "kind": ["interval"] * len(at), "start_utc": at, "end_utc": [t + length for t in at],
        "value": [float(v) for v in values], "status": ["measured"] * len(at),
    })})  # fmt: skip


def prices(start: datetime, values: list[float], length: timedelta = QUARTER, currency: str = "SEK") -> Parsed:
    at = [start + n * length for n in range(len(values))]
    return Parsed("s", {"prices": frame("prices", {
        "row_no": range(1, len(at) + 1), "area": ["SE3"] * len(at), "start_utc": at,
        "end_utc": [t + length for t in at], "currency": [currency] * len(at),
        "price_per_mwh": [float(v) for v in values],
    })})  # fmt: skip


def rates(*found: tuple[date, float]) -> Parsed:
    rows = [{"row_no": n, "day": day, "currency": "SEK", "per_eur": rate} for n, (day, rate) in enumerate(found)]
    return Parsed("s", {"fx": frame("fx", rows)})


@contextmanager
def built(home: Path, files: list[Parsed], core: tuple[str, ...] = CORE) -> Iterator[Store]:
    """Yield the store of a home with these files, landed in this order, and what core makes of them."""
    home.mkdir(exist_ok=True)
    (home / "energibok.toml").write_text(SETTINGS, encoding="utf-8")
    with Store.write(home) as store:
        for number, each in enumerate(files):
            entry = {
                "sha256": file_hash(str(number).encode()), "file_name": f"{number}", "size_bytes": 1,
                "received_at": datetime.now(UTC), "source": each.source, "status": "loaded",
            }  # fmt: skip
            with store.transaction():
                land(store, [each], entry)
        write_settings(store, load_settings(home), HOUSE)
        store.build("staging")
        for name in core:
            query = (SQL / "core" / f"{name}.sql").read_text(encoding="utf-8")
            store.con.execute(f"create schema if not exists core; create or replace table core.{name} as\n{query}")
        yield store


def table(home: Path, files: list[Parsed], name: str) -> pl.DataFrame:
    with built(home, files, METERS if name in METERS else PRICES) as store:
        return store.table(f"core.{name}").sort(pl.all())


def inputs(store: Store) -> FacilityInputs:
    settings = load_settings(store.home)
    return FacilityInputs.of(store, settings, settings.facility[0], None)


# --- the meter --------------------------------------------------------------------------------------------------------


def test_the_hour_mean_of_four_quarters_sets_the_power_not_the_highest_quarter(tmp_path: Path) -> None:
    quarters = [25.0] * (4 * 24 * 31)
    quarters[400:404] = [100, 10, 10, 10]  # 400 kW in a quarter, 130 kW in the hour
    quarters[800:804] = [35, 35, 35, 35]  # 140 kW all the hour
    with built(tmp_path, [readings(datetime(2025, 12, 31, 23, tzinfo=UTC), quarters)]) as store:
        load = inputs(store).load("735")
    lists = [price_list(component("monthly_peak_hour", "SEK/kW,month"), valid_from="2026-01-01", valid_to="2027-01-01")]
    (line,) = bill(load, AGREED, lists, [date(2026, 1, 1)], NOTHING)
    assert line.quantity.tolist() == [140.0]
    assert line.evidence[0][0] == "2026-01-09T07:00:00Z"  # hour 200 of the month, normal time


def test_only_whole_hours_of_quarters_have_a_row(tmp_path: Path) -> None:
    files = [
        readings(DAY, [1, 2, 3, 4, 5, 6, 7]),  # the second hour lacks a quarter
        readings(DAY + 2 * HOUR, [9], HOUR),
        readings(DAY + 3 * HOUR, [1] * 12, timedelta(minutes=5)),
        readings(DAY + 4 * HOUR, [2, 2], timedelta(minutes=30)),
        readings(DAY + 5 * HOUR + timedelta(minutes=5), [3] * 4),  # quarters that begin at five past
    ]
    found = [table(tmp_path / str(n), list(order), "load_quarters") for n, order in enumerate([files, files[::-1]])]
    assert found[0].rows() == [("735", DAY, 1, 2, 3, 4), ("735", DAY + 3 * HOUR, 3, 3, 3, 3)]
    assert found[0].equals(found[1])


def test_mean_power_of_a_quarter_is_energy_and_the_meters_energy_wins(tmp_path: Path) -> None:
    files = [
        readings(DAY, [40, 80, 120, 160] * 2, quantity="power_kw"),
        readings(DAY + HOUR, [1, 1, 1, 1]),
        readings(DAY, [7] * 4, point="800"),  # heat is never priced by quarter
        readings(DAY, [7] * 4, quantity="reactive_kvarh"),
    ]
    assert table(tmp_path, files, "load_quarters").rows() == [
        ("735", DAY, 10, 20, 30, 40), ("735", DAY + HOUR, 1, 1, 1, 1),
    ]  # fmt: skip


def test_a_home_of_hours_has_empty_tables_and_no_arrays(tmp_path: Path) -> None:
    with built(tmp_path, [readings(DAY, [5] * 48, HOUR), prices(DAY, [400] * 48, HOUR)]) as store:
        assert store.table("core.load_quarters").is_empty() and store.table("core.spot_quarters").is_empty()
        found = inputs(store)
        load = found.load("735")
        assert load.energy_quarters_kwh is None and load.reactive_kvarh is None
        assert found.billing.spot_quarters_sek_per_kwh is None
        assert found.billing.spot_sek_per_kwh is not None
        assert found.load("736").energy_quarters_kwh is None  # a meter without readings


def test_reactive_energy_reaches_the_load_hour_by_hour(tmp_path: Path) -> None:
    files = [readings(DAY, [5] * 8), readings(DAY, [1, 2, 3, 4], quantity="reactive_kvarh")]
    with built(tmp_path, files) as store:
        load = inputs(store).load("735")
    assert load.reactive_kvarh is not None and load.energy_quarters_kwh is not None
    assert load.reactive_kvarh[:, 0] == pytest.approx([10, np.nan], nan_ok=True)
    assert load.energy_quarters_kwh.shape == (2, 4, 1)
    assert load.energy_quarters_kwh.sum(axis=1) == pytest.approx(load.energy_kwh)


# --- the price --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ([prices(DAY, [400], HOUR)], []),
        ([prices(DAY, [100, 200, -300, 400])], [0.1, 0.2, -0.3, 0.4]),
        ([prices(DAY, [100, 200, 300])], []),  # a quarter is missing: the hour is not priced by quarter
        ([prices(DAY, [400], HOUR), prices(DAY, [100, 200, 300, 400])], [0.1, 0.2, 0.3, 0.4]),
        ([prices(DAY, [100, 300], 2 * QUARTER)], [0.1, 0.1, 0.3, 0.3]),
        ([prices(DAY, [10, 20, 30, 40], currency="EUR"), rates((date(2026, 1, 9), 11.0))], [0.11, 0.22, 0.33, 0.44]),
        ([prices(DAY, [10, 20, 30, 40], currency="EUR"), rates((date(2025, 12, 20), 11.0))], []),  # an old rate
        ([prices(DAY, [10, 20, 30, 40], currency="EUR"), rates((date(2026, 1, 9), 11.0)),
          prices(DAY, [100, 200, 300, 400])], [0.1, 0.2, 0.3, 0.4]),  # SEK as published wins
        ([prices(DAY, [10, 20, 30, 40], currency="EUR"), rates((date(2026, 1, 9), 11.0)),
          prices(DAY, [100, 200, 300])], [0.11, 0.22, 0.33, 0.44]),  # but only a whole hour of it
    ],
)  # fmt: skip
def test_spot_by_quarter_follows_the_rules_of_spot_by_hour(
    tmp_path: Path, files: list[Parsed], found: list[float]
) -> None:
    orders = [table(tmp_path / str(n), list(order), "spot_quarters") for n, order in enumerate((files, files[::-1]))]
    assert orders[0]["sek_per_kwh"].to_list() == pytest.approx(found)
    assert all(one.equals(orders[0]) for one in orders)


@pytest.mark.parametrize(("start", "hours"), [(SPRING, 23), (AUTUMN, 25), (DAY, 24)])
def test_days_of_92_and_100_quarters_cost_what_their_quarters_cost(tmp_path: Path, start: datetime, hours: int) -> None:
    rng = np.random.default_rng(hours)
    energy, price = rng.gamma(2.0, 5.0, 4 * hours), rng.normal(500, 400, 4 * hours)
    with built(tmp_path, [readings(start, energy.tolist()), prices(start, price.tolist())]) as store:
        found = inputs(store)
        load, context = found.load("735"), found.billing
    assert len(load.start_utc) == hours and load.energy_quarters_kwh is not None
    assert np.isfinite(load.energy_quarters_kwh).all() and context.spot_quarters_sek_per_kwh is not None
    assert context.spot_quarters_sek_per_kwh.ravel() == pytest.approx(price / 1000)
    assert context.spot_sek_per_kwh == pytest.approx(price.reshape(-1, 4).mean(axis=1) / 1000)
    by_hand = float((energy * price).sum() / 1000)
    weighted = (load.energy_quarters_kwh[:, :, 0] * context.spot_quarters_sek_per_kwh).sum()
    assert float(weighted) == pytest.approx(by_hand)


def test_a_bill_over_the_first_of_october_2025_mixes_hours_and_quarters(tmp_path: Path) -> None:
    start, change = datetime(2025, 8, 31, 23, tzinfo=UTC), datetime(2025, 9, 30, 22, tzinfo=UTC)
    hours, late = int((change - start) / HOUR), 24 * 31 + 1  # to the end of October, normal time
    energy = [1.0, 2.0, 3.0, 4.0] * (hours + late)
    price = [1000.0, 500.0, 200.0, -100.0] * late
    files = [readings(start, energy), prices(start, [300.0] * hours, HOUR), prices(change, price)]
    with built(tmp_path, files) as store:
        found = inputs(store)
        load, context = found.load("735"), found.billing
    lists = [price_list(component("spot_energy", "spot"), valid_from="2025-01-01", valid_to="2026-01-01")]
    september, october = bill(load, AGREED, lists, [date(2025, 9, 1), date(2025, 10, 1)], context)
    # an hour by quarters: 1.0 + 1.0 + 0.6 - 0.4 = 2.20 SEK; by the hour: 10 x 0.30. The price changes at 00 civil
    # time, which is 23 normal time on 30 September
    assert september.amount_sek == pytest.approx([719 * 3.00 + 2.20])
    assert october.amount_sek == pytest.approx([744 * 2.20])
    assert september.evidence[0][1].endswith("1 av 720 timmar prissatta kvart för kvart")
    assert october.evidence[0][1].endswith("744 av 744 timmar prissatta kvart för kvart")
