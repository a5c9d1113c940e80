"""The pictures of an energy store: what it holds, its months, its heat pump against the conditions, what it earned."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboards import text, theme
from dashboards.charts.base import Chart, draw, empty, is_narrow, sized, time_axis
from dashboards.options import AmountUnit

MONTHS_SHOWN = 48
_LARGE_KWH = 10_000.0  # shown in MWh from here on
_STORED = {"charged_kwh": "laddat", "drawn_kwh": "taget ur lagret", "loss_kwh": "förlust"}


def content(days: pl.DataFrame, key: str) -> Chart:
    """Return what the store holds by the day, with its usable band; `days` are rows of the mart `storage_daily`."""
    known = days.filter(pl.col("content_kwh").is_not_null() | pl.col("content_balance_kwh").is_not_null())
    if known.is_empty():
        return empty(
            key,
            "Lagrets innehåll",
            "Varken temperaturen eller den summerade balansen är känd: se listan sist på sidan.",
        )
    by_heat = known.get_column("content_kwh").is_not_null().any()
    column = "content_kwh" if by_heat else "content_balance_kwh"
    shown = known.drop_nulls(column).sort("day")
    top = shown.sort(column, descending=True).row(0, named=True)
    capacities = shown.get_column("capacity_kwh").drop_nulls().to_list()
    capacity = float(capacities[0]) if capacities else None
    share = f", {text.percent(100 * top[column] / capacity, 0)} av det användbara" if capacity else ""
    unit, size = content_unit(shown.get_column(column))
    most = f"{text.number(top[column] / size)}{text.NBSP}{unit}"
    title = f"Lagret var fullast {text.day(top['day'])}: {most}{share}"
    how = "lagrets temperatur" if by_heat else "den summerade balansen"
    table = shown.group_by(pl.col("day").dt.truncate("1mo").alias("Månad"), maintain_order=True).agg(
        (pl.col(column).mean() / size).alias(f"Innehåll, medel ({unit})"),
        (pl.col("content_balance_kwh").mean() / size).alias(f"Enligt balansen, medel ({unit})"),
        pl.col("store_temperature_c").mean().alias("Temperatur, medel (°C)"),
    )
    return draw(
        key, title, f"Linje över lagrets innehåll per dygn enligt {how}. {title}.",
        table, lambda width: _content(shown, column, capacity, width, (unit, size)),
        decimals=dict.fromkeys(table.columns[1:], 1),
        note=f"Heldragen linje: enligt {how}. "
        + ("Ytan är osäkerheten. Streckad linje: summan av laddat minus uttag och förluster. " if by_heat else "")
        + ("Vågräta linjer: tomt och fullt lager." if capacity else "Hur mycket som är användbart är inte angivet."),
    )  # fmt: skip


def content_unit(content_kwh: pl.Series) -> tuple[str, float]:
    """Return (unit, kWh in it) that the content of a store of this size is shown in."""
    most = content_kwh.max()
    return ("MWh", 1000.0) if isinstance(most, float) and most >= _LARGE_KWH else ("kWh", 1.0)


def _content(
    shown: pl.DataFrame, column: str, capacity: float | None, width: int, unit: tuple[str, float]
) -> alt.TopLevelMixin:
    beside = ("content_kwh_low", "content_kwh_high", "content_balance_kwh") if column == "content_kwh" else ()
    wide = shown.gather_every(4 if is_narrow(width) else 2).select(
        "day", *(pl.col(c) / unit[1] for c in (column, *beside))
    )
    x = alt.X("day:T", axis=time_axis(width))
    base = alt.Chart(wide)
    y = alt.Y(f"{column}:Q", title=f"Innehåll ({unit[0]})", axis=alt.Axis(format=",.2~f"))
    drawn: alt.Chart | alt.LayerChart = base.mark_line(color=theme.BLUE, strokeWidth=2).encode(x=x, y=y)
    if column == "content_kwh":
        area = base.mark_area(opacity=0.2, color=theme.BLUE)
        balance = base.mark_line(color=theme.VERMILION, strokeDash=[5, 3], strokeWidth=1.4)
        drawn = drawn + area.encode(x=x, y="content_kwh_low:Q", y2="content_kwh_high:Q")
        drawn = drawn + balance.encode(x=x, y="content_balance_kwh:Q")
    if capacity:
        edges = pl.DataFrame({"at": [0.0, capacity / unit[1]], "word": ["tomt", "fullt"]})
        rules = alt.Chart(edges).mark_rule(strokeDash=[2, 2], opacity=0.7).encode(y="at:Q")
        words = alt.Chart(edges).mark_text(align="left", dx=4, dy=-6).encode(y="at:Q", x=alt.value(0), text="word:N")
        drawn = drawn + rules + words
    return sized(drawn, width, 280)


def months(frame: pl.DataFrame, key: str) -> Chart:
    """Return charged, taken out and lost by month; `frame` holds rows of the mart `storage_monthly`."""
    recent = frame.sort("month").tail(MONTHS_SHOWN)
    there = [c for c in _STORED if recent.get_column(c).is_not_null().any()]
    if not there:
        reason = recent.get_column("balance_reason").drop_nulls()
        return empty(key, "Laddat och uttaget per månad", text.sentence(text.why(reason[0] if len(reason) else None)))
    wide = recent.select("month", *(pl.col(c) / 1000 for c in there))
    summed = {c: float(wide.get_column(c).sum()) for c in there}
    parts = [f"{_STORED[c]} {text.number(summed[c])}{text.NBSP}MWh" for c in there]
    title = f"{text.capital(_span(wide))}: {text.listing(parts)}"
    table = wide.rename({"month": "Månad", **{c: f"{text.capital(_STORED[c])} (MWh)" for c in there}})
    return draw(
        key, title, f"Staplar per månad, en rad vardera för {text.listing([_STORED[c] for c in there])}. {title}.",
        table, lambda width: _months(wide, there, width), decimals=dict.fromkeys(table.columns[1:], 1),
        note="Alla rader har samma skala. Förlusten är vad balansen saknar i månaden, och kan bli något under noll när "
        "givarens osäkerhet är större än förlusten.",
    )  # fmt: skip


def _span(frame: pl.DataFrame) -> str:
    """Return the months of a frame in words."""
    return f"{text.month(frame['month'][0])} till {text.month(frame['month'][-1])}"


def _months(wide: pl.DataFrame, there: list[str], width: int) -> alt.TopLevelMixin:
    long = wide.unpivot(index="month", on=there, variable_name="series").drop_nulls()
    long = long.with_columns(pl.col("series").replace_strict(_STORED))
    x = alt.X("yearmonth(month):T", axis=time_axis(width))
    y = alt.Y("value:Q", title="MWh", axis=alt.Axis(format=",.2~f", tickCount=3))
    panels: alt.FacetChart = (
        alt.Chart(long)
        .mark_bar(color=theme.BLUE)
        .encode(x=x, y=y)
        .properties(width=width - (70 if is_narrow(width) else 80), height=70)
        .facet(
            row=alt.Row(
                "series:N",
                sort=[_STORED[c] for c in there],
                title=None,
                header=alt.Header(labelOrient="top", labelAnchor="start", labelPadding=2),
            ),
            spacing=8,
        )
    )
    return panels


def performance(days: pl.DataFrame, key: str, why: str) -> Chart:
    """Return the heat pump's days against the conditions, the reference year apart; rows of the mart `storage_cop`."""
    known = days.drop_nulls(["cop", "condition"]).sort("day")
    if known.is_empty():
        return empty(key, "Värmepumpens värmefaktor mot villkoren", text.sentence(text.why(why or None)))
    name = known.get_column("condition_name")[0]
    title = _performed(known)
    table = known.group_by(pl.col("day").dt.truncate("1mo").alias("Månad"), maintain_order=True).agg(
        pl.col("cop").mean().alias("Värmefaktor, medel av dygn"),
        pl.col("expected_cop").mean().alias("Enligt referensen"),
        pl.col("condition").mean().alias(f"{text.capital(name)}, medel"),
    )
    return draw(
        key, title, f"Punktdiagram, värmefaktor per dygn mot {name}. {title}.", table,
        lambda width: _performance(known, name, width),
        decimals={table.columns[1]: 2, table.columns[2]: 2, table.columns[3]: 1},
        note="Ring: referensåret. Fylld triangel: därefter. Kryss: vad referensen, anpassad till referensåret, "
        "väntar vid dagens villkor och last. Medlen är av dygn: ett dygn med lite värme "
        "väger lika mycket som ett med mycket.",
    )  # fmt: skip


def _performed(known: pl.DataFrame) -> str:
    """Return the days after the reference year against what it expects of them; of the year alone where none came."""
    later = known.filter(~pl.col("is_reference")).drop_nulls("expected_cop")
    rows, head = (later, "Efter referensåret: värmefaktor") if later.height else (known, "Värmefaktor")
    days = f"i medel av {text.counted(rows.height, 'dygn', 'dygn')}"
    cop, expected = (text.number(float(rows[c].mean() or 0.0), 2) for c in ("cop", "expected_cop"))  # type: ignore[arg-type]
    return f"{head} {cop} {days}" + (f", referensen väntade {expected} vid samma villkor" if later.height else "")


def _performance(known: pl.DataFrame, name: str, width: int) -> alt.TopLevelMixin:
    shown = known.gather_every(3 if is_narrow(width) else 1)
    x = alt.X("condition:Q", title=text.capital(name), scale=alt.Scale(zero=False, padding=12),
              axis=alt.Axis(format=",.2~f", tickCount=6))  # fmt: skip
    y = alt.Y("cop:Q", title="Värmefaktor", axis=alt.Axis(format=",.1f"), scale=alt.Scale(zero=False, padding=12))
    base = alt.Chart(shown.select("condition", "cop", "expected_cop", "is_reference"))
    first = base.transform_filter("datum.is_reference").mark_point(
        shape="circle", size=18, opacity=0.6, strokeWidth=1, color=theme.BLUE
    )
    later = base.transform_filter("!datum.is_reference").mark_point(
        shape="triangle-up", size=18, opacity=0.6, filled=True, color=theme.VERMILION
    )
    expected = base.mark_point(shape="cross", size=10, opacity=0.5, strokeWidth=0.8, color=theme.INK)
    return sized(first.encode(x=x, y=y) + later.encode(x=x, y=y) + expected.encode(x=x, y="expected_cop:Q"), width, 320)


def net(frame: pl.DataFrame, key: str, unit: AmountUnit) -> Chart:
    """Return what the store earned by month, value less electricity; rows of the mart `storage_monthly`."""
    recent = frame.sort("month").tail(MONTHS_SHOWN)
    known = recent.drop_nulls("net_value_sek")
    if known.is_empty():
        reasons = recent.get_column("reason").drop_nulls()
        return empty(key, "Netto per månad", text.sentence(text.why(reasons[0] if len(reasons) else None)))
    scale, head = text.AMOUNT_UNITS[unit][0], text.AMOUNT_UNITS[unit][1]
    lost = known.filter(pl.col("net_value_sek") < 0).height
    worth = text.amount(float(known.get_column("net_value_sek").sum()), unit)
    title = f"Lagret gav {worth} netto {_span(known)}; {text.counted(lost, 'månad', 'månader')} med förlust"
    unknown = recent.get_column("net_value_sek").null_count()
    if unknown:
        title = (
            f"{text.counted(unknown, 'månad', 'månader')} kan inte bedömas; de andra "
            f"{text.counted(known.height, 'månaden', 'månaderna')} gav {worth} netto"
        )
    columns = {"value_sek": "Värde", "electricity_cost_sek": "Elens kostnad", "net_value_sek": "Netto",
               "net_value_sek_low": "Netto, undre gräns", "net_value_sek_high": "Netto, övre gräns"}  # fmt: skip
    table = known.select(
        pl.col("month").alias("Månad"), *((pl.col(c) / scale).alias(f"{h} ({head})") for c, h in columns.items())
    )
    drawn = known.select("month", value=pl.col("net_value_sek") / scale)
    return draw(
        key, title, f"Staplar per månad: värde av urladdningen minus elens kostnad. {title}.", table,
        lambda width: _net(drawn, head, width), decimals={c: 1 for c in table.columns if unit != "SEK"},
        note="Räkningarna är körda om med och utan lagret, exklusive moms. Månader med förlust ligger under noll och "
        "har annan färg.",
    )  # fmt: skip


def _net(drawn: pl.DataFrame, head: str, width: int) -> alt.TopLevelMixin:
    colour = alt.condition("datum.value < 0", alt.value(theme.VERMILION), alt.value(theme.BLUE))
    bars = (
        alt.Chart(drawn)
        .mark_bar()
        .encode(
            x=alt.X("yearmonth(month):T", axis=time_axis(width)),
            y=alt.Y("value:Q", title=f"Netto ({head})", axis=alt.Axis(format=",.2~f")),
            color=colour,
        )
    )
    return sized(bars, width, 240)
