"""Small homes for tests of the ledger: one electricity meter, files written by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from energy.model import Parsed
from flows.intake import landing
from flows.intake.ingest import FileResult, ingest
from flows.settings.load import load_settings
from flows.store import Store

HALL = """
[[facility]]
id = "hall"
name = "Hallen"
weather_station = "1"
[[metering_point]]
id = "735"
facility = "hall"
name = "El"
carrier = "electricity"
"""
SETTINGS = (
    HALL
    + """
[[source]]
name = "el"
match = "el/*.csv"
format = "delimited"
[source.options]
time_column = "Tid"
columns = [{ column = "El (kWh)", metering_point = "735", quantity = "energy_kwh", unit = "kWh" }]
"""
)
CONTENT = {  # table -> what is true of it, whatever file told it
    "core.readings": "metering_point, quantity, kind, start_utc, end_utc, value, status",
    "core.hourly": "metering_point, quantity, start_utc, value, is_estimated",
    "core.invoice_lines": "supplier_id, invoice_no, line_id, component, quantity, unit, amount_sek",
}


def csv(*values: str, first_day: int = 1, issued: str | None = None) -> bytes:
    """Return an hourly file of January 2024, with the time of export above the header where one is given."""
    rows = [f"2024-01-{first_day + i // 24:02} {i % 24:02}:00;{v}" for i, v in enumerate(values)]
    head = f"Tidpunkt för export;{issued}\n" if issued else ""
    return (head + "Tid;El (kWh)\n" + "\n".join(rows) + "\n").encode()


def make_home(tmp_path: Path, files: dict[str, bytes], settings: str = SETTINGS) -> Path:
    """Write a home with these files in its inbox and return it."""
    tmp_path.mkdir(exist_ok=True)
    (tmp_path / "energibok.toml").write_text(settings, encoding="utf-8")
    for name, data in files.items():
        path = tmp_path / "inbox" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path


def run(home: Path, paths: list[Path] | None = None) -> dict[str, FileResult]:
    """Load what is new and return name -> result."""
    with Store.write(home) as store:
        return {r.file_name: r for r in ingest(store, load_settings(home), paths)}


def land(store: Store, parsed: Parsed, entry: Mapping[str, Any]) -> tuple[int, int]:
    """Load what a source made of one file, in one transaction; return (loaded, duplicates) in records."""
    with store.transaction():
        done = landing.land(store, [parsed], entry)
    return done.loaded, done.duplicates


def values(home: Path) -> list[tuple[float, str]]:
    """Return the values that hold now, in order of time."""
    with Store.write(home) as store:
        build_core(store)
        return store.rows("select value, status from core.readings order by start_utc")  # type: ignore[return-value]


def build_core(store: Store) -> None:
    """Build staging and the current readings alone."""
    store.build("staging")
    query = (Path(__file__).parents[2] / "sql/core/readings.sql").read_text(encoding="utf-8")
    store.con.execute(f"create or replace table core.readings as {query}")


def content_hash(store: Store, table: str) -> str:
    """Return a hash of what a core table says: keys, values, units and status, not file, row or time of arrival."""
    rows = store.rows(f"select {CONTENT[table]} from {table} order by all")
    return hashlib.sha256(repr(rows).encode()).hexdigest()
