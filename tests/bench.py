"""Speed and memory of the whole way through the house. Run: make bench (or python -m tests.bench [STEP …])

Prints a table and writes bench.json in the current folder, of every step or of those named. Every step runs in a
process of its own, so that its peak memory is its own; libraries are therefore imported by the steps and not here.
Nothing is asserted: read the figures beside the load of the machine, and the ratios rather than the seconds.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.bench_bills import alternatives, audits, bills, facility_years
from tests.bench_figures import Figure, Step, rates, seconds
from tests.bench_store import store_years

ROWS = 1_000_000
LARGE_ROWS = 5_000_000
METERS = 20
HISTORIES = (1, 10)  # years
SEED = 1
OPTIONS: dict[str, Any] = {
    "time_column": "Starttid",
    "end_column": "Sluttid",
    "meter_column": "Anläggnings-id",
    "value_column": "Kvantitet",
    "unit_column": "Enhet",
    "status_column": "Kvalitet",
}
# What DuckDB is asked to do with the same file: find the types, parse every cell, keep the rows in a plain table.
READ_CSV = (
    "create or replace table found as from read_csv(?, delim = ';', header = true, decimal_separator = ',', "
    "timestampformat = '%Y-%m-%d %H:%M')"
)


# --- a delimited meter file --------------------------------------------------------------------------------------


def write_meters(path: Path, meters: int, first: str, hours: int) -> None:
    """Write a grid company's export of hourly values from `first` on, the meters one after the other."""
    import numpy as np

    from energy.demo.meterfiles import power_long

    rng = np.random.default_rng(SEED)
    span = np.datetime64(f"{first}T23:00:00") + np.arange(hours) * np.timedelta64(3600, "s")
    with path.open("wb") as stream:
        for number in range(meters):
            head, _, rows = power_long(f"7359991000000{number:05d}", span, rng.gamma(4.0, 12.0, hours)).partition(b"\n")
            stream.write(rows if number else head + b"\n" + rows)


def write_meter_files(folder: Path) -> list[Figure]:
    """Write the meter files of the steps that follow: a million rows, five million, histories and the months after."""
    write_meters(folder / "meters.csv", METERS, "2017-12-31", ROWS // METERS)
    write_meters(folder / "large.csv", METERS, "1995-12-31", LARGE_ROWS // METERS)
    for years in HISTORIES:
        write_meters(folder / f"history{years}.csv", METERS, f"{2024 - years}-12-31", 8766 * years // 24 * 24)
    for number in range(3):
        write_meters(folder / f"month{number}.csv", METERS, f"2025-0{number + 2}-04", 28 * 24)
    return []


def reads(folder: Path) -> list[Figure]:
    """Time DuckDB's own read_csv into a table of a database file and the source alone, by turns under the same load."""
    import duckdb

    from energy.sources.meters import delimited

    path = folder / "meters.csv"

    def ours() -> None:
        with path.open("rb") as stream:
            found = sum(piece.rows_in for piece in delimited.read_blocks(stream, "meters.csv", OPTIONS))
        if found != ROWS:
            raise SystemExit(f"bench: the reader found {found} of {ROWS} rows")

    taken: tuple[list[float], list[float]] = ([], [])
    with duckdb.connect(str(folder / "plain.duckdb")) as connection:
        for _ in range(4):
            taken[0].extend(seconds(lambda: connection.execute(READ_CSV, [str(path)]).fetchall(), 1))
            taken[1].extend(seconds(ours, 1))
        if connection.execute("select count(*) from found").fetchall() != [(ROWS,)]:
            raise SystemExit("bench: DuckDB did not read every row")
    named = (("DuckDB read_csv to a table", taken[0]), ("reader alone", taken[1]))
    return [Figure(name, "rows/s", rates(ROWS, runs)) for name, runs in named]


def ingest_reads(folder: Path) -> list[Figure]:
    """Time the whole way of the meter file into fresh homes: archive, read, compare, load, ledger."""
    runs = [_ingested(_home(folder / f"ingest{n}"), folder / "meters.csv", ROWS) for n in range(3)]
    return [Figure("ingest, file to ledger", "rows/s", rates(ROWS, runs))]


def ingest_large(folder: Path) -> list[Figure]:
    """Load five million rows into a fresh home; the peak of this step is what the target speaks of."""
    taken = _ingested(_home(folder / "large"), folder / "large.csv", LARGE_ROWS)
    return [Figure("ingest, 5 million rows", "rows/s", rates(LARGE_ROWS, [taken]))]


def ingest_months(folder: Path) -> list[Figure]:
    """Time one more month of hours of twenty meters on top of one and of ten years of them, by turns."""
    homes = {years: _home(folder / f"after{years}") for years in HISTORIES}
    runs: dict[int, list[float]] = {years: [] for years in HISTORIES}
    for years, home in homes.items():
        _ingested(home, folder / f"history{years}.csv", METERS * (8766 * years // 24 * 24))
    for number in range(3):
        for years, home in homes.items():
            runs[years].append(_ingested(home, folder / f"month{number}.csv", METERS * 28 * 24))
    return [Figure(f"a month more after {years} yr", "s", tuple(taken)) for years, taken in runs.items()]


def _home(home: Path) -> Path:
    options = "\n".join(f'{key} = "{value}"' for key, value in OPTIONS.items())
    home.mkdir()
    (home / "energibok.toml").write_text(
        'organisation = "bench"\n[[facility]]\nid = "f"\nname = "f"\nweather_station = "1"\n'
        f'[[source]]\nname = "el"\nmatch = "*.csv"\nformat = "delimited"\n[source.options]\n{options}\n',
        encoding="utf-8",
    )
    return home


def _ingested(home: Path, path: Path, rows: int) -> float:
    """Return the time of ingesting a file [s]; stop the bench where not every row was loaded."""
    from flows.intake.ingest import ingest
    from flows.settings.load import load_settings
    from flows.store import Store

    with Store.write(home) as store:
        settings = load_settings(home)
        begin = time.perf_counter()
        (result,) = ingest(store, settings, [path])
        taken = time.perf_counter() - begin
    if result.loaded != rows:
        raise SystemExit(f"bench: {result.loaded} of {rows} rows were loaded: {result.message}")
    return taken


def invoices(_: Path) -> list[Figure]:
    """Time the demo's Peppol invoices with the official rules and without; what both load at first use is not timed."""
    from energy.demo import files
    from energy.sources.invoices import peppol

    found = [data for name, data in files(SEED).items() if peppol.detect(data[:4096], name)]
    figures = []
    for what, rules in (("structure and EN 16931", ["xsd", "en16931"]), ("no official rules", [])):

        def work(rules: list[str] = rules) -> None:
            for data in found:
                peppol.read(data, "invoice.xml", {"rules": rules})

        peppol.read(found[0], "invoice.xml", {"rules": rules})
        taken = seconds(work, 3)
        figures.append(Figure(f"invoice, {what}", "ms", tuple(1000 * t / len(found) for t in taken)))
    return figures


# --- baseline ----------------------------------------------------------------------------------------------------


def fit_year(_: Path) -> list[Figure]:
    """Time the fit of one meter-year with its choice of features, the plain refit, and the least squares beside it.

    The peak of this step is that of a meter-year alone, libraries included.
    """
    from energy.savings.baselines.baseline import fit, settled
    from tests.savings.simulated import BASE, REPORT, facility

    one = facility(SEED)
    rows = one.year(BASE, REPORT)
    hours, targets = one.hours[rows], {"energy_kwh": one.energy_kwh[rows]}
    model = fit(hours, targets, one.drivers)
    chosen = settled(model)
    air = one.drivers.air_temperature_c[one.drivers.rows(hours)]
    taken = {
        "plain TOWT lstsq, 1 yr": seconds(partial(towt, hours, targets["energy_kwh"], air), 5),
        "baseline fit, 1 yr": seconds(partial(fit, hours, targets, one.drivers), 5),
        "baseline refit as chosen, 1 yr": seconds(partial(fit, hours, targets, one.drivers, chosen), 5),
    }
    return [Figure(name, "s/meter-year", runs) for name, runs in taken.items()]


def fits(_: Path) -> list[Figure]:
    """Time the fit on two years, and that of a heat meter on one and two, beside the plain least squares."""
    from energy.savings.baselines.baseline import fit
    from tests.savings.simulated import BASE, END, REPORT, facility

    one = facility(SEED)
    found = []
    for years, end in ((1, REPORT), (2, END)):
        rows = one.year(BASE, end)
        hours, kwh = one.hours[rows], one.energy_kwh[rows]
        # volume and the two temperature sums of a heat meter ride on the same design matrix
        four = {"energy_kwh": kwh, "volume_m3": kwh / 50, "return_m3c": kwh, "supply_m3c": kwh * 2}
        per_year = [(f"baseline fit of a heat meter, {years} yr", seconds(partial(fit, hours, four, one.drivers), 1))]
        if years == 2:
            air = one.drivers.air_temperature_c[one.drivers.rows(hours)]
            per_year.append(("plain TOWT lstsq, 2 yr", seconds(partial(towt, hours, kwh, air), 5)))
            per_year.append(("baseline fit, 2 yr", seconds(partial(fit, hours, {"energy_kwh": kwh}, one.drivers), 3)))
        found += [Figure(name, "s/meter-year", tuple(t / years for t in taken)) for name, taken in per_year]
    return found


def towt(start_utc: Any, kwh: Any, air_c: Any) -> Any:
    """Return the fitted load of a plain time-of-week and temperature model, the named baseline.

    Mathieu et al. (2011): 168 hours of the week, piecewise linear in temperature with six segments, ordinary least
    squares. No thermal lag, no calendar, no cross-validation, no gates.
    """
    import numpy as np

    week = (start_utc.astype("datetime64[h]").astype(np.int64) + 73) % 168  # 72 h to Monday, 1 h to normal time
    knots = np.quantile(air_c, np.linspace(0, 1, 7))
    widths = np.diff(knots)
    segments = np.clip(air_c[:, None] - knots[:-1], 0.0, widths)
    segments[:, 0] += np.minimum(air_c - knots[0], 0.0)
    x = np.concatenate([np.eye(168)[week], segments], axis=1)
    return x @ np.linalg.lstsq(x, kwh, rcond=None)[0]


# --- a home ------------------------------------------------------------------------------------------------------


def write_home(folder: Path) -> list[Figure]:
    """Write the synthetic facility as source files."""
    from energy.demo import files

    def work() -> None:
        for name, data in files(SEED).items():
            path = folder / "home" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    return [Figure("demo: write source files", "s", seconds(work, 1))]


def home_ingest(folder: Path) -> list[Figure]:
    """Time the first step of the month on the demo home."""
    from flows.month import ingest_step

    return [Figure("demo: ingest", "s", seconds(lambda: ingest_step(folder / "home"), 1))]


def home_idle(folder: Path) -> list[Figure]:
    """Time a run that finds nothing new in the demo home: the work of ingest itself, with store and settings open."""
    from flows.intake.ingest import ingest
    from flows.settings.load import load_settings
    from flows.store import Store

    home = folder / "home"
    with Store.write(home) as store:
        settings = load_settings(home)
        return [Figure("demo: ingest, nothing new", "s", seconds(lambda: ingest(store, settings), 5))]


def home_analyse(folder: Path) -> list[Figure]:
    """Time the second step: bills, savings, bridge, measures, marts."""
    from flows.month import analyse_step

    return [Figure("demo: analyse", "s", seconds(lambda: analyse_step(folder / "home"), 1))]


def home_publish(folder: Path) -> list[Figure]:
    """Time the third step: published copy, site, workbook, letter."""
    from flows.month import publish_step

    return [Figure("demo: publish", "s", seconds(lambda: publish_step(folder / "home"), 1))]


def products(folder: Path) -> list[Figure]:
    """Time site, workbook and letter alone, on the marts of the demo home."""
    from dashboards import letter, site, workbook
    from dashboards.options import SiteOptions
    from flows.store import Store

    with Store.read(folder / "home") as store:
        marts = {name: store.table(f"marts.{name}") for name in store.tables("marts")}
    options = SiteOptions(synthetic=True)
    built: tuple[tuple[str, Callable[..., object]], ...] = (
        ("site", lambda marts, options: dict(site.build(marts, options))),  # a page is drawn when it is asked for
        ("workbook", workbook.build),
        ("letter", letter.build),
    )
    return [Figure(name, "s", seconds(partial(build, marts, options), 3)) for name, build in built]


def help_starts(_: Path) -> list[Figure]:
    """Time `energibok --help` as a person starts it."""
    return [Figure("energibok --help", "s", _command("--help"))]


def savings_starts(folder: Path) -> list[Figure]:
    """Time a command that only reads."""
    return [Figure("energibok savings", "s", _command("savings", "--home", str(folder / "home")))]


def _command(*arguments: str) -> tuple[float, ...]:
    command = [str(Path(sys.executable).with_name("energibok")), *arguments]
    return seconds(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL), 5)


# --- running and telling -----------------------------------------------------------------------------------------

STEPS: tuple[Callable[[Path], list[Figure]], ...] = (
    write_meter_files, reads, ingest_reads, ingest_large, ingest_months, invoices, fit_year, fits, bills,
    facility_years, alternatives, audits, store_years, write_home, home_ingest, home_idle, home_analyse, home_publish,
    products, help_starts, savings_starts,
)  # fmt: skip
# figure -> the figure its median is divided by: above 1 is faster for rows/s, slower for seconds
AGAINST = {
    "reader alone": "DuckDB read_csv to a table",
    "ingest, file to ledger": "DuckDB read_csv to a table",
    "ingest, 5 million rows": "DuckDB read_csv to a table",
    "a month more after 10 yr": "a month more after 1 yr",
    "invoice, structure and EN 16931": "invoice, no official rules",
    "baseline fit, 1 yr": "plain TOWT lstsq, 1 yr",
    "baseline refit as chosen, 1 yr": "plain TOWT lstsq, 1 yr",
    "baseline fit, 2 yr": "plain TOWT lstsq, 2 yr",
    "baseline fit of a heat meter, 1 yr": "plain TOWT lstsq, 1 yr",
    "baseline fit of a heat meter, 2 yr": "plain TOWT lstsq, 2 yr",
    "facility-year, every component": "plain sums of a facility-year",
    "500 facility-years at once": "plain sums of 500 years",
    "500 facility-years one by one": "500 facility-years at once",
    "500 years, cut within a day": "plain sums of 500 years",
    "500 years, hours missing": "plain sums of 500 years",
}


def measured(step: Callable[[Path], list[Figure]], folder: Path) -> Step:
    """Run a step, in the process made for it, and return its figures and peak memory."""
    sys.stdout = sys.stderr
    figures = tuple(step(folder))
    own, children = (resource.getrusage(w).ru_maxrss for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return Step(figures, (children or own) / 1024)


def run_steps(folder: Path, names: Sequence[str]) -> dict[str, Step]:
    """Return step -> what it measured, of the named steps or all; a line to standard error as each begins."""
    found: dict[str, Step] = {}
    chosen = [step for step in STEPS if not names or step.__name__ in names]
    for number, step in enumerate(chosen, start=1):
        print(f"bench {number}/{len(chosen)}: {step.__name__.replace('_', ' ')} …", file=sys.stderr, flush=True)
        with get_context("spawn").Pool(1) as pool:
            found[step.__name__] = pool.apply(measured, (step, folder))
    return found


def rows_of(steps: dict[str, Step]) -> list[dict[str, Any]]:
    """Return one row a figure: min, median and max of its runs, the ratio of medians, the peak of its step [MB]."""
    middle = {f.name: statistics.median(f.runs) for step in steps.values() for f in step.figures}
    rows = []
    for step in steps.values():
        for figure in step.figures:
            other = AGAINST.get(figure.name)
            rows.append(
                asdict(figure)
                | {"min": min(figure.runs), "median": middle[figure.name], "max": max(figure.runs)}
                | {"against": other, "ratio": middle[figure.name] / middle[other] if other else None}
                | {"peak_mb": round(step.peak_mb)}
            )
    return rows


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the rows as a text table."""
    out = [f"{'':36}{'min':>12}{'median':>12}{'max':>12}  {'unit':14}{'peak MB':>8}  ratio"]
    for row in rows:
        cells = "".join(f"{_short(row[key]):>12}" for key in ("min", "median", "max"))
        ratio = f"{row['ratio']:.3g} x {row['against']}" if row["ratio"] is not None else ""
        out.append(f"{row['name']:36}{cells}  {row['unit']:14}{row['peak_mb']:>8}  {ratio}".rstrip())
    return "\n".join(out)


def _short(value: float) -> str:
    return f"{value:,.0f}".replace(",", " ") if value >= 1000 else f"{value:.3g}"


def main() -> int:
    """Run everything in a temporary folder; print the table and write bench.json here."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "load_before": os.getloadavg()[0]}
    machine |= {name: version(name) for name in ("polars", "duckdb", "numpy")}
    with tempfile.TemporaryDirectory() as folder:
        rows = rows_of(run_steps(Path(folder), sys.argv[1:]))
    print(table(rows))
    print("  ".join(f"{key} {value}" for key, value in machine.items()))
    Path("bench.json").write_text(json.dumps({"machine": machine, "figures": rows}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
