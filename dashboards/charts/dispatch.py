"""The store's content through the year as it was operated and as it could have been. Figures: marts."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboards import text, theme
from dashboards.charts.base import Chart, draw, empty, is_narrow, sized, time_axis
from dashboards.charts.store import content_unit

HEAD = "Lagrets innehåll med verklig och bättre drift"
_WAYS = {"actual": "verklig", "day_ahead": "känt dagen innan", "optimal": "känt i förväg"}


def chart(days: pl.DataFrame, metered: pl.DataFrame, key: str, why: str) -> Chart:
    """Return the content by day of each way of operating; `days` are rows of the mart `storage_optimum_day`.

    `metered` are the store's rows of `storage_daily`: how far the picture of the meters' content lies from this one.
    """
    known = days.filter(pl.col("operation").is_in(list(_WAYS))).drop_nulls(["reckoned_content_kwh", "day"]).sort("day")
    if known.is_empty():
        return empty(key, HEAD, text.sentence(text.why(why)))
    ends = known.group_by("operation", maintain_order=True).agg(pl.col("power_kw").max())
    powers = {row["operation"]: row["power_kw"] for row in ends.iter_rows(named=True)}
    title = HEAD
    if powers.get("optimal") is not None and powers.get("actual") is not None:
        title = (
            f"Årets högsta dygnsmedel blev {text.number(powers['actual'])}{text.NBSP}kW; med allt känt i förväg "
            f"{text.number(powers['optimal'])}{text.NBSP}kW"
        )
    unit, size = content_unit(known.get_column("reckoned_content_kwh"))
    table = (
        known.with_columns(Månad=pl.col("day").dt.truncate("1mo"), way=pl.col("operation").replace_strict(_WAYS))
        .group_by("Månad", "way", maintain_order=True)
        .agg((pl.col("reckoned_content_kwh").mean() / size).alias("content"))
        .pivot("way", index="Månad", values="content")
    )
    return draw(
        key,
        title,
        f"Linjer över lagrets innehåll per dygn, en för varje sätt att driva det. {title}.",
        table,
        lambda width: _draw(known, width, unit, size),
        decimals=dict.fromkeys(table.columns[1:], 1),
        note=f"Tabellen visar månadens medelinnehåll i {unit}, vid dygnens slut. Också den verkliga driften räknas "
        "här från innehållet vid årets början, med laddat, uttag och beräknade förluster, så att alla tre räknas lika; "
        f"bilden av lagrets innehåll högst upp läser det av mätarna{_apart(known, metered, unit, size)}.",
    )


def _apart(known: pl.DataFrame, metered: pl.DataFrame, unit: str, size: float) -> str:
    """Return how far the mean content of a month lies at most from that of the meters; that it may, where unknown."""
    month = pl.col("day").dt.truncate("1mo")
    actual = known.filter(operation="actual").group_by(month).agg(pl.col("reckoned_content_kwh").mean())
    read = metered.drop_nulls("content_kwh").group_by(month).agg(pl.col("content_kwh").mean())
    gap = (
        actual.join(read, on="day").select((pl.col("reckoned_content_kwh") - pl.col("content_kwh")).abs().max()).item()
    )
    return " och kan därför visa något annat" if gap is None else (
        f", och månadens medel skiljer därför som mest {text.number(gap / size, 1)}{text.NBSP}{unit} från det här"
    )  # fmt: skip


def _draw(known: pl.DataFrame, width: int, unit: str, size: float) -> alt.TopLevelMixin:
    shown = known.select(
        "day",
        (pl.col("reckoned_content_kwh") / size).alias("content"),
        pl.col("operation").replace_strict(_WAYS).alias("way"),
    ).filter(pl.col("day").dt.ordinal_day() % (4 if is_narrow(width) else 2) == 0)
    colours = alt.Scale(domain=list(_WAYS.values()), range=[theme.VERMILION, theme.BLUE, theme.GREEN])
    drawn = (
        alt.Chart(shown)
        .mark_line(strokeWidth=1.8)
        .encode(
            x=alt.X("day:T", axis=time_axis(width)),
            y=alt.Y("content:Q", title=f"Innehåll ({unit})", axis=alt.Axis(format=",.2~f")),
            color=alt.Color("way:N", scale=colours, legend=alt.Legend(title=None, orient="top")),
            strokeDash=alt.StrokeDash("way:N", legend=None),
        )
    )
    return sized(drawn, width, 260)
