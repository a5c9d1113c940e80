"""Baselines put to the test: the difference of every meter with its band, and months of single meters."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboards import text, theme
from dashboards.charts.base import MAX_ROWS, Chart, draw, empty, is_narrow, sized
from dashboards.charts.savings import against


def differences(found: pl.DataFrame, key: str) -> Chart:
    """Return predicted minus metered of every assessed meter in percent, smallest to largest, with its band."""
    known = found.drop_nulls(["difference_kwh", "half_width_pct"])
    if known.is_empty():
        return empty(key, "Skillnad per mätare", "Ingen mätare har kunnat bedömas.")
    share = 100.0 / pl.col("actual_kwh").abs()
    shown = known.select(
        "meter_id",
        *((pl.col(c) * share).alias(n) for c, n in _BANDS.items()),
        pl.col("covers_zero").alias("covers"),
    ).sort("value", "meter_id").with_columns(pl.int_range(1, pl.len() + 1).alias("place")).head(MAX_ROWS)  # fmt: skip
    held = int(shown["covers"].sum())
    title = f"Bandet rymmer noll för {held} av {text.counted(shown.height, 'mätare', 'mätare')}"
    middle = text.number(shown["value"].abs().median(), 1)  # type: ignore[arg-type]
    sentence = (
        f"Punkter med streck, en per mätare: modell minus mätare i procent av mätt, från minst till störst. {title}; "
        f"skillnaden är {middle} procent i median, oavsett tecken."
    )
    table = shown.select(
        pl.col("meter_id").alias("Mätare"),
        pl.col("value").alias("Modell minus mätare (%)"),
        pl.col("low").alias("Undre gräns (%)"),
        pl.col("high").alias("Övre gräns (%)"),
    )
    return draw(
        key, title, sentence, table, lambda width: _bands(shown, width),
        decimals=dict.fromkeys(table.columns, 1),
        note=f"Punkt: modell minus mätare över jämförelseperioden. Streck: 90{text.NBSP}%-bandet. Fylld punkt: bandet "
        "rymmer noll. Ring: det gör det inte. Utan projekt mellan perioderna är skillnaden modellens fel.",
    )  # fmt: skip


_BANDS = {"difference_kwh": "value", "band_low_kwh": "low", "band_high_kwh": "high"}


def _bands(shown: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    base = alt.Chart(shown)
    x = alt.X("place:Q", title="Mätare, från minst till störst skillnad",
              axis=alt.Axis(format="d", tickMinStep=1, tickCount=5 if is_narrow(width) else 10, grid=False),
              scale=alt.Scale(domain=[0, shown.height + 1], nice=False))  # fmt: skip
    y = alt.Y("low:Q", title="Modell minus mätare (%)", axis=alt.Axis(format=",.0f"))
    rules = base.mark_rule(strokeWidth=1.4, opacity=0.7).encode(x=x, y=y, y2="high:Q")
    size = 45 if shown.height < 60 else 18
    points = base.encode(x=x, y=alt.Y("value:Q"))
    inside = points.transform_filter("datum.covers").mark_point(filled=True, size=size, color=theme.BLUE, opacity=1)
    outside = points.transform_filter("!datum.covers").mark_point(
        filled=False, size=size, color=theme.VERMILION, strokeWidth=2, opacity=1
    )
    zero = alt.Chart(pl.DataFrame({"zero": [0]})).mark_rule(color=theme.INK, strokeWidth=1).encode(y="zero:Q")
    return sized(rules + zero + inside + outside, width, 300)


def months(frame: pl.DataFrame, key: str, name: str, error_pct: float | None) -> Chart:
    """Return metered energy beside the prediction by month of one meter; `error_pct` its daily CV(RMSE) [%]."""
    heading = f"{name}: fel per dygn {text.percent(error_pct)}"
    if frame.is_empty():
        return empty(key, heading, "Inga månader har både mätvärden och modell.")
    shown = frame.select(
        "month", (pl.col("metered_kwh") / 1e3).alias("metered"), (pl.col("predicted_kwh") / 1e3).alias("baseline")
    )
    table = shown.select(
        pl.col("month").alias("Månad"),
        pl.col("metered").alias("Uppmätt (MWh)"),
        pl.col("baseline").alias("Modell (MWh)"),
    )
    sentence = f"Staplar för uppmätt energi och prickar för modellen, per månad, mätare {name}."
    return draw(
        key, heading, sentence, table, lambda width: against(shown, width, True),
        decimals=dict.fromkeys(table.columns, 1),
        note="Stapel: uppmätt. Punkt med streckad linje: modellen. Bara timmar med både mätvärde och modell.",
    )  # fmt: skip


def errors(found: pl.DataFrame, key: str) -> Chart:
    """Return how the daily errors spread over the meters, as a dot for each."""
    known = found.drop_nulls("cvrmse_daily_pct").with_columns(pl.col("carrier").fill_null("alla"))
    if known.is_empty():
        return empty(key, "Fel per dygn", "Ingen mätare har kunnat bedömas.")
    shown = known.select("meter_id", "cvrmse_daily_pct", _carrier_word().alias("word")).head(MAX_ROWS)
    middle = text.percent(shown["cvrmse_daily_pct"].median())  # type: ignore[arg-type]
    title = f"Felet per dygn är {middle} i median"
    table = shown.sort("word", "cvrmse_daily_pct").select(
        pl.col("word").alias("Energislag"),
        pl.col("meter_id").alias("Mätare"),
        pl.col("cvrmse_daily_pct").alias("CV(RMSE) dygn (%)"),
    )
    sentence = f"Punktdiagram, en punkt per mätare och en rad per energislag: CV(RMSE) per dygn. {title}."
    return draw(
        key, title, sentence, table, lambda width: _strip(shown, width), decimals=dict.fromkeys(table.columns, 1),
        note="En punkt per mätare: hur mycket modellen i genomsnitt missar ett dygn, i procent av ett medeldygn.",
    )  # fmt: skip


def _carrier_word() -> pl.Expr:
    return pl.col("carrier").map_elements(lambda c: text.capital(text.code("carrier", c)), return_dtype=pl.String)


def _strip(shown: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    words = shown["word"].unique().sort().to_list()
    x = alt.X("cvrmse_daily_pct:Q", title="CV(RMSE) per dygn (%)",
              axis=alt.Axis(format=",.0f", tickCount=5 if is_narrow(width) else 10))  # fmt: skip
    y = alt.Y("word:N", sort=words, axis=alt.Axis(title=None, grid=False, ticks=False, domain=False, labelLimit=140))
    ticks = alt.Chart(shown).mark_point(filled=True, size=40, opacity=0.55, color=theme.BLUE).encode(x=x, y=y)
    middle = alt.Chart(shown.group_by("word").agg(pl.col("cvrmse_daily_pct").median()))
    marks = middle.mark_tick(thickness=2.5, size=26, color=theme.INK).encode(x="cvrmse_daily_pct:Q", y=y)
    return sized(ticks + marks, width, 90 + 50 * len(words))
