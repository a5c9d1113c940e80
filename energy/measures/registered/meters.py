"""Findings of the quality checks as measures: a meter to be mended, or data to be asked for again.

The checks are those of `sql/core` and of the sources; nothing is looked for here. What a faulty meter costs cannot be
known from its own values, so these measures have no amount. One measure for each kind of fault and meter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from energy.measures.base import About, Confidence, EvidenceRow, MeasureFinding
from energy.measures.registered.base import Registered, Settles, plain_key
from energy.model import Band

__all__ = ["FOUND", "METERS", "faults"]

SHOWN = 24  # rows of evidence
FOUND = {
    "facility": pl.String, "metering_point": pl.String, "rule": pl.String, "message": pl.String, "month": pl.Date,
    "file_name": pl.String, "row_no": pl.Int64,
}  # fmt: skip
MISSING = "värde: kan inte bedömas: vad felet kostar framgår inte av mätaren själv"
_SEEN = {
    "gone": "avvikelsen syns inte längre när mätvärdena är inlästa på nytt",
    "no_later": "ingen månad efter åtgärden visar avvikelsen",
}


def _kind(
    rule: str, code: str, title: str, settles: Settles, confidence: Confidence = "hög", actor: str = "driftteknikern"
) -> Registered:
    about = About(
        code=code, needs="mätvärden", cost_class="ingen" if settles == "gone" else "låg", difficulty="lätt",
        actor=actor, verification=_SEEN[settles], reference=f"quality check: {rule}",
    )  # fmt: skip
    return Registered(rule, title, about, settles, confidence, MISSING)


_OWNER = "energicontrollern"  # who asks for data again
METERS: tuple[Registered, ...] = (
    _kind("stuck_meter", "M1", "Mätaren står stilla på ett värde", "no_later"),
    _kind("values_missing", "M2", "Mätvärden saknas", "gone", actor=_OWNER),
    _kind("register_gap", "M2", "Uppehåll mellan mätarställningar", "gone", actor=_OWNER),
    _kind("implausible_value", "M2", "Timmar som inte kan stämma", "gone", actor=_OWNER),
    _kind("unit_suspect", "M3", "Mätvärden i fel enhet", "gone", "medel", _OWNER),
    _kind("ambiguous_time", "M4", "Timmar vars tid är tvetydig", "gone", actor=_OWNER),
    _kind("nonexistent_time", "M4", "Timmar som inte finns på klockan", "gone", actor=_OWNER),
    _kind("negative_values", "M5", "Negativa mätvärden", "no_later", "medel"),
    _kind("register_backwards", "M5", "Mätarställning som går bakåt", "gone"),
    _kind("register_replaced", "M5", "Mätarbyte utan ställningar", "gone", actor=_OWNER),
    _kind("heat_meter_drift", "M6", "Värmemätarens energi följer inte flöde och temperatur", "no_later", "medel"),
    _kind("flow_and_return_swapped", "M7", "Fram- och returledning förväxlade", "no_later", "medel"),
    _kind("submeters_above_main", "M8", "Undermätarna visar mer än huvudmätaren", "no_later", "medel"),
    _kind("off_the_hour", "M9", "Mätvärden som går över timskiften", "gone", actor=_OWNER),
    _kind("outdoor_sensor_in_sun", "M12", "Utegivaren sitter i solen", "no_later", "medel"),
)
_BY_ID = {one.id: one for one in METERS}


def faults(found: pl.DataFrame, names: Mapping[str, str]) -> list[MeasureFinding]:
    """Return one measure per kind of fault and meter, in order of kind and meter; none has an amount.

    `found` has the columns of `FOUND`; `names` metering point -> its Swedish name. A fault of no known meter is told
    for the facility.
    """
    known = found.filter(pl.col("rule").is_in([*_BY_ID]), pl.col("facility").is_not_null())
    rows: dict[str, list[dict[str, Any]]] = {}
    for row in known.sort("month", "message", "file_name", "row_no", nulls_last=True).to_dicts():
        rows.setdefault(fault_key(row), []).append(row)
    order = [*_BY_ID]
    measures = [_fault(key, mine, names) for key, mine in rows.items()]
    return sorted(measures, key=lambda one: (order.index(one.measure_id), one.key))


def fault_key(row: Mapping[str, Any]) -> str:
    """Return the key of the measure that a fault belongs to."""
    parts = ["measure", row["facility"], row["rule"]]
    return ":".join([*parts, *([plain_key(row["metering_point"])] if row["metering_point"] else [])])


def _fault(key: str, rows: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> MeasureFinding:
    latest, kind, point = rows[-1], _BY_ID[rows[0]["rule"]], rows[0]["metering_point"]
    said = dict.fromkeys(row["message"] for row in reversed(rows))
    more = f" Ytterligare {len(said) - 1} av samma slag finns i underlaget." if len(said) > 1 else ""
    name = f"{names[point]}: " if point in names and names[point] not in latest["message"] else ""
    nan = float("nan")
    return MeasureFinding(
        measure_id=kind.id, key=key, facility=latest["facility"], title=kind.title,
        description=f"{name}{latest['message']}{more}", saving_sek_per_year=Band(nan, nan, nan, reason=MISSING),
        saving_kwh_per_year=nan, confidence=kind.confidence,
        method="Iakttagelsen är kvalitetskontrollens. " + MISSING[0].upper() + MISSING[1:] + ".",
        evidence=tuple(_evidence(rows))[-SHOWN:], metering_point=point, one_off=True,
    )  # fmt: skip


def _evidence(rows: Sequence[Mapping[str, Any]]) -> Iterable[EvidenceRow]:
    for row in rows:
        month = "" if row["month"] is None else f"{row['month']:%Y-%m}"
        at = f"{row['file_name']}, rad {row['row_no']}" if row["file_name"] and row["row_no"] else row["file_name"]
        yield EvidenceRow(month or "Iakttagelse", at or month, None, "", row["message"])
