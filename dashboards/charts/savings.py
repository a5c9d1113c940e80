"""Avoided energy and avoided cost per month, with their bands. The figures come from the mart."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboards import honesty, text, theme
from dashboards.charts.base import Chart, draw, empty, sized, time_axis
from dashboards.options import AmountUnit

NOT_ASSESSED = "Besparingen har inte kunnat bedömas för någon månad."


def cost(frame: pl.DataFrame, key: str, unit: AmountUnit, carrier: str, placebo: bool = False) -> Chart:
    """Return avoided cost per month of one project and carrier, from its rows of `savings_monthly`."""
    name = text.code("carrier", carrier)
    known = frame.drop_nulls("avoided_cost_sek").sort("month")
    if known.is_empty():
        return empty(key, f"Undviken kostnad för {name}", _why(frame))
    head = text.AMOUNT_UNITS[unit][1]
    shown = known.select(
        "month",
        *(
            (pl.col(f"avoided_cost_sek{s}") / text.AMOUNT_UNITS[unit][0]).alias(f"value{s}")
            for s in ("", "_low", "_high")
        ),
    )
    table = shown.select(
        pl.col("month").alias("Månad"),
        pl.col("value").alias(f"{'Skillnad' if placebo else 'Undviken kostnad'} ({head})"),
        pl.col("value_low").alias(f"Undre gräns ({head})"),
        pl.col("value_high").alias(f"Övre gräns ({head})"),
    )
    by_meter = honesty.measured(known, "avoided_cost_sek")
    title = _cost_title(known, name, unit, by_meter, placebo)
    return draw(
        key,
        title,
        f"Staplar per månad, {name}, {text.month(known['month'][0])} till {text.month(known['month'][-1])}. {title}.",
        table,
        lambda width: _bars(shown, width, head, not by_meter),
        decimals={c: 1 for c in table.columns if unit != "SEK"},
        note=_cost_note(by_meter, placebo),
    )


def _cost_title(known: pl.DataFrame, name: str, unit: AmountUnit, by_meter: bool, placebo: bool) -> str:
    if by_meter:
        total = float(known.get_column("avoided_cost_sek").sum())
        word = "högre" if total < 0 else "lägre"
        months = text.counted(known.height, "månad", "månader")
        return f"{text.capital(name)}: {text.amount(abs(total), unit)} {word} kostnad på {months}, {honesty.MEASURED}"
    if placebo:
        rest = honesty.counts(known, "avoided_cost_sek")[2]
        return f"Metodprov, {name}: bandet innehåller noll i {rest} av {text.counted(known.height, 'månad', 'månader')}"
    return honesty.months(name, known, "avoided_cost_sek", "lägre kostnad", "högre kostnad")


def _cost_note(by_meter: bool, placebo: bool) -> str:
    if by_meter:
        return (
            "Stapel: vad projektets egen energi gjorde med kostnaden, exklusive moms. Mätaren hör till projektet: utan "
            "projektet hade den stått på noll, så inget är modellerat och det finns inget band."
        )
    what = "baslinjens kostnad minus den verkliga" if placebo else "undviken kostnad"
    below = "Under noll är det verkliga dyrare." if placebo else "Under noll kostade energin mer än utan projektet."
    return f"Stapel: {what}, exklusive moms. Streck: 90{text.NBSP}%-bandet. {below}"


def energy(frame: pl.DataFrame, key: str, carrier: str, placebo: bool = False) -> Chart:
    """Return metered energy beside the adjusted baseline per month, from rows of `savings_monthly`."""
    name = text.code("carrier", carrier)
    known = frame.drop_nulls(["metered_kwh", "adjusted_baseline_kwh"]).sort("month")
    if known.is_empty():
        return empty(key, f"Uppmätt mot justerad baslinje, {name}", _why(frame))
    shown = known.select(
        "month",
        (pl.col("metered_kwh") / 1e3).alias("metered"),
        (pl.col("adjusted_baseline_kwh") / 1e3).alias("baseline"),
    )
    by_meter = honesty.measured(known, "avoided_energy_kwh")
    title = _energy_title(known, name, by_meter, placebo)
    sentence = f"Staplar för uppmätt energi och prickar för den justerade baslinjen, per månad. {title}."
    table = shown.select(
        pl.col("month").alias("Månad"),
        pl.col("metered").alias("Uppmätt (MWh)"),
        pl.col("baseline").alias("Justerad baslinje (MWh)"),
    )
    return draw(
        key,
        title,
        sentence,
        table,
        lambda width: against(shown, width, not by_meter),
        decimals=dict.fromkeys(table.columns, 1),
        note="Stapel: uppmätt. Mätaren hör till projektet, så baslinjen är noll."
        if by_meter
        else "Stapel: uppmätt. Punkt med streckad linje: justerad baslinje, det vill säga basperiodens modell "
        "med rapportperiodens väder och drift.",
    )


def _energy_title(known: pl.DataFrame, name: str, by_meter: bool, placebo: bool) -> str:
    if by_meter:
        used = text.energy(float(known.get_column("metered_kwh").sum()))
        return f"{text.capital(name)}: projektet har använt {used}, mätt med egen mätare"
    banded = known.drop_nulls(["avoided_energy_kwh_low", "avoided_energy_kwh_high"])
    if banded.height == known.height and not placebo:
        return honesty.months(name, known, "avoided_energy_kwh", "mindre energi än baslinjen", "mer energi")
    below = known.filter(pl.col("metered_kwh") < pl.col("adjusted_baseline_kwh")).height
    months = text.counted(known.height, "månad", "månader")
    who = f"Metodprov, {name}" if placebo else text.capital(name)
    return f"{who}: uppmätt energi under baslinjen i {below} av {months}"


def _why(frame: pl.DataFrame) -> str:
    reasons = frame.get_column("reason").drop_nulls()
    return text.sentence(text.why(reasons[0])) if len(reasons) else NOT_ASSESSED


def _bars(shown: pl.DataFrame, width: int, unit: str, banded: bool) -> alt.TopLevelMixin:
    x = alt.X("yearmonth(month):T", axis=time_axis(width))
    base = alt.Chart(shown)
    y = alt.Y("value:Q", title=unit, axis=alt.Axis(format=",.1~f"))
    bars = base.mark_bar(color=theme.GREEN if banded else theme.BLUE).encode(x=x, y=y)
    middle = alt.X("mid:T")
    rules = base.transform_calculate(mid="datetime(year(datum.month), month(datum.month), 15)").mark_rule(
        strokeWidth=1.4
    )
    zero = alt.Chart(pl.DataFrame({"zero": [0]})).mark_rule(color=theme.INK, strokeWidth=1).encode(y="zero:Q")
    if not banded:
        return sized(bars + zero, width, 260)
    return sized(bars + rules.encode(x=middle, y=alt.Y("value_low:Q"), y2="value_high:Q") + zero, width, 260)


def against(shown: pl.DataFrame, width: int, baseline: bool) -> alt.TopLevelMixin:
    """Return bars of `metered` and, with `baseline`, points of `baseline` by `month` [MWh]."""
    base = alt.Chart(shown)
    y = alt.Y("metered:Q", title="MWh", axis=alt.Axis(format=",.1~f"))
    bars = base.mark_bar(color=theme.BLUE).encode(x=alt.X("yearmonth(month):T", axis=time_axis(width)), y=y)
    if not baseline:
        return sized(bars, width, 260)
    middle = base.transform_calculate(mid="datetime(year(datum.month), month(datum.month), 15)").encode(
        x="mid:T", y="baseline:Q"
    )
    line = middle.mark_line(strokeDash=[4, 3], color=theme.INK, strokeWidth=1.5)
    dots = middle.mark_point(filled=True, size=30, color=theme.INK, opacity=1)
    return sized(bars + line + dots, width, 260)
