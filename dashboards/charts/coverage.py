"""Coverage of every meter and month: the size of the square is the share of values that exist."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboards import text, theme
from dashboards.charts.base import Chart, draw, empty, is_narrow, time_axis

MONTHS_SHOWN = 36


def chart(frame: pl.DataFrame, key: str) -> Chart:
    """Return the matrix of the last 36 months of one facility, from its rows of the mart `coverage`."""
    known = frame.drop_nulls(["month", "coverage_pct"])
    if known.is_empty():
        return empty(key, "Täckning", "Inga mätvärden är inlästa.")
    recent = known.filter(pl.col("month") > pl.col("month").max().dt.offset_by(f"-{MONTHS_SHOWN}mo"))
    shown = _per_meter(recent)
    whole = shown.filter(pl.col("coverage_pct") >= 99.95).height
    none = shown.filter(pl.col("coverage_pct") <= 0).height
    title = (
        f"{text.number(whole)} av {text.number(shown.height)} mätarmånader är kompletta "
        f"de senaste {text.counted(shown['month'].n_unique(), 'månaden', 'månaderna')}"
    )
    sentence = (
        f"Rutmönster, en rad per mätare och en kolumn per månad: {title}, i {text.number(none)} finns inga värden alls."
    )
    wide = shown.pivot(on="meter", index="month", values="coverage_pct", aggregate_function="min").sort("month")
    table = wide.rename({"month": "Månad", **{c: f"{c} (%)" for c in wide.columns if c != "month"}})
    return draw(
        key,
        title,
        sentence,
        table,
        lambda width: _draw(shown, width),
        decimals=dict.fromkeys(table.columns, 1),
        note="Full ruta: alla väntade värden finns. Mindre ruta: så stor del finns. Kryss: inga värden. "
        "Visar den storhet hos mätaren som har sämst täckning. Månaderna då "
        "mätningen börjar och slutar räknas hela. Äldre månader finns i arbetsboken.",
    )


def _per_meter(recent: pl.DataFrame) -> pl.DataFrame:
    """Return one row per meter and month: its worst quantity. Meters with the same name are told apart by number."""
    name = pl.coalesce("name", "metering_point")
    twice = pl.col("metering_point").n_unique().over("name") > 1
    return (
        recent.with_columns(
            pl.when(twice).then(pl.format("{} {}", name, "metering_point")).otherwise(name).alias("meter")
        )
        .group_by("meter", "month")
        .agg(pl.col("coverage_pct").min())
        .sort("meter", "month")
    )


def _draw(shown: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    narrow = is_narrow(width)
    meters = shown.get_column("meter").unique().sort().to_list()
    axis = alt.Axis(title=None, grid=False, ticks=False, domain=False, labelLimit=140 if narrow else 230)
    y = alt.Y("meter:N", sort=meters, axis=axis)
    room = width - (160 if narrow else 250)
    cell = room / max(1, shown.get_column("month").n_unique())
    middle = alt.X("yearmonth(month):T", bandPosition=0.5, axis=time_axis(width))
    size = alt.Size(
        "coverage_pct:Q", legend=None, scale=alt.Scale(domain=[0, 100], range=[0, max(8.0, (cell * 0.86) ** 2)])
    )
    base = alt.Chart(shown)
    squares = base.transform_filter("datum.coverage_pct > 0").mark_point(
        shape="square", filled=True, opacity=1, color=theme.BLUE
    )
    crosses = base.transform_filter("datum.coverage_pct <= 0").mark_text(text="×", color=theme.VERMILION, fontSize=13)
    layers = squares.encode(x=middle, y=y, size=size) + crosses.encode(x=middle, y=y)
    drawing: alt.LayerChart = layers.properties(width=room, height=alt.Step(26))
    return drawing
