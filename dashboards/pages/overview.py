"""Översikt: what leadership needs on one screen."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboards import text
from dashboards.pages import parts
from dashboards.pages.base import Col, Facility, Table, View, count, table

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
        "bridge": parts.bridges(view, facility)[0][1],
        "measures": measures,
        "freshness": freshness_sentences(view, facility),
        "findings": _bad_news(view, facility),
    }


def best_measures(view: View, facility: Facility) -> list[dict[str, Any]]:
    """Return the measures with an amount, most money first, at most three, written."""
    found = (
        view.rows("measures", facility=facility.id)
        .drop_nulls("saving_sek_per_year")
        .sort("rank", "measure_key", nulls_last=True)
        .head(BEST)
    )
    unit = view.options.amount_unit
    return [
        {
            "title": r["title"],
            "saving": f"{text.amount(r['saving_sek_per_year'], unit)} per år",
            "band": text.band(r["saving_sek_per_year_low"], r["saving_sek_per_year_high"], "SEK", unit),
            "energy": text.energy(r["saving_kwh_per_year"]) if r["saving_kwh_per_year"] else "",
            "confidence": text.code("confidence", r["confidence"]),
            "anchor": text.identifier("atgard", r["measure_key"]),
            "evidence_key": r["evidence_key"] or "",
        }
        for r in found.iter_rows(named=True)
    ]


def freshness_sentences(view: View, facility: Facility) -> list[str]:
    """Return how far the data reach and how whole they are, in sentences."""
    rows = view.rows("freshness", facility=facility.id)
    if rows.is_empty():
        return [f"{text.MISSING}: inga mätvärden är inlästa för anläggningen."]
    meters = rows.get_column("metering_point").n_unique()
    latest = rows.get_column("last_utc").max()
    late = (
        rows.filter(pl.col("last_utc") < pl.col("last_utc").max().dt.offset_by("-2d"))
        .select(pl.coalesce("name", "metering_point"))
        .to_series()
        .unique(maintain_order=True)
        .to_list()
    )
    worst = rows.drop_nulls("coverage_pct").sort("coverage_pct")
    said = [
        f"Sista mätvärdet är från {text.normal_time(latest)} normaltid. "  # type: ignore[arg-type]
        f"{text.number(meters)} mätare lämnar värden."
    ]
    if not worst.is_empty():
        row = worst.row(0, named=True)
        said.append(f"Lägst täckning har {row['name'] or row['metering_point']}: {text.percent(row['coverage_pct'])}.")
    estimated = rows.get_column("estimated_pct").max()
    if isinstance(estimated, float):
        said.append(f"Uppskattade värden: som mest {text.percent(estimated)} hos en mätare.")
    return said + ([f"Äldre än övriga: {text.listing(late)}."] if late else [])


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
        lines.append(
            (
                facility.name,
                f"#{facility.anchor}",
                kind,
                (first.cannot or first.figure) if first else text.MISSING,
                first.band or "–" if first else "–",
            )
        )
    frame = pl.DataFrame(lines, schema=["name", "href", "kind", "figure", "band"], orient="row")
    columns = [
        Col("name", "Anläggning", str, href=lambda r: r["href"]),
        Col("kind", "Visar", str),
        Col("figure", text.code("key", parts.HEADLINES[0]), str),
        Col("band", "Band", str),
    ]
    return table("anlaggningar", "Anläggningar", frame, columns, "Ingen anläggning finns.")


def freshness_table(view: View, facility: Facility) -> Table:
    """Return the freshness of every meter and quantity."""
    columns = [
        Col("name", "Mätare", lambda v: v or "–"),
        Col("metering_point", "Mätpunkt", str),
        Col("carrier", "Energislag", lambda v: text.code("carrier", v)),
        Col("quantity", "Storhet", lambda v: text.code("quantity_name", v)),
        Col("first_utc", "Första värde (normaltid)", text.normal_time),
        Col("last_utc", "Sista värde (normaltid)", text.normal_time),
        Col("expected_values", "Väntade värden", count, True),
        Col("values_present", "Finns", count, True),
        Col("coverage_pct", "Täckning (%)", lambda v: text.number(v, 1), True),
        Col("estimated_pct", "Uppskattat (%)", lambda v: text.number(v, 1), True),
    ]
    return table(
        f"{facility.anchor}-farskhet",
        f"Färskhet per mätare, {facility.name}",
        view.rows("freshness", facility=facility.id),
        columns,
        "Inga mätvärden är inlästa.",
        sortable=True,
    )
