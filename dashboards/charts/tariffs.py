"""What each component costs under two price lists, side by side. The amounts come from `energy.tariffs.compare`."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import altair as alt
import polars as pl

from dashboards import text, theme
from dashboards.charts.base import Chart, draw, empty, is_narrow, sized
from dashboards.options import AmountUnit

TOTAL = "Summa"
LONGEST_NAME = 60


def chart(
    frame: pl.DataFrame,
    totals: tuple[float | None, float | None],
    names: tuple[str, str],
    key: str,
    unit: AmountUnit,
    notes: Sequence[str] = (),
) -> Chart:
    """Return the comparison of two price lists; `frame` has component, cost_a_sek and cost_b_sek, null where unknown.

    `totals` [SEK] are null where a bill is partial, and then no list is called dearer. `names` are of A and B.
    """
    a, b = (name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…" for name in names)
    rows = _rows(frame, totals)
    if rows.drop_nulls("value").is_empty():
        return empty(key, f"{a} mot {b}", "Ingen del av någon av räkningarna kunde bedömas.")
    head, decimals = text.AMOUNT_UNITS[unit][1], _decimals(rows, unit)
    written = [
        f"{side} {text.amount_number(sek, unit, decimals=decimals) if sek is not None else 'kan inte bedömas'}"
        for side, sek in rows.select("side", "value").iter_rows()
    ]
    shown = rows.with_columns(
        (pl.col("value") / text.AMOUNT_UNITS[unit][0]).fill_null(0.0).alias("drawn"), pl.Series("written", written)
    )
    table = _table(rows, unit, head)
    return draw(
        key,
        _title(totals, a, b, unit),
        _sentence(rows, a, b, unit, decimals),
        table,
        lambda width: _draw(shown, width, head),
        decimals=dict.fromkeys(table.columns[1:], decimals),
        note=" ".join([f"A är {a}, B är {b}. Exklusive moms.", *notes]),
    )


def page(figure: Chart) -> str:
    """Return the figure as a page of its own: finding, drawing, table, terms; nothing in it is fetched."""
    drawing = theme.fixed(figure.wide, font=theme.FONT) if figure.wide else f"<p>{escape(figure.missing or '')}</p>"
    heads = "".join(f"<th scope=col>{escape(name)}" for name in figure.table.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(_cell(value, figure.decimals.get(name, 0)))}"
                         for name, value in zip(figure.table.columns, row, strict=True))
        for row in figure.table.iter_rows()
    )  # fmt: skip
    style = (
        f"body{{font:16px/1.5 {theme.FONT};max-width:800px;margin:2rem auto;padding:0 1rem;"
        "color:#1b1b1b;background:#fff}svg{max-width:100%;height:auto}table{border-collapse:collapse}"
        "th,td{padding:.3rem .8rem;text-align:right;"
        "border-bottom:1px solid #bbb}th:first-child,td:first-child{text-align:left}h1{font-size:1.4rem}"
    )
    return (
        f'<!doctype html>\n<html lang="sv"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(figure.title)}</title><style>{style}</style><h1>{escape(figure.title)}</h1>"
        f"<figure style='margin:0'>{drawing}</figure><table><thead><tr>{heads}</thead><tbody>{rows}</tbody></table>"
        f"<p>{escape(figure.note)}</p></html>\n"
    )


def _cell(value: str | float | None, decimals: int) -> str:
    if value is None:
        return "Kan inte bedömas"
    return value if isinstance(value, str) else text.number(value, decimals)


def _rows(frame: pl.DataFrame, totals: tuple[float | None, float | None]) -> pl.DataFrame:
    """Return one row per component and side, the totals last: label, side, value [SEK]."""
    rows = []
    for component, a, b in frame.select("component", "cost_a_sek", "cost_b_sek").iter_rows():
        label = text.capital(text.code("component", component))
        rows += [(label, "A", a), (label, "B", b)]
    rows += [(TOTAL, "A", totals[0]), (TOTAL, "B", totals[1])]
    return pl.DataFrame(rows, schema={"label": pl.String, "side": pl.String, "value": pl.Float64}, orient="row")


def _decimals(rows: pl.DataFrame, unit: AmountUnit) -> int:
    """Return the decimals of every amount: one where the smallest part would else be written as nothing."""
    return max((text.amount_decimals(unit, sek) for sek in rows["value"].drop_nulls()), default=0)


def _table(rows: pl.DataFrame, unit: AmountUnit, head: str) -> pl.DataFrame:
    scaled = rows.with_columns(pl.col("value") / text.AMOUNT_UNITS[unit][0])
    wide = scaled.pivot(on="side", index="label", values="value", maintain_order=True)
    return wide.select(
        pl.col("label").alias("Del"),
        pl.col("A").alias(f"A ({head})"),
        pl.col("B").alias(f"B ({head})"),
        (pl.col("B") - pl.col("A")).alias(f"Skillnad ({head})"),
    )


def _title(totals: tuple[float | None, float | None], a: str, b: str, unit: AmountUnit) -> str:
    if totals[0] is None or totals[1] is None:
        return f"{a} mot {b}: hela kostnaden kan inte bedömas"
    difference = totals[1] - totals[0]
    worth = text.amount(abs(difference), unit)
    if abs(difference) < 0.005:
        return f"{a} och {b} kostar lika mycket för lasten"
    share = f" ({text.percent(abs(difference) / abs(totals[0]) * 100)})" if totals[0] else ""
    return f"B ({b}) är {worth}{share} {'dyrare' if difference > 0 else 'billigare'} än A ({a})"


def _sentence(rows: pl.DataFrame, a: str, b: str, unit: AmountUnit, decimals: int) -> str:
    parts = []
    for label, values in rows.group_by("label", maintain_order=True):
        one, other = (
            text.amount(sek, unit, decimals=decimals) if sek is not None else "kan inte bedömas"
            for sek in values["value"]
        )
        parts.append(f"{str(label[0]).lower()} {one} mot {other}")
    return f"Liggande staplar för vad varje del kostar enligt A, {a}, mot B, {b}: {text.listing(parts)}."


def _draw(shown: pl.DataFrame, width: int, unit: str) -> alt.TopLevelMixin:
    names = shown["label"].unique(maintain_order=True).to_list()
    ends = [0.0, *shown["drawn"].to_list()]
    low, high = min(ends), max(ends)
    room = (high - low or 1.0) * (0.75 if is_narrow(width) else 0.24)
    y = alt.Y("label:N", sort=names, title=None, axis=alt.Axis(grid=False, ticks=False, domain=False, labelLimit=150))
    x = alt.X(
        "drawn:Q",
        title=unit,
        scale=alt.Scale(domain=[low, high + room], nice=False),
        axis=alt.Axis(format=",.0f", tickCount=3 if is_narrow(width) else 6),
    )
    base = alt.Chart(shown).encode(y=y, yOffset=alt.YOffset("side:N", sort=["A", "B"]))
    colour = alt.Color("side:N", legend=None, scale=alt.Scale(domain=["A", "B"], range=[theme.BLUE, theme.VERMILION]))
    bars = base.mark_bar().encode(x=x, color=colour)
    edge = alt.X("edge:Q", title=unit)
    words = base.transform_calculate(edge="max(datum.drawn, 0)").mark_text(align="left", dx=6)
    return sized(bars + words.encode(x=edge, text="written:N"), width, 44 + 52 * len(names))
