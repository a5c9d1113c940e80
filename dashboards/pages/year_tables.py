"""The tables of the budget year: by period, by dimension, and the forecast. Each row is a row of a mart, written."""

from __future__ import annotations

from functools import partial
from typing import Any

import polars as pl

from dashboards import text
from dashboards.pages import assumed, year
from dashboards.pages.base import RECEIPT, Col, Facility, Row, Table, View, coded, money, table

DIMENSIONS = ("carrier", "component", "account", "cost_centre")
_BY_USE = "Utfallet är fakturornas, i månaden då energin användes."
_BY_BOOKS = "Utfallet är bokföringens, i perioden det är bokfört."
FOLLOWS = {
    "carrier": _BY_USE,
    "component": f"{_BY_USE} Energin är hela energislagets.",
    "account": f"{_BY_BOOKS} Energin är hela energislagets.",
    "cost_centre": _BY_BOOKS,
}
PERIODS = ("month", "ytd", "t1", "t2", "t3", "year")
COMPUTED = "computed"
_PERIODS = {COMPUTED: "Helår, räknat"}  # beside the periods of the mart


def _columns(view: View, frame: pl.DataFrame) -> list[Col]:
    """Return the columns that every table of budget and outcome has."""
    kr, word = money(view.options, frame), view.unit_word
    written = signed(view, frame)
    return [
        Col("budget_sek", f"Budget ({word})", kr, True, of=lambda r: _beside(r, "budget_sek", kr)),
        Col("outcome_sek", f"Utfall ({word})", kr, True, of=lambda r: _outcome(r, kr)),
        Col("deviation_sek", f"Avvikelse ({word})", written, True, of=lambda r: _beside(r, "deviation_sek", written)),
        Col("deviation_pct", "Avvikelse (%)", lambda v: "–" if v is None else text.signed(v, 1), True),
        Col("last_year_sek", f"Samma period i fjol ({word})", kr, True, of=lambda r: _beside(r, "last_year_sek", kr)),
        Col("outcome_kwh", "Energi (MWh)", _mwh, True),
        Col("budget_kwh", "Budgeterad energi (MWh)", _mwh, True),
        Col("last_year_kwh", "Energi i fjol (MWh)", _mwh, True),
        Col("reason", "Kommentar", lambda v: "–" if v is None else text.sentence(text.why(v)), long=True),
        RECEIPT,
    ]


def _is_part(row: Row) -> bool:
    """Return True where some months of a period have an outcome and others none: a sum of them would mislead."""
    return row["outcome_sek"] is None and str(row["reason"] or "").startswith("utfall finns för")


def _outcome(row: Row, write: Any) -> str:
    return "ofullständigt" if _is_part(row) else str(write(row["outcome_sek"]))


def _beside(row: Row, name: str, write: Any) -> str:
    """Return what stands beside the outcome; a dash where it is absent and the row's comment says why."""
    return "–" if row[name] is None and row["reason"] else str(write(row[name]))


def _left(row: Row, write: Any) -> str:
    return _beside(row, "remaining_budget_sek", write)


def _mwh(value: float | None) -> str:
    return "–" if value is None else text.mwh(value)


def signed(view: View, frame: pl.DataFrame) -> Any:
    """Return the writer of amounts with their sign, with as many decimals as the table's other amounts."""
    write = money(view.options, frame)
    return lambda v: f"+{write(v)}" if v is not None and v > 0 and set(write(v)) & set("123456789") else write(v)


def periods(view: View, facility: Facility, found: year.Year) -> Table:
    """Return the last month, the year so far, tertials and the whole year of the facility."""
    order = pl.col("period").replace_strict({p: n for n, p in enumerate(PERIODS)}, default=len(PERIODS))
    frame = year.together(view, facility).filter(pl.col("year") == found.year)
    if frame.filter(pl.col("period") == "month").is_empty():
        frame = pl.concat([_latest(view, facility, found).select(frame.columns), frame])
    frame = pl.concat([frame.sort(order, maintain_order=True), _computed(view, facility, found, frame)])
    lead = [
        Col(
            "period",
            "Period",
            coded("period"),
            of=lambda r: _PERIODS.get(r["period"], "") or text.capital(text.code("period", r["period"])),
        ),
        Col("from_month", "Månader", of=_months),
    ]
    return table(
        f"{facility.anchor}-perioder",
        f"Månad, tertial och helår {found.year}, {facility.name}",
        frame,
        lead + _columns(view, frame),
        "Ingen budget och inget utfall finns för året.",
        note="Tertial och helår får utfall när alla deras månader har det. Budgeten är hela periodens. «Helår, räknat» "
        "är det som Översikt visar: fakturorna, och mätarna för de månader som saknar faktura."
        if _computed(view, facility, found, frame).height
        else "Tertial och helår får utfall när alla deras månader har det. Budgeten är hela periodens.",
    )


def _computed(view: View, facility: Facility, found: year.Year, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the year that is over with its missing months computed, as the overview tells it; else no row."""
    row, whole = found.forecast, found.whole
    known = row is not None and row["forecast_sek"] is not None and year.is_over(row)
    if row is None or whole is None or not known or whole["outcome_sek"] is not None:
        return frame.clear()
    share = None
    if row["deviation_sek"] is not None and row["budget_sek"]:
        share = 100 * row["deviation_sek"] / abs(row["budget_sek"])
    why = assumed.metered(view, facility, found) or year.recomputed_sentence(found)
    told = {**whole, "period": COMPUTED, "outcome_sek": row["forecast_sek"], "deviation_sek": row["deviation_sek"],
            "deviation_pct": share, "outcome_kwh": row["forecast_kwh"], "reason": why,
            "budget_sek": row["budget_sek"], "evidence_key": row["evidence_key"]}  # fmt: skip
    return pl.DataFrame([told], schema=frame.schema)


def _latest(view: View, facility: Facility, found: year.Year) -> pl.DataFrame:
    """Return the last month with an outcome as a period of its own; no row without one."""
    rows = view.rows("budget_month", facility=facility.id, dimension="facility").drop_nulls("outcome_sek")
    rows = rows.filter(pl.col("carrier").fill_null(year.ALL) == year.ALL, pl.col("month").dt.year() == found.year)
    return rows.sort("month").tail(1).with_columns(
        pl.lit(found.year, pl.Int64).alias("year"), pl.lit("month").alias("period"), from_month="month",
        to_month="month", remaining_budget_sek=pl.lit(None, pl.Float64)
    )  # fmt: skip


def _months(row: Row) -> str:
    first, last = row["from_month"], row["to_month"]
    if first is None or last is None:
        return "–"
    return text.SHORT_MONTHS[first.month - 1] + ("" if first == last else f"–{text.SHORT_MONTHS[last.month - 1]}")


def name_of(row: Row) -> str:
    """Return what a row of a dimension is called: account and cost centre with number and name."""
    kind, key, name, carrier = (row[c] for c in ("dimension", "dimension_key", "dimension_name", "carrier"))
    if kind in ("carrier", "component"):
        word = text.code(kind, key)
        return word if kind == "carrier" or carrier in (None, year.ALL) else f"{text.code('carrier', carrier)}: {word}"
    if key is None:
        return name or text.MISSING
    return f"{key} {name}" if name and name != key and kind != "facility" else name or key


def dimensions(view: View, facility: Facility, found: year.Year) -> list[tuple[str, Table]]:
    """Return (dimension, its table of the year so far) for every dimension that has rows."""
    shown = []
    for kind in DIMENSIONS:
        frame = view.rows("budget_period", facility=facility.id, dimension=kind, year=found.year, period="ytd")
        if frame.is_empty():
            continue
        frame = frame.sort(pl.col("budget_sek").fill_null(0.0), pl.col("outcome_sek").fill_null(0.0), descending=True)
        word = text.code("dimension", kind)
        columns = [Col("dimension_key", text.capital(word), of=name_of), *_columns(view, frame)]
        kr = money(view.options, frame)
        left = f"Kvar av årets budget ({view.unit_word})"
        columns.insert(6, Col("remaining_budget_sek", left, kr, True, of=partial(_left, write=kr)))
        caption = f"Hittills {found.year} per {word}, {facility.name}"
        note = f"{FOLLOWS[kind]} {text.ROUNDING_NOTE}"
        shown.append(
            (kind, table(f"{facility.anchor}-per-{kind}", caption, frame, columns, "", sortable=True, note=note))
        )
    return shown


def forecast(view: View, facility: Facility, number: int) -> Table:
    """Return the full-year forecast of one year for every carrier and component, all together first."""
    rows = year.forecasts(view, facility, number)
    whole = (pl.col("component") != year.ALL).cast(pl.Int8)
    frame = rows.sort(pl.col("carrier") != year.ALL, "carrier", whole, pl.col("forecast_sek").fill_null(0.0) * -1)
    kr, word = money(view.options, frame), view.unit_word
    written = signed(view, frame)
    columns = [
        Col("carrier", "Energislag", coded("carrier")),
        Col("component", "Avgiftsdel", of=lambda r: "alla" if r["component"] == year.ALL
            else text.code("component", r["component"])),
        Col("forecast_sek", f"Prognos ({word})", kr, True),
        Col("forecast_sek_low", f"Band ({word})", of=lambda r: _band(r, "forecast_sek", kr), numeric=True),
        Col("budget_sek", f"Budget ({word})", lambda v: "–" if v is None else kr(v), True),
        Col("deviation_sek", f"Mot budget ({word})", lambda v: "–" if v is None else written(v), True),
        Col("change_sek", f"Sedan förra ({word})", lambda v: "–" if v is None else written(v), True),
        Col("outcome_sek", f"Därav utfall ({word})", lambda v: "–" if v is None else kr(v), True),
        Col("forecast_kwh", "Energi (MWh)", _mwh, True),
        Col("forecast_kwh_low", "Band (MWh)", of=lambda r: _band(r, "forecast_kwh", text.mwh), numeric=True),
        Col("reason", "Kommentar", of=_comment, long=True),
        RECEIPT,
    ]  # fmt: skip
    return table(
        f"{facility.anchor}-prognos-{number}",
        f"{_what(frame)} {number}, {facility.name}",
        frame,
        columns,
        "Ingen prognos är gjord: det behövs en baslinje, en prislista och väder från flera år.",
        note=_made(frame),
    )


def _what(frame: pl.DataFrame) -> str:
    return "Helåret" if frame.height and year.is_over(frame.row(0, named=True)) else "Prognos för helåret"


def _comment(row: Row) -> str:
    """Return what a forecast assumes, or why there is none."""
    if row["reason"] is None:
        return "–"
    return text.cannot_assess(row["reason"]) if row["forecast_sek"] is None else text.sentence(row["reason"])


def _band(row: Row, name: str, write: Any) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return "–" if low is None or high is None or low == high else f"{write(low)} till {write(high)}"


def _made(frame: pl.DataFrame) -> str:
    """Return from what the forecast is made."""
    if frame.height and year.is_over(frame.row(0, named=True)):
        return "Året är slut. En månad utan faktura är räknad från mätarna."
    after, years = frame.get_column("made_from").drop_nulls(), frame.get_column("weather_years").drop_nulls()
    said = f"Gjord efter {text.month(after.max())}: " if len(after) else ""  # type: ignore[arg-type]
    said += "återstående månader räknas med baslinjen på ett normalår, genom prislistan."
    spread = f" Bandet kommer av {text.number(years.max())} års väder." if len(years) else ""  # type: ignore[arg-type]
    return f"{said}{spread} Delarnas band går inte att lägga ihop."
