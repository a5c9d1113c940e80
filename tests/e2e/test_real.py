"""The real home: untouched files of other people, no special code, no known project."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from flows.month import analyse_step, ingest_step, publish_step
from flows.store import Store
from tests.real import FILES, build_home, missing_files

MISSING = "real data missing: "


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    from tests.real import data_folder

    data = data_folder()
    missing = missing_files(data)
    if missing:
        pytest.skip(f"{MISSING}{data / missing[0]}")
    place = tmp_path_factory.mktemp("real") / "hem"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENERGIBOK_DRAWS", "60")
        build_home(place, data)
        ingest_step(place)
        analyse_step(place)
        publish_step(place)
        yield place


def mart(home: Path, name: str) -> pl.DataFrame:
    with Store.read(home) as store:
        return store.table(f"marts.{name}")


def test_every_file_is_loaded_and_adds_up(home: Path) -> None:
    files = mart(home, "files")
    assert files.height == len(FILES)
    assert set(files["status"]) == {"loaded"}
    assert files.filter(pl.col("rows_in") != pl.col("loaded") + pl.col("rejected") + pl.col("duplicates")).is_empty()


def test_register_differences_add_up_to_last_less_first(home: Path) -> None:
    with Store.read(home) as store:
        first, last = store.rows(
            """select min(value), max(value) from core.readings
               where metering_point = '660' and quantity = 'energy_kwh'"""
        )[0]
        total = store.rows(
            "select sum(value) from core.intervals where metering_point = '660' and quantity = 'energy_kwh'"
        )[0][0]
    assert total == pytest.approx(last - first, rel=1e-9)


def test_heat_follows_from_volume_and_temperatures(home: Path) -> None:
    """E = 1.163 kWh/(m³·K) x Σ V·(T_supply - T_return), the physics of the meter (data descriptor: 2-3 %)."""
    with Store.read(home) as store:
        energy, heat = store.rows(
            """select sum(energy_kwh), 1.163 * sum(supply_m3c - return_m3c) from core.load_hourly
               where metering_point = '660'"""
        )[0]
    assert heat == pytest.approx(energy, rel=0.03)


def test_official_electricity_invoices_to_the_ore(home: Path) -> None:
    lines = mart(home, "invoice_lines")
    grid = lines.filter(pl.col("invoice_no") == "82202787022")
    assert grid["amount_sek"].sum() == pytest.approx(1562.39, abs=0.005)
    assert grid.filter(pl.col("component") == "energy")["quantity"].sum() == pytest.approx(1701)
    with Store.read(home) as store:
        nets = store.rows("select invoice_no, net_sek, payable_sek from core.invoices order by 1")
    assert ("82202787022", 1562.39, 1953.0) in nets
    for invoice_no, net, _ in nets:
        own = lines.filter(pl.col("invoice_no") == invoice_no)["amount_sek"].sum()
        assert own == pytest.approx(net, abs=0.005)


def test_portal_and_tidy_prices_are_one_series(home: Path) -> None:
    """The portal's local hours and the tidy UTC hours of 2021-2022 tell the same prices, so they are duplicates."""
    files = {r["file_name"]: r for r in mart(home, "files").to_dicts()}
    assert files["spot/SE3_2021_entsoe.csv"]["loaded"] == 8760
    assert files["spot/SE3_2022_entsoe.csv"]["loaded"] == 8760
    assert files["spot/se3_entsoe_hourly_2016_2024.parquet"]["duplicates"] == 17520


def test_published_list_prices_the_real_meter(home: Path) -> None:
    cost = mart(home, "monthly_cost").filter(
        (pl.col("metering_point") == "660") & (pl.col("month") == date(2018, 4, 1))
    )
    energy = cost.filter(pl.col("component") == "energy").row(0, named=True)
    assert energy["amount_sek"] == pytest.approx(energy["quantity"] / 1000 * 426, rel=1e-9)
    flow = cost.filter(pl.col("component") == "flow").row(0, named=True)
    assert flow["amount_sek"] == pytest.approx(flow["quantity"] * 3.94, rel=1e-9)
    demand = cost.filter(pl.col("component") == "demand").row(0, named=True)
    assert demand["amount_sek"] == pytest.approx((1351 + 998 * demand["quantity"]) * 30 / 365, rel=1e-9)


def test_placebo_projects_have_a_band_and_say_whether_it_holds_zero(home: Path) -> None:
    totals = mart(home, "savings_total").filter((pl.col("carrier") == "all") & (pl.col("period") == "reporting"))
    assert totals.height == 2
    for row in totals.to_dicts():
        assert row["reason"] is None
        assert row["avoided_energy_kwh_low"] < row["avoided_energy_kwh"] < row["avoided_energy_kwh_high"]
        assert row["holds_zero"] == (row["avoided_energy_kwh_low"] <= 0 <= row["avoided_energy_kwh_high"])
    page = (home / "published/site/index.html").read_text(encoding="utf-8")
    assert "inget projekt är känt" in page.lower()
