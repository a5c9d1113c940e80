"""The command that prints the account of the energy stores. It opens the published copy read only."""

from __future__ import annotations

import argparse

from flows.answers import chosen, emit, must_exist, told_span
from flows.store import Store, need_tables
from flows.terminal import clean

# mart -> (the columns of its text table, the column of its months where it has one)
_SHOWN: dict[str, tuple[str, str | None]] = {
    "storage": (
        "store name store_kind from_month to_month charged_kwh drawn_kwh delivered_kwh electricity_kwh efficiency_pct "
        "efficiency_reason cop drift_pct drift_pct_low drift_pct_high drift_reason value_sek electricity_cost_sek "
        "net_value_sek net_value_sek_low net_value_sek_high worth_reason evidence_key",
        None,
    ),
    "storage_monthly": (
        "store month charged_kwh drawn_kwh delivered_kwh electricity_kwh loss_kwh content_kwh cop value_sek "
        "electricity_cost_sek net_value_sek value_sek_per_mwh reason",
        "month",
    ),
    "storage_years": (
        "store storage_year charged_kwh drawn_kwh loss_kwh change_kwh efficiency_pct corrected_pct "
        "store_temperature_c seasonal_performance cycles reason",
        None,
    ),
    "storage_hours": (
        "store spot_class heat_class outdoor_class hours delivered_kwh value_sek electricity_cost_sek net_value_sek "
        "cop break_even_cop verdict reason",
        None,
    ),
    "storage_optimum": (
        "store operation cost_sek gain_sek gain_sek_low gain_sek_high charge_kwh discharge_kwh electricity_kwh reason "
        "evidence_key",
        None,
    ),
    "storage_optimum_cause": ("store operation gap_cause gain_sek gain_sek_low gain_sek_high evidence_key", None),
    "storage_limits": ("store level what message", None),
}
_JSON_ONLY = {
    "storage_components": "month", "storage_daily": None, "storage_cop": None, "storage_optimum_month": "month",
    "storage_optimum_bill": "month", "storage_optimum_class": None, "storage_optimum_note": None,
}  # fmt: skip
NOTHING = (
    "Inget energilager: beskriv det med [[store]] i energibok.toml (kind, commissioned och de mätare som finns: "
    "charge, discharge, electricity), och kör «energibok monthly»."
)


def storage(arguments: argparse.Namespace) -> int:
    """Print every store: what it holds, loses and earns, hour classes, and what its meters cannot tell."""
    months = {name: shown[1] for name, shown in _SHOWN.items()} | (_JSON_ONLY if arguments.json else {})
    with Store.read(arguments.home) as store:
        need_tables(store, "marts", *_SHOWN, *_JSON_ONLY)
        known = {row["store"] for row in store.records("marts.storage")}
        told_span(arguments, store.records("marts.storage_monthly"), "month", "«Lager per månad»")
        tables = {name: chosen(store.records(f"marts.{name}"), arguments, month) for name, month in months.items()}
        notes = store.records("marts.storage_optimum_note")
    wanted = arguments.store
    if wanted:
        must_exist("--store", wanted, known - {None})
    tables = {name: [r for r in rows if wanted in (None, r["store"])] for name, rows in tables.items()}
    if arguments.json:
        emit(arguments, tables, {})
        return 0
    if not tables["storage"]:
        print(NOTHING)
    filled = {name: rows for name, rows in tables.items() if rows}
    emit(arguments, filled, {name: _SHOWN[name][0].split() for name in filled})
    for row in tables["storage"]:
        told = [row["worth_text"] and f"Värdet: {row['worth_text']}."]
        told += [one["text"] for one in notes if one["store"] == row["store"]]
        print(f"{clean(row['name'] or row['store'])}, så är det räknat:")
        print("\n".join(f"- {clean(one)}" for one in told if one))
    return 0
