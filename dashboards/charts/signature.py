"""The energy signature: mean power of each day against outdoor temperature, before and after."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboards import text, theme
from dashboards.charts.base import MAX_ROWS, Chart, draw, empty, is_narrow, sized

PHASES = ("before", "after")
STEP_C = 2  # width of a temperature class


def chart(frame: pl.DataFrame, key: str, name: str) -> Chart:
    """Return the signature of one metering point, from its rows of the mart `signature`."""
    days = frame.filter(pl.col("phase").is_in(PHASES)).drop_nulls(["mean_power_kw", "air_temperature_c"])
    if days.is_empty():
        return empty(key, f"Energisignatur för {name}", "Det finns inga dygn med både effekt och utetemperatur.")
    days = days.sort("day").gather_every(max(1, -(-days.height // MAX_ROWS)))
    classes = _classes(days)
    table = classes.pivot(on="phase", index="class_c", values=["power", "days"]).sort("class_c")
    table = table.select(
        pl.col("class_c").alias("Utetemperatur, mitt (°C)"),
        *(
            pl.col(c).alias(h)
            for c, h in (
                ("power_before", "Före (kW)"),
                ("power_after", "Efter (kW)"),
                ("days_before", "Dygn före"),
                ("days_after", "Dygn efter"),
            )
            if c in table.columns
        ),
    )
    title = _title(classes, name)
    lengths = {p: days.filter(pl.col("phase") == p).height for p in PHASES}
    counts = text.listing([f"{text.number(n)} dygn {text.code('phase', p)}" for p, n in lengths.items()])
    lacking = [text.code("phase", p) for p, n in lengths.items() if n == 0]
    only = f" Det finns inga dygn {lacking[0]}." if lacking else ""
    sentence = f"Punktdiagram, dygnsmedeleffekt mot utetemperatur för {name}, {counts}. {title}."
    return draw(
        key,
        title,
        sentence,
        table,
        lambda width: _draw(days, classes, width),
        note=f"Ring: dygn före. Fylld triangel: dygn efter. Linjerna är medelvärdet i varje klass om {STEP_C} "
        "grader, heldragen före och streckad efter; klassernas värden står i tabellen. Uteslutna dygn och "
        f"genomförandetiden visas inte. Alla dygn finns i arbetsboken.{only}",
    )


def _classes(days: pl.DataFrame) -> pl.DataFrame:
    """Return the mean power of each temperature class that holds at least five days."""
    middle = (pl.col("air_temperature_c") / STEP_C).floor() * STEP_C + STEP_C / 2
    return (
        days.group_by("phase", middle.alias("class_c"))
        .agg(pl.col("mean_power_kw").mean().alias("power"), pl.len().cast(pl.Int64).alias("days"))
        .filter(pl.col("days") >= 5)
        .sort("phase", "class_c")
    )


def _title(classes: pl.DataFrame, name: str) -> str:
    """Return the mean power at one temperature before and after, or at two temperatures where only one phase is."""
    both = classes.pivot(on="phase", index="class_c", values="power")
    if set(PHASES) <= set(both.columns) and (pair := both.drop_nulls()).height:
        at, before, after = pair.sort((pl.col("class_c") - 1).abs()).select("class_c", *PHASES).row(0)
        return (
            f"{text.capital(name)}: vid {text.number(at)}{text.NBSP}°C var medeleffekten "
            f"{text.number(after)}{text.NBSP}kW efter, {text.number(before)}{text.NBSP}kW före"
        )
    if classes.is_empty():
        return f"{text.capital(name)}: för få dygn för att jämföra"
    top, least = (classes.sort("power", descending=d).row(0, named=True) for d in (True, False))
    return (
        f"{text.capital(name)}: medeleffekt {text.number(top['power'])}{text.NBSP}kW vid "
        f"{text.number(top['class_c'])}{text.NBSP}°C och {text.number(least['power'])}{text.NBSP}kW vid "
        f"{text.number(least['class_c'])}{text.NBSP}°C"
    )


def _draw(days: pl.DataFrame, classes: pl.DataFrame, width: int) -> alt.TopLevelMixin:
    shown = days.select("phase", "mean_power_kw", "air_temperature_c").gather_every(3 if is_narrow(width) else 1)
    colour = alt.Color(
        "phase:N", legend=None, scale=alt.Scale(domain=list(PHASES), range=[theme.BLUE, theme.VERMILION])
    )
    x = alt.X(
        "air_temperature_c:Q",
        title="Utetemperatur, dygnsmedel (°C)",
        axis=alt.Axis(format=",.0f", tickCount=6 if is_narrow(width) else 10),
        scale=alt.Scale(zero=False, padding=12),
    )
    y = alt.Y("mean_power_kw:Q", title="Medeleffekt (kW)", axis=alt.Axis(format=",.0f"))
    base = alt.Chart(shown)
    rings = base.transform_filter("datum.phase == 'before'").mark_point(
        shape="circle", size=16, opacity=0.5, strokeWidth=1
    )
    triangles = base.transform_filter("datum.phase == 'after'").mark_point(
        shape="triangle-up", size=16, opacity=0.5, filled=True
    )
    lines = alt.Chart(classes).encode(x="class_c:Q", y="power:Q")
    dash = alt.StrokeDash("phase:N", legend=None, scale=alt.Scale(domain=list(PHASES), range=[[1, 0], [6, 4]]))
    drawn = lines.mark_line(strokeWidth=2.5, color=theme.INK).encode(strokeDash=dash, detail="phase:N")
    ends = (
        classes.sort("class_c")
        .group_by("phase", maintain_order=True)
        .first()
        .with_columns(pl.col("phase").replace_strict(dict(text.CODES["phase"]), default=pl.col("phase")).alias("word"))
    )
    words = (
        alt.Chart(ends)
        .mark_text(align="right", dx=-7, fontWeight="bold")
        .encode(x="class_c:Q", y="power:Q", text="word:N")
    )
    points = rings.encode(x=x, y=y, color=colour) + triangles.encode(x=x, y=y, color=colour)
    return sized(points + drawn + words, width, 320)
