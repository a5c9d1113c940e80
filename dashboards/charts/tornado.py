"""Which assumption matters most: the net present value at the low and the high end of each. Figures are the mart's."""

from __future__ import annotations

from typing import Any

import altair as alt
import polars as pl

from dashboards import text, theme
from dashboards.charts.base import Chart, draw, empty, is_narrow, sized
from dashboards.options import AmountUnit

HEAD = "Vad kalkylen är känslig för"
NOTHING = "Nuvärdet är inte räknat."


def chart(frame: pl.DataFrame, key: str, unit: AmountUnit) -> Chart:
    """Return the tornado of one project and cost bearer, from its rows of `economics_tornado`."""
    known = frame.drop_nulls(["npv_low_sek", "npv_high_sek", "npv_sek"]).sort("rank")
    if known.is_empty():
        reasons = frame.get_column("reason").drop_nulls()
        return empty(key, HEAD, text.sentence(text.why(reasons[0])) if len(reasons) else NOTHING)
    scale, word = text.AMOUNT_UNITS[unit]
    rows = [
        {
            "label": text.code("parameter", row["parameter"]), "end": end, "value": row[f"npv_{end}_sek"] / scale,
            "centre": row["npv_sek"] / scale, "written": changed(row, end, unit),
        }
        for row in known.iter_rows(named=True)
        for end in ("low", "high")
    ]  # fmt: skip
    shown = pl.DataFrame(rows)
    first = known.row(0, named=True)
    centre = text.amount(first["npv_sek"], unit)
    title = f"{text.code('parameter', first['parameter'])} betyder mest för nuvärdet: från {_ends(first, unit)}"
    table = pl.DataFrame(
        [
            {
                "Antagande": text.code("parameter", row["parameter"]),
                "Lågt": changed(row, "low", unit),
                "Högt": changed(row, "high", unit),
                f"Nuvärde vid lågt ({word})": row["npv_low_sek"] / scale,
                f"Nuvärde vid högt ({word})": row["npv_high_sek"] / scale,
                "Varför så mycket": text.sentence(row["range_reason"] or ""),
            }
            for row in known.iter_rows(named=True)
        ]
    )
    return draw(
        key,
        title,
        f"Liggande staplar, en per antagande, den längsta överst, kring nuvärdet {centre}. {title}.",
        table,
        lambda width: _draw(shown, width, word),
        note=f"Lodrätt streck: nuvärdet {centre} med alla antaganden i mitten. Ett antagande i taget ändras till sitt "
        "låga och sitt höga värde, som står vid stapelns ändar.",
    )


def _ends(row: dict[str, Any], unit: AmountUnit) -> str:
    low, high = sorted((row["npv_low_sek"], row["npv_high_sek"]))
    return f"{text.amount(low, unit)} till {text.amount(high, unit)}"


def changed(row: dict[str, Any], end: str, unit: AmountUnit) -> str:
    """Return the low or high end of an assumption in words: a level of the saving, a change of the others."""
    value = row[end]
    if row["unit"] == "SEK/år":
        return f"{text.amount(value, unit)}/år"
    unit_word = "%-enheter" if row["unit"] == "procentenheter" else row["unit"]
    return f"{text.signed(value, 1 if value != round(value) else 0)}{text.NBSP}{unit_word}"


def _draw(shown: pl.DataFrame, width: int, unit: str) -> alt.TopLevelMixin:
    narrow = is_narrow(width)
    names = shown.get_column("label").unique(maintain_order=True).to_list()
    low, high = float(shown["value"].min()), float(shown["value"].max())  # type: ignore[arg-type]
    room = ((high - low) or 1.0) * (0.6 if narrow else 0.2)
    size = 11 if narrow else 13
    label = alt.Axis(grid=False, ticks=False, domain=False, labelLimit=130 if narrow else 180)
    y = alt.Y("label:N", sort=names, title=None, axis=label)
    x = alt.X(
        "value:Q", title=f"Nuvärde, {unit}", scale=alt.Scale(domain=[low - room, high + room], nice=False),
        axis=alt.Axis(format=",.0f", tickCount=3 if narrow else 7),
    )  # fmt: skip
    base = alt.Chart(shown.with_columns(right=pl.col("value") >= pl.col("centre")))
    colour = alt.Color("end:N", legend=None, scale=alt.Scale(domain=["low", "high"], range=[theme.BLUE, theme.GREEN]))
    bars = base.mark_bar(height={"band": 0.6}).encode(y=y, x=x, x2="centre:Q", color=colour)
    layers: list[alt.Chart] = [bars]
    for right, align, dx in ((True, "left", 5), (False, "right", -5)):
        words = base.transform_filter(f"datum.right == {str(right).lower()}")
        layers.append(words.mark_text(align=align, dx=dx, fontSize=size).encode(y=y, x="value:Q", text="written:N"))  # type: ignore[arg-type]
    layers.append(alt.Chart(shown.head(1)).mark_rule(strokeWidth=1.5).encode(x="centre:Q"))
    return sized(alt.LayerChart(layer=layers), width, 50 + 40 * len(names))
