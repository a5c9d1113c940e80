"""What a store could have earned: a part of the page Lagret."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboards import text
from dashboards.charts import dispatch as picture
from dashboards.pages.base import Col, Table, View, band_col, coded, dash, money, plain, table

HEAD = "Vad lagret kunde ha tjänat"
NONE = "Lagrets bästa drift är inte räknad."


def part(view: View, key: str, anchor: str) -> dict[str, Any]:
    """Return what the template of the page needs of one store."""
    ways = view.rows("storage_optimum", store=key)
    reasons = ways.get_column("reason").drop_nulls().to_list()
    days, metered = view.rows("storage_optimum_day", store=key), view.rows("storage_daily", store=key)
    notes = view.rows("storage_optimum_note", store=key).sort("no").get_column("text").drop_nulls().to_list()
    return {
        "head": HEAD,
        "chart": view.once(
            lambda k: picture.chart(days, metered, k, reasons[0] if reasons else NONE), "lager", key, "drift"
        ),
        "tables": [_ways(view, key, anchor), _causes(view, key, anchor), _classes(view, key, anchor)],
        "notes": [text.tied(note) for note in notes],
    }


def _ways(view: View, key: str, anchor: str) -> Table:
    rows = view.rows("storage_optimum", store=key)
    kr, word = money(view.options, rows), view.unit_word
    columns = [
        Col("operation", "Drift", coded("operation")),
        Col("cost_sek", f"Kostnad ({word})", kr, True),
        Col("gain_sek", f"Lägre än verklig ({word})", kr, True),
        band_col("gain_sek", "Band", kr),
        Col("charge_kwh", "Laddat (MWh)", text.mwh, True),
        Col("discharge_kwh", "Levererat (MWh)", text.mwh, True),
        Col("electricity_kwh", "El (MWh)", text.mwh, True),
        Col("reason", "Orsak", dash, long=True),
        Col("evidence_key", "Kvitto", dash, key=True),
    ]
    note = " ".join(
        s for s in ("Räkningarna för värme och el de senaste tolv månaderna, genom de verkliga prislistorna.",
                    as_if_repeated(view, key), _electricity(view, key)) if s
    )  # fmt: skip
    return table(f"{anchor}-tabell-drift", "Verklig drift och bättre", rows, columns, NONE, note=note)


def as_if_repeated(view: View, key: str) -> str:
    """Return in words why the actual operation costs another sum than the same bills do; "" where it does not."""
    actual = view.rows("storage_optimum", store=key, operation="actual").drop_nulls("cost_sek")
    lines = view.rows("storage_optimum_bill", store=key, operation="actual").drop_nulls("metering_point")
    if actual.is_empty() or lines.is_empty():
        return ""
    row, unit = actual.row(0, named=True), view.options.amount_unit
    billed = view.rows("monthly_cost").filter(
        pl.col("metering_point").is_in(lines["metering_point"].unique().to_list()),
        pl.col("month").is_between(row["from_month"], row["to_month"]),
    )
    amounts = billed.get_column("amount_sek")
    more = row["cost_sek"] - float(amounts.sum())
    if billed.is_empty() or amounts.null_count() or round(more) == 0:
        return ""
    return (
        f"Den verkliga driften, {text.amount(row['cost_sek'], unit)}, är de räkningar som lagret rör, "
        f"{text.amount(float(amounts.sum()), unit)} ur mätarna, men alla drifter räknas som om åren före varit likadana"
        f" ({text.amount(more, unit, sign=True)}): så får effekt som mäts över flera månader sitt fulla genomslag."
    )


def _electricity(view: View, key: str) -> str:
    """Return in words why the electricity of the operation is less than what the store's meter shows."""
    own = view.rows("storage", store=key).drop_nulls(["electricity_kwh", "to_month"])
    actual = view.rows("storage_optimum", store=key, operation="actual").drop_nulls("electricity_kwh")
    if own.is_empty() or actual.is_empty():
        return ""
    whole, part = own.row(0, named=True), actual.row(0, named=True)
    same = (whole["from_month"], whole["to_month"]) == (part["from_month"], part["to_month"])
    rest = whole["electricity_kwh"] - part["electricity_kwh"]
    if not same or rest < 0.005 * whole["electricity_kwh"]:
        return ""
    return (
        f"Elen är den som följer laddning och leverans, {text.energy(part['electricity_kwh'])} av lagrets "
        f"{text.energy(whole['electricity_kwh'])}; resten, {text.energy(rest)}, går åt hur lagret än drivs och ingår i "
        "alla tre kostnaderna."
    )


def _causes(view: View, key: str, anchor: str) -> Table:
    rows = view.rows("storage_optimum_cause", store=key)
    kr, word = money(view.options, rows), view.unit_word
    columns = [
        Col("operation", "Jämfört med", coded("operation")),
        Col("gap_cause", "Orsak", coded("gap_cause")),
        Col("gain_sek", f"Värde ({word})", kr, True),
        band_col("gain_sek", "Band", kr),
        Col("hours", "Timmar", text.number, True),
        Col("evidence_key", "Kvitto", dash, key=True),
    ]
    note = "Räkningen körs om orsak för orsak; summan är hela skillnaden. Lagrad energi räknas till sitt värde. "
    note += (
        "«Körs när det inte lönar sig» är enstaka timmar då värmen var värd mindre än elen och den lagrade energin; "
        "klasserna under «När lagret lönar sig» är medel av många timmar."
    )
    return table(f"{anchor}-tabell-gap", "Gapet till den verkliga driften", rows, columns, NONE, note=note)


def _classes(view: View, key: str, anchor: str) -> Table:
    rows = view.rows("storage_optimum_class", store=key)
    kr, word = money(view.options, rows), view.unit_word
    columns = [
        Col("label", "Del av priset", plain),
        Col("class_without_store", "Utan lagret", dash),
        Col("class_with_store", "Med lagret", dash),
        Col("class_optimal", "Med allt känt i förväg", dash),
        Col("class_with_store_sek", f"Klassen kostar ({word})", kr, True),
        Col("power_with_store_kw", "Effekt (kW)", text.number, True),
        Col("utilisation_without_store_h", "Utnyttjningstid utan (h)", text.number, True),
        Col("utilisation_with_store_h", "Utnyttjningstid med (h)", text.number, True),
        Col("reason", "Orsak", dash),
    ]
    solved = view.rows("storage_optimum", store=key).get_column("cost_sek").drop_nulls().len() > 0
    empty = "Inget pris på effekt har klasser som lagret kan flytta anslutningen mellan." if solved else NONE
    keys = rows.get_column("evidence_key").drop_nulls().to_list()
    note = f"Kvitto: {text.listing([f'energibok explain {one}' for one in keys])}" if keys else ""
    return table(f"{anchor}-tabell-klass", "Prisklassen utan och med lagret", rows, columns, empty, note=note)
