"""The picture of a measure: what its rule saw, at a glance, drawn small and once."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl
from altair.utils.schemapi import debug_mode

from dashboards import text, theme
from dashboards.charts.base import Chart, empty, sized, time_axis

WIDTH, HEIGHT = 440, 200  # one drawing for every screen
_FEW_DAYS = 100
_DAYS = r"^\d{4}-\d\d(-\d\d)?([T ].*)?$"


def chart(row: dict[str, Any], series: pl.DataFrame) -> Chart:
    """Return the picture of one measure from its row of `measures` and its rows of `measure_series`."""
    key, title = text.identifier("bild", row["measure_key"]), row["title"] or ""
    known = series.drop_nulls("y").sort("no")
    if known.is_empty() or not row["picture_kind"]:
        return empty(key, title, "Regeln ritar ingen bild.")
    names = known["series"].unique(maintain_order=True).to_list()
    frame, x = _placed(known, row["picture_x"] or "")
    axis = f"{row['picture_y']} mot {(row['picture_x'] or '').lower()}"
    ends = f"{text.number(_least(frame), 1)} till {text.number(_most(frame), 1)}"
    sentence = f"{title}. {axis}: {text.listing([str(n) for n in names])}; värdena går från {ends}."
    with debug_mode(False):
        drawn = theme.svg(_draw(row, frame, x, names), 12)
    return Chart(key, title, sentence, pl.DataFrame(), narrow=theme.inline(drawn, sentence, key))


def _least(frame: pl.DataFrame) -> float:
    return float(frame["y"].min())  # type: ignore[arg-type]


def _most(frame: pl.DataFrame) -> float:
    return float(frame["y"].max())  # type: ignore[arg-type]


def _placed(known: pl.DataFrame, title: str) -> tuple[pl.DataFrame, alt.X]:
    """Return the points with x as numbers, instants or words, whichever all of them are, and the axis of them."""
    numbers = known["x"].cast(pl.Float64, strict=False)
    if not numbers.null_count():
        return known.with_columns(x=numbers), alt.X("x:Q", title=title, scale=alt.Scale(zero=False, nice=False))
    if known["x"].str.contains(_DAYS).all():
        days = known["x"].str.replace("T", " ").str.replace(r"^(\d{4}-\d\d)$", "${1}-01").str.slice(0, 16)
        when = days.str.to_datetime("%Y-%m-%d %H:%M", strict=False).fill_null(
            days.str.to_datetime("%Y-%m-%d", strict=False)
        )
        if not when.null_count():
            return known.with_columns(x=when), alt.X("x:T", axis=_days_axis(when, title))
    order = known["x"].unique(maintain_order=True).to_list()
    return known, alt.X("x:N", title=title, sort=order, axis=alt.Axis(labelAngle=-40, labelLimit=110))


def _days_axis(when: pl.Series, title: str) -> alt.Axis:
    """Return an axis of months, or of days where there are few of them."""
    first, last = when.min(), when.max()
    few = (last - first).days < _FEW_DAYS  # type: ignore[operator, union-attr]
    return alt.Axis(title=title, format="%-d %b", tickCount=5, grid=False) if few else time_axis(WIDTH, title)


def _draw(row: dict[str, Any], frame: pl.DataFrame, x: alt.X, names: list[str]) -> alt.TopLevelMixin:
    scale = alt.Scale(zero=row["picture_kind"] == "bar")
    y = alt.Y("y:Q", title=row["picture_y"], axis=alt.Axis(format=",.4~r"), scale=scale, stack=None)  # never added
    legend = alt.Legend(orient="top", title=None, labelLimit=190, columns=2) if len(names) > 1 else None
    colour = alt.Color("series:N", legend=legend, sort=names, scale=alt.Scale(domain=names, range=_colours(len(names))))
    base = alt.Chart(frame.select("series", "x", "y"))
    marks = {
        "bar": base.mark_bar(opacity=0.75),
        "scatter": base.mark_circle(size=14, opacity=0.6),
        "step": base.mark_line(strokeWidth=1.6, interpolate="step-after"),
    }
    drawn = marks.get(row["picture_kind"], base.mark_line(strokeWidth=1.6)).encode(x=x, y=y, color=colour)
    if row["picture_kind"] == "bar" and len(names) > 1 and frame.schema["x"] == pl.String:  # words: side by side
        drawn = drawn.encode(xOffset=alt.XOffset("series:N", sort=names))
    return sized(drawn, WIDTH, HEIGHT)


def _colours(count: int) -> list[str]:
    return [theme.PALETTE[n % len(theme.PALETTE)] for n in range(count)]
