"""The marts of the measure register, made up like the rest: one measure of every stage but «åter aktuell»."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
from marts_base import FACILITY, HEAT, POWER, Marts

from dashboards.conform import conform
from dashboards.schema import MARTS

SEEN = {"first_seen": date(2023, 11, 1), "last_seen": date(2023, 12, 1), "is_visible": True}
ABOUT = {"cost_class": "låg", "difficulty": "lätt", "actor": "driftteknikern", "verification": "lasten mot året före"}


def register(rng: np.random.Generator) -> Marts:
    """Return the marts measure_register, measure_history, measure_verification and measure_verified."""
    rows = [
        _row("heat_while_rejecting", "candidate", "Värme köps medan ishallarna kyler bort värme", 142_000.0, HEAT),
        _row("night_base_load", "candidate", "Nattlasten är hög när anläggningen är stängd", 71_200.0, POWER),
        _row("return_temperature", "waiting", "Returen är för varm vintertid", 38_900.0, HEAT, decision="wait",
             decided_on=date(2024, 1, 10), owner_role="energicontroller", note="väntar på ventilleverans"),
        _row("billed_heat_power", "decided", "Den debiterade värmeeffekten är för hög", 96_500.0, HEAT, decision="do",
             decided_on=date(2024, 1, 10), owner_role="driftchef", promised_sek_per_year=94_000.0,
             start_on=date(2024, 5, 1), cost_sek=20_000.0, note="ryms i driftbudgeten"),
        _row("brine_pump_speed", "verified", "Köldbärarpumpen går på fullt varv", None, POWER, decision="done",
             decided_on=date(2022, 11, 1), owner_role="driftchef", promised_sek_per_year=60_000.0, verdict="partly",
             start_on=date(2022, 11, 15), **_verified(), is_visible=False,
             stage_note="Inte längre synlig: senast sedd i data till och med 2022-10."),
        _row("sauna_hours", "declined", "Bastun är på när ingen badar", 8_000.0, POWER, decision="reject",
             decided_on=date(2023, 12, 20), owner_role="driftchef", note="föreningarna betalar själva"),
        _row("idle_pump", "gone", "Cirkulationspumpen går dygnet runt", 5_000.0, POWER, is_visible=False,
             stage_note="Inte längre synlig: senast sedd i data till och med 2023-10."),
    ]  # fmt: skip
    return {
        "measure_register": _frame("measure_register", rows),
        "measure_history": _frame("measure_history", _history()),
        "measure_verification": _frame("measure_verification", [_verification()]),
        "measure_verified": _frame(
            "measure_verified",
            [
                {
                    "facility": FACILITY,
                    "measures": 1,
                    "measure_keys": f"{FACILITY}:brine_pump_speed",
                    **{k: v for k, v in _verified().items() if "per_year" in k},
                }
            ],
        ),
    }


def _frame(mart: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    names = [{name: row.get(name) for name in MARTS[mart]} for row in rows]
    return conform({mart: pl.DataFrame(names, infer_schema_length=None)})[mart]


def _row(key: str, stage: str, title: str, sek: float | None, point: str, **told: Any) -> dict[str, Any]:
    worth = {
        "latest_sek_per_year": sek,
        "first_value_sek": sek,
        "decided_value_sek": sek if "decision" in told else None,
    }
    ends = {"latest_sek_per_year_low": sek and 0.7 * sek, "latest_sek_per_year_high": sek and 1.25 * sek}
    return {
        "stage": stage, "measure_key": f"{FACILITY}:{key}", "measure_id": key, "facility": FACILITY, "title": title,
        "metering_point": point, "one_off": False, "evidence_key": f"register/{FACILITY}:{key}",
        **SEEN, **ABOUT, **worth, **ends, **told,
    }  # fmt: skip


def _verified() -> dict[str, float]:
    return {
        "verified_sek": 47_000.0, "verified_sek_low": 31_000.0, "verified_sek_high": 63_000.0,
        "verified_sek_per_year": 43_000.0, "verified_sek_per_year_low": 28_000.0,
        "verified_sek_per_year_high": 58_000.0,
    }  # fmt: skip


def _verification() -> dict[str, Any]:
    return {
        "measure_key": f"{FACILITY}:brine_pump_speed", "measure_id": "brine_pump_speed", "facility": FACILITY,
        "title": "Köldbärarpumpen går på fullt varv", "decided_on": date(2022, 11, 1),
        "start_on": date(2022, 11, 15), "metering_points": POWER, "from_month": date(2022, 12, 1),
        "to_month": date(2023, 12, 1), "months": 13, "months_needed": 0, "promised_sek_per_year": 60_000.0,
        **_verified(), "avoided_energy_kwh": 41_000.0, "avoided_energy_kwh_low": 29_000.0,
        "avoided_energy_kwh_high": 53_000.0, "verdict": "partly", "one_off": False,
        "text": "Delvis: 43 000 kr per år av utlovade 60 000 kr, band 28 000 till 58 000 kr.",
        "overlaps": "Ingår också i besparingen för projektet Energilager: räknas inte ihop.",
        "trained_from": date(2020, 11, 15), "trained_to": date(2022, 11, 14), "cvrmse_daily_pct": 6.2,
        "owner_role": "driftchef", "evidence_key": f"verification/{FACILITY}:brine_pump_speed",
    }  # fmt: skip


def _history() -> list[dict[str, Any]]:
    told = {
        "measure_key": f"{FACILITY}:billed_heat_power", "facility": FACILITY,
        "title": "Den debiterade värmeeffekten är för hög", "evidence_key": f"history/{FACILITY}:billed_heat_power",
    }  # fmt: skip
    return [
        {**told, "no": 1, "happened_on": date(2023, 11, 1), "event": "proposed", "value_sek": 94_000.0},
        {**told, "no": 2, "happened_on": date(2024, 1, 10), "event": "decided", "decision": "do", "row_no": 3,
         "owner_role": "driftchef", "value_sek": 94_000.0, "cost_sek": 20_000.0, "channel": "file",
         "file_name": "beslut/Energibok.xlsx", "sheet": "Beslut", "note": "ryms i driftbudgeten"},
    ]  # fmt: skip
