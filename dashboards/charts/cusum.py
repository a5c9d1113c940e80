"""Avoided energy summed day by day, with the dated events as numbered notes. The slope is the saving."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import polars as pl

from dashboards import honesty, text, theme
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
            pl.int_range(1, pl.len() + 1).alias("number"),
            pl.col("start_utc").dt.convert_time_zone(text.CIVIL.key).dt.date().alias("day"),
        )
    )


def chart(
    frame: pl.DataFrame,
    events: pl.DataFrame,
    key: str,
    carrier: str,
    total: Mapping[str, Any] | None = None,
    placebo: bool = False,
) -> Chart:
    """Return the CUSUM of one project and carrier.

    `events` are numbered as by `numbered`; `total` is the row of `savings_total` of the whole reporting period, whose
    band the heading tells.
    """
    name = text.code("carrier", carrier)
    known = frame.drop_nulls("cumulative_avoided_kwh").sort("day")
    if known.is_empty():
        return empty(key, f"Summerad undviken energi, {name}", "Det finns ingen bedömd besparing att summera.")
    known = known.gather_every(max(1, -(-known.height // MAX_ROWS)))
    last = known.row(-1, named=True)
    title = _title(name, last["cumulative_avoided_kwh"], text.day(last["day"]), total or {}, placebo)
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
        note=_note(placebo, inside.height > 0),
    )


def _note(placebo: bool, numbered: bool) -> str:
    rings = " Siffrorna i ringarna hör till listan över händelser nedan." if numbered else ""
    if placebo:
        return f"En linje som håller sig nära noll betyder att baslinjen följer det uppmätta.{rings}"
    return f"Linjens lutning är besparingen: en rak stigande linje betyder att den håller.{rings}"


def _title(name: str, kwh: float, day: str, total: Mapping[str, Any], placebo: bool) -> str:
    """Return the sum so far with what its band allows one to say."""
    value, low, high = (total.get(f"avoided_energy_kwh{end}") for end in ("", "_low", "_high"))
    kind, name = honesty.verdict(value, low, high), text.capital(name)
    if kind == "measured":
        word = "mer" if kwh < 0 else "mindre"
        return f"{name}: {text.energy(abs(kwh))} {word} till och med {day}, mätt med egen mätare"
    if placebo:
        said = f"Metodprov, {name.lower()}: {text.energy(kwh)} mellan baslinje och uppmätt till och med {day}"
    else:
        said = f"{name}: {text.energy(kwh)} undvikna till och med {day}"
    if kind == "zero":
        return f"{said}, men bandet innehåller noll" if not placebo else f"{said}; bandet innehåller noll"
    if kind == "clear" and low is not None and high is not None:
        return f"{said} ({text.band(low, high, 'kWh', 'tkr').replace(' (', ', ').removesuffix(')')})"
    return said


def _draw(known: pl.DataFrame, events: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    shown = known.select("day", (pl.col("cumulative_avoided_kwh") / 1e3).alias("value"))
    x = alt.X("day:T", axis=time_axis(width), scale=alt.Scale(padding=12))
    line = (
        alt.Chart(shown)
        .mark_line(color=theme.GREEN)
        .encode(x=x, y=alt.Y("value:Q", title="MWh", axis=alt.Axis(format=",.1~f")))
    )
    if events.is_empty():
        return sized(line, width, 280)
    marks = alt.Chart(_placed(events, known, width))
    rules = marks.mark_rule(strokeDash=[2, 3], opacity=0.6).encode(x="day:T")
    above = alt.Y("y:Q", scale=None, axis=None)  # pixels above the plot: no line crosses a number
    rings = marks.mark_point(shape="circle", size=240, color=theme.INK, strokeWidth=1.2, opacity=1).encode(
        x="day:T", y=above
    )
    feet = marks.mark_rule(strokeDash=[2, 3], opacity=0.6).encode(
        x="day:T", y=alt.Y("foot:Q", scale=None, axis=None), y2=alt.value(0)
    )
    words = marks.mark_text(baseline="middle").encode(x="day:T", y=above, text="number:N")
    layers = alt.layer(line + rules, rings + feet + words).resolve_scale(y="independent")
    return sized(layers, width, 300)


def _placed(events: pl.DataFrame, known: pl.DataFrame, width: int) -> pl.DataFrame:
    """Return the numbers with their height above the plot [pixels]; one close to its neighbour stands a row higher."""
    per_day = width / max(1, (known["day"][-1] - known["day"][0]).days)
    row, last, rows = 0, None, []
    for day in events.get_column("day").to_list():
        row = 1 - row if last is not None and (day - last).days * per_day < 24 else 0
        last = day
        rows.append(-12 - 20 * row)
    heights = pl.Series("y", rows, pl.Int64)
    return events.select("day", pl.col("number").cast(pl.String), heights, (heights + 9).alias("foot"))
