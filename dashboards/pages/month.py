"""Månaden: budget, outcome and forecast for the controller, with energy beside money, and what asks for an answer."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboards import text
from dashboards.charts import Chart, budget
from dashboards.options import AmountUnit
from dashboards.pages import assumed, climate, year, year_tables
from dashboards.pages.base import (
    RECEIPT,
    Col,
    Facility,
    Row,
    Table,
    View,
    coded,
    dash,
    table,
)

STATUS_MARKS = {"asked": "warn", "answered": "good"}
MOST_CHARTS, MOST_ASKED = 4, 12
ANSWER = (
    "Skriv orsak och ansvarig roll i arbetsbokens blad «Avvikelser», spara arbetsboken och lägg den i inkorgen "
    "(inbox): svaren läses vid nästa körning."
)


def context(view: View) -> dict[str, Any]:
    """Return what the template of the page needs."""
    return {"sections": [_section(view, facility) for facility in view.facilities()], "answer": ANSWER}


def _section(view: View, facility: Facility) -> dict[str, Any]:
    found = year.of(view, facility)
    return {
        "facility": facility,
        "year": found,
        "missing": _missing(view, facility),
        "said": _said(view, facility, found) if found else [],
        "cards": _cards(found, view, facility) if found else [],
        "charts": _charts(view, facility, found) if found else [],
        "periods": year_tables.periods(view, facility, found) if found else None,
        "dimensions": year_tables.dimensions(view, facility, found) if found else [],
        "forecasts": [year_tables.forecast(view, facility, number) for number in _numbers(found)] if found else [],
        "deviations": _deviations(view, facility, "", pl.col("no") < MOST_ASKED),
        "other": _deviations(view, facility, "-ovriga", pl.col("no") >= MOST_ASKED),
        "asked": _asked(view, facility),
        "climate": climate.tables(view, facility),
    }


def _missing(view: View, facility: Facility) -> str:
    why = view.not_assessed(facility.id)
    return f"{year.NOTHING} {why}".strip()


def _said(view: View, facility: Facility, found: year.Year) -> list[str]:
    """Return the year in sentences; what a forecast assumes stands right after its figure."""
    unit = view.options.amount_unit
    from_meters = assumed.metered(view, facility, found) or year.recomputed_sentence(found)
    sentences = (year.outcome_sentence(found, unit), assumed.lacking(view, facility, found),
                 _ahead_sentence(found.forecast, unit), year.change_sentence(found, unit), from_meters,
                 *(_ahead_sentence(row, unit) for row in found.coming))  # fmt: skip
    return [text.sentence(s) for s in sentences if s]


def _ahead_sentence(row: Row | None, unit: AmountUnit) -> str:
    return f"{text.sentence(year.forecast_sentence(row, unit))} {assumed.assumption(row)}".strip()


def _cards(found: year.Year, view: View, facility: Facility) -> list[dict[str, Any]]:
    """Return the large figures: outcome, deviation, forecast, what is left of the budget."""
    unit, row = view.options.amount_unit, found.to_date
    cards = [_outcome(row, unit), _deviation(row, unit)] if row is not None else []
    if found.forecast is not None:
        cards.append(_ahead(found.forecast, unit))
    if found.whole is not None and found.whole["remaining_budget_sek"] is not None:
        whole = found.whole
        part = f"av {text.amount(whole['budget_sek'], unit)}"
        lacking = assumed.lacking(view, facility, found)
        cards.append(_card("Kvar av årets budget", whole["remaining_budget_sek"], unit, part, [lacking], whole))
    return cards


def _outcome(row: Row, unit: AmountUnit) -> dict[str, Any]:
    planned = f"Budget: {text.amount(row['budget_sek'], unit)}"
    lines = [f"I fjol: {text.amount(row['last_year_sek'], unit)}", _energy(row, "outcome_kwh", "budget_kwh")]
    return _card(f"Utfall {year.span(row)}", row["outcome_sek"], unit, planned, lines, row)


def _deviation(row: Row, unit: AmountUnit) -> dict[str, Any]:
    off, part = row["deviation_sek"], row["deviation_pct"]
    share = "" if part is None else f"{text.signed(part, 1)}{text.NBSP}%"
    beside = ("Mer än budget." if off > 0 else "Mindre än budget.") if off else ""
    return _card("Avvikelse från budget", off, unit, share, [beside], row, sign=True)


def _ahead(row: Row, unit: AmountUnit) -> dict[str, Any]:
    budgeted = "" if row["budget_sek"] is None else f"Budget: {text.amount(row['budget_sek'], unit)}"
    moved = row["change_sek"]
    change = "" if moved is None else f"Sedan förra prognosen: {text.amount(moved, unit, sign=True)}"
    lines = [assumed.assumption(row), budgeted, change, _energy(row, "forecast_kwh", None)]
    label = f"{'Helår' if year.is_over(row) else 'Prognos helår'} {row['year']}"
    return _card(label, row["forecast_sek"], unit, year.between(row, unit).strip(" ()"), lines, row)


def _card(
    label: str, sek: float | None, unit: AmountUnit, band: str, lines: list[str], row: Row, sign: bool = False
) -> dict[str, Any]:
    return {
        "label": label,
        "figure": "" if sek is None else text.amount(sek, unit, sign=sign),
        "cannot": text.cannot_assess(row["reason"]) if sek is None else "",
        "band": "" if sek is None else band,
        "lines": [line for line in lines if line],
        "key": row["evidence_key"] or "",
    }


def _energy(row: Row, used: str, planned: str | None) -> str:
    """Return energy in words, with the budgeted beside it."""
    if row[used] is None:
        return ""
    aim = row[planned] if planned else None
    return f"Energi: {text.energy(row[used])}" + ("" if aim is None else f" (budget {text.energy(aim)})")


def _charts(view: View, facility: Facility, found: year.Year) -> list[Chart]:
    """Return the year month by month: all carriers together, then each where there are several."""
    rows = view.rows("budget_month", facility=facility.id)
    coming = view.rows("forecast_monthly", facility=facility.id)
    told = [*coming.get_column("carrier"), *rows.filter(pl.col("dimension") == "carrier").get_column("carrier")]
    carriers = sorted({c for c in told if c and c != year.ALL})
    charts = []
    for carrier in (carriers if len(carriers) == 1 else [year.ALL, *carriers])[:MOST_CHARTS]:
        everything = carrier == year.ALL
        kind = pl.col("dimension") == ("facility" if everything else "carrier")
        planned = rows.filter(kind, pl.col("carrier").fill_null(year.ALL) == carrier)
        ahead = coming.filter(pl.col("carrier").fill_null(year.ALL) == carrier)
        if everything and ahead.is_empty():
            ahead = _added(coming)
        name = text.code("carrier", carrier)
        charts.append(
            view.once(
                lambda key, p=planned, a=ahead, n=name: budget.chart(  # type: ignore[misc]
                    p, a, key, view.options.amount_unit, n, found.year
                ),
                "aret",
                facility.id,
                carrier,
            )
        )
    return charts


def _added(coming: pl.DataFrame) -> pl.DataFrame:
    """Return the carriers' months added up; bands are left out, since they do not add."""
    weak = pl.col("basis").replace_strict({"outcome": 0, "accrued": 1, "forecast": 2}, default=2)
    ends = [c for c in coming.columns if c.endswith(("_low", "_high"))]
    bare = coming.with_columns(pl.lit(None, pl.Float64).alias(c) for c in ends)
    known = [pl.when(pl.col(c).null_count() == 0).then(pl.col(c).sum()).alias(c) for c in ("amount_sek", "energy_kwh")]
    rest = [pl.col(c).first() for c in bare.columns if c not in ("month", "basis", "amount_sek", "energy_kwh")]
    latest = pl.col("basis").sort_by(weak).last()
    return bare.group_by("month", maintain_order=True).agg(latest, *known, *rest).select(coming.columns)


def _numbers(found: year.Year) -> list[int]:
    return [found.year, *(row["year"] for row in found.coming)]


def _deviations(view: View, facility: Facility, part: str, which: pl.Expr) -> Table:
    """Return the deviations of a place in the order: unanswered first, the latest year's first, the largest first."""
    frame = view.rows("deviations", facility=facility.id).sort(
        pl.col("status") != "asked",
        pl.col("month").dt.year(),
        pl.col("deviation_sek").abs(),
        "deviation_key",
        descending=[False, True, True, False],
    )
    frame = frame.with_row_index("no").filter(which)
    signed, word = year_tables.signed(view, frame), view.unit_word
    columns = [
        Col("month", "Månad", text.month),
        Col("dimension_key", "Vad", of=year_tables.name_of),
        Col("deviation_sek", f"Avvikelse ({word})", signed, True),
        Col("deviation_pct", "Avvikelse (%)", lambda v: "–" if v is None else text.signed(v, 1), True),
        Col("likely_cause", "Trolig orsak", dash, long=True),
        Col("status", "Status", coded("status"), mark=lambda v: STATUS_MARKS.get(v, "none")),
        Col("cause", "Orsak", dash, long=True),
        Col("owner_role", "Ansvarig roll", dash),
        Col("answered_on", "Besvarad", lambda v: "–" if v is None else text.day(v)),
        Col("note", "Anteckning", dash, long=True),
        RECEIPT,
    ]
    return table(
        f"{facility.anchor}-avvikelser{part}",
        f"{'Fler avvikelser' if part else 'Avvikelser'} från budget, {facility.name}",
        frame,
        columns,
        "Ingen månad avviker mer än gränsen.",
        sortable=True,
        fine=True,
    )


def _asked(view: View, facility: Facility) -> str:
    """Return how many deviations wait for an answer."""
    count = view.rows("deviations", facility=facility.id, status="asked").height
    return f"{text.counted(count, 'avvikelse väntar', 'avvikelser väntar')} på orsak." if count else ""
