"""Load duration: how large a share of the time the power is at least so high, before and after."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboards import text, theme
from dashboards.charts.base import Chart, draw, empty, sized

PERIODS = ("before", "after")


LABEL_AT = {"before": 12, "after": 34}  # % of the time where a curve is named: apart, so that words never meet


def chart(frame: pl.DataFrame, key: str, name: str) -> Chart:
    """Return the duration curves of one metering point, from its rows of the mart `duration`."""
    shown = frame.drop_nulls(["power_kw", "rank_pct"]).sort("period", "rank_pct", descending=[True, False])
    if shown.is_empty():
        return empty(key, f"Varaktighet för {name}", "Det finns inga timvärden att ordna.")
    tops = dict(shown.group_by("period").agg(pl.col("power_kw").max()).iter_rows())
    if len(tops) == 2:
        title = (
            f"{text.capital(name)}: högsta timmen är {text.number(tops.get('after'))} kW, "
            f"före {text.number(tops.get('before'))} kW"
        )
    else:
        title = f"{text.capital(name)}: högsta timmen är {text.number(max(tops.values()))} kW"
    sentence = f"Varaktighetskurva: effekten för {name} ordnad från högsta till lägsta timme. {title}."
    table = _table(shown)
    return draw(
        key,
        title,
        sentence,
        table,
        lambda width: _draw(shown, width),
        decimals={table.columns[0]: 1},
        note="Läs så här: vid 10 på vågräta axeln står effekten som överskrids en tiondel av tiden. "
        "Heldragen linje före, streckad efter.",
    )


def _table(shown: pl.DataFrame) -> pl.DataFrame:
    wide = shown.pivot(on="period", index="rank_pct", values="power_kw", aggregate_function="first").sort("rank_pct")
    return wide.select(
        pl.col("rank_pct").alias("Andel av tiden (%)"),
        *(pl.col(p).alias(f"{text.capital(text.code('period', p))} (kW)") for p in PERIODS if p in wide.columns),
    )


def _draw(shown: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    x = alt.X(
        "rank_pct:Q",
        title="Andel av tiden (%)",
        scale=alt.Scale(domain=[0, 100]),
        axis=alt.Axis(format=",.0f", values=list(range(0, 101, 20))),
    )
    y = alt.Y("power_kw:Q", title="Effekt, timme (kW)", axis=alt.Axis(format=",.0f"))
    dash = alt.StrokeDash("period:N", legend=None, scale=alt.Scale(domain=list(PERIODS), range=[[1, 0], [6, 4]]))
    colour = alt.Color(
        "period:N", legend=None, scale=alt.Scale(domain=list(PERIODS), range=[theme.BLUE, theme.VERMILION])
    )
    lines = (
        alt.Chart(shown.select("period", "rank_pct", "power_kw"))
        .mark_line()
        .encode(x=x, y=y, strokeDash=dash, color=colour)
    )
    at = (
        shown.filter(pl.col("rank_pct") >= pl.col("period").replace_strict(LABEL_AT, default=12))
        .group_by("period", maintain_order=True)
        .first()
        .with_columns(
            pl.col("period").replace_strict(dict(text.CODES["period"]), default=pl.col("period")).alias("word")
        )
    )
    named = alt.Chart(_sides(at, shown)).encode(x="rank_pct:Q", y="power_kw:Q", text="word:N")
    over, under = (
        named.transform_filter(f"datum.under == {side}").mark_text(align="left", dx=6, dy=dy, fontWeight="bold")
        for side, dy in (("false", -9), ("true", 15))
    )
    return sized(lines + over + under, width, 280)


def _sides(at: pl.DataFrame, shown: pl.DataFrame) -> pl.DataFrame:
    """Return the places of the words with whether the other curve lies above: then the word goes under its own."""
    rest = shown.select("rank_pct", other="period", other_kw="power_kw").sort("rank_pct")
    pairs = at.sort("rank_pct").join(rest, how="cross").filter(pl.col("period") != pl.col("other"))
    near = pairs.sort((pl.col("rank_pct") - pl.col("rank_pct_right")).abs()).unique("period", keep="first")
    above = near.filter(pl.col("other_kw") > pl.col("power_kw")).get_column("period")
    return at.select("word", "rank_pct", "power_kw", under=pl.col("period").is_in(above.implode()))
