"""What a chart is: a finding as title, two drawings, one sentence, one table. The drawing is in the other files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import altair as alt
import polars as pl
from altair.utils.schemapi import debug_mode

from dashboards import theme

MAX_ROWS = 5000  # Altair's own limit, kept: more than this nobody can read off a picture


@dataclass(frozen=True)
class Chart:
    """One figure of a page.

    `title` states the finding, `alt` is the text alternative in one sentence, `table` the drawn frame with Swedish
    headings, `decimals` how its numbers are written (0 where nothing is said). `missing` tells why there is nothing to
    draw; then `wide` and `narrow` are empty. `receipts` are arguments of `energibok explain`.
    """

    key: str
    title: str
    alt: str
    table: pl.DataFrame
    wide: str = ""
    narrow: str = ""
    decimals: Mapping[str, int] = field(default_factory=dict)
    note: str = ""
    missing: str | None = None
    receipts: tuple[str, ...] = ()
    paper: str = ""  # the wide drawing with fixed colours, for the letter


def empty(key: str, title: str, why: str) -> Chart:
    """Return the figure that says what is missing and why."""
    return Chart(key, title, f"{title}: data saknas. {why}", pl.DataFrame(), missing=why)


def draw(
    key: str,
    title: str,
    alt_text: str,
    table: pl.DataFrame,
    drawing: Callable[[int], alt.TopLevelMixin],
    decimals: Mapping[str, int] | None = None,
    note: str = "",
    receipts: tuple[str, ...] = (),
) -> Chart:
    """Return the figure with `drawing` made in both widths."""
    with debug_mode(
        False
    ):  # Altair checks every encoding against its schema, a third of the time; the tests do it once
        wide, narrow = theme.svg(drawing(theme.WIDE)), theme.svg(drawing(theme.NARROW), 12)
    return Chart(
        key=key,
        title=title,
        alt=alt_text,
        table=table,
        wide=theme.inline(wide, alt_text, f"{key}-b"),
        narrow=theme.inline(narrow, alt_text, f"{key}-s"),
        decimals=decimals or {},
        note=note,
        receipts=receipts,
        paper=theme.fixed(wide),
    )


def sized(chart: alt.Chart | alt.LayerChart, width: int, height: int) -> alt.TopLevelMixin:
    """Return the chart with its whole picture, axes included, `width` x `height` pixels."""
    return chart.properties(width=width, height=height, autosize=alt.AutoSizeParams(type="fit", contains="padding"))


def is_narrow(width: int) -> bool:
    """Return True for the drawing of small screens."""
    return width <= theme.NARROW


def time_axis(width: int, title: str | None = None) -> alt.Axis:
    """Return a month axis: the year under January, short months between where there is room."""
    label = "timeFormat(datum.value, '%b') == 'jan.' ? timeFormat(datum.value, '%Y') : timeFormat(datum.value, '%b')"
    return alt.Axis(title=title, labelExpr=label, tickCount=5 if is_narrow(width) else 10, labelFlush=False, grid=False)
