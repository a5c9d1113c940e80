"""Avoided energy summed day by day, with the dated events as numbered notes. The slope is the saving."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboards import text, theme
from dashboards.charts.base import MAX_ROWS, Chart, draw, empty, sized, time_axis


def numbered(events: pl.DataFrame, carrier: str | None = None) -> pl.DataFrame:
    """Return the events in order of time, those of other carriers left out, with a column `number` from 1."""
    seen = (
        events
        if carrier is None
        else events.filter(pl.col("carrier").is_null() | pl.col("carrier").is_in([carrier, "all"]))
    )
    return (
        seen.drop_nulls("start_utc")
        .sort("start_utc", "kind")
        .with_columns(
            pl.int_range(1, pl.len() + 1).alias("number"), pl.col("start_utc").dt.offset_by("1h").dt.date().alias("day")
        )
    )


def chart(frame: pl.DataFrame, events: pl.DataFrame, key: str, carrier: str) -> Chart:
    """Return the CUSUM of one project and carrier; `events` are numbered as by `numbered`."""
    name = text.code("carrier", carrier)
    known = frame.drop_nulls("cumulative_avoided_kwh").sort("day")
    if known.is_empty():
        return empty(key, f"Summerad undviken energi, {name}", "Det finns ingen bedömd besparing att summera.")
    known = known.gather_every(max(1, -(-known.height // MAX_ROWS)))
    last = known.row(-1, named=True)
    title = (
        f"{text.capital(name)}: {text.energy(last['cumulative_avoided_kwh'])} undvikna "
        f"till och med {text.day(last['day'])}"
    )
    sentence = f"Linje över summerad undviken {name} från {text.day(known['day'][0])}. {title}."
    table = known.group_by(pl.col("day").dt.truncate("1mo").alias("Månad"), maintain_order=True).agg(
        (pl.col("cumulative_avoided_kwh").last() / 1e3).alias("Summerad undviken energi, månadens slut (MWh)")
    )
    inside = events.filter(pl.col("day").is_between(known["day"][0], known["day"][-1]))
    return draw(
        key,
        title,
        sentence,
        table,
        lambda width: _draw(known, inside, width),
        note="Linjens lutning är besparingen: en rak stigande linje betyder att den håller. Siffrorna i ringarna "
        "hör till listan över händelser nedan.",
    )


def _draw(known: pl.DataFrame, events: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    shown = known.select("day", (pl.col("cumulative_avoided_kwh") / 1e3).alias("value"))
    x = alt.X("day:T", axis=time_axis(width), scale=alt.Scale(padding=12))
    line = (
        alt.Chart(shown)
        .mark_line(color=theme.GREEN)
        .encode(x=x, y=alt.Y("value:Q", title="MWh", axis=alt.Axis(format=",.0f")))
    )
    if events.is_empty():
        return sized(line, width, 280)
    marks = alt.Chart(events.select("day", pl.col("number").cast(pl.String)))
    rules = marks.mark_rule(strokeDash=[2, 3], opacity=0.6).encode(x="day:T")
    rings = marks.mark_point(shape="circle", size=240, color=theme.INK, strokeWidth=1.2, yOffset=12, opacity=1).encode(
        x="day:T", y=alt.value(0)
    )
    words = marks.mark_text(yOffset=12).encode(x="day:T", y=alt.value(0), text="number:N")
    return sized(line + rules + rings + words, width, 280)
