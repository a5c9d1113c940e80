"""The marts of an energy store, made up like the rest: a borehole field with a heat pump, two years of it."""

from __future__ import annotations

import math
from datetime import date, timedelta

import polars as pl
from marts_base import FACILITY, Marts

from energy.calendar import month_starts

STORE = "borrhal"
FIRST, DAYS = date(2022, 1, 1), 730


def build() -> Marts:
    """Return the eight marts of stores."""
    months = [_month(n, month) for n, month in enumerate(month_starts(FIRST, date(2023, 12, 1)))]
    year = months[-12:]
    return {
        "storage": pl.DataFrame([_store(year)]),
        "storage_monthly": pl.DataFrame(months, infer_schema_length=None),
        "storage_years": pl.DataFrame([_year(2021, 240, None), _year(2022, 365, 68.0)], infer_schema_length=None),
        "storage_daily": pl.DataFrame([_day(n) for n in range(DAYS)]),
        "storage_cop": pl.DataFrame([_cop(n) for n in range(DAYS) if math.cos(n / 58) > 0]),
        "storage_hours": _hours(),
        "storage_components": _components(months),
        "storage_limits": pl.DataFrame(
            [{"store": STORE, "facility": FACILITY, "no": 1, "level": "info", "contradicts": False,
              "what": "laddningsnivå ur temperatur", "message": "okänt: ingen mätare för lagrets temperatur"}]
        ),
    }  # fmt: skip


def _band(name: str, value: float | None, half: float) -> dict[str, float | None]:
    ends = (None, None) if value is None else (value - half, value + half)
    return {name: value, f"{name}_low": ends[0], f"{name}_high": ends[1]}


def _month(n: int, month: date) -> dict[str, object]:
    winter = max(0.0, math.cos(2 * math.pi * n / 12))
    net = 60_000 * winter - 2_000
    return {
        "store": STORE, "facility": FACILITY, "month": month, "charged_kwh": 90_000.0 * (1 - winter),
        "drawn_kwh": 60_000.0 * winter, "delivered_kwh": 150_000.0 * winter, "electricity_kwh": 30_000.0 * winter + 900,
        "rejected_kwh": 120_000.0, "loss_kwh": 9_000.0, "content_kwh": 200_000.0, "content_balance_kwh": 198_000.0,
        "balance_reason": None, "cop": 3.4 if winter else None, "expected_cop": 3.5 if winter else None,
        "cop_limit": 6.5 if winter else None, "cop_reason": None if winter else "värmepumpen har inte gått",
        **_band("value_sek", 90_000 * winter, 4_000.0), "electricity_cost_sek": 30_000 * winter + 2_000,
        **_band("net_value_sek", net, 4_000.0), "value_sek_per_mwh": 600.0 if winter else None, "reason": None,
        "evidence_key": f"storage/{STORE}/{month:%Y-%m}",
    }  # fmt: skip


def _store(year: list[dict[str, object]]) -> dict[str, object]:
    def total(name: str) -> float:
        return sum(float(m[name]) for m in year)  # type: ignore[arg-type]

    return {
        "store": STORE, "facility": FACILITY, "name": "Borrhålslagret", "store_kind": "borehole",
        "commissioned": FIRST, "from_month": year[0]["month"], "to_month": year[-1]["month"], "capacity_kwh": 500_000.0,
        **{n: total(n) for n in ("charged_kwh", "drawn_kwh", "delivered_kwh", "electricity_kwh")},
        **_band("efficiency_pct", 68.0, 2.0), "efficiency_year": "2022/2023", "efficiency_reason": None,
        **_band("trend_pct_per_year", None, 0.0), "trend_reason": "okänt: en trend kräver tre hela år",
        "warming_k_per_year": 0.8, "imbalance_kwh": 40_000.0, "content_drift_kwh_per_year": -700.0,
        "cop_basis": "värmepumpens värme delad med dess el", "cop": 3.4, **_band("drift_pct", -2.0, 5.0),
        "drift_reason": None, **_band("value_sek", total("value_sek"), 40_000.0),
        "electricity_cost_sek": total("electricity_cost_sek"),
        **_band("net_value_sek", total("net_value_sek"), 40_000.0),
        "value_sek_per_mwh": 590.0, "worth_text": "returtemperaturen antas vara den uppmätta", "worth_reason": None,
        "metered_text": "laddning: Värme in", "content_text": "mätt ur lagret", "evidence_key": f"storage/{STORE}",
    }  # fmt: skip


def _year(first: int, days: int, efficiency: float | None) -> dict[str, object]:
    return {
        "store": STORE, "facility": FACILITY, "storage_year": f"{first}/{first + 1}", "year_from": date(first, 5, 1),
        "year_to": date(first + 1, 4, 30), "days": float(days), "is_whole": days == 365, "charged_kwh": 430_000.0,
        "drawn_kwh": 292_400.0, "change_kwh": 50_000.0, "loss_kwh": 87_600.0,
        **_band("efficiency_pct", efficiency, 0.0),
        **_band("corrected_pct", efficiency and efficiency + 12, 4.0), "store_temperature_c": 12.5,
        "seasonal_performance": 4.9, "cycles": 0.6,
        "reason": None if efficiency else f"kan inte bedömas: bara {days} dygn av lagerårets 365",
    }  # fmt: skip


def _day(n: int) -> dict[str, object]:
    held = 250_000.0 + 180_000.0 * math.cos((n + 50) / 58)
    return {
        "store": STORE, "facility": FACILITY, "day": FIRST + timedelta(n), **_band("content_kwh", held, 30_000.0),
        "content_balance_kwh": held + 20 * n, "capacity_kwh": 500_000.0, "store_temperature_c": 6 + held / 30_000,
        "charged_kwh": 1_000.0, "drawn_kwh": 900.0,
    }  # fmt: skip


def _cop(n: int) -> dict[str, object]:
    lift = 35 + 6 * math.sin(n / 9)
    return {
        "store": STORE, "facility": FACILITY, "day": FIRST + timedelta(n),
        "condition_name": "temperaturlyft från källa till framledning (K)", "condition": lift,
        "cop": 5.4 - 0.05 * lift - (0.1 if n > 365 else 0), "expected_cop": 5.4 - 0.05 * lift, "is_reference": n < 365,
    }  # fmt: skip


def _hours() -> pl.DataFrame:
    rows = [
        ("under 42 öre", "över 576 kr/MWh", "kallare än 0 °C", 300.0, 60_000.0, 10_000.0, 36_000.0, 9_000.0, 1.5,
         "pays"),
        ("över 80 öre", "under 443 kr/MWh", "varmare än 10 °C", 60.0, 4_000.0, 1_200.0, 1_400.0, 1_900.0, 4.2,
         "does_not_pay"),
        ("ingen urladdning", "–", "–", 3_000.0, 0.0, 9_000.0, 0.0, 9_500.0, None, "standby"),
    ]  # fmt: skip
    return pl.DataFrame(
        [
            {
                "store": STORE, "facility": FACILITY, "no": n, "spot_class": spot, "heat_class": heat,
                "outdoor_class": out, "from_month": date(2023, 1, 1), "to_month": date(2023, 12, 1), "hours": hours,
                "delivered_kwh": kwh, "electricity_kwh": power, **_band("value_sek", value, 900.0),
                "electricity_cost_sek": cost, **_band("net_value_sek", value - cost, 450.0),
                "heat_price_sek_per_mwh": 600.0 if kwh else None, "electricity_price_sek_per_mwh": 900.0,
                "cop": kwh / power, "break_even_cop": even, "verdict": verdict, "reason": None,
            }
            for n, (spot, heat, out, hours, kwh, power, value, cost, even, verdict) in enumerate(rows, start=1)
        ],
        infer_schema_length=None,
    )  # fmt: skip


def _components(months: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "store": STORE, "facility": FACILITY, "month": m["month"], "side": side, "component": "energy",
                "label": label, **_band("amount_sek", float(m[name]), 0.0), "reason": None,  # type: ignore[arg-type]
            }
            for m in months
            for side, label, name in (("value", "Energi", "value_sek"), ("cost", "Spotpris", "electricity_cost_sek"))
        ]
    )  # fmt: skip
