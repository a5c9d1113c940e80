"""The cost bridge: from the cost before to the cost after, step by step. The steps come from the mart."""

from __future__ import annotations

import altair as alt
import polars as pl

from dashboards import honesty, text, theme
from dashboards.charts.base import Chart, draw, empty, is_narrow, sized
from dashboards.options import AmountUnit

TOTALS = ("before", "after")
_LONGEST_REMARK = 240
NO_BRIDGE = "Bryggan behöver tolv hela månader med känd kostnad både före och efter."


def chart(frame: pl.DataFrame, key: str, unit: AmountUnit, placebo: bool = False, gap: str = "") -> Chart:
    """Return the bridge of one project and carrier; `frame` holds its rows of the mart `bridge`.

    With `placebo` no project is known, and no word may say that one did something. `gap` tells the cause of a missing
    bridge, where the caller knows it better than the mart.
    """
    steps = frame.sort("step_no").filter(
        pl.col("step").is_in(TOTALS) | pl.col("amount_sek").is_null() | (pl.col("amount_sek").abs() >= 0.005)
    )
    reasons = steps.get_column("reason").drop_nulls()
    if not _adds_up(steps):
        why = gap or (text.why(reasons[0]) if len(reasons) else NO_BRIDGE)
        return empty(key, "Kostnaden från före till efter", text.sentence(why))
    remarks = _remarks(steps, placebo)
    steps = steps.drop_nulls("amount_sek")
    shown = _positions(steps, unit, placebo)
    head = text.AMOUNT_UNITS[unit][1]
    table = shown.select(
        pl.col("label").alias("Steg"),
        pl.col("value").alias(f"Belopp ({head})"),
        pl.col("value_low").alias(f"Undre gräns ({head})"),
        pl.col("value_high").alias(f"Övre gräns ({head})"),
        *([(pl.col("energy_kwh") / 1e3).alias("Energi (MWh)")] if shown["energy_kwh"].null_count() == 0 else []),
    )
    return draw(
        key,
        _title(steps, unit, placebo),
        _sentence(shown),
        table,
        lambda width: _draw(shown, width, head),
        decimals={c: _decimals(steps, unit) if c.endswith(f"({head})") else 1 for c in table.columns[1:]},
        note=_note(steps) + remarks,
        receipts=tuple(frame.sort("step_no").get_column("evidence_key").drop_nulls()),
    )


def _adds_up(steps: pl.DataFrame) -> bool:
    """Return whether the known causes lead from before to after: a cause may lack its figure where another holds it."""
    if not steps.is_empty() and not steps.get_column("amount_sek").null_count():
        return True
    known = dict(steps.drop_nulls("amount_sek").select("step", "amount_sek").iter_rows())
    if not set(TOTALS) <= set(known) or len(known) < 3:
        return False
    between = sum(v for s, v in known.items() if s not in TOTALS)
    return bool(abs(known["before"] + between - known["after"]) < 0.05)


def _remarks(steps: pl.DataFrame, placebo: bool) -> str:
    """Return which causes have no figure, or leave out a component, and why; cut where it would fill the page."""
    told = steps.drop_nulls("reason").group_by("reason", maintain_order=True).agg("step").iter_rows()
    words = (f"{text.listing([names(placebo).get(s, s) for s in found])}: {text.why(why)}" for why, found in told)
    said = "".join(f" {text.sentence(one)}" for one in words)
    return said if len(said) <= _LONGEST_REMARK else f"{said[:_LONGEST_REMARK]}…"


def _positions(steps: pl.DataFrame, unit: AmountUnit, placebo: bool = False) -> pl.DataFrame:
    """Return the steps in display unit with where each bar starts and ends."""
    scale = text.AMOUNT_UNITS[unit][0]
    total = pl.col("step").is_in(TOTALS)
    end = (
        pl.when(total)
        .then(pl.col("value"))
        .otherwise(pl.when(pl.col("step") == "after").then(0.0).otherwise(pl.col("value")).cum_sum())
    )
    decimals = _decimals(steps, unit)
    labels = [
        text.amount(sek, unit, sign=step not in TOTALS, decimals=decimals)
        for sek, step in steps.select("amount_sek", "step").iter_rows()
    ]
    return (
        steps.with_columns(
            (pl.col("amount_sek") / scale).alias("value"),
            (pl.col("amount_sek_low") / scale).alias("value_low"),
            (pl.col("amount_sek_high") / scale).alias("value_high"),
        )
        .with_columns(end.alias("end"))
        .with_columns(pl.when(total).then(0.0).otherwise(pl.col("end") - pl.col("value")).alias("start"))
        .with_columns(
            (pl.col("start") + pl.col("value_low")).alias("low"), (pl.col("start") + pl.col("value_high")).alias("high")
        )
        .with_columns(
            pl.max_horizontal("start", "end", "high").alias("edge"),
            pl.Series("written", labels),
            pl.col("step").replace_strict(names(placebo), default=pl.col("step")).alias("label"),
            pl.when(total)
            .then(pl.lit("summa"))
            .when(pl.col("value") > 0)
            .then(pl.lit("ökning"))
            .otherwise(pl.lit("minskning"))
            .alias("direction"),
        )
    )


def _draw(shown: pl.DataFrame, width: int, unit: str) -> alt.TopLevelMixin:
    names = shown.get_column("label").to_list()
    edges = shown.select(low=pl.min_horizontal("start", "end", "low").min(), high=pl.col("edge").max()).row(0)
    room = (edges[1] - min(edges[0], 0)) * (0.62 if is_narrow(width) else 0.16)
    y = alt.Y("label:N", sort=names, title=None, axis=alt.Axis(grid=False, ticks=False, domain=False, labelLimit=140))
    x = alt.X(
        "start:Q",
        title=unit,
        scale=alt.Scale(domain=[min(edges[0], 0), edges[1] + room], nice=False),
        axis=alt.Axis(format=",.0f", tickCount=3 if is_narrow(width) else 7),
    )
    base = alt.Chart(shown.select("label", "start", "end", "low", "high", "edge", "written", "direction"))
    colour = alt.Color(
        "direction:N",
        legend=None,
        scale=alt.Scale(domain=["summa", "ökning", "minskning"], range=[theme.GREY, theme.VERMILION, theme.GREEN]),
    )
    bars = base.mark_bar(height={"band": 0.62}).encode(y=y, x=x, x2="end:Q", color=colour)
    bands = base.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=2, color=theme.INK)
    written = base.mark_text(align="left", dx=6).encode(y=y, x=alt.X("edge:Q"), text="written:N")
    return sized(bars + bands.encode(y=y, x="low:Q", x2="high:Q") + written, width, 44 + min(32 * len(names), 224))


def _decimals(steps: pl.DataFrame, unit: AmountUnit) -> int:
    """Return the decimals of every amount of the bridge: those its largest needs."""
    return text.amount_decimals(unit, *steps.get_column("amount_sek").to_list())


def _title(steps: pl.DataFrame, unit: AmountUnit, placebo: bool) -> str:
    """Return what the bridge shows; only a band that leaves zero outside is told as a finding."""
    carrier = steps.get_column("carrier")[0]
    name = "" if carrier in (None, "all") else f"{text.capital(text.code('carrier', carrier))}: "
    project = steps.filter(pl.col("step") == "project")
    if project.is_empty():
        found = dict(steps.select("step", "amount_sek").iter_rows())
        change = found.get("after", 0.0) - found.get("before", 0.0)
        word = "högre" if change > 0 else "lägre"
        return f"{name}{text.amount(abs(change), unit)} {word} kostnad efter än före"
    sek, low, high = project.select("amount_sek", "amount_sek_low", "amount_sek_high").row(0)
    worth, kind = text.amount(abs(sek), unit), honesty.verdict(sek, low, high)
    if placebo:
        told = "bandet innehåller noll" if kind == "zero" else "bandet innehåller inte noll"
        told = f", {told}" if kind in ("zero", "clear") else ""
        return (
            f"Metodprov: {name}{text.amount(sek, unit, sign=True)} tillskrivs ett datum då inget projekt är känt{told}"
        )
    who, word = "energiprojektet" if name else "Energiprojektet", "högre" if sek > 0 else "lägre"
    if kind == "clear":
        return f"{name}{who} {'höjde' if sek > 0 else 'sänkte'} kostnaden med {worth}"
    said = (
        f"{name}{worth} {word} kostnad med projektet" if kind == "measured" else f"{name}{who}: {worth} {word} kostnad"
    )
    tails = {"measured": f", {honesty.MEASURED}", "zero": f", men {honesty.NOT_TOLD_APART}", "no_band": ", utan band"}
    return said + tails[kind]


def names(placebo: bool) -> dict[str, str]:
    """Return step -> word; without a known project the step is called what it is."""
    return {**text.CODES["step"], **({"project": "Provdatumet"} if placebo else {})}


def _sentence(shown: pl.DataFrame) -> str:
    parts = [f"{label.lower()} {written}" for label, written in shown.select("label", "written").iter_rows()]
    return f"Stapeldiagram över kostnadsbryggan: {text.listing(parts)}."


def _note(steps: pl.DataFrame) -> str:
    row = steps.row(0, named=True)
    return (
        f"Jämför {text.span(row['base_from'], row['base_to'])} med "
        f"{text.span(row['reporting_from'], row['reporting_to'])}. Stegens ordning spelar ingen roll. "
        f"Strecket över en stapel är 90{text.NBSP}%-bandet. {text.ROUNDING_NOTE}"
    )
