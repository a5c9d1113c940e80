"""The account and the worth of a store -> rows of the tables analysis.storage*. Arranges; computes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from energy.model import Band, Floats
from energy.storage.accounts.account import Account
from energy.storage.accounts.hours import HourClass
from energy.storage.accounts.metered import Metered
from energy.storage.accounts.summary import Summary
from energy.storage.accounts.worth import Worth

__all__ = ["STORAGE", "class_rows", "component_rows", "cop_rows", "daily_rows", "limit_rows", "month_rows", "store_row",
           "year_rows"]  # fmt: skip

Row = dict[str, Any]


def _capacity(found: Account) -> float | None:
    """Return what the store is told to hold [kWh], None where its own meters show that it is another size."""
    wrong = any(one.code == "beyond_capacity" for one in found.limits)
    return None if wrong or not np.isfinite(found.content.capacity_kwh) else found.content.capacity_kwh


def _banded(*names: str) -> str:
    return " ".join(f"{n}:f {n}_low:f {n}_high:f" for n in names)


# table of the schema analysis -> its columns
STORAGE: Mapping[str, str] = {
    "storage": "store facility name store_kind commissioned:d metered_text content_text from_month:d to_month:d "
    "capacity_kwh:f charged_kwh:f drawn_kwh:f delivered_kwh:f electricity_kwh:f "
    f"{_banded('efficiency_pct')} efficiency_year efficiency_reason {_banded('trend_pct_per_year')} trend_reason "
    f"warming_k_per_year:f imbalance_kwh:f content_drift_kwh_per_year:f cop_basis cop:f {_banded('drift_pct')} "
    f"drift_reason {_banded('value_sek')} electricity_cost_sek:f {_banded('net_value_sek')} value_sek_per_mwh:f "
    "worth_text worth_reason run_id",
    "storage_monthly": "store month:d charged_kwh:f drawn_kwh:f delivered_kwh:f electricity_kwh:f rejected_kwh:f "
    "loss_kwh:f content_kwh:f content_balance_kwh:f balance_reason cop:f expected_cop:f cop_limit:f cop_reason "
    f"{_banded('value_sek')} electricity_cost_sek:f {_banded('net_value_sek')} value_sek_per_mwh:f reason run_id",
    "storage_years": "store storage_year year_from:d year_to:d days:f is_whole:b charged_kwh:f drawn_kwh:f "
    f"change_kwh:f loss_kwh:f {_banded('efficiency_pct')} {_banded('corrected_pct')} store_temperature_c:f "
    "seasonal_performance:f cycles:f reason run_id",
    "storage_daily": f"store day:d {_banded('content_kwh')} content_balance_kwh:f capacity_kwh:f "
    "store_temperature_c:f charged_kwh:f drawn_kwh:f run_id",
    "storage_cop": "store day:d condition_name condition:f cop:f expected_cop:f is_reference:b run_id",
    "storage_hours": "store no:i spot_class heat_class outdoor_class from_month:d to_month:d hours:f delivered_kwh:f "
    f"electricity_kwh:f {_banded('value_sek')} electricity_cost_sek:f {_banded('net_value_sek')} "
    "heat_price_sek_per_mwh:f electricity_price_sek_per_mwh:f cop:f break_even_cop:f verdict reason run_id",
    "storage_components": f"store month:d side component label {_banded('amount_sek')} reason run_id",
    "storage_limits": "store no:i level code contradicts:b what message run_id",
}


def _band(name: str, found: Band) -> Row:
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def _of(name: str, values: Floats) -> Row:
    """Return the columns of draws (k,): the first is the figure, all of them its band."""
    return {name: values[0], f"{name}_low": values.min(), f"{name}_high": values.max()}


def store_row(found: Account, last: Summary, names: Mapping[str, str]) -> Row:
    """Return the row of a store over its last twelve months; `names` are those of metering points and points."""
    store, held = found.metered.store, found.content
    said = [*found.metered.said.values(), *held.said.values(), held.losses.method]
    drift = found.pump.drift_pct
    return {
        "store": store.id, "facility": store.facility, "name": store.name, "store_kind": store.kind,
        "commissioned": store.commissioned, "metered_text": _metered_text(found.metered, names),
        "content_text": "; ".join(dict.fromkeys(s for s in said if s)) or None,
        "from_month": last.months[0] if last.months else None, "to_month": last.months[-1] if last.months else None,
        "capacity_kwh": _capacity(found), "charged_kwh": last.charged_kwh, "drawn_kwh": last.drawn_kwh,
        "delivered_kwh": last.delivered_kwh, "electricity_kwh": last.electricity_kwh,
        **_band("efficiency_pct", last.efficiency_pct), "efficiency_year": last.efficiency_year,
        "efficiency_reason": last.efficiency_pct.reason, **_band("trend_pct_per_year", last.trend.per_year),
        "trend_reason": last.trend.per_year.reason, "warming_k_per_year": last.warming_k_per_year,
        "imbalance_kwh": last.imbalance_kwh, "content_drift_kwh_per_year": held.drift_kwh_per_year,
        "cop_basis": found.pump.basis or None, "cop": last.cop, **_band("drift_pct", drift),
        "drift_reason": found.pump.reason or drift.reason, **_band("value_sek", last.value_sek),
        "electricity_cost_sek": last.cost_sek.value, **_band("net_value_sek", last.net_sek),
        "value_sek_per_mwh": last.value_sek_per_mwh, "worth_text": "; ".join(last.said) or None,
        "worth_reason": last.net_sek.reason,
    }  # fmt: skip


def _metered_text(found: Metered, names: Mapping[str, str]) -> str:
    """Return the Swedish list of what is metered."""
    store = found.store
    parts = []
    for word, meters in (
        ("laddning", store.charge), ("urladdning", store.discharge), ("ur lagret självt", store.store_out),
        ("värmepumpens värme", store.heat_pump_heat), ("el", store.electricity), ("elpanna", store.electric_heater),
        ("lagrets temperatur", store.temperature_points), ("framledning", store.supply_points),
        ("källa", store.source_points),
    ):  # fmt: skip
        if meters:
            parts.append(f"{word}: {', '.join(names.get(m, m) for m in meters)}")
    return "; ".join(parts)


def month_rows(found: Account, worth: Worth) -> Iterator[Row]:
    """Yield the months of a store: balance, heat pump, worth."""
    balance, pump = found.months, found.pump
    at = {month: n for n, month in enumerate(worth.months)}
    blank = np.full(len(balance.months.first), np.nan)
    cop, expected, limit = (v if len(v) else blank for v in (pump.month_cop, pump.month_expected, pump.month_limit))
    reasons = found.metered.reasons
    balance_reason = reasons.get("charge") or reasons.get("out_kwh") or found.content.losses.reason
    for n, month in enumerate(balance.months.first):
        w = at.get(month)
        value = worth.value_sek[w] if w is not None else np.full(1, np.nan)
        cost = worth.cost_sek[w] if w is not None else np.full(1, np.nan)
        reason = worth.value_reasons.get(month) or worth.cost_reasons.get(month)
        delivered = balance.delivered_kwh[n]
        yield {
            "month": month, "charged_kwh": balance.charge_kwh[n], "drawn_kwh": balance.out_kwh[n, 0],
            "delivered_kwh": delivered, "electricity_kwh": balance.electricity_kwh[n],
            "rejected_kwh": balance.source_kwh[n], "loss_kwh": balance.loss_kwh[n],
            "content_kwh": balance.content_kwh[n], "content_balance_kwh": balance.content_balance_kwh[n],
            "balance_reason": balance_reason if np.isnan(balance.loss_kwh[n]) else None, "cop": cop[n],
            "expected_cop": expected[n], "cop_limit": limit[n],
            "cop_reason": pump.month_reason[n] if pump.month_reason else pump.reason, **_of("value_sek", value),
            "electricity_cost_sek": cost[0], **_of("net_value_sek", value - cost),
            "value_sek_per_mwh": 1000 * value[0] / delivered if delivered > 0 else None,
            "reason": reason or ("månaden är inte hel" if w is None else None),
        }  # fmt: skip


def year_rows(found: Account) -> Iterator[Row]:
    """Yield the store years."""
    for year in found.years:
        yield {
            "storage_year": f"{year.first.year}/{year.end.year}", "year_from": year.first,
            "year_to": year.end - timedelta(days=1), "days": year.days, "is_whole": year.whole,
            "charged_kwh": year.charge_kwh, "drawn_kwh": year.out_kwh.value, "change_kwh": year.change_kwh,
            "loss_kwh": year.loss_kwh, **_band("efficiency_pct", year.efficiency_pct),
            **_band("corrected_pct", year.corrected_pct), "store_temperature_c": year.mean_c,
            "seasonal_performance": year.seasonal_performance, "cycles": year.cycles, "reason": year.reason,
        }  # fmt: skip


def daily_rows(found: Account) -> Iterator[Row]:
    """Yield the days of a store: what it holds, its temperature, what went in and out."""
    held, metered = found.content, found.metered
    count = len(metered.start_utc) // 24
    if not count:
        return
    first = (metered.start_utc[0] + np.timedelta64(3600, "s")).astype("datetime64[D]")

    def mean(values: Floats | None, factor: float = 1.0) -> list[float | None]:
        if values is None:
            return [None] * count
        days = values[: 24 * count].reshape(count, 24)
        known = np.isfinite(days)
        total = np.where(known, days, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        return [float(v) * factor if n >= 12 else None for v, n in zip(total, known.sum(axis=1), strict=True)]

    out = None if metered.out_kwh is None else metered.out_kwh[:, 0]
    columns = zip(
        mean(held.by_temperature), mean(held.band_kwh), mean(held.by_balance), mean(metered.store_c),
        mean(metered.charge_kwh, 24.0), mean(out, 24.0), strict=True,
    )  # fmt: skip
    for n, (content, band, balance, degrees, charged, drawn) in enumerate(columns):
        known = content is not None and band is not None
        yield {
            "day": (first + n).item(), "content_kwh": content, "content_kwh_low": content - band if known else None,
            "content_kwh_high": content + band if known else None, "content_balance_kwh": balance,
            "capacity_kwh": _capacity(found), "store_temperature_c": degrees, "charged_kwh": charged,
            "drawn_kwh": drawn,
        }  # fmt: skip


def cop_rows(found: Account) -> Iterator[Row]:
    """Yield the days in operation of the heat pump."""
    pump = found.pump
    for n, day in enumerate(pump.day):
        if np.isnan(pump.condition[n]):
            continue  # nothing to draw it against
        yield {
            "day": day.item(), "condition_name": pump.condition_name, "condition": pump.condition[n],
            "cop": pump.cop[n], "expected_cop": pump.expected[n], "is_reference": bool(pump.is_reference[n]),
        }  # fmt: skip


def class_rows(found: Sequence[HourClass], worth: Worth) -> Iterator[Row]:
    """Yield the classes of hours, the best first and those without delivery last."""
    order = sorted(found, key=lambda c: (c.verdict == "standby", c.heat == "–", -np.nan_to_num(c.net_sek.value)))
    for no, one in enumerate(order, start=1):
        yield {
            "no": no, "spot_class": one.spot, "heat_class": one.heat, "outdoor_class": one.outdoor,
            "from_month": worth.months[-12:][0], "to_month": worth.months[-1], "hours": float(one.hours),
            "delivered_kwh": one.delivered_kwh, "electricity_kwh": one.electricity_kwh,
            **_band("value_sek", one.value_sek), "electricity_cost_sek": one.cost_sek.value,
            **_band("net_value_sek", one.net_sek), "heat_price_sek_per_mwh": one.heat_price_sek_per_mwh,
            "electricity_price_sek_per_mwh": one.electricity_price_sek_per_mwh, "cop": one.cop,
            "break_even_cop": one.break_even_cop, "verdict": one.verdict, "reason": one.reason,
        }  # fmt: skip


def component_rows(worth: Worth) -> Iterator[Row]:
    """Yield value and cost by month and part of the bills."""
    for side, parts in (("value", worth.value_parts), ("cost", worth.cost_parts)):
        for part in parts:
            yield {
                "month": part.month, "side": side, "component": part.component, "label": part.label,
                **_of("amount_sek", part.amount_sek), "reason": part.reason,
            }  # fmt: skip


def limit_rows(found: Account) -> Iterator[Row]:
    """Yield what cannot be told."""
    for no, one in enumerate(found.limits, start=1):
        yield {
            "no": no, "level": one.level, "code": one.code, "contradicts": one.contradicts, "what": one.what,
            "message": one.text,
        }  # fmt: skip
