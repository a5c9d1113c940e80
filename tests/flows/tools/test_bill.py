"""`evaluate` and `bill` on any tidy data, without a home."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from flows.cli import main

LISTS = Path(__file__).parents[3] / "energy" / "tariffs" / "lists"


def hours(first: datetime, count: int) -> list[datetime]:
    return [first + timedelta(hours=h) for h in range(count)]


@pytest.fixture
def april(tmp_path: Path) -> Path:
    """April 2024 in normal time at 25 MWh, after a year at the same power: 25 000 kWh / 720 h."""
    start = hours(datetime(2023, 3, 31, 23, tzinfo=UTC), 24 * 396)
    path = tmp_path / "april.parquet"
    pl.DataFrame({"start_utc": start, "energy_kwh": [25000 / 720] * len(start)}).write_parquet(path)
    return path


def test_bill_of_a_published_list(april: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """25 MWh in April 2024 at Göteborg Energi's 366 SEK/MWh is 9 150 SEK (published example)."""
    status = main(
        ["bill", str(LISTS / "goteborg-energi-2024.toml"), "--readings", str(april), "--month", "2024-04", "--json"]
    )
    assert status == 0
    rows = json.loads(capsys.readouterr().out)["bill"]
    energy = next(r for r in rows if r["component"] == "energy")
    assert energy["amount_sek"] == pytest.approx(9150.0)
    cold = next(r for r in rows if r["component"] == "return_temperature")
    assert cold["amount_sek"] is None
    assert cold["reason"]
    pl.read_parquet(april).rename({"energy_kwh": "kwh"}).write_parquet(april)  # as evaluate's files have it
    words = ["bill", str(LISTS / "goteborg-energi-2024.toml"), "--readings", str(april), "--month", "2024-04", "--json"]
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["bill"] == rows


def test_bill_of_an_id_with_vat(april: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """April 2024 at an even 34.722 kW, Borlänge: 25 MWh x 426 = 10 650, VAT 2 662.50, in all 13 312.50."""
    words = ["bill", "borlange-2024", "--readings", str(april), "--month", "2024-04"]
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    energy = next(r for r in found["bill"] if r["component"] == "energy")
    assert (energy["net_sek"], energy["vat_percent"], energy["vat_sek"], energy["gross_sek"]) == (
        10650.0, 25.0, 2662.5, 13312.5,
    )  # fmt: skip
    demand = next(r for r in found["bill"] if r["component"] == "demand")
    assert demand["evidence"][0]["what"].startswith("dygnsmedeleffekt 34,7 kW")
    assert found["total"][0]["net_sek"] is None, "the meter tells no flow"
    assert main([*words, "--vat"]) == 0
    out = capsys.readouterr().out.replace("\u00a0", " ")
    assert "13 312,50" in out and "Moms (SEK)" in out and "kan inte bedömas" in out.lower()
    assert main(words) == 0
    assert "Moms (SEK)" not in capsys.readouterr().out


def test_the_sum_of_a_bill_is_of_its_rounded_rows(
    april: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """25 000 kWh x 7.3 öre = 1 825.00; 34.722 kW x 38 = 1 319.44; 9 500/12 = 791.67; tax 25 000 x 42.8 öre."""
    text = (LISTS / "karlskoga-elnat-2020.toml").read_text(encoding="utf-8").replace("2020-01-01\n", "2024-01-01\n")
    (tmp_path / "k.toml").write_text(text.replace("2021-01-01", "2025-01-01"), encoding="utf-8")
    words = ["bill", str(tmp_path / "k.toml"), "--readings", str(april), "--month", "2024-04"]
    assert main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    rows, total = found["bill"], found["total"][0]
    assert [row["net_sek"] for row in rows] == [791.67, 1319.44, 1825.0, 10700.0]
    assert total["net_sek"] == 14636.11 and total["vat_sek"] == round(sum(row["vat_sek"] for row in rows), 2)
    assert main([*words, "--vat"]) == 0
    out = capsys.readouterr().out.replace("\u00a0", " ")
    assert "Summa exkl. moms: 14 636,11 SEK" in out and "avrundad till öre" in out


def test_bill_says_what_it_lacks(april: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bill", str(LISTS / "spot-se3.toml"), "--readings", str(april), "--month", "2024-04"]) == 0
    assert "kan inte bedömas" in capsys.readouterr().out.lower()


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["--month", "april"], 2, "ÅÅÅÅ-MM"),
        (["--month", "2024-04", "--set", "subscribed"], 2, "NAMN=VÄRDE"),
    ],
)
def test_bill_with_wrong_words(
    april: Path, capsys: pytest.CaptureFixture[str], words: list[str], status: int, told: str
) -> None:
    assert main(["bill", str(LISTS / "goteborg-energi-2024.toml"), "--readings", str(april), *words]) == status
    assert told in capsys.readouterr().err


def test_bill_of_a_file_without_the_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.parquet"
    pl.DataFrame({"tid": [1]}).write_parquet(path)
    words = ["bill", str(LISTS / "spot-se3.toml"), "--readings", str(path), "--month", "2024-04"]
    assert main(words) == 3
    assert "start_utc" in capsys.readouterr().err
    assert main([*words[:3], str(tmp_path / "finns-inte.parquet"), *words[4:]]) == 3


def test_evaluate_finds_a_known_saving(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A meter that follows temperature exactly and uses 20 % less the second year: the band holds 20 %."""
    rng = np.random.default_rng(1)
    start = hours(datetime(2022, 1, 1, tzinfo=UTC), 24 * 731)
    day = np.arange(len(start)) / 24
    air = 8 - 10 * np.cos(2 * np.pi * day / 365.25) + rng.normal(0, 2, len(start))
    kwh = 50 + 4 * np.maximum(0, 15 - air) + rng.normal(0, 3, len(start))
    kwh[day >= 365] *= 0.8
    pl.DataFrame({"meter_id": ["a"] * len(start), "start_utc": start, "energy_kwh": kwh}).write_parquet(
        tmp_path / "r.parquet"
    )
    pl.DataFrame({"start_utc": start, "air_temperature_c": air}).write_parquet(tmp_path / "w.parquet")
    words = ["evaluate", str(tmp_path / "r.parquet"), "--weather", str(tmp_path / "w.parquet")]
    periods = ["--train", "2022-01-01:2022-12-31", "--test", "2023-01-01:2023-12-30"]
    assert main([*words, *periods, "--json"]) == 0
    row = json.loads(capsys.readouterr().out)["evaluation"][0]
    saved = row["predicted_kwh"] - row["actual_kwh"]
    assert row["band_low_kwh"] < saved < row["band_high_kwh"]
    assert saved / row["predicted_kwh"] == pytest.approx(0.2, abs=0.02)
    assert main([*words, "--train", "2022", "--test", "2023"]) == 2


def test_evaluate_without_weather_for_the_period(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start = hours(datetime(2022, 1, 1, tzinfo=UTC), 48)
    pl.DataFrame({"meter_id": ["a"] * 48, "start_utc": start, "kwh": [1.0] * 48}).write_parquet(tmp_path / "r.parquet")
    late = hours(datetime(2030, 1, 1, tzinfo=UTC), 48)
    pl.DataFrame({"start_utc": late, "air_temperature_c": [1.0] * 48}).write_parquet(tmp_path / "w.parquet")
    words = ["evaluate", str(tmp_path / "r.parquet"), "--weather", str(tmp_path / "w.parquet")]
    assert main([*words, "--train", "2022-01-01:2022-12-31", "--test", "2023-01-01:2023-12-31"]) == 3
    assert "energibok:" in capsys.readouterr().err
