"""A store followed back: its year or a month -> balance, heat pump, parts of the bills -> meters, rows and files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from dashboards import text
from energy.calendar import next_month

if TYPE_CHECKING:
    from flows.explain.receipts import Trail

_ENERGIES = (("charged_kwh", "laddat"), ("drawn_kwh", "taget ur lagret"), ("delivered_kwh", "levererat"),
             ("electricity_kwh", "el"), ("loss_kwh", "förlust"), ("content_kwh", "innehåll vid slutet"))  # fmt: skip


def _storage(trail: Trail, key: str) -> None:
    """Explain a store (its id) or one month of it (id/YYYY-MM)."""
    store, _, month = key.partition("/")
    mart = "storage_monthly" if month else "storage"
    row = trail.one(f"select * from marts.{mart} where evidence_key = ?", [f"storage/{key}"])  # noqa: S608
    when = f"{row['month']:%Y-%m}" if month else f"{row['from_month']:%Y-%m} – {row['to_month']:%Y-%m}"
    trail.step(0, f"{store} {when}: {_worth(row)}", net_value_sek=row["net_value_sek"])
    reason = row["reason"] if month else row["worth_reason"]
    if reason and row["net_value_sek"] is not None:  # else the head says it
        trail.step(1, f"{reason}")
    known = [f"{word} {text.number(row[name])} kWh" for name, word in _ENERGIES if row.get(name) is not None]
    trail.step(1, f"balans: {', '.join(known) or 'okänd'}", **{n: row.get(n) for n, _ in _ENERGIES})
    why = row["cop_reason"] if month else row["drift_reason"]
    cop = text.number(row["cop"], 2) if row["cop"] is not None else why or "okänd"
    trail.step(1, f"värmefaktor: {cop}", cop=row["cop"])
    if not month:
        for name in ("metered_text", "content_text", "cop_basis", "worth_text"):
            if row[name]:
                trail.step(1, f"{row[name]}")
        _months(trail, store)
        return
    _parts(trail, store, row["month"])
    _meters(trail, store, row["month"])


def _worth(row: dict[str, Any]) -> str:
    if row["net_value_sek"] is None:
        return text.cannot_assess(row.get("reason") or row.get("worth_reason"))
    ends = f"{text.number(row['net_value_sek_low'])} till {text.number(row['net_value_sek_high'])}"
    return (
        f"värde {text.number(row['value_sek'])} SEK minus el {text.number(row['electricity_cost_sek'])} SEK"
        f" = netto {text.number(row['net_value_sek'])} SEK ({ends})"
    )


def _months(trail: Trail, store: str) -> None:
    query = "select evidence_key, net_value_sek from marts.storage_monthly where store = ? order by month"
    for key, value in trail.store.rows(query, [store])[-12:]:
        shown = "okänt" if value is None else f"{text.number(value)} SEK"
        trail.step(1, f"{key}: netto {shown}", evidence_key=key)


def _parts(trail: Trail, store: str, month: date) -> None:
    query = """select side, component, label, amount_sek, reason from marts.storage_components
               where store = ? and month = ? order by side desc, component, label"""
    for side, component, label, amount, reason in trail.store.rows(query, [store, month]):
        shown = reason or "okänt" if amount is None else f"{text.number(amount, 2)} SEK"
        if amount or amount is None:
            trail.step(2, f"{text.code('side', side)}, {label}: {shown}", component=component, amount_sek=amount)


def _meters(trail: Trail, store: str, month: date) -> None:
    """Add the rows of the month's meters, in order of role."""
    from flows.explain.receipts import _readings, _utc

    query = "select role, metering_point from settings.store_meters where store = ? order by role, metering_point"
    for role, point in trail.store.rows(query, [store]):
        trail.step(1, f"mätare ({text.code('store_role', role)}): {point}", metering_point=point)
        _readings(trail, 2, point, _utc(month), _utc(next_month(month)))


KINDS: dict[str, Callable[[Trail, str], None]] = {"storage": _storage}
