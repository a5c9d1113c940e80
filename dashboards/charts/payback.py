"""What savings have left after purchases, year by year, with its band, and where the money is back. Figures: marts."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from dashboards import honesty, text, theme
from dashboards.charts.base import Chart, draw, empty, is_narrow, sized
from dashboards.options import AmountUnit

HEAD = "Kvar av besparingen efter inköp"
NOTHING = "Besparingen är inte räknad."


def chart(years: pl.DataFrame, returns: dict[str, Any], key: str, unit: AmountUnit) -> Chart:
    """Return the running sum of one project and cost bearer, from its rows of `economics_years` and its returns."""
    known = years.drop_nulls(["balance_sek", "balance_sek_low", "balance_sek_high"]).sort("year")
    if known.is_empty() or text.is_absent(returns.get("net_investment_sek")):
        reasons = years.get_column("reason").drop_nulls()
        return empty(key, HEAD, text.sentence(text.why(reasons[0])) if len(reasons) else NOTHING)
    scale, word = text.AMOUNT_UNITS[unit]
    first = int(known["year"][0])
    paid = -returns["net_investment_sek"] / scale
    start = pl.DataFrame({"turn": [first], "value": [paid], "low": [paid], "high": [paid]})
    later = known.select(
        turn=pl.col("year") + 1,
        value=pl.col("balance_sek") / scale,
        low=pl.col("balance_sek_low") / scale,
        high=pl.col("balance_sek_high") / scale,
    )
    shown = pl.concat([start, later.cast(start.schema)])
    over = known.filter(pl.col("is_measured")).get_column("year").to_list()
    measured = max(over, default=first - 1) + 1
    title = _title(returns, first)
    table = shown.select(
        pl.col("turn").cast(pl.String).alias("Vid ingången av år"),
        pl.col("value").alias(f"Kvar efter inköp ({word})"),
        pl.col("low").alias(f"Undre gräns ({word})"),
        pl.col("high").alias(f"Övre gräns ({word})"),
    )
    back = returns.get("simple_payback_years")
    point = None if text.is_absent(back) else first + float(back or 0.0)
    return draw(
        key,
        title,
        f"Linje med band från {first} till {first + known.height}, summan av besparingar minus inköp. {title}.",
        table,
        lambda width: _draw(shown, width, word, point, measured),
        note="Besparingar minus inköp, summerat utan ränta; det som köps på nytt räknas med sin förslitning. Fältet "
        f"är 90{text.NBSP}%-bandet. Heldragen linje: mätta år. Streckad: samma besparing varje år, ett antagande.",
    )


def _title(returns: dict[str, Any], first: int) -> str:
    back, odds = returns.get("simple_payback_years"), returns.get("pays_back_pct")
    within = f"inom {returns['horizon_years']} år"
    if not text.is_absent(back):
        year = first + int(back or 0)
        return f"Investeringen är återbetald efter {text.number(back, 1)} år, under {year}"
    if text.is_absent(odds):
        return HEAD
    likely = f"sannolikheten att investeringen betalar sig {within} är {honesty.sure(odds)}"
    return f"Ingen återbetalningstid kan visas: {likely}"


def _draw(shown: pl.DataFrame, width: int, unit: str, point: float | None, measured: int) -> alt.TopLevelMixin:
    narrow = is_narrow(width)
    first, last = int(shown["turn"].min()), int(shown["turn"].max())  # type: ignore[arg-type]
    axis = alt.Axis(title=None, format="d", tickCount=5 if narrow else 10, grid=False, tickMinStep=1)
    x = alt.X("turn:Q", axis=axis, scale=alt.Scale(domain=[first, last], nice=False))
    y = alt.Y("value:Q", title=unit, axis=alt.Axis(format=",.0f"))
    base = alt.Chart(shown)
    area = base.mark_area(color=theme.BLUE, opacity=0.22).encode(x=x, y=alt.Y("low:Q", title=unit), y2="high:Q")
    over = base.transform_filter(f"datum.turn <= {measured}").mark_line(color=theme.BLUE)
    ahead = base.transform_filter(f"datum.turn >= {max(measured, first)}").mark_line(
        color=theme.BLUE, strokeDash=[5, 4]
    )
    zero = alt.Chart(pl.DataFrame({"zero": [0]})).mark_rule(strokeWidth=1).encode(y="zero:Q")
    layers: list[alt.Chart] = [area, over.encode(x=x, y=y), ahead.encode(x=x, y=y), zero]
    if point is not None and point <= last:
        at = alt.Chart(pl.DataFrame({"turn": [point], "value": [0.0], "text": ["återbetald"]}))
        layers.append(at.mark_point(filled=True, size=110, color=theme.VERMILION, opacity=1).encode(x=x, y=y))
        words = at.mark_text(align="right", dx=-9, dy=-11, fontSize=11 if narrow else 13)
        layers.append(words.encode(x=x, y=y, text="text:N"))
    return sized(alt.LayerChart(layer=layers), width, 230 if narrow else 300)
