"""A small hall with heat, grid and retail: metered hours, invoices, budget and books straight into the raw tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from energy.model import Parsed, frame
from flows.analysis import figures
from flows.analysis.dimensions import write_settings
from flows.settings.load import load_settings
from flows.store import Store
from tests.flows.homes import land, make_home
from tests.flows.metered import HOUSE

SETTINGS = """
[follow_up]
deviation_sek = 50
deviation_pct = 5
[[facility]]
id = "hall"
name = "Hallen"
weather_station = "1"
cost_centre = "4510"
[[metering_point]]
id = "V"
facility = "hall"
name = "Värme"
carrier = "district_heating"
[[metering_point]]
id = "E"
facility = "hall"
name = "El"
carrier = "electricity"
[[contract]]
metering_point = "V"
kind = "heat"
family = "varme"
valid_from = 2022-01-01
supplier_id = "1"
[[contract]]
metering_point = "E"
kind = "grid"
family = "nat"
valid_from = 2022-01-01
supplier_id = "2"
[[contract]]
metering_point = "E"
kind = "retail"
family = "handel"
valid_from = 2022-01-01
supplier_id = "3"
[[account]]
account = "6210"
kind = "heat"
name = "Fjärrvärme"
[[account]]
account = "6220"
kind = "grid"
cost_centre = "4510"
objects = { 21 = "340" }
[[account]]
account = "6230"
kind = "retail"
objects = { 21 = "340" }
[[emission_factor]]
carrier = "district_heating"
method = "supplier"
kg_per_mwh = 50
valid_from = 2024-01-01
valid_to = 2025-01-01
source = "påhittad leverantör 2024"
[[emission_factor]]
carrier = "electricity"
method = "location_based"
kg_per_mwh = 20
valid_from = 2023-01-01
valid_to = 2024-01-16
source = "påhittad"
[[emission_factor]]
carrier = "electricity"
method = "market_based"
kg_per_mwh = 0
valid_from = 2024-01-01
valid_to = 2025-01-01
source = "påhittat avtal"
"""
SUPPLIERS = {"heat": ("1", "V"), "grid": ("2", "E"), "retail": ("3", "E")}
# kind, month, component, amount: heat is invoiced for January and February 2024, retail for January alone
INVOICED = (
    ("heat", date(2023, 1, 1), "energy", 950.0), ("heat", date(2023, 1, 1), "demand", 450.0),
    ("grid", date(2023, 1, 1), "demand", 200.0), ("retail", date(2023, 1, 1), "energy", 700.0),
    ("heat", date(2024, 1, 1), "energy", 1000.0), ("heat", date(2024, 1, 1), "demand", 500.0),
    ("grid", date(2024, 1, 1), "demand", 300.0), ("retail", date(2024, 1, 1), "energy", 800.0),
    ("heat", date(2024, 2, 1), "energy", 900.0), ("heat", date(2024, 2, 1), "demand", 400.0),
    ("grid", date(2024, 2, 1), "demand", 250.0),
)  # fmt: skip
# account, month, SEK a month, kWh a month
BUDGETED = (("6210", 1400.0, 700.0), ("6220", 280.0, 1500.0), ("6230", 900.0, 1500.0))
# account, day, amount, objects
POSTED = (
    ("6210", date(2024, 2, 10), 1500.0, {"1": "4510"}), ("6220", date(2024, 2, 10), 300.0, {"1": "4510", "21": "340"}),
    ("6230", date(2024, 2, 10), 800.0, {"1": "4510", "21": "340"}),
    ("6210", date(2024, 2, 11), 99.0, {"1": "9999"}),  # another facility's cost centre
    ("6230", date(2024, 2, 11), 77.0, {"1": "4510", "21": "300"}),  # another object than the settings tell
    ("6220", date(2024, 2, 12), 11.0, {"1": "4510", "21": "300"}),  # the cost centre is the hall's alone
    ("6210", date(2024, 3, 10), 1300.0, {"1": "4510"}),
)  # fmt: skip
_FILES = iter(range(1, 10_000))


def add(store: Store, issued: str | None = None, **tables: pl.DataFrame) -> None:
    """Load one file that holds these canonical tables."""
    number = next(_FILES)
    entry = {"sha256": f"{number:064}", "file_name": f"fil{number}.csv", "size_bytes": 1,
             "received_at": datetime.now(UTC), "source": "prov"}  # fmt: skip
    land(store, Parsed("prov", tables, issued_at=issued), entry)


def readings(point: str, months: Sequence[date], kwh: float) -> pl.DataFrame:
    """Return `kwh` in every hour of some months of normal time."""
    hours = [
        datetime(m.year, m.month, 1, tzinfo=UTC) + timedelta(hours=h - 1)
        for m in months
        for h in range(24 * ((m.replace(day=28) + timedelta(days=4)).replace(day=1) - m).days)
    ]
    return frame("readings", {
        "row_no": list(range(2, len(hours) + 2)), "metering_point": [point] * len(hours),
        "quantity": ["energy_kwh"] * len(hours), "kind": ["interval"] * len(hours), "start_utc": hours,
        "end_utc": [h + timedelta(hours=1) for h in hours], "value": [kwh] * len(hours),
        "status": ["measured"] * len(hours),
    })  # fmt: skip


def invoices(lines: Sequence[tuple[str, date, str, float]]) -> dict[str, pl.DataFrame]:
    """Return invoice heads and lines, one invoice a kind and month."""
    rows, heads = [], {}
    for number, (kind, month, component, amount) in enumerate(lines, start=1):
        supplier, point = SUPPLIERS[kind]
        end = (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        head = {"supplier_id": supplier, "invoice_no": f"{kind}{month:%y%m}", "issue_date": end + timedelta(days=9),
                "document_type": "380"}  # fmt: skip
        heads[head["invoice_no"]] = {**head, "row_no": 1, "supplier": kind, "metering_point": point}
        rows.append({
            **head, "row_no": number, "line_id": str(number), "metering_point": point, "item": component,
            "component": component, "line_class": component, "amount_sek": amount, "period_start": month,
            "period_end": end,
        })  # fmt: skip
    return {"invoices": frame("invoices", list(heads.values())), "invoice_lines": frame("invoice_lines", rows)}


def budget(version: str, months: Sequence[date], scale: float = 1.0) -> pl.DataFrame:
    """Return a budget by account, one row a month."""
    rows = [
        {"version": version, "month": month, "account": account, "cost_centre": "4510", "amount_sek": scale * amount,
         "energy_kwh": kwh}
        for account, amount, kwh in BUDGETED
        for month in months
    ]  # fmt: skip
    return frame("budget", [{**row, "row_no": n} for n, row in enumerate(rows, start=2)])


def ledger(posted: Sequence[tuple[str, date, float, dict[str, str]]]) -> pl.DataFrame:
    """Return ledger lines, one voucher each."""
    return frame("ledger_lines", [
        {"row_no": n, "organisation_id": "212000", "fiscal_year_start": date(day.year, 1, 1), "series": "L",
         "voucher_no": str(n), "line_no": 1, "voucher_date": day, "account": account, "amount_sek": amount,
         "objects": json.dumps(objects)}
        for n, (account, day, amount, objects) in enumerate(posted, start=1)
    ])  # fmt: skip


def months(year: int) -> list[date]:
    """Return the first days of a year's months."""
    return [date(year, m, 1) for m in range(1, 13)]


@contextmanager
def hall(tmp_path: Path, settings: str = SETTINGS) -> Iterator[Store]:
    """Yield the hall's store with its files loaded; `build` makes the tables."""
    home = make_home(tmp_path, {}, settings)
    with Store.write(home) as store:
        metered = [date(2023, 1, 1), date(2024, 1, 1), date(2024, 2, 1)]
        add(store, readings=pl.concat([readings("V", metered, 1.0), readings("E", metered, 2.0)]))
        add(store, **invoices(INVOICED))
        add(store, budget=budget("Budget 2024", months(2024)))
        add(store, budget=budget("Budget 2024 rev", months(2024)[6:], 9.0))
        add(store, issued="2024-03-20", ledger_lines=ledger(POSTED))
        yield store


def build(store: Store, **analysed: list[dict[str, Any]]) -> None:
    """Build staging, core and marts on these rows of analysis.*."""
    settings = load_settings(store.home)
    with store.transaction():
        write_settings(store, settings, HOUSE)
        store.build("staging")
        store.build("core")
        rows = {name: [] for name in figures.ANALYSIS}
        for name, found in figures.frames(rows | analysed).items():
            store.replace(f"analysis.{name}", found)
        store.build("marts")
