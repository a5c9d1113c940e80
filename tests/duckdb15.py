"""The parts of tests/duckdb15.sh that need Python; each runs under whichever DuckDB its interpreter has.

python -m tests.duckdb15 build HOME          the demo facility through the plain steps
python -m tests.duckdb15 again HOME          ingest, analyse and the published copy on a home that exists
python -m tests.duckdb15 dump HOME FOLDER    every mart as Parquet, read from the writer's file and the published copy
python -m tests.duckdb15 compare A B         status 1 where two dumps differ by more than 1e-6
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl

from energy.demo import files
from flows.month import analyse_step, ingest_step
from flows.store import Store

TOLERANCE = 1e-6
NEEDED = ("savings_total", "savings_monthly", "bridge", "invoice_check", "monthly_cost", "measures")
# what tells one run from another: ids and times of the run, and the number of a file tried again; no results
OF_THE_RUN = ("run_id", "file_id", "published_at", "received_at", "started_at", "ended_at", "computed_at")


def build(home: Path) -> None:
    """Write the demo facility and run every step on it."""
    for name, data in files().items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    again(home)


def again(home: Path) -> None:
    """Run the steps that touch the ledger on a home; pages and letter are drawn from marts and need no DuckDB."""
    ingest_step(home)
    analyse_step(home)
    with Store.write(home) as store:
        store.publish()


def dump(home: Path, folder: Path) -> None:
    """Write every mart of both files of the store as Parquet; both must hold the same rows."""
    folder.mkdir(parents=True)
    with Store.write(home) as store:
        own = {name: store.table(f"marts.{name}") for name in store.tables("marts")}
    with Store.read(home) as store:
        for name, data in own.items():
            if not store.table(f"marts.{name}").equals(data):
                raise SystemExit(f"duckdb15: marts.{name}: the published copy differs from the writer's file")
            data.write_parquet(folder / f"{name}.parquet")
    missing = [name for name in NEEDED if own[name].is_empty()]
    if missing:
        raise SystemExit(f"duckdb15: empty marts prove nothing: {', '.join(missing)}")


def compare(first: Path, second: Path) -> None:
    """Stop with what differs between two dumps; say how much was compared when nothing does."""
    names = sorted({path.stem for folder in (first, second) for path in folder.glob("*.parquet")})
    wrong, rows = [], 0
    for name in names:
        a, b = (pl.read_parquet(folder / f"{name}.parquet") for folder in (first, second))
        found = difference(a, b)
        wrong += [f"marts.{name}: {found}"] if found else []
        rows += a.height
    if wrong:
        raise SystemExit("duckdb15: " + "\nduckdb15: ".join(wrong))
    print(f"{len(names)} marts, {rows} rows agree within {TOLERANCE:g}")


def difference(a: pl.DataFrame, b: pl.DataFrame) -> str | None:
    """Return what differs first between two frames with rows in any order, or None."""
    if a.schema != b.schema:
        return f"{dict(a.schema)} against {dict(b.schema)}"
    if a.height != b.height:
        return f"{a.height} rows against {b.height}"
    a, b = (frame.drop(c for c in OF_THE_RUN if c in frame.columns) for frame in (a, b))
    floats = [name for name, kind in a.schema.items() if kind.is_float()]
    keys = [name for name in a.columns if name not in floats]
    order = [pl.col(keys).cast(pl.String), pl.col(floats).round_sig_figs(6)]
    a, b = (frame.sort(order) for frame in (a, b))
    for name in keys:
        if not a[name].equals(b[name]):
            return f"column {name} differs"
    for name in floats:
        near = (a[name] - b[name]).abs() <= TOLERANCE * pl.Series(a[name].abs().clip(lower_bound=1.0))
        same = near | (a[name].is_nan() & b[name].is_nan())
        if not (same.fill_null(False) | (a[name].is_null() & b[name].is_null())).all():
            return f"column {name} differs, by {(a[name] - b[name]).abs().max()!r} at most"
    return None


def main() -> None:
    """Run the command named first on the paths that follow."""
    commands: dict[str, Callable[..., None]] = {"build": build, "again": again, "dump": dump, "compare": compare}
    print(f"DuckDB {duckdb.__version__}: {' '.join(Path(a).name for a in sys.argv[1:])}", flush=True)
    commands[sys.argv[1]](*map(Path, sys.argv[2:]))


if __name__ == "__main__":
    main()
