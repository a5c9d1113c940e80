"""Cost per month and group of components, one small panel each, so that no reader depends on colour."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboards import text, theme
from dashboards.charts.base import Chart, draw, empty, is_narrow, time_axis
from dashboards.options import AmountUnit

GROUPS = {
    "energy": "Energi",
    "demand": "Effekt",
    "overrun": "Effekt",
    "flow": "Flöde och returtemperatur",
    "return_temperature": "Flöde och returtemperatur",
    "fixed": "Fast avgift",
    "tax": "Skatt och övrigt",
    "reactive": "Skatt och övrigt",
    "other": "Skatt och övrigt",
}
MONTHS_SHOWN = 36


def chart(frame: pl.DataFrame, key: str, unit: AmountUnit, carrier: str) -> Chart:
    """Return the last 36 months of one carrier; `frame` holds its rows of the mart `monthly_cost`."""
    name = text.code("carrier", carrier)
    known = frame.drop_nulls("amount_sek")
    if known.is_empty():
        reasons = frame.get_column("reason").drop_nulls()
        return empty(
            key,
            f"Kostnad för {name} per månad",
            text.sentence(text.why(reasons[0])) if len(reasons) else "Inga månader kunde räknas från mätarna.",
        )
    head = text.AMOUNT_UNITS[unit][1]
    shown = _groups(known, text.AMOUNT_UNITS[unit][0])
    wide = shown.pivot(on="group", index="month", values="value", aggregate_function="sum").sort("month")
    groups = [g for g in dict.fromkeys(GROUPS.values()) if g in wide.columns]
    total = wide.select("month", pl.sum_horizontal(groups).alias("total"))
    table = wide.join(total, on="month", maintain_order="left").select(
        pl.col("month").alias("Månad"),
        *(pl.col(g).alias(f"{g} ({head})") for g in groups),
        pl.col("total").alias(f"Summa ({head})"),
        *_closed(known, wide),
    )
    top = total.sort("total", descending=True).row(0)
    worth = text.amount(top[1] * text.AMOUNT_UNITS[unit][0], unit)
    title = f"{text.capital(name)}: dyraste månaden är {text.month(top[0])}, {worth}"
    sentence = (
        f"Staplar per månad för {name}, en rad per avgiftsslag ({text.listing([g.lower() for g in groups])}), "
        f"{text.month(wide['month'][0])} till {text.month(wide['month'][-1])}; "
        f"dyrast är {text.month(top[0])} med {worth}."
    )
    return draw(
        key,
        title,
        sentence,
        table,
        lambda width: _draw(shown, groups, width, head),
        decimals={c: 1 for c in table.columns if unit != "SEK"},
        note="Räknat från mätarna med gällande prislista, exklusive moms. Alla rader har samma skala. "
        "Äldre månader finns i arbetsboken.",
    )


def _closed(known: pl.DataFrame, wide: pl.DataFrame) -> list[pl.Series]:
    """Return the column that tells closed months from open ones; none where no month is closed."""
    closed = known.filter(pl.col("is_closed")).get_column("month").unique()
    if closed.is_empty():
        return []
    mark = wide.select(
        pl.when(pl.col("month").is_in(closed.implode())).then(pl.lit("stängd")).otherwise(pl.lit("öppen"))
    )
    return [mark.to_series().alias("Månaden är")]


def _groups(known: pl.DataFrame, scale: float) -> pl.DataFrame:
    recent = known.filter(pl.col("month") > pl.col("month").max().dt.offset_by(f"-{MONTHS_SHOWN}mo"))
    group = pl.col("component").replace_strict(GROUPS, default="Skatt och övrigt")
    return (
        recent.with_columns(group.alias("group"), (pl.col("amount_sek") / scale).alias("value"))
        .group_by("month", "group")
        .agg(pl.col("value").sum())
        .sort("month", "group")
    )


def _draw(shown: pl.DataFrame, groups: list[str], width: int, unit: str) -> alt.TopLevelMixin:
    x = alt.X("yearmonth(month):T", axis=time_axis(width))
    y = alt.Y("value:Q", title=unit, axis=alt.Axis(format=",.1~f", tickCount=3))
    panels: alt.FacetChart = (
        alt.Chart(shown)
        .mark_bar(color=theme.BLUE)
        .encode(x=x, y=y)
        .properties(width=width - (70 if is_narrow(width) else 80), height=62)
        .facet(
            row=alt.Row(
                "group:N",
                sort=groups,
                title=None,
                header=alt.Header(labelOrient="top", labelAnchor="start", labelPadding=2),
            ),
            spacing=8,
        )
    )
    return panels
