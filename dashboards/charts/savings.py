"""Avoided energy and avoided cost per month, with their bands. The figures come from the mart."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboards import text, theme
from dashboards.charts.base import Chart, draw, empty, sized, time_axis
from dashboards.options import AmountUnit

NOT_ASSESSED = "Besparingen har inte kunnat bedömas för någon månad."


def cost(frame: pl.DataFrame, key: str, unit: AmountUnit, carrier: str) -> Chart:
    """Return avoided cost per month of one project and carrier, from its rows of `savings_monthly`."""
    name = text.code("carrier", carrier)
    known = frame.drop_nulls("avoided_cost_sek").sort("month")
    if known.is_empty():
        return empty(key, f"Undviken kostnad för {name}", _why(frame))
    head = text.AMOUNT_UNITS[unit][1]
    shown = known.select(
        "month",
        *(
            (pl.col(f"avoided_cost_sek{s}") / text.AMOUNT_UNITS[unit][0]).alias(f"value{s}")
            for s in ("", "_low", "_high")
        ),
    )
    sure = known.filter(pl.col("avoided_cost_sek_low") > 0).height
    title = f"{text.capital(name)}: undviken kostnad har hela bandet över noll i {sure} av {known.height} månader"
    sentence = (
        f"Staplar med band för undviken kostnad, {name}, {text.month(known['month'][0])} till "
        f"{text.month(known['month'][-1])}; i {sure} av {known.height} månader ligger hela bandet över noll."
    )
    table = shown.select(
        pl.col("month").alias("Månad"),
        pl.col("value").alias(f"Undviken kostnad ({head})"),
        pl.col("value_low").alias(f"Undre gräns ({head})"),
        pl.col("value_high").alias(f"Övre gräns ({head})"),
    )
    return draw(
        key,
        title,
        sentence,
        table,
        lambda width: _bars(shown, width, head),
        decimals={c: 1 for c in table.columns if unit != "SEK"},
        note=f"Stapel: undviken kostnad, exklusive moms. Streck: 90{text.NBSP}%-bandet. "
        f"Under noll betyder att energin kostade mer än utan projektet.",
    )


def energy(frame: pl.DataFrame, key: str, carrier: str) -> Chart:
    """Return metered energy beside the adjusted baseline per month, from rows of `savings_monthly`."""
    name = text.code("carrier", carrier)
    known = frame.drop_nulls(["metered_kwh", "adjusted_baseline_kwh"]).sort("month")
    if known.is_empty():
        return empty(key, f"Uppmätt mot justerad baslinje, {name}", _why(frame))
    shown = known.select(
        "month",
        (pl.col("metered_kwh") / 1e3).alias("metered"),
        (pl.col("adjusted_baseline_kwh") / 1e3).alias("baseline"),
    )
    below = known.filter(pl.col("metered_kwh") < pl.col("adjusted_baseline_kwh")).height
    title = f"{text.capital(name)}: uppmätt energi under baslinjen i {below} av {known.height} månader"
    sentence = (
        f"Staplar för uppmätt {name} och prickar för vad som hade behövts utan projektet, per månad; "
        f"uppmätt ligger under i {below} av {known.height} månader."
    )
    table = shown.select(
        pl.col("month").alias("Månad"),
        pl.col("metered").alias("Uppmätt (MWh)"),
        pl.col("baseline").alias("Justerad baslinje (MWh)"),
    )
    return draw(
        key,
        title,
        sentence,
        table,
        lambda width: _against(shown, width),
        decimals=dict.fromkeys(table.columns, 1),
        note="Stapel: uppmätt. Punkt med streckad linje: justerad baslinje, det vill säga basperiodens modell "
        "med rapportperiodens väder och drift.",
    )


def _why(frame: pl.DataFrame) -> str:
    reasons = frame.get_column("reason").drop_nulls()
    return reasons[0] if len(reasons) else NOT_ASSESSED


def _bars(shown: pl.DataFrame, width: int, unit: str) -> alt.TopLevelMixin:
    x = alt.X("yearmonth(month):T", axis=time_axis(width))
    base = alt.Chart(shown)
    y = alt.Y("value:Q", title=unit, axis=alt.Axis(format=",.0f"))
    bars = base.mark_bar(color=theme.GREEN).encode(x=x, y=y)
    middle = alt.X("mid:T")
    rules = base.transform_calculate(mid="datetime(year(datum.month), month(datum.month), 15)").mark_rule(
        strokeWidth=1.4
    )
    zero = alt.Chart(pl.DataFrame({"zero": [0]})).mark_rule(color=theme.INK, strokeWidth=1).encode(y="zero:Q")
    return sized(bars + rules.encode(x=middle, y=alt.Y("value_low:Q"), y2="value_high:Q") + zero, width, 260)


def _against(shown: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    base = alt.Chart(shown)
    y = alt.Y("metered:Q", title="MWh", axis=alt.Axis(format=",.0f"))
    bars = base.mark_bar(color=theme.BLUE).encode(x=alt.X("yearmonth(month):T", axis=time_axis(width)), y=y)
    middle = base.transform_calculate(mid="datetime(year(datum.month), month(datum.month), 15)").encode(
        x="mid:T", y="baseline:Q"
    )
    line = middle.mark_line(strokeDash=[4, 3], color=theme.INK, strokeWidth=1.5)
    dots = middle.mark_point(filled=True, size=30, color=theme.INK, opacity=1)
    return sized(bars + line + dots, width, 260)
