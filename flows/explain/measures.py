"""A measure's life followed back: stage -> decisions with file and row; verification -> baseline, months, promise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dashboards import text

if TYPE_CHECKING:
    from flows.explain.receipts import Trail


def _register(trail: Trail, key: str) -> None:
    """Add how far a measure has come, what it was worth when, and every event that led there."""
    row = trail.one("select * from marts.measure_register where measure_key = ?", [key])
    trail.step(0, f"{row['title']}: {text.code('stage', row['stage'])}", stage=row["stage"])
    worth = (
        ("när åtgärden först föreslogs", "first_value_sek"),
        ("senast", "latest_sek_per_year"),
        ("vid beslutet", "decided_value_sek"),
    )
    for word, column in worth:
        if row[column] is not None:
            trail.step(1, f"värde {word}: {text.number(row[column])} SEK {_often(row)}", **{column: row[column]})
    for told in ("stage_note", "dismissed_elsewhere"):
        if row[told]:
            trail.step(1, row[told])
    _events(trail, key)


def _often(row: Mapping[str, Any]) -> str:
    """Return how often an amount comes: a claim comes once."""
    return "en gång" if row["one_off"] else "per år"


def _history(trail: Trail, key: str) -> None:
    """Add every event in a measure's life."""
    row = trail.one("select * from marts.measure_register where measure_key = ?", [key])
    trail.step(0, f"{row['title']}: vad som hänt")
    _events(trail, key)


def _events(trail: Trail, key: str) -> None:
    query = "select * from marts.measure_history where measure_key = ? order by no"
    for event in trail.store.frame(query, [key]).to_dicts():
        trail.step(1, _event(event), happened_on=event["happened_on"])
        if event["file_name"]:
            sheet = f", blad {event['sheet']}" if event["sheet"] else ""
            place = f"fil {event['file_name']}{sheet}, rad {event['row_no']}"
            trail.step(2, place, file_name=event["file_name"], row_no=event["row_no"])


def _event(event: Mapping[str, Any]) -> str:
    decision = f" {text.code('decision', event['decision'])}" if event["decision"] else ""
    by = f" av {event['owner_role']}" if event["owner_role"] else ""
    where = " på kommandoraden" if event["channel"] == "command" else ""
    note = f": {event['note']}" if event["note"] else ""
    return f"{event['happened_on']} {text.code('event', event['event'])}{decision}{by}{where}{note}"


def _verification(trail: Trail, key: str) -> None:
    """Add what a done measure has saved, beside its promise, and on what baseline."""
    row = trail.one("select * from marts.measure_verification where measure_key = ?", [key])
    trail.step(0, f"{row['title']}: {row['text']}", verdict=row["verdict"])
    if row["promised_sek_per_year"] is not None:
        promised = text.number(row["promised_sek_per_year"])
        trail.step(1, f"utlovat: {promised} SEK {_often(row)}", promised_sek_per_year=row["promised_sek_per_year"])
    if row["verified_sek"] is not None:
        ends = f"{text.number(row['verified_sek_low'])} till {text.number(row['verified_sek_high'])}"
        said = f"verifierat {row['from_month']} till {row['to_month']}: {text.number(row['verified_sek'])} SEK ({ends})"
        trail.step(1, said, verified_sek=row["verified_sek"])
    if row["trained_from"]:
        fit = f"baslinjen är anpassad {row['trained_from']} till {row['trained_to']}"
        error = f", CV(RMSE) dygn {text.number(row['cvrmse_daily_pct'], 1)} %" if row["cvrmse_daily_pct"] else ""
        trail.step(1, f"{fit} på {row['metering_points']}{error}")
    if row["overlaps"]:
        trail.step(1, row["overlaps"])
    _events(trail, key)


KINDS: dict[str, Callable[[Trail, str], None]] = {
    "register": _register,
    "history": _history,
    "verification": _verification,
}
