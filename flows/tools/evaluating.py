"""`evaluate`: fit and score a baseline per meter of any tidy Parquet, without a home; table, JSON or a report page."""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import polars as pl

from energy.calendar import CIVIL_TIME
from energy.errors import SettingsError, SourceError
from energy.swedish import sv
from flows.answers import emit
from flows.terminal import clean
from flows.tools.bill import either, need, parquet, span

REPORT = "utvardering.html"
_NAMED = 5  # meters named in a warning
_EVERY_S = 2.0  # seconds between lines of progress
_SHOWN = (
    "meter_id", "carrier", "resolution", "cvrmse_hourly_pct", "cvrmse_daily_pct", "cvrmse_period_pct", "nmbe_pct",
    "difference", "half_width_pct", "covers_zero", "lag_h", "n_left_out", "disqualified",
)  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Score every meter; status 1 when the computation of a meter failed, 3 when no meter can be assessed."""
    from energy.savings.scores.scoring import FAILED, assess, frame, summary

    readings, weather = _readings(arguments.readings), _weather(arguments.weather)
    doubts = (
        *_unnamed(readings),
        *_carriers(readings),
        *_contradicting(readings),
        *_infinite(readings, weather),
        *_doubts(weather),
    )
    for text in doubts:
        print(f"varning: {text}", file=sys.stderr, flush=True)
    train, test = span(arguments.train), span(arguments.test)
    if train[0] > train[1] or test[0] > test[1] or (train[0] <= test[1] and test[0] <= train[1]):
        raise SettingsError("--train och --test: första dagen före den sista, och perioderna får inte överlappa.")
    report = _report_path(arguments.report)
    try:
        each = assess(readings, weather, train, test, probe=_probe)
        done = list(_told(each, readings["meter_id"].n_unique()))
    except ValueError as error:
        raise SourceError(_outside(error, weather, train, test)) from error
    found = frame([one.row for one in done])
    if report:
        months = {str(one.row["meter_id"]): one.months() for one in done}
        _write(report, arguments, found, months, (train, test), doubts)
    _print(arguments, found, summary(found))
    failed = found["disqualified"].str.starts_with(FAILED).any()
    return 3 if found["disqualified"].null_count() == 0 else int(failed)


def _probe() -> tuple[float, float]:
    """Return (seconds the processor has worked for us, the largest memory this process has had [MB])."""
    return time.process_time(), _peak_mb()


def _peak_mb() -> float:
    """Return the peak of this process; Linux counts that of the process that started it into getrusage, so not that."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return float(status.split("VmHWM:")[1].split()[0]) / 1024.0
    except (OSError, IndexError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024.0**2 if sys.platform == "darwin" else 1024.0)


def _told(each: Iterable[Any], count: int) -> Iterable[Any]:
    """Yield what is assessed, with a line to standard error now and then: how far it is, and what had no figure."""
    last = time.perf_counter()
    for number, one in enumerate(each, start=1):
        if number == count or time.perf_counter() - last > _EVERY_S:
            last = time.perf_counter()
            print(f"utvärderar mätare {number} av {count}", file=sys.stderr, flush=True)
        yield one


# --- files -------------------------------------------------------------------------------------------------------


def _readings(path: Path) -> pl.DataFrame:
    told = parquet(path)
    if {"kwh", "energy_kwh"} <= set(told.columns):
        raise SourceError(f"{path}: har både kwh och energy_kwh. Behåll den kolumn som ska räknas.")
    data = either(told, "kwh", "energy_kwh")
    need(path, data, ("meter_id", "start_utc", "kwh"))
    _instants(path, data)
    _numbers(path, told, "energy_kwh" if "energy_kwh" in told.columns else "kwh")
    if data["meter_id"].null_count() == data.height:
        raise SourceError(f"{path}: inga rader med meter_id. Kontrollera filen.")
    return data


def _weather(path: Path) -> pl.DataFrame:
    data = parquet(path)
    need(path, data, ("start_utc", "air_temperature_c"))
    _instants(path, data)
    _numbers(path, data, "air_temperature_c")
    if data["air_temperature_c"].null_count() == data.height:
        raise SourceError(f"{path}: air_temperature_c saknar värden. Kontrollera filen.")
    return data


def _unnamed(readings: pl.DataFrame) -> Iterable[str]:
    """Yield a Swedish sentence on the rows of no meter."""
    if lost := readings["meter_id"].null_count():
        yield f"{sv(lost)} rader saknar meter_id och räknas inte."


def _carriers(readings: pl.DataFrame) -> Iterable[str]:
    """Yield a Swedish sentence on the carriers that are none, or another word for one."""
    from energy.model import Carrier
    from energy.savings.baselines.drift import KIND

    if "carrier" not in readings.columns:
        return
    known = sorted({*get_args(Carrier), *KIND})
    told = readings.select("meter_id", pl.col("carrier").cast(pl.String)).drop_nulls().filter(
        ~pl.col("carrier").is_in(known)
    )  # fmt: skip
    each = told.group_by("carrier").agg(pl.col("meter_id").n_unique()).sort("carrier")
    if each.height:
        found = ", ".join(f"«{clean(name)}» ({meters})" for name, meters in each.head(_NAMED).iter_rows())
        yield (
            f"Energislag som inte är kända, med antal mätare: {found}. Deras band räknas som för mätare av alla slag. "
            f"Kända är {', '.join(known)}."
        )


def _contradicting(readings: pl.DataFrame) -> Iterable[str]:
    """Yield a Swedish sentence on the times that a meter tells two values of, meter by meter."""
    values = pl.col("kwh").cast(pl.Float64, strict=False).drop_nulls()
    rows = readings.drop_nulls(["meter_id", "start_utc"]).group_by("meter_id", "start_utc").agg(values.n_unique())
    each = rows.filter(pl.col("kwh") > 1).group_by("meter_id").agg(pl.len()).sort("meter_id")
    if each.height:
        first = ", ".join(f"{clean(str(name))}: {sv(times)}" for name, times in each.head(_NAMED).iter_rows())
        more = f" och {each.height - _NAMED} mätare till" if each.height > _NAMED else ""
        yield f"{sv(int(each['len'].sum()))} tider har olika värden för samma mätare och räknas inte ({first}{more})."


def _infinite(readings: pl.DataFrame, weather: pl.DataFrame) -> Iterable[str]:
    """Yield a Swedish sentence on the infinite values of the readings, meter by meter, and one on the weather's."""
    lost = pl.col("kwh").cast(pl.Float64, strict=False).is_infinite().sum().alias("lost")
    each = readings.group_by("meter_id").agg(lost).filter(pl.col("lost") > 0).sort("meter_id")
    if each.height:
        first = ", ".join(f"{clean(str(row['meter_id']))}: {sv(row['lost'])}" for row in each.head(_NAMED).to_dicts())
        more = f" och {each.height - _NAMED} mätare till" if each.height > _NAMED else ""
        yield f"{sv(int(each['lost'].sum()))} oändliga mätvärden räknas inte ({first}{more})."
    if spoiled := int(weather["air_temperature_c"].cast(pl.Float64, strict=False).is_infinite().sum()):
        yield f"{sv(spoiled)} oändliga temperaturer i vädret räknas inte: timmarna är utan väder."


def _doubts(weather: pl.DataFrame) -> Iterable[str]:
    """Yield a Swedish sentence for each place whose winter is warmer than its summer: right south of the equator."""
    from energy.savings.baselines.sufficiency import upside_down
    from energy.savings.scores.tidy import PLACES

    named = [pl.col(name).cast(pl.String) for name in PLACES if name in weather.columns]
    known = weather.drop_nulls(["start_utc", "air_temperature_c"]).with_columns(
        place=pl.coalesce(*named, pl.lit("")) if named else pl.lit("")
    )
    for (place,), part in known.sort("place").group_by("place", maintain_order=True):
        hours = part["start_utc"].dt.epoch("s").to_numpy().astype("datetime64[s]")
        if upside_down(hours, part["air_temperature_c"].to_numpy().astype("float64")):
            where = f"vädret på plats {clean(str(place))}" if place else "vädret"
            yield (
                f"{where} är varmare i december till februari än i juni till augusti. Söder om ekvatorn är "
                "det rätt; annars är stationen, tiden eller tecknet fel, och siffrorna nedan med den."
            )


def _instants(path: Path, data: pl.DataFrame) -> None:
    kind = data.schema["start_utc"]
    if not isinstance(kind, pl.Datetime):
        raise SourceError(f"{path}: start_utc är {kind}, inte en tidpunkt. Spara kolumnen som tidpunkt i UTC.")


def _numbers(path: Path, data: pl.DataFrame, column: str) -> None:
    kind = data.schema[column]
    if not kind.is_numeric():
        raise SourceError(f"{path}: {column} är {kind}, inte tal. Spara kolumnen som tal.")


def _outside(error: ValueError, weather: pl.DataFrame, train: tuple[date, date], test: tuple[date, date]) -> str:
    """Return what is wrong with the weather as a Swedish sentence."""
    if "weather" not in str(error):
        return f"kan inte utvärdera: {error}"
    times = weather.drop_nulls(["start_utc", "air_temperature_c"])["start_utc"].dt.date()
    have = " till ".join(str(day) for day in (times.min(), times.max())) if len(times) else "inga timmar"
    wanted = " och ".join(f"{first} till {last}" for first, last in (train, test))
    return f"kan inte utvärdera: vädret täcker {have}, perioderna är {wanted}. Kontrollera perioder och väder."


# --- what is shown -----------------------------------------------------------------------------------------------


def _print(arguments: argparse.Namespace, found: pl.DataFrame, sums: pl.DataFrame) -> None:
    if arguments.json:
        emit(arguments, {"evaluation": found.to_dicts(), "summary": sums.to_dicts()}, {})
        return
    from dashboards.evaluation import HEADS, RESOLUTIONS, SUMMARY_HEADS, coverage, difference, moved
    from flows.tools.tariffs import table

    maybe = ("carrier", "disqualified", "cvrmse_hourly_pct", "cvrmse_daily_pct", "cvrmse_period_pct", "lag_h")
    empty = {c for c in maybe if found[c].null_count() == found.height}
    if set(found["resolution"]) == {"hourly"}:
        empty.add("resolution")
    if not found["n_left_out"].sum():
        empty.add("n_left_out")
    rows = [
        {**_written(row), "difference": difference(row), "resolution": RESOLUTIONS[row["resolution"]]}
        for row in found.to_dicts()
    ]
    print(table(rows, {c: HEADS[c] for c in _SHOWN if c not in empty}))
    print(
        table(
            [_written(row) for row in sums.to_dicts()], {c: head for c, head in SUMMARY_HEADS.items() if c not in empty}
        )
    )
    if found["disqualified"].null_count():
        print(
            f"{clean(f'{coverage(found)} {moved(found)}').rstrip()}\n"
            "NMBE är mätare minus modell (ASHRAE Guideline 14) och skillnaden modell minus mätare: motsatt tecken."
        )


def _written(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its carrier in Swedish and its percentages with one decimal."""
    from dashboards.text import code, number

    carrier = row["carrier"] and code("carrier", row["carrier"])
    percent = {c: number(v, 1) for c, v in row.items() if c.endswith("_pct") and v is not None}
    return {**row, **percent, "carrier": carrier}


def _report_path(given: Path | None) -> Path | None:
    """Return the file of the report: the one given, or one of our name in the folder given."""
    if given is None:
        return None
    path = given if given.suffix.lower() in (".html", ".htm") else given / REPORT
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(f"{path} är en mapp")
    except OSError as error:
        raise SettingsError(f"--report {given}: kan inte skrivas: {error}. Ange en mapp eller en .html-fil.") from error
    return path


def _write(
    path: Path,
    arguments: argparse.Namespace,
    found: pl.DataFrame,
    months: dict[str, pl.DataFrame],
    periods: tuple[tuple[date, date], tuple[date, date]],
    doubts: tuple[str, ...],
) -> None:
    """Write the report page in one file and tell where it lies."""
    from datetime import UTC, datetime
    from importlib.metadata import version

    from dashboards import evaluation
    from dashboards.text import capital
    from energy.savings.scores.scoring import summary

    page = evaluation.build(
        found,
        summary(found),
        months,
        evaluation.Facts(
            readings=arguments.readings.name,
            weather=arguments.weather.name,
            train=periods[0],
            test=periods[1],
            version=version("energibok"),
            written=f"{datetime.now(UTC).astimezone(ZoneInfo(CIVIL_TIME)):%Y-%m-%d %H:%M}",
            doubts=tuple(map(capital, doubts)),
        ),
    )
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"--report {path}: kan inte skrivas: {error}.") from error
    print(f"rapport: {path}", file=sys.stderr)
