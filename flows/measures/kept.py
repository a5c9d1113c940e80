"""The measures of the last analysis, ready to be billed together: bands as they were told, effects worked out again.

An effect is cheap to find (the rule once, at its central assumptions); what is dear are the draws of a band and a
store's best operation, and those are read back. A rule whose figure is another than what was told (the settings have
been changed since) is told, and everything is worked out anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from energy.calendar import Instants
from energy.measures import MEASURES, MeasureContext, MeasureFinding
from energy.measures.shared.better_store import Added, Change
from energy.model import Band
from flows.store import Store

_TOLD = """
select measure_key, measure_id, title, metering_point, confidence, saving_sek_per_year, saving_sek_per_year_low,
    saving_sek_per_year_high, saving_kwh_per_year
from analysis.measures
where facility = ? and saving_sek_per_year is not null and not one_off
order by measure_key
"""
_NEAR = 1.0  # SEK a year: what the same figure may differ by


def kept_findings(store: Store, context: MeasureContext, asked: Sequence[str] | None) -> list[MeasureFinding] | None:
    """Return the findings of the last analysis with their effects, those `asked` for or all; None where they differ.

    None too for a store of an older version, without what the analysis keeps.
    """
    if "measure_changes" not in store.tables("analysis"):
        return None
    told = store.frame(_TOLD, [context.facility]).to_dicts()
    if asked is not None and set(asked) <= {row["measure_key"] for row in told}:  # else all, to name those there are
        told = [row for row in told if row["measure_key"] in asked]
    changes = _changes(store, context.start_utc)
    if changes is None:
        return None
    rules = {row["measure_id"] for row in told if row["measure_key"] not in changes}
    once = replace(context, draws=1)
    found = {one.key: one for rule in MEASURES if rule.id in rules for one in rule.find(once)}
    findings = [_finding(row, found.get(row["measure_key"]), changes, context.facility) for row in told]
    return None if any(one is None for one in findings) else [one for one in findings if one is not None]


def change_rows(start_utc: Instants, findings: Sequence[MeasureFinding]) -> list[dict[str, Any]]:
    """Return rows of analysis.measure_changes: the effects that rest on numbers alone, and are dear to find again."""
    rows = []
    for one in findings:
        if not isinstance(one.effect, Added):
            continue
        for point, change in one.effect.changes.items():
            first: datetime = start_utc[change.first].astype("datetime64[s]").item()
            power, back = (None, None) if change.curve is None else (part.tolist() for part in change.curve)
            rows.append(
                {
                    "measure_key": one.key, "metering_point": point, "first_utc": first.replace(tzinfo=UTC),
                    "change_kwh": change.kwh.tolist(), "curve_kw": power, "curve_c": back,
                    "stored_sek": one.effect.stored_sek,
                }
            )  # fmt: skip
    return rows


def _changes(store: Store, start_utc: Instants) -> dict[str, Added] | None:
    """Return the kept effects by measure, on the rows of the facility's hours; None where their stored worth is not."""
    kept = store.frame("select * from analysis.measure_changes order by measure_key, metering_point")
    if "stored_sek" not in kept.columns:
        return None
    rows = kept.to_dicts()
    found: dict[str, dict[str, Change]] = {}
    stored = {row["measure_key"]: row["stored_sek"] for row in rows}
    for row in rows:
        hours = np.datetime64(row["first_utc"].replace(tzinfo=None), "s") - start_utc[0].astype("datetime64[s]")
        curve = None if row["curve_kw"] is None else (np.array(row["curve_kw"]), np.array(row["curve_c"]))
        change = Change(int(hours / np.timedelta64(1, "h")), np.array(row["change_kwh"]), curve)
        found.setdefault(row["measure_key"], {})[row["metering_point"]] = change
    return {key: Added(changes, stored[key]) for key, changes in found.items()}


def _finding(
    row: Mapping[str, Any], again: MeasureFinding | None, changes: Mapping[str, Added], facility: str
) -> MeasureFinding | None:
    """Return one finding as it was told; None where it is not found again with the same figure."""
    value, low, high = (row[f"saving_sek_per_year{end}"] for end in ("", "_low", "_high"))
    band = Band(value, low, high)
    key = row["measure_key"]
    if key in changes:
        return MeasureFinding(
            row["measure_id"], key, facility, row["title"], "", band, row["saving_kwh_per_year"], row["confidence"],
            "", (), metering_point=row["metering_point"], effect=changes[key],
        )  # fmt: skip
    if again is None or not abs(again.saving_sek_per_year.value - value) <= _NEAR:
        return None
    return replace(again, saving_sek_per_year=band)
