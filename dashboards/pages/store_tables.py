"""The tables of the page Lagret: when the store pays, its store years, its months."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from dashboards import text
from dashboards.pages.base import Col, Row, Table, View, coded, dash, money, plain, table

__all__ = ["hours", "months", "years"]

MARKS = {"pays": "good", "does_not_pay": "bad", "uncertain": "warn", "standby": "none", "unknown": "none"}


def hours(view: View, anchor: str, key: str) -> Table:
    """Return the classes of hours of the last twelve months: in which of them delivering pays."""
    rows = view.rows("storage_hours", store=key).sort("no")
    kr, word = money(view.options, rows), view.unit_word
    columns = [
        Col("spot_class", "Elpris (öre/kWh)", of=_without("spot_class", " öre")),
        Col("heat_class", "Värmepris (kr/MWh)", of=_without("heat_class", " kr/MWh")),
        Col("outdoor_class", "Ute (°C)", of=_without("outdoor_class", " °C")),
        Col("verdict", "Utfall", coded("verdict"), mark=lambda v: MARKS.get(v, "none")),
        Col("net_value_sek", f"Netto ({word})", kr, True),
        Col("hours", "Timmar", text.number, True),
        Col("delivered_kwh", "Levererat (MWh)", text.mwh, True),
        Col("value_sek", f"Värde ({word})", kr, True),
        Col("electricity_cost_sek", f"El ({word})", kr, True),
        Col("cop", "Levererat per el", _or_dash(1), True),
        Col("break_even_cop", "Jämnt ut vid", _or_dash(1), True),
        Col("reason", "Orsak", dash),
    ]
    note = (
        "Varje rad är räkningarna körda om som om just de timmarnas värme hade köpts och deras el inte använts. "
        "Raderna går inte att lägga ihop när flera delar på samma effekttopp. Jämnt ut: marginellt elpris "
        "delat med marginellt värmepris. Elen till att ladda står på sista raden, även när värme levereras i samma "
        "timme: den värme som laddas används senare."
    )
    return table(f"{anchor}-tabell-timmar", "När lagret lönar sig, de senaste tolv månaderna", rows, columns,
                 "Timklasser kan inte räknas: se vad som inte kan visas.", sortable=True, note=note)  # fmt: skip


def years(view: View, anchor: str, key: str) -> Table:
    """Return the store years; why one has no efficiency stands in the note."""
    columns = [
        Col("storage_year", "Lagerår (maj till april)", plain),
        Col("days", "Dygn", text.number, True),
        Col("charged_kwh", "Laddat (MWh)", text.mwh, True),
        Col("drawn_kwh", "Uttaget (MWh)", text.mwh, True),
        Col("loss_kwh", "Förlust (MWh)", text.mwh, True),
        Col("change_kwh", "Ändrat innehåll (MWh)", text.mwh, True),
        Col("efficiency_pct", "Verkningsgrad", lambda v: "–" if v is None else text.percent(v, 0), True),
        Col("corrected_pct", "Korrigerad", numeric=True, of=_corrected),
        Col("store_temperature_c", "Medel (°C)", _or_dash(1), True),
        Col("seasonal_performance", "Anläggningens årsvärmefaktor", _or_dash(1), True),
    ]
    rows = view.rows("storage_years", store=key).sort("year_from")
    note = (
        "Verkningsgraden är uttaget delat med laddat. Den korrigerade räknar också det som lagret håller kvar mer, "
        "eller mindre, vid årets slut. Anläggningens årsvärmefaktor är all levererad värme per all el, laddningens "
        "pumpar inräknade."
    )
    if rows.get_column("loss_kwh").is_not_null().any():
        note += (
            " Lagerårets förlust räknas från årets första dygn till dess sista, månadernas från ett månadsskifte till "
            "nästa: summorna kan därför skilja lite."
        )
    return table(f"{anchor}-tabell-ar", "Lagerår", rows, columns, "Inga lagerår finns.", note=note + _lacking(rows))


def months(view: View, anchor: str, months: pl.DataFrame) -> Table:
    """Return the months, the last first."""
    rows = months.sort("month", descending=True)
    kr, word = money(view.options, rows), view.unit_word
    columns = [
        Col("month", "Månad", text.month),
        Col("charged_kwh", "Laddat (MWh)", text.mwh, True),
        Col("drawn_kwh", "Uttaget (MWh)", text.mwh, True),
        Col("delivered_kwh", "Levererat (MWh)", text.mwh, True),
        Col("electricity_kwh", "El (MWh)", text.mwh, True),
        Col("cop", "Värmepumpens värmefaktor", _or_dash(2), True),
        Col("value_sek", f"Värde ({word})", kr, True),
        Col("electricity_cost_sek", f"El ({word})", kr, True),
        Col("net_value_sek", f"Netto ({word})", kr, True),
        Col("reason", "Orsak", dash, long=True),
        Col("evidence_key", "Kvitto", dash, key=True),
    ]
    note = _idle_worth(months)
    return table(f"{anchor}-tabell-manader", "Månad för månad", rows, columns, "Inga månader finns.", note=note)


def _or_dash(decimals: int) -> Callable[[Any], str]:
    """Return the writer of a figure that many rows do not have."""
    return lambda value: "–" if value is None else text.number(value, decimals)


def _without(column: str, unit: str) -> Callable[[Row], str]:
    """Return the writer of a class without its unit, which the heading tells."""
    return lambda row: dash(row[column]).replace(unit, "")


def _corrected(row: Row) -> str:
    """Return the corrected efficiency with its band."""
    value, low, high = (row[f"corrected_pct{end}"] for end in ("", "_low", "_high"))
    if value is None:
        return "–"
    band = f" ({text.number(low)}–{text.number(high)})" if low is not None and low != high else ""
    return text.percent(value, 0) + band


def _lacking(years: pl.DataFrame) -> str:
    """Return why store years have no efficiency, each reason once with its years."""
    told: dict[str, list[str]] = {}
    for row in years.drop_nulls("reason").iter_rows(named=True):
        told.setdefault(text.why(row["reason"]), []).append(row["storage_year"])
    return "".join(f" {text.sentence(f'{text.listing(names)} kan inte bedömas: {why}')}" for why, names in told.items())


def _idle_worth(months: pl.DataFrame) -> str:
    """Return why months without delivery have a value, where they have."""
    idle = months.filter(pl.col("delivered_kwh") == 0, pl.col("value_sek").abs() >= 0.5)
    if idle.is_empty():
        return ""
    return (
        "En månad utan leverans kan ändå ha ett värde: effektavgiften räknas på flera månaders högsta dygn eller "
        "timmar, och de blev lägre när lagret levererade då."
    )
