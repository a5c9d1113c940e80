"""Anläggning: what the people who run the building look at."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboards import text
from dashboards.charts import Chart, cusum, duration, heatmap, savings, signature, temperature
from dashboards.pages import key_figures, ledger, parts
from dashboards.pages.base import Col, Facility, Table, View, coded, coded_or_dash, count, dash, plain, table, values


def context(view: View) -> dict[str, Any]:
    """Return what the template of the page needs."""
    return {"sections": [_section(view, facility) for facility in view.facilities()]}


def _section(view: View, facility: Facility) -> dict[str, Any]:
    events = view.rows("events", facility=facility.id)
    readings = any(view.rows(mart, facility=facility.id).height for mart in ("daily", "heatmap", "duration", "cusum"))
    groups = [
        ("signature", _per_meter(view, facility, "signature", signature.chart)),
        ("savings", _per_project(view, facility, "savings_monthly", "energi", savings.energy)),
        ("heatmap", _per_meter(view, facility, "heatmap", heatmap.chart)),
        ("duration", _per_meter(view, facility, "duration", duration.chart)),
        ("return", _temperature(view, facility)),
        ("placebo_cusum" if parts.only_placebo(view, facility) else "cusum", _cusum(view, facility, events)),
    ]
    return {
        "facility": facility,
        "placebos": [card.name for card in parts.project_cards(view, facility) if card.placebo],
        "placebo": parts.PLACEBO,
        "charts": [(word, charts) for word, charts in groups if not all(c.missing for c in charts)],
        "absent": [(word, charts[0].missing) for word, charts in groups if all(c.missing for c in charts)],
        "no_readings": "" if readings else view.not_assessed(facility.id) or "Inga mätvärden är inlästa.",
        "events": _events(facility, cusum.numbered(events)),
        "key_figures": key_figures.beside(view, facility),
        "peaks": _peaks(view, facility),
        "non_routine": ledger.with_and_without(view, facility),
        "event_proposals": ledger.changes(view, facility),
    }


def _per_meter(view: View, facility: Facility, mart: str, make: Any) -> list[Chart]:
    """Return one chart per metering point of `mart`; one that says what is missing where there is none."""
    rows = view.rows(mart, facility=facility.id)
    pairs = rows.select("metering_point", "carrier").unique(maintain_order=True).rows()
    return [
        view.once(
            lambda key, p=point, c=carrier: make(  # type: ignore[misc]
                rows.filter(pl.col("metering_point") == p), key, view.meter_name(p, c)
            ),
            mart,
            facility.id,
            point,
        )
        for point, carrier in pairs or [("", "all")]
    ]


def _per_project(view: View, facility: Facility, mart: str, name: str, make: Any) -> list[Chart]:
    rows = view.rows(mart, facility=facility.id)
    pairs = [(p, c) for p in values(rows, "project") for c in parts.drawn(rows.filter(pl.col("project") == p))]
    return [
        view.once(
            lambda key, p=project, c=carrier: make(  # type: ignore[misc]
                rows.filter(pl.col("project") == p, pl.col("carrier") == c), key, c, parts.is_placebo(view, facility, p)
            ),
            name,
            facility.id,
            project,
            carrier,
        )
        for project, carrier in pairs or [("", "all")]
    ]


def _cusum(view: View, facility: Facility, events: pl.DataFrame) -> list[Chart]:
    numbers = cusum.numbered(events)

    def make(frame: pl.DataFrame, key: str, carrier: str, placebo: bool) -> Chart:
        own = numbers.filter(pl.col("carrier").is_null() | pl.col("carrier").is_in([carrier, "all"]))
        project = frame.get_column("project").first() if frame.height else ""
        total = view.rows("savings_total", project=project, carrier=carrier, period="reporting")
        return cusum.chart(frame, own, key, carrier, total.row(0, named=True) if total.height else None, placebo)

    return _per_project(view, facility, "cusum", "cusum", make)


def _temperature(view: View, facility: Facility) -> list[Chart]:
    rows = view.rows("daily", facility=facility.id).drop_nulls("return_temperature_c")
    return [
        view.once(
            lambda key, p=point: temperature.chart(rows.filter(pl.col("metering_point") == p), key),  # type: ignore[misc]
            "retur",
            facility.id,
            point,
        )
        for point in values(rows, "metering_point") or [""]
    ]


def _events(facility: Facility, events: pl.DataFrame) -> Table:
    columns = [
        Col("number", "Nr", count, True),
        Col("start_utc", "Från (lokal tid)", text.local_day),
        Col("end_utc", "Till och med", lambda v: "tills vidare" if v is None else text.local_day(v, end=True)),
        Col("kind", "Slag", coded("kind")),
        Col("carrier", "Energislag", lambda v: "alla" if v is None else text.code("carrier", v)),
        Col("reason", "Vad hände", plain, long=True),
        Col("treatment", "Behandling", coded_or_dash("treatment")),
        Col("decided_by", "Beslutat av", dash),
    ]
    return table(
        f"{facility.anchor}-handelser",
        f"Händelser, {facility.name}",
        events,
        columns,
        "Inga händelser är införda i liggaren.",
    )


def _peaks(view: View, facility: Facility) -> Table:
    columns = [
        Col("rank", "Plats", count, True),
        Col("carrier", "Energislag", coded("carrier")),
        Col("start_local", "Börjar (lokal tid)", plain),
        Col("power_kw", "Effekt (kW)", lambda v: text.number(v, 1), True),
        Col("note", "Varför den räknas", dash),
        Col("metering_point", "Mätare", lambda v: view.meter_name(v)),
    ]
    return table(
        f"{facility.anchor}-toppar",
        f"De dyraste topparna de senaste 12 månaderna, {facility.name}",
        view.rows("peaks", facility=facility.id).sort("carrier", "rank"),
        columns,
        "Inga toppar är räknade.",
        sortable=True,
    )
