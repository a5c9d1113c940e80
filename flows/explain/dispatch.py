"""What a store could have earned, followed back: a way of operating it, a month, cause or price class."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from dashboards import text
from flows.store import need_tables

if TYPE_CHECKING:
    from flows.explain.receipts import Trail

_FLOWS = (("charge_kwh", "laddat"), ("discharge_kwh", "levererat"), ("direct_kwh", "därav direkt ur källan"),
          ("electricity_kwh", "el"), ("reckoned_content_kwh", "innehåll vid slutet"))  # fmt: skip
_STEPS = {
    "S6": "timmarna då det som levererades var värt mindre än elen och den lagrade energin, räknade utan körning",
    "S2": "sedan dygnen (timmarna) med effekt över den bättre driftens, räknade med den bättre driftens uttag",
    "S1": "sedan laddningen som i den bättre driften",
    "rest": "resten av skillnaden: den sluter summan",
}
_MEASURES = {"S6": "run_when_uneconomic", "S2": "idle_at_peaks", "S1": "charged_too_little"}


def _dispatch(trail: Trail, key: str) -> None:
    """Explain <store>/<operation>, a month YYYY-MM or a cause of it; or <store>/class/<metering point>/<label>."""
    need_tables(trail.store, "marts", "storage_optimum_bill")
    store, _, rest = key.partition("/")
    operation, _, part = rest.partition("/")
    if operation == "class":
        _class(trail, key)
    elif not part:
        _way(trail, store, operation, key)
    elif part in _STEPS:
        _cause(trail, store, operation, part, key)
    else:
        _month(trail, store, operation, key)


def _way(trail: Trail, store: str, operation: str, key: str) -> None:
    row = trail.one("select * from marts.storage_optimum where evidence_key = ?", [f"dispatch/{key}"])
    span = f"{row['from_month']:%Y-%m} – {row['to_month']:%Y-%m}"
    name = f"{store} {span}, {text.code('operation', operation)}"
    if row["cost_sek"] is None:
        trail.step(0, f"{name}: {text.cannot_assess(row['reason'])}")
        return
    trail.step(0, f"{name}: {text.number(row['cost_sek'])} SEK", cost_sek=row["cost_sek"])
    if operation != "actual":
        ends = f"{text.number(row['gain_sek_low'])} till {text.number(row['gain_sek_high'])}"
        gain = f"{text.number(row['gain_sek'])} SEK ({ends})"
        less = f"lägre än verklig: {gain}: den verkliga driften minus denna, båda genom prislistorna"
        trail.step(1, less, gain_sek=row["gain_sek"])
    _energies(trail, row)
    _bill(trail, 1, store, operation, None)
    if operation != "actual":
        _keys(trail, "storage_optimum_cause", "gain_sek", store, operation, "no")
    _keys(trail, "storage_optimum_month", "discharge_kwh", store, operation, "month")
    notes = "select text from marts.storage_optimum_note where store = ? order by no"
    for (told,) in trail.store.rows(notes, [store]):
        trail.step(1, f"antaget: {told}")


def _cause(trail: Trail, store: str, operation: str, code: str, key: str) -> None:
    row = trail.one("select * from marts.storage_optimum_cause where evidence_key = ?", [f"dispatch/{key}"])
    ends = f"{text.number(row['gain_sek_low'])} till {text.number(row['gain_sek_high'])}"
    words = f"{text.code('gap_cause', code)}: {text.number(row['gain_sek'])} SEK ({ends})"
    trail.step(0, f"{store}, mot {text.code('operation', operation)}, {words}", gain_sek=row["gain_sek"])
    trail.step(1, f"räkningen körd om: {_STEPS[code]}")
    less = "mer" if row["stored_kwh"] >= 0 else "mindre"
    stored = f"{text.number(row['hours'])} timmar, {text.number(abs(row['stored_kwh']))} kWh {less} kvar i lagret"
    trail.step(1, f"{stored}, värda vad en lagrad kWh är värd i den bättre driften", stored_kwh=row["stored_kwh"])
    if code in _MEASURES:
        trail.step(1, f"som åtgärd: measure:{row['facility']}:{_MEASURES[code]}:{store}")
    for way in ("actual", operation):
        found = trail.one("select * from marts.storage_optimum where store = ? and operation = ?", [store, way])
        trail.step(
            1, f"{found['evidence_key']}: {text.number(found['cost_sek'])} SEK", evidence_key=found["evidence_key"]
        )


def _month(trail: Trail, store: str, operation: str, key: str) -> None:
    row = trail.one("select * from marts.storage_optimum_month where evidence_key = ?", [f"dispatch/{key}"])
    month: date = row["month"]
    trail.step(0, f"{store} {month:%Y-%m}, {text.code('operation', operation)}")
    _energies(trail, row)
    points = _bill(trail, 1, store, operation, month)
    if operation == "actual":
        trail.step(1, f"mätarna: storage/{store}/{month:%Y-%m}", evidence_key=f"storage/{store}/{month:%Y-%m}")
    else:
        told = "räknad timme för timme ur samma mätare som den verkliga driften"
        trail.step(1, f"{told}: dispatch/{store}/actual/{month:%Y-%m}")
    from energy.calendar import next_month
    from flows.explain.receipts import _readings, _utc

    for point in points:
        trail.step(1, f"mätaren som räknas: {point}", metering_point=point)
        _readings(trail, 2, point, _utc(month), _utc(next_month(month)))


def _class(trail: Trail, key: str) -> None:
    row = trail.one("select * from marts.storage_optimum_class where evidence_key = ?", [f"dispatch/{key}"])
    trail.step(0, f"{row['store']}, {row['label']} ({row['metering_point']}): prisklass utan och med lagret")
    for word, name in (
        ("utan lagret", "without_store"),
        ("verklig drift", "with_store"),
        ("med allt känt i förväg", "optimal"),
    ):
        told = [row[f"class_{name}"] or "okänd klass"]
        for column, unit in ((f"power_{name}_kw", "kW"), (f"utilisation_{name}_h", "h utnyttjningstid")):
            told += [f"{text.number(row[column])} {unit}"] if row[column] is not None else []
        cost = row.get(f"class_{name}_sek")
        told += [f"klassen kostar {text.number(cost)} SEK"] if cost is not None else []
        trail.step(1, f"{word}: {', '.join(told)}", **{f"class_{name}": row[f"class_{name}"]})
    if row["reason"]:
        trail.step(1, row["reason"])
    for way in ("actual", "optimal"):
        trail.step(1, f"räkningen: dispatch/{row['store']}/{way}", evidence_key=f"dispatch/{row['store']}/{way}")


def _energies(trail: Trail, row: dict[str, Any]) -> None:
    known = {name: row[name] for name, _ in _FLOWS if row.get(name) is not None}
    told = [f"{word} {text.number(known[name])} kWh" for name, word in _FLOWS if name in known]
    trail.step(1, ", ".join(told) or "drift: okänd", **known)


def _bill(trail: Trail, depth: int, store: str, operation: str, month: date | None) -> list[str]:
    """Add the lines of a bill, of one month or summed over all, and return the metering points they are of."""
    query = """select metering_point, component, label, unit, sum(quantity) as quantity, sum(amount_sek) as amount_sek
               from marts.storage_optimum_bill where store = ? and operation = ? and (? is null or month = ?)
               group by all order by metering_point nulls last, component, label"""
    points: dict[str, None] = {}
    for row in trail.store.frame(query, [store, operation, month, month]).to_dicts():
        amount = f"{text.number(row['amount_sek'], 2)} SEK"
        counted = f" ({text.number(row['quantity'])} {row['unit']})" if month is not None and row["unit"] else ""
        where = f"{row['metering_point']}, " if row["metering_point"] else ""
        trail.step(depth, f"{where}{row['label']}: {amount}{counted}", amount_sek=row["amount_sek"])
        if row["metering_point"]:
            points.setdefault(row["metering_point"])
    return list(points)


def _keys(trail: Trail, mart: str, figure: str, store: str, operation: str, order: str) -> None:
    query = f"select evidence_key, {figure} from marts.{mart} where store = ? and operation = ? order by {order}"  # noqa: S608
    unit = "SEK" if figure.endswith("_sek") else "kWh levererat"
    for receipt, value in trail.store.rows(query, [store, operation]):
        trail.step(1, f"{receipt}: {text.number(value)} {unit}", evidence_key=receipt)


KINDS: dict[str, Callable[[Trail, str], None]] = {"dispatch": _dispatch}
