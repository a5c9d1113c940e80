"""Supply and return temperature of district heating, day by day."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboards import text, theme
from dashboards.charts.base import Chart, draw, empty, sized, time_axis

DAYS_SHOWN = 730
SERIES = {"supply_temperature_c": "framledning", "return_temperature_c": "retur"}


def chart(frame: pl.DataFrame, key: str) -> Chart:
    """Return the last two years of one heat meter, from its rows of the mart `daily`."""
    known = frame.drop_nulls("return_temperature_c").sort("day").tail(DAYS_SHOWN)
    if known.is_empty():
        return empty(key, "Returtemperatur", "Mätaren lämnar inga temperaturer, eller så saknas dygnen.")
    months = _months(known)
    top = months.sort("return_mean", descending=True).row(0, named=True)
    title = f"Returen var i medel varmast i {text.month(top['month'])}: {text.degrees(top['return_mean'])}"
    sentence = (
        f"Linjer för fram- och returtemperatur per dygn, {text.span(known['day'][0], known['day'][-1])}; "
        f"returen ligger mellan {text.degrees(_extreme(known, 'min'))} och {text.degrees(_extreme(known, 'max'))}."
    )
    table = months.select(
        pl.col("month").alias("Månad"),
        pl.col("return_mean").alias("Retur, medel av dygn (°C)"),
        pl.col("return_max").alias("Retur, varmaste dygn (°C)"),
        pl.col("supply_mean").alias("Framledning, medel (°C)"),
    )
    return draw(
        key,
        title,
        sentence,
        table,
        lambda width: _draw(known, width),
        decimals=dict.fromkeys(table.columns, 1),
        note="Medelvärdena är över dygn, inte viktade med flödet. Vad varm retur kostar står under Åtgärder.",
    )


def _extreme(known: pl.DataFrame, how: str) -> float:
    column = known.get_column("return_temperature_c")
    return float(getattr(column, how)())


def _months(known: pl.DataFrame) -> pl.DataFrame:
    return (
        known.group_by(pl.col("day").dt.truncate("1mo").alias("month"))
        .agg(
            pl.col("return_temperature_c").mean().alias("return_mean"),
            pl.col("return_temperature_c").max().alias("return_max"),
            pl.col("supply_temperature_c").mean().alias("supply_mean"),
        )
        .sort("month")
    )


def _draw(known: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    long = known.select("day", *SERIES).unpivot(index="day", on=list(SERIES), variable_name="series").drop_nulls()
    long = long.with_columns(pl.col("series").replace_strict(SERIES)).sort("series", "day")
    names = list(SERIES.values())
    dash = alt.StrokeDash("series:N", legend=None, scale=alt.Scale(domain=names, range=[[1, 0], [1, 0]]))
    colour = alt.Color("series:N", legend=None, scale=alt.Scale(domain=names, range=[theme.GREY, theme.VERMILION]))
    x = alt.X("day:T", axis=time_axis(width))
    y = alt.Y("value:Q", title="°C", axis=alt.Axis(format=",.0f"), scale=alt.Scale(zero=False, padding=16))
    lines = alt.Chart(long).mark_line(strokeWidth=1.3).encode(x=x, y=y, color=colour, strokeDash=dash)
    ends = (
        long.group_by("series", maintain_order=True)
        .agg(pl.col("day").min(), pl.col("value").head(60).max())
        .with_columns(pl.col("value"))
    )
    words = (
        alt.Chart(ends)
        .mark_text(align="left", dx=3, dy=-9, fontWeight="bold")
        .encode(x="day:T", y="value:Q", text="series:N")
    )
    return sized(lines + words, width, 260)
