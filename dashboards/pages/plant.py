"""Anläggning: what the people who run the building look at."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboards import text
from dashboards.charts import Chart, cusum, duration, heatmap, savings, signature, temperature
from dashboards.pages import parts
from dashboards.pages.base import Col, Facility, Table, View, coded, count, dash, plain, table, values


def context(view: View) -> dict[str, Any]:
    """Return what the template of the page needs."""
    return {"sections": [_section(view, facility) for facility in view.facilities()]}


def _section(view: View, facility: Facility) -> dict[str, Any]:
    events = view.rows("events", facility=facility.id)
    return {
        "facility": facility,
        "placebos": [card.name for card in parts.project_cards(view, facility) if card.placebo],
        "placebo": parts.PLACEBO,
        "signature": _per_meter(view, facility, "signature", signature.chart),
        "savings": _per_project(view, facility, "savings_monthly", "energi", savings.energy),
        "heatmap": _per_meter(view, facility, "heatmap", heatmap.chart),
        "duration": _per_meter(view, facility, "duration", duration.chart),
        "temperature": _temperature(view, facility),
        "cusum": _cusum(view, facility, events),
        "events": _events(facility, cusum.numbered(events)),
        "peaks": _peaks(view, facility),
    }


def _per_meter(view: View, facility: Facility, mart: str, make: Any) -> list[Chart]:
    """Return one chart per metering point of `mart`; one that says what is missing where there is none."""
    rows = view.rows(mart, facility=facility.id)
    pairs = rows.select("metering_point", "carrier").unique(maintain_order=True).rows()
    return [
        view.once(
            lambda key, p=point, c=carrier: make(rows.filter(pl.col("metering_point") == p), key, c),  # type: ignore[misc]
            mart,
            facility.id,
            point,
        )
        for point, carrier in pairs or [("", "all")]
    ]


def _per_project(view: View, facility: Facility, mart: str, name: str, make: Any) -> list[Chart]:
    rows = view.rows(mart, facility=facility.id)
    pairs = rows.select("project", "carrier").unique(maintain_order=True).rows()
    return [
        view.once(
            lambda key, p=project, c=carrier: make(  # type: ignore[misc]
                rows.filter(pl.col("project") == p, pl.col("carrier") == c), key, c
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

    def make(frame: pl.DataFrame, key: str, carrier: str) -> Chart:
        own = numbers.filter(pl.col("carrier").is_null() | pl.col("carrier").is_in([carrier, "all"]))
        return cusum.chart(frame, own, key, carrier)

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
        Col("start_utc", "Börjar (normaltid)", text.normal_time),
        Col("end_utc", "Slutar (normaltid)", text.normal_time),
        Col("kind", "Slag", coded("kind")),
        Col("carrier", "Energislag", lambda v: "alla" if v is None else text.code("carrier", v)),
        Col("reason", "Vad hände", plain, long=True),
        Col("treatment", "Behandling", lambda v: "ändrar ingen siffra" if v is None else text.code("treatment", v)),
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
        Col("metering_point", "Mätpunkt", plain),
    ]
    return table(
        f"{facility.anchor}-toppar",
        f"De dyraste topparna de senaste 12 månaderna, {facility.name}",
        view.rows("peaks", facility=facility.id).sort("carrier", "rank"),
        columns,
        "Inga toppar är räknade.",
        sortable=True,
    )
