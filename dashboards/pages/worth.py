"""What the project is worth: cash now and the steady effect, at two years' prices, how sure it is, what is left out."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboards import honesty, text
from dashboards.pages import parts
from dashboards.pages.base import Col, Facility, Row, Table, View, band_col, coded, dash, money, table

_WAYS = {
    "cash": (
        "Kontant nu",
        "så mycket lägre blev fakturorna. Effektavgiften räknas på de dygn som avtalet ser tillbaka på, ofta även dygn "
        "före projektet.",
    ),
    "steady": (
        "Varaktigt",
        "så mycket lägre blir ett år när alla dygn som effektavgiften räknas på ligger efter projektet.",
    ),
}
_ORDER = ("cash", "steady")


def probability_col(name: str, figure: str, heading: str = "Sannolikhet för besparing") -> Col:
    """Return the column of the probability that a figure is above zero; a metered figure has none."""

    def words(row: Row) -> str:
        if row[figure] is not None and row[f"{figure}_low"] == row[f"{figure}_high"]:
            return "–"
        return honesty.sure(row[name]) or "–"

    return Col(name, heading, numeric=True, of=words)


def remark_col() -> Col:
    """Return the column of remarks."""
    return Col("reason", "Kommentar", long=True, of=parts.remark)


def _prices(row: dict[str, Any]) -> str:
    if row["price_basis"] == "base_year" and row["priced_from"] is not None:
        return f"basårets ({text.month(row['priced_from'])} – {text.month(row['priced_to'])})"
    return "periodens egna"


def ways(view: View, facility: Facility) -> Table:
    """Return the avoided cost of the last twelve months, cash and steady, at both years' prices."""
    rows = view.rows("avoided_cost", facility=facility.id, carrier="all", component="all")
    last = rows.filter(pl.col("period") == "last_12_months")
    rows = last if last.height else rows.filter(pl.col("period") == "reporting")
    order = pl.col("effect").replace_strict({name: at for at, name in enumerate(_ORDER)}, default=9)
    rows = rows.sort("project", order, pl.col("price_basis") != "reporting_period", maintain_order=True)
    kr, word = money(view.options, rows), view.unit_word
    several = rows.get_column("project").n_unique() > 1
    columns = [
        Col("effect", "Räknat", of=lambda r: _WAYS[r["effect"]][0] if r["effect"] in _WAYS else "–"),
        *([Col("project", "Projekt", str)] if several else []),
        Col("price_basis", "Priser", of=lambda r: _prices(dict(r))),
        Col("actual_cost_sek", f"Verklig ({word})", kr, True),
        Col("adjusted_baseline_cost_sek", f"{parts.without(view, facility)} ({word})", kr, True),
        Col("avoided_cost_sek", f"{parts.difference(view, facility, 'Undviken kostnad')} ({word})", kr, True),
        band_col("avoided_cost_sek", f"90{text.NBSP}%-band ({word})", kr),
        probability_col("cost_probability_pct", "avoided_cost_sek"),
        remark_col(),
    ]
    span = f", {text.month(rows['from_month'][0])} – {text.month(rows['to_month'][0])}" if rows.height else ""
    return table(
        f"{facility.anchor}-varde",
        f"{parts.difference(view, facility, 'Undviken kostnad')}: nu och varaktigt{span}",
        rows,
        columns,
        "Ingen besparing är bedömd.",
        note=" ".join(f"{name}: {said}" for name, said in _WAYS.values())
        + " Basårets priser: samma timmar med de prislistor, den skatt och det elpris som gällde året före projektet, "
        "så att prisändringar inte syns i siffran.",
    )


def components(view: View, facility: Facility) -> Table:
    """Return the avoided cost by component, at the prices of the period."""
    rows = parts.by_period(view.rows("savings_component", facility=facility.id))
    amounts = ("actual_cost_sek", "adjusted_baseline_cost_sek", "avoided_cost_sek")
    rows = rows.filter(
        pl.any_horizontal(pl.col(a).is_null() | (pl.col(a).abs() >= 0.005) for a in amounts)
        | pl.col("reason").is_not_null()
    )
    kr, word = money(view.options, rows), view.unit_word
    columns = [
        Col("component", "Avgiftsdel", coded("component")),
        Col("carrier", "Energislag", coded("carrier")),
        Col("period", "Period", coded("period")),
        Col("actual_cost_sek", f"Verklig kostnad ({word})", kr, True),
        Col("adjusted_baseline_cost_sek", f"{parts.without(view, facility)} ({word})", kr, True),
        Col("avoided_cost_sek", f"{parts.difference(view, facility, 'Undviken kostnad')} ({word})", kr, True),
        band_col("avoided_cost_sek", f"90{text.NBSP}%-band ({word})", kr),
        probability_col("cost_probability_pct", "avoided_cost_sek"),
        remark_col(),
    ]
    return table(
        f"{facility.anchor}-delar",
        f"{parts.difference(view, facility, 'Undviken kostnad')} per avgiftsdel, {facility.name}",
        rows,
        columns,
        "Ingen besparing är bedömd.",
        sortable=True,
        note=text.ROUNDING_NOTE,
    )


def classes(view: View, facility: Facility) -> Table:
    """Return the price class of each priced part without and with the project, and what the change costs."""
    rows = view.rows("class_change", facility=facility.id)
    kr, word = money(view.options, rows), view.unit_word
    columns = [
        Col("label", "Pris", of=lambda r: f"{r['label']}, {text.code('carrier', r['carrier'])}"),
        Col("class_without", "Utan projektet", dash),
        Col("class_with", "Med projektet", dash),
        Col("power_without_kw", "Effekt utan (kW)", _whole, True),
        Col("power_with_kw", "Effekt med (kW)", _whole, True),
        Col("utilisation_without_h", "Utnyttjningstid utan (h)", _whole, True),
        Col("utilisation_with_h", "Utnyttjningstid med (h)", _whole, True),
        Col("changed_pct", "Sannolikhet för annan klass", lambda v: honesty.sure(v) or "–", True),
        Col("class_change_sek", f"Klassens del ({word})", kr, True),
        band_col("class_change_sek", f"90{text.NBSP}%-band ({word})", kr),
        Col("reason", "Kommentar", lambda v: "–" if v is None else text.cannot_assess(v), long=True),
    ]
    return table(
        f"{facility.anchor}-klass",
        f"Prisklass utan och med projektet, {facility.name}",
        rows,
        columns,
        "Ingen prislista har effektklasser.",
        note="Klassens del är vad den effekt som är kvar kostar i sin egen klass, minus vad samma effekt hade kostat i "
        "den klass som gällt utan projektet. Plus är dyrare. Beloppet ingår redan i den undvikna kostnaden.",
    )


def normal(view: View, facility: Facility) -> Table:
    """Return normal-year savings beside avoided energy, which is another question."""
    rows = view.rows("normal_year", facility=facility.id)
    mwh, band = text.mwh, f"90{text.NBSP}%-band (MWh)"
    columns = [
        Col("carrier", "Energislag", coded("carrier")),
        Col("normal_method", "Korrigerad med", of=_method),
        Col("base_normal_kwh", "Normalår före (MWh)", mwh, True),
        Col("reporting_normal_kwh", "Normalår med projektet (MWh)", mwh, True),
        Col("normalized_savings_kwh", "Normalårskorrigerad besparing (MWh)", mwh, True),
        band_col("normalized_savings_kwh", band, mwh),
        Col("avoided_energy_kwh", "Undviken energi, 12 mån (MWh)", mwh, True),
        band_col("avoided_energy_kwh", band, mwh),
        Col("reason", "Kommentar", lambda v: "–" if v is None else text.cannot_assess(v), long=True),
    ]
    return table(
        f"{facility.anchor}-normalar",
        f"Besparing ett normalår, bredvid undviken energi, {facility.name}",
        rows,
        columns,
        "Ingen normalårskorrigerad besparing är bedömd.",
        note="Undviken energi gäller det väder som var. Normalårskorrigerad besparing gäller ett vanligt år: året före "
        "och året med projektet, båda räknade om till samma normalår. Det är två svar på två frågor och de läggs "
        "aldrig ihop. Graddagar är den enklare metoden: dess band rymmer bara att en byggnad ändras mellan år.",
    )


def _method(row: Row) -> str:
    years = row["weather_years"]
    behind = f" ({text.counted(years, 'års väder', 'års väder')})" if years else ""
    return text.code("normal_method", row["normal_method"]) + behind


def _whole(value: float | None) -> str:
    return "–" if value is None else text.number(value)
