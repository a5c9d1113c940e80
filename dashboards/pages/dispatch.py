"""What a store could have earned: a part of the page Lagret."""

from __future__ import annotations

from typing import Any

from dashboards import text
from dashboards.charts import dispatch as picture
from dashboards.pages.base import Col, Table, View, band_col, coded, dash, money, plain, table

HEAD = "Vad lagret kunde ha tjänat"
NONE = "Lagrets bästa drift är inte räknad."


def part(view: View, key: str, anchor: str) -> dict[str, Any]:
    """Return what the template of the page needs of one store."""
    ways = view.rows("storage_optimum", store=key)
    reasons = ways.get_column("reason").drop_nulls().to_list()
    days = view.rows("storage_optimum_day", store=key)
    notes = view.rows("storage_optimum_note", store=key).sort("no").get_column("text").drop_nulls().to_list()
    return {
        "head": HEAD,
        "chart": view.once(lambda k: picture.chart(days, k, reasons[0] if reasons else NONE), "lager", key, "drift"),
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
        Col("reason", "Orsak", dash),
        Col("evidence_key", "Kvitto", dash, key=True),
    ]
    note = "Räkningarna för värme och el de senaste tolv månaderna, genom de verkliga prislistorna."
    return table(f"{anchor}-tabell-drift", "Verklig drift och bättre", rows, columns, NONE, note=note)


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
    note = "Räkningen körs om orsak för orsak; summan är hela skillnaden. Lagrad energi räknas till sitt värde."
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
        Col("evidence_key", "Kvitto", dash, key=True),
    ]
    empty = "Inget pris på effekt har klasser som lagret kan flytta anslutningen mellan."
    return table(f"{anchor}-tabell-klass", "Prisklassen utan och med lagret", rows, columns, empty)
