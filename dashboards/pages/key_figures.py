"""What the facility takes beside what others take: published key figures, and the home's other facilities."""

from __future__ import annotations

import polars as pl

from dashboards import text
from dashboards.pages.base import Col, Facility, Row, Table, View, coded_or_dash, dash, plain, table

MARKS = {"above_span": "warn", "within_span": "good", "below_span": "good"}


def beside(view: View, facility: Facility) -> Table:
    """Return the key figures, those that have a value first."""
    rows = view.rows("reference_values", facility=facility.id).sort(pl.col("value").is_null(), "key_figure")
    several = view.rows("reference_values").get_column("facility").n_unique() > 1
    columns = [
        Col("label", "Nyckeltal", plain, long=True),
        Col("value", "Här", _number, True),
        Col("reference", "Publicerat", _number, True, of=_span),
        Col("unit", "Enhet", plain),
        Col("verdict", "Mot spannet", coded_or_dash("verdict"), mark=lambda v: MARKS.get(v, "none")),
        *([Col("others_value", "Hemmets övriga, median", _number, True)] if several else []),
        Col("reason", "Anmärkning", dash),
        Col("source_text", "Källa", plain, long=True),
    ]
    note = "Tolv månader. Husen är inte lika: ett nyckeltal visar var det är värt att titta, inte vad som är fel."
    key, title = f"{facility.anchor}-nyckeltal", "Nyckeltal mot andra"
    return table(key, title, rows, columns, "Inga nyckeltal är räknade.", fine=True, note=note)


def _number(value: float | None) -> str:
    """Return a key figure with a decimal where it is small."""
    return "–" if value is None else text.number(value, 2 if abs(value) < 5 else 1 if abs(value) < 100 else 0)


def _span(row: Row) -> str:
    """Return the published value, and its span where it has one."""
    low, high = row["reference_low"], row["reference_high"]
    middle = _number(row["reference"])
    return middle if low is None or high is None else f"{middle} ({_number(low)} till {_number(high)})"
