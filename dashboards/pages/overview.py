"""Översikt: what leadership needs on one screen."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboards import text
from dashboards.pages import assumed, calculation, coherence, parts, register, stake, together, year
from dashboards.pages.base import Col, Facility, Row, Table, View, coded, table

BEST = 3


def context(view: View) -> dict[str, Any]:
    """Return what the template of the page needs."""
    facilities = view.facilities()
    return {
        "sections": [_section(view, facility) for facility in facilities],
        "list": _list(view, facilities) if len(facilities) > 1 else None,
    }


def _section(view: View, facility: Facility) -> dict[str, Any]:
    measures = best_measures(view, facility)
    return {
        "facility": facility,
        "cards": parts.project_cards(view, facility),
        "coherence": coherence.block(view, facility),
        "bridge": parts.bridges(view, facility)[0][1] if view.rows("projects", facility=facility.id).height else None,
        "measures": measures,
        "no_measures": no_measures(view, facility),
        "measures_note": together.note(view, facility),
        "register": register.short(view, facility),
        "invoiced": invoiced(view, facility),
        "year": f"{year.short(view, facility)} {assumed.held(view, facility)}".strip(),
        "calculation": calculation.short(view, facility),
        "stake": stake.short(view, facility),
        "freshness": freshness_sentences(view, facility),
        "findings": _bad_news(view, facility),
    }


def best_measures(view: View, facility: Facility) -> list[dict[str, Any]]:
    """Return the measures to do next, at most three, each with what it adds to those before it, written."""
    found = together.actions(view, facility, BEST)
    unit = view.options.amount_unit
    return [
        {
            "title": r["title"],
            "saving": parts.saving(r, unit),
            "band": parts.saving_band(r, unit),
            "energy": text.energy(r["saving_kwh_per_year"]) if r["saving_kwh_per_year"] else "",
            "confidence": text.code("confidence", r["confidence"]),
            "cost": register.cost(r),
            "anchor": text.identifier("atgard", r["measure_key"]),
            "evidence_key": r["evidence_key"] or "",
        }
        for r in found.iter_rows(named=True)
    ]


def no_measures(view: View, facility: Facility) -> str:
    """Return what to say where no measure is proposed: that rules were tried, or why they were not."""
    silent = view.rows("measures", facility=facility.id).height
    findings = view.rows("findings", facility=facility.id)
    silent += findings.filter(pl.col("rule").str.starts_with("measure_silent_")).height
    if silent:
        tried = text.counted(silent, "regel är prövad", "regler är prövade")
        return f"Ingen åtgärd med belopp föreslås. {tried}."
    why = view.not_assessed(facility.id) or "Inga åtgärdsregler är prövade."
    return f"{text.MISSING}: {why}"


def freshness_sentences(view: View, facility: Facility) -> list[str]:
    """Return how far the data reach and how whole they are, in sentences."""
    rows = view.rows("freshness", facility=facility.id)
    if rows.is_empty():
        return [f"{text.MISSING}: inga mätvärden är inlästa för anläggningen."]
    known = rows.drop_nulls("last_utc")
    if known.is_empty():
        names = text.listing(rows.select(pl.coalesce("name", "metering_point")).to_series().unique().sort().to_list())
        return [f"{text.MISSING}: inga mätvärden är inlästa för {names}."]
    meters = text.counted(known.get_column("metering_point").n_unique(), "mätare", "mätare")
    latest = known.get_column("last_utc").max()
    late = (
        known.filter(pl.col("last_utc") < pl.col("last_utc").max().dt.offset_by("-2d"))
        .select(pl.coalesce("name", "metering_point"))
        .to_series()
        .unique(maintain_order=True)
        .to_list()
    )
    said = [f"{meters} har värden till och med {text.normal_time(latest, True)} (normaltid)."]  # type: ignore[arg-type]
    worst = known.drop_nulls("coverage_pct").sort("coverage_pct")
    if not worst.is_empty():
        row = worst.row(0, named=True)
        name, share = row["name"] or row["metering_point"], text.percent(_short(row["coverage_pct"]))
        whole = row["coverage_pct"] >= 100
        said.append("Alla väntade värden finns." if whole else f"Lägst täckning har {name}: {share}.")
    estimated = known.get_column("estimated_pct").max()
    if isinstance(estimated, float):
        said.append(
            f"Uppskattade värden: som mest {_part(estimated)} hos en mätare."
            if estimated > 0
            else "Inga värden är uppskattade."
        )
    return said + ([f"Äldre än övriga: {text.listing(late)}."] if late else [])


def _part(percent: float) -> str:
    """Return a share that is not zero so that it is never written as 0,0."""
    return text.percent(percent) if percent >= 0.05 else f"mindre än {text.percent(0.1)}"


def _short(percent: float) -> float:
    """Return a coverage that is not whole so that it is never written as 100,0."""
    return min(percent, 99.9)


def invoiced(view: View, facility: Facility) -> str:
    """Return how much the invoices read so far come to, in one sentence; "" without any."""
    rows = view.rows("invoice_lines", facility=facility.id)
    if rows.is_empty():
        return ""
    count = rows.select(pl.struct("supplier_id", "invoice_no").n_unique()).item()
    first, last = rows.get_column("issue_date").min(), rows.get_column("issue_date").max()
    when = f", utfärdade {text.day(first)}" if first == last else f", utfärdade {text.span(first, last)}"  # type: ignore[arg-type]
    total = text.number(float(rows.get_column("amount_sek").sum()))
    return f"{text.counted(count, 'faktura', 'fakturor')}, {total}{text.NBSP}kr exklusive moms{when if last else ''}."


def _bad_news(view: View, facility: Facility) -> str:
    rows = view.marts["findings"].filter(pl.col("facility").is_null() | (pl.col("facility") == facility.id))
    errors, warnings = (rows.filter(pl.col("level") == level).height for level in ("error", "warning"))
    if not rows.height:
        return "Inga fel eller varningar."
    return f"{text.number(errors)} fel och {text.counted(warnings, 'varning', 'varningar')} i underlaget."


def _list(view: View, facilities: list[Facility]) -> Table:
    """Return the list of facilities with each one's first headline figure."""
    lines = []
    for facility in facilities:
        cards = parts.project_cards(view, facility)
        first = cards[0].headlines[0] if cards and cards[0].headlines else None
        kind = "prov av metoden" if cards and all(c.placebo for c in cards) else "projekt" if cards else "inget projekt"
        shown = (first.label, first.cannot or first.figure, first.band or "–") if first else ("–", text.MISSING, "–")
        lines.append((facility.name, f"#{facility.anchor}", kind, *shown, first.beside or "–" if first else "–"))
    names = ["name", "href", "kind", "label", "figure", "band", "beside"]
    frame = pl.DataFrame(lines, schema=dict.fromkeys(names, pl.String), orient="row")
    columns = [
        Col("name", "Anläggning", str, href=lambda r: r["href"], long=True),
        Col("kind", "Visar", str),
        Col("label", "Nyckeltal", str, long=True),
        Col("figure", "Siffra", str),
        Col("band", "Band", str),
        Col("beside", "Vad bandet säger", str, long=True),
    ]
    return table("anlaggningar", "Anläggningar", frame, columns, "Ingen anläggning finns.")


def freshness_table(view: View, facility: Facility) -> Table:
    """Return the freshness of every meter and quantity, the least covered first."""
    columns = [
        Col("name", "Mätare", lambda v: v or "–"),
        Col("quantity", "Storhet", coded("quantity_name")),
        Col("coverage_pct", "Täckning (%)", lambda v: text.number(v, 1), True, of=_covered),
        Col("values_present", "Värden", text.number, True, of=_values),
        Col("estimated_pct", "Uppskattat (%)", lambda v: text.number(v, 1), True),
        Col("first_utc", "Från (normaltid)", text.normal_time),
        Col("last_utc", "Till och med (normaltid)", lambda v: text.normal_time(v, True)),
        Col("metering_point", "Mätpunkt", str),
    ]
    return table(
        f"{facility.anchor}-farskhet",
        f"Färskhet per mätare, {facility.name}",
        view.rows("freshness", facility=facility.id),
        columns,
        "Inga mätvärden är inlästa.",
        sortable=True,
    )


def _covered(row: Row) -> str:
    value = row["coverage_pct"]
    return text.number(value if value is None or value >= 100 else _short(value), 1)


def _values(row: Row) -> str:
    return (
        text.MISSING
        if row["values_present"] is None
        else f"{text.number(row['values_present'])} av {text.number(row['expected_values'])}"
    )
