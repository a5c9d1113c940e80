"""A ledger of meter values written straight into the raw tables, for tests of what core makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from energy.model import frame
from flows.analysis.dimensions import write_settings
from flows.settings.load import load_settings
from flows.store import SQL, Store
from tests.flows.homes import HALL

START = datetime(2024, 1, 1, tzinfo=UTC) - timedelta(hours=1)  # the year begins, Swedish normal time
HOUSE = {"run_id": "r", "published_at": "p", "version": "v"}
CORE = (
    "readings", "installations", "register_steps", "register_breaks", "register_gaps", "register_sums", "intervals",
    "hourly", "versions", "conflicts", "unit_suspects", "meter_audit",
)  # fmt: skip
SETTINGS = HALL


def hour(number: float) -> datetime:
    """Return the instant `number` hours into the year."""
    return START + timedelta(hours=number)


def rows(
    values: Iterable[tuple[float, float]], kind: str = "interval", status: str = "measured", point: str = "735"
) -> pl.DataFrame:
    """Return readings [kWh] from (hour, value): intervals of an hour, or standings at that hour."""
    given = list(values)
    return frame(
        "readings",
        {
            "row_no": list(range(2, len(given) + 2)),
            "metering_point": [point] * len(given),
            "quantity": ["energy_kwh"] * len(given),
            "kind": [kind] * len(given),
            "start_utc": [hour(h) for h, _ in given],
            "end_utc": [hour(h + (kind == "interval")) for h, _ in given],
            "value": [float(v) for _, v in given],
            "status": [status] * len(given),
        },
    )


def add(store: Store, name: str, data: pl.DataFrame, received: datetime | None = None, **entry: Any) -> int:
    """Write a file and its rows, every one of them, and return its number."""
    file_id = int(store.rows("select coalesce(max(file_id), 0) + 1 from raw.files")[0][0])
    told = {
        "file_id": file_id, "sha256": f"{name}-{file_id}", "file_name": name, "size_bytes": 1, "rows_in": data.height,
        "received_at": received or datetime.now(UTC), "loaded": data.height, "rejected": 0, "duplicates": 0,
        "status": "loaded", **entry,
    }  # fmt: skip
    marks = ", ".join("?" for _ in told)
    store.con.execute(f"insert into raw.files ({', '.join(told)}) values ({marks})", list(told.values()))
    store.append("raw.readings", data.with_columns(file_id=pl.lit(file_id)))
    return file_id


def build(store: Store, extra: str = "") -> None:
    """Write the settings, with `extra` behind them, and build what core makes of meter values."""
    (store.home / "energibok.toml").write_text(SETTINGS + extra, encoding="utf-8")
    write_settings(store, load_settings(store.home), HOUSE)
    store.build("staging")
    for name in CORE:
        query = (SQL / "core" / f"{name}.sql").read_text(encoding="utf-8")
        store.con.execute(f"create or replace table core.{name} as {query}")


def intervals(store: Store) -> list[tuple[float, float, float]]:
    """Return (hours into the year, length in hours, value) of every interval in order of time."""
    found = store.frame("select start_utc, end_utc, value from core.intervals order by start_utc")
    return [
        ((start - START) / timedelta(hours=1), (end - start) / timedelta(hours=1), round(value, 9))
        for start, end, value in found.rows()
    ]


def audit(store: Store) -> dict[str, list[dict[str, Any]]]:
    """Return rule -> findings of core.meter_audit."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in store.frame("select * from core.meter_audit order by rule, message").to_dicts():
        found.setdefault(row["rule"], []).append(row)
    return found


def breaks_of_checks(store: Store, names: Sequence[str] = ("registers_are_conserved",)) -> list[tuple[str, int]]:
    """Return the checks of `names` that find a row, and how many."""
    found = [(name, len(store.rows((SQL / "checks" / f"{name}.sql").read_text(encoding="utf-8")))) for name in names]
    return [(name, count) for name, count in found if count]
