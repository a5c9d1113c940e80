"""Greenhouse gases beside money and energy, per carrier, method and factor: nothing is added over years or methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from dashboards import text
from dashboards.pages.base import Col, Facility, Row, Table, View, coded, dash, money, table

NOTE = (
    "Platsbaserad och marknadsbaserad är två sätt att räkna samma el och läggs aldrig ihop. Varje år har sin egen "
    "faktor."
)


def tables(view: View, facility: Facility) -> dict[str, Table]:
    """Return the latest year and, apart, the years before it."""
    frame = _years(view.rows("climate", facility=facility.id))
    latest = pl.col("year") == pl.lit(frame.get_column("year").max(), pl.Int64)
    return {
        "last": _table(view, facility, frame.filter(latest), ""),
        "before": _table(view, facility, frame.filter(~latest), "-tidigare"),
    }


def _years(rows: pl.DataFrame) -> pl.DataFrame:
    """Return one row per year, carrier, method and factor: its months, energy, cost and gases, unknown where any is."""
    sums = [
        pl.when(pl.col(c).null_count() == 0).then(pl.col(c).sum()).alias(c)
        for c in ("energy_kwh", "amount_sek", "co2e_kg")
    ]
    keys = ["year", "carrier", "emission_method", "kg_per_mwh", "factor_source", "reason"]
    return (
        rows.group_by(keys)
        .agg(
            pl.col("month").min().alias("first"),
            pl.col("month").max().alias("last"),
            pl.len().alias("months"),
            *sums,
        )
        .sort("year", "carrier", "emission_method", "first", descending=[True, False, False, False], nulls_last=True)
    )


def _table(view: View, facility: Facility, frame: pl.DataFrame, part: str) -> Table:
    columns = [
        Col("carrier", "Energislag", coded("carrier")),
        Col("emission_method", "Metod", coded("emission_method")),
        Col("year", "År", lambda v: text.MISSING if v is None else str(v)),
        Col("first", "Månader", of=_months),
        Col("energy_kwh", "Energi (MWh)", text.mwh, True),
        Col("amount_sek", f"Kostnad ({view.unit_word})", money(view.options, frame), True),
        Col("kg_per_mwh", "Faktor (kg CO2e/MWh)", _known(lambda v: text.number(v, 1)), True),
        Col("co2e_kg", "Klimatpåverkan (kg CO2e)", _known(text.number), True),
        Col("factor_source", "Faktorns källa", dash, long=True),
        Col("reason", "Kommentar", lambda v: "–" if v is None else text.cannot_assess(v), long=True),
    ]
    caption = f"Klimatpåverkan{', tidigare år' if part else ''}, {facility.name}"
    missing = "Ingen klimatpåverkan är räknad: ange klimatfaktorer [[emission_factor]] i energibok.toml."
    return table(f"{facility.anchor}-klimat{part}", caption, frame, columns, missing, note="" if part else NOTE)


def _known(write: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: "–" if value is None else write(value)


def _months(row: Row) -> str:
    if row["first"] is None:
        return text.MISSING
    months = text.SHORT_MONTHS[row["first"].month - 1]
    ends = months if row["first"] == row["last"] else f"{months}–{text.SHORT_MONTHS[row['last'].month - 1]}"
    return f"{ends} ({text.number(row['months'])})"
