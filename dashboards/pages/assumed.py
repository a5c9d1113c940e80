"""What must stand beside a figure of the year: what its forecast assumes, and what is not from invoices."""

from __future__ import annotations

import polars as pl

from dashboards import text
from dashboards.pages import year
from dashboards.pages.base import Facility, Row, View

MOST_NAMED = 3  # months told by name
SHORT = {"electricity": "el"}  # spoken in a sentence


def assumption(row: Row | None) -> str:
    """Return what a forecast assumes, as a sentence; "" without a forecast or where it assumes nothing."""
    if row is None or row["forecast_sek"] is None or not row["reason"]:
        return ""
    return text.sentence(text.capital(text.why(row["reason"])))


def held(view: View, facility: Facility) -> str:
    """Return how the year's one line must be read: months from the meters, else months the outcome lacks; or ""."""
    found = year.of(view, facility)
    if found is None:
        return ""
    known = found.forecast is not None and found.forecast["forecast_sek"] is not None
    return metered(view, facility, found) if known else lacking(view, facility, found)


def metered(view: View, facility: Facility, found: year.Year) -> str:
    """Return the months of the full year that are computed from the meters, since the invoice is missing."""
    rows = view.rows("forecast_monthly", facility=facility.id, basis="accrued")
    told = _named(rows.filter(pl.col("month").dt.year() == found.year))
    if not told:
        return ""
    one = len(told) == 1 and " och " not in told[0] and "månader" not in told[0]
    counted, lacking_it = ("räknad", "fakturan är") if one else ("räknade", "fakturorna är")
    return f"{text.capital(', '.join(told))} är {counted} från mätarna: {lacking_it} inte inläst{'' if one else 'a'}."


def lacking(view: View, facility: Facility, found: year.Year) -> str:
    """Return the months that the outcome so far lacks for some carrier."""
    last = None if found.to_date is None else found.to_date["to_month"]
    if last is None:
        return ""
    rows = view.rows("budget_month", facility=facility.id, dimension="carrier").filter(
        pl.col("month").dt.year() == found.year, pl.col("month") <= last, pl.col("outcome_sek").is_null()
    )
    told = _named(rows)
    return f"Utfallet saknar {', '.join(told)}." if told else ""


def _named(rows: pl.DataFrame) -> list[str]:
    """Return «november el», one a month with its carriers, in order of time; the number of months where many."""
    own = rows.filter(pl.col("carrier").fill_null(year.ALL) != year.ALL).select("month", "carrier").unique()
    names = {c: SHORT.get(c, text.code("carrier", c)) for c in own.get_column("carrier").unique()}
    months = own.sort("month", "carrier").group_by("month", maintain_order=True).agg("carrier").rows()
    if len(months) > MOST_NAMED:
        return [f"{len(months)} månader"]
    return [
        f"{text.MONTHS[month.month - 1]} {text.listing([names[c] for c in carriers])}" for month, carriers in months
    ]
