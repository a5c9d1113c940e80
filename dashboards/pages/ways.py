"""One sentence each on the other ways to tell a project's avoided cost, for cards and the letter."""

from __future__ import annotations

from typing import Any

import polars as pl

from dashboards import text
from dashboards.pages.base import View

LONGEST = 60  # characters of a text from a price list: a sentence stays one


def other_ways(view: View, project: str) -> list[str]:
    """Return the steady effect, the figure at the other year's prices and a change of price class, where known."""
    rows = view.rows("avoided_cost", project=project, carrier="all", component="all", period="last_12_months")
    known = {(r["effect"], r["price_basis"]): r for r in rows.drop_nulls("avoided_cost_sek").iter_rows(named=True)}
    said = []
    steady = known.get(("steady", "reporting_period"))
    if steady:
        said.append(
            f"Varaktigt, när alla dygn som effektavgiften räknas på ligger efter projektet, {_figure(view, steady)}"
        )
    # beside a steady figure stands a steady one; the cash figure of other prices, where that is all, says what it is
    cash = [r for key, r in known.items() if key[0] == "cash" and not r["is_headline_basis"]]
    found = (known.get(("steady", "base_year")) if steady else None) or next(iter(cash), None)
    if found:
        words = {"base_year": "i basårets priser", "reporting_period": "i periodens egna priser"}
        now = "kontant nu, " if found["effect"] == "cash" else ""
        said.append(f"{now}{words.get(found['price_basis'], 'i andra priser')} {_figure(view, found)}")
    lines = [f"{text.capital('; '.join(said))}."] if said else []
    return [*lines, *_classes(view, project)]


def _figure(view: View, row: dict[str, Any]) -> str:
    unit = view.options.amount_unit
    low, high = (text.amount_number(row[f"avoided_cost_sek_{end}"], unit) for end in ("low", "high"))
    less = f", {row['excludes'][:LONGEST]}" if row["excludes"] else ""
    return f"{text.amount(row['avoided_cost_sek'], unit)} ({low} till {high}{less})"


def _classes(view: View, project: str) -> list[str]:
    """Return a sentence for each price whose class the project changed more likely than not."""
    rows = view.rows("class_change", project=project).filter(
        pl.col("class_without") != pl.col("class_with"), pl.col("class_change_sek").is_not_null()
    )
    unit = view.options.amount_unit
    return [
        f"Prisklass, {text.code('carrier', r['carrier'])}: {r['class_without'][:LONGEST]} utan projektet, "
        f"{r['class_with'][:LONGEST]} med; klassen kostar {text.amount(r['class_change_sek'], unit)} per år, och det "
        "ingår redan."
        for r in rows.iter_rows(named=True)
    ]
