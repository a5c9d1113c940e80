"""A year month by month: budget, outcome and forecast with its band. Every figure comes from the marts."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from dashboards import text, theme
from dashboards.charts.base import Chart, draw, empty, is_narrow, sized
from dashboards.options import AmountUnit

BASES = ("outcome", "accrued", "forecast")
NO_YEAR = "Varken utfall eller prognos finns för året."
_ROOM = {False: 1, True: 3}  # empty places after the last month, for the word of the budget; more on small screens


def chart(budget: pl.DataFrame, months: pl.DataFrame, key: str, unit: AmountUnit, name: str, year: int) -> Chart:
    """Return the chart of `year`.

    `budget` holds rows of `budget_month` and `months` rows of `forecast_monthly` of one facility and carrier. Where no
    forecast was made the outcome of `budget_month` is drawn.
    """
    shown = _months(budget, months, year)
    head = f"Budget och utfall {year}, {name}"
    if shown.get_column("value").null_count() == shown.height:
        reasons = pl.concat([f.get_column("reason") for f in (months, budget)]).drop_nulls()
        return empty(key, head, text.sentence(text.why(reasons[0])) if len(reasons) else NO_YEAR)
    word = text.AMOUNT_UNITS[unit][1]
    scale = text.AMOUNT_UNITS[unit][0]
    drawn = shown.with_columns(pl.col(c) / scale for c in ("value", "low", "high", "budget"))
    title = _title(shown, unit, name)
    table = drawn.select(
        pl.col("month").alias("Månad"),
        pl.col("basis").replace_strict(text.CODES["basis"], default=None, return_dtype=pl.String).alias("Visar"),
        pl.col("value").alias(f"Utfall eller prognos ({word})"),
        pl.col("low").alias(f"Undre gräns ({word})"),
        pl.col("high").alias(f"Övre gräns ({word})"),
        pl.col("budget").alias(f"Budget ({word})"),
        (pl.col("energy") / 1e3).alias("Energi (MWh)"),
        (pl.col("budget_energy") / 1e3).alias("Budgeterad energi (MWh)"),
    )
    table = table.select(c for c in table.columns if table[c].null_count() < table.height)
    return draw(
        key,
        title,
        f"Staplar per månad {year}, {name}: {_parts(shown)}. {title}.",
        table,
        lambda width: _draw(drawn, width, word),
        decimals={c: 1 for c in table.columns if unit != "SEK" or "MWh" in c},
        note=_note(shown),
    )


def _months(budget: pl.DataFrame, months: pl.DataFrame, year: int) -> pl.DataFrame:
    """Return month, basis, value, low, high, budget [SEK] and energies [kWh], one row per month known of `year`."""
    of_year = pl.col("month").dt.year() == year
    planned = budget.filter(of_year).select(
        "month",
        pl.col("budget_sek").alias("budget"),
        pl.col("budget_kwh").alias("budget_energy"),
        "outcome_sek",
        "outcome_kwh",
    )
    told = months.filter(of_year).select(
        "month",
        "basis",
        pl.col("amount_sek").alias("value"),
        pl.col("amount_sek_low").alias("low"),
        pl.col("amount_sek_high").alias("high"),
        pl.col("energy_kwh").alias("energy"),
    )
    both = planned.join(told, on="month", how="full", coalesce=True).sort("month")
    ahead = pl.col("basis") == "forecast"
    return both.with_columns(
        value=pl.coalesce("value", "outcome_sek"),
        energy=pl.coalesce("energy", "outcome_kwh"),
        basis=pl.when(pl.coalesce("value", "outcome_sek").is_not_null()).then(pl.col("basis").fill_null("outcome")),
        low=pl.when(ahead).then("low"),
        high=pl.when(ahead).then("high"),
    )


def _title(shown: pl.DataFrame, unit: AmountUnit, name: str) -> str:
    known = shown.filter(pl.col("basis").is_in(["outcome", "accrued"])).drop_nulls(["value", "budget"])
    who = text.capital(name)
    if known.is_empty():
        ahead = shown.filter(pl.col("basis") == "forecast").height
        said = f"prognos för {text.counted(ahead, 'månad', 'månader')}" if ahead else "utfall"
        return f"{who}: {said}, ingen budget att jämföra med" if shown["budget"].null_count() else f"{who}: {said}"
    off = float((known["value"] - known["budget"]).sum())
    until = text.MONTHS[known["month"].max().month - 1]  # type: ignore[union-attr]
    side = "på budget" if round(off) == 0 else f"{text.amount(abs(off), unit)} {'över' if off > 0 else 'under'} budget"
    partly = ", delvis uppskattat," if "accrued" in known["basis"] else ""
    return f"{who}: utfallet till och med {until}{partly} är {side}"


def _parts(shown: pl.DataFrame) -> str:
    counts = dict(shown.drop_nulls("basis").group_by("basis").len().iter_rows())
    parts = [f"{text.CODES['basis'][b]} {text.counted(counts[b], 'månad', 'månader')}" for b in BASES if b in counts]
    return text.listing(parts) + (", budget som streck" if shown["budget"].null_count() < shown.height else "")


def _note(shown: pl.DataFrame) -> str:
    bases = set(shown["basis"].drop_nulls())
    said = ["Fylld stapel: utfall."] if "outcome" in bases else []
    said += ["Genomskinlig stapel: uppskattat utfall, fakturan har inte kommit."] if "accrued" in bases else []
    said += ["Streckad stapel: prognos, med band."] if "forecast" in bases else []
    said += ["Tvärstreck: budget."] if shown["budget"].null_count() < shown.height else []
    return " ".join([*said, "Exklusive moms."])


def _draw(shown: pl.DataFrame, width: int, unit: str) -> alt.TopLevelMixin:
    narrow = is_narrow(width)
    short = [(m[:1].upper() if narrow else m) for m in text.SHORT_MONTHS]
    places = [*range(1, 13), *range(13, 13 + _ROOM[narrow])]
    frame = shown.with_columns(at=pl.col("month").dt.month().cast(pl.Int64)).drop("month")
    names = str(["", *short, *([""] * 4)])
    axis = alt.Axis(title=None, grid=False, labelAngle=0, ticks=False, labelExpr=f"{names}[datum.value]")
    x = alt.X("at:O", axis=axis, scale=alt.Scale(domain=places, paddingInner=0.25, paddingOuter=0.1))
    y = alt.Y("value:Q", title=unit, axis=alt.Axis(format=",.1~f"))
    base = alt.Chart(frame)
    looks: dict[str, dict[str, Any]] = {
        "outcome": {"color": theme.BLUE},
        "accrued": {"color": theme.BLUE, "fillOpacity": 0.35, "stroke": theme.BLUE, "strokeWidth": 1.5},
        "forecast": {"fillOpacity": 0.0, "stroke": theme.BLUE, "strokeWidth": 1.5, "strokeDash": [4, 3]},
    }
    layers = [
        base.transform_filter(f"datum.basis == '{basis}'").mark_bar(**look).encode(x=x, y=y)
        for basis, look in looks.items()
    ]
    layers.append(base.mark_rule(strokeWidth=1.4).encode(x=x, y="low:Q", y2="high:Q"))
    size = 15 if narrow else 44
    layers.append(
        base.mark_tick(orient="horizontal", thickness=3, size=size, color=theme.INK, opacity=1).encode(
            x=x, y="budget:Q"
        )
    )
    return sized(
        alt.LayerChart(layer=[*layers, *_words(frame, x, 12 if narrow else 13)]), width, 230 if narrow else 280
    )


def _words(frame: pl.DataFrame, x: alt.X, size: int) -> list[alt.Chart]:
    """Return the direct labels: the budget beside its last mark, outcome and forecast over their first bar."""
    top = max(float(frame[c].max() or 0.0) for c in ("value", "high", "budget")) * 1.1  # type: ignore[arg-type]
    last = frame.drop_nulls("budget").sort("at").tail(1)
    labels = [{"at": last["at"][0] + 1, "y": last["budget"][0], "text": "budget"}] if last.height else []
    for basis, word in (("outcome", "utfall"), ("forecast", "prognos")):
        first = frame.filter(pl.col("basis") == basis).sort("at").head(1)
        labels += [{"at": first["at"][0], "y": top, "text": word}] if first.height else []
    if not labels:
        return []
    words = alt.Chart(pl.DataFrame(labels)).mark_text(align="left", dx=10 - size, baseline="middle", fontSize=size)
    return [words.encode(x=x, y="y:Q", text="text:N")]
