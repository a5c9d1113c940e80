"""`evaluate` and `bill` on any tidy data, without a home."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from flows.cli import main

LISTS = Path(__file__).parents[2] / "energy" / "tariffs" / "lists"


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
    pl.DataFrame({"meter_id": ["a"] * len(start), "start_utc": start, "kwh": kwh}).write_parquet(tmp_path / "r.parquet")
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
