"""`evaluate` as a person runs it on files of their own: strange files, many meters, JSON, table and report page."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from flows.cli import main

HOSTILE = "<script>alert(1)</script>"
PERIODS = ["--train", "2022-01-01:2022-12-31", "--test", "2023-01-01:2023-12-30"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two good meters, one with markup for a name and three infinite hours; one constant, one short; weather with a
    hole of a day."""
    path = tmp_path_factory.mktemp("evaluate")
    rng = np.random.default_rng(1)
    start = [datetime(2022, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(24 * 730)]
    day = np.arange(len(start)) / 24
    air = 8 - 10 * np.cos(2 * np.pi * day / 365.25) + rng.normal(0, 2, len(start))
    kwh = 50 + 4 * np.maximum(0, 15 - air) + rng.normal(0, 3, len(start))
    made = {"a": kwh, "konstant": np.full(len(start), 3.0), "kort": np.where(day < 20, kwh, np.nan)}
    made[HOSTILE] = np.where((day > 90) & (day < 90.15), np.inf, kwh * 2)
    frames = [
        pl.DataFrame(
            {
                "meter_id": [name] * len(start),
                "start_utc": start,
                "kwh": values,
                "carrier": ["electricity"] * len(start),
            }
        )
        for name, values in made.items()
    ]
    pl.concat(frames).write_parquet(path / "r.parquet")
    weather = pl.DataFrame({"start_utc": start, "air_temperature_c": air})
    weather.filter(~pl.col("start_utc").dt.date().eq(datetime(2022, 5, 5).date())).write_parquet(path / "w.parquet")
    return path


def run(folder: Path, *words: str, readings: str = "r.parquet", weather: str = "w.parquet") -> int:
    files = [str(folder / readings), "--weather", str(folder / weather)]
    return main(["evaluate", *files, *PERIODS, *words])


def test_one_json_document_with_a_row_a_meter(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--json") == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    rows = {row["meter_id"]: row for row in told["evaluation"]}
    assert list(rows) == sorted(rows) and len(rows) == 4
    assert rows["a"]["disqualified"] is None and rows["a"]["cvrmse_daily_pct"] < 5
    assert rows["a"]["n_train"] == 364 * 24 - 1  # a day without weather; the year begins an hour before the file
    assert rows["a"]["fit_seconds"] > 0 and rows["a"]["peak_mb"] > 50 and rows["a"]["carrier"] == "electricity"
    assert "samma värde" in rows["konstant"]["disqualified"] and rows["kort"]["cvrmse_hourly_pct"] is None
    assert told["summary"][0]["meters"] == 4 and told["summary"][0]["assessed"] == 2
    assert "mätare 4 av 4" in err
    assert f"varning: 3 oändliga mätvärden räknas inte ({HOSTILE}: 3)." in err


def test_weather_with_the_wrong_sign_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weather = pl.read_parquet(folder / "w.parquet").with_columns(
        air_temperature_c=20 - pl.col("air_temperature_c"), site=pl.lit("1")
    )
    weather.write_parquet(folder / "sign.parquet")
    one = pl.read_parquet(folder / "r.parquet").filter(pl.col("meter_id").is_in(["kort"]))
    one.with_columns(site=pl.lit("1")).write_parquet(folder / "one.parquet")
    run(folder, "--json", readings="one.parquet", weather="sign.parquet")
    assert "plats 1 är varmare i december till februari" in capsys.readouterr().err
    run(folder, "--json", readings="one.parquet")
    assert "varmare" not in capsys.readouterr().err


def test_rows_of_no_meter_are_counted_and_the_file_s_own_column_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = pl.read_parquet(folder / "r.parquet").filter(pl.col("meter_id").is_in(["kort"]))
    nobody = pl.when(pl.int_range(pl.len()) < 3).then(None).otherwise(pl.col("meter_id")).alias("meter_id")
    one.with_columns(nobody).write_parquet(folder / "one.parquet")
    run(folder, "--json", readings="one.parquet")
    assert "3 rader saknar meter_id och räknas inte." in capsys.readouterr().err
    text = one.with_columns(pl.col("kwh").cast(pl.String)).rename({"kwh": "energy_kwh"})
    text.write_parquet(folder / "one.parquet")
    assert run(folder, readings="one.parquet") == 3
    assert "energy_kwh är String" in capsys.readouterr().err


def test_unknown_carriers_and_contradicting_values_are_told_by_name(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = pl.read_parquet(folder / "r.parquet").filter(pl.col("meter_id").is_in(["kort"]))
    one = one.with_columns(carrier=pl.lit("ånga"))
    twice = one.head(4).with_columns(kwh=pl.col("kwh") + pl.Series([1.0, 1.0, 0.0, 0.0]))  # the same value is no doubt
    pl.concat([one, twice]).write_parquet(folder / "one.parquet")
    run(folder, "--json", readings="one.parquet")
    said = capsys.readouterr().err
    assert "2 tider har olika värden för samma mätare och räknas inte (kort: 2)." in said
    assert "Energislag som inte är kända, med antal mätare: «ånga» (1)." in said and "electricity, gas" in said


def test_a_file_that_is_not_there_is_told_in_swedish(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, readings="ingen.parquet") == 3
    said = capsys.readouterr().err
    assert "ingen.parquet: filen finns inte. Kontrollera sökvägen." in said and "No such file" not in said


def test_the_table_is_swedish_and_says_what_the_band_did(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder) == 0
    out = capsys.readouterr().out
    assert "Modell minus mätare (MWh, % av modellen)" in out and "kan inte bedömas" in out.lower()
    assert "rymmer noll för 2 av 2\u00a0mätare. Så få mätare prövar inte metoden" in out
    assert "electricity" not in out.split("Energislag")[1].replace("meter", "")


def test_the_report_is_one_file_that_escapes_and_asks_for_nothing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "--report", str(tmp_path / "ny" / "mapp")) == 0
    page = (tmp_path / "ny" / "mapp" / "utvardering.html").read_text(encoding="utf-8")
    assert HOSTILE not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "http://" not in page and "https://" not in page and "<link" not in page
    assert "3 oändliga mätvärden räknas inte (&lt;script&gt;" in page and "Utelämnade värden" in page
    assert "för 2 av 2" in page and "mätaren visar samma värde hela tiden" in page.lower()
    assert "rapport:" in capsys.readouterr().err
    assert run(folder, "--report", str(tmp_path / "min.html"), "--json") == 0
    assert (tmp_path / "min.html").is_file() and json.loads(capsys.readouterr().out)["evaluation"]


def test_a_report_that_cannot_be_written_is_told_before_the_work(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "fil").write_text("x", encoding="utf-8")
    assert run(folder, "--report", str(tmp_path / "fil" / "mapp")) == 2
    assert "--report" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (pl.col("kwh").cast(pl.String), "kwh är String"),
        (pl.col("start_utc").dt.date(), "start_utc är Date"),
        (pl.lit(None, dtype=pl.String).alias("meter_id"), "inga rader med meter_id"),
        (pl.col("kwh").alias("energy_kwh"), "har både kwh och energy_kwh"),
    ],
)
def test_readings_of_a_wrong_kind_are_refused(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: pl.Expr, told: str
) -> None:
    pl.read_parquet(folder / "r.parquet").with_columns(change).write_parquet(tmp_path / "r.parquet")
    (tmp_path / "w.parquet").write_bytes((folder / "w.parquet").read_bytes())
    assert run(tmp_path) == 3
    assert told in capsys.readouterr().err


def test_periods_outside_the_readings_give_reasons_and_outside_the_weather_an_error(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = ["evaluate", str(folder / "r.parquet"), "--weather", str(folder / "w.parquet"), "--json"]
    half = ["--train", "2021-07-01:2022-06-30", "--test", "2023-01-01:2023-12-30"]
    assert main([*files, *half]) == 3
    rows = json.loads(capsys.readouterr().out)["evaluation"]
    assert all(row["disqualified"] for row in rows)
    assert main([*files, "--train", "2010-01-01:2010-12-31", "--test", "2011-01-01:2011-12-31"]) == 3
    assert "vädret täcker 2022-01-01 till 2023-12-31" in capsys.readouterr().err
    assert main([*files, "--train", "2022-01-01:2022-12-31", "--test", "2022-06-01:2023-05-30"]) == 2


def test_no_figure_in_the_document_is_not_a_number(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(folder, "--json")
    out = capsys.readouterr().out
    assert "NaN" not in out and "Infinity" not in out
